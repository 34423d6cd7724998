package client

import (
	"cmp"
	"maps"
	"slices"
	"time"

	"edgeboard/shared/wire"
)

// Member is another connection to the same board.
type Member struct {
	ID     uint32
	Name   string
	Color  uint32      // 0xRRGGBB
	Person wire.Person // who it is; nobody: the relay does not say
	Device wire.Device
	Away   bool // the person does not look
	Cursor wire.Cursor

	Selection Selection // what it has in hand
	Viewport  Viewport  // what it sees

	viewportSeq uint32 // of the newest that came

	hand     theirHand
	sketches map[uint32]*theirs // by number
}

// Members returns who else is on the board, by member number.
func (s *Session) Members() map[uint32]*Member { return s.members }

// Others returns who else is on the board, in the order in which they came.
func (s *Session) Others() []*Member {
	return slices.SortedFunc(maps.Values(s.members), func(a, b *Member) int { return cmp.Compare(a.ID, b.ID) })
}

func (s *Session) joined(j wire.Joined) {
	if j.Member == s.member {
		return
	}
	m := s.members[j.Member]
	isNew := m == nil
	if isNew {
		m = &Member{ID: j.Member, Cursor: wire.Cursor{Hidden: true}}
		s.members[j.Member] = m
	}
	m.Name, m.Color = j.Name, j.Color
	m.Person, m.Device, m.Away = j.Person, j.Device.Known(), j.Away
	if isNew {
		s.back(m)
	}
	s.tell(PeopleChanged)
}

// left forgets a member.
func (s *Session) left(id uint32) {
	m := s.members[id]
	if m != nil {
		s.unfollowed(m)
		if s.moved.told { // so is everybody here
			s.remember(formerFor, m)
		}
	}
	s.notBack(id)
	delete(s.members, id)
	delete(s.movers, id)
	s.tell(PeopleChanged)
	if m != nil && len(m.sketches) > 0 {
		s.tell(SketchesChanged)
	}
	if m != nil && !m.Selection.equal(Selection{}) {
		s.tell(SelectionsChanged)
	}
	if m != nil && m.Viewport != (Viewport{}) {
		s.tell(ViewportsChanged)
	}
}

// forgetMembers forgets who is here, and all that they have said, but remembers for a
// while that they were.
func (s *Session) forgetMembers(d time.Duration) {
	s.remember(d, s.Others()...)
	clear(s.members)
	clear(s.movers)
	s.followers = 0
	s.tell(PeopleChanged)
	s.tell(SketchesChanged)
	s.tell(SelectionsChanged)
	s.tell(ViewportsChanged)
}
