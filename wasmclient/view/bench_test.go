package view

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"edgeboard/shared/board"
	"edgeboard/shared/figure"
	"edgeboard/shared/geom"
)

// scribbled returns a board with so many strokes of 50 points, as a hand draws
// them, about as dense as notes on a page.
func scribbled(n int) *board.Board {
	doc := board.New(ownReplica)
	r := rand.New(rand.NewPCG(1, 9))
	side := 60 * math.Sqrt(float64(n))
	points := make([]board.Point, 50)
	e := doc.Edit()
	for i := range n {
		at := pt(r.Float64()*side, r.Float64()*side)
		way := r.Float64() * 2 * math.Pi
		for k := range points {
			points[k] = board.Point{X: int32(at.X * 8), Y: int32(at.Y * 8), Pressure: 128}
			way += r.NormFloat64() * 0.4
			at = at.Add(geom.Pt(math.Cos(way), math.Sin(way)).Mul(4))
		}
		id := e.Create(board.KindStroke)
		e.Set(id, board.KeyColor, board.Int(int64(0x1971c2+i%7*0x101)))
		e.Append(id, points...)
	}
	e.Commit()
	return doc
}

// A frame while the board is panned by 5 pixels, of the whole board and of a part
// at 100 %.
func BenchmarkPan(b *testing.B) {
	for _, n := range []int{2_000, 10_000, 100_000} {
		doc := scribbled(n)
		figures := figure.New(doc, monospace{})
		for _, name := range []string{"fit", "full"} {
			b.Run(fmt.Sprintf("%s%d", name, n), func(b *testing.B) {
				v := New(figures)
				s := Screen{Width: 1280, Height: 800, Ratio: 1, Camera: geom.Camera{Zoom: 1}, Now: 1000}
				if name == "fit" {
					s.Camera = s.Camera.Fit(figures.Bounds(), 1280, 800, 20, 1)
				} else {
					s.Camera.At = figures.Bounds().Center()
				}
				frames := 0
				for v.Frame(s).Again {
					s.Now += 16
					frames++
				}
				b.ReportMetric(float64(frames), "frames-to-open")
				b.ReportAllocs()
				i, vertices, most := 0, 0, 0
				for b.Loop() {
					step := 5.0
					if i/60%2 == 1 {
						step = -5
					}
					i++
					s.Camera = s.Camera.Pan(pt(step, 0))
					s.Now += 16
					here := 0
					for _, p := range v.Frame(s).Paints {
						for _, item := range p.Items {
							for _, m := range item.Meshes {
								here += len(m.Vertices)
							}
						}
					}
					vertices += here
					most = max(most, here)
				}
				b.ReportMetric(float64(vertices)/float64(i), "vertices/op")
				b.ReportMetric(float64(most), "most-vertices")
			})
		}
	}
}

// All of a screen is painted: what opening a board takes.
func BenchmarkPaintScreen(b *testing.B) {
	for _, zoom := range []float64{0.1, 0.3, 1, 3} {
		b.Run(fmt.Sprint("zoom", zoom), func(b *testing.B) {
			figures := figure.New(scribbled(10_000), monospace{})
			middle := figures.Bounds().Center()
			b.ReportAllocs()
			vertices, spent := 0, 0
			for b.Loop() {
				vertices = 0
				v := New(figures)
				s := Screen{Width: 1280, Height: 800, Ratio: 1, Camera: geom.Camera{At: middle, Zoom: zoom}, Now: 1000}
				s.Camera.At = middle.Sub(pt(640, 400).Mul(1 / zoom))
				for {
					f := v.Frame(s)
					for _, p := range f.Paints {
						for _, item := range p.Items {
							for _, m := range item.Meshes {
								vertices += len(m.Vertices)
							}
						}
					}
					s.Now += 16
					if v.complete() {
						break
					}
				}
				spent++
			}
			b.ReportMetric(float64(vertices), "vertices")
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(spent)/float64(vertices), "ns/vertex")
		})
	}
}

// What a live tile takes that shows another value: to make its content, and to paint it.
func BenchmarkFed(b *testing.B) {
	k := &sight{t: &testing.T{}}
	*k = *lookAt(k.t, board.New(ownReplica), Screen{Width: 1280, Height: 720, Ratio: 1, Camera: geom.Camera{Zoom: 1}, Now: 1000})
	p := newPlant()
	k.fed(p)
	for i := range 50 {
		chart, feeds := int64(i%7), "cpu.a"
		if chart == 2 || chart == 4 || chart == 5 {
			feeds = "cpu.*"
		}
		addTile(k.doc, float64(i%10)*124, float64(i/10)*136, 116, 128, chart, feeds, "", percent)
	}
	k.blind = true
	k.settle()
	b.ReportAllocs()
	n, v := 0, 0.0
	for b.Loop() {
		v++
		if _, due := k.v.Due(); !due {
			k.push(p, "cpu.a", 20+float64(int(v*7)%50))
		}
		k.s.Now += fedPause
		n += len(k.v.Frame(k.s).Fed)
	}
	b.ReportMetric(float64(n)/float64(b.N), "contents/frame")
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(n), "ns/content")
}
