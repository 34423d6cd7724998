package view

import (
	"math"
	"testing"

	"edgeboard/shared/board"
	"edgeboard/shared/geom"
)

// picture is a small image in memory: what package scene has on the graphics
// card, slow and obvious.
type picture struct {
	w, h int
	rgb  []float32
}

func newPicture(w, h int, ground uint32) *picture {
	p := &picture{w: w, h: h, rgb: make([]float32, 3*w*h)}
	p.fill(ground)
	return p
}

func channels(c uint32) [3]float32 {
	return [3]float32{float32(c>>16&0xff) / 255, float32(c>>8&0xff) / 255, float32(c&0xff) / 255}
}

func (p *picture) fill(c uint32) {
	ink := channels(c)
	for n := copy(p.rgb, ink[:]); n < len(p.rgb); n *= 2 {
		copy(p.rgb[n:], p.rgb[:n])
	}
}

// draw paints triangles one after the other. A pixel whose centre lies on an
// edge belongs to one of the two triangles that share it.
func (p *picture) draw(m Mesh) {
	ink := channels(m.Color)
	for i := 0; i < len(m.Indices); i += 3 {
		p.triangle(ink, m.Vertices[m.Indices[i]], m.Vertices[m.Indices[i+1]], m.Vertices[m.Indices[i+2]])
	}
}

func (p *picture) triangle(ink [3]float32, a, b, c Vertex) {
	// Twice the area; the corners go round so that it is positive.
	area := (float64(b.X)-float64(a.X))*(float64(c.Y)-float64(a.Y)) - (float64(b.Y)-float64(a.Y))*(float64(c.X)-float64(a.X))
	if area < 0 {
		b, c, area = c, b, -area
	}
	if area == 0 {
		return
	}
	va, wa, ua, ownA := side(b, c)
	vb, wb, ub, ownB := side(c, a)
	vc, wc, uc, ownC := side(a, b)
	x0, x1 := pixels(p.w, a.X, b.X, c.X)
	y0, y1 := pixels(p.h, a.Y, b.Y, c.Y)
	coverA, coverB, coverC := float64(a.Cover)/area, float64(b.Cover)/area, float64(c.Cover)/area
	for y := y0; y < y1; y++ {
		py := float64(y) + 0.5
		ra, rb, rc := ua+wa*py, ub+wb*py, uc+wc*py
		for x := x0; x < x1; x++ {
			px := float64(x) + 0.5
			sa, sb, sc := ra+va*px, rb+vb*px, rc+vc*px
			if sa < 0 || sb < 0 || sc < 0 || sa == 0 && !ownA || sb == 0 && !ownB || sc == 0 && !ownC {
				continue
			}
			cover := float32(sa*coverA + sb*coverB + sc*coverC)
			at := p.rgb[3*(y*p.w+x):][:3]
			for k := range at {
				at[k] += (ink[k] - at[k]) * cover
			}
		}
	}
}

// side returns the edge from a to b: v x + w y + u is how much of the area lies
// between it and a point. It also tells whether, of the two triangles that share
// it, this one has its pixels.
func side(a, b Vertex) (v, w, u float64, own bool) {
	v, w = float64(a.Y)-float64(b.Y), float64(b.X)-float64(a.X)
	return v, w, -v*float64(a.X) - w*float64(a.Y), b.Y < a.Y || b.Y == a.Y && b.X > a.X
}

func pixels(size int, a, b, c float32) (from, to int) {
	low, high := float64(min(a, b, c)), float64(max(a, b, c))
	return int(min(max(math.Floor(low), 0), float64(size))), int(min(max(math.Ceil(high), 0), float64(size)))
}

// lay copies a tile, stretched by taking the nearest pixel.
func (p *picture) lay(tile *picture, at Placed) {
	for y := max(int(math.Floor(at.Y)), 0); y < p.h && float64(y) < at.Y+at.Size; y++ {
		for x := max(int(math.Floor(at.X)), 0); x < p.w && float64(x) < at.X+at.Size; x++ {
			tx := int(math.Floor((float64(x) + 0.5 - at.X) / at.Size * float64(tile.w)))
			ty := int(math.Floor((float64(y) + 0.5 - at.Y) / at.Size * float64(tile.h)))
			if tx >= 0 && ty >= 0 && tx < tile.w && ty < tile.h {
				copy(p.rgb[3*(y*p.w+x):][:3], tile.rgb[3*(ty*tile.w+tx):][:3])
			}
		}
	}
}

// unlike counts the pixels of two pictures that differ by more than a little,
// and tells where the first one is.
func (p *picture) unlike(q *picture) (n, x, y int) {
	for i := 0; i < len(p.rgb); i += 3 {
		d := float32(0)
		for k := range 3 {
			d = max(d, p.rgb[i+k]-q.rgb[i+k], q.rgb[i+k]-p.rgb[i+k])
		}
		if d > 0.02 {
			if n++; n == 1 {
				x, y = i/3%p.w, i/3/p.w
			}
		}
	}
	return n, x, y
}

// ink is how much of the picture is covered, in pixels, if it was white before
// and is painted black.
func (p *picture) ink() (sum float64) {
	for i := 0; i < len(p.rgb); i += 3 {
		sum += 1 - float64(p.rgb[i])
	}
	return sum
}

// sight is a person who looks at a board: a View, the screen it is for, and the
// images that its frames are painted on.
type sight struct {
	t      *testing.T
	doc    *board.Board
	v      *View
	s      Screen
	tiles  map[TileID]*picture
	most   int // tiles at once
	frames int
}

const ownReplica, otherReplica, lateReplica = 1, 2, 3

// look begins with an empty board, at 100 %, at the time of one second.
func look(t *testing.T, width, height int) *sight {
	return lookAt(t, board.New(ownReplica), Screen{Width: width, Height: height, Ratio: 1, Camera: geom.Camera{Zoom: 1}, Now: 1000})
}

func lookAt(t *testing.T, doc *board.Board, s Screen) *sight {
	k := &sight{t: t, doc: doc, v: New(doc), s: s, tiles: map[TileID]*picture{}}
	doc.Observe(k.v.Changed)
	return k
}

// frame asks for a frame and paints it. Whatever it is, it must keep the rules
// of display lists.
func (k *sight) frame() *Frame {
	k.t.Helper()
	f := k.v.Frame(k.s)
	k.frames++
	for _, id := range f.Drop {
		if k.tiles[id] == nil {
			k.t.Errorf("tile %d is dropped, and there is none", id)
		}
		delete(k.tiles, id)
	}
	painted := map[TileID]bool{}
	for _, p := range f.Paints {
		if p.Clear && painted[p.Tile] {
			k.t.Errorf("tile %d is painted in vain: it is cleared afterwards", p.Tile)
		}
		painted[p.Tile] = true
		tile := k.tiles[p.Tile]
		if tile == nil {
			if !p.Clear {
				k.t.Errorf("tile %d is painted over, and there is none", p.Tile)
			}
			tile = newPicture(TileSize, TileSize, 0xff00ff) // whatever was there
			k.tiles[p.Tile] = tile
		}
		if p.Clear {
			tile.fill(f.Background)
		}
		for _, m := range p.Meshes {
			k.check(m)
			tile.draw(m)
		}
	}
	k.most = max(k.most, len(k.tiles))
	laid := map[TileID]bool{}
	for _, at := range f.Tiles {
		if k.tiles[at.Tile] == nil {
			k.t.Errorf("tile %d is laid on the screen, and there is none", at.Tile)
		}
		if laid[at.Tile] {
			k.t.Errorf("tile %d lies on the screen twice", at.Tile)
		}
		laid[at.Tile] = true
		if at.Size == TileSize && (at.X != math.Trunc(at.X) || at.Y != math.Trunc(at.Y)) {
			k.t.Errorf("tile %d lies at %v, %v: not on whole pixels, though it is not stretched", at.Tile, at.X, at.Y)
		}
	}
	for _, m := range f.Live {
		k.check(m)
	}
	return f
}

func (k *sight) check(m Mesh) { k.t.Helper(); checkMesh(k.t, m) }

func checkMesh(t *testing.T, m Mesh) {
	t.Helper()
	if m.Color > 0xffffff {
		t.Errorf("colour %#x is none", m.Color)
	}
	if len(m.Indices)%3 != 0 {
		t.Errorf("%d indices are no triangles", len(m.Indices))
	}
	for _, i := range m.Indices {
		if int(i) >= len(m.Vertices) {
			t.Fatalf("index %d of %d vertices", i, len(m.Vertices))
		}
	}
	for _, v := range m.Vertices {
		x, y := float64(v.X), float64(v.Y)
		if math.IsNaN(x) || math.IsInf(x, 0) || math.IsNaN(y) || math.IsInf(y, 0) || !(v.Cover >= 0 && v.Cover <= 1) {
			t.Fatalf("vertex %v", v)
		}
	}
}

// show returns what a frame puts on the screen.
func (k *sight) show(f *Frame) *picture {
	p := newPicture(k.s.Width, k.s.Height, f.Background)
	for _, at := range f.Tiles {
		p.lay(k.tiles[at.Tile], at)
	}
	for _, m := range f.Live {
		p.draw(m)
	}
	return p
}

// painted is the screen as it must be: every stroke, as far as it is shown,
// painted on it from the bottom to the top.
func (k *sight) painted() *picture {
	p := newPicture(k.s.Width, k.s.Height, background(k.s.Dark))
	scale := k.s.Camera.Zoom * k.s.Ratio
	at := wholePixel(k.s.Camera.At.Mul(scale)).Mul(1 / scale)
	for e := range k.doc.Elements() {
		if n := e.NumPoints(); n > 0 {
			m := Mesh{Color: k.v.ink(uint32(e.Int(board.KeyColor, 0x1e1e1e)))}
			if l := k.v.live[e.ID()]; l != nil {
				n = l.shown(n, k.v.now)
			}
			m.stroke(e.AppendPoints(nil), strokeWidth(e), 0, n-1, transform{at, scale})
			p.draw(m)
		}
	}
	return p
}

// settle lets time pass and asks for frames until there is nothing to do.
func (k *sight) settle() *Frame {
	k.t.Helper()
	for range 300 {
		f := k.frame()
		switch {
		case f.Again:
		case f.Wake > 0:
			if f.Wake <= k.s.Now {
				k.t.Fatalf("at %v a frame asks for one at %v", k.s.Now, f.Wake)
			}
			k.s.Now = f.Wake
		default:
			return f
		}
	}
	k.t.Fatal("the view does not come to rest")
	return nil
}

// wantPainted expects the settled screen to show the board.
func (k *sight) wantPainted(when string) {
	k.t.Helper()
	f := k.settle()
	if len(f.Live) > 0 {
		k.t.Errorf("%s: %d strokes lie over the tiles, though nothing grows", when, len(f.Live))
	}
	// Meshes are placed in single precision: a pixel on an edge may be off.
	if n, x, y := k.show(f).unlike(k.painted()); n > 12 {
		k.t.Errorf("%s: %d pixels are not as painted, the first at %d, %d", when, n, x, y)
	}
	k.wantRest(when)
}

// wantRest expects that nothing is painted when nothing has changed (R10).
func (k *sight) wantRest(when string) {
	k.t.Helper()
	k.s.Now += 10_000
	if f := k.frame(); len(f.Paints)+len(f.Drop) > 0 || f.Again || f.Wake != 0 {
		k.t.Errorf("%s: at rest, a frame has %d paints, %d drops, again %v, wake %v", when, len(f.Paints), len(f.Drop), f.Again, f.Wake)
	}
}

// line is a straight stroke in board units.
func line(n int, from, to geom.Point) []board.Point {
	points := make([]board.Point, n)
	for i := range points {
		p := from.Add(to.Sub(from).Mul(float64(i) / float64(max(n-1, 1)))).Mul(board.PointsPerUnit)
		points[i] = board.Point{X: int32(math.Round(p.X)), Y: int32(math.Round(p.Y)), Pressure: 127}
	}
	return points
}

func pt(x, y float64) geom.Point { return geom.Point{X: x, Y: y} }

// draw adds a stroke. The width is in board units.
func draw(b *board.Board, color int64, width float64, points ...board.Point) (id board.ID, update []byte) {
	e := b.Edit()
	id = e.Create(board.KindStroke)
	e.Set(id, board.KeyColor, board.Int(color))
	e.Set(id, board.KeyThickness, board.Float(width))
	e.Append(id, points...)
	return id, e.Commit()
}

func grow(b *board.Board, id board.ID, points ...board.Point) (update []byte) {
	e := b.Edit()
	e.Append(id, points...)
	return e.Commit()
}

func set(b *board.Board, id board.ID, key board.Key, value int64) (update []byte) {
	e := b.Edit()
	e.Set(id, key, board.Int(value))
	return e.Commit()
}

func diff(t *testing.T, b *board.Board, have board.Vector) []byte {
	t.Helper()
	updates, err := b.Diff(have)
	if err != nil {
		t.Fatal(err)
	}
	return updates
}

func apply(t *testing.T, b *board.Board, update []byte) {
	t.Helper()
	if err := b.Apply(update); err != nil {
		t.Fatal(err)
	}
}
