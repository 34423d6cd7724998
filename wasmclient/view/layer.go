package view

import (
	"math"
	"slices"
	"sort"

	"edgeboard/shared/board"
	"edgeboard/shared/geom"
)

// layer is the tiles of one scale.
type layer struct {
	scale float64 // device pixels in a board unit
	tiles map[place]*tile
	fed   map[board.ID]*fed
}

// place is where a tile lies in its layer, counted in tiles from the board's
// origin.
type place struct{ x, y int }

// tile is one that has been painted.
type tile struct {
	id    TileID // noTile if there is nothing in it
	dirty bool   // it is to be painted again
	used  int64  // the last frame that showed it, or had it next to the screen
	// What was painted of the batch under way, to be shown when all of it is.
	ready bool
	next  TileID
}

const noTile TileID = -1

func newLayer(scale float64) *layer {
	return &layer{scale: scale, tiles: map[place]*tile{}, fed: map[board.ID]*fed{}}
}

// size is the width of a tile in board units.
func (l *layer) size() float64 { return TileSize / l.scale }

func (l *layer) box(p place) geom.Box {
	at := geom.Point{X: float64(p.x), Y: float64(p.y)}.Mul(l.size())
	return geom.Box{Min: at, Max: at.Add(geom.Point{X: l.size(), Y: l.size()})}
}

// reach is the part of the board whose ink may show in a tile: edges are blended
// over a fringe that is measured in pixels.
func (l *layer) reach(p place) geom.Box { return l.box(p).Grow(2 * speck / l.scale) }

// grid is places of a layer that make a rectangle, and those around it. They are
// found again only when they change.
type grid struct {
	layer          *layer
	x0, y0, x1, y1 int
	places         []place // the ones in the middle first
	ring           []place // around them, the ones in the middle of sides first
}

// cover makes the grid the places that a part of the board lies over.
func (g *grid) cover(l *layer, part geom.Box) {
	size := l.size()
	x0, x1 := int(math.Floor(part.Min.X/size)), int(math.Floor(part.Max.X/size))
	y0, y1 := int(math.Floor(part.Min.Y/size)), int(math.Floor(part.Max.Y/size))
	if g.layer == l && g.x0 == x0 && g.y0 == y0 && g.x1 == x1 && g.y1 == y1 {
		return
	}
	*g = grid{l, x0, y0, x1, y1, g.places[:0], g.ring[:0]}
	for y := y0 - 1; y <= y1+1; y++ {
		for x := x0 - 1; x <= x1+1; x++ {
			if p := (place{x, y}); g.has(p) {
				g.places = append(g.places, p)
			} else {
				g.ring = append(g.ring, p)
			}
		}
	}
	off := func(p place) int {
		dx, dy := 2*p.x-x0-x1, 2*p.y-y0-y1
		return dx*dx + dy*dy
	}
	nearer := func(a, b place) int { return off(a) - off(b) }
	slices.SortStableFunc(g.places, nearer)
	slices.SortStableFunc(g.ring, nearer)
}

func (g *grid) has(p place) bool { return g.x0 <= p.x && p.x <= g.x1 && g.y0 <= p.y && p.y <= g.y1 }

// dirty marks the tiles that show a part of the board for repainting.
func (v *View) dirty(part geom.Box) {
	l := v.front
	if l == nil || part.Empty() {
		return
	}
	for p, t := range l.tiles {
		if !t.dirty && l.reach(p).Overlaps(part) {
			t.dirty = true
		}
	}
	if j := &v.job; j.active && j.layer == l && j.piece == nil && l.reach(j.at).Overlaps(part) {
		j.stale = true
	}
	v.dirtyAbove(part)
}

// keepSpare bounds the images that wait for the next tile to be painted.
const keepSpare = 6

func (v *View) newTile() (id TileID) {
	switch {
	case len(v.spare) > 0:
		id = v.spare[len(v.spare)-1]
		v.spare = v.spare[:len(v.spare)-1]
	case len(v.free) > 0:
		id = v.free[len(v.free)-1]
		v.free = v.free[:len(v.free)-1]
	default:
		id = v.issued
		v.issued++
	}
	return id
}

// release takes back an image.
func (v *View) release(id TileID) {
	switch {
	case id == noTile:
	case len(v.spare) < keepSpare:
		v.spare = append(v.spare, id)
	default:
		v.dropped = append(v.dropped, id)
	}
}

func (v *View) dropTile(p place, t *tile) {
	v.release(t.id)
	if t.ready {
		v.release(t.next)
	}
	delete(v.front.tiles, p)
}

func (v *View) dropLayer(l *layer) {
	for id := range l.fed {
		v.dropFed(l, id)
	}
	for _, t := range l.tiles {
		v.release(t.id)
		if t.ready {
			v.release(t.next)
		}
	}
}

// dropAll drops all tiles: they are of another colour.
func (v *View) dropAll() {
	v.abandon()
	for _, l := range []*layer{v.front, v.back} {
		if l != nil {
			v.dropLayer(l)
		}
	}
	v.front, v.back, v.batch = nil, nil, nil
}

// visible is the part of the board on the screen.
func (s Screen) visible() geom.Box {
	return s.Camera.Visible(float64(s.Width)/s.Ratio, float64(s.Height)/s.Ratio)
}

// placeTiles lays the tiles on the screen.
func (v *View) placeTiles(f *Frame, s Screen) {
	if v.back != nil {
		seen := s.visible()
		for p, t := range v.back.tiles {
			if t.id != noTile && v.back.box(p).Overlaps(seen) {
				f.Tiles = append(f.Tiles, s.lay(v.back, p, t.id))
			}
		}
	}
	for _, p := range v.seen.places {
		t := v.front.tiles[p]
		if t == nil {
			continue
		}
		t.used = v.frame
		if t.id != noTile {
			f.Tiles = append(f.Tiles, s.lay(v.front, p, t.id))
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

// KeepBytes bounds the images of tiles that are kept besides those on the screen,
// in bytes of graphics memory: panning back shows them at once. An image takes
// TileBytes.
const (
	KeepBytes = 64 << 20
	TileBytes = TileSize * TileSize * 4
	keepTiles = KeepBytes / TileBytes
)

// evict drops the tiles that were not near the screen for longest, beyond
// keepTiles. Those that have no image are only kept near the screen.
func (v *View) evict() {
	for _, p := range v.seen.ring {
		if t := v.front.tiles[p]; t != nil {
			t.used = v.frame - 1
		}
	}
	if len(v.front.tiles) <= keepTiles {
		return
	}
	unseen := v.unseen[:0]
	for p, t := range v.front.tiles {
		switch {
		case t.used == v.frame:
		case t.id != noTile || t.ready:
			unseen = append(unseen, p)
		case t.used < v.frame-1:
			delete(v.front.tiles, p)
		}
	}
	v.unseen = unseen
	if len(unseen) <= keepTiles {
		return
	}
	tiles := v.front.tiles
	sort.Slice(unseen, func(i, j int) bool { return tiles[unseen[i]].used < tiles[unseen[j]].used })
	for _, p := range unseen[:len(unseen)-keepTiles] {
		v.dropTile(p, tiles[p])
	}
}
