package view

import (
	"math"
	"slices"

	"edgeboard/shared/figure"
	"edgeboard/shared/geom"
)

// parts draws parts of a figure.
func (p *paper) parts(c *canvas, f *figure.Figure, parts []figure.Part, box geom.Box) {
	for i := range parts {
		part := &parts[i]
		color := part.Shown(p.dark)
		if part.Text != nil {
			p.letters(c, f, part.Text, color, box)
			continue
		}
		c.ink = color
		p.lines(part.Path, func(points []geom.Point, closed bool) {
			switch {
			case !part.Fill && !closed:
				c.polyline(points, part.Thickness/2*p.scale)
			case !part.Fill:
				c.line(points, closed, part.Thickness/2*p.scale)
			case convex(points):
				c.fill(points, 1, 2*fringe)
			default:
				c.hollow(points)
			}
		})
	}
}

// lines visits the lines of a path on the image, with chords for its curves. It is what
// flatten does, for paths that are made anew many times a second: it takes no memory.
// Points that lie closer than can be seen are left out.
func (p *paper) lines(path geom.Path, visit func(points []geom.Point, closed bool)) {
	points := p.points[:0]
	moved := false // the last MoveTo has something behind it
	add := func(at geom.Point) {
		if !at.Finite() {
			return
		}
		moved = true
		if n := len(points); n > 0 {
			if d := at.Sub(points[n-1]); d.X*d.X+d.Y*d.Y < leastStep*leastStep {
				return
			}
		}
		points = append(points, at)
	}
	end := func(closed bool) {
		if len(points) > 1 || len(points) == 1 && moved {
			visit(points, closed)
		}
		points, moved = points[:0], false
	}
	var begin geom.Point
	for i := range path {
		s := &path[i]
		switch s.Verb {
		case geom.MoveTo:
			end(false)
			begin = p.place(s.P[0])
			add(begin)
			moved = false
		case geom.LineTo:
			add(p.place(s.P[0]))
		case geom.QuadTo, geom.CubicTo:
			from := begin
			if n := len(points); n > 0 {
				from = points[n-1]
			}
			p.curve(s, from, add)
		case geom.ClosePath:
			if n := len(points); n > 1 {
				if d := points[n-1].Sub(begin); d.X*d.X+d.Y*d.Y < leastStep*leastStep {
					points = points[:n-1]
				}
			}
			end(true)
		}
	}
	end(false)
	p.points = points[:0]
}

// curve adds the chords of a Bézier curve: as many as keep within the tolerance of a
// quarter of a circle that is as long.
func (p *paper) curve(s *geom.Segment, from geom.Point, add func(geom.Point)) {
	a, b, to := p.place(s.P[0]), p.place(s.P[1]), p.place(s.P[2])
	if s.Verb == geom.QuadTo {
		c := a
		to = b
		a, b = from.Lerp(c, 2.0/3), to.Lerp(c, 2.0/3)
	}
	way := math.Abs(a.X-from.X) + math.Abs(a.Y-from.Y) + math.Abs(b.X-a.X) + math.Abs(b.Y-a.Y) + math.Abs(to.X-b.X) + math.Abs(to.Y-b.Y)
	n := int(min(math.Ceil(1.1*math.Sqrt(way)), 64))
	for i := 1; i < n; i++ {
		t := float64(i) / float64(n)
		u := 1 - t
		k0, k1, k2, k3 := u*u*u, 3*u*u*t, 3*u*t*t, t*t*t
		add(geom.Point{X: k0*from.X + k1*a.X + k2*b.X + k3*to.X, Y: k0*from.Y + k1*a.Y + k2*b.Y + k3*to.Y})
	}
	add(to)
}

// hollow adds a polygon that does not cross itself and need not be convex. One of
// more than maxFan corners is left out.
func (c *canvas) hollow(points []geom.Point) {
	points = slices.Compact(slices.Clone(points))
	n := len(points)
	if n > 1 && points[0] == points[n-1] {
		n--
		points = points[:n]
	}
	if n < 3 || n > maxFan || !c.clip.Grow(2).Overlaps(geom.BoxOf(points...)) {
		return
	}
	area := 0.0
	for i, p := range points {
		area += p.Cross(points[(i+1)%n])
	}
	if area < 0 {
		slices.Reverse(points)
	}
	c.room(2 * n)
	first := uint32(len(c.mesh.Vertices))
	for i, p := range points {
		a, b := p.Sub(points[(i+n-1)%n]).Unit(), points[(i+1)%n].Sub(p).Unit()
		out, ok := miter(a, b, -1)
		if !ok {
			out = a.Sub(b).Unit().Mul(math.Copysign(sharpest, a.Cross(b)))
		}
		c.vertex(p.Sub(out.Mul(fringe)), 0.5, 0, 1, 1)
		c.vertex(p.Add(out.Mul(fringe)), 1.5, 0, 1, 1)
	}
	for i := range uint32(n) {
		j := (i + 1) % uint32(n)
		c.quad(first+2*i, first+2*i+1, first+2*j, first+2*j+1)
	}
	for _, t := range ears(points) {
		c.triangle(first+2*t[0], first+2*t[1], first+2*t[2])
	}
}

// sharpest is how far a corner goes out at most, for each pixel that its edges do.
const sharpest = 4

// ears cuts a polygon, whose corners go round with the clock, into triangles: a
// corner at a time whose triangle has none of the others in it (Meisters, "Polygons
// have ears", 1975).
func ears(points []geom.Point) (triangles [][3]uint32) {
	left := make([]uint32, len(points))
	for i := range left {
		left[i] = uint32(i)
	}
	isEar := func(i int) bool {
		n := len(left)
		a, b, c := points[left[(i+n-1)%n]], points[left[i]], points[left[(i+1)%n]]
		if b.Sub(a).Cross(c.Sub(b)) <= 0 {
			return false
		}
		for _, k := range left {
			p := points[k]
			if p != a && p != b && p != c && b.Sub(a).Cross(p.Sub(a)) >= 0 && c.Sub(b).Cross(p.Sub(b)) >= 0 && a.Sub(c).Cross(p.Sub(c)) >= 0 {
				return false
			}
		}
		return true
	}
	for len(left) >= 3 {
		i := 0
		for i < len(left) && !isEar(i) {
			i++
		}
		if i == len(left) { // it crosses itself, or what is left is a line
			break
		}
		n := len(left)
		triangles = append(triangles, [3]uint32{left[(i+n-1)%n], left[i], left[(i+1)%n]})
		left = slices.Delete(left, i, i+1)
	}
	return triangles
}
