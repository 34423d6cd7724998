package editor

import (
	"edgeboard/shared/board"
	"edgeboard/shared/figure"
	"edgeboard/shared/geom"
)

// cropping is a choice of the part of a picture that an image shows, from a double
// click to a click elsewhere: a window is laid over the picture, of which the rest is
// seen through. What comes of it is written at the end, in one step.
type cropping struct {
	id     board.ID
	was    figure.Place
	plane  geom.Frame // of the image when it began: the two boxes are in its plane
	window geom.Box   // what is to be shown
	whole  geom.Box   // where all of the picture lies
	moved  bool
}

// leastWindow is how wide and high the window is at least, in CSS pixels.
const leastWindow = 16

// crop begins to choose what the one image that is selected shows. It reports whether
// there is one.
func (e *Editor) crop() bool {
	list := e.free()
	if len(list) != 1 || list[0].Picture == nil || list[0].Frame.Box.Empty() {
		return false
	}
	f := e.figures.Settled(list[0].ID())
	c := &cropping{id: f.ID(), was: f.Place, plane: f.Frame, window: f.Frame.Box}
	// The picture in the plane of the frame, which is not turned.
	back := f.Frame.Transform()
	if inverse, ok := back.Invert(); ok {
		c.whole = f.PictureTransform().Then(inverse).ApplyBox(geom.Rect(0, 0, 1, 1))
	}
	if size := c.whole.Size(); !(size.X > 0 && size.Y > 0) {
		return false
	}
	e.EndWriting()
	e.tool = Select
	e.cropped = c
	e.summary.fresh = false
	e.lay(nil)
	return true
}

// Cropping reports whether a part of an image is being chosen.
func (e *Editor) Cropping() bool {
	e.refresh()
	return e.cropped != nil
}

// EndCrop writes what was chosen.
func (e *Editor) EndCrop() {
	c := e.cropped
	if c == nil {
		return
	}
	place, part := c.place(), c.part()
	e.quitCrop()
	f := e.figures.Settled(c.id)
	if f == nil || !c.moved || e.viewOnly {
		return
	}
	e.step(func(edit *board.Edit) {
		e.settle(edit, f, c.changed(f.Place, place), false)
		figure.SetCrop(edit, f.Element, part)
	})
}

// changed returns a place as it is now with what the crop has changed of it: somebody
// else may have moved the image meanwhile.
func (c *cropping) changed(now, place figure.Place) figure.Place {
	now.X += place.X - c.was.X
	now.Y += place.Y - c.was.Y
	now.W += place.W - c.was.W
	now.H += place.H - c.was.H
	return now
}

// quitCrop leaves nothing of it.
func (e *Editor) quitCrop() {
	if e.cropped == nil {
		return
	}
	e.cropped = nil
	e.summary.fresh = false
	e.lay(nil)
}

// frame returns the window on the board.
func (c *cropping) frame() geom.Frame {
	size := c.window.Size()
	middle := c.plane.ToBoard(c.window.Center())
	return geom.Frame{Box: geom.Rect(middle.X-size.X/2, middle.Y-size.Y/2, size.X, size.Y), Angle: c.plane.Angle}
}

// place is where the image comes to lie.
func (c *cropping) place() figure.Place { return c.was.InFrame(c.frame()) }

// part is what of the picture is in the window.
func (c *cropping) part() geom.Box {
	size := c.whole.Size()
	from := geom.Point{X: (c.window.Min.X - c.whole.Min.X) / size.X, Y: (c.window.Min.Y - c.whole.Min.Y) / size.Y}
	to := geom.Point{X: (c.window.Max.X - c.whole.Min.X) / size.X, Y: (c.window.Max.Y - c.whole.Min.Y) / size.Y}
	if c.was.W < 0 {
		from.X, to.X = 1-to.X, 1-from.X
	}
	if c.was.H < 0 {
		from.Y, to.Y = 1-to.Y, 1-from.Y
	}
	return geom.BoxOf(from, to).Intersect(geom.Rect(0, 0, 1, 1))
}

func (c *cropping) draft() *figure.Draft {
	place, part := c.place(), c.part()
	return &figure.Draft{IDs: []board.ID{c.id}, By: geom.Identity, Place: &place, Crop: &part}
}

// refresh ends it when the image was deleted or locked.
func (e *Editor) refreshCrop() {
	if c := e.cropped; c != nil {
		if f := e.figures.Of(c.id); f == nil || f.Locked() || f.Picture == nil || !e.chosen[c.id] || e.viewOnly {
			e.quitCrop()
		}
	}
}

// pressCrop begins what a press does while something is cropped. It reports false if
// the press was beside the picture, which ends it.
func (e *Editor) pressCrop(g grip) bool {
	c := e.cropped
	at := g.at()
	if h, ok := e.cropHandle(at, g.kind); ok {
		e.gesture = &windowing{grip: g, handle: h, offset: c.frame().Handle(h).Sub(at), before: *c}
		return true
	}
	if c.whole.Contains(c.plane.ToLocal(at)) {
		e.gesture = &sliding{grip: g, before: *c}
		return true
	}
	e.EndCrop()
	return false
}

// cropHandle returns the handle of the window that is at a place.
func (e *Editor) cropHandle(at geom.Point, kind PointerKind) (geom.Handle, bool) {
	frame := e.cropped.frame()
	reach := e.units(kind.reach())
	if size := frame.Box.Size(); frame.Contains(at) {
		reach = min(reach, insideShare*min(size.X, size.Y))
	}
	return frame.HandleAt(at, reach)
}

// windowing drags a handle of the window.
type windowing struct {
	grip
	handle geom.Handle
	offset geom.Point // from the pointer to the handle, on the board
	before cropping
}

func (g *windowing) move(p Pointer) {
	g.follow(p)
	e, c := g.e, g.e.cropped
	if !g.far || c == nil {
		return
	}
	to := c.whole.Nearest(c.plane.ToLocal(g.at().Add(g.offset)))
	least := e.units(leastWindow)
	w, way := g.before.window, g.handle.Way()
	side := func(from, to *float64, at, way float64) {
		switch {
		case way < 0:
			*from = min(at, *to-min(least, *to-*from))
		case way > 0:
			*to = max(at, *from+min(least, *to-*from))
		}
	}
	side(&w.Min.X, &w.Max.X, to.X, way.X)
	side(&w.Min.Y, &w.Max.Y, to.Y, way.Y)
	c.window, c.moved = w, true
	e.lay(nil)
}

func (g *windowing) finish()  {}
func (g *windowing) abandon() { g.e.uncrop(g.before) }
func (g *windowing) refresh() { g.e.dropCropped() }

// sliding drags the picture under the window.
type sliding struct {
	grip
	before cropping
}

func (g *sliding) move(p Pointer) {
	g.follow(p)
	e, c := g.e, g.e.cropped
	if !g.far || c == nil {
		return
	}
	d := g.at().Sub(g.origin).Rotate(-c.plane.Angle)
	// It covers the window always.
	whole, w := g.before.whole, g.before.window
	d.X = min(max(d.X, w.Max.X-whole.Max.X), w.Min.X-whole.Min.X)
	d.Y = min(max(d.Y, w.Max.Y-whole.Max.Y), w.Min.Y-whole.Min.Y)
	c.whole, c.moved = whole.Add(d), true
	e.lay(nil)
}

func (g *sliding) finish()  {}
func (g *sliding) abandon() { g.e.uncrop(g.before) }
func (g *sliding) refresh() { g.e.dropCropped() }

// dropCropped ends the gesture of a crop that has ended.
func (e *Editor) dropCropped() {
	if e.cropped == nil {
		e.gesture = nil
	}
}

// uncrop takes the crop back to what it was before a gesture.
func (e *Editor) uncrop(before cropping) {
	if e.cropped != nil {
		*e.cropped = before
	}
}

// markCrop marks the picture, and the window with its handles.
func (e *Editor) markCrop(list []Mark) []Mark {
	c := e.cropped
	corners := c.whole.Corners()
	for i, p := range corners {
		corners[i] = c.plane.ToBoard(p)
	}
	frame := c.frame()
	list = append(list, e.mark(MarkOutline, true, corners[:]...), e.markBox(MarkBox, frame))
	if e.gesture != nil {
		return list
	}
	for h := range geom.Handles {
		list = append(list, e.square(MarkHandle, frame.Handle(h), frame.Angle))
	}
	return list
}
