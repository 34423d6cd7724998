package room_test

import (
	"fmt"
	"maps"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"edgeboard/relay/auth"
	"edgeboard/shared/wire"
)

// others are the members that a guest has been told of, by name.
type others map[string]uint32

// see takes what a guest was told, and returns it.
func (o others) see(t *testing.T, g *guest) []frame {
	t.Helper()
	synctest.Wait()
	list := g.got()
	for _, f := range list {
		switch f.kind {
		case wire.KindWelcome:
			clear(o)
		case wire.KindJoined:
			var j wire.Joined
			if err := j.Parse(f.body); err != nil {
				t.Error(err)
			}
			maps.DeleteFunc(o, func(_ string, id uint32) bool { return id == j.Member })
			if o[j.Name] != 0 {
				t.Errorf("guest %d is told of %s twice", g.doc.Replica(), j.Name)
			}
			o[j.Name] = j.Member
		case wire.KindLeft:
			var l wire.Left
			if err := l.Parse(f.body); err != nil {
				t.Error(err)
			}
			maps.DeleteFunc(o, func(_ string, id uint32) bool { return id == l.Member })
		}
	}
	return list
}

// want expects a guest to know of those with these replicas and of nobody else.
func (o others) want(t *testing.T, when string, g *guest, replicas ...int) {
	t.Helper()
	o.see(t, g)
	var names []string
	for _, r := range replicas {
		names = append(names, fmt.Sprint("guest ", r))
	}
	slices.Sort(names)
	if got := slices.Sorted(maps.Keys(o)); !slices.Equal(got, names) {
		t.Errorf("%s: guest %d knows of %v, want %v", when, g.doc.Replica(), got, names)
	}
}

// Who is here is told on all relays; who comes late is told of everybody.
func TestPresenceSpansRelays(t *testing.T) {
	three(t, func(t *testing.T, all *relays, a, b, c *relay) {
		one := a.enter(1)
		two, three := b.enter(2), c.enter(3)
		of1, of2, of3 := others{}, others{}, others{}
		of1.want(t, "in the beginning", one, 2, 3)
		of2.want(t, "in the beginning", two, 1, 3)
		of3.want(t, "in the beginning", three, 1, 2)

		one.say(&wire.Profile{Name: "guest 11", Color: 5, Away: true})
		time.Sleep(time.Second)
		list := of2.see(t, two)
		if j := parsed[wire.Joined](t, list); len(j) != 1 || j[0].Color != 5 || !j[0].Away {
			t.Errorf("told of another name by %+v", j)
		}
		of3.want(t, "with another name", three, 11, 2)
		late := b.enter(4)
		others{}.want(t, "who comes late", late, 11, 2, 3)
		if j := parsed[wire.Joined](t, late.got()); len(j) != 0 {
			t.Errorf("told %+v afterwards", j)
		}
		of1.want(t, "when another comes", one, 2, 3, 4)
		two.leave()
		time.Sleep(time.Second)
		of1.want(t, "when one has gone", one, 3, 4)
		of3.want(t, "when one has gone", three, 11, 4)
		late.leave()
		time.Sleep(10 * time.Second)
		if b.hub.Rooms() != 0 {
			t.Error("members of other relays keep a room")
		}
		of1.want(t, "when a relay has nobody", one, 3)
		again := b.enter(5)
		others{}.want(t, "on a relay that had nobody", again, 11, 3)
		of3.want(t, "when it has somebody again", three, 11, 5)
	})
}

// What members do is shown on all relays.
func TestLatestSpansRelays(t *testing.T) {
	two(t, func(t *testing.T, all *relays, a, b *relay) {
		one, other := a.enter(1), b.enter(2)
		of1, of2 := others{}, others{}
		of1.see(t, one)
		of2.see(t, other)
		id := of2["guest 1"]

		one.say(&wire.Cursors{List: []wire.Cursor{{Seq: 1, X: 5, Y: 6, Laser: true}}})
		time.Sleep(time.Second)
		if at := cursors(t, other.got()); at[id] != (wire.Cursor{Member: id, Seq: 1, X: 5, Y: 6, Laser: true}) || len(at) != 1 {
			t.Errorf("it points at %+v", at)
		}
		one.say(holding(1, 7))
		wantSelection(t, "at once", other.got(), id, holding(1, 7))
		one.say(dragging(2, 7, 3))
		time.Sleep(time.Second)
		wantSelection(t, "while it drags", other.got(), id, dragging(2, 7, 3))
		v := looking(1, 9)
		v.Presents = true
		one.say(v)
		time.Sleep(time.Second)
		wantViewport(t, "when it presents", other.got(), id, v)
		one.say(&wire.Preview{Stroke: 4, Points: []wire.Point{{X: 1}}, Color: 9})
		time.Sleep(time.Second)
		if p := parsed[wire.Preview](t, other.got()); len(p) != 1 || p[0].Member != id || p[0].Color != 9 {
			t.Errorf("it draws %+v", p)
		}
		one.say(reaction(5))
		time.Sleep(time.Second)
		if s := parsed[wire.Signal](t, other.got()); len(s) != 1 || s[0].Member != id || s[0].Symbol != 5 {
			t.Errorf("it signals %+v", s)
		}

		// Who comes late sees what is kept.
		late := b.enter(3)
		time.Sleep(time.Second)
		list := late.got()
		at := cursors(t, list)
		if at[id].X != 5 {
			t.Errorf("for who comes late it points at %+v", at)
		}
		wantSelection(t, "for who comes late", list, id, dragging(2, 7, 3))
		wantViewport(t, "for who comes late", list, id, v)
	})
}

// Where a member looks goes to those who follow it on another relay step by step.
func TestFollowingOverRelays(t *testing.T) {
	three(t, func(t *testing.T, all *relays, a, b, c *relay) {
		one, other, third := a.enter(1), b.enter(2), c.enter(3)
		of1, of2, of3 := others{}, others{}, others{}
		of1.see(t, one)
		of2.see(t, other)
		of3.see(t, third)
		one.say(looking(1, 0))
		other.say(following(1, 0, of2["guest 1"]))
		time.Sleep(time.Second)
		if v := viewports(t, one.got(), of1["guest 2"]); len(v) != 1 || v[0].Following != 1 {
			t.Errorf("the one who is followed is told %+v, want its own number", v)
		}
		if v := viewports(t, third.got(), of3["guest 2"]); len(v) != 1 || v[0].Following != of3["guest 1"] {
			t.Errorf("a third one is told %+v, want that 2 follows %d", v, of3["guest 1"])
		}
		other.got()
		for i := range uint32(5) {
			one.say(looking(2+i, float64(i)))
			time.Sleep(30 * time.Millisecond)
		}
		if v := viewports(t, other.got(), of2["guest 1"]); len(v) < 5 {
			t.Errorf("who follows is told %d of 5 steps", len(v))
		}
		if v := viewports(t, third.got(), of3["guest 1"]); len(v) > 1 {
			t.Errorf("who does not follow is told %d steps", len(v))
		}
		late := c.enter(4)
		of4 := others{}
		if v := viewports(t, of4.see(t, late), of4["guest 2"]); len(v) == 0 || v[len(v)-1].Following != of4["guest 1"] {
			t.Errorf("who comes late is told %+v", v)
		}
	})
}

// One that follows somebody of a third relay, who is not known here yet, follows that one
// when it is.
func TestFollowingWhoIsNotKnownYet(t *testing.T) {
	three(t, func(t *testing.T, all *relays, a, b, c *relay) {
		one, other := a.enter(1), b.enter(2)
		of2, of3 := others{}, others{}
		of2.see(t, other)
		third := c.enter(3)
		of3.see(t, third)
		c.hold(true)
		one.leave()
		one = a.enter(5)
		time.Sleep(time.Second)
		of2.see(t, other)
		other.say(following(1, 0, of2["guest 5"]))
		synctest.Wait()
		all.mu.Lock()
		slices.Reverse(c.queue) // what a has told comes last
		all.mu.Unlock()
		c.hold(false)
		time.Sleep(3 * time.Second)
		list := of3.see(t, third)
		if v := viewports(t, list, of3["guest 2"]); len(v) == 0 || v[len(v)-1].Following != of3["guest 5"] {
			t.Errorf("told %+v, want to follow %d", v, of3["guest 5"])
		}
		of3.want(t, "in the end", third, 2, 5)
		one.leave()
	})
}

// What somebody draws on another relay is shown before it is stored.
func TestPreviewBeforeUpdateOverRelays(t *testing.T) {
	two(t, func(t *testing.T, all *relays, a, b *relay) {
		one, other := a.enter(1), b.enter(2)
		other.got()
		a.hang(true)
		one.say(&wire.Preview{Stroke: 1, Points: []wire.Point{{X: 1}}})
		one.draw()
		other.wantKinds("while the log hangs", wire.KindPreview)
		a.hang(false)
		other.wantKinds("when it is stored", wire.KindUpdate)
	})
}

// What a gesture did ceases just when the document has it, which comes another way (W72).
func TestSelectionWaitsForItsUpdate(t *testing.T) {
	two(t, func(t *testing.T, all *relays, a, b *relay) {
		one, other := a.enter(1), b.enter(2)
		of2 := others{}
		of2.see(t, other)
		one.say(dragging(1, 7, 3))
		time.Sleep(time.Second)
		other.got()
		b.lag(true)
		one.say(&wire.Update{Data: stroke(one.doc, 3)}, holding(2, 7))
		time.Sleep(time.Second)
		other.wantKinds("before the update")
		b.lag(false)
		list := other.wantKinds("with the update", wire.KindUpdate, wire.KindSelection)
		wantSelection(t, "with the update", list, of2["guest 1"], holding(2, 7))
	})
}

// The same page comes by another relay: the connection before ends, and nobody sees it
// twice (W15).
func TestReplicaMovesToAnotherRelay(t *testing.T) {
	three(t, func(t *testing.T, all *relays, a, b, c *relay) {
		one, beside, third := a.enter(1), a.enter(2), c.enter(3)
		of2, of3 := others{}, others{}
		of2.want(t, "before", beside, 1, 3)
		of3.want(t, "before", third, 1, 2)
		again := b.enter(1)
		one.wantEnd("the old connection", wire.CodeReplaced)
		again.wantStays("the new one")
		others{}.want(t, "on the new relay", again, 2, 3)
		of2.want(t, "on the old relay", beside, 1, 3)
		of3.want(t, "on another", third, 1, 2)
		again.draw()
		wantSame(t, "in the end", again.doc, beside.doc, third.doc)
		// And back, while nobody else is where it was.
		time.Sleep(time.Second)
		back := a.enter(1)
		time.Sleep(time.Second)
		again.wantEnd("the connection before", wire.CodeReplaced)
		of3.want(t, "in the end", third, 1, 2)
		others{}.want(t, "in the end", back, 2, 3)
	})
}

// It comes by two relays that have not heard of each other yet: one of them stays.
func TestReplicaComesOnTwoRelaysAtOnce(t *testing.T) {
	three(t, func(t *testing.T, all *relays, a, b, c *relay) {
		witness := c.enter(9)
		for _, r := range all.list {
			r.hold(true)
		}
		one, other := a.enter(1), b.enter(1)
		for _, r := range all.list {
			r.hold(false)
		}
		time.Sleep(time.Second)
		ended := 0
		for _, g := range []*guest{one, other} {
			g.mu.Lock()
			if g.end != nil {
				ended++
			}
			g.mu.Unlock()
		}
		if ended != 1 {
			t.Errorf("%d of two connections have ended, want one", ended)
		}
		others{}.want(t, "in the end", witness, 1)
	})
}

// Another person does not take the place of one who writes on another relay, but that of
// one who only sees the board (W70).
func TestReplicaOfAnotherPersonOnAnotherRelay(t *testing.T) {
	two(t, func(t *testing.T, all *relays, a, b *relay) {
		d := &desk{grants: map[string]*auth.Grant{
			"ada":    {Subject: "ada", Boards: map[string]auth.Role{"*": auth.Editor}},
			"bob":    {Subject: "bob", Boards: map[string]auth.Role{"*": auth.Editor}},
			"viewer": {Subject: "eve", Boards: map[string]auth.Role{"*": auth.Viewer}},
		}}
		for _, r := range all.list {
			r.guard(d)
		}
		enter := func(r *relay, token string) *guest {
			return r.enterAs(1, func(h *wire.Hello) { h.Token = token })
		}
		ada := enter(a, "ada")
		enter(b, "bob").wantEnd("as somebody else", wire.CodeReplica)
		enter(b, "viewer").wantEnd("as somebody who only looks", wire.CodeReplica)
		ada.wantStays("when others try")
		again := enter(b, "ada")
		time.Sleep(time.Second)
		ada.wantEnd("when she comes back herself", wire.CodeReplaced)
		again.leave()
		time.Sleep(time.Second)
		eve := enter(a, "viewer")
		writes := enter(b, "bob")
		time.Sleep(time.Second)
		eve.wantEnd("when somebody comes who writes", wire.CodeReplaced)
		writes.wantStays("who writes")
	})
}

// Both have come before they could hear of each other: the one who joined last is sent
// away, since it may not take the other's place.
func TestOtherPersonAtTheSameTime(t *testing.T) {
	two(t, func(t *testing.T, all *relays, a, b *relay) {
		d := &desk{grants: map[string]*auth.Grant{
			"ada": {Subject: "ada", Boards: map[string]auth.Role{"*": auth.Editor}},
			"bob": {Subject: "bob", Boards: map[string]auth.Role{"*": auth.Editor}},
		}}
		for _, r := range all.list {
			r.guard(d)
			r.hold(true)
		}
		ada := a.enterAs(1, func(h *wire.Hello) { h.Token = "ada" })
		time.Sleep(time.Second)
		bob := b.enterAs(1, func(h *wire.Hello) { h.Token = "bob" })
		b.hold(false)
		a.hold(false)
		bob.wantEnd("who came last", wire.CodeReplica)
		ada.wantStays("who came first")
	})
}

// A board on which nothing happens tells nothing, and one that is nowhere else nothing at
// all (R10).
func TestIdleBoardsTellNothing(t *testing.T) {
	two(t, func(t *testing.T, all *relays, a, b *relay) {
		one := a.enter(1)
		if n := a.tells(); n != 1 {
			t.Errorf("%d messages when a board was opened, want one", n)
		}
		one.point(5)
		one.draw()
		one.say(holding(1, 1), looking(1, 1))
		one.say(&wire.Profile{Name: "x"})
		time.Sleep(10 * time.Second)
		if n := a.tells(); n != 1 {
			t.Errorf("%d messages while the board is nowhere else, want the first one alone", n)
		}
		other := b.enter(2)
		time.Sleep(10 * time.Second)
		before := a.tells() + b.tells()
		for range 20 {
			time.Sleep(30 * time.Second)
			one.say(&wire.Ping{})
			other.say(&wire.Ping{})
		}
		if n := a.tells() + b.tells(); n != before {
			t.Errorf("%d messages while nothing happens", n-before)
		}
		for i := range int32(100) {
			one.point(i)
		}
		time.Sleep(time.Second)
		if n := a.tells() + b.tells() - before; n == 0 || n > 10 {
			t.Errorf("%d messages for a hundred moves at once", n)
		}
		other.leave()
		time.Sleep(20 * time.Second)
		before = a.tells()
		one.point(500)
		time.Sleep(time.Second)
		if n := a.tells(); n != before {
			t.Errorf("%d messages when the other room has ended", n-before)
		}
	})
}

// A roster of many goes in several messages.
func TestLongRoster(t *testing.T) {
	two(t, func(t *testing.T, all *relays, a, b *relay) {
		crowd := a.crowd(200)
		elements := make([]wire.ID, wire.MaxSelected)
		for i := range elements {
			elements[i] = wire.ID{Replica: 1<<52 + uint64(i*i)<<20, Seq: uint64(i)}
		}
		for _, g := range crowd {
			g.say(&wire.Selection{Seq: 1, Elements: elements})
		}
		time.Sleep(2 * time.Second)
		before := a.tells()
		other := b.enter(1000)
		time.Sleep(2 * time.Second)
		if n := a.tells() - before; n < 2 {
			t.Errorf("%d messages, want several", n)
		}
		of := others{}
		if of.see(t, other); len(of) != 200 {
			t.Errorf("%d members are known, want 200", len(of))
		}
		crowd[0].leave()
		b.hub.PeerLost("")
		time.Sleep(2 * time.Second)
		if of.see(t, other); len(of) != 199 {
			t.Errorf("%d members are known, want 199", len(of))
		}
	})
}

// What people type to all on a board, and to one person, goes to other relays.
func TestTypingOverRelays(t *testing.T) {
	two(t, func(t *testing.T, all *relays, a, b *relay) {
		for _, r := range all.list {
			r.talk()
		}
		ada, adaIs := a.enterOn("b", 1, "ada")
		bob, bobIs := b.enterOn("b", 2, "bob")
		elsewhere, _ := b.enterOn("other", 3, "bob")
		time.Sleep(time.Second)
		of2 := others{}
		of2.see(t, bob)
		ada.say(&wire.Typing{})
		time.Sleep(time.Second)
		if list := parsed[wire.Typing](t, bob.got()); len(list) != 1 || list[0].Person != adaIs.Person || list[0].Member == 0 {
			t.Errorf("told of typing %+v", list)
		}
		ada.say(&wire.Typing{With: bobIs.Person})
		time.Sleep(time.Second)
		for _, g := range []*guest{bob, elsewhere} {
			if list := parsed[wire.Typing](t, g.got()); len(list) != 1 || list[0].With != adaIs.Person {
				t.Errorf("told of typing to one person %+v", list)
			}
		}
	})
}
