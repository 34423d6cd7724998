package room

import (
	"iter"
	"time"

	"edgeboard/shared/board"
	"edgeboard/shared/pace"
	"edgeboard/shared/wire"
)

// source is one whom the members of a room see: one of them, or one of another relay. The
// room owns it once it is here.
type source struct {
	// Set before it joins.
	replica board.Replica
	role    wire.Role
	person  wire.Person // who it is: members may be one
	device  wire.Device
	named   bool // the relay knows who the person is
	joined  bool // it is here: welcomed, and not gone
	away    bool

	name  string
	id    uint32 // on this relay
	color uint32

	cursor  wire.Cursor
	since   time.Time // of the last broadcast of a move
	said    int       // broadcasts of it since it moved
	moved   bool      // cursor is not broadcast
	settled bool      // where it rests was sent in order

	told      bool // is itself in the news
	signalled bool // is among those whose Signals are told now

	// Of a member they count its changes; of one of another relay the operations of its
	// replica.
	changes     uint64    // of it that had news
	toldChanges uint64    // of those, that the others were told
	selected    *selected // nil: it has not said that it has anything in hand
	looking     *looking  // nil: it has not said where it looks

	stamp uint64 // of when it joined (Hub.stamp); 0: there is no Cluster
}

// joins lets a source in, as the next one.
func (r *room) joins(s *source) {
	r.lastID++
	s.id, s.joined = r.lastID, true
	s.cursor, s.said, s.settled = wire.Cursor{Member: s.id, Hidden: true}, pace.MaxCopies, true
}

// sources are all whom the members see.
func (r *room) sources() iter.Seq[*source] {
	return func(yield func(*source) bool) {
		for _, m := range r.members {
			if !yield(&m.source) {
				return
			}
		}
		if r.peers == nil {
			return
		}
		for _, f := range r.peers.members {
			if !yield(&f.source) {
				return
			}
		}
	}
}

// source returns the one with an id, nil if there is none.
func (r *room) source(id uint32) *source {
	if m := r.members[id]; m != nil {
		return &m.source
	}
	if r.peers != nil {
		if f := r.peers.members[id]; f != nil {
			return &f.source
		}
	}
	return nil
}
