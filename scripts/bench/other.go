//go:build !linux

package main

import (
	"context"
	"errors"
)

// What needs a network of its own, or looks at other programs as Linux shows them.

var parts map[string]func(ctx context.Context, args []string, out *report) error

var errOtherPrograms = errors.New("this bench looks at the relay's process in ways that only Linux has")

func benchChat(context.Context, []string, *report) error { return errOtherPrograms }

func benchCluster(context.Context, []string, *report) error { return errOtherPrograms }

func benchCold(context.Context, []string, *report) error { return errOtherPrograms }

func benchFanout(context.Context, []string, *report) error { return errOtherPrograms }

func benchFeeds(context.Context, []string, *report) error { return errOtherPrograms }

func benchFrame(context.Context, []string, *report) error { return errOtherPrograms }

func benchHostile(context.Context, []string, *report) error { return errOtherPrograms }

func benchLoss(context.Context, []string, *report) error {
	return errors.New("loss: this bench makes networks of its own, which only Linux has")
}

func benchMemory(context.Context, []string, *report) error { return errOtherPrograms }

func benchPage(context.Context, []string, *report) error { return errOtherPrograms }

func benchScale(context.Context, []string, *report) error { return errOtherPrograms }

func benchSmall(context.Context, []string, *report) error { return errOtherPrograms }

func benchServers(context.Context, *peersBench, *report) error { return errOtherPrograms }

func benchSoak(context.Context, []string, *report) error { return errOtherPrograms }

func benchStorm(context.Context, []string, *report) error { return errOtherPrograms }

func benchTransports(context.Context, []string, *report) error {
	return errors.New("transports: this bench makes networks of its own, which only Linux has")
}

func whiteboardsCase(context.Context, *peersBench, *report) error { return errOtherPrograms }
