package view

import (
	"math"

	"edgeboard/shared/geom"
)

// smooth is the cosine of the turn up to which two lines share the rib at their
// joint.
const smooth = 0.85

// line draws lines through points with round joints and ends. It is for few
// points: outlines and arrows.
func (c *canvas) line(points []geom.Point, closed bool, r float64) {
	n := len(points)
	switch {
	case n == 0:
		return
	case n == 1:
		if c.clip.Grow(r + 1).Contains(points[0]) {
			c.disc(points[0], r)
		}
		return
	}
	c.joined = false
	lines := n - 1
	if closed {
		lines = n
	}
	near := c.clip.Grow(2*r + 2)
	for i := range lines {
		p, q := points[i], points[(i+1)%n]
		from, to, ok := cut(p, q, near)
		if !ok {
			c.joined = false
			continue
		}
		along := q.Sub(p).Unit()
		before, isJoint := points[(i+n-1)%n], closed || i > 0
		begin, shared := along, false
		if isJoint {
			if begin, shared = joint(p.Sub(before).Unit(), along, r); !shared {
				begin = along
			}
		}
		a, b := p.Lerp(q, from), p.Lerp(q, to)
		if !shared || from > 0 {
			c.joined = false
			switch {
			case from > 0:
			case !isJoint:
				c.begins(p, along, r)
			case r > fine:
				c.disc(p, r)
			}
		}
		if !c.joined {
			c.rib(a, begin, r)
		}
		end := along
		if last := i == lines-1; !last || closed {
			if mid, shared := joint(along, points[(i+2)%n].Sub(q).Unit(), r); shared {
				end = mid
			}
		}
		c.rib(b, end, r)
		if to < 1 {
			c.joined = false
		}
	}
	if !closed && c.joined { // the last line has been drawn to its end
		c.ends(points[n-1], points[n-1].Sub(points[n-2]).Unit(), r)
	}
	c.joined = false
}

// polyline is line for very many points, of a curve that is not closed. Turns of less
// than a right angle have no joints of their own.
func (c *canvas) polyline(points []geom.Point, r float64) {
	n := len(points)
	if n < 3 || !c.clip.Grow(2*r+2).ContainsBox(geom.BoxOf(points...)) {
		c.line(points, false, r)
		return
	}
	way := func(i int) geom.Point {
		d := points[i+1].Sub(points[i])
		k := 1 / math.Sqrt(d.X*d.X+d.Y*d.Y)
		return geom.Point{X: d.X * k, Y: d.Y * k}
	}
	along := way(0)
	c.begins(points[0], along, r)
	for i := 1; i < n-1; i++ {
		next := way(i)
		if cos := along.Dot(next); cos > 0 {
			k := 1 / math.Sqrt(2+2*cos)
			c.rib(points[i], geom.Point{X: (along.X + next.X) * k, Y: (along.Y + next.Y) * k}, r)
		} else {
			c.rib(points[i], along, r)
			c.joined = false
			if r > fine {
				c.disc(points[i], r)
			}
			c.rib(points[i], next, r)
		}
		along = next
	}
	c.rib(points[n-1], along, r)
	c.ends(points[n-1], along, r)
	c.joined = false
}

// joint returns the direction of the rib that two lines share, and whether they
// do.
func joint(a, b geom.Point, r float64) (geom.Point, bool) {
	cos := a.Dot(b)
	if cos > smooth || r <= fine && cos > 0 {
		return a.Add(b).Unit(), true
	}
	return a, false
}

// cut returns the shares of the way from p to q between which it is in a box:
// Liang and Barsky, "A new concept and method for line clipping" (1984).
func cut(p, q geom.Point, box geom.Box) (from, to float64, ok bool) {
	from, to = 0, 1
	side := func(way, off float64) bool { // in the half plane where way·s <= off
		if way == 0 {
			return off >= 0
		}
		s := off / way
		if way > 0 {
			to = min(to, s)
		} else {
			from = max(from, s)
		}
		return from <= to
	}
	d := q.Sub(p)
	ok = side(d.X, box.Max.X-p.X) && side(-d.X, p.X-box.Min.X) && side(d.Y, box.Max.Y-p.Y) && side(-d.Y, p.Y-box.Min.Y)
	return from, to, ok
}

// dashes draws lines through points that are interrupted: on and off are in
// device pixels, and a dash of no length is a dot. Ends are round, so that they
// reach further by r.
func (c *canvas) dashes(points []geom.Point, closed bool, r, on, off float64) {
	period := on + off
	if period < 2 || !(period < math.MaxFloat32) {
		c.line(points, closed, r)
		return
	}
	n := len(points)
	lines := n - 1
	if closed {
		lines = n
	}
	near := c.clip.Grow(r + 2)
	var dash []geom.Point
	end := func() {
		if len(dash) > 0 {
			c.line(dash, false, r)
		}
		dash = dash[:0]
	}
	walked := 0.0 // up to the line
	for i := range lines {
		p, q := points[i], points[(i+1)%n]
		length := p.Dist(q)
		from, to, ok := cut(p, q, near)
		if !ok || length == 0 {
			end()
			walked += length
			continue
		}
		// The dashes of the part that shows, found without going along the rest.
		for k := math.Floor((walked + from*length) / period); ; k++ {
			begin, stop := k*period-walked, k*period+on-walked
			if begin > to*length {
				break
			}
			if stop < 0 {
				continue
			}
			if begin >= 0 || len(dash) == 0 {
				end()
				dash = append(dash, p.Lerp(q, max(begin, 0)/length))
			}
			if stop > length {
				dash = append(dash, q)
				break
			}
			if on > 0 {
				dash = append(dash, p.Lerp(q, stop/length))
			}
			end()
		}
		walked += length
	}
	end()
}
