package editor

// A palm lies on the screen while the stylus writes, and a moment longer.
// Milliseconds.
const palmTime = 500

// longPress is how long a finger rests to ask for the menu, in milliseconds.
const longPress = 500

// regret is how long a gesture of a finger may be, in CSS pixels, to be taken
// back when a second finger comes down: it was the beginning of a pinch.
const regret = 24

// stylus is what is known of the person's stylus.
type stylus struct {
	seen   bool
	down   bool
	id     int
	lifted float64 // when it was
}

// palm takes note of a stylus, and reports whether a press is one of the hand
// that holds it.
func (e *Editor) palm(p Pointer, now float64) bool {
	switch p.Kind {
	case Stylus:
		if !e.stylus.seen {
			// Who has a stylus draws with it: fingers are free to pan.
			e.FingerDraws = false
		}
		e.stylus = stylus{seen: true, down: true, id: p.ID, lifted: now}
		if e.gesture != nil && e.gesture.by().kind == Finger {
			e.interrupt() // the palm came first
		}
	case Finger:
		return e.stylus.seen && (e.stylus.down || now-e.stylus.lifted < palmTime)
	}
	return false
}

// lift takes note of a pointer that is no longer there.
func (e *Editor) lift(p Pointer, now float64) {
	delete(e.pointers, p.ID)
	if e.stylus.down && e.stylus.id == p.ID {
		e.stylus.down, e.stylus.lifted = false, now
	}
}

// interrupt ends the gesture of a finger as something else begins: what has
// hardly begun was not meant.
func (e *Editor) interrupt() {
	if e.gesture.by().travel < regret {
		e.abandon()
		return
	}
	g := e.gesture
	e.gesture = nil
	g.finish()
}

// rests is when a press of a finger that does not move is a long one.
func (g *grip) rests() (at float64, ok bool) {
	return g.begun + longPress, g.kind == Finger && !g.far
}

// askMenu selects what the menu is to be about, locked or not, and asks for the
// menu.
func (e *Editor) askMenu(p Pointer) {
	at := e.camera.ToBoard(p.At)
	if f := e.top(at, p.Kind, true); f != nil {
		if !e.chosen[f.ID()] {
			e.choose(e.whole(f))
		}
	} else if !e.inBox(at) {
		e.choose(nil)
	}
	e.menu = &p.At
}
