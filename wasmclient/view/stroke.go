package view

import (
	"math"

	"edgeboard/shared/figure"
	"edgeboard/shared/geom"
)

// knot is an ink of a stroke that counts at a scale, in device pixels.
type knot struct {
	at     geom.Point
	radius float64
	ink    int // its number in the stroke
}

// Level of detail, in device pixels.
const (
	// leastStep is how far inks are apart: of nearer ones some are left out.
	leastStep = 0.8
	// chordOff is how far the chords of a curve may lie off it.
	chordOff = 0.1
	// sharp is the cosine of the turn from which a joint is drawn round.
	sharp = 0.7
	// fine is the radius up to which the joints of a line are not round:
	// nobody sees it.
	fine = 0.8
	// maxPieces bounds the chords between two inks.
	maxPieces = 24
	// speck is the size of what is too small to have a shape.
	speck = 2.0
)

// transform lays the board on an image: the board's point at lies in its corner
// and a board unit takes scale device pixels.
type transform struct {
	at    geom.Point
	scale float64
}

func (t transform) place(p geom.Point) geom.Point { return p.Sub(t.at).Mul(t.scale) }

func (t transform) box(b geom.Box) geom.Box {
	return geom.Box{Min: t.place(b.Min), Max: t.place(b.Max)}
}

// knots appends the inks that count. Which ones these are depends on the scale
// alone, so that all tiles and all parts of a stroke agree; the last one always
// does.
func (t transform) knots(dst []knot, inks []figure.Ink) []knot {
	first := len(dst)
	least := leastStep / t.scale
	least *= least
	for i := range inks {
		if n := len(dst); n > first && i < len(inks)-1 {
			d := inks[i].At.Sub(inks[dst[n-1].ink].At)
			if d.X*d.X+d.Y*d.Y < least {
				dst[n-1].radius = max(dst[n-1].radius, inks[i].Radius*t.scale)
				continue
			}
		}
		dst = append(dst, knot{t.place(inks[i].At), inks[i].Radius * t.scale, i})
	}
	return dst
}

// stroke draws the knots of a stroke as splines: the pieces that end with an ink
// from from+1 to to. It begins at the knot at, stops when the canvas has spent
// more than most, and returns where to go on: len(knots) when it is done.
// Pieces that are drawn in several calls look as if they were drawn in one.
func (c *canvas) stroke(knots []knot, from, to, at, most int) int {
	n := len(knots)
	if n == 0 {
		return 0
	}
	widest := 0.0
	for _, k := range knots {
		widest = max(widest, k.radius)
	}
	c.joined = false
	last := n - 1
	near := c.clip.Grow(widest + 1)
	if n == 1 || knots[last].at == knots[0].at && n == 2 {
		if from <= 0 && near.Contains(knots[0].at) {
			c.disc(knots[0].at, knots[last].radius)
		}
		return n
	}
	for ; at < last; at++ {
		if knots[at+1].ink <= from {
			continue
		}
		if knots[at+1].ink > to || c.spent > most {
			break
		}
		p0, p1, p2, p3 := knots[max(at-1, 0)].at, knots[at].at, knots[at+1].at, knots[min(at+2, last)].at
		a, b := p2.Sub(p0).Mul(0.5), p3.Sub(p1).Mul(0.5) // the tangents at p1 and p2
		// The control points of the piece, which it lies between.
		q1, q2 := p1.Add(a.Mul(1.0/3)), p2.Sub(b.Mul(1.0/3))
		hull := geom.Box{
			Min: geom.Point{X: min(p1.X, p2.X, q1.X, q2.X), Y: min(p1.Y, p2.Y, q1.Y, q2.Y)},
			Max: geom.Point{X: max(p1.X, p2.X, q1.X, q2.X), Y: max(p1.Y, p2.Y, q1.Y, q2.Y)},
		}
		if !near.Overlaps(hull) {
			c.spent++
			c.joined = false
			continue
		}
		switch {
		case at == 0:
			c.begins(p1, way(a, p2.Sub(p1)), knots[0].radius)
		case knots[at].radius > fine && turns(p0, p1, p2):
			c.disc(p1, knots[at].radius)
		}
		if p1 != p2 {
			c.piece(p1, a, p2, b, q1, q2, knots[at].radius, knots[at+1].radius)
		}
		if at+1 == last {
			if !c.joined {
				c.rib(p2, way(b, p2.Sub(p1)), knots[last].radius)
			}
			c.ends(p2, way(b, p2.Sub(p1)), knots[last].radius)
		}
	}
	c.joined = false
	if at == last || knots[at+1].ink > to {
		return n
	}
	return at
}

// turns reports whether the way from a over b to c has a corner at b.
func turns(a, b, c geom.Point) bool {
	u, v := b.Sub(a), c.Sub(b)
	return u.X*v.X+u.Y*v.Y <= sharp*math.Sqrt((u.X*u.X+u.Y*u.Y)*(v.X*v.X+v.Y*v.Y))
}

// piece adds the spline from p1 with the tangent a to p2 with the tangent b; q1
// and q2 are its control points as a Bézier curve.
func (c *canvas) piece(p1, a, p2, b, q1, q2 geom.Point, r1, r2 float64) {
	// The chords of a cubic lie off it by an eighth of its second derivative.
	bend := max(bendOf(p1, q1, q2), bendOf(q1, q2, p2))
	parts := math.Sqrt(0.75 * bend / chordOff)
	// The border of a wide stroke bends more: a chord of the turn lies off it by
	// an eighth of the radius times the square of the turn.
	if r := max(r1, r2); r > 1 && bend > 0 {
		turn := math.Abs(math.Atan2(a.Cross(b), a.Dot(b)))
		parts = max(parts, turn/math.Sqrt(8*chordOff/r))
	}
	n := int(min(math.Ceil(parts), maxPieces))
	n = max(n, 1)
	if !c.joined {
		c.rib(p1, way(a, p2.Sub(p1)), r1)
	}
	for k := 1; k < n; k++ {
		s := float64(k) / float64(n)
		at, along := hermite(p1, a, p2, b, s)
		c.rib(at, way(along, p2.Sub(p1)), r1+(r2-r1)*s)
	}
	c.rib(p2, way(b, p2.Sub(p1)), r2)
}

func bendOf(a, b, c geom.Point) float64 {
	x, y := a.X-2*b.X+c.X, a.Y-2*b.Y+c.Y
	return math.Sqrt(x*x + y*y)
}

// way is the direction of a tangent, or of the chord where it is none.
func way(along, chord geom.Point) geom.Point {
	if l := along.X*along.X + along.Y*along.Y; l > 1e-12 {
		return along.Mul(1 / math.Sqrt(l))
	}
	return chord.Unit()
}

// hermite returns the point of a cubic Hermite spline at s, and its direction.
func hermite(p, a, q, b geom.Point, s float64) (at, along geom.Point) {
	s2, s3 := s*s, s*s*s
	at = p.Mul(2*s3 - 3*s2 + 1).Add(a.Mul(s3 - 2*s2 + s)).Add(q.Mul(3*s2 - 2*s3)).Add(b.Mul(s3 - s2))
	along = p.Mul(6*s2 - 6*s).Add(a.Mul(3*s2 - 4*s + 1)).Add(q.Mul(6*s - 6*s2)).Add(b.Mul(3*s2 - 2*s))
	return at, along
}
