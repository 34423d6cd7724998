//go:build js

package browser

import (
	"strconv"
	"strings"
	"syscall/js"

	"edgeboard/shared/figure"
)

// stylePanel is the panel of colours and lines, and of what is done with the
// selection as a whole.
type stylePanel struct {
	panels   *Panels
	panel    js.Value
	parts    []part
	choices  []*choice
	opacity  js.Value
	percent  js.Value // what the slider says, in words
	commands []js.Value
	sliding  bool      // something is being slid
	kept     [8]string // what this device remembers, by styleKeys
}

// part is a section of the panel, which is there for what has any of some
// attributes.
type part struct {
	element js.Value
	has     figure.Attributes
}

// choice is one of several values, each a button; of colours there is a field for
// all others.
type choice struct {
	attribute int // of styleKeys
	group     js.Value
	buttons   []js.Value
	values    []string
	custom    js.Value // null if there is none
	pressed   int      // -1: none; len(buttons): the field
}

func (y *stylePanel) listen(p *Panels) {
	*y = stylePanel{panels: p, panel: element("style"), opacity: element("opacity"), percent: one("#style output"), commands: elements("#style [data-command]")}
	for i, key := range styleKeys {
		if key != StyleOpacity {
			y.choices = append(y.choices, y.listenChoice(i, key))
		}
	}
	for _, e := range elements("#style [data-has]") {
		s := part{element: e}
		for name := range strings.FieldsSeq(data(e, "has")) {
			s.has |= attributeOf(name)
		}
		y.parts = append(y.parts, s)
	}
	y.listenSlide(y.opacity, StyleOpacity)
	listen(y.opacity, "pointerup", func(js.Value) { focusSurface() }) // the keys are the board's again
	y.paint()
	listen(darkQuery(), "change", func(js.Value) { y.paint() })
	settingChanged = append(settingChanged, y.paint)
}

func (y *stylePanel) listenChoice(attribute int, key string) *choice {
	name := key
	if key == StyleThickness {
		name = "width"
	}
	c := &choice{attribute: attribute, pressed: -1, buttons: elements("#style [data-" + name + "]")}
	c.group = c.buttons[0].Get("parentElement")
	for _, b := range c.buttons {
		value := data(b, name)
		c.values = append(c.values, value)
		listen(b, "click", func(js.Value) {
			value := value
			if key == StyleThickness && y.panels.state.broad() {
				value = broad(value)
			}
			y.panels.Style(key, value)
		})
	}
	if c.custom = c.group.Call("querySelector", "input"); !c.custom.IsNull() {
		y.listenSlide(c.custom, key)
	}
	return c
}

// listenSlide makes an input that has many values on its way set a style, as one
// change.
func (y *stylePanel) listenSlide(input js.Value, key string) {
	listen(input, "input", func(js.Value) {
		if !y.sliding {
			y.sliding = true
			y.panels.StyleBegin()
		}
		value := input.Get("value").String()
		if key == StyleOpacity {
			percent, _ := strconv.Atoi(value)
			value = decimal(float64(percent) / 100)
		}
		y.panels.Style(key, value)
	})
	listen(input, "change", func(js.Value) {
		if y.sliding {
			y.sliding = false
			y.panels.StyleEnd()
		}
	})
}

// remember keeps on this device how what is made next looks, but for what is
// highlighted and for notes, which have a look of their own.
func (y *stylePanel) remember(s *State) {
	if s.Selected > 0 || s.Tool == "highlighter" || s.Tool == "note" || y.sliding {
		return
	}
	for i, key := range styleKeys {
		if value := s.value(i); s.Has&(1<<i) != 0 && y.kept[i] != value {
			y.kept[i] = value
			Remember("style."+key, value)
		}
	}
}

// restore sets the style that this device remembers.
func (y *stylePanel) restore() {
	for i, key := range styleKeys {
		if value := Remembered("style." + key); value != "" {
			y.kept[i] = value
			y.panels.Style(key, value)
		}
	}
}

func (y *stylePanel) show(s *State) {
	hide(y.panel, s.Has == 0)
	toggle(y.panel, "locked", s.Locked)
	for _, p := range y.parts {
		hide(p.element, s.Has&p.has == 0)
	}
	for _, c := range y.choices {
		has := s.Has&(1<<c.attribute) != 0
		hide(c.group, !has) // two may share a section
		if !has {
			continue
		}
		value := s.value(c.attribute)
		if styleKeys[c.attribute] == StyleThickness && s.broad() {
			value = decimal(s.Style.Thickness / broader)
		}
		c.show(value, s.Mixed&(1<<c.attribute) != 0)
	}
	percent := strconv.Itoa(int(s.Style.Opacity*100 + 0.5))
	if !y.sliding {
		y.opacity.Set("value", percent)
	}
	percent += " %"
	if s.Mixed&figure.HasOpacity != 0 {
		percent = ""
	}
	setText(y.percent, percent)
	paintSwatch(one("#style-button .swatch"), s.value(0))
	for _, b := range y.commands {
		b.Set("disabled", !makesSense(commandOf(b), s))
	}
}

// show presses the button of a value, or none.
func (c *choice) show(value string, mixed bool) {
	pressed := -1
	for i, v := range c.values {
		if v == value {
			pressed = i
		}
	}
	if pressed < 0 && !c.custom.IsNull() {
		pressed = len(c.values)
		c.custom.Set("value", value)
		paintSwatch(c.custom.Get("parentElement"), value)
	}
	if mixed {
		pressed = -1
	}
	if pressed == c.pressed {
		return
	}
	c.press(c.pressed, false)
	c.press(pressed, true)
	c.pressed = pressed
}

func (c *choice) press(i int, pressed bool) {
	if i >= 0 && i < len(c.buttons) {
		setPressed(c.buttons[i], pressed)
	} else if i >= 0 {
		toggle(c.custom.Get("parentElement"), "chosen", pressed)
	}
}

// paint gives swatches the colours that they have on the board.
func (y *stylePanel) paint() {
	paintSwatch(one("#style-button .swatch"), y.panels.state.value(0))
	for _, c := range y.choices {
		if c.custom.IsNull() {
			continue
		}
		paintSwatch(c.custom.Get("parentElement"), c.custom.Get("value").String())
		for i, b := range c.buttons {
			paintSwatch(b, c.values[i])
		}
	}
}

// paintSwatch shows how a colour is seen on the board: in the dark greys are
// turned round, as package view does it.
func paintSwatch(e js.Value, color string) {
	shown := "transparent" // none
	if c, err := strconv.ParseUint(strings.TrimPrefix(color, "#"), 16, 24); err == nil {
		r, g, b := c>>16, c>>8&0xff, c&0xff
		if max(r, g, b)-min(r, g, b) < 16 && Dark() {
			c = 0xffffff - c
		}
		shown = Hex(uint32(c))
	}
	e.Get("style").Call("setProperty", "--c", shown)
}
