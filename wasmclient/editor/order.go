package editor

import (
	"slices"

	"edgeboard/shared/board"
	"edgeboard/shared/figure"
)

// toFront lays the selection over all else, toBack below it. What is selected
// keeps its order.
func (e *Editor) toFront() bool {
	all := slices.Collect(e.doc.Elements())
	list := e.inOrder(e.free())
	if n := len(list); n == 0 || n <= len(all) && e.areThese(all[len(all)-n:], list) {
		return false
	}
	return e.between(list, all[len(all)-1], nil)
}

func (e *Editor) toBack() bool {
	all := slices.Collect(e.doc.Elements())
	list := e.inOrder(e.free())
	if n := len(list); n == 0 || n <= len(all) && e.areThese(all[:n], list) {
		return false
	}
	return e.between(list, nil, all[0])
}

// areThese reports whether elements are those of figures, in order.
func (e *Editor) areThese(elements []*board.Element, list []*figure.Figure) bool {
	return slices.EqualFunc(elements, list, func(el *board.Element, f *figure.Figure) bool { return el.ID() == f.ID() })
}

// shift lays the selection over the next element above that overlaps some of it,
// or below the next one below. Where none overlaps there is nothing to be seen of
// it, and nothing is done.
func (e *Editor) shift(up bool) bool {
	list := e.inOrder(e.free())
	if len(list) == 0 {
		return false
	}
	next := e.neighbour(list, up)
	if next == nil {
		return false
	}
	// Right beside it, on the far side.
	all := slices.Collect(e.doc.Elements())
	i := slices.Index(all, next.Element)
	step := 1
	if !up {
		step = -1
	}
	var beyond *board.Element
	for j := i + step; j >= 0 && j < len(all); j += step {
		if !slices.ContainsFunc(list, func(f *figure.Figure) bool { return f.ID() == all[j].ID() }) {
			beyond = all[j]
			break
		}
	}
	if up {
		return e.between(list, next.Element, beyond)
	}
	return e.between(list, beyond, next.Element)
}

// neighbour returns the nearest element above, or below, one of figures that
// overlaps it and is not one of them.
func (e *Editor) neighbour(list []*figure.Figure, up bool) (next *figure.Figure) {
	for _, f := range list {
		for _, other := range e.figures.In(f.Bounds) {
			if e.chosen[other.ID()] {
				continue
			}
			above, nearer := e.figures.Compare(other, f), 0
			if next != nil {
				nearer = e.figures.Compare(next, other)
			}
			if up && above > 0 && nearer >= 0 || !up && above < 0 && nearer <= 0 {
				next = other
			}
		}
	}
	return next
}

// between gives figures, from the bottom one to the top one, places in the order
// between two elements; nil is the bottom or the top.
func (e *Editor) between(list []*figure.Figure, below, above *board.Element) bool {
	return e.step(func(edit *board.Edit) {
		if below == nil {
			for _, f := range slices.Backward(list) {
				edit.Set(f.ID(), board.KeyOrder, board.String(e.doc.Between(nil, above)))
				above = f.Element
			}
			return
		}
		for _, f := range list {
			edit.Set(f.ID(), board.KeyOrder, board.String(e.doc.Between(below, above)))
			below = f.Element
		}
	})
}
