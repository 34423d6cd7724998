package view

import (
	"math"

	"edgeboard/shared/geom"
)

// Vertex is a corner of a triangle. A pixel at which U, V, R and Level, which are
// interpolated, have some values is a part of a line of half the width R, hypot(U,
// V) pixels off its middle: Coverage of it, times Level, is covered by the colour.
// That makes smooth edges and round ends without more triangles.
type Vertex struct {
	X, Y    float32 // device pixels
	U, V, R float32 // device pixels
	Level   float32 // 0 to 1
	Color   uint32  // 0xRRGGBB
}

// Coverage returns how much of a pixel, 0 to 1, a line of half the width r covers
// whose middle is d away, in pixels. It is that of a pixel wide square that is
// parallel to the line.
func Coverage(d, r float32) float32 {
	return max(min(d+0.5, r)-max(d-0.5, -r), 0)
}

// Mesh is triangles, to be drawn in order. It has at most MaxMesh vertices.
type Mesh struct {
	Vertices []Vertex
	Indices  []uint32
}

// MaxMesh bounds the vertices of a mesh: who draws it needs no more memory than
// for that.
const MaxMesh = 1024

// Item is meshes, pictures over them, and lines of text over these. With an Alpha below 1 they are
// drawn as if it were 1, apart from all else, and the picture of them is then
// laid over the rest once, so that what overlaps in them does not show.
type Item struct {
	Alpha    float64 // above 0, at most 1
	Meshes   []*Mesh
	Pictures []Picture
	Runs     []Run
	Box      geom.Box // contains all of it, in pixels
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
	// Steps, if not nil, is how far from At each letter begins, in device pixels: they are
	// drawn one by one, as letters that stand by themselves.
	Steps []float32
}

// fringe is how far beyond its border a line covers pixels in part.
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
	joined bool // the next rib is joined to the last one
	last   [2]Vertex

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
	if len(item.Runs)+len(item.Pictures) > 0 { // what comes now belongs over them
		item = c.add(Item{Alpha: item.Alpha, Box: item.Box})
	}
	c.mesh = c.pool.mesh()
	item.Meshes = append(item.Meshes, c.mesh)
	if c.joined {
		c.mesh.Vertices = append(c.mesh.Vertices, c.last[:]...)
	}
}

func (c *canvas) vertex(p geom.Point, u, v, r, level float64) uint32 {
	c.spent++
	c.mesh.Vertices = append(c.mesh.Vertices, Vertex{
		X: float32(p.X), Y: float32(p.Y), U: float32(u), V: float32(v), R: float32(r), Level: float32(level), Color: c.ink,
	})
	return uint32(len(c.mesh.Vertices) - 1)
}

func (c *canvas) triangle(i, j, k uint32) { c.mesh.Indices = append(c.mesh.Indices, i, j, k) }

// quad adds the two triangles between a and b and what comes after them.
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

// rib adds the two vertices across a line of half the width r, and triangles that
// join them to those before. along is of length 1.
func (c *canvas) rib(at, along geom.Point, r float64) { c.ribBeyond(at, along, r, 0) }

// ribBeyond is a rib that lies so far beyond the end of a line.
func (c *canvas) ribBeyond(at, along geom.Point, r, beyond float64) {
	c.room(2)
	m := c.mesh
	x, y, u := float32(at.X), float32(at.Y), float32(r+fringe)
	dx, dy := -float32(along.Y)*u, float32(along.X)*u
	left := Vertex{X: x + dx, Y: y + dy, U: u, V: float32(beyond), R: float32(r), Level: 1, Color: c.ink}
	right := left
	right.X, right.Y, right.U = x-dx, y-dy, -u
	m.Vertices = append(m.Vertices, left, right)
	c.last = [2]Vertex{left, right}
	c.spent += 2
	if c.joined {
		n := uint32(len(m.Vertices))
		m.Indices = append(m.Indices, n-4, n-2, n-3, n-3, n-2, n-1)
	}
	c.joined = true
}

// begins adds the round end that a strip begins with, and its first rib; along is
// the way of the strip.
func (c *canvas) begins(at, along geom.Point, r float64) {
	c.joined = false
	c.ribBeyond(at.Sub(along.Mul(r+fringe)), along, r, r+fringe)
	c.rib(at, along, r)
}

// ends adds the round end of a strip.
func (c *canvas) ends(at, along geom.Point, r float64) {
	c.ribBeyond(at.Add(along.Mul(r+fringe)), along, r, r+fringe)
}

// disc adds a filled circle. It may come between the ribs of a strip, which goes
// on after it.
func (c *canvas) disc(at geom.Point, r float64) { c.dot(at, r, min(2*r, 1)) }

func (c *canvas) dot(at geom.Point, r, level float64) {
	c.room(4 + 2)
	d := r + fringe
	a := c.vertex(at.Add(geom.Point{X: -d, Y: -d}), -d, -d, r, level)
	c.vertex(at.Add(geom.Point{X: d, Y: -d}), d, -d, r, level)
	c.vertex(at.Add(geom.Point{X: -d, Y: d}), -d, d, r, level)
	c.vertex(at.Add(geom.Point{X: d, Y: d}), d, d, r, level)
	c.quad(a, a+1, a+2, a+3)
	if c.joined { // the next rib finds the last one before it
		c.mesh.Vertices = append(c.mesh.Vertices, c.last[:]...)
	}
}

// dab adds a speck about as wide as d pixels that covers an area of so many
// pixels: what is too small to have a shape.
func (c *canvas) dab(at geom.Point, d, area float64) {
	r := max(d/2, fringe)
	c.dot(at, r, min(area/(math.Pi*r*r), 1))
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
	level := cover * min(1, thick/soft)
	for from := 0; ; from += maxFan - 2 {
		to := min(from+maxFan, n)
		c.fan(points, from, to, math.Copysign(1, area), inset, soft/2, level)
		if to == n {
			return
		}
	}
}

// maxFan bounds the corners of a polygon that one fan has; more make several.
const maxFan = 250

// fan adds the triangles of a convex polygon between its corner 0 and those from
// from to to, and the edges between these. The sense is that of the corners: 1 is
// clockwise on the screen.
func (c *canvas) fan(points []geom.Point, from, to int, sense, inset, outset, level float64) {
	n := len(points)
	c.room(4 * (to - from + 2))
	// From half a pixel inside of a border to half a pixel outside.
	pair := func(p, out geom.Point) (inner uint32) {
		inner = c.vertex(p.Sub(out.Mul(inset)), 0.5, 0, 1, level)
		c.vertex(p.Add(out.Mul(outset)), 1.5, 0, 1, level)
		return inner
	}
	// Where an edge ends at a corner and where the next one begins.
	add := func(i int) (end, begin uint32) {
		p := points[i%n]
		a, b := p.Sub(points[(i+n-1)%n]).Unit(), points[(i+1)%n].Sub(p).Unit()
		if out, ok := miter(a, b, -sense); ok {
			end = pair(p, out)
			return end, end
		}
		return pair(p, a.Perp().Mul(-sense)), pair(p, b.Perp().Mul(-sense))
	}
	_, hub := add(0)
	var before uint32
	for i := from; i < to; i++ {
		end, begin := add(i)
		if i > from {
			c.triangle(hub, before, end)
			c.quad(before, before+1, end, end+1)
		}
		if end != begin {
			c.triangle(hub, end, begin)
		}
		before = begin
	}
	if to == n {
		end, _ := add(n)
		c.quad(before, before+1, end, end+1)
		c.triangle(hub, before, end)
	}
}

// miter returns how far the corner between two edges goes out for each pixel that
// these do; ok is false if the corner is so sharp that they do not meet there. The
// sense is 1 where the corners go round against the clock.
func miter(a, b geom.Point, sense float64) (out geom.Point, ok bool) {
	out = a.Add(b).Perp().Mul(sense).Unit()
	cos := out.Dot(a.Perp().Mul(sense))
	if !(cos > 0.25) {
		return geom.Point{}, false
	}
	return out.Mul(1 / cos), true
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
