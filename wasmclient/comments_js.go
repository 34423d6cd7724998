//go:build js

package main

import (
	"cmp"
	"time"

	"edgeboard/shared/board"
	"edgeboard/shared/thread"
	"edgeboard/wasmclient/browser"
	"edgeboard/wasmclient/editor"
)

// comments is the threads of the board, as they are shown.
type comments struct {
	index  *thread.Index
	panels browser.Comments
	list   []thread.Thread
	shown  []browser.Thread // the same, for the panels
	at     editor.Remark    // what a thread that is to be begun is about
	stale  bool             // somebody has said something
}

// listenToComments connects the panels of comments with the board.
func (p *page) listenToComments() {
	c := &p.comments
	c.stale = true
	c.panels = browser.Comments{
		Start:  func(text string) { p.do(func() { p.startThread(text) }) },
		Reply:  func(id, text string) { p.do(func() { p.reply(id, text) }) },
		Change: func(id, text string) { p.do(func() { p.changeComment(id, text) }) },
		Delete: func(id string) { p.do(func() { p.deleteComment(id) }) },
		Resolve: func(id string, settled bool) {
			p.do(func() {
				if t := c.find(id); t != nil {
					p.comment(func(edit *board.Edit) { thread.Resolve(edit, t.ID, settled) })
				}
			})
		},
		Go: func(id string) {
			p.do(func() {
				if t := c.find(id); t != nil {
					p.goTo(p.about(t), t.At)
				}
			})
		},
	}
	c.panels.Listen()
	p.own["comments"] = func() bool { c.panels.OpenList(); return true }
}

func (c *comments) find(id string) *thread.Thread {
	for i := range c.list {
		if c.list[i].ID.Text() == id {
			return &c.list[i]
		}
	}
	return nil
}

// about returns the element that says on which page a thread is.
func (p *page) about(t *thread.Thread) *board.Element {
	if t.On != (board.ID{}) {
		return p.session.Doc().Element(t.On)
	}
	return p.session.Doc().Element(t.ID)
}

// comment writes what concerns comments alone. It is no step of the history: undo
// takes back drawing, not talk.
func (p *page) comment(write func(edit *board.Edit)) {
	if !p.role.Comments() {
		return
	}
	edit := p.session.Doc().Edit()
	write(edit)
	if update := edit.Commit(); update != nil {
		p.changed = true
		p.session.Commit(update)
	}
}

// said is a comment that is written now.
func (p *page) said(text string) thread.Comment {
	return thread.Comment{Author: cmp.Or(p.given, p.name), Person: p.person(), Time: time.Now().UnixMilli(), Text: text}
}

func (p *page) startThread(text string) {
	at := thread.Place{At: p.comments.at.At, On: p.figures.Of(p.comments.at.On), Page: p.figures.Page()}
	var id board.ID
	p.comment(func(edit *board.Edit) { id = thread.Start(edit, at, p.said(text)) })
	p.showComments()
	p.comments.panels.Open(id.Text())
}

func (p *page) reply(id, text string) {
	if t := p.comments.find(id); t != nil {
		p.comment(func(edit *board.Edit) { thread.Reply(edit, t, p.said(text)) })
	}
}

// ownComment returns the element of a comment that this person may change.
func (p *page) ownComment(id string) *board.Element {
	name, _ := board.ParseID(id)
	e := p.session.Doc().Element(name)
	if e == nil || e.Kind() != board.KindComment || e.Get(board.KeyPerson).Str() != p.person() {
		return nil
	}
	return e
}

func (p *page) changeComment(id, text string) {
	if e := p.ownComment(id); e != nil {
		p.comment(func(edit *board.Edit) { thread.Change(edit, e, text) })
	}
}

func (p *page) deleteComment(id string) {
	if e := p.ownComment(id); e != nil {
		p.comment(func(edit *board.Edit) { thread.Delete(edit, e.ID()) })
	}
}

// showComments shows the threads, and moves their pins to where they are.
func (p *page) showComments() {
	c := &p.comments
	if r, ok := p.editor.Remark(); ok {
		c.at = r
		c.panels.Ask()
	}
	if c.index.Len() == 0 && len(c.shown) == 0 && !c.stale {
		return
	}
	c.list = c.index.All(p.figures)
	camera := p.editor.Camera()
	if !c.stale && len(c.list) == len(c.shown) {
		for i, t := range c.list {
			c.shown[i].At = camera.ToScreen(t.At)
		}
		c.panels.Place(c.shown)
		return
	}
	c.stale = false
	c.shown = c.shown[:0]
	me := p.person()
	for _, t := range c.list {
		s := browser.Thread{ID: t.ID.Text(), At: camera.ToScreen(t.At), Elsewhere: p.elsewhere(p.about(&t)), Resolved: t.Resolved}
		for _, said := range t.Comments {
			s.Comments = append(s.Comments, browser.Comment{
				ID: said.ID.Text(), Author: said.Author, Text: said.Text, Time: float64(said.Time),
				Edited: said.Edited, Own: said.Person == me,
			})
		}
		c.shown = append(c.shown, s)
	}
	c.panels.Show(c.shown, p.role.Comments())
}
