package main

import (
	"context"
	"math/rand/v2"
	"slices"

	"edgeboard/shared/board"
)

const (
	strokes      = 10_000
	strokePoints = 50
)

// strokesCase measures what a board full of handwriting takes.
func strokesCase(ctx context.Context, name string, runs int, out *report) error {
	drawn := handwriting(rand.New(rand.NewPCG(3, 4)), strokes, strokePoints)
	b, err := draw(drawn)
	if err != nil {
		return err
	}
	snapshot := b.Snapshot()
	if !inWasm {
		out.add(name, "snapshot_bytes_per_point", "bytes/point", float64(len(snapshot))/(strokes*strokePoints))
		size, err := held(func() (*board.Board, error) { return draw(drawn) })
		if err != nil {
			return err
		}
		out.add(name, "held_bytes_per_stroke", "bytes/stroke", float64(size)/strokes)
	}
	return loading(ctx, name, snapshot, runs, out)
}

// draw makes the strokes as a page does: each with its colour and thickness, and the points of an animation frame at a time.
func draw(strokes [][]board.Point) (*board.Board, error) {
	b := board.New(writer)
	for i, points := range strokes {
		e := b.Edit()
		id := e.Create(board.KindStroke)
		e.Set(id, board.KeyColor, board.Int(int64(i%5)*0x302010))
		e.Set(id, board.KeyThickness, board.Float(float64(2+i%3)))
		for batch := range slices.Chunk(points, 4) {
			e.Append(id, batch...)
		}
		e.Commit()
		if err := e.Err(); err != nil {
			return nil, err
		}
	}
	return b, nil
}
