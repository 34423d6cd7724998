package main

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"sync/atomic"
	"time"
)

// The loads under which servers are compared.

func measurePeerFanout(ctx context.Context, b *serversBench, l peerLoad, subjects []peerSubject, out *report) error {
	runs := map[string][]fanned{}
	err := b.each(ctx, l, subjects, out, func(run int, of peerSubject) error {
		var r fanned
		err := b.with(ctx, of, false, func(server *subject, g *guests) (err error) {
			r, err = b.fanout(ctx, l, server, g)
			return err
		})
		if r.due > 0 {
			runs[of.name] = append(runs[of.name], r)
			tellOthers(l.name+"/"+of.name, run, r.others, out)
		}
		return err
	})
	for _, of := range subjects {
		of, r := l.name+"/"+of.name, runs[of.name]
		if len(r) == 0 {
			continue
		}
		over := func(metric, unit string, f func(fanned) float64) { out.add(of, metric, unit, median(r, f)) }
		over("cpu_us_per_delivery", "us", fanned.each)
		over("p50_ms", "ms", func(r fanned) float64 { return ms(r.latencies.quantile(0.5)) })
		over("p99_ms", "ms", fanned.p99)
		over("delivered", "part", func(r fanned) float64 { return float64(r.came) / float64(r.due) })
		over("server_cores", "cores", func(r fanned) float64 { return float64(r.cpu) / float64(r.took) })
		over("client_cores", "cores", func(r fanned) float64 { return float64(r.own) / float64(r.took) })
		twice, gaps := 0, 0
		for _, r := range r {
			twice, gaps = twice+r.twice, gaps+r.gaps
		}
		if twice > 0 {
			out.add(of, "twice", "messages", float64(twice))
		}
		if gaps > 0 {
			out.add(of, "gaps", "gaps", float64(gaps))
		}
	}
	return err
}

// fanout lets one member of a room tell the others messages at a steady rate, and counts what comes, to whom and when.
func (b *serversBench) fanout(ctx context.Context, l peerLoad, server *subject, g *guests) (r fanned, err error) {
	const room = "fanout"
	for range l.members {
		g.add(room)
	}
	author := &publisher{player: g.players[0], rate: float64(l.rate)}
	author.player.speaks = true
	warm := max(1, int(b.warm.Seconds()*author.rate))
	count := warm + max(1, int(b.seconds.Seconds()*author.rate))
	author.first = 1 + warm
	author.frames = make([][]byte, 1, 1+count) // the first one is nothing
	for n := range count {
		author.frames = append(author.frames, g.dialect.tell(room, 0, n))
	}
	author.sent = make([]atomic.Int64, len(author.frames))
	next := make([]int, l.members)
	g.came = func(p *player, who, n int, now time.Time) error {
		if p == author.player {
			return nil // some servers tell the author as well
		}
		if who != 0 || n >= count {
			return fmt.Errorf("message %d of author %d comes, which was never sent", n, who)
		}
		switch want := &next[p.number]; {
		case n < *want:
			r.twice++
			return nil
		default:
			if n > *want {
				r.gaps++
			}
			*want = n + 1
		}
		r.came++
		r.latencies.add(now.Sub(began) - time.Duration(author.sent[n+1].Load()))
		return nil
	}
	g.prepare(g.players...)
	if err := g.enter(ctx, 256, g.players...); err != nil {
		return r, err
	}
	if err := g.quiet(ctx, server); err != nil {
		return r, err
	}
	for _, warming := range []bool{true, false} {
		r = fanned{}
		r.due = author.count(warming) * (l.members - 1)
		own, busy := usage(), machineTime()
		cpu, err := server.cpu()
		if err != nil {
			return r, err
		}
		start := time.Now()
		g.speaking = true
		sending := send([]*publisher{author}, warming)
		err = g.until(ctx, b.seconds+b.warm+2*time.Minute, "the load to be sent", sending.ended)
		if err == nil {
			err = g.until(ctx, peerPatience, "all messages", func() bool { return r.came >= r.due })
		}
		late := errors.Is(err, errLate) // what has not come is told by the figures
		r.took = time.Since(start)
		after, cpuErr := server.cpu()
		r.cpu, r.own = after-cpu, usage()-own
		r.others = float64(machineTime()-busy-r.cpu-r.own) / float64(r.took)
		if late {
			err = nil
		}
		g.halt(sending)
		if err := errors.Join(err, cpuErr, sending.err(), g.hush()); err != nil {
			return r, err
		}
		if late && warming { // it would be late in what follows, too, and by what is left of this
			return r, nil
		}
	}
	return r, nil
}

func measurePeerMemory(ctx context.Context, b *serversBench, l peerLoad, subjects []peerSubject, out *report) error {
	runs := map[string][]idled{}
	err := b.each(ctx, l, subjects, out, func(_ int, of peerSubject) error {
		return b.with(ctx, of, false, func(server *subject, g *guests) error {
			r, err := b.visit(ctx, l, server, g)
			if err == nil {
				runs[of.name] = append(runs[of.name], r)
			}
			return err
		})
	})
	for _, of := range subjects {
		if r := runs[of.name]; len(r) > 0 {
			out.add(l.name+"/"+of.name, "kib_per_member", "KiB", median(r, func(r idled) float64 { return r.idle / 1024 }))
		}
	}
	return err
}

// visit lets members come to rooms and do nothing, as memory does.
func (b *serversBench) visit(ctx context.Context, l peerLoad, server *subject, g *guests) (r idled, err error) {
	for i := range l.members {
		g.add("idle" + strconv.Itoa(i%l.rooms))
	}
	g.prepare(g.players...)
	before, err := g.steady(ctx, server)
	if err == nil {
		err = g.enter(ctx, 256, g.players...)
	}
	if err == nil {
		err = g.quiet(ctx, server)
	}
	if err == nil {
		err = g.rest(ctx, b.idle)
	}
	if err != nil {
		return r, err
	}
	after, _, err := server.memory()
	r.idle = float64(after-before) / float64(l.members)
	return r, err
}

// Messages that everybody has before being cut off, and that are told meanwhile.
const (
	peerHeard  = 16
	peerMissed = 5
)

func measurePeerStorm(ctx context.Context, b *serversBench, l peerLoad, subjects []peerSubject, out *report) error {
	runs := map[string][]resumed{}
	err := b.each(ctx, l, subjects, out, func(run int, of peerSubject) error {
		return b.with(ctx, of, true, func(server *subject, g *guests) error {
			r, err := b.storm(ctx, l, of.forgets, server, g)
			if err == nil {
				runs[of.name] = append(runs[of.name], r)
				tellOthers(l.name+"/"+of.name, run, r.others, out)
			}
			return err
		})
	})
	for _, of := range subjects {
		if r := runs[of.name]; len(r) > 0 {
			of := l.name + "/" + of.name
			out.add(of, "storm_ms", "ms", median(r, func(r resumed) float64 { return ms(r.took) }))
			out.add(of, "server_cpu_ms", "ms", median(r, func(r resumed) float64 { return ms(r.cpu) }))
			out.add(of, "client_cpu_ms", "ms", median(r, func(r resumed) float64 { return ms(r.own) }))
		}
	}
	return err
}

// storm cuts off all members of a room but one, who goes on, and lets them come back at once. Each is back when the server
// has said that it is in the room and has told it what it missed; where a server forgets that, when it is in the room.
func (b *serversBench) storm(ctx context.Context, l peerLoad, forgets bool, server *subject, g *guests) (r resumed, err error) {
	const room = "storm"
	for range l.members + 1 {
		g.add(room)
	}
	author, members := g.players[0], g.players[1:]
	author.speaks = true
	told := make([]int, len(g.players)) // messages that a player has, one after another
	sum := 0
	g.came = func(p *player, _, n int, _ time.Time) error {
		if p == author {
			return nil
		}
		if n != told[p.number] {
			return fmt.Errorf("message %d comes, and %d have", n, told[p.number])
		}
		told[p.number]++
		sum++
		return nil
	}
	tell := func(from, to int) error {
		for n := from; n < to; n++ {
			if err := author.write(g.dialect.tell(room, 0, n)); err != nil {
				return err
			}
		}
		return nil
	}
	g.prepare(g.players...)
	if err := g.enter(ctx, 256, author); err != nil {
		return r, err
	}
	if err := g.enter(ctx, 256, members...); err != nil {
		return r, err
	}
	if err := tell(0, peerHeard); err != nil {
		return r, err
	}
	if err := g.until(ctx, time.Minute, "everybody to hear", func() bool { return sum == peerHeard*len(members) }); err != nil {
		return r, err
	}
	if err := g.quiet(ctx, server); err != nil {
		return r, err
	}
	g.cut(members...)
	if err := g.quiet(ctx, server); err != nil { // the server has noticed
		return r, err
	}
	g.prepare(members...)
	if err := tell(peerHeard, peerHeard+peerMissed); err != nil {
		return r, err
	}
	if err := g.quiet(ctx, server); err != nil {
		return r, err
	}

	want := peerMissed * len(members)
	if forgets {
		want = 0
	}
	sum = 0
	cpu, err := server.cpu()
	own, busy, start := usage(), machineTime(), time.Now()
	if err == nil {
		err = g.dial(dialedMost, members...)
	}
	if err == nil {
		err = g.until(ctx, time.Minute, "everybody to be back", func() bool { return g.live == len(g.players) && sum >= want })
	}
	if err != nil {
		return r, fmt.Errorf("%d of %d are back, with %d of %d messages: %w", g.live-1, len(members), sum, want, err)
	}
	r.took = time.Since(start)
	after, err := server.cpu()
	r.cpu, r.own = after-cpu, usage()-own
	r.others = float64(machineTime()-busy-r.cpu-r.own) / float64(r.took)
	return r, err
}

func measurePeerCold(ctx context.Context, b *serversBench, l peerLoad, subjects []peerSubject, out *report) error {
	b.starting = true
	defer func() { b.starting = false }()
	ready, rested := map[string][]time.Duration{}, map[string][]int{}
	starts := *b
	starts.runs = max(b.runs, peerStarts)
	err := starts.each(ctx, l, subjects, out, func(run int, of peerSubject) error {
		server, err := starts.serve(ctx, of, false)
		if err != nil {
			return err
		}
		ready[of.name] = append(ready[of.name], server.took)
		if run < b.runs {
			select {
			case <-time.After(coldRests):
			case <-ctx.Done():
			}
			rss, _, memoryErr := server.memory()
			rested[of.name] = append(rested[of.name], rss)
			err = memoryErr
		}
		return errors.Join(err, server.end())
	})
	for _, of := range subjects {
		if r := ready[of.name]; len(r) > 0 {
			out.add(l.name+"/"+of.name, "cold_ms", "ms", median(r, ms))
			out.add(l.name+"/"+of.name, "rss_mib", "MiB", median(rested[of.name], func(rss int) float64 { return float64(rss) / (1 << 20) }))
		}
	}
	return err
}
