package editor

import (
	"edgeboard/shared/board"
	"edgeboard/shared/figure"
)

// Style is how elements look, as panels show it.
type Style struct {
	figure.Style
	FontSize float64
	Mixed    figure.Attributes // in which elements of the selection differ
}

// A highlighter's stroke is broad and lets through what is below it.
const (
	highlightColor     = 0xffd43b
	highlightThickness = 24
	highlightOpacity   = 0.4
)

// look is the values of figure.StyleKeys; none is what elements have that say nothing.
type look [len(figure.StyleKeys)]board.Value

// looks are of what is made next. What is highlighted, what is written on notes, frames
// and tiles look otherwise than the rest, which has one look.
type looks struct{ plain, highlight, note, frame, tile look }

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
	for i, k := range figure.StyleKeys {
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
	case k == board.KindFrame:
		return &l.frame
	case k == board.KindTile:
		return &l.tile
	}
	return &l.plain
}

func (l *looks) of(k board.Kind, t Tool) look { return *l.at(k, t) }

// write gives a new element its look.
func (l look) write(edit *board.Edit, id board.ID, kind board.Kind) {
	has := figure.AttributesOf(kind)
	for i, v := range l {
		if has&(1<<i) != 0 && !v.IsNone() {
			edit.Set(id, figure.StyleKeys[i], v)
		}
	}
}

// style returns a look as panels show it.
func (l look) style(kind board.Kind) Style {
	s := Style{
		Style:    figure.StyleFrom(kind, func(key board.Key) board.Value { return l.get(kind, key) }),
		FontSize: figure.DefaultFontSize,
	}
	if size := l.get(kind, board.KeyFontSize); size.IsNumber() {
		s.FontSize = size.Float()
	}
	return s
}

// get returns a property of what is made next, of a kind.
func (l look) get(kind board.Kind, key board.Key) board.Value {
	for i, k := range figure.StyleKeys {
		if k == key && figure.AttributesOf(kind)&(1<<i) != 0 {
			return l[i]
		}
	}
	return board.Value{}
}

// madeBy returns the kind of what a tool makes, 0 if it makes nothing.
func madeBy(t Tool) board.Kind {
	if t == Pen || t == Highlighter {
		return board.KindStroke
	}
	return kinds[t]
}

// SetStyle gives what is selected another look, and what is made next. Keys
// other than figure.StyleKeys are left alone; the zero Value is what an
// element has that says nothing, as not to be filled.
func (e *Editor) SetStyle(key board.Key, v board.Value) {
	e.refresh()
	has := figure.AttributeOf(key)
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
		if figure.AttributesOf(f.Kind())&has == 0 {
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
