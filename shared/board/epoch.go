package board

import (
	"maps"
	"slices"

	"edgeboard/shared/board/internal/text"
)

// Epoch returns how often the board was compacted.
func (b *Board) Epoch() uint64 { return b.epoch }

// DropText forgets what was deleted from texts, to save memory. The state, and
// the hash, stay as they are, and everything that others write is understood: who
// shows deleted text again sends it along (B45), and a History has noted what it
// deleted. It needs no agreement with others.
func (b *Board) DropText() { b.texts.DropText() }

// Tombstones returns how many deleted elements and deleted characters the board
// keeps: what Compact would remove.
func (b *Board) Tombstones() (elements, characters int) {
	characters = b.texts.Size()
	for t, e := range b.textOf {
		if !e.Deleted() {
			characters -= b.texts.Len(text.Text(t), Chars)
		}
	}
	return b.elements.n - b.live, characters
}

// Compact begins the board's next epoch: it removes deleted elements, with all
// that belongs to them, and deleted characters for good, and forgets who deleted
// and restored what. What is visible keeps its names. Others get to know by a
// snapshot, see Merge; until then they cannot take what is written here.
//
// It is for one board to do, which others follow: a relay's, when its owner has
// decided. Where two boards begin the same epoch apart, they cannot meet any more
// (ErrEpoch). What others write meanwhile in the epoch before is understood, with
// one exception: what was removed cannot be restored, and what is written on a
// removed element, or undoes the deletion of removed text, is lost.
//
// Elements that were read before are stale; the observer is told a Reset. A
// History still undoes what does not concern what was removed, and an Edit that
// is under way goes on in the new epoch.
//
// The board stays as it is if the marks of what was removed would take too much
// room: there may be 2^23.
func (b *Board) Compact() {
	if b.epoch >= maxEpoch {
		return
	}
	n := b.successor()
	n.epoch = b.epoch + 1
	for s := range b.writers {
		n.writers[s].seq = b.writers[s].seq
	}
	n.base = n.counts()
	delete(n.base, 0)
	n.floor = n.base.Clone()
	var handle []text.Text
	n.texts, handle = b.texts.CompactTexts(func(t text.Text) bool {
		return !b.textOf[t].Deleted() && !b.texts.IsEmpty(t)
	})
	n.gone = b.bury(n.texts, (*Element).Deleted)
	marks := 0
	for _, list := range n.gone {
		marks += len(list)
	}
	if marks > maxGone {
		return
	}
	moved := make(map[*Element]*Element, b.live)
	for i := range b.elements.n {
		e := b.elements.at(uint32(i))
		if e.Deleted() {
			continue
		}
		c := n.elements.add()
		*c = *e
		c.board, c.registers = n, slices.Clone(e.registers)
		for k := range c.registers {
			if r := &c.registers[k]; r.typ == typeString {
				n.strings = append(n.strings, b.strings[r.num])
				r.num = int64(len(n.strings) - 1)
			}
		}
		if c.text != noText {
			if c.text = handle[c.text]; c.text < 0 {
				c.text = noText
			}
		}
		if runs, ok := b.runs[e]; ok {
			n.runs[c] = runs
		}
		moved[e] = c
	}
	n.elements.rehash()
	for _, e := range b.order {
		if c := moved[e]; c != nil {
			n.order = append(n.order, c)
		}
	}
	n.live = len(n.order)
	n.textOf = make([]*Element, n.texts.Texts())
	for _, c := range n.order {
		if c.text != noText {
			n.textOf[c.text] = c
		}
	}
	n.unknown = b.unknown
	b.become(n)
}

// successor returns an empty board that knows the same replicas by the same
// slots, as who holds stamps of this one needs it.
func (b *Board) successor() *Board {
	n := New(b.replica)
	for _, w := range b.writers {
		n.slotOf(w.id)
	}
	n.lamport = b.lamport
	return n
}

// become makes the board what its successor n is. Elements that somebody may
// still hold go on showing what was.
func (b *Board) become(n *Board) {
	before := *b
	for i := range b.elements.n {
		b.elements.at(uint32(i)).board = &before
	}
	for i := range n.elements.n {
		n.elements.at(uint32(i)).board = b
	}
	n.observer, n.parking, n.dec, n.points, n.changes = b.observer, b.parking, b.dec, b.points, b.changes
	before.observer, before.parking, before.dec, before.points, before.changes = nil, parking{}, decoder{}, nil, nil
	*b = *n
	b.lamport++ // so that an Edit under way begins a new update: see Edit.next
	b.tell(Event{Kind: Reset})
}

// sameEpoch reports whether two boards are of one epoch, which began once.
func (b *Board) sameEpoch(o *Board) bool {
	if b.epoch != o.epoch || !maps.Equal(b.base, o.base) {
		return false
	}
	for s, w := range b.writers {
		var others []goneRange
		if t, ok := o.slots[w.id]; ok {
			others = o.goneOf(text.Slot(t))
		}
		if !slices.EqualFunc(b.goneOf(text.Slot(s)), others, func(x, y goneRange) bool {
			return x.seq == y.seq && x.n == y.n && x.epoch == y.epoch &&
				b.charID(x.left) == o.charID(y.left) && b.charID(x.right) == o.charID(y.right)
		}) {
			return false
		}
	}
	return true
}
