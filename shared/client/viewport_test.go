package client_test

import (
	"bytes"
	"math"
	"slices"
	"testing"
	"time"

	"edgeboard/shared/client"
	"edgeboard/shared/wire"
)

// around is a view of the board with x in the middle.
func around(x float64) client.Viewport { return client.Viewport{X: x, W: 1280, H: 720} }

// wantViewport expects the only Viewport among frames to say what is wanted.
func (k *talk) wantViewport(when string, list []frame, seq uint32, want client.Viewport) {
	k.t.Helper()
	m := wire.Viewport{Seq: seq, View: []float64{want.X, want.Y, want.W, want.H}, Following: want.Following, Presents: want.Presents}
	if want.Page.Seq != 0 {
		m.Page = []wire.ID{{Replica: uint64(want.Page.Replica), Seq: want.Page.Seq}}
	}
	said := of(wire.KindViewport, list)
	if len(said) != 1 || !bytes.Equal(said[0].body, m.Append(nil)) {
		var got wire.Viewport
		if len(said) > 0 {
			_ = got.Parse(said[0].body)
		}
		k.t.Errorf("%s there are %d Viewports, the first %+v, want one, %+v", when, len(said), got, m)
	}
}

func (k *talk) wantNoViewport(when string, list []frame) {
	k.t.Helper()
	if n := len(of(wire.KindViewport, list)); n != 0 {
		k.t.Errorf("%s the client says %d Viewports", when, n)
	}
}

// follows is what a member says that follows this client.
func follows(member, seq, whom uint32) *wire.Viewport {
	return &wire.Viewport{Member: member, Seq: seq, View: []float64{0, 0, 100, 100}, Following: whom}
}

// What nobody follows is told when it rests; what else is new of it at once (W75).
func TestLook(t *testing.T) {
	k := liveTalk(t)
	k.s.Look(around(1))
	k.wantViewport("at first", k.sent(), 2, around(1))
	for x := range 100 {
		k.s.Look(around(float64(x + 2)))
		k.tick() // as a Link does
		k.pass(100 * time.Millisecond)
		k.wantNoViewport("while it moves", k.sent())
	}
	k.pass(1800 * time.Millisecond)
	k.wantNoViewport("before it has rested", k.sent())
	k.pass(100 * time.Millisecond)
	k.wantViewport("when it rests", k.sent(), 102, around(101))
	k.s.Look(around(101))
	k.pass(10 * time.Second)
	k.wantNoViewport("of what has not changed", k.sent())

	next := around(5)
	next.Page = element(3)
	k.s.Look(next)
	k.wantViewport("on another page", k.sent(), 103, next)
	next.Following = 2
	k.s.Look(next)
	k.wantViewport("when it follows somebody", k.sent(), 104, next)
	next.Following = 1 // itself
	k.s.Look(next)
	next.Following = 0
	k.wantViewport("when it follows itself", k.sent(), 105, next)
}

// As long as somebody follows, every step is told, as often as cursors.
func TestLookWhileFollowed(t *testing.T) {
	k := liveTalk(t)
	k.s.Look(around(0))
	k.sent()
	k.hear(&wire.Joined{Member: 2}, &wire.Joined{Member: 3})
	steps := func() (n int) {
		for x := range 1000 {
			k.s.Look(around(float64(x + 1)))
			n += len(of(wire.KindViewport, k.sent()))
			k.pass(time.Millisecond)
		}
		k.pass(20 * time.Millisecond)
		return n + len(of(wire.KindViewport, k.sent()))
	}
	if n := steps(); n != 0 {
		t.Errorf("%d steps are told that nobody follows", n)
	}
	k.hear(follows(2, 1, 1), follows(3, 1, 1))
	k.wantViewport("when somebody begins to follow", k.sent(), 1002, around(1000))
	if n := steps(); n < 55 || n > 61 || !k.s.Followed() {
		t.Errorf("%d steps a second are told to who follows, want 60", n)
	}
	k.hear(follows(3, 2, 2), &wire.Left{Member: 2})
	if n := steps(); n != 0 || k.s.Followed() {
		t.Errorf("%d steps are told when nobody follows any more", n)
	}
	shown := around(0)
	shown.Presents = true
	k.s.Look(shown)
	k.sent()
	said := 0
	for x := range 10 {
		shown.X = float64(x + 1)
		k.s.Look(shown)
		k.pass(20 * time.Millisecond)
		said += len(of(wire.KindViewport, k.sent()))
	}
	if said != 10 {
		t.Errorf("%d of ten steps are told of what is presented", said)
	}
}

func TestLookByDatagram(t *testing.T) {
	k := liveTalk(t)
	k.s.Latest(k.now) // the transport has datagrams
	k.s.Look(around(0))
	k.wantNoViewport("at first, by datagram:", k.datagrams(20*time.Millisecond))
	k.wantViewport("at first", k.sent(), 2, around(0))
	k.hear(&wire.Joined{Member: 2}, follows(2, 1, 1))
	steps := 0
	for x := range 20 {
		k.s.Look(around(float64(x + 1)))
		steps += len(of(wire.KindViewport, k.datagrams(20*time.Millisecond)))
		k.wantNoViewport("while it moves, in order", k.sent())
	}
	if steps != 20 {
		t.Errorf("20 steps were told in %d datagrams", steps)
	}
	k.wantNoViewport("while it rests, by datagram", k.datagrams(time.Second))
	k.wantViewport("when it rests", k.sent(), 22, around(20))
	k.pass(10 * time.Second)
	k.wantNoViewport("when it has been told", k.sent())
}

// Whatever was lost with a connection is said on the next one; numbers of members are
// of the one before.
func TestLookIsSaidAgain(t *testing.T) {
	k := newTalk(t)
	v := around(4)
	k.s.Look(v)
	k.s.Open(k.now)
	k.wantKinds("before it is welcome", k.sent(), wire.KindHello)
	k.welcome()
	k.wantViewport("when it is", k.sent(), 1, v)
	v.Following = 2
	k.s.Look(v)
	k.wantViewport("of another one", k.sent(), 2, v)
	k.s.Lost()
	if k.s.Waiting() || k.s.Latest(k.now) != nil {
		t.Error("something is said while offline")
	}
	k.s.Open(k.now)
	k.sent()
	k.welcome()
	v.Following = 0
	k.wantViewport("on the next connection", k.sent(), 1, v)
	k.wantViewport("as a viewer", k.as(wire.RoleViewer), 1, v)
}

func (k *talk) wantView(when string, told bool, want client.Viewport) {
	k.t.Helper()
	var got client.Viewport
	if m := k.s.Members()[2]; m != nil {
		got = m.Viewport
	}
	if got != want {
		k.t.Errorf("%s it sees %+v, want %+v", when, got, want)
	}
	if k.saw(client.ViewportsChanged) != told {
		k.t.Errorf("%s: told is %v", when, !told)
	}
}

// Viewports may be lost, doubled and overtaken; the newest counts (W74).
func TestTheirViewport(t *testing.T) {
	k := liveTalk(t)
	k.events = nil
	one := wire.Viewport{Member: 2, Seq: 5, View: []float64{1, 2, 3, 4}, Page: []wire.ID{{Replica: otherReplica, Seq: 4}}, Following: 1, Presents: true}
	k.hear(&one)
	k.wantView("a member that is not known", false, client.Viewport{})
	k.hear(&wire.Joined{Member: 2}, &one)
	want := client.Viewport{X: 1, Y: 2, W: 3, H: 4, Page: element(4), Following: 1, Presents: true}
	k.wantView("what was told", true, want)
	next, overtaken := one, one
	next.Seq, next.View, want.X = 7, []float64{9, 2, 3, 4}, 9
	overtaken.Seq = 6
	k.hear(&next)
	k.wantView("the next one", true, want)
	k.hear(&overtaken, &next, &one)
	k.wantView("what was overtaken or doubled", false, want)
	if k.s.Self() != 1 || !k.s.Followed() {
		t.Errorf("number %d, followed: %v", k.s.Self(), k.s.Followed())
	}
	k.hear(&wire.Left{Member: 2})
	k.wantView("a member that has left", true, client.Viewport{})
	if k.s.Followed() {
		t.Error("followed by one who has left")
	}
	k.hear(&wire.Joined{Member: 2}, &one, k.welcomeFrame())
	k.wantView("one that was before another Welcome", true, client.Viewport{})
	if k.s.Followed() {
		t.Error("followed by one who was there before another Welcome")
	}
}

// What another says is bounded, or taken for nothing (R9).
func TestTheirViewportIsHostile(t *testing.T) {
	k := liveTalk(t)
	k.hear(&wire.Joined{Member: 2}, &wire.Viewport{Member: 2, Seq: 1, View: []float64{1, 2, 3, 4}})
	for i, view := range [][]float64{{math.NaN(), 0, 1, 1}, {0, math.Inf(-1), 1, 1}, {0, 0, -1, 1}, {1e300, 0, 1, 1}, nil} {
		k.hear(&wire.Viewport{Member: 2, Seq: uint32(i + 2), View: view, Page: []wire.ID{{Replica: 1 << 53, Seq: 1}}, Following: 2})
		k.events = nil
		k.wantView("what is sound of it", false, client.Viewport{})
	}
	k.refuse("a view that is not whole", wire.CodeBadFrame, message(&wire.Viewport{Member: 2, View: []float64{1}}))
}

func TestSignal(t *testing.T) {
	k := liveTalk(t)
	sign := client.Signal{View: client.Viewport{X: 1, Y: 2, Page: element(3)}, Symbol: 4}
	if !k.s.Signal(k.now, sign) {
		t.Error("a reaction is not told")
	}
	list := k.sent()
	k.wantKinds("at once", list, wire.KindSignal)
	want := wire.Signal{What: wire.SignalReaction, View: []float64{1, 2, 0, 0}, Page: []wire.ID{{Replica: otherReplica, Seq: 3}}, Symbol: 4}
	if !bytes.Equal(list[0].body, want.Append(nil)) {
		t.Errorf("it is told as % x, want % x", list[0].body, want.Append(nil))
	}
	told := 0
	for range 1000 {
		k.pass(10 * time.Millisecond)
		if k.s.Signal(k.now, sign) {
			told++
		}
	}
	if n := len(of(wire.KindSignal, k.sent())); n != told || told < 58 || told > 60 {
		t.Errorf("%d signals in ten seconds are said to be told, and %d are; want 5 a second and 9 more", told, n)
	}
	k.pass(10 * time.Second)
	k.as(wire.RoleViewer)
	if k.s.Signal(k.now, client.Signal{Summon: true, View: around(1)}) || !k.s.Signal(k.now, sign) {
		t.Error("a viewer may show a sign, and may not call the others")
	}
	k.s.Lost()
	if k.s.Signal(k.now, sign) {
		t.Error("offline a signal is said to be told")
	}
}

func TestTheirSignals(t *testing.T) {
	var heard []client.Signal
	k := newTalk(t)
	k.s = client.NewSession(client.Config{Board: "b", Doc: k.doc, Signalled: func(s client.Signal) { heard = append(heard, s) }})
	k.s.Open(k.now)
	k.refuse("before Welcome", wire.CodeOrder, message(&wire.Signal{What: wire.SignalReaction}))
	k.welcome()
	place, view := []float64{1, 2, 0, 0}, []float64{1, 2, 3, 4}
	k.hear(&wire.Signal{Member: 2, What: wire.SignalReaction, View: place}, &wire.Joined{Member: 2})
	if len(heard) > 0 {
		t.Errorf("of a member that is not known: %+v", heard)
	}
	k.hear(
		&wire.Signal{Member: 2, What: wire.SignalReaction, View: place, Symbol: 4},
		&wire.Signal{Member: 2, What: wire.SignalReaction, View: []float64{math.NaN(), 0, 0, 0}},
		&wire.Signal{Member: 2, What: wire.SignalReaction},
		&wire.Signal{Member: 2, What: wire.SignalSummon, View: place},
		&wire.Signal{Member: 2, What: 9, View: view},
		&wire.Signal{Member: 2, What: wire.SignalSummon, View: view, Page: []wire.ID{{Replica: otherReplica, Seq: 3}}},
	)
	want := []client.Signal{
		{Member: 2, View: client.Viewport{X: 1, Y: 2}, Symbol: 4},
		{Member: 2, Summon: true, View: client.Viewport{X: 1, Y: 2, W: 3, H: 4, Page: element(3)}},
	}
	if !slices.Equal(heard, want) {
		t.Errorf("heard %+v, want %+v", heard, want)
	}
}

// A light goes with the cursor.
func TestLaser(t *testing.T) {
	k := liveTalk(t)
	k.s.Point(1, 2, false)
	k.sent()
	k.pass(time.Second)
	k.s.Laser(true)
	k.s.Laser(true)
	k.s.Point(1, 2, false)
	var cs wire.Cursors
	list := of(wire.KindCursors, k.sent())
	if len(list) != 1 || cs.Parse(list[0].body) != nil || len(cs.List) != 1 || cs.List[0] != (wire.Cursor{X: 1, Y: 2, Seq: 3, Laser: true}) {
		t.Errorf("a light is told by %d frames, %+v", len(list), cs.List)
	}
}
