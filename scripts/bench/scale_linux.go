package main

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"

	"edgeboard/scripts/bench/capacity"
)

// scaleBench measures rooms and outboxes of one relay past what sockets allow on one machine, and reckons from that, and
// from what other benches say of sockets and of several relays, what more members take.
type scaleBench struct {
	population string
	sizes      capacity.Population
	habits     capacity.Habits
	commit     time.Duration
	ping       float64
	size       int
	seconds    float64
	warm       float64
	watch      int
	load       float64
	seed       uint64
	datagrams  bool
	rows       []tableRow
	heard      []tableRow
	model      modelFlags

	measured []row
}

// tableRow is boards of one size with so many members in all.
type tableRow struct{ size, members int }

func (r tableRow) name() string { return fmt.Sprintf("table%dx%d", r.size, r.members/r.size) }

// row is what is fitted: of one case.
type row struct {
	table                         bool
	members, boards               float64
	bytes                         float64 // of memory
	idleCPU                       float64 // microseconds a second
	edits, editMessages, editCPU  float64
	moves, moveMessages, moveCPU  float64
	says, sayMessages, sayCPU     float64
	heard, heardMessages, hearCPU float64
}

// A case is idle or active, and how many members there are: 100k is 100,000; or table, heard or model.
type scaleCase struct {
	name    string
	members int
	active  bool
}

func parseScaleCase(text string) (c scaleCase, err error) {
	c.name = text
	if text == "table" || text == "heard" || text == "model" {
		return c, nil
	}
	count, idle := strings.CutPrefix(text, "idle")
	if !idle {
		count, c.active = strings.CutPrefix(text, "active")
	}
	thousand := 1
	if of, ok := strings.CutSuffix(count, "k"); ok {
		count, thousand = of, 1000
	}
	n, err := strconv.Atoi(count)
	if c.members = n * thousand; err != nil || idle == c.active || n > 10_000_000 || c.members < 2 || c.members > 10_000_000 {
		return c, fmt.Errorf("%q is no case: want idle or active with how many members, as idle200k, or table, heard or model", text)
	}
	return c, nil
}

func parseTable(text string) (rows []tableRow, err error) {
	for part := range strings.SplitSeq(text, ",") {
		size, members, _ := strings.Cut(part, "x")
		s, err1 := strconv.Atoi(size)
		boards, err2 := strconv.Atoi(members)
		if err1 != nil || err2 != nil || s < 2 || s > 100_000 || boards < 1 || boards > 1_000_000 || s*boards > 10_000_000 {
			return nil, fmt.Errorf("%q is no row of the table: want members of a board x boards, as 10x2000", part)
		}
		rows = append(rows, tableRow{s, s * boards})
	}
	return rows, nil
}

func benchScale(ctx context.Context, args []string, out *report) error {
	flags := newFlags("scale", out)
	b := &scaleBench{}
	cases := flags.String("cases", "idle200k,active20k,heard,table,model", "what to measure: idleN and activeN, table, heard, model")
	table := flags.String("table", "2x5000,10x1000,10x10000,40x500,200x50,1000x10", "rows of the table: members of a board x boards")
	heard := flags.String("heard", "2x2000,10x1000,40x250", "rows of what comes of other relays, as those of the table")
	flags.StringVar(&b.population, "boards", "2-10:950,11-100:45,100-1000:5", "sizes of boards, and how many of each there are beside the others: least-most:weight,...")
	flags.real(&b.habits.Active, "active", 0.2, "the share of a board's members who do something", 0, 1)
	flags.real(&b.habits.ActiveMost, "active-most", 20, "but not more of one board", 0, 1e6)
	flags.real(&b.habits.Edits, "edits", 0.5, "edits a second of one of them", 0, 1000)
	flags.real(&b.habits.Cursors, "cursors", 3, "places of the pointer a second of one of them", 0, 1000)
	flags.real(&b.habits.Says, "says", 0.01, "messages a second that one of them says", 0, 10)
	flags.DurationVar(&b.commit, "commit", time.Millisecond, "how long the store takes for what it was given")
	flags.real(&b.ping, "ping", 20, "how many seconds are between two pings of a member", 1, 50)
	flags.whole(&b.size, "size", 128, "bytes of an edit", 64, 8192)
	flags.real(&b.seconds, "seconds", 10, "how long each part is measured", 0.1, 3600)
	flags.real(&b.warm, "warm", 2, "how many seconds members do all before that", 0, 3600)
	flags.whole(&b.watch, "watch", 8, "of every how manyth board deliveries are looked at", 1, endless)
	flags.real(&b.load, "load", 200_000, "messages a second that members are told in rows of the table, or what comes nearest: what one costs cannot be seen of a relay that has little to do", 1, 1e9)
	flags.Uint64Var(&b.seed, "seed", 1, "another one draws other boards")
	flags.BoolVar(&b.datagrams, "datagrams", false, "members' transports have datagrams")
	b.model.add(flags)
	if err := flags.parse(args); err != nil {
		return err
	}
	var err error
	if b.sizes, err = capacity.ParsePopulation(b.population); err != nil {
		return fmt.Errorf("scale: -boards: %w", err)
	}
	if b.rows, err = parseTable(*table); err != nil {
		return fmt.Errorf("scale: -table: %w", err)
	}
	if b.heard, err = parseTable(*heard); err != nil {
		return fmt.Errorf("scale: -heard: %w", err)
	}
	if b.commit < 0 || b.commit > time.Minute {
		return fmt.Errorf("scale: -commit is %v, want 0s to 1m", b.commit)
	}
	if err := b.model.parse(); err != nil {
		return fmt.Errorf("scale: %w", err)
	}
	var list []scaleCase
	for text := range strings.SplitSeq(*cases, ",") {
		c, err := parseScaleCase(text)
		if err != nil {
			return fmt.Errorf("scale: %w", err)
		}
		list = append(list, c)
	}
	for _, c := range list {
		if err := b.measure(ctx, c, out); err != nil {
			return fmt.Errorf("scale: %s: %w", c.name, err)
		}
	}
	return nil
}

func (b *scaleBench) measure(ctx context.Context, c scaleCase, out *report) error {
	switch c.name {
	case "model":
		return b.reckon(out)
	case "heard":
		for _, r := range b.heard {
			if err := b.hear(ctx, "heard"+strings.TrimPrefix(r.name(), "table"), r, out); err != nil {
				return fmt.Errorf("%s: %w", r.name(), err)
			}
		}
		b.fitHeard(out)
		return nil
	case "table":
		for _, r := range b.rows {
			if err := b.once(ctx, r.name(), evenly(r), b.habits, true, out); err != nil {
				return fmt.Errorf("%s: %w", r.name(), err)
			}
		}
		b.fit(out)
		return nil
	}
	habits := b.habits
	if !c.active {
		habits.Active = 0
	}
	return b.once(ctx, c.name, b.sizes.Boards(c.members, rand.New(rand.NewPCG(b.seed, 0))), habits, false, out)
}

// evenly are boards of one size.
func evenly(r tableRow) (sizes []int) {
	return slices.Repeat([]int{r.size}, r.members/r.size)
}

// stretch is what one part of a case came to.
type stretch struct {
	took, cpu   time.Duration
	late        time.Duration
	messages    uint64
	due, looked int
	done        []int // by what is done
}

// drive lets a crowd do things for as long as a part takes, and waits until all is told.
func (b *scaleBench) drive(ctx context.Context, c *crowd, seconds float64, due *int, all ...*doing) (s stretch, err error) {
	runtime.GC()
	*due = 0
	looked := c.looked
	told, cpu, start := c.tally.messages.Load(), usage(), time.Now()
	s.late, err = c.drive(ctx, seconds, all...)
	if err == nil {
		err = c.rest(ctx)
	}
	s.took, s.cpu, s.messages = time.Since(start), usage()-cpu, c.tally.messages.Load()-told
	s.due, s.looked = *due, c.looked-looked
	for _, d := range all {
		s.done = append(s.done, d.done)
	}
	return s, err
}

// once measures one crowd.
func (b *scaleBench) once(ctx context.Context, name string, sizes []int, habits capacity.Habits, table bool, out *report) (err error) {
	out.note("scale %s: %d boards", name, len(sizes))
	alone := habits
	if table {
		alone = b.apart(sizes[0], len(sizes), habits)
	}
	updates := b.warm*max(habits.Edits, 1) + b.seconds*(habits.Edits+alone.Edits)
	c := newCrowd(crowdPlan{
		sizes: sizes, habits: habits, updates: int(math.Ceil(updates)) + 4, size: b.size, commit: b.commit, watchOne: b.watch, datagrams: b.datagrams,
	}, rand.New(rand.NewPCG(b.seed, 1)))
	n := float64(len(c.members))
	out.add(name, "members", "members", n)
	out.add(name, "rooms", "boards", float64(len(sizes)))
	own, floor, err := c.bare(ctx, b.seconds/2, alone.Edits)
	if err != nil {
		return err
	}
	heapBefore, stackBefore := taken()
	others, whole, began := machineTime(), usage(), time.Now()
	c.open()
	defer func() {
		if left := c.leave(); err == nil {
			err = left
		}
		runtime.GC()
	}()
	pings := time.Duration(b.ping * float64(time.Second))
	ping := func() *doing { return c.pings(pings) }
	if err := c.enter(ctx, pings); err != nil {
		return err
	}
	if err := c.rest(ctx); err != nil {
		return err
	}
	out.add(name, "enter_per_s", "1/s", n/time.Since(began).Seconds())
	heapNow, stackNow := taken()
	out.add(name, "kib_per_member", "KiB", float64(heapNow-heapBefore+stackNow-stackBefore)/n/1024)
	out.add(name, "heap_kib_per_member", "KiB", float64(heapNow-heapBefore)/n/1024)
	out.add(name, "stack_kib_per_member", "KiB", float64(stackNow-stackBefore)/n/1024)
	out.add(name, "goroutines", "goroutines", float64(runtime.NumGoroutine()))
	r := row{table: table, members: n, boards: float64(len(sizes)), bytes: float64(heapNow - heapBefore + stackNow - stackBefore)}

	var due int
	idle, err := b.drive(ctx, c, b.seconds, &due, ping())
	if err != nil {
		return err
	}
	rate := idle.cpu.Seconds() / idle.took.Seconds()
	r.idleCPU = max(rate-own, 0) * 1e6
	out.add(name, "idle_cpu_us_per_member_s", "us/s", r.idleCPU/n)
	if len(c.authors) > 0 {
		out.add(name, "active", "members", float64(len(c.authors)))
		out.add(name, "floor_us_per_message", "us", floor)
		if err := b.active(ctx, c, name, habits, alone, rate, floor, &r, ping, out); err != nil {
			return err
		}
	}
	if c.watched.twice > 0 || c.watched.gaps > 0 {
		out.fail("scale %s: %d updates came twice, and %d times some were missing before one that came", name, c.watched.twice, c.watched.gaps)
	}
	tellOthers("scale "+name, 0, float64(machineTime()-others-(usage()-whole))/float64(time.Since(began)), out)
	b.measured = append(b.measured, r)
	return nil
}

// hear measures what it takes that edits come of other relays: from when a room is told them, without what the engine's
// client takes.
func (b *scaleBench) hear(ctx context.Context, name string, of tableRow, out *report) (err error) {
	habits := b.habits
	sizes := evenly(of)
	each := min(b.load/float64(of.size), 10_000) / float64(len(sizes))
	c := newCrowd(crowdPlan{
		sizes: sizes, habits: habits, heard: int(math.Ceil(b.warm+1+b.seconds*each)) + 4, size: b.size, commit: b.commit, watchOne: b.watch, datagrams: b.datagrams,
	}, rand.New(rand.NewPCG(b.seed, 1)))
	out.note("scale %s: %d members", name, len(c.members))
	if len(c.strangers) == 0 {
		out.note("scale %s: nobody does anything", name)
		return nil
	}
	pings := time.Duration(b.ping * float64(time.Second))
	c.open()
	defer func() {
		if left := c.leave(); err == nil {
			err = left
		}
		runtime.GC()
	}()
	if err := c.enter(ctx, pings); err != nil {
		return err
	}
	var due int
	idle, err := b.drive(ctx, c, b.seconds, &due, c.pings(pings))
	if err != nil {
		return err
	}
	if _, err := b.drive(ctx, c, 1+b.warm, &due, c.pings(pings), c.hears(1, &due)); err != nil {
		return err
	}
	s, err := b.drive(ctx, c, b.seconds, &due, c.pings(pings), c.hears(each, &due))
	if err != nil {
		return err
	}
	took := max(micros(s.cpu)-idle.cpu.Seconds()/idle.took.Seconds()*micros(s.took), 0)
	b.measured = append(b.measured, row{heard: float64(s.done[1]), heardMessages: float64(s.messages), hearCPU: took})
	out.add(name, "members", "members", float64(len(c.members)))
	out.add(name, "cpu_us_per_heard", "us", took/float64(max(s.done[1], 1)))
	out.add(name, "cpu_us_per_delivery", "us", took/float64(max(s.due, 1)))
	out.add(name, "delivered_fraction", "part", truth(c.watched.all == c.looked))
	return nil
}

// saysLeast is how much each author says a second, at the least, while nothing else is done: more often than people do, or
// there would be too little to be measured.
const saysLeast = 0.2

// apart is how often authors do something in a row of the table, while nothing else is done.
func (b *scaleBench) apart(size, boards int, h capacity.Habits) capacity.Habits {
	authors := max(h.ActiveOf(size)*float64(boards), 1)
	// A room of many tells together what comes soon after another, so there is no more to be had of it.
	each := min(b.load/float64(size), 10_000) / authors
	h.Edits, h.Cursors, h.Says = min(each, 200), min(each, 60), min(each/4, 2)
	return h
}

// active measures what members do, each kind alone, and then all of it.
func (b *scaleBench) active(ctx context.Context, c *crowd, name string, h, alone capacity.Habits, idle, floor float64, r *row, ping func() *doing, out *report) error {
	var due int
	// The elements, and what grows when it is used first.
	if _, err := b.drive(ctx, c, max(b.warm, 1/max(h.Edits, 1)), &due, ping(), c.edits(max(h.Edits, 1), &due), c.cursors(h.Cursors)); err != nil {
		return err
	}
	// of returns what a part took besides idle members and this program's own.
	of := func(s stretch) float64 {
		return max(micros(s.cpu)-idle*micros(s.took)-floor*float64(s.done[1]), 0)
	}
	per := func(total float64, n int) float64 { return total / float64(max(n, 1)) }
	if alone.Edits > 0 {
		s, err := b.drive(ctx, c, b.seconds, &due, ping(), c.edits(alone.Edits, &due))
		if err != nil {
			return err
		}
		r.edits, r.editMessages, r.editCPU = float64(s.done[1]), float64(s.messages), of(s)
		out.add(name, "cpu_us_per_edit", "us", per(r.editCPU, s.done[1]))
		out.add(name, "cpu_us_per_delivery", "us", per(r.editCPU, s.due))
		out.add(name, "deliveries_per_edit", "deliveries", per(float64(s.due), s.done[1]))
	}
	if alone.Cursors > 0 {
		s, err := b.drive(ctx, c, b.seconds, &due, ping(), c.cursors(alone.Cursors))
		if err != nil {
			return err
		}
		r.moves, r.moveMessages, r.moveCPU = float64(s.done[1]), float64(s.messages), of(s)
		out.add(name, "cpu_us_per_cursor", "us", per(r.moveCPU, s.done[1]))
	}
	if alone.Says > 0 {
		s, err := b.drive(ctx, c, b.seconds, &due, ping(), c.says(max(alone.Says, saysLeast)))
		if err != nil {
			return err
		}
		r.says, r.sayMessages, r.sayCPU = float64(s.done[1]), float64(s.messages), of(s)
		out.add(name, "cpu_us_per_say", "us", per(r.sayCPU, s.done[1]))
	}
	c.watched.mu.Lock()
	c.watched.measuring = true
	c.watched.mu.Unlock()
	dropped := c.tally.dropped.Load()
	s, err := b.drive(ctx, c, b.seconds, &due, ping(), c.edits(h.Edits, &due), c.cursors(h.Cursors), c.says(h.Says))
	if err != nil {
		return err
	}
	out.add(name, "deliveries_per_s", "1/s", float64(s.due)/b.seconds)
	out.add(name, "messages_per_s", "1/s", float64(s.messages)/b.seconds)
	out.add(name, "cpu_fraction", "cores", s.cpu.Seconds()/s.took.Seconds())
	out.add(name, "delivered_fraction", "part", float64(c.watched.came)/float64(max(s.looked, 1)))
	out.add(name, "p50_ms", "ms", ms(c.watched.latencies.quantile(0.5)))
	out.add(name, "p99_ms", "ms", ms(c.watched.latencies.quantile(0.99)))
	if s.looked == 0 {
		out.note("scale %s: no author is on a board that is looked at: -watch 1 looks at all", name)
	}
	if s.late > 100*time.Millisecond {
		out.note("scale %s: something was done %v after it was due: the relay, or the machine, did not keep up", name, s.late)
	}
	if n := c.tally.dropped.Load() - dropped; n > 0 {
		out.note("scale %s: %d latest-wins frames were left out for newer ones, or queues dropped", name, n)
	}
	return nil
}

// taken is what the program holds: objects, and stacks of goroutines.
func taken() (objects, stacks int64) {
	objects = heap()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return objects, int64(m.StackInuse)
}
