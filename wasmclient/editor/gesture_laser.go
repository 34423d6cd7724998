package editor

// lasing points with a light. It changes nothing: what the others see of it, and what
// is seen here, is the way of the pointer.
type lasing struct{ grip }

func (g *lasing) stays() bool    { return true }
func (g *lasing) move(p Pointer) { g.follow(p) }
func (g *lasing) finish()        {}

// Lasing reports whether the person points with a light.
func (e *Editor) Lasing() bool {
	_, ok := e.gesture.(*lasing)
	return ok
}
