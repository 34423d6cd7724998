package view

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"edgeboard/shared/board"
	"edgeboard/shared/geom"
)

// nominal is the pressure at which a stroke has its nominal width, all but
// nothing.
const nominal = 127

func strokeMesh(width, scale float64, points ...board.Point) (m Mesh) {
	m.stroke(points, width, 0, len(points)-1, transform{scale: scale})
	return m
}

func inkOf(m Mesh, w, h int) float64 {
	p := newPicture(w, h, 0xffffff)
	p.draw(m)
	return p.ink()
}

func within(got, want, share float64) bool { return math.Abs(got-want) <= share*want }

// A straight stroke has as much ink as a bar with round ends, whichever way it
// goes.
func TestInkOfStraightStroke(t *testing.T) {
	for _, width := range []float64{1.5, 2, 4, 9, 30} {
		for _, to := range []geom.Point{pt(180, 50), pt(150, 150), pt(50, 170), pt(170, 61.3)} {
			from := pt(50, 50)
			length := to.Sub(from).Len()
			want := length*width + math.Pi*width*width/4
			if got := inkOf(strokeMesh(width, 1, line(20, from, to)...), 230, 230); !within(got, want, 0.04) {
				t.Errorf("width %v to %v: %.1f pixels of ink, want %.1f", width, to, got, want)
			}
		}
	}
}

// What is thinner than a pixel is paler instead, down to nothing: it does not
// break up into dots.
func TestThinLinesFade(t *testing.T) {
	last := math.Inf(1)
	for _, width := range []float64{1, 0.7, 0.4, 0.2, 0.1, 0.05, 0} {
		m := strokeMesh(width, 1, line(20, pt(20, 20.3), pt(120, 47))...)
		got, want := inkOf(m, 150, 80), 103.5*width
		if math.Abs(got-want) > 0.05*want+1 {
			t.Errorf("width %v: %.2f pixels of ink, want %.2f", width, got, want)
		}
		if got > last {
			t.Errorf("width %v has more ink than the wider one before", width)
		}
		last = got
	}
}

// A dot is a disc of the stroke's width. Its corners are cut, the more the
// smaller it is.
func TestInkOfDot(t *testing.T) {
	for _, radius := range []float64{1, 2, 5, 12, 40} {
		m := strokeMesh(2*radius, 1, board.Point{X: 50 * 8, Y: 50 * 8, Pressure: nominal})
		got, want := inkOf(m, 100, 100), math.Pi*radius*radius
		if got > want*1.12 || got < want*0.88 {
			t.Errorf("radius %v: %.1f pixels of ink, want %.1f", radius, got, want)
		}
	}
}

func TestPressureWidens(t *testing.T) {
	ink := func(pressure uint8) float64 {
		points := line(10, pt(20, 20), pt(120, 20))
		for i := range points {
			points[i].Pressure = pressure
		}
		return inkOf(strokeMesh(8, 1, points...), 140, 40)
	}
	if soft, plain, hard := ink(0), ink(128), ink(255); !within(soft, plain*0.4, 0.1) || !within(hard, plain*1.6, 0.1) {
		t.Errorf("ink is %.0f without pressure, %.0f at half, %.0f at full", soft, plain, hard)
	}
}

// The reference is a round brush that goes along the spline in tiny steps. The
// mesh leaves no notches and nothing sticks out, sharp turns and rests included.
func TestMeshCoversWhatABrushCovers(t *testing.T) {
	for seed := range uint64(12) {
		r := rand.New(rand.NewPCG(seed, 2))
		width := []float64{1, 3, 8, 20}[r.IntN(4)]
		at := pt(60, 60)
		var points []board.Point
		way := pt(6, 0)
		for range 3 + r.IntN(12) {
			points = append(points, line(1, at, at)[0])
			switch r.IntN(4) {
			case 0: // rests
			case 1: // turns sharply
				way = pt(-way.Y, way.X)
				at = at.Add(way)
			default:
				way = way.Add(pt(r.NormFloat64(), r.NormFloat64()).Mul(3))
				at = at.Add(way)
			}
			at = pt(min(max(at.X, 20), 100), min(max(at.Y, 20), 100))
		}
		p := newPicture(120, 120, 0xffffff)
		p.draw(strokeMesh(width, 1, points...))
		brush := brushed(points)
		radius := width / 2 * pressureWidth(nominal)
		slack := 1 + radius/8 // pieces are straight
		for y := range p.h {
			for x := range p.w {
				d := brush(pt(float64(x)+0.5, float64(y)+0.5)) - radius
				ink := 1 - p.rgb[3*(y*p.w+x)]
				if d < -slack && ink < 0.9 || d > slack && ink > 0.1 {
					t.Fatalf("seed %d, width %v, %v: at %d, %d the ink is %.2f, and the border %.1f away", seed, width, points, x, y, ink, d)
				}
			}
		}
	}
}

// brushed returns how far a place is from the way of the brush.
func brushed(points []board.Point) func(geom.Point) float64 {
	at := func(i int) geom.Point { return transform{scale: 1}.place(points[min(max(i, 0), len(points)-1)]) }
	way := []geom.Point{at(0)}
	for i := range len(points) - 1 {
		p1, p2 := at(i), at(i+1)
		if p1 == p2 {
			continue
		}
		a, b := p2.Sub(at(i-1)).Mul(0.5), at(i+2).Sub(p1).Mul(0.5)
		for k := range 33 {
			p, _ := hermite(p1, a, p2, b, float64(k)/32)
			way = append(way, p)
		}
	}
	return func(p geom.Point) float64 {
		d := math.Inf(1)
		for _, q := range way {
			d = min(d, q.Sub(p).Len())
		}
		return d
	}
}

// A stroke that is painted in parts, while it grows, has the triangles of one
// that is painted at once.
func TestPartsMakeTheWhole(t *testing.T) {
	triangles := func(m Mesh) (list []Vertex) {
		for _, i := range m.Indices {
			list = append(list, m.Vertices[i])
		}
		return list
	}
	for seed := range uint64(200) {
		r := rand.New(rand.NewPCG(seed, 3))
		points := make([]board.Point, 2+r.IntN(40))
		for i := range points {
			points[i] = board.Point{X: int32(r.IntN(60)) * 8, Y: int32(r.IntN(60)) * 8, Pressure: uint8(r.IntN(256))}
			if i > 0 && r.IntN(4) == 0 {
				points[i] = points[i-1]
			}
		}
		whole := triangles(strokeMesh(5, 1.5, points...))
		var parts []Vertex
		from, last := 0, len(points)-1
		for known := 1; known < last; known++ { // the last point that has arrived
			if to := known - 2; to > from && r.IntN(3) == 0 {
				var m Mesh
				m.stroke(points[:known+1], 5, from, to, transform{scale: 1.5})
				parts, from = append(parts, triangles(m)...), to
			}
		}
		var m Mesh
		m.stroke(points, 5, from, last, transform{scale: 1.5})
		parts = append(parts, triangles(m)...)
		if !slices.Equal(parts, whole) {
			t.Fatalf("seed %d: the parts have %d corners, the whole has %d, or they differ", seed, len(parts), len(whole))
		}
	}
}

// Whatever the document holds, a mesh is made of numbers, and of few.
func TestMeshOfWildPoints(t *testing.T) {
	const far = math.MaxInt32
	least := board.Point{X: -far - 1, Y: -far - 1}
	for why, points := range map[string][]board.Point{
		"one point":            {{X: 5, Y: 5}},
		"one point, ten times": slices.Repeat([]board.Point{{X: 5, Y: 5, Pressure: 255}}, 10),
		"there and back":       {{}, {X: 800}, {}, {X: 800}},
		"from end to end":      {least, {X: far, Y: far}, least, {X: far, Y: -far}},
		"a cusp":               {{}, {X: 8}, {X: 8}, {}, {Y: 1}, {}},
		"a rest at the end":    {{}, {X: 80}, {X: 80}},
	} {
		for _, width := range []float64{0, 0.001, 4, maxWidth} {
			for _, scale := range []float64{geom.MinZoom, 1, geom.MaxZoom * 4} {
				m := strokeMesh(width, scale, points...)
				if len(m.Indices) == 0 {
					t.Errorf("%s: no ink", why)
				}
				checkMesh(t, m)
				if per := len(m.Vertices) / len(points); per > 4*(maxPieces+1)+2*129 {
					t.Errorf("%s: %d vertices for each point", why, per)
				}
			}
		}
	}
}

// A hostile width is no more than one that is very great or none.
func TestStrokeWidthIsBounded(t *testing.T) {
	for _, c := range []struct {
		units int64
		want  float64
	}{{4, 4}, {0, 0}, {-80, 0}, {math.MinInt64, 0}, {math.MaxInt64, maxWidth}} {
		doc := board.New(ownReplica)
		id, _ := draw(doc, 0, 4, board.Point{})
		set(doc, id, board.KeyThickness, c.units)
		if got := strokeWidth(doc.Element(id)); got != c.want {
			t.Errorf("%d units are a width of %v, want %v", c.units, got, c.want)
		}
	}
}
