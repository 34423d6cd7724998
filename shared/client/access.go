package client

import (
	"edgeboard/shared/board"
	"edgeboard/shared/wire"
)

// access is what the relay lets a client do.
type access struct {
	role   wire.Role
	name   string
	writes bool // this client sends updates on this connection
	mute   bool // it does not say where it points
}

// welcomedAs takes what Welcome says of that. A vector says what the relay has.
//
// A commenter may send comments alone, and its updates follow each other without a
// gap: so none of them can be sent while there are others before them, from a time
// when it might do more (W67).
func (s *Session) welcomedAs(vector board.Vector) {
	own := s.cfg.Doc.Replica()
	a := access{role: s.welcome.Role, name: s.welcome.Name}
	if a.role > wire.RoleOwner {
		a.role = wire.RoleViewer
	}
	clean := s.cfg.Doc.Seq(own) <= vector[own] && len(s.inherited) == 0
	a.writes = a.role.Edits() || a.role == wire.RoleCommenter && clean
	a.mute = !a.role.Points()
	if s.access = a; a.mute {
		s.latest.moved, s.latest.copies = false, 0
	}
}
