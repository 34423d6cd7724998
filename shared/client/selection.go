package client

import (
	"cmp"
	"math"
	"slices"
	"time"

	"edgeboard/shared/board"
	"edgeboard/shared/wire"
)

// Selection is what a member has in hand (W71). The zero Selection is nothing.
type Selection struct {
	// Elements are selected. Of more than wire.MaxSelected the others are told the
	// first ones. The slice is never written to again.
	Elements []board.ID
	// By is what a gesture under way has done to their places; the zero Matrix:
	// there is none.
	By Matrix
	// Place is where a gesture under way has the one element that is selected; the
	// zero Place: there is none. By then counts for nothing.
	Place Place
	Caret Caret
}

// Matrix is an affine transform in board units, whose numbers are those of SVG's
// matrix(a, b, c, d, e, f).
type Matrix struct{ A, B, C, D, E, F float64 }

// Place is where an element lies, in board units and radians, clockwise. Size is
// that of its letters.
type Place struct {
	X, Y, W, H float64
	Angle      float64
	Size       float64
}

// Caret is where a member writes: in the text of an element, with the part selected
// between two places of it. The zero Element: nowhere.
type Caret struct {
	Element      board.ID
	Anchor, Head board.Anchor // Head is where the caret is
}

// Moving reports whether a gesture is under way.
func (s Selection) Moving() bool { return s.By != Matrix{} || s.Place != Place{} }

func (s Selection) equal(t Selection) bool {
	return s.By == t.By && s.Place == t.Place && s.Caret == t.Caret && slices.Equal(s.Elements, t.Elements)
}

// hand is what this person has in hand, and how much of it was said.
type hand struct {
	selection Selection
	base      uint64 // own operations that its gesture lies over
	telling
}

// Select tells what this person has in hand. It may be called as often as one likes:
// what has not changed is not told again.
func (s *Session) Select(sel Selection) {
	h := &s.latest.hand
	base := h.base
	if sel.Moving() {
		base = s.cfg.Doc.Seq(s.cfg.Doc.Replica())
	}
	if h.selection.equal(sel) && base == h.base {
		return
	}
	if h.selection.Moving() && !sel.Moving() {
		h.next = time.Time{} // the end goes with the update that the gesture has made
	}
	sel.Elements = slices.Clone(sel.Elements)
	h.selection, h.base, h.inOrder = sel, base, false
	h.seq++
	h.waits = s.phase == Live && s.role.Edits()
}

// open begins with a new connection: nothing was said on it.
func (h *hand) open() { *h = hand{selection: h.selection, base: h.base, telling: telling{seq: 1}} }

// welcomed says again what the relay may not know.
func (h *hand) welcomed(mayEdit bool) {
	h.waits = mayEdit && (h.waits || !h.selection.equal(Selection{}))
	h.inOrder = true
}

// ordered reports whether what waits goes in order.
func (h *hand) ordered(datagrams bool) bool {
	return h.inOrder || !datagrams || !h.selection.Moving()
}

// due reports whether something may be sent now, in order or by datagram.
func (h *hand) due(now time.Time, ordered, datagrams bool) bool {
	return h.waits && !now.Before(h.next) && h.ordered(datagrams) == ordered
}

// deadline is when something becomes due, the zero time if nothing does.
func (h *hand) deadline(now time.Time) time.Time {
	if h.waits && now.Before(h.next) {
		return earlier(h.settleAt, h.next)
	}
	return h.settleAt
}

// latestSelection appends what this person has in hand to a datagram, if it is due
// and fits.
func (s *Session) latestSelection(msg []byte, now time.Time) []byte {
	h := &s.latest.hand
	if !h.due(now, false, true) {
		return msg
	}
	return s.tellByDatagram(msg, now, &h.telling, h.message(&s.selection, s.cfg.Doc.Replica()))
}

// appendSelection appends what this person has in hand, if it is due in order. It
// stands after the updates that were made before it.
func (s *Session) appendSelection() {
	h := &s.latest.hand
	if s.behind || !h.due(s.now, true, s.byDatagram) {
		return
	}
	s.tellInOrder(&h.telling, h.message(&s.selection, s.cfg.Doc.Replica()))
}

// message fills in what is said.
func (h *hand) message(m *wire.Selection, own board.Replica) *wire.Selection {
	sel := &h.selection
	*m = wire.Selection{Seq: h.seq, Elements: m.Elements[:0], By: m.By[:0], Place: m.Place[:0], Caret: m.Caret[:0]}
	for _, id := range sel.Elements[:min(len(sel.Elements), wire.MaxSelected)] {
		m.Elements = append(m.Elements, wireID(id))
	}
	if p := sel.Place; p != (Place{}) {
		m.Place = append(m.Place, p.X, p.Y, p.W, p.H, p.Angle, p.Size)
	} else if t := sel.By; t != (Matrix{}) {
		m.By = append(m.By, t.A, t.B, t.C, t.D, t.E, t.F)
	}
	if sel.Moving() {
		m.Replica, m.Base = uint64(own), h.base
	}
	if c := sel.Caret; c.Element != (board.ID{}) {
		m.Caret = append(m.Caret, wireID(c.Element), wireID(c.Anchor.Char), wireID(c.Head.Char))
	}
	return m
}

func wireID(id board.ID) wire.ID { return wire.ID{Replica: uint64(id.Replica), Seq: id.Seq} }

// maxDraft bounds the numbers of others' gestures: with greater ones nobody could
// calculate.
const maxDraft = 1 << 40

// selected takes what another member has in hand.
func (s *Session) selected(w *wire.Selection) {
	m := s.members[w.Member]
	if m == nil || !wire.Newer(w.Seq, m.hand.seq) {
		return
	}
	var sel Selection
	usable := func(list []float64) bool {
		for _, v := range list {
			if !(math.Abs(v) <= maxDraft) { // also what is no number
				return false
			}
		}
		return len(list) > 0
	}
	if p := w.Place; usable(p) {
		sel.Place = Place{p[0], p[1], p[2], p[3], p[4], p[5]}
	} else if t := w.By; usable(t) {
		sel.By = Matrix{t[0], t[1], t[2], t[3], t[4], t[5]}
	}
	if c := w.Caret; len(c) > 0 {
		if id, ok := boardID(c[0]); ok {
			anchor, _ := boardID(c[1])
			head, _ := boardID(c[2])
			sel.Caret = Caret{id, board.Anchor{Char: anchor}, board.Anchor{Char: head}}
		}
	}
	ids := s.elements[:0]
	for _, one := range w.Elements {
		if id, ok := boardID(one); ok {
			ids = append(ids, id)
		}
	}
	s.elements = ids
	// Most often the same ones go on moving.
	if sel.Elements = m.hand.came.Elements; !slices.Equal(sel.Elements, ids) {
		sel.Elements = slices.Clone(ids)
	}
	m.hand.seq, m.hand.came, m.hand.base = w.Seq, sel, asOf{}
	if w.Replica <= board.MaxReplica {
		m.hand.base = asOf{board.Replica(w.Replica), w.Base}
	}
	s.show(m)
}

// theirHand is what has come of a member's Selection.
type theirHand struct {
	seq   uint32
	came  Selection // the newest
	base  asOf      // of it
	shown asOf      // of Member.Selection
}

// asOf is how many operations of its member's replica are in the document that a
// gesture lies over. The zero asOf is any.
type asOf struct {
	replica board.Replica
	seq     uint64
}

// beyond is negative if the document has fewer of them, and positive if it has more.
func (b asOf) beyond(doc *board.Board) int {
	if b.replica == 0 {
		return 0
	}
	return cmp.Compare(doc.Seq(b.replica), b.seq)
}

// show makes the newest that has come of a member what is shown, if the document is
// as far, and ends a gesture that the document has.
func (s *Session) show(m *Member) {
	h := &m.hand
	sel, at := h.came, h.base
	if sel.Moving() && at.beyond(s.cfg.Doc) < 0 {
		sel, at = m.Selection, h.shown
	}
	if sel.Moving() && at.beyond(s.cfg.Doc) > 0 {
		sel.By, sel.Place = Matrix{}, Place{}
	}
	h.shown = at
	if sel.Moving() || h.came.Moving() {
		s.movers[m.ID] = m
	} else {
		delete(s.movers, m.ID)
	}
	if !sel.equal(m.Selection) {
		m.Selection = sel
		s.tell(SelectionsChanged)
	}
}

// showMovers is called when the document has more of others.
func (s *Session) showMovers() {
	for _, m := range s.movers {
		s.show(m)
	}
}

// boardID returns the zero ID for what names nothing.
func boardID(id wire.ID) (board.ID, bool) {
	if id.Replica == 0 || id.Replica > board.MaxReplica || id.Seq == 0 {
		return board.ID{}, false
	}
	return board.ID{Replica: board.Replica(id.Replica), Seq: id.Seq}, true
}
