package geom

import "math"

// Transform is an affine transform. Its numbers are those of SVG's
// matrix(a, b, c, d, e, f) and of the canvas:
//
//	x' = A·x + C·y + E
//	y' = B·x + D·y + F
//
// The zero Transform sends everything to the origin; Identity leaves everything
// where it is.
type Transform struct{ A, B, C, D, E, F float64 }

// Identity is the transform that changes nothing.
var Identity = Transform{A: 1, D: 1}

// Translate returns the transform that moves by d.
func Translate(d Point) Transform { return Transform{A: 1, D: 1, E: d.X, F: d.Y} }

// Scale returns the transform that scales about the origin. A negative factor
// mirrors.
func Scale(x, y float64) Transform { return Transform{A: x, D: y} }

// ScaleAbout returns the transform that scales and leaves c where it is.
func ScaleAbout(c Point, x, y float64) Transform {
	return Transform{A: x, D: y, E: c.X - c.X*x, F: c.Y - c.Y*y}
}

// Rotate returns the transform that turns about the origin.
func Rotate(angle float64) Transform {
	sin, cos := math.Sincos(angle)
	return Transform{A: cos, B: sin, C: -sin, D: cos}
}

// RotateAbout returns the transform that turns about c.
func RotateAbout(c Point, angle float64) Transform {
	t := Rotate(angle)
	d := c.Sub(t.Apply(c))
	t.E, t.F = d.X, d.Y
	return t
}

// Stretch returns the transform that lays from over to, corner on corner.
// Where from has no extent, it is moved to the middle of to instead. If a box
// is empty, it is Identity.
func Stretch(from, to Box) Transform {
	if from.Empty() || to.Empty() {
		return Identity
	}
	t := Identity
	t.A, t.E = stretch(from.Min.X, from.Max.X, to.Min.X, to.Max.X)
	t.D, t.F = stretch(from.Min.Y, from.Max.Y, to.Min.Y, to.Max.Y)
	return t
}

func stretch(from0, from1, to0, to1 float64) (scale, move float64) {
	if from0 == from1 {
		return 1, (to0+to1)/2 - from0
	}
	scale = (to1 - to0) / (from1 - from0)
	return scale, to0 - from0*scale
}

// Then returns the transform that does t first and u after it.
func (t Transform) Then(u Transform) Transform {
	return Transform{
		A: u.A*t.A + u.C*t.B, C: u.A*t.C + u.C*t.D, E: u.A*t.E + u.C*t.F + u.E,
		B: u.B*t.A + u.D*t.B, D: u.B*t.C + u.D*t.D, F: u.B*t.E + u.D*t.F + u.F,
	}
}

// Apply returns where a place goes.
func (t Transform) Apply(p Point) Point {
	return Point{t.A*p.X + t.C*p.Y + t.E, t.B*p.X + t.D*p.Y + t.F}
}

// ApplyVector returns what becomes of a difference of two places: it is not
// moved.
func (t Transform) ApplyVector(v Point) Point {
	return Point{t.A*v.X + t.C*v.Y, t.B*v.X + t.D*v.Y}
}

// ApplyBox returns the smallest box around what becomes of b. An empty box
// gives NoBox; sides at infinity are allowed.
func (t Transform) ApplyBox(b Box) Box {
	if b.Empty() {
		return NoBox
	}
	x0, x1 := span(t.A, b.Min.X, b.Max.X)
	x2, x3 := span(t.C, b.Min.Y, b.Max.Y)
	y0, y1 := span(t.B, b.Min.X, b.Max.X)
	y2, y3 := span(t.D, b.Min.Y, b.Max.Y)
	return Box{Point{x0 + x2 + t.E, y0 + y2 + t.F}, Point{x1 + x3 + t.E, y1 + y3 + t.F}}
}

// span returns the range of k·v for v from lo to hi.
func span(k, lo, hi float64) (float64, float64) {
	switch {
	case k == 0:
		return 0, 0 // of infinities too
	case k < 0:
		return k * hi, k * lo
	}
	return k * lo, k * hi
}

// Det returns the determinant: the factor by which areas grow, negative if t
// mirrors.
func (t Transform) Det() float64 { return t.A*t.D - t.B*t.C }

// MeanScale returns the factor by which lengths grow, as the geometric mean of
// all directions: what a line's width is to be multiplied with.
func (t Transform) MeanScale() float64 { return math.Sqrt(math.Abs(t.Det())) }

// Finite reports whether no number is NaN or infinite.
func (t Transform) Finite() bool {
	return finite(t.A) && finite(t.B) && finite(t.C) && finite(t.D) && finite(t.E) && finite(t.F)
}

// Invert returns the transform that undoes t. If there is none, because t
// flattens the plane or a number leaves the range of float64, it returns
// Identity and false.
func (t Transform) Invert() (Transform, bool) {
	det := t.Det()
	if det == 0 {
		return Identity, false
	}
	u := Transform{A: t.D / det, B: -t.B / det, C: -t.C / det, D: t.A / det}
	u.E = -(u.A*t.E + u.C*t.F)
	u.F = -(u.B*t.E + u.D*t.F)
	if !finite(det) || !u.Finite() {
		return Identity, false
	}
	return u, true
}

// Parts is a transform as steps, in the order in which they are done.
type Parts struct {
	Scale Point   // about the origin; X is positive, a negative Y mirrors
	Skew  float64 // then x grows by Skew·y
	Angle float64 // then it is turned about the origin, -Pi to Pi
	Move  Point   // then moved
}

// Transform returns the steps as a transform.
func (p Parts) Transform() Transform {
	return Scale(p.Scale.X, p.Scale.Y).Then(Transform{A: 1, C: p.Skew, D: 1}).Then(Rotate(p.Angle)).Then(Translate(p.Move))
}

// Decompose returns the steps that t consists of. A transform that flattens the
// plane, or is not finite, has none: it returns Identity's and false.
func (t Transform) Decompose() (Parts, bool) {
	det := t.Det()
	x := Point{t.A, t.B}.Len()
	if det == 0 || !finite(det) || !finite(x) || !t.Finite() {
		return Parts{Scale: Point{1, 1}}, false
	}
	p := Parts{
		Scale: Point{x, det / x},
		Skew:  (t.A*t.C + t.B*t.D) / det,
		Angle: Point{t.A, t.B}.Angle(),
		Move:  Point{t.E, t.F},
	}
	if !p.Scale.Finite() || !finite(p.Skew) {
		return Parts{Scale: Point{1, 1}}, false
	}
	return p, true
}
