package board

import (
	"bytes"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"edgeboard/shared/board/internal/ink"
)

// drawnByHand is a line as a hand draws it.
func drawnByHand(n int) (list []Point) {
	rnd := rand.New(rand.NewPCG(3, 4))
	for i := range n {
		a := float64(i) / 15
		list = append(list, Point{X: int32(800*math.Cos(a)) + rnd.Int32N(3), Y: int32(500*math.Sin(a*1.7)) + rnd.Int32N(3), Pressure: uint8(100 + i%40)})
	}
	return list
}

// B38: points sent bit by bit are the same as sent at once, and in the end take
// little more room.
func TestB38PointByPoint(t *testing.T) {
	all := drawnByHand(3000)
	for _, step := range []int{1, 2, 3, 7, 64, 1000} {
		a, b := New(1), New(2)
		e := a.Edit()
		id := e.Create(KindStroke)
		mustApply(t, b, e.Commit())
		for part := range slices.Chunk(all, step) {
			e := a.Edit()
			e.Append(id, part...)
			if err := b.Apply(e.Commit()); err != nil {
				t.Fatal(err)
			}
			if el := a.Element(id); !slices.Equal(el.AppendPoints(nil), all[:el.NumPoints()]) {
				t.Fatalf("%d at a time: the first %d differ", step, el.NumPoints())
			}
		}
		once := len(ink.Append(nil, nil, all))
		if got := len(b.Element(id).ink); got > 3*once+300 {
			t.Errorf("%d at a time: %d bytes, at once %d", step, got, once)
		}
		mustEqual(t, a, b)
		if got := b.Element(id).AppendPoints(all[:1:1]); len(got) != 3001 || !slices.Equal(got[1:], all) {
			t.Errorf("%d at a time: AppendPoints does not append", step)
		}
		// One block goes out, whatever came in.
		if n := len(diff(t, b, nil)); n > once+40 {
			t.Errorf("%d at a time: a diff of %d bytes, want about %d", step, n, once)
		}
	}
}

// B27: the points of a stroke are cut anywhere, also where other operations
// stand between them.
func TestB27PointsInRuns(t *testing.T) {
	all := drawnByHand(40)
	a := New(1)
	e := a.Edit()
	id := e.Create(KindStroke)
	for i, p := range all {
		e.Append(id, p)
		if i%7 == 3 {
			e.Set(id, KeyColor, Int(int64(i)))
		}
	}
	e.Commit()
	whole := diff(t, a, nil)
	for seq := range a.Seq(1) + 1 {
		b := New(0)
		mustApply(t, b, whole)
		if err := b.Apply(diff(t, a, Vector{1: seq})); err != nil || b.Parked() > 0 {
			t.Errorf("from %d on: %v", seq, err)
		}
		mustEqual(t, a, b)
	}
	l, err := Load(0, a.Snapshot())
	if err != nil || !slices.Equal(l.Element(id).AppendPoints(nil), all) || !bytes.Equal(l.Snapshot(), a.Snapshot()) {
		t.Errorf("loaded: %v", err)
	}
}
