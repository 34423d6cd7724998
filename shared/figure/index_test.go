package figure

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"edgeboard/shared/board"
	"edgeboard/shared/geom"
)

// plain is an index that looks at all there is.
type plain map[board.ID]geom.Box

func (p plain) in(part geom.Box) (ids []board.ID) {
	for id, box := range p {
		if box.Overlaps(part) {
			ids = append(ids, id)
		}
	}
	return ids
}

func sorted(ids []board.ID) []board.ID {
	slices.SortFunc(ids, board.ID.Compare)
	return ids
}

func (x *index) collect(part geom.Box) (ids []board.ID) {
	x.in(part, func(id board.ID) { ids = append(ids, id) })
	return ids
}

// wild returns a box of some size, somewhere; one in ten is none that a board
// should have.
func wild(r *rand.Rand) geom.Box {
	odd := []float64{math.NaN(), math.Inf(1), math.Inf(-1), 0, -64, 64, 1 << 36, -1 << 36, 1<<36 + 1e5, 1e300, -1e300}
	size := math.Exp2(float64(r.IntN(20)))
	b := geom.Rect(r.NormFloat64()*4000, r.NormFloat64()*4000, r.Float64()*size, r.Float64()*size)
	for _, v := range []*float64{&b.Min.X, &b.Min.Y, &b.Max.X, &b.Max.Y} {
		switch r.IntN(60) {
		case 0:
			*v = odd[r.IntN(len(odd))]
		case 1: // on the border of cells
			*v = math.Round(*v/64) * 64
		}
	}
	return b
}

// Whatever is put in and taken out, the index finds what a plain search finds.
func TestIndexFindsAll(t *testing.T) {
	for seed := range uint64(30) {
		r := rand.New(rand.NewPCG(seed, 7))
		var x index
		p := plain{}
		for range 40 {
			for range r.IntN(40) {
				id := board.ID{Replica: board.Replica(1 + r.IntN(3)), Seq: uint64(1 + r.IntN(60))}
				if r.IntN(3) == 0 {
					x.remove(id)
					delete(p, id)
					continue
				}
				box := wild(r)
				x.put(id, box)
				p[id] = box
			}
			part := wild(r)
			if r.IntN(10) == 0 {
				part = geom.Box{Min: geom.Pt(math.Inf(-1), math.Inf(-1)), Max: geom.Pt(math.Inf(1), math.Inf(1))}
			}
			if got, want := sorted(x.collect(part)), sorted(p.in(part)); !slices.Equal(got, want) {
				t.Fatalf("seed %d: in %v there are %v, want %v", seed, part, got, want)
			}
			all := geom.NoBox
			for _, box := range p {
				if box.Overlaps(box) {
					all = all.Union(box)
				}
			}
			if got := x.bounds(); got != all {
				t.Fatalf("seed %d: the bounds are %v, want %v", seed, got, all)
			}
		}
	}
}

// What is removed leaves nothing behind that a long life would pile up.
func TestIndexForgets(t *testing.T) {
	var x index
	r := rand.New(rand.NewPCG(1, 7))
	for range 50 {
		for i := range uint64(100) {
			x.put(board.ID{Replica: 1, Seq: i}, wild(r))
		}
		for i := range uint64(100) {
			x.remove(board.ID{Replica: 1, Seq: i})
		}
	}
	if n := len(x.boxes); n > 100 {
		t.Errorf("there is room for %d boxes, of which there were never more than 100", n)
	}
	for level, cells := range x.levels {
		if len(cells) > 0 {
			t.Errorf("level %d has %d cells with nothing in them", level, len(cells))
		}
	}
	if b := x.bounds(); b != geom.NoBox {
		t.Errorf("nothing is in %v", b)
	}
}

func strokeBoxes(n int) []geom.Box {
	r := rand.New(rand.NewPCG(1, 8))
	side := 60 * math.Sqrt(float64(n))
	boxes := make([]geom.Box, n)
	for i := range boxes {
		boxes[i] = geom.Rect(r.Float64()*side, r.Float64()*side, 20+r.Float64()*200, 20+r.Float64()*100)
	}
	return boxes
}

func BenchmarkIndexPut(b *testing.B) {
	boxes := strokeBoxes(100_000)
	b.ReportAllocs()
	for b.Loop() {
		var x index
		for i, box := range boxes {
			x.put(board.ID{Replica: 1, Seq: uint64(i)}, box)
		}
	}
}

func BenchmarkIndexIn(b *testing.B) {
	var x index
	for i, box := range strokeBoxes(100_000) {
		x.put(board.ID{Replica: 1, Seq: uint64(i)}, box)
	}
	b.ReportAllocs()
	for b.Loop() {
		n := 0
		x.in(geom.Rect(3000, 3000, 512, 512), func(board.ID) { n++ })
	}
}
