package editor

import (
	"math"

	"edgeboard/shared/board"
	"edgeboard/shared/figure"
)

// Points of a stroke wait to be sent together, in milliseconds: others see the
// stroke grow. Words are short strokes, of which the first are sent soon; what is
// drawn for long waits a share of the time that it took so far, up to commitMost,
// since each message costs more than the points in it.
const (
	commitFirst = 50
	commitMost  = 150
	commitShare = 0.2
)

// evenPressure is that of a highlighter, and of devices that have none: half.
const evenPressure = 128

// drawing is a stroke under the pen.
type drawing struct {
	grip
	look      look
	even      bool          // whatever the pressure
	edit      *board.Edit   // points that are in the document and not committed
	points    []board.Point // that are to be added to it, those of one call of Move together
	stroke    board.ID
	before    []board.ID  // those that it goes on
	point     board.Point // the stroke's last one
	committed float64     // time of the last commit
}

// Stroke returns the stroke under the pen, the zero ID if none is under way.
func (e *Editor) Stroke() board.ID {
	if g := e.pen(); g != nil {
		return g.stroke
	}
	return board.ID{}
}

// pen returns the stroke that is under way, or nil.
func (e *Editor) pen() *drawing {
	g, _ := e.gesture.(*drawing)
	return g
}

func (e *Editor) beginStroke(held grip) {
	g := &drawing{grip: held, look: e.next.of(board.KindStroke, e.tool), even: e.tool == Highlighter, committed: held.begun}
	e.history.Begin()
	if !g.create() {
		e.history.End()
		return
	}
	e.gesture = g
	g.add(held.last)
	g.put()
}

// create makes the stroke that the gesture draws. It reports false when the
// board is full.
func (g *drawing) create() bool {
	edit := g.open()
	id := g.e.create(edit, board.KindStroke)
	if id == (board.ID{}) {
		return false
	}
	g.look.write(edit, id, board.KindStroke)
	if g.stroke != (board.ID{}) {
		g.before = append(g.before, g.stroke)
	}
	g.stroke = id
	return true
}

// open returns the edit that collects points.
func (g *drawing) open() *board.Edit {
	if g.edit == nil {
		g.edit = g.e.history.Edit()
	}
	return g.edit
}

func (g *drawing) move(p Pointer) {
	g.add(p)
	g.follow(p)
}

// add takes a sample that is another place, or another pressure, in the
// document's terms than the last one.
func (g *drawing) add(p Pointer) {
	stroke := g.e.doc.Element(g.stroke)
	if stroke == nil { // somebody deleted it, and the board was compacted
		g.end()
		return
	}
	n := stroke.NumPoints() + len(g.points)
	point := g.sample(p)
	if n > 0 && g.point == point {
		return
	}
	if n >= board.MaxPoints && !g.goOn() {
		return
	}
	g.point = point
	g.points = append(g.points, point)
}

// put puts what was taken into the document.
func (g *drawing) put() {
	if len(g.points) > 0 {
		g.open().Append(g.stroke, g.points...)
		g.points = g.points[:0]
	}
}

// goOn lets a stroke that takes no more go on as another one, which begins where it
// ends. It reports false, and the gesture has ended, when the board is full.
func (g *drawing) goOn() bool {
	g.put()
	if !g.create() {
		g.end()
		return false
	}
	g.points = append(g.points, g.point)
	return true
}

// sample is a sample in the document's terms.
func (g *drawing) sample(p Pointer) board.Point {
	at := g.e.camera.ToBoard(p.At).Mul(board.PointsPerUnit)
	point := board.Point{
		X:        clamp32(at.X),
		Y:        clamp32(at.Y),
		Pressure: uint8(math.Round(min(max(p.Pressure, 0), 1) * 255)),
	}
	if g.even {
		point.Pressure = evenPressure
	}
	return point
}

// maxCoordinate bounds what is drawn, in the document's terms: sums and
// differences of two points do not overflow.
const maxCoordinate = math.MaxInt32 / 2

func clamp32(v float64) int32 {
	return int32(min(max(math.Round(v), -maxCoordinate), maxCoordinate))
}

func (g *drawing) stays() bool { return true }
func (g *drawing) every() bool { return true }

func (g *drawing) finish() {
	g.send()
	g.e.reframe(append(g.before, g.stroke), false)
	g.e.history.End()
}

func (g *drawing) abandon() {
	g.finish()
	g.e.hand(g.e.history.Cancel())
}

// end ends the gesture while the pen is down.
func (g *drawing) end() {
	g.e.gesture = nil
	g.finish()
}

// refresh ends a stroke that somebody has deleted or locked. One that was moved or
// turned stays as it is, and another one goes on: more points would be fitted into
// its place.
func (g *drawing) refresh() {
	stroke := g.e.doc.Element(g.stroke)
	if stroke == nil || stroke.Deleted() || stroke.Int(board.KeyLocked, 0) != 0 {
		g.end()
		return
	}
	if _, placed := figure.PlaceOf(stroke); placed {
		g.goOn()
	}
}

func (g *drawing) send() {
	g.put()
	if g.edit != nil {
		update := g.edit.Commit()
		g.edit = nil
		g.e.hand(update)
	}
}

// flush commits the points that have waited long enough.
func (g *drawing) flush(now float64) {
	g.put()
	if g.edit != nil && now >= g.due() {
		g.committed = now
		g.send()
	}
}

func (g *drawing) deadline() (at float64, ok bool) { return g.due(), g.edit != nil }

// due is when points that wait are to be committed.
func (g *drawing) due() float64 {
	return g.committed + min(max(commitShare*(g.committed-g.begun), commitFirst), commitMost)
}
