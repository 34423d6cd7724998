//go:build !linux

package main

import (
	"context"
	"errors"
)

// What needs a network of its own, or looks at other programs as Linux shows them.

var parts map[string]func(ctx context.Context, args []string, out *report) error

func benchFanout(context.Context, []string, *report) error {
	return errors.New("fanout: this bench counts the processor time of the relay's process in a way that only Linux has")
}

func benchLoss(context.Context, []string, *report) error {
	return errors.New("loss: this bench makes networks of its own, which only Linux has")
}

func benchTransports(context.Context, []string, *report) error {
	return errors.New("transports: this bench makes networks of its own, which only Linux has")
}
