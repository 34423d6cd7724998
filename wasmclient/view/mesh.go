package view

import (
	"math"

	"edgeboard/shared/geom"
)

// Vertex is a corner of a triangle: a place in device pixels, how much of the
// colour covers it, 0 to 1, and the colour, 0xRRGGBB.
type Vertex struct {
	X, Y, Cover float32
	Color       uint32
}

// Mesh is triangles, to be drawn in order. It has at most MaxMesh vertices.
type Mesh struct {
	Vertices []Vertex
	Indices  []uint32
}

// MaxMesh bounds the vertices of a mesh: who draws it needs no more memory than
// for that.
const MaxMesh = 2048

// Item is meshes, and lines of text over them. With an Alpha below 1 they are
// drawn as if it were 1, apart from all else, and the picture of them is then
// laid over the rest once, so that what overlaps in them does not show.
type Item struct {
	Alpha  float64 // above 0, at most 1
	Meshes []*Mesh
	Runs   []Run
	Box    geom.Box // contains all of it, in pixels
	// Clip, if it is not the zero Box, is what of the image is drawn on, in whole
	// pixels. Only items that lie over the tiles have one.
	Clip geom.Box
	// An item of a tile may be too much for one frame. What has More goes on in the
	// first item of the tile's next Paint, which is Resumed; no other is begun
	// before.
	Resumed, More bool
}

// Run is a line of text.
type Run struct {
	Text        string
	Size        float64    // of the font, in device pixels
	At          geom.Point // the left end of the baseline, in pixels
	Angle       float64    // radians, clockwise, about At
	Color       uint32     // 0xRRGGBB
	RightToLeft bool
	Width       float64 // device pixels
}

// fringe is half the width of the edge over which Cover goes from 1 to 0, in
// device pixels: antialiasing without a second pass.
const fringe = 0.5

// pool is the meshes of a frame, which the next frame uses again.
type pool struct {
	meshes []*Mesh
	used   int
}

func (p *pool) mesh() *Mesh {
	if p.used == len(p.meshes) {
		p.meshes = append(p.meshes, &Mesh{
			Vertices: make([]Vertex, 0, MaxMesh),
			Indices:  make([]uint32, 0, 5*MaxMesh),
		})
	}
	m := p.meshes[p.used]
	p.used++
	m.Vertices, m.Indices = m.Vertices[:0], m.Indices[:0]
	return m
}

// canvas takes what is drawn on an image: in device pixels of it, whatever is
// beyond its borders left out where that is cheap.
type canvas struct {
	pool  *pool
	clip  geom.Box // what shows, in pixels
	items []Item
	part  geom.Box // the Clip of items
	spent int      // vertices, and what else takes time, counted in vertices
	mesh  *Mesh
	ink   uint32 // the colour of what comes next

	// Ribs make a strip: each is joined to the one before it.
	thin   bool // ribs have three vertices: the middle is all there is
	joined bool // the next rib is joined to the last one
	last   [4]Vertex

	polygon []geom.Point // scratch
}

// begin begins an item. Opaque ones after each other are one, as long as no text
// comes between.
func (c *canvas) begin(alpha float64) *Item {
	if n := len(c.items); n > 0 && alpha == 1 && c.items[n-1].Alpha == 1 && c.items[n-1].Clip == c.part {
		return &c.items[n-1]
	}
	return c.add(Item{Alpha: alpha, Box: geom.NoBox})
}

func (c *canvas) add(item Item) *Item {
	c.mesh, c.joined = nil, false
	item.Clip = c.part
	c.items = append(c.items, item)
	return c.item()
}

func (c *canvas) item() *Item { return &c.items[len(c.items)-1] }

// room makes room for vertices in the mesh that is begun, or in a new one.
func (c *canvas) room(vertices int) {
	if c.mesh != nil && len(c.mesh.Vertices)+vertices <= MaxMesh {
		return
	}
	item := c.item()
	if len(item.Runs) > 0 { // what comes now belongs over them
		item = c.add(Item{Alpha: item.Alpha, Box: geom.NoBox})
	}
	c.mesh = c.pool.mesh()
	item.Meshes = append(item.Meshes, c.mesh)
	if c.joined {
		c.mesh.Vertices = append(c.mesh.Vertices, c.last[:c.ribSize()]...)
	}
}

func (c *canvas) vertex(p geom.Point, cover float32) uint32 {
	c.spent++
	c.mesh.Vertices = append(c.mesh.Vertices, Vertex{float32(p.X), float32(p.Y), cover, c.ink})
	return uint32(len(c.mesh.Vertices) - 1)
}

func (c *canvas) triangle(i, j, k uint32) { c.mesh.Indices = append(c.mesh.Indices, i, j, k) }

// quad adds the two triangles between a, b and the ones after them.
func (c *canvas) quad(a, b, a2, b2 uint32) {
	c.mesh.Indices = append(c.mesh.Indices, a, b, a2, a2, b, b2)
}

// covers notes that something is in a box.
func (c *canvas) covers(b geom.Box) {
	item := c.item()
	item.Box = item.Box.Union(b)
}

func (c *canvas) shows(b geom.Box) bool { return b.Overlaps(c.clip) }

// run adds a line of text.
func (c *canvas) run(r Run, box geom.Box) {
	c.mesh, c.joined = nil, false
	item := c.item()
	item.Runs = append(item.Runs, r)
	c.covers(box)
	c.spent += runCost
}

// runCost is what a line of text takes, counted in vertices.
const runCost = 60

// strip begins a strip of ribs, none of which is wider than radius.
func (c *canvas) strip(radius float64) { c.thin, c.joined = radius <= fringe, false }

func (c *canvas) ribSize() int {
	if c.thin {
		return 3
	}
	return 4
}

// rib adds vertices across a line, and triangles that join them to those before.
// along is of length 1.
func (c *canvas) rib(at, along geom.Point, r float64) {
	c.room(4)
	inner, outer, cover := edge(r)
	side := along.Perp()
	m, n := c.mesh, c.ribSize()
	x, y := float32(at.X), float32(at.Y)
	ox, oy := float32(side.X*outer), float32(side.Y*outer)
	if c.thin {
		m.Vertices = append(m.Vertices,
			Vertex{x + ox, y + oy, 0, c.ink}, Vertex{x, y, cover, c.ink}, Vertex{x - ox, y - oy, 0, c.ink})
	} else {
		ix, iy := float32(side.X*inner), float32(side.Y*inner)
		m.Vertices = append(m.Vertices,
			Vertex{x + ox, y + oy, 0, c.ink}, Vertex{x + ix, y + iy, cover, c.ink},
			Vertex{x - ix, y - iy, cover, c.ink}, Vertex{x - ox, y - oy, 0, c.ink})
	}
	c.spent += n
	c.join(m, n)
}

// join joins the last rib to the one before it.
func (c *canvas) join(m *Mesh, n int) {
	first := uint32(len(m.Vertices) - n)
	copy(c.last[:], m.Vertices[first:])
	if c.joined {
		before := first - uint32(n)
		for i := range uint32(n - 1) {
			a, b := before+i, first+i
			m.Indices = append(m.Indices, a, b, a+1, a+1, b, b+1)
		}
	}
	c.joined = true
}

// disc adds a filled circle. It may come between the ribs of a strip, which goes
// on after it.
func (c *canvas) disc(at geom.Point, r float64) {
	inner, outer, cover := edge(r)
	n := uint32(min(max(math.Ceil(math.Pi*math.Sqrt(2*outer)), 8), 64))
	// The polygon has the area of the circle.
	swell := math.Sqrt(2 * math.Pi / (float64(n) * math.Sin(2*math.Pi/float64(n))))
	inner, outer = inner*swell, outer*swell
	c.room(int(2*n) + 1 + 4)
	centre := c.vertex(at, cover)
	for i := range n {
		sin, cos := math.Sincos(2 * math.Pi * float64(i) / float64(n))
		way := geom.Point{X: cos, Y: sin}
		c.vertex(at.Add(way.Mul(inner)), cover)
		c.vertex(at.Add(way.Mul(outer)), 0)
		a, b := centre+1+2*i, centre+1+2*((i+1)%n)
		c.triangle(centre, a, b)
		c.quad(a, a+1, b, b+1)
	}
	if c.joined { // the next rib finds the last one before it
		c.mesh.Vertices = append(c.mesh.Vertices, c.last[:c.ribSize()]...)
	}
}

// cap ends a strip, or begins one, where along leads out of it.
func (c *canvas) cap(at, along geom.Point, r float64) {
	if r > fine {
		c.disc(at, r)
		return
	}
	// The line fades over the fringe.
	_, outer, _ := edge(r)
	if c.joined {
		c.fade(at.Add(along.Mul(outer)), along)
		return
	}
	c.fade(at.Add(along.Mul(outer)), along.Neg())
	c.rib(at, along.Neg(), r)
}

// fade adds a rib that covers nothing.
func (c *canvas) fade(at, along geom.Point) {
	c.room(4)
	m, n := c.mesh, c.ribSize()
	side := along.Perp().Mul(2 * fringe)
	for i := range n {
		c.vertex(at.Add(side.Mul(1-2*float64(i)/float64(n-1))), 0)
	}
	c.join(m, n)
}

// dab adds a speck about as wide as d pixels that covers an area of so many
// pixels: what is too small to have a shape.
func (c *canvas) dab(at geom.Point, d, area float64) {
	c.room(5)
	d = max(d/2, 1)
	// A pyramid over a square of side 2d has a third of its height times its base.
	cover := float32(min(3*area/(4*d*d), 1))
	middle := c.vertex(at, cover)
	a := c.vertex(at.Add(geom.Point{X: -d, Y: -d}), 0)
	c.vertex(at.Add(geom.Point{X: d, Y: -d}), 0)
	c.vertex(at.Add(geom.Point{X: d, Y: d}), 0)
	c.vertex(at.Add(geom.Point{X: -d, Y: d}), 0)
	for i := range uint32(4) {
		c.triangle(middle, a+i, a+(i+1)%4)
	}
}

// edge returns where the fringe of a shape of radius r begins and ends, and the
// cover inside it: a line thinner than a pixel is drawn a pixel wide and paler.
func edge(r float64) (inner, outer float64, cover float32) {
	if r < fringe {
		return 0, 2 * fringe, float32(r / fringe)
	}
	return r - fringe, r + fringe, 1
}

// fill adds a convex polygon that is covered so much inside, with an edge that is
// soft over so many pixels.
func (c *canvas) fill(points []geom.Point, cover, soft float64) {
	points = c.clipped(points, soft+2)
	n := len(points)
	if n < 3 {
		return
	}
	area, box := 0.0, geom.NoBox
	for i, p := range points {
		area += p.Cross(points[(i+1)%n])
		box = box.With(p)
	}
	if area == 0 {
		return
	}
	// What is thinner than its edges is paler.
	size := box.Size()
	thick := min(size.X, size.Y)
	inset := min(soft/2, thick/2)
	level := float32(cover * min(1, thick/soft))
	for from := 0; ; from += maxFan - 2 {
		to := min(from+maxFan, n)
		c.fan(points, from, to, math.Copysign(1, area), inset, soft/2, level)
		if to == n {
			return
		}
	}
}

// maxFan bounds the corners of a polygon that one fan has; more make several.
const maxFan = 500

// fan adds the triangles of a convex polygon between its corner 0 and those from
// from to to, and the edges between these. The sense is that of the corners: 1 is
// clockwise on the screen.
func (c *canvas) fan(points []geom.Point, from, to int, sense, inset, outset float64, cover float32) {
	n := len(points)
	c.room(2 * (to - from + 2))
	add := func(i int) (inner uint32) {
		p := points[i%n]
		a, b := p.Sub(points[(i+n-1)%n]).Unit(), points[(i+1)%n].Sub(p).Unit()
		out := a.Add(b).Perp().Mul(-sense).Unit()
		// At a corner the edges meet further out.
		if cos := out.Dot(a.Perp().Mul(-sense)); cos > 0.25 {
			out = out.Mul(1 / cos)
		} else {
			out = out.Mul(4)
		}
		inner = c.vertex(p.Sub(out.Mul(inset)), cover)
		c.vertex(p.Add(out.Mul(outset)), 0)
		return inner
	}
	hub := add(0)
	var before uint32
	for i := from; i < to; i++ {
		at := add(i)
		if i > from {
			c.triangle(hub, before, at)
			c.quad(before, before+1, at, at+1)
		}
		before = at
	}
	if to == n {
		at := add(n)
		c.quad(before, before+1, at, at+1)
	}
}

// clipped returns a convex polygon as far as it is in the clip or less than so
// many pixels from it, so that there are no numbers that are too great for a
// vertex. It is valid until the next call.
func (c *canvas) clipped(points []geom.Point, beyond float64) []geom.Point {
	box := geom.BoxOf(points...)
	clip := c.clip.Grow(beyond)
	if clip.ContainsBox(box) {
		return points
	}
	if !clip.Overlaps(box) {
		return nil
	}
	// Sutherland and Hodgman, "Reentrant polygon clipping" (1974).
	in, out := points, []geom.Point(nil)
	for _, edge := range [4]struct {
		normal geom.Point
		limit  float64
	}{
		{geom.Point{X: 1}, clip.Max.X}, {geom.Point{X: -1}, -clip.Min.X},
		{geom.Point{Y: 1}, clip.Max.Y}, {geom.Point{Y: -1}, -clip.Min.Y},
	} {
		out = make([]geom.Point, 0, len(in)+1)
		for i, p := range in {
			q := in[(i+1)%len(in)]
			dp, dq := p.Dot(edge.normal)-edge.limit, q.Dot(edge.normal)-edge.limit
			if dp <= 0 {
				out = append(out, p)
			}
			if dp < 0 && dq > 0 || dp > 0 && dq < 0 {
				out = append(out, p.Lerp(q, dp/(dp-dq)))
			}
		}
		in = out
	}
	return in
}
