package client_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"edgeboard/shared/client"
	"edgeboard/shared/conn"
	"edgeboard/shared/feed"
	"edgeboard/shared/wire"
)

// desk is what a relay tells of live data, on one connection.
type desk struct {
	chains map[string]*feed.Chain
	list   []string // the feed at i has the number i+1
}

// points returns what tells points of a feed of numbers, one for each value, at times of
// 1 ms, 2 ms and so on; anew, if the desk has not told of it.
func (d *desk) points(name string, values ...float64) *wire.Points {
	if d.chains == nil {
		d.chains = map[string]*feed.Chain{}
	}
	var list []feed.Point
	for i, v := range values {
		list = append(list, feed.Point{Time: int64(i + 1), Number: v})
	}
	m := &wire.Points{Time: 10}
	number := uint32(slices.Index(d.list, name) + 1)
	if number > 0 {
		m.Runs = d.chains[name].More(10, list, 0).Append(nil, 0, number)
		return m
	}
	d.list = append(d.list, name)
	d.chains[name] = &feed.Chain{}
	number = uint32(len(d.list))
	m.Feeds = []wire.Feed{{Number: number, Name: name, Type: feed.Numbers}}
	m.Runs = d.chains[name].Anew(10, feed.Numbers, list, 0).Append(nil, 0, number)
	return m
}

// on returns a want for each pattern.
func on(patterns ...string) *wire.Watch {
	var w wire.Watch
	for _, p := range patterns {
		w.List = append(w.List, wire.Want{Feed: p, Points: 10})
	}
	return &w
}

// watched returns the patterns of the Watches that the Session sends, each as a line.
func (k *talk) watched() (all []string) {
	k.t.Helper()
	for _, w := range parsed[wire.Watch](k, k.sent()) {
		var patterns []string
		for _, one := range w.List {
			patterns = append(patterns, one.Feed)
		}
		all = append(all, strings.Join(patterns, " "))
	}
	return all
}

func (k *talk) wantWatched(when string, want ...string) {
	k.t.Helper()
	if got := k.watched(); !slices.Equal(got, want) {
		k.t.Errorf("%s: watched is %q, want %q", when, got, want)
	}
}

// wantFeeds expects all feeds that are held, each with its values.
func (k *talk) wantFeeds(when string, want ...string) {
	k.t.Helper()
	var got []string
	for _, s := range k.s.Feeds().Matching([]string{"*"}) {
		line := s.Name
		for i := range s.Ring.Len() {
			line += fmt.Sprint(" ", s.Ring.At(i).Number)
		}
		got = append(got, line)
	}
	if !slices.Equal(got, want) {
		k.t.Errorf("%s: held are %q, want %q", when, got, want)
	}
}

// again loses the connection, and is welcomed on another one.
func (k *talk) again() {
	k.s.Lost()
	k.s.Open(k.now)
	k.wantKinds("on another connection", k.sent(), wire.KindHello)
	k.welcome()
}

// What is watched is told after each Welcome, and not twice.
func TestW103Watch(t *testing.T) {
	k := newTalk(t)
	k.s.Watch(on("oven"))
	k.s.Open(k.now)
	k.wantKinds("before Welcome (W18)", k.sent(), wire.KindHello)
	k.welcome()
	k.wantWatched("after Welcome", "oven")
	k.s.Watch(on("oven"))
	k.wantWatched("the same again")
	k.again()
	k.wantWatched("on the next connection", "oven")

	w := on("oven", "cpu.*")
	w.IntervalMS, w.Digits = 1000, 99
	w.List = append(w.List, wire.Want{Feed: ""}, wire.Want{Feed: "two words"}, wire.Want{Feed: strings.Repeat("x", wire.MaxFeed) + "*"}, wire.Want{Feed: strings.Repeat("x", 200)})
	k.s.Watch(w)
	w.List[0].Feed = "changed by the program"
	k.pass(200 * time.Millisecond)
	got := parsed[wire.Watch](k, k.sent())
	want := []wire.Want{{Feed: "oven", Points: 10}, {Feed: "cpu.*", Points: 10}, {Feed: strings.Repeat("x", wire.MaxFeed) + "*"}}
	if len(got) != 1 || !slices.Equal(got[0].List, want) || got[0].IntervalMS != 1000 || got[0].Digits != wire.MaxDigits {
		t.Errorf("watched is %+v, want what means something", got)
	}
	var many wire.Watch
	for i := range wire.MaxWants + 5 {
		many.List = append(many.List, wire.Want{Feed: fmt.Sprint("n", i)})
	}
	k.s.Watch(&many)
	k.pass(200 * time.Millisecond)
	if got := parsed[wire.Watch](k, k.sent()); len(got) != 1 || len(got[0].List) != wire.MaxWants {
		t.Errorf("watched is %+v, want so many as there may be", got)
	}
	k.s.Watch(&wire.Watch{})
	k.pass(200 * time.Millisecond)
	k.wantWatched("nothing", "")
	k.again()
	k.wantWatched("on a connection on which nothing was ever watched")
}

// A program may change its mind at each frame that it shows: the relay hears of it five
// times a second, and in the end of what holds.
func TestW106WatchSeldom(t *testing.T) {
	k := liveTalk(t)
	k.s.Watch(on("a"))
	k.wantWatched("the first at once", "a")
	var seen []string
	for i := range 100 {
		k.s.Watch(on("a", fmt.Sprint(i)))
		k.pass(10 * time.Millisecond)
		seen = append(seen, k.watched()...)
	}
	if want := []string{"a 19", "a 39", "a 59", "a 79", "a 99"}; !slices.Equal(seen, want) {
		t.Errorf("in a second watched are %q, want %q", seen, want)
	}
	k.s.Watch(on("b"))
	if at := k.s.Deadline(); at != k.now.Add(200*time.Millisecond) {
		t.Errorf("Tick is due at %v, want 200 ms after the last Watch", at.Sub(k.now))
	}
	k.s.Watch(on("a", "99"))
	k.pass(time.Second)
	k.wantWatched("back in time")
}

// What comes is held, and who observes is told of what has changed.
func TestFeeds(t *testing.T) {
	var k *talk
	var changed []string
	k = newTalk(t, func(c *client.Config) {
		observe := c.Observe
		c.Observe = func(e client.Event) {
			if observe(e); e == client.FeedsChanged {
				changed = append(changed, strings.Join(k.s.ChangedFeeds(), " "))
			}
		}
	})
	want := func(when string, want ...string) {
		t.Helper()
		if !slices.Equal(changed, want) {
			t.Errorf("%s: told is %q, want %q", when, changed, want)
		}
		changed = nil
	}
	var relay desk
	k.s.Open(k.now)
	k.sent()
	k.refuse("Points before Welcome", wire.CodeOrder, message(relay.points("none", 1)))
	k.welcome()
	k.hear(relay.points("unasked", 1))
	want("of what nobody watches")
	k.s.Watch(on("oven", "cpu*"))
	k.sent()
	k.hear(relay.points("oven", 20, 21))
	m := relay.points("cpu", 3)
	m.More = true
	k.hear(m)
	k.hear(relay.points("cpu", 3)) // the same once more
	want("what there was", "oven", "cpu", "cpu")
	k.wantFeeds("what there was", "cpu 3", "oven 20 21")
	if !k.s.MoreFeeds() {
		t.Error("that there are more is not known")
	}
	k.hear(relay.points("oven", 20, 21, 22.5))
	want("one point more", "oven")
	k.wantFeeds("one point more", "cpu 3", "oven 20 21 22.5")
	k.hear(&wire.Points{Gone: []wire.Feed{{Number: uint32(slices.Index(relay.list, "cpu") + 1)}}})
	want("a feed is no more", "cpu")
	k.wantFeeds("a feed is no more", "oven 20 21 22.5")

	k.s.Watch(on("cpu*"))
	want("it is not sent")
	k.wantFeeds("it is not sent", "oven 20 21 22.5")
	k.s.Watch(on("oven", "cpu*"))
	k.pass(time.Second)
	k.wantFeeds("back in time", "oven 20 21 22.5")
	k.s.Watch(on("cpu*"))
	k.sent()
	want("what is not watched any more", "oven")
	k.wantFeeds("what is not watched any more")
	if k.s.MoreFeeds() {
		t.Error("what another Watch was told counts for this one")
	}
	k.hear(relay.points("oven", 23))
	want("it was under way")
	m = relay.points("cpu.1", 1)
	m.More = true
	k.hear(m)
	if k.s.Lost(); k.s.MoreFeeds() {
		t.Error("what the last connection has told counts for the next")
	}
	if k.s.ChangedFeeds() != nil {
		t.Error("changes are known when nothing is told")
	}
}

// What there was is shown until the next connection tells, and no longer than it takes to.
func TestFeedsAfterTheConnection(t *testing.T) {
	k := liveTalk(t)
	k.s.Watch(on("*"))
	k.sent()
	before := &desk{}
	k.hear(before.points("oven", 20), before.points("gone", 1), before.points("slow", 2))
	k.s.Lost()
	k.wantFeeds("offline", "gone 1", "oven 20", "slow 2")
	k.s.Open(k.now)
	k.sent()
	k.welcome()
	k.wantWatched("on the next connection", "*")
	// The numbers of the last connection mean nothing on this one.
	after := &desk{}
	k.hear(after.points("slow", 2, 3))
	k.hear(after.points("slow", 2, 3, 4))
	k.wantFeeds("one was told", "gone 1", "oven 20", "slow 2 3 4")
	k.pass(9 * time.Second)
	k.hear(after.points("oven", 7))
	k.wantFeeds("another one too", "gone 1", "oven 7", "slow 2 3 4")
	k.hear()
	k.tick()
	if at := k.s.Deadline(); at != k.now.Add(time.Second) {
		t.Errorf("Tick is due in %v, want in a second", at.Sub(k.now))
	}
	k.events = nil
	k.pass(time.Second)
	k.wantFeeds("and the third never", "oven 7", "slow 2 3 4")
	if !k.saw(client.FeedsChanged) {
		t.Error("that it is gone is not told")
	}

	if at := k.s.Deadline(); !at.After(k.now) {
		t.Errorf("then Tick is due %v ago", k.now.Sub(at))
	}
	k.again()
	m := after.points("oven", 7, 8, 9)
	m.More = true
	k.hear(m) // with a number that this connection has not told
	k.wantFeeds("a number of another connection", "oven 7", "slow 2 3 4")
	if k.s.MoreFeeds() {
		t.Error("what could not be read counts")
	}
	k.pass(9 * time.Second)
	k.s.Lost()
	k.s.Open(k.now)
	k.pass(9 * time.Second)
	k.wantFeeds("the next connection takes its time", "oven 7", "slow 2 3 4")

	k.s.Lost()
	k.s.Watch(on("oven"))
	k.wantFeeds("offline the other one is not watched any more", "oven 7")
}

// A relay welcomes again whom it could not tell all. Live data is not among that, and
// goes on.
func TestW105FeedsAfterAnotherWelcome(t *testing.T) {
	k := liveTalk(t)
	k.s.Watch(on("oven", "door"))
	k.sent()
	var relay desk
	k.hear(relay.points("oven", 1), relay.points("door", 7))
	k.welcome()
	k.wantWatched("when the last Watch is younger than 200 ms")
	k.hear(relay.points("oven", 1, 2))
	k.pass(200 * time.Millisecond)
	k.wantWatched("then", "oven door")
	k.pass(20 * time.Second)
	k.hear(relay.points("oven", 1, 2, 3))
	k.wantFeeds("later", "door 7", "oven 1 2 3")
}

// Points that cannot be read: the relay is asked to begin anew, by a Watch of nothing and
// another one. What cannot be read soon after that was under way.
func TestW104PointsThatCannotBeRead(t *testing.T) {
	k := liveTalk(t)
	k.s.Watch(on("oven", "door"))
	k.sent()
	relay := &desk{}
	k.hear(relay.points("oven", 1), relay.points("door", 5))
	k.pass(time.Second)
	k.hear(&wire.Points{Runs: []byte{9 << 3}})
	k.wantWatched("at once", "")
	for range 3 {
		k.hear(relay.points("oven", 1, 2))
	}
	k.pass(100 * time.Millisecond)
	k.wantWatched("a little later")
	k.pass(100 * time.Millisecond)
	k.wantWatched("and then", "oven door")
	k.hear(relay.points("oven", 1, 2))
	k.wantFeeds("meanwhile", "door 5", "oven 1")

	relay = &desk{}
	k.hear(relay.points("door", 6), relay.points("oven", 1, 2, 3))
	k.wantFeeds("anew", "door 6", "oven 1 2 3")
	k.hear(relay.points("oven", 1, 2, 3, 4))
	k.wantFeeds("and on", "door 6", "oven 1 2 3 4")
	k.pass(time.Second)
	k.wantWatched("later")

	// A feed that was deleted in the meantime is not told of anew, nor ever again.
	k.pass(20 * time.Second)
	k.hear(&wire.Points{Runs: []byte{9 << 3}})
	k.wantWatched("at the next one", "")
	k.pass(200 * time.Millisecond)
	k.wantWatched("and then", "oven door")
	relay = &desk{}
	k.hear(relay.points("oven", 5))
	k.wantFeeds("one begins anew", "door 6", "oven 5")
	k.pass(10 * time.Second)
	k.wantFeeds("the other one has had time", "oven 5")

	// A relay that does it all the time is asked each 10 s.
	asked := 0
	for range 60 {
		k.pass(time.Second)
		k.hear(&wire.Points{Runs: []byte{9 << 3}})
		asked += len(k.watched())
	}
	if asked != 12 {
		t.Errorf("in a minute %d Watches were sent, want 12: two each 10 s", asked)
	}
	k.pass(10 * time.Second)
	k.hear(&wire.Points{Runs: []byte{9 << 3}})
	k.again()
	k.wantWatched("on another connection there is nothing to forget", "oven door")
	k.hear(&wire.Points{Runs: []byte{9 << 3}})
	k.pass(200 * time.Millisecond)
	k.wantWatched("until something cannot be read there", "")
}

// Welcome tells the relay's clock until a Ping has measured it.
func TestOffsetOfWelcome(t *testing.T) {
	k := newTalk(t)
	k.s.Open(k.now)
	k.sent()
	w := k.welcomeFrame()
	w.Time = uint64(k.now.Add(time.Hour).UnixMilli())
	k.hear(w)
	if got := k.s.Path().Offset; got != time.Hour {
		t.Errorf("the relay's clock is %v ahead, want an hour", got)
	}
	k.s.Ask()
	k.tick()
	asked := parsed[wire.Ping](k, k.sent())
	if len(asked) != 1 {
		t.Fatalf("%d Pings are sent", len(asked))
	}
	k.now = k.now.Add(100 * time.Millisecond)
	k.hear(&wire.Pong{Stamp: asked[0].Stamp, Time: uint64(k.now.Add(time.Minute).UnixMilli())})
	k.hear(w)
	if got := k.s.Path().Offset; got != time.Minute+50*time.Millisecond {
		t.Errorf("the relay's clock is %v ahead, want what the Ping has shown", got)
	}
}

// With a Link all that comes about by itself.
func TestFeedsByLink(t *testing.T) { synctest.Test(t, testFeedsByLink) }

func testFeedsByLink(t *testing.T) {
	s := newStage(t)
	v := s.live()
	var got answers
	s.link.Do(func(x *client.Session) {
		x.Watch(on("oven"))
		if err := x.Publish(sample("door", 1), got.to); err != nil {
			t.Error(err)
		}
	})
	p := parsed[wire.Publish](&talk{t: t}, v.hear(wire.KindPublish, wire.KindWatch))
	v.say((&desk{}).points("oven", 20), &wire.Published{Ask: p[0].Ask})
	synctest.Wait()
	var held int
	s.link.Do(func(x *client.Session) { held = x.Feeds().Matching([]string{"oven"})[0].Ring.Len() })
	got.want(t, "on a connection", 0)
	if held != 1 {
		t.Errorf("%d points are held, want one", held)
	}
	s.link.Do(func(x *client.Session) { x.Watch(&wire.Watch{}); x.Watch(on("door")) })
	begin := time.Now()
	v.hear(wire.KindWatch)
	if since := time.Since(begin); since != 200*time.Millisecond {
		t.Errorf("the next Watch is sent after %v, want 200 ms", since)
	}
	s.link.Do(func(x *client.Session) {
		if err := x.Publish(sample("door", 1), got.to); err != nil {
			t.Error(err)
		}
	})
	v.hear(wire.KindPublish)
	s.setDial(func(context.Context) (conn.Conn, error) { return nil, errNetwork })
	v.Close(uint32(wire.CodeNormal), "")
	synctest.Wait()
	got.want(t, "the connection is lost", -1)
	s.finish()
}
