package board

import (
	"slices"

	"edgeboard/shared/board/internal/text"
	"edgeboard/shared/wire"
)

// Merge takes what the snapshot of another board shows: afterwards the board has
// what both have had. It is the way for boards to meet of which each lacks part
// of the other's past (ErrCompacted). To merge a snapshot twice is to merge it
// once.
//
// A snapshot of a later epoch makes the board begin that epoch (see Compact); one
// of an earlier epoch is understood in this one. ErrEpoch: they are more than
// MaxEpochs apart, or of two epochs of the same number that began apart.
//
// Like Load it trusts the snapshot to be one of an honest board. Bytes that are
// none are refused, and ErrContradiction is a snapshot that contradicts itself or
// this board; ErrFull says that the two together are over a limit. Nothing has
// changed then.
//
// A board that has nothing takes the snapshot as it stands, of whatever epoch, as
// fast as Load; the observer is told a Reset.
func (b *Board) Merge(snapshot []byte) error {
	if b.blank() {
		return b.adopt(snapshot)
	}
	o, err := Load(0, snapshot)
	if err != nil {
		return err
	}
	switch {
	case o.epoch > b.epoch:
		if o.epoch > b.epoch+MaxEpochs {
			return ErrEpoch
		}
		n := b.successor()
		if len(n.writers)+o.strangers(n) > MaxReplicas {
			return ErrFull
		}
		if err := n.load(snapshot); err != nil {
			return err
		}
		n.lamport = max(n.lamport, b.lamport)
		if err := n.join(b); err != nil {
			return err
		}
		b.become(n)
	case o.epoch < b.epoch:
		if o.epoch+MaxEpochs < b.epoch {
			return ErrEpoch
		}
		err = b.join(o)
	default:
		if !b.sameEpoch(o) {
			return ErrEpoch
		}
		err = b.join(o)
	}
	if err != nil {
		return err
	}
	b.retry()
	return nil
}

// blank reports whether the board has no operation.
func (b *Board) blank() bool {
	return b.epoch == 0 && !slices.ContainsFunc(b.writers, func(w writer) bool { return w.seq > 0 })
}

// adopt makes a blank board that of a snapshot.
func (b *Board) adopt(snapshot []byte) error {
	n := b.successor()
	if err := n.load(snapshot); err != nil {
		return err
	}
	if len(n.writers) >= MaxReplicas {
		return ErrFull // one slot is left for who writes here
	}
	n.lamport = max(n.lamport, b.lamport)
	b.become(n)
	b.retry()
	return nil
}

// strangers counts the replicas of o that b does not know.
func (o *Board) strangers(b *Board) (n int) {
	for _, w := range o.writers {
		if !b.knows(w.id) {
			n++
		}
	}
	return n
}

// retry tries again all that is parked for what has arrived.
func (b *Board) retry() {
	var list []Replica
	for r := range b.parking.waiting {
		list = append(list, r)
	}
	slices.Sort(list)
	for _, r := range list {
		b.unpark(r)
	}
}

// join takes what o has, a board of the same epoch or an older one.
func (b *Board) join(o *Board) error {
	have := b.counts()
	if err := b.agree(o, have); err != nil {
		return err
	}
	if err := b.room(o, have); err != nil {
		return err
	}
	updates, whole := o.diff(have)
	if !whole || !wellFormed(updates) {
		return ErrContradiction
	}
	for len(updates) > 0 {
		var u []byte
		u, updates, _ = wire.Bytes(updates)
		if _, wait, err := b.take(u, MaxLamport); err != nil || wait != (ID{}) {
			// All was checked. What has been taken so far is sound by itself.
			return ErrContradiction
		}
	}
	b.takeLives(o)
	for r, seq := range o.floor {
		if b.floor == nil {
			b.floor = Vector{}
		}
		b.floor[r] = max(b.floor[r], seq)
	}
	b.lamport = max(b.lamport, o.lamport)
	return nil
}

// wellFormed reports whether updates can be read.
func wellFormed(updates []byte) bool {
	var d decoder
	for len(updates) > 0 {
		u, rest, err := wire.Bytes(updates)
		if err != nil || d.decode(u) != nil || d.clock >= MaxLamport {
			return false
		}
		updates = rest
	}
	return true
}

// room checks that there is room for what o has beyond a state vector.
func (b *Board) room(o *Board, have Vector) error {
	if n := o.strangers(b); n > 0 && len(b.writers)+n >= MaxReplicas {
		return ErrFull // one slot is left for who writes here
	}
	elements, characters := b.elements.n, b.texts.Size()
	for i := range o.elements.n {
		if e := o.elements.at(uint32(i)); e.id.Seq > have[e.id.Replica] {
			elements++
		}
	}
	for s, w := range o.writers {
		for seq, n := range o.texts.Numbers(text.Slot(s)) {
			if last := uint64(seq) + uint64(n) - 1; last > have[w.id] {
				characters += int(min(uint64(n), last-have[w.id]))
			}
		}
	}
	if elements > MaxElements || characters > MaxText {
		return ErrFull
	}
	return nil
}

// agree checks that o does not contradict what both boards have: elements, their
// kinds, times and points, and which characters there are in which text. What is
// said of other things counts for what it is: values that b has by number stay,
// and so do its characters and their order.
func (b *Board) agree(o *Board, have Vector) error {
	older := o.epoch < b.epoch
	for i := range o.elements.n {
		e := o.elements.at(uint32(i))
		mine := b.Element(e.id)
		switch {
		case e.id.Seq > have[e.id.Replica]:
		case mine == nil && older && e.id.Seq <= b.base[e.id.Replica]: // it was removed
		case mine == nil || !agreeOn(mine, e, have, o):
			return ErrContradiction
		}
	}
	for i := range b.elements.n {
		if e := b.elements.at(uint32(i)); e.id.Seq <= o.have(e.id.Replica) && o.Element(e.id) == nil {
			return ErrContradiction
		}
	}
	for t, e := range o.textOf {
		mine := b.Element(e.id)
		for s := range o.texts.Stretches(text.Text(t)) {
			first, last := known(o.charID(s.ID), s.Len, have)
			if last < first {
				continue
			}
			r := o.writers[s.ID.Slot].id
			if gone := b.base[r]; older && first <= gone {
				// These may have been removed, but are nowhere else.
				if mine != nil && b.texts.Elsewhere(mine.text, b.char(ID{r, first}), uint32(min(last, gone)+1-first)) {
					return ErrContradiction
				}
				if first = gone + 1; last < first {
					continue
				}
			}
			if mine == nil && older && e.id.Seq <= b.base[e.id.Replica] {
				continue
			}
			if mine == nil || !b.texts.Holds(mine.text, b.char(ID{r, first}), uint32(last+1-first)) {
				return ErrContradiction
			}
		}
	}
	theirs := o.counts()
	for t, e := range b.textOf {
		other := o.Element(e.id)
		for s := range b.texts.Stretches(text.Text(t)) {
			id := b.charID(s.ID)
			if first, last := known(id, s.Len, theirs); last >= first &&
				(other == nil || !o.texts.Holds(other.text, o.char(id), uint32(last+1-first))) {
				return ErrContradiction
			}
		}
	}
	return nil
}

// known returns the first and the last number of n characters that a vector
// covers; there are none if the last one is smaller.
func known(id ID, n uint32, v Vector) (first, last uint64) {
	return id.Seq, min(id.Seq+uint64(n)-1, v[id.Replica])
}

// agreeOn reports whether two boards' versions of an element that both have can
// be of the same document.
func agreeOn(mine, e *Element, have Vector, o *Board) bool {
	if mine.kind != e.kind || mine.created.lamport() != e.created.lamport() {
		return false
	}
	if mine.points == 0 && e.points == 0 {
		return true
	}
	// One of the two has all of the other's points, with the same numbers.
	short, long := mine, e
	n := have[e.id.Replica]
	if theirs := o.have(e.id.Replica); theirs < n {
		short, long, n = e, mine, theirs
	}
	points := 0
	x, y := mine.board.runsOf(mine), o.runsOf(e)
	if short == e {
		x, y = y, x
	}
	for i, r := range x {
		points += r.n
		if i >= len(y) || r.first != y[i].first || r.seq != y[i].seq || r.n > y[i].n || r.n < y[i].n && i+1 < len(x) {
			return false
		}
	}
	// What is more in the long one came later.
	if k := len(x); k > 0 && x[k-1].n < y[k-1].n && uint64(x[k-1].seq)+uint64(x[k-1].n) <= n ||
		k < len(y) && uint64(y[k].seq) <= n {
		return false
	}
	a, b := short.AppendPoints(nil), long.AppendPoints(nil)
	return slices.Equal(a, b[:points])
}

// takeLives gives the characters that both boards have the greater one of their
// lives (B48). Of these lives nothing is known by number.
func (b *Board) takeLives(o *Board) {
	for t, e := range o.textOf {
		mine := b.Element(e.id)
		if mine == nil || mine.text == noText {
			continue
		}
		for s := range o.texts.Stretches(text.Text(t)) {
			if s.Life < 2 {
				continue
			}
			var content []byte
			if s.Life&1 != 0 {
				content, _ = o.texts.Content(text.Target{ID: s.ID, Len: s.Len, Life: s.Life}, nil)
			}
			b.changes = b.texts.Raise(mine.text, b.char(o.charID(s.ID)), s.Len, s.Life, content, b.changes[:0])
			b.tellText(mine, b.changes)
		}
	}
}
