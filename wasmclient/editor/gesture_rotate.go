package editor

import "edgeboard/shared/geom"

// rotating turns what is selected about its middle.
type rotating struct {
	carrying
	angle float64 // by which it has turned
}

func (g *rotating) move(p Pointer) {
	g.follow(p)
	if !g.far {
		return
	}
	c := g.frame.Center()
	from, to := g.origin.Sub(c), g.at().Sub(c)
	if from == (geom.Point{}) || to == (geom.Point{}) {
		return // the middle has no direction
	}
	g.angle = to.Angle() - from.Angle()
	if g.held(Shift) {
		g.angle = stepped(g.frame.Angle+g.angle) - g.frame.Angle
	}
	g.angle = geom.NormalizeAngle(g.angle)
	g.show(geom.RotateAbout(c, g.angle))
}
