package geom

// Verb is what a segment of a path does, in the terms of SVG and the canvas.
type Verb uint8

const (
	MoveTo    Verb = iota // begin a subpath at P[0]
	LineTo                // a line to P[0]
	QuadTo                // a quadratic Bézier over P[0] to P[1]
	CubicTo               // a cubic Bézier over P[0] and P[1] to P[2]
	ClosePath             // a line to the beginning of the subpath, and the end of it
)

// Points returns how many points of a segment with this verb count.
func (v Verb) Points() int {
	switch v {
	case MoveTo, LineTo:
		return 1
	case QuadTo:
		return 2
	case CubicTo:
		return 3
	}
	return 0
}

// Segment is a step of a path. It begins where the one before ends.
type Segment struct {
	Verb Verb
	P    [3]Point // the first Verb.Points of them count
}

// Path is an outline of lines and curves. The zero Path has nothing in it.
//
// Any sequence of segments is a path. A subpath that does not begin with MoveTo
// begins where the last one was closed, or else at its first point. A MoveTo
// that nothing follows draws nothing; a line without length is a dot. A segment
// that has a point that is no place is left out, and after such a MoveTo the
// subpath begins at the next point that is one. Unknown verbs are left out.
type Path []Segment

// MoveTo begins a subpath.
func (p *Path) MoveTo(to Point) { *p = append(*p, Segment{MoveTo, [3]Point{to}}) }

// LineTo adds a line.
func (p *Path) LineTo(to Point) { *p = append(*p, Segment{LineTo, [3]Point{to}}) }

// QuadTo adds a quadratic Bézier with the control point c.
func (p *Path) QuadTo(c, to Point) { *p = append(*p, Segment{QuadTo, [3]Point{c, to}}) }

// CubicTo adds a cubic Bézier with the control points c and d.
func (p *Path) CubicTo(c, d, to Point) { *p = append(*p, Segment{CubicTo, [3]Point{c, d, to}}) }

// Close closes the subpath.
func (p *Path) Close() { *p = append(*p, Segment{Verb: ClosePath}) }

// Transform returns what becomes of the path, in memory of its own.
func (p Path) Transform(t Transform) Path {
	out := make(Path, len(p))
	for i, s := range p {
		for k := range s.Verb.Points() {
			s.P[k] = t.Apply(s.P[k])
		}
		out[i] = s
	}
	return out
}

// Bounds returns the smallest box that contains all that the path draws: the
// curves, not their control points. Of a path that draws nothing it is NoBox.
func (p Path) Bounds() Box {
	b := NoBox
	w := walker{path: p}
	for c := (curve{}); w.next(&c); {
		b = c.addBounds(b)
	}
	return b
}

// walker goes through the curves that a path draws.
type walker struct {
	path      Path
	fill      bool // close the subpaths that are not
	start, at Point
	open      bool // there is a place to go on from
	drawn     bool // the subpath has a curve, and is not closed
}

// next sets c to the next curve and reports whether there was one.
func (w *walker) next(c *curve) bool {
	for len(w.path) > 0 {
		s := &w.path[0]
		if s.Verb == MoveTo && w.fill && w.drawn {
			w.close(c)
			return true
		}
		w.path = w.path[1:]
		n := s.Verb.Points()
		ok := true
		for _, q := range s.P[:n] {
			ok = ok && q.place()
		}
		switch {
		case s.Verb == MoveTo:
			w.begin(s.P[0], ok)
		case s.Verb == ClosePath && w.drawn:
			w.close(c)
			return true
		case n > 0 && ok:
			if !w.open {
				w.begin(s.P[0], true)
			}
			*c = curve{degree: n, first: !w.drawn}
			c.p[0] = w.at
			copy(c.p[1:], s.P[:n])
			w.at, w.drawn = c.p[n], true
			return true
		}
	}
	if w.fill && w.drawn {
		w.close(c)
		return true
	}
	return false
}

func (w *walker) begin(at Point, ok bool) {
	w.start, w.at, w.open, w.drawn = at, at, ok, false
}

// close sets c to the line that closes the subpath.
func (w *walker) close(c *curve) {
	*c = curve{degree: 1, p: [4]Point{w.at, w.start}, closes: true}
	w.begin(w.start, true)
}
