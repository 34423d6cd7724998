package view

import (
	"math"
	"math/rand/v2"
	"testing"

	"edgeboard/shared/board"
	"edgeboard/shared/geom"
)

// mostVertices is what a frame may have: what it paints, and what lies over the
// tiles. The last primitive of each may go over it, by less than a mesh.
const mostVertices = stillBudget + overBudget + 3*MaxMesh

// settleBounded is settle, and expects each frame to be bounded.
func (k *sight) settleBounded(most int) {
	k.t.Helper()
	for range 5000 {
		f := k.frame()
		if k.vertices > most {
			k.t.Fatalf("frame %d has %d vertices, of %d", k.frames, k.vertices, most)
		}
		if !f.Again && f.Wake == 0 {
			return
		}
		k.s.Now = max(k.s.Now+16, f.Wake)
	}
	k.t.Fatal("the view does not come to rest")
}

// A hundred strokes of 9,500 points on one screen were 26 million indices in one
// frame once, and the page ran out of memory. Now they take a number of frames,
// none of which is too much.
func TestVeryLongStrokes(t *testing.T) {
	doc := board.New(ownReplica)
	r := rand.New(rand.NewPCG(3, 3))
	for range 100 {
		points := make([]board.Point, 9500)
		at, way := pt(200+r.Float64()*900, 100+r.Float64()*500), 0.0
		for i := range points {
			points[i] = board.Point{X: int32(at.X * 8), Y: int32(at.Y * 8), Pressure: 128}
			way += r.NormFloat64() * 0.5
			at = at.Add(pt(math.Cos(way), math.Sin(way)).Mul(3))
			at = pt(min(max(at.X, 0), 1280), min(max(at.Y, 0), 720))
		}
		draw(doc, int64(r.IntN(0xffffff)), 4, points...)
	}
	k := lookAt(t, doc, Screen{Width: 1280, Height: 720, Ratio: 1, Camera: geom.Camera{Zoom: 1}, Now: 1000})
	k.blind = true
	k.settleBounded(stillBudget + 2*MaxMesh)
	if n := len(k.v.pool.meshes); n > mostVertices/MaxMesh*2 {
		t.Errorf("%d meshes are kept", n)
	}
	k.s.Camera.Zoom = 0.1
	k.settleBounded(stillBudget + 2*MaxMesh)
}

// Others draw a great deal at the same time: what lies over the tiles is bounded
// too, and none of it is missing in the end.
func TestManyDrawAtOnce(t *testing.T) {
	k := look(t, 600, 400)
	var ids []board.ID
	for i := range manyLive {
		id, _ := draw(k.doc, 0x1971c2, 5, zigzag(200, pt(20, float64(10*i)), pt(580, float64(10*i+30)))...)
		ids = append(ids, id)
	}
	for round := range int(rounds(20)) {
		for i, id := range ids {
			grow(k.doc, id, zigzag(200, pt(20, float64(10*i+round)), pt(580, float64(10*i+30)))...)
		}
		k.frame()
		k.s.Now += 16
		if k.vertices > mostVertices {
			t.Fatalf("round %d: a frame has %d vertices", round, k.vertices)
		}
	}
	k.settleBounded(mostVertices)
	k.wantPainted("when all have finished")
}

// Whatever a board holds, a frame is bounded, and numbers are numbers.
func TestHostileElements(t *testing.T) {
	odd := []float64{0, 1e-300, -5, 1e3, 1e9, -1e9, 1e300, math.MaxFloat64, -math.MaxFloat64}
	r := rand.New(rand.NewPCG(4, 4))
	doc := board.New(ownReplica)
	e := doc.Edit()
	for i := range 300 {
		id := e.Create(board.KindStroke + board.Kind(i%8))
		for _, key := range []board.Key{board.KeyX, board.KeyY, board.KeyWidth, board.KeyHeight, board.KeyAngle, board.KeyThickness, board.KeyOpacity, board.KeyFontSize, board.KeyDash, board.KeyHead, board.KeyFill} {
			switch r.IntN(3) {
			case 0:
				e.Set(id, key, board.Float(odd[r.IntN(len(odd))]))
			case 1:
				e.Set(id, key, board.Float(r.NormFloat64()*300))
			}
		}
		if i%8 == 0 {
			e.Append(id, board.Point{X: math.MinInt32, Y: math.MaxInt32}, board.Point{X: 99}, board.Point{X: math.MaxInt32, Pressure: 255})
		} else if i%3 == 0 {
			e.Splice(id, board.UTF16, 0, 0, "some text \u202e in lines\n\n\tof it")
		}
	}
	e.Commit()
	for _, zoom := range []float64{geom.MinZoom, 1, geom.MaxZoom} {
		k := lookAt(t, doc, Screen{Width: 600, Height: 400, Ratio: 2, Camera: geom.Camera{Zoom: zoom, At: pt(-50, -50)}, Now: 1000})
		k.blind = true
		k.settleBounded(stillBudget + 2*MaxMesh)
	}
}
