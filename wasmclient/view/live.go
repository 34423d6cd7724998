package view

import (
	"edgeboard/shared/board"
	"edgeboard/shared/figure"
	"edgeboard/shared/geom"
)

// live is a stroke that grows, or did a moment ago.
type live struct {
	painted int     // tiles show it up to this ink; 0: not at all
	since   float64 // when it last grew
	// The batch under way paints it up to landing.
	lands   bool
	landing int
	// What others draw comes some points at a time. They are shown one after the
	// other over about the time that they took, as a hand draws.
	from  int     // the first of these points
	prior float64 // when it grew before; 0: it did not, or is this person's own
	over  float64 // milliseconds
}

// mostOver bounds how far behind what is shown may be, in milliseconds.
const mostOver = 200

// grew takes note of points, which the next frame is the first to show.
func (l *live) grew(from int, theirs bool) {
	if l.since == justNow {
		return // after others
	}
	l.from, l.prior = from, 0
	if theirs {
		l.prior = l.since
	}
	l.since = justNow
}

// begin tells when the frame is that is the first to show new points.
func (l *live) begin(now float64) {
	if l.since != justNow {
		return
	}
	l.since, l.over = now, 0
	if l.prior > 0 {
		l.over = min(now-l.prior, mostOver)
	}
}

// shown returns how many of n points to show now.
func (l *live) shown(n int, now float64) int {
	if now-l.since >= l.over {
		return n
	}
	return l.from + int(float64(n-l.from)*(now-l.since)/l.over)
}

// justNow stands in live.since until the next frame tells the time.
const justNow = -1

const (
	// longLive is how many points of a stroke may lie over the tiles: what is
	// before them is painted, so that a long stroke does not slow the pen.
	longLive = 256
	// manyLive is how many strokes may lie over the tiles. More come only with
	// the loading of a board.
	manyLive = 32
	// unsure is how many of the last inks are not painted while a stroke grows:
	// their form, and that of the pieces they end, may still change.
	unsure = figure.InkReach + 3
)

// grew takes note of the growth of a stroke.
func (v *View) grew(c figure.Change) {
	sure := max(c.From-unsure, 0)
	l := v.live[c.ID]
	if l == nil {
		if v.inTiles(c.ID) { // to its end, which now is none
			v.dirty(c.Before)
		}
		if len(v.live) > manyLive { // a board is being loaded
			v.dirty(c.After)
			return
		}
		l = &live{painted: sure}
		v.live[c.ID] = l
	}
	if l.painted > sure || l.lands && l.landing > sure {
		// Some tiles of the batch may have been painted as it was before.
		v.dirty(c.Before)
		l.painted, l.landing = min(l.painted, sure), min(l.landing, sure)
	}
	l.grew(c.From, c.ID.Replica != v.figures.Doc().Replica())
}

// inkBox returns the box of the ink of a stroke from one on.
func (v *View) inkBox(f *figure.Figure, from int) geom.Box {
	p := &v.paper
	p.inks = f.AppendInk(p.inks[:0])
	box := geom.NoBox
	n := len(p.inks)
	most := 0.0
	// An ink moves the tangents of the piece before the last one too. The spline
	// lies within its Bézier control points.
	for i := max(from-2, 0); i < n; i++ {
		at := p.inks[i].At
		tangent := p.inks[min(i+1, n-1)].At.Sub(p.inks[max(i-1, 0)].At).Mul(1.0 / 6)
		box = box.With(at.Add(tangent)).With(at.Sub(tangent))
		most = max(most, p.inks[i].Radius)
	}
	return box.Grow(most)
}

// settle makes strokes land in the tiles that have stopped to grow, and the older
// part of those that are long; and what was dragged.
func (v *View) settle(f *Frame) {
	many := len(v.live) > manyLive
	for id, l := range v.live {
		l.begin(v.now)
		fig := v.figures.Of(id)
		n := fig.Element.NumPoints()
		shown := l.shown(n, v.now)
		due := many || v.now-l.since >= settleStroke
		long := shown-l.painted > longLive+unsure
		switch {
		case l.lands:
		case v.lifted[id] != nil:
			if due { // in whatever way it lies then
				delete(v.live, id)
			}
		case (due || long) && v.batch != nil:
			f.Again = true
		case due:
			l.lands, l.landing = true, n
			v.dirty(v.inkBox(fig, l.painted))
		case long:
			l.lands, l.landing = true, shown-unsure
			v.dirty(v.inkBox(fig, l.painted))
		}
		if !due {
			f.wake(l.since + settleStroke)
		}
		if shown < n {
			f.wake(v.now + nextFrame)
		}
		if v.now-l.since < stillFor {
			v.movedAt = v.now
		}
	}
	if v.batch == nil {
		v.settleLifted()
	}
}

// landing reports whether something lands with the next batch.
func (v *View) landing() bool {
	for _, l := range v.live {
		if l.lands {
			return true
		}
	}
	for _, l := range v.lifted {
		if l.lands {
			return true
		}
	}
	return false
}

// landed takes what has landed off the tiles, which now show it.
func (v *View) landed() {
	for id, l := range v.live {
		if !l.lands {
			continue
		}
		l.lands, l.painted = false, l.landing
		if f := v.figures.Of(id); f == nil || l.painted >= f.Element.NumPoints() {
			delete(v.live, id)
		} else {
			v.out.wake(max(l.since+settleStroke, v.now+nextFrame))
		}
	}
	for id, l := range v.lifted {
		if l.lands {
			delete(v.lifted, id)
			v.stack, v.gathered = nil, Screen{}
		}
	}
	if v.drag != nil && !v.dragging() {
		v.dropDrag()
	}
}

// Sketch is a stroke that is shown before it is in the document.
type Sketch struct {
	Color     uint32 // 0xRRGGBB
	Thickness float64
	Points    []board.Point
}

// Sketches sets what is drawn over the board until the next call. The slices are
// the View's from now on.
func (v *View) Sketches(list []Sketch) { v.sketches = list }

// overBudget bounds the vertices that lie over the tiles.
const overBudget = 60_000

// drawOver draws what lies over the tiles: what is in somebody's hands, strokes
// that grow, those that are not in the document yet, and the screen's overlay.
func (v *View) drawOver(f *Frame, s Screen) {
	scale := s.Camera.Zoom * s.Ratio
	c, p := &v.over, &v.paper
	*c = canvas{
		pool: c.pool, items: f.Live, polygon: c.polygon,
		clip: geom.Box{Max: geom.Point{X: float64(s.Width), Y: float64(s.Height)}},
	}
	// On the same whole pixels as the tiles.
	p.transform = transform{wholePixel(s.Camera.At.Mul(scale)).Mul(1 / scale), scale}
	p.dark, p.writing = v.dark, v.writing
	v.drawLifted(f, s)
	v.drawLive()
	v.drawSketches()
	for i := range s.Overlay {
		c.overlay(&s.Overlay[i], s.Ratio)
	}
	f.Live = c.items
}

// drawLive draws the strokes that grow, in the board's order.
func (v *View) drawLive() {
	if len(v.live) == 0 {
		return
	}
	c, p := &v.over, &v.paper
	figures := make([]*figure.Figure, 0, len(v.live))
	for id := range v.live {
		if f := v.figures.Of(id); f != nil && v.lifted[id] == nil {
			figures = append(figures, f)
		}
	}
	v.order(figures)
	for _, f := range figures {
		l := v.live[f.ID()]
		to := l.shown(f.Element.NumPoints(), v.now)
		if to == f.Element.NumPoints() {
			to = all
		} else {
			to--
		}
		if c.spent < overBudget && c.shows(p.box(f.Bounds).Grow(speck)) {
			p.figure(c, f, l.painted, to, &mark{}, overBudget)
		}
	}
}

func (v *View) drawSketches() {
	c, p := &v.over, &v.paper
	for _, k := range v.sketches {
		if len(k.Points) == 0 || c.spent >= overBudget {
			continue
		}
		thickness := min(max(k.Thickness, 0), figure.MaxThickness)
		p.inks = figure.AppendInk(p.inks[:0], k.Points, thickness, geom.Identity)
		p.knots = p.transform.knots(p.knots[:0], p.inks)
		c.begin(1)
		c.ink = turned(k.Color, v.dark)
		c.stroke(p.knots, 0, all, 0, overBudget)
	}
}
