package editor

import (
	"math"
	"slices"

	"edgeboard/shared/board"
	"edgeboard/shared/figure"
	"edgeboard/shared/geom"
)

// Lengths in CSS pixels.
const (
	rotateAway = 28 // from the frame to the handle that turns it
	// sideRoom is how long a side is that has a handle in its middle.
	sideRoom = 40
	// leastFrame is how wide and high handles lie apart at least: those of
	// something small lie outside of it.
	leastFrame = 24
	// insideShare is what of a frame's shorter side its handles take at most, so
	// that there is room to take hold of what is small.
	insideShare = 0.25
)

// grasped is what of a selection a pointer takes hold of.
type grasped uint8

const (
	nothing grasped = iota
	byHandle
	byRotation
	byStart
	byEnd
)

// handles returns the handles that a selection of figures has: a text no upper
// and lower one, since its height is that of its lines.
func (e *Editor) handles(list []*figure.Figure, frame geom.Frame) []geom.Handle {
	size := frame.Box.Size().Mul(e.camera.Zoom)
	text := len(list) == 1 && list[0].Kind() == board.KindText
	hs := []geom.Handle{geom.TopLeft, geom.TopRight, geom.BottomRight, geom.BottomLeft}
	if size.X >= sideRoom && !text {
		hs = append(hs, geom.Top, geom.Bottom)
	}
	if size.Y >= sideRoom || text {
		hs = append(hs, geom.Right, geom.Left)
	}
	return hs
}

// handleFrame returns the frame that handles lie on.
func (e *Editor) handleFrame(frame geom.Frame) geom.Frame {
	size := frame.Box.Size()
	more := geom.Point{X: max(e.units(leastFrame)-size.X, 0), Y: max(e.units(leastFrame)-size.Y, 0)}.Mul(0.5)
	frame.Box.Min, frame.Box.Max = frame.Box.Min.Sub(more), frame.Box.Max.Add(more)
	return frame
}

// rotation returns where the handle is that turns a frame.
func (e *Editor) rotation(frame geom.Frame) geom.Point {
	up := geom.Point{Y: -e.units(rotateAway)}.Rotate(frame.Angle)
	return frame.Handle(geom.Top).Add(up)
}

// graspAt returns what of the selection is at a place of the board.
func (e *Editor) graspAt(at geom.Point, kind PointerKind) (grasped, geom.Handle) {
	if e.tool != Select || e.viewOnly || e.Writing() != nil {
		return nothing, 0
	}
	list, reach := e.free(), e.units(kind.reach())
	if len(list) == 1 && list[0].Line() {
		from, to := at.Dist(list[0].From), at.Dist(list[0].To)
		switch reach = min(reach, max(list[0].From.Dist(list[0].To)/3, e.units(4))); {
		case min(from, to) > reach:
			return nothing, 0
		case from < to:
			return byStart, 0
		}
		return byEnd, 0
	}
	frame, ok := e.frame(list)
	if !ok {
		return nothing, 0
	}
	frame = e.handleFrame(frame)
	if at.Dist(e.rotation(frame)) <= reach {
		return byRotation, 0
	}
	if size := frame.Box.Size(); frame.Contains(at) && min(size.X, size.Y) > 0 {
		reach = min(reach, insideShare*min(size.X, size.Y))
	}
	h, ok := frame.HandleAt(at, reach)
	if !ok || !slices.Contains(e.handles(list, frame), h) {
		return nothing, 0
	}
	return byHandle, h
}

// grasp begins the gesture of a handle, if one is at a place.
func (e *Editor) grasp(held grip, at geom.Point) bool {
	what, h := e.graspAt(at, held.kind)
	if what == nothing {
		return false
	}
	list := e.free()
	c := carrying{grip: held, ids: idsOf(list)}
	c.frame, _ = e.frame(list)
	switch what {
	case byHandle:
		g := &resizing{carrying: c, handle: h, offset: c.frame.Handle(h).Sub(at)}
		if len(list) == 1 {
			g.single, g.was, g.auto = list[0].Kind(), list[0].Place, list[0].Element.Float(board.KeyWidth, 0) == 0
		}
		e.gesture = g
	case byRotation:
		c.take(e.loose(slices.Clone(e.along(list))))
		e.gesture = &rotating{carrying: c}
	default:
		e.gesture = e.pull(c, list[0], what == byEnd, at)
	}
	return true
}

// angleStep is what angles are multiples of while shift is held.
const angleStep = math.Pi / 12

func stepped(angle float64) float64 { return math.Round(angle/angleStep) * angleStep }

// steppedFrom returns the place nearest to one that lies at a stepped angle from
// another.
func steppedFrom(from, to geom.Point) geom.Point {
	way := to.Sub(from)
	along := geom.Point{X: 1}.Rotate(stepped(way.Angle()))
	return from.Add(along.Mul(way.Dot(along)))
}
