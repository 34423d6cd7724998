package main

import (
	"math/rand/v2"
	"testing"

	"edgeboard/shared/board"
	"edgeboard/shared/geom"
)

// Whatever their number, all strokes are in view at a zoom that the page has.
func TestPlaneIsInView(t *testing.T) {
	for _, n := range []int{1, 7, 2000, 10_000, 100_000} {
		p, at := layOut(n)
		if len(at) != n {
			t.Fatalf("%d places for %d strokes", len(at), n)
		}
		zoom := p.zoom()
		if zoom < geom.MinZoom || p.size.X*zoom > windowWidth || p.size.Y*zoom > windowHeight {
			t.Errorf("%d strokes take %v board units, at a zoom of %v", n, p.size, zoom)
		}
		seen := map[geom.Point]bool{}
		for _, pt := range at {
			if seen[pt] || pt.X < 0 || pt.Y < 0 || pt.X >= p.size.X || pt.Y >= p.size.Y {
				t.Fatalf("of %d strokes one begins at %v, of a plane of %v", n, pt, p.size)
			}
			seen[pt] = true
		}
	}
}

func TestFitted(t *testing.T) {
	points := fitted(handStrokeOf(rand.New(rand.NewPCG(1, 2)), strokePoints, 150, 400), geom.Pt(1000, -50), geom.Pt(150, 60))
	low, high := points[0], points[0]
	for _, p := range points {
		low.X, low.Y, high.X, high.Y = min(low.X, p.X), min(low.Y, p.Y), max(high.X, p.X), max(high.Y, p.Y)
	}
	const u = board.PointsPerUnit
	if low.X != 1000*u || low.Y != -50*u || high.X != 1150*u || high.Y != 10*u {
		t.Errorf("a stroke of 150 by 60 at 1000, -50 lies from %d, %d to %d, %d eighths", low.X, low.Y, high.X, high.Y)
	}
	if one := fitted([]board.Point{{X: 5, Y: 5}}, geom.Pt(1, 2), geom.Pt(3, 4)); one[0].X != u || one[0].Y != 2*u {
		t.Errorf("a dot lies at %v", one)
	}
}
