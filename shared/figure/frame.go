package figure

import (
	"cmp"
	"slices"

	"edgeboard/shared/board"
	"edgeboard/shared/geom"
)

// A frame is a titled box that others are in: those whose KeyFrame names it. It
// lies under them, as all frames lie under all that is none. Frames may be in
// frames, over which they lie.

// mostNested bounds how deep frames are in frames. What is deeper counts as if it
// were not.
const mostNested = 16

// titleGap is between the upper border of a frame and its title.
const titleGap = 4

// readFrame lays a frame out, with its title above its border.
func (s *Set) readFrame(f *Figure) {
	p := &f.Place
	if p.W < 0 {
		p.X, p.W = p.X+p.W, -p.W
	}
	if p.H < 0 {
		p.Y, p.H = p.Y+p.H, -p.H
	}
	f.Frame = p.Frame()
	f.Bounds = f.Frame.Bounds().Grow(f.Style.Thickness / 2)
	if f.Element.TextLen(board.UTF16) == 0 {
		return
	}
	layout := layOut(f.Element.Text(), p.Size, 0, AlignStart, s.fonts)
	if len(layout.Lines) > 0 {
		corner := f.Frame.Box.Min
		f.text = layout.move(geom.Point{X: corner.X, Y: corner.Y - titleGap - layout.Box.Size().Y})
		f.Bounds = f.Bounds.Union(geom.BoxOf(f.textCorners()...).Grow(p.Size * letterReach))
	}
}

// touchesFrame reports whether a marquee takes a frame: only around all of its
// border, so that what is in it can be selected.
func (f *Figure) touchesFrame(b geom.Box) bool { return b.ContainsBox(f.Frame.Bounds()) }

// parent returns the frame that an element is in: nil if it is in none that is
// there, or in itself.
func (s *Set) parent(e *board.Element) *board.Element {
	id := e.Get(board.KeyFrame).Ref()
	if id == (board.ID{}) || id == e.ID() {
		return nil
	}
	if x := s.entries[id]; x != nil && x.element.Kind() == board.KindFrame {
		return x.element
	}
	return nil
}

// Around returns the frame that an element is in, nil if it is in none.
func (s *Set) Around(f *Figure) *Figure {
	if p := s.parent(f.Element); p != nil {
		return s.Of(p.ID())
	}
	return nil
}

// Contents returns what is in a frame, and in the frames in it, in no order.
func (s *Set) Contents(frame board.ID) []board.ID {
	var list []board.ID
	seen := map[board.ID]bool{frame: true}
	for next := []board.ID{frame}; len(next) > 0; next = next[1:] {
		for id := range s.framed[next[0]] {
			if x := s.entries[id]; x != nil && !seen[id] {
				seen[id] = true
				list = append(list, id)
				if x.element.Kind() == board.KindFrame {
					next = append(next, id)
				}
			}
		}
	}
	return list
}

// nest returns the frames that a frame is in, from the outermost one on, and
// itself.
func (s *Set) nest(frame *board.Element) []*board.Element {
	path := []*board.Element{frame}
	for p := s.parent(frame); p != nil && len(path) < mostNested && !slices.Contains(path, p); p = s.parent(p) {
		path = append(path, p)
	}
	slices.Reverse(path)
	return path
}

// CompareElements tells which of two elements lies on top, as Compare does.
func (s *Set) CompareElements(a, b *board.Element) int {
	switch frameA, frameB := a.Kind() == board.KindFrame, b.Kind() == board.KindFrame; {
	case frameA && frameB:
		return slices.CompareFunc(s.nest(a), s.nest(b), s.doc.Compare)
	case frameA:
		return -1
	case frameB:
		return 1
	}
	return s.doc.Compare(a, b)
}

// NumFrames returns the number of frames.
func (s *Set) NumFrames() int { return s.frames }

// Frames returns the frames in the order in which they are read: in rows, from the
// top one to the bottom one, and from the left to the right. A frame comes before
// those in it.
func (s *Set) Frames() []*Figure {
	var list []*Figure
	for _, x := range s.entries {
		if x.element.Kind() == board.KindFrame {
			list = append(list, s.of(x))
		}
	}
	return ReadingOrder(list)
}

// ReadingOrder sorts figures, in place, as they are read. Those of a row begin
// above the middle of the row's first.
func ReadingOrder(list []*Figure) []*Figure {
	corner := func(f *Figure) geom.Point { return f.Frame.Bounds().Min }
	slices.SortFunc(list, func(a, b *Figure) int {
		p, q := corner(a), corner(b)
		return cmp.Or(cmp.Compare(p.Y, q.Y), cmp.Compare(p.X, q.X), a.ID().Compare(b.ID()))
	})
	for row := list; len(row) > 0; {
		middle := row[0].Frame.Bounds().Center().Y
		n := 1
		for n < len(row) && corner(row[n]).Y < middle {
			n++
		}
		slices.SortStableFunc(row[:n], func(a, b *Figure) int {
			p, q := corner(a), corner(b)
			size := func(f *Figure) float64 { return f.Frame.Box.Size().X }
			return cmp.Or(cmp.Compare(p.X, q.X), cmp.Compare(size(b), size(a)))
		})
		row = row[n:]
	}
	return list
}
