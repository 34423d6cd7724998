//go:build e2e

package e2e

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"edgeboard/shared/board"
)

// meeting is a gesture of one person, in the middle of which another one does
// something to what it is about.
type meeting struct {
	name string
	on   func(edit *board.Edit) // what is on the board before
	// begin is Ann's gesture up to its middle, go on more of it, and end its end.
	begin, goOn, end func(ann *page)
	sees             string      // what Ben sees meanwhile, in JavaScript
	clicks           *[2]float64 // where Ben takes hold of an element; nil: he selects all
	// want says what is wrong with the elements, from the bottom one up, when Ben has
	// only moved one, or the gesture goes on without what he acted on.
	want func(act string, list []element) string
}

// acts are what Ben does.
var acts = map[string]func(ben *page){
	"delete": func(ben *page) { ben.key("Delete") },
	"move":   func(ben *page) { ben.key("ArrowRight", shift) }, // by 10
	"lock":   func(ben *page) { ben.key("L", ctrl, shift) },
}

// place puts an element on the board.
func place(edit *board.Edit, kind board.Kind, x, y, w, h float64) board.ID {
	id := edit.Create(kind)
	for key, v := range map[board.Key]float64{board.KeyX: x, board.KeyY: y, board.KeyWidth: w, board.KeyHeight: h} {
		edit.Set(id, key, board.Float(v))
	}
	edit.Set(id, board.KeyColor, board.Int(0x1e1e1e))
	return id
}

func paper(edit *board.Edit, x, y, w, h float64) board.ID {
	id := place(edit, board.KindRectangle, x, y, w, h)
	edit.Set(id, board.KeyFill, board.Int(0xa5d8ff))
	return id
}

// oneSheet lies from 400, 180 to 560, 280.
func oneSheet(edit *board.Edit) { paper(edit, 400, 180, 160, 100) }

// pulls returns the parts of a drag with the mouse, after something else.
func pulls(before func(p *page), from, middle, on, to [2]float64) (begin, goOn, end func(p *page)) {
	return func(p *page) { before(p); p.pull(0, from, middle) },
		func(p *page) { p.mouseTo(on) },
		func(p *page) { p.mouseTo(to); p.let(0, to) }
}

// mouseTo moves the mouse while it is down.
func (p *page) mouseTo(at [2]float64) {
	p.t.Helper()
	p.mouse("mouseMoved", at[0], at[1], pressed)
}

func keys(list ...string) func(p *page) {
	return func(p *page) {
		for _, key := range list {
			p.key(key)
		}
	}
}

func everything(p *page) { p.key("a", ctrl) }

const someDrafted = `edgeboard.figures().some(f => f.drafted)`

func meetings() []meeting {
	differs := func(what string, is, want float64) string {
		if math.Abs(is-want) < 0.01 {
			return ""
		}
		return fmt.Sprintf("%s is %v, want %v", what, is, want)
	}
	one := func(check func(e element) string) func(string, []element) string {
		return func(_ string, list []element) string {
			if len(list) != 1 {
				return fmt.Sprintf("%d elements, want one", len(list))
			}
			return check(list[0])
		}
	}
	row := func(m meeting, before func(p *page), from, middle, on, to [2]float64) meeting {
		m.begin, m.goOn, m.end = pulls(before, from, middle, on, to)
		return m
	}
	nothing := func(*page) {}
	return []meeting{
		row(meeting{
			name: "move", on: oneSheet, sees: someDrafted,
			want: one(func(e element) string { return differs("x", e.X, 400+60+10) + differs("y", e.Y, 180+30) }),
		}, nothing, [2]float64{480, 230}, [2]float64{500, 240}, [2]float64{520, 250}, [2]float64{540, 260}),
		row(meeting{
			name: "resize", on: oneSheet, sees: someDrafted,
			want: one(func(e element) string { return differs("height", e.H, 150) }),
		}, everything, [2]float64{560, 280}, [2]float64{580, 290}, [2]float64{590, 310}, [2]float64{600, 330}),
		row(meeting{
			name: "rotate", on: oneSheet, sees: someDrafted,
			want: one(func(e element) string { return differs("angle", e.Angle, math.Pi/2) }),
		}, everything, [2]float64{480, 152}, [2]float64{530, 180}, [2]float64{550, 200}, [2]float64{560, 230}),
		row(meeting{
			name: "arrow end", on: func(edit *board.Edit) { place(edit, board.KindArrow, 400, 200, 160, 60) }, sees: someDrafted,
			want: one(func(e element) string { return differs("end's y", e.To[1], 340) }),
		}, everything, [2]float64{560, 260}, [2]float64{570, 280}, [2]float64{580, 300}, [2]float64{600, 340}),
		row(meeting{
			name: "erase", on: oneSheet,
			want: func(_ string, list []element) string {
				if len(list) > 0 {
					return "it is not erased"
				}
				return ""
			},
		}, keys("e"), [2]float64{470, 100}, [2]float64{470, 230}, [2]float64{480, 240}, [2]float64{490, 350}),
		{
			name: "text", on: func(edit *board.Edit) {
				id := place(edit, board.KindText, 400, 200, 0, 0)
				edit.Set(id, board.KeyFontSize, board.Float(32))
				edit.Splice(id, board.Chars, 0, 0, "hello")
			},
			begin: func(ann *page) {
				everything(ann)
				ann.key("Enter")
				ann.waitFor("the text is written in", `edgeboard.state().writing !== "" && document.activeElement.id === "writing"`)
				ann.key("x")
			},
			sees: `edgeboard.figures().some(f => f.text === "hellox") && document.querySelectorAll("#carets > *").length > 0`,
			goOn: func(ann *page) {
				if eval[string](ann, `edgeboard.state().writing`) != "" {
					ann.key("y")
				}
			},
			end: func(ann *page) {
				if eval[string](ann, `edgeboard.state().writing`) != "" {
					ann.key("Escape")
				}
			},
			want: one(func(e element) string {
				if e.Text != "helloxy" {
					return fmt.Sprintf("the text is %q", e.Text)
				}
				return differs("x", e.X, 410)
			}),
		},
		row(meeting{
			name: "stroke",
			sees: `edgeboard.state().sketches > 0 || edgeboard.elements() > 0`,
			want: func(_ string, list []element) string {
				// It ends where it was moved to, and another one goes on.
				width := 0.0
				for _, e := range list {
					width += e.W
				}
				return differs("length", math.Round(width/10)*10, 120)
			},
		}, keys("p"), [2]float64{400, 200}, [2]float64{440, 210}, [2]float64{480, 200}, [2]float64{520, 210}),
		row(meeting{
			name: "several", sees: someDrafted, clicks: &[2]float64{430, 240},
			on: func(edit *board.Edit) { paper(edit, 400, 180, 80, 80); paper(edit, 520, 220, 80, 80) },
			want: func(act string, list []element) string {
				bad := ""
				first, others := list[0], list
				if act != "delete" {
					others = list[1:]
				}
				switch act {
				case "move":
					bad += differs("the moved one's x", first.X, 400+60+10)
				case "lock":
					bad += differs("the locked one's x", first.X, 400)
				}
				if len(others) != 1 {
					return "the other one is gone"
				}
				return bad + differs("the other one's x", others[0].X, 520+60)
			},
		}, everything, [2]float64{440, 200}, [2]float64{460, 210}, [2]float64{480, 220}, [2]float64{500, 230}),
	}
}

// Two people have the same element in hand. Whatever one does to it, the other's
// gesture ends quietly, and both see the same.
func TestMeetings(t *testing.T) {
	r := startRelay(t)
	ann := open(t, r.url("/b/meetings"), desktop)
	ben := open(t, r.url("/b/meetings"), desktop)
	scribe := newScribe(t, r, "meetings")
	for _, m := range meetings() {
		for _, act := range []string{"move", "delete", "lock"} {
			t.Run(m.name+"/"+act, func(t *testing.T) {
				ann.t, ben.t, scribe.t = t, t, t
				meet(m, act, ann, ben, scribe)
			})
			ann.t, ben.t, scribe.t = t, t, t
			until(t, "the scribe knows all", func() bool { return scribe.hash() == ann.hash() })
			scribe.clear()
			ann.waitFor("the board is empty", `edgeboard.elements() === 0`)
			ben.waitFor("the board is empty", `edgeboard.elements() === 0`)
		}
	}
	t.Run("arrow end onto a shape", func(t *testing.T) {
		ann.t, ben.t, scribe.t = t, t, t
		meetAtShape(ann, ben, scribe)
	})
	ann.t, ben.t = t, t
	ann.wantNoPanic()
	ben.wantNoPanic()
}

func meet(m meeting, act string, ann, ben *page, scribe *scribe) {
	t := ann.t
	ann.key("v")
	ben.key("v")
	if m.on != nil {
		scribe.write(m.on)
	}
	before := 0
	scribe.do(func(doc *board.Board) { before = doc.Len() })
	there := fmt.Sprintf(`edgeboard.elements() === %d`, before)
	ann.waitFor("the elements are there", there)
	ben.waitFor("the elements are there", there)
	was := ben.list()

	m.begin(ann)
	if m.sees != "" {
		ben.waitFor("the other one sees it", m.sees)
	}
	if m.name == "stroke" {
		ben.waitFor("the stroke is there", `edgeboard.elements() === 1`)
		was = ben.list()
	}
	if m.clicks != nil {
		ben.clickAt(0, beside, 1)
		ben.clickAt(0, *m.clicks, 1)
	} else {
		everything(ben)
	}
	n := len(was)
	if k := len(ben.selected()); k != 1 {
		t.Fatalf("Ben has %d elements selected, want one", k)
	}
	target := ben.selected()[0]
	ann.stored() // what Ben does is all that is new
	same(ann, ben)
	hash := ben.hash()
	acts[act](ben)
	until(t, "Ben has done it", func() bool { return ben.hash() != hash })
	same(ann, ben) // it has come to Ann
	if act != "move" && n == 1 {
		for _, p := range []*page{ann, ben} {
			p.waitFor("nothing of the gesture is left", `!(`+someDrafted+`) && edgeboard.state().sketches === 0 && edgeboard.state().writing === ""`)
		}
	}
	m.goOn(ann)
	m.end(ann)
	ann.stored()
	ben.stored()
	same(ann, ben)
	for _, p := range []*page{ann, ben} {
		p.waitFor("nobody has anything in hand", `!(`+someDrafted+`)`)
	}

	list := ann.list()
	alone := n == 1 && act != "move"
	switch {
	case !alone:
		if bad := m.want(act, list); bad != "" {
			t.Error(bad)
		}
	case act == "delete" && len(list) > 0:
		t.Errorf("what was deleted is there: %v", list)
	case act == "lock":
		wantAsItWas(t, "locked", list, was[0])
	}

	// Each takes back their own.
	ann.key("z", ctrl)
	ann.stored()
	same(ann, ben)
	if act == "delete" {
		if _, ok := ann.find(target); ok {
			t.Error("taking back the gesture brought back what somebody else deleted")
		}
	}
	if act == "lock" && m.name != "stroke" {
		if e, _ := ann.find(target); !e.Locked {
			t.Error("taking back the gesture unlocked what somebody else locked")
		}
	}
	ben.key("z", ctrl)
	ben.stored()
	same(ann, ben)
	if m.name == "stroke" { // it was Ann's, who has taken it back
		return
	}
	list = ben.list()
	if len(list) != n {
		t.Fatalf("%d elements after both have taken back what they did, there were %d", len(list), n)
	}
	for i, e := range list {
		if e.Locked {
			t.Error("it is locked after that was taken back")
		}
		if act != "move" {
			wantAsItWas(t, "taken back", list[i:i+1], was[i])
		}
	}
}

// wantAsItWas checks that one element lies where it lay.
func wantAsItWas(t *testing.T, what string, list []element, was element) {
	t.Helper()
	if len(list) != 1 {
		t.Fatalf("%s: %d elements, want one", what, len(list))
	}
	e := list[0]
	wantPlace(t, what, e, was.X, was.Y, e.W, e.H)
	if e.Kind != "text" && e.Kind != "stroke" && (!near(e.W, was.W) || !near(e.H, was.H)) {
		t.Errorf("%s: it is %v by %v, was %v by %v", what, e.W, e.H, was.W, was.H)
	}
	if !near(e.Angle, was.Angle) {
		t.Errorf("%s: it is turned by %v, was by %v", what, e.Angle, was.Angle)
	}
}

// beside is a place without elements. A click there makes the next one no second one
// of a double click.
var beside = [2]float64{760, 330}

// meetAtShape: what an arrow's end is over is another's meanwhile.
func meetAtShape(ann, ben *page, scribe *scribe) {
	t := ann.t
	for _, act := range []string{"move", "delete", "lock"} {
		scribe.write(func(edit *board.Edit) {
			place(edit, board.KindArrow, 300, 150, 60, 30)
			paper(edit, 480, 200, 120, 100)
		})
		for _, p := range []*page{ann, ben} {
			p.key("v")
			p.waitFor("both are there", `edgeboard.elements() === 2`)
		}
		ann.clickAt(0, [2]float64{330, 165}, 1)
		ann.pull(0, [2]float64{360, 180}, [2]float64{440, 220}, [2]float64{520, 240})
		ben.waitFor("the other one sees it", someDrafted)
		ben.clickAt(0, beside, 1)
		ben.clickAt(0, [2]float64{560, 280}, 1)
		id := ben.selected()
		acts[act](ben)
		ann.waitFor("it has come to Ann", map[string]string{
			"delete": `edgeboard.elements() === 1`,
			"lock":   `edgeboard.figures().some(f => f.locked)`,
			"move":   `edgeboard.figures().some(f => f.kind === "rectangle" && f.x === 490)`,
		}[act])
		ann.let(0, [2]float64{520, 240})
		ann.stored()
		same(ann, ben)
		arrow := ann.list()[0]
		switch {
		case len(id) != 1:
			t.Fatalf("Ben has selected %v", id)
		case act == "delete" && (arrow.End != "" || !near(arrow.To[0], 520) && arrow.To[0] > 480):
			t.Errorf("the shape was deleted: the arrow ends at %v, bound to %q", arrow.To, arrow.End)
		case act != "delete" && arrow.End != id[0]:
			t.Errorf("%s: the arrow is bound to %q, want %q", act, arrow.End, id[0])
		}
		ann.key("z", ctrl)
		ann.stored()
		same(ann, ben)
		if arrow = ann.list()[0]; !near(arrow.To[0], 360) || !near(arrow.To[1], 180) || arrow.End != "" {
			t.Errorf("%s, taken back: the arrow ends at %v, bound to %q", act, arrow.To, arrow.End)
		}
		scribe.clear()
		ann.waitFor("the board is empty", `edgeboard.elements() === 0`)
		ben.waitFor("the board is empty", `edgeboard.elements() === 0`)
	}
}

// wantNoPanic checks that nothing was thrown in a page, and that it goes on.
func (p *page) wantNoPanic() {
	p.t.Helper()
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, line := range p.console {
		if strings.Contains(line, "panic") || strings.Contains(line, "fatal error") || strings.Contains(line, "Error:") {
			p.t.Errorf("the page has thrown: %s", line)
		}
	}
}
