package main

import (
	"bytes"
	"context"
	"fmt"
	"math"
	"runtime"
	"time"

	"edgeboard/shared/board"
)

// ourDocument measures package board as documents.mjs measures the others.
func ourDocument(ctx context.Context, in *documentInput, runs int) (*documentResults, error) {
	r := &documentResults{}
	var updates [][]byte
	var err error
	if in.history != nil {
		w, err := in.history.write(ctx, maxBoards)
		if err != nil {
			return nil, err
		}
		updates = w.ordered(in.history.order(nil))
	} else {
		if r.Apply, err = times(ctx, runs, func() (err error) {
			updates, err = in.edit()
			return err
		}); err != nil {
			return nil, err
		}
	}
	for _, u := range updates {
		r.UpdateBytes += len(u)
	}
	var b *board.Board
	if r.Merge, err = times(ctx, runs, func() (err error) {
		b, err = merge(updates)
		return err
	}); err != nil {
		return nil, err
	}
	if err := in.verify(b); err != nil {
		return nil, fmt.Errorf("the board of the updates: %w", err)
	}
	if r.CatchUp, err = times(ctx, runs, func() (err error) {
		b, err = merge([][]byte{bytes.Join(updates, nil)})
		return err
	}); err != nil {
		return nil, err
	}
	if err := in.verify(b); err != nil {
		return nil, fmt.Errorf("the board of all updates at once: %w", err)
	}
	r.Differs = in.history != nil && onlyText(b) != in.Ends
	updates = nil

	r.stored = b.Snapshot()
	var loaded *board.Board
	if r.Load, err = times(ctx, runs, func() (err error) {
		loaded, err = loadAndRead(r.stored)
		return err
	}); err != nil {
		return nil, err
	}
	if err := in.verify(loaded); err != nil {
		return nil, fmt.Errorf("the board that was loaded: %w", err)
	}
	loaded, b = nil, nil
	r.state = r.stored // it has no history
	if !inWasm {
		r.Memory, err = boardMemory(r.stored)
	}
	return r, err
}

// times is how long each of so many runs takes, in milliseconds.
func times(ctx context.Context, runs int, f func() error) (list []float64, err error) {
	for range runs {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		runtime.GC() // what others have left is not to be paid here
		start := time.Now()
		if err := f(); err != nil {
			return nil, err
		}
		list = append(list, ms(time.Since(start)))
	}
	return list, nil
}

// edit makes all edits of a sequential input on a new board, and returns the update of each.
func (in *documentInput) edit() (updates [][]byte, err error) {
	if len(in.Patches) > 0 {
		updates, _, err = keystrokes(in.Patches)
		return updates, err
	}
	b := board.New(writer)
	commit := func(e *board.Edit) error {
		updates = append(updates, e.Commit())
		return e.Err()
	}
	for i, s := range in.Strokes {
		e := b.Edit()
		id := e.Create(board.KindStroke)
		e.Set(id, board.KeyColor, board.Int(s.Color))
		e.Set(id, board.KeyThickness, board.Float(s.Thickness))
		e.Append(id, in.drawn[i]...)
		if err := commit(e); err != nil {
			return nil, err
		}
	}
	ids := make([]board.ID, len(in.Elements))
	for i, el := range in.Elements {
		e := b.Edit()
		ids[i] = e.Create(board.KindRectangle)
		for k, v := range el.values {
			e.Set(ids[i], lwwKeys[k].key, propertyValue(k, v))
		}
		if err := commit(e); err != nil {
			return nil, err
		}
	}
	for _, w := range in.Writes {
		e := b.Edit()
		e.Set(ids[w.element], lwwKeys[w.key].key, propertyValue(w.key, w.value))
		if err := commit(e); err != nil {
			return nil, err
		}
	}
	return updates, nil
}

func propertyValue(k int, v float64) board.Value {
	if lwwKeys[k].whole {
		return board.Int(int64(v))
	}
	return board.Float(v)
}

// loadAndRead loads a board and reads all that is on it.
func loadAndRead(stored []byte) (*board.Board, error) {
	b, err := board.Load(0, stored)
	if err != nil {
		return nil, err
	}
	var read float64
	var points []board.Point
	for e := range b.Elements() {
		for _, v := range e.Properties() {
			read += v.Float()
		}
		points = e.AppendPoints(points[:0])
		read += float64(len(e.Text()) + len(points))
	}
	if math.IsNaN(read) {
		return nil, fmt.Errorf("a board holds what is no number")
	}
	return b, nil
}

// boardMemory is what a loaded board takes of the heap, in MiB. It loads boards as
// documents.mjs loads documents.
func boardMemory(stored []byte) (float64, error) {
	if _, err := loadAndRead(stored); err != nil {
		return 0, err
	}
	before := heap()
	var boards []*board.Board
	took := int64(0)
	for len(boards) < documentCopies && took < documentCopiesBytes {
		b, err := loadAndRead(stored)
		if err != nil {
			return 0, err
		}
		boards = append(boards, b)
		took = heap() - before
	}
	runtime.KeepAlive(boards)
	return float64(took) / float64(len(boards)) / (1 << 20), nil
}

// A document's memory is measured on so many copies, or until they take so much: wasm
// takes memory in large steps. documents.mjs has the same.
const (
	documentCopies      = 16
	documentCopiesBytes = 64 << 20
)
