package figure

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"time"

	"edgeboard/shared/feed"
	"edgeboard/shared/geom"
)

func itoa(n int) string { return strconv.Itoa(n) }

// fits returns how many of n rows fit into a height, one less if the last one has to say
// how many more there are.
func fits(n, more int, height, row float64) int {
	room := max(int(height/row+1e-6), 1)
	if n > room || more > 0 && n == room {
		return max(room-1, 1)
	}
	return n
}

// moreRows says in the last row how many there are that are not shown.
func (d *drawing) moreRows(box geom.Box, y float64, n int, size float64) {
	if n > 0 && y+0.4*size <= box.Max.Y {
		d.write(filled(d.set.tiles.words.More, itoa(n)), size, box.Min.X, y, 0, d.theme.muted, box.Size().X)
	}
}

// bars shows a bar for each series.
func (d *drawing) bars(box geom.Box, more int) {
	if box.Size().Y >= 60*d.unit {
		box.Min.Y += d.badge(box)
	}
	low, high := 0.0, 0.0
	values := make([]value, len(d.series))
	for i, s := range d.series {
		values[i] = d.valueOf(s, d.theme.series[0])
		low, high = min(low, values[i].v), max(high, values[i].v)
	}
	if d.settings.Unit == "%" && low >= 0 && high <= 100 {
		high = 100
	}
	axis := domainOf(d.settings, low, high, 4)
	size := box.Size()
	letters := min(smallLetters*d.unit, size.Y*0.8)
	row := min(max(size.Y/float64(len(d.series)), 1.5*letters), 3*letters)
	n := fits(len(d.series), more, size.Y, row)
	hidden := len(d.series) - n + more
	// Names and values have as much room as the longest one needs.
	names, numbers := 0.0, 0.0
	for i, s := range d.series[:n] {
		names = max(names, d.wide(s.Name[:cutRunes(s.Name, 64)], letters))
		numbers = max(numbers, d.wide(values[i].text, letters))
	}
	step := 6 * d.unit
	names, numbers = min(names, 0.34*size.X), float64(int(numbers/step)+1)*step
	gap := 0.7 * letters
	bar := geom.Box{Min: geom.Pt(box.Min.X+names+gap, 0), Max: geom.Pt(box.Max.X-numbers-gap, 0)}
	if bar.Max.X-bar.Min.X < 16*d.unit { // names go first
		names, bar.Min.X = 0, box.Min.X
	}
	if bar.Max.X-bar.Min.X < 16*d.unit {
		numbers, bar.Max.X = 0, box.Max.X
	}
	x := func(v float64) float64 { return bar.Min.X + min(max(axis.at(v), 0), 1)*(bar.Max.X-bar.Min.X) }
	thick := min(0.62*row, 1.1*letters)
	zero := x(min(max(0, axis.low), axis.high))
	top := func(i int) float64 { return box.Min.Y + (float64(i)+0.5)*row - thick/2 }
	y := box.Min.Y + row/2
	for i, s := range d.series[:n] {
		v := values[i]
		track := geom.Rect(bar.Min.X, y-thick/2, bar.Max.X-bar.Min.X, thick)
		d.area(geom.RoundedRectanglePath(track, 0.2*thick), d.theme.faint)
		if end := x(v.v); v.isNum && end != zero {
			d.area(geom.RoundedRectanglePath(geom.BoxOf(geom.Pt(min(zero, end), y-thick/2), geom.Pt(max(zero, end), y+thick/2)), 0.2*thick), v.drawn)
		}
		if names > 0 {
			d.write(s.Name, letters, box.Min.X, y, 0, d.theme.muted, names)
		}
		if numbers > 0 {
			d.write(v.text, letters, box.Max.X, y, 1, v.color, numbers)
		}
		y += row
	}
	bottom := y - row/2
	for i, at := range d.settings.Steps {
		if share := axis.at(at.At); share > 0 && share < 1 {
			var path geom.Path
			for k := range n {
				path = append(path, segment(x(at.At), top(k)-0.15*thick, x(at.At), top(k)+1.15*thick)...)
			}
			d.stroke(path, 1.5*d.unit, d.step(i, drawnContrast))
		}
	}
	if axis.low < 0 {
		d.stroke(segment(zero, box.Min.Y, zero, bottom), d.unit, d.theme.border)
	}
	d.moreRows(box, y, hidden, letters)
}

// table shows a row for each series: its name, the last value, the lowest and the highest
// one in the window, and how old the last one is where that is too old.
func (d *drawing) table(box geom.Box, more int) {
	letters := min(plainLetters*d.unit, box.Size().Y*0.8)
	small := smallLetters * d.unit
	row := rowHeight * letters
	words := &d.set.tiles.words
	head := box.Size().Y >= 3*row
	height := box.Size().Y
	if head {
		height -= row
	}
	n := fits(len(d.series), more, height, row)
	type cell struct {
		text  string
		color pair
	}
	heads := [...]string{words.Last, words.Low, words.High, words.Age}
	var widths [len(heads)]float64
	rows := make([][len(heads)]cell, n)
	names, anyStale := 0.0, false
	for i, s := range d.series[:n] {
		v := d.valueOf(s, d.theme.ink)
		r := &rows[i]
		r[0] = cell{oneLine(v.text), v.color}
		faded := d.theme.muted
		if v.stale {
			anyStale, faded = true, d.theme.pale(faded)
			r[3] = cell{v.age, d.theme.muted}
		}
		if s.Type == feed.Numbers {
			if low, high, ok := d.course(s).bounds(d.begin()); ok {
				r[1], r[2] = cell{d.settings.Format(low), faded}, cell{d.settings.Format(high), faded}
			}
		}
		names = max(names, d.wide(s.Name[:cutRunes(s.Name, 64)], letters))
		for k, c := range r {
			widths[k] = max(widths[k], min(d.wide(c.text, letters), 0.5*box.Size().X))
		}
	}
	// Columns go from the least important one on, until names have some room.
	gap, step := letters, 8*d.unit
	shown := [len(heads)]bool{true, true, true, anyStale}
	left := func() float64 {
		room := box.Size().X
		for k, on := range shown {
			if on && widths[k] > 0 {
				room -= gap + widths[k]
			}
		}
		return room
	}
	for k := range heads {
		if widths[k] > 0 {
			if head {
				widths[k] = max(widths[k], d.wide(heads[k], small))
			}
			widths[k] = float64(int(widths[k]/step)+1) * step // seldom another one
		}
	}
	for _, k := range [...]int{1, 2, 3} {
		if left() < min(names, 5*letters) {
			shown[k] = false
			if k == 1 { // one of both says little
				shown[2] = false
			}
		}
	}
	room := max(left(), 0.3*box.Size().X)
	y := box.Min.Y + row/2
	columns := func(y, size float64, of func(k int) cell) {
		x := box.Max.X
		for k := len(heads) - 1; k >= 0; k-- {
			if !shown[k] || widths[k] == 0 {
				continue
			}
			c := of(k)
			most := widths[k]
			if k == 0 {
				most = min(most, x-box.Min.X-room)
			}
			d.write(c.text, size, x, y, 1, c.color, most)
			x -= widths[k] + gap
		}
	}
	if head {
		columns(y, small, func(k int) cell { return cell{heads[k], d.theme.muted} })
		y += row
		d.stroke(segment(box.Min.X, y-row/2, box.Max.X, y-row/2), 0.75*d.unit, d.theme.border)
	}
	for i, s := range d.series[:n] {
		color := d.theme.ink
		if stale, _ := d.stale(s); stale {
			color = d.theme.pale(color)
		}
		d.write(s.Name, letters, box.Min.X, y, 0, color, room)
		columns(y, letters, func(k int) cell { return rows[i][k] })
		if y += row; i+1 < n {
			d.stroke(segment(box.Min.X, y-row/2, box.Max.X, y-row/2), 0.5*d.unit, d.theme.faint)
		}
	}
	d.moreRows(box, y, len(d.series)-n+more, small)
}

// entry of a log.
type logged struct {
	point feed.Point
	name  string
}

// log shows the last values of all series, the newest at the bottom.
func (d *drawing) log(box geom.Box) {
	if box.Size().Y >= 60*d.unit {
		box.Min.Y += d.badge(box)
	}
	letters := min(smallLetters*d.unit, box.Size().Y*0.8)
	row := 1.4 * letters
	most := min(max(int(box.Size().Y/row+1e-6), 1), mostRows)
	var list []logged
	for _, s := range d.series {
		for i := max(s.Ring.Len()-most, 0); i < s.Ring.Len(); i++ {
			list = append(list, logged{s.Ring.At(i), s.Name})
		}
	}
	slices.SortStableFunc(list, func(a, b logged) int { return cmp.Compare(b.point.Time, a.point.Time) })
	list = list[:min(len(list), most)]
	long := d.wide("00:00:00", letters) + letters
	if long > 0.3*box.Size().X {
		long = 0
	}
	names := 0.0
	if len(d.series) > 1 {
		for _, s := range d.series {
			names = max(names, d.wide(s.Name[:cutRunes(s.Name, 64)], letters))
		}
		if names = min(names, 0.25*box.Size().X) + letters; names < 3*letters || box.Size().X < 150*d.unit {
			names = 0
		}
	}
	stale, _ := d.stale(d.newest())
	shade := func(c pair) pair {
		if stale {
			return d.theme.pale(c)
		}
		return c
	}
	y := box.Max.Y - row/2
	top := y - (float64(most)-0.5)*row
	for _, e := range list {
		text, color := e.point.Text, d.theme.ink
		if e.point.Type() == feed.Numbers {
			text = d.settings.Format(e.point.Number)
			if level := d.settings.Level(e.point.Number); level > 0 {
				color = d.step(level-1, lettersContrast)
			}
		}
		lines := strings.Split(strings.TrimRight(text[:cutRunes(text, 4<<10)], "\n"), "\n")
		for i := len(lines) - 1; i >= 0 && y > top; i-- {
			x := box.Min.X
			if long > 0 {
				if i == 0 {
					d.write(time.UnixMilli(e.point.Time).In(d.set.tiles.zone).Format("15:04:05"), letters, x, y, 0, shade(d.theme.muted), long)
				}
				x += long
			}
			if names > 0 {
				if i == 0 {
					d.write(e.name, letters, x, y, 0, shade(d.theme.muted), names-letters)
				}
				x += names
			}
			d.write(lines[i], letters, x, y, 0, shade(color), box.Max.X-x)
			y -= row
		}
		if y <= top {
			break
		}
	}
}

// newest returns the series with the newest point.
func (d *drawing) newest() *feed.Series {
	newest := d.series[0]
	for _, s := range d.series[1:] {
		a, _ := s.Ring.Last()
		if b, _ := newest.Ring.Last(); a.Time > b.Time {
			newest = s
		}
	}
	return newest
}

// text shows the newest value of all series, in lines.
func (d *drawing) text(box geom.Box) {
	s := d.newest()
	v := d.valueOf(s, d.theme.ink)
	letters := 15 * d.unit
	size := box.Size()
	if v.stale && size.Y >= 3*letters {
		line := geom.Box{Min: geom.Pt(box.Min.X, box.Max.Y-1.35*smallLetters*d.unit), Max: box.Max}
		d.ago(line, v, 0)
		size.Y -= 1.6 * smallLetters * d.unit
	}
	letters = min(letters, size.Y/LineHeight)
	layout := layOut(v.text, letters, size.X, AlignStart, d.set.fonts)
	n := min(len(layout.Lines), max(int(size.Y/(LineHeight*letters)+1e-6), 1))
	for i, line := range layout.Lines[:n] {
		shown, room := line.Text, size.X+6*d.unit // digits may be wider than they were when lines were broken
		if i == n-1 && n < len(layout.Lines) {
			shown, room = strings.TrimRight(shown, " ")+ellipsis, size.X
		}
		x, share := box.Min.X, 0.0
		if line.RightToLeft {
			x, share = box.Max.X, 1
		}
		d.write(shown, letters, x, box.Min.Y+(float64(i)+0.5)*LineHeight*letters, share, v.color, room)
	}
}
