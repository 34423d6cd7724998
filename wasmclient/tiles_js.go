//go:build js

package main

import (
	"cmp"
	"math/bits"
	"slices"
	"sort"
	"strings"
	"time"

	"edgeboard/shared/board"
	"edgeboard/shared/client"
	"edgeboard/shared/feed"
	"edgeboard/shared/figure"
	"edgeboard/shared/geom"
	"edgeboard/shared/tile"
	"edgeboard/shared/wire"
	"edgeboard/wasmclient/browser"
)

// tiles is the live data that the page shows: the tiles that are in view say what the
// relay is to tell, and what it tells goes to them.
type tiles struct {
	controls browser.Tile
	values   browser.Values

	moved     bool // what is in view may be other than what is watched
	waits     bool // it will be looked at
	watchedAt float64
	list      []figure.Found // scratch

	setup  bool     // the panel of the tile that is selected is open
	empty  board.ID // the tile without feeds that it has opened for by itself
	looked board.ID // whose last values are shown; the zero ID: none
	above  board.ID // that was moved above the sheet that is open; the zero ID: none is
	shows  bool     // what panels show of feeds will be brought up to date

	fresh []string // feeds that have changed since the last frame
	drawn []browser.SeamDrawn
}

// How feeds are watched, lengths in CSS pixels and times in milliseconds.
const (
	watchPause   = 150 // between two looks at what is in view
	leastWatched = 12  // a tile less high or broad shows nothing that could be read
	leastLively  = 80  // one less broad is told of changes each second
	smallPause   = 1000
	tileDigits   = 7    // a tile shows fewer
	mostCourse   = 1024 // points of a feed
	mostValues   = 200  // that are listed
	panelPause   = 250  // between two lists
	mostDrawn    = 1000 // values of which the seam tells when they were drawn
)

func (p *page) listenToTiles() {
	t := &p.tiles
	t.controls = browser.Tile{
		Change: func(id string, change func(s *tile.Settings)) {
			p.do(func() {
				if f := p.tileOf(id); f != nil {
					s := tile.Of(f.Element)
					change(&s)
					p.editor.SetTile(f.ID(), s)
				}
			})
		},
		Retitle: func(id, title string) {
			p.do(func() {
				if f := p.tileOf(id); f != nil {
					p.editor.Retitle(f.ID(), title)
				}
			})
		},
		Setup: func(open bool) {
			p.do(func() { p.setUp(open) })
		},
		Values: func() { p.do(func() { p.lookUp() }) },
		Access: &p.access,
	}
	t.controls.Listen()
	t.values.Closed = func() { p.do(func() { p.valuesOf(board.ID{}) }) }
	t.values.Listen()
	p.own["tile-setup"] = func() bool {
		f := p.selectedOne(board.KindTile)
		if f == nil || f.Locked() || !p.role.Edits() {
			return false
		}
		p.setUp(true)
		return true
	}
	p.own["tile-values"] = p.lookUp
	look := func() { p.do(func() { t.moved = true }) }
	browser.OnHide(look)
	browser.OnAwake(look)
}

// setUp opens the panel of the tile that is selected, or closes it.
func (p *page) setUp(open bool) {
	p.tiles.setup = open
	if open {
		p.valuesOf(board.ID{}) // they have the same place
		go p.tiles.controls.Open()
	}
}

// tileOf returns the tile of an ID of the present.
func (p *page) tileOf(text string) *figure.Figure {
	id, _ := board.ParseID(text)
	if f := p.drawn().Of(id); f != nil && f.Kind() == board.KindTile {
		return f
	}
	return nil
}

// speakTiles gives tiles their data and their words.
func (p *page) speakTiles(figures *figure.Set) {
	figures.ShowFeeds(func(patterns []string) []*feed.Series { return p.session.Feeds().Matching(patterns) })
	word := func(key string) string { return browser.Text(key, "{}") }
	figures.Speak(figure.Words{
		Waiting: word("tile.waiting"), Nothing: word("tile.nothing"), Ago: word("tile.ago"), Within: word("tile.within"), More: word("tile.more"),
		Last: word("tile.last"), Low: word("tile.low"), High: word("tile.high"), Age: word("tile.age"),
		Seconds: word("tile.s"), Minutes: word("tile.min"), Hours: word("tile.h"), Days: word("tile.d"),
	})
}

// watchSoon looks at what is in view, and not more often than makes sense.
func (p *page) watchSoon() {
	t := &p.tiles
	if !t.moved || t.waits {
		return
	}
	if rest := t.watchedAt + watchPause - browser.Now(); rest > 0 {
		t.waits = true
		browser.After(rest, func() { p.do(func() { t.waits = false }) })
		return
	}
	t.moved, t.watchedAt = false, browser.Now()
	if p.past.editor == nil {
		p.watch()
	}
}

// watch asks the relay for the feeds of the tiles that are in view, or will be after a
// small step, in no more detail than can be seen.
func (p *page) watch() {
	t := &p.tiles
	w := wire.Watch{IntervalMS: smallPause, Digits: tileDigits}
	var wants []wire.Want
	want := func(feeds []string, points uint32, span time.Duration) {
		for _, pattern := range feeds {
			one := wire.Want{Feed: pattern, Points: points, SpanMS: uint64(span.Milliseconds())}
			i := slices.IndexFunc(wants, func(w wire.Want) bool { return w.Feed == pattern })
			switch {
			case i < 0:
				wants = append(wants, one)
			case wants[i].Points < points: // of two that mean a feed that of more points counts
				one.SpanMS = wider(one.SpanMS, wants[i].SpanMS)
				wants[i] = one
			default:
				wants[i].SpanMS = wider(wants[i].SpanMS, one.SpanMS)
			}
		}
	}
	if el := p.session.Doc().Element(t.looked); el != nil && !browser.Hidden() {
		want(tile.Of(el).Feeds, mostValues, 0)
		w.Digits, w.IntervalMS = 0, 0
	}
	if !browser.Hidden() {
		seen, zoom := p.editor.View(), p.editor.Camera().Zoom
		around := seen.Grow(max(seen.Size().X, seen.Size().Y) / 4)
		t.list = p.figures.Tiles(t.list[:0])
		middle := seen.Center()
		sort.Slice(t.list, func(i, j int) bool { // those that there may be too many for come last
			a, b := t.list[i].Bounds.Dist(middle), t.list[j].Bounds.Dist(middle)
			return a < b || a == b && t.list[i].Element.ID().Compare(t.list[j].Element.ID()) < 0
		})
		for _, f := range t.list {
			if len(wants) >= wire.MaxWants {
				break
			}
			size := f.Bounds.Size().Mul(zoom)
			if !around.Overlaps(f.Bounds) || min(size.X, size.Y) < leastWatched {
				continue
			}
			s := tile.Of(f.Element)
			if size.X >= leastLively && len(s.Feeds) > 0 {
				w.IntervalMS = 0
			}
			points, span := course(&s, size.X, size.Y)
			want(s.Feeds, points, span)
		}
	}
	// In an order that does not change, so that the same is asked for once.
	sort.Slice(wants, func(i, j int) bool { return wants[i].Feed < wants[j].Feed })
	w.List = wants[:min(len(wants), wire.MaxWants)]
	p.session.Watch(&w)
}

// wider is the longer one of two spans; 0 is the longest.
func wider(a, b uint64) uint64 {
	if a == 0 || b == 0 {
		return 0
	}
	return max(a, b)
}

// course is how much of the past of its feeds a tile shows: of numbers two points for
// each pixel of its width at most, in powers of two, so that a step of the zoom is no
// other wish.
func course(s *tile.Settings, width, height float64) (points uint32, span time.Duration) {
	switch s.Chart {
	case tile.Number, tile.Sparkline, tile.Lines, tile.Table:
		return atLeast(max(width, 64), mostCourse), s.Window
	case tile.Log:
		return atLeast(max(height/8, 16), mostValues), 0
	}
	return 1, 0
}

// atLeast is the least power of two that is not less than n, and at most most.
func atLeast(n float64, most uint32) uint32 {
	return min(1<<bits.Len32(uint32(min(n, float64(most)))-1), most)
}

// feedsChanged hears of live data.
func (p *page) feedsChanged() {
	t := &p.tiles
	names := p.session.ChangedFeeds()
	for _, name := range names {
		if !slices.Contains(t.fresh, name) {
			t.fresh = append(t.fresh, name)
		}
	}
	p.drawn().FeedsChanged(names, p.relayTime())
	p.narration.heard(p)
	if p.past.editor != nil {
		return
	}
	p.tick()
	if at, due := p.view.Due(); due {
		p.wake(at)
	}
	if (t.setup || t.looked != (board.ID{})) && !t.shows {
		t.shows = true
		browser.After(panelPause, func() {
			p.do(func() { // which shows them
				t.shows = false
				p.showValues()
			})
		})
	}
}

// framed takes note of which values have come on the screen, once they have: the view
// has none left to paint.
func (p *page) framed() {
	t := &p.tiles
	if len(t.fresh) == 0 {
		return
	}
	fresh := slices.Clone(t.fresh)
	t.fresh = t.fresh[:0]
	var list []browser.SeamDrawn
	for _, s := range p.session.Feeds().Matching(fresh) {
		if last, ok := s.Ring.Last(); ok {
			list = append(list, browser.SeamDrawn{Feed: s.Name, Time: last.Time, Value: valueText(last)})
		}
	}
	browser.After(0, func() { // when the frame has been drawn
		p.link.Do(func(*client.Session) {
			at := browser.Epoch()
			for i := range list {
				list[i].At = at
			}
			t.drawn = append(t.drawn, list...)
			t.drawn = t.drawn[max(0, len(t.drawn)-mostDrawn):]
		})
	})
}

// showTiles shows the controls of the tile that is selected.
func (p *page) showTiles() {
	t := &p.tiles
	if p.past.editor != nil {
		t.controls.Show(browser.TileState{})
		return
	}
	if id, ok := p.editor.Values(); ok {
		el := p.session.Doc().Element(id)
		if f := p.selectedOne(board.KindTile); f != nil && p.role.Edits() && !f.Locked() && len(tile.Of(el).Feeds) == 0 {
			p.setUp(true)
		} else {
			p.valuesOf(id)
		}
	}
	if el := p.session.Doc().Element(t.looked); t.looked != (board.ID{}) && (el == nil || el.Deleted()) {
		p.valuesOf(board.ID{})
	}
	f := p.selectedOne(board.KindTile)
	if f == nil || !p.role.Edits() {
		t.setup, t.empty = false, board.ID{}
		t.controls.Show(browser.TileState{})
		p.uncover()
		return
	}
	idle := p.editor.Gesture() == nil
	s := tile.Of(f.Element)
	if len(s.Feeds) == 0 && t.empty != f.ID() && idle {
		t.setup, t.empty = true, f.ID()
	}
	p.uncover()
	state := browser.TileState{
		ID: f.ID().Text(), Locked: f.Locked(), Setup: t.setup, Title: f.Element.Text(), Settings: s, Example: 1234.5,
	}
	if idle {
		state.Box = p.onScreen(f)
	}
	if !t.setup {
		t.controls.Show(state)
		return
	}
	for _, pattern := range s.Feeds {
		list := p.session.Feeds().Matching([]string{pattern})
		text := ""
		switch {
		case strings.HasSuffix(pattern, "*"):
			text = browser.Language().Count("tile.feeds", len(list))
		case len(list) > 0:
			text, _ = shownValue(&s, list[0])
		}
		state.Last = append(state.Last, text)
	}
	for _, series := range p.session.Feeds().Matching(s.Feeds) {
		if last, ok := series.Ring.Last(); ok && series.Type == feed.Numbers {
			state.Example = last.Number
			break
		}
	}
	t.controls.Show(state)
}

// A narrow window has panels as sheets: so much of its height is theirs at most, as the
// style sheet says, and so much, in CSS pixels, has what stands at its top.
const (
	narrow     = 720
	sheetShare = 0.6
	topBars    = 120
	sheetGap   = 16
)

// uncover moves the board once if a sheet opens over the tile that it is about.
func (p *page) uncover() {
	t := &p.tiles
	id := t.looked
	if f := p.selectedOne(board.KindTile); f != nil && t.setup {
		id = f.ID()
	}
	if id == t.above {
		return
	}
	t.above = id
	f := p.figures.Of(id)
	width, height := browser.Size()
	if f == nil || width >= narrow {
		return
	}
	box := p.onScreen(f)
	if up := min(box.Max.Y-(1-sheetShare)*height+sheetGap, box.Min.Y-topBars); up > 0 {
		p.editor.Fly(p.editor.Camera().Pan(geom.Pt(0, -up)), browser.Now())
		p.redraw()
	}
}

// shownValue is the last value of a feed as a tile shows it.
func shownValue(s *tile.Settings, series *feed.Series) (text string, ok bool) {
	last, ok := series.Ring.Last()
	switch {
	case !ok:
		return "", false
	case series.Type == feed.Texts:
		return last.Text, true
	}
	return s.Format(last.Number), true
}

func valueText(q feed.Point) string {
	if q.Type() == feed.Texts {
		return q.Text
	}
	return browser.Exact(q.Number)
}

// lookUp shows the last values of the tile that is selected.
func (p *page) lookUp() bool {
	f := p.selectedOne(board.KindTile)
	if f == nil {
		return false
	}
	p.valuesOf(f.ID())
	return true
}

// valuesOf shows the last values of a tile, the zero ID none.
func (p *page) valuesOf(id board.ID) {
	t := &p.tiles
	if t.looked == id && id == (board.ID{}) {
		return
	}
	t.looked, t.moved = id, true
	if id == (board.ID{}) {
		t.values.Close()
		return
	}
	t.setup = false
	p.showValues()
	go t.values.Open()
}

// showValues shows the last values of the tile that they were asked of.
func (p *page) showValues() {
	t := &p.tiles
	el := p.session.Doc().Element(t.looked)
	if el == nil || t.looked == (board.ID{}) {
		return
	}
	s := tile.Of(el)
	v := browser.ValuesState{Title: cmp.Or(excerpt(el), browser.Text("tile.values")), Unit: s.Unit}
	list := p.session.Feeds().Matching(s.Feeds)
	v.Feeds = len(list) > 1
	for _, series := range list {
		for i := max(0, series.Ring.Len()-mostValues); i < series.Ring.Len(); i++ {
			q := series.Ring.At(i)
			v.Rows = append(v.Rows, browser.ValueRow{Time: q.Time, Feed: series.Name, Value: valueText(q), Words: series.Type == feed.Texts})
		}
	}
	sort.Slice(v.Rows, func(i, j int) bool {
		a, b := &v.Rows[i], &v.Rows[j]
		return a.Time > b.Time || a.Time == b.Time && a.Feed < b.Feed
	})
	v.Rows = v.Rows[:min(len(v.Rows), mostValues)]
	switch {
	case len(s.Feeds) == 0:
		v.Nothing = browser.Text("tile.no-feed")
	case len(v.Rows) == 0:
		v.Nothing = browser.Text("tile.no-values")
	}
	t.values.Show(v)
}

// seamTile is what a tile shows, for tests.
func (p *page) seamTile(f *figure.Figure) *browser.SeamTile {
	s := tile.Of(f.Element)
	t := &browser.SeamTile{Chart: int(s.Chart), Patterns: s.Feeds}
	now := p.relayTime()
	for _, series := range p.session.Feeds().Matching(s.Feeds) {
		last, ok := series.Ring.Last()
		if !ok {
			continue
		}
		v := browser.SeamValue{Feed: series.Name, Time: last.Time, Value: valueText(last), Stale: s.IsStale(last.Time, now)}
		if level := s.Level(last.Number); level > 0 && series.Type == feed.Numbers {
			v.Color = browser.Hex(s.Steps[level-1].Color)
		}
		t.Values = append(t.Values, v)
	}
	if c := f.Content(); c != nil {
		for i := range c.Parts {
			part := &c.Parts[i]
			if part.Text == nil {
				continue
			}
			for _, l := range part.Text.Lines {
				t.Shown = append(t.Shown, l.Text)
			}
		}
	}
	return t
}
