package geom

import "math"

// Shape is the form of an outline.
type Shape uint8

const (
	Rectangle Shape = iota
	Ellipse
	Diamond // between the middles of the frame's sides
)

// Outline is the outline of an element that fills its frame. Its distances are
// those of the true shape, without chords and tolerances.
//
// A frame that is empty or has a corner that is no place has no outline: nothing
// hits it, and it has no points.
type Outline struct {
	Shape  Shape
	Frame  Frame
	Radius float64 // of a Rectangle's corners, at most half its shorter side
}

// Path returns the outline as a path on the board.
func (o Outline) Path() Path {
	var p Path
	switch o.Shape {
	case Ellipse:
		p = EllipsePath(o.Frame.Box)
	case Diamond:
		p = DiamondPath(o.Frame.Box)
	default:
		p = RoundedRectanglePath(o.Frame.Box, o.Radius)
	}
	if o.Frame.Angle != 0 {
		p = p.Transform(o.Frame.Transform())
	}
	return p
}

// Contains reports whether a place of the board is inside the outline or on it.
func (o Outline) Contains(p Point) bool { return o.SignedDist(p) <= 0 }

// Hit reports whether a place of the board is within tolerance of the outline,
// or, if it is filled, within tolerance of what it encloses. Half of the line's
// width is to be in the tolerance.
func (o Outline) Hit(p Point, tolerance float64, filled bool) bool {
	d := o.SignedDist(p)
	if filled {
		return d <= radius(tolerance)
	}
	return math.Abs(d) <= radius(tolerance)
}

// SignedDist returns how far a place of the board is from the outline, negative
// inside. Without an outline, or for a p that is no place, it is +Inf.
func (o Outline) SignedDist(p Point) float64 {
	l, ok := o.local()
	if !ok || !p.place() {
		return math.Inf(1)
	}
	return l.signed(o.Frame.ToLocal(p).Sub(l.center))
}

// Nearest returns the point of the outline that is nearest to a place of the
// board, and whether there is an outline and p is a place.
func (o Outline) Nearest(p Point) (Point, bool) {
	l, ok := o.local()
	if !ok || !p.place() {
		return Point{}, false
	}
	q := o.Frame.ToLocal(p).Sub(l.center)
	n := l.nearest(Point{math.Abs(q.X), math.Abs(q.Y)})
	return o.Frame.ToBoard(l.center.Add(Point{n.X * sign(q.X), n.Y * sign(q.Y)})), true
}

// Attach returns where the end of an arrow lies that is bound to the element
// and aims from its centre towards a place: on the line between them, gap away
// from the outline. That may be beyond the place, if it is so near. If there is
// no outline, or toward is the centre or no place, ok is false.
func (o Outline) Attach(toward Point, gap float64) (at Point, ok bool) {
	return o.Leave(o.Frame.Center(), toward, gap)
}

// Leave returns where the line that goes from a place inside the outline
// towards another is gap away from the outline: the first such point outside. A
// gap that is NaN or negative is 0. If there is no outline, the line has no
// direction, a place is none, or from is outside already, ok is false.
func (o Outline) Leave(from, toward Point, gap float64) (at Point, ok bool) {
	l, ok := o.local()
	way := toward.Sub(from).Rotate(-o.Frame.Angle).Unit()
	if !ok || !from.place() || !toward.place() || way == (Point{}) {
		return Point{}, false
	}
	gap = radius(gap)
	q := o.Frame.ToLocal(from).Sub(l.center)
	if l.signed(q) > gap {
		return Point{}, false
	}
	// The shapes are convex, so the line leaves once: in between is found by
	// bisection. As far away as hi, even the far side is more than gap away.
	lo, hi := 0.0, q.Len()+l.half.Len()+gap
	for range 64 {
		mid := (lo + hi) / 2
		if mid <= lo || mid >= hi {
			break
		}
		if l.signed(q.Add(way.Mul(mid))) > gap {
			hi = mid
		} else {
			lo = mid
		}
	}
	return o.Frame.ToBoard(l.center.Add(q).Add(way.Mul(hi))), true
}

// local is an outline about the origin and before the frame's turn.
type local struct {
	shape  Shape
	center Point
	half   Point // half of its size
	radius float64
}

func (o Outline) local() (local, bool) {
	b := o.Frame.Box
	if b.Empty() || !b.Min.place() || !b.Max.place() || !finite(o.Frame.Angle) {
		return local{}, false
	}
	half := b.Size().Mul(0.5)
	return local{o.Shape, b.Center(), half, min(positive(o.Radius), half.X, half.Y)}, true
}

// signed returns the distance of q, negative inside.
func (l *local) signed(q Point) float64 {
	q = Point{math.Abs(q.X), math.Abs(q.Y)}
	d := l.nearest(q).Dist(q)
	var inside bool
	switch h := l.half; l.shape {
	case Ellipse:
		x, y := q.X/h.X, q.Y/h.Y
		inside = x*x+y*y < 1
	case Diamond:
		inside = q.X*h.Y+q.Y*h.X < h.X*h.Y
	default:
		r := Point{l.radius, l.radius}
		v := q.Sub(h.Sub(r))
		inside = q.X < h.X && q.Y < h.Y && !(v.X > 0 && v.Y > 0 && v.Len() > l.radius)
	}
	if inside {
		return -d
	}
	return d
}

// nearest returns the point of the outline nearest to a q that has no negative
// coordinate. It has none either, as the shapes are symmetric.
func (l *local) nearest(q Point) Point {
	switch l.shape {
	case Ellipse:
		return nearestOnEllipse(q, l.half)
	case Diamond:
		n, _ := NearestOnSegment(q, Point{l.half.X, 0}, Point{0, l.half.Y})
		return n
	}
	inner := l.half.Sub(Point{l.radius, l.radius})
	v := q.Sub(inner)
	switch {
	case v.X > 0 && v.Y > 0:
		return inner.Add(v.Unit().Mul(l.radius))
	case v.X > v.Y:
		return Point{l.half.X, q.Y}
	}
	return Point{q.X, l.half.Y}
}

// nearestOnEllipse returns the point nearest to q of the ellipse about the
// origin with the given half axes. Nothing is negative.
//
// The vector from the nearest point n to q is at right angles to the ellipse:
// q.X - n.X = u·n.X/a², q.Y - n.Y = u·n.Y/b². So n follows from u, which is the
// root of n.X²/a² + n.Y²/b² = 1. With a ≥ b and s = u + b², that is
//
//	(a·q.X/(s+a²-b²))² + (b·q.Y/s)² = 1,
//
// of which the left side falls and is convex in s: Newton's steps from a place
// where it is 1 or more all go up and never pass the root.
func nearestOnEllipse(q, half Point) Point {
	if half.X < half.Y {
		n := nearestOnEllipse(Point{q.Y, q.X}, Point{half.Y, half.X})
		return Point{n.Y, n.X}
	}
	if half.X < 1/MaxCoord {
		return Point{} // a point: in units of it, others would be out of range
	}
	// In units of a; then a is 1.
	b, x, y := half.Y/half.X, q.X/half.X, q.Y/half.X
	c := (1 - b) * (1 + b)
	var n Point
	switch by := b * y; {
	case by > 0:
		s := max(by, x-c) // where one of the two terms is 1
		for range 64 {
			f, g := x/(s+c), by/s
			next := s + (f*f+g*g-1)/(2*(f*f/(s+c)+g*g/s))
			if !(next > s) {
				break
			}
			s = next
		}
		n = Point{x / (s + c), by / s * b}
	case x < c:
		// On the long axis, the ellipse is nearest above, where s is 0.
		n.X = x / c
		n.Y = b * math.Sqrt((1-n.X)*(1+n.X))
	default:
		n.X = 1
	}
	return n.Mul(half.X)
}
