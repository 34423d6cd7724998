package figure

import (
	"math/rand/v2"
	"testing"

	"edgeboard/shared/board"
	"edgeboard/shared/figure/figuretest"
	"edgeboard/shared/geom"
)

// crowd is a board of n strokes of 50 samples, in rows.
func crowd(n int) *board.Board {
	doc := board.New(1)
	r := rand.New(rand.NewPCG(1, 1))
	e := doc.Edit()
	for i := range n {
		id := e.Create(board.KindStroke)
		list := scribble(r, 50, false)
		for k := range list {
			list[k].X += int32(i%100) * 160 * board.PointsPerUnit
			list[k].Y += int32(i/100) * 70 * board.PointsPerUnit
		}
		e.Append(id, list...)
	}
	e.Commit()
	return doc
}

func BenchmarkNew10000(b *testing.B) {
	doc := crowd(10_000)
	for b.Loop() {
		New(doc, figuretest.Even{})
	}
}

// A selection of everything is dragged by a step.
func BenchmarkDraft10000(b *testing.B) {
	doc := crowd(10_000)
	s := New(doc, figuretest.Even{})
	var ids []board.ID
	for f := range s.All() {
		ids = append(ids, f.ID())
	}
	step := 0.0
	for b.Loop() {
		step++
		s.SetDraft(0, &Draft{IDs: ids, By: geom.Translate(geom.Pt(step, 0))})
	}
}

func BenchmarkDraft1(b *testing.B) {
	doc := crowd(10_000)
	s := New(doc, figuretest.Even{})
	var id board.ID
	for f := range s.All() {
		id = f.ID()
	}
	step := 0.0
	for b.Loop() {
		step++
		s.SetDraft(0, &Draft{IDs: []board.ID{id}, By: geom.Translate(geom.Pt(step, 0))})
	}
}

// What lies in a part of the board a tile large.
func BenchmarkIn(b *testing.B) {
	s := New(crowd(10_000), figuretest.Even{})
	for b.Loop() {
		s.In(geom.Rect(3000, 3000, 512, 512))
	}
}
