package client

import (
	"slices"
	"time"
)

// A connection that breaks takes the others from the board, and the next one brings them
// back, each in its time: those too whom the same relay has sent away. Mostly all is over in
// less than a second. So who was here is remembered for a while after the loss, and after
// the Welcome.
const (
	formerFor      = 3 * time.Second // after the loss
	formerComeBack = 2 * time.Second // after the Welcome
)

// Former is somebody who was here when the connection broke.
type Former struct {
	Member // as it was, without its ID, which is that of another connection
	// Back is who this is now, whose cursor is not known yet; 0: nobody, as far as is known.
	Back uint32
}

// formers are those who were here.
type formers struct {
	list  []Former
	until time.Time // zero: there are none
}

// Formers returns who was here when the connection broke and is not known to be gone, in
// the order in which they came.
func (s *Session) Formers() []Former { return s.formers.list }

// Around returns Persons, and those who were here when the connection broke and may be
// about to come back.
func (s *Session) Around() []Person {
	list := s.Others()
	for i := range s.formers.list {
		if f := &s.formers.list[i]; f.Back == 0 {
			list = append(list, &f.Member)
		}
	}
	return s.persons(list)
}

// remember remembers members who go, for so long.
func (s *Session) remember(d time.Duration, members ...*Member) {
	for _, m := range members {
		s.notBack(m.ID)
		f := Former{Member: *m}
		f.ID, f.sketches = 0, nil
		s.formers.list = append(s.formers.list, f)
	}
	if len(s.formers.list) > 0 {
		s.formers.until = s.now.Add(d)
	}
}

// back takes note that a member is here, who may be one of those.
func (s *Session) back(m *Member) {
	for i := range s.formers.list {
		if f := &s.formers.list[i]; f.Back == 0 && f.Name == m.Name && f.Color == m.Color && f.Person == m.Person && f.Device == m.Device {
			if f.Back = m.ID; f.Cursor.Hidden {
				s.notBack(m.ID)
			}
			return
		}
	}
}

// notBack forgets of whom it is known who and where it is now, or that it is gone again.
func (s *Session) notBack(id uint32) {
	s.formers.list = slices.DeleteFunc(s.formers.list, func(f Former) bool { return f.Back == id })
}

// forgetFormers forgets those who have not come back in time.
func (s *Session) forgetFormers(now time.Time) {
	if f := &s.formers; !f.until.IsZero() && !now.Before(f.until) {
		*f = formers{}
		s.tell(PeopleChanged)
	}
}
