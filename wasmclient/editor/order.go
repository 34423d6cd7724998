package editor

import (
	"slices"

	"edgeboard/shared/board"
	"edgeboard/shared/figure"
)

// toFront lays the selection over all else, toBack below it. What is selected
// keeps its order.
func (e *Editor) toFront() bool {
	return e.eachLayer(func(all []*board.Element, list []*figure.Figure) bool {
		if n := len(list); n <= len(all) && e.areThese(all[len(all)-n:], list) {
			return false
		}
		return e.between(list, all[len(all)-1], nil)
	})
}

func (e *Editor) toBack() bool {
	return e.eachLayer(func(all []*board.Element, list []*figure.Figure) bool {
		if n := len(list); n <= len(all) && e.areThese(all[:n], list) {
			return false
		}
		return e.between(list, nil, all[0])
	})
}

// eachLayer calls do for the frames of the selection and for the rest of it, each
// with all of the board that is of that layer, and makes one step of it. It reports
// whether one of the calls did something.
func (e *Editor) eachLayer(do func(all []*board.Element, list []*figure.Figure) bool) (done bool) {
	e.history.Begin()
	defer e.history.End()
	isFrame := func(el *board.Element) bool { return el.Kind() == board.KindFrame }
	for _, frames := range []bool{true, false} {
		list := slices.DeleteFunc(e.inOrder(e.free()), func(f *figure.Figure) bool { return isFrame(f.Element) != frames })
		if len(list) == 0 {
			continue
		}
		list = e.withRiders(list)
		var all []*board.Element
		for el := range e.doc.Elements() {
			if isFrame(el) == frames {
				all = append(all, el)
			}
		}
		done = do(all, list) || done
	}
	return done
}

// withRiders returns figures with the stamps on them, which come after them: they
// are not to be hidden. Those on frames lie over all frames anyway.
func (e *Editor) withRiders(list []*figure.Figure) []*figure.Figure {
	these := map[board.ID]bool{}
	for _, f := range list {
		these[f.ID()] = true
	}
	var riders []*figure.Figure
	for _, f := range list {
		if f.Kind() == board.KindFrame {
			continue
		}
		for _, id := range e.figures.Bound(f.ID()) {
			if r := e.figures.Of(id); r != nil && r.Kind() == board.KindStamp && !these[id] {
				these[id] = true
				riders = append(riders, r)
			}
		}
	}
	return slices.Concat(list, e.inOrder(riders))
}

// areThese reports whether elements are those of figures, in order.
func (e *Editor) areThese(elements []*board.Element, list []*figure.Figure) bool {
	return slices.EqualFunc(elements, list, func(el *board.Element, f *figure.Figure) bool { return el.ID() == f.ID() })
}

// shift lays the selection over the next element above that overlaps some of it,
// or below the next one below. Where none overlaps there is nothing to be seen of
// it, and nothing is done.
func (e *Editor) shift(up bool) bool {
	list := e.withRiders(e.inOrder(e.free()))
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
	these := map[board.ID]bool{}
	for _, f := range list {
		these[f.ID()] = true
	}
	for _, f := range list {
		for _, other := range e.figures.In(f.Bounds) {
			if these[other.ID()] || (other.Kind() == board.KindFrame) != (f.Kind() == board.KindFrame) {
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
