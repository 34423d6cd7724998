//go:build e2e

package e2e

import (
	"github.com/chromedp/cdproto/browser"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"
	"strings"

	"fmt"
	"math"
	"slices"

	"testing"
)

// made makes an element with a tool and a drag.
func (p *page) made(key string, from, to [2]float64) element {
	p.t.Helper()
	before := p.list()
	p.key(key)
	p.sweep(0, from, to)
	return p.newest(before)
}

// wantSelected checks what is selected, in any order.
func (p *page) wantSelected(what string, want ...element) {
	p.t.Helper()
	got, ids := p.selected(), idsOf(want)
	slices.Sort(got)
	slices.Sort(ids)
	if !slices.Equal(got, ids) {
		p.t.Errorf("%s: %v are selected, want %v", what, got, ids)
	}
}

// is returns an element as it is now.
func (p *page) is(e element) element {
	p.t.Helper()
	now, ok := p.find(e.ID)
	if !ok {
		p.t.Fatalf("the %s has gone", e.Kind)
	}
	return now
}

// What is selected by clicks, by a marquee, and by keys.
func TestSelection(t *testing.T) {
	r := startRelay(t)
	p := open(t, r.url("/b/selection"), desktop)
	a := p.made("r", [2]float64{60, 100}, [2]float64{160, 180})
	b := p.made("o", [2]float64{240, 100}, [2]float64{340, 180})
	c := p.made("d", [2]float64{420, 100}, [2]float64{520, 180})
	onA, onB, beside := [2]float64{60, 120}, [2]float64{290, 100}, [2]float64{600, 260}
	before := p.list()

	p.wantSelected("what was made last", c)
	p.clickAt(0, onA, 1)
	p.wantSelected("a click", a)
	p.clickAt(0, onB, 1)
	p.wantSelected("a click on another one", b)
	p.clickAt(shift, onA, 1)
	p.wantSelected("a click with shift", a, b)
	p.clickAt(shift, beside, 1)
	p.wantSelected("a click with shift beside all", a, b)
	p.clickAt(shift, onB, 1)
	p.wantSelected("a click with shift on what is selected", a)
	p.clickAt(0, beside, 1)
	p.wantSelected("a click beside all")
	p.clickAt(0, [2]float64{110, 140}, 1)
	p.wantSelected("a click into what is not filled")

	p.sweep(0, [2]float64{170, 80}, [2]float64{280, 200})
	p.wantSelected("a marquee that touches a line", b)
	p.sweep(0, [2]float64{110, 200}, [2]float64{250, 130})
	p.wantSelected("a marquee from below that touches two", a, b)
	p.sweep(shift, [2]float64{400, 80}, [2]float64{540, 200})
	p.wantSelected("a marquee with shift", a, b, c)
	p.clickAt(0, beside, 1)
	p.sweep(0, [2]float64{80, 120}, [2]float64{140, 160})
	p.wantSelected("a marquee within what is not filled")

	p.key("a", ctrl)
	p.wantSelected("select all", a, b, c)
	p.key("Escape")
	p.wantSelected("escape")
	p.wantSame("selecting", before)

	p.sweep(0, [2]float64{170, 80}, [2]float64{540, 200})
	p.key("Delete")
	p.wantSelected("what is deleted")
	p.wantGone("deleting", before, b.ID, c.ID)
	p.wantUndone("deleting", before)
}

// Elements are moved, resized and turned, alone and together; each of it is one
// step that can be undone, and others see it while it happens.
func TestTransforms(t *testing.T) {
	rl := startRelay(t)
	p := open(t, rl.url("/b/transforms"), desktop)
	other := open(t, rl.url("/b/transforms"), desktop)
	r := p.made("r", [2]float64{200, 120}, [2]float64{300, 180})
	before := p.list()

	// step does something, checks it, and undoes it.
	step := func(what string, do, check func()) {
		t.Helper()
		do()
		check()
		p.wantUndone(what, before)
	}
	drag := func(what string, held int64, from, to [2]float64, check func()) {
		t.Helper()
		step(what, func() { p.pull(held, from, to); p.let(held, to) }, check)
	}
	lies := func(what string, e element, x, y, w, h float64) func() {
		return func() { t.Helper(); wantPlace(t, what, p.is(e), x, y, w, h) }
	}
	turned := func(what string, e element, x, y, w, h, angle float64) func() {
		return func() {
			t.Helper()
			lies(what, e, x, y, w, h)()
			if got := p.is(e).Angle; !near(got, angle) {
				t.Errorf("%s: the %s is turned by %v, want %v", what, e.Kind, got, angle)
			}
		}
	}

	// While it is moved, the other one sees it where the hand has it.
	p.pull(0, [2]float64{230, 140}, [2]float64{250, 160}, [2]float64{280, 170})
	wantDrafted(t, p, other, r)
	lies("moved", r, 250, 150, 100, 60)()
	p.let(0, [2]float64{280, 170})
	wantSettled(t, p, other)
	lies("moved", r, 250, 150, 100, 60)()
	p.wantUndone("moving", before)
	wantSettled(t, p, other)

	drag("moving along an axis", shift, [2]float64{230, 140}, [2]float64{280, 150}, lies("with shift", r, 250, 120, 100, 60))
	p.pull(0, [2]float64{230, 140}, [2]float64{280, 150})
	p.key("Escape")
	p.let(0, [2]float64{280, 150})
	p.wantSame("a drag that escape has ended", before)

	const x, y, w, h = 200, 120, 100, 60
	for _, way := range [][2]float64{{-1, -1}, {0, -1}, {1, -1}, {1, 0}, {1, 1}, {0, 1}, {-1, 1}, {-1, 0}} {
		const dx, dy = 24, 18
		from := [2]float64{x + w/2 + way[0]*w/2, y + h/2 + way[1]*h/2}
		wx, wy, ww, wh := float64(x), float64(y), float64(w)+dx*way[0], float64(h)+dy*way[1]
		if way[0] < 0 {
			wx += dx
		}
		if way[1] < 0 {
			wy += dy
		}
		what := fmt.Sprintf("the handle at %v", way)
		drag(what, 0, from, [2]float64{from[0] + dx, from[1] + dy}, lies(what, r, wx, wy, ww, wh))
	}
	corner, side := [2]float64{300, 180}, [2]float64{300, 150}
	p.pull(shift, corner, [2]float64{350, 180})
	wantDrafted(t, p, other, r)
	p.let(shift, [2]float64{350, 180})
	lies("with shift", r, 200, 120, 150, 90)()
	wantSettled(t, p, other)
	p.wantUndone("resizing in proportion", before)
	drag("a side in proportion", shift, side, [2]float64{350, 150}, lies("with shift", r, 200, 105, 150, 90))
	drag("resizing about the middle", alt, corner, [2]float64{320, 190}, lies("with alt", r, 180, 110, 140, 80))
	drag("a side about the middle", alt, side, [2]float64{320, 150}, lies("with alt", r, 180, 120, 140, 60))
	drag("both", shift|alt, corner, [2]float64{350, 180}, lies("with both", r, 150, 90, 200, 120))
	drag("over the other side", 0, side, [2]float64{140, 150}, lies("turned over", r, 140, 120, 60, 60))

	// The handle that turns is over the middle of the upper side.
	turn := [2]float64{250, 92}
	drag("turning", 0, turn, [2]float64{350, 150}, turned("turned", r, 200, 120, 100, 60, math.Pi/2))
	around := func(degrees float64) [2]float64 {
		a := degrees * math.Pi / 180
		return [2]float64{250 + 58*math.Sin(a), 150 - 58*math.Cos(a)}
	}
	drag("turning by a little", 0, turn, around(40), turned("without shift", r, 200, 120, 100, 60, 40*math.Pi/180))
	drag("turning by steps", shift, turn, around(40), turned("with shift", r, 200, 120, 100, 60, 45*math.Pi/180))
	drag("turning back by steps", shift, turn, around(-20), turned("with shift", r, 200, 120, 100, 60, -15*math.Pi/180))

	step("nudging", func() { p.key("ArrowRight") }, lies("nudged", r, 201, 120, 100, 60))
	step("nudging far", func() { p.key("ArrowUp", shift) }, lies("nudged far", r, 200, 110, 100, 60))

	// Two together.
	s := p.made("o", [2]float64{400, 120}, [2]float64{460, 180})
	before = p.list()
	p.key("a", ctrl)
	both := func(what string, rx, ry, rw, rh, sx, sy, sw, sh float64) func() {
		return func() { t.Helper(); lies(what, r, rx, ry, rw, rh)(); lies(what, s, sx, sy, sw, sh)() }
	}
	p.pull(0, [2]float64{350, 150}, [2]float64{370, 180})
	wantDrafted(t, p, other, r, s)
	p.let(0, [2]float64{370, 180})
	wantSettled(t, p, other)
	both("moved", 220, 150, 100, 60, 420, 150, 60, 60)()
	p.wantUndone("moving two", before)
	drag("resizing two", 0, [2]float64{460, 180}, [2]float64{720, 240}, both("resized", 200, 120, 200, 120, 600, 120, 120, 120))
	drag("resizing two in proportion", shift, [2]float64{460, 180}, [2]float64{590, 180}, both("with shift", 200, 120, 150, 90, 500, 120, 90, 90))
	drag("turning two", 0, [2]float64{330, 92}, [2]float64{430, 150}, func() {
		turned("turned", r, 280, 40, 100, 60, math.Pi/2)()
		turned("turned", s, 300, 220, 60, 60, math.Pi/2)()
	})
	step("nudging two", func() { p.key("ArrowDown", shift) }, both("nudged", 200, 130, 100, 60, 400, 130, 60, 60))

	// An edge comes to lie on a neighbour's, unless ctrl is held.
	p.clickAt(0, [2]float64{430, 120}, 1)
	drag("snapping", 0, [2]float64{430, 140}, [2]float64{334, 230}, lies("snapped", s, 300, 210, 60, 60))
	drag("not snapping", ctrl, [2]float64{430, 140}, [2]float64{334, 230}, lies("with ctrl", s, 304, 210, 60, 60))
	drag("snapping a side", 0, [2]float64{460, 180}, [2]float64{520, 296}, lies("as long as it was dragged", s, 400, 120, 120, 176))
	drag("snapping a lower side", 0, [2]float64{430, 120}, [2]float64{430, 147}, lies("snapped to the middle", s, 400, 150, 60, 30))

	// The ends of an arrow, which begins at nothing and ends at the rectangle.
	a := p.made("a", [2]float64{400, 280}, [2]float64{250, 150})
	if a.Start != "" || a.End != r.ID {
		t.Fatalf("the arrow goes from %q to %q, want nothing and %q", a.Start, a.End, r.ID)
	}
	before = p.list()
	bound := func(what string, start, end string, from, to [2]float64) func() {
		return func() {
			t.Helper()
			now := p.is(a)
			if now.Start != start || now.End != end {
				t.Errorf("%s: the arrow goes from %q to %q, want %q and %q", what, now.Start, now.End, start, end)
			}
			wantEnds(t, what, now, from, to)
		}
	}
	drag("dragging an end off", 0, a.To, [2]float64{300, 290}, bound("off", "", "", a.From, [2]float64{300, 290}))
	// From the middle of s to the middle of r, both at a height of 150.
	drag("dragging an end onto a shape", 0, a.From, [2]float64{430, 150}, bound("on", s.ID, r.ID, [2]float64{394, 150}, [2]float64{306, 150}))
	drag("dragging an end onto a shape with ctrl", ctrl, a.From, [2]float64{430, 150}, bound("with ctrl", "", r.ID, [2]float64{430, 150}, [2]float64{306, 150}))
	// Where a shape goes, the arrow goes along: straight down from its middle.
	p.clickAt(0, [2]float64{200, 135}, 1)
	drag("moving what an arrow is bound to", 0, [2]float64{230, 140}, [2]float64{380, 140}, bound("along", "", r.ID, a.From, [2]float64{400, 186}))
	p.key("a", ctrl)
	drag("moving all", 0, [2]float64{350, 170}, [2]float64{370, 160}, func() {
		both("moved with the arrow", 220, 110, 100, 60, 420, 110, 60, 60)()
		bound("moved", "", r.ID, [2]float64{a.From[0] + 20, a.From[1] - 10}, [2]float64{a.To[0] + 20, a.To[1] - 10})()
	})
	// An arrow stays where it is when what it is bound to is deleted.
	p.clickAt(0, [2]float64{600, 260}, 1)
	p.clickAt(0, [2]float64{200, 135}, 1)
	step("deleting what an arrow is bound to", func() { p.key("Backspace") }, func() { wantEnds(t, "left", p.is(a), a.From, a.To) })
	wantSettled(t, p, other)
}

// A text has handles of its own, and a stroke has a place as soon as it is moved:
// both are undone to what they were.
func TestTransformsOfTextAndInk(t *testing.T) {
	rl := startRelay(t)
	p := open(t, rl.url("/b/inked"), desktop)
	other := open(t, rl.url("/b/inked"), desktop)
	text := p.written("t", "#1e1e1e", [2]float64{100, 120}, "wide words")
	before := p.list()
	right, bottom := text.X+text.W, text.Y+text.H

	p.pull(0, [2]float64{right, bottom}, [2]float64{right + text.W, bottom + text.H})
	wantDrafted(t, p, other, text)
	p.let(0, [2]float64{right + text.W, bottom + text.H})
	larger := p.is(text)
	wantPlace(t, "a text by its corner", larger, text.X, text.Y, 2*text.W, 2*text.H)
	if larger.Size != 2*text.Size || len(larger.Lines) != 1 {
		t.Errorf("a text twice as wide has letters of %v in the lines %q", larger.Size, larger.Lines)
	}
	wantSettled(t, p, other)
	p.wantUndone("resizing a text", before)

	middle := text.Y + text.H/2
	p.pull(0, [2]float64{right, middle}, [2]float64{right - 0.3*text.W, middle})
	wantDrafted(t, p, other, text)
	p.let(0, [2]float64{right - 0.3*text.W, middle})
	narrow := p.is(text)
	wantPlace(t, "a text by its side", narrow, text.X, text.Y, 0.7*text.W, 2*text.H)
	if narrow.Size != text.Size || len(narrow.Lines) != 2 {
		t.Errorf("a narrow text has letters of %v in the lines %q", narrow.Size, narrow.Lines)
	}
	wantSettled(t, p, other)
	p.wantUndone("wrapping a text", before)

	// From 300, 150 to 420, 210 and back up.
	p.key("p")
	p.pull(0, [2]float64{300, 150}, [2]float64{340, 190}, [2]float64{380, 210}, [2]float64{420, 160})
	p.let(0, [2]float64{420, 160})
	stroke := p.newest(before)
	before = p.list()
	p.key("v")
	p.clickAt(0, [2]float64{300, 150}, 1)
	p.wantSelected("a click on a stroke", stroke)
	from, to := [2]float64{stroke.X + 30, stroke.Y + 12}, [2]float64{stroke.X + 80, stroke.Y + 62}
	p.pull(0, from, to)
	wantDrafted(t, p, other, stroke)
	p.let(0, to)
	wantPlace(t, "a stroke that was moved", p.is(stroke), stroke.X+50, stroke.Y+50, stroke.W, stroke.H)
	p.wantUndone("moving a stroke", before)
	corner := [2]float64{stroke.X + stroke.W, stroke.Y + stroke.H}
	p.pull(0, corner, [2]float64{corner[0] + stroke.W, corner[1]})
	wantDrafted(t, p, other, stroke)
	p.let(0, [2]float64{corner[0] + stroke.W, corner[1]})
	wantPlace(t, "a stroke that was widened", p.is(stroke), stroke.X, stroke.Y, 2*stroke.W, stroke.H)
	wantSettled(t, p, other)
	p.wantUndone("widening a stroke", before)
	p.key("H", shift)
	wantPlace(t, "a stroke that was mirrored", p.is(stroke), stroke.X+stroke.W, stroke.Y, -stroke.W, stroke.H)
	p.wantUndone("mirroring a stroke", before)

	// Somebody else deletes what is in hand: the rest is dragged on, and nothing
	// comes back.
	p.key("a", ctrl)
	start, end := [2]float64{text.X + text.W/2, middle}, [2]float64{text.X + text.W/2, middle + 80}
	p.pull(0, start, end)
	wantDrafted(t, p, other, text, stroke)
	other.key("v")
	other.clickAt(0, [2]float64{300, 230}, 1) // the stroke, where the hand has it
	other.wantSelected("a click on what another one has in hand", stroke)
	other.key("Delete")
	p.waitFor("the stroke has gone", "edgeboard.figures().length === 1")
	end[1] += 20
	p.mouse(input.DispatchMouseEventTypeMouseMoved, end[0], end[1], pressed)
	p.let(0, end)
	wantPlace(t, "what was left in hand", p.only(), text.X, text.Y+100, text.W, text.H)
	wantSettled(t, p, other)
	p.key("z", ctrl)
	p.wantGone("undoing what was left", before, stroke.ID)
	wantSettled(t, p, other)
}

// wantDrafted waits until another window shows elements in hand, just where the
// window has them whose hand it is.
func wantDrafted(t *testing.T, p, other *page, list ...element) {
	t.Helper()
	for _, e := range list {
		mine := p.is(e)
		if !mine.Drafted {
			t.Errorf("the %s is not in hand", e.Kind)
		}
		until(t, "the other window shows the "+e.Kind+" in hand", func() bool {
			theirs, ok := other.find(e.ID)
			return ok && mine.equal(theirs)
		})
	}
}

// wantSettled waits until another window has the same document, and shows it:
// nothing is in hand.
func wantSettled(t *testing.T, p, other *page) {
	t.Helper()
	same(p, other)
	mine := p.list()
	until(t, "the other window shows the same", func() bool { return slices.EqualFunc(mine, other.list(), element.equal) })
	if slices.ContainsFunc(mine, func(e element) bool { return e.Drafted }) {
		t.Errorf("something is in hand still: %+v", mine)
	}
}

// Order, groups, locks, copies, and what brings elements into line: by keys, and
// by the buttons of the panel.
func TestArrange(t *testing.T) {
	rl := startRelay(t)
	p := open(t, rl.url("/b/arrange"), desktop)
	a := p.made("r", [2]float64{60, 100}, [2]float64{160, 180})
	b := p.made("o", [2]float64{100, 130}, [2]float64{200, 200})
	c := p.made("r", [2]float64{150, 160}, [2]float64{310, 220})
	onA, onB, onC, beside := [2]float64{60, 120}, [2]float64{100, 165}, [2]float64{280, 160}, [2]float64{600, 260}
	before := p.list()

	ordered := func(what string, do func(), want ...element) {
		t.Helper()
		do()
		if got := idsOf(p.list()); !slices.Equal(got, idsOf(want)) {
			t.Errorf("%s: the order is %v, want %v", what, got, idsOf(want))
		}
		p.wantUndone(what, before)
	}
	key := func(name string, held ...int64) func() { return func() { p.key(name, held...) } }
	button := func(command string) func() {
		return func() { p.click(fmt.Sprintf("#style [data-command=%s]", command)) }
	}
	p.clickAt(0, onA, 1)
	ordered("forward", key("]", ctrl), b, a, c)
	ordered("to the front", key("}", ctrl, shift), b, c, a)
	ordered("to the front by the button", button("front"), b, c, a)
	p.clickAt(0, onC, 1)
	ordered("backward", key("[", ctrl), a, c, b)
	ordered("to the back", key("{", ctrl, shift), c, a, b)
	ordered("backward by the button", button("backward"), a, c, b)

	// A group is selected as a whole, and gone into by a double click.
	p.key("a", ctrl)
	p.key("g", ctrl)
	group := p.is(a).Group
	if group == "" || p.is(b).Group != group || p.is(c).Group != group {
		t.Errorf("the groups are %q, %q and %q, want one", group, p.is(b).Group, p.is(c).Group)
	}
	p.clickAt(0, beside, 1)
	p.clickAt(0, onA, 1)
	p.wantSelected("a click on a member of a group", a, b, c)
	p.pull(0, [2]float64{80, 140}, [2]float64{180, 170})
	p.let(0, [2]float64{180, 170})
	wantPlace(t, "moved with its group", p.is(b), 200, 160, 100, 70)
	p.key("z", ctrl)
	until(t, "two clicks that come soon enough go into the group", func() bool {
		p.clickAt(0, onB, 1)
		return slices.Equal(p.selected(), []string{b.ID})
	})
	p.clickAt(0, beside, 1)
	p.clickAt(0, onA, 1)
	p.key("G", ctrl, shift)
	p.wantSame("ungrouping", before)
	p.key("z", ctrl)
	if got := p.is(c).Group; got != group {
		t.Errorf("after undoing the group is %q, want %q", got, group)
	}
	p.wantUndone("grouping", before)

	// What is locked stays, and what lies there, until it is unlocked.
	p.clickAt(0, beside, 1)
	p.clickAt(0, onA, 1)
	p.key("L", ctrl, shift)
	locked := p.list()
	if !locked[0].Locked {
		t.Error("it is not locked")
	}
	p.key("Delete")
	p.key("ArrowLeft")
	p.pull(0, [2]float64{80, 120}, [2]float64{90, 150})
	p.let(0, [2]float64{90, 150})
	p.clickAt(0, onA, 1)
	p.wantSelected("a click on what is locked")
	p.sweep(0, onA, [2]float64{40, 90})
	p.wantSelected("a drag of what is locked")
	p.key("e")
	p.sweep(0, [2]float64{50, 120}, [2]float64{90, 120})
	p.key("v")
	p.wantSame("all that was tried with what is locked", locked)
	p.key("a", ctrl)
	p.wantSelected("select all", b, c)
	p.menuAt(onA, "unlock")
	p.wantSame("unlocking", before)

	// Copies: a key lays one beside it, alt while it is dragged where it is dropped.
	p.clickAt(0, beside, 1)
	p.clickAt(0, onC, 1)
	p.key("d", ctrl)
	copied := p.newest(before)
	wantPlace(t, "duplicated", copied, 170, 180, 160, 60)
	p.wantSelected("the duplicate", copied)
	p.wantUndone("duplicating", before)
	p.clickAt(0, [2]float64{290, 160}, 1) // elsewhere: the two would be a double click
	p.pull(alt, [2]float64{220, 180}, [2]float64{430, 170})
	p.let(alt, [2]float64{430, 170})
	copied = p.newest(before)
	wantPlace(t, "dragged with alt", copied, 360, 150, 160, 60)
	wantPlace(t, "what was dragged with alt", p.is(c), 150, 160, 160, 60)
	p.wantSelected("the copy", copied)
	p.wantUndone("dragging with alt", before)

	// lined does something with all three, checks where they lie, x and y of each,
	// and undoes it.
	lined := func(what string, do func(), want ...float64) {
		t.Helper()
		do()
		for i, e := range []element{a, b, c} {
			wantPlace(t, what, p.is(e), want[2*i], want[2*i+1], e.W, e.H)
		}
		p.wantUndone(what, before)
	}
	p.key("a", ctrl)
	lined("aligned on the left", key("ArrowLeft", ctrl, shift), 60, 100, 60, 130, 60, 160)
	lined("aligned on the right", key("ArrowRight", ctrl, shift), 210, 100, 210, 130, 150, 160)
	lined("aligned at the top", key("ArrowUp", ctrl, shift), 60, 100, 100, 100, 150, 100)
	lined("aligned at the bottom", key("ArrowDown", ctrl, shift), 60, 140, 100, 150, 150, 160)
	lined("aligned in the middle of the width", button("align-center"), 135, 100, 135, 130, 105, 160)
	lined("aligned in the middle of the height", button("align-middle"), 60, 120, 100, 125, 150, 130)
	lined("distributed across", button("distribute-x"), 60, 100, 105, 130, 150, 160)
	lined("distributed down", button("distribute-y"), 60, 100, 100, 135, 150, 160)
	lined("mirrored", key("H", shift), 210, 100, 170, 130, 60, 160)
	lined("turned upside down", button("flip-y"), 60, 140, 100, 120, 150, 100)
}

// menuAt chooses from the menu of a place.
func (p *page) menuAt(at [2]float64, command string) {
	p.t.Helper()
	right := func(buttons int64) func(*input.DispatchMouseEventParams) {
		return func(m *input.DispatchMouseEventParams) {
			m.Button, m.Buttons, m.ClickCount = input.MouseButtonRight, buttons, 1
		}
	}
	p.mouse(input.DispatchMouseEventTypeMouseMoved, at[0], at[1], nil)
	p.mouse(input.DispatchMouseEventTypeMousePressed, at[0], at[1], right(2))
	p.mouse(input.DispatchMouseEventTypeMouseReleased, at[0], at[1], right(0))
	line := fmt.Sprintf("#menu [data-command=%s]", command)
	p.waitFor("the menu has "+command, seen(line))
	p.click(line)
}

// Elements are copied and cut, and pasted on the same board and on another one;
// texts and pictures go between programs.
func TestClipboard(t *testing.T) {
	rl := startRelay(t)
	p := open(t, rl.url("/b/copied"), desktop)
	other := open(t, rl.url("/b/pasted"), desktop)
	for _, w := range []*page{p, other} {
		// Both have the focus, as far as they know, and may use the clipboard.
		call(w, emulation.SetFocusEmulationEnabled, emulation.SetFocusEmulationEnabledParams{Enabled: true})
		w.allowClipboard()
	}
	a := p.made("r", [2]float64{60, 100}, [2]float64{160, 180})
	b := p.made("o", [2]float64{240, 100}, [2]float64{340, 180})
	arrow := p.made("a", [2]float64{110, 140}, [2]float64{290, 140})
	before := p.list()

	// pasted checks copies of the three whose box begins at x, y: the arrow's are
	// bound to each other.
	pasted := func(what string, list []element, x, y float64) {
		t.Helper()
		if len(list) != 3 {
			t.Fatalf("%s: there are %d copies, want 3: %+v", what, len(list), list)
		}
		wantPlace(t, what, list[0], x, y, 100, 80)
		wantPlace(t, what, list[1], x+180, y, 100, 80)
		wantEnds(t, what, list[2], [2]float64{x + 106, y + 40}, [2]float64{x + 174, y + 40})
		if list[0].Kind != a.Kind || list[1].Kind != b.Kind || list[2].Kind != arrow.Kind {
			t.Errorf("%s: the copies are %s, %s and %s", what, list[0].Kind, list[1].Kind, list[2].Kind)
		}
		if list[2].Start != list[0].ID || list[2].End != list[1].ID {
			t.Errorf("%s: the arrow goes from %q to %q, want %q and %q", what, list[2].Start, list[2].End, list[0].ID, list[1].ID)
		}
	}
	// What is pasted lies in the middle of the window, 1000 by 440.
	const x, y = 500 - 280/2, 220 - 80/2
	p.key("a", ctrl)
	p.editing("c", "copy")
	p.wantSame("copying", before)
	p.editing("v", "paste")
	copies := p.list()[3:]
	pasted("on the same board", copies, x, y)
	p.wantSelected("what is pasted", copies...)
	p.wantUndone("pasting", before)
	other.editing("v", "paste") // before anything was pressed there
	pasted("on another board", other.list(), x, y)

	p.key("a", ctrl)
	p.editing("x", "cut")
	if left := p.list(); len(left) != 0 {
		t.Errorf("after cutting there is %+v", left)
	}
	p.editing("v", "paste")
	pasted("what was cut", p.list(), x, y)
	p.key("z", ctrl)
	p.wantUndone("cutting", before)

	// A text from another program.
	if failed := settle(other, `navigator.clipboard.writeText("two\r\nlines\n")`); failed != "undefined" {
		t.Fatal(failed)
	}
	other.key("a", ctrl)
	other.key("Delete")
	other.editing("v", "paste")
	text := other.only()
	if text.Kind != "text" || text.Text != "two\nlines" || !slices.Equal(text.Lines, []string{"two", "lines"}) {
		t.Errorf("a text was pasted as a %s with %q in lines %q", text.Kind, text.Text, text.Lines)
	}
	wantPlace(t, "a text that was pasted", text, 500-text.W/2, 220-text.H/2, text.W, 50)

	// By the menu: the selection from here to there, and its picture.
	p.clickAt(0, [2]float64{600, 260}, 1)
	p.menuAt([2]float64{60, 120}, "copy")
	until(t, "the selection is on the clipboard", func() bool {
		return strings.Contains(settle(p, "navigator.clipboard.read().then(items => items[0].types)"), "text/html")
	})
	other.menuAt([2]float64{300, 200}, "paste")
	other.waitFor("it is pasted", "edgeboard.figures().length === 2")
	wantPlace(t, "pasted by the menu", other.list()[1], 250, 160, 100, 80)
	p.menuAt([2]float64{60, 120}, "copy-svg")
	svg := ""
	until(t, "the picture is on the clipboard", func() bool {
		svg = settle(p, "navigator.clipboard.readText()")
		return strings.HasPrefix(svg, "<svg")
	})
	if root := settle(p, `navigator.clipboard.readText().then(s => new DOMParser().parseFromString(s, "image/svg+xml").documentElement.localName)`); root != "svg" {
		t.Errorf("the picture is a %s: %s", root, svg)
	}
	if !strings.Contains(svg, a.Color) {
		t.Errorf("the picture has no %s: %s", a.Color, svg)
	}
}

// allowClipboard lets a page read and write the clipboard without asking.
func (p *page) allowClipboard() {
	p.t.Helper()
	for _, name := range []string{"clipboard-read", "clipboard-write"} {
		call(p, browser.SetPermission, browser.SetPermissionParams{
			Permission: &browser.PermissionDescriptor{Name: name},
			Setting:    browser.PermissionSettingGranted,
			// The page has storage of its own, and permissions.
			BrowserContextID: chromedp.FromContext(p.ctx).BrowserContextID,
		})
	}
}

// editing presses ctrl and a key that is an editing command of the browser.
func (p *page) editing(key, command string) {
	p.t.Helper()
	params := input.DispatchKeyEventParams{
		Type: input.DispatchKeyEventTypeRawKeyDown, Key: key, Modifiers: ctrl,
		WindowsVirtualKeyCode: int64(strings.ToUpper(key)[0]), Commands: []string{command},
	}
	call(p, input.DispatchKeyEvent, params)
	params.Type, params.Commands = input.DispatchKeyEventTypeKeyUp, nil
	call(p, input.DispatchKeyEvent, params)
}

// settle waits for a promise and returns what it gives, as a text.
func settle(p *page, promise string) string {
	p.t.Helper()
	eval[bool](p, `(window.settled = null, `+promise+`.then(v => { window.settled = String(v) }, e => { window.settled = "failed: " + e }), true)`)
	p.waitFor(promise+" is settled", "window.settled !== null")
	return eval[string](p, "window.settled")
}
