package main

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"edgeboard/shared/board"
	"edgeboard/shared/feed"
	"edgeboard/shared/wire"
)

// feedsBench measures live data: from a program that publishes it to all who watch.
type feedsBench struct {
	relayFlags
	feeds, rate, members int
	seconds, warm        float64
	runs                 int
}

// feedsCases are what can be measured, and how.
var feedsCases = map[string]func(b *feedsBench, ctx context.Context, out *report) error{
	"100x10x500": (*feedsBench).told,
	"tiles50":    (*feedsBench).page,
	"shown":      (*feedsBench).shown,
}

func benchFeeds(ctx context.Context, args []string, out *report) error {
	var known []string
	for name := range feedsCases {
		known = append(known, name)
	}
	slices.Sort(known)
	flags := newFlags("feeds", out)
	var b feedsBench
	b.relayFlags.add(flags)
	cases := flags.String("cases", strings.Join(known, ","), "what to measure")
	flags.whole(&b.feeds, "feeds", 100, "how many feeds are published", 1, wire.MaxFeeds)
	flags.whole(&b.rate, "rate", 10, "how often each of them is, in a second", 1, 1000)
	flags.whole(&b.members, "members", 500, "how many watch all of them", 1, 20_000)
	flags.real(&b.seconds, "seconds", 10, "how long each run is measured", 0.1, 3600)
	flags.real(&b.warm, "warm", 2, "how many seconds data flows before that", 0.1, 3600)
	flags.whole(&b.runs, "runs", 3, "how often all is measured; the median counts", 1, endless)
	if err := flags.parse(args); err != nil {
		return err
	}
	for name := range strings.SplitSeq(*cases, ",") {
		if feedsCases[name] == nil {
			return fmt.Errorf("feeds: there is no case %q, only: %s", name, strings.Join(known, ", "))
		}
	}
	return b.run(ctx, "feeds", out, func() error {
		for name := range strings.SplitSeq(*cases, ",") {
			if err := feedsCases[name](&b, ctx, out); err != nil {
				return fmt.Errorf("%s: %w", name, err)
			}
		}
		return nil
	})
}

// course is what a feed says: the same numbers in each run.
type course struct {
	name string
	next func(r *rand.Rand, v float64) float64
}

// courses are kinds of data; the wire tells each of them differently.
var courses = []course{
	// As sensors and meters say it.
	{"", func(r *rand.Rand, v float64) float64 { return math.Round((v+r.NormFloat64()*0.3)*100) / 100 }},
	// As a program computes it, with all digits that it has; the page asks for seven.
	{"_computed", func(r *rand.Rand, v float64) float64 { return v + r.NormFloat64()*0.3 }},
	{"_counter", func(r *rand.Rand, v float64) float64 { return math.Round(v) + float64(r.IntN(200)) }},
}

// fed is what came of one run.
type fed struct {
	latencies            spread
	due, came            int
	points               int // while it was measured
	bytes, messages      int // in which these came
	lost                 int // points that came out of order, or twice
	cpu, took, own, late time.Duration
	others               float64
}

func (b *feedsBench) told(ctx context.Context, out *report) error {
	name := fmt.Sprintf("%dx%dx%d", b.feeds, b.rate, b.members)
	if err := filesFor(b.members); err != nil {
		return err
	}
	for _, kind := range courses {
		var runs []fed
		for i := range b.runs {
			out.note("feeds %s%s: run %d of %d", name, kind.name, i+1, b.runs)
			server, err := b.start(ctx, filepath.Join(b.dir, fmt.Sprintf("%s%s-%d", name, kind.name, i)))
			if err != nil {
				return err
			}
			r, err := b.once(ctx, server, kind)
			if err = errors.Join(err, server.stop()); err != nil {
				return err
			}
			runs = append(runs, r)
			tellOthers(name+kind.name, i, r.others, out)
			if r.late > 100*time.Millisecond {
				out.note("feeds %s%s: run %d: points were published %v after they were due: the machine was busy", name, kind.name, i+1, r.late)
			}
			if r.lost > 0 {
				out.fail("feeds %s%s: run %d: %d points came twice or out of order", name, kind.name, i+1, r.lost)
			}
		}
		add := func(metric, unit string, of func(fed) float64) {
			out.add(name, metric+kind.name, unit, median(runs, of))
		}
		add("p50_ms", "ms", func(r fed) float64 { return ms(r.latencies.quantile(0.5)) })
		add("p99_ms", "ms", func(r fed) float64 { return ms(r.latencies.quantile(0.99)) })
		add("bytes_per_point", "bytes", func(r fed) float64 { return float64(r.bytes) / float64(max(r.points, 1)) })
		// With what TCP and IP put before each message.
		add("packet_bytes_per_point", "bytes", func(r fed) float64 { return float64(r.bytes+packetHead*r.messages) / float64(max(r.points, 1)) })
		add("delivered_fraction", "part", func(r fed) float64 { return float64(r.came) / float64(r.due) })
		add("cpu_fraction", "cores", func(r fed) float64 { return float64(r.cpu) / float64(r.took) })
		add("generator_cpu_fraction", "cores", func(r fed) float64 { return float64(r.own) / float64(r.took) })
	}
	return nil
}

// packetHead is what stands before a message in one packet: IPv4, and TCP with timestamps.
const packetHead = 20 + 32

// watching is what one member has of the feeds.
type watching struct {
	decoder feed.Decoder
	last    map[string]int64 // time of the last point
}

// once measures one run.
func (b *feedsBench) once(ctx context.Context, server *subject, kind course) (r fed, err error) {
	s, err := newSwarm(server.address)
	if err != nil {
		return r, err
	}
	defer s.close()
	s.pings = true
	publisher := s.add("feeds", 1, nil)
	publisher.speaks = true
	all := make([]watching, b.members+1)
	for i := range b.members {
		s.add("feeds", board.Replica(i+2), nil)
		all[i+1].last = map[string]int64{}
	}
	var from int64 // of the times that are measured
	s.points = func(p *player, m *wire.Points, size int, now time.Time) error {
		w := &all[p.number]
		batches, _, err := w.decoder.Decode(m)
		if err != nil {
			return err
		}
		at, measured := now.UnixMilli(), 0
		for _, batch := range batches {
			for _, point := range batch.Points {
				if point.Time <= w.last[batch.Name] {
					r.lost++
				}
				w.last[batch.Name] = point.Time
				if from > 0 && point.Time >= from {
					r.latencies.add(time.Duration(at-point.Time) * time.Millisecond)
					measured++
				}
			}
			r.came += len(batch.Points)
		}
		if measured > 0 {
			r.points += measured
			r.bytes += size
			r.messages++
		}
		return nil
	}
	if err := s.enter(ctx, 256, s.players...); err != nil {
		return r, err
	}
	for _, p := range s.players[1:] {
		if err := p.say(wire.AppendFrame(nil, 0, &wire.Watch{List: []wire.Want{{Feed: "sensor.*", Points: wire.MaxSamples}}, Digits: 7})); err != nil {
			return r, err
		}
	}
	if err := s.quiet(ctx, server); err != nil {
		return r, err
	}
	warm := int(b.warm * float64(b.rate*b.feeds))
	count := int((b.warm + b.seconds) * float64(b.rate*b.feeds))
	publishing, over := make(chan error, 1), make(chan struct{})
	random := rand.New(rand.NewPCG(1, 1))
	values := make([]float64, b.feeds)
	for i := range values {
		values[i] = random.Float64() * 1000
	}
	start, busy, own := time.Now(), machineTime(), usage()
	cpu, err := server.cpu()
	if err != nil {
		return r, err
	}
	from = start.Add(time.Duration(warm) * time.Second / time.Duration(b.rate*b.feeds)).UnixMilli()
	var late time.Duration
	go func() {
		var err error
		for i := 0; i < count && err == nil; i++ {
			due := start.Add(time.Duration(i) * time.Second / time.Duration(b.rate*b.feeds))
			select {
			case <-time.After(time.Until(due)):
			case <-over:
				err = errors.New("it was stopped")
				continue
			}
			late = max(late, time.Since(due))
			of := i % b.feeds
			values[of] = kind.next(random, values[of])
			err = publisher.say(wire.AppendFrame(nil, 0, &wire.Publish{
				Feed: fmt.Sprint("sensor.", of), Samples: []wire.Sample{{Time: uint64(time.Now().UnixMilli()), Number: values[of]}},
			}))
		}
		publishing <- err
	}()
	r.due = count * b.members
	err = s.until(ctx, time.Duration((b.warm+b.seconds)*float64(time.Second))+time.Minute, "all points", func() bool { return r.came >= r.due })
	close(over)
	if published := <-publishing; err == nil || errors.Is(err, errLate) {
		err = published // what has not come is told by the figures
	}
	after, cpuErr := server.cpu()
	r.took, r.cpu, r.own, r.late = time.Since(start), after-cpu, usage()-own, late
	r.others = float64(machineTime()-busy-r.cpu-r.own) / float64(r.took)
	return r, errors.Join(err, cpuErr)
}
