package client

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"unicode/utf8"

	"edgeboard/shared/board"
	"edgeboard/shared/talk"
	"edgeboard/shared/wire"
)

// Shelf is where a device keeps one board across restarts: slots, each a list of
// records. One program at a time has a slot; a device that shows a board twice has
// two. Package keepfile has one of files.
//
// Methods are called by one goroutine at a time. They return soon after their
// context has ended.
type Shelf interface {
	// Slots returns the numbers of the slots that have records, ascending.
	Slots(ctx context.Context) ([]int, error)
	// Read returns the records of a slot in their order, also of one that another
	// program has and goes on with. Of a slot that cannot be read wholly it returns
	// what comes before the damage, and an error that is ErrDamaged. A record that
	// was never finished is left out without a word.
	Read(ctx context.Context, slot int) ([][]byte, error)
	// Take makes a slot this program's own until it is closed or the program ends,
	// however it does. It returns nil, without an error, if another has it.
	Take(ctx context.Context, slot int) (Slot, error)
}

// Slot is a place on a Shelf that this program alone writes to. What a method has
// done when it returns without an error survives the end of the program; after an
// error it may have been done or not, but never by half. Methods are called by one
// goroutine at a time.
type Slot interface {
	// Append puts a record behind the others.
	Append(ctx context.Context, r Record) error
	// Replace puts a record in the place of all there are.
	Replace(ctx context.Context, r Record) error
	// Remove takes all records away.
	Remove(ctx context.Context) error
	// SetAside takes all records away, for a person to look at: what is there
	// cannot be read.
	SetAside(ctx context.Context) error
	// Close gives the slot back. A second call does nothing.
	Close()
}

// Record is what is kept at once.
type Record struct {
	Data []byte
	// Unsent says that the slot, with this record, has changes that no relay is
	// known to have. A Shelf does not give up such a slot to make room.
	Unsent bool
}

// MaxSlots is how many programs on a device keep the same board at the same time.
// Slots are numbered from 0.
const MaxSlots = 8

// Errors of what is kept.
var (
	// ErrDamaged is what was kept and cannot be read. It is set aside, not deleted.
	ErrDamaged = errors.New("client: what was kept of the board is damaged")
	// ErrNewer is what a later version of the program has kept. It is set aside.
	ErrNewer = errors.New("client: what was kept of the board is of a later version")
	// ErrUnfit says that what was kept, or was drawn since, contradicts what the
	// relay has, or is refused by it. It is set aside.
	ErrUnfit = errors.New("client: the board does not go with what the relay has")
	// ErrNoSlot says that the board is open in MaxSlots programs on this device.
	ErrNoSlot = errors.New("client: the board is open too often on this device to be kept once more")
)

// Pending is changes of one replica that no relay is known to have.
type Pending struct {
	Replica board.Replica
	Through uint64 // the last operation
	Changes int    // commits
}

// A record is
//
//	byte     version, 1, or 2 if there are snapshots, or 3 if something was said
//	uvarint  number of Pending; of each: uvarint replica, through, changes
//	uvarint  from version 2: number of snapshots; of each: uvarint length, bytes
//	uvarint  in version 3: number of Drafts; of each: byte 0, or 1 if it was refused;
//	         16 bytes, who wrote it, or zeros; uvarint why; uvarint length, bytes of the reason; uvarint length, bytes
//	         of the Say
//	uvarint  in version 3: number of those that need not be kept any more; of each:
//	         16 bytes, its name
//	         updates of the board, up to the end
//
// The Pending of the last record of a slot count. Of the Drafts of all together those
// are left that no record takes away; of two with one name the later one counts. The snapshots and the updates of
// all together are the board. A snapshot is one that came from a relay, never one
// of the board itself: a board that was loaded from one has no diff for a relay
// that lacks what is in it (B46), and changes that are not sent yet are just that.
const (
	recordVersion   = 1
	snapshotVersion = 2
	sayVersion      = 3
)

func appendRecord(b []byte, pending []Pending, snapshots [][]byte, said []*talk.Draft, unsaid []wire.TextID, updates []byte) []byte {
	version := byte(recordVersion)
	switch {
	case len(said)+len(unsaid) > 0:
		version = sayVersion
	case len(snapshots) > 0:
		version = snapshotVersion
	}
	b = append(b, version)
	b = wire.AppendUvarint(b, uint64(len(pending)))
	for _, p := range pending {
		b = wire.AppendUvarint(b, uint64(p.Replica))
		b = wire.AppendUvarint(b, p.Through)
		b = wire.AppendUvarint(b, uint64(p.Changes))
	}
	if version >= snapshotVersion {
		b = wire.AppendUvarint(b, uint64(len(snapshots)))
		for _, s := range snapshots {
			b = append(wire.AppendUvarint(b, uint64(len(s))), s...)
		}
	}
	if version >= sayVersion {
		b = wire.AppendUvarint(b, uint64(len(said)))
		for _, d := range said {
			b = appendDraft(b, d)
		}
		b = wire.AppendUvarint(b, uint64(len(unsaid)))
		for _, id := range unsaid {
			b = append(b, id[:]...)
		}
	}
	return append(b, updates...)
}

// maxChanges bounds what a record may say that it has of one replica.
const maxChanges = 1 << 32

// parsed is what is in a record.
type parsed struct {
	pending   []Pending
	snapshots [][]byte
	said      []*talk.Draft
	unsaid    []wire.TextID
	updates   []byte
}

func appendDraft(b []byte, d *talk.Draft) []byte {
	refused := byte(0)
	if d.State == talk.Refused {
		refused = 1
	}
	b = append(append(b, refused), d.Author[:]...)
	b = wire.AppendUvarint(b, uint64(d.Why))
	b = append(wire.AppendUvarint(b, uint64(len(d.Reason))), d.Reason...)
	say := d.Say.Append(nil)
	return append(wire.AppendUvarint(b, uint64(len(say))), say...)
}

func parseDraft(b []byte) (d *talk.Draft, rest []byte, err error) {
	d = new(talk.Draft)
	if len(b) < 1+len(d.Author) {
		return nil, nil, ErrDamaged
	}
	if b[0] == 1 {
		d.State = talk.Refused
	}
	d.Author = wire.Person(b[1:])
	why, rest, err := wire.Uvarint(b[1+len(d.Author):])
	if err != nil || b[0] > 1 || why > math.MaxUint32 {
		return nil, nil, ErrDamaged
	}
	d.Why = uint32(why)
	reason, rest, err := wire.Bytes(rest)
	if err != nil || len(reason) > wire.MaxReason || !utf8.Valid(reason) {
		return nil, nil, ErrDamaged
	}
	d.Reason = string(reason)
	say, rest, err := wire.Bytes(rest)
	if err != nil || d.Parse(say) != nil || d.ID == (wire.TextID{}) {
		return nil, nil, ErrDamaged
	}
	return d, rest, nil
}

// parseRecord returns what is in a record. Snapshots and updates are not copied.
func parseRecord(b []byte) (p parsed, err error) {
	if len(b) == 0 {
		return p, ErrDamaged
	}
	version := b[0]
	if version == 0 || version > sayVersion {
		return p, ErrNewer
	}
	n, b, err := wire.Uvarint(b[1:])
	if err != nil || n > uint64(len(b))/3 {
		return p, ErrDamaged
	}
	p.pending = make([]Pending, 0, n)
	for range n {
		var v [3]uint64
		for i := range v {
			if v[i], b, err = wire.Uvarint(b); err != nil {
				return p, ErrDamaged
			}
		}
		if v[0] == 0 || v[0] > board.MaxReplica || v[1] == 0 || v[1] > board.MaxSeq || v[2] == 0 || v[2] > maxChanges {
			return p, ErrDamaged
		}
		p.pending = append(p.pending, Pending{board.Replica(v[0]), v[1], int(v[2])})
	}
	if version >= snapshotVersion {
		if n, b, err = wire.Uvarint(b); err != nil || n > maxBases {
			return p, ErrDamaged
		}
		for range n {
			var s []byte
			if s, b, err = wire.Bytes(b); err != nil {
				return p, ErrDamaged
			}
			p.snapshots = append(p.snapshots, s)
		}
	}
	if version >= sayVersion {
		if n, b, err = wire.Uvarint(b); err != nil || n > maxInherited {
			return p, ErrDamaged
		}
		for range n {
			var d *talk.Draft
			if d, b, err = parseDraft(b); err != nil {
				return p, err
			}
			p.said = append(p.said, d)
		}
		if n, b, err = wire.Uvarint(b); err != nil || n > uint64(len(b))/uint64(len(wire.TextID{})) {
			return p, ErrDamaged
		}
		for range n {
			p.unsaid, b = append(p.unsaid, wire.TextID(b)), b[len(wire.TextID{}):]
		}
	}
	p.updates = b
	return p, nil
}

// contents is what the records of a slot come to.
type contents struct {
	pending []Pending // of the last record that could be read
	updates [][]byte  // by record
	drafts  []*talk.Draft
	based   bool // there were snapshots
	bytes   int  // of all records
	// whole is how many bytes of these the first record has: the board as it was
	// when the slot was last written anew.
	whole int
	err   error // ErrDamaged or ErrNewer: not all could be read
}

// readContents lets doc have what is in the records of a slot, up to the first
// that cannot be read, and based its snapshots. err is what reading them said.
func readContents(doc *board.Board, based *bases, records [][]byte, err error) contents {
	c := contents{err: err}
	for i, r := range records {
		p, err := parseRecord(r)
		if err == nil {
			if refused := p.apply(doc, based); refused != nil {
				err = fmt.Errorf("%w: %w", ErrDamaged, refused)
			}
		}
		if err != nil {
			c.err = err
			return c
		}
		c.say(&p)
		c.pending, c.updates = p.pending, append(c.updates, p.updates)
		c.based = c.based || len(p.snapshots) > 0
		c.bytes += len(r)
		if i == 0 {
			c.whole = len(r)
		}
	}
	return c
}

// say takes what was said by a record, and what is said by now.
func (c *contents) say(p *parsed) {
	for _, d := range p.said {
		if i := slices.IndexFunc(c.drafts, func(o *talk.Draft) bool { return o.ID == d.ID }); i >= 0 {
			c.drafts[i] = d
		} else if len(c.drafts) < maxInherited {
			c.drafts = append(c.drafts, d)
		}
	}
	if len(p.unsaid) > 0 {
		c.drafts = slices.DeleteFunc(c.drafts, func(d *talk.Draft) bool { return slices.Contains(p.unsaid, d.ID) })
	}
}

func (p *parsed) apply(doc *board.Board, based *bases) error {
	for _, s := range p.snapshots {
		if err := based.merge(doc, slices.Clone(s)); err != nil {
			return err
		}
	}
	return doc.Apply(p.updates)
}

// unreadable reports whether an error of a Shelf means that there is something to
// set aside; otherwise the Shelf does not work at all.
func unreadable(err error) bool { return errors.Is(err, ErrDamaged) || errors.Is(err, ErrNewer) }

// addPending puts what two programs have left together.
func addPending(list []Pending, more ...Pending) []Pending {
	for _, p := range more {
		i := slices.IndexFunc(list, func(q Pending) bool { return q.Replica == p.Replica })
		if i < 0 {
			list = append(list, p)
			continue
		}
		list[i].Through = max(list[i].Through, p.Through)
		list[i].Changes = max(list[i].Changes, p.Changes)
	}
	return list
}
