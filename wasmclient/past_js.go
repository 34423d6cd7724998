//go:build js

package main

import (
	"errors"
	"math"
	"slices"
	"strconv"

	"edgeboard/shared/board"
	"edgeboard/shared/figure"
	"edgeboard/shared/history"
	"edgeboard/wasmclient/browser"
	"edgeboard/wasmclient/editor"
)

// past is the board as it was, while that is looked at: with figures and an editor of
// its own, which stand in the place of the present's, so that everything but changing
// it works there.
type past struct {
	panel    browser.Past
	open     bool
	opened   int // how often: what was asked for before means nothing
	all      *history.Past
	axis     history.Axis
	ready    bool
	at       uint64
	version  *browser.Version // that is shown, and is older than all
	note     string           // in the place of the time
	playing  bool
	plays    int // timers that were set
	versions []browser.Version
	fonts    figure.Fonts

	doc     *board.Board   // that is shown; nil: the present
	editor  *editor.Editor // of the present, meanwhile
	figures *figure.Set
}

func (p *page) listenToPast() {
	now := &p.past
	now.panel = browser.Past{
		Close:   func() { p.do(func() { p.closePast() }) },
		Play:    func() { p.do(p.playPast) },
		Seek:    func(place float64) { p.do(func() { now.playing = false; p.seePast(now.axis.At(place)) }) },
		Step:    func(by int) { p.do(func() { now.playing = false; p.stepPast(by) }) },
		Restore: func() { p.do(p.restorePast) },
		Name:    func(name string) { p.do(func() { p.namePast(name) }) },
		Version: func(id string) { p.do(func() { p.seeVersion(id) }) },
		Remove: func(id string) {
			p.do(func() { p.changeVersions(func() error { return p.access.RemoveVersion(id) }, "") })
		},
	}
	now.panel.Listen()
	p.own["history"] = func() bool {
		if !p.closePast() {
			p.openPast()
		}
		return true
	}
	p.escapes(p.closePast)
}

// mine is the editor of the present.
func (p *page) mine() *editor.Editor {
	if p.past.editor != nil {
		return p.past.editor
	}
	return p.editor
}

// drawn is the figures of the present.
func (p *page) drawn() *figure.Set {
	if p.past.figures != nil {
		return p.past.figures
	}
	return p.figures
}

// openPast begins to read the past, and shows the board as it is until it is there.
func (p *page) openPast() {
	now := &p.past
	now.open, now.ready, now.note = true, false, browser.Text("past.loading")
	now.opened++
	p.showPast()
	p.readPast(new(history.Past))
	p.listVersions()
}

// readPast reads what comes after all, some of it at a time.
func (p *page) readPast(all *history.Past) {
	opened, from := p.past.opened, all.End()
	go func() {
		records, err := p.access.ReadPast(from)
		p.do(func() {
			if p.past.opened != opened {
				return
			}
			if err == nil {
				err = all.Add(records)
			}
			switch {
			case errors.Is(err, history.ErrForgotten):
				p.readPast(new(history.Past))
			case errors.Is(err, history.ErrTooLarge):
				browser.Toast(browser.Text("past.too-long"))
				p.beginPast(all)
			case err != nil:
				p.past.note = browser.Text("past.failed", err.Error())
				p.showPast()
			case len(records) > 0:
				p.readPast(all)
			default:
				p.beginPast(all)
			}
		})
	}()
}

// beginPast shows the end of the past, from where one goes back.
func (p *page) beginPast(all *history.Past) {
	now := &p.past
	now.all, now.axis, now.at = all, all.Axis(), all.End()
	if all.End() == all.Begin() {
		now.note = browser.Text("past.empty")
		p.showPast()
		return
	}
	now.ready, now.note = true, ""
	now.panel.ShowDensity(now.axis.Density(100))
	p.seePast(now.at)
}

// seePast shows the board as it was when at updates were stored.
func (p *page) seePast(at uint64) {
	now := &p.past
	if !now.ready {
		return
	}
	b, same, err := now.all.Board(at)
	if err != nil {
		now.note = browser.Text("past.failed", err.Error())
		p.showPast()
		return
	}
	now.at = max(min(at, now.all.End()), now.all.Begin())
	now.version = nil
	p.enter(b, same && b == now.doc)
	p.showPast()
}

// enter shows another board in the place of the present; same: it is the one that is
// shown, and has told of what is new in it.
func (p *page) enter(b *board.Board, same bool) {
	now := &p.past
	if same {
		p.redraw()
		return
	}
	camera, turned := p.editor.Camera(), p.editor.State()
	if now.editor == nil {
		p.editor.EndWriting()
		now.editor, now.figures = p.editor, p.figures
		now.figures.Observe(func(figure.Change) {})
		p.view.Sketches(nil)
		p.tellNothing()
	}
	if now.fonts == nil {
		now.fonts = browser.NewFonts()
	}
	figures := figure.New(b, now.fonts)
	e := editor.New(figures, func([]byte) {})
	e.ViewOnly(true)
	e.Grid = turned.Grid
	e.Resize(browser.Size())
	e.ShowPage(p.figures.Page())
	e.Look(camera)
	b.Observe(func(ev board.Event) {
		figures.Changed(ev)
		e.Changed(ev)
		p.stale = true
	})
	figures.Observe(p.view.Changed)
	now.doc, p.editor, p.figures = b, e, figures
	p.view.Show(figures)
	p.showCursors()
	p.redraw()
}

// closePast shows the present again, and reports whether the past was open.
func (p *page) closePast() bool {
	now := &p.past
	if !now.open {
		return false
	}
	now.open, now.ready, now.playing = false, false, false
	now.opened++
	if now.editor != nil {
		camera := p.editor.Camera()
		if now.doc != nil {
			now.doc.Observe(nil)
		}
		p.editor, p.figures = now.editor, now.figures
		now.editor, now.figures = nil, nil
		p.editor.Resize(browser.Size())
		p.editor.Look(camera)
		p.figures.Observe(p.view.Changed)
		p.view.Show(p.figures)
		p.view.Sketches(p.sketches())
		p.takeSelections()
		p.showCursors()
	}
	now.all, now.doc, now.version, now.axis = nil, nil, nil, history.Axis{}
	p.showPast()
	p.redraw()
	return true
}

// stepPast goes some changes on, or back.
func (p *page) stepPast(by int) {
	now := &p.past
	if !now.ready {
		return
	}
	to := int64(now.at) + int64(by)
	p.seePast(uint64(min(max(to, int64(now.all.Begin())), int64(now.all.End()))))
}

// The past is played in playFor, a step each playStep, in milliseconds.
const (
	playFor  = 15_000.0
	playStep = 80.0
)

// playPast shows how the board became what it is, or stops that.
func (p *page) playPast() {
	now := &p.past
	if now.playing = now.ready && !now.playing; !now.playing {
		p.showPast()
		return
	}
	if now.at >= now.all.End() {
		p.seePast(now.all.Begin())
	}
	p.showPast()
	now.plays++
	p.playOn(now.plays, now.axis.Place(now.at))
}

func (p *page) playOn(timer int, place float64) {
	now := &p.past
	browser.After(playStep, func() {
		p.do(func() {
			if !now.playing || now.plays != timer {
				return
			}
			place += playStep / playFor
			if at := now.axis.At(min(place, 1)); at != now.at {
				p.seePast(at)
			}
			if now.at >= now.all.End() {
				now.playing = false
				p.showPast()
				return
			}
			p.playOn(timer, place)
		})
	})
}

// restorePast makes the board what is shown.
func (p *page) restorePast() {
	now := &p.past
	if now.doc == nil || !p.role.Edits() {
		return
	}
	doc, when := now.doc, p.pastWhen()
	p.closePast()
	if !p.editor.Restore(doc) {
		browser.Toast(browser.Text("past.same"))
		return
	}
	p.notify(aboutRestored, &browser.Notice{
		Text: browser.Text("past.restored", when), Action: browser.Text("past.undo"), Color: p.color,
		Do:    func() { p.do(func() { p.notify("", nil); p.editor.Do(editor.Undo) }) },
		Close: func() { p.do(func() { p.notify("", nil) }) },
	})
	p.pass(aboutRestored)
}

// aboutRestored is what a notice is about.
const aboutRestored = "restored"

// namePast gives a name to what is shown.
func (p *page) namePast(name string) {
	by, at := p.shownName(), p.past.at
	p.changeVersions(func() error { return p.access.NameVersion(name, by, at) }, browser.Text("past.named", name))
}

// changeVersions changes the list of versions, and tells what has come of it.
func (p *page) changeVersions(change func() error, done string) {
	go func() {
		err := change()
		p.do(func() {
			if err != nil {
				done = browser.Text("past.failed", err.Error())
			}
			if done != "" {
				browser.Toast(done)
			}
			p.listVersions()
		})
	}()
}

func (p *page) listVersions() {
	go func() {
		list, err := p.access.Versions()
		p.do(func() {
			if err == nil {
				p.past.versions = list
				p.past.panel.ShowVersions(list)
			}
		})
	}()
}

// seeVersion shows a version. One from before all that is kept the relay has by itself.
func (p *page) seeVersion(id string) {
	now := &p.past
	i := slices.IndexFunc(now.versions, func(v browser.Version) bool { return v.ID == id })
	if i < 0 || !now.ready {
		return
	}
	now.playing = false
	v := now.versions[i]
	if v.At >= now.all.Begin() && v.At <= now.all.End() {
		p.seePast(v.At)
		return
	}
	opened := now.opened
	go func() {
		record, err := p.access.ReadVersion(id)
		p.do(func() {
			if now.opened != opened {
				return
			}
			var one history.Past
			if err == nil {
				err = one.Add(record)
			}
			var b *board.Board
			if err == nil {
				b, _, err = one.Board(v.At)
			}
			if err != nil {
				browser.Toast(browser.Text("past.failed", err.Error()))
				return
			}
			now.at, now.version = now.all.Begin(), &v
			p.enter(b, false)
			p.showPast()
		})
	}()
}

// pastWhen is the time of what is shown, as people write it.
func (p *page) pastWhen() string {
	if v := p.past.version; v != nil {
		return "“" + v.Name + "”"
	}
	when := p.past.all.When(p.past.at)
	if when == 0 {
		return browser.Text("past.unknown-time")
	}
	return browser.Date(when)
}

func (p *page) showPast() {
	now := &p.past
	s := browser.PastState{Open: now.open, When: now.note, Playing: now.playing, Ready: now.ready}
	if now.ready {
		s.Place = math.Round(now.axis.Place(now.at)*1e6) / 1e6
		s.First, s.Last = now.at <= now.all.Begin(), now.at >= now.all.End()
		switch {
		case now.note != "":
		case now.version != nil:
			s.When = p.pastWhen()
		default:
			s.When = browser.Text("past.of", p.pastWhen(), strconv.FormatUint(now.at-now.all.Begin(), 10), strconv.FormatUint(now.all.End()-now.all.Begin(), 10))
		}
	}
	now.panel.Show(s)
}
