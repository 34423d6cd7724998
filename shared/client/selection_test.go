package client_test

import (
	"bytes"
	"math"
	"slices"
	"testing"
	"time"

	"edgeboard/shared/board"
	"edgeboard/shared/client"
	"edgeboard/shared/wire"
)

// element is one of another's elements, which need not be on the board.
func element(n uint64) board.ID { return board.ID{Replica: otherReplica, Seq: n} }

// holding is a Selection of elements by their numbers.
func holding(numbers ...uint64) (sel client.Selection) {
	for _, n := range numbers {
		sel.Elements = append(sel.Elements, element(n))
	}
	return sel
}

// dragged is holding while a gesture has moved it by x.
func dragged(x float64, numbers ...uint64) client.Selection {
	sel := holding(numbers...)
	sel.By = client.Matrix{A: 1, D: 1, E: x}
	return sel
}

// wantSaid expects the only Selection among frames to say the same as another
// Session's would.
func (k *talk) wantSaid(when string, list []frame, seq uint32, want *wire.Selection) {
	k.t.Helper()
	said := of(wire.KindSelection, list)
	if len(said) != 1 {
		k.t.Errorf("%s there are %d Selections in %v, want one", when, len(said), list)
		return
	}
	want.Seq = seq
	if !bytes.Equal(said[0].body, want.Append(nil)) {
		var got wire.Selection
		err := got.Parse(said[0].body)
		k.t.Errorf("%s the client says %+v (%v), want %+v", when, got, err, want)
	}
}

func (k *talk) wantSilence(when string, list []frame) {
	k.t.Helper()
	if n := len(of(wire.KindSelection, list)); n != 0 {
		k.t.Errorf("%s the client says %d Selections", when, n)
	}
}

func TestSelect(t *testing.T) {
	k := liveTalk(t)
	sel := holding(4, 5)
	sel.Caret = client.Caret{Element: element(5), Anchor: board.Anchor{Char: element(9)}}
	k.s.Select(sel)
	sel.Elements[0] = element(77) // it is the caller's
	k.wantSaid("at once", k.sent(), 2, &wire.Selection{
		Elements: []wire.ID{{Replica: otherReplica, Seq: 4}, {Replica: otherReplica, Seq: 5}},
		Caret:    []wire.ID{{Replica: otherReplica, Seq: 5}, {Replica: otherReplica, Seq: 9}, {}},
	})
	sel.Elements[0] = element(4)
	for range 3 {
		k.pass(time.Second)
		k.s.Select(sel)
	}
	k.wantSilence("of what has not changed", k.sent())
	k.s.Select(client.Selection{})
	k.wantSaid("when nothing is selected", k.sent(), 3, &wire.Selection{})

	// More than one may tell, and then the first ones.
	k.pass(time.Second)
	var many client.Selection
	for i := range uint64(wire.MaxSelected + 50) {
		many.Elements = append(many.Elements, element(i+1))
	}
	k.s.Select(many)
	var got wire.Selection
	if list := of(wire.KindSelection, k.sent()); len(list) != 1 || got.Parse(list[0].body) != nil {
		t.Errorf("very many elements are told in %d frames", len(list))
	}
	if n := len(got.Elements); n != wire.MaxSelected || got.Elements[n-1].Seq != uint64(n) {
		t.Errorf("of very many elements %d are told, want the first %d", n, wire.MaxSelected)
	}
}

// Over a transport without datagrams what changes in every millisecond is told as
// often as screens show pictures, the first one at once and the last one in the end.
func TestSelectionsArePaced(t *testing.T) {
	k := liveTalk(t)
	said := 0
	for x := range 1000 {
		k.s.Select(dragged(float64(x), 4))
		n := len(of(wire.KindSelection, k.sent()))
		if x == 0 && n != 1 {
			t.Error("the first one has to wait")
		}
		said += n
		k.pass(time.Millisecond)
	}
	if said < 55 || said > 60 {
		t.Errorf("a thousand steps in a second were told in %d frames, want 60", said)
	}
	if !k.s.Waiting() && k.s.Deadline().Sub(k.now) > 17*time.Millisecond {
		t.Errorf("the last step waits for %v", k.s.Deadline().Sub(k.now))
	}
	// The end does not wait: the update that it goes with does not either.
	k.pass(20 * time.Millisecond)
	k.s.Select(dragged(5000, 4))
	k.sent()
	k.s.Select(holding(4))
	k.wantSaid("when the gesture ends", k.sent(), 1003, &wire.Selection{Elements: []wire.ID{{Replica: otherReplica, Seq: 4}}})
}

// A gesture goes by datagram, its end in order and behind the update that it makes.
func TestSelectionByDatagram(t *testing.T) {
	k := liveTalk(t)
	k.s.Latest(k.now) // the transport has datagrams
	k.s.Select(holding(4))
	k.wantSilence("what is selected goes by datagram:", k.datagrams(20*time.Millisecond))
	k.wantSaid("in order", k.sent(), 2, &wire.Selection{Elements: []wire.ID{{Replica: otherReplica, Seq: 4}}})

	steps := 0
	for x := range 20 {
		k.s.Select(dragged(float64(x+1), 4))
		steps += len(of(wire.KindSelection, k.datagrams(20*time.Millisecond)))
		k.wantSilence("while it moves, in order", k.sent())
	}
	if steps != 20 {
		t.Errorf("20 steps were told in %d datagrams", steps)
	}
	// The hand rests: all may have been lost.
	resting := wire.Selection{Elements: []wire.ID{{Replica: otherReplica, Seq: 4}}, By: []float64{1, 0, 0, 1, 20, 0}, Replica: ownReplica}
	k.wantSilence("while it rests, by datagram", k.datagrams(time.Second))
	k.wantSaid("when it rests", k.sent(), 22, &resting)
	k.pass(10 * time.Second)
	k.wantSilence("when it has been told", k.sent())

	k.s.Select(dragged(21, 4))
	k.draw()
	k.s.Select(holding(4))
	k.wantSilence("the end goes by datagram:", k.datagrams(20*time.Millisecond))
	k.wantKinds("at the end", k.sent(), wire.KindUpdate, wire.KindSelection)
	k.pass(10 * time.Second)
	k.wantSilence("afterwards", k.sent())

	// What does not fit into a datagram goes in order.
	large := dragged(1)
	for i := range uint64(200) {
		large.Elements = append(large.Elements, board.ID{Replica: board.Replica(1 + i*i<<30), Seq: i + 1})
	}
	k.s.Select(large)
	k.wantSilence("a large one goes by datagram:", k.datagrams(time.Millisecond))
	if n := len(of(wire.KindSelection, k.sent())); n != 1 {
		t.Errorf("a large one is told in %d frames", n)
	}
}

// Whatever was lost with a connection is said on the next one, in a role that may.
func TestSelectionIsSaidAgain(t *testing.T) {
	k := newTalk(t)
	k.s.Select(holding(4))
	k.s.Open(k.now)
	k.wantKinds("before it is welcome", k.sent(), wire.KindHello)
	k.welcome()
	k.wantSaid("when it is", k.sent(), 1, &wire.Selection{Elements: []wire.ID{{Replica: otherReplica, Seq: 4}}})
	k.pass(time.Second)
	k.s.Select(holding(5))
	k.wantSaid("of another one", k.sent(), 2, &wire.Selection{Elements: []wire.ID{{Replica: otherReplica, Seq: 5}}})

	k.s.Lost()
	k.s.Select(holding(6))
	if k.s.Waiting() || k.s.Latest(k.now) != nil {
		t.Error("something is said while offline")
	}
	k.draw()
	k.s.Open(k.now)
	k.sent()
	k.welcome()
	list := k.sent()
	k.wantKinds("on the next connection", list, wire.KindUpdate, wire.KindSelection)
	k.wantSaid("on the next connection", list, 1, &wire.Selection{Elements: []wire.ID{{Replica: otherReplica, Seq: 6}}})

	k.wantSilence("as a viewer", k.as(wire.RoleViewer))
	k.pass(time.Second)
	k.s.Select(holding(7))
	k.wantSilence("as a viewer who selects", k.sent())
	k.wantSilence("as a commenter", k.as(wire.RoleCommenter))
	k.wantSaid("as an editor", k.as(wire.RoleEditor), 1, &wire.Selection{Elements: []wire.ID{{Replica: otherReplica, Seq: 7}}})
	k.s.Select(client.Selection{})
	k.pass(time.Second)
	k.sent()
	k.wantSilence("who has nothing in hand", k.as(wire.RoleEditor))
}

// theirs is what member 2 has in hand.
func (k *talk) theirs() (sel client.Selection) {
	if m := k.s.Members()[2]; m != nil {
		sel = m.Selection
	}
	return sel
}

func (k *talk) wantTheirs(when string, told bool, want client.Selection) {
	k.t.Helper()
	got := k.theirs()
	if !slices.Equal(got.Elements, want.Elements) || got.By != want.By || got.Place != want.Place || got.Caret != want.Caret {
		k.t.Errorf("%s it has in hand %+v, want %+v", when, got, want)
	}
	if k.saw(client.SelectionsChanged) != told {
		k.t.Errorf("%s: told is %v", when, !told)
	}
}

// Selections may be lost, doubled and overtaken; the newest counts (W71).
func TestTheirSelection(t *testing.T) {
	k := liveTalk(t)
	k.events = nil
	one := wire.Selection{Member: 2, Seq: 5, Elements: []wire.ID{{Replica: otherReplica, Seq: 4}}}
	k.hear(&one)
	k.wantTheirs("a member that is not known", false, client.Selection{})
	k.hear(&wire.Joined{Member: 2}, &one)
	k.wantTheirs("what was told", true, holding(4))
	first := k.theirs().Elements

	step := one
	step.Seq, step.By = 7, []float64{1, 0, 0, 1, 30, 0}
	k.hear(&step)
	k.wantTheirs("a gesture", true, dragged(30, 4))
	overtaken := step
	overtaken.Seq, overtaken.By = 6, []float64{1, 0, 0, 1, 20, 0}
	k.hear(&overtaken, &step, &one)
	k.wantTheirs("what was overtaken or doubled", false, dragged(30, 4))
	step.Seq++
	k.hear(&step)
	k.wantTheirs("the same once more", false, dragged(30, 4))

	next := wire.Selection{
		Member: 2, Seq: 9, Elements: []wire.ID{{Replica: 3, Seq: 1}}, Place: []float64{1, 2, 3, 4, 5, 6},
		Caret: []wire.ID{{Replica: 3, Seq: 1}, {Replica: 3, Seq: 8}, {}},
	}
	k.hear(&next)
	three := board.ID{Replica: 3, Seq: 1}
	k.wantTheirs("another element", true, client.Selection{
		Elements: []board.ID{three}, Place: client.Place{X: 1, Y: 2, W: 3, H: 4, Angle: 5, Size: 6},
		Caret: client.Caret{Element: three, Anchor: board.Anchor{Char: board.ID{Replica: 3, Seq: 8}}},
	})
	if !slices.Equal(first, []board.ID{element(4)}) {
		t.Errorf("a list that was told before has become %v", first)
	}
	k.hear(&wire.Selection{Member: 2, Seq: 10})
	k.wantTheirs("nothing", true, client.Selection{})

	// It goes with its member, and with the connection.
	one.Seq = 11
	k.hear(&one)
	k.events = nil
	k.hear(&wire.Left{Member: 2})
	k.wantTheirs("a member that has left", true, client.Selection{})
	k.hear(&wire.Joined{Member: 2}, &one)
	k.wantTheirs("one that has come back", true, holding(4))
	k.hear(k.welcomeFrame())
	k.wantTheirs("one that was before another Welcome", true, client.Selection{})
	k.hear(&wire.Joined{Member: 2}, &one)
	k.events = nil
	k.s.Lost()
	k.wantTheirs("one whose connection is lost", true, client.Selection{})
}

// A gesture lies over the document as it was when it began. When the document has
// what it has made, it is not drawn over that once more; when it lacks what was
// there before it, what was shown goes on.
func TestTheirGestureEnds(t *testing.T) {
	k := liveTalk(t)
	other := board.New(otherReplica)
	var updates [][]byte
	for range 3 {
		updates = append(updates, stroke(other, 3))
	}
	made := func(n int) uint64 { return uint64(n) * other.Seq(otherReplica) / 3 }
	k.hear(&wire.Joined{Member: 2}, &wire.Update{Data: updates[0]})
	k.events = nil
	gesture := func(seq uint32, x float64, base uint64) *wire.Selection {
		return &wire.Selection{
			Member: 2, Seq: seq, Elements: []wire.ID{{Replica: otherReplica, Seq: 4}}, By: []float64{1, 0, 0, 1, x, 0}, Replica: otherReplica, Base: base,
		}
	}
	k.hear(gesture(1, 30, made(1)))
	k.wantTheirs("a gesture", true, dragged(30, 4))
	k.hear(gesture(2, 5, made(2)))
	k.wantTheirs("the next one, before the end of the first", false, dragged(30, 4))
	k.hear(&wire.Update{Data: updates[1]})
	k.wantTheirs("the next one, when the first has ended", true, dragged(5, 4))
	k.hear(&wire.Update{Data: updates[2]})
	k.wantTheirs("what has ended", true, holding(4))
	k.hear(gesture(3, 6, made(2)))
	k.wantTheirs("a step of it that was overtaken", false, holding(4))
	k.hear(gesture(4, 7, made(9)), &wire.Left{Member: 2})
	k.events = nil
	k.hear(&wire.Update{Data: stroke(other, 3)})
	k.wantTheirs("who has left", false, client.Selection{})
}

// What another says is bounded, or taken for nothing (R9).
func TestTheirSelectionIsHostile(t *testing.T) {
	k := liveTalk(t)
	k.hear(&wire.Joined{Member: 2})
	for i, by := range [][]float64{
		{math.NaN(), 0, 0, 1, 0, 0},
		{1, 0, 0, 1, math.Inf(1), 0},
		{1, 0, 0, 1, 0, -1e300},
	} {
		s := wire.Selection{
			Member: 2, Seq: uint32(i + 1), By: by, Place: by,
			Elements: []wire.ID{{}, {Replica: 1 << 53, Seq: 1}, {Replica: otherReplica, Seq: uint64(i + 1)}, {Replica: 1}},
			Caret:    []wire.ID{{Replica: 1 << 53, Seq: 1}, {}, {}},
		}
		k.events = nil
		k.hear(&s)
		k.wantTheirs("what is sound of it", true, holding(uint64(i+1)))
	}
	k.refuse("a part that is not whole", wire.CodeBadFrame, message(&wire.Selection{Member: 2, By: []float64{1}}))
}
