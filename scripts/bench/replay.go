package main

import (
	"bytes"
	"context"
	"fmt"

	"edgeboard/shared/board"
)

// writer is the replica that writes where only one does.
const writer board.Replica = 0x1d2c3b4a596877 & board.MaxReplica

// replayCase measures a sequential trace: writing it, following it, and what it leaves behind.
func replayCase(ctx context.Context, t *trace, runs int, out *report) error {
	patches := t.patches()
	floor, err := inBytes(patches)
	if err != nil {
		return err
	}
	times, err := best(ctx, runs, func() error {
		_, _, err := replay(patches)
		return err
	}, func() error {
		var g gapBuffer
		for i := range floor {
			g.splice(floor[i].at, floor[i].remove, floor[i].insert)
		}
		return nil
	})
	if err != nil {
		return err
	}
	out.add(t.name, "replay_"+platform()+"_x", "x", float64(times[0])/float64(times[1]))
	out.add(t.name, "replay_"+platform()+"_ms", "ms", ms(times[0]))
	out.add(t.name, "floor_"+platform()+"_ms", "ms", ms(times[1]))

	b, id, err := replay(patches)
	if err != nil {
		return err
	}
	equal := b.Element(id).Text() == t.EndContent
	if !equal {
		out.fail("%s: replayed on a board it does not end with the trace's text", t.name)
	}

	updates, _, err := keystrokes(patches)
	if err != nil {
		return err
	}
	took, err := bestMS(ctx, runs, func() error {
		_, err := follow(updates)
		return err
	})
	if err != nil {
		return err
	}
	out.add(t.name, "remote_"+platform()+"_ms", "ms", took)
	follower, err := follow(updates)
	if err != nil {
		return err
	}
	if follower.Element(id).Text() != t.EndContent {
		equal = false
		out.fail("%s: a board that follows does not end with the trace's text", t.name)
	}

	if !inWasm {
		size, err := held(func() (*board.Board, error) {
			b, _, err := replay(patches)
			return b, err
		})
		if err != nil {
			return err
		}
		out.add(t.name, "held_bytes", "bytes", float64(size))
	}
	if err := stored(ctx, t.name, b, runs, out); err != nil {
		return err
	}
	out.native(t.name, "end_text_equal", "bool", truth(equal))
	return nil
}

// replay writes the patches as one edit of one element.
func replay(patches []patch) (*board.Board, board.ID, error) {
	b := board.New(writer)
	e := b.Edit()
	id := e.Create(board.KindNote)
	for i := range patches {
		p := &patches[i]
		e.Splice(id, board.Chars, p.at, p.remove, p.insert)
	}
	e.Commit()
	if err := e.Err(); err != nil {
		return nil, board.ID{}, fmt.Errorf("replay: %w", err)
	}
	return b, id, nil
}

// keystrokes returns what a page sends while the patches are written: an update for each, after the element's creation.
func keystrokes(patches []patch) ([][]byte, board.ID, error) {
	b := board.New(writer)
	e := b.Edit()
	id := e.Create(board.KindNote)
	updates := [][]byte{e.Commit()}
	for i, p := range patches {
		e := b.Edit()
		e.Splice(id, board.Chars, p.at, p.remove, p.insert)
		updates = append(updates, e.Commit())
		if err := e.Err(); err != nil {
			return nil, board.ID{}, fmt.Errorf("patch %d: %w", i, err)
		}
	}
	return updates, id, nil
}

// follow applies updates one by one to a board whose observer looks at the positions, as one that moves carets does.
func follow(updates [][]byte) (*board.Board, error) {
	b := board.New(0)
	var caret int
	b.Observe(func(e board.Event) {
		switch {
		case e.At > caret:
		case e.Kind == board.Inserted:
			caret += e.Len
		case e.Kind == board.Removed:
			caret = max(e.At, caret-e.Len)
		}
	})
	if err := applyAll(b, updates); err != nil {
		return nil, err
	}
	b.Observe(nil)
	return b, nil
}

func applyAll(b *board.Board, updates [][]byte) error {
	for i, u := range updates {
		if err := b.Apply(u); err != nil {
			return fmt.Errorf("apply update %d: %w", i, err)
		}
	}
	return nil
}

// stored measures the board's snapshot and loading it.
func stored(ctx context.Context, name string, b *board.Board, runs int, out *report) error {
	snapshot := b.Snapshot()
	if !inWasm {
		out.add(name, "snapshot_bytes", "bytes", float64(len(snapshot)))
		size, err := compressed(snapshot)
		if err != nil {
			return err
		}
		out.add(name, "snapshot_br_bytes", "bytes", float64(size))
	}
	return loading(ctx, name, snapshot, runs, out)
}

func loading(ctx context.Context, name string, snapshot []byte, runs int, out *report) error {
	took, err := bestMS(ctx, runs, func() error {
		_, err := board.Load(0, snapshot)
		return err
	})
	if err != nil {
		return fmt.Errorf("load: %w", err)
	}
	out.add(name, "load_"+platform()+"_ms", "ms", took)
	b, err := board.Load(0, snapshot)
	if err != nil {
		return fmt.Errorf("load: %w", err)
	}
	if !bytes.Equal(b.Snapshot(), snapshot) {
		out.fail("%s: the board that was loaded from a snapshot has another snapshot", name)
	}
	return nil
}
