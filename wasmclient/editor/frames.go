package editor

import (
	"cmp"
	"slices"
	"strconv"

	"edgeboard/shared/board"
	"edgeboard/shared/figure"
	"edgeboard/shared/geom"
)

// An element is in a frame if its KeyFrame names it. That is written when a gesture
// is over, by where the element's middle lies then; a frame that was made or resized
// takes in what is in it, and leaves what is not.

// A frame that a click makes is so large, in board units.
const frameWidth, frameHeight = 640, 360

// along returns figures and all that is in the frames among them, locked or not:
// each once.
func (e *Editor) along(list []*figure.Figure) []*figure.Figure {
	var more []board.ID
	for _, f := range list {
		if f.Kind() == board.KindFrame {
			more = append(more, e.figures.Contents(f.ID())...)
		}
	}
	if len(more) == 0 {
		return list
	}
	there := make(map[board.ID]bool, len(list)+len(more))
	for _, f := range list {
		there[f.ID()] = true
	}
	list = slices.Clone(list)
	for _, f := range e.figuresOf(more) {
		if !there[f.ID()] {
			there[f.ID()] = true
			list = append(list, f)
		}
	}
	return list
}

// outer returns those of figures that are in no frame among them. Two frames that are
// in each other, as two people may have put them, count as if they were not.
func (e *Editor) outer(list []*figure.Figure) []*figure.Figure {
	within := map[board.ID][]board.ID{}
	for _, f := range list {
		if f.Kind() == board.KindFrame {
			for _, id := range e.figures.Contents(f.ID()) {
				within[id] = append(within[id], f.ID())
			}
		}
	}
	if len(within) == 0 {
		return list
	}
	return slices.DeleteFunc(slices.Clone(list), func(f *figure.Figure) bool {
		return slices.ContainsFunc(within[f.ID()], func(frame board.ID) bool { return !slices.Contains(within[frame], f.ID()) })
	})
}

// frameAt returns the topmost frame that a place of the board is in, that is none of
// those excepted and larger than an area, nil if there is none.
func (e *Editor) frameAt(at geom.Point, except map[board.ID]bool, larger float64) *figure.Figure {
	for _, f := range slices.Backward(e.figures.In(geom.BoxOf(at))) {
		if f.Kind() == board.KindFrame && !except[f.ID()] && f.Frame.Contains(at) && areaOf(f) > larger {
			return f
		}
	}
	return nil
}

// areaOf is how large a frame is, 0 of what is none.
func areaOf(f *figure.Figure) float64 {
	if f.Kind() != board.KindFrame {
		return 0
	}
	size := f.Frame.Box.Size()
	return size.X * size.Y
}

// together returns a function that returns what is in one frame with a figure: it,
// or its group. It holds until the document changes otherwise than by KeyFrame.
func (e *Editor) together() func(f *figure.Figure) []*figure.Figure {
	var groups map[board.ID][]*figure.Figure
	return func(f *figure.Figure) []*figure.Figure {
		group := f.Group()
		if group == (board.ID{}) {
			return []*figure.Figure{f}
		}
		if groups == nil {
			groups = map[board.ID][]*figure.Figure{}
			for f := range e.figures.All() {
				if g := f.Group(); g != (board.ID{}) {
					groups[g] = append(groups[g], f)
				}
			}
		}
		return groups[group]
	}
}

// frameFor returns the frame that figures belong in by where they lie, the zero ID
// if that is none. They are in none of their own, and a frame in none that is smaller.
func (e *Editor) frameFor(list []*figure.Figure) board.ID {
	except, largest := map[board.ID]bool{}, -1.0
	for _, f := range list {
		if f.Kind() == board.KindFrame {
			except[f.ID()], largest = true, max(largest, areaOf(f))
			for _, id := range e.figures.Contents(f.ID()) {
				except[id] = true
			}
		}
	}
	if to := e.frameAt(e.bounds(list).Center(), except, largest); to != nil {
		return to.ID()
	}
	return board.ID{}
}

// frameOf returns the frame that a figure is in, the zero ID if that is none.
func (e *Editor) frameOf(f *figure.Figure) board.ID {
	if in := e.figures.Around(f); in != nil {
		return in.ID()
	}
	return board.ID{}
}

// reframe writes which frames elements are in that have come to lie elsewhere, and
// of the frames among them, if they were made or resized, what is in these.
func (e *Editor) reframe(ids []board.ID, resized bool) {
	if e.figures.NumFrames() == 0 {
		return
	}
	moved := make(map[board.ID]bool, len(ids))
	for _, id := range ids {
		moved[id] = true
	}
	done := map[board.ID]bool{}
	together := e.together()
	e.step(func(edit *board.Edit) {
		decide := func(f *figure.Figure, may func(was, is board.ID) bool) {
			if done[f.ID()] {
				return
			}
			list := together(f)
			is := e.frameFor(list)
			if on := e.figures.Of(f.Element.Get(board.KeyStart).Ref()); on != nil && f.Kind() == board.KindStamp {
				is = e.frameOf(on)
			}
			for _, f := range list {
				done[f.ID()] = true
				if was := e.frameOf(f); was != is && may(was, is) {
					edit.Set(f.ID(), board.KeyFrame, reference(is))
				}
			}
		}
		any := func(_, _ board.ID) bool { return true }
		list := e.figuresOf(ids)
		for _, f := range list {
			if !moved[e.frameOf(f)] { // else it came along
				decide(f, any)
			}
			for _, id := range e.figures.Bound(f.ID()) {
				if bound := e.figures.Of(id); bound != nil && !moved[id] {
					decide(bound, any)
				}
			}
		}
		if !resized {
			return
		}
		for _, f := range list {
			if f.Kind() != board.KindFrame {
				continue
			}
			mine := func(was, is board.ID) bool { return was == f.ID() || is == f.ID() }
			for _, other := range e.concerned(f) {
				decide(other, mine)
			}
		}
	})
}

// concerned returns what may have come into a frame or have left it: frames first, the
// largest before the others.
func (e *Editor) concerned(frame *figure.Figure) []*figure.Figure {
	list := e.figures.In(frame.Frame.Bounds())
	for _, f := range e.figuresOf(e.figures.Contents(frame.ID())) {
		if !f.Bounds.Overlaps(frame.Frame.Bounds()) {
			list = append(list, f)
		}
	}
	up := frame
	outer := map[board.ID]bool{}
	for up != nil && !outer[up.ID()] {
		outer[up.ID()] = true
		up = e.figures.Around(up)
	}
	list = slices.DeleteFunc(list, func(f *figure.Figure) bool { return outer[f.ID()] })
	slices.SortStableFunc(list, func(a, b *figure.Figure) int { return cmp.Compare(areaOf(b), areaOf(a)) })
	return list
}

func reference(id board.ID) board.Value {
	if id == (board.ID{}) {
		return board.Value{}
	}
	return board.Ref(id)
}

// title gives a new frame a title with the next number.
func (e *Editor) title(edit *board.Edit, id board.ID) {
	if e.FrameTitle == "" {
		return
	}
	taken := map[string]bool{}
	for _, f := range e.figures.Frames() {
		taken[f.Element.Text()] = true
	}
	for n := 1; ; n++ {
		if title := e.FrameTitle + " " + strconv.Itoa(n); !taken[title] {
			edit.Splice(id, board.Chars, 0, 0, title)
			return
		}
	}
}
