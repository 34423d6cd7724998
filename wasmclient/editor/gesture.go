package editor

import (
	"edgeboard/shared/figure"
	"edgeboard/shared/geom"
)

// gesture is what is under way from the press of a pointer to its release.
// While one of its methods is called it is the editor's; finish and abandon are
// called when it no longer is.
type gesture interface {
	by() *grip
	owns(pointer int) bool
	// move takes a sample of its pointer.
	move(p Pointer)
	// finish writes what has come of it: the pointer was lifted.
	finish()
	// abandon leaves nothing of it.
	abandon()
	// stays reports whether what it did stays when the system takes the pointer
	// away.
	stays() bool
	// every reports whether it wants every sample, not the last one of a frame
	// alone.
	every() bool
	// refresh meets what the document has become.
	refresh()
}

// patient is a gesture that waits for a time.
type patient interface {
	flush(now float64)
	deadline() (at float64, ok bool)
}

// grip is how a gesture is held. Gestures embed one.
type grip struct {
	e       *Editor
	pointer int
	kind    PointerKind
	from    geom.Point // where it was pressed, in CSS pixels
	origin  geom.Point // the same on the board
	begun   float64
	last    Pointer // its last sample
	travel  float64 // CSS pixels that the pointer went
	far     bool    // it was moved beyond a tremble
}

func (e *Editor) hold(p Pointer, now float64) grip {
	return grip{e: e, pointer: p.ID, kind: p.Kind, from: p.At, origin: e.camera.ToBoard(p.At), begun: now, last: p}
}

func (g *grip) by() *grip             { return g }
func (g *grip) owns(pointer int) bool { return pointer == g.pointer }
func (g *grip) stays() bool           { return false }
func (g *grip) every() bool           { return false }
func (g *grip) refresh()              {}
func (g *grip) abandon()              {}

// clicking is a gesture that is a click or nothing.
type clicking struct{ grip }

func (g *clicking) move(p Pointer) {
	g.follow(p)
	if g.far && g.kind == Finger { // which has no other way to move the board
		g.e.gesture = &panning{grip: g.grip}
		g.e.look(g.e.camera.Pan(p.At.Sub(g.from)))
	}
}

// follow takes note of a sample.
func (g *grip) follow(p Pointer) {
	g.travel += p.At.Dist(g.last.At)
	g.last = p
	g.far = g.far || p.At.Dist(g.from) >= g.kind.slop()
}

// at returns the place on the board of the last sample.
func (g *grip) at() geom.Point { return g.e.camera.ToBoard(g.last.At) }

// held reports whether keys are held.
func (g *grip) held(m Mods) bool { return g.last.Mods&m != 0 }

// Down tells that a pointer was pressed.
func (e *Editor) Down(p Pointer, now float64) {
	if !finite(p.At) {
		return
	}
	e.refresh()
	e.hover = p
	if e.palm(p, now) {
		return
	}
	if e.gesture != nil && e.gesture.owns(p.ID) {
		e.Cancel(p, now) // it was lifted, and nobody said so
	}
	if p.Kind == Finger {
		e.pointers[p.ID] = p.At
	}
	if e.gesture != nil {
		if _, pinches := e.gesture.(*pinching); !pinches && p.Kind == Finger && e.gesture.by().kind == Finger {
			e.pinch(p, now)
		}
		return // or it is another pointer than the one that is busy
	}
	e.begin(p, now)
}

// begin begins the gesture of a press.
func (e *Editor) begin(p Pointer, now float64) {
	g := e.hold(p, now)
	if p.Button == Middle {
		e.gesture = &panning{grip: g}
		return
	}
	e.EndWriting()
	e.EndStyle()
	switch {
	case e.cropped != nil && p.Button == Main && !e.pans() && e.pressCrop(g):
	case p.Button == Other:
		e.EndCrop()
		e.askMenu(p)
	case e.pans():
		e.gesture = &panning{grip: g}
	case e.remarks():
		e.makes(g)
	case p.Kind == Finger && !e.FingerDraws && e.tool != Select:
		e.gesture = &panning{grip: g, taps: e.tool == Text || e.tool == Note}
	case e.tool == Select:
		e.press(g)
	default:
		e.choose(nil) // a menu may have selected something
		e.makes(g)
	}
}

// makes begins what a tool does that makes or deletes something.
func (e *Editor) makes(g grip) {
	switch e.tool {
	case Pen, Highlighter:
		e.beginStroke(g)
	case Eraser:
		e.beginErase(g)
	case Comment:
		e.beginRemark(g)
	case Stamp, Vote:
		e.gesture = &stamping{clicking: clicking{g}, dot: e.tool == Vote}
	case Laser:
		e.gesture = &lasing{g}
	default:
		e.beginShape(g)
	}
}

// Move tells of the samples since the last call, oldest first.
func (e *Editor) Move(samples []Pointer, now float64) {
	e.refresh()
	for i, p := range samples {
		if !finite(p.At) {
			continue
		}
		if _, down := e.pointers[p.ID]; down {
			e.pointers[p.ID] = p.At
		}
		e.hover = p
		if e.gesture == nil || !e.gesture.owns(p.ID) {
			continue
		}
		if i+1 < len(samples) && !e.gesture.every() {
			if next := samples[i+1]; next.ID == p.ID && finite(next.At) {
				continue
			}
		}
		e.gesture.move(p)
	}
	e.Flush(now)
}

// Up tells that a pointer was released.
func (e *Editor) Up(p Pointer, now float64) {
	if !e.ends(p, now) {
		return
	}
	last := e.gesture.by().last
	p.Pressure = last.Pressure // a pointer that was lifted has none any more
	if finite(p.At) {
		e.gesture.move(p)
	}
	// What was a press may have become another gesture, or none.
	if g := e.gesture; g != nil {
		e.gesture = nil
		g.finish()
	}
}

// Cancel tells that a pointer was taken away by the system. A stroke stays as
// far as it was drawn.
func (e *Editor) Cancel(p Pointer, now float64) {
	if e.ends(p, now) {
		e.release()
	}
}

// ends takes note that a pointer is no longer there, and reports whether a gesture
// ends with it. One of two fingers goes on with the other.
func (e *Editor) ends(p Pointer, now float64) bool {
	e.refresh()
	e.lift(p, now)
	if e.gesture == nil || !e.gesture.owns(p.ID) {
		return false
	}
	if g, pinches := e.gesture.(*pinching); pinches {
		g.lift(p.ID, now)
		return false
	}
	return true
}

// release ends the gesture of a pointer that is not there any more.
func (e *Editor) release() {
	g := e.gesture
	if g == nil {
		return
	}
	if !g.stays() {
		e.abandon()
		return
	}
	e.gesture = nil
	g.finish()
}

// abandon ends the gesture and leaves nothing of it.
func (e *Editor) abandon() {
	g := e.gesture
	e.gesture = nil
	g.abandon()
	e.lay(nil)
}

// Flush does what has waited long enough. A person's pen is committed at times,
// and a long press is one after a time.
func (e *Editor) Flush(now float64) {
	e.refresh()
	if g, waits := e.gesture.(patient); waits {
		g.flush(now)
	}
}

// Deadline returns when Flush should be called, and whether it should at all.
func (e *Editor) Deadline() (at float64, ok bool) {
	if g, waits := e.gesture.(patient); waits {
		return g.deadline()
	}
	return 0, false
}

// lay shows elements where the hand has them; nil is where the document has them, but
// an image that is being cropped.
func (e *Editor) lay(d *figure.Draft) {
	if d == nil && e.cropped != nil {
		d = e.cropped.draft()
	}
	if d == nil && e.draft == nil {
		return
	}
	e.draft = d
	e.figures.SetDraft(0, d)
}
