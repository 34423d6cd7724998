package geom

import "math"

// Point is a place or a vector.
type Point struct{ X, Y float64 }

// Pt is shorthand for Point{x, y}.
func Pt(x, y float64) Point { return Point{x, y} }

// Add returns p + q.
func (p Point) Add(q Point) Point { return Point{p.X + q.X, p.Y + q.Y} }

// Sub returns p - q.
func (p Point) Sub(q Point) Point { return Point{p.X - q.X, p.Y - q.Y} }

// Mul returns p scaled by k.
func (p Point) Mul(k float64) Point { return Point{p.X * k, p.Y * k} }

// Neg returns -p.
func (p Point) Neg() Point { return Point{-p.X, -p.Y} }

// Len returns the length of p as a vector.
func (p Point) Len() float64 { return math.Hypot(p.X, p.Y) }

// Dist returns the distance between p and q.
func (p Point) Dist(q Point) float64 { return p.Sub(q).Len() }

// Mid returns the point halfway between p and q.
func (p Point) Mid(q Point) Point { return Point{(p.X + q.X) / 2, (p.Y + q.Y) / 2} }

// Lerp returns the point at t on the line from p, at 0, to q, at 1. At 0 and 1
// it is exact; beyond them it extrapolates.
func (p Point) Lerp(q Point, t float64) Point {
	return Point{p.X*(1-t) + q.X*t, p.Y*(1-t) + q.Y*t}
}

// Dot returns the scalar product: positive if the vectors point the same way,
// 0 if they are at right angles.
func (p Point) Dot(q Point) float64 { return p.X*q.X + p.Y*q.Y }

// Cross returns the z of the vector product: twice the area of the triangle
// between p and q, positive if q lies clockwise of p on the screen.
func (p Point) Cross(q Point) float64 { return p.X*q.Y - p.Y*q.X }

// Perp returns p turned a quarter clockwise on the screen, exactly.
func (p Point) Perp() Point { return Point{-p.Y, p.X} }

// Unit returns the vector of length 1 that points the way of p. A vector
// without a way, which is one that is zero or not finite, gives the zero vector.
func (p Point) Unit() Point {
	big := max(math.Abs(p.X), math.Abs(p.Y))
	if !(big > 0) || math.IsInf(big, 1) {
		return Point{}
	}
	// Divided first, neither huge nor tiny vectors leave the range.
	q := Point{p.X / big, p.Y / big}
	l := q.Len()
	return Point{q.X / l, q.Y / l}
}

// Angle returns the angle from the x axis to p, from -Pi to Pi. That of the
// zero vector is 0.
func (p Point) Angle() float64 { return math.Atan2(p.Y, p.X) }

// Rotate returns p turned about the origin.
func (p Point) Rotate(angle float64) Point {
	sin, cos := math.Sincos(angle)
	return Point{p.X*cos - p.Y*sin, p.X*sin + p.Y*cos}
}

// RotateAbout returns p turned about c.
func (p Point) RotateAbout(c Point, angle float64) Point {
	if angle == 0 {
		return p // without the rounding of there and back
	}
	return p.Sub(c).Rotate(angle).Add(c)
}

// Finite reports whether no coordinate is NaN or infinite.
func (p Point) Finite() bool { return finite(p.X) && finite(p.Y) }

func finite(v float64) bool { return math.Abs(v) <= math.MaxFloat64 }

// NormalizeAngle returns the angle above -Pi and up to Pi that turns the same
// way as angle. One that is not finite gives 0.
func NormalizeAngle(angle float64) float64 {
	if !finite(angle) {
		return 0
	}
	a := math.Remainder(angle, 2*math.Pi)
	if a <= -math.Pi {
		a = math.Pi
	}
	return a
}
