package room_test

import (
	"testing"
	"testing/synctest"
	"time"

	"edgeboard/shared/board"
	"edgeboard/shared/conn"
	"edgeboard/shared/wire"
)

// withDatagrams is a transport whose datagrams have the given fates in turn.
func withDatagrams(fates ...int) func() (conn.Conn, conn.Conn) {
	return func() (conn.Conn, conn.Conn) {
		return conn.PipeDatagrams(func(n int) int {
			if len(fates) == 0 {
				return 0
			}
			return fates[n%len(fates)]
		})
	}
}

// A member that does not take what is in order gets cursors all the same, each
// one as it moves.
func TestCursorsOvertake(t *testing.T) { inHouse(t, testCursorsOvertake) }
func testCursorsOvertake(h *house) {
	a := h.enter(1)
	b := h.visitBy(withDatagrams(), 2)
	b.say(b.hello())
	b.read() // Welcome
	a.got()
	time.Sleep(time.Second)
	a.draw() // the room is stuck with it
	for i := range int32(20) {
		a.point(i)
		time.Sleep(50 * time.Millisecond)
	}
	before := len(b.frames)
	for range 20 {
		b.read()
	}
	if n := len(of(wire.KindCursors, b.frames[before:])); n < 18 {
		h.t.Errorf("%d cursors of 20 came while a message waits", n)
	}
	b.listen()
	wantSame(h.t, "in the end", a.doc, b.doc)
}

// Where a cursor comes to rest is known in the end, though every datagram was
// lost, and then nothing is sent any more.
func TestCursorsSettle(t *testing.T) { inHouse(t, testCursorsSettle) }
func testCursorsSettle(h *house) {
	a, c := h.enter(1), h.enter(3)
	b := h.enterBy(withDatagrams(conn.Lost), 2)
	b.got()
	for i := range int32(30) {
		a.point(i)
		time.Sleep(33 * time.Millisecond)
	}
	c.got()
	time.Sleep(200 * time.Millisecond)
	if at := cursors(h.t, b.got()); at[1].X != 29 || len(at) != 1 {
		h.t.Errorf("cursors are %v, want the one that moved where it rests", at)
	}
	if n := len(of(wire.KindCursors, c.got())); n > 1 {
		h.t.Errorf("over a transport that loses nothing the cursor was sent %d times more", n)
	}
	time.Sleep(time.Minute / 2)
	if n := len(b.got()); n != 0 {
		h.t.Errorf("%d frames were sent while nothing moved", n)
	}

	// One goes on moving: the other's rest does not wait for it.
	a.point(50)
	for i := range int32(20) {
		c.point(i)
		time.Sleep(30 * time.Millisecond)
	}
	if at := cursors(h.t, b.got()); at[1].X != 50 {
		h.t.Errorf("cursors are %v, want the first one where it rests", at)
	}
}

// Who comes knows where all point, though datagrams overtake Joined.
func TestCursorsOfThoseWhoWereHere(t *testing.T) { inHouse(t, testCursorsOfThoseWhoWereHere) }
func testCursorsOfThoseWhoWereHere(h *house) {
	a := h.enterBy(withDatagrams(), 1)
	a.point(7)
	time.Sleep(time.Second)
	b := h.enterBy(withDatagrams(conn.Lost), 2)
	if at := cursors(h.t, b.got()); at[1].X != 7 {
		h.t.Errorf("cursors are %v", at)
	}
	// What a member says by datagram is taken like what it says in order.
	if err := a.conn.(conn.Datagrams).SendDatagram(message(&wire.Cursors{List: []wire.Cursor{{X: 9}}})); err != nil {
		h.t.Fatal(err)
	}
	synctest.Wait()
	time.Sleep(time.Second)
	if at := cursors(h.t, b.got()); at[1].X != 9 {
		h.t.Errorf("cursors are %v", at)
	}
}

// So many cursors that no datagram holds them go in order.
func TestCursorsOfVeryMany(t *testing.T) { inHouse(t, testCursorsOfVeryMany) }
func testCursorsOfVeryMany(h *house) {
	b := h.enterBy(withDatagrams(conn.Lost), 1000)
	var all []*guest
	for r := range 200 {
		all = append(all, h.enter(board.Replica(r+1)))
	}
	time.Sleep(time.Second)
	b.got()
	for i, g := range all {
		g.point(int32(i + 1))
	}
	time.Sleep(time.Second / 30)
	if n := len(cursors(h.t, b.got())); n < 199 {
		h.t.Errorf("%d cursors of 200 came", n)
	}
}

// A large board comes in pieces between which there is room for other things.
func TestCatchUpInPieces(t *testing.T) { inHouse(t, testCatchUpInPieces) }
func testCatchUpInPieces(h *house) {
	a := h.enter(1)
	a.drawMuch(2 << 20)
	b := h.enter(2)
	wantSame(h.t, "the board", a.doc, b.doc)
	for _, n := range b.sizes {
		if n > 256<<10 {
			h.t.Errorf("a piece has %d bytes", n)
		}
	}
}

// counted returns the numbers of the frames of a kind that came by datagram.
func counted(kind wire.Kind, list []frame) (seqs []uint64) {
	for _, f := range list {
		if f.kind == kind && f.seq > 0 {
			seqs = append(seqs, f.seq)
		}
	}
	return seqs
}

// report says that of so many datagrams so many came.
func (g *guest) report(received, sent uint32) {
	g.say(&wire.Ping{Stamp: 1, Received: received, Highest: sent})
	synctest.Wait()
}

// The more datagrams a member loses the more often it is told where a cursor
// rests, at first by datagram and once in order. Others are told once.
func TestCursorCopies(t *testing.T) { inHouse(t, testCursorCopies) }
func testCursorCopies(h *house) {
	a := h.enter(1)
	well, ill := h.enterBy(withDatagrams(), 2), h.enterBy(withDatagrams(), 3)
	for i := range uint32(5) {
		well.report((i+1)*1000, (i+1)*1000)
		ill.report((i+1)*950, (i+1)*1000)
	}
	time.Sleep(time.Second)
	well.got()
	ill.got()
	a.point(7)
	time.Sleep(time.Second)
	for _, c := range []struct {
		g      *guest
		copies int
		who    string
	}{{well, 1, "that loses nothing"}, {ill, 3, "that loses a twentieth"}} {
		list := c.g.got()
		if n := len(counted(wire.KindCursors, list)); n != c.copies {
			h.t.Errorf("a member %s got %d datagrams, want %d", c.who, n, c.copies)
		}
		if n := len(of(wire.KindCursors, list)); n != c.copies+1 {
			h.t.Errorf("a member %s was told %d times, want %d", c.who, n, c.copies+1)
		}
		if at := cursors(h.t, list); at[1].X != 7 || len(at) != 1 {
			h.t.Errorf("a member %s knows cursors %v", c.who, at)
		}
	}
	time.Sleep(time.Minute / 4)
	if n := len(of(wire.KindCursors, append(well.got(), ill.got()...))); n != 0 {
		h.t.Errorf("%d frames of cursors were sent while nothing moved", n)
	}
}

// The more there are the further apart are the batches.
func TestCursorsOfManyAreFurtherApart(t *testing.T) { inHouse(t, testCursorsOfManyAreFurtherApart) }
func testCursorsOfManyAreFurtherApart(h *house) {
	a := h.enter(1)
	witness := a
	for r := range board.Replica(400) {
		witness = h.enter(r + 2)
	}
	time.Sleep(time.Second)
	witness.got()
	for i := range int32(1000) {
		a.point(i)
		time.Sleep(time.Millisecond)
	}
	if n := len(of(wire.KindCursors, witness.got())); n < 20 || n > 26 {
		h.t.Errorf("401 members were told %d times in a second, want 25", n)
	}
}

// Previews go by datagram, numbered together with cursors (W11); the end of a
// stroke, which nothing repeats, goes in order.
func TestPreviewsByDatagram(t *testing.T) { inHouse(t, testPreviewsByDatagram) }
func testPreviewsByDatagram(h *house) {
	a, b, c := h.enter(1), h.enterBy(withDatagrams(), 2), h.enter(3)
	b.got()
	c.got()
	for i := range uint32(3) {
		a.say(&wire.Preview{Stroke: 1, Offset: i, Points: make([]wire.Point, 1)})
		a.point(int32(i))
		time.Sleep(time.Second / 30)
	}
	a.say(&wire.Preview{Stroke: 1, Points: make([]wire.Point, wire.MaxPreviewPoints)}) // no datagram holds it
	a.say(&wire.Preview{Stroke: 1, Done: true})
	time.Sleep(time.Second)
	list := b.got()
	if got := parsed[wire.Preview](h.t, list); len(got) != 5 || got[0].Offset != 0 || got[2].Offset != 2 || !got[4].Done {
		h.t.Errorf("got %+v", got)
	}
	shown, moved := counted(wire.KindPreview, list), counted(wire.KindCursors, list)
	if len(shown) != 3 || len(moved) != 3 {
		h.t.Errorf("by datagram came previews %v and cursors %v, want three each", shown, moved)
	}
	seen := map[uint64]bool{}
	for _, seq := range append(shown, moved...) {
		if seq < 1 || seq > 6 || seen[seq] {
			h.t.Errorf("datagrams have numbers %v and %v", shown, moved)
		}
		seen[seq] = true
	}
	if got := parsed[wire.Preview](h.t, c.got()); len(got) != 5 {
		h.t.Errorf("over a transport without datagrams came %d previews, want 5", len(got))
	}
}
