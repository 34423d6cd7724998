//go:build js

package main

import (
	"edgeboard/shared/board"
	"edgeboard/wasmclient/browser"
)

// lookAgain looks where the person looked last on this device.
func (p *page) lookAgain() {
	camera, on, ok := browser.RememberedLook()
	if !ok {
		return
	}
	if id, ok := board.ParseID(on); ok {
		p.figures.ShowPage(id)
	}
	p.editor.Look(camera)
}

// rememberLook is called when the page may end.
func (p *page) rememberLook() { browser.RememberLook(p.editor.Camera(), p.shownPage()) }

// handOver is called with each frame, before it is shown, which is whole or leaves
// something to paint: the picture that the page came with goes when the board is
// there, in the frame that shows it.
func (p *page) handOver(whole bool) {
	if !p.first.There() {
		return
	}
	p.first.Through()
	if !whole {
		return
	}
	// What the device has kept may be older than the picture. Where the relay cannot be
	// reached there is nothing else to be had.
	if p.session.UpToDate() || p.unreached {
		p.first.Drop()
	}
}
