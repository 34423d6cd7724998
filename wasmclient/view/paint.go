package view

import (
	"edgeboard/shared/board"
	"edgeboard/shared/figure"
	"edgeboard/shared/geom"
)

// batch is tiles that are to be shown at once: what a change touches, or a screen
// at a new scale. What comes to rest is seen over the tiles until then, and in
// them from then on.
type batch struct {
	// Those that are not painted yet.
	places []place
	pieces []*piece
}

// job is a tile that is being painted, over as many frames as it takes. There is
// one at a time.
type job struct {
	active  bool
	layer   *layer
	at      place
	bare    bool   // of the drag's layer
	of      *fed   // whose
	piece   *piece // is painted, what lies above it; nil: it is a tile
	slot    slot
	clip    geom.Box // what of its plane shows
	stale   bool     // what is painted has changed since
	found   []figure.Found
	figures []*figure.Figure // instead of found, if it is bare: as they were when the drag began
	next    int              // of these
	mark    mark
	id      TileID // noTile while there is nothing on it
	paper   paper
}

// What a frame may paint, in vertices. It takes some 2 milliseconds of a page's
// thread while something moves, and the most of a frame otherwise.
const (
	movingBudget = 12_000
	stillBudget  = 50_000
	// jobCost is what it takes to begin a tile, counted in vertices.
	jobCost = 200
)

// start begins a layer. All of it that is on the screen is the first batch.
func (v *View) start(scale float64) {
	v.front = newLayer(scale)
	v.batch = nil
	v.seen = grid{places: v.seen.places, ring: v.seen.ring}
}

// land begins a batch, if none is under way and tiles on the screen are to be
// painted again. Tiles that are not on the screen are dropped instead.
func (v *View) land(s Screen) {
	if v.batch != nil {
		return
	}
	var places []place
	for _, p := range v.seen.places {
		if t := v.front.tiles[p]; t == nil && (v.back != nil || len(v.front.tiles) == 0) || t != nil && t.dirty {
			places = append(places, p)
		}
	}
	for p, t := range v.front.tiles {
		if t.dirty && !v.seen.has(p) {
			v.dropTile(p, t)
		}
	}
	if v.job.active && v.job.stale {
		v.abandon()
	}
	pieces := v.landPieces(s)
	if len(places)+len(pieces) == 0 && !v.landing() {
		return
	}
	for _, p := range places {
		if t := v.front.tiles[p]; t != nil {
			t.dirty = false
		}
	}
	v.batch = &batch{places, pieces}
}

// commit shows the batch when all of it is painted, and reports whether it is.
func (v *View) commit() bool {
	if v.batch == nil || len(v.batch.places)+len(v.batch.pieces) > 0 {
		return false
	}
	for _, t := range v.front.tiles {
		if t.ready {
			v.release(t.id)
			t.id, t.ready = t.next, false
		}
	}
	v.batch = nil
	v.commitAbove()
	v.landed()
	return true
}

// paintTiles paints what there is to paint, as far as the frame allows.
func (v *View) paintTiles(f *Frame, s Screen) {
	budget := stillBudget
	if v.now-v.movedAt < stillFor {
		budget = movingBudget
	}
	zooming := v.front.scale != s.Camera.Zoom*s.Ratio
	ahead := min(budget, movingBudget)
	for spent := 0; ; {
		if !v.job.active {
			v.land(s)
			switch {
			case v.nextOfBatch():
			case v.nextOfPieces():
			case v.nextAbove(s):
			case v.nextOfDrag(s):
			case zooming && v.back == nil && len(v.front.tiles) > 0:
				// The tiles there are will do until it has settled.
			case v.nextMissing(v.seen.places, true):
			default:
				// What is next to the screen, if there is time left.
				ring := v.seen.ring[:min(len(v.seen.ring), keepTiles)]
				if v.nextMissing(ring, spent < ahead) && !v.job.active {
					f.Again = true
				}
			}
			if v.commit() {
				continue
			}
		}
		if !v.job.active {
			break
		}
		if spent >= budget {
			f.Again = true
			break
		}
		spent += v.work(f, budget-spent)
		v.commit()
	}
	f.Again = f.Again || v.batch != nil
	if v.back != nil && !zooming && v.complete() {
		v.dropLayer(v.back)
		v.back = nil
	}
}

// complete reports whether all of the screen is painted.
func (v *View) complete() bool {
	for _, p := range v.seen.places {
		if v.front.tiles[p] == nil {
			return false
		}
	}
	return true
}

// nextOfBatch begins the next tile of the batch.
func (v *View) nextOfBatch() bool {
	b := v.batch
	for b != nil && len(b.places) > 0 {
		p := b.places[0]
		if v.seen.has(p) {
			v.begin(v.front, p)
			return true
		}
		b.places = b.places[1:]
		if t := v.front.tiles[p]; t != nil {
			v.dropTile(p, t)
		}
	}
	return false
}

// nextMissing reports whether one of the places is not painted, and begins it if
// it may.
func (v *View) nextMissing(places []place, may bool) bool {
	for _, p := range places {
		if v.front.tiles[p] == nil {
			if may {
				v.begin(v.front, p)
			}
			return true
		}
	}
	return false
}

// begin begins to paint a tile.
func (v *View) begin(l *layer, p place) {
	j := &v.job
	reach := l.reach(p)
	*j = job{active: true, layer: l, at: p, id: noTile, paper: j.paper, found: j.found[:0], clip: tileClip}
	j.paper.transform = transform{l.box(p).Min, l.scale}
	j.paper.dark, j.paper.writing, j.paper.fed = v.dark, v.writing, false
	j.found = v.figures.Find(j.found, reach)
}

// abandon gives up the tile that is being painted.
func (v *View) abandon() {
	if v.job.active && v.job.piece != nil {
		v.releaseSlot(v.job.slot)
	} else if v.job.active {
		v.release(v.job.id)
	}
	v.job.active, v.job.found, v.job.figures = false, v.job.found[:0], nil
}

// tileClip is what of a tile's plane shows in it.
var tileClip = geom.Box{Max: geom.Point{X: TileSize, Y: TileSize}}

// work goes on with the job, and returns what it has spent.
func (v *View) work(f *Frame, budget int) int {
	j := &v.job
	c := canvas{pool: &v.pool, clip: j.clip}
	c.spent = jobCost
	count := max(len(j.found), len(j.figures))
	for ; j.next < count && c.spent <= budget; j.next++ {
		fig, to := v.nextFigure(&c)
		if to <= 0 {
			continue
		}
		if fig != nil && !j.paper.figure(&c, fig, 0, to, &j.mark, budget) {
			break
		}
		j.mark = mark{}
	}
	if len(c.items) > 0 {
		paint := Paint{Tile: j.id, Bare: j.bare, Items: c.items}
		if j.piece != nil {
			if j.slot.W == 0 {
				j.slot, paint.Clear = v.slot(j.piece.x1-j.piece.x0, j.piece.y1-j.piece.y0), true
			}
			paint.Tile, paint.Region, paint.Bare = j.slot.tile, j.slot.Region, true
		} else if j.id == noTile {
			j.id = v.newTile()
			paint.Tile, paint.Clear = j.id, true
		}
		f.Paints = append(f.Paints, paint)
	}
	if j.next == count {
		v.deliver()
	}
	return c.spent
}

// nextFigure returns the figure that the job paints next, nil if it has gone, and
// up to which of its points: 0 if it is not painted.
func (v *View) nextFigure(c *canvas) (f *figure.Figure, to int) {
	j := &v.job
	if j.bare {
		return j.figures[j.next], all
	}
	x := &j.found[j.next]
	id := x.Element.ID()
	if to = v.painted(id); to <= 0 {
		return nil, 0
	}
	if !j.mark.midway {
		if box := j.paper.box(x.Bounds); tiny(box) {
			j.paper.speck(c, figure.StyleOf(x.Element), box)
			return nil, 0
		}
		c.spent += x.Element.NumPoints() / inksPerVertex // it may have to be read
	}
	return v.figures.Of(id), to
}

// painted returns up to which of its points an element is to be in tiles: 0 if it
// is not.
func (v *View) painted(id board.ID) int {
	if len(v.lifted) == 0 && len(v.live) == 0 {
		return all
	}
	if l := v.lifted[id]; l != nil && !l.lands {
		return 0
	}
	if l := v.live[id]; l != nil {
		if l.lands {
			return l.landing
		}
		return l.painted
	}
	return all
}

// deliver puts the tile of the job in its place.
func (v *View) deliver() {
	j := &v.job
	if j.piece != nil {
		v.deliverAbove()
		return
	}
	j.active, j.found, j.figures = false, j.found[:0], nil
	if t := j.layer.tiles[j.at]; t != nil {
		if t.ready {
			v.release(t.next)
		}
		t.next, t.ready = j.id, true
	} else {
		j.layer.tiles[j.at] = &tile{id: j.id, dirty: j.stale, used: v.frame}
	}
	if b := v.batch; b != nil && !j.bare && len(b.places) > 0 && b.places[0] == j.at {
		b.places = b.places[1:]
	}
}
