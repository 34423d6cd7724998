package room

import (
	"errors"
	"iter"
	"time"

	"edgeboard/shared/board"
	"edgeboard/shared/wire"
)

// What a room tells the rooms of its board on other relays (Cluster.Tell):
//
//	byte     version, 1; of another one all is ignored
//	byte     what it is: tellsNews, tellsRoster, tellsClosed; others are ignored
//	uvarint  room: which one tells it. A later room of the board has a greater number
//	uvarint  seq: of the messages of this room, from 1
//	uvarint  stamp: Hub.stamp
//	uvarint  of a roster: the room it is for, 0: all
//	uvarint  of a roster: rosterFirst and so on, added up
//	records  to the end, each with its length before it:
//	  uvarint  wire.Kind; others than below are ignored
//	  bytes    with their length before them: what is not in the body; more may follow
//	  body     of a message of that kind, as of a relay, whose members are the sender's
//
// A roster is all that the members of the room are: who is not in it has gone. It may be
// too long for one message. The kinds of records:
//
//	Joined     uvarint replica, uvarint role, uvarint stamp of when it joined, uvarint 1 if
//	           it is known who it is (auth.Grant.Subject)
//	Left
//	Cursors
//	Selection  uvarint how many operations of its replica were stored when it was said
//	Viewport   uvarint room and uvarint member of whom it follows, 0 and 0: nobody; the body
//	           does not say it
//	Preview
//	Signal
//	Typing
type envelope struct {
	what    byte
	room    uint64
	seq     uint64
	stamp   uint64
	to      uint64
	flags   uint64
	records []byte
}

const envelopeVersion = 1

// What an envelope is.
const (
	tellsNews   = 1
	tellsRoster = 2
	tellsClosed = 3 // there is no room any more
)

// Flags of a roster.
const (
	rosterFirst = 1 // it begins here
	rosterLast  = 2 // it ends here
	rosterAsks  = 4 // each room is to answer with its own
)

// stampBits are those of a room's number below its stamp: two that begin in the same
// millisecond differ.
const stampBits = 22

// stampAhead is how far, in milliseconds, another relay's stamps may be ahead of the clock.
const stampAhead = uint64(24 * time.Hour / time.Millisecond)

var errEnvelope = errors.New("room: bytes that another relay's room does not tell")

func (e *envelope) append(b []byte) []byte {
	b = append(b, envelopeVersion, e.what)
	b = wire.AppendUvarint(b, e.room)
	b = wire.AppendUvarint(b, e.seq)
	b = wire.AppendUvarint(b, e.stamp)
	if e.what == tellsRoster {
		b = wire.AppendUvarint(b, e.to)
		b = wire.AppendUvarint(b, e.flags)
	}
	return append(b, e.records...)
}

// parse takes data apart; records are not looked at.
func (e *envelope) parse(b []byte, now time.Time) error {
	if len(b) < 2 || b[0] != envelopeVersion {
		return errEnvelope
	}
	*e = envelope{what: b[1]}
	b = b[2:]
	parts := []*uint64{&e.room, &e.seq, &e.stamp, &e.to, &e.flags}
	if e.what != tellsRoster {
		parts = parts[:3]
	}
	for _, part := range parts {
		var err error
		if *part, b, err = wire.Uvarint(b); err != nil {
			return errEnvelope
		}
	}
	// What claims to be of the future would make all that is said later look old.
	most := uint64(now.UnixMilli()) + stampAhead
	if e.room == 0 || e.seq == 0 || e.stamp > most || e.room>>stampBits > most {
		return errEnvelope
	}
	e.records = b
	return nil
}

// appendRecord appends a record.
func appendRecord(b []byte, kind wire.Kind, extra, body []byte) []byte {
	head := wire.AppendBytes(wire.AppendUvarint(nil, uint64(kind)), extra)
	b = wire.AppendUvarint(b, uint64(len(head)+len(body)))
	return append(append(b, head...), body...)
}

// record is one of an envelope.
type record struct {
	kind  wire.Kind
	extra numbers
	body  []byte
}

// records yields those of an envelope, up to one that is none, and reports whether there
// was one.
func (e *envelope) each(garbled *bool) iter.Seq[record] {
	return func(yield func(record) bool) {
		for b := e.records; len(b) > 0; {
			data, rest, err := wire.Bytes(b)
			var kind uint64
			var extra []byte
			if err == nil {
				kind, data, err = wire.Uvarint(data)
			}
			if err == nil {
				extra, data, err = wire.Bytes(data)
			}
			if err != nil {
				*garbled = true
				return
			}
			if !yield(record{wire.Kind(kind), extra, data}) {
				return
			}
			b = rest
		}
	}
}

// numbers are uvarints, of which those that are missing are 0.
type numbers []byte

func (n *numbers) next() uint64 {
	v, rest, err := wire.Uvarint(*n)
	if err != nil {
		*n = nil
		return 0
	}
	*n = rest
	return v
}

// appendNumbers appends what extra is.
func appendNumbers(list ...uint64) (b []byte) {
	for _, v := range list {
		b = wire.AppendUvarint(b, v)
	}
	return b
}

// appendMember appends all that others are told of a member: who it is, and what of it is
// kept for those who come later.
func (r *room) appendMember(b []byte, m *member) []byte {
	b = m.appendRecord(b)
	if !m.cursor.Hidden {
		b = appendRecord(b, wire.KindCursors, nil, (&wire.Cursors{List: []wire.Cursor{m.cursor}}).Append(nil))
	}
	return r.appendViewport(r.appendSelection(b, m), m)
}

// appendRecord appends who a member is.
func (m *member) appendRecord(b []byte) []byte {
	named := uint64(0)
	if m.named {
		named = 1
	}
	extra := appendNumbers(uint64(m.replica), uint64(m.role), m.stamp, named)
	return appendRecord(b, wire.KindJoined, extra, m.appearance().Append(nil))
}

func (r *room) appendSelection(b []byte, m *member) []byte {
	s := m.selected
	if s == nil || s.said == nil {
		return b
	}
	for f, err := range wire.Frames(s.said) {
		if err == nil {
			b = appendRecord(b, wire.KindSelection, appendNumbers(r.board.Seq(m.replica)), f.Body)
		}
	}
	return b
}

func (r *room) appendViewport(b []byte, m *member) []byte {
	if m.looking == nil {
		return b
	}
	at := m.looking.at
	other := r.target(at.Following)
	at.Following = 0
	return appendRecord(b, wire.KindViewport, appendNumbers(other.room, uint64(other.id)), at.Append(nil))
}

// target names a source for other relays.
func (r *room) target(id uint32) target {
	if r.members[id] != nil {
		return target{r.peers.self, id}
	}
	if f := r.peers.members[id]; f != nil {
		return target{f.peer.room, f.there}
	}
	return target{}
}

// target is a member of any relay: its room, and the id it has there; zero: nobody.
type target struct {
	room uint64
	id   uint32
}

// parseJoined takes a record of who somebody is.
func (rec *record) parseJoined(now time.Time) (*remote, error) {
	var j wire.Joined
	if err := j.Parse(rec.body); err != nil {
		return nil, err
	}
	f := new(remote)
	f.replica, f.role, f.stamp = board.Replica(rec.extra.next()), wire.Role(rec.extra.next()), rec.extra.next()
	f.named, f.there = rec.extra.next() == 1, j.Member
	f.person, f.device, f.name, f.color, f.away = j.Person, j.Device, j.Name, j.Color, j.Away
	if f.replica == 0 || f.replica > board.MaxReplica || f.there == 0 || f.stamp > uint64(now.UnixMilli())+stampAhead {
		return nil, errEnvelope
	}
	return f, nil
}
