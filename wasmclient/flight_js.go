//go:build js

package main

import "edgeboard/wasmclient/browser"

// fly moves a camera that moves by itself, before a frame shows it.
func (p *page) fly() {
	if p.editor.Flying() {
		p.editor.Advance(browser.Now())
		p.show()
		p.redraw()
	}
}
