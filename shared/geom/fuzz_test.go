package geom

import (
	"encoding/binary"
	"math"
	"slices"
	"testing"
)

// numbers makes any floats of bytes: eight of them are one.
type numbers []byte

func (n *numbers) next() float64 {
	var b [8]byte
	*n = (*n)[copy(b[:], *n):]
	return math.Float64frombits(binary.LittleEndian.Uint64(b[:]))
}

func (n *numbers) point() Point { return Point{n.next(), n.next()} }

func encode(values ...float64) []byte {
	var b []byte
	for _, v := range values {
		b = binary.LittleEndian.AppendUint64(b, math.Float64bits(v))
	}
	return b
}

func (n *numbers) path(verbs string) Path {
	var p Path
	for i := 0; i < len(verbs) && i < 64; i++ {
		p = append(p, Segment{Verb(verbs[i]), [3]Point{n.point(), n.point(), n.point()}})
	}
	return p
}

func addSeeds(f *testing.F) {
	f.Add("", []byte{})
	f.Add("\x00\x01\x02\x03\x04", encode(0, 0, 0, 0, 0, 0, 10, 0, 0, 0, 0, 0, 5, 5, 0, 10))
	for i := range odd {
		f.Add("\x00\x03\x02\x01\x04\x07", encode(append(slices.Clone(odd[i:]), odd...)...))
	}
}

// Whatever the path and the tolerance: there is no panic, what comes out is
// places, no more than promised, and its numbers are numbers.
func FuzzFlatten(f *testing.F) {
	addSeeds(f)
	f.Fuzz(func(t *testing.T, verbs string, data []byte) {
		n := numbers(data)
		tol, length := n.next(), n.next()
		p := n.path(verbs)
		total := 0
		for _, l := range p.Flatten(tol) {
			total += len(l.Points)
			for i, q := range l.Points {
				if !q.place() || i > 0 && q == l.Points[i-1] {
					t.Fatalf("point %d of %v", i, l)
				}
			}
			if len(l.Points) == 0 {
				t.Fatal("an empty subpath")
			}
		}
		if total > (MaxChords+1)*len(p) {
			t.Fatalf("%d points of %d segments", total, len(p))
		}
		if l := p.Length(tol); !(l >= 0) {
			t.Fatalf("the length is %v", l)
		}
		at, along, ok := p.PointAt(length, tol)
		if ok != (total > 0) || !at.place() || !along.place() {
			t.Fatalf("at %v there is %v towards %v: %v", length, at, along, ok)
		}
		if b := p.Bounds(); ok && !b.Grow(1e-9*(1+b.Size().Len())).Contains(at) {
			t.Fatalf("%v is beyond the bounds %v", at, b)
		}
		x := Transform{n.next(), n.next(), n.next(), n.next(), n.next(), n.next()}
		p.Transform(x).Flatten(tol)
	})
}

// Whatever the numbers: there is no panic, no distance is NaN or negative, and
// what is no place is not hit.
func FuzzHit(f *testing.F) {
	addSeeds(f)
	f.Fuzz(func(t *testing.T, verbs string, data []byte) {
		n := numbers(data)
		p, q, tol, angle := n.point(), n.point(), n.next(), n.next()
		box := Box{n.point(), n.point()}
		path := n.path(verbs)
		var points []Point
		var radii []float64
		for _, s := range path {
			points = append(points, s.P[0], s.P[1])
			radii = append(radii, s.P[2].X)
		}
		stroke := Stroke{points, radii}
		dists := []float64{DistToPolyline(p, points), path.Dist(p, tol), stroke.Dist(p), DistSegments(p, q, box.Min, box.Max), DistToCapsule(p, q, tol, box.Min, angle), box.Dist(p)}
		hits := []bool{
			PolygonContains(p, points, EvenOdd), path.Contains(p, NonZero, tol),
			stroke.Hit(p, tol), stroke.HitSwept(p, q, tol), box.OverlapsSegment(p, q),
		}
		box.OverlapsPolygon(points, NonZero)
		path.OverlapsFill(box, EvenOdd, tol)
		stroke.Overlaps(box)
		frame := Frame{box, angle}
		frame.Overlaps(Box{p, q})
		frame.Bounds()
		for _, s := range shapes {
			o := Outline{s, frame, tol}
			dists = append(dists, math.Abs(o.SignedDist(p)))
			hits = append(hits, o.Hit(p, tol, true), o.Contains(p))
			if at, ok := o.Nearest(p); ok && !at.Finite() {
				t.Fatalf("%v: the nearest to %v is %v", o, p, at)
			}
			if at, ok := o.Leave(p, q, tol); ok && !at.Finite() {
				t.Fatalf("%v left at %v", o, at)
			}
			o.Path().Flatten(tol)
		}
		for i, d := range dists {
			if !(d >= 0) {
				t.Fatalf("distance %d from %v is %v", i, p, d)
			}
			if !p.place() && i < 5 && d != inf {
				t.Fatalf("distance %d from %v, which is no place, is %v", i, p, d)
			}
		}
		for i, hit := range hits {
			if hit && !p.place() {
				t.Fatalf("test %d hits %v, which is no place", i, p)
			}
		}
		for h := range Handles + 1 {
			if g, x := frame.Resize(h, p, ResizeMode(len(verbs))); g != frame && (!g.Box.Min.Finite() || !x.Finite()) && frame == frame {
				t.Fatalf("handle %d of %v to %v: %v", h, frame, p, g)
			}
		}
		if kept := SimplifyIndices(points, tol); len(kept) > len(points) {
			t.Fatalf("%d of %d points", len(kept), len(points))
		}
	})
}
