package client_test

import (
	"slices"
	"testing"
	"time"

	"edgeboard/shared/board"
	"edgeboard/shared/client"
	"edgeboard/shared/wire"
)

// counted tells the Session that the relay got so many of so many datagrams.
func (k *talk) counted(received, highest uint32) {
	k.t.Helper()
	k.answer(40*time.Millisecond, wire.Pong{Received: received, Highest: highest})
}

// datagrams takes what the Session sends by datagram in a while, as a Link would:
// whenever it says that something is due.
func (k *talk) datagrams(while time.Duration) (list []frame) {
	k.t.Helper()
	end := k.now.Add(while)
	for !k.now.After(end) {
		if msg := k.s.Latest(k.now); msg != nil {
			list = append(list, frames(k.t, msg)...)
		}
		k.hear(&wire.Left{Member: 999}) // the relay is there
		wait := min(k.s.Deadline().Sub(k.now), end.Sub(k.now)+1)
		k.pass(max(wait, time.Millisecond))
	}
	return list
}

// A cursor is sent no more often than screens show pictures, the first one at
// once and the last one in the end.
func TestCursorsArePaced(t *testing.T) {
	k := liveTalk(t)
	sent, x := 0, int32(0)
	begin := k.now
	for ; k.now.Sub(begin) < time.Second; k.pass(time.Millisecond) {
		x++
		k.s.Point(x, 0, false)
		n := len(of(wire.KindCursors, k.sent()))
		if x == 1 && n != 1 {
			t.Error("the first move has to wait")
		}
		sent += n
	}
	if sent < 55 || sent > 60 {
		t.Errorf("a thousand moves in a second were sent as %d cursors, want 60", sent)
	}
	if k.s.Waiting() {
		k.sent()
	} else if at := k.s.Deadline(); at.Sub(k.now) > 17*time.Millisecond {
		t.Errorf("the last move waits for %v", at.Sub(k.now))
	}
}

// of returns the frames of a kind.
func of(kind wire.Kind, list []frame) (some []frame) {
	for _, f := range list {
		if f.kind == kind {
			some = append(some, f)
		}
	}
	return some
}

// The more is lost the more often the last place is said; on a clean path once.
func TestCursorCopies(t *testing.T) {
	for _, c := range []struct {
		received uint32 // of 1000
		copies   int
	}{{1000, 1}, {980, 2}, {950, 3}, {700, 4}} {
		k := liveTalk(t)
		k.s.Latest(k.now)          // the transport has datagrams
		for i := range uint32(5) { // what was seen first wears off
			k.counted((i+1)*c.received, (i+1)*1000)
		}
		k.pass(time.Second)
		k.sent()
		k.s.Point(5, 6, false)
		list := of(wire.KindCursors, k.datagrams(90*time.Millisecond))
		if len(list) != c.copies {
			t.Errorf("with %d of 1000 received, %+v, the last cursor is sent %d times, want %d", c.received, k.s.Path(), len(list), c.copies)
		}
		for _, f := range list {
			var m wire.Cursors
			if err := m.Parse(f.body); err != nil || m.List[0].X != 5 || m.List[0].Seq != 2 {
				t.Errorf("a copy is %+v, %v", m.List, err)
			}
		}
		k.pass(20 * time.Millisecond)
		if n := len(of(wire.KindCursors, k.sent())); n != 1 {
			t.Errorf("it was sent %d times in order, want once", n)
		}
		if k.s.Latest(k.now) != nil {
			t.Error("what was said in order is said again")
		}
	}
}

// lossy is a talk over a path of whose datagrams a fifth is lost.
func lossy(t *testing.T) *talk {
	k := liveTalk(t)
	k.s.Latest(k.now) // the transport has datagrams
	k.counted(400, 500)
	k.pass(time.Second)
	k.sent()
	return k
}

// pen draws n more points of a stroke.
func (k *talk) pen(id board.ID, n int) board.ID {
	e := k.doc.Edit()
	if id == (board.ID{}) {
		id = e.Create(board.KindStroke)
		e.Set(id, board.KeyColor, board.Int(0xe03131))
		e.Set(id, board.KeyThickness, board.Float(2.5))
	}
	had := int32(0)
	if el := k.doc.Element(id); el != nil {
		had = int32(el.NumPoints())
	}
	for i := range int32(n) {
		e.Append(id, board.Point{X: 10 * (had + i), Y: -(had + i), Pressure: 128})
	}
	k.s.Commit(e.Commit())
	k.s.Draw(id)
	return id
}

func previewsOf(t *testing.T, list []frame) (ps []wire.Preview) {
	t.Helper()
	for _, f := range of(wire.KindPreview, list) {
		var p wire.Preview
		if err := p.Parse(f.body); err != nil {
			t.Fatal(err)
		}
		ps = append(ps, p)
	}
	return ps
}

// On a path that loses nothing, with a relay that stores at once, a stroke is
// not shown before it is stored: nothing is sent twice.
func TestNoPreviewsOnGoodPath(t *testing.T) {
	k := liveTalk(t)
	k.s.Latest(k.now)
	k.counted(500, 500)
	id := board.ID{}
	for range 10 {
		id = k.pen(id, 3)
		if ps := previewsOf(t, k.datagrams(20*time.Millisecond)); len(ps) > 0 {
			t.Fatalf("previews were sent: %+v", ps)
		}
		k.pass(20 * time.Millisecond)
		list := k.sent()
		if ps := previewsOf(t, list); len(ps) > 0 {
			t.Fatalf("previews were sent in order: %+v", ps)
		}
		k.store(list)
		k.ack()
	}
}

// W41 to W43: the points of a stroke are each in several Previews, and at the
// end, when all is stored, it is said that the stroke is shown no longer.
func TestPreviews(t *testing.T) {
	k := lossy(t)
	var id board.ID
	seen := map[uint32]int{}
	var number uint32
	for range 10 {
		id = k.pen(id, 3)
		for _, p := range previewsOf(t, k.datagrams(20*time.Millisecond)) {
			if number == 0 {
				number = p.Stroke
			}
			if p.Stroke != number || number == 0 || p.Color != 0xe03131 || p.Thickness != 20 || p.Done || p.Member != 0 {
				t.Fatalf("a preview is %+v", p)
			}
			for i, at := range p.Points {
				if n := int32(p.Offset) + int32(i); at != (wire.Point{X: 10 * n, Y: -n}) {
					t.Fatalf("point %d is shown at %+v", n, at)
				}
				seen[p.Offset+uint32(i)]++
			}
		}
	}
	if len(seen) != 30 {
		t.Errorf("%d points were shown, want 30", len(seen))
	}
	for i := range uint32(20) {
		if seen[i] < 3 {
			t.Errorf("point %d was shown %d times", i, seen[i])
		}
	}
	// The pen rests: what may have been lost is shown again, but not all the time.
	if ps := previewsOf(t, k.datagrams(10*time.Second)); len(ps) < 3 || len(ps) > 4 || ps[0].Offset+uint32(len(ps[0].Points)) != 30 {
		t.Errorf("in ten seconds of rest there were %d previews: %+v", len(ps), ps)
	}
	k.s.Drawn()
	list := k.sent()
	if ps := previewsOf(t, list); len(ps) > 0 {
		t.Errorf("before it is stored it is said: %+v", ps)
	}
	k.store(list)
	k.ack()
	list = k.sent()
	if ps := previewsOf(t, list); len(ps) != 1 || !ps[0].Done || ps[0].Stroke != number {
		t.Errorf("when it is stored it is said: %+v, want that it is done", ps)
	}
	if ps := previewsOf(t, k.datagrams(10*time.Second)); len(ps) > 0 {
		t.Errorf("afterwards it is shown again: %+v", ps)
	}
	// The next stroke has another number.
	k.pen(board.ID{}, 3)
	if ps := previewsOf(t, k.datagrams(20*time.Millisecond)); len(ps) == 0 || ps[0].Stroke == number || ps[0].Offset != 0 {
		t.Errorf("of the next stroke: %+v", ps)
	}
}

// Strokes that follow each other before the first is stored all end.
func TestPreviewsOfQuickStrokes(t *testing.T) {
	k := lossy(t)
	shown := map[uint32]bool{}
	for range 5 {
		k.pen(board.ID{}, 3)
		for _, p := range previewsOf(t, k.datagrams(20*time.Millisecond)) {
			shown[p.Stroke] = true
		}
		k.s.Drawn()
	}
	list := k.sent()
	if ps := previewsOf(t, list); len(ps) > 0 || len(shown) != 5 {
		t.Errorf("%d strokes are shown, want 5; in order was sent %+v", len(shown), ps)
	}
	k.store(list)
	k.ack()
	for _, p := range previewsOf(t, k.sent()) {
		if !p.Done || !shown[p.Stroke] {
			t.Errorf("when all are stored it is said: %+v", p)
		}
		delete(shown, p.Stroke)
	}
	if len(shown) > 0 {
		t.Errorf("strokes %v are shown for ever", shown)
	}
}

// With a relay that takes long to store, strokes are shown meanwhile, also over
// a transport without datagrams.
func TestPreviewsWhileStoring(t *testing.T) {
	k := liveTalk(t)
	k.answer(10*time.Millisecond, wire.Pong{})
	for range 20 {
		k.draw()
		k.store(k.sent())
		k.pass(300 * time.Millisecond)
		k.ack()
	}
	if got := k.s.Path().Store; got < 200*time.Millisecond || got > 300*time.Millisecond {
		t.Errorf("to store takes %v, want 290 ms", got)
	}
	k.sent()
	k.pen(board.ID{}, 3)
	k.pass(20 * time.Millisecond)
	if ps := previewsOf(t, k.sent()); len(ps) != 1 || len(ps[0].Points) != 3 {
		t.Errorf("it is shown %+v", ps)
	}
}

// A stroke that somebody deletes under the pen, a pen that goes on to another
// stroke without a word, a loss of the connection: nothing wrong is said.
func TestPreviewsInterrupted(t *testing.T) {
	k := lossy(t)
	id := k.pen(board.ID{}, 3)
	k.datagrams(20 * time.Millisecond)
	e := k.doc.Edit()
	e.Set(id, board.KeyDeleted, board.Int(1))
	k.s.Commit(e.Commit())
	k.s.Draw(id)
	if ps := previewsOf(t, k.datagrams(5*time.Second)); len(ps) > 0 {
		t.Errorf("a deleted stroke is shown: %+v", ps)
	}
	next := k.pen(board.ID{}, 3)
	if ps := previewsOf(t, k.datagrams(20*time.Millisecond)); len(ps) == 0 {
		t.Error("the next one is not shown")
	}
	k.s.Lost()
	k.s.Draw(next)
	if msg := k.s.Latest(k.now); msg != nil || k.s.Waiting() {
		t.Error("something is said while offline")
	}
	k.s.Open(k.now)
	k.s.Draw(next)
	k.welcome()
	k.s.Drawn()
	k.store(k.sent())
	k.ack()
	if ps := previewsOf(t, append(k.sent(), k.datagrams(5*time.Second)...)); len(ps) > 0 {
		t.Errorf("on the next connection, which lost nothing yet: %+v", ps)
	}
}

// A long stroke goes in frames that fit into datagrams.
func TestPreviewsFitIntoDatagrams(t *testing.T) {
	k := lossy(t)
	e := k.doc.Edit()
	id := e.Create(board.KindStroke)
	for i := range 2000 {
		e.Append(id, board.Point{X: int32(i%2) << 29, Y: -int32(i%2) << 29})
	}
	k.s.Commit(e.Commit())
	k.s.Draw(id)
	k.s.Point(1<<29, -1<<29, false)
	msg := k.s.Latest(k.now)
	if ps := previewsOf(t, frames(t, msg)); len(ps) != 1 || len(ps[0].Points) == 0 {
		t.Fatalf("it is shown as %+v", ps)
	}
	if len(msg) > 1100 {
		t.Errorf("a datagram has %d bytes", len(msg))
	}
}

// sketches lists what the Session shows of others' strokes.
func (k *talk) sketches() (list []client.Sketch) {
	for s := range k.s.Sketches() {
		s.Points = slices.Clone(s.Points)
		list = append(list, s)
	}
	return list
}

func points(from, to int32) (list []wire.Point) {
	for i := from; i < to; i++ {
		list = append(list, wire.Point{X: i, Y: 2 * i})
	}
	return list
}

func (k *talk) wantSketch(when string, want ...wire.Point) {
	k.t.Helper()
	list := k.sketches()
	if len(want) == 0 {
		if len(list) != 0 {
			k.t.Errorf("%s the others draw %+v, want nothing", when, list)
		}
		return
	}
	if len(list) != 1 || list[0].Member != 2 || list[0].Color != 0x123456 || list[0].Thickness != 2.5 {
		k.t.Errorf("%s the others draw %+v", when, list)
	} else if !slices.Equal(list[0].Points, want) {
		k.t.Errorf("%s the stroke is %v, want %v", when, list[0].Points, want)
	}
}

// Previews may be lost, doubled and overtaken (W42).
func TestSketches(t *testing.T) {
	k := liveTalk(t)
	show := func(from, to int32) {
		t.Helper()
		k.hear(&wire.Preview{Member: 2, Stroke: 5, Offset: uint32(from), Points: points(from, to), Color: 0x123456, Thickness: 20})
	}
	show(0, 3)
	k.wantSketch("of a member that is not known")
	k.hear(&wire.Joined{Member: 2})
	k.events = nil
	show(3, 6)
	k.wantSketch("after the second part", points(3, 6)...)
	if !k.saw(client.SketchesChanged) {
		t.Error("nobody was told")
	}
	show(9, 12)
	k.wantSketch("across a gap", append(points(3, 6), points(9, 12)...)...)
	show(5, 10)
	show(0, 4)
	k.wantSketch("when it was filled", points(0, 12)...)
	show(0, 12)
	k.wantSketch("said twice", points(0, 12)...)

	k.events = nil
	k.hear(&wire.Preview{Member: 2, Stroke: 5, Done: true})
	k.wantSketch("when it is stored")
	if !k.saw(client.SketchesChanged) {
		t.Error("nobody was told that it is done")
	}
	show(10, 14)
	k.wantSketch("when something was overtaken by its end")

	// The end may be lost.
	k.hear(&wire.Preview{Member: 2, Stroke: 6, Points: points(0, 3), Color: 0x123456, Thickness: 20})
	k.wantSketch("of the next stroke", points(0, 3)...)
	k.pass(9 * time.Second)
	k.hear(&wire.Preview{Member: 2, Stroke: 6, Offset: 2, Points: points(2, 4), Color: 0x123456, Thickness: 20})
	k.pass(9 * time.Second)
	k.wantSketch("of one that was heard again", points(0, 4)...)
	k.events = nil
	k.pass(time.Second)
	k.wantSketch("after ten seconds of silence")
	if !k.saw(client.SketchesChanged) {
		t.Error("nobody was told that it is forgotten")
	}

	// A relay that welcomes again tells anew who is here.
	k.hear(&wire.Preview{Member: 2, Stroke: 7, Points: points(0, 3), Color: 0x123456, Thickness: 20})
	k.events = nil
	k.welcome()
	k.wantSketch("after another Welcome")
	if !k.saw(client.SketchesChanged) {
		t.Error("nobody was told that all has begun anew")
	}

	k.hear(&wire.Joined{Member: 2})
	k.hear(&wire.Preview{Member: 2, Stroke: 8, Points: points(0, 3), Color: 0x123456, Thickness: 20})
	k.wantSketch("of one that is here again", points(0, 3)...)
	k.events = nil
	k.hear(&wire.Left{Member: 2})
	k.wantSketch("when the member has left")
	if !k.saw(client.SketchesChanged) {
		t.Error("nobody was told that it has left")
	}
}

// What a hostile member shows is bounded.
func TestSketchesAreBounded(t *testing.T) {
	k := liveTalk(t)
	k.hear(&wire.Joined{Member: 2}, &wire.Joined{Member: 3})
	for i := range uint32(1000) {
		k.hear(&wire.Preview{Member: 2, Stroke: i, Points: points(0, 2)})
		k.hear(&wire.Preview{Member: 3, Stroke: 1, Offset: ^uint32(0) - i*7, Points: points(0, 20)})
		k.hear(&wire.Preview{Member: 3, Stroke: 1, Offset: i * 1000, Points: points(0, wire.MaxPreviewPoints)})
	}
	list := k.sketches()
	if len(list) != 17 {
		t.Errorf("%d strokes are kept, want 16 and 1", len(list))
	}
	for _, s := range list {
		if len(s.Points) > board.MaxPoints {
			t.Errorf("a stroke of %d points", len(s.Points))
		}
	}
}
