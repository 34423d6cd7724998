//go:build js

package main

import (
	"bytes"
	"strings"
	"time"

	"edgeboard/shared/client"
	"edgeboard/shared/export"
	"edgeboard/wasmclient/browser"
)

// blinkFor is how long the relay is away before the page says more of it than by its
// light: a relay that stops sends people to another one.
const blinkFor = 1500 * time.Millisecond

// awayAfter is how long the relay is away before a person is told: mostly it is back
// at once.
const awayAfter = 3 * time.Second

// mostPictured is how many figures a board may have of which the page leaves a
// picture: it is made while the page goes.
const mostPictured = 5000

// listenToDevice connects what the device keeps of the page and of the board.
func (p *page) listenToDevice() {
	p.banners.Save = func() { p.do(p.saveJSON) }
	p.banners.Reload = p.worker.Take
	p.banners.Listen()
	p.worker.Update = p.banners.OfferUpdate
	p.worker.Kept = func() { p.do(p.leavePicture) }
	p.worker.Begin()
}

// leave is called when the page may end without another word.
func (p *page) leave() {
	p.session.KeepNow()
	p.rememberLook()
	p.rememberSeen()
	p.leavePicture()
}

// leavePicture leaves a picture of the board for the next visit: once early, as what is
// begun when the page goes may come too late for one that follows at once.
func (p *page) leavePicture() {
	if p.figures.Len() == 0 && !p.inStep() {
		return // there is more than what is here
	}
	var svg []byte
	if p.drawn().Len() <= mostPictured {
		camera := p.editor.Camera()
		width, height := browser.Size()
		svg = export.AppendPicture(nil, p.drawn(), export.PictureOptions{View: camera.Visible(width, height), Scale: camera.Zoom, Dark: true})
	}
	p.worker.LeavePicture(string(svg), p.shownPage())
}

// shownPage names the page of the board that is shown; "": the first.
func (p *page) shownPage() string {
	if id := p.figures.Page(); id != p.figures.MainPage() {
		return id.Text()
	}
	return ""
}

// showKeeping tells where changes are that are not stored.
func (p *page) showKeeping(st client.Status) {
	if st.Phase == client.Live {
		p.away = time.Time{}
	} else if p.away.IsZero() {
		p.away = time.Now()
		time.AfterFunc(blinkFor, func() { p.do(func() { p.sessionChanged(client.StatusChanged) }) })
		time.AfterFunc(awayAfter, func() { p.do(func() { p.showKeeping(p.session.Status()) }) })
	}
	notKept := p.whyNotKept(st)
	p.banners.ShowKeeping(browser.Keeping{
		Offline: !p.away.IsZero() && time.Since(p.away) >= awayAfter, NotStored: st.NotStored, ViewOnly: !p.role.Edits(),
		Changes: st.Unsent + st.Sent, Unsaid: st.Unsaid, NotKept: notKept != nil,
		Full: notKept != nil && strings.Contains(notKept.Error(), "Quota"),
	})
}

// saveJSON saves the whole board to a file.
func (p *page) saveJSON() {
	var file bytes.Buffer
	if err := export.WriteJSON(&file, p.session.Doc(), export.JSONOptions{}); err != nil {
		println("writing the board:", err.Error())
		return
	}
	browser.Download(browser.Board()+".json", "application/json", file.Bytes())
}

// idleAfter is after how long without a touch of mouse or keys a person is away.
const idleAfter = 5 * time.Minute

// listenToPresence tells the others whether somebody looks at the board.
func (p *page) listenToPresence() {
	p.presence = browser.Presence{Idle: idleAfter, Changed: func(here bool) {
		p.do(func() {
			p.session.SetAway(!here)
			p.chatChanged() // what is in the window may be seen now
		})
	}}
	p.presence.Listen()
}
