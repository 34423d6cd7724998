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
		if !part.Fill && p.straight(c, part) {
			continue
		}
		for _, l := range p.flatten(part.Path) {
			switch {
			case !part.Fill:
				c.line(l.Points, l.Closed, part.Thickness/2*p.scale)
			case convex(l.Points):
				c.fill(l.Points, 1, 2*fringe)
			default:
				c.hollow(l.Points)
			}
		}
	}
}

// straight draws a part that is nothing but straight lines which are not closed, as
// charts are, and reports whether it is one.
func (p *paper) straight(c *canvas, part *figure.Part) bool {
	for i := range part.Path {
		if s := &part.Path[i]; s.Verb > geom.LineTo || !s.P[0].Finite() || i == 0 && s.Verb != geom.MoveTo {
			return false
		}
	}
	r := part.Thickness / 2 * p.scale
	points := p.points[:0]
	end := func() {
		if len(points) > 1 {
			c.line(points, false, r)
		}
		points = points[:0]
	}
	for i := range part.Path {
		s := &part.Path[i]
		if s.Verb == geom.MoveTo {
			end()
		}
		if at := p.place(s.P[0]); len(points) == 0 || points[len(points)-1] != at {
			points = append(points, at)
		} else if s.Verb == geom.LineTo && len(points) == 1 {
			c.line(points, false, r) // a dot
		}
	}
	end()
	p.points = points
	return true
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
