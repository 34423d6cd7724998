// Package editor turns what a person does into changes of the board and of the
// camera. It knows pointers, wheels and keys as plain values, not where they
// come from, and it draws nothing.
//
// A gesture belongs to the pointer, or the two fingers, that began it:
//
//	pen     one mouse, pen or finger with the pen tool
//	pan     the hand tool, the middle button, or any button while space is held
//	pinch   two fingers: pan and zoom; it takes over from a finger that draws
//
// Who may only look pans with any button, and changes nothing.
//
// Times are in milliseconds of the browser's clock.
package editor

import (
	"math"

	"edgeboard/shared/board"
	"edgeboard/shared/geom"
)

// Tool is what the main button does.
type Tool uint8

const (
	Pen Tool = iota
	Hand
)

// PointerKind is what points.
type PointerKind uint8

const (
	Mouse PointerKind = iota
	Stylus
	Finger
)

// Button is which button of a mouse or stylus was pressed.
type Button uint8

const (
	Main Button = iota
	Middle
	Other
)

// Pointer is one sample of a pointer.
type Pointer struct {
	ID       int
	Kind     PointerKind
	Button   Button     // of Down
	At       geom.Point // CSS pixels from the top left of the board's surface
	Pressure float64    // 0 to 1; devices without it give 0.5
}

// Points of a stroke wait to be sent together, in milliseconds: others see the
// stroke grow. Words are short strokes, of which the first are sent soon; what is
// drawn for long waits a share of the time that it took so far, up to commitMost,
// since each message costs more than the points in it.
const (
	commitFirst = 50
	commitMost  = 150
	commitShare = 0.2
)

// minStep is how far a pointer moves, in CSS pixels, before it adds a point.
const minStep = 0.75

// regret is how long a stroke of a finger may be, in CSS pixels, to be taken
// back when a second finger comes down: it was the beginning of a pinch.
const regret = 24

// Editor is the state of one person's hands. It belongs to one goroutine.
type Editor struct {
	doc     *board.Board
	history *board.History
	commit  func(update []byte)

	Tool   Tool
	Color  uint32  // 0xRRGGBB, of new strokes
	Width  float64 // board units, of new strokes
	camera geom.Camera

	viewOnly bool
	space    bool // held
	gesture  gesture
	pointers map[int]geom.Point // fingers that are down
}

type gestureKind uint8

const (
	idle gestureKind = iota
	drawing
	panning
	pinching
)

// gesture is what is under way.
type gesture struct {
	kind    gestureKind
	pointer int
	finger  bool
	last    geom.Point // of the pointer, or the middle of two fingers

	// drawing
	edit      *board.Edit // points that are in the document and not committed
	stroke    board.ID
	point     board.Point // the stroke's last one
	length    float64     // CSS pixels
	pressure  float64     // of the last point
	begun     float64     // when the stroke began
	committed float64     // time of the last commit
	// pinching
	other int
	span  float64 // between the fingers
}

// New returns an Editor of doc. commit is given each change that is to be sent.
func New(doc *board.Board, commit func(update []byte)) *Editor {
	return &Editor{
		doc:      doc,
		history:  board.NewHistory(doc),
		commit:   commit,
		Color:    0x1e1e1e,
		Width:    4,
		camera:   geom.Camera{Zoom: 1},
		pointers: map[int]geom.Point{},
	}
}

// Camera returns how the board lies on the screen.
func (e *Editor) Camera() geom.Camera { return e.camera }

// ViewOnly tells whether this person may only look. A stroke under way ends.
func (e *Editor) ViewOnly(only bool) {
	if only && !e.viewOnly && e.Drawing() {
		e.endStroke()
	}
	e.viewOnly = only
}

// Drawing reports whether a stroke is under way.
func (e *Editor) Drawing() bool { return e.gesture.kind == drawing }

// Stroke returns the stroke under the pen, the zero ID if none is under way.
func (e *Editor) Stroke() board.ID { return e.gesture.stroke }

// Panning reports whether the board follows the pointer, or would if a button
// was pressed.
func (e *Editor) Panning() bool {
	return e.gesture.kind == panning || e.gesture.kind == idle && e.pans()
}

// pans reports whether the main button moves the board.
func (e *Editor) pans() bool { return e.space || e.viewOnly || e.Tool == Hand }

// Down tells that a pointer was pressed.
func (e *Editor) Down(p Pointer, now float64) {
	if !finite(p.At) {
		return
	}
	g := &e.gesture
	if g.kind != idle && p.ID == g.pointer || g.kind == pinching && p.ID == g.other {
		e.Cancel(p, now) // it was lifted, and nobody said so
	}
	if p.Kind == Finger {
		e.pointers[p.ID] = p.At
	}
	switch {
	case g.kind == idle:
	case p.Kind == Finger && g.finger && g.kind != pinching:
		e.pinch(p)
		return
	default:
		return // another pointer than the one that is busy
	}
	switch {
	case p.Button == Middle || p.Button == Main && e.pans():
		*g = gesture{kind: panning, pointer: p.ID, finger: p.Kind == Finger, last: p.At}
	case p.Button == Main:
		e.beginStroke(p, now)
	}
}

// Move tells of the samples since the last call, oldest first.
func (e *Editor) Move(samples []Pointer, now float64) {
	for _, p := range samples {
		if !finite(p.At) {
			continue
		}
		if _, down := e.pointers[p.ID]; down {
			e.pointers[p.ID] = p.At
		}
		g := &e.gesture
		switch {
		case g.kind == pinching && (p.ID == g.pointer || p.ID == g.other):
			e.movePinch()
		case g.kind == panning && p.ID == g.pointer:
			e.look(e.camera.Pan(p.At.Sub(g.last)))
			g.last = p.At
		case g.kind == drawing && p.ID == g.pointer:
			e.addPoint(p, minStep)
		}
	}
	e.Flush(now)
}

// Up tells that a pointer was released.
func (e *Editor) Up(p Pointer, now float64) {
	delete(e.pointers, p.ID)
	g := &e.gesture
	switch {
	case g.kind == drawing && p.ID == g.pointer:
		// A pointer that was lifted has no pressure any more.
		p.Pressure = g.pressure
		if finite(p.At) {
			e.addPoint(p, minStep)
		}
		e.endStroke()
	case g.kind == panning && p.ID == g.pointer:
		*g = gesture{}
	case g.kind == pinching && (p.ID == g.pointer || p.ID == g.other):
		// The finger that stays goes on panning.
		stays := g.pointer + g.other - p.ID
		*g = gesture{kind: panning, pointer: stays, finger: true, last: e.pointers[stays]}
	}
}

// Cancel tells that a pointer was taken away by the system: what it drew stays.
func (e *Editor) Cancel(p Pointer, now float64) {
	if e.gesture.kind == drawing && p.ID == e.gesture.pointer {
		delete(e.pointers, p.ID)
		e.endStroke()
		return
	}
	e.Up(p, now)
}

// Space tells whether the space bar is held.
func (e *Editor) Space(held bool) { e.space = held }

// Wheel pans by d CSS pixels, or, with zoom, zooms about a place by d.Y.
func (e *Editor) Wheel(at, d geom.Point, zoom bool) {
	if !zoom {
		e.look(e.camera.Pan(d.Mul(-1)))
		return
	}
	// A notch of a mouse wheel is 100 to 120 pixels, a touchpad's pinch 1 to
	// 10: the bound keeps a notch from being a leap.
	step := min(max(d.Y, -60), 60)
	e.look(e.camera.ZoomAt(at, e.camera.Zoom*math.Exp(-step/200)))
}

// Zoom sets the zoom and keeps a place on the screen fixed.
func (e *Editor) Zoom(at geom.Point, zoom float64) { e.look(e.camera.ZoomAt(at, zoom)) }

// look moves the camera. It does not leave the part of the plane that points
// can lie in, and stays where it is for what is no place at all.
func (e *Editor) look(c geom.Camera) {
	if math.IsNaN(c.At.X) || math.IsNaN(c.At.Y) || math.IsNaN(c.Zoom) {
		return
	}
	const most = maxCoordinate / board.PointsPerUnit
	c.At.X = min(max(c.At.X, -most), most)
	c.At.Y = min(max(c.At.Y, -most), most)
	e.camera = c
}

// Undo takes back this person's last change, Redo does it again. A gesture that
// is under way goes on, and nothing is taken back meanwhile.
func (e *Editor) Undo() {
	if e.gesture.kind != drawing && !e.viewOnly {
		e.hand(e.history.Undo())
	}
}

// Redo does again what Undo has taken back last.
func (e *Editor) Redo() {
	if e.gesture.kind != drawing && !e.viewOnly {
		e.hand(e.history.Redo())
	}
}

// Flush commits the points that have waited long enough.
func (e *Editor) Flush(now float64) {
	g := &e.gesture
	if g.edit == nil || now < g.due() {
		return
	}
	g.committed = now
	e.send()
}

// Deadline returns when Flush should be called, and whether it should at all.
func (e *Editor) Deadline() (at float64, ok bool) {
	g := &e.gesture
	return g.due(), g.edit != nil
}

// due is when points that wait are to be committed.
func (g *gesture) due() float64 {
	return g.committed + min(max(commitShare*(g.committed-g.begun), commitFirst), commitMost)
}

// hand gives a change to be sent, if it is one.
func (e *Editor) hand(update []byte) {
	if update != nil {
		e.commit(update)
	}
}

func (e *Editor) send() {
	if g := &e.gesture; g.edit != nil {
		update := g.edit.Commit()
		g.edit = nil
		e.commit(update)
	}
}

// edit returns the open edit of the gesture.
func (e *Editor) edit() *board.Edit {
	if e.gesture.edit == nil {
		e.gesture.edit = e.history.Edit()
	}
	return e.gesture.edit
}

func (e *Editor) beginStroke(p Pointer, now float64) {
	e.gesture = gesture{kind: drawing, pointer: p.ID, finger: p.Kind == Finger, last: p.At, begun: now, committed: now}
	e.history.Begin()
	if !e.createStroke(board.Int(int64(e.Color)), board.Float(e.Width)) {
		e.history.End()
		e.gesture = gesture{}
		return
	}
	e.addPoint(p, 0)
}

// createStroke makes the stroke that the gesture draws. It reports false when
// the board is full.
func (e *Editor) createStroke(color, thickness board.Value) bool {
	edit := e.edit()
	id := edit.Create(board.KindStroke)
	if id == (board.ID{}) {
		return false
	}
	edit.Set(id, board.KeyColor, color)
	edit.Set(id, board.KeyThickness, thickness)
	e.gesture.stroke = id
	return true
}

// addPoint adds a point that is at least step away from the last one. Zoomed in
// far, that may be the same place in the document's terms: nothing is added
// then.
func (e *Editor) addPoint(p Pointer, step float64) {
	g := &e.gesture
	moved := p.At.Sub(g.last).Len()
	if moved < step {
		return
	}
	stroke := e.doc.Element(g.stroke)
	if stroke == nil { // somebody deleted it, and the board was compacted
		e.endStroke()
		return
	}
	n := stroke.NumPoints()
	point := e.point(p)
	if n > 0 && g.point == point {
		return
	}
	if n >= board.MaxPoints && !e.goOn() {
		return
	}
	g.length += moved
	g.last, g.pressure, g.point = p.At, p.Pressure, point
	e.edit().Append(g.stroke, point)
}

// goOn lets a stroke that is full go on as another one, which begins where it
// ends. It reports false, and the gesture has ended, when the board is full.
func (e *Editor) goOn() bool {
	full := e.doc.Element(e.gesture.stroke)
	if !e.createStroke(full.Get(board.KeyColor), full.Get(board.KeyThickness)) {
		e.endStroke()
		return false
	}
	e.edit().Append(e.gesture.stroke, e.gesture.point)
	return true
}

// point is a sample in the document's terms.
func (e *Editor) point(p Pointer) board.Point {
	at := e.camera.ToBoard(p.At).Mul(board.PointsPerUnit)
	return board.Point{
		X:        clamp32(at.X),
		Y:        clamp32(at.Y),
		Pressure: uint8(math.Round(min(max(p.Pressure, 0), 1) * 255)),
	}
}

// maxCoordinate bounds what is drawn, in the document's terms: sums and
// differences of two points do not overflow.
const maxCoordinate = math.MaxInt32 / 2

func clamp32(v float64) int32 {
	return int32(min(max(math.Round(v), -maxCoordinate), maxCoordinate))
}

func finite(p geom.Point) bool {
	return !math.IsNaN(p.X-p.X) && !math.IsNaN(p.Y-p.Y) // infinity minus infinity is not a number
}

func (e *Editor) endStroke() {
	e.send()
	e.history.End()
	e.gesture = gesture{}
}

// pinch begins with the second finger.
func (e *Editor) pinch(p Pointer) {
	g := &e.gesture
	first := g.pointer
	if g.kind == drawing {
		short := g.length < regret
		e.endStroke()
		if short {
			e.hand(e.history.Cancel())
		}
	}
	*g = gesture{kind: pinching, pointer: first, other: p.ID, finger: true}
	g.last, g.span = e.fingers()
}

// fingers returns the middle between the two and how far they are apart.
func (e *Editor) fingers() (middle geom.Point, span float64) {
	a, b := e.pointers[e.gesture.pointer], e.pointers[e.gesture.other]
	return a.Mid(b), max(a.Sub(b).Len(), 1)
}

func (e *Editor) movePinch() {
	g := &e.gesture
	middle, span := e.fingers()
	e.look(e.camera.Pan(middle.Sub(g.last)).ZoomAt(middle, e.camera.Zoom*span/g.span))
	g.last, g.span = middle, span
}
