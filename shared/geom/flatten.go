package geom

import "math"

// MaxChords is how many chords at most stand for one curve of a path. Each
// doubling of them divides their distance from the curve by some four: it is
// beyond the tolerance only for curves a million times as large as that.
const MaxChords = 1 << maxDepth

const maxDepth = 10

// Polyline is a subpath made of lines.
type Polyline struct {
	Points []Point // no two equal ones in a row; a dot has one
	Closed bool    // a line joins the last point to the first
}

// Flatten returns the path with chords in place of its curves, none further
// from its curve than the tolerance, with the bound of MaxChords. There are at
// most MaxChords points for each segment and one more for each subpath, and all
// of them are places. Subpaths that draw nothing are left out.
func (p Path) Flatten(tolerance float64) []Polyline {
	var lines []Polyline
	var line *Polyline
	add := func(q Point) {
		if n := len(line.Points); n == 0 || line.Points[n-1] != q {
			line.Points = append(line.Points, q)
		}
	}
	f := newFlattener(p, false, tolerance)
	for c := (chord{}); f.next(&c); {
		if c.first {
			lines = append(lines, Polyline{})
			line = &lines[len(lines)-1]
			add(c.a)
		}
		if !c.closes {
			add(c.b)
			continue
		}
		line.Closed = true
		if n := len(line.Points); n > 1 && line.Points[n-1] == c.b {
			line.Points = line.Points[:n-1]
		}
	}
	return lines
}

// Length returns the length of all that the path draws, moves between subpaths
// not counted. It is measured along the chords, so it is never more than the
// length of the curves, and less by a share of some 3·(tolerance/chord)².
func (p Path) Length(tolerance float64) float64 {
	sum := 0.0
	f := newFlattener(p, false, tolerance)
	for c := (chord{}); f.next(&c); {
		sum += c.a.Dist(c.b)
	}
	return sum
}

// PointAt returns the point of the path that lies a length from its beginning,
// along the path, and the unit vector in which the path goes there. A length
// below 0, or NaN, is taken as 0, one beyond the path's as the path's. A dot
// has no way; a path that draws nothing has no point, and ok is false.
func (p Path) PointAt(length, tolerance float64) (at, along Point, ok bool) {
	length = positive(length)
	f := newFlattener(p, false, tolerance)
	for c := (chord{}); f.next(&c); {
		l := c.a.Dist(c.b)
		if l == 0 {
			if !ok {
				at, ok = c.b, true
			}
			continue
		}
		along, ok = c.b.Sub(c.a).Unit(), true
		if length <= l {
			return c.a.Lerp(c.b, length/l), along, true
		}
		at = c.b
		length -= l
	}
	return at, along, ok
}

// chord is a line of a flattened path.
type chord struct {
	a, b   Point
	first  bool // it begins a subpath
	closes bool // it is the line that closes a subpath
}

// flattener goes through the chords of a path without allocating.
type flattener struct {
	walker walker
	curve  curve
	tol    float64
	// near is where the caller looks. A part of a curve that stays out of it
	// is one chord, which stays out as well.
	near Box
	// stack holds what is left of the curve, its next part last. Halving the
	// last one leaves at most one part of each depth besides.
	stack [maxDepth + 1]part
	n     int
	fresh bool // the next chord begins a subpath
}

type part struct {
	p     [4]Point
	depth int
}

// plane is the box around everything.
var plane = Box{Point{math.Inf(-1), math.Inf(-1)}, Point{math.Inf(1), math.Inf(1)}}

// newFlattener returns a flattener of p; with fill, of the closed outline of
// what p encloses.
func newFlattener(p Path, fill bool, tol float64) flattener {
	return flattener{walker: walker{path: p, fill: fill}, tol: tolerance(tol), near: plane}
}

// next sets c to the next chord and reports whether there was one.
func (f *flattener) next(c *chord) bool {
	if f.n == 0 {
		if !f.walker.next(&f.curve) {
			return false
		}
		if f.curve.degree == 1 {
			*c = chord{f.curve.p[0], f.curve.p[1], f.curve.first, f.curve.closes}
			return true
		}
		f.stack[0] = part{p: f.curve.cubic()}
		f.n = 1
		f.fresh = f.curve.first
	}
	for {
		top := &f.stack[f.n-1]
		if top.depth == maxDepth || misses(&top.p, f.near) || flat(&top.p, f.tol) {
			f.n--
			*c = chord{a: top.p[0], b: top.p[3], first: f.fresh}
			f.fresh = false
			return true
		}
		left, right := halves(&top.p)
		top.depth++
		top.p = right
		f.stack[f.n] = part{left, top.depth}
		f.n++
	}
}
