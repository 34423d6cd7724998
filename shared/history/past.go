package history

import (
	"errors"
	"slices"

	"edgeboard/shared/board"
)

// MaxPast bounds the bytes of a Past: what a page can hold.
const MaxPast = 192 << 20

// ErrTooLarge is of a past that is longer than MaxPast.
var ErrTooLarge = errors.New("history: the board's past is too long to be shown whole")

// marks is about how many boards a Past keeps to go back from: it makes none anew
// from more than a share of 1/marks of all that there is.
const marks = 24

// Past is a board's past. The zero value is the past of a board that was always
// empty. It belongs to one goroutine.
type Past struct {
	first   Record   // a snapshot, or nothing
	updates []Record // after it
	bytes   int

	// The board as it is after some of the updates.
	board *board.Board
	shown int // how many of updates it has
	since int // bytes of updates since the last mark
	kept  []mark
}

// mark is the board as it was after some of the updates.
type mark struct {
	shown    int
	snapshot []byte
}

// Add takes records, which go on where those before have ended. What the Past has
// already is passed over. The bytes are kept.
func (p *Past) Add(records []byte) error {
	for len(records) > 0 {
		var r Record
		rest, err := r.Parse(records)
		if err != nil {
			return err
		}
		records = rest
		switch {
		case r.Kind == Snapshot && p.first.Kind == 0 && len(p.updates) == 0:
			p.first = r
		case r.Kind == Snapshot:
			return ErrForgotten
		case r.Kind != Update || r.At <= p.End():
			continue
		case r.At != p.End()+1:
			return ErrMalformed
		default:
			p.updates = append(p.updates, r)
		}
		if p.bytes += len(r.Data); p.bytes > MaxPast {
			return ErrTooLarge
		}
	}
	return nil
}

// ErrForgotten is of records that do not go on where those before have ended: the
// relay has forgotten what lies between. What is to be done is to begin anew.
var ErrForgotten = errors.New("history: the relay has forgotten meanwhile what came before")

// Begin returns how many updates were stored before the past begins.
func (p *Past) Begin() uint64 { return p.first.At }

// End returns how many updates were stored with the last one.
func (p *Past) End() uint64 { return p.first.At + uint64(len(p.updates)) }

// When returns when the at-th update was stored, in milliseconds since 1970 UTC, 0 if
// that is not known. At the beginning it is the time of what came before.
func (p *Past) When(at uint64) int64 {
	if i := p.index(at); i > 0 {
		return p.updates[i-1].When
	}
	return p.first.When
}

// At returns how many updates were stored at a time, in milliseconds since 1970 UTC:
// Begin if it is before all, End if it is after all.
func (p *Past) At(when int64) uint64 {
	i, _ := slices.BinarySearchFunc(p.updates, when, func(r Record, when int64) int {
		if r.When <= when {
			return -1
		}
		return 1
	})
	return p.first.At + uint64(i)
}

// Writers returns the replicas that have written the at-th update.
func (p *Past) Writers(at uint64) (list []board.Replica) {
	if i := p.index(at); i > 0 {
		for r := range board.Split(p.updates[i-1].Data) {
			if !slices.Contains(list, r) {
				list = append(list, r)
			}
		}
	}
	return list
}

// index returns how many of the updates there were then.
func (p *Past) index(at uint64) int {
	return int(min(max(at, p.first.At), p.End()) - p.first.At)
}

// Board returns the board as it was when at updates were stored: Begin to End, and
// beyond these what is there. It follows what others write, and writes nothing
// itself. It is the Past's, and changes with the next call: same tells that it is the
// one that was returned last, with more updates.
//
// An update that is refused is passed over: the relay had it, so it is damaged.
func (p *Past) Board(at uint64) (b *board.Board, same bool, err error) {
	want := p.index(at)
	same = p.board != nil && want >= p.shown
	if !same {
		if err := p.back(want); err != nil {
			return nil, false, err
		}
	}
	for ; p.shown < want; p.shown++ {
		u := p.updates[p.shown].Data
		_ = p.board.Apply(u)
		if p.since += len(u); p.since > p.bytes/marks+least {
			p.keep()
		}
	}
	return p.board, same, nil
}

// least is how many bytes there are between two marks at the least: so much is
// applied in some milliseconds.
const least = 64 << 10

// keep keeps the board as it is, before the update that was just applied is counted,
// unless it holds updates that wait for others, which are in no snapshot.
func (p *Past) keep() {
	p.since = 0
	if n := len(p.kept); p.board.Parked() > 0 || n > 0 && p.kept[n-1].shown > p.shown {
		return
	}
	p.kept = append(p.kept, mark{p.shown + 1, p.board.Snapshot()})
}

// back makes the board anew, as it was after at most want updates.
func (p *Past) back(want int) (err error) {
	from, snapshot := 0, p.first.Data
	for _, m := range p.kept {
		if m.shown <= want {
			from, snapshot = m.shown, m.snapshot
		}
	}
	b := board.New(0)
	if len(snapshot) > 0 {
		if b, err = board.Load(0, snapshot); err != nil {
			return err
		}
	}
	p.board, p.shown, p.since = b, from, 0
	return nil
}
