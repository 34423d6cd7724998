package geom

// Camera lays the board on the screen: the board's point At lies in the top
// left corner, and a board unit takes Zoom CSS pixels.
type Camera struct {
	At   Point
	Zoom float64
}

// The range of Camera.Zoom.
const (
	MinZoom = 0.1
	MaxZoom = 30
)

// ToScreen returns where a point of the board is on the screen.
func (c Camera) ToScreen(p Point) Point { return p.Sub(c.At).Mul(c.Zoom) }

// ToBoard returns which point of the board is at a place on the screen.
func (c Camera) ToBoard(p Point) Point { return p.Mul(1 / c.Zoom).Add(c.At) }

// Transform returns ToScreen as a transform.
func (c Camera) Transform() Transform { return Translate(c.At.Neg()).Then(Scale(c.Zoom, c.Zoom)) }

// Visible returns the part of the board on a screen of the given size.
func (c Camera) Visible(width, height float64) Box {
	return Box{c.At, c.ToBoard(Point{width, height})}
}

// Pan returns the camera after the board was moved by d CSS pixels.
func (c Camera) Pan(d Point) Camera {
	c.At = c.At.Sub(d.Mul(1 / c.Zoom))
	return c
}

// ZoomAt returns the camera with another zoom, kept within MinZoom and MaxZoom,
// and the same point of the board at a place on the screen.
func (c Camera) ZoomAt(screen Point, zoom float64) Camera {
	fixed := c.ToBoard(screen)
	c.Zoom = min(max(zoom, MinZoom), MaxZoom)
	c.At = fixed.Sub(screen.Mul(1 / c.Zoom))
	return c
}

// Fit returns the camera that shows b in the middle of a screen of the given
// size, as large as it goes with margin CSS pixels around it and a zoom from
// MinZoom to limit, which is at most MaxZoom. If there is nothing to show, or
// something is not finite, the camera stays.
func (c Camera) Fit(b Box, width, height, margin, limit float64) Camera {
	size, mid := b.Size(), b.Center()
	if b.Empty() || !size.Finite() || !mid.Finite() {
		return c
	}
	zoom := min(limit, MaxZoom)
	if size.X > 0 {
		zoom = min(zoom, (width-2*margin)/size.X)
	}
	if size.Y > 0 {
		zoom = min(zoom, (height-2*margin)/size.Y)
	}
	zoom = max(zoom, MinZoom)
	at := mid.Sub(Point{width, height}.Mul(0.5 / zoom))
	if !finite(zoom) || !at.Finite() {
		return c
	}
	return Camera{at, zoom}
}
