package view

import (
	"math"

	"edgeboard/shared/board"
	"edgeboard/shared/geom"
)

// Vertex is a corner of a triangle: a place in device pixels and how much of
// the colour covers it, 0 to 1.
type Vertex struct {
	X, Y, Cover float32
}

// Mesh is triangles of one colour. Where they overlap, they do no harm: the
// colour is opaque, and edges are blended once by the fringe of Cover.
type Mesh struct {
	Color    uint32 // 0xRRGGBB
	Vertices []Vertex
	Indices  []uint32
}

// Samples of a stroke are joined by Catmull-Rom splines, cut into pieces of
// about piece device pixels.
const (
	piece     = 3.0
	maxPieces = 24
	// fringe is half the width of the edge over which Cover goes from 1 to 0,
	// in device pixels: antialiasing without a second pass.
	fringe = 0.5
	// sharp is the cosine of the turn from which a joint is drawn round.
	sharp = 0.7
)

// transform lays the board on an image: the board's point at lies in its corner
// and a board unit takes scale device pixels.
type transform struct {
	at    geom.Point
	scale float64
}

func (t transform) place(p board.Point) geom.Point {
	return geom.Point{X: float64(p.X) / board.PointsPerUnit, Y: float64(p.Y) / board.PointsPerUnit}.Sub(t.at).Mul(t.scale)
}

// pressureWidth is the width of a stroke at a pressure, as a share of its
// nominal width. A mouse, whose pressure is 0.5, draws the nominal width.
func pressureWidth(pressure uint8) float64 { return 0.4 + 1.2*float64(pressure)/255 }

// stroke adds the spline pieces from point from up to point to. Pieces that are
// drawn in several calls look as if they were drawn in one.
func (m *Mesh) stroke(points []board.Point, width float64, from, to int, t transform) {
	radius := func(i int) float64 { return width / 2 * t.scale * pressureWidth(points[i].Pressure) }
	at := func(i int) geom.Point { return t.place(points[min(max(i, 0), len(points)-1)]) }
	if from == to {
		m.disc(at(from), radius(from))
		return
	}
	for i := from; i < to; i++ {
		p0, p1, p2, p3 := at(i-1), at(i), at(i+1), at(i+2)
		if p1 == p2 {
			continue // the next piece begins here too
		}
		if i == 0 || turns(p0, p1, p2) {
			m.disc(p1, radius(i))
		}
		m.piece(p0, p1, p2, p3, radius(i), radius(i+1))
	}
	if to == len(points)-1 {
		m.disc(at(to), radius(to))
	}
}

// turns reports whether the way from a over b to c has a corner at b. A repeated
// point hides what came before it, so it may be one.
func turns(a, b, c geom.Point) bool {
	u, v := b.Sub(a), c.Sub(b)
	return u.X*v.X+u.Y*v.Y <= sharp*u.Len()*v.Len()
}

// piece adds the spline from p1 to p2, which differ.
func (m *Mesh) piece(p0, p1, p2, p3 geom.Point, r1, r2 float64) {
	n := int(min(math.Ceil(p2.Sub(p1).Len()/piece), maxPieces))
	a, b := p2.Sub(p0).Mul(0.5), p3.Sub(p1).Mul(0.5) // the tangents at p1 and p2
	for k := range n + 1 {
		s := float64(k) / float64(n)
		at, along := hermite(p1, a, p2, b, s)
		if along.Len() < 1e-6 {
			along = p2.Sub(p1)
		}
		m.rib(at, along, r1+(r2-r1)*s, k > 0)
	}
}

// hermite returns the point of a cubic Hermite spline at s, and its direction.
func hermite(p, a, q, b geom.Point, s float64) (at, along geom.Point) {
	s2, s3 := s*s, s*s*s
	at = p.Mul(2*s3 - 3*s2 + 1).Add(a.Mul(s3 - 2*s2 + s)).Add(q.Mul(3*s2 - 2*s3)).Add(b.Mul(s3 - s2))
	along = p.Mul(6*s2 - 6*s).Add(a.Mul(3*s2 - 4*s + 1)).Add(q.Mul(6*s - 6*s2)).Add(b.Mul(3*s2 - 2*s))
	return at, along
}

// rib adds four vertices across a stroke and, if join, triangles that join them
// to the four before.
func (m *Mesh) rib(at, along geom.Point, r float64, join bool) {
	inner, outer, cover := edge(r)
	side := geom.Point{X: -along.Y, Y: along.X}.Mul(1 / along.Len())
	first := uint32(len(m.Vertices))
	m.Vertices = append(m.Vertices,
		vertex(at.Add(side.Mul(outer)), 0),
		vertex(at.Add(side.Mul(inner)), cover),
		vertex(at.Sub(side.Mul(inner)), cover),
		vertex(at.Sub(side.Mul(outer)), 0),
	)
	if !join {
		return
	}
	for i := range uint32(3) {
		a, b := first-4+i, first+i
		m.Indices = append(m.Indices, a, b, a+1, a+1, b, b+1)
	}
}

// disc adds a filled circle.
func (m *Mesh) disc(at geom.Point, r float64) {
	inner, outer, cover := edge(r)
	n := uint32(min(max(math.Ceil(math.Pi*math.Sqrt(2*outer)), 8), 64))
	centre := uint32(len(m.Vertices))
	m.Vertices = append(m.Vertices, vertex(at, cover))
	for i := range n {
		sin, cos := math.Sincos(2 * math.Pi * float64(i) / float64(n))
		way := geom.Point{X: cos, Y: sin}
		m.Vertices = append(m.Vertices, vertex(at.Add(way.Mul(inner)), cover), vertex(at.Add(way.Mul(outer)), 0))
		a, b := centre+1+2*i, centre+1+2*((i+1)%n)
		m.Indices = append(m.Indices, centre, a, b, a, a+1, b, b, a+1, b+1)
	}
}

// edge returns where the fringe of a shape of radius r begins and ends, and the
// cover inside it: a line thinner than a pixel is drawn a pixel wide and paler.
func edge(r float64) (inner, outer float64, cover float32) {
	if r < fringe {
		return 0, 2 * fringe, float32(r / fringe)
	}
	return r - fringe, r + fringe, 1
}

func vertex(p geom.Point, cover float32) Vertex {
	return Vertex{float32(p.X), float32(p.Y), cover}
}
