//go:build js

package main

import (
	"time"

	"edgeboard/shared/client"
	"edgeboard/shared/geom"
)

func (p *page) listenToReactions() {
	p.reactions.React = func(symbol uint32) { p.do(func() { p.react(symbol) }) }
	p.reactions.Listen()
}

// react shows everybody a sign, where this person has pointed last, or in the middle of
// what it sees.
func (p *page) react(symbol uint32) {
	seen := p.editor.View()
	at := seen.Center()
	if p.pointed != nil && seen.Contains(*p.pointed) {
		at = *p.pointed
	}
	if p.session.Signal(time.Now(), client.Signal{Symbol: symbol, View: client.Viewport{X: at.X, Y: at.Y, Page: p.figures.Page()}}) {
		p.reactions.Float(symbol, p.editor.Camera().ToScreen(at), p.shownName(), p.color)
	}
}

// reacted shows another's sign, if it can be seen from here.
func (p *page) reacted(m *client.Member, s client.Signal) {
	at := geom.Point{X: s.View.X, Y: s.View.Y}
	if p.samePage(s.View.Page, p.figures.Page()) && p.editor.View().Contains(at) {
		p.reactions.Float(s.Symbol, p.editor.Camera().ToScreen(at), m.Name, m.Color)
	}
}
