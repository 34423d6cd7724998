package main

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"

	"edgeboard/shared/board"
)

// mergeCase measures a concurrent trace: a board that has nothing takes what all have written.
func mergeCase(ctx context.Context, t *trace, runs int, out *report) error {
	h := newHistory(t.Txns)
	w, err := h.write(ctx, maxBoards)
	if err != nil {
		return err
	}
	inOrder := w.ordered(h.order(nil))
	took, err := bestMS(ctx, runs, func() error {
		_, err := merge(inOrder)
		return err
	})
	if err != nil {
		return err
	}
	out.add(t.name, "merge_"+platform()+"_ms", "ms", took)

	b, err := merge(inOrder)
	if err != nil {
		return err
	}
	snapshot := b.Snapshot()
	equal := true
	for seed := range uint64(3) {
		other, err := merge(w.ordered(h.order(rand.New(rand.NewPCG(seed, 0)))))
		if err != nil {
			return err
		}
		equal = equal && bytes.Equal(other.Snapshot(), snapshot)
	}
	if !equal {
		out.fail("%s: the order in which updates arrive changes the snapshot", t.name)
	}
	out.native(t.name, "orders_equal", "bool", truth(equal))

	sameText := b.Element(w.element).Text() == t.EndContent
	if !sameText {
		// Where several wrote at one place, whose text comes first is for each algorithm to say.
		out.note("%s: the text is another than that of the program that recorded the trace", t.name)
	}
	out.native(t.name, "end_text_equal", "bool", truth(sameText))
	return stored(ctx, t.name, b, runs, out)
}

// merge applies updates one by one to an empty board.
func merge(updates [][]byte) (*board.Board, error) {
	b := board.New(0)
	if err := applyAll(b, updates); err != nil {
		return nil, err
	}
	if n := b.Parked(); n > 0 {
		return nil, fmt.Errorf("%d bytes of updates wait for others, and all have arrived", n)
	}
	return b, nil
}
