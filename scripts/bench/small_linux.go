package main

import (
	"context"
	"errors"
	"fmt"
	"math"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"edgeboard/shared/board"
)

// smallBench measures what a small host carries: the relay in a cgroup that has as much memory as the host would leave it,
// and no swap. It finds how many members come until the relay says that there is no room, and how many boards of people who
// draw it serves in time. That the kernel kills the relay is an error: a relay is to know its limit.
type smallBench struct {
	relayFlags
	cases                 map[string]bool
	mib, most             int
	perBoard, drawn, rate int
	seconds, slow         float64
	runs                  int
}

func benchSmall(ctx context.Context, args []string, out *report) error {
	b := &smallBench{}
	flags := newFlags("small", out)
	b.relayFlags.add(flags)
	cases := flags.String("cases", "idle,draw", "what to measure, `names` with commas between them")
	flags.whole(&b.mib, "mib", 64, "how many MiB the relay may take", 32, 64<<10)
	flags.whole(&b.most, "most", 10_000, "how many members come at the most", 1, 25_000)
	flags.whole(&b.perBoard, "idle-on-board", 10, "members of each board who do nothing", 1, 1000)
	flags.whole(&b.drawn, "drawing-on-board", 50, "members of each board on which somebody draws", 2, 1000)
	flags.whole(&b.rate, "rate", 10, "edits a second of such a board", 1, 1000)
	flags.real(&b.seconds, "seconds", 5, "how long each load is measured", 0.5, 3600)
	flags.real(&b.slow, "slow", 100, "milliseconds until an edit is told, of 99 in 100, beyond which the relay is slow", 1, 60_000)
	flags.whole(&b.runs, "runs", 3, "how often all is measured; the median counts", 1, endless)
	if err := flags.parse(args); err != nil {
		return err
	}
	b.cases = map[string]bool{}
	for name := range strings.SplitSeq(*cases, ",") {
		if name != "idle" && name != "draw" {
			return fmt.Errorf("small: there is no case %q, only: idle, draw", name)
		}
		b.cases[name] = true
	}
	return b.run(ctx, "small", out, func() error { return b.measure(ctx, out) })
}

// carried is what a relay was found to carry.
type carried struct {
	members, boards int
	refused         bool    // more were turned away
	began, rss      int     // resident bytes when it began to serve, and under load
	used            int64   // bytes of the cgroup, at the most
	p99             float64 // ms
}

func (b *smallBench) measure(ctx context.Context, out *report) error {
	if err := filesFor(b.most + 256); err != nil {
		return err
	}
	var idle, draw []carried
	for i := range b.runs {
		out.note("small: run %d of %d", i+1, b.runs)
		if b.cases["idle"] {
			one, err := b.idle(ctx, i)
			if err != nil {
				return fmt.Errorf("idle members: %w", err)
			}
			idle = append(idle, one)
		}
		if b.cases["draw"] {
			one, err := b.draw(ctx, i, out)
			if err != nil {
				return fmt.Errorf("members who draw: %w", err)
			}
			draw = append(draw, one)
		}
	}
	for _, of := range []struct {
		name string
		list []carried
	}{{"idle", idle}, {"draw", draw}} {
		name, list := of.name+strconv.Itoa(b.mib), of.list
		if len(list) == 0 {
			continue
		}
		mib := func(bytes int) float64 { return float64(bytes) / (1 << 20) }
		out.add(name, "members", "members", median(list, func(c carried) float64 { return float64(c.members) }))
		out.add(name, "boards", "boards", median(list, func(c carried) float64 { return float64(c.boards) }))
		out.add(name, "refused", "truth", median(list, func(c carried) float64 { return truth(c.refused) }))
		out.add(name, "p99_ms", "ms", median(list, func(c carried) float64 { return c.p99 }))
		out.add(name, "rss_start_mib", "MiB", median(list, func(c carried) float64 { return mib(c.began) }))
		out.add(name, "rss_mib", "MiB", median(list, func(c carried) float64 { return mib(c.rss) }))
		out.add(name, "rss_kib_per_member", "KiB", median(list, func(c carried) float64 {
			return float64(c.rss-c.began) / 1024 / float64(max(c.members, 1))
		}))
		out.add(name, "used_most_mib", "MiB", median(list, func(c carried) float64 { return mib(int(c.used)) }))
	}
	return nil
}

// confined runs something beside a relay in a cgroup. Whether the kernel has killed it comes before all other errors.
func (b *smallBench) confined(ctx context.Context, data string, do func(server *subject) (carried, error)) (c carried, err error) {
	g, err := newCgroup(int64(b.mib) << 20)
	if err != nil {
		return c, err
	}
	defer func() { err = errors.Join(err, g.remove()) }()
	relay, err := serving(b.launchBy(func(args ...string) (*subject, error) {
		return launch(g.command(ctx, b.program, args...), nil, servesAt)
	}, "127.0.0.1:0", filepath.Join(b.dir, data)))
	if err != nil {
		return c, err
	}
	began, _, err := relay.memory()
	if err == nil {
		c, err = do(relay)
	}
	c.began, c.used = began, g.most()
	stopped := relay.stop()
	if n := g.killed(); n > 0 {
		return c, fmt.Errorf("the kernel has killed the relay, which had %d MiB: %w", b.mib, errors.Join(err, stopped))
	}
	return c, errors.Join(err, stopped)
}

// idle lets members come who do nothing until the relay takes no more, and looks how long an edit takes then, on one of the
// boards.
func (b *smallBench) idle(ctx context.Context, run int) (carried, error) {
	return b.confined(ctx, "idle"+strconv.Itoa(run), func(server *subject) (c carried, err error) {
		l, err := b.load(server, 1, b.perBoard)
		if err != nil {
			return c, err
		}
		defer l.close()
		if err := l.enter(ctx, 64, l.players...); err != nil { // first, so that they are not the ones without a place
			return c, err
		}
		for i := b.perBoard; i < b.most; i++ {
			l.add("idle"+strconv.Itoa(i/b.perBoard), board.Replica(i+1), nil)
		}
		if c.refused, err = l.enterAll(ctx); err != nil {
			return c, err
		}
		c.members = l.live
		c.boards = (c.members + b.perBoard - 1) / b.perBoard
		return c, l.measure(ctx, server, b.seconds, &c)
	})
}

// draw doubles the number of boards until the relay refuses members or is slow, and then halves what is between.
func (b *smallBench) draw(ctx context.Context, run int, out *report) (best carried, err error) {
	good, bad := 0, b.most/b.drawn+1
	for next := 1; good < bad-1; {
		boards := next
		c, err := b.confined(ctx, fmt.Sprintf("draw%d-%d", run, boards), func(server *subject) (c carried, err error) {
			l, err := b.load(server, boards, b.drawn)
			if err != nil {
				return c, err
			}
			defer l.close()
			if c.refused, err = l.enterAll(ctx); err != nil || c.refused {
				return c, err
			}
			c.members, c.boards = l.live, boards
			return c, l.measure(ctx, server, b.seconds, &c)
		})
		if err != nil {
			return best, err
		}
		out.note("small: %d boards of %d: p99 %.1f ms, refused: %v", boards, b.drawn, c.p99, c.refused)
		if c.refused || c.p99 > b.slow {
			bad = boards
			best.refused = c.refused
		} else {
			refused := best.refused
			good, best = boards, c
			best.refused = refused
		}
		if next = 2 * good; next >= bad || next == 0 {
			next = (good + bad) / 2
		}
		if bad-good <= max(good/8, 1) {
			break // nearer than that two runs are not
		}
	}
	if good == 0 {
		return best, fmt.Errorf("one board of %d members is too much", b.drawn)
	}
	return best, nil
}

// smallLoad is members of boards, on some of which one draws.
type smallLoad struct {
	*swarm
	publishers []*publisher
	seen       *sightings
	each       int // members of a board with a publisher
}

// load returns members who are away: so many boards, and of each so many members, one of whom is to draw.
func (b *smallBench) load(server *subject, boards, members int) (*smallLoad, error) {
	s, err := newSwarm(server.address)
	if err != nil {
		return nil, err
	}
	s.pings = true
	l := &smallLoad{swarm: s, each: members}
	for i := range boards {
		replica := board.Replica(i + 1) // sightings knows publishers by it
		p := s.add("board"+strconv.Itoa(i), replica, nil)
		p.speaks = true
		w := &publisher{player: p, replica: replica, rate: float64(b.rate)}
		w.prepare(min(1, b.seconds), b.seconds, 128)
		l.publishers = append(l.publishers, w)
	}
	for i := range boards {
		for k := 1; k < members; k++ {
			s.add("board"+strconv.Itoa(i), board.Replica(boards+i*members+k), nil)
		}
	}
	return l, nil
}

// enterAll lets all come who are away, and reports whether some were turned away.
func (l *smallLoad) enterAll(ctx context.Context) (refused bool, err error) {
	var coming []*player
	for _, p := range l.players {
		if p.phase == away {
			coming = append(coming, p)
		}
	}
	if err := l.dial(64, coming...); err != nil {
		return false, err
	}
	var failed error
	err = l.until(ctx, 5*time.Minute, "everybody's Welcome", func() bool {
		failed = l.dial(64)
		return l.live == len(l.players) || failed != nil
	})
	if failed != nil {
		return false, failed
	}
	if _, ok := errors.AsType[*turnedAwayError](err); !ok {
		return false, err
	}
	// Those who were on the way with that one come, or do not.
	l.dialed = nil
	for range 10_000 {
		if l.broken = nil; ctx.Err() != nil {
			return true, ctx.Err()
		}
		if err := l.step(); err != nil {
			return true, err
		}
		under := false
		for _, p := range l.players {
			under = under || p.phase != away && p.phase != live
		}
		if !under {
			l.broken = nil
			return true, nil
		}
	}
	return true, errors.New("members who are neither welcomed nor turned away")
}

// measure lets those draw who do, and looks when it is told.
func (l *smallLoad) measure(ctx context.Context, server *subject, seconds float64, c *carried) error {
	l.seen = &sightings{publishers: l.publishers, next: make([]uint64, len(l.players)*len(l.publishers)), docs: map[*player]*board.Board{}}
	l.updates = l.seen.take
	if err := l.quiet(ctx, server); err != nil {
		return err
	}
	for _, warming := range []bool{true, false} {
		l.seen.r = fanned{}
		due := 0
		for _, p := range l.publishers {
			due += p.count(warming) * (l.each - 1)
		}
		sending := send(l.publishers, warming)
		err := l.until(ctx, time.Duration(seconds*float64(time.Second))+2*time.Minute, "the load to be sent", func() bool { return sending.ended() })
		if err == nil {
			err = l.until(ctx, relayPatience, "all updates", func() bool { return l.seen.r.came >= due })
		}
		late := errors.Is(err, errLate)
		l.halt(sending)
		if err := sending.err(); err != nil {
			return err
		}
		if err != nil && !late {
			return err
		}
		c.p99 = l.seen.r.p99()
		if late {
			c.p99 = math.Inf(1) // some have never come
			break
		}
	}
	rss, _, err := server.memory()
	c.rss = rss
	return err
}
