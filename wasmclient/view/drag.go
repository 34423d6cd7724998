package view

import (
	"edgeboard/shared/board"
	"edgeboard/shared/figure"
	"edgeboard/shared/geom"
)

// drag is a great deal that is dragged together: it is painted once, on bare
// tiles of its own, and these are moved.
type drag struct {
	member  uint32
	draft   *figure.Draft // when it was painted
	by      geom.Transform
	last    geom.Transform // what has become of it since
	layer   *layer
	figures []*figure.Figure // as they lay then, from the bottom one to the top one
	of      map[board.ID]bool
	bounds  geom.Box
}

// dragTiles makes the largest draft one that is painted on tiles.
func (v *View) dragTiles() {
	if v.drag != nil {
		return
	}
	d := drag{last: geom.Identity, of: map[board.ID]bool{}, bounds: geom.NoBox}
	for member, draft := range v.figures.Drafts() {
		if draft.Place == nil && (d.draft == nil || len(draft.IDs) > len(d.draft.IDs)) {
			d.member, d.draft, d.by = member, draft, draft.By
		}
	}
	if d.draft == nil {
		return
	}
	for _, id := range d.draft.IDs {
		// The ends of arrows that are bound may stay where they are.
		if f := v.figures.Of(id); f != nil && f.Kind() != board.KindArrow && v.lifted[id] != nil {
			d.of[id] = true
		}
	}
	for _, id := range v.stacked() {
		if d.of[id] {
			f := v.figures.Of(id)
			d.figures = append(d.figures, f)
			d.bounds = d.bounds.Union(f.Bounds)
		}
	}
	if len(d.figures) == 0 {
		return
	}
	d.layer = newLayer(v.front.scale)
	v.drag = &d
	v.out.Again = true
}

// dragging reports whether what is on the drag's tiles is still in somebody's
// hands, or on its way into the tiles of the board.
func (v *View) dragging() bool {
	for id := range v.drag.of {
		if v.lifted[id] != nil {
			return true
		}
	}
	return false
}

func (v *View) dropDrag() {
	if v.drag == nil {
		return
	}
	if v.job.active && v.job.bare {
		v.abandon()
	}
	v.dropLayer(v.drag.layer)
	v.drag = nil
}

// follow notes how far the drag has been moved.
func (d *drag) follow(figures *figure.Set) {
	for member, draft := range figures.Drafts() {
		if member != d.member || draft.Place != nil || len(draft.IDs) != len(d.draft.IDs) {
			continue
		}
		if back, ok := d.by.Invert(); ok {
			d.last = back.Then(draft.By)
		}
	}
}

// onScreen returns the places of the drag's layer that are on the screen.
func (v *View) onScreen(s Screen, visit func(place) bool) {
	d := v.drag
	back, ok := d.last.Invert()
	if !ok {
		return
	}
	part := back.ApplyBox(s.visible()).Intersect(d.bounds.Grow(2 * speck / d.layer.scale))
	if part.Empty() {
		return
	}
	var g grid
	g.cover(d.layer, part)
	for _, p := range g.places {
		if !visit(p) {
			return
		}
	}
}

// mostDragTiles bounds the tiles of a drag: zoomed out by a resize, very many
// would be on the screen.
const mostDragTiles = 64

// nextOfDrag begins the next tile of the drag.
func (v *View) nextOfDrag(s Screen) (begun bool) {
	d := v.drag
	if d == nil || len(d.layer.tiles) >= mostDragTiles {
		return false
	}
	v.onScreen(s, func(p place) bool {
		if d.layer.tiles[p] != nil {
			return true
		}
		j := &v.job
		*j = job{active: true, bare: true, layer: d.layer, at: p, id: noTile, paper: j.paper, found: j.found[:0], clip: tileClip}
		j.paper.transform = transform{d.layer.box(p).Min, d.layer.scale}
		j.paper.dark, j.paper.writing, j.paper.fed = v.dark, v.writing, true
		reach := d.layer.reach(p)
		for _, f := range d.figures {
			if f.Bounds.Overlaps(reach) {
				j.figures = append(j.figures, f)
			}
		}
		begun = true
		return false
	})
	return begun
}

// layDragged lays the tiles of the drag on the screen.
func (v *View) layDragged(f *Frame) {
	d := v.drag
	if d == nil {
		return
	}
	screen := geom.Translate(v.paper.at.Neg()).Then(geom.Scale(v.paper.scale, v.paper.scale))
	for p, t := range d.layer.tiles {
		if t.id == noTile {
			continue
		}
		k := 1 / d.layer.scale
		by := geom.Scale(k, k).Then(geom.Translate(d.layer.box(p).Min)).Then(d.last).Then(screen)
		f.Dragged = append(f.Dragged, Dragged{t.id, by})
	}
}
