//go:build js

package main

import (
	"context"
	"strings"

	"edgeboard/shared/board"
	"edgeboard/shared/client"
	"edgeboard/shared/export"
	"edgeboard/shared/geom"
	"edgeboard/wasmclient/browser"
	"edgeboard/wasmclient/editor"
)

// beginning is what a person finds on a board with nothing on it.
type beginning struct {
	hint      browser.Hint
	templates browser.Templates
	known     bool // what is on the board: it was in step with the relay, which else cannot be reached
	waits     bool // the hint does
}

// hintAfter is for how long there must be nothing before it is said: what comes just after
// the board is there, and a stroke after the other, is waited for.
const hintAfter = 300

// listenToBeginning connects the hint, the templates and the help.
func (p *page) listenToBeginning() {
	b := &p.beginning
	b.hint.Command = func(name string) { p.do(func() { p.command(editor.Command(name)) }) }
	b.hint.Listen()
	b.templates.Take = func(file, name string) { go p.takeTemplate(file, name) }
	b.templates.Listen()
	p.own["templates"] = func() bool {
		if p.role.Edits() {
			b.templates.Open()
		}
		return p.role.Edits()
	}
	p.own["tour"] = func() bool { b.templates.Tour(); return true }
	p.own["help"] = func() bool { browser.OpenURL("/help"); return true }
}

// takeTemplate puts a template on the page that is shown.
func (p *page) takeTemplate(file, name string) {
	ctx, stop := context.WithTimeout(context.Background(), fileWithin)
	defer stop()
	data, err := browser.Asset(ctx, file)
	if err != nil {
		println("fetching a template:", err.Error())
		browser.Toast(browser.Text("template.away", name))
		return
	}
	doc, err := export.Parse(data)
	if err != nil {
		browser.Toast(browser.Text("export.broken", name, err.Error()))
		return
	}
	for i := range doc.Elements {
		text := &doc.Elements[i].Text
		*text = strings.ReplaceAll(strings.ReplaceAll(*text, "{origin}", browser.Origin()), "{board}", browser.Board())
	}
	if !p.mayPlace() {
		return
	}
	p.do(func() {
		err = p.editor.InsertBeside(doc.Bounds(), func(by geom.Point, to *board.Board, edit *board.Edit) ([]board.ID, error) {
			doc.Move(by)
			return doc.Insert(to, edit)
		})
	})
	key := "template.added"
	if err != nil {
		key = "export.no-room"
	}
	browser.Toast(browser.Text(key, name))
}

// showHint shows what there is to do on a page with nothing on it, for as long as there
// is nothing.
func (p *page) showHint() {
	b := &p.beginning
	b.known = b.known || p.inStep() || p.unreached
	if !p.nothing() {
		b.hint.Show(false)
		return
	}
	if b.waits {
		return
	}
	b.waits = true
	browser.After(hintAfter, func() {
		p.do(func() {
			b.waits = false
			b.hint.Show(p.nothing())
		})
	})
}

// inStep reports whether all that the relay has of the board is here.
func (p *page) inStep() bool {
	_, coming := p.session.Loading()
	return p.session.Status().Phase == client.Live && coming == 0
}

// nothing reports whether there is nothing on the page that is shown, and nobody is about
// to put something there.
func (p *page) nothing() bool {
	if !p.beginning.known || p.figures.Len() > 0 || p.past.editor != nil || p.presents() || p.editor.Busy() || len(p.sketches()) > 0 {
		return false
	}
	switch p.editor.Tool() {
	case editor.Select, editor.Hand, editor.Pen: // with which a board is opened, or left alone
		return true
	}
	return !p.role.Edits()
}
