package room_test

import (
	"testing"
	"testing/synctest"
	"time"

	"edgeboard/shared/board"
	"edgeboard/shared/wire"
)

func (g *guest) point(x int32) {
	g.t.Helper()
	g.say(&wire.Cursors{List: []wire.Cursor{{Member: 77, X: -1}, {Member: 77, X: x, Y: 2 * x}}})
}

// cursors returns where members point after the given frames.
func cursors(t *testing.T, list []frame) map[uint32]wire.Cursor {
	t.Helper()
	at := map[uint32]wire.Cursor{}
	for _, cs := range parsed[wire.Cursors](t, list) {
		for _, c := range cs.List {
			at[c.Member] = c
		}
	}
	return at
}

func TestCursors(t *testing.T) { inHouse(t, testCursors) }
func testCursors(h *house) { // R3, W26
	a, b := h.enter(1), h.enter(2)
	b.got()
	time.Sleep(time.Minute / 2)
	a.point(5)
	at := cursors(h.t, b.got())
	if at[1] != (wire.Cursor{Member: 1, X: 5, Y: 10}) || len(at) != 1 {
		h.t.Errorf("after a pause a move is told at once, the last one of a frame and with the member's own number: got %v", at)
	}
	b.mu.Lock()
	before := len(b.sizes)
	b.mu.Unlock()
	for i := range int32(1000) {
		a.point(i)
		time.Sleep(time.Millisecond)
	}
	time.Sleep(50 * time.Millisecond)
	if at := cursors(h.t, b.got()); at[1].X != 999 {
		h.t.Errorf("the last move has not arrived: %v", at)
	}
	n := len(b.sizes) - before
	if n > 63 || n < 55 {
		h.t.Errorf("%d batches in a second, want 60", n)
	}
	a.wantStays("after many moves")
}

func TestCursorsOfManyAreOneFrame(t *testing.T) { inHouse(t, testCursorsOfManyAreOneFrame) }
func testCursorsOfManyAreOneFrame(h *house) {
	witness := h.enter(100)
	var all []*guest
	for r := range board.Replica(20) {
		all = append(all, h.enter(r+1))
	}
	time.Sleep(time.Second)
	all[0].point(0) // the first one is told at once
	witness.got()
	for i, g := range all {
		g.point(int32(i + 100))
	}
	time.Sleep(time.Second / 25)
	list := witness.got()
	if n, at := len(of(wire.KindCursors, list)), cursors(h.t, list); n != 1 || len(at) != 20 {
		h.t.Errorf("20 cursors came in %d frames and are %d, want one frame", n, len(at))
	}
}

// A member that reads slowly gets no queue of cursors, and the newest of all.
func TestCursorsForSlowReader(t *testing.T) { inHouse(t, testCursorsForSlowReader) }
func testCursorsForSlowReader(h *house) {
	a, c := h.enter(1), h.enter(3)
	b := h.visit(2)
	b.say(b.hello())
	b.read()
	a.point(1)
	c.point(2)
	time.Sleep(time.Second)
	for i := range int32(200) {
		a.point(i)
		time.Sleep(10 * time.Millisecond)
	}
	// c has moved long before: its cursor is in the newest frame all the same.
	b.listen()
	list := b.got()
	if at := cursors(h.t, list); at[1].X != 199 || at[2].X != 2 {
		h.t.Errorf("cursors are %v, want 199 and 2", at)
	}
	if n := len(of(wire.KindCursors, list)); n > 4 {
		h.t.Errorf("%d frames of cursors waited, want the newest", n)
	}
}

func TestCursorOfLaterVisitor(t *testing.T) { inHouse(t, testCursorOfLaterVisitor) }
func testCursorOfLaterVisitor(h *house) {
	a := h.enter(1)
	a.point(7)
	b := h.enter(2)
	if at := cursors(h.t, b.got()); len(at) != 1 || at[1].X != 7 {
		h.t.Errorf("cursors are %v, want the one of who is here, and none of its own", at)
	}
	a.say(&wire.Cursors{List: []wire.Cursor{{Hidden: true}}})
	time.Sleep(time.Second)
	if at := cursors(h.t, b.got()); !at[1].Hidden {
		h.t.Errorf("cursors are %v, want a hidden one", at)
	}
	a.point(8)
	a.leave()
	synctest.Wait()
	time.Sleep(time.Second)
	list := b.got()
	if n := len(of(wire.KindLeft, list)); n != 1 {
		h.t.Errorf("%d frames say Left", n)
	}
	// After Left no cursor of it comes.
	left := false
	for _, f := range list {
		left = left || f.kind == wire.KindLeft
		if at := cursors(h.t, []frame{f}); left && f.kind == wire.KindCursors && at[1] != (wire.Cursor{}) {
			h.t.Errorf("a cursor of a member that has left: %v", at)
		}
	}
}
