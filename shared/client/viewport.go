package client

import (
	"math"
	"time"

	"edgeboard/shared/board"
	"edgeboard/shared/wire"
)

// Viewport is what a member sees of the board, and whose view it follows (W74). The
// zero Viewport says nothing.
type Viewport struct {
	X, Y float64  // the middle, in board units
	W, H float64  // in board units; 0, 0: not said
	Page board.ID // the one it is on; the zero ID: the only one
	// Following is the number of the member whose view this one follows; 0: nobody's.
	Following uint32
	// Presents says that the member shows the board to the others.
	Presents bool
}

// viewRests is how long a view stands that nobody follows before it is told.
const viewRests = 2 * time.Second

// gaze is what this person sees, and how much of it was said.
type gaze struct {
	view    Viewport
	restsAt time.Time // when it will have stood for viewRests; zero: it has moved since the time was told
	telling
}

// Look tells what this person sees. It may be called as often as one likes: what has
// not changed is not told again, and what nobody follows only when it rests.
func (s *Session) Look(v Viewport) {
	g := &s.latest.gaze
	if v.Following == s.member {
		v.Following = 0
	}
	if v == g.view {
		return
	}
	old := g.view
	news := old == Viewport{} || old.Page != v.Page || old.Following != v.Following || old.Presents != v.Presents
	g.inOrder = g.inOrder || news
	g.view, g.restsAt = v, time.Time{}
	g.seq++
	g.waits = s.phase == Live
}

// Self returns this client's own number, 0 as long as it was not welcomed.
func (s *Session) Self() uint32 { return s.member }

// Followed reports whether another member follows this person's view.
func (s *Session) Followed() bool { return s.followers > 0 }

// watched reports whether each step of the view is of use to somebody.
func (s *Session) watched() bool { return s.followers > 0 || s.latest.gaze.view.Presents }

// open begins with a new connection: nothing was said on it, and the members have
// other numbers.
func (g *gaze) open() {
	*g = gaze{view: g.view, telling: telling{seq: 1}}
	g.view.Following = 0
}

// welcomed says again what the relay may not know.
func (g *gaze) welcomed() { g.waits, g.inOrder = g.view != Viewport{}, true }

// viewportDue reports whether something may be sent now, in order or by datagram.
func (s *Session) viewportDue(now time.Time, ordered bool) bool {
	g := &s.latest.gaze
	switch {
	case !g.waits:
		return false
	case g.inOrder:
		return ordered
	case s.watched():
		return ordered != s.byDatagram && !now.Before(g.next)
	}
	return ordered && !g.restsAt.IsZero() && !now.Before(g.restsAt)
}

// viewportDeadline is when something becomes due, the zero time if nothing does.
func (s *Session) viewportDeadline(now time.Time) time.Time {
	g := &s.latest.gaze
	switch {
	case !g.waits || g.inOrder:
	case s.watched():
		if now.Before(g.next) {
			return earlier(g.settleAt, g.next)
		}
	case now.Before(g.restsAt):
		return earlier(g.settleAt, g.restsAt)
	}
	return g.settleAt
}

// settle notes when a view that nobody follows will have rested, and has said in
// order what a datagram has said, if it is time.
func (g *gaze) settle(now time.Time) {
	if g.restsAt.IsZero() {
		g.restsAt = now.Add(viewRests)
	}
	g.telling.settle(now)
}

// latestViewport appends what this person sees to a datagram, if it is due and fits.
func (s *Session) latestViewport(msg []byte, now time.Time) []byte {
	if !s.viewportDue(now, false) {
		return msg
	}
	return s.tellByDatagram(msg, now, &s.latest.gaze.telling, s.viewportMessage())
}

// appendViewport appends what this person sees, if it is due in order.
func (s *Session) appendViewport() {
	if !s.viewportDue(s.now, true) {
		return
	}
	s.tellInOrder(&s.latest.gaze.telling, s.viewportMessage())
}

func (s *Session) viewportMessage() *wire.Viewport {
	v, m := &s.latest.gaze.view, &s.viewport
	*m = wire.Viewport{Seq: s.latest.gaze.seq, View: m.View[:0], Page: m.Page[:0], Following: v.Following, Presents: v.Presents}
	m.View, m.Page = v.appendTo(m.View, m.Page)
	return m
}

// appendTo appends the numbers of a view and its page as they stand on the wire.
func (v *Viewport) appendTo(view []float64, page []wire.ID) ([]float64, []wire.ID) {
	view = append(view, v.X, v.Y, v.W, v.H)
	if v.Page != (board.ID{}) {
		page = append(page, wireID(v.Page))
	}
	return view, page
}

// viewOf is a view as it came. ok is false if its numbers are of no use.
func viewOf(view []float64, page []wire.ID) (v Viewport, ok bool) {
	for _, n := range view {
		if !(math.Abs(n) <= maxDraft) { // also what is no number
			return v, false
		}
	}
	if len(page) > 0 {
		v.Page, _ = boardID(page[0])
	}
	if len(view) > 0 {
		v.X, v.Y, v.W, v.H = view[0], view[1], view[2], view[3]
	}
	return v, len(view) > 0 && v.W >= 0 && v.H >= 0
}

// viewed takes what another member sees.
func (s *Session) viewed(w *wire.Viewport) {
	m := s.members[w.Member]
	if m == nil || !wire.Newer(w.Seq, m.viewportSeq) {
		return
	}
	m.viewportSeq = w.Seq
	v, ok := viewOf(w.View, w.Page)
	if !ok {
		v = Viewport{Page: v.Page}
	}
	v.Presents = w.Presents
	if w.Following != w.Member {
		v.Following = w.Following
	}
	if v == m.Viewport {
		return
	}
	s.unfollowed(m)
	if m.Viewport = v; v.Following == s.member {
		s.followers++
	}
	s.tell(ViewportsChanged)
}

// unfollowed counts a member off that has gone, or looks elsewhere.
func (s *Session) unfollowed(m *Member) {
	if m.Viewport.Following != 0 && m.Viewport.Following == s.member {
		s.followers--
	}
}
