package view

import (
	"math"
	"slices"

	"edgeboard/shared/board"
	"edgeboard/shared/figure"
	"edgeboard/shared/geom"
)

// lift is an element that somebody drags, or did a moment ago: tiles do not show
// it.
type lift struct {
	laid  bool // nobody drags it any more
	lands bool // the batch under way paints it
}

// settleLifted makes what nobody drags any more land in the tiles.
func (v *View) settleLifted() {
	for id, l := range v.lifted {
		if !l.laid {
			continue
		}
		l.lands = true
		if f := v.figures.Of(id); f != nil {
			v.dirty(f.Bounds)
		}
	}
}

// order sorts figures from the bottom one to the top one.
func (v *View) order(figures []*figure.Figure) {
	if len(figures) > 1 {
		slices.SortFunc(figures, v.figures.Compare)
	}
}

// stacked returns the elements that are lifted, from the bottom one to the top
// one.
func (v *View) stacked() []board.ID {
	if v.stack == nil {
		figures := make([]*figure.Figure, 0, len(v.lifted))
		for id := range v.lifted {
			if f := v.figures.Of(id); f != nil {
				figures = append(figures, f)
			}
		}
		v.order(figures)
		v.stack = make([]board.ID, len(figures))
		for i, f := range figures {
			v.stack[i] = f.ID()
		}
	}
	return v.stack
}

// Of what lies over something that is dragged, so much is drawn over it again, in
// vertices and elements; the rest is below it until it is laid down.
const (
	aboveBudget = 20_000
	mostAbove   = 500
)

// drawLifted draws what somebody drags, with what lies over it.
func (v *View) drawLifted(f *Frame, s Screen) {
	if len(v.lifted) == 0 {
		return
	}
	c, p := &v.over, &v.paper
	seen := s.visible().Grow(2 * speck / p.scale)
	v.layDragged(f)
	around := geom.NoBox
	var held []*figure.Figure
	for _, id := range v.stacked() {
		if v.drag != nil && v.drag.of[id] {
			continue
		}
		if fig := v.figures.Of(id); fig != nil && fig.Bounds.Overlaps(seen) {
			held = append(held, fig)
			around = around.Union(fig.Bounds)
		}
	}
	if len(held) == 0 {
		return
	}
	draw := func(fig *figure.Figure) {
		if !p.figure(c, fig, 0, all, &mark{}, overBudget) || c.spent > overBudget {
			v.dragTiles()
		}
	}
	if len(held) > mostAbove {
		for _, fig := range held {
			if c.spent > overBudget {
				break
			}
			draw(fig)
		}
		return
	}
	// What lies over something that is drawn here is drawn again, as far as it is
	// around what is dragged.
	around = around.Intersect(seen)
	c.part = p.box(around.Grow(2 * fringe / p.scale))
	c.part = geom.Box{
		Min: geom.Point{X: math.Floor(c.part.Min.X), Y: math.Floor(c.part.Min.Y)},
		Max: geom.Point{X: math.Ceil(c.part.Max.X), Y: math.Ceil(c.part.Max.Y)},
	}
	drawn := make([]geom.Box, 0, len(held))
	above := 0
	next := 0 // of held
	hold := func() {
		drawn = append(drawn, held[next].Bounds)
		draw(held[next])
		next++
	}
	for _, x := range v.figures.Find(nil, around) {
		id := x.Element.ID()
		for next < len(held) && v.figures.CompareElements(held[next].Element, x.Element) < 0 {
			hold()
		}
		if next == 0 || above > mostAbove || c.spent > aboveBudget || !v.inTiles(id) || !slices.ContainsFunc(drawn, x.Bounds.Overlaps) {
			continue
		}
		// Drawn twice, what can be seen through would be darker.
		if fig := v.figures.Of(id); fig != nil && fig.Style.Opacity == 1 {
			above++
			drawn = append(drawn, fig.Bounds)
			draw(fig)
		}
	}
	for next < len(held) && c.spent <= overBudget {
		hold()
	}
	c.part = geom.Box{}
}
