package export

import (
	"math"

	"edgeboard/shared/board"
	"edgeboard/shared/geom"
)

// line makes a line or an arrow. Lines here are straight: one with bends becomes a
// stroke, but an arrow that is bound at both ends stays one.
func (m *translator) line(e Element, d *drawn) {
	if len(d.points) < 2 {
		m.left(LeftEmpty)
		return
	}
	points := turned(d.points, d.angle)
	arrow := d.kind == "arrow"
	bound := arrow && m.names[d.start.to] != (board.ID{}) && m.names[d.end.to] != (board.ID{})
	if len(points) > 2 && !bound {
		m.bent(e, d, points)
		return
	}
	if len(points) > 2 {
		m.left(LeftBends)
	}
	from, to := points[0], points[len(points)-1]
	if from == to {
		m.left(LeftEmpty)
		return
	}
	start, end := d.start, d.end
	startHead, endHead := d.startHead, d.endHead || arrow && !d.heads
	if startHead && !endHead { // an arrow here has its only head at its end
		from, to, start, end, startHead, endHead = to, from, end, start, endHead, startHead
	}
	e.Kind = board.KindLine
	if arrow || startHead || endHead {
		e.Kind = board.KindArrow
		switch {
		case startHead:
			e.Set(board.KeyHead, board.Int(2))
		case !endHead:
			e.Set(board.KeyHead, board.Int(0))
		}
		m.bind(&e, start, board.KeyStart, board.KeyStartX, board.KeyStartY)
		m.bind(&e, end, board.KeyEnd, board.KeyEndX, board.KeyEndY)
	}
	m.place(&e, geom.Box{Min: from, Max: to}, 0)
	m.lines(&e, d)
	m.label(&e, d)
	m.add(e, d)
}

func (m *translator) bind(e *Element, b binding, key, keyX, keyY board.Key) {
	id, ok := m.names[b.to]
	if !ok || b.to == "" {
		return
	}
	e.Set(key, board.Ref(id))
	e.Set(keyX, board.Float(b.at.X))
	e.Set(keyY, board.Float(b.at.Y))
}

// bent makes a stroke of a line with bends, and of its heads short ones.
func (m *translator) bent(e Element, d *drawn, points []geom.Point) {
	if m.fill(d) && points[0].Dist(points[len(points)-1]) < closed {
		m.left(LeftFills)
	}
	path := geom.PolylinePath(points, false)
	if d.round && len(points) < mostBends {
		path = geom.SplinePath(points, false)
	}
	way := m.stepped(path)
	n := len(way)
	startHead, endHead := d.startHead, d.endHead || d.kind == "arrow" && !d.heads
	plain := *d
	plain.angle = 0
	if (startHead || endHead) && len(d.groups) == 0 { // so that they are moved together
		plain.groups = []string{"heads of " + d.id}
	}
	m.stroke(e, &plain, way, true)
	head := func(tip, from geom.Point) {
		length := 12 + 2*d.thickness
		m.stroke(Element{}, &plain, m.stepped(geom.ArrowHeadPath(tip, tip.Sub(from), length, length, false)), true)
	}
	if endHead && n > 1 {
		head(way[n-1], way[max(n-4, 0)])
	}
	if startHead && n > 1 {
		head(way[0], way[min(3, n-1)])
	}
}

const (
	// closed is how near the ends of a line are that Excalidraw takes for a shape.
	closed = 8
	// mostBends is how many bends a line has that is drawn as a curve.
	mostBends = 1000
	// stepLength is how far points on a line with bends are apart, in board units. Of
	// long ones they are further, so that there are not too many.
	stepLength = 4
	mostSteps  = 5000
	mostOfAll  = 4 << 20
)

// stepped returns points on a path that are so near that the ink through them keeps
// its corners.
func (m *translator) stepped(path geom.Path) []geom.Point {
	step := max(stepLength, path.Length(1)/mostSteps)
	var all []geom.Point
	for _, line := range path.Flatten(0.5) {
		for i, p := range line.Points {
			if i == 0 {
				all = append(all, p)
				continue
			}
			from, n := line.Points[i-1], 1
			if m.steps < mostOfAll {
				n = max(int(math.Ceil(from.Dist(p)/step)), 1)
			}
			for k := 1; k <= n; k++ {
				all = append(all, from.Lerp(p, float64(k)/float64(n)))
			}
			m.steps += n
		}
	}
	return all
}

const (
	// freedrawWidth is how wide Excalidraw draws a stroke of width 1.
	freedrawWidth = 4.25
	// evenPressure draws a stroke as wide as its thickness, and is not that of a
	// device without pressure.
	evenPressure = 127
	noPressure   = 128
)

// stroke makes a stroke. An even one is as wide as a line.
func (m *translator) stroke(e Element, d *drawn, points []geom.Point, even bool) {
	if len(points) == 0 {
		m.left(LeftEmpty)
		return
	}
	if len(points) > board.MaxPoints {
		m.left(LeftPoints)
		points = points[:board.MaxPoints]
	}
	e.Kind = board.KindStroke
	for i, p := range turned(points, d.angle) {
		pressure := uint8(evenPressure)
		switch {
		case even:
		case d.steady:
			pressure = noPressure
		case i < len(d.pressures):
			pressure = uint8(math.Round(min(max(d.pressures[i], 0), 1) * math.MaxUint8))
		}
		e.Points = append(e.Points, board.Point{X: eighths(p.X), Y: eighths(p.Y), Pressure: pressure})
	}
	thickness := d.thickness
	if !even {
		thickness *= freedrawWidth
	}
	c, ok := m.color(d.color)
	if !ok {
		m.left(LeftEmpty) // it cannot be seen
		return
	}
	e.Set(board.KeyColor, board.Int(int64(c)))
	e.Set(board.KeyThickness, board.Float(thickness))
	m.add(e, d)
}

// turned returns points that are turned about the middle of their box.
func turned(points []geom.Point, angle float64) []geom.Point {
	if angle == 0 {
		return points
	}
	center := geom.BoxOf(points...).Center()
	all := make([]geom.Point, len(points))
	for i, p := range points {
		all[i] = p.RotateAbout(center, angle)
	}
	return all
}
