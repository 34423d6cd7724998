//go:build js

package browser

import (
	"slices"
	"strconv"
	"strings"
	"syscall/js"
)

// stylePanel is the panel of colours and lines, and of what is done with the
// selection as a whole.
type stylePanel struct {
	panels   *Panels
	panel    js.Value
	sections []section
	choices  []*choice
	opacity  js.Value
	percent  js.Value // what the slider says, in words
	sliding  string   // the key of what is being slid, "" if nothing is
	broad    []string // thicknesses of a highlighter, in the order of those of a pen
	// remembered is what this device has, by key.
	remembered map[string]string
	commands   map[string]js.Value
	several    []js.Value // rows that are of use for two elements and more
}

// section is a part of the panel that is there for what has any of some
// attributes.
type section struct {
	element js.Value
	has     Attributes
}

// choice is one of several values, each a button; of colours there is a field for
// all others.
type choice struct {
	has     Attributes
	key     string // of Panels.Style
	buttons []js.Value
	values  []string
	custom  js.Value // undefined if there is none
	pressed int      // -1: none; len(buttons): the field
}

// styleChoices are the attributes that are chosen by buttons, and the names of their
// values in the HTML.
var styleChoices = [...]struct{ key, data string }{
	{StyleColor, "color"},
	{StyleFill, "fill"},
	{StyleThickness, "width"},
	{StyleDash, "dash"},
	{StyleFont, "font"},
	{StyleAlign, "align"},
	{StyleHeads, "heads"},
}

func (y *stylePanel) listen(p *Panels) {
	*y = stylePanel{panels: p, panel: element("style"), opacity: element("opacity"), percent: one("#style output"), commands: map[string]js.Value{}, remembered: map[string]string{}}
	for _, c := range styleChoices {
		y.choices = append(y.choices, y.listenChoice(attributeOf(c.key), c.key, c.data))
	}
	for _, e := range elements("#style [data-has]") {
		s := section{element: e}
		for name := range strings.FieldsSeq(e.Get("dataset").Get("has").String()) {
			s.has |= attributeOf(name)
		}
		y.sections = append(y.sections, s)
	}
	for _, e := range elements("#style [data-command]") {
		y.commands[commandOf(e)] = e
	}
	y.several = elements("#style [data-several]")
	y.listenSlide(y.opacity, StyleOpacity, func() string {
		percent, _ := strconv.Atoi(y.opacity.Get("value").String())
		return decimal(float64(percent) / 100)
	})
	listen(y.opacity, "pointerup", func(js.Value) { focusSurface() }) // as all that is clicked
	y.paint()
	listen(darkQuery(), "change", func(js.Value) { y.paint() })
}

func (y *stylePanel) listenChoice(has Attributes, key, data string) *choice {
	c := &choice{has: has, key: key, pressed: -1, custom: js.Undefined(), buttons: elements("[data-" + data + "]")}
	names := y.panels.Texts.Styles[key]
	for i, b := range c.buttons {
		value := b.Get("dataset").Get(data).String()
		if key == StyleThickness {
			width, _ := strconv.ParseFloat(value, 64)
			y.broad = append(y.broad, decimal(width*broader))
		}
		c.values = append(c.values, value)
		label(b, names[i])
		listen(b, "click", func(js.Value) {
			value := value
			if key == StyleThickness && y.panels.state.broad() {
				value = y.broad[i]
			}
			y.panels.Style(key, value)
		})
	}
	setAttr(c.buttons[0].Get("parentElement"), "aria-label", y.panels.Texts.StyleKeys[key])
	for _, input := range elements("[data-custom=" + data + "]") {
		c.custom = input
		label(input, y.panels.Texts.OtherColor)
		y.listenSlide(input, key, func() string { return input.Get("value").String() })
	}
	return c
}

// listenSlide makes an input that has many values on its way set a style, as one
// change.
func (y *stylePanel) listenSlide(input js.Value, key string, value func() string) {
	listen(input, "input", func(js.Value) {
		if y.sliding == "" {
			y.sliding = key
			y.panels.StyleBegin()
		}
		y.panels.Style(key, value())
	})
	listen(input, "change", func(js.Value) {
		if y.sliding == "" {
			return
		}
		y.sliding = ""
		y.panels.StyleEnd()
	})
}

// remember keeps on this device how what is made next looks, but for what is
// highlighted and for notes, which have a look of their own.
func (y *stylePanel) remember(s *State) {
	if s.Selected > 0 || s.Tool == "highlighter" || s.Tool == "note" || y.sliding != "" {
		return
	}
	for _, key := range styleKeys {
		if value := s.Style.value(key); s.Has&attributeOf(key) != 0 && y.remembered[key] != value {
			y.remembered[key] = value
			Remember("style."+key, value)
		}
	}
}

// restore sets the style that this device remembers.
func (y *stylePanel) restore() {
	for _, key := range styleKeys {
		if value := Remembered("style." + key); value != "" {
			y.remembered[key] = value
			y.panels.Style(key, value)
		}
	}
}

func (y *stylePanel) show(s, before *State, first bool) {
	if !first && s.Tool == before.Tool && s.Has == before.Has && s.Mixed == before.Mixed && s.Style == before.Style &&
		s.Selected == before.Selected && s.Locked == before.Locked && s.Grouped == before.Grouped {
		return
	}
	if first || s.Has != before.Has {
		y.panel.Set("hidden", s.Has == 0)
		for _, p := range y.sections {
			p.element.Set("hidden", s.Has&p.has == 0)
		}
		for _, c := range y.choices { // two may share a section
			c.buttons[0].Get("parentElement").Set("hidden", s.Has&c.has == 0)
		}
	}
	for _, c := range y.choices {
		if s.Has&c.has != 0 {
			value := s.Style.value(c.key)
			if c.key == StyleThickness && s.broad() {
				value = decimal(s.Style.Thickness / broader)
			}
			c.show(value, s.Mixed&c.has != 0)
		}
	}
	if s.Has&HasOpacity != 0 && y.sliding != StyleOpacity {
		y.showOpacity(s)
	} else if s.Has&HasOpacity != 0 {
		setText(y.percent, percent(s.Style.Opacity))
	}
	if s.Has&HasColor != 0 {
		y.paintButton()
	}
	if s.Has&HasOrder != 0 {
		y.showCommands(s)
	}
}

func (y *stylePanel) showOpacity(s *State) {
	text := ""
	if s.Mixed&HasOpacity == 0 {
		text = percent(s.Style.Opacity)
	}
	setText(y.percent, text)
	if v := strconv.Itoa(int(s.Style.Opacity*100 + 0.5)); y.opacity.Get("value").String() != v {
		y.opacity.Set("value", v)
	}
}

func percent(share float64) string { return strconv.Itoa(int(share*100+0.5)) + " %" }

// showCommands lets those commands be pressed that would do something.
func (y *stylePanel) showCommands(s *State) {
	for _, row := range y.several {
		row.Set("hidden", s.Selected < 2)
	}
	for name, b := range y.commands {
		enabled := !s.Locked
		switch name {
		case "group":
			enabled = enabled && s.Selected > 1
		case "ungroup":
			enabled = enabled && s.Grouped
		case "distribute-x", "distribute-y":
			enabled = enabled && s.Selected > 2
		case "unlock":
			enabled = s.Locked
		}
		if b.Get("disabled").Bool() == enabled {
			b.Set("disabled", !enabled)
		}
	}
}

// show presses the button of a value, or none.
func (c *choice) show(value string, mixed bool) {
	pressed := -1
	if !mixed {
		pressed = slices.Index(c.values, value)
		if pressed < 0 && !c.custom.IsUndefined() {
			pressed = len(c.buttons)
		}
	}
	if pressed == len(c.buttons) && c.custom.Get("value").String() != value {
		c.custom.Set("value", value)
		paintSwatch(c.custom.Get("parentElement"), value)
	}
	if pressed == c.pressed {
		return
	}
	for i, on := range [...]int{c.pressed, pressed} {
		switch {
		case on < 0:
		case on < len(c.buttons):
			setPressed(c.buttons[on], i == 1)
		default:
			c.custom.Get("parentElement").Get("classList").Call("toggle", "chosen", i == 1)
		}
	}
	c.pressed = pressed
}

// paint gives swatches the colours that they have on the board.
func (y *stylePanel) paint() {
	y.paintButton()
	for _, c := range y.choices {
		if c.custom.IsUndefined() {
			continue
		}
		paintSwatch(c.custom.Get("parentElement"), c.custom.Get("value").String())
		for i, b := range c.buttons {
			paintSwatch(b, c.values[i])
		}
	}
}

// paintButton gives the button of the panel the colour that is chosen in it.
func (y *stylePanel) paintButton() {
	paintSwatch(one("#style-button .swatch"), y.panels.state.Style.value(StyleColor))
}

func paintSwatch(e js.Value, color string) { e.Get("style").Call("setProperty", "--c", paper(color)) }

// paper returns how a colour is seen on the board: in the dark greys are turned
// round, as package view does it.
func paper(color string) string {
	c, err := strconv.ParseUint(strings.TrimPrefix(color, "#"), 16, 24)
	if err != nil {
		return "transparent" // none
	}
	r, g, b := c>>16, c>>8&0xff, c&0xff
	if max(r, g, b)-min(r, g, b) < 16 && Dark() {
		c = 0xffffff - c
	}
	return hex(uint32(c))
}
