package room_test

import (
	"testing"
	"testing/synctest"
	"time"

	"edgeboard/relay/room"
	"edgeboard/shared/board"
	"edgeboard/shared/wire"
)

// Members of a relay that is gone are, too. When it was only cut off they are back.
func TestRelayVanishes(t *testing.T) {
	three(t, func(t *testing.T, all *relays, a, b, c *relay) {
		one, other, third := a.enter(1), b.enter(2), c.enter(3)
		of1, of2, of3 := others{}, others{}, others{}
		of1.want(t, "before", one, 2, 3)
		b.partition()
		of1.want(t, "without the one", one, 3)
		of2.want(t, "for the one without others", other)
		of3.want(t, "without the one", third, 1)
		other.draw()
		one.draw()
		late := b.enter(4)
		third.leave()
		time.Sleep(2 * time.Second)
		b.heal()
		time.Sleep(2 * time.Second)
		of1.want(t, "when it is back", one, 2, 4)
		of2.want(t, "when it is back", other, 1, 4)
		wantSame(t, "when it is back", one.doc, other.doc, late.doc, all.stored())
	})
}

// What rooms have told and was lost is made good: when it is known that something was, and
// by the next thing that is told.
func TestLostMessages(t *testing.T) {
	two(t, func(t *testing.T, all *relays, a, b *relay) {
		one, two, other := a.enter(1), a.enter(2), b.enter(3)
		of3 := others{}
		of3.want(t, "before", other, 1, 2)
		lose := func() {
			b.deafen(true)
			two.leave()
			two = a.enter(2)
			one.say(&wire.Profile{Name: "guest 11"})
			a.enter(7)
			time.Sleep(time.Second)
			b.deafen(false)
			of3.see(t, other)
		}
		lose()
		one.say(&wire.Profile{Name: "guest 12"})
		time.Sleep(3 * time.Second)
		of3.want(t, "after the next message", other, 12, 2, 7)
		for _, relay := range []string{a.name, ""} {
			lose()
			b.hub.PeerLost(relay)
			time.Sleep(3 * time.Second)
			of3.want(t, "when it is known that something was lost", other, 11, 2, 7)
		}
		b.hub.PeerLost("unknown")
		b.hub.PeerGone("unknown")
		time.Sleep(time.Second)
		of3.want(t, "when a relay is gone that had nothing", other, 11, 2, 7)
	})
}

// Relays have not heard of each other for a while and take each other for gone; when they
// do, their rooms ask who is there.
func TestRelaysThatHeardNothing(t *testing.T) {
	two(t, func(t *testing.T, all *relays, a, b *relay) {
		one, other := a.enter(1), b.enter(2)
		of1, of2 := others{}, others{}
		a.hub.PeerGone(b.name)
		b.hub.PeerGone(a.name)
		of1.want(t, "when the other is taken for gone", one)
		of2.want(t, "when the other is taken for gone", other)
		a.hub.PeerLost(b.name)
		b.hub.PeerLost(a.name)
		time.Sleep(2 * time.Second)
		of1.want(t, "when it is not", one, 2)
		of2.want(t, "when it is not", other, 1)
	})
}

// A room whose end was not heard counts as gone when it does not answer.
func TestRoomThatDoesNotAnswer(t *testing.T) {
	two(t, func(t *testing.T, all *relays, a, b *relay) {
		one, other := a.enter(1), b.enter(2)
		of2 := others{}
		of2.want(t, "before", other, 1)
		b.deafen(true)
		one.leave()
		time.Sleep(10 * time.Second)
		b.deafen(false)
		of2.want(t, "when nothing was heard", other, 1)
		b.hub.PeerLost(a.name)
		time.Sleep(10 * time.Second)
		of2.want(t, "when it has not answered", other)
		before := b.tells()
		other.point(4)
		time.Sleep(time.Minute)
		if n := b.tells(); n != before {
			t.Errorf("%d more messages to nobody", n-before)
		}
	})
}

// A board shows so many of other relays, whatever they tell; all draw.
func TestRemoteMembersAreBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		all := newRelays(t, 2, room.Limits{Members: 5})
		defer all.end()
		more := all.join("roomy")
		for r := range board.Replica(12) {
			more.enter(10 + r)
		}
		one := all.list[0].enter(1)
		time.Sleep(time.Second)
		of1 := others{}
		of1.see(t, one)
		if len(of1) != 5 {
			t.Errorf("%d of 12 members of another relay are shown, want 5", len(of1))
		}
		if all.list[0].metrics.dropped[room.PolicyDrop] == 0 {
			t.Error("nobody has counted the others")
		}
		for r := range board.Replica(4) {
			all.list[0].enter(30 + r).wantStays("members of the relay itself")
		}
	})
}

// What is told to a room that does not look is bounded, and made good.
func TestTooMuchIsToldByPeers(t *testing.T) {
	two(t, func(t *testing.T, all *relays, a, b *relay) {
		one := a.enter(1)
		b.loads = make(chan struct{})
		other := b.enter(2)
		for i := range int32(9000) {
			one.say(&wire.Preview{Stroke: uint32(i), Points: make([]wire.Point, 200)})
			if i%100 == 0 {
				time.Sleep(time.Second)
			}
		}
		one.say(&wire.Profile{Name: "guest 11"})
		time.Sleep(time.Second)
		close(b.loads)
		time.Sleep(2 * time.Second)
		if b.metrics.dropped[room.PolicyResync] == 0 {
			t.Error("nothing was dropped")
		}
		others{}.want(t, "in the end", other, 11)
	})
}

// Whatever bytes come from another relay, nothing breaks.
func FuzzPeer(f *testing.F) {
	for _, seed := range [][]byte{nil, {1, 1, 1, 1, 1}, {1, 2, 9, 1, 1, 0, 7}, {1, 3, 1, 1, 1}, {2, 1, 1, 1, 1, 3, 7, 0, 0}} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		synctest.Test(t, func(t *testing.T) {
			all := newRelays(t, 1)
			defer all.end()
			a := all.list[0]
			one := a.enter(1)
			a.hub.HearPeer("b", "other", data)
			a.hub.HearPeer("b", "other", append([]byte{1, 2, 1, 1, 1, 0, 7}, data...))
			a.hub.HearPeer("b", "other", append([]byte{1, 1, 1, 2, 1}, data...))
			synctest.Wait()
			one.draw()
			one.wantStays("whatever another relay tells")
			a.hub.PeerGone("other")
			time.Sleep(time.Second)
		})
	})
}
