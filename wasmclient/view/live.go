package view

import (
	"edgeboard/shared/board"
	"edgeboard/shared/geom"
)

// live is a stroke that grows, or did a moment ago.
type live struct {
	painted int     // tiles show it up to this point; 0: not at all
	since   float64 // when it last grew
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
)

// settle paints strokes into the tiles that have stopped to grow, and the older
// part of those that are long.
func (v *View) settle(f *Frame) {
	many := len(v.live) > manyLive
	for id, l := range v.live {
		l.begin(v.now)
		e := v.doc.Element(id)
		shown := l.shown(e.NumPoints(), v.now)
		last := shown - 1
		switch {
		case e.Deleted():
			delete(v.live, id)
			if l.painted > 0 {
				v.front.dirty(v.boxes[id])
			}
		case many:
			delete(v.live, id)
			v.front.dirty(v.boxes[id])
		case v.now-l.since >= settleStroke:
			delete(v.live, id)
			v.paintInto(f, e, l.painted, last)
		default:
			if last-l.painted > longLive {
				v.paintInto(f, e, l.painted, last-2)
				l.painted = last - 2
			}
			f.wake(l.since + settleStroke)
			if shown < e.NumPoints() {
				f.wake(v.now + nextFrame)
			}
		}
	}
}

// paintInto adds a part of a stroke to the tiles: over what is there if nothing
// lies above it, otherwise they are repainted.
func (v *View) paintInto(f *Frame, e *board.Element, from, to int) {
	box := v.strokeBox(e, from)
	over := v.onTop(e, box)
	for p, t := range v.front.tiles {
		switch {
		case t.dirty || !v.front.reach(p).Overlaps(box):
		case !over:
			t.dirty = true
		default:
			m := v.mesh(e, from, to, transform{v.front.box(p).Min, v.front.scale})
			f.Paints = append(f.Paints, Paint{Tile: t.id, Meshes: []Mesh{m}})
		}
	}
}

// onTop reports whether nothing that tiles show lies above an element within
// box.
func (v *View) onTop(e *board.Element, box geom.Box) bool {
	above := false
	for other := range v.doc.Elements() {
		switch {
		case other == e:
			above = true
		case above && v.shown(other.ID()) && v.boxes[other.ID()].Overlaps(box):
			return false
		}
	}
	return true
}

// shown reports whether tiles show an element, or a part of it.
func (v *View) shown(id board.ID) bool {
	l := v.live[id]
	return l == nil || l.painted > 0
}

func (v *View) mesh(e *board.Element, from, to int, t transform) Mesh {
	m := Mesh{Color: v.ink(uint32(e.Int(board.KeyColor, 0x1e1e1e)))}
	if to >= from && e.NumPoints() > 0 {
		m.stroke(v.pointsOf(e), strokeWidth(e), from, to, t)
	}
	return m
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

// addLive lays the strokes that grow over the tiles, in the board's order, and
// over these those that are not in the document yet.
func (v *View) addLive(f *Frame, s Screen) {
	if len(v.live) == 0 && len(v.sketches) == 0 {
		return
	}
	scale := s.Camera.Zoom * s.Ratio
	// On the same whole pixels as the tiles.
	at := wholePixel(s.Camera.At.Mul(scale)).Mul(1 / scale)
	add := func(m Mesh) {
		if len(m.Indices) > 0 {
			f.Live = append(f.Live, m)
		}
	}
	for e := range v.doc.Elements() {
		if l := v.live[e.ID()]; l != nil {
			add(v.mesh(e, l.painted, l.shown(e.NumPoints(), v.now)-1, transform{at, scale}))
		}
	}
	for _, k := range v.sketches {
		if last := len(k.Points) - 1; last >= 0 {
			m := Mesh{Color: v.ink(k.Color)}
			m.stroke(k.Points, min(max(k.Thickness, 0), maxWidth), 0, last, transform{at, scale})
			add(m)
		}
	}
}
