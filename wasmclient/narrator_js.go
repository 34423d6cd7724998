//go:build js

package main

import (
	"slices"

	"edgeboard/public/texts"
	"edgeboard/shared/board"
	"edgeboard/shared/client"
	"edgeboard/shared/figure"
	"edgeboard/shared/geom"
	"edgeboard/wasmclient/browser"
	"edgeboard/wasmclient/editor"
	"edgeboard/wasmclient/narrator"
)

// narration is the board for who does not see it.
type narration struct {
	mirror browser.Mirror
	speech browser.Speech

	stale   bool        // the mirror is
	waits   bool        // it will be made anew
	of      *figure.Set // it is of
	around  geom.Box
	chosen  []board.ID // as told
	reached board.ID   // by the mirror's focus, of which the mirror itself has told
	where   string     // the selection lies, as told
	tool    editor.Tool

	shifted bool // something has changed since it was looked where it lies
	moves   bool // it will be told

	heeds bool // live data that has come will be in the mirror

	digest  narrator.Digest
	digests bool                     // it will be told
	writers map[board.Replica]writer // who writes as which replica
	doing   bool                     // what changes is this person's doing
}

// writer is a member, by number and name: numbers are given again.
type writer struct {
	id   uint32
	name string
}

// Times of the narration, in milliseconds.
const (
	mirrorAfter = 700  // a change is in the mirror, or later
	movedAfter  = 400  // it is told where something was moved to
	digestAfter = 5000 // at most one word of others in this time
)

// heardAfter is when live data that has come is in the mirror, or later.
const heardAfter = 10_000

// mostMirrored is how many elements the mirror has at most.
const mostMirrored = 500

// keyboardMargin is how far from the window's border an element is brought that the
// mirror's focus has reached, in CSS pixels.
const keyboardMargin = 96

func (p *page) listenToNarration() {
	n := &p.narration
	n.writers = map[board.Replica]writer{}
	n.mirror.Focus = func(id string) { p.do(func() { p.reach(id) }) }
	n.mirror.Listen()
	n.tool = p.editor.Tool()
	n.stale = true
}

// reach selects an element that the mirror's focus is on, and shows it.
func (p *page) reach(text string) {
	id, ok := board.ParseID(text)
	f := p.figures.Of(id)
	if !ok || f == nil {
		return
	}
	p.narration.reached = id
	p.editor.SelectOnly(id)
	if seen := p.editor.View().Grow(-keyboardMargin / p.editor.Camera().Zoom); !seen.ContainsBox(f.Bounds) {
		p.editor.Fly(p.editor.ShowBox(f.Bounds, keyboardMargin, p.editor.Camera().Zoom), browser.Now())
		p.redraw()
	}
}

// narrate brings up to date what is told of the board, and tells what this person
// has come to have in hand.
func (p *page) narrate() {
	n := &p.narration
	if p.figures != n.of { // another board is shown, or this one again
		n.of, n.stale, n.shifted = p.figures, true, true
	}
	if around := p.editor.View(); around != n.around && p.figures.Len() > mostMirrored {
		n.stale = true // others lie near now
	}
	if n.stale && !n.waits {
		n.waits = true
		p.mirrorLater()
	}
	if !n.digest.Empty() && !n.digests {
		n.digests = true
		browser.After(digestAfter, func() {
			p.do(func() {
				n.digests = false
				if text := n.digest.Tell(browser.Language(), p.session.Doc()); text != "" && browser.On(browser.SettingAnnounce) {
					n.speech.Say(text)
				}
			})
		})
	}
	if p.editor.Busy() {
		return // it is told when it is done
	}
	if tool := p.editor.Tool(); tool != n.tool {
		n.tool = tool
		if key := "tool." + tool.String(); texts.Has(key) {
			n.speech.Say(browser.Text(key))
		}
	}
	p.narrateSelection()
}

// mirrorLater has the mirror made anew, when the view rests.
func (p *page) mirrorLater() {
	seen := p.editor.View()
	browser.After(mirrorAfter, func() {
		browser.Idle(mirrorAfter, func() {
			p.do(func() {
				if p.editor.View() != seen {
					p.mirrorLater()
					return
				}
				p.mirror()
			})
		})
	})
}

// mirror makes the mirror anew.
func (p *page) mirror() {
	n := &p.narration
	n.waits = false
	if p.editor.Gesture() != nil {
		return // later, as it is stale
	}
	n.stale, n.around = false, p.editor.View()
	items, more := narrator.Read(browser.Language(), p.figures, p.live(), n.around, mostMirrored)
	lines := make([]browser.MirrorLine, len(items))
	for i, item := range items {
		lines[i] = browser.MirrorLine{ID: item.ID.Text(), Text: item.Text}
	}
	rest := ""
	switch {
	case len(items) == 0:
		rest = browser.Text("said.empty")
	case more > 0:
		rest = browser.Language().Count("said.more", more)
	}
	n.mirror.Show(lines, rest)
	p.mirrorSelection()
}

// narrateSelection tells what is selected, and where it has come to lie.
func (p *page) narrateSelection() {
	n := &p.narration
	chosen := p.editor.Selection()
	same := slices.Equal(chosen, n.chosen)
	if same && !n.shifted {
		return
	}
	n.shifted = false
	where := ""
	if len(chosen) == 1 {
		if f := p.figures.Of(chosen[0]); f != nil {
			where = narrator.Where(browser.Language(), f)
		}
	}
	if same {
		if where != n.where && !n.moves {
			n.moves = true
			browser.After(movedAfter, func() {
				p.do(func() {
					if n.moves = false; n.where != "" && len(n.chosen) == 1 {
						n.speech.Say(browser.Text("said.moved", n.where))
					}
				})
			})
		}
		n.where = where
		return
	}
	n.chosen, n.where = slices.Clone(chosen), where
	p.mirrorSelection()
	// What the focus goes to is spoken anyway.
	if len(chosen) > 0 && !slices.Equal(chosen, []board.ID{n.reached}) {
		n.speech.Say(p.selectionText())
	}
	n.reached = board.ID{}
}

// selectionText says what is selected.
func (p *page) selectionText() string {
	chosen := p.narration.chosen
	if len(chosen) == 1 {
		if f := p.figures.Of(chosen[0]); f != nil {
			return browser.Text("said.selected", narrator.Name(browser.Language(), p.live(), f))
		}
	}
	return browser.Text("said.selected", browser.Language().Count("kind.element-count", len(chosen)))
}

// mirrorSelection shows in the mirror what is selected.
func (p *page) mirrorSelection() {
	n := &p.narration
	ids := make([]string, len(n.chosen))
	for i, id := range n.chosen {
		ids[i] = id.Text()
	}
	name := browser.Text("panel.board")
	if len(ids) > 0 {
		name = browser.Text("said.comma", name, p.selectionText())
	}
	n.mirror.Select(ids, name)
}

// deeds are what is said of commands that are not told by what is selected then.
var deeds = map[editor.Command]string{
	editor.Undo: "said.undone", editor.Redo: "said.redone", editor.Delete: "said.deleted-own", editor.Duplicate: "said.copied",
	editor.Group: "said.grouped-own", editor.Ungroup: "said.ungrouped-own", editor.Lock: "said.locked-own", editor.Unlock: "said.unlocked-own",
	editor.SelectNone: "said.none-selected",
}

// narrateDeed tells what a command has done.
func (p *page) narrateDeed(c editor.Command, locked bool) {
	key, ok := deeds[c]
	switch {
	case c == editor.Lock && locked: // the key does either
		key = deeds[editor.Unlock]
	case c == editor.SelectNone && len(p.narration.chosen) == 0:
		return
	}
	if ok {
		p.narration.speech.Say(browser.Text(key))
	}
}

// changed hears of a change of the document.
func (n *narration) changed(p *page, e board.Event) {
	n.stale, n.shifted = true, true
	if n.doing || e.Element == nil || p.session.Status().Phase != client.Live {
		return
	}
	if have, total := p.session.Loading(); have < total {
		return // it was there before
	}
	n.digest.Take(e, p.whoWrites(e.Element.ID()))
}

// whoWrites returns who has made or changes an element now, as far as can be told: who
// has it in hand, who makes what that replica makes, or the only one there is.
func (p *page) whoWrites(id board.ID) string {
	others := p.session.Others()
	for _, m := range others {
		if slices.Contains(m.Selection.Elements, id) || m.Selection.Caret.Element == id {
			p.narration.writers[id.Replica] = writer{m.ID, m.Name}
			return m.Name
		}
	}
	if len(others) == 1 {
		return others[0].Name
	}
	w := p.narration.writers[id.Replica]
	for _, m := range others {
		if m.ID == w.id && m.Name == w.name {
			return m.Name
		}
	}
	return ""
}

// live is where the narration has live data from: those of the present.
func (p *page) live() narrator.Live {
	if p.past.editor != nil {
		return narrator.Live{}
	}
	return narrator.Live{Matching: p.session.Feeds().Matching, Now: p.relayTime()}
}

// heard hears of live data.
func (n *narration) heard(p *page) {
	if n.heeds {
		return
	}
	n.heeds = true
	browser.After(heardAfter, func() { p.do(func() { n.heeds, n.stale = false, true }) })
}
