package figure

import (
	"math"
	"time"

	"edgeboard/shared/feed"
	"edgeboard/shared/geom"
)

// plot is where numbers are drawn over time.
type plot struct {
	box      geom.Box
	domain   domain
	from, to int64
}

func (p *plot) x(t int64) float64 {
	return p.box.Min.X + float64(t-p.from)/float64(max(p.to-p.from, 1))*p.box.Size().X
}

func (p *plot) y(v float64) float64 {
	return p.box.Max.Y - min(max(p.domain.at(v), 0), 1)*p.box.Size().Y
}

// curve draws how a series went, with gaps where nothing came for so long that what was
// there had become stale. It returns where it ends.
func (d *drawing) curve(p *plot, c *course, most int, thickness float64, color pair) (end geom.Point, ok bool) {
	samples := c.samples(d.set.tiles.samples[:0], p.from, most)
	d.set.tiles.samples = samples
	first := len(d.tile.curves)
	path := d.tile.curves
	gap := d.settings.Stale.Milliseconds()
	if gap > 0 {
		gap = max(gap, 2*c.step)
	}
	fresh := true
	for i, s := range samples {
		if s.t < p.from {
			// What was before the window comes in at its border.
			if i+1 >= len(samples) || samples[i+1].t < p.from {
				continue
			}
			next := samples[i+1]
			if gap > 0 && next.t-s.t > gap {
				continue
			}
			share := float64(p.from-s.t) / float64(next.t-s.t)
			s = sample{p.from, s.v + (next.v-s.v)*share}
		}
		at := geom.Pt(p.x(s.t), p.y(s.v))
		if i > 0 && gap > 0 && s.t-samples[i-1].t > gap {
			fresh = true
		}
		if fresh {
			path.MoveTo(at)
			if i+1 == len(samples) || gap > 0 && samples[i+1].t-s.t > gap {
				path.LineTo(at) // a dot
			}
		} else {
			path.LineTo(at)
		}
		fresh, end, ok = false, at, true
	}
	d.tile.curves = path
	d.stroke(path[first:len(path):len(path)], thickness, color)
	return end, ok
}

// lines shows a line for each series, with axes.
func (d *drawing) lines(box geom.Box) {
	var drawn []*feed.Series
	low, high, some := 0.0, 0.0, false
	for _, s := range d.series {
		if s.Type != feed.Numbers || len(drawn) >= mostSeries {
			continue
		}
		l, h, ok := d.course(s).bounds(d.begin())
		if !ok {
			continue
		}
		if !some {
			low, high, some = l, h, true
		}
		low, high = min(low, l), max(high, h)
		drawn = append(drawn, s)
	}
	if len(drawn) == 0 { // texts have no height
		d.middle(box, "—")
		return
	}
	colors := make([]pair, len(drawn))
	for i, s := range drawn {
		colors[i] = d.theme.series[i%len(seriesColors)]
		if i >= len(seriesColors) {
			colors[i] = d.theme.mixed(colors[i], 0.35)
		}
		if stale, _ := d.stale(s); stale {
			colors[i] = d.theme.pale(colors[i])
		}
	}
	small := smallLetters * d.unit
	size := box.Size()
	if size.Y >= 64*d.unit && size.X >= 80*d.unit {
		if len(drawn) > 1 {
			box.Min.Y += d.legend(box, drawn, colors, 1+int(size.Y/(150*d.unit)))
		} else {
			v := d.valueOf(drawn[0], colors[0])
			line := geom.Box{Min: box.Min, Max: geom.Pt(box.Max.X, box.Min.Y+1.5*small)}
			d.write(v.text, 1.2*small, line.Min.X, line.Center().Y, 0, v.color, size.X)
			box.Min.Y += 1.9 * small
		}
	}
	p := plot{box: box, from: d.begin(), to: d.end}
	if size.Y >= 56*d.unit {
		p.box.Max.Y -= 1.4 * small
	}
	ticks := min(max(int(p.box.Size().Y/(32*d.unit)), 1), 6)
	p.domain = domainOf(d.settings, low, high, ticks)
	marks := p.domain.ticks(nil)
	p.box.Min.Y += 0.4 * small
	if size.X >= 110*d.unit && size.Y >= 40*d.unit {
		width := 0.0
		for _, v := range marks {
			width = max(width, d.wide(d.settings.Format(v), small))
		}
		// Whole steps, so that it seldom changes.
		step := 6 * d.unit
		if width = math.Ceil(width/step)*step + 0.5*small; width < 0.4*size.X {
			p.box.Min.X += width
			y := math.Inf(1)
			for _, v := range marks {
				if at := p.y(v); y-at >= 1.2*small || math.IsInf(y, 1) {
					d.write(d.settings.Format(v), small, p.box.Min.X-0.5*small, at, 1, d.theme.muted, width)
					y = at
				}
			}
		}
	}
	if p.box.Empty() {
		return
	}
	for _, v := range marks {
		d.stroke(segment(p.box.Min.X, p.y(v), p.box.Max.X, p.y(v)), 0.75*d.unit, d.theme.faint)
	}
	if size.Y >= 56*d.unit {
		d.times(&p, box.Max.Y-0.5*small, small)
	}
	for i, step := range d.settings.Steps {
		if v := p.domain.at(step.At); v >= 0 && v <= 1 {
			d.stroke(dashes(p.box.Min.X, p.box.Max.X, p.y(step.At), 4*d.unit), 1.25*d.unit, d.step(i, drawnContrast))
		}
	}
	most := min(max(mostPoints/2/len(drawn), 20), fine(p.box.Size().X/d.unit))
	for i := len(drawn) - 1; i >= 0; i-- {
		d.curve(&p, d.course(drawn[i]), most, 1.75*d.unit, colors[i])
	}
	d.badge(p.box)
}

// fine is how many stretches show all that can be seen in a width, in units.
func fine(width float64) int { return min(max(int(width/1.5), 8), numStretches) }

// times writes the times of an axis below a plot.
func (d *drawing) times(p *plot, y, size float64) {
	var ticks []int64
	var step int64
	for _, label := range [...]string{"00:00", "00:00:00"} {
		most := int(p.box.Size().X / (1.4 * d.wide(label, size)))
		if ticks, step = timeTicks(nil, p.from, p.to, most, d.set.tiles.zone); step >= 60_000 {
			break
		}
	}
	layout := "15:04"
	switch {
	case step < 60_000:
		layout = "15:04:05"
	case step >= 86_400_000:
		layout = "01-02"
	}
	for _, t := range ticks {
		text := time.UnixMilli(t).In(d.set.tiles.zone).Format(layout)
		half := d.wide(text, size) / 2
		x := p.x(t)
		if x-half < p.box.Min.X-half*0.3 || x+half > p.box.Max.X+0.3*size {
			continue
		}
		d.stroke(segment(x, p.box.Max.Y, x, p.box.Max.Y+0.25*size), 0.75*d.unit, d.theme.border)
		d.write(text, size, x, y, 0.5, d.theme.muted, 2.1*half)
	}
}

// legend writes which line is whose, in so many rows at most, and returns how high that
// has become.
func (d *drawing) legend(box geom.Box, drawn []*feed.Series, colors []pair, rows int) float64 {
	size := smallLetters * d.unit
	swatch, gap, between := 0.9*size, 0.4*size, 1.1*size
	row, x, y := 1.4*size, box.Min.X, box.Min.Y+0.7*size
	used := 1
	longest := min(0.5*box.Size().X, 16*size)
	for i, s := range drawn {
		name := d.set.cut(s.Name, longest/size)
		width := swatch + gap + d.wide(name, size)
		more := filled(d.set.tiles.words.More, itoa(len(drawn)-i))
		room := box.Max.X - x
		if i+1 < len(drawn) && used == rows {
			room -= between + d.wide(more, size)
		}
		if width > room && x > box.Min.X {
			if used == rows {
				d.write(more, size, x, y, 0, d.theme.muted, box.Max.X-x)
				break
			}
			used, x, y = used+1, box.Min.X, y+row
		}
		d.area(geom.RoundedRectanglePath(geom.Rect(x, y-0.3*size, swatch, 0.6*size), 0.2*size), colors[i])
		d.write(name, size, x+swatch+gap, y, 0, d.theme.muted, box.Max.X-x-swatch-gap)
		x += width + between
	}
	return float64(used)*row + 0.2*size
}
