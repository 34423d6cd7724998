package board

import "edgeboard/shared/board/internal/text"

// Difference is what has become of an element since a state vector.
type Difference uint8

const (
	Added   Difference = iota + 1 // it was created
	Altered                       // a property was written, or points or text were
	Gone                          // it was deleted
)

// Change is an element that is not what it was.
type Change struct {
	Element *Element
	What    Difference
}

// ChangedSince returns what the operations beyond a state vector have done that
// still shows, from the bottom element to the top one (B59): elements that came,
// that were written on, and that were deleted. What came and was deleted again
// is left out, and so is text that was.
//
// Of an element that was removed by Compact nothing is told, nor of text that
// was deleted where that became known by a snapshot alone.
func (b *Board) ChangedSince(v Vector) (list []Change) {
	written := b.textChangedSince(v)
	beyond := func(s slot, last uint64) bool { return last > v[b.writers[s].id] }
	for _, e := range b.order {
		altered, gone := written[e], false
		for i := range e.registers {
			if r := &e.registers[i]; beyond(r.stamp.slot(), uint64(r.seq)) {
				altered = true
				gone = gone || r.key == KeyDeleted && e.Deleted()
			}
		}
		for _, r := range b.runsOf(e) {
			altered = altered || r.seq > 0 && beyond(e.created.slot(), uint64(r.seq)+uint64(r.n)-1)
		}
		switch added := beyond(e.created.slot(), e.id.Seq); {
		case added && !e.Deleted():
			list = append(list, Change{e, Added})
		case added:
		case gone:
			list = append(list, Change{e, Gone})
		case altered && !e.Deleted():
			list = append(list, Change{e, Altered})
		}
	}
	return list
}

// textChangedSince returns the elements whose text shows characters that are
// beyond a state vector, or lacks some that are not and were deleted since.
func (b *Board) textChangedSince(v Vector) map[*Element]bool {
	changed := map[*Element]bool{}
	for t, e := range b.textOf {
		for s := range b.texts.Stretches(text.Text(t)) {
			if s.Life&1 != 0 && uint64(s.ID.Seq)+uint64(s.Len)-1 > v[b.writers[s.ID.Slot].id] {
				changed[e] = true
				break
			}
		}
	}
	for s, w := range b.writers {
		from := v[w.id] + 1
		if from > uint64(w.seq) {
			continue
		}
		for r := range b.texts.LifeRuns(text.Slot(s), uint32(from)) {
			l := b.lifeRun(r.Target, nil)
			lowest := l.first.Seq
			if l.back {
				lowest -= uint64(l.n) - 1
			}
			if lowest <= v[l.first.Replica] {
				changed[b.textOf[r.Text]] = true
			}
		}
	}
	return changed
}
