package view

import (
	"math"
	"slices"
	"testing"

	"edgeboard/shared/board"
	"edgeboard/shared/figure"
	"edgeboard/shared/geom"
)

// picture is a small image in memory: what package scene has on the graphics
// card, slow and obvious. Its pixels are red, green, blue and alpha, premultiplied.
type picture struct {
	w, h int
	pix  []float32
}

func newPicture(w, h int, ground uint32) *picture {
	p := &picture{w: w, h: h, pix: make([]float32, 4*w*h)}
	p.fill(ground)
	return p
}

func channels(c uint32) [4]float32 {
	return [4]float32{float32(c>>16&0xff) / 255, float32(c>>8&0xff) / 255, float32(c&0xff) / 255, 1}
}

func (p *picture) fill(c uint32) {
	ink := channels(c)
	for n := copy(p.pix, ink[:]); n < len(p.pix); n *= 2 {
		copy(p.pix[n:], p.pix[:n])
	}
}

func (p *picture) at(x, y int) []float32 { return p.pix[4*(y*p.w+x):][:4] }

// blend lays ink over a pixel.
func blend(at []float32, ink [4]float32, cover float32) {
	for k := range at {
		at[k] = ink[k]*cover + at[k]*(1-ink[3]*cover)
	}
}

// draw paints an item.
func (p *picture) draw(item Item) {
	if item.Clip != (geom.Box{}) {
		q := &picture{w: p.w, h: p.h, pix: slices.Clone(p.pix)}
		part := item.Clip
		item.Clip = geom.Box{}
		q.draw(item)
		for y := max(int(part.Min.Y), 0); y < min(int(part.Max.Y), p.h); y++ {
			for x := max(int(part.Min.X), 0); x < min(int(part.Max.X), p.w); x++ {
				copy(p.at(x, y), q.at(x, y))
			}
		}
		return
	}
	if item.Alpha == 1 {
		p.drawPlain(item)
		return
	}
	scratch := &picture{w: p.w, h: p.h, pix: make([]float32, len(p.pix))}
	scratch.drawPlain(item)
	p.over(scratch, item.Alpha)
}

// over lays a picture of the same size over another.
func (p *picture) over(q *picture, alpha float64) {
	for i := 0; i < len(p.pix); i += 4 {
		blend(p.pix[i:i+4], [4]float32(q.pix[i:i+4]), float32(alpha))
	}
}

func (p *picture) drawPlain(item Item) {
	for _, m := range item.Meshes {
		p.mesh(m)
	}
	for _, q := range item.Pictures {
		p.photo(q)
	}
	for _, r := range item.Runs {
		p.run(r)
	}
}

// mesh paints triangles one after the other. A pixel whose centre lies on an edge
// belongs to one of the two triangles that share it.
func (p *picture) mesh(m *Mesh) {
	for i := 0; i < len(m.Indices); i += 3 {
		p.triangle(m.Vertices[m.Indices[i]], m.Vertices[m.Indices[i+1]], m.Vertices[m.Indices[i+2]])
	}
}

func (p *picture) triangle(a, b, c Vertex) {
	ink := channels(a.Color)
	p.cover(a, b, c, func(at []float32, mix func(va, vb, vc float32) float64) {
		d := math.Hypot(mix(a.U, b.U, c.U), mix(a.V, b.V, c.V))
		cover := Coverage(float32(d), float32(mix(a.R, b.R, c.R)))
		blend(at, ink, cover*float32(mix(a.Level, b.Level, c.Level)))
	})
}

// album are the pictures that are to be had: what of them lies at a share of their
// sides.
var album = map[string]func(u, v float64) [4]float32{}

// photo paints a part of a picture, or its paper.
func (p *picture) photo(q Picture) {
	paper := channels(q.Paper)
	show := album[q.Blob]
	for i := 0; i < len(q.Indices); i += 3 {
		a, b, c := q.Corners[q.Indices[i]], q.Corners[q.Indices[i+1]], q.Corners[q.Indices[i+2]]
		p.cover(Vertex{X: a.X, Y: a.Y}, Vertex{X: b.X, Y: b.Y}, Vertex{X: c.X, Y: c.Y}, func(at []float32, mix func(va, vb, vc float32) float64) {
			ink := paper
			if show != nil {
				ink = show(mix(a.U, b.U, c.U), mix(a.V, b.V, c.V))
			}
			blend(at, ink, float32(mix(a.Level, b.Level, c.Level)))
		})
	}
}

// cover visits the pixels of a triangle. mix mixes what its corners have.
func (p *picture) cover(a, b, c Vertex, visit func(at []float32, mix func(va, vb, vc float32) float64)) {
	// Twice the area; the corners go round so that it is positive.
	area := (float64(b.X)-float64(a.X))*(float64(c.Y)-float64(a.Y)) - (float64(b.Y)-float64(a.Y))*(float64(c.X)-float64(a.X))
	turned := area < 0
	if turned {
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
	for y := y0; y < y1; y++ {
		py := float64(y) + 0.5
		ra, rb, rc := ua+wa*py, ub+wb*py, uc+wc*py
		for x := x0; x < x1; x++ {
			px := float64(x) + 0.5
			sa, sb, sc := ra+va*px, rb+vb*px, rc+vc*px
			if sa < 0 || sb < 0 || sc < 0 || sa == 0 && !ownA || sb == 0 && !ownB || sc == 0 && !ownC {
				continue
			}
			visit(p.at(x, y), func(va, vb, vc float32) float64 {
				if turned {
					vb, vc = vc, vb
				}
				return (sa*float64(va) + sb*float64(vb) + sc*float64(vc)) / area
			})
		}
	}
}

// run paints a block for each letter: what letters look like is the browser's.
func (p *picture) run(r Run) {
	ink := channels(r.Color)
	n := float64(len([]rune(r.Text)))
	for y := range p.h {
		for x := range p.w {
			at := pt(float64(x)+0.5, float64(y)+0.5).Sub(r.At).Rotate(-r.Angle)
			_, in := math.Modf(at.X / r.Width * n)
			if at.X > 0 && at.X < r.Width && at.Y < 0 && at.Y > -0.6*r.Size && in < 0.7 {
				blend(p.at(x, y), ink, 1)
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

// lay lays a tile over the picture, transformed by taking the nearest pixel.
func (p *picture) lay(tile *picture, by geom.Transform) {
	back, ok := by.Invert()
	if !ok {
		return
	}
	box := by.ApplyBox(geom.Rect(0, 0, float64(tile.w), float64(tile.h))).Intersect(geom.Rect(0, 0, float64(p.w), float64(p.h)))
	if box.Empty() {
		return
	}
	for y := int(box.Min.Y); y < p.h && float64(y) < box.Max.Y; y++ {
		for x := int(box.Min.X); x < p.w && float64(x) < box.Max.X; x++ {
			from := back.Apply(pt(float64(x)+0.5, float64(y)+0.5))
			tx, ty := int(math.Floor(from.X)), int(math.Floor(from.Y))
			if tx >= 0 && ty >= 0 && tx < tile.w && ty < tile.h {
				blend(p.at(x, y), [4]float32(tile.at(tx, ty)), 1)
			}
		}
	}
}

func (p Placed) transform() geom.Transform {
	k := p.Size / TileSize
	return geom.Scale(k, k).Then(geom.Translate(pt(p.X, p.Y)))
}

// unlike counts the pixels of two pictures that differ by more than a little,
// and tells where the first one is.
func (p *picture) unlike(q *picture) (n, x, y int) {
	for i := 0; i < len(p.pix); i += 4 {
		d := float32(0)
		for k := range 4 {
			d = max(d, p.pix[i+k]-q.pix[i+k], q.pix[i+k]-p.pix[i+k])
		}
		if d > 0.02 {
			if n++; n == 1 {
				x, y = i/4%p.w, i/4/p.w
			}
		}
	}
	return n, x, y
}

// ink is how much of the picture is covered, in pixels, if it was white before
// and is painted black.
func (p *picture) ink() (sum float64) {
	for i := 0; i < len(p.pix); i += 4 {
		sum += 1 - float64(p.pix[i])
	}
	return sum
}

// sight is a person who looks at a board: a View, the screen it is for, and the
// images that its frames are painted on.
type sight struct {
	t       *testing.T
	doc     *board.Board
	figures *figure.Set
	v       *View
	s       Screen
	tiles   map[TileID]*picture
	scratch *picture // an item that has more
	most    int      // tiles at once
	frames  int
	blind   bool // frames are asked for, and not painted
	// The vertices of the last frame.
	vertices int
}

const ownReplica, otherReplica, lateReplica = 1, 2, 3

// monospace is a font all of whose characters are as wide.
type monospace struct{}

func (monospace) Width(text string) float64 { return 0.6 * float64(len([]rune(text))) }
func (monospace) Baseline() float64         { return 0.95 }

// look begins with an empty board, at 100 %, at the time of one second.
func look(t *testing.T, width, height int) *sight {
	return lookAt(t, board.New(ownReplica), Screen{Width: width, Height: height, Ratio: 1, Camera: geom.Camera{Zoom: 1}, Now: 1000})
}

func lookAt(t *testing.T, doc *board.Board, s Screen) *sight {
	k := &sight{t: t, doc: doc, figures: figure.New(doc, monospace{}), s: s, tiles: map[TileID]*picture{}}
	k.v = New(k.figures)
	doc.Observe(k.figures.Changed)
	k.figures.Observe(k.v.Changed)
	return k
}

// frame asks for a frame and paints it. Whatever it is, it must keep the rules
// of display lists.
func (k *sight) frame() *Frame {
	k.t.Helper()
	f := k.v.Frame(k.s)
	k.frames++
	k.vertices = 0
	if k.blind {
		for _, p := range slices.Concat(f.Paints, f.Fed) {
			for _, item := range p.Items {
				k.check(item)
			}
		}
		for _, item := range f.Live {
			k.check(item)
		}
		return f
	}
	for _, id := range f.Drop {
		if k.tiles[id] == nil {
			k.t.Errorf("tile %d is dropped, and there is none", id)
		}
		delete(k.tiles, id)
	}
	for _, p := range slices.Concat(f.Paints, f.Fed) {
		if p.Region != (Region{}) {
			k.paintRegion(p)
			continue
		}
		tile := k.tiles[p.Tile]
		if tile == nil {
			if !p.Clear {
				k.t.Errorf("tile %d is painted over, and there is none", p.Tile)
			}
			tile = newPicture(TileSize, TileSize, 0xff00ff) // whatever was there
			k.tiles[p.Tile] = tile
		}
		if p.Clear && p.Bare {
			clear(tile.pix)
		} else if p.Clear {
			tile.fill(f.Background)
		}
		for i, item := range p.Items {
			k.check(item)
			if item.Resumed && (i > 0 || k.scratch == nil) || !item.Resumed && k.scratch != nil {
				k.t.Errorf("item %d of tile %d goes on: %v; one is under way: %v", i, p.Tile, item.Resumed, k.scratch != nil)
			}
			if !item.More && !item.Resumed {
				tile.draw(item)
				continue
			}
			if k.scratch == nil {
				k.scratch = &picture{w: TileSize, h: TileSize, pix: make([]float32, len(tile.pix))}
			}
			k.scratch.drawPlain(item)
			if !item.More {
				tile.over(k.scratch, item.Alpha)
				k.scratch = nil
			} else if i < len(p.Items)-1 {
				k.t.Errorf("item %d of tile %d has more, and another follows", i, p.Tile)
			}
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
	for i, l := range f.Laid {
		if k.tiles[l.Tile] == nil {
			k.t.Errorf("a part of tile %d is laid on the screen, and there is none", l.Tile)
		}
		if l.W <= 0 || l.H <= 0 || !l.At.Finite() || !(l.Scale > 0) || !(l.Alpha > 0 && l.Alpha <= 1) {
			k.t.Errorf("laid on the screen is %+v", l)
		}
		for _, m := range f.Laid[:i] {
			if m.Apart && l.on().Grow(-1).Overlaps(m.on().Grow(-1)) {
				k.t.Errorf("%+v lies over %+v, which is apart", l, m)
			}
		}
	}
	for _, d := range f.Dragged {
		if k.tiles[d.Tile] == nil {
			k.t.Errorf("tile %d is dragged, and there is none", d.Tile)
		}
	}
	for _, item := range f.Live {
		k.check(item)
	}
	return f
}

func (l Laid) on() geom.Box {
	return geom.Rect(l.At.X, l.At.Y, float64(l.W)*l.Scale, float64(l.H)*l.Scale)
}

// paintRegion paints a part of a tile, and nothing beyond.
func (k *sight) paintRegion(p Paint) {
	k.t.Helper()
	tile := k.tiles[p.Tile]
	if tile == nil {
		tile = newPicture(TileSize, TileSize, 0xff00ff)
		k.tiles[p.Tile] = tile
	}
	if p.X < 0 || p.Y < 0 || p.W <= 0 || p.H <= 0 || p.X+p.W > TileSize || p.Y+p.H > TileSize {
		k.t.Fatalf("region %v of tile %d is painted", p.Region, p.Tile)
	}
	for _, item := range p.Items {
		for _, m := range item.Meshes {
			for _, v := range m.Vertices {
				if p.Within && (v.X < 0 || v.Y < 0 || v.X > float32(p.W) || v.Y > float32(p.H)) {
					k.t.Fatalf("vertex %v is said to be within %v", v, p.Region)
				}
			}
		}
	}
	part := tile.part(p.Region)
	if p.Clear && p.Bare {
		clear(part.pix)
	}
	for _, item := range p.Items {
		k.check(item)
		if !item.More && !item.Resumed {
			part.draw(item)
			continue
		}
		if k.scratch == nil {
			k.scratch = &picture{w: part.w, h: part.h, pix: make([]float32, len(part.pix))}
		}
		k.scratch.drawPlain(item)
		if !item.More {
			part.over(k.scratch, item.Alpha)
			k.scratch = nil
		}
	}
	for y := range p.H {
		copy(tile.pix[4*((p.Y+y)*TileSize+p.X):], part.pix[4*y*p.W:4*(y+1)*p.W])
	}
}

// part returns a copy of a part of a picture.
func (p *picture) part(r Region) *picture {
	q := &picture{w: r.W, h: r.H, pix: make([]float32, 4*r.W*r.H)}
	for y := range r.H {
		copy(q.pix[4*y*r.W:4*(y+1)*r.W], p.pix[4*((r.Y+y)*p.w+r.X):])
	}
	return q
}

func (k *sight) check(item Item) {
	k.t.Helper()
	if !(item.Alpha > 0 && item.Alpha <= 1) {
		k.t.Errorf("an item has an alpha of %v", item.Alpha)
	}
	for _, m := range item.Meshes {
		checkMesh(k.t, m)
		k.vertices += len(m.Vertices)
	}
	for _, q := range item.Pictures {
		checkPicture(k.t, q)
		k.vertices += len(q.Corners)
	}
	for _, r := range item.Runs {
		if r.Text == "" || !(r.Size > 0 && r.Size < 1e6) || !r.At.Finite() || !(r.Width >= 0) || r.Color > 0xffffff {
			k.t.Errorf("run %+v", r)
		}
	}
}

func checkPicture(t *testing.T, q Picture) {
	t.Helper()
	if len(q.Indices)%3 != 0 || len(q.Corners) > MaxMesh || !(q.Width >= 0) || !(q.Height >= 0) || q.Paper > 0xffffff {
		t.Errorf("a picture has %d indices, %d corners, is %v x %v on %x", len(q.Indices), len(q.Corners), q.Width, q.Height, q.Paper)
	}
	for _, i := range q.Indices {
		if int(i) >= len(q.Corners) {
			t.Fatalf("index %d of %d corners", i, len(q.Corners))
		}
	}
	for _, c := range q.Corners {
		if c.X-c.X != 0 || c.Y-c.Y != 0 || !(c.U >= 0 && c.U <= 1 && c.V >= 0 && c.V <= 1 && c.Level >= 0 && c.Level <= 1) {
			t.Fatalf("corner %+v", c)
		}
	}
}

func checkMesh(t *testing.T, m *Mesh) {
	t.Helper()
	if len(m.Indices)%3 != 0 {
		t.Errorf("%d indices are no triangles", len(m.Indices))
	}
	if len(m.Vertices) > MaxMesh {
		t.Errorf("a mesh has %d vertices", len(m.Vertices))
	}
	for _, i := range m.Indices {
		if int(i) >= len(m.Vertices) {
			t.Fatalf("index %d of %d vertices", i, len(m.Vertices))
		}
	}
	for _, v := range m.Vertices {
		x, y := float64(v.X), float64(v.Y)
		if math.IsNaN(x) || math.IsInf(x, 0) || math.IsNaN(y) || math.IsInf(y, 0) || !(v.Level >= 0 && v.Level <= 1) || !(v.R >= 0) || v.U-v.U != 0 || v.V-v.V != 0 || v.R-v.R != 0 || v.Color > 0xffffff {
			t.Fatalf("vertex %v", v)
		}
	}
}

// show returns what a frame puts on the screen.
func (k *sight) show(f *Frame) *picture {
	p := newPicture(k.s.Width, k.s.Height, f.Background)
	for _, at := range f.Tiles {
		p.lay(k.tiles[at.Tile], at.transform())
	}
	for _, l := range f.Laid {
		part := k.tiles[l.Tile].part(l.Region)
		for i := range part.pix {
			part.pix[i] *= float32(l.Alpha)
		}
		p.lay(part, geom.Scale(l.Scale, l.Scale).Then(geom.Translate(l.At)))
	}
	for _, d := range f.Dragged {
		p.lay(k.tiles[d.Tile], d.By)
	}
	for _, item := range f.Live {
		p.draw(item)
	}
	return p
}

// painted is the screen as it must be: every figure, as far as it is shown,
// painted on it from the bottom to the top.
func (k *sight) painted() *picture {
	p := newPicture(k.s.Width, k.s.Height, background(k.s.Dark))
	scale := k.s.Camera.Zoom * k.s.Ratio
	at := wholePixel(k.s.Camera.At.Mul(scale)).Mul(1 / scale)
	c := canvas{pool: &pool{}, clip: geom.Rect(0, 0, float64(k.s.Width), float64(k.s.Height))}
	ink := paper{transform: transform{at, scale}, dark: k.s.Dark, writing: k.v.writing, shares: k.v.shares, fed: true}
	for f := range k.figures.All() {
		to := all
		if l := k.v.live[f.ID()]; l != nil && k.v.lifted[f.ID()] == nil {
			if n := l.shown(f.Element.NumPoints(), k.v.now); n < f.Element.NumPoints() {
				to = n - 1
			}
		}
		ink.figure(&c, f, 0, to, &mark{}, math.MaxInt)
	}
	for _, item := range c.items {
		p.draw(item)
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
	if n, x, y := k.show(f).unlike(k.painted()); n > k.s.Width*k.s.Height/10_000 {
		k.t.Errorf("%s: %d pixels are not as painted, the first at %d, %d", when, n, x, y)
	}
	k.wantRest(when)
}

// wantRest expects that nothing is painted when nothing has changed (R10).
func (k *sight) wantRest(when string) {
	k.t.Helper()
	k.s.Now += 10_000
	if f := k.frame(); len(f.Paints)+len(f.Fed)+len(f.Drop) > 0 || f.Again || f.Wake != 0 {
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

// zigzag is a stroke that turns at every point.
func zigzag(n int, from, to geom.Point) []board.Point {
	points := line(n, from, to)
	for i := range points {
		points[i].Y += int32(i%2) * 3 * board.PointsPerUnit
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
