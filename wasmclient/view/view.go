// Package view decides what is on the screen: it turns the figures of a board
// and a camera into a display list of tiles, and says when nothing has to be
// drawn.
//
// The board is painted into square tiles, once for each scale, and a frame only
// lays tiles beside each other. A change repaints the tiles it touches, and they
// show the state before until all that a change touches has been painted. While
// the zoom changes, the tiles of the scale before are stretched; when it has
// settled, tiles of the new scale replace them. Tiles around the screen are
// painted ahead when there is nothing else to do.
//
// However much there is to paint, a frame paints a bounded number of vertices,
// and the next ones go on. How long that takes depends on what is to be seen:
// ink that is finer than the pixels is left out.
//
// What moves is not painted into tiles: a stroke that grows, and what somebody
// drags, lie over them until they have come to rest. Nor are the data of live tiles,
// which have pictures of their own.
//
// The package is pure. It knows no images: a tile is a number, and whoever
// shows the frames (package scene) keeps an image for each.
package view

import (
	"math"
	"slices"

	"edgeboard/shared/board"
	"edgeboard/shared/figure"
	"edgeboard/shared/geom"
)

// TileSize is the width and height of a tile's image in device pixels.
const TileSize = 512

// Screen is what a frame is made for.
type Screen struct {
	Width, Height int     // device pixels
	Ratio         float64 // device pixels in a CSS pixel
	Dark          bool    // the page is dark
	Camera        geom.Camera
	Now           float64 // milliseconds of any clock
	Overlay       []Stroke
}

// TileID names the image of a tile. Numbers of dropped tiles come back.
type TileID int

// Frame is a display list: first the images of Drop are free, then Paints are
// and Fed are painted, then Tiles are laid on the screen in order, then Laid, then
// Dragged, then Live over them. It holds until the next one is asked for.
type Frame struct {
	Background uint32 // 0xRRGGBB
	Drop       []TileID
	Paints     []Paint
	Fed        []Paint // of regions, in whatever order, after Paints
	Tiles      []Placed
	Laid       []Laid
	Dragged    []Dragged
	Live       []Item // in pixels of the screen
	// Again says that the next frame should follow at once, Wake when one
	// should follow if nothing changes before: never, if it is 0.
	Again bool
	Wake  float64
}

// Paint paints a tile, or a region of it and nothing beyond: with Clear its image is
// filled with the background first or, if it is Bare, with nothing.
type Paint struct {
	Tile TileID
	Region
	Clear, Bare bool
	// Within says that nothing of the Items lies beyond the region: who draws them need
	// not cut them off there.
	Within bool
	Items  []Item // in pixels of the tile, or of the region
}

// Placed lays a tile on the screen, in device pixels. Size is TileSize unless
// the tile is stretched.
type Placed struct {
	Tile       TileID
	X, Y, Size float64
}

// Dragged lays a bare tile on the screen, transformed from its pixels to those of
// the screen.
type Dragged struct {
	Tile TileID
	By   geom.Transform
}

// View keeps what is painted. It belongs to one goroutine, that of its board.
type View struct {
	figures *figure.Set
	live    map[board.ID]*live
	lifted  map[board.ID]*lift
	stack   []board.ID // of lifted, from the bottom one to the top one; nil: to be found out
	drag    *drag      // nil if there is none
	writing board.ID
	// front is of the scale that is wanted, or was before the zoom began to
	// change; back, if not nil, shows through where front is not painted yet.
	front, back *layer
	seen        grid // the places of front on the screen
	batch       *batch
	job         job
	spare       []TileID // painted once, and to be painted on again
	free        []TileID // dropped, and not yet used again
	dropped     []TileID // for the next frame
	issued      TileID   // all numbers below it were used
	frame       int64
	zoomedAt    float64 // when the camera's scale last changed
	lastScale   float64
	movedAt     float64 // when something last moved
	lastCamera  geom.Camera
	dark        bool
	now         float64
	sketches    []Sketch
	shares      map[string]float64 // see PictureShare

	// Tiles of live data.
	slots       slots
	fedOrder    []board.ID // from the bottom one to the top one; nil: to be found out
	inView      []*fed     // in this order
	gathered    Screen     // for which inView is
	gatheredFor *layer
	waiting     []*fed
	due         bool
	fedAt       float64 // when a frame last painted other data
	fedPaper    paper

	// What frames are made of, used again for each.
	out    Frame
	pool   pool
	paper  paper // of what lies over the tiles
	over   canvas
	unseen []place
}

// Times in milliseconds.
const (
	settleZoom   = 140 // without a change of the zoom, until tiles of its scale are painted
	settleStroke = 300 // without a new point, until a stroke is painted into tiles
	stillFor     = 120 // without a movement, until frames may take longer
	nextFrame    = 1000.0 / 60
)

// New returns a view of figures. From then on, Changed must hear of what is to be
// drawn otherwise.
func New(figures *figure.Set) *View {
	v := &View{figures: figures, movedAt: math.Inf(-1), fedAt: math.Inf(-1), shares: map[string]float64{}}
	v.job.paper.shares, v.paper.shares = v.shares, v.shares
	v.over.pool = &v.pool
	v.paper.fed = true
	v.forget()
	return v
}

// Show shows other figures from now on, of another board: Changed must hear of what
// is to be drawn otherwise in these.
func (v *View) Show(figures *figure.Set) {
	v.figures, v.writing = figures, board.ID{}
	v.forget()
}

// forget drops all that is known of the board. The tiles there are show until
// others are painted.
func (v *View) forget() {
	v.live, v.lifted, v.stack, v.fedOrder = map[board.ID]*live{}, map[board.ID]*lift{}, nil, nil
	for _, f := range v.figures.Held() {
		v.lifted[f.ID()] = &lift{}
	}
	v.dropDrag()
	if v.front != nil {
		v.abandon()
		if v.back != nil {
			v.dropLayer(v.back)
		}
		v.back, v.front, v.batch = v.front, nil, nil
	}
}

// Frame returns what to draw now. It holds until the next call.
func (v *View) Frame(s Screen) *Frame {
	v.frame++
	v.now = s.Now
	v.pool.used = 0
	f := &v.out
	*f = Frame{
		Background: background(s.Dark), Drop: f.Drop[:0], Paints: f.Paints[:0], Fed: f.Fed[:0],
		Tiles: f.Tiles[:0], Laid: f.Laid[:0], Dragged: f.Dragged[:0], Live: f.Live[:0],
	}
	if v.dark != s.Dark {
		v.dark = s.Dark
		v.dropDrag()
		v.dropAll()
	}
	if s.Camera != v.lastCamera {
		v.lastCamera = s.Camera
		if v.front != nil {
			v.movedAt = v.now
		}
	}
	v.chooseLayers(f, s.Camera.Zoom*s.Ratio)
	v.seen.cover(v.front, s.visible())
	v.settle(f)
	v.paintTiles(f, s)
	v.paintFed(f, s)
	v.placeTiles(f, s)
	v.layFed(f, s)
	v.evict()
	v.evictFed()
	v.drawOver(f, s)
	v.drop(f)
	return f
}

// drop tells of the images that are free. One that this frame paints is not: it was
// painted, and something has changed since.
func (v *View) drop(f *Frame) {
	for _, id := range v.dropped {
		painted := func(p Paint) bool { return p.Tile == id }
		if slices.ContainsFunc(f.Paints, painted) || slices.ContainsFunc(f.Fed, painted) {
			v.spare = append(v.spare, id)
			continue
		}
		f.Drop = append(f.Drop, id)
		v.free = append(v.free, id)
	}
	v.dropped = v.dropped[:0]
}

// chooseLayers starts a layer of the given scale when the zoom has settled, or
// when it is too far from the scale of the front layer for that to stand in.
func (v *View) chooseLayers(f *Frame, scale float64) {
	if scale != v.lastScale {
		v.lastScale, v.zoomedAt = scale, v.now
	}
	if v.front == nil {
		v.start(scale)
		return
	}
	if v.front.scale == scale {
		return
	}
	ratio := scale / v.front.scale
	if wait := v.zoomedAt + settleZoom - v.now; wait > 0 && ratio < 2 && ratio > 0.5 {
		f.wake(v.zoomedAt + settleZoom)
		return
	}
	if v.back != nil {
		v.dropLayer(v.back)
	}
	v.abandon()
	v.back = v.front
	v.start(scale)
}

// wake asks for a frame at a time.
func (f *Frame) wake(at float64) {
	if f.Wake == 0 || at < f.Wake {
		f.Wake = at
	}
}

// Tiles returns how many tiles have an image.
func (v *View) Tiles() int { return int(v.issued) - len(v.free) }

// Writing tells whose text is not drawn, because it is being edited over the
// board: nobody's, if it is the zero ID.
func (v *View) Writing(id board.ID) {
	if id == v.writing {
		return
	}
	for _, id := range [...]board.ID{v.writing, id} {
		if f := v.figures.Of(id); f != nil && v.inTiles(id) {
			v.dirty(f.Bounds)
		}
	}
	v.writing = id
}

// Changed tells of what is to be drawn otherwise. It is to be the observer of the
// figures.
func (v *View) Changed(c figure.Change) {
	switch c.Kind {
	case figure.Everything:
		v.forget()
	case figure.Redrawn:
		v.redrawn(c)
	case figure.Grew:
		v.grew(c)
	case figure.Lifted:
		if v.inTiles(c.ID) {
			v.dirty(c.Before)
		}
		v.lifted[c.ID], v.stack = &lift{}, nil
		v.gathered = Screen{}
	case figure.Laid:
		if l := v.lifted[c.ID]; l != nil {
			l.laid = true
		}
	case figure.Fed:
		v.fedChanged(c.ID)
	case figure.Moved:
		v.movedAt = v.now
		if v.drag != nil {
			v.drag.follow(v.figures)
		}
	}
}

func (v *View) redrawn(c figure.Change) {
	f := v.figures.Of(c.ID)
	if v.inTiles(c.ID) {
		v.dirty(c.Before)
		v.dirty(c.After)
	}
	v.stack = nil // it may lie in another place of the order
	if v.front != nil && v.front.fed[c.ID] != nil || f != nil && f.Kind() == board.KindTile {
		v.fedOrder = nil
		if f == nil {
			v.dropFed(v.front, c.ID)
		}
		v.fedChanged(c.ID)
	}
	if f == nil {
		delete(v.live, c.ID)
		delete(v.lifted, c.ID)
		return
	}
	isNew := c.Before.Empty() && f.Kind() == board.KindStroke && f.Element.NumPoints() == 0
	if isNew && v.live[c.ID] == nil && len(v.live) <= manyLive {
		v.live[c.ID] = &live{since: justNow}
	}
}

// inTiles reports whether tiles show an element, or a part of it, or are to do so
// soon.
func (v *View) inTiles(id board.ID) bool {
	if l := v.lifted[id]; l != nil && !l.lands {
		return false
	}
	l := v.live[id]
	return l == nil || l.painted > 0 || l.lands
}

func background(dark bool) uint32 {
	if dark {
		return 0x121212
	}
	return 0xffffff
}
