//go:build js

package main

import (
	"strings"
	"time"
	"unicode/utf8"

	"edgeboard/shared/board"
	"edgeboard/shared/figure"
	"edgeboard/shared/geom"
	"edgeboard/wasmclient/browser"
	"edgeboard/wasmclient/editor"
)

// meetingState is what the page knows of timers and votes besides the board.
type meetingState struct {
	tickAt   int64          // by the relay's clock, when a timer of the page's calls tick; 0: none runs
	result   board.ID       // the vote whose result is shown; the zero ID: none
	counts   []figure.Count // as they are shown
	key      resultKey
	selected []board.ID // before the stamp tool was taken
}

// resultKey is on what depends, besides the board, what is shown of a result.
type resultKey struct {
	vote     board.ID
	selected int
	edits    bool
}

// listenToMeeting connects the controls of stamps, timers and votes.
func (p *page) listenToMeeting() {
	m := &p.meeting
	m.Symbol = func(n int, keyboard bool) { p.do(func() { p.takeSymbol(n, keyboard) }) }
	m.Timer = func(what string, ms int64) { p.do(func() { p.setTimer(what, ms) }) }
	m.Vote = func(what string, at int) { p.do(func() { p.doVote(what, at) }) }
	m.Listen()
	p.own[stampCommand] = func() bool {
		p.met.selected = p.editor.Selection()
		return p.editor.Do(stampCommand)
	}
}

const stampCommand editor.Command = "tool-stamp"

// takeSymbol takes a sign. By the keyboard it is put at once: on what was selected
// before, or in the middle.
func (p *page) takeSymbol(n int, keyboard bool) {
	p.editor.UseSymbol(int64(n))
	if keyboard {
		p.editor.StampOn(p.met.selected)
	}
}

// relayTime is the relay's clock, in milliseconds since 1970.
func (p *page) relayTime() int64 { return time.Now().Add(p.session.Path().Offset).UnixMilli() }

// tick tells the timers of the board the time, and sets a timer for when one of
// them shows something else. While none runs it sets none.
func (p *page) tick() {
	now := p.relayTime()
	next, over := p.figures.Tick(now)
	if len(over) > 0 {
		browser.Chime()
		browser.Toast(browser.Text("timer.over"))
	}
	if next == 0 || p.met.tickAt > now && p.met.tickAt <= next {
		return
	}
	p.met.tickAt = next
	browser.After(float64(next-now), func() {
		p.do(func() {
			if p.met.tickAt == next {
				p.met.tickAt = 0
				p.tick()
				p.redraw()
			}
		})
	})
}

// setTimer does what a person does with the timer that is selected.
func (p *page) setTimer(what string, milliseconds int64) {
	f := p.selectedOne(board.KindTimer)
	if f == nil {
		return
	}
	id, now := f.ID(), p.relayTime()
	switch what {
	case "start":
		if figure.ClockOf(f.Element, now).Running {
			p.editor.PauseTimer(id, now)
		} else {
			p.editor.StartTimer(id, now)
		}
	case "reset":
		p.editor.ResetTimer(id, now)
	case "more":
		p.editor.ProlongTimer(id, now, 60_000)
	case "set":
		p.editor.SetTimer(id, now, milliseconds)
	}
	p.tick()
}

// selectedOne returns the one element that is selected, if it is of a kind.
func (p *page) selectedOne(kind board.Kind) *figure.Figure {
	list := p.editor.Selection()
	if len(list) != 1 {
		return nil
	}
	if f := p.figures.Of(list[0]); f != nil && f.Kind() == kind {
		return f
	}
	return nil
}

// doVote does what a person does with a vote: the one that is selected, or whose
// result is shown.
func (p *page) doVote(what string, at int) {
	var id board.ID
	if f := p.selectedOne(board.KindVote); f != nil {
		id = f.ID()
	}
	switch what {
	case "go":
		p.editor.VoteIn(id)
	case "fewer":
		p.editor.LimitVotes(id, p.figures.Tally(id).Limit-1)
	case "more":
		p.editor.LimitVotes(id, p.figures.Tally(id).Limit+1)
	case "close":
		closed := !p.figures.Tally(id).Closed
		if p.editor.CloseVote(id, closed) && closed {
			p.met.result = id
		}
	case "result":
		if p.met.result == id {
			id = board.ID{}
		}
		p.met.result = id
	case "hide":
		p.met.result = board.ID{}
	case "done":
		p.editor.Use(editor.Select)
	case "for", "take":
		for _, on := range p.editor.Selection() {
			p.editor.VoteFor(p.met.result, on, what == "for")
		}
	case "fly":
		if at < len(p.met.counts) {
			p.showElement(p.met.counts[at].On)
		}
	}
}

// showMeeting shows the controls.
func (p *page) showMeeting() {
	p.editor.Introduce(p.shownName(), p.person())
	idle := p.editor.Gesture() == nil && p.editor.Writing() == nil && p.role.Edits()
	s := browser.MeetingState{Stamping: p.editor.Tool() == editor.Stamp, Symbol: int(p.editor.Symbol())}
	if f := p.selectedOne(board.KindTimer); f != nil && idle && !f.Locked() {
		c := figure.ClockOf(f.Element, p.relayTime())
		s.Timer = browser.TimerState{Shown: true, Box: p.onScreen(f), Running: c.Running, Minutes: float64(c.Duration) / 60_000}
	}
	if f := p.selectedOne(board.KindVote); f != nil && idle && !f.Locked() {
		s.Vote = browser.VoteState{
			Shown: true, Box: p.onScreen(f), Closed: figure.Closed(f.Element), Limit: figure.Limit(f.Element), Result: p.met.result == f.ID(),
		}
	}
	if vote := p.editor.Ballot(); vote != (board.ID{}) {
		s.Voting = browser.VotingState{Shown: true, Question: excerpt(p.figures.Doc().Element(vote)), Left: p.editor.DotsLeft(vote)}
	} else if p.editor.Tool() == editor.Vote {
		p.editor.Use(editor.Select) // the vote is over
	}
	if p.editor.Spent() {
		browser.Toast(browser.Text("vote.spent"))
	}
	p.meeting.Show(s)
	if key := (resultKey{p.met.result, len(p.editor.Selection()), p.role.Edits()}); key != p.met.key {
		p.met.key = key
		p.showResult()
	}
	p.meeting.Name(p.stampName())
}

// onScreen is the box of a figure in CSS pixels.
func (p *page) onScreen(f *figure.Figure) geom.Box {
	camera, box := p.editor.Camera(), f.Frame.Bounds()
	return geom.BoxOf(camera.ToScreen(box.Min), camera.ToScreen(box.Max))
}

// showResult shows how the vote stands whose result was asked for.
func (p *page) showResult() {
	m := &p.met
	el := p.figures.Doc().Element(m.result)
	if el == nil || el.Deleted() {
		m.result, m.counts = board.ID{}, nil
		p.meeting.ShowResult(nil)
		return
	}
	t := p.figures.Tally(m.result)
	m.counts = t.Counts
	r := &browser.VoteResult{Question: excerpt(el), Dots: t.Dots, People: t.People, Closed: t.Closed}
	for _, c := range t.Counts {
		r.Counts = append(r.Counts, browser.VoteCount{What: p.describe(c.On), Dots: c.Dots})
	}
	if !t.Closed && p.role.Edits() {
		for _, id := range p.editor.Selection() {
			r.Keys = r.Keys || id != m.result
		}
	}
	p.meeting.ShowResult(r)
}

// mostExcerpt is how much of a text is shown in a line, in characters.
const mostExcerpt = 80

// excerpt returns the beginning of an element's text, in one line.
func excerpt(el *board.Element) string {
	text := strings.Join(strings.Fields(el.Text()), " ")
	if utf8.RuneCountInString(text) > mostExcerpt {
		text = string([]rune(text)[:mostExcerpt-1]) + "…"
	}
	return text
}

// describe says what an element is: what it says, or else its kind.
func (p *page) describe(id board.ID) string {
	el := p.figures.Doc().Element(id)
	if el == nil || el.Deleted() {
		return ""
	}
	if text := excerpt(el); text != "" {
		return text
	}
	switch el.Kind() {
	case board.KindRectangle:
		return browser.Text("tool.rectangle")
	case board.KindEllipse:
		return browser.Text("tool.ellipse")
	case board.KindDiamond:
		return browser.Text("tool.diamond")
	case board.KindLine:
		return browser.Text("tool.line")
	case board.KindArrow:
		return browser.Text("tool.arrow")
	case board.KindNote:
		return browser.Text("tool.note")
	case board.KindStroke:
		return browser.Text("tool.pen")
	}
	return browser.Text("tool.text")
}

// stampName names the stamp that the pointer rests on, and who has put it there.
func (p *page) stampName() string {
	if p.editor.Tool() != editor.Select {
		return ""
	}
	f := p.editor.Hovered()
	if f == nil || f.Kind() != board.KindStamp {
		return ""
	}
	n := int(f.Element.Int(board.KeySymbol, 0))
	if n <= figure.SymbolDot || n >= len(figure.Symbols) {
		return ""
	}
	author := f.Element.Get(board.KeyAuthor).Str()
	if author == "" {
		return browser.SymbolName(n)
	}
	return browser.Text("stamp.by", browser.SymbolName(n), author)
}
