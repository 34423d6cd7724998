package main

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"edgeboard/relay/room"
	"edgeboard/relay/store/memory"
	"edgeboard/relay/talk"
	"edgeboard/scripts/bench/capacity"
	"edgeboard/shared/board"
	"edgeboard/shared/conn"
	"edgeboard/shared/wire"
)

// crowd is simulated members of a Hub, of which the rest is the relay's own code: rooms, outboxes, the sweeper, and what
// people say. Documents and conversations are kept in memory.
type crowd struct {
	members []*simulated
	authors []*simulated // those who do something
	// strangers are on other relays: what they write is heard. There are some if there are heard ones in the plan.
	strangers []*simulated
	sizes     []int // of the boards
	watched   lookout
	watches   []int // members that are looked at, by board
	looked    int   // updates that these are to be told, so far
	turn      int   // who is to ping next

	datagrams bool
	hub       *room.Hub
	talk      *talk.Talk
	store     *slowStore
	tally     counts
	serving   sync.WaitGroup
	failed    chan error
}

// crowdPlan is what a crowd is made of.
type crowdPlan struct {
	sizes     []int
	habits    capacity.Habits
	updates   int // of each author
	size      int // bytes of an update
	commit    time.Duration
	heard     int // updates of one stranger for each board where somebody does something
	watchOne  int // every how manyth board is looked at
	datagrams bool
}

func newCrowd(p crowdPlan, random *rand.Rand) *crowd {
	c := &crowd{sizes: p.sizes, watches: make([]int, len(p.sizes)), datagrams: p.datagrams, store: &slowStore{takes: p.commit}, failed: make(chan error, 1)}
	for b, size := range p.sizes {
		active := p.habits.ActiveOf(size)
		authors := int(active)
		if random.Float64() < active-float64(authors) {
			authors++
		}
		for k := range size {
			s := &simulated{crowd: c, board: b, in: make(chan []byte, simulatedSaid)}
			if k < authors {
				s.own = newActor(board.Replica(len(c.members)+1), k, p.updates, p.size)
				c.authors = append(c.authors, s)
			}
			if b%p.watchOne == 0 {
				s.next = make([]uint64, authors+1)
				c.watches[b]++
			}
			c.members = append(c.members, s)
		}
	}
	if p.heard > 0 {
		authors := make([]int, len(p.sizes))
		for _, s := range c.authors {
			authors[s.board]++
		}
		for b, n := range authors {
			if n > 0 {
				replica := board.Replica(len(c.members) + len(c.strangers) + 1)
				c.strangers = append(c.strangers, &simulated{crowd: c, board: b, own: newActor(replica, n, p.heard, p.size)})
			}
		}
	}
	random.Shuffle(len(c.authors), func(i, k int) { c.authors[i], c.authors[k] = c.authors[k], c.authors[i] })
	return c
}

// counts are the relay's own figures.
type counts struct {
	members, behind     atomic.Int64
	frames, messages    atomic.Uint64
	dropped, refused    atomic.Int64
	commits, commitSize atomic.Uint64
}

func (t *counts) Rooms(int)                    {}
func (t *counts) Members(delta int)            { t.members.Add(int64(delta)) }
func (t *counts) Behind(delta int)             { t.behind.Add(int64(delta)) }
func (t *counts) Received(wire.Kind)           {}
func (t *counts) Refused(wire.Code)            { t.refused.Add(1) }
func (t *counts) Dropped(_ room.Policy, n int) { t.dropped.Add(int64(n)) }
func (t *counts) Committed(_ time.Duration, bytes int, _ error) {
	t.commits.Add(1)
	t.commitSize.Add(uint64(bytes))
}
func (t *counts) Delivered(frames, _ int, _ time.Duration) {
	t.frames.Add(uint64(frames))
	t.messages.Add(1)
}

// slowStore takes what it is given a while later, all that has come meanwhile together, as a database does whose disk
// takes so long, and forgets it: nobody comes back to a board here.
type slowStore struct {
	takes time.Duration

	mu      sync.Mutex
	waiting []func(error)
	running bool
}

func (s *slowStore) Load(context.Context, string, func([]byte) error, func([]byte) error) error {
	return nil
}
func (s *slowStore) Append(_ string, _ []byte, done func(error))     { s.take(done) }
func (s *slowStore) Compact(_ string, _, _ []byte, done func(error)) { s.take(done) }

func (s *slowStore) take(done func(error)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.waiting = append(s.waiting, done)
	if !s.running {
		s.running = true
		go s.commit()
	}
}

func (s *slowStore) commit() {
	for {
		s.mu.Lock()
		batch := s.waiting
		s.waiting = nil
		if s.running = len(batch) > 0; !s.running {
			s.mu.Unlock()
			return
		}
		s.mu.Unlock()
		if s.takes > 0 {
			time.Sleep(s.takes)
		}
		for _, done := range batch {
			done(nil)
		}
	}
}

// audience is a Hub that is made after those who speak to it.
type audience struct{ *room.Hub }

// speech is what people say, for rooms, as package server has it: neither of the two knows the other.
type speech struct{ *talk.Talk }

func (s speech) Say(ctx context.Context, who room.Speaker, m *wire.Say, answer func([]byte)) error {
	return s.Talk.Say(ctx, talk.Speaker(who), m, answer)
}

func (s speech) Recall(ctx context.Context, who room.Speaker, q *wire.Recall) ([]byte, error) {
	return s.Talk.Recall(ctx, talk.Speaker(who), q)
}

func (s speech) Mark(ctx context.Context, who room.Speaker, m *wire.Mark) error {
	return s.Talk.Mark(ctx, talk.Speaker(who), m)
}

func (s speech) Talks(ctx context.Context, who room.Speaker) ([]byte, error) {
	return s.Talk.Talks(ctx, talk.Speaker(who))
}

// nobodyElse is the other relays, of which nothing comes but what strangers write.
type nobodyElse struct{}

func (nobodyElse) Open(string)                       {}
func (nobodyElse) Close(string)                      {}
func (nobodyElse) Applied(string, uint64)            {}
func (nobodyElse) Again(string)                      {}
func (nobodyElse) Adopt(string, []byte, func(error)) {}
func (nobodyElse) Tell(string, []byte)               {}
func (nobodyElse) TellPerson(wire.Person, []byte)    {}
func (nobodyElse) Elsewhere(string) string           { return "" }

// open starts the relay's part.
func (c *crowd) open() {
	hears := &audience{}
	c.talk = talk.New(talk.Config{Store: new(memory.Store).Messages(), Audience: hears, Log: slog.New(slog.DiscardHandler)})
	var others room.Cluster
	if len(c.strangers) > 0 {
		others = nobodyElse{}
	}
	c.hub = room.NewHub(room.Config{
		Cluster: others, Store: c.store, Talk: speech{c.talk}, Metrics: &c.tally, Log: slog.New(slog.DiscardHandler),
		Limits: room.Limits{Rooms: len(c.sizes) + 1, Members: 1_000_000, MemberRate: 1 << 30},
	})
	hears.Hub = c.hub
}

// enter lets all members come. Those who have come ping meanwhile.
func (c *crowd) enter(ctx context.Context, ping time.Duration) error {
	const under = 4096 // who are about to come, at the most
	pinged, due := time.Now(), 0.0
	for i, s := range c.members {
		now := time.Now()
		due += now.Sub(pinged).Seconds() / ping.Seconds() * float64(i)
		for pinged = now; due >= 1; due-- {
			c.ping(i)
		}
		c.serving.Go(func() {
			var peer conn.Conn = s
			if c.datagrams {
				peer = simulatedDatagrams{s}
			}
			if err := c.hub.Serve(peer, room.Visitor{}); err != nil {
				select {
				case c.failed <- fmt.Errorf("member %d is lost: %w", i, err):
				default:
				}
			}
		})
		var secret [16]byte
		binary.BigEndian.PutUint64(secret[:], uint64(i))
		s.in <- wire.AppendFrame(nil, 0, &wire.Hello{
			Version: wire.Version, Board: boardName(s.board), Replica: uint64(i + 1), Name: fmt.Sprintf("Member %d", i),
			Color: 0x336699, Secret: fmt.Sprintf("%x", secret),
		})
		if err := c.wait(ctx, "members to be welcomed", func() bool { return int(c.tally.members.Load()) > i-under }); err != nil {
			return err
		}
	}
	return c.wait(ctx, "members to be welcomed", func() bool { return int(c.tally.members.Load()) == len(c.members) })
}

// wait waits until it is so.
func (c *crowd) wait(ctx context.Context, what string, so func() bool) error {
	const patience = 5 * time.Minute
	for deadline := time.Now().Add(patience); !so(); time.Sleep(time.Millisecond) {
		select {
		case err := <-c.failed:
			return err
		case <-ctx.Done():
			return ctx.Err()
		default:
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("%w %s", errLate, what)
		}
	}
	return nil
}

// rest waits until all updates have come that are looked at, and nobody was told anything for a moment.
func (c *crowd) rest(ctx context.Context) error {
	err := c.wait(ctx, "updates", func() bool {
		c.watched.mu.Lock()
		defer c.watched.mu.Unlock()
		return c.watched.all >= c.looked
	})
	if err != nil && !errors.Is(err, errLate) {
		return err // what has not come is told by the figures
	}
	moment := 100*time.Millisecond + 2*c.store.takes
	told, since := c.tally.messages.Load(), time.Now()
	return c.wait(ctx, "all to be told", func() bool {
		if now := c.tally.messages.Load(); now != told {
			told, since = now, time.Now()
		}
		return time.Since(since) > moment
	})
}

// leave ends it.
func (c *crowd) leave() error {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	err := errors.Join(c.hub.Close(ctx), c.talk.Close(ctx))
	c.serving.Wait()
	return err
}

// doing is something that members do in turn, so many times a second in all.
type doing struct {
	rate float64
	who  []*simulated
	do   func(s *simulated, from time.Time) // from one goroutine; from is when it is done
	done int
}

// drive lets members do things for a time. Each waits until the relay has taken what the member said before, so what is
// late shows that the relay, or this program, cannot keep up.
func (c *crowd) drive(ctx context.Context, seconds float64, all ...*doing) (late time.Duration, err error) {
	start := time.Now()
	for {
		woke := time.Now()
		elapsed := min(woke.Sub(start).Seconds(), seconds)
		for _, d := range all {
			if len(d.who) == 0 {
				continue
			}
			for due := int(elapsed * d.rate); d.done < due; d.done++ {
				at := start.Add(time.Duration(float64(d.done+1) / d.rate * float64(time.Second)))
				// What fell due while the relay did not take the one before has waited since then.
				from := at
				if from.Before(woke) {
					from = woke
				}
				d.do(d.who[d.done%len(d.who)], from)
				late = max(late, time.Since(at))
			}
		}
		if elapsed >= seconds {
			return late, nil
		}
		select {
		case err := <-c.failed:
			return late, err
		case <-ctx.Done():
			return late, ctx.Err()
		case <-time.After(time.Millisecond):
		}
	}
}

// The things that members do.

func (c *crowd) pings(every time.Duration) *doing {
	return &doing{rate: float64(len(c.members)) / every.Seconds(), who: c.members, do: func(*simulated, time.Time) { c.ping(len(c.members)) }}
}

var simulatedPing = wire.AppendFrame(nil, 0, &wire.Ping{Stamp: 1})

// ping lets one of the first n members ping: each in its turn, in whatever part of the case.
func (c *crowd) ping(n int) {
	if c.turn >= n {
		c.turn = 0
	}
	c.members[c.turn].in <- simulatedPing
	c.turn++
}

// edits are updates, and due how many deliveries of them are.
func (c *crowd) edits(rate float64, due *int) *doing {
	return &doing{rate: rate * float64(len(c.authors)), who: c.authors, do: func(s *simulated, at time.Time) {
		a := s.own
		if a.next >= len(a.frames) {
			return // it took longer than it was to
		}
		a.sent[a.next].Store(int64(at.Sub(began)))
		s.in <- a.frames[a.next]
		if a.next++; a.next == 1 {
			return
		}
		*due += c.sizes[s.board] - 1
		if s.next != nil {
			c.looked += c.watches[s.board] - 1
		}
	}}
}

// hears are updates of strangers, which other relays have stored.
func (c *crowd) hears(rate float64, due *int) *doing {
	return &doing{rate: rate * float64(len(c.strangers)), who: c.strangers, do: func(s *simulated, at time.Time) {
		a := s.own
		if a.next >= len(a.frames) {
			return // it took longer than it was to
		}
		a.sent[a.next].Store(int64(at.Sub(began)))
		c.hub.HearUpdates(boardName(s.board), uint64(a.next), uint64(a.next+1), a.updates[a.next])
		if a.next++; a.next == 1 {
			return
		}
		*due += c.sizes[s.board]
		c.looked += c.watches[s.board]
	}}
}

func boardName(number int) string { return fmt.Sprint("scale-", number) }

func (c *crowd) cursors(rate float64) *doing {
	return &doing{rate: rate * float64(len(c.authors)), who: c.authors, do: func(s *simulated, _ time.Time) {
		s.own.cursor++
		n := int32(s.own.cursor)
		s.in <- wire.AppendFrame(nil, 0, &wire.Cursors{List: []wire.Cursor{{Seq: s.own.cursor, X: 800 + n%700*11, Y: 900 + n%500*7}}})
	}}
}

func (c *crowd) says(rate float64) *doing {
	number := uint64(0)
	return &doing{rate: rate * float64(len(c.authors)), who: c.authors, do: func(s *simulated, _ time.Time) {
		number++
		var id wire.TextID
		binary.BigEndian.PutUint64(id[:], uint64(began.UnixNano()))
		binary.BigEndian.PutUint64(id[8:], number)
		s.in <- wire.AppendFrame(nil, 0, &wire.Say{ID: id, Text: fmt.Sprint("message ", number, " of a usual length of a usual length"), Time: uint64(time.Now().UnixMilli())})
	}}
}

// bare lets members take what is said to them on goroutines that do nothing else, and returns what of the figures is this
// program's: processors that are taken while nothing is said, and microseconds of one for each message.
func (c *crowd) bare(ctx context.Context, seconds, rate float64) (idle, each float64, err error) {
	var wg sync.WaitGroup
	for _, s := range c.authors {
		wg.Go(func() {
			for {
				if _, err := s.Receive(ctx); err != nil {
					return
				}
			}
		})
	}
	d := &doing{rate: rate * float64(len(c.authors)), who: c.authors, do: func(s *simulated, _ time.Time) { s.in <- simulatedPing }}
	var cpu, took [2]time.Duration
	for i, all := range [][]*doing{nil, {d}} {
		runtime.GC()
		before, start := usage(), time.Now()
		if err == nil {
			_, err = c.drive(ctx, seconds, all...)
		}
		cpu[i], took[i] = usage()-before, time.Since(start)
	}
	for _, s := range c.authors {
		s.in <- nil
	}
	wg.Wait()
	idle = cpu[0].Seconds() / took[0].Seconds()
	return idle, max(micros(cpu[1])-idle*micros(took[1]), 0) / float64(max(d.done, 1)), err
}

func micros(d time.Duration) float64 { return float64(d) / float64(time.Microsecond) }
