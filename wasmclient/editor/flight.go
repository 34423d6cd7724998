package editor

import (
	"math"

	"edgeboard/shared/geom"
)

// A flight takes the camera from one view to another along the path that looks
// smoothest: out, over, and in again (van Wijk and Nuij, "Smooth and efficient
// zooming and panning", InfoVis 2003, equation 9).
type flight struct {
	from, to geom.Camera
	begun    float64 // milliseconds
	takes    float64 // the same
}

const (
	flightCurve = 1.42 // rho of the paper: how far out it goes
	flightPace  = 260  // milliseconds for each unit of its length
	flightLeast = 180  // milliseconds
	flightMost  = 1200 // the same
	// trailTime is how fast a camera catches up that goes after another one, in
	// milliseconds for all but a third of the way.
	trailTime = 70
)

// ShowBox returns the camera that shows a part of the board whole, as large as it
// goes with a margin of CSS pixels around it, at no more than a zoom.
func (e *Editor) ShowBox(part geom.Box, margin, most float64) geom.Camera {
	if e.screen == (geom.Point{}) {
		return e.camera
	}
	return e.camera.Fit(part, e.screen.X, e.screen.Y, margin, most)
}

// View returns the part of the board that is on the screen.
func (e *Editor) View() geom.Box { return e.view() }

// Fly takes the camera to another view, smoothly, or at once where Calm. What the
// person does with the camera ends it. While Flying, Advance is to be called in each
// frame.
func (e *Editor) Fly(to geom.Camera, now float64) {
	e.trail = nil
	if e.Calm {
		e.Jump(to)
		return
	}
	f := &flight{from: e.camera, to: to, begun: now}
	if _, length := e.path(f); length > 0 {
		f.takes = min(max(length*flightPace, flightLeast), flightMost)
	}
	e.flight = f
}

// Trail lets the camera go after another one that moves by itself.
func (e *Editor) Trail(to geom.Camera, now float64) {
	switch {
	case e.Calm:
		e.Jump(to)
	case e.flight != nil:
		e.flight.to = to
	case to != e.camera:
		if e.trail == nil {
			e.trailed = now
		}
		e.trail = &to
	}
}

// Jump takes the camera to another view at once.
func (e *Editor) Jump(to geom.Camera) {
	e.land()
	e.set(to)
}

// land ends what moves the camera by itself.
func (e *Editor) land() { e.flight, e.trail = nil, nil }

// Flying reports whether the camera moves by itself.
func (e *Editor) Flying() bool { return e.flight != nil || e.trail != nil }

// Steered returns how often the person has moved the camera.
func (e *Editor) Steered() uint64 { return e.steered }

// Advance moves a camera that is Flying to where it is at a time.
func (e *Editor) Advance(now float64) {
	switch {
	case e.flight != nil:
		f := e.flight
		t := 1.0
		if f.takes > 0 {
			t = min(max((now-f.begun)/f.takes, 0), 1)
		}
		if t == 1 {
			e.Jump(f.to)
			return
		}
		at, _ := e.path(f)
		e.set(at(t * t * (3 - 2*t)))
	case e.trail != nil:
		to := *e.trail
		k := 1 - math.Exp(-max(now-e.trailed, 0)/trailTime)
		e.trailed = now
		half := e.screen.Mul(0.5)
		a, b := e.camera.ToBoard(half), to.ToBoard(half)
		zoom := e.camera.Zoom * math.Pow(to.Zoom/e.camera.Zoom, k)
		if a.Dist(b)*to.Zoom < 0.5 && math.Abs(to.Zoom/e.camera.Zoom-1) < 0.001 {
			e.Jump(to)
			return
		}
		e.set(e.over(a.Lerp(b, k), zoom))
	}
}

// over is the camera with a point of the board in the middle of the screen.
func (e *Editor) over(middle geom.Point, zoom float64) geom.Camera {
	return geom.Camera{At: middle.Sub(e.screen.Mul(0.5 / zoom)), Zoom: zoom}
}

// path returns where a flight is after a share of its length, and that length.
func (e *Editor) path(f *flight) (at func(share float64) geom.Camera, length float64) {
	half := e.screen.Mul(0.5)
	a, b := f.from.ToBoard(half), f.to.ToBoard(half)
	width := max(e.screen.X, 1)
	w0, w1 := width/f.from.Zoom, width/f.to.Zoom
	u1 := a.Dist(b)
	const rho = flightCurve
	if u1 < w0*1e-3 { // only the zoom changes
		sign := 1.0
		if w1 < w0 {
			sign = -1
		}
		length = math.Abs(math.Log(w1/w0)) / rho
		return func(share float64) geom.Camera {
			w := w0 * math.Exp(sign*rho*share*length)
			return e.over(a.Lerp(b, share), width/w)
		}, length
	}
	b0 := (w1*w1 - w0*w0 + rho*rho*rho*rho*u1*u1) / (2 * w0 * rho * rho * u1)
	b1 := (w1*w1 - w0*w0 - rho*rho*rho*rho*u1*u1) / (2 * w1 * rho * rho * u1)
	r0, r1 := math.Asinh(-b0), math.Asinh(-b1)
	length = (r1 - r0) / rho
	return func(share float64) geom.Camera {
		s := share * length
		u := w0 / (rho * rho) * (math.Cosh(r0)*math.Tanh(rho*s+r0) - math.Sinh(r0))
		w := w0 * math.Cosh(r0) / math.Cosh(rho*s+r0)
		return e.over(a.Lerp(b, u/u1), width/w)
	}, length
}
