package view

import (
	"math"
	"slices"

	"edgeboard/shared/geom"
)

// layer is the tiles of one scale.
type layer struct {
	scale float64 // device pixels in a board unit
	tiles map[place]*tile
}

// place is where a tile lies in its layer, counted in tiles from the board's
// origin.
type place struct{ x, y int }

// tile is one that has an image.
type tile struct {
	id    TileID
	dirty bool
	used  int64 // the last frame that showed it
}

func newLayer(scale float64) *layer { return &layer{scale: scale, tiles: map[place]*tile{}} }

// size is the width of a tile in board units.
func (l *layer) size() float64 { return TileSize / l.scale }

func (l *layer) box(p place) geom.Box {
	at := geom.Point{X: float64(p.x), Y: float64(p.y)}.Mul(l.size())
	return geom.Box{Min: at, Max: at.Add(geom.Point{X: l.size(), Y: l.size()})}
}

// reach is the part of the board whose ink may show in a tile: edges are blended
// over a fringe that is measured in pixels.
func (l *layer) reach(p place) geom.Box { return l.box(p).Grow(2 * fringe / l.scale) }

// over returns the places that a part of the board lies over, the ones in its
// middle first.
func (l *layer) over(part geom.Box) []place {
	size := l.size()
	x0, x1 := int(math.Floor(part.Min.X/size)), int(math.Floor(part.Max.X/size))
	y0, y1 := int(math.Floor(part.Min.Y/size)), int(math.Floor(part.Max.Y/size))
	var places []place
	for y := y0; y <= y1; y++ {
		for x := x0; x <= x1; x++ {
			places = append(places, place{x, y})
		}
	}
	off := func(p place) int { return max(abs(2*p.x-x0-x1), abs(2*p.y-y0-y1)) }
	slices.SortStableFunc(places, func(a, b place) int { return off(a) - off(b) })
	return places
}

func abs(x int) int { return max(x, -x) }

// dirty marks the tiles that show a part of the board for repainting.
func (l *layer) dirty(part geom.Box) {
	if l == nil {
		return
	}
	for p, t := range l.tiles {
		if l.reach(p).Overlaps(part) {
			t.dirty = true
		}
	}
}

func (v *View) newTile() TileID {
	if n := len(v.free); n > 0 {
		id := v.free[n-1]
		v.free = v.free[:n-1]
		return id
	}
	v.issued++
	return v.issued - 1
}

// unpaint takes back what this frame would paint on a tile.
func (f *Frame) unpaint(t *tile) {
	f.Paints = slices.DeleteFunc(f.Paints, func(p Paint) bool { return p.Tile == t.id })
}

// dropTile drops a tile of the front layer.
func (v *View) dropTile(f *Frame, p place, t *tile) {
	f.unpaint(t) // what is dropped is dropped first
	v.dropped = append(v.dropped, t.id)
	delete(v.front.tiles, p)
}

func (v *View) dropLayer(l *layer) {
	for _, t := range l.tiles {
		v.dropped = append(v.dropped, t.id)
	}
}

func (v *View) dropAll() {
	for _, l := range []*layer{v.front, v.back} {
		if l != nil {
			v.dropLayer(l)
		}
	}
	v.front, v.back = nil, nil
}

// paintDirty repaints at once what is on the screen and has changed. Tiles that
// are not on the screen are dropped instead.
func (v *View) paintDirty(f *Frame, s Screen) {
	seen := s.visible()
	for p, t := range v.front.tiles {
		switch {
		case !t.dirty:
		case v.front.box(p).Overlaps(seen):
			f.unpaint(t)
			v.paint(f, p, t)
		default:
			v.dropTile(f, p, t)
		}
	}
}

// paintMissing paints tiles of the screen that there are not, within the
// budget.
func (v *View) paintMissing(f *Frame, s Screen) {
	if v.front.scale != s.Camera.Zoom*s.Ratio && v.back == nil && len(v.front.tiles) > 0 {
		return // the zoom is changing: the tiles there are will do
	}
	spent := 0
	for _, p := range v.front.over(s.visible()) {
		if v.front.tiles[p] != nil {
			continue
		}
		if spent > paintBudget {
			f.Again = true
			return
		}
		t := &tile{id: v.newTile()}
		v.front.tiles[p] = t
		spent += v.paint(f, p, t)
	}
	if v.back != nil {
		v.dropLayer(v.back)
		v.back = nil
	}
}

// paint repaints a tile and returns the number of vertices.
func (v *View) paint(f *Frame, p place, t *tile) (vertices int) {
	box, reach := v.front.box(p), v.front.reach(p)
	paint := Paint{Tile: t.id, Clear: true}
	for e := range v.doc.Elements() {
		if v.boxes[e.ID()].Overlaps(reach) {
			to := e.NumPoints() - 1
			if l := v.live[e.ID()]; l != nil {
				if l.painted == 0 {
					continue
				}
				to = l.painted
			}
			if m := v.mesh(e, 0, to, transform{box.Min, v.front.scale}); len(m.Indices) > 0 {
				paint.Meshes = append(paint.Meshes, m)
				vertices += len(m.Vertices)
			}
		}
	}
	t.dirty = false
	f.Paints = append(f.Paints, paint)
	return vertices
}

// visible is the part of the board on the screen.
func (s Screen) visible() geom.Box {
	return s.Camera.Visible(float64(s.Width)/s.Ratio, float64(s.Height)/s.Ratio)
}

// placeTiles lays the tiles on the screen.
func (v *View) placeTiles(f *Frame, s Screen) {
	seen := s.visible()
	for _, l := range []*layer{v.back, v.front} {
		if l == nil {
			continue
		}
		for p, t := range l.tiles {
			box := l.box(p)
			if !box.Overlaps(seen) {
				continue
			}
			t.used = v.frame
			f.Tiles = append(f.Tiles, s.lay(l, p, t.id))
		}
	}
}

// lay returns where a tile lies on the screen. At the layer's own scale tiles
// lie on whole pixels, all off by the same fraction, so that nothing is blurred
// and there are no gaps.
func (s Screen) lay(l *layer, p place, id TileID) Placed {
	k := s.Camera.Zoom * s.Ratio / l.scale
	at := s.Camera.At.Mul(l.scale)
	if k == 1 {
		at = wholePixel(at)
	}
	x, y := float64(p.x*TileSize)-at.X, float64(p.y*TileSize)-at.Y
	return Placed{id, x * k, y * k, TileSize * k}
}

func wholePixel(p geom.Point) geom.Point {
	return geom.Point{X: math.Round(p.X), Y: math.Round(p.Y)}
}

// evict drops the tiles that were not seen for longest, beyond keepTiles.
func (v *View) evict(f *Frame) {
	var unseen []place
	for p, t := range v.front.tiles {
		if t.used != v.frame {
			unseen = append(unseen, p)
		}
	}
	if len(unseen) <= keepTiles {
		return
	}
	tiles := v.front.tiles
	slices.SortFunc(unseen, func(a, b place) int { return int(tiles[a].used - tiles[b].used) })
	for _, p := range unseen[:len(unseen)-keepTiles] {
		v.dropTile(f, p, tiles[p])
	}
}
