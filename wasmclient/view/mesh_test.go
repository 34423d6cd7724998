package view

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"edgeboard/shared/board"
	"edgeboard/shared/figure"
	"edgeboard/shared/geom"
)

// nominal is the pressure at which a stroke has its nominal width, all but
// nothing.
const nominal = 127

// wide is a clip that hides nothing.
var wide = geom.Box{Min: geom.Pt(-1e12, -1e12), Max: geom.Pt(1e12, 1e12)}

// strokeItem is a stroke as it is drawn at a scale, as far as it is in a clip.
func strokeItem(clip geom.Box, width, scale float64, points ...board.Point) Item {
	c := canvas{pool: &pool{}, clip: clip}
	c.begin(1)
	inks := figure.AppendInk(nil, points, width, geom.Identity)
	c.stroke(transform{scale: scale}.knots(nil, inks), 0, all, 0, math.MaxInt)
	return c.items[0]
}

func strokeInk(width, scale float64, points ...board.Point) Item {
	return strokeItem(wide, width, scale, points...)
}

func inkOf(item Item, w, h int) float64 {
	p := newPicture(w, h, 0xffffff)
	p.draw(item)
	return p.ink()
}

// vertices returns how many an item has.
func (i Item) vertices() (n int) {
	for _, m := range i.Meshes {
		n += len(m.Vertices)
	}
	return n
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
			if got := inkOf(strokeInk(width, 1, line(20, from, to)...), 230, 230); !within(got, want, 0.04) {
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
		m := strokeInk(width, 1, line(20, pt(20, 20.3), pt(120, 47))...)
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
		m := strokeInk(2*radius, 1, board.Point{X: 50 * 8, Y: 50 * 8, Pressure: nominal})
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
		return inkOf(strokeInk(8, 1, points...), 140, 40)
	}
	if soft, plain, hard := ink(0), ink(128), ink(255); !within(soft, plain*0.4, 0.1) || !within(hard, plain*1.6, 0.1) {
		t.Errorf("ink is %.0f without pressure, %.0f at half, %.0f at full", soft, plain, hard)
	}
}

// The reference is a round brush that goes along the spline in tiny steps. The
// mesh leaves no notches and nothing sticks out, sharp turns and rests included.
func TestMeshCoversWhatABrushCovers(t *testing.T) {
	for seed := range rounds(12) {
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
		p.draw(strokeInk(width, 1, points...))
		brush := brushed(points)
		radius := width / 2 * 0.9976 // at the nominal pressure
		slack := 1 + radius/8        // pieces are straight
		for y := range p.h {
			for x := range p.w {
				d := brush(pt(float64(x)+0.5, float64(y)+0.5)) - radius
				ink := 1 - p.at(x, y)[0]
				if d < -slack && ink < 0.9 || d > slack && ink > 0.1 {
					t.Fatalf("seed %d, width %v, %v: at %d, %d the ink is %.2f, and the border %.1f away", seed, width, points, x, y, ink, d)
				}
			}
		}
	}
}

// brushed returns how far a place is from the way of the brush.
func brushed(points []board.Point) func(geom.Point) float64 {
	inks := figure.AppendInk(nil, points, 1, geom.Identity)
	at := func(i int) geom.Point { return inks[min(max(i, 0), len(inks)-1)].At }
	way := []geom.Point{at(0)}
	for i := range len(inks) - 1 {
		p1, p2 := at(i), at(i+1)
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

// A stroke of which tiles show a part, while the rest lies over them, covers what
// the whole covers, and the parts do not overlap but at their joints: what can be
// seen through does not show where it was cut.
func TestPartsMakeTheWhole(t *testing.T) {
	for seed := range uint64(60) {
		r := rand.New(rand.NewPCG(seed, 3))
		points := make([]board.Point, 12+r.IntN(60))
		at := pt(60, 60)
		way := pt(5, 2)
		for i := range points {
			points[i] = board.Point{X: int32(at.X * 8), Y: int32(at.Y * 8), Pressure: uint8(100 + r.IntN(80))}
			way = way.Rotate(r.NormFloat64() * 0.3)
			if next := at.Add(way); next.X > 10 && next.X < 110 && next.Y > 10 && next.Y < 110 {
				at = next
			} else {
				way = way.Rotate(1.2)
			}
		}
		inks := figure.AppendInk(nil, points, 5, geom.Identity)
		knots := transform{scale: 1.5}.knots(nil, inks)
		triangles := func(from, to int) (list []Vertex) {
			c := canvas{pool: &pool{}, clip: wide}
			c.begin(1)
			c.stroke(knots, from, to, 0, math.MaxInt)
			for _, m := range c.items[0].Meshes {
				for _, i := range m.Indices {
					list = append(list, m.Vertices[i])
				}
			}
			return list
		}
		whole := triangles(0, all)
		cut := 1 + r.IntN(len(inks)-2)
		parts := append(triangles(0, cut), triangles(cut, all)...)
		if !slices.Equal(parts, whole) {
			t.Fatalf("seed %d, cut at %d of %d: the parts have %d corners, the whole has %d, or they differ", seed, cut, len(inks), len(parts), len(whole))
		}
	}
}

// A stroke that is drawn in many steps, as it takes several frames, is the one
// that is drawn at once.
func TestStepsMakeTheWhole(t *testing.T) {
	var points []board.Point
	for i := range 400 {
		a := float64(i) / 9
		points = append(points, board.Point{X: int32(800 + 12*a*math.Cos(a)), Y: int32(800 + 12*a*math.Sin(a)), Pressure: uint8(i % 200)})
	}
	knots := transform{scale: 1}.knots(nil, figure.AppendInk(nil, points, 6, geom.Identity))
	draw := func(step int) *picture {
		c := canvas{pool: &pool{}, clip: wide}
		for at := 0; at < len(knots); {
			c.begin(1)
			at = c.stroke(knots, 0, all, at, c.spent+step)
		}
		p := newPicture(200, 200, 0xffffff)
		for _, item := range c.items {
			p.draw(item)
		}
		return p
	}
	whole := draw(math.MaxInt / 2)
	if whole.ink() < 1000 {
		t.Fatal("there is nothing to see")
	}
	for _, step := range []int{1, 7, 100} {
		if n, x, y := draw(step).unlike(whole); n > 0 {
			t.Errorf("in steps of %d vertices, %d pixels differ, the first at %d, %d", step, n, x, y)
		}
	}
}

// What is drawn of a stroke depends on what can be seen: at a distance less, and
// beyond the borders nothing.
func TestLevelOfDetail(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 5))
	var points []board.Point
	at := pt(0, 0)
	for range 10_000 {
		at = at.Add(pt(r.NormFloat64(), r.NormFloat64()).Mul(2))
		points = append(points, board.Point{X: int32(at.X * 8), Y: int32(at.Y * 8), Pressure: nominal})
	}
	near, far := strokeInk(4, 1, points...).vertices(), strokeInk(4, 0.05, points...).vertices()
	if far*5 > near {
		t.Errorf("at a twentieth of the size a stroke has %d vertices, of %d", far, near)
	}
	if n := strokeItem(geom.Rect(1e5, 1e5, 512, 512), 4, 1, points...).vertices(); n != 0 {
		t.Errorf("out of sight a stroke has %d vertices", n)
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
		for _, width := range []float64{0, 0.001, 4, figure.MaxThickness} {
			for _, scale := range []float64{geom.MinZoom, 1, geom.MaxZoom * 4} {
				item := strokeInk(width, scale, points...)
				if len(item.Meshes) == 0 {
					t.Errorf("%s: no ink", why)
				}
				for _, m := range item.Meshes {
					checkMesh(t, m)
				}
				if per := item.vertices() / len(points); per > 4*(maxPieces+1)+2*129 {
					t.Errorf("%s: %d vertices for each point", why, per)
				}
			}
		}
	}
}
