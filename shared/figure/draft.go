package figure

import (
	"iter"
	"maps"
	"slices"

	"edgeboard/shared/board"
	"edgeboard/shared/geom"
)

// Draft is where hands have elements while a gesture is under way. It is not to
// be changed once it was given to a Set.
type Draft struct {
	IDs []board.ID
	// By is what has become of their places so far. It is applied to the places
	// that the document has now: a drag goes together with what others do
	// meanwhile. When the gesture is over, what it writes is Figure.Place.
	By geom.Transform
	// Place, if not nil, counts instead of By, and Crop instead of what the document
	// shows of an image. There is one element then.
	Place *Place
	Crop  *geom.Box
}

// drafts are those under way, by member. The one of this person, member 0, wins;
// then the lower member's.
type drafts struct {
	by   map[uint32]*Draft
	of   map[board.ID]*Draft // the one that wins
	held map[board.ID]bool   // drafted, or bound to what is
	// moved says that the index does not know yet where they are: nobody may look
	// until the next move.
	moved bool
}

func newDrafts() drafts {
	return drafts{by: map[uint32]*Draft{}, of: map[board.ID]*Draft{}, held: map[board.ID]bool{}}
}

// SetDraft lays a draft over the document in the place of the one that this
// member had; nil ends it. Member 0 is this person.
func (s *Set) SetDraft(member uint32, d *Draft) {
	before := s.drafts.by[member]
	if before == nil && d == nil {
		return
	}
	if d == nil {
		delete(s.drafts.by, member)
	} else {
		s.drafts.by[member] = d
	}
	if before != nil && d != nil && slices.Equal(before.IDs, d.IDs) {
		for _, id := range d.IDs {
			if s.drafts.of[id] == before {
				s.drafts.of[id] = d
			}
		}
	} else {
		s.hold()
	}
	for id := range s.drafts.held {
		if x := s.entries[id]; x != nil {
			s.forget(x)
		}
	}
	s.drafts.moved = true
	s.observe(Change{Kind: Moved})
}

// follow lets the index follow drafts that have moved, before somebody looks.
func (s *Set) follow() {
	if !s.drafts.moved {
		return
	}
	s.drafts.moved = false
	for id := range s.drafts.held {
		if x := s.entries[id]; x != nil {
			s.refresh(id, x)
		}
	}
}

// hold finds out which elements drafts have in hand, and tells of those that
// were taken or laid down.
func (s *Set) hold() {
	if len(s.drafts.by) == 0 && len(s.drafts.held) == 0 {
		return
	}
	of, held := map[board.ID]*Draft{}, map[board.ID]bool{}
	for _, member := range slices.Sorted(maps.Keys(s.drafts.by)) {
		d := s.drafts.by[member]
		for _, id := range d.IDs {
			if of[id] == nil && s.entries[id] != nil {
				of[id], held[id] = d, true
			}
		}
	}
	for id := range of {
		for _, arrow := range s.bound[id] {
			held[arrow] = true
		}
	}
	was := s.drafts.held
	s.drafts.of, s.drafts.held = of, held
	for id := range was {
		if x := s.entries[id]; x != nil {
			s.forget(x) // all before any is read: arrows read what they are bound to
		}
	}
	for id := range was {
		if x := s.entries[id]; x != nil && !held[id] {
			before := x.box
			s.refresh(id, x)
			s.observe(Change{Kind: Laid, ID: id, Before: before, After: x.box})
		}
	}
	for id := range held {
		if x := s.entries[id]; x != nil && !was[id] {
			s.observe(Change{Kind: Lifted, ID: id, Before: x.box, After: x.box})
		}
	}
}

// drafted returns the place of an element under the draft that has it, and
// whether there is one.
func (s *Set) drafted(e *board.Element, p Place) (Place, bool) {
	d := s.drafts.of[e.ID()]
	switch {
	case d == nil:
		return p, false
	case d.Place != nil:
		return *d.Place, true
	}
	if e.Kind() == board.KindText && p.W == 0 {
		p = s.sized(e, p)
		moved := p.Move(e.Kind(), d.By)
		moved.W, moved.H = 0, 0
		return moved, true
	}
	return p.Move(e.Kind(), d.By), true
}

// sized fills in the size of a text that is as wide as its lines.
func (s *Set) sized(e *board.Element, p Place) Place {
	size := layOut(e.Text(), p.Size, 0, AlignStart, s.fonts).Box.Size()
	p.W, p.H = size.X, max(size.Y, p.Size*LineHeight)
	return p
}

// Drafted reports whether a draft moves an element, or what it is bound to.
func (s *Set) Drafted(id board.ID) bool { return s.drafts.held[id] }

// Settled returns an element where the document has it, whatever draft has it in
// hand; nil if the board does not show it.
func (s *Set) Settled(id board.ID) *Figure {
	x, d := s.entries[id], s.drafts.of[id]
	if x == nil || d == nil {
		return s.Of(id)
	}
	delete(s.drafts.of, id)
	defer func() { s.drafts.of[id] = d }()
	return s.read(x.element)
}

// Drafts yields the drafts under way, by member.
func (s *Set) Drafts() iter.Seq2[uint32, *Draft] { return maps.All(s.drafts.by) }

// Held returns the figures that drafts move, from the bottom one to the top one.
func (s *Set) Held() []*Figure {
	var list []*entry
	for id := range s.drafts.held {
		if x := s.entries[id]; x != nil {
			list = append(list, x)
		}
	}
	figures := make([]*Figure, 0, len(list))
	for _, x := range s.sorted(list) {
		figures = append(figures, s.of(x))
	}
	return figures
}
