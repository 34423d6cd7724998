package view

import (
	"math"
	"slices"

	"edgeboard/shared/board"
	"edgeboard/shared/figure"
	"edgeboard/shared/geom"
)

// What tiles of live data show is not painted into the board's tiles: it changes all the
// time. Each has pictures of its own, which lie over the board's tiles and are painted
// again when there are other data, some of them in each frame. What lies above such a
// tile is painted once more, as it is in the board's tiles, to lie over these pictures.

// fed is the pictures of one tile's content at the scale of a layer.
type fed struct {
	element *board.Element
	frame   geom.Frame // of the content
	covers  bool       // the pictures hide what is in the board's tiles
	alpha   float64
	box     pixelBox
	pieces  []*piece
	version uint64 // of the content that is painted
	stale   bool   // there may be another one
	since   int64  // the frame from which on it was stale
	used    int64  // the last frame that showed it
}

// pixelBox is a part of a layer, in whole pixels of it.
type pixelBox struct{ x0, y0, x1, y1 int }

func (b pixelBox) overlaps(c pixelBox) bool {
	return b.x0 < c.x1 && c.x0 < b.x1 && b.y0 < c.y1 && c.y0 < b.y1
}

// piece is a part of a content that has room in one slot.
type piece struct {
	pixelBox
	content slot // none: not painted yet
	// above is what lies above the tile; none, if nothing does. With known it is up to
	// date but for a batch that is under way; dirty says that a batch is to paint it again.
	above        slot
	known, dirty bool
	// What was painted of the batch under way.
	ready bool
	next  slot
}

// Laid lays a part of a tile's image on the screen, in device pixels, over the Tiles.
type Laid struct {
	Tile TileID
	Region
	At    geom.Point // its corner
	Scale float64    // 1: pixel for pixel
	Alpha float64
	// Apart says that no other Laid lies over it. Those may be laid after all that are not
	// apart, in whatever order.
	Apart bool
}

const (
	// mostFed bounds the contents that are shown at once.
	mostFed = 1000
	// leastFed is how wide and high a content is that is shown, in device pixels.
	leastFed = 6
	// What of contents a frame paints, in vertices, at the least one: less than a
	// millisecond of a page's thread while something moves, and a few otherwise. Then it
	// is not each frame that paints some: with what it takes to draw one at all, few that
	// paint much cost less than many that paint little. Such frames are fedPause apart.
	fedMoving = 4000
	fedStill  = 20_000
	fedPause  = 70 // milliseconds: data that comes ten times a second is all shown
	// fedCost is what it takes to paint one, counted in vertices.
	fedCost = 150
	// mostPieces bounds the pieces of a content of which there are some on the screen.
	mostPieces = 64
	// leastWithin is the scale from which on the border of a content is as wide as what
	// edges and letters reach beyond it.
	leastWithin = 0.4
	// keepFed is how many frames the pictures stay of what is not in view any more.
	keepFed = 300
)

// Due reports whether a tile in view has other data than it shows, and when a frame is to
// be drawn for that, by the clock of Screen.Now: it may be in the past.
func (v *View) Due() (at float64, due bool) { return v.fedAt + fedPause, v.due }

// fedChanged takes note that a tile has other data.
func (v *View) fedChanged(id board.ID) {
	if v.lifted[id] != nil {
		v.due = true
	}
	for _, l := range [...]*layer{v.front, v.back} {
		if l == nil || l.fed[id] == nil {
			continue
		}
		e := l.fed[id]
		if !e.stale {
			e.stale, e.since = true, v.frame
		}
		v.due = v.due || l == v.front && e.used == v.frame
	}
}

// gather finds the tiles in view, and makes room for their pictures.
func (v *View) gather(s Screen) {
	if v.fedOrder == nil {
		figures := make([]*figure.Figure, 0, len(v.fedOrder))
		for _, found := range v.figures.Tiles(nil) {
			if f := v.figures.Of(found.Element.ID()); f != nil {
				figures = append(figures, f)
			}
		}
		v.order(figures)
		v.fedOrder = make([]board.ID, len(figures))
		for i, f := range figures {
			v.fedOrder[i] = f.ID()
		}
		v.gathered = Screen{}
	}
	if v.gatheredFor == v.front && v.gathered.same(s) {
		return
	}
	v.gathered, v.gatheredFor = s, v.front
	v.gathered.Overlay = nil
	v.inView = v.inView[:0]
	seen := s.visible()
	screen := v.pixels(seen)
	for _, id := range v.fedOrder {
		if v.lifted[id] != nil || len(v.inView) >= mostFed {
			continue
		}
		f := v.figures.Of(id)
		if f == nil || !f.Bounds.Overlaps(seen) {
			continue
		}
		frame, ok := f.ContentFrame()
		if size := frame.Box.Size().Mul(v.front.scale); !ok || size.X < leastFed || size.Y < leastFed || f.Style.Opacity == 0 {
			continue
		}
		e := v.fedOf(f, frame)
		if len(e.pieces) > mostPieces {
			v.dropPieces(e, screen)
		}
		if e.cover(screen) {
			v.inView = append(v.inView, e)
		}
	}
}

func (s Screen) same(t Screen) bool {
	return s.Width == t.Width && s.Height == t.Height && s.Ratio == t.Ratio && s.Camera == t.Camera
}

// pixels returns the pixels of the front layer that a part of the board lies in.
func (v *View) pixels(part geom.Box) pixelBox {
	part.Min, part.Max = part.Min.Mul(v.front.scale), part.Max.Mul(v.front.scale)
	return pixelBox{int(math.Floor(part.Min.X)), int(math.Floor(part.Min.Y)), int(math.Ceil(part.Max.X)), int(math.Ceil(part.Max.Y))}
}

// fedOf returns the pictures of a tile, which are made anew if it has moved.
func (v *View) fedOf(f *figure.Figure, frame geom.Frame) *fed {
	e := v.front.fed[f.ID()]
	_, covers := f.Paper(v.dark)
	if e != nil && (e.frame != frame || e.covers != covers || e.alpha != f.Style.Opacity) {
		v.dropFed(v.front, f.ID())
		e = nil
	}
	if e == nil {
		e = &fed{element: f.Element, frame: frame, covers: covers, alpha: f.Style.Opacity, box: v.pixels(frame.Bounds()), used: v.frame, stale: true, since: v.frame}
		v.front.fed[f.ID()] = e
	}
	return e
}

// cover makes pieces where there are none for what is on the screen, and reports whether
// there are any.
func (e *fed) cover(screen pixelBox) (some bool) {
	b := e.box
	if b.x1-b.x0 <= TileSize && b.y1-b.y0 <= TileSize {
		if len(e.pieces) == 0 {
			e.pieces = append(e.pieces, &piece{pixelBox: b})
		}
		return b.overlaps(screen)
	}
	// Far beyond the screen there is no piece.
	first := func(from, seen int) int { return from + max(seen-from, 0)/TileSize*TileSize }
	for y := first(b.y0, screen.y0); y < min(b.y1, screen.y1); y += TileSize {
		for x := first(b.x0, screen.x0); x < min(b.x1, screen.x1); x += TileSize {
			p := pixelBox{x, y, min(x+TileSize, b.x1), min(y+TileSize, b.y1)}
			some = true
			if !slices.ContainsFunc(e.pieces, func(q *piece) bool { return q.pixelBox == p }) {
				e.pieces = append(e.pieces, &piece{pixelBox: p})
			}
		}
	}
	return some
}

// nextAbove begins to paint what lies above a tile in view, if that is not known yet.
func (v *View) nextAbove(s Screen) bool {
	v.gather(s)
	screen := v.pixels(s.visible())
	for _, e := range v.inView {
		for _, p := range e.pieces {
			if !p.known && p.overlaps(screen) && v.beginAbove(e, p) {
				return true
			}
		}
	}
	return false
}

// beginAbove begins to paint what lies above a piece. If that is nothing it takes note of
// it and returns false.
func (v *View) beginAbove(e *fed, p *piece) bool {
	j := &v.job
	l := v.front
	*j = job{layer: l, of: e, piece: p, id: noTile, paper: j.paper, found: j.found[:0]}
	at := geom.Pt(float64(p.x0), float64(p.y0)).Mul(1 / l.scale)
	box := geom.Box{Min: at, Max: geom.Pt(float64(p.x1), float64(p.y1)).Mul(1 / l.scale)}
	j.found = v.figures.Find(j.found, box.Grow(2*speck/l.scale))
	j.found = slices.DeleteFunc(j.found, func(x figure.Found) bool {
		return x.Element == e.element || v.figures.CompareElements(e.element, x.Element) > 0 || v.painted(x.Element.ID()) <= 0
	})
	if len(j.found) == 0 {
		v.deliverAbove()
		return false
	}
	j.active = true
	j.clip = geom.Rect(0, 0, float64(p.x1-p.x0), float64(p.y1-p.y0))
	j.paper.transform = transform{at, l.scale}
	j.paper.dark, j.paper.writing, j.paper.fed = v.dark, v.writing, false
	return true
}

// deliverAbove puts what the job has painted in its place.
func (v *View) deliverAbove() {
	j := &v.job
	p := j.piece
	j.active, j.found = false, j.found[:0]
	if v.batch != nil && slices.Contains(v.batch.pieces, p) {
		v.batch.pieces = slices.DeleteFunc(v.batch.pieces, func(q *piece) bool { return q == p })
		p.ready, p.next = true, j.slot
		return
	}
	v.releaseSlot(p.above)
	p.above, p.known, p.dirty = j.slot, true, j.stale
}

// nextOfPieces begins the next piece of the batch.
func (v *View) nextOfPieces() bool {
	for b := v.batch; b != nil && len(b.pieces) > 0; {
		p := b.pieces[0]
		if e := v.ownerOf(p); e != nil {
			if v.beginAbove(e, p) {
				return true
			}
			continue
		}
		b.pieces = b.pieces[1:]
	}
	return false
}

// ownerOf returns the tile whose piece that is, nil if it has gone.
func (v *View) ownerOf(p *piece) *fed {
	for _, e := range v.front.fed {
		if slices.Contains(e.pieces, p) {
			return e
		}
	}
	return nil
}

// landPieces returns the pieces in view above which something is to be painted again.
// Those that are not in view are to be found out about when they are.
func (v *View) landPieces(s Screen) (list []*piece) {
	screen := v.pixels(s.visible())
	for _, e := range v.front.fed {
		for _, p := range e.pieces {
			switch {
			case !p.dirty:
			case e.used >= v.frame-1 && p.known && p.overlaps(screen):
				list = append(list, p)
				p.dirty = false
			default:
				v.releaseSlot(p.above)
				p.above, p.known, p.dirty = slot{}, false, false
			}
		}
	}
	return list
}

// dirtyAbove takes note of a change of a part of the board.
func (v *View) dirtyAbove(part geom.Box) {
	if len(v.front.fed) == 0 {
		return
	}
	b := v.pixels(part.Grow(2 * speck / v.front.scale))
	for _, e := range v.front.fed {
		if !e.box.overlaps(b) {
			continue
		}
		for _, p := range e.pieces {
			if p.overlaps(b) {
				p.dirty = true
			}
			if v.job.active && v.job.piece == p {
				v.job.stale = true
			}
		}
	}
}

// commitAbove shows what the batch has painted.
func (v *View) commitAbove() {
	for _, e := range v.front.fed {
		for _, p := range e.pieces {
			if p.ready {
				v.releaseSlot(p.above)
				p.above, p.ready, p.next, p.known = p.next, false, slot{}, true
			}
		}
	}
}

// paintFed paints contents that are in view: those that were not painted yet, and then
// those of which others have come, the longest ago first.
func (v *View) paintFed(f *Frame, s Screen) {
	v.due = false
	v.gather(s)
	screen := v.pixels(s.visible())
	spent := 0
	v.waiting = v.waiting[:0]
	for _, e := range v.inView {
		e.used = v.frame
		missing := false
		for _, p := range e.pieces {
			missing = missing || p.content.W == 0 && p.overlaps(screen)
		}
		switch {
		case missing && spent < stillBudget:
			spent += v.paintContent(f, e, screen)
		case missing:
			f.Again = true
		case e.stale:
			v.waiting = append(v.waiting, e)
		}
	}
	if len(v.waiting) == 0 {
		return
	}
	budget := fedMoving
	if !f.Again && v.now-v.movedAt >= stillFor {
		budget = fedStill
		if v.now < v.fedAt+fedPause {
			v.due = true
			f.wake(v.fedAt + fedPause)
			return
		}
	}
	v.fedAt = v.now
	slices.SortStableFunc(v.waiting, func(a, b *fed) int { return int(a.since - b.since) })
	for i, e := range v.waiting {
		if i > 0 && spent >= budget {
			v.due = true
			f.wake(v.now + fedPause)
			break
		}
		spent += v.paintContent(f, e, screen)
	}
}

// paintContent paints a content where it is in view, and returns what that took.
func (v *View) paintContent(f *Frame, e *fed, screen pixelBox) (spent int) {
	fig := v.figures.Of(e.element.ID())
	e.stale = false
	if fig == nil {
		return 0
	}
	content := fig.Content()
	if content == nil {
		return 0
	}
	anew := content.Version != e.version
	e.version = content.Version
	for _, p := range e.pieces {
		if !p.overlaps(screen) {
			if anew { // not what it is now
				v.releaseSlot(p.content)
				p.content = slot{}
			}
			continue
		}
		if !anew && p.content.W > 0 {
			continue
		}
		if p.content.W == 0 {
			p.content = v.slot(p.x1-p.x0, p.y1-p.y0)
		}
		spent += v.paintPiece(f, e, p, fig, content)
	}
	return spent + figureCost
}

// paintPiece paints a part of a content.
func (v *View) paintPiece(f *Frame, e *fed, p *piece, fig *figure.Figure, content *figure.Content) int {
	size := geom.Pt(float64(p.x1-p.x0), float64(p.y1-p.y0))
	c := canvas{pool: &v.pool, clip: geom.Box{Max: size}, spent: fedCost}
	ink := &v.fedPaper
	ink.transform = transform{geom.Pt(float64(p.x0), float64(p.y0)).Mul(1 / v.front.scale), v.front.scale}
	ink.dark = v.dark
	paint := Paint{Tile: p.content.tile, Region: p.content.Region}
	c.begin(1)
	color, covers := fig.Paper(v.dark)
	c.ink = color
	switch {
	case covers && e.frame.Angle == 0:
		// All of it, so that nothing is to be seen of what was there.
		c.all()
		paint.Within = p.pixelBox == e.box && v.front.scale >= leastWithin
	case covers:
		corners := e.frame.Corners()
		for i, at := range corners {
			corners[i] = ink.place(at)
		}
		c.fill(corners[:], 1, 2*fringe)
		fallthrough
	default:
		paint.Clear, paint.Bare = true, true
	}
	c.covers(c.clip)
	ink.parts(&c, fig, content.Parts, c.clip)
	paint.Items = c.items
	f.Fed = append(f.Fed, paint)
	return c.spent
}

// all fills all that shows, to the last pixel.
func (c *canvas) all() {
	c.room(4)
	a := uint32(len(c.mesh.Vertices))
	for _, at := range [...]geom.Point{c.clip.Min, {X: c.clip.Max.X, Y: c.clip.Min.Y}, {X: c.clip.Min.X, Y: c.clip.Max.Y}, c.clip.Max} {
		c.vertex(at, 0, 0, 1, 1)
	}
	c.quad(a, a+1, a+2, a+3)
}

// layFed lays the contents on the screen, with what lies above them.
func (v *View) layFed(f *Frame, s Screen) {
	screen := v.pixels(s.visible())
	for _, e := range v.inView {
		l := v.front
		if !e.complete(screen) {
			// Until it is there the one of another scale will do.
			l = v.back
			if l == nil || l.fed[e.element.ID()] == nil {
				continue
			}
			e = l.fed[e.element.ID()]
		}
		apart := !slices.ContainsFunc(e.pieces, func(p *piece) bool { return p.above.W > 0 })
		for _, p := range e.pieces {
			if p.content.W > 0 && p.known {
				f.Laid = append(f.Laid, s.layPiece(l, p, p.content, e.alpha, apart))
			}
		}
		if apart {
			continue
		}
		for _, p := range e.pieces {
			if p.content.W > 0 && p.above.W > 0 {
				f.Laid = append(f.Laid, s.layPiece(l, p, p.above, 1, false))
			}
		}
	}
}

// complete reports whether all of it is painted that is on the screen.
func (e *fed) complete(screen pixelBox) bool {
	for _, p := range e.pieces {
		if p.overlaps(screen) && (p.content.W == 0 || !p.known) {
			return false
		}
	}
	return len(e.pieces) > 0
}

// layPiece returns where a slot lies on the screen: on the same pixels as the tiles of
// its layer.
func (s Screen) layPiece(l *layer, p *piece, from slot, alpha float64, apart bool) Laid {
	k := s.Camera.Zoom * s.Ratio / l.scale
	at := s.Camera.At.Mul(l.scale)
	if k == 1 {
		at = wholePixel(at)
	}
	return Laid{
		Tile: from.tile, Region: from.Region, Alpha: alpha, Apart: apart, Scale: k,
		At: geom.Pt(float64(p.x0), float64(p.y0)).Sub(at).Mul(k),
	}
}

// dropFed drops the pictures of a tile.
func (v *View) dropFed(l *layer, id board.ID) {
	e := l.fed[id]
	if e == nil {
		return
	}
	if v.job.active && v.job.of == e {
		v.abandon()
	}
	for _, p := range e.pieces {
		v.releasePiece(p)
	}
	delete(l.fed, id)
	v.gathered = Screen{}
}

// dropPieces drops the pieces of a content that are not on the screen.
func (v *View) dropPieces(e *fed, screen pixelBox) {
	if v.job.active && v.job.of == e {
		v.abandon()
	}
	e.pieces = slices.DeleteFunc(e.pieces, func(p *piece) bool {
		if p.overlaps(screen) {
			return false
		}
		v.releasePiece(p)
		return true
	})
}

func (v *View) releasePiece(p *piece) {
	v.releaseSlot(p.content)
	v.releaseSlot(p.above)
	v.releaseSlot(p.next)
}

// evictFed drops the pictures of tiles that have gone, or were not seen for long.
func (v *View) evictFed() {
	if v.frame%64 != 0 {
		return
	}
	for id, e := range v.front.fed {
		if e.used < v.frame-keepFed {
			v.dropFed(v.front, id)
		}
	}
}
