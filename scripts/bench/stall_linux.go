package main

import (
	"context"
	"fmt"
	"time"

	"golang.org/x/sys/unix"

	"edgeboard/shared/board"
)

const (
	// stallBuffer is the receive buffer of those who are to stop reading, in bytes: the kernel would hold megabytes for
	// them otherwise, and the server see nothing of it.
	stallBuffer = 8 << 10
	// catchUpPatience is how long a member that has stalled may take to be in step: to read what waited, and what it
	// lacks besides.
	catchUpPatience = 30 * time.Second
)

// stall lets players read nothing until resume. They go on with their pings.
func (s *swarm) stall(players ...*player) error { return s.watch(0, players) }

// resume lets players read again who have stopped.
func (s *swarm) resume(players ...*player) error { return s.watch(unix.EPOLLIN, players) }

func (s *swarm) watch(events uint32, players []*player) error {
	for _, p := range players {
		if err := unix.EpollCtl(s.epoll, unix.EPOLL_CTL_MOD, p.fd, &unix.EpollEvent{Events: events, Fd: int32(p.number)}); err != nil {
			return fmt.Errorf("player %d: %w", p.number, err)
		}
	}
	return nil
}

// catchUp lets those read again who have stalled, and waits until each has what the publishers have written.
func (s *swarm) catchUp(ctx context.Context, stalled []*player, seen *sightings) error {
	want := board.New(0)
	for _, p := range seen.publishers {
		all, err := p.doc.Diff(nil)
		if err == nil {
			err = want.Apply(all)
		}
		if err != nil {
			return fmt.Errorf("what replica %d has written: %w", p.replica, err)
		}
	}
	has := want.Vector()
	if err := s.resume(stalled...); err != nil {
		return err
	}
	err := s.until(ctx, catchUpPatience, "members that have stalled to be in step", func() bool {
		for len(stalled) > 0 && seen.docs[stalled[0]].Vector().Covers(has) {
			stalled = stalled[1:]
		}
		return len(stalled) == 0
	})
	if err != nil {
		return err
	}
	for p, doc := range seen.docs {
		if doc.Hash() != want.Hash() {
			return fmt.Errorf("player %d has stalled, and has another board than what was written", p.number)
		}
	}
	return nil
}
