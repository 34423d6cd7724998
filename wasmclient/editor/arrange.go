package editor

import (
	"slices"
	"sort"

	"edgeboard/shared/board"
	"edgeboard/shared/figure"
	"edgeboard/shared/geom"
)

// unit is what is arranged as one: an element, or the selected ones of a group.
type unit struct {
	figures []*figure.Figure
	box     geom.Box
}

// units returns the units of what is selected and lies where it does by itself.
func (e *Editor) unitsOf() []unit {
	var list []unit
	groups := map[board.ID]int{}
	for _, f := range e.outer(e.loose(e.free())) {
		group := f.Group()
		i, known := groups[group]
		if !known || group == (board.ID{}) || group == e.inside {
			i = len(list)
			groups[group] = i
			list = append(list, unit{box: geom.NoBox})
		}
		u := &list[i]
		u.figures = append(u.figures, f)
		u.box = u.box.Union(f.Frame.Bounds())
	}
	return list
}

// shiftAll moves units, each by its own way, with what is in their frames. It reports whether one is moved. What
// somebody else has in hand moves where the document has it: the drag comes on top.
func (e *Editor) shiftAll(list []unit, by func(u unit) geom.Point) bool {
	type shifted struct {
		f *figure.Figure
		d geom.Point
	}
	var moves []shifted
	for _, u := range list {
		if d := by(u); d.Len() > 1e-9 {
			for _, f := range e.loose(slices.Clone(e.along(u.figures))) {
				moves = append(moves, shifted{e.figures.Settled(f.ID()), d})
			}
		}
	}
	if len(moves) == 0 {
		return false
	}
	ids := make([]board.ID, len(moves))
	for i, m := range moves {
		ids[i] = m.f.ID()
	}
	e.history.Begin()
	defer e.history.End()
	moved := e.step(func(edit *board.Edit) {
		for _, m := range moves {
			e.moveBy(edit, m.f, m.d)
		}
	})
	e.reframe(ids, false)
	return moved
}

// align brings the units of the selection to a share of its width and of its
// height: 0 is left or top, 1 right or bottom. Along an axis of which the share
// is negative nothing is moved.
func (e *Editor) align(x, y float64) bool {
	list := e.unitsOf()
	if len(list) < 2 {
		return false
	}
	all := geom.NoBox
	for _, u := range list {
		all = all.Union(u.box)
	}
	return e.shiftAll(list, func(u unit) geom.Point {
		d := all.At(x, y).Sub(u.box.At(x, y))
		if x < 0 {
			d.X = 0
		}
		if y < 0 {
			d.Y = 0
		}
		return d
	})
}

// distribute makes the gaps between the units of the selection even. The first
// and the last stay.
func (e *Editor) distribute(a axis) bool {
	list := e.unitsOf()
	n := len(list)
	if n < 3 {
		return false
	}
	sort.SliceStable(list, func(i, j int) bool { return a.of(list[i].box.Center()) < a.of(list[j].box.Center()) })
	room := a.of(list[n-1].box.Max) - a.of(list[0].box.Min)
	for _, u := range list {
		room -= a.of(u.box.Size())
	}
	gap := room / float64(n-1)
	at := a.of(list[0].box.Min)
	to := make(map[*figure.Figure]float64, n)
	for _, u := range list {
		to[u.figures[0]] = at
		at += a.of(u.box.Size()) + gap
	}
	return e.shiftAll(list, func(u unit) geom.Point { return a.point(to[u.figures[0]]-a.of(u.box.Min), 0) })
}

// flip mirrors the selection about its middle.
func (e *Editor) flip(x, y float64) bool {
	list := e.loose(e.free())
	box := e.bounds(list)
	if box.Empty() {
		return false
	}
	list = e.loose(slices.Clone(e.along(list)))
	t := geom.ScaleAbout(box.Center(), x, y)
	list = slices.DeleteFunc(list, func(f *figure.Figure) bool { return f.Place.Move(f.Kind(), t) == f.Place })
	if len(list) == 0 {
		return false
	}
	for i, f := range list {
		list[i] = e.figures.Settled(f.ID())
	}
	return e.step(func(edit *board.Edit) {
		for _, f := range list {
			e.settle(edit, f, f.Place.Move(f.Kind(), t), false)
		}
	})
}

// nudge moves the selection by steps; on the grid they are its own.
func (e *Editor) nudge(x, y float64) bool {
	d := geom.Point{X: x, Y: y}
	if e.Grid {
		d = d.Mul(GridStep)
	}
	return e.shiftAll([]unit{{figures: e.outer(e.loose(e.free()))}}, func(unit) geom.Point { return d })
}

// group makes one group of what is selected.
func (e *Editor) group() bool {
	list := e.free()
	if len(list) < 2 {
		return false
	}
	if g := list[0].Group(); g != (board.ID{}) && !slices.ContainsFunc(list, func(f *figure.Figure) bool { return f.Group() != g }) {
		return false // it is one
	}
	e.inside = board.ID{}
	return e.setAll(list, board.KeyGroup, board.Ref(list[0].ID()))
}

// ungroup takes what is selected apart.
func (e *Editor) ungroup() bool {
	e.inside = board.ID{}
	return e.setAll(e.free(), board.KeyGroup, board.Value{})
}

// lock locks what is selected, or unlocks it if all of it is locked.
func (e *Editor) lock() bool {
	list := e.selected()
	return e.setAll(list, board.KeyLocked, board.Int(1)) || e.unlock()
}

func (e *Editor) unlock() bool { return e.setAll(e.selected(), board.KeyLocked, board.Value{}) }

// setAll gives elements a property, and reports whether one had another.
func (e *Editor) setAll(list []*figure.Figure, key board.Key, v board.Value) bool {
	list = slices.DeleteFunc(slices.Clone(list), func(f *figure.Figure) bool { return f.Element.Get(key) == v })
	if len(list) == 0 {
		return false
	}
	return e.step(func(edit *board.Edit) {
		for _, f := range list {
			edit.Set(f.ID(), key, v)
		}
	})
}

// remove deletes elements that are not locked, with what is in frames. Arrows that
// were bound to them stay where they are drawn.
func (e *Editor) remove(list []*figure.Figure) bool {
	list = slices.DeleteFunc(slices.Clone(list), (*figure.Figure).Locked)
	list = slices.DeleteFunc(slices.Clone(e.along(list)), (*figure.Figure).Locked)
	if len(list) == 0 {
		return false
	}
	gone := make(map[board.ID]bool, len(list))
	for _, f := range list {
		gone[f.ID()] = true
	}
	var arrows []*figure.Figure
	for _, f := range list {
		for _, id := range e.figures.Bound(f.ID()) {
			if arrow := e.figures.Of(id); arrow != nil && arrow.Line() && !gone[id] {
				gone[id] = true // once is enough
				arrows = append(arrows, arrow)
			}
		}
	}
	done := e.step(func(edit *board.Edit) {
		for _, f := range arrows {
			figure.SetPlace(edit, f.Element, f.Place)
		}
		for _, f := range list {
			edit.Set(f.ID(), board.KeyDeleted, board.Int(1))
		}
	})
	e.stale = true
	e.refresh()
	return done
}
