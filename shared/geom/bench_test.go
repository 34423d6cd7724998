package geom

import (
	"math"
	"testing"
)

// wave is what someone's pen might have drawn.
func wave(n int) Stroke {
	s := Stroke{make([]Point, n), make([]float64, n)}
	for i := range n {
		x := float64(i)
		s.Points[i] = Pt(x*2, 40*math.Sin(x/9))
		s.Radii[i] = 2 + math.Sin(x/30)
	}
	return s
}

var (
	hitSink  bool
	distSink float64
	atSink   Point
)

// tests are the functions that a pointer calls with every move.
func hitTests() map[string]func() {
	s := wave(500)
	points := s.Points
	spline := SplinePath(points, false)
	poly := star()
	p, from, to := Pt(480, 70), Pt(470, 80), Pt(490, 60)
	marquee := Rect(400, 60, 100, 100)
	frame := Frame{Rect(400, 20, 80, 60), 0.3}
	rect, ellipse, diamond := Outline{Rectangle, frame, 8}, Outline{Ellipse, frame, 0}, Outline{Diamond, frame, 0}
	return map[string]func(){
		"DistToSegment":     func() { distSink = DistToSegment(p, from, to) },
		"IntersectSegments": func() { atSink, hitSink = IntersectSegments(p, from, to, p) },
		"DistToPolyline":    func() { distSink = DistToPolyline(p, points) },
		"PolygonContains":   func() { hitSink = PolygonContains(p, poly, NonZero) },
		"OverlapsPolyline":  func() { hitSink = marquee.OverlapsPolyline(points) },
		"OverlapsPolygon":   func() { hitSink = marquee.OverlapsPolygon(points, EvenOdd) },
		"PathDist":          func() { distSink = spline.Dist(p, 0.25) },
		"PathContains":      func() { hitSink = spline.Contains(p, NonZero, 0.25) },
		"PathOverlapsFill":  func() { hitSink = spline.OverlapsFill(marquee, NonZero, 0.25) },
		"PathBounds":        func() { atSink = spline.Bounds().Min },
		"PathPointAt":       func() { atSink, _, hitSink = spline.PointAt(500, 0.25) },
		"StrokeDist":        func() { distSink = s.Dist(p) },
		"StrokeHit":         func() { hitSink = s.Hit(p, 8) },
		"StrokeHitSwept":    func() { hitSink = s.HitSwept(from, to, 8) },
		"StrokeOverlaps":    func() { hitSink = s.Overlaps(marquee) },
		"FrameContains":     func() { hitSink = frame.Contains(p) },
		"FrameOverlaps":     func() { hitSink = frame.Overlaps(marquee) },
		"FrameHandleAt":     func() { _, hitSink = frame.HandleAt(p, 10) },
		"RectangleHit":      func() { hitSink = rect.Hit(p, 4, true) },
		"EllipseHit":        func() { hitSink = ellipse.Hit(p, 4, true) },
		"DiamondHit":        func() { hitSink = diamond.Hit(p, 4, true) },
		"EllipseNearest":    func() { atSink, hitSink = ellipse.Nearest(p) },
		"RectangleAttach":   func() { atSink, hitSink = rect.Attach(p, 6) },
		"EllipseAttach":     func() { atSink, hitSink = ellipse.Attach(p, 6) },
	}
}

// No move of the pointer leaves garbage.
func TestHitsDoNotAllocate(t *testing.T) {
	for name, f := range hitTests() {
		if n := testing.AllocsPerRun(10, f); n != 0 {
			t.Errorf("%s allocates %v times", name, n)
		}
	}
}

func BenchmarkHit(b *testing.B) {
	for name, f := range hitTests() {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				f()
			}
		})
	}
}

func BenchmarkFlatten(b *testing.B) {
	spline := SplinePath(wave(500).Points, false)
	b.ReportAllocs()
	for b.Loop() {
		spline.Flatten(0.25)
	}
}

func BenchmarkSimplify(b *testing.B) {
	points := wave(2000).Points
	b.ReportAllocs()
	for b.Loop() {
		SimplifyIndices(points, 0.5)
	}
}
