package main

import (
	"context"
	"strconv"
	"time"

	"edgeboard/shared/board"
)

// memoryBench measures what a member takes of the machine's memory who is there and does nothing.
//
// The figure is what an operator sees: the resident memory of the relay's process when all have been idle for some
// seconds, without what it was before the first one came. What the coming of so many has left behind is in it as far as the
// relay has not given it back by then: nothing is told to the relay, and its collector runs as it does. The most that it
// took on the way is told besides.
type memoryBench struct {
	relayFlags
	members, boards, runs int
	idle                  float64
}

func benchMemory(ctx context.Context, args []string, out *report) error {
	m := &memoryBench{}
	flags := newFlags("memory", out)
	m.relayFlags.add(flags)
	flags.whole(&m.members, "members", 5000, "how many there are", 1, 25_000) // as many ports as a system has for one address
	flags.IntVar(&m.boards, "boards", 50, "how many boards they are on")
	flags.real(&m.idle, "idle", 10, "how many seconds they do nothing", 0, 3600)
	flags.whole(&m.runs, "runs", 3, "how often all is measured; the median counts", 1, endless)
	if err := flags.parse(args); err != nil {
		return err
	}
	if err := within(flags, "boards", m.boards, 1, m.members); err != nil {
		return err
	}
	return m.run(ctx, "memory", out, func() error { return m.measure(ctx, out) })
}

// idled is what a run came to: bytes for each member.
type idled struct{ idle, most float64 }

func (m *memoryBench) measure(ctx context.Context, out *report) error {
	if err := filesFor(m.members); err != nil {
		return err
	}
	name := "idle" + strconv.Itoa(m.members)
	var relay, floor []idled
	for i := range m.runs {
		out.note("memory %s: run %d of %d", name, i+1, m.runs)
		f, r, err := beside(ctx, &m.relayFlags, welcome(), strconv.Itoa(i), func(server *subject, isRelay bool) (idled, error) {
			return m.once(ctx, server, isRelay)
		})
		if err != nil {
			return err
		}
		floor, relay = append(floor, f), append(relay, r)
	}
	idle := func(i idled) float64 { return i.idle / 1024 }
	out.add(name, "kib_per_member", "KiB", median(relay, idle))
	out.add(name, "floor_kib_per_member", "KiB", median(floor, idle))
	out.add(name, "most_kib_per_member", "KiB", median(relay, func(i idled) float64 { return i.most / 1024 }))
	return nil
}

// once measures one server.
func (m *memoryBench) once(ctx context.Context, server *subject, isRelay bool) (idled, error) {
	s, err := newSwarm(server.address)
	if err != nil {
		return idled{}, err
	}
	defer s.close()
	s.pings = isRelay
	for i := range m.members {
		s.add("idle"+strconv.Itoa(i%m.boards), board.Replica(i+1), nil)
	}
	before, err := s.steady(ctx, server)
	if err != nil {
		return idled{}, err
	}
	if err := s.enter(ctx, 512, s.players...); err != nil {
		return idled{}, err
	}
	if err := s.quiet(ctx, server); err != nil {
		return idled{}, err
	}
	if err := s.rest(ctx, time.Duration(m.idle*float64(time.Second))); err != nil {
		return idled{}, err
	}
	after, most, err := server.memory()
	n := float64(m.members)
	return idled{idle: float64(after-before) / n, most: float64(most-before) / n}, err
}

// steady returns the resident memory of a server when it has not changed for a second.
func (s *swarm) steady(ctx context.Context, of *subject) (bytes int, err error) {
	since := time.Now()
	err = s.until(ctx, time.Minute, "the server's memory to be steady", func() bool {
		now, _, failed := of.memory()
		if failed != nil {
			err = failed
			return true
		}
		if now != bytes {
			bytes, since = now, time.Now()
		}
		return time.Since(since) > time.Second
	})
	return bytes, err
}
