// Package view decides what is on the screen: it turns a board and a camera
// into a display list of tiles, and says when nothing has to be drawn.
//
// The board is painted into square tiles, once for each scale, and a frame only
// lays tiles beside each other. A change repaints the tiles it touches. While
// the zoom changes, the tiles of the scale before are stretched; when it has
// settled, tiles of the new scale replace them, a few a frame.
//
// A stroke that grows is not painted into tiles point by point: it lies over
// them as a mesh of its own until it has not grown for a while.
//
// The package is pure. It knows no images: a tile is a number, and whoever
// shows the frames (package scene) keeps an image for each.
package view

import (
	"math"

	"edgeboard/shared/board"
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
}

// TileID names the image of a tile. Numbers of dropped tiles come back.
type TileID int

// Frame is a display list: first the images of Drop are free, then Paints are
// painted, then Tiles are laid on the screen in order, then Live over them.
type Frame struct {
	Background uint32 // 0xRRGGBB
	Drop       []TileID
	Paints     []Paint
	Tiles      []Placed
	Live       []Mesh // in pixels of the screen
	// Again says that the next frame should follow at once, Wake when one
	// should follow if nothing changes before: never, if it is 0.
	Again bool
	Wake  float64
}

// Paint paints a tile: with Clear its image is filled with the background
// first.
type Paint struct {
	Tile   TileID
	Clear  bool
	Meshes []Mesh // in pixels of the tile
}

// Placed lays a tile on the screen, in device pixels. Size is TileSize unless
// the tile is stretched.
type Placed struct {
	Tile       TileID
	X, Y, Size float64
}

// View keeps what is painted. It belongs to one goroutine, that of its board.
type View struct {
	doc   *board.Board
	boxes map[board.ID]geom.Box
	live  map[board.ID]*live
	// front is of the scale that is wanted, or was before the zoom began to
	// change; back, if not nil, shows through where front is not painted yet.
	front, back *layer
	free        []TileID // dropped, and not yet used again
	dropped     []TileID // for the next frame
	issued      TileID   // all numbers below it were used
	frame       int64
	zoomedAt    float64 // when the camera's scale last changed
	lastScale   float64
	dark        bool
	now         float64
	sketches    []Sketch
	points      []board.Point // scratch
}

// Times in milliseconds.
const (
	settleZoom   = 140 // without a change of the zoom, until tiles of its scale are painted
	settleStroke = 300 // without a new point, until a stroke is painted into tiles
	nextFrame    = 1000.0 / 60
)

// keepTiles bounds the tiles that are kept besides those on the screen: panning
// back shows them at once. A tile takes a megabyte of graphics memory.
const keepTiles = 48

// paintBudget is the number of vertices after which painting new tiles waits
// for the next frame.
const paintBudget = 60_000

// New returns a view of doc. From then on, Changed must hear of its changes.
func New(doc *board.Board) *View {
	v := &View{doc: doc}
	v.read()
	return v
}

// read measures the document as it is.
func (v *View) read() {
	v.boxes, v.live = map[board.ID]geom.Box{}, map[board.ID]*live{}
	for e := range v.doc.Elements() {
		v.boxes[e.ID()] = v.strokeBox(e, 0)
	}
}

// Frame returns what to draw now. It reuses nothing of earlier frames.
func (v *View) Frame(s Screen) *Frame {
	v.frame++
	v.now = s.Now
	f := &Frame{Background: background(s.Dark)}
	if v.dark != s.Dark {
		v.dark = s.Dark
		v.dropAll()
	}
	scale := s.Camera.Zoom * s.Ratio
	v.chooseLayers(f, scale)
	v.settle(f)
	v.paintDirty(f, s)
	v.paintMissing(f, s)
	v.placeTiles(f, s)
	v.evict(f)
	v.addLive(f, s)
	f.Drop = v.dropped
	v.free = append(v.free, v.dropped...)
	v.dropped = nil
	return f
}

// chooseLayers starts a layer of the given scale when the zoom has settled, or
// when it is too far from the scale of the front layer for that to stand in.
func (v *View) chooseLayers(f *Frame, scale float64) {
	if scale != v.lastScale {
		v.lastScale, v.zoomedAt = scale, v.now
	}
	if v.front == nil {
		v.front = newLayer(scale)
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
	v.back, v.front = v.front, newLayer(scale)
}

// wake asks for a frame at a time.
func (f *Frame) wake(at float64) {
	if f.Wake == 0 || at < f.Wake {
		f.Wake = at
	}
}

// Changed tells of a change of the document. It is to be the board's observer.
func (v *View) Changed(e board.Event) {
	if e.Kind == board.Reset {
		v.read()
		v.dropAll()
		return
	}
	id := e.Element.ID()
	switch e.Kind {
	case board.Created:
		v.boxes[id] = geom.NoBox
		v.live[id] = &live{since: justNow}
	case board.Appended:
		added := v.strokeBox(e.Element, e.From)
		v.boxes[id] = v.box(e.Element).Union(added)
		l := v.live[id]
		if l == nil {
			// It was painted to its end, which now is none.
			l = &live{painted: max(e.From-1, 0)}
			v.live[id] = l
			v.front.dirty(added)
		}
		l.grew(e.From, id.Replica != v.doc.Replica())
	case board.Set:
		before := v.box(e.Element)
		switch e.Key {
		case board.KeyThickness:
			v.boxes[id] = v.strokeBox(e.Element, 0)
		case board.KeyDeleted, board.KeyColor:
		default:
			return // it is not to be seen
		}
		if v.shown(id) {
			v.front.dirty(before.Union(v.boxes[id]))
		}
	}
}

// box returns the box of an element's ink. One that was deleted before New is
// met here for the first time.
func (v *View) box(e *board.Element) geom.Box {
	box, ok := v.boxes[e.ID()]
	if !ok {
		box = v.strokeBox(e, 0)
		v.boxes[e.ID()] = box
	}
	return box
}

// pointsOf returns the points of a stroke, valid until the next call.
func (v *View) pointsOf(e *board.Element) []board.Point {
	v.points = e.AppendPoints(v.points[:0])
	return v.points
}

// strokeBox returns the box of the ink of a stroke, from a point on and without
// the fringe.
func (v *View) strokeBox(e *board.Element, from int) geom.Box {
	points := v.pointsOf(e)
	box := geom.NoBox
	t := transform{scale: 1}
	at := func(i int) geom.Point { return t.place(points[min(max(i, 0), len(points)-1)]) }
	// A point moves the tangents of the piece before the last one too.
	for i := max(from-2, 0); i < len(points); i++ {
		// The spline lies within its Bézier control points.
		tangent := at(i + 1).Sub(at(i - 1)).Mul(1.0 / 6)
		box = box.With(at(i)).With(at(i).Add(tangent)).With(at(i).Sub(tangent))
	}
	return box.Grow(strokeWidth(e) / 2 * pressureWidth(math.MaxUint8))
}

// maxWidth bounds the width of a stroke in board units, which comes from
// outside.
const maxWidth = 4096

func strokeWidth(e *board.Element) float64 {
	return min(max(e.Float(board.KeyThickness, 4), 0), maxWidth)
}

func background(dark bool) uint32 {
	if dark {
		return 0x121212
	}
	return 0xffffff
}

// ink is the colour that a stroke of the given one is drawn in. In the dark,
// greys are turned round: black ink is there to be seen.
func (v *View) ink(c uint32) uint32 {
	r, g, b := c>>16&0xff, c>>8&0xff, c&0xff
	if v.dark && max(r, g, b)-min(r, g, b) < 16 {
		return 0xffffff - c&0xffffff
	}
	return c & 0xffffff
}
