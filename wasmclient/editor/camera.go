package editor

import (
	"math"

	"edgeboard/shared/board"
	"edgeboard/shared/geom"
)

// zoomStep is what one press of a key or button multiplies or divides the zoom
// by; fitMargin is around what is fitted into the screen, in CSS pixels.
const (
	zoomStep  = 1.25
	fitMargin = 48
)

// Camera returns how the board lies on the screen.
func (e *Editor) Camera() geom.Camera { return e.camera }

// Resize tells how large the screen is, in CSS pixels.
func (e *Editor) Resize(width, height float64) {
	if size := (geom.Point{X: width, Y: height}); finite(size) {
		e.screen = size
	}
}

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

// Look shows the board as a camera has it.
func (e *Editor) Look(c geom.Camera) { e.look(c) }

// Zoom sets the zoom and keeps a place on the screen fixed.
func (e *Editor) Zoom(at geom.Point, zoom float64) { e.look(e.camera.ZoomAt(at, zoom)) }

// zoomTo sets the zoom about the middle of the screen.
func (e *Editor) zoomTo(zoom float64) bool {
	before := e.camera
	e.Zoom(e.screen.Mul(0.5), zoom)
	return e.camera != before
}

// fit shows a part of the board. It magnifies nothing.
func (e *Editor) fit(part geom.Box) bool {
	if part.Empty() || e.screen == (geom.Point{}) {
		return false
	}
	before := e.camera
	e.look(e.camera.Fit(part, e.screen.X, e.screen.Y, fitMargin, 1))
	return e.camera != before
}

// look moves the camera as the person wants it.
func (e *Editor) look(c geom.Camera) {
	e.land()
	e.steered++
	e.set(c)
}

// set moves the camera. It does not leave the part of the plane that points
// can lie in, and stays where it is for what is no place at all.
func (e *Editor) set(c geom.Camera) {
	if math.IsNaN(c.At.X) || math.IsNaN(c.At.Y) || math.IsNaN(c.Zoom) {
		return
	}
	const most = maxCoordinate / board.PointsPerUnit
	c.At.X = min(max(c.At.X, -most), most)
	c.At.Y = min(max(c.At.Y, -most), most)
	e.camera = c
}

// view returns the part of the board that is on the screen.
func (e *Editor) view() geom.Box { return e.camera.Visible(e.screen.X, e.screen.Y) }

// units turns a length of CSS pixels into one of the board.
func (e *Editor) units(pixels float64) float64 { return pixels / e.camera.Zoom }
