package figure

import (
	"edgeboard/shared/board"
	"edgeboard/shared/geom"
)

// Figure is an element as it is to be drawn. It holds until the board or a draft
// changes, and is not to be changed.
type Figure struct {
	Element *board.Element
	Place   Place // with sides and a height that were left to us filled in
	Style   Style
	// Frame is its box, turned. That of a line is the box around its ends.
	Frame geom.Frame
	// Bounds contains all of its ink and letters.
	Bounds geom.Box
	// From and To are the ends of a line or an arrow, where they meet what they
	// are bound to.
	From, To geom.Point
	Picture  *Picture // of an image; nil for all else

	fitted geom.Transform // of a stroke: from where it was drawn to its place
	text   *Layout        // nil if there is none
	parts  []Part
	theme  *theme // of a tile
	set    *Set
}

// What shapes look like, in board units.
const (
	CornerRadius = 8  // of notes and rectangles
	cardRadius   = 14 // of timers, votes and tiles
	NotePadding  = 16 // between a note's border and its letters
	labelPadding = 8  // between a shape's outline and its label
	NoteSize     = 200
	// bindGap is between an arrow's end and what it is bound to.
	bindGap = 4
)

// Drawn reports whether elements of a kind are drawn.
func Drawn(k board.Kind) bool {
	switch k {
	case board.KindFrame, board.KindImage, board.KindStamp, board.KindTimer, board.KindVote, board.KindTile:
		return true
	}
	return k >= board.KindStroke && k <= board.KindNote
}

// isLine reports whether elements of a kind go from one end to another.
func isLine(k board.Kind) bool { return k == board.KindLine || k == board.KindArrow }

// Binds reports whether arrows can be bound to elements of a kind.
func Binds(k board.Kind) bool {
	switch k {
	case board.KindRectangle, board.KindEllipse, board.KindDiamond, board.KindText, board.KindNote, board.KindFrame, board.KindImage, board.KindTile:
		return true
	}
	return false
}

// follows reports whether elements of a kind can be bound to others, by KeyStart
// or KeyEnd, and then go where these go.
func follows(k board.Kind) bool { return k == board.KindArrow || k == board.KindStamp }

// ID returns the element's name.
func (f *Figure) ID() board.ID { return f.Element.ID() }

// Kind returns what the element is.
func (f *Figure) Kind() board.Kind { return f.Element.Kind() }

// Line reports whether the figure is a line or an arrow.
func (f *Figure) Line() bool { return isLine(f.Kind()) }

// Locked reports whether the element is locked.
func (f *Figure) Locked() bool { return f.Element.Int(board.KeyLocked, 0) != 0 }

// Group returns the ID that the members of the element's group share, the zero
// ID if it is in none.
func (f *Figure) Group() board.ID { return f.Element.Get(board.KeyGroup).Ref() }

// Outline returns the outline of what has an inside: a shape, a note, the box of
// a text. ok is false for lines and strokes.
func (f *Figure) Outline() (o geom.Outline, ok bool) {
	switch f.Kind() {
	case board.KindRectangle, board.KindNote, board.KindFrame, board.KindImage:
		return geom.Outline{Shape: geom.Rectangle, Frame: f.Frame, Radius: CornerRadius}, true
	case board.KindText:
		return geom.Outline{Shape: geom.Rectangle, Frame: f.Frame}, true
	case board.KindTimer, board.KindVote, board.KindTile:
		return geom.Outline{Shape: geom.Rectangle, Frame: f.Frame, Radius: cardRadius}, true
	case board.KindEllipse, board.KindStamp:
		return geom.Outline{Shape: geom.Ellipse, Frame: f.Frame}, true
	case board.KindDiamond:
		return geom.Outline{Shape: geom.Diamond, Frame: f.Frame}, true
	}
	return geom.Outline{}, false
}

// Path returns the line of a shape, a frame, a line or an arrow, without its heads.
// Notes, texts, images and strokes have none.
func (f *Figure) Path() geom.Path {
	switch f.Kind() {
	case board.KindRectangle, board.KindEllipse, board.KindDiamond, board.KindFrame:
		o, _ := f.Outline()
		return o.Path()
	case board.KindLine, board.KindArrow:
		return geom.PolylinePath([]geom.Point{f.From, f.To}, false)
	}
	return nil
}

// HeadPaths returns the heads of an arrow. They are lines too, and never dashed.
func (f *Figure) HeadPaths() []geom.Path {
	if f.Style.Heads == NoHeads {
		return nil
	}
	way := f.To.Sub(f.From)
	length := min(12+2*f.Style.Thickness, way.Len()/2)
	var heads []geom.Path
	add := func(tip, along geom.Point) {
		if head := geom.ArrowHeadPath(tip, along, length, length, false); head != nil {
			heads = append(heads, head)
		}
	}
	add(f.To, way)
	if f.Style.Heads == HeadsAtBoth {
		add(f.From, way.Neg())
	}
	return heads
}

// AppendInk appends the ink of a stroke where it lies on the board.
func (f *Figure) AppendInk(dst []Ink) []Ink {
	if f.Kind() != board.KindStroke {
		return dst
	}
	s := f.set
	s.samples = f.Element.AppendPoints(s.samples[:0])
	return AppendInk(dst, s.samples, f.Style.Thickness, f.fitted)
}

// stroke returns the stroke for hit tests, valid until the next call.
func (f *Figure) stroke() geom.Stroke {
	s := f.set
	s.ink = f.AppendInk(s.ink[:0])
	s.stroke.Points, s.stroke.Radii = s.stroke.Points[:0], s.stroke.Radii[:0]
	for _, k := range s.ink {
		s.stroke.Points = append(s.stroke.Points, k.At)
		s.stroke.Radii = append(s.stroke.Radii, k.Radius)
	}
	return s.stroke
}

// Text returns the lines of the element's text, in the plane of the figure's
// frame: nil if it has none.
func (f *Figure) Text() *Layout { return f.text }

// Hit reports whether a place of the board is on the figure or within tolerance,
// in board units, of it. What is not filled, and a frame, is hit at its line and its
// label.
func (f *Figure) Hit(p geom.Point, tolerance float64) bool {
	if !f.Bounds.Grow(tolerance).Contains(p) || f.IsDot() {
		return false
	}
	switch k := f.Kind(); {
	case k == board.KindStroke:
		return f.stroke().Hit(p, tolerance)
	case f.Line():
		return f.hitLine(p, tolerance)
	case k == board.KindText:
		return f.Frame.Contains(p) || f.hitOutline(p, tolerance, true)
	case k == board.KindFrame: // what is in it is to be taken hold of
		return f.hitOutline(p, tolerance+f.Style.Thickness/2, false) || f.hitText(p)
	}
	filled := f.Style.Filled || f.Kind() == board.KindStamp
	return f.hitOutline(p, tolerance+f.Style.Thickness/2, filled) || f.hitText(p)
}

func (f *Figure) hitOutline(p geom.Point, tolerance float64, filled bool) bool {
	o, ok := f.Outline()
	return ok && o.Hit(p, tolerance, filled)
}

// hitText reports whether a place is in the box of the letters.
func (f *Figure) hitText(p geom.Point) bool {
	return f.text != nil && f.text.Box.Contains(f.Frame.ToLocal(p))
}

func (f *Figure) hitLine(p geom.Point, tolerance float64) bool {
	tolerance += f.Style.Thickness / 2
	if geom.DistToSegment(p, f.From, f.To) <= tolerance || f.hitText(p) {
		return true
	}
	for _, head := range f.HeadPaths() {
		if head.Dist(p, geom.MinTolerance) <= tolerance {
			return true
		}
	}
	return false
}

// Swept reports whether a disc touches the figure on its straight way between two
// places: an eraser with tolerance as its radius. Shapes are touched at what is
// drawn of them, as by Hit.
func (f *Figure) Swept(from, to geom.Point, tolerance float64) bool {
	if !f.Bounds.Grow(tolerance).Overlaps(geom.BoxOf(from, to)) {
		return false
	}
	if f.Kind() == board.KindStroke {
		return f.stroke().HitSwept(from, to, tolerance)
	}
	if f.Line() && geom.DistSegments(from, to, f.From, f.To) <= tolerance+f.Style.Thickness/2 {
		return true
	}
	// The disc is laid along the way, each overlapping the one before.
	steps := int(min(from.Dist(to)/max(tolerance, 1), mostSteps)) + 1
	for i := range steps + 1 {
		if f.Hit(from.Lerp(to, float64(i)/float64(steps)), tolerance) {
			return true
		}
	}
	return false
}

// mostSteps bounds how finely an eraser's way is looked at.
const mostSteps = 256

// Touches reports whether a part of the board, a marquee, and what is drawn of
// the figure have a point in common. A frame is touched by what is around it.
func (f *Figure) Touches(b geom.Box) bool {
	switch k := f.Kind(); {
	case !f.Bounds.Overlaps(b) || f.IsDot():
		return false
	case k == board.KindStamp:
		o, _ := f.Outline()
		return o.Path().OverlapsFill(b, geom.NonZero, chord)
	case k == board.KindFrame:
		return f.touchesFrame(b)
	case b.ContainsBox(f.Bounds):
		return true
	case k == board.KindStroke:
		return f.stroke().Overlaps(b)
	case k == board.KindText, f.Style.Filled && k != board.KindEllipse && k != board.KindDiamond:
		return f.Frame.Overlaps(b)
	case f.Style.Filled && !f.Line():
		return f.Path().OverlapsFill(b, geom.NonZero, chord)
	}
	if f.Path().Overlaps(b.Grow(f.Style.Thickness/2), chord) {
		return true
	}
	return f.text != nil && b.OverlapsPolygon(f.textCorners(), geom.NonZero)
}

// textCorners are those of the box of the letters, on the board.
func (f *Figure) textCorners() []geom.Point {
	corners := f.text.Box.Corners()
	for i, c := range corners {
		corners[i] = f.Frame.ToBoard(c)
	}
	return corners[:]
}

// chord is the tolerance of curves in hit tests, in board units.
const chord = 0.25
