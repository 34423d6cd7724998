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
	if g.taps && !g.far {
		g.e.placeText(g.at())
	}
}

func (g *panning) deadline() (at float64, ok bool) { return g.rests() }

func (g *panning) flush(now float64) {
	if at, ok := g.rests(); ok && now >= at {
		g.e.gesture = nil
		g.e.askMenu(g.last)
	}
}
