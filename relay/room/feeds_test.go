package room_test

import (
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"edgeboard/relay/auth"
	"edgeboard/relay/room"
	"edgeboard/shared/wire"
)

// reporter is Feeds that write down what they are asked.
type reporter struct {
	mu     sync.Mutex
	asked  []string
	queues []room.FeedQueue // of those who watch, in the order in which they came
}

func (f *reporter) Watch(board string, to room.FeedQueue, w *wire.Watch) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.asked = append(f.asked, fmt.Sprint("watch ", board, " ", len(w.List)))
	if !slices.Contains(f.queues, to) {
		f.queues = append(f.queues, to)
	}
}

func (f *reporter) Leave(board string, to room.FeedQueue) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.asked = append(f.asked, fmt.Sprint("leave ", board))
	f.queues = slices.DeleteFunc(f.queues, func(q room.FeedQueue) bool { return q == to })
}

func (f *reporter) Publish(board string, p *wire.Publish) *wire.Published {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.asked = append(f.asked, fmt.Sprint("publish ", board, " ", p.Feed))
	if p.Feed == "bad" {
		return &wire.Published{Why: wire.PublishedValue, Field: "value", Reason: "bad"}
	}
	return &wire.Published{}
}

func (f *reporter) took() (asked []string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	asked, f.asked = f.asked, nil
	return asked
}

func (f *reporter) queue(i int) room.FeedQueue {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.queues[i]
}

func withFeeds(t *testing.T, guard room.Guard, test func(h *house, f *reporter)) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t)
		f := &reporter{}
		h.hub = room.NewHub(room.Config{Store: h.ledger, Guard: guard, Feeds: f, Metrics: h.metrics, Log: slog.New(slog.NewTextHandler(h.log, nil))})
		defer h.close()
		test(h, f)
	})
}

// What a member watches is asked of Feeds, and given up when it goes.
func TestW103Watch(t *testing.T) { withFeeds(t, nil, testW103Watch) }
func testW103Watch(h *house, f *reporter) {
	a, b := h.enter(1), h.enter(2)
	a.got()
	b.got()
	a.say(&wire.Watch{List: []wire.Want{{Feed: "cpu"}}})
	a.say(&wire.Watch{})
	synctest.Wait()
	if got := f.took(); !slices.Equal(got, []string{"watch b 1", "watch b 0"}) {
		h.t.Errorf("asked %q", got)
	}
	points := wire.AppendFrame(nil, 0, &wire.Points{Time: 7})
	if !f.queue(0).Tell(points, false) {
		h.t.Error("one who reads did not take a frame")
	}
	synctest.Wait()
	if n := len(of(wire.KindPoints, a.got())); n != 1 {
		h.t.Errorf("who watches got %d Points, want one", n)
	}
	if n := len(of(wire.KindPoints, b.got())); n != 0 || !f.queue(0).Caught() {
		h.t.Errorf("who does not watch got %d Points", n)
	}
	a.leave()
	b.leave()
	if got := f.took(); !slices.Equal(got, []string{"leave b"}) {
		h.t.Errorf("when they go, asked %q, want that the one who has watched leaves", got)
	}
}

// Each Publish with a number is answered, and each that is not taken.
func TestW107Publish(t *testing.T) { withFeeds(t, nil, testW107Publish) }
func testW107Publish(h *house, f *reporter) {
	a := h.enter(1)
	a.got()
	for i, name := range []string{"good", "bad", "good", "bad"} {
		a.say(&wire.Publish{Ask: uint32(max(i-1, 0)), Feed: name, Samples: []wire.Sample{{Number: 1}}})
	}
	synctest.Wait()
	var got []string
	for _, p := range parsed[wire.Published](h.t, a.got()) {
		got = append(got, fmt.Sprint(p.Ask, " ", p.Why, " ", p.Field))
	}
	if want := []string{"0 2 value", "1 0 ", "2 2 value"}; !slices.Equal(got, want) {
		h.t.Errorf("the answers are %q, want %q", got, want)
	}
	a.leave()
}

// Who may not publish is told so, and Feeds are not asked.
func TestW107Right(t *testing.T) {
	grants := map[string]*auth.Grant{
		"editor": {Subject: "x", Boards: map[string]auth.Role{"b": auth.Editor}},
		"sensor": {Subject: "y", Boards: map[string]auth.Role{"b": auth.Viewer}, Feeds: true},
	}
	withFeeds(t, &desk{grants: grants, over: map[*auth.Grant]bool{}}, func(h *house, f *reporter) {
		for i, c := range []struct {
			token string
			why   uint32
			asked int
		}{{"editor", wire.PublishedRight, 0}, {"sensor", 0, 1}} {
			g := h.enterAs(1, func(hello *wire.Hello) { hello.Token, hello.Replica = c.token, uint64(i+1) })
			g.got()
			g.say(&wire.Publish{Ask: 9, Feed: "cpu"})
			synctest.Wait()
			p := parsed[wire.Published](h.t, g.got())
			if asked := f.took(); len(p) != 1 || p[0].Ask != 9 || p[0].Why != c.why || len(asked) != c.asked {
				h.t.Errorf("the %s is answered %+v, and Feeds asked %q", c.token, p, asked)
			}
			g.leave()
		}
	})
}

// Where there is no live data a Watch is ignored, and a Publish told so.
func TestW106NoFeeds(t *testing.T) { inHouse(t, testW106NoFeeds) }
func testW106NoFeeds(h *house) {
	a := h.enter(1)
	a.got()
	a.say(&wire.Watch{List: []wire.Want{{Feed: "cpu"}}})
	a.say(&wire.Publish{Feed: "cpu"})
	synctest.Wait()
	list := a.got()
	if p := parsed[wire.Published](h.t, list); len(list) != 1 || len(p) != 1 || p[0].Why != wire.PublishedNoFeed {
		h.t.Errorf("it got %v, %+v", list, p)
	}
	a.leave()
}

// Both come after Welcome.
func TestFeedsBeforeWelcome(t *testing.T) {
	for _, m := range []wire.Message{&wire.Watch{}, &wire.Publish{}} {
		withFeeds(t, nil, func(h *house, f *reporter) {
			// Who comes while something is being stored waits for it.
			other := h.enter(2)
			h.store.Hold()
			other.draw()
			g := h.visit(1)
			g.say(g.hello())
			g.say(m)
			synctest.Wait()
			h.store.Release()
			g.listen()
			if err := <-g.served; err == nil || !strings.Contains(err.Error(), "after Welcome") {
				h.t.Errorf("%T before Welcome: %v", m, err)
			}
			other.leave()
			if asked := f.took(); len(asked) != 0 {
				h.t.Errorf("asked %q", asked)
			}
		})
	}
}

// One that does not read costs a bounded queue: what is owed stays, and all else goes.
func TestW105Queue(t *testing.T) { withFeeds(t, nil, testW105Queue) }
func testW105Queue(h *house, f *reporter) {
	g := h.visit(1)
	g.say(g.hello())
	g.read() // Welcome, and nothing more for now
	g.say(&wire.Watch{List: []wire.Want{{Feed: "*"}}})
	synctest.Wait()
	q := f.queue(0)
	frame := func(n int) []byte {
		return wire.AppendFrame(nil, 0, &wire.Points{Time: uint64(n), Runs: make([]byte, 1000)})
	}
	q.Tell(frame(1), false) // the writer has it in hand
	synctest.Wait()
	q.Tell(frame(2), true)
	taken := 0
	for n := 3; q.Tell(frame(n), false); n++ {
		if taken++; taken > 100 {
			h.t.Fatal("a queue that nobody reads has no end")
		}
	}
	if q.Caught() || h.metrics.dropped[room.PolicyConflate] < taken {
		h.t.Errorf("of %d that were dropped %d were counted", taken, h.metrics.dropped[room.PolicyConflate])
	}
	g.listen()
	synctest.Wait()
	var times []uint64
	for _, p := range parsed[wire.Points](h.t, g.got()) {
		times = append(times, p.Time)
	}
	if !slices.Equal(times, []uint64{1, 2}) || !q.Caught() {
		h.t.Errorf("it got %v, want what it was about to get, and what was owed", times)
	}
	begin := time.Now()
	q.Tell(frame(200), false)
	synctest.Wait()
	if p := parsed[wire.Points](h.t, g.got()); len(p) != 1 || time.Since(begin) != 0 {
		h.t.Errorf("when it reads again it got %d", len(p))
	}
	g.leave()
}
