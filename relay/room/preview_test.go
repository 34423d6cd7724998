package room_test

import (
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"edgeboard/relay/room"
	"edgeboard/shared/wire"
)

func TestW41Preview(t *testing.T) { inHouse(t, testW41Preview) }
func testW41Preview(h *house) {
	a, b, c := h.enter(1), h.enter(2), h.enter(3)
	a.got()
	p := wire.Preview{
		Member: 77, Stroke: 5, Offset: 10, Points: []wire.Point{{X: 1, Y: 2}, {X: -300, Y: 9000}}, Color: 0xe03131, Thickness: 16,
	}
	a.say(&p)
	a.say(&wire.Preview{Stroke: 5, Offset: 12, Done: true})
	for _, g := range []*guest{b, c} {
		got := parsed[wire.Preview](h.t, g.got())
		if len(got) != 2 {
			h.t.Fatalf("%d previews, want both: %+v", len(got), got)
		}
		if first := got[0]; first.Member != 1 || first.Stroke != 5 || first.Offset != 10 || !slices.Equal(first.Points, p.Points) ||
			first.Color != p.Color || first.Thickness != p.Thickness || first.Done {
			h.t.Errorf("got %+v, want what was sent, with the member's own number", first)
		}
		if last := got[1]; last.Member != 1 || last.Offset != 12 || !last.Done {
			h.t.Errorf("got %+v, want the last one", last)
		}
	}
	a.wantKinds("of its own previews")
	// Nothing of it is kept.
	late := h.enter(4)
	if got := parsed[wire.Preview](h.t, late.got()); len(got) != 0 {
		h.t.Errorf("who comes later gets %+v", got)
	}
	if v := h.stored("b").Vector(); len(v) != 0 {
		h.t.Errorf("the store has %v", v)
	}
}

// What a client draws before it is welcomed comes after it is known to others.
func TestW41PreviewBeforeWelcome(t *testing.T) { inHouse(t, testW41PreviewBeforeWelcome) }
func testW41PreviewBeforeWelcome(h *house) {
	a, b := h.enter(1), h.visit(2)
	a.got()
	h.store.Hold()
	a.draw() // b's Welcome waits for it to be stored
	b.say(b.hello())
	b.listen()
	b.say(&wire.Preview{Stroke: 1, Points: make([]wire.Point, 3)})
	h.store.Release()
	b.wantStays("after a preview before Welcome (W18)")
	list := a.wantKinds("of one that draws at once", wire.KindAck, wire.KindJoined, wire.KindPreview)
	if got := parsed[wire.Preview](h.t, list); len(got) == 1 && got[0].Member != 2 {
		h.t.Errorf("the others got %+v", got)
	}
}

// A member that reads slowly loses previews, and nothing else.
func TestW41PreviewForSlowReader(t *testing.T) { inHouse(t, testW41PreviewForSlowReader) }
func testW41PreviewForSlowReader(h *house) {
	a := h.enter(1)
	b := h.visit(2)
	b.say(b.hello())
	b.read()
	c := h.enter(3)
	a.point(1)
	time.Sleep(time.Second) // now the writer is busy, and all that comes waits
	big := wire.Preview{Stroke: 1, Points: make([]wire.Point, wire.MaxPreviewPoints)}
	for i := range 100 {
		big.Offset = uint32(i)
		a.say(&big)
	}
	a.draw()
	if n := len(parsed[wire.Preview](h.t, c.got())); n != 100 {
		h.t.Errorf("one that reads got %d of 100 previews", n)
	}
	b.listen()
	got := parsed[wire.Preview](h.t, b.got())
	if n := len(got); n < 10 || n > 40 {
		h.t.Errorf("%d previews had waited, want those that fit into 64 KiB and those on their way", n)
	}
	wantSame(h.t, "in the end", a.doc, b.doc, c.doc)
	a.say(&wire.Preview{Stroke: 2})
	if n := len(parsed[wire.Preview](h.t, b.got())); n != 1 {
		h.t.Error("a preview is lost now that it reads")
	}
	if n, want := h.metrics.dropped[room.PolicyDrop], 100-len(got); n != want {
		h.t.Errorf("%d previews count as dropped, want %d", n, want)
	}
}

func TestW46RefreshIsTaken(t *testing.T) { inHouse(t, testW46RefreshIsTaken) }
func testW46RefreshIsTaken(h *house) {
	a := h.enter(1)
	a.got()
	a.say(&wire.Refresh{Token: "a.b-c"})
	a.wantKinds("of a new token, which this relay does not ask for")
	a.wantStays("after a Refresh")
}

// W44: the relay says what has come to it, whatever the order.
func TestW44PongTellsWhatCame(t *testing.T) { inHouse(t, testW44PongTellsWhatCame) }
func testW44PongTellsWhatCame(h *house) {
	a := h.enter(1)
	a.got()
	var msg []byte
	for _, seq := range []uint64{1, 4, 3, 4} { // 2 is lost, 3 was overtaken, 4 came twice
		msg = wire.AppendTimedFrame(msg, seq, 1000, &wire.Cursors{List: []wire.Cursor{{X: 1, Seq: uint32(seq)}}})
	}
	msg = wire.AppendTimedFrame(msg, 5, 1001, &wire.Preview{Stroke: 1})
	msg = wire.AppendFrame(msg, 900, &wire.Profile{}) // is not counted
	a.sayRaw(msg)
	a.say(&wire.Ping{Stamp: 7})
	var p wire.Pong
	pongs := of(wire.KindPong, a.got())
	if len(pongs) != 1 || p.Parse(pongs[0]) != nil {
		h.t.Fatalf("%d Pongs for a Ping", len(pongs))
	}
	if want := (wire.Pong{Stamp: 7, Time: uint64(time.Now().UnixMilli()), Received: 5, Highest: 5}); p != want {
		h.t.Errorf("Pong is %+v, want %+v", p, want)
	}
}

func TestW39CursorsThatWereOvertaken(t *testing.T) { inHouse(t, testW39CursorsThatWereOvertaken) }
func testW39CursorsThatWereOvertaken(h *house) {
	a, b := h.enter(1), h.enter(2)
	b.got()
	point := func(x int32, seq uint32) {
		a.say(&wire.Cursors{List: []wire.Cursor{{X: x, Seq: seq}}})
		time.Sleep(time.Second)
		synctest.Wait()
	}
	point(1, 1)
	point(3, 3)
	if at := cursors(h.t, b.got()); at[1] != (wire.Cursor{Member: 1, X: 3, Seq: 3}) {
		h.t.Errorf("cursor is %+v, want the newest with its number", at[1])
	}
	point(2, 2)
	point(33, 3)
	if n := len(of(wire.KindCursors, b.got())); n != 0 {
		h.t.Errorf("%d frames tell of a cursor that was overtaken, or doubled", n)
	}
	point(4, 0)
	if at := cursors(h.t, b.got()); at[1].X != 4 {
		h.t.Errorf("cursor is %+v, want the one that is not counted", at[1])
	}
}
