package board

import (
	"bytes"
	"slices"

	"edgeboard/shared/board/internal/text"
	"edgeboard/shared/wire"
)

// The last part of a snapshot, which stands in version 2, is
//
//	uvarint  epoch
//	         if that is not 0, columns:
//	           of each replica: how many operations less how many when the epoch began
//	           of each stretch of free numbers, by replica: parts, 0 if nothing is known of any of them
//	           of each part but the last of its stretch: how many numbers
//	           of each part: how many epochs ago it was removed; MaxEpochs: nothing is known of it
//	         and of each that was removed:
//	           the guess that is the gap it lies in, 0 to 2, or 3
//	           if 3: that gap less that of the one before, zigzag
//	           gaps from there to its right survivor
//	uvarint  number of claims (see package text); of each place of the replica, number, length, and of either
//	         origin place plus 1 and number, or 0
//
// Characters here are those that there were when the epoch began. Free numbers
// are those up to that time which none of them has. A gap is the place before, between or
// behind the characters of a text; gaps are counted from 1 through all texts, in
// the order of their elements, and 0 is nowhere, where nothing is left on either
// side. The guesses follow from the characters of the same replica, see
// landmarks.guess.
//
// A section is accepted only if it is what is written for what it says.

// sectionColumns is how many columns there are.
const sectionColumns = 7

// appendSection writes the section. list is the elements in the order of the
// snapshot, places the slots in that of its replicas and index the reverse.
func (b *Board) appendSection(out []byte, list []*Element, places []text.Slot, index []uint32) []byte {
	out = wire.AppendUvarint(out, b.epoch)
	if b.epoch > 0 {
		out = b.appendGone(out, list, places)
	}
	n, at := uint64(0), len(out)
	name := func(id text.ID) {
		if id == text.None {
			out = append(out, 0)
			return
		}
		out = wire.AppendUvarint(out, uint64(index[id.Slot])+1)
		out = wire.AppendUvarint(out, uint64(id.Seq))
	}
	for c := range b.texts.Claims(index) {
		out = wire.AppendUvarint(out, uint64(index[c.ID.Slot]))
		out = wire.AppendUvarint(out, uint64(c.ID.Seq))
		out = wire.AppendUvarint(out, uint64(c.Len))
		name(c.Left)
		name(c.Right)
		n++
	}
	return slices.Insert(out, at, wire.AppendUvarint(nil, n)...)
}

func (b *Board) appendGone(out []byte, list []*Element, places []text.Slot) []byte {
	var cols [sectionColumns]column
	marks := b.landmarks(list)
	last := uint32(0) // the gap before
	for _, s := range places {
		base := uint32(b.base[b.writers[s].id])
		cols[0].add(uint64(b.writers[s].seq - base))
		gone := b.goneOf(s)
		for f := range marks.free(s, base) {
			parts, at := uint64(0), f.first
			for ; len(gone) > 0 && gone[0].seq <= f.last; gone = gone[1:] {
				r := &gone[0]
				if r.seq > at {
					parts++
					cols[2].add(uint64(r.seq - at))
					cols[3].add(MaxEpochs)
				}
				parts++
				if at = r.end(); at <= f.last {
					cols[2].add(uint64(r.n))
				}
				cols[3].add(b.epoch - uint64(r.epoch))
				left, right := marks.gaps(r.left, r.right)
				guess := f.guessed(left)
				if cols[4].add(uint64(guess)); guess == len(f.guesses) {
					cols[5].addInt(int64(left) - int64(last))
				}
				cols[6].add(uint64(right - left))
				last = left
			}
			if at <= f.last && parts > 0 {
				parts++
				cols[3].add(MaxEpochs)
			}
			cols[1].add(parts)
		}
	}
	for i := range cols {
		out = cols[i].appendTo(out)
	}
	return out
}

// section reads the last part.
func (l *loader) section() {
	if l.r.bad {
		return
	}
	b, whole := l.b, l.r.in
	list := make([]*Element, b.elements.n)
	for i := range list {
		list[i] = b.elements.at(uint32(i))
	}
	if b.epoch = l.r.uvarint(maxEpoch); b.epoch > 0 {
		l.goneRanges(list)
	}
	l.claims()
	if l.r.bad || b.epoch == 0 && !b.texts.HasClaims() {
		l.r.fail()
		return
	}
	index := make([]uint32, len(b.writers))
	for i, s := range l.slots {
		index[s] = uint32(i)
	}
	whole = whole[:len(whole)-len(l.r.in)]
	if !bytes.Equal(b.appendSection(make([]byte, 0, len(whole)), list, l.slots, index), whole) {
		l.r.fail()
	}
}

func (l *loader) goneRanges(list []*Element) {
	b := l.b
	l.columns(sectionColumns)
	b.base = make(Vector, len(l.slots))
	b.gone = make([][]goneRange, len(b.writers))
	for _, s := range l.slots {
		w := b.writers[s]
		if base := uint64(w.seq) - l.cols[0].next(uint64(w.seq)); base > 0 {
			b.base[w.id] = base
		}
	}
	if l.r.bad {
		return
	}
	marks := b.landmarks(list)
	total, last := uint64(0), uint32(0)
	for _, s := range l.slots {
		for f := range marks.free(s, uint32(b.base[b.writers[s].id])) {
			parts := l.cols[1].next(uint64(f.last-f.first) + 1)
			if total += parts; total > maxGone {
				l.r.fail()
			}
			at, before := f.first, goneRange{}
			for i := range parts {
				r := goneRange{seq: at, n: f.last + 1 - at}
				if i+1 < parts {
					r.n = uint32(l.cols[2].next(uint64(f.last - at)))
				}
				at += r.n
				if age := l.cols[3].next(MaxEpochs); age < MaxEpochs {
					left := uint64(0)
					if guess := l.cols[4].next(uint64(len(f.guesses))); guess < uint64(len(f.guesses)) {
						left = uint64(f.guesses[guess])
					} else {
						left = uint64(int64(last) + l.cols[5].nextInt())
					}
					right := left + l.cols[6].next(1<<32)
					if age >= b.epoch || !marks.survivors(&r, left, right) {
						l.r.fail()
					}
					last, r.epoch = uint32(left), uint32(b.epoch-age)
				}
				if l.r.bad || r.n == 0 || i > 0 && r.same(&before) {
					l.r.fail()
					return
				}
				if before = r; r.epoch > 0 {
					b.gone[s] = append(b.gone[s], r)
				}
			}
		}
	}
	l.end(sectionColumns)
}

func (l *loader) claims() {
	var list []text.Claim
	name := func(of text.ID) text.ID {
		place := l.r.uvarint(MaxReplicas)
		if place == 0 {
			return text.None
		}
		seq := l.r.uvarint(MaxSeq)
		id := text.ID{Slot: text.Slot(l.writer(place-1, seq)), Seq: uint32(seq)}
		if id.Slot == of.Slot && id.Seq >= of.Seq {
			l.r.fail()
		}
		return id
	}
	for range l.r.uvarint(MaxText) {
		place, seq, n := l.r.uvarint(MaxReplicas), l.r.uvarint(MaxSeq), l.r.uvarint(MaxSeq)
		s := l.writer(place, seq)
		l.writer(place, seq+n-1)
		c := text.Claim{ID: text.ID{Slot: text.Slot(s), Seq: uint32(seq)}, Len: uint32(n)}
		c.Left, c.Right = name(c.ID), name(c.ID)
		if l.r.bad || n == 0 {
			l.r.fail()
			return
		}
		list = append(list, c)
	}
	if len(list) > 0 && !l.b.texts.LoadClaims(list) {
		l.r.fail()
	}
}
