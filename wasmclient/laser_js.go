//go:build js

package main

import (
	"slices"

	"edgeboard/shared/board"
	"edgeboard/shared/geom"
	"edgeboard/wasmclient/browser"
	"edgeboard/wasmclient/view"
)

// A light leaves a trail for laserFades milliseconds, laserWidth CSS pixels wide where
// it is now. mostLaser is how many places of one trail are kept.
const (
	laserFades = 900
	laserWidth = 5
	mostLaser  = 120
)

// trail is the way of somebody's light, on the board.
type trail struct {
	color uint32
	seq   uint32 // of the cursor that came last
	on    bool   // the light is on
	at    []lit
}

type lit struct {
	at     geom.Point
	since  float64 // milliseconds of the browser's clock
	begins bool    // the light was off before
}

// ownTrail is the number of this person's trail, which no member has.
const ownTrail = 0

// tellLaser tells the others whether this person points with a light.
func (p *page) tellLaser() { p.session.Laser(p.editor.Lasing()) }

// lase notes where this person's light is, on the board.
func (p *page) lase(at geom.Point) {
	if p.editor.Lasing() {
		p.light(ownTrail, p.color, at)
	} else if t := p.trails[ownTrail]; t != nil {
		t.on = false
	}
}

// takeLasers notes where the others' lights are.
func (p *page) takeLasers() {
	for _, m := range p.session.Others() {
		c := m.Cursor
		t := p.trails[m.ID]
		switch {
		case t != nil && t.seq == c.Seq:
		case c.Laser && !c.Hidden && p.here(m):
			p.light(m.ID, m.Color, geom.Point{X: float64(c.X), Y: float64(c.Y)}.Mul(1.0/board.PointsPerUnit))
			p.trails[m.ID].seq = c.Seq
		case t != nil:
			t.on = false
		}
	}
}

// light adds a place to a trail.
func (p *page) light(id, color uint32, at geom.Point) {
	t := p.trails[id]
	if t == nil {
		t = &trail{}
		p.trails[id] = t
	}
	t.at = append(t.at, lit{at, browser.Now(), !t.on})
	t.color, t.on = color, true
	if n := len(t.at); n > mostLaser {
		t.at = slices.Delete(t.at, 0, n-mostLaser)
	}
	p.redraw()
}

// lasers is the trails as they are now. Each asks for the next frame, until it has
// faded.
func (p *page) lasers(now float64) (list []view.Stroke) {
	camera := p.editor.Camera()
	for id, t := range p.trails {
		t.at = slices.DeleteFunc(t.at, func(l lit) bool { return now-l.since >= laserFades })
		if len(t.at) == 0 {
			if !t.on {
				delete(p.trails, id)
			}
			continue
		}
		p.redraw()
		from := camera.ToScreen(t.at[0].at)
		for _, l := range t.at {
			at := camera.ToScreen(l.at)
			if l.begins {
				from = at
			}
			width := laserWidth * (1 - (now-l.since)/laserFades)
			list = append(list, view.Stroke{Points: []geom.Point{from, at}, Width: max(width, 0.5), Color: t.color})
			from = at
		}
	}
	return list
}
