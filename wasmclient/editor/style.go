package editor

import (
	"edgeboard/shared/board"
	"edgeboard/shared/figure"
)

// Attributes is a set of what can be said of the look of elements.
type Attributes uint16

const (
	HasColor Attributes = 1 << iota
	HasFill
	HasThickness
	HasDash
	HasOpacity
	HasFont
	HasAlign
	HasHeads
	HasOrder // there is a selection, which has a place in the order
)

// styleKeys are the properties of the attributes, in their order.
var styleKeys = [...]board.Key{
	board.KeyColor, board.KeyFill, board.KeyThickness, board.KeyDash,
	board.KeyOpacity, board.KeyFontSize, board.KeyAlign, board.KeyHead,
}

// attribute returns the attribute of a property, 0 if it is none of them.
func attribute(key board.Key) Attributes {
	for i, k := range styleKeys {
		if k == key {
			return 1 << i
		}
	}
	return 0
}

// attributesOf returns what elements of a kind have.
func attributesOf(k board.Kind) Attributes {
	switch k {
	case board.KindStroke:
		return HasColor | HasThickness | HasOpacity
	case board.KindRectangle, board.KindEllipse, board.KindDiamond:
		return HasColor | HasFill | HasThickness | HasDash | HasOpacity | HasFont | HasAlign
	case board.KindLine:
		return HasColor | HasThickness | HasDash | HasOpacity
	case board.KindArrow:
		return HasColor | HasThickness | HasDash | HasOpacity | HasHeads
	case board.KindText:
		return HasColor | HasOpacity | HasFont | HasAlign
	case board.KindNote:
		return HasColor | HasFill | HasOpacity | HasFont | HasAlign
	}
	return 0
}

// Style is how elements look, as panels show it.
type Style struct {
	figure.Style
	FontSize float64
	Mixed    Attributes // in which elements of the selection differ
}

// A highlighter's stroke is broad and lets through what is below it.
const (
	highlightColor     = 0xffd43b
	highlightThickness = 24
	highlightOpacity   = 0.4
)

// look is the values of styleKeys; none is what elements have that say nothing.
type look [len(styleKeys)]board.Value

// looks are of what is made next. What is highlighted and what is written on
// notes looks otherwise than the rest, which has one look.
type looks struct{ plain, highlight, note look }

func newLooks() looks {
	var l looks
	l.plain.set(board.KeyColor, board.Int(figure.DefaultColor))
	l.plain.set(board.KeyThickness, board.Float(figure.DefaultThickness))
	l.highlight.set(board.KeyColor, board.Int(highlightColor))
	l.highlight.set(board.KeyThickness, board.Float(highlightThickness))
	l.highlight.set(board.KeyOpacity, board.Float(highlightOpacity))
	return l
}

func (l *look) set(key board.Key, v board.Value) {
	for i, k := range styleKeys {
		if k == key {
			l[i] = v
		}
	}
}

// at returns the look of what a tool makes, of a kind.
func (l *looks) at(k board.Kind, t Tool) *look {
	switch {
	case t == Highlighter:
		return &l.highlight
	case k == board.KindNote:
		return &l.note
	}
	return &l.plain
}

func (l *looks) of(k board.Kind, t Tool) look { return *l.at(k, t) }

// write gives a new element its look.
func (l look) write(edit *board.Edit, id board.ID, kind board.Kind) {
	has := attributesOf(kind)
	for i, v := range l {
		if has&(1<<i) != 0 && !v.IsNone() {
			edit.Set(id, styleKeys[i], v)
		}
	}
}

// style returns a look as panels show it.
func (l look) style(kind board.Kind) Style {
	s := Style{
		Style: figure.Style{
			Color: figure.DefaultColor, Thickness: figure.DefaultThickness, Opacity: 1, Align: figure.AlignMiddle,
		},
		FontSize: figure.DefaultFontSize,
	}
	switch kind {
	case board.KindText:
		s.Align = figure.AlignStart
	case board.KindNote:
		s.Fill, s.Filled = figure.NoteColor, true
	case board.KindArrow:
		s.Heads = figure.HeadAtEnd
	}
	for i, v := range l {
		if v.IsNone() || attributesOf(kind)&(1<<i) == 0 {
			continue
		}
		switch styleKeys[i] {
		case board.KeyColor:
			s.Color = uint32(v.Int())
		case board.KeyFill:
			s.Fill, s.Filled = uint32(v.Int()), true
		case board.KeyThickness:
			s.Thickness = v.Float()
		case board.KeyDash:
			s.Dash = figure.Dash(v.Int())
		case board.KeyOpacity:
			s.Opacity = v.Float()
		case board.KeyFontSize:
			s.FontSize = v.Float()
		case board.KeyAlign:
			s.Align = figure.Align(v.Int())
		case board.KeyHead:
			s.Heads = figure.Heads(v.Int())
		}
	}
	return s
}

// madeBy returns the kind of what a tool makes, 0 if it makes nothing.
func madeBy(t Tool) board.Kind {
	if t == Pen || t == Highlighter {
		return board.KindStroke
	}
	return kinds[t]
}

// SetStyle gives what is selected another look, and what is made next. Keys
// other than those of Attributes are left alone; the zero Value is what an
// element has that says nothing, as not to be filled.
func (e *Editor) SetStyle(key board.Key, v board.Value) {
	e.refresh()
	has := attribute(key)
	if has == 0 || e.viewOnly {
		return
	}
	e.summary.fresh = false
	list := e.free()
	if len(list) == 0 {
		e.next.at(madeBy(e.tool), e.tool).set(key, v)
		return
	}
	var change []board.ID
	for _, f := range list {
		if attributesOf(f.Kind())&has == 0 {
			continue
		}
		e.next.at(f.Kind(), Select).set(key, v)
		if f.Element.Get(key) != v {
			change = append(change, f.ID())
		}
	}
	if len(change) == 0 || e.gesture != nil {
		return
	}
	e.step(func(edit *board.Edit) {
		for _, id := range change {
			edit.Set(id, key, v)
		}
	})
}

// BeginStyle begins a drag on a slider: what SetStyle does until EndStyle is one
// step.
func (e *Editor) BeginStyle() {
	if !e.styling && e.gesture == nil {
		e.styling = true
		e.pauseWriting()
		e.history.Begin()
	}
}

// EndStyle ends what BeginStyle has begun.
func (e *Editor) EndStyle() {
	if e.styling {
		e.styling = false
		e.history.End()
	}
}
