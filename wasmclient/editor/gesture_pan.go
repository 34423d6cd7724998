package editor

// panning moves the board.
type panning struct {
	grip
	taps bool // a tap does what the tool does
}

func (g *panning) stays() bool { return true }

func (g *panning) move(p Pointer) {
	g.e.look(g.e.camera.Pan(p.At.Sub(g.last.At)))
	g.follow(p)
}

func (g *panning) finish() {
	switch {
	case g.far:
	case g.taps:
		g.e.placeText(g.at())
	case g.e.viewOnly:
		g.e.lookUp(g.at(), g.kind)
	}
}

func (g *panning) deadline() (at float64, ok bool) { return g.rests() }

func (g *panning) flush(now float64) {
	if at, ok := g.rests(); ok && now >= at {
		g.e.gesture = nil
		g.e.askMenu(g.last)
	}
}
