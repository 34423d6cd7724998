package editor

import "edgeboard/shared/geom"

// pinching is two fingers: they pan and zoom.
type pinching struct {
	grip
	other  int
	middle geom.Point // between the fingers, in CSS pixels
	span   float64    // how far they are apart
}

// pinch begins with the second finger.
func (e *Editor) pinch(p Pointer, now float64) {
	first := e.gesture.by().pointer
	e.interrupt()
	g := &pinching{grip: e.hold(p, now), other: p.ID}
	g.pointer = first
	g.middle, g.span = g.fingers()
	e.gesture = g
}

func (g *pinching) owns(pointer int) bool { return pointer == g.pointer || pointer == g.other }
func (g *pinching) stays() bool           { return true }
func (g *pinching) finish()               {}

// fingers returns the middle between the two and how far they are apart.
func (g *pinching) fingers() (middle geom.Point, span float64) {
	a, b := g.e.pointers[g.pointer], g.e.pointers[g.other]
	return a.Mid(b), max(a.Dist(b), 1)
}

func (g *pinching) move(Pointer) {
	e := g.e
	middle, span := g.fingers()
	e.look(e.camera.Pan(middle.Sub(g.middle)).ZoomAt(middle, e.camera.Zoom*span/g.span))
	g.middle, g.span = middle, span
}

// lift lets the finger that stays go on panning.
func (g *pinching) lift(pointer int, now float64) {
	stays := g.pointer + g.other - pointer
	held := g.e.hold(Pointer{ID: stays, Kind: Finger, At: g.e.pointers[stays]}, now)
	held.far = true // it has moved as a part of the pinch
	g.e.gesture = &panning{grip: held}
}
