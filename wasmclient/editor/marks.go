package editor

import (
	"math"

	"edgeboard/shared/board"
	"edgeboard/shared/figure"
	"edgeboard/shared/geom"
)

// MarkKind is what a mark shows.
type MarkKind uint8

const (
	MarkOutline MarkKind = iota // of an element that is selected
	MarkBox                     // of the selection as a whole
	MarkHandle                  // a square
	MarkRotate                  // a circle
	MarkEnd                     // of a line: a circle
	MarkMarquee                 // the box that selects what it touches
	MarkGuide                   // what is moved lines up along it
	MarkTarget                  // what an arrow's end will be bound to, or the frame that something comes into
	MarkTrail                   // the way of the eraser
	MarkErased                  // what it has touched: it fades. What is closed is filled
)

// Mark lies over the board: a line through places of the screen.
type Mark struct {
	Kind   MarkKind
	Points []geom.Point // CSS pixels
	Closed bool
	Width  float64 // of a MarkErased: that of the element's line, in CSS pixels
}

// Sizes of marks in CSS pixels.
const (
	handleSize = 8
	roundSize  = 9 // the diameter of circles
	// mostErased is how many elements fade at most.
	mostErased = 500
	// mostOutlines is of how many elements each is outlined. Of more the box says
	// enough.
	mostOutlines = 100
)

// Marks returns what lies over the board now, from the bottom up.
func (e *Editor) Marks() []Mark {
	e.refresh()
	var list []Mark
	switch g := e.gesture.(type) {
	case *erasing:
		list = append(e.markErased(g.ids), e.mark(MarkTrail, false, g.trail...))
	case *drawing:
		return nil
	default:
		if e.cropped != nil {
			return e.markCrop(nil)
		}
		list = e.markSelection(list)
	}
	switch g := e.gesture.(type) {
	case *marquee:
		list = append(list, e.markBox(MarkMarquee, geom.Frame{Box: g.box()}))
	case *moving:
		list = e.markGuides(list, g.guides)
		list = e.markTarget(list, binding{to: g.into})
	case *resizing:
		list = e.markGuides(list, g.guides)
	case *shaping:
		list = e.markGuides(list, g.guides)
		list = e.markTarget(e.markTarget(list, g.start), g.end)
	case *pulling:
		list = e.markTarget(list, g.target)
	case nil:
		if e.tool == Arrow && e.hover.Kind != Finger && !e.pans() {
			_, b := e.bindable(e.camera.ToBoard(e.hover.At))
			list = e.markTarget(list, b)
		}
	}
	return list
}

// mark returns a mark through places of the board.
func (e *Editor) mark(kind MarkKind, closed bool, at ...geom.Point) Mark {
	m := Mark{Kind: kind, Closed: closed, Points: make([]geom.Point, len(at))}
	for i, p := range at {
		m.Points[i] = e.camera.ToScreen(p)
	}
	return m
}

func (e *Editor) markBox(kind MarkKind, f geom.Frame) Mark {
	corners := f.Corners()
	return e.mark(kind, true, corners[:]...)
}

// square and circle return marks about a place of the board.
func (e *Editor) square(kind MarkKind, at geom.Point, angle float64) Mark {
	size := e.units(handleSize)
	return e.markBox(kind, geom.Frame{Box: geom.Rect(at.X-size/2, at.Y-size/2, size, size), Angle: angle})
}

func (e *Editor) circle(kind MarkKind, at geom.Point) Mark {
	const n = 16
	var points [n]geom.Point
	for i := range points {
		points[i] = at.Add(geom.Point{X: e.units(roundSize) / 2}.Rotate(2 * math.Pi * float64(i) / n))
	}
	return e.mark(kind, true, points[:]...)
}

// markSelection marks what is selected, and where it can be taken hold of. While
// a hand holds it there are no handles in the way.
func (e *Editor) markSelection(list []Mark) []Mark {
	figures := e.selected()
	if len(figures) == 0 {
		return list
	}
	if w := e.Writing(); w != nil && len(figures) == 1 && figures[0].ID() == w.ID() && figures[0].Kind() == board.KindText {
		return list // its box would touch the caret
	}
	if len(figures) > 1 && len(figures) <= mostOutlines {
		for _, f := range figures {
			list = append(list, e.outline(f))
		}
	}
	frame, boxed := e.frame(figures)
	if g, ok := e.gesture.(*rotating); ok && len(figures) > 1 {
		frame = g.frame.Rotate(g.angle)
	}
	switch {
	case boxed:
		list = append(list, e.markBox(MarkBox, frame))
	case len(figures) == 1:
		list = append(list, e.outline(figures[0]))
	}
	if e.gesture != nil && !e.isPress() || e.tool != Select || e.viewOnly || e.Writing() != nil {
		return list
	}
	return e.markHandles(list)
}

func (e *Editor) isPress() bool {
	_, ok := e.gesture.(*pressing)
	return ok
}

func (e *Editor) markHandles(list []Mark) []Mark {
	free := e.free()
	if len(free) == 1 && free[0].Line() {
		return append(list, e.circle(MarkEnd, free[0].From), e.circle(MarkEnd, free[0].To))
	}
	frame, ok := e.frame(free)
	if !ok {
		return list
	}
	frame = e.handleFrame(frame)
	list = append(list, e.circle(MarkRotate, e.rotation(frame)))
	for _, h := range e.handles(free, frame) {
		list = append(list, e.square(MarkHandle, frame.Handle(h), frame.Angle))
	}
	return list
}

func (e *Editor) outline(f *figure.Figure) Mark {
	if f.Line() {
		return e.mark(MarkOutline, false, f.From, f.To)
	}
	return e.markBox(MarkOutline, f.Frame)
}

func (e *Editor) markGuides(list []Mark, guides []guide) []Mark {
	for _, g := range guides {
		list = append(list, e.mark(MarkGuide, false, g.from, g.to))
	}
	return list
}

// markTarget marks what an end is bound to, by its outline.
func (e *Editor) markTarget(list []Mark, b binding) []Mark {
	if b.to == (board.ID{}) {
		return list
	}
	f := e.figures.Of(b.to)
	if f == nil {
		return list
	}
	o, _ := f.Outline()
	for _, line := range o.Path().Flatten(e.units(0.25)) {
		list = append(list, e.mark(MarkTarget, line.Closed, line.Points...))
	}
	return list
}

// markErased covers what the eraser has touched by what was drawn of it.
func (e *Editor) markErased(ids []board.ID) (list []Mark) {
	var ink []figure.Ink
	for _, f := range e.figuresOf(ids[:min(len(ids), mostErased)]) {
		from := len(list)
		if f.Kind() == board.KindStroke {
			ink = f.AppendInk(ink[:0])
			points := make([]geom.Point, len(ink))
			for i, k := range ink {
				points[i] = k.At
			}
			list = append(list, e.mark(MarkErased, false, points...))
		}
		for _, path := range append(f.HeadPaths(), f.Path()) {
			for _, line := range path.Flatten(e.units(0.25)) {
				list = append(list, e.mark(MarkErased, line.Closed, line.Points...))
			}
		}
		if len(list) == from { // it has no line: a text, a note
			list = append(list, e.markBox(MarkErased, f.Frame))
		}
		for i := range list[from:] {
			list[from+i].Width = f.Style.Thickness * e.camera.Zoom
		}
	}
	return list
}
