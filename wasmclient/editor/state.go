package editor

import (
	"edgeboard/shared/board"
	"edgeboard/shared/figure"
)

// State is what panels show of the editor. States are comparable.
type State struct {
	Tool                              Tool
	KeepTool, Grid, Snap, FingerDraws bool
	ViewOnly                          bool
	CanUndo, CanRedo                  bool
	Selected                          int  // elements
	Locked                            bool // all that is selected
	Grouped                           bool // something of it is in a group
	Writing                           bool
	Image                             bool // what is selected is one image
	Tile                              bool // what is selected is one tile of live data
	Cropping                          bool // of which a part is being chosen
	// Has is what can be said of the look of what is selected, or of what the tool
	// makes next.
	Has figure.Attributes
	Style
}

// summary is what a selection is like, kept until it or the document changes.
type summary struct {
	fresh           bool
	has             figure.Attributes
	style           Style
	locked, grouped bool
	image, tile     bool
}

// State returns what panels show.
func (e *Editor) State() State {
	e.refresh()
	if !e.summary.fresh {
		e.summary = e.summarize()
	}
	idle := e.gesture == nil && !e.viewOnly
	return State{
		Tool: e.tool, KeepTool: e.KeepTool, Grid: e.Grid, Snap: e.Snap, FingerDraws: e.FingerDraws,
		ViewOnly: e.viewOnly,
		CanUndo:  idle && e.history.CanUndo(), CanRedo: idle && e.history.CanRedo(),
		Selected: len(e.selection), Locked: e.summary.locked, Grouped: e.summary.grouped,
		Writing: e.Writing() != nil, Image: e.summary.image, Tile: e.summary.tile, Cropping: e.cropped != nil,
		Has: e.summary.has, Style: e.summary.style,
	}
}

func (e *Editor) summarize() summary {
	list := e.selected()
	if len(list) == 0 {
		kind := madeBy(e.tool)
		return summary{fresh: true, has: figure.AttributesOf(kind), style: e.next.at(kind, e.tool).style(kind)}
	}
	s := summary{fresh: true, has: figure.HasOrder, locked: true, image: len(list) == 1 && list[0].Picture != nil, tile: len(list) == 1 && list[0].Kind() == board.KindTile}
	for _, f := range list {
		s.locked = s.locked && f.Locked()
		s.grouped = s.grouped || f.Group() != (board.ID{})
		style, has := Style{Style: f.Style, FontSize: f.Place.Size}, figure.AttributesOf(f.Kind())
		s.style.Mixed |= s.has & has & s.style.differs(style)
		s.style.take(style, has&^s.has)
		s.has |= has
	}
	return s
}

// differs returns in what two styles differ.
func (s Style) differs(t Style) (d figure.Attributes) {
	for _, is := range []struct {
		other bool
		what  figure.Attributes
	}{
		{s.Color != t.Color, figure.HasColor},
		{s.Filled != t.Filled || s.Filled && s.Fill != t.Fill, figure.HasFill},
		{s.Thickness != t.Thickness, figure.HasThickness},
		{s.Dash != t.Dash, figure.HasDash},
		{s.Opacity != t.Opacity, figure.HasOpacity},
		{s.FontSize != t.FontSize, figure.HasFont},
		{s.Align != t.Align, figure.HasAlign},
		{s.Heads != t.Heads, figure.HasHeads},
	} {
		if is.other {
			d |= is.what
		}
	}
	return d
}

// take takes over what of another style is asked for.
func (s *Style) take(t Style, what figure.Attributes) {
	take := func(a figure.Attributes, f func(s, t *figure.Style)) {
		if what&a != 0 {
			f(&s.Style, &t.Style)
		}
	}
	take(figure.HasColor, func(s, t *figure.Style) { s.Color = t.Color })
	take(figure.HasFill, func(s, t *figure.Style) { s.Fill, s.Filled = t.Fill, t.Filled })
	take(figure.HasThickness, func(s, t *figure.Style) { s.Thickness = t.Thickness })
	take(figure.HasDash, func(s, t *figure.Style) { s.Dash = t.Dash })
	take(figure.HasOpacity, func(s, t *figure.Style) { s.Opacity = t.Opacity })
	take(figure.HasAlign, func(s, t *figure.Style) { s.Align = t.Align })
	take(figure.HasHeads, func(s, t *figure.Style) { s.Heads = t.Heads })
	if what&figure.HasFont != 0 {
		s.FontSize = t.FontSize
	}
}
