//go:build js

package main

import (
	"edgeboard/shared/geom"
	"edgeboard/wasmclient/browser"
	"edgeboard/wasmclient/editor"
)

// presentation is how this person shows the board to others: its frames one after the
// other, or all of it if it has none.
type presentation struct {
	bar  browser.Presenting
	on   bool
	at   int         // the step that is shown
	tool editor.Tool // that was in hand before
}

// presentMargin is around each step, in CSS pixels.
const presentMargin = 16

func (p *page) listenToPresentation() {
	p.presentation.bar.Do = func(what string) {
		p.do(func() {
			switch what {
			case "back":
				p.presentStep(p.presentation.at - 1)
			case "on":
				p.presentStep(p.presentation.at + 1)
			case "laser":
				tool := editor.Laser
				if p.editor.Tool() == editor.Laser {
					tool = editor.Hand
				}
				p.editor.Use(tool)
				p.presentStep(p.presentation.at)
			case "end":
				p.endPresentation()
			}
		})
	}
	p.presentation.bar.Listen()
	p.own["present"] = p.present
	p.escapes(p.endPresentation)
}

// presents reports whether this person shows the board to the others.
func (p *page) presents() bool { return p.presentation.on }

// present begins to show the board.
func (p *page) present() bool {
	if p.presentation.on || p.editor.Busy() {
		return false
	}
	p.unfollow()
	p.notify("", nil)
	p.presentation.on, p.presentation.tool = true, p.editor.Tool()
	p.editor.Do(editor.SelectNone)
	if p.role.Edits() {
		p.editor.Use(editor.Laser)
	}
	p.presentation.bar.Begin()
	p.presentStep(0)
	return true
}

// endPresentation gives the tools back, and reports whether the board was shown.
func (p *page) endPresentation() bool {
	if !p.presentation.on {
		return false
	}
	p.presentation.on = false
	if p.role.Edits() {
		p.editor.Use(p.presentation.tool)
	}
	p.presentation.bar.End()
	return true
}

// steps is what is shown, one after the other.
func (p *page) steps() (list []geom.Box) {
	for _, f := range p.figures.Frames() {
		list = append(list, f.Bounds)
	}
	if all := p.figures.Bounds(); len(list) == 0 && !all.Empty() {
		list = append(list, all)
	}
	return list
}

// presentStep shows a step, or the nearest that there is.
func (p *page) presentStep(at int) {
	steps := p.steps()
	if len(steps) == 0 {
		p.presentation.at = 0
		p.presentation.bar.Show(0, 0, p.editor.Tool() == editor.Laser)
		return
	}
	p.presentation.at = min(max(at, 0), len(steps)-1)
	p.flyTo(p.editor.ShowBox(steps[p.presentation.at], presentMargin, geom.MaxZoom))
	p.presentation.bar.Show(p.presentation.at+1, len(steps), p.editor.Tool() == editor.Laser)
}

// presentKey does what a key says while the board is shown, and reports whether it says
// something.
func (p *page) presentKey(key string) bool {
	if !p.presentation.on {
		return false
	}
	switch key {
	case "ArrowRight", "ArrowDown", "PageDown", "Enter", " ":
		p.presentStep(p.presentation.at + 1)
	case "ArrowLeft", "ArrowUp", "PageUp", "Backspace":
		p.presentStep(p.presentation.at - 1)
	case "Home":
		p.presentStep(0)
	case "End":
		p.presentStep(len(p.steps()) - 1)
	default:
		return false
	}
	return true
}
