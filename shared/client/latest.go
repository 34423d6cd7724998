package client

import (
	"slices"
	"time"

	"edgeboard/shared/board"
	"edgeboard/shared/pace"
	"edgeboard/shared/wire"
)

// settleAfter is how long a cursor that was sent by datagram stays where it is
// before it is sent again in order: all its copies may have been lost.
const settleAfter = 100 * time.Millisecond

// latest is what a Session says of which the newest alone counts (R3): where
// this person points, what it has in hand, what it sees, and the stroke that it draws.
// How often it is sent, and how many times, the path decides (package pace).
type latest struct {
	cursor   wire.Cursor
	moved    bool      // cursor was not sent
	copies   int       // of cursor that are still to be sent by datagram
	settleAt time.Time // when to send cursor in order after datagrams; zero: it needs none
	next     time.Time // nothing of this is sent before

	hand    hand
	gaze    gaze
	sketch  sketch
	closing []closing // strokes before it that are shown, and not all stored
}

// closing is a stroke that is shown until own operations up to one are stored.
type closing struct {
	number uint32
	seq    uint64
}

// telling is how much was said of something that is sent as a whole each time.
type telling struct {
	seq      uint32    // of the newest
	waits    bool      // the newest was not said
	inOrder  bool      // it is to be said in order, and not by datagram
	settleAt time.Time // when to say in order what a datagram has said; zero: never
	next     time.Time // no step of it is sent before
}

// settle has said in order what a datagram has said, if it is time.
func (t *telling) settle(now time.Time) {
	if !t.settleAt.IsZero() && !now.Before(t.settleAt) {
		t.waits, t.inOrder, t.settleAt = true, true, time.Time{}
	}
}

// maxLatest is how many bytes go into one datagram.
const maxLatest = 1100

// tellByDatagram appends the newest to a datagram. What does not fit goes in order.
func (s *Session) tellByDatagram(msg []byte, now time.Time, t *telling, newest wire.Message) []byte {
	n := len(msg)
	msg = wire.AppendTimedFrame(msg, s.path.sent+1, uint32(now.UnixMilli()), newest)
	if len(msg) > maxLatest {
		t.inOrder = true
		return msg[:n:n]
	}
	s.path.sent++
	s.heart.speak()
	s.heart.counted = true
	t.waits, t.settleAt, t.next = false, now.Add(settleAfter), now.Add(s.path.trip.Interval())
	return msg
}

// tellInOrder appends the newest to what goes in order.
func (s *Session) tellInOrder(t *telling, newest wire.Message) {
	t.waits, t.inOrder, t.settleAt, t.next = false, false, time.Time{}, s.now.Add(s.path.trip.Interval())
	s.heart.speak()
	s.out = wire.AppendFrame(s.out, 0, newest)
}

// due reports whether something may be sent now.
func (l *latest) due(now time.Time) bool {
	return (l.moved || l.copies > 0 || l.sketch.waits) && !now.Before(l.next)
}

// deadline is when something becomes due, the zero time if nothing does. What is
// due already waits for the transport, not for the time.
func (l *latest) deadline(now time.Time) time.Time {
	at := l.settleAt
	if (l.moved || l.copies > 0 || l.sketch.waits) && now.Before(l.next) {
		at = earlier(at, l.next)
	}
	return earlier(earlier(at, l.sketch.again), l.hand.deadline(now))
}

// earlier returns the earlier of two times, of which the zero one is none.
func earlier(a, b time.Time) time.Time {
	if a.IsZero() || !b.IsZero() && b.Before(a) {
		return b
	}
	return a
}

// open begins with a new connection: nothing was said on it.
func (l *latest) open() {
	l.cursor.Seq = 1
	l.lost()
	l.moved = !l.cursor.Hidden
}

// lost forgets what was to be said on a connection.
func (l *latest) lost() {
	l.moved, l.copies, l.settleAt, l.next = false, 0, time.Time{}, time.Time{}
	k := &l.sketch
	k.shown, k.waits, k.again = false, false, time.Time{}
	l.closing = nil
	l.hand.open()
	l.gaze.open()
}

// Point moves this person's cursor: x and y are eighths of a board unit.
func (s *Session) Point(x, y int32, hidden bool) {
	next := s.latest.cursor
	next.X, next.Y, next.Hidden = x, y, hidden
	s.pointTo(next)
}

// Laser says whether this person points with a light, of which the others see the
// trail.
func (s *Session) Laser(on bool) {
	next := s.latest.cursor
	next.Laser = on
	s.pointTo(next)
}

func (s *Session) pointTo(next wire.Cursor) {
	l := &s.latest
	if next == l.cursor {
		return
	}
	next.Seq++
	l.cursor, l.moved = next, s.phase != Offline && !s.mute
}

// Latest returns a message of which the newest alone counts, for transports that
// have datagrams, nil if there is none or it is not time for it. It may be lost:
// it is sent again as often as the path's loss makes advisable, and what it says
// last is sent in order when nothing newer has come.
func (s *Session) Latest(now time.Time) []byte {
	s.now, s.byDatagram = now, true
	// A datagram may overtake Hello, which must be first (W12).
	if s.phase != Live {
		return nil
	}
	return s.latestViewport(s.latestSelection(s.latestCursor(now), now), now)
}

// latestCursor returns a datagram with the cursor and points of a stroke, if they
// are due.
func (s *Session) latestCursor(now time.Time) []byte {
	l := &s.latest
	if !l.due(now) {
		return nil
	}
	l.next = now.Add(s.path.trip.Interval())
	s.heart.speak()
	s.heart.counted = true
	var msg []byte
	if l.sketch.waits {
		if p := l.sketch.take(s.cfg.Doc, now, max(2, s.path.up.Copies())); p != nil {
			s.path.sent++
			msg = wire.AppendTimedFrame(nil, s.path.sent, uint32(now.UnixMilli()), p)
		}
	}
	if !l.moved && l.copies == 0 {
		return msg
	}
	if l.moved {
		l.moved, l.copies = false, s.path.up.Copies()
		l.settleAt = now.Add(settleAfter)
	}
	l.copies--
	s.cursors.List = append(s.cursors.List[:0], l.cursor)
	s.path.sent++
	return wire.AppendTimedFrame(msg, s.path.sent, uint32(now.UnixMilli()), &s.cursors)
}

// appendLatest appends what is due, for a transport on which everything goes in
// order.
func (s *Session) appendLatest() {
	s.appendSelection()
	s.appendViewport()
	l := &s.latest
	if !l.due(s.now) {
		return
	}
	l.next = s.now.Add(s.path.trip.Interval())
	s.heart.speak()
	if l.sketch.waits && s.phase == Live {
		if p := l.sketch.take(s.cfg.Doc, s.now, 1); p != nil {
			s.out = wire.AppendFrame(s.out, 0, p)
		}
	}
	if l.moved || l.copies > 0 {
		s.appendCursor()
	}
}

// settle sends in order what datagrams have said, if it is time.
func (s *Session) settle(now time.Time) {
	if at := s.latest.settleAt; !at.IsZero() && !now.Before(at) {
		s.appendCursor()
	}
	s.latest.sketch.rest(now)
	s.latest.hand.settle(now)
	s.latest.gaze.settle(now)
}

func (s *Session) appendCursor() {
	l := &s.latest
	l.moved, l.copies, l.settleAt = false, 0, time.Time{}
	s.cursors.List = append(s.cursors.List[:0], l.cursor)
	s.out = wire.AppendFrame(s.out, 0, &s.cursors)
}

// A stroke is shown to the others before it is stored (W41) where that is
// sooner: on a path that loses more than previewLoss of what is sent, since what
// is sent in order waits for what was lost before it, and with a relay that
// takes more than previewDelay to store.
const (
	previewLoss  = 0.005
	previewDelay = 75 * time.Millisecond
)

// maxPreview is how many points one Preview has at most: so many fit into a
// datagram.
const maxPreview = 100

// previewRest is after how long a pen that rests shows its last points again
// (W43).
const previewRest = 3 * time.Second

// sketch is the stroke under the pen, as it is shown before it is stored.
type sketch struct {
	id     board.ID // zero: none
	number uint32   // of the stroke, on this connection
	shown  bool     // a Preview of it was sent

	waits  bool                // points are to be sent
	starts [pace.MaxCopies]int // where the last Previews began, the latest first
	sent   int                 // points that were in a Preview, counted from the stroke's first
	again  time.Time           // when to send the last ones again; zero: never
	closes uint64              // own operation with which the stroke is complete; 0: it grows

	color, thickness uint32 // as in wire.Preview

	points []board.Point // scratch
	list   []wire.Point  // scratch
}

// Draw tells that this person's pen draws a stroke of the document, and is
// called again whenever that has grown. The others are shown it before it is
// stored where that is sooner. Drawn ends it.
func (s *Session) Draw(stroke board.ID) {
	k := &s.latest.sketch
	if k.id != stroke {
		s.Drawn()
		if k.shown {
			s.latest.closing = append(s.latest.closing, closing{k.number, k.closes})
		}
		*k = k.next(stroke)
	}
	if s.phase != Live || !s.role.Edits() || !s.previews() {
		return
	}
	e := s.cfg.Doc.Element(stroke)
	if e == nil || e.Deleted() || e.NumPoints() == k.sent {
		return
	}
	if !k.shown {
		// What is older is on its way in order.
		k.sent = max(0, e.NumPoints()-maxPreview/2)
		for i := range k.starts {
			k.starts[i] = k.sent
		}
		k.color, k.thickness = previewInk(e)
	}
	k.shown, k.waits = true, true
}

// previews reports whether showing a stroke before it is stored is sooner.
func (s *Session) previews() bool {
	return s.byDatagram && s.path.up.Next() > previewLoss || s.path.store > previewDelay
}

// Drawn tells that the stroke is complete. The others are shown it until it is
// stored.
func (s *Session) Drawn() {
	k := &s.latest.sketch
	if k.id != (board.ID{}) && k.closes == 0 {
		k.closes = s.cfg.Doc.Seq(s.cfg.Doc.Replica())
		s.closeSketches()
	}
}

// closeSketches ends the Previews of strokes of which all is stored.
func (s *Session) closeSketches() {
	l := &s.latest
	l.closing = slices.DeleteFunc(l.closing, func(c closing) bool {
		if s.storedTo < c.seq {
			return false
		}
		s.out = wire.AppendFrame(s.out, 0, &wire.Preview{Stroke: c.number, Done: true})
		return true
	})
	if k := &l.sketch; k.closes > 0 && s.storedTo >= k.closes {
		if k.shown {
			s.out = wire.AppendFrame(s.out, 0, &wire.Preview{Stroke: k.number, Done: true})
		}
		*k = k.next(board.ID{})
	}
}

// next begins with another stroke.
func (k *sketch) next(id board.ID) sketch {
	return sketch{id: id, number: k.number + 1, points: k.points, list: k.list}
}

// take returns the points to send, of which each is in that many Previews, nil
// if the stroke is not there any more.
func (k *sketch) take(doc *board.Board, now time.Time, copies int) *wire.Preview {
	k.waits = false
	e := doc.Element(k.id)
	if e == nil || e.Deleted() {
		k.again = time.Time{}
		return nil
	}
	copy(k.starts[1:], k.starts[:])
	k.starts[0] = k.sent
	k.points = e.AppendPoints(k.points[:0])
	from := max(k.starts[min(copies, len(k.starts))-1], len(k.points)-maxPreview)
	k.list = k.list[:0]
	for _, p := range k.points[from:] {
		k.list = append(k.list, wire.Point{X: p.X, Y: p.Y})
	}
	k.sent, k.again = len(k.points), now.Add(previewRest)
	return &wire.Preview{Stroke: k.number, Offset: uint32(from), Points: k.list, Color: k.color, Thickness: k.thickness}
}

// rest shows the last points again when the pen has rested for long.
func (k *sketch) rest(now time.Time) {
	if !k.again.IsZero() && !now.Before(k.again) {
		k.again, k.waits = time.Time{}, true
	}
}

// previewInk returns a stroke's colour, and its thickness in eighths.
func previewInk(e *board.Element) (color, thickness uint32) {
	width := min(max(e.Float(board.KeyThickness, 4), 0), 4096)
	return uint32(e.Int(board.KeyColor, 0x1e1e1e)) & 0xffffff, uint32(width * board.PointsPerUnit)
}
