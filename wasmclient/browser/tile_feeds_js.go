//go:build js

package browser

import (
	"context"
	"slices"
	"strconv"
	"syscall/js"

	"edgeboard/shared/feed"
	"edgeboard/shared/tile"
)

// feedPicker is where the feeds of a tile are chosen: those that it has, and a field in
// which others are looked for among those of the board.
type feedPicker struct {
	tile   *Tile
	field  js.Value
	list   js.Value
	feeds  []FeedInfo // of the board
	asked  float64    // when the relay was asked for them
	failed bool
	offers []feedOffer // as they are shown; nil: the list is closed
	lines  []js.Value  // of them
	at     int         // which of them is meant by Enter, -1: none
	chosen []js.Value  // the lines of those that the tile has
	speech Speech
}

// feedsAge is how old a list of feeds may be that is offered, in milliseconds.
const feedsAge = 3000

func (f *feedPicker) listen(t *Tile) {
	f.tile, f.field, f.list, f.at = t, element("tile-feed"), element("tile-found"), -1
	listen(f.field, "focus", func(js.Value) { f.ask(); f.open() })
	listen(f.field, "input", func(js.Value) { f.ask(); f.at = -1; f.tell(""); f.open() })
	listen(f.field, "click", func(js.Value) { f.open() })
	listen(f.field, "blur", func(js.Value) { f.close() })
	listenActive(f.field, "keydown", f.key)
	listenActive(f.list, "mousedown", func(e js.Value) { e.Call("preventDefault") }) // the field keeps the focus
	listen(f.list, "click", func(e js.Value) {
		line := closest(e, "li")
		if i := slices.IndexFunc(f.lines, line.Equal); i >= 0 {
			f.add(f.offers[i].Pattern)
		}
	})
	listen(element("tile-feeds"), "click", func(e js.Value) {
		b := closest(e, "button")
		if b.IsNull() {
			return
		}
		if i := slices.IndexFunc(f.chosen, func(line js.Value) bool { return line.Call("contains", b).Bool() }); i >= 0 {
			f.remove(i)
		}
	})
}

// reset empties the field: another tile is shown.
func (f *feedPicker) reset() {
	f.field.Set("value", "")
	f.tell("")
	f.close()
	f.ask()
}

// ask asks for the feeds of the board, unless that was done just now.
func (f *feedPicker) ask() {
	if now := Now(); f.asked != 0 && now-f.asked < feedsAge {
		return
	}
	f.asked = Now()
	go func() {
		feeds, err := f.tile.Access.ReadFeeds()
		if f.failed = err != nil; f.failed {
			println("asking for feeds:", err.Error())
		} else {
			f.feeds = feeds
		}
		hide(element("tile-publish"), f.failed || len(feeds) > 0)
		setText(one("#tile-publish code"), publishText(window.Get("location").Get("origin").String(), escape(Board()), f.tile.Access.Last().Open))
		if f.offers != nil || f.field.Equal(document.Get("activeElement")) {
			f.open()
		}
	}()
}

func (f *feedPicker) tell(text string) { setText(element("tile-feed-hint"), text) }

func (f *feedPicker) open() {
	query := f.field.Get("value").String()
	before := ""
	if f.at >= 0 && f.at < len(f.offers) {
		before = f.offers[f.at].Pattern
	}
	f.offers = feedOffers(Language(), f.feeds, f.tile.shown.Settings.Feeds, query)
	f.at = slices.IndexFunc(f.offers, func(o feedOffer) bool { return o.Pattern == before })
	if f.failed && len(f.feeds) == 0 {
		f.tell(Text("tile.feed-late"))
	}
	for _, line := range f.lines {
		line.Call("remove")
	}
	f.lines = f.lines[:0]
	for i, o := range f.offers {
		line := shape("tile-found-shape")
		line.Set("id", "tile-found-"+strconv.Itoa(i))
		setText(line.Get("firstElementChild"), o.Text)
		setText(line.Get("lastElementChild"), o.Last)
		f.list.Call("append", line)
		f.lines = append(f.lines, line)
	}
	f.mark()
	hide(f.list, len(f.offers) == 0)
	expand(f.field, len(f.offers) > 0)
}

func (f *feedPicker) close() {
	f.offers, f.at = nil, -1
	hide(f.list, true)
	expand(f.field, false)
	f.field.Call("removeAttribute", "aria-activedescendant")
}

// mark shows which line is meant.
func (f *feedPicker) mark() {
	for i, line := range f.lines {
		setAttr(line, "aria-selected", strconv.FormatBool(i == f.at))
	}
	if f.at < 0 {
		f.field.Call("removeAttribute", "aria-activedescendant")
		return
	}
	setAttr(f.field, "aria-activedescendant", "tile-found-"+strconv.Itoa(f.at))
	f.lines[f.at].Call("scrollIntoView", map[string]any{"block": "nearest"})
}

func (f *feedPicker) key(e js.Value) {
	if e.Get("isComposing").Bool() {
		return
	}
	n := len(f.offers)
	switch key := e.Get("key").String(); {
	case key == "ArrowDown" && n == 0:
		f.open()
	case key == "ArrowDown":
		f.at = (f.at + 1) % n
		f.mark()
	case key == "ArrowUp" && n > 0:
		f.at = (max(f.at, 0) + n - 1) % n
		f.mark()
	case key == "Enter" && f.at >= 0:
		f.add(f.offers[f.at].Pattern)
	case key == "Enter":
		if text := f.field.Get("value").String(); text != "" {
			f.add(text)
		}
	case key == "Escape" && n > 0:
		f.close()
	case key == "Backspace" && f.field.Get("value").String() == "" && !e.Get("repeat").Bool() && len(f.chosen) > 0:
		f.remove(len(f.chosen) - 1)
	default:
		return
	}
	e.Call("preventDefault")
}

// add makes the tile show a feed, or those that a pattern means.
func (f *feedPicker) add(pattern string) {
	chosen := f.tile.shown.Settings.Feeds
	switch {
	case !feed.ValidPattern(pattern):
		f.tell(Text("tile.feed-name"))
		return
	case len(chosen) == tile.MaxFeeds:
		f.tell(Text("tile.feed-most", strconv.Itoa(tile.MaxFeeds)))
		return
	}
	f.field.Set("value", "")
	f.at = -1
	f.tell("")
	f.speech.Say(Text("tile.feed-added", pattern))
	f.close()
	f.tile.change(func(s *tile.Settings) {
		if !slices.Contains(s.Feeds, pattern) {
			s.Feeds = append(s.Feeds, pattern)
		}
	})
}

func (f *feedPicker) remove(i int) {
	pattern := f.tile.shown.Settings.Feeds[i]
	f.field.Call("focus")
	f.close()
	f.tile.change(func(s *tile.Settings) {
		s.Feeds = slices.DeleteFunc(s.Feeds, func(p string) bool { return p == pattern })
	})
}

// show shows the feeds that the tile has, and what each has last.
func (f *feedPicker) show(patterns, last []string) {
	for len(f.chosen) > len(patterns) {
		f.chosen[len(f.chosen)-1].Call("remove")
		f.chosen = f.chosen[:len(f.chosen)-1]
	}
	for len(f.chosen) < len(patterns) {
		line := shape("tile-feed-shape")
		element("tile-feeds").Call("append", line)
		f.chosen = append(f.chosen, line)
	}
	for i, pattern := range patterns {
		children := f.chosen[i].Get("children")
		if name := children.Index(0); name.Get("textContent").String() != pattern {
			setText(name, pattern)
			label(children.Index(2), Text("tile.feed-remove", pattern))
		}
		setText(children.Index(1), last[i])
	}
}

// ReadFeeds returns the feeds of the board, by name.
func (a *Access) ReadFeeds() (list []FeedInfo, err error) {
	defer jsError(&err)
	ctx, cancel := context.WithTimeout(context.Background(), callTimeout)
	defer cancel()
	response, err := a.request(ctx, "GET", "/api/v1/feeds?board="+escape(Board()), nil)
	if err == nil {
		err = refused(ctx, response)
	}
	if err != nil {
		return nil, err
	}
	body, err := wait(ctx, response.Call("json"))
	if err != nil {
		return nil, err
	}
	all := body.Get("feeds")
	for i := range all.Length() {
		f := all.Index(i)
		info := FeedInfo{Name: text(f, "feed"), Last: text(f, "value")}
		if v := f.Get("value"); v.Type() == js.TypeNumber {
			info.Last = (&tile.Settings{Decimals: -1}).Format(v.Float())
		}
		list = append(list, info)
	}
	return list, nil
}
