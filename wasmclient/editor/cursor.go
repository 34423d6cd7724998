package editor

import (
	"math"

	"edgeboard/shared/geom"
)

// Cursor returns the shape of the pointer over the board, by its CSS name.
func (e *Editor) Cursor() string {
	e.refresh()
	switch g := e.gesture.(type) {
	case *panning, *pinching:
		return "grabbing"
	case *moving:
		return "move"
	case *rotating:
		return "grabbing"
	case *resizing:
		return resizeCursor(g.handle, g.frame.Angle)
	case *windowing:
		return resizeCursor(g.handle, e.cropped.plane.Angle)
	case *sliding:
		return "grabbing"
	case *pulling, *shaping, *drawing, *erasing, *marquee:
		return "crosshair"
	}
	if e.pans() {
		return "grab"
	}
	switch e.tool {
	case Select:
		return e.hoverCursor()
	case Text:
		return "text"
	}
	return "crosshair"
}

// hoverCursor tells what a press would take hold of.
func (e *Editor) hoverCursor() string {
	if e.hover.Kind == Finger {
		return "default"
	}
	at := e.camera.ToBoard(e.hover.At)
	if c := e.cropped; c != nil {
		if h, ok := e.cropHandle(at, e.hover.Kind); ok {
			return resizeCursor(h, c.plane.Angle)
		}
		if c.whole.Contains(c.plane.ToLocal(at)) {
			return "grab"
		}
	}
	switch what, h := e.graspAt(at, e.hover.Kind); what {
	case byHandle:
		frame, _ := e.frame(e.free())
		return resizeCursor(h, frame.Angle)
	case byRotation:
		return "grab"
	case byStart, byEnd:
		return "crosshair"
	}
	if e.inBox(at) || e.top(at, e.hover.Kind, false) != nil {
		return "move"
	}
	return "default"
}

// resizeCursor returns the cursor that points as a handle moves.
func resizeCursor(h geom.Handle, angle float64) string {
	way := h.Way().Rotate(angle).Angle()
	// Eighths of a turn; opposite ways look the same.
	switch (int(math.Round(way/(math.Pi/4))) + 8) % 4 {
	case 0:
		return "ew-resize"
	case 1:
		return "nwse-resize"
	case 2:
		return "ns-resize"
	}
	return "nesw-resize"
}
