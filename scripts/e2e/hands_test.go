//go:build e2e

package e2e

import (
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/input"
)

// element is an element as the page draws it, in the terms of the document: what
// edgeboard.figures() says.
type element struct {
	ID, Kind           string
	X, Y, W, H, Angle  float64
	From, To           [2]float64
	Color, Fill        string
	Thickness, Opacity float64
	Dash, Align, Heads int
	Size               float64
	Text               string
	Lines              []string
	Points             int
	Group, Start, End  string
	Frame              string
	Crop               [4]float64
	Locked, Drafted    bool
	Shown              bool
	Blob               string
}

// list returns the board's elements, from the bottom one to the top one.
func (p *page) list() []element { p.t.Helper(); return eval[[]element](p, "edgeboard.figures()") }

// only returns the board's one element.
func (p *page) only() element {
	p.t.Helper()
	list := p.list()
	if len(list) != 1 {
		p.t.Fatalf("there are %d elements, want one: %v", len(list), list)
	}
	return list[0]
}

// find returns an element, and whether it is there.
func (p *page) find(id string) (element, bool) {
	p.t.Helper()
	list := p.list()
	i := slices.IndexFunc(list, func(e element) bool { return e.ID == id })
	if i < 0 {
		return element{}, false
	}
	return list[i], true
}

// selected returns the ids of what is selected.
func (p *page) selected() []string {
	p.t.Helper()
	return eval[[]string](p, "edgeboard.state().selected")
}

// Keys that are held, as the protocol counts them.
const (
	alt   int64 = 1
	ctrl  int64 = 2
	shift int64 = 8
)

// key presses and releases a key, by KeyboardEvent.key, with others held.
func (p *page) key(key string, held ...int64) {
	p.t.Helper()
	var modifiers int64
	for _, h := range held {
		modifiers |= h
	}
	params := input.DispatchKeyEventParams{Type: input.DispatchKeyEventTypeKeyDown, Key: key, Modifiers: modifiers}
	if code, ok := virtualKeys[key]; ok {
		params.Code, params.WindowsVirtualKeyCode = key, code
	} else if len(key) == 1 {
		params.WindowsVirtualKeyCode = int64(strings.ToUpper(key)[0])
		if modifiers&^shift == 0 {
			params.Text = key
		}
	}
	call(p, input.DispatchKeyEvent, params)
	params.Type, params.Text = input.DispatchKeyEventTypeKeyUp, ""
	call(p, input.DispatchKeyEvent, params)
}

var virtualKeys = map[string]int64{
	"Enter": 13, "Escape": 27, "Delete": 46, "Backspace": 8, "Tab": 9, "PageUp": 33, "PageDown": 34, "Home": 36, "End": 35,
	"ArrowLeft": 37, "ArrowUp": 38, "ArrowRight": 39, "ArrowDown": 40,
}

// hold gives a mouse event held keys.
func hold(modifiers int64, with func(*input.DispatchMouseEventParams)) func(*input.DispatchMouseEventParams) {
	return func(m *input.DispatchMouseEventParams) {
		if with != nil {
			with(m)
		}
		m.Modifiers = modifiers
	}
}

func released(m *input.DispatchMouseEventParams) {
	m.Button, m.Buttons, m.ClickCount = input.MouseButtonLeft, 0, 1
}

// pull presses the mouse at a place of the window and pulls it along others, with
// keys held. It is not released.
func (p *page) pull(modifiers int64, from [2]float64, way ...[2]float64) {
	p.t.Helper()
	p.mouse(input.DispatchMouseEventTypeMouseMoved, from[0], from[1], hold(modifiers, nil))
	p.mouse(input.DispatchMouseEventTypeMousePressed, from[0], from[1], hold(modifiers, pressed))
	for _, at := range way {
		p.mouse(input.DispatchMouseEventTypeMouseMoved, at[0], at[1], hold(modifiers, pressed))
	}
}

// let releases the mouse.
func (p *page) let(modifiers int64, at [2]float64) {
	p.t.Helper()
	p.mouse(input.DispatchMouseEventTypeMouseReleased, at[0], at[1], hold(modifiers, released))
}

// sweep drags from one place of the window to another, by way of the middle.
func (p *page) sweep(modifiers int64, from, to [2]float64) {
	p.t.Helper()
	p.pull(modifiers, from, [2]float64{(from[0] + to[0]) / 2, (from[1] + to[1]) / 2}, to)
	p.let(modifiers, to)
}

// clickAt clicks with the mouse, count times in a row.
func (p *page) clickAt(modifiers int64, at [2]float64, count int) {
	p.t.Helper()
	p.mouse(input.DispatchMouseEventTypeMouseMoved, at[0], at[1], hold(modifiers, nil))
	for n := range count {
		p.mouse(input.DispatchMouseEventTypeMousePressed, at[0], at[1], func(m *input.DispatchMouseEventParams) {
			pressed(m)
			m.Modifiers, m.ClickCount = modifiers, int64(n+1)
		})
		p.let(modifiers, at)
	}
}

// near reports whether numbers are the same to a hundredth.
func near(a, b float64) bool { return math.Abs(a-b) < 0.01 }

// wantPlace checks where an element lies.
func wantPlace(t *testing.T, what string, e element, x, y, w, h float64) {
	t.Helper()
	if !near(e.X, x) || !near(e.Y, y) || !near(e.W, w) || !near(e.H, h) {
		t.Errorf("%s: the %s lies at %v, %v and is %v by %v; want %v, %v, %v by %v", what, e.Kind, e.X, e.Y, e.W, e.H, x, y, w, h)
	}
}
