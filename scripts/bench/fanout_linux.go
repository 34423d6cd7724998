package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"edgeboard/shared/board"
	"edgeboard/shared/wire"
)

// fanoutBench measures what it costs the relay to tell each member of a board what one of them does, beside the floor:
// the same messages written to the same sockets, one write for each message and member.
type fanoutBench struct {
	relayFlags
	cases                       []fanoutCase
	seconds, warm, floorSeconds float64
	runs, size, publishers      int
	stalled                     int

	// smooth are the runs of the relay where nobody stalled, by members and rate.
	smooth map[[2]int][]fanned
}

// fanoutCase is how many members a board has, how many messages a second its publishers send in all, and how many of the
// members read nothing while others are measured. Those cases have no floor, which would wait for them.
type fanoutCase struct {
	name                   string
	members, rate, stalled int
}

// parseFanoutCase reads a case; stalled is for those that do not say.
func parseFanoutCase(text string, stalled int) (c fanoutCase, err error) {
	load, count, says := strings.Cut(text, stalledSuffix)
	members, rate, _ := strings.Cut(load, "x")
	var errs [3]error
	c.members, errs[0] = strconv.Atoi(members)
	c.rate, errs[1] = strconv.Atoi(rate)
	switch {
	case !says:
		c.stalled = stalled
	case count == "":
		c.stalled = 1
	default:
		c.stalled, errs[2] = strconv.Atoi(count)
	}
	if errors.Join(errs[:]...) != nil || c.members < 2 || c.members > 20_000 || c.rate < 1 || c.rate > 100_000 || says && c.stalled < 1 {
		return c, fmt.Errorf("%q is no case: want members x messages a second, as 100x500, and perhaps how many stall, as 100x500stalled or 100x500stalled3", text)
	}
	if c.stalled > c.members-2 {
		return c, fmt.Errorf("%q: of %d members %d stall, want at most %d: one writes and one reads", text, c.members, c.stalled, c.members-2)
	}
	switch c.name = load; c.stalled {
	case 0:
	case 1:
		c.name += stalledSuffix
	default:
		c.name += stalledSuffix + strconv.Itoa(c.stalled)
	}
	return c, nil
}

const stalledSuffix = "stalled"

func parseFanout(args []string, out *report) (*fanoutBench, error) {
	f := &fanoutBench{smooth: map[[2]int][]fanned{}}
	flags := newFlags("fanout", out)
	f.relayFlags.add(flags)
	cases := flags.String("cases", "100x500,100x500stalled,1000x500", "what to measure: members x messages a second, and perhaps how many stall (stalled: 1)")
	flags.Float64Var(&f.seconds, "seconds", 10, "how long each run is measured")
	flags.Float64Var(&f.warm, "warm", 2, "how many seconds messages flow before that")
	flags.Float64Var(&f.floorSeconds, "floor-seconds", 3, "how long the floor is measured, which knows no change")
	flags.whole(&f.runs, "runs", 3, "how often all is measured, the relay and the floor in turn; the median of each figure counts", 1, endless)
	flags.whole(&f.size, "size", 128, "bytes of a message, 64 to 8192", 64, 8192)
	flags.whole(&f.publishers, "publishers", 1, "how many of the members send messages", 1, 16)
	flags.whole(&f.stalled, "stalled", 0, "how many of the members read nothing while it is measured, in cases that do not say", 0, endless)
	if err := flags.parse(args); err != nil {
		return nil, err
	}
	for text := range strings.SplitSeq(*cases, ",") {
		c, err := parseFanoutCase(text, f.stalled)
		if err != nil {
			return nil, fmt.Errorf("fanout: %w", err)
		}
		f.cases = append(f.cases, c)
	}
	positive := func(v float64) bool { return v > 0 && v <= 3600 }
	if !positive(f.seconds) || !positive(f.warm) || !positive(f.floorSeconds) {
		return nil, fmt.Errorf("fanout: -seconds, -warm and -floor-seconds are %v, %v and %v, want more than 0, and 3600 at the most", f.seconds, f.warm, f.floorSeconds)
	}
	return f, nil
}

func benchFanout(ctx context.Context, args []string, out *report) error {
	f, err := parseFanout(args, out)
	if err != nil {
		return err
	}
	return f.run(ctx, "fanout", out, func() error {
		for _, c := range f.cases {
			if err := f.measure(ctx, c, out); err != nil {
				return fmt.Errorf("%s: %w", c.name, err)
			}
		}
		return nil
	})
}

// measure measures one case.
func (f *fanoutBench) measure(ctx context.Context, c fanoutCase, out *report) error {
	if err := filesFor(c.members); err != nil {
		return err
	}
	var relay, floor, batched []fanned
	for i := range f.runs {
		out.note("fanout %s: run %d of %d", c.name, i+1, f.runs)
		for _, s := range []struct {
			what    string
			into    *[]fanned
			seconds float64
			start   func() (*subject, error)
		}{
			{"the floor", &floor, f.floorSeconds, func() (*subject, error) { return startBare(ctx, "127.0.0.1:0", welcome(), false) }},
			{"the batched floor", &batched, f.floorSeconds, func() (*subject, error) { return startBare(ctx, "127.0.0.1:0", welcome(), true) }},
			{"the relay", &relay, f.seconds, func() (*subject, error) {
				return f.start(ctx, filepath.Join(f.dir, fmt.Sprintf("%s-%d", c.name, i)))
			}},
		} {
			if c.stalled > 0 && s.into != &relay {
				continue
			}
			server, err := s.start()
			if err == nil {
				var r fanned
				r, err = f.once(ctx, c, server, s.seconds, s.into == &relay)
				*s.into = append(*s.into, r)
				err = errors.Join(err, server.stop())
			}
			if err != nil {
				return fmt.Errorf("%s: %w", s.what, err)
			}
		}
	}
	cpu := median(relay, fanned.each)
	out.add(c.name, "cpu_us_per_delivery", "us", cpu)
	if c.stalled == 0 {
		bare := median(floor, fanned.each)
		out.add(c.name, "floor_us_per_delivery", "us", bare)
		out.add(c.name, "x_floor", "x", cpu/bare)
		// What a server can do that lets messages wait for each other when it has much to do.
		out.add(c.name, "floor_batched_us_per_delivery", "us", median(batched, fanned.each))
	}
	out.add(c.name, "delivered_fraction", "part", median(relay, func(r fanned) float64 { return float64(r.came) / float64(r.due) }))
	out.add(c.name, "p50_ms", "ms", median(relay, func(r fanned) float64 { return ms(r.latencies.quantile(0.5)) }))
	out.add(c.name, "p99_ms", "ms", median(relay, fanned.p99))
	load := [2]int{c.members, c.rate}
	if c.stalled == 0 {
		out.add(c.name, "floor_p99_ms", "ms", median(floor, fanned.p99))
		f.smooth[load] = relay
	} else if smooth := f.smooth[load]; smooth != nil {
		grown := func(r fanned) float64 { return float64(r.grown) / (1 << 20) }
		out.add(c.name, "p99_x_unstalled", "x", median(relay, fanned.p99)/median(smooth, fanned.p99))
		out.add(c.name, "stalled_rss_mib", "MiB", median(relay, grown)-median(smooth, grown))
	}
	out.add(c.name, "updates_per_message", "updates", median(relay, func(r fanned) float64 { return float64(r.came) / float64(max(r.messages, 1)) }))
	out.add(c.name, "cpu_fraction", "cores", median(relay, func(r fanned) float64 { return float64(r.cpu) / float64(r.took) }))
	generator := median(relay, func(r fanned) float64 { return float64(r.own) / float64(r.took) })
	out.add(c.name, "generator_cpu_fraction", "cores", generator)
	if generator > 0.9 {
		out.note("fanout %s: the clients need a whole processor: times are theirs rather than the relay's", c.name)
	}
	for i, r := range relay {
		tellOthers(c.name, i, r.others, out)
		if r.late > 100*time.Millisecond {
			out.note("fanout %s: run %d: a message was sent %v after it was due: the machine was busy, or the relay took it late", c.name, i+1, r.late)
		}
		if r.again > 0 {
			out.note("fanout %s: run %d: the relay dropped %d members' queues and brought them up to date", c.name, i+1, r.again)
		}
		if r.twice > 0 {
			out.fail("fanout %s: run %d: %d updates came twice", c.name, i+1, r.twice)
		}
		if r.gaps > 0 {
			out.fail("fanout %s: run %d: %d times updates were missing before one that came", c.name, i+1, r.gaps)
		}
	}
	return nil
}

// fanned is what came of one run.
type fanned struct {
	due, came   int           // deliveries
	messages    int           // transport messages in which they, and all else, came
	cpu, own    time.Duration // of the server, and of this process
	took        time.Duration // from the first one sent to the last one received
	latencies   spread
	late        time.Duration // how long after it was due a message was sent, at the most
	others      float64       // processors that other programs took meanwhile
	again       int           // members whose queue was dropped
	twice, gaps int           // updates that came a second time, and that came after a gap
	grown       int           // resident memory of the server, in bytes
}

// each returns the microseconds of processor time for one delivery.
func (r fanned) each() float64 {
	return float64(r.cpu) / float64(time.Microsecond) / float64(max(r.came, 1))
}

// p99 returns the milliseconds that all but one in a hundred deliveries took at the most.
func (r fanned) p99() float64 { return ms(r.latencies.quantile(0.99)) }

// welcome returns what the floor answers to Hello.
func welcome() []byte {
	return wire.AppendFrame(nil, 0, &wire.Welcome{Version: wire.Version, Member: 1, MaxMessage: wire.MaxMessage, Time: uint64(time.Now().UnixMilli())})
}

// once measures one server.
func (f *fanoutBench) once(ctx context.Context, c fanoutCase, server *subject, seconds float64, isRelay bool) (r fanned, err error) {
	s, err := newSwarm(server.address)
	if err != nil {
		return r, err
	}
	defer s.close()
	publishers := make([]*publisher, min(f.publishers, c.members-c.stalled))
	var stalled []*player
	for i := range c.members {
		replica := board.Replica(i + 1)
		p := s.add("fanout", replica, nil)
		if i < len(publishers) {
			p.speaks = true
			publishers[i] = &publisher{player: p, replica: replica, rate: float64(c.rate) / float64(len(publishers))}
		}
		if i >= c.members-c.stalled {
			p.stalls = true
			stalled = append(stalled, p)
		}
	}
	s.pings = isRelay
	warm := min(f.warm, seconds)
	for _, p := range publishers {
		p.prepare(warm, seconds, f.size)
	}
	seen := &sightings{publishers: publishers, next: make([]uint64, c.members*len(publishers)), docs: map[*player]*board.Board{}}
	for _, p := range stalled {
		seen.docs[p] = board.New(0)
	}
	s.updates = seen.take
	if err := s.enter(ctx, 256, s.players...); err != nil {
		return r, err
	}
	if err := s.quiet(ctx, server); err != nil {
		return r, err
	}
	patience := relayPatience
	if !isRelay {
		patience = floorPatience
	}
	for _, warming := range []bool{true, false} {
		seen.r = fanned{}
		if !warming {
			if err := s.stall(stalled...); err != nil {
				return r, err
			}
		}
		rss, _, err := server.memory()
		if err != nil {
			return r, err
		}
		before, busy, messages := usage(), machineTime(), s.received()
		cpu, err := server.cpu()
		if err != nil {
			return r, err
		}
		start := time.Now()
		sending := send(publishers, warming)
		due := 0
		for _, p := range publishers {
			due += p.count(warming) * (c.members - 1 - c.stalled)
		}
		seen.r.due = due
		err = s.until(ctx, time.Duration(seconds*float64(time.Second))+2*time.Minute, "the load to be sent", func() bool { return sending.ended() })
		if err == nil {
			err = s.until(ctx, patience, "all updates", func() bool { return seen.r.came >= due })
		}
		if errors.Is(err, errLate) && !warming {
			err = nil // what has not come is told by the figures
		}
		r = seen.r
		r.took = time.Since(start)
		after, cpuErr := server.cpu()
		r.cpu, r.own = after-cpu, usage()-before
		r.others = float64(machineTime()-busy-r.cpu-r.own) / float64(r.took)
		r.messages = int(s.received() - messages)
		rssAfter, _, rssErr := server.memory()
		r.grown = rssAfter - rss
		s.halt(sending)
		if err := errors.Join(err, cpuErr, rssErr, sending.err()); err != nil {
			return r, err
		}
		r.late = sending.late()
	}
	if len(stalled) > 0 {
		if err := s.catchUp(ctx, stalled, seen); err != nil {
			return r, err
		}
	}
	r.again = s.again
	return r, nil
}

// received returns how many transport messages have come.
func (s *swarm) received() (n uint64) {
	for _, p := range s.players {
		n += p.counts
	}
	return n
}

// usage returns the processor time of this process.
func usage() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		panic(err) // it takes no argument that could be wrong
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// publisher is a member who sends updates at a steady rate.
type publisher struct {
	player  *player
	replica board.Replica
	rate    float64
	doc     *board.Board // what it has written when all is sent

	frames [][]byte       // all that is sent, made ahead of time: the elements, and a property of one of them each time
	first  int            // the first one that is measured
	base   uint64         // the number of the operation in frames[1]
	sent   []atomic.Int64 // when each was sent, in nanoseconds since began
}

// began is what times in nanoseconds are counted from.
var began = time.Now()

// What is under way when the last message is sent has so long to come. The floor need not be on time.
const (
	relayPatience = 5 * time.Second
	floorPatience = 2 * time.Minute
)

// touched is how many elements a publisher changes in turn.
const touched = 16

// prepare makes the updates.
func (p *publisher) prepare(warm, seconds float64, size int) {
	doc := board.New(p.replica)
	p.doc = doc
	e := doc.Edit()
	ids := make([]board.ID, touched)
	for i := range ids {
		ids[i] = e.Create(board.KindStroke)
	}
	message := func(update []byte) []byte { return wire.AppendFrame(nil, 0, &wire.Update{Data: update}) }
	p.frames = append(p.frames, appendClientFrame(nil, opBinary, message(e.Commit())))
	p.base = doc.Seq(p.replica) + 1
	p.first = 1 + max(1, int(warm*p.rate))
	text := size / 2
	for i := range p.first - 1 + max(1, int(seconds*p.rate)) {
		e := doc.Edit()
		e.Set(ids[i%touched], 100, board.String(filler(i, text)))
		msg := message(e.Commit())
		text += size - len(msg) // numbers take more bytes as they grow
		p.frames = append(p.frames, appendClientFrame(nil, opBinary, msg))
	}
	p.sent = make([]atomic.Int64, len(p.frames))
}

// filler is a text of n characters that differs from the one before in each.
func filler(i, n int) string {
	b := make([]byte, n)
	for k := range b {
		b[k] = byte('!' + (i*31+k*17)%90)
	}
	return string(b)
}

// count returns how many updates are sent that take a number: in the warm-up, or measured.
func (p *publisher) count(warming bool) int {
	if warming {
		return p.first - 1
	}
	return len(p.frames) - p.first
}

// run sends one of the two parts.
func (p *publisher) run(warming bool, stop <-chan struct{}) (late time.Duration, err error) {
	from, to := p.first, len(p.frames)
	if warming {
		if err := p.player.write(p.frames[0]); err != nil {
			return 0, err
		}
		from, to = 1, p.first
	}
	return p.between(from, to, stop)
}

// between sends the updates from one to before another.
func (p *publisher) between(from, to int, stop <-chan struct{}) (late time.Duration, err error) {
	start := time.Now()
	woke := start
	for i := from; i < to; i++ {
		due := start.Add(time.Duration(float64(i-from) / p.rate * float64(time.Second)))
		if wait := time.Until(due); wait > 0 {
			select {
			case <-stop:
				return late, nil
			default:
			}
			time.Sleep(wait)
			woke = time.Now()
		}
		// What fell due while the server did not take the one before has waited since then, as in load.run.
		at := due
		if at.Before(woke) {
			at = woke
		}
		p.sent[i].Store(int64(at.Sub(began)))
		if err := p.player.write(p.frames[i]); err != nil {
			return late, err
		}
		late = max(late, time.Since(due))
	}
	return late, nil
}

// sending is publishers at work.
type sending struct {
	running sync.WaitGroup
	stop    chan struct{}
	open    atomic.Int32
	mu      sync.Mutex
	longest time.Duration
	failed  error
}

func send(publishers []*publisher, warming bool) *sending {
	return sendEach(publishers, func(p *publisher, stop <-chan struct{}) (time.Duration, error) { return p.run(warming, stop) })
}

// sendEach lets each publisher do something until it is done.
func sendEach(publishers []*publisher, run func(*publisher, <-chan struct{}) (time.Duration, error)) *sending {
	s := &sending{stop: make(chan struct{})}
	s.open.Store(int32(len(publishers)))
	for _, p := range publishers {
		s.running.Go(func() {
			late, err := run(p, s.stop)
			s.mu.Lock()
			s.longest, s.failed = max(s.longest, late), errors.Join(s.failed, err)
			s.mu.Unlock()
			s.open.Add(-1)
		})
	}
	return s
}

func (s *sending) ended() bool { return s.open.Load() == 0 }

func (s *sending) late() time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.longest
}

func (s *sending) err() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.failed
}

// halt ends it, wherever it is.
func (s *swarm) halt(of *sending) {
	close(of.stop)
	for !of.ended() {
		if s.step() != nil {
			break // the server takes no more, and neither do we
		}
	}
	of.running.Wait()
}

// sightings is what members see of the publishers' updates.
type sightings struct {
	publishers []*publisher
	next       []uint64                 // by member and publisher: the number of the operation that is due
	docs       map[*player]*board.Board // of those who stall: what they have is no delivery, and may come in another form
	r          fanned
}

func (s *sightings) take(p *player, data []byte, now time.Time) error {
	if doc := s.docs[p]; doc != nil {
		return doc.Apply(data)
	}
	size := 0
	for writer, u := range board.Split(data) {
		size += len(u)
		k := int(writer) - 1
		if k < 0 || k >= len(s.publishers) || s.publishers[k].player == p {
			return fmt.Errorf("it is told what replica %d has written", writer)
		}
		of := s.publishers[k]
		seq, err := firstSeq(u)
		if err != nil {
			return err
		}
		if seq < of.base {
			continue // the elements
		}
		next := &s.next[p.number*len(s.publishers)+k]
		if *next == 0 {
			*next = of.base
		}
		switch i := int(seq-of.base) + 1; {
		case seq < *next:
			s.r.twice++
			continue
		case i >= len(of.frames):
			return fmt.Errorf("update %d of replica %d was never sent", seq, writer)
		default:
			if seq > *next {
				s.r.gaps++
			}
			s.r.came++
			s.r.latencies.add(now.Sub(began) - time.Duration(of.sent[i].Load()))
		}
		*next = seq + 1
	}
	if size != len(data) {
		return board.ErrMalformed
	}
	return nil
}
