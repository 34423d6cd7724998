package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strconv"
	"time"

	"edgeboard/shared/board"
	"edgeboard/shared/wire"
)

// stormBench measures how long it takes after all members of a board were cut off, and come back at once, until each is
// live and has what was drawn meanwhile. The relay has noticed by then that they were gone: what it does on that account
// is not part of it.
//
// The floor accepts and shakes hands as often, and answers with the same Welcome and the same updates. Nobody is told of
// anybody there.
type stormBench struct {
	relayFlags
	members, runs int
}

const (
	stormStrokes = 200 // on each board
	stormPoints  = 64
	stormMissed  = 5 // strokes that are drawn while the others are away
)

func benchStorm(ctx context.Context, args []string, out *report) error {
	b := &stormBench{}
	flags := newFlags("storm", out)
	b.relayFlags.add(flags)
	flags.whole(&b.members, "members", 2000, "how many come back", 1, dialedMost)
	flags.whole(&b.runs, "runs", 5, "how often all is measured; the median counts", 1, endless)
	if err := flags.parse(args); err != nil {
		return err
	}
	return b.run(ctx, "storm", out, func() error {
		for _, boards := range []int{1, 20} {
			name := "resume" + strconv.Itoa(b.members)
			if boards > 1 {
				name += fmt.Sprintf("_%dboards", boards)
			}
			if err := b.measure(ctx, name, boards, out); err != nil {
				return fmt.Errorf("%s: %w", name, err)
			}
		}
		return nil
	})
}

// resumed is what a storm took.
type resumed struct {
	took, cpu, own  time.Duration // cpu of the server, own of this process
	messages, bytes float64       // that came to each member
	others          float64       // processors that other programs took meanwhile
}

func (b *stormBench) measure(ctx context.Context, name string, boards int, out *report) error {
	if err := filesFor(b.members + boards); err != nil {
		return err
	}
	m, err := drawMissed()
	if err != nil {
		return err
	}
	var relay, floor []resumed
	for i := range b.runs {
		out.note("storm %s: run %d of %d", name, i+1, b.runs)
		f, r, err := beside(ctx, &b.relayFlags, m.answer(), fmt.Sprintf("%s-%d", name, i), func(server *subject, isRelay bool) (resumed, error) {
			return b.once(ctx, server, m, boards, isRelay)
		})
		if err != nil {
			return err
		}
		floor, relay = append(floor, f), append(relay, r)
	}
	for i, r := range relay {
		tellOthers(name, i, r.others, out)
	}
	took := func(r resumed) float64 { return ms(r.took) }
	cpu := func(r resumed) float64 { return ms(r.cpu) }
	out.add(name, "all_live_ms", "ms", median(relay, took))
	out.add(name, "floor_ms", "ms", median(floor, took))
	out.add(name, "cpu_ms", "ms", median(relay, cpu))
	out.add(name, "floor_cpu_ms", "ms", median(floor, cpu))
	out.add(name, "generator_cpu_ms", "ms", median(relay, func(r resumed) float64 { return ms(r.own) }))
	out.add(name, "messages_per_member", "messages", median(relay, func(r resumed) float64 { return r.messages }))
	out.add(name, "kib_per_member", "KiB", median(relay, func(r resumed) float64 { return r.bytes / 1024 }))
	return nil
}

// missed is a board, and what is drawn on it while all but one are away.
type missed struct {
	before, after *board.Board
	snapshot      []byte // of before
	all, updates  []byte // that make before, and what is missing to after
	known         map[string]bool
}

func drawMissed() (*missed, error) {
	rng := rand.New(rand.NewPCG(5, 6))
	doc, err := draw(handwriting(rng, stormStrokes, stormPoints))
	if err != nil {
		return nil, err
	}
	m := &missed{after: doc, snapshot: doc.Snapshot(), known: map[string]bool{}}
	if m.before, err = board.Load(0, m.snapshot); err != nil {
		return nil, err
	}
	if m.all, err = doc.Diff(nil); err != nil {
		return nil, err
	}
	for _, points := range handwriting(rng, stormMissed, stormPoints) {
		e := doc.Edit()
		id := e.Create(board.KindStroke)
		e.Append(id, points...)
		m.updates = append(m.updates, e.Commit()...)
		if err := e.Err(); err != nil {
			return nil, err
		}
	}
	return m, nil
}

// answer is what the floor says: what the relay says to one of them.
func (m *missed) answer() []byte {
	b := wire.AppendFrame(nil, 0, &wire.Welcome{
		Version: wire.Version, Member: 1, Vector: m.after.Vector().Append(nil), MaxMessage: wire.MaxMessage, Time: uint64(time.Now().UnixMilli()),
	})
	return wire.AppendFrame(b, 1, &wire.Update{Data: m.updates})
}

// complete reports whether updates bring who was away up to date.
func (m *missed) complete(updates []byte) (bool, error) {
	if is, ok := m.known[string(updates)]; ok {
		return is, nil
	}
	doc, err := board.Load(0, m.snapshot)
	if err == nil {
		err = doc.Apply(updates)
	}
	is := err == nil && bytes.Equal(doc.Snapshot(), m.after.Snapshot())
	m.known[string(updates)] = is
	return is, err
}

// once measures one server.
func (b *stormBench) once(ctx context.Context, server *subject, m *missed, boards int, isRelay bool) (resumed, error) {
	s, err := newSwarm(server.address)
	if err != nil {
		return resumed{}, err
	}
	defer s.close()
	s.pings = isRelay
	name := func(i int) string { return "storm" + strconv.Itoa(i%boards) }
	for i := range b.members {
		s.add(name(i), writer+1+board.Replica(i), m.before.Vector())
	}
	members := s.players[:b.members:b.members]
	drawAll := func(updates []byte, seq uint64) error {
		for i := range boards {
			if !isRelay {
				break
			}
			who := s.add(name(i), writer, nil)
			if err := s.insist(ctx, who); err != nil {
				return err
			}
			if err := s.store(ctx, who, updates, seq); err != nil {
				return err
			}
			s.cut(who)
		}
		return s.quiet(ctx, server)
	}
	if err := drawAll(m.all, m.before.Seq(writer)); err != nil {
		return resumed{}, err
	}
	if err := s.enter(ctx, 256, members...); err != nil {
		return resumed{}, err
	}
	if err := s.quiet(ctx, server); err != nil {
		return resumed{}, err
	}
	s.cut(members...)
	if err := drawAll(m.updates, m.after.Seq(writer)); err != nil {
		return resumed{}, err
	}

	got := make([][]byte, len(s.players))
	resumedBy := 0
	s.updates = func(p *player, data []byte, _ time.Time) error {
		got[p.number] = append(got[p.number], data...)
		is, err := m.complete(got[p.number])
		if is {
			resumedBy++
		}
		return err
	}
	cpu, err := server.cpu()
	messages, read := s.received(), s.bytes
	own, busy, start := usage(), machineTime(), time.Now()
	if err == nil {
		err = s.dial(dialedMost, members...)
	}
	if err == nil {
		err = s.until(ctx, time.Minute, "everybody to resume", func() bool { return s.live == len(members) && resumedBy == len(members) })
	}
	if err != nil {
		return resumed{}, fmt.Errorf("%d of %d are live, and %d have all: %w", s.live, len(members), resumedBy, err)
	}
	took := time.Since(start)
	after, err := server.cpu()
	own, cpu = usage()-own, after-cpu
	n := float64(len(members))
	return resumed{
		took: took, cpu: cpu, own: own, others: float64(machineTime()-busy-cpu-own) / float64(took),
		messages: float64(s.received()-messages) / n, bytes: float64(s.bytes-read) / n,
	}, err
}

// insist lets one come, who tries again when the relay says that it has no room yet.
func (s *swarm) insist(ctx context.Context, p *player) error {
	for {
		err := s.enter(ctx, 1, p)
		denied, ok := errors.AsType[*deniedError](err)
		if !ok || denied.Code != wire.CodeOverloaded {
			return err
		}
		s.broken = nil
		if err := s.rest(ctx, 20*time.Millisecond); err != nil {
			return err
		}
	}
}
