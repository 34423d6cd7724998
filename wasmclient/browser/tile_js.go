//go:build js

package browser

import (
	"slices"
	"strconv"
	"strings"
	"syscall/js"
	"time"

	"edgeboard/shared/geom"
	"edgeboard/shared/tile"
)

// Tile is the controls of a tile of live data: a bar over the one that is selected, and
// the panel that says what it shows and how. The callbacks are called on goroutines of
// their own: a field may give up the focus while the board is in use.
type Tile struct {
	// Change is called with a change of the settings of a tile, by its ID.
	Change  func(id string, change func(s *tile.Settings))
	Retitle func(id, title string)
	Setup   func(open bool) // the panel is asked for, or no longer
	Values  func()          // the last values are asked for
	Access  *Access         // which feeds there are

	shown  TileState
	was    bool // there was one
	picker feedPicker
	parts  []js.Value // that only some charts have
	charts []js.Value // the nine choices
	steps  []js.Value // lines, one for each threshold
}

// TileState is what is shown of the tile that is selected.
type TileState struct {
	ID       string   // "": none is selected
	Box      geom.Box // of the tile, in CSS pixels; the bar is hidden while it is empty
	Locked   bool
	Setup    bool // the panel is shown
	Title    string
	Settings tile.Settings
	Last     []string // beside each of Settings.Feeds, what it has
	Example  float64  // a number that the tile may show
}

func (s *TileState) equal(t *TileState) bool {
	return s.ID == t.ID && s.Box == t.Box && s.Locked == t.Locked && s.Setup == t.Setup && s.Title == t.Title &&
		s.Example == t.Example && slices.Equal(s.Last, t.Last) && sameSettings(&s.Settings, &t.Settings)
}

func sameSettings(s, t *tile.Settings) bool {
	a, b := *s, *t
	a.Feeds, a.Steps, b.Feeds, b.Steps = nil, nil, nil, nil
	return slices.Equal(s.Feeds, t.Feeds) && slices.Equal(s.Steps, t.Steps) &&
		a.Chart == b.Chart && a.Unit == b.Unit && a.Decimals == b.Decimals && a.Bounded == b.Bounded && a.Min == b.Min && a.Max == b.Max &&
		a.Window == b.Window && a.Below == b.Below && a.Stale == b.Stale
}

// Listen begins to call the callbacks.
func (t *Tile) Listen() {
	listen(element("tile-setup"), "click", func(js.Value) { go t.Setup(!t.shown.Setup) })
	listen(element("tile-values"), "click", func(js.Value) { go t.Values() })
	listen(element("tile-close"), "click", func(js.Value) { t.close() })
	listenActive(element("tile"), "keydown", func(e js.Value) {
		if e.Get("key").String() == "Escape" && !e.Get("isComposing").Bool() && !e.Get("defaultPrevented").Bool() {
			e.Call("preventDefault")
			t.close()
		}
	})
	listenActive(element("tile-form"), "submit", func(e js.Value) { e.Call("preventDefault") })
	listen(element("tile-form"), "change", t.changed)
	listen(element("tile-unit"), "input", func(js.Value) { t.showExample() })
	listen(element("tile-step-add"), "click", func(js.Value) { t.addStep() })
	listen(element("tile-step-list"), "click", func(e js.Value) {
		if b := closest(e, "button"); !b.IsNull() {
			t.removeStep(t.stepOf(b))
		}
	})
	t.parts, t.charts = elements("#tile [data-charts]"), elements("#tile-charts input")
	decimals := element("tile-decimals")
	values, names := []string{"-1"}, []string{Text("tile.as-needed")}
	for n := range 7 {
		values, names = append(values, strconv.Itoa(n)), append(names, strconv.Itoa(n))
	}
	choices(decimals, values, names, "-1")
	for id, list := range map[string][]time.Duration{"tile-window": windows[:], "tile-stale": stales[:]} {
		for _, d := range list {
			offerOption(element(id), spanValue(d), spanText(Language(), d))
		}
	}
	t.picker.listen(t)
}

// Open gives the panel the focus: where data is chosen, but where that would bring up a
// keyboard over half of it.
func (t *Tile) Open() {
	to := "tile-feed"
	if window.Call("matchMedia", "(pointer: coarse)").Get("matches").Bool() {
		to = "tile-heading"
	}
	element(to).Call("focus")
}

func (t *Tile) close() {
	focusSurface()
	go t.Setup(false)
}

func spanValue(d time.Duration) string { return strconv.FormatInt(d.Milliseconds(), 10) }

// offerOption makes a choice of a select, if it has none of that value.
func offerOption(to js.Value, value, name string) {
	list := to.Get("options")
	for i := range list.Length() {
		if list.Index(i).Get("value").String() == value {
			return
		}
	}
	choices(to, []string{value}, []string{name}, to.Get("value").String())
}

// change asks for a change of the tile that is shown.
func (t *Tile) change(f func(s *tile.Settings)) { go t.Change(t.shown.ID, f) }

// changed hears of a field that has another value.
func (t *Tile) changed(e js.Value) {
	control := e.Get("target")
	value := control.Get("value").String()
	if control.Get("name").Equal(js.ValueOf("tile-chart")) {
		n, _ := strconv.Atoi(value)
		t.change(func(s *tile.Settings) { s.Chart = tile.Chart(n) })
		return
	}
	whole, _ := strconv.ParseInt(value, 10, 64)
	span := time.Duration(whole) * time.Millisecond
	switch control.Get("id").String() {
	case "tile-title":
		go t.Retitle(t.shown.ID, value)
	case "tile-unit":
		unit := strings.TrimSpace(value)
		for len(unit) > tile.MaxUnit {
			unit = unit[:len(unit)-1]
		}
		unit = strings.ToValidUTF8(unit, "")
		t.change(func(s *tile.Settings) { s.Unit = unit })
	case "tile-decimals":
		t.change(func(s *tile.Settings) { s.Decimals = int(whole) })
	case "tile-window":
		t.change(func(s *tile.Settings) { s.Window = span })
	case "tile-stale":
		t.change(func(s *tile.Settings) { s.Stale = span })
	case "tile-min", "tile-max":
		t.bound()
	case "tile-below":
		t.change(func(s *tile.Settings) { s.Below = value != "" })
	default:
		if at := t.stepOf(control); at >= 0 {
			t.changeStep(at, control)
		}
	}
}

// bound takes the ends of the axis, once both are there and in order; or neither.
func (t *Tile) bound() {
	low, ok := number(element("tile-min").Get("value").String())
	high, also := number(element("tile-max").Get("value").String())
	wrong := ""
	switch {
	case ok && also && low < high:
		t.change(func(s *tile.Settings) { s.Min, s.Max, s.Bounded = low, high, true })
	default:
		if ok || also {
			wrong = Text("tile.bounds")
		}
		t.change(func(s *tile.Settings) { s.Bounded = false })
	}
	setText(element("tile-bounds"), wrong)
}

// Show shows the controls of the tile that is selected.
func (t *Tile) Show(s TileState) {
	if t.was && s.equal(&t.shown) {
		return
	}
	before, other := t.shown, !t.was || s.ID != t.shown.ID
	t.shown, t.was = s, true
	t.showBar()
	panel := element("tile")
	open := s.ID != "" && s.Setup && !s.Locked
	if !open {
		if !panel.Get("hidden").Bool() {
			yield(panel, false)
			t.picker.close()
		}
		return
	}
	opens := panel.Get("hidden").Bool()
	all := opens || other
	hide(panel, false)
	if all {
		t.picker.reset()
		setText(element("tile-bounds"), "")
	}
	if all || s.Title != before.Title {
		t.set("tile-title", s.Title, all)
	}
	if all || !slices.Equal(s.Settings.Feeds, before.Settings.Feeds) || !slices.Equal(s.Last, before.Last) {
		t.picker.show(s.Settings.Feeds, s.Last)
	}
	if all || !sameSettings(&s.Settings, &before.Settings) {
		t.showSettings(all)
	}
	t.showExample()
}

func (t *Tile) showBar() {
	s, bar := &t.shown, element("tile-bar")
	shown := s.ID != "" && !s.Box.Empty()
	yield(bar, shown)
	if shown {
		hide(element("tile-setup"), s.Locked)
		hide(one("#tile-bar .line"), s.Locked)
		expand(element("tile-setup"), s.Setup)
		over(bar, s.Box)
	}
}

// set gives a field a value, unless somebody is at it.
func (t *Tile) set(id, value string, all bool) {
	field := element(id)
	if field.Get("value").String() != value && (all || !field.Equal(document.Get("activeElement"))) {
		field.Set("value", value)
	}
}

func (t *Tile) showSettings(all bool) {
	s := &t.shown.Settings
	for i, radio := range t.charts {
		radio.Set("checked", i == int(s.Chart))
	}
	chart := strconv.Itoa(int(s.Chart))
	for _, part := range t.parts {
		hide(part, !slices.Contains(strings.Fields(data(part, "charts")), chart))
	}
	t.set("tile-unit", s.Unit, all)
	decimals := strconv.Itoa(s.Decimals)
	offerOption(element("tile-decimals"), decimals, decimals)
	t.set("tile-decimals", decimals, true)
	for id, d := range map[string]time.Duration{"tile-window": s.Window, "tile-stale": s.Stale} {
		offerOption(element(id), spanValue(d), spanText(Language(), d))
		t.set(id, spanValue(d), true)
	}
	low, high := "", ""
	if s.Bounded {
		low, high = Exact(s.Min), Exact(s.Max)
	}
	if s.Bounded || all { // what is half written is left alone
		t.set("tile-min", low, all)
		t.set("tile-max", high, all)
	}
	below := ""
	if s.Below {
		below = "1"
	}
	t.set("tile-below", below, true)
	t.showSteps()
}

// showExample shows what a number looks like, in the unit that is being typed.
func (t *Tile) showExample() {
	s := t.shown.Settings
	s.Unit = strings.TrimSpace(element("tile-unit").Get("value").String())
	text := ""
	if from, to := Exact(t.shown.Example), s.Format(t.shown.Example); from != to {
		text = Text("tile.example", from, to)
	}
	setText(element("tile-example"), text)
}
