//go:build js

package browser

import (
	"math"
	"strconv"
	"strings"
	"syscall/js"

	"edgeboard/shared/figure"
	"edgeboard/shared/geom"
)

// Meeting is the controls of stamps, timers and votes.
type Meeting struct {
	// Symbol is called with the number of the sign that was chosen; keyboard says
	// that a key did it, and the sign is to be put at once.
	Symbol func(n int, keyboard bool)
	// Timer is called with "start", which also pauses, "reset", "more", and "set" to
	// so many milliseconds.
	Timer func(what string, milliseconds int64)
	// Vote is called with "go", "fewer", "more", "close", which also opens again,
	// "done", "for" and "take" for what is selected, and "fly" to an element by its
	// place in the result; "result" opens or closes that, and "hide"
	// closes it.
	Vote func(what string, at int)

	shown  MeetingState
	was    bool // there was one
	counts []string
	title  string // of the surface
}

// MeetingState is what is shown of stamps, timers and votes.
type MeetingState struct {
	Stamping bool
	Symbol   int
	Timer    TimerState
	Vote     VoteState
	Voting   VotingState
}

// TimerState is what is shown over the timer that is selected.
type TimerState struct {
	Shown   bool
	Box     geom.Box // of the timer, in CSS pixels
	Running bool
	Minutes float64
}

// VoteState is what is shown over the vote that is selected.
type VoteState struct {
	Shown  bool
	Box    geom.Box
	Closed bool
	Limit  int
	Result bool // it is open
}

// VotingState is what is shown while dots are put.
type VotingState struct {
	Shown    bool
	Question string
	Left     int
}

// VoteResult is how a vote stands.
type VoteResult struct {
	Question     string
	Dots, People int
	Closed       bool
	Counts       []VoteCount // the most first
	Keys         bool        // there is something to vote for by the keyboard
}

// VoteCount is a line of it.
type VoteCount struct {
	What string // "": it is gone
	Dots int
}

// Listen makes the signs and begins to call the callbacks.
func (m *Meeting) Listen() {
	m.listenToStamps()
	m.listenToTimer()
	m.listenToVote()
	for _, id := range [...]string{"stamps", "timer-bar", "vote-bar", "voting", "vote-panel"} {
		leaveKeyboard(element(id))
	}
}

func (m *Meeting) listenToStamps() {
	panel := element("stamps")
	for b := range symbolButtons {
		setPressed(b, false)
		panel.Call("append", b)
	}
	listen(panel, "click", func(e js.Value) {
		if b := closest(e, "button"); b.Truthy() {
			n, _ := strconv.Atoi(data(b, "symbol"))
			keyboard := e.Get("detail").Int() == 0
			m.Symbol(n, keyboard)
			if keyboard {
				focusSurface()
			}
		}
	})
	listenActive(panel, "keydown", func(e js.Value) {
		list, at := elements("#stamps button"), 0
		for i, b := range list {
			if b.Equal(document.Get("activeElement")) {
				at = i
			}
		}
		switch e.Get("key").String() {
		case "ArrowRight", "ArrowDown":
			at++
		case "ArrowLeft", "ArrowUp":
			at += len(list) - 1
		case "Home":
			at = 0
		case "End":
			at = len(list) - 1
		default:
			return
		}
		list[at%len(list)].Call("focus")
		e.Call("preventDefault")
		e.Call("stopPropagation")
	})
}

// FocusStamps gives the keyboard to the signs, if they are shown.
func (m *Meeting) FocusStamps() {
	if !element("stamps").Get("hidden").Bool() {
		one("#stamps [aria-pressed=true]").Call("focus")
	}
}

func (m *Meeting) listenToTimer() {
	on := func(id, what string) {
		listen(element(id), "click", func(js.Value) { m.Timer(what, 0) })
	}
	on("timer-start", "start")
	on("timer-reset", "reset")
	on("timer-more", "more")
	field := element("timer-minutes")
	listen(field, "change", func(js.Value) {
		minutes, err := strconv.ParseFloat(strings.Replace(field.Get("value").String(), ",", ".", 1), 64)
		if err != nil || !(minutes > 0) {
			field.Set("value", decimal(m.shown.Timer.Minutes))
			return
		}
		m.Timer("set", int64(math.Round(min(minutes, 1440)*60_000)))
	})
	listenActive(field, "keydown", func(e js.Value) {
		if key := e.Get("key").String(); key == "Escape" || key == "Enter" {
			e.Call("preventDefault")
			e.Call("stopPropagation")
			focusSurface()
		}
	})
}

func (m *Meeting) listenToVote() {
	for id, what := range map[string]string{
		"vote-go": "go", "vote-fewer": "fewer", "vote-more": "more", "vote-close": "close", "vote-result": "result",
		"voting-done": "done", "vote-panel-close": "hide", "vote-for": "for", "vote-take": "take",
	} {
		listen(element(id), "click", func(js.Value) { m.Vote(what, 0) })
	}
	listen(element("vote-counts"), "click", func(e js.Value) {
		if b := closest(e, "button"); b.Truthy() {
			at, _ := strconv.Atoi(data(b, "at"))
			m.Vote("fly", at)
		}
	})
	listenActive(element("vote-panel"), "keydown", func(e js.Value) {
		if e.Get("key").String() == "Escape" {
			e.Call("preventDefault")
			e.Call("stopPropagation")
			m.Vote("hide", 0)
			focusSurface()
		}
	})
}

// Show shows how things are.
func (m *Meeting) Show(s MeetingState) {
	before, first := m.shown, !m.was
	if !first && s == before {
		return
	}
	m.shown, m.was = s, true
	if first || s.Stamping != before.Stamping {
		if !s.Stamping && element("stamps").Call("contains", document.Get("activeElement")).Bool() {
			focusSurface()
		}
		hide(element("stamps"), !s.Stamping)
	}
	if first || s.Symbol != before.Symbol {
		for _, b := range elements("#stamps button") {
			setPressed(b, data(b, "symbol") == strconv.Itoa(s.Symbol))
		}
	}
	if first || s.Timer != before.Timer {
		m.showTimer(s.Timer)
	}
	if first || s.Vote != before.Vote {
		m.showVote(s.Vote)
	}
	if first || s.Voting != before.Voting {
		hide(element("voting"), !s.Voting.Shown)
		text := ""
		if s.Voting.Shown {
			text = Language().Count("vote.left", s.Voting.Left)
			if s.Voting.Question != "" {
				text += " · " + s.Voting.Question
			}
		}
		setText(one("#voting span"), text)
	}
}

func (m *Meeting) showTimer(s TimerState) {
	bar := element("timer-bar")
	yield(bar, s.Shown)
	if !s.Shown {
		return
	}
	toggle(bar, "running", s.Running)
	name := Text("timer.start")
	if s.Running {
		name = Text("timer.pause")
	}
	label(element("timer-start"), name)
	if field := element("timer-minutes"); !field.Equal(document.Get("activeElement")) {
		field.Set("value", decimal(math.Round(s.Minutes*100)/100))
	}
	over(bar, s.Box)
}

func (m *Meeting) showVote(s VoteState) {
	bar := element("vote-bar")
	yield(bar, s.Shown)
	expand(element("vote-result"), s.Result)
	if !s.Shown {
		return
	}
	toggle(bar, "closed", s.Closed)
	name := Text("vote.close")
	if s.Closed {
		name = Text("vote.reopen")
	}
	setText(element("vote-close"), name)
	setText(element("vote-limit"), strconv.Itoa(s.Limit))
	element("vote-fewer").Set("disabled", s.Limit <= 1)
	over(bar, s.Box)
}

// yield shows a bar, or hides it and gives the keyboard back that it held.
func yield(bar js.Value, shown bool) {
	if !shown && bar.Call("contains", document.Get("activeElement")).Bool() {
		focusSurface()
	}
	hide(bar, !shown)
}

// over lays a bar over something on the screen, or below it where there is no room.
func over(bar js.Value, box geom.Box) {
	const gap, handle = 12, 28 // of the window's edge, of the handle that turns
	width, height := bar.Get("offsetWidth").Float(), bar.Get("offsetHeight").Float()
	windowWidth, windowHeight := Size()
	top := 64.0 // of what is at the window's top
	if windowWidth < 720 {
		top = 120 // two lines
	}
	y := box.Min.Y - gap - handle - height
	if y < top {
		y = box.Max.Y + gap
	}
	x := min(max(box.Center().X-width/2, 8), windowWidth-width-8)
	y = min(max(y, top), windowHeight-height-8)
	bar.Get("style").Set("transform", "translate("+px(math.Round(x))+","+px(math.Round(y))+")")
}

// ShowResult shows how a vote stands, nil that it is not asked for.
func (m *Meeting) ShowResult(r *VoteResult) {
	panel := element("vote-panel")
	if r == nil {
		if panel.Get("hidden").Bool() {
			return
		}
		if panel.Call("contains", document.Get("activeElement")).Bool() {
			focusSurface()
		}
		hide(panel, true)
		return
	}
	question := r.Question
	if question == "" {
		question = Text("vote.unnamed")
	}
	setText(element("vote-question"), question)
	sum := Text("vote.none")
	if r.Dots > 0 {
		sum = Language().Count("vote.dots", r.Dots) + " " + Language().Count("vote.people", r.People)
	}
	setText(element("vote-sum"), sum)
	hide(element("vote-keys"), !r.Keys)
	m.listCounts(r)
	hide(panel, false)
}

// listCounts makes the lines of a result, if they are others than before.
func (m *Meeting) listCounts(r *VoteResult) {
	key := []string{strconv.FormatBool(r.Closed)}
	for _, c := range r.Counts {
		key = append(key, c.What, strconv.Itoa(c.Dots))
	}
	if strings.Join(key, "\x00") == strings.Join(m.counts, "\x00") {
		return
	}
	m.counts = key
	list := element("vote-counts")
	held := list.Call("contains", document.Get("activeElement")).Bool()
	list.Call("replaceChildren")
	for i, c := range r.Counts {
		item, b := document.Call("createElement", "li"), document.Call("createElement", "button")
		b.Set("type", "button")
		setAttr(b, "data-at", strconv.Itoa(i))
		b.Get("style").Call("setProperty", "--share", strconv.FormatFloat(float64(c.Dots)/float64(r.Counts[0].Dots), 'f', 3, 64))
		what := c.What
		if what == "" {
			what = Text("vote.gone")
		}
		part := func(class, text string) js.Value {
			span := document.Call("createElement", "span")
			span.Set("className", class)
			span.Set("textContent", text)
			b.Call("append", span)
			return span
		}
		setAttr(part("what", what), "dir", "auto")
		if r.Closed && c.Dots == r.Counts[0].Dots {
			star := part("winner", "")
			star.Set("innerHTML", `<svg viewBox="0 0 24 24" aria-hidden="true"><path d="`+figure.Symbols[3].Fill+`"/></svg>`)
			setAttr(star, "role", "img")
			label(star, Text("vote.winner"))
		}
		label(part("sum", strconv.Itoa(c.Dots)), Language().Count("vote.dots", c.Dots))
		item.Call("append", b)
		list.Call("append", item)
	}
	if held {
		if first := one("#vote-counts button"); first.Truthy() {
			first.Call("focus")
		}
	}
}

// Name shows the name of what a pointer rests on over the board, "" nothing.
func (m *Meeting) Name(text string) {
	if text == m.title {
		return
	}
	m.title = text
	if text == "" {
		element("surface").Call("removeAttribute", "title")
		return
	}
	setAttr(element("surface"), "title", text)
}
