package editor

import (
	"slices"

	"edgeboard/shared/board"
	"edgeboard/shared/figure"
	"edgeboard/shared/geom"
)

// Selection returns what is selected. It is not to be changed.
func (e *Editor) Selection() []board.ID {
	e.refresh()
	return e.selection
}

// choose selects these and nothing else.
func (e *Editor) choose(ids []board.ID) {
	e.selection = nil
	clear(e.chosen)
	for _, id := range ids {
		if !e.chosen[id] {
			e.chosen[id] = true
			e.selection = append(e.selection, id)
		}
	}
	if e.cropped != nil && (len(e.selection) != 1 || !e.chosen[e.cropped.id]) {
		e.EndCrop()
	}
	// Who selects something else has left the group.
	if e.inside != (board.ID{}) && !slices.ContainsFunc(e.selection, e.isInside) {
		e.inside = board.ID{}
	}
	e.summary.fresh = false
}

func (e *Editor) isInside(id board.ID) bool {
	f := e.figures.Of(id)
	return f != nil && f.Group() == e.inside
}

// add selects more.
func (e *Editor) add(ids []board.ID) { e.choose(slices.Concat(e.selection, ids)) }

// drop selects these no longer.
func (e *Editor) drop(ids []board.ID) {
	e.choose(slices.DeleteFunc(slices.Clone(e.selection), func(id board.ID) bool { return slices.Contains(ids, id) }))
}

// dropGone drops what is not there any more.
func (e *Editor) dropGone() {
	there := func(id board.ID) bool { return e.figures.Of(id) != nil }
	if slices.ContainsFunc(e.selection, func(id board.ID) bool { return !there(id) }) {
		e.choose(slices.DeleteFunc(slices.Clone(e.selection), func(id board.ID) bool { return !there(id) }))
	}
}

// selected returns the figures of the selection.
func (e *Editor) selected() []*figure.Figure { return e.figuresOf(e.selection) }

// free returns those of the selection that are not locked.
func (e *Editor) free() []*figure.Figure {
	return slices.DeleteFunc(e.selected(), (*figure.Figure).Locked)
}

// figuresOf returns the figures of those that are there.
func (e *Editor) figuresOf(ids []board.ID) []*figure.Figure {
	list := make([]*figure.Figure, 0, len(ids))
	for _, id := range ids {
		if f := e.figures.Of(id); f != nil {
			list = append(list, f)
		}
	}
	return list
}

// inOrder sorts figures, in place, from the bottom one to the top one.
func (e *Editor) inOrder(list []*figure.Figure) []*figure.Figure {
	slices.SortFunc(list, e.figures.Compare)
	return list
}

func idsOf(list []*figure.Figure) []board.ID {
	ids := make([]board.ID, len(list))
	for i, f := range list {
		ids[i] = f.ID()
	}
	return ids
}

// whole returns what a click on a figure selects: it, or its group, unless that
// was gone into.
func (e *Editor) whole(f *figure.Figure) []board.ID {
	group := f.Group()
	if group == (board.ID{}) || group == e.inside {
		return []board.ID{f.ID()}
	}
	return e.members(map[board.ID]bool{group: true})
}

// members returns the elements of groups.
func (e *Editor) members(groups map[board.ID]bool) (ids []board.ID) {
	if len(groups) == 0 {
		return nil
	}
	for el := range e.doc.Elements() {
		if groups[el.Get(board.KeyGroup).Ref()] && e.figures.Of(el.ID()) != nil {
			ids = append(ids, el.ID())
		}
	}
	return ids
}

// wholes returns figures and the groups they are in.
func (e *Editor) wholes(list []*figure.Figure) (ids []board.ID) {
	groups := map[board.ID]bool{}
	for _, f := range list {
		if group := f.Group(); group != (board.ID{}) && group != e.inside {
			groups[group] = true
			continue
		}
		ids = append(ids, f.ID())
	}
	return append(ids, e.members(groups)...)
}

// top returns the topmost figure that a place of the board hits, nil if there is
// none. Locked ones let what is below them be hit.
func (e *Editor) top(at geom.Point, kind PointerKind, locked bool) *figure.Figure {
	for _, f := range e.figures.At(at, e.units(kind.touch())) {
		if locked || !f.Locked() {
			return f
		}
	}
	return nil
}

// around returns the topmost figure that encloses a place and can be written in,
// filled or not.
func (e *Editor) around(at geom.Point) *figure.Figure {
	list := e.figures.In(geom.BoxOf(at))
	for _, f := range slices.Backward(list) {
		if o, ok := f.Outline(); ok && writable(f) && f.Kind() != board.KindFrame && !f.Locked() && o.Contains(at) {
			return f
		}
	}
	return nil
}

// writable reports whether a double click on a figure writes in it.
func writable(f *figure.Figure) bool {
	switch f.Kind() {
	case board.KindStamp, board.KindTimer, board.KindTile:
		return false
	}
	_, ok := f.Outline()
	return ok && f.Kind() != board.KindImage || f.Line()
}

// bounds returns the box around figures, without the widths of their lines.
func (e *Editor) bounds(list []*figure.Figure) geom.Box {
	box := geom.NoBox
	for _, f := range list {
		box = box.Union(f.Frame.Bounds())
	}
	return box
}

// frame returns the frame of figures that handles are at: of one its own, of
// several the box around them. A line by itself has ends instead.
func (e *Editor) frame(list []*figure.Figure) (geom.Frame, bool) {
	if len(list) == 1 {
		return list[0].Frame, !list[0].Line() && !list[0].Frame.Box.Empty()
	}
	box := e.bounds(list)
	return geom.Frame{Box: box}, !box.Empty()
}

// inBox reports whether a place is in the box of what is selected and can be
// moved.
func (e *Editor) inBox(at geom.Point) bool {
	f, ok := e.frame(e.free())
	return ok && f.Contains(at)
}

// selectAll selects what is not locked.
func (e *Editor) selectAll() bool {
	var ids []board.ID
	for f := range e.figures.All() {
		if !f.Locked() && !f.IsDot() && !f.Bounds.Empty() {
			ids = append(ids, f.ID())
		}
	}
	if len(ids) == 0 {
		return false
	}
	e.EndWriting()
	e.tool = Select
	e.choose(ids)
	return true
}

// SelectOnly selects an element and nothing else, with the tool for that.
func (e *Editor) SelectOnly(id board.ID) {
	e.refresh()
	if e.gesture != nil || e.figures.Of(id) == nil {
		return
	}
	e.Use(Select)
	e.choose([]board.ID{id})
}

// Annotate writes a property of an element that is not to be seen on the board, as a
// step of the history.
func (e *Editor) Annotate(id board.ID, key board.Key, v board.Value) {
	f := e.figures.Of(id)
	if f == nil || f.Locked() || e.viewOnly || f.Element.Get(key) == v {
		return
	}
	e.step(func(edit *board.Edit) { edit.Set(id, key, v) })
}
