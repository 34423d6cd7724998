//go:build js

package main

import (
	"encoding/base64"
	"strconv"
	"strings"
	"time"

	"edgeboard/shared/board"
	"edgeboard/wasmclient/browser"
	"edgeboard/wasmclient/view"
)

// since is what others have done since this device was last here, which it knows by
// the state vector that it kept when it left.
type since struct {
	panel   browser.Since
	told    bool // or there is nothing to tell
	when    int64
	list    []change
	showing bool
	at      int // in list
}

type change struct {
	id   board.ID
	what board.Difference
}

const (
	// mostSeen bounds what a device keeps of what it has seen, in bytes.
	mostSeen = 64 << 10
	// sinceMargin lies around what is flown to, in CSS pixels.
	sinceMargin = 120
)

func (p *page) listenToSince() {
	s := &p.since
	s.panel = browser.Since{
		Step:  func(by int) { p.do(func() { p.stepSince(by) }) },
		Close: func() { p.do(p.closeSince) },
	}
	s.panel.Listen()
}

// seenName is under what a device keeps what it has seen of this board.
func seenName() string { return "seen." + browser.Board() }

// rememberSeen keeps what is seen now.
func (p *page) rememberSeen() {
	if !p.since.told {
		return // what is here may be older than what was seen last
	}
	v := base64.StdEncoding.EncodeToString(p.session.Doc().Vector().Append(nil))
	if len(v) <= mostSeen {
		browser.Remember(seenName(), strconv.FormatInt(time.Now().UnixMilli(), 10)+" "+v)
	}
}

// meetSince tells what others have done, once, when it is here.
func (p *page) meetSince() {
	if s := &p.since; !s.told && p.session.UpToDate() {
		s.told = true
		p.tellSince()
	}
}

// tellSince finds out what others have done since the device was here.
func (p *page) tellSince() {
	s := &p.since
	when, encoded, _ := strings.Cut(browser.Remembered(seenName()), " ")
	b, err := base64.StdEncoding.DecodeString(encoded)
	if err != nil || len(b) == 0 {
		return // never
	}
	seen, err := board.ParseVector(b)
	if err != nil {
		return
	}
	s.when, _ = strconv.ParseInt(when, 10, 64)
	// What this page has written since it was opened is no news.
	own := p.session.Doc().Replica()
	seen[own] = max(seen[own], p.session.Doc().Seq(own))
	for _, c := range p.session.Doc().ChangedSince(seen) {
		if _, drawn := kinds[c.Element.Kind()]; drawn {
			s.list = append(s.list, change{c.Element.ID(), c.What})
		}
	}
	p.showSince()
}

// stepSince goes from one change to another, and shows where it is.
func (p *page) stepSince(by int) {
	s := &p.since
	if len(s.list) == 0 {
		return
	}
	p.closePast()
	if s.showing {
		s.at = (s.at + by + len(s.list)) % len(s.list)
	}
	s.showing = true
	if f := p.figures.Of(s.list[s.at].id); f != nil {
		p.flyTo(p.editor.ShowBox(f.Bounds, sinceMargin, 1))
	}
	p.showSince()
	p.redraw()
}

func (p *page) closeSince() {
	p.since.list, p.since.showing = nil, false
	p.showSince()
	p.redraw()
}

func (p *page) showSince() {
	s := &p.since
	state := browser.SinceState{Showing: s.showing}
	switch {
	case len(s.list) == 0:
	case !s.showing:
		state.Text = browser.Language().Count("since.changes", len(s.list), browser.Day(s.when))
	default:
		key := map[board.Difference]string{board.Added: "since.added", board.Altered: "since.altered", board.Gone: "since.gone"}[s.list[s.at].what]
		state.Text = browser.Text(key, strconv.Itoa(s.at+1), strconv.Itoa(len(s.list)))
	}
	s.panel.Show(state)
}

// sinceMarks outlines what has changed.
func (p *page) sinceMarks() (list []view.Stroke) {
	s := &p.since
	if !s.showing || p.past.editor != nil {
		return nil
	}
	camera, seen := p.editor.Camera(), p.editor.View()
	for i, c := range s.list {
		f := p.figures.Of(c.id)
		if f == nil || !f.Bounds.Overlaps(seen) {
			continue
		}
		mark := view.Stroke{Closed: true, Width: 1.5, Color: 0xe08700}
		if i == s.at {
			mark.Width = 3
		}
		for _, at := range f.Frame.Corners() {
			mark.Points = append(mark.Points, camera.ToScreen(at))
		}
		list = append(list, mark)
	}
	return list
}
