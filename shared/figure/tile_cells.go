package figure

import (
	"math"

	"edgeboard/shared/feed"
	"edgeboard/shared/geom"
	"edgeboard/shared/tile"
)

// Numbers, sparklines, gauges and lights have a cell of the tile for each feed.

// The least sides of a cell, in units, where there are several.
const (
	leastCellWidth  = 64
	leastCellHeight = 40
	cellGap         = 10
)

// cells parts a box among the series.
func (d *drawing) cells(box geom.Box) {
	n := len(d.series)
	gap := cellGap * d.unit
	size := box.Size()
	across := max(int((size.X+gap)/(leastCellWidth*d.unit+gap)), 1)
	down := max(int((size.Y+gap)/(leastCellHeight*d.unit+gap)), 1)
	n = min(n, across*down)
	// As many columns as make cells most like what they show.
	like := 2.2
	if d.settings.Chart == tile.Gauge {
		like = 1.3
	}
	columns, best := 1, math.Inf(1)
	for c := 1; c <= min(across, n); c++ {
		rows := (n + c - 1) / c
		if rows > down {
			continue
		}
		shape := (size.X / float64(c)) / (size.Y / float64(rows))
		empty := float64(c*rows-n) / float64(n)
		if off := math.Abs(math.Log(shape/like)) + empty; off < best {
			columns, best = c, off
		}
	}
	rows := (n + columns - 1) / columns
	w, h := (size.X-gap*float64(columns-1))/float64(columns), (size.Y-gap*float64(rows-1))/float64(rows)
	if n > 1 { // all numbers are written in one size
		for _, s := range d.series[:n] {
			if v := d.valueOf(s, d.theme.ink); v.isNum {
				d.least = max(d.least, d.needs(s.Name, v, d.course(s)))
			}
		}
	}
	for i, s := range d.series[:n] {
		cell := geom.Rect(box.Min.X+float64(i%columns)*(w+gap), box.Min.Y+float64(i/columns)*(h+gap), w, h)
		d.cell(cell, s, len(d.series) > 1)
	}
}

// cell shows one series.
func (d *drawing) cell(box geom.Box, s *feed.Series, named bool) {
	v := d.valueOf(s, d.theme.series[0])
	var c *course
	if s.Type == feed.Numbers {
		c = d.course(s)
	}
	small := smallLetters * d.unit
	row := 1.35 * small
	share := 0.0
	if v.isNum && d.settings.Chart == tile.Gauge || d.settings.Chart == tile.Light && !beside(box.Size()) {
		share = 0.5
	}
	if named && box.Size().Y >= 2.6*row {
		d.write(s.Name, small, box.At(share, 0).X, box.Min.Y+row/2, share, d.theme.muted, box.Size().X)
		box.Min.Y += row
	}
	// The last line tells how the value has changed, or how old it is.
	if foot := (v.stale || d.settings.Chart <= tile.Sparkline && c != nil); foot && box.Size().Y >= 3*row {
		line := geom.Box{Min: geom.Pt(box.Min.X, box.Max.Y-row), Max: box.Max}
		if v.stale {
			d.ago(line, v, share)
		} else {
			d.trend(line, c, share)
		}
		box.Max.Y -= row + 0.2*small
	}
	switch {
	case d.settings.Chart == tile.Light:
		d.light(box, s, v)
	case d.settings.Chart == tile.Gauge && v.isNum:
		d.gauge(box, s, v, c)
	case d.settings.Chart == tile.Sparkline && v.isNum:
		d.sparkline(box, s, v, c)
	default:
		d.number(box, s.Name, v, c, share)
	}
}

// sparkline shows a number over a line without axes, or beside it where it is low.
func (d *drawing) sparkline(box geom.Box, s *feed.Series, v value, c *course) {
	size := box.Size()
	figure, line := box, box
	switch {
	case size.Y >= 46*d.unit:
		figure.Min.Y, figure.Max.Y = box.Min.Y+0.05*size.Y, box.Min.Y+0.4*size.Y
		line.Min.Y = box.Min.Y + 0.54*size.Y
	case size.X >= 2.5*size.Y:
		figure.Max.X = box.Min.X + 0.42*size.X
		line.Min.X = box.Min.X + 0.5*size.X
	default:
		d.number(box, s.Name, v, c, 0)
		return
	}
	d.number(figure, s.Name, v, c, 0)
	low, high, ok := c.bounds(d.begin())
	thick := 1.75 * d.unit
	dot := 1.7 * thick
	if line = line.Grow(-dot); !ok || line.Empty() {
		return
	}
	if d.settings.Bounded {
		low, high = d.settings.Min, d.settings.Max
	}
	if !(low < high) {
		low, high = low-math.Abs(low)/2-1, high+math.Abs(high)/2+1
	}
	plot := plot{box: line, domain: domain{low, high, 1}, from: d.begin(), to: d.end}
	color := d.theme.series[0]
	if v.level > 0 {
		color = d.step(v.level-1, drawnContrast)
	}
	if v.stale {
		color = d.theme.pale(color)
	}
	if end, ok := d.curve(&plot, c, fine(line.Size().X/d.unit), thick, color); ok {
		d.area(geom.EllipsePath(geom.BoxOf(end).Grow(dot)), color)
	}
}

// The arc of a gauge is open below.
const (
	gaugeFrom = math.Pi * 5 / 6
	gaugeTo   = math.Pi * 13 / 6
)

// gauge shows a number on an arc, from one end of its axis to the other.
func (d *drawing) gauge(box geom.Box, s *feed.Series, v value, c *course) {
	letters := smallLetters * d.unit
	whole := box
	if size := box.Size(); size.Y >= 76*d.unit && size.X >= 100*d.unit {
		box.Max.Y -= 1.2 * letters // for the ends of the axis
	}
	size := box.Size()
	r := min(size.X/2, size.Y/1.5)
	thick := 0.17 * r
	r -= thick * 0.9
	if r < 7*d.unit {
		d.number(box, s.Name, v, c, 0.5)
		return
	}
	low, high, _ := c.bounds(d.begin())
	if d.settings.Unit == "%" && !d.settings.Bounded && low >= 0 && high <= 100 {
		low, high = 0, 100
	}
	axis := domainOf(d.settings, min(low, 0), high, 4)
	middle := geom.Pt(box.Center().X, box.Center().Y+(r+thick)*0.25)
	at := func(v float64) float64 {
		return gaugeFrom + (gaugeTo-gaugeFrom)*min(max(axis.at(v), 0), 1)
	}
	// Thresholds are a thin arc around it.
	for i, step := range d.settings.Steps {
		from, to := step.At, axis.high
		if d.settings.Below {
			from, to = axis.low, step.At
		}
		if i+1 < len(d.settings.Steps) {
			if next := d.settings.Steps[i+1].At; d.settings.Below {
				from = next
			} else {
				to = next
			}
		}
		if a, b := at(from), at(to); b > a+0.01 {
			d.stroke(arc(middle, r+thick*0.78, a, b), 0.22*thick, d.step(i, drawnContrast))
		}
	}
	d.stroke(arc(middle, r, gaugeFrom, gaugeTo), thick, d.theme.faint)
	if end := at(v.v); end > gaugeFrom {
		d.stroke(arc(middle, r, gaugeFrom, end), thick, v.drawn)
	}
	inner := r - thick
	d.number(geom.Rect(middle.X-0.85*inner, middle.Y-0.42*inner, 1.7*inner, 0.75*inner), s.Name, v, c, 0.5)
	// The ends of the axis stand below those of the arc.
	ends := arcEnd(middle, r, gaugeFrom)
	y := ends.Y + thick/2 + 0.65*letters
	if y+halfDigit*letters > whole.Max.Y {
		return
	}
	room := r - 0.2*letters
	left, right := d.settings.Format(axis.low), d.settings.Format(axis.high)
	if max(d.wide(left, letters), d.wide(right, letters)) > room {
		return
	}
	lx := max(ends.X-d.wide(left, letters)/2, box.Min.X)
	rx := min(2*middle.X-ends.X+d.wide(right, letters)/2, box.Max.X)
	d.write(left, letters, lx, y, 0, d.theme.muted, room)
	d.write(right, letters, rx, y, 1, d.theme.muted, room)
}

func arcEnd(c geom.Point, r, angle float64) geom.Point { return c.Add(geom.Pt(r, 0).Rotate(angle)) }

// beside reports whether the value of a light stands beside it, not below.
func beside(size geom.Point) bool { return size.X > 1.5*size.Y }

// light shows the colour of the threshold that was reached, and the value beside it or
// below.
func (d *drawing) light(box geom.Box, s *feed.Series, v value) {
	color := d.theme.muted
	if v.isNum && len(d.settings.Steps) > 0 {
		color = d.theme.fine
	}
	if v.level > 0 {
		color = d.step(v.level-1, drawnContrast)
	}
	if v.stale {
		color = d.theme.pale(color)
	}
	v.color = d.theme.ink // the light says enough
	if v.stale {
		v.color = d.theme.pale(v.color)
	}
	v.large = v.color
	size := box.Size()
	lamp, text := box, box
	if beside(size) {
		r := size.Y * 0.36
		lamp.Max.X = box.Min.X + 2*r
		text.Min.X = lamp.Max.X + 0.5*r
		text.Min.Y, text.Max.Y = box.Center().Y-0.6*r, box.Center().Y+0.6*r
		if d.wideNumber(split(v.text))*plainLetters*d.unit > text.Size().X {
			lamp, text = box, geom.NoBox
		}
	} else {
		lamp.Max.Y = box.Min.Y + 0.64*size.Y
		text.Min.Y = box.Min.Y + 0.74*size.Y
		text.Max.Y = min(text.Max.Y, text.Min.Y+20*d.unit)
		if text.Size().Y < 8*d.unit {
			lamp, text = box, geom.NoBox
		}
	}
	r := min(lamp.Size().X, lamp.Size().Y) / 2
	if text.Empty() {
		r *= 0.9
	}
	c := lamp.Center()
	d.area(geom.EllipsePath(geom.BoxOf(c).Grow(r)), d.theme.mixed(color, 0.7))
	d.area(geom.EllipsePath(geom.BoxOf(c).Grow(0.74*r)), color)
	if !text.Empty() {
		share := 0.5
		if beside(size) {
			share = 0
		}
		d.number(text, s.Name, v, nil, share)
	}
}
