//go:build js

package browser

import (
	"slices"
	"strconv"
	"syscall/js"

	"edgeboard/shared/tile"
)

// showSteps shows the thresholds, each in a line: colour, value, whether people are told,
// and how to be rid of it.
func (t *Tile) showSteps() {
	list := t.shown.Settings.Steps
	for len(t.steps) > len(list) {
		last := t.steps[len(t.steps)-1]
		t.steps = t.steps[:len(t.steps)-1]
		if last.Call("contains", document.Get("activeElement")).Bool() {
			element("tile-step-add").Call("focus")
		}
		last.Call("remove")
	}
	for len(t.steps) < len(list) {
		line := shape("tile-step-shape")
		n := strconv.Itoa(len(t.steps) + 1)
		for selector, text := range map[string]string{
			"[type=color]": Text("tile.step-color", n), "[type=number]": Text("tile.step-value", n), "button": Text("tile.step-remove", n),
		} {
			label(line.Call("querySelector", selector), text)
		}
		setText(line.Call("querySelector", ".name"), Text("tile.step-tell", n))
		element("tile-step-list").Call("append", line)
		t.steps = append(t.steps, line)
	}
	for i, step := range list {
		color, at, tell := t.stepFields(i)
		if hex := Hex(step.Color); color.Get("value").String() != hex {
			color.Set("value", hex)
		}
		if v, ok := number(at.Get("value").String()); !ok || v != step.At {
			at.Set("value", Exact(step.At))
		}
		tell.Set("checked", step.Alert)
	}
	element("tile-step-add").Set("disabled", len(list) == tile.MaxSteps)
	hide(element("tile-below"), len(list) == 0)
}

func (t *Tile) stepFields(at int) (color, value, tell js.Value) {
	list := t.steps[at].Call("querySelectorAll", "input")
	return list.Index(0), list.Index(1), list.Index(2)
}

// stepOf returns which threshold a control is of, -1 if it is of none.
func (t *Tile) stepOf(control js.Value) int {
	return slices.IndexFunc(t.steps, func(line js.Value) bool { return line.Call("contains", control).Bool() })
}

// changeStep takes what the line of a threshold says. As they stand in the order of their
// values, another line may be the one that was changed, and gets the focus.
func (t *Tile) changeStep(i int, control js.Value) {
	color, value, tell := t.stepFields(i)
	at, ok := number(value.Get("value").String())
	if !ok { // it has to be one
		value.Set("value", Exact(t.shown.Settings.Steps[i].At))
		return
	}
	c, _ := strconv.ParseUint(color.Get("value").String()[1:], 16, 24)
	step := tile.Step{At: at, Color: uint32(c), Alert: tell.Get("checked").Bool()}
	was := t.shown.Settings.Steps[i]
	id := t.shown.ID
	go func() {
		t.Change(id, func(s *tile.Settings) {
			if i := slices.Index(s.Steps, was); i >= 0 {
				s.Steps[i] = step
			}
		})
		if now := slices.Index(t.shown.Settings.Steps, step); now >= 0 && now != i && now < len(t.steps) && control.Equal(document.Get("activeElement")) {
			_, value, _ := t.stepFields(now)
			value.Call("focus")
		}
	}()
}

func (t *Tile) addStep() {
	step := nextStep(&t.shown.Settings, t.shown.Example)
	id := t.shown.ID
	go func() {
		t.Change(id, func(s *tile.Settings) { s.Steps = append(s.Steps, step) })
		if i := slices.Index(t.shown.Settings.Steps, step); i >= 0 && i < len(t.steps) {
			_, value, _ := t.stepFields(i)
			value.Call("select")
			value.Call("focus")
		}
	}()
}

func (t *Tile) removeStep(i int) {
	if i < 0 || i >= len(t.shown.Settings.Steps) {
		return
	}
	gone := t.shown.Settings.Steps[i]
	t.change(func(s *tile.Settings) {
		if i := slices.Index(s.Steps, gone); i >= 0 {
			s.Steps = slices.Delete(s.Steps, i, i+1)
		}
	})
}
