package editor

import (
	"math"
	"testing"

	"edgeboard/shared/board"
	"edgeboard/shared/figure"
	"edgeboard/shared/figure/figuretest"
	"edgeboard/shared/geom"
)

// hand is a person at the board. What the editor commits goes to another
// board, which must come to be the same.
type hand struct {
	t       *testing.T
	doc     *board.Board
	figures *figure.Set
	e       *Editor
	other   *board.Board
	remote  *board.Board // of somebody else, once they do something
	now     float64
	commits int
}

const ownReplica, otherReplica = 1, 2

// newHand is a person with the pen in hand.
func newHand(t *testing.T) *hand {
	h := &hand{t: t, doc: board.New(ownReplica), other: board.New(0), now: 1000}
	h.figures = figure.New(h.doc, figuretest.Even{})
	h.e = New(h.figures, func(update []byte) {
		h.commits++
		if err := h.other.Apply(update); err != nil {
			t.Errorf("a commit is refused by another board: %v", err)
		}
	})
	h.observe()
	return h
}

// observe makes figures and editor hear of changes, as the page does.
func (h *hand) observe() {
	h.doc.Observe(func(ev board.Event) {
		h.figures.Changed(ev)
		h.e.Changed(ev)
	})
}

func pt(x, y float64) geom.Point { return geom.Point{X: x, Y: y} }

// pointer returns samples of one pointer, at half the pressure as a mouse has.
func pointer(id int, kind PointerKind, at ...geom.Point) []Pointer {
	samples := make([]Pointer, len(at))
	for i := range at {
		samples[i] = Pointer{ID: id, Kind: kind, At: at[i], Pressure: 0.5}
	}
	return samples
}

func mouse(x, y float64) Pointer          { return pointer(1, Mouse, pt(x, y))[0] }
func finger(id int, x, y float64) Pointer { return pointer(id, Finger, pt(x, y))[0] }

func (h *hand) down(p Pointer)    { h.e.Down(p, h.now) }
func (h *hand) move(p ...Pointer) { h.e.Move(p, h.now) }
func (h *hand) up(p Pointer)      { p.Pressure = 0; h.e.Up(p, h.now) } // as browsers say it
func (h *hand) cancel(p Pointer)  { h.e.Cancel(p, h.now) }

// strokes returns what the board shows.
func (h *hand) strokes() (list []*board.Element) {
	for e := range h.doc.Elements() {
		list = append(list, e)
	}
	return list
}

// wantPoints expects a board of one stroke, of the given places in board units.
func (h *hand) wantPoints(when string, want ...geom.Point) {
	h.t.Helper()
	list := h.strokes()
	if len(list) != 1 {
		h.t.Fatalf("%s: %d strokes on the board, want one", when, len(list))
	}
	var got []geom.Point
	for _, p := range list[0].AppendPoints(nil) {
		got = append(got, pt(float64(p.X)/board.PointsPerUnit, float64(p.Y)/board.PointsPerUnit))
	}
	same := len(got) == len(want)
	for i := 0; same && i < len(got); i++ {
		same = got[i].Sub(want[i]).Len() < 0.1 // an eighth is the least step
	}
	if !same {
		h.t.Errorf("%s: the points are %v, want %v", when, got, want)
	}
}

func (h *hand) wantStrokes(when string, n int) {
	h.t.Helper()
	if got := len(h.strokes()); got != n {
		h.t.Errorf("%s: %d strokes on the board, want %d", when, got, n)
	}
}

// wantSent expects that all of the document has been committed.
func (h *hand) wantSent(when string) {
	h.t.Helper()
	if h.doc.Hash() != h.other.Hash() {
		h.t.Errorf("%s: what was committed differs from the document", when)
	}
	if _, waiting := h.e.Deadline(); waiting {
		h.t.Errorf("%s: points still wait", when)
	}
}

func (h *hand) wantCamera(when string, zoom float64, at geom.Point) {
	h.t.Helper()
	c := h.e.Camera()
	if math.Abs(c.Zoom-zoom) > 1e-9*zoom || c.At.Sub(at).Len() > 1e-6 {
		h.t.Errorf("%s: zoom %v and %v in the corner, want %v and %v", when, c.Zoom, c.At, zoom, at)
	}
}

// wantIdle expects that no gesture is under way, and that a stroke can be drawn.
func (h *hand) wantIdle(when string) {
	h.t.Helper()
	if h.e.Drawing() || h.e.gesture != nil || h.e.Gesture() != nil {
		h.t.Errorf("%s: a gesture is under way: %T, draft %v", when, h.e.gesture, h.e.Gesture())
	}
	h.e.Use(Pen)
	before := len(h.strokes())
	h.down(pointer(99, Mouse, pt(5, 5))[0])
	h.up(pointer(99, Mouse, pt(50, 50))[0])
	h.wantStrokes(when+", and one more stroke", before+1)
	h.wantSent(when)
}

// Drawing reports whether a stroke is under way.
func (e *Editor) Drawing() bool { return e.pen() != nil }

// Panning reports whether the board follows the pointer, or would if a button
// was pressed.
func (e *Editor) Panning() bool {
	_, pans := e.gesture.(*panning)
	return pans || e.gesture == nil && e.pans()
}

// Erasing returns what the eraser has touched: it is to fade.
func (e *Editor) Erasing() []board.ID {
	e.refresh()
	if g, ok := e.gesture.(*erasing); ok {
		return g.ids
	}
	return nil
}
