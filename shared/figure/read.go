package figure

import (
	"slices"

	"edgeboard/shared/board"
	"edgeboard/shared/geom"
)

// read makes the figure of an element, at the place that a draft gives it if
// there is one.
func (s *Set) read(e *board.Element) *Figure {
	f := &Figure{Element: e, Style: StyleOf(e), fitted: geom.Identity, set: s}
	place, given := PlaceOf(e)
	if e.Kind() == board.KindStroke {
		s.samples = e.AppendPoints(s.samples[:0])
		natural := sampleBox(s.samples)
		if !given && !natural.Empty() {
			size := natural.Size()
			place.X, place.Y, place.W, place.H = natural.Min.X, natural.Min.Y, size.X, size.Y
		}
		moved, drafted := s.drafted(e, place)
		f.Place = moved
		if given || drafted {
			f.fitted = fit(natural, moved)
		}
		f.Bounds = inkBounds(s.samples, f.Style.Thickness, f.fitted)
		f.Frame = moved.Frame()
		if len(s.samples) == 0 {
			f.Frame.Box, f.Bounds = geom.NoBox, geom.NoBox
		}
		return f
	}
	f.Place, _ = s.drafted(e, place)
	switch e.Kind() {
	case board.KindLine, board.KindArrow:
		s.readLine(f)
	case board.KindText:
		s.readText(f)
	case board.KindFrame:
		s.readFrame(f)
	case board.KindImage:
		s.readImage(f)
	case board.KindStamp:
		s.readStamp(f)
	case board.KindTimer:
		s.readTimer(f)
	case board.KindVote:
		s.readVote(f)
	case board.KindTile:
		s.readTile(f)
	default:
		s.readShape(f)
	}
	return f
}

// readText sizes a text to its lines.
func (s *Set) readText(f *Figure) {
	p := &f.Place
	layout := layOut(f.Element.Text(), p.Size, max(p.W, 0), f.Style.Align, s.fonts)
	size := layout.Box.Size()
	if p.W <= 0 {
		p.W = size.X
	}
	p.H = max(size.Y, p.Size*LineHeight)
	f.Frame = p.Frame()
	if len(layout.Lines) > 0 {
		f.text = layout.move(f.Frame.Box.Min)
	}
	f.Bounds = f.Frame.Bounds().Grow(p.Size * letterReach)
}

// letterReach is how far letters may lie outside their line's box, as a share of
// their size: swashes, accents above accents.
const letterReach = 0.3

// readShape lays a label into a shape and what is said onto a note, which is as
// high as that needs.
func (s *Set) readShape(f *Figure) {
	p := &f.Place
	if p.W < 0 {
		p.X, p.W = p.X+p.W, -p.W
	}
	if p.H < 0 {
		p.Y, p.H = p.Y+p.H, -p.H
	}
	width := f.labelWidth()
	var layout *Layout
	if f.Element.TextLen(board.UTF16) > 0 {
		layout = layOut(f.Element.Text(), p.Size, width, f.Style.Align, s.fonts)
		if f.Kind() == board.KindNote {
			p.H = max(p.H, layout.Box.Size().Y+2*NotePadding)
		}
	}
	f.Frame = p.Frame()
	f.Bounds = f.Frame.Bounds().Grow(f.Style.Thickness / 2)
	if f.Kind() == board.KindNote {
		f.Bounds = f.Frame.Bounds().Grow(noteShadow)
	}
	if layout != nil && len(layout.Lines) > 0 {
		c, size := f.Frame.Center(), layout.Box.Size()
		f.text = layout.move(geom.Point{X: c.X - width/2, Y: c.Y - size.Y/2})
		f.Bounds = f.Bounds.Union(geom.BoxOf(f.textCorners()...).Grow(p.Size * letterReach))
	}
}

// labelWidth is how wide the lines in a shape or on a note may be.
func (f *Figure) labelWidth() float64 {
	width := f.Place.W - 2*labelPadding
	switch f.Kind() {
	case board.KindEllipse: // the box that fits into it
		width *= 0.7071
	case board.KindDiamond:
		width *= 0.5
	case board.KindNote, board.KindVote:
		width = f.Place.W - 2*NotePadding
	}
	return max(width, f.Place.Size)
}

// noteShadow is how far the shadow of a note reaches.
const noteShadow = 12

// readLine finds the ends of a line, and lays its label over its middle.
func (s *Set) readLine(f *Figure) {
	f.From, f.To = s.ends(f)
	f.Place = f.Place.WithEnds(f.From, f.To)
	f.Frame = geom.Frame{Box: geom.BoxOf(f.From, f.To)}
	f.Bounds = f.Frame.Box.Grow(f.Style.Thickness / 2)
	for _, head := range f.HeadPaths() {
		f.Bounds = f.Bounds.Union(head.Bounds().Grow(f.Style.Thickness / 2))
	}
	if f.Element.TextLen(board.UTF16) > 0 {
		layout := layOut(f.Element.Text(), f.Place.Size, 0, AlignMiddle, s.fonts)
		if len(layout.Lines) > 0 {
			size := layout.Box.Size()
			f.text = layout.move(f.From.Mid(f.To).Sub(size.Mul(0.5)))
			f.Bounds = f.Bounds.Union(f.text.Box.Grow(f.Place.Size * letterReach))
		}
	}
}

// ends returns where a line ends: an end that is bound lies on the way between
// what its two ends aim at, just outside the outline of what it is bound to.
func (s *Set) ends(f *Figure) (from, to geom.Point) {
	from, to = f.Place.Ends()
	if f.Kind() != board.KindArrow {
		return from, to
	}
	start, startAim := s.target(f.Element, board.KeyStart, board.KeyStartX, board.KeyStartY)
	end, endAim := s.target(f.Element, board.KeyEnd, board.KeyEndX, board.KeyEndY)
	if start != nil {
		from = startAim
	}
	if end != nil {
		to = endAim
	}
	a, b := from, to
	if start != nil {
		from = start.leave(a, b)
	}
	if end != nil {
		to = end.leave(b, a)
	}
	return from, to
}

// target returns the figure that an arrow's end is bound to, nil if it is bound
// to none that is there, and the place at which it aims.
func (s *Set) target(arrow *board.Element, key, keyX, keyY board.Key) (*Figure, geom.Point) {
	id := arrow.Get(key).Ref()
	if id == (board.ID{}) {
		return nil, geom.Point{}
	}
	x := s.entries[id]
	if x == nil || !Binds(x.element.Kind()) { // an arrow that is bound to arrows could be bound to itself
		return nil, geom.Point{}
	}
	f := s.of(x)
	if f.Frame.Box.Empty() {
		return nil, geom.Point{}
	}
	share := func(k board.Key) float64 { return min(max(arrow.Float(k, 0.5), 0), 1) }
	return f, f.Frame.At(share(keyX), share(keyY))
}

// leave returns where a line from a place in the figure towards another one gets
// out of it, with a gap.
func (f *Figure) leave(from, toward geom.Point) geom.Point {
	gap := float64(bindGap)
	if f.Kind() != board.KindNote && f.Kind() != board.KindText {
		gap += f.Style.Thickness / 2
	}
	o, _ := f.Outline()
	if at, ok := o.Leave(from, toward, gap); ok && at.Dist(from) < toward.Dist(from) {
		return at
	}
	return from
}

// move returns the layout with its box's corner at p, in memory of its own.
func (l *Layout) move(p geom.Point) *Layout {
	d := p.Sub(l.Box.Min)
	moved := &Layout{Lines: slices.Clone(l.Lines), Size: l.Size, Box: l.Box.Add(d), fonts: l.fonts}
	for i := range moved.Lines {
		moved.Lines[i].At = moved.Lines[i].At.Add(d)
	}
	return moved
}
