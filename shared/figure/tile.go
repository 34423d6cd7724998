package figure

import (
	"slices"
	"strings"
	"time"

	"edgeboard/shared/board"
	"edgeboard/shared/feed"
	"edgeboard/shared/geom"
	"edgeboard/shared/tile"
)

// What tiles of live data look like, in board units. All within a tile is in proportion
// to the size of its title's letters.
const (
	TileWidth, TileHeight = 240, 160
	TileFontSize          = 16 // of one that says nothing else
	leastTile             = 24 // sides are at least that long

	tilePadding = 0.75 // beside the title, in the size of its letters
	tileInset   = 5    // between the border and what is shown of feeds: the corners are round
	tileBorder  = 1
)

// Content is what a tile shows of its feeds. It holds until the figure changes, Tick or
// FeedsChanged is called, or the content of another figure of the same tile is asked for.
type Content struct {
	Parts []Part
	// Frame is where they lie, a part of the tile that is turned as the tile is.
	Frame geom.Frame
	// Version is another one whenever it looks otherwise than before.
	Version uint64
}

// tiles are the tiles of live data of the page that is shown.
type tiles struct {
	lookup func(patterns []string) []*feed.Series
	now    int64 // by the relay's clock; 0: not known
	words  Words
	zone   *time.Location
	of     map[board.ID]*liveTile
	themes map[themeKey]*theme

	samples []sample // scratch

	// Who shows a feed: by its name, and by beginnings of names. Both nil: to be found
	// out.
	named map[string][]*liveTile
	begin []beginning
}

type beginning struct {
	name string
	tile *liveTile
}

// liveTile is what is kept of a tile while data come.
type liveTile struct {
	element  *board.Element
	settings tile.Settings
	courses  map[string]*course // of the feeds that it shows, by their names
	widest   map[string]float64 // of the numbers that it has shown, at size 1

	content Content
	curves  geom.Path // that the content has, all in one
	of      *Figure   // whose content that is; nil: it is to be made anew
	sum     uint64    // of its parts
	told    bool      // that it looks otherwise, and nobody has looked since
	again   int64     // when something of it grows stale or older, or did; 0: never
	ages    uint64    // of what it shows, told apart
	aged    bool      // again and ages are known
}

// ShowFeeds says where tiles get what they show: lookup returns the feeds that patterns
// mean, as feed.Feeds does. Without one, nil, they show the names of their feeds alone.
func (s *Set) ShowFeeds(lookup func(patterns []string) []*feed.Series) {
	s.tiles.lookup = lookup
	s.tellTiles()
}

// Speak says in what language tiles tell what is not data. DefaultWords are English.
func (s *Set) Speak(w Words) {
	s.tiles.words = w
	s.tellTiles()
}

// Zone says in which time zone tiles tell times: time.Local, if it was not called.
func (s *Set) Zone(zone *time.Location) {
	s.tiles.zone = zone
	s.tellTiles()
}

func (s *Set) tellTiles() {
	for _, t := range s.tiles.of {
		s.tellTile(t)
	}
}

// tellTile makes a tile be drawn with other content, and tells of it unless that was told
// already and nobody has looked since.
func (s *Set) tellTile(t *liveTile) {
	t.of = nil
	if t.again == 0 { // what comes later than again grows stale later still
		t.aged = false
	}
	id := t.element.ID()
	x := s.entries[id]
	if t.told || x == nil {
		return
	}
	t.told = true
	s.observe(Change{Kind: Fed, ID: id, Before: x.box, After: x.box})
}

// FeedsChanged tells that feeds have other points, have come or gone, at a time by the
// relay's clock in milliseconds since 1970. Tiles that show one of them are drawn
// otherwise from now on.
func (s *Set) FeedsChanged(names []string, now int64) {
	s.tiles.now = max(s.tiles.now, now)
	if s.tiles.named == nil {
		s.indexTiles()
	}
	for _, name := range names {
		for _, t := range s.tiles.named[name] {
			s.tellTile(t)
		}
		for _, b := range s.tiles.begin {
			if strings.HasPrefix(name, b.name) {
				s.tellTile(b.tile)
			}
		}
	}
}

// indexTiles finds out which tile shows what.
func (s *Set) indexTiles() {
	s.tiles.named, s.tiles.begin = map[string][]*liveTile{}, nil
	for _, t := range s.tiles.of {
		for _, pattern := range t.settings.Feeds {
			if name, many := strings.CutSuffix(pattern, "*"); many {
				s.tiles.begin = append(s.tiles.begin, beginning{name, t})
			} else {
				s.tiles.named[name] = append(s.tiles.named[name], t)
			}
		}
	}
}

// Tiles returns the tiles of live data of the page that is shown, in no order, and where
// each lies.
func (s *Set) Tiles(dst []Found) []Found {
	for id, t := range s.tiles.of {
		if x := s.entries[id]; x != nil {
			dst = append(dst, Found{t.element, x.box})
		}
	}
	return dst
}

// tickTiles is Tick for tiles: their values grow stale, and older.
func (s *Set) tickTiles(now int64) (next int64) {
	s.tiles.now = max(s.tiles.now, now)
	if s.tiles.lookup == nil {
		return 0
	}
	for _, t := range s.tiles.of {
		if !t.aged || t.again > 0 && now >= t.again {
			before, known := t.ages, t.aged
			if s.age(t, s.tiles.lookup(t.settings.Feeds)); known && t.ages != before {
				s.tellTile(t)
			}
		}
		if t.again > 0 && (next == 0 || t.again < next) {
			next = t.again
		}
	}
	return next
}

// age finds out how old what a tile shows is, and when that is to be looked at again.
func (s *Set) age(t *liveTile, list []*feed.Series) {
	t.aged, t.again, t.ages = true, 0, 0
	if t.settings.Stale == 0 {
		return
	}
	for _, series := range list[:min(len(list), mostRows)] {
		last, ok := series.Ring.Last()
		if !ok {
			continue
		}
		at, age := last.Time+t.settings.Stale.Milliseconds()+1, int64(-1)
		if s.tiles.now >= at {
			age, at = ageOf(last.Time, s.tiles.now)
		}
		t.ages = t.ages*31 + uint64(age) + 1
		if t.again == 0 || at < t.again {
			t.again = at
		}
	}
}

// heedTile follows a tile that has come or changed.
func (s *Set) heedTile(e *board.Element) {
	t := s.tiles.of[e.ID()]
	if t == nil {
		t = &liveTile{element: e}
		s.tiles.of[e.ID()] = t
	}
	t.settings = tile.Of(e)
	t.of, t.aged, t.widest = nil, false, nil
	s.tiles.named, s.tiles.begin = nil, nil
}

// goneTile forgets a tile.
func (s *Set) goneTile(id board.ID) {
	if s.tiles.of[id] != nil {
		delete(s.tiles.of, id)
		s.tiles.named, s.tiles.begin = nil, nil
	}
}

// readTile lays a tile out: its card and its title. What it shows of feeds is made when
// it is asked for.
func (s *Set) readTile(f *Figure) {
	p := &f.Place
	if p.W == 0 {
		p.W = TileWidth
	}
	if p.H == 0 {
		p.H = TileHeight
	}
	upright(p)
	p.W, p.H = max(p.W, leastTile), max(p.H, leastTile)
	f.Style.Thickness, f.Style.Align = 0, AlignStart
	f.Frame = p.Frame()
	f.Bounds = f.Frame.Bounds()
	look := s.themeOf(f)
	if !f.Style.Filled {
		f.Style.Fill, f.Style.Filled = look.paper.light, true
	}
	if f.Element.Get(board.KeyColor).IsNone() {
		f.Style.Color = look.ink.light
	}
	f.theme = look
	// The card is drawn once more where its colour in the dark is none that Style says.
	card := func(inset float64, c pair) {
		frame := f.Frame
		frame.Box = frame.Box.Grow(-inset)
		path := geom.Outline{Shape: geom.Rectangle, Frame: frame, Radius: cardRadius - inset}.Path()
		f.parts = append(f.parts, c.part(Part{Path: path, Fill: true}))
	}
	card(0, look.border)
	card(tileBorder, look.paper)

	title := firstLine(f.Element.Text())
	color := look.ink
	if title == "" {
		title, color = titleOf(s.tileSettings(f.Element)), look.muted
	}
	at, room := f.titleAt()
	if room <= 0 || title == "" {
		return
	}
	layout := s.line(s.cut(title, room/p.Size), p.Size)
	layout = layout.move(geom.Pt(at.X, at.Y))
	f.parts = append(f.parts, color.part(Part{Text: layout}))
}

// tileSettings returns those of a tile, also of one that is on another page.
func (s *Set) tileSettings(e *board.Element) *tile.Settings {
	if t := s.tiles.of[e.ID()]; t != nil {
		return &t.settings
	}
	settings := tile.Of(e)
	return &settings
}

// titleOf is the title of a tile that has none: what it shows.
func titleOf(s *tile.Settings) string {
	if len(s.Feeds) == 0 {
		return ""
	}
	return strings.Join(s.Feeds[:min(len(s.Feeds), 4)], ", ")
}

// titleAt returns where the line of a tile's title begins, and how long it may be: not
// at all where the tile has no room for more than its content.
func (f *Figure) titleAt() (at geom.Point, room float64) {
	box, size := f.Frame.Box, f.Place.Size
	if f.Place.H < 3.2*size {
		return geom.Point{}, 0
	}
	pad := tilePadding * size
	room = box.Size().X - 2*pad
	if room < 2*size {
		return geom.Point{}, 0
	}
	return geom.Pt(box.Min.X+pad, box.Min.Y+0.45*size), room
}

// contentBox is where what a tile shows of its feeds lies, in the plane of its frame.
func (f *Figure) contentBox() geom.Box {
	box := f.Frame.Box.Grow(-min(tileInset, f.Place.W/8, f.Place.H/8))
	if at, room := f.titleAt(); room > 0 {
		box.Min.Y = at.Y + LineHeight*f.Place.Size
	}
	return box
}

// Content returns what a tile shows of its feeds, nil if the figure is none or has no
// room for it.
func (f *Figure) Content() *Content {
	if f.Kind() != board.KindTile || f.Frame.Box.Empty() {
		return nil
	}
	s := f.set
	t := s.tiles.of[f.ID()]
	if t == nil { // of another page
		t = &liveTile{element: f.Element, settings: tile.Of(f.Element)}
	}
	t.told = false
	if t.of != f {
		t.of = f
		s.fill(t, f)
	}
	if t.content.Frame.Box.Empty() {
		return nil
	}
	return &t.content
}

// fill makes the content of a tile.
func (s *Set) fill(t *liveTile, f *Figure) {
	c := &t.content
	c.Frame, _ = f.ContentFrame()
	d := drawing{
		set: s, tile: t, settings: &t.settings, theme: f.theme, frame: f.Frame, unit: f.Place.Size / TileFontSize,
		paths: c.Parts[:0],
	}
	t.curves = t.curves[:0]
	d.draw(f.contentBox())
	c.Parts = append(d.paths, d.texts...)
	if sum := sumOf(c.Parts, c.Frame); sum != t.sum || c.Version == 0 {
		t.sum = sum
		c.Version++
	}
	s.age(t, d.series)
}

// Parts of figures that are tiles end with their content.
func (f *Figure) withContent() []Part {
	if c := f.Content(); c != nil {
		return append(slices.Clip(f.parts), c.Parts...)
	}
	return f.parts
}

// Paper returns the colour of what a tile's content is written on, and whether it covers
// all that lies below.
func (f *Figure) Paper(dark bool) (color uint32, covers bool) {
	if f.theme == nil {
		return 0, false
	}
	return f.theme.paper.shown(dark), f.Style.Opacity == 1
}

// ContentFrame returns where the Content of a tile lies, and whether there is room for
// any.
func (f *Figure) ContentFrame() (frame geom.Frame, ok bool) {
	if f.Kind() != board.KindTile || f.Frame.Box.Empty() {
		return frame, false
	}
	box := f.contentBox()
	// It turns about the middle of the tile.
	middle := f.Frame.ToBoard(box.Center())
	return geom.Frame{Box: box.Add(middle.Sub(box.Center())), Angle: f.Frame.Angle}, !box.Empty()
}
