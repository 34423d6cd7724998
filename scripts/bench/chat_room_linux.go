package main

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"time"

	"edgeboard/shared/board"
	"edgeboard/shared/wire"
)

// heard is what came of one run in the room.
type heard struct {
	due, came int // messages that others than their author were to get, and those that they got
	latencies spread
	late      time.Duration // how long after it was due a message was said, at the most
	others    float64       // processors that other programs took meanwhile
	lost      int           // messages that came out of order, or twice
}

func (r heard) p99() float64 { return ms(r.latencies.quantile(0.99)) }

// inRoom measures how long it takes from when a message is said until others have it, and beside it the floor, which
// stores nothing and writes the same message to the same sockets in a bare loop.
func (b *chatBench) inRoom(ctx context.Context, out *report) error {
	name := fmt.Sprint("room", b.room.members)
	if err := filesFor(b.room.members); err != nil {
		return err
	}
	var floors, relays []heard
	for i := range b.room.runs {
		out.note("chat %s: run %d of %d", name, i+1, b.room.runs)
		floor, relay, err := beside(ctx, &b.relayFlags, welcome(), fmt.Sprintf("%s-%d", name, i), func(server *subject, isRelay bool) (heard, error) {
			return b.room.once(ctx, server, isRelay)
		})
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		floors, relays = append(floors, floor), append(relays, relay)
		tellOthers(name, i, relay.others, out)
		if relay.late > 100*time.Millisecond {
			out.note("chat %s: run %d: a message was said %v after it was due: the machine was busy", name, i+1, relay.late)
		}
		if relay.lost > 0 {
			out.fail("chat %s: run %d: %d messages came twice or out of order", name, i+1, relay.lost)
		}
	}
	p99, floor := median(relays, heard.p99), median(floors, heard.p99)
	out.add(name, "delivered_fraction", "part", median(relays, func(r heard) float64 { return float64(r.came) / float64(r.due) }))
	out.add(name, "p50_ms", "ms", median(relays, func(r heard) float64 { return ms(r.latencies.quantile(0.5)) }))
	out.add(name, "p99_ms", "ms", p99)
	out.add(name, "floor_p99_ms", "ms", floor)
	out.add(name, "p99_x_floor", "x", p99/floor)
	return nil
}

// once measures one server.
func (l roomLoad) once(ctx context.Context, server *subject, isRelay bool) (r heard, err error) {
	s, err := newSwarm(server.address)
	if err != nil {
		return r, err
	}
	defer s.close()
	s.pings = isRelay
	for i := range l.members {
		s.add("chat", board.Replica(i+1), nil).speaks = i < l.speakers
	}
	warm, count := int(l.warm*float64(l.rate)), int((l.warm+l.seconds)*float64(l.rate))
	frames, sent := make([][]byte, count), make([]atomic.Int64, count)
	for i := range frames {
		frames[i] = appendClientFrame(nil, opBinary, wire.AppendFrame(nil, 0, said(i, isRelay)))
	}
	// What each member heard last of each speaker.
	last := make([]int, l.members*l.speakers)
	s.said = func(p *player, m *wire.Said, now time.Time) error {
		for _, text := range m.Texts {
			i := int(binary.BigEndian.Uint64(text.ID[8:])) - 1
			if i < 0 || i >= count || i%l.speakers == p.number {
				continue
			}
			of := &last[p.number*l.speakers+i%l.speakers]
			if i+1 <= *of {
				r.lost++
			}
			*of = i + 1
			if r.came++; i >= warm {
				r.latencies.add(now.Sub(began) - time.Duration(sent[i].Load()))
			}
		}
		return nil
	}
	if err := s.enter(ctx, 256, s.players...); err != nil {
		return r, err
	}
	if err := s.quiet(ctx, server); err != nil {
		return r, err
	}
	speaking := make(chan error, 1)
	var late time.Duration
	over := make(chan struct{})
	start, busy, own := time.Now(), machineTime(), usage()
	cpu, err := server.cpu()
	if err != nil {
		return r, err
	}
	go func() {
		var err error
		for i := 0; i < count && err == nil; i++ {
			due := start.Add(time.Duration(i) * time.Second / time.Duration(l.rate))
			select {
			case <-time.After(time.Until(due)):
			case <-over:
				err = errors.New("it was stopped")
				continue
			}
			late = max(late, time.Since(due))
			sent[i].Store(int64(time.Since(began)))
			err = s.players[i%l.speakers].write(frames[i])
		}
		speaking <- err
	}()
	r.due = count * (l.members - 1)
	err = s.until(ctx, time.Duration((l.warm+l.seconds)*float64(time.Second))+time.Minute, "all messages", func() bool { return r.came >= r.due })
	close(over)
	if spoken := <-speaking; err == nil || errors.Is(err, errLate) {
		err = spoken // what has not come is told by the figures
	}
	after, cpuErr := server.cpu()
	r.others = float64(machineTime()-busy-(after-cpu)-(usage()-own)) / float64(time.Since(start))
	r.late = late
	return r, errors.Join(err, cpuErr)
}

// said is message i: as it is said to the relay, or as the relay tells it, which is what the floor passes on.
func said(i int, toRelay bool) wire.Message {
	var id wire.TextID
	binary.BigEndian.PutUint64(id[:], uint64(began.UnixNano()))
	binary.BigEndian.PutUint64(id[8:], uint64(i)+1)
	text := fmt.Sprint("message ", i, strings.Repeat(" of a usual length", 3))
	if toRelay {
		return &wire.Say{ID: id, Text: text, Time: uint64(time.Now().UnixMilli())}
	}
	now := wire.StampAt(time.Now().UnixMilli())
	return &wire.Said{Texts: []wire.Text{{ID: id, Author: wire.Person(id), Name: "Player 1", Stamp: now, Changed: now, Text: text, Written: uint64(now.Milliseconds())}}}
}
