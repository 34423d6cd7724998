package main

import (
	"context"
	"math/rand/v2"
	"runtime"
	"time"

	"edgeboard/shared/board"
)

const (
	lwwElements = 10_000
	lwwUpdates  = 300_000
)

// lwwKeys are the properties that are written: numbers, as moving, resizing and colouring write them.
var lwwKeys = [16]struct {
	key   board.Key
	whole bool
}{
	{board.KeyColor, true},
	{board.KeyThickness, false},
	{board.KeyX, false},
	{board.KeyY, false},
	{board.KeyWidth, false},
	{board.KeyHeight, false},
	{board.KeyAngle, false},
	{board.KeyFill, true},
	{board.KeyDash, true},
	{board.KeyOpacity, false},
	{board.KeyFontSize, false},
	{board.KeyAlign, true},
	{board.KeyLocked, true},
	{board.KeyStartX, false},
	{board.KeyStartY, false},
	{board.KeyHead, true},
}

// lwwCase measures taking one property's update, where the property has a value already.
func lwwCase(ctx context.Context, name string, runs int, out *report) error {
	base, updates, err := properties()
	if err != nil {
		return err
	}
	var leastTime time.Duration
	var leastAllocs uint64
	for i := range runs {
		if err := ctx.Err(); err != nil {
			return err
		}
		b := board.New(0)
		if err := b.Apply(base); err != nil {
			return err
		}
		var before, after runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&before)
		start := time.Now()
		err := applyAll(b, updates)
		took := time.Since(start)
		runtime.ReadMemStats(&after)
		if err != nil {
			return err
		}
		allocs := after.Mallocs - before.Mallocs
		if i == 0 {
			leastTime, leastAllocs = took, allocs
		}
		leastTime, leastAllocs = min(leastTime, took), min(leastAllocs, allocs)
	}
	out.add(name, "apply_"+platform()+"_ns", "ns", float64(leastTime)/lwwUpdates)
	out.native(name, "apply_allocs", "allocs", float64(leastAllocs)/lwwUpdates)
	return nil
}

// properties returns an update that makes the elements, and updates of one property each.
func properties() (base []byte, updates [][]byte, err error) {
	b := board.New(writer)
	rng := rand.New(rand.NewPCG(1, 2))
	value := func(whole bool) board.Value {
		n := rng.IntN(8 * 2000)
		if whole {
			return board.Int(int64(n))
		}
		return board.Float(float64(n) / 8)
	}
	e := b.Edit()
	ids := make([]board.ID, lwwElements)
	for i := range ids {
		ids[i] = e.Create(board.KindRectangle)
		for _, k := range lwwKeys {
			e.Set(ids[i], k.key, value(k.whole))
		}
	}
	base = e.Commit()
	if err := e.Err(); err != nil {
		return nil, nil, err
	}
	for range lwwUpdates {
		e := b.Edit()
		k := lwwKeys[rng.IntN(len(lwwKeys))]
		e.Set(ids[rng.IntN(len(ids))], k.key, value(k.whole))
		updates = append(updates, e.Commit())
		if err := e.Err(); err != nil {
			return nil, nil, err
		}
	}
	return base, updates, nil
}
