package editor

import (
	"edgeboard/shared/figure"
	"edgeboard/shared/geom"
)

// How large what is put on the board without a pointer is, in board units. A line is
// as long.
const putWidth, putHeight = 160, 100

// put does without a pointer what a click with the tool would do: what it makes comes
// into the middle of the screen, and a stamp or a remark onto what was selected when
// the tool was taken. It reports whether the tool puts anything anywhere.
func (e *Editor) put() bool {
	middle := e.view().Center()
	on := middle
	if f := e.figures.Of(e.before); f != nil && e.view().Overlaps(f.Bounds) {
		on = f.Frame.Bounds().Center()
	}
	switch e.tool {
	case Comment:
		if !e.mayComment {
			return false
		}
		e.remarkAt(on, Mouse)
		return true
	case Stamp:
		e.putStamp(on, Mouse)
		return true
	case Text, Note:
		e.placeText(e.unused(middle))
		return true
	case Frame:
		e.placeFrame(e.unused(middle))
		return true
	case Tile:
		e.placeTile(e.unused(middle))
		return true
	}
	kind, ok := kinds[e.tool]
	if !ok {
		return false
	}
	at, tool := e.unused(middle), e.tool
	e.place(kind, tool, func(p *figure.Place) {
		p.W, p.H = putWidth, putHeight
		if tool == Line || tool == Arrow {
			p.H = 0
		}
		p.X, p.Y = at.X-p.W/2, at.Y-p.H/2
	})
	return true
}

// unused returns a place at or near another one in which no element has its middle:
// what is put there does not cover another one exactly.
func (e *Editor) unused(at geom.Point) geom.Point {
	const tries = 100
	for range tries {
		used := false
		for _, f := range e.figures.In(geom.BoxOf(at)) {
			used = used || f.Frame.Bounds().Center().Dist(at) < 1
		}
		if !used {
			break
		}
		at = at.Add(geom.Pt(duplicateOffset, duplicateOffset))
	}
	return at
}
