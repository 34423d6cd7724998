//go:build js

package main

import (
	"edgeboard/shared/board"
	"edgeboard/shared/figure"
	"edgeboard/shared/geom"
	"edgeboard/wasmclient/browser"
	"edgeboard/wasmclient/editor"
	"edgeboard/wasmclient/view"
)

// listenToWriting connects the field over the board with the text that is written
// in it.
func (p *page) listenToWriting() {
	write := func(f func(w *editor.Writing)) {
		p.do(func() {
			if w := p.editor.Writing(); w != nil {
				f(w)
			}
		})
	}
	p.field = browser.TextArea{
		Input: func(text string, anchor, head int) {
			write(func(w *editor.Writing) { w.Input(text, anchor, head, browser.Now()) })
		},
		Select:  func(anchor, head int) { write(func(w *editor.Writing) { w.Select(anchor, head) }) },
		Compose: func(begun bool) { write(func(w *editor.Writing) { w.Compose(begun) }) },
		Done:    func() { p.do(p.editor.EndWriting) },
		Key: func(key string, shift bool) (handled bool) {
			p.do(func() {
				if c, ok := editor.CommandOf(key, mods(shift, false, true)); ok {
					handled = p.editor.Do(c)
				}
			})
			return handled
		},
		// Pushed off: the field is just being shown.
		Reveal: func(d geom.Point) { go p.do(func() { p.editor.Wheel(geom.Point{}, d.Mul(-1), false) }) },
	}
	p.field.Listen()
}

// showWriting shows the field where the text is that is being written, and hides
// it when none is.
func (p *page) showWriting() {
	w := p.editor.Writing()
	if w == nil {
		p.view.Writing(board.ID{})
		if p.field.Showing() {
			p.redraw()
		}
		p.field.Hide()
		return
	}
	f := p.figures.Of(w.ID())
	if f == nil {
		return // deleted: the editor ends the writing
	}
	p.view.Writing(w.ID())
	if anchor, head, untold := p.field.Selection(); untold {
		w.Select(anchor, head)
	}
	text, anchor, head, changed := w.Field()
	box, wraps := f.TextBox()
	field := browser.Field{
		Plane: p.plane(f), Box: box, Wraps: wraps, Middle: f.Kind() != board.KindText && f.Kind() != board.KindFrame,
		Title: f.Kind() == board.KindFrame,
		Size:  f.Place.Size, Color: view.Letters(f, browser.Dark()), Align: aligns[f.Style.Align],
		Text: text, Anchor: anchor, Head: head, Changed: changed,
		Caret: lineOf(f, head),
	}
	if !p.field.Showing() {
		p.redraw()
	}
	p.field.Show(field)
}

var aligns = [...]string{figure.AlignStart: "start", figure.AlignMiddle: "center", figure.AlignEnd: "end"}

// plane returns the way from the plane of a figure's frame to the screen.
func (p *page) plane(f *figure.Figure) geom.Transform {
	return f.Frame.Transform().Then(p.editor.Camera().Transform())
}

// lineOf returns where a caret stands in a figure's text, as high as its line.
func lineOf(f *figure.Figure, at int) geom.Box {
	text := f.Text()
	if text == nil {
		box, _ := f.TextBox()
		return geom.Rect(box.Center().X, box.Min.Y, 0, box.Size().Y)
	}
	line, x := text.Caret(at)
	box := text.LineBox(line)
	return geom.Rect(x, box.Min.Y, 0, box.Size().Y)
}
