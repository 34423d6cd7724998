package editor

import (
	"math"

	"edgeboard/shared/geom"
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

// Mods is the keys that are held besides: a set of bits.
type Mods uint8

const (
	Shift Mods = 1 << iota
	Alt
	Ctrl // Cmd on a Mac
)

// Pointer is one sample of a pointer.
type Pointer struct {
	ID       int
	Kind     PointerKind
	Button   Button     // of Down
	At       geom.Point // CSS pixels from the top left of the board's surface
	Pressure float64    // 0 to 1; devices without it give 0.5
	Mods     Mods
	Clicks   int // of Down: 2 for the second press of a double click
}

func finite(p geom.Point) bool {
	return !math.IsNaN(p.X-p.X) && !math.IsNaN(p.Y-p.Y) // infinity minus infinity is not a number
}

// Distances in CSS pixels: fingers are broad, and tremble.
const (
	slopMouse, slopFinger   = 3, 8   // how far a press moves before it is a drag
	touchMouse, touchFinger = 6, 12  // how near a place must be to what it hits
	reachMouse, reachFinger = 12, 22 // the same of handles
)

func (k PointerKind) slop() float64  { return k.either(slopMouse, slopFinger) }
func (k PointerKind) touch() float64 { return k.either(touchMouse, touchFinger) }
func (k PointerKind) reach() float64 { return k.either(reachMouse, reachFinger) }

func (k PointerKind) either(mouse, finger float64) float64 {
	if k == Finger {
		return finger
	}
	return mouse
}
