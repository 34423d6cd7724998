package main

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"edgeboard/shared/board"
)

// clusterBench measures what it takes that relays share boards, beside one relay that shares them with nobody.
type clusterBench struct {
	relayFlags
	engines  []string
	programs enginePrograms

	edits         int // of cross, one after another
	size          int
	seconds, warm float64
	runs          int
	boards        int // of relays3
	members       int // of each of these, on each relay
	rate          int // edits a second, on all of them
}

// clusterCases are what can be measured, and how.
var clusterCases = map[string]func(b *clusterBench, ctx context.Context, engine, name string, out *report) error{
	"cross":   (*clusterBench).cross,
	"relays3": (*clusterBench).relays3,
}

func benchCluster(ctx context.Context, args []string, out *report) error {
	flags := newFlags("cluster", out)
	var b clusterBench
	b.relayFlags.add(flags)
	cases := flags.String("cases", "cross,relays3", "what to measure")
	by := flags.String("engines", "nats,redis", "by which engines relays share boards; each is started here")
	flags.StringVar(&b.programs.nats, "nats-server", "", "`program` to start for nats (default: that of scripts/tools.mod)")
	flags.StringVar(&b.programs.redis, "redis-server", "", "`program` to start for redis (default: the one on PATH)")
	flags.whole(&b.edits, "edits", 1000, "how many edits of cross follow one another, each when the one before has come", 10, endless)
	flags.whole(&b.size, "size", 128, "bytes of an edit, 64 to 8192", 64, 8192)
	flags.real(&b.seconds, "seconds", 10, "how long each run of what goes at a rate is measured", 0.1, 3600)
	flags.real(&b.warm, "warm", 2, "how many seconds edits flow before that", 0.1, 3600)
	flags.whole(&b.runs, "runs", 3, "how often all is measured; the median counts", 1, endless)
	flags.whole(&b.boards, "boards", 12, "boards of relays3", 1, 1000)
	flags.whole(&b.members, "members", 16, "members of each of these boards on each relay", 2, 2000)
	flags.whole(&b.rate, "rate", 600, "edits a second on all of these boards", 1, 100_000)
	if err := flags.parse(args); err != nil {
		return err
	}
	b.engines = strings.Split(*by, ",")
	for _, name := range b.engines {
		if engines[name] == nil {
			return fmt.Errorf("cluster: there is no engine %q, only: nats, redis", name)
		}
	}
	list := strings.Split(*cases, ",")
	for _, name := range list {
		if clusterCases[name] == nil {
			return fmt.Errorf("cluster: there is no case %q, only: cross, relays3", name)
		}
	}
	return b.run(ctx, "cluster", out, func() error {
		for _, name := range list {
			for _, engine := range b.engines {
				title := name
				if engine != "nats" {
					title += "_" + engine
				}
				if err := clusterCases[name](&b, ctx, engine, title, out); err != nil {
					return fmt.Errorf("%s: %w", title, err)
				}
			}
		}
		return nil
	})
}

// relays are an engine and those that share boards by it, or, without an engine, one relay.
type relays struct {
	engine *subject
	list   []*subject
}

// startRelays starts n relays in folders of this run. An engine that is "" is none.
func (b *clusterBench) startRelays(ctx context.Context, engine, folder string, n int) (r *relays, err error) {
	r = new(relays)
	defer func() {
		if err != nil {
			err = errors.Join(err, r.stop())
		}
	}()
	dir := filepath.Join(b.dir, folder)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return r, err
	}
	var shares []string
	if engine != "" {
		var url string
		if r.engine, url, err = engines[engine](ctx, b.programs, dir); err != nil {
			return r, err
		}
		shares = []string{"-cluster", url}
	}
	for i := range n {
		relay, err := serving(b.launch(ctx, "127.0.0.1:0", filepath.Join(dir, fmt.Sprint("relay", i)), shares...))
		if err != nil {
			return r, err
		}
		r.list = append(r.list, relay)
	}
	return r, nil
}

func (r *relays) stop() (err error) {
	for _, s := range r.list {
		err = errors.Join(err, s.stop())
	}
	if r.engine != nil {
		err = errors.Join(err, r.engine.stop())
	}
	return err
}

// goesTo has a player come to a server.
func (p *player) goesTo(s *subject) error {
	a, err := netip.ParseAddrPort(s.address)
	if err != nil {
		return err
	}
	to := socketAddress(a)
	p.to = &to
	return nil
}

// crossed is what came of one run of cross, of a relay alone and across two: edits one after another, and at a rate.
type crossed struct {
	after, paced [2]spread
	missing      [2]int // of those at a rate
	others       float64
}

// crossRate is how many edits a second there are where one does not wait for the other.
const crossRate = 50

// crossNames are the two paths, in the order of crossed.
var crossNames = [2]string{"single", "cross"}

// cross measures how long it takes from an edit on one relay until a member on another has it, beside the same on one
// relay that is in no cluster: in turn, in the same run.
func (b *clusterBench) cross(ctx context.Context, engine, name string, out *report) error {
	var runs []crossed
	for i := range b.runs {
		out.note("cluster %s: run %d of %d", name, i+1, b.runs)
		r, err := b.crossOnce(ctx, engine, fmt.Sprintf("%s-%d", name, i))
		if err != nil {
			return err
		}
		runs = append(runs, r)
		tellOthers("cluster "+name, i, r.others, out)
		for k, n := range r.missing {
			if n > 0 {
				out.fail("cluster %s: run %d: %s: %d edits did not come", name, i+1, crossNames[k], n)
			}
		}
	}
	for _, load := range []struct {
		prefix string
		of     func(r *crossed) *[2]spread
	}{
		{"", func(r *crossed) *[2]spread { return &r.after }},
		{"paced_", func(r *crossed) *[2]spread { return &r.paced }},
	} {
		at := func(k int, q float64) func(crossed) float64 {
			return func(r crossed) float64 { return ms(load.of(&r)[k].quantile(q)) }
		}
		// What crossing adds is of each run, whose two paths met the same machine.
		out.add(name, load.prefix+"p99_ms", "ms", median(runs, func(r crossed) float64 { return at(1, 0.99)(r) - at(0, 0.99)(r) }))
		out.add(name, load.prefix+"p50_ms", "ms", median(runs, func(r crossed) float64 { return at(1, 0.5)(r) - at(0, 0.5)(r) }))
		for k, path := range crossNames {
			out.add(name, load.prefix+path+"_p50_ms", "ms", median(runs, at(k, 0.5)))
			out.add(name, load.prefix+path+"_p99_ms", "ms", median(runs, at(k, 0.99)))
		}
	}
	return nil
}

func (b *clusterBench) crossOnce(ctx context.Context, engine, folder string) (r crossed, err error) {
	alone, err := b.startRelays(ctx, "", folder+"-alone", 1)
	if err != nil {
		return r, err
	}
	defer func() { err = errors.Join(err, alone.stop()) }()
	two, err := b.startRelays(ctx, engine, folder, 2)
	if err != nil {
		return r, err
	}
	defer func() { err = errors.Join(err, two.stop()) }()

	s, err := newSwarm(alone.list[0].address)
	if err != nil {
		return r, err
	}
	defer s.close()
	s.pings = true
	writers, came, stamps := make([]*publisher, 2), make([]int, 2), make([]*spread, 2)
	for k, at := range [2][2]*subject{{alone.list[0], alone.list[0]}, {two.list[0], two.list[1]}} {
		name := "apart-" + crossNames[k]
		writer, reader := s.add(name, board.Replica(k+1), nil), s.add(name, board.Replica(k+3), nil)
		writer.speaks = true
		if err := errors.Join(writer.goesTo(at[0]), reader.goesTo(at[1])); err != nil {
			return r, err
		}
		w := &publisher{player: writer, replica: board.Replica(k + 1), rate: crossRate}
		// The warm-up and what is measured go one after another first, and then at the rate.
		w.prepare(b.warm, float64(b.edits+crossWarm)/crossRate+b.seconds, b.size)
		writers[k] = w
	}
	s.updates = func(p *player, data []byte, now time.Time) error {
		for replica, u := range board.Split(data) {
			k := int(replica) - 1
			if k < 0 || k >= len(writers) || writers[k].player == p {
				return fmt.Errorf("it is told what replica %d has written", replica)
			}
			seq, err := firstSeq(u)
			if err != nil {
				return err
			}
			w := writers[k]
			i := int(seq-w.base) + 1
			if seq < w.base || i != came[k] {
				if seq >= w.base && i > came[k] {
					return fmt.Errorf("edit %d comes where %d is due", i, came[k])
				}
				continue // the elements, or it came before
			}
			came[k]++
			if stamps[k] != nil {
				stamps[k].add(now.Sub(began) - time.Duration(w.sent[i].Load()))
			}
		}
		return nil
	}
	if err := s.enter(ctx, 16, s.players...); err != nil {
		return r, err
	}
	for k, w := range writers {
		if err := w.player.write(w.frames[0]); err != nil {
			return r, err
		}
		came[k] = 1
	}
	start, busy, spent := time.Now(), machineTime(), usage()
	before, err := two.spent(alone)
	if err != nil {
		return r, err
	}
	for i := 1; i <= crossWarm+b.edits; i++ {
		if i > crossWarm {
			stamps[0], stamps[1] = &r.after[0], &r.after[1]
		}
		for k, w := range writers {
			w.sent[i].Store(int64(time.Since(began)))
			if err := w.player.write(w.frames[i]); err != nil {
				return r, err
			}
			if err := s.until(ctx, time.Minute, "an edit, "+crossNames[k], func() bool { return came[k] > i }); err != nil {
				return r, err
			}
		}
	}
	stamps[0], stamps[1] = &r.paced[0], &r.paced[1]
	sending := sendEach(writers, func(w *publisher, stop <-chan struct{}) (time.Duration, error) {
		if w != writers[0] {
			time.Sleep(time.Second / crossRate / 2) // so that the two do not fall together
		}
		return w.between(crossWarm+b.edits+1, len(w.frames), stop)
	})
	all := func() bool { return came[0] == len(writers[0].frames) && came[1] == len(writers[1].frames) }
	err = s.until(ctx, time.Duration(2*(b.seconds+b.warm)*float64(time.Second))+time.Minute, "the edits", func() bool { return sending.ended() && all() })
	s.halt(sending)
	if errors.Is(err, errLate) {
		err = nil // what has not come is told
	}
	for k, w := range writers {
		r.missing[k] = len(w.frames) - came[k]
	}
	after, failed := two.spent(alone)
	r.others = float64(machineTime()-busy-(usage()-spent)-(after-before)) / float64(time.Since(start))
	return r, errors.Join(err, failed, sending.err())
}

// crossWarm is how many edits go before those that are measured.
const crossWarm = 20

// spent returns the processor time of all these servers, and of others.
func (r *relays) spent(more ...*relays) (all time.Duration, err error) {
	for _, of := range append([]*relays{r}, more...) {
		for _, s := range slices.Concat(of.list, []*subject{of.engine}) {
			if s == nil {
				continue
			}
			one, failed := s.cpu()
			all, err = all+one, errors.Join(err, failed)
		}
	}
	return all, err
}

// served is what came of one run of relays3, by relay.
type served struct {
	fanned
	deliveries []int
	cpus       []time.Duration
	engine     time.Duration
	edits      int
}

// each returns how many deliveries a relay makes in a second of a processor.
func (r served) each(i int) float64 { return float64(r.deliveries[i]) / r.cpus[i].Seconds() }

// sum is that of all relays together.
func (r served) sum() (all float64) {
	for i := range r.cpus {
		all += r.each(i)
	}
	return all
}

// relays3 measures what a delivery costs three relays that share all boards, beside one that shares them with nobody: one that
// has as many members of each board as each of the three, and one that has as many as all three.
func (b *clusterBench) relays3(ctx context.Context, engine, name string, out *report) error {
	var one, same, three []served
	for i := range b.runs {
		out.note("cluster %s: run %d of %d", name, i+1, b.runs)
		for _, c := range []struct {
			what    string
			engine  string
			n       int
			members int
			into    *[]served
		}{
			{"one", "", 1, b.members, &one},
			{"all", "", 1, 3 * b.members, &same},
			{"three", engine, 3, b.members, &three},
		} {
			r, err := b.serve(ctx, c.engine, fmt.Sprintf("%s-%s-%d", name, c.what, i), c.n, c.members)
			if err != nil {
				return fmt.Errorf("%s: %w", c.what, err)
			}
			*c.into = append(*c.into, r)
			tellOthers("cluster "+name, i, r.others, out)
			if r.twice > 0 || r.gaps > 0 {
				out.fail("cluster %s: run %d: %s: %d edits came twice, and %d times some were missing before one that came", name, i+1, c.what, r.twice, r.gaps)
			}
			if r.again > 0 {
				out.note("cluster %s: run %d: %d members' queues were dropped, and they were brought up to date", name, i+1, r.again)
			}
		}
	}
	micro := func(of func(served) time.Duration, by func(served) int) func(served) float64 {
		return func(r served) float64 { return micros(of(r)) / float64(max(by(r), 1)) }
	}
	relaysTook := func(r served) (all time.Duration) {
		for _, d := range r.cpus {
			all += d
		}
		return all
	}
	deliveries := func(r served) int { return r.came }
	edits := func(r served) int { return r.edits }
	single := median(one, served.sum)
	out.add(name, "x_one", "x", median(three, served.sum)/single)
	// The same members as the three have, on one relay: what it costs to spread them.
	out.add(name, "x_same_members", "x", median(three, served.sum)/median(same, served.sum))
	// The engine is a program too, which one relay alone does not need.
	out.add(name, "x_one_with_engine", "x", median(three, func(r served) float64 {
		return float64(len(r.cpus)) * float64(r.came) / (relaysTook(r) + r.engine).Seconds()
	})/single)
	all := median(same, micro(relaysTook, deliveries))
	alone, shared := median(one, micro(relaysTook, deliveries)), median(three, micro(relaysTook, deliveries))
	out.add(name, "single_cpu_us_per_delivery", "us", alone)
	out.add(name, "same_members_cpu_us_per_delivery", "us", all)
	out.add(name, "cpu_us_per_delivery", "us", shared)
	// What an edit takes of the three relays together more than of one with all their members: to hand it over, and to
	// hear of it twice.
	out.add(name, "shared_us_per_edit", "us", (shared-all)*median(three, func(r served) float64 { return float64(r.came) / float64(max(r.edits, 1)) }))
	out.add(name, "engine_cpu_us_per_edit", "us", median(three, micro(func(r served) time.Duration { return r.engine }, edits)))
	out.add(name, "engine_cpu_fraction", "cores", median(three, func(r served) float64 { return float64(r.engine) / float64(r.took) }))
	for _, of := range []struct {
		prefix string
		runs   []served
	}{{"single_", one}, {"same_members_", same}, {"", three}} {
		out.add(name, of.prefix+"cpu_fraction", "cores", median(of.runs, func(r served) float64 { return float64(relaysTook(r)) / float64(r.took) }))
		out.add(name, of.prefix+"delivered_fraction", "part", median(of.runs, func(r served) float64 { return float64(r.came) / float64(max(r.due, 1)) }))
		out.add(name, of.prefix+"p50_ms", "ms", median(of.runs, func(r served) float64 { return ms(r.latencies.quantile(0.5)) }))
		out.add(name, of.prefix+"p99_ms", "ms", median(of.runs, func(r served) float64 { return r.p99() }))
	}
	generator := median(three, func(r served) float64 { return float64(r.own) / float64(r.took) })
	out.add(name, "generator_cpu_fraction", "cores", generator)
	return nil
}

// serve measures boards whose members are on as many relays, so many of each board on each relay.
func (b *clusterBench) serve(ctx context.Context, engine, folder string, n, members int) (r served, err error) {
	group, err := b.startRelays(ctx, engine, folder, n)
	if err != nil {
		return r, err
	}
	defer func() { err = errors.Join(err, group.stop()) }()
	if err := filesFor(n * b.boards * members); err != nil {
		return r, err
	}
	s, err := newSwarm(group.list[0].address)
	if err != nil {
		return r, err
	}
	defer s.close()
	s.pings = true
	var publishers []*publisher
	var relayOf []int // by player
	for k := range b.boards {
		for relay := range n {
			for m := range members {
				// Who writes has the first replicas: one on each board, on each relay in its turn.
				writes := relay == k%n && m == 0
				replica := board.Replica(b.boards + len(s.players) + 1)
				if writes {
					replica = board.Replica(k + 1)
				}
				p := s.add(fmt.Sprint("shared-", k), replica, nil)
				if err := p.goesTo(group.list[relay]); err != nil {
					return r, err
				}
				relayOf = append(relayOf, relay)
				if writes {
					p.speaks = true
					publishers = append(publishers, &publisher{player: p, replica: replica, rate: float64(b.rate) / float64(b.boards)})
				}
			}
		}
	}
	for _, p := range publishers {
		p.prepare(b.warm, b.seconds, b.size)
	}
	seen := &sightings{publishers: publishers, next: make([]uint64, len(s.players)*len(publishers)), docs: map[*player]*board.Board{}}
	r.deliveries = make([]int, n)
	s.updates = func(p *player, data []byte, now time.Time) error {
		before := seen.r.came
		err := seen.take(p, data, now)
		r.deliveries[relayOf[p.number]] += seen.r.came - before
		return err
	}
	if err := s.enter(ctx, 256, s.players...); err != nil {
		return r, err
	}
	for _, relay := range group.list {
		if err := s.quiet(ctx, relay); err != nil {
			return r, err
		}
	}
	for _, warming := range []bool{true, false} {
		seen.r = fanned{}
		clear(r.deliveries)
		own, busy, start := usage(), machineTime(), time.Now()
		before := make([]time.Duration, n+1)
		servers := group.list
		if group.engine != nil {
			servers = append(slices.Clone(servers), group.engine)
		}
		for i, server := range servers {
			if before[i], err = server.cpu(); err != nil {
				return r, err
			}
		}
		sending := send(publishers, warming)
		for _, p := range publishers {
			seen.r.due += p.count(warming) * (n*members - 1)
		}
		err = s.until(ctx, time.Duration(b.seconds*float64(time.Second))+2*time.Minute, "the load to be sent", sending.ended)
		if err == nil {
			err = s.until(ctx, relayPatience, "all edits", func() bool { return seen.r.came >= seen.r.due })
		}
		if errors.Is(err, errLate) && !warming {
			err = nil // what has not come is told by the figures
		}
		r.took = time.Since(start)
		r.cpus, r.engine = make([]time.Duration, n), 0
		all := time.Duration(0)
		for i, server := range servers {
			now, failed := server.cpu()
			err = errors.Join(err, failed)
			if all += now - before[i]; i < n {
				r.cpus[i] = now - before[i]
			} else {
				r.engine = now - before[i]
			}
		}
		took := r.took
		r.fanned = seen.r
		r.took, r.own, r.again = took, usage()-own, s.again
		r.others = float64(machineTime()-busy-all-r.own) / float64(took)
		s.halt(sending)
		if err := errors.Join(err, sending.err()); err != nil {
			return r, err
		}
		r.edits = 0
		for _, p := range publishers {
			r.edits += p.count(warming)
		}
	}
	return r, nil
}
