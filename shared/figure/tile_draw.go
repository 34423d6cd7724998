package figure

import (
	"math"
	"strconv"
	"strings"

	"edgeboard/shared/feed"
	"edgeboard/shared/geom"
	"edgeboard/shared/tile"
)

// drawing is the content of a tile while it is made. Places are in the plane of the
// tile's frame; lengths that are named in units grow with the tile's letters.
type drawing struct {
	set      *Set
	tile     *liveTile
	settings *tile.Settings
	theme    *theme
	frame    geom.Frame
	unit     float64 // board units
	series   []*feed.Series
	end      int64 // of the window
	// least is how wide the widest number of several is that are written in one size, at
	// size 1.
	least float64

	paths, texts []Part // what is written lies over what is drawn
}

// What of its feeds a tile looks at, however many there are.
const (
	mostSeries = 16 // lines of a chart
	mostRows   = 64 // rows, bars, numbers
	mostPoints = 1200
)

// Sizes of letters, in units.
const (
	smallLetters = 11.0
	plainLetters = 13.0
	largeLetters = 24.0 // as WCAG has them
	leastNumber  = 5.0  // of a number that has next to no room
	rowHeight    = 1.6  // in the size of its letters
	halfDigit    = 0.36
)

// draw makes the content in a box.
func (d *drawing) draw(box geom.Box) {
	pad := (tilePadding*TileFontSize - tileInset) * d.unit
	box = geom.Box{Min: box.Min.Add(geom.Pt(pad, 0.15*pad)), Max: box.Max.Sub(geom.Pt(pad, 0.7*pad))}
	if box.Empty() {
		return
	}
	if d.set.tiles.lookup == nil || len(d.settings.Feeds) == 0 {
		d.unfed(box)
		return
	}
	d.series = d.set.tiles.lookup(d.settings.Feeds)
	some := d.series[:0:0]
	for _, s := range d.series {
		if s.Ring.Len() > 0 && len(some) < mostRows {
			some = append(some, s)
		}
	}
	more := len(d.series) - len(some)
	d.series = some
	if len(d.series) == 0 {
		d.middle(box, filled(d.set.tiles.words.Waiting, strings.Join(d.settings.Feeds, ", ")))
		return
	}
	for _, s := range d.series {
		last, _ := s.Ring.Last()
		d.end = max(d.end, last.Time)
	}
	for _, c := range d.tile.courses {
		c.used = false
	}
	switch d.settings.Chart {
	case tile.Lines:
		d.lines(box)
	case tile.Bars:
		d.bars(box, more)
	case tile.Table:
		d.table(box, more)
	case tile.Log:
		d.log(box)
	case tile.Text:
		d.text(box)
	default:
		d.cells(box)
	}
	for name, c := range d.tile.courses {
		if !c.used {
			delete(d.tile.courses, name)
		}
	}
}

// unfed is what a tile shows that has no data to show.
func (d *drawing) unfed(box geom.Box) {
	if len(d.settings.Feeds) == 0 {
		d.middle(box, d.set.tiles.words.Nothing)
		return
	}
	size := box.Size()
	names := smallLetters * d.unit
	room := size.Y - 1.5*names
	if room < names {
		names, room = 0, size.Y
	}
	letters := min(room*0.7, size.X/2)
	d.write("—", letters, box.Min.X, box.Min.Y+room/2, 0, d.theme.muted, size.X)
	if names > 0 {
		d.write(strings.Join(d.settings.Feeds, ", "), names, box.Min.X, box.Max.Y-0.75*names, 0, d.theme.muted, size.X)
	}
}

// middle writes a sentence in the middle of a box, in as many lines as there is room for.
func (d *drawing) middle(box geom.Box, text string) {
	size := plainLetters * d.unit
	room := box.Size()
	if room.Y < size*LineHeight {
		size = room.Y / LineHeight
	}
	layout := layOut(oneLine(text), size, room.X, AlignStart, d.set.fonts)
	n := min(len(layout.Lines), int(room.Y/(size*LineHeight)+rounding))
	top := box.Center().Y - float64(n)*size*LineHeight/2
	for i, line := range layout.Lines[:max(n, 0)] {
		shown := line.Text
		if i == n-1 && n < len(layout.Lines) {
			shown += ellipsis
		}
		y := top + (float64(i)+0.5)*size*LineHeight
		d.write(shown, size, box.Center().X, y, 0.5, d.theme.muted, room.X)
	}
}

// write writes a line of text so that digits have their middle at y. x is where it
// begins, ends or has its middle, as the share says. What is longer than its room is cut.
// It returns how wide it has become.
func (d *drawing) write(text string, size, x, y, share float64, c pair, room float64) float64 {
	if size < MinFontSize/4.0 {
		return 0
	}
	text = d.set.cut(oneLine(text), room/size)
	if text == "" {
		return 0
	}
	layout := d.set.line(text, size)
	line := &layout.Lines[0]
	line.At = geom.Pt(x-share*line.Width, y+halfDigit*size)
	layout.Box = geom.Rect(line.At.X, line.At.Y-size, line.Width, LineHeight*size)
	d.texts = append(d.texts, c.part(Part{Text: layout}))
	return line.Width
}

// wide returns how wide a text is.
func (d *drawing) wide(text string, size float64) float64 { return d.set.fonts.set(text) * size }

// onBoard moves a path from the plane of the frame to the board, in place.
func (d *drawing) onBoard(path geom.Path) geom.Path {
	if d.frame.Angle == 0 {
		return path
	}
	for i := range path {
		s := &path[i]
		for k := range s.P[:s.Verb.Points()] {
			s.P[k] = d.frame.ToBoard(s.P[k])
		}
	}
	return path
}

func (d *drawing) stroke(path geom.Path, thickness float64, c pair) {
	if len(path) > 0 {
		d.paths = append(d.paths, c.part(Part{Path: d.onBoard(path), Thickness: thickness}))
	}
}

func (d *drawing) area(path geom.Path, c pair) {
	if len(path) > 0 {
		d.paths = append(d.paths, c.part(Part{Path: d.onBoard(path), Fill: true}))
	}
}

func segment(x0, y0, x1, y1 float64) geom.Path {
	return geom.PolylinePath([]geom.Point{{X: x0, Y: y0}, {X: x1, Y: y1}}, false)
}

// dashes is a line from left to right that is interrupted, of at most so many pieces.
func dashes(x0, x1, y, dash float64) (path geom.Path) {
	const most = 80
	n := int(min((x1-x0)/(2*dash)+1, most))
	dash = max(dash, (x1-x0)/(2*most))
	for i := range n {
		x := x0 + float64(i)*2*dash
		path.MoveTo(geom.Pt(x, y))
		path.LineTo(geom.Pt(min(x+dash, x1), y))
	}
	return path
}

// arc is a part of a circle, from one angle to another, clockwise from the right.
func arc(c geom.Point, r, from, to float64) (path geom.Path) {
	const piece = math.Pi / 4
	at := func(a float64) geom.Point { return c.Add(geom.Pt(r, 0).Rotate(a)) }
	path.MoveTo(at(from))
	n := max(int(math.Ceil((to-from)/piece)), 1)
	step := (to - from) / float64(n)
	k := 4.0 / 3 * math.Tan(step/4) * r
	for i := range n {
		a, b := from+float64(i)*step, from+float64(i+1)*step
		path.CubicTo(at(a).Add(geom.Pt(0, k).Rotate(a)), at(b).Sub(geom.Pt(0, k).Rotate(b)), at(b))
	}
	return path
}

// course returns how a series went over the window.
func (d *drawing) course(s *feed.Series) *course {
	c := d.tile.courses[s.Name]
	if c == nil {
		if d.tile.courses == nil {
			d.tile.courses = map[string]*course{}
		}
		c = &course{}
		d.tile.courses[s.Name] = c
	}
	c.follow(s.Ring, d.settings.Window.Milliseconds(), d.end)
	return c
}

// begin is when the window begins.
func (d *drawing) begin() int64 { return d.end - d.settings.Window.Milliseconds() }

// stale reports whether the last point of a series is stale, and how old it is then.
func (d *drawing) stale(s *feed.Series) (bool, string) {
	last, _ := s.Ring.Last()
	now := d.set.tiles.now
	if now == 0 || !d.settings.IsStale(last.Time, now) {
		return false, ""
	}
	age, _ := ageOf(last.Time, now)
	return true, d.set.tiles.words.span(age)
}

// value is the last point of a series as it is shown.
type value struct {
	text  string
	color pair // to write it with
	large pair // to write it with large letters
	drawn pair // to draw it with
	level int
	stale bool
	age   string // if it is stale
	v     float64
	isNum bool
}

// valueOf returns the last point of a series. What has reached no threshold is drawn in
// the given colour.
func (d *drawing) valueOf(s *feed.Series, plain pair) value {
	last, _ := s.Ring.Last()
	v := value{text: last.Text, color: d.theme.ink, large: d.theme.ink, drawn: plain}
	if last.Type() == feed.Numbers {
		if v.isNum = last.Number-last.Number == 0; v.isNum {
			v.v = min(max(last.Number, -mostNumber), mostNumber)
		}
		v.text = d.settings.Format(last.Number)
		if v.level = d.settings.Level(last.Number); v.level > 0 {
			v.color, v.drawn = d.step(v.level-1, lettersContrast), d.step(v.level-1, drawnContrast)
			v.large = v.drawn
		}
	}
	if v.stale, v.age = d.stale(s); v.stale {
		v.color, v.large, v.drawn = d.theme.pale(v.color), d.theme.pale(v.large), d.theme.pale(v.drawn)
	}
	return v
}

// step returns the colour of a threshold.
func (d *drawing) step(i int, contrast float64) pair {
	return d.theme.step(d.settings.Steps[i].Color, contrast)
}

// split parts a number from what is written behind it, which may be smaller.
func split(text string) (number, unit string) {
	at := strings.LastIndexAny(text, "0123456789") + 1
	if at == 0 || strings.ContainsAny(text[:at], "hmdµ") {
		return text, ""
	}
	return text[:at], strings.TrimSpace(text[at:])
}

// Beside a large number stands its unit.
const (
	unitShare = 0.5
	unitGap   = 0.14
)

// wideNumber is how wide a number is with its unit, at size 1.
func (d *drawing) wideNumber(number, unit string) float64 {
	w := d.set.fonts.set(number)
	if unit != "" {
		w += unitGap + unitShare*d.set.fonts.set(unit)
	}
	return w
}

// needs returns how much room a number takes at size 1, with those that have been there
// in the window or before, which are likely to come again, and one digit more.
func (d *drawing) needs(name string, v value, c *course) float64 {
	need := d.wideNumber(split(v.text))
	if c != nil {
		if low, high, ok := c.bounds(d.begin()); ok {
			for _, other := range [...]float64{low, high} {
				need = max(need, d.wideNumber(split(d.settings.Format(other))))
			}
		}
		need = max(need, d.set.fonts.advance('0')*3+d.set.fonts.advance('.'))
	}
	if was := d.tile.widest[name]; was > need && was < 2*need {
		need = was
	}
	if d.tile.widest == nil || len(d.tile.widest) > mostRows {
		d.tile.widest = map[string]float64{}
	}
	d.tile.widest[name] = need
	return need
}

// number writes a number as large as a box allows. name is whose it is: its size stays
// while the number changes, unless it becomes wider than all before.
func (d *drawing) number(box geom.Box, name string, v value, c *course, share float64) {
	room := box.Size()
	if !v.isNum {
		text := oneLine(v.text)
		size := min(room.Y/LineHeight, max(room.X/max(d.set.fonts.set(text), 0.1), plainLetters*d.unit))
		d.write(text, size, box.At(share, 0).X, box.Center().Y, share, v.color, room.X)
		return
	}
	number, unit := split(v.text)
	need := max(d.needs(name, v, c), d.least)
	size := min(room.Y/0.82, room.X/need)
	if least := leastNumber * d.unit; size < least {
		// Better without its unit than not to be read, and better none than a part of it.
		size = min(room.Y/0.82, room.X/max(d.set.fonts.set(number), 0.1))
		if unit = ""; size < least {
			d.write(ellipsis, min(room.Y, room.X), box.At(share, 0).X, box.Center().Y, share, v.color, room.X)
			return
		}
	}
	if unitShare*size >= largeLetters*d.unit {
		v.color = v.large
	}
	x := box.Min.X + share*(room.X-d.wideNumber(number, unit)*size)
	y := box.Center().Y
	x += d.write(number, size, x, y, 0, v.color, room.X+rounding*size)
	if unit != "" {
		small := unitShare * size
		d.write(unit, small, x+unitGap*size, y+halfDigit*(size-small), 0, v.color, room.X)
	}
}

// trend writes how a number has changed over the window: an arrow, by how much, and in
// how long, as far as there is room.
func (d *drawing) trend(box geom.Box, c *course, share float64) {
	list := c.since(d.begin())
	if len(list) == 0 {
		return
	}
	first, last := list[0].first, list[len(list)-1].last
	if first.t == last.t {
		return
	}
	size := min(smallLetters*d.unit, box.Size().Y)
	change := last.v - first.v
	by := d.settings.Format(math.Abs(change))
	texts := [3]string{by, by, by}
	if share := change / first.v * 100; first.v != 0 && d.settings.Unit != "%" && math.Abs(share) < 1000 {
		decimals := 0
		if math.Abs(share) < 9.95 {
			decimals = 1
		}
		texts[1] += " (" + strconv.FormatFloat(math.Abs(share), 'f', decimals, 64) + "%)"
	}
	texts[2] = texts[1] + " " + filled(d.set.tiles.words.Within, d.set.tiles.words.span(last.t-first.t))
	arrow := 0.8 * size
	gap := 0.35 * size
	text := texts[0]
	for _, t := range texts {
		if arrow+gap+d.wide(t, size) <= box.Size().X {
			text = t
		}
	}
	if arrow+gap+d.wide(text, size) > box.Size().X {
		text = ""
	}
	width := arrow
	if text != "" {
		width += gap + d.wide(text, size)
	}
	x, y := box.Min.X+share*(box.Size().X-width), box.Center().Y
	half := arrow / 2
	switch {
	case change > 0:
		d.area(geom.PolylinePath([]geom.Point{{X: x, Y: y + 0.7*half}, {X: x + half, Y: y - 0.8*half}, {X: x + arrow, Y: y + 0.7*half}}, true), d.theme.muted)
	case change < 0:
		d.area(geom.PolylinePath([]geom.Point{{X: x, Y: y - 0.7*half}, {X: x + half, Y: y + 0.8*half}, {X: x + arrow, Y: y - 0.7*half}}, true), d.theme.muted)
	default:
		d.stroke(segment(x, y, x+arrow, y), 0.14*size, d.theme.muted)
	}
	if text != "" {
		d.write(text, size, x+arrow+gap, y, 0, d.theme.muted, box.Size().X)
	}
}

// ago writes how old a stale value is.
func (d *drawing) ago(box geom.Box, v value, share float64) {
	size := min(smallLetters*d.unit, box.Size().Y)
	d.write(filled(d.set.tiles.words.Ago, v.age), size, box.At(share, 0).X, box.Center().Y, share, d.theme.muted, box.Size().X)
}

// badge says in the upper right corner of a box that all that is shown is stale. It
// returns how high it is: 0 if there is none.
func (d *drawing) badge(box geom.Box) float64 {
	stale, age := d.stale(d.newest())
	if !stale {
		return 0
	}
	text := filled(d.set.tiles.words.Ago, age)
	size := smallLetters * d.unit
	width, height := d.wide(text, size)+size, 1.5*size
	if width > box.Size().X || height > box.Size().Y {
		return 0
	}
	pill := geom.Rect(box.Max.X-width, box.Min.Y, width, height)
	d.area(geom.RoundedRectanglePath(pill, height/2), d.theme.border)
	d.area(geom.RoundedRectanglePath(pill.Grow(-0.08*size), height/2), d.theme.paper)
	d.write(text, size, pill.Center().X, pill.Center().Y, 0.5, d.theme.muted, width)
	return height + 0.2*size
}
