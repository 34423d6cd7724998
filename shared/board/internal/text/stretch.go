package text

import "iter"

// Stretch is characters that lie one behind the other in a text, with consecutive numbers and one life.
type Stretch struct {
	ID   ID
	Len  uint32
	Life uint32
}

// Stretches yields all characters of a text, hidden ones too, in their order. How they are cut is of no
// meaning.
func (a *Arena) Stretches(t Text) iter.Seq[Stretch] {
	return func(yield func(Stretch) bool) {
		tx, err := a.state(t)
		if err != nil {
			return
		}
		for l := tx.first; l >= 0; l = a.leaves[l].next {
			for _, e := range a.spansOf(l) {
				for k := uint32(0); k < e.len(); {
					cid := e.id + k
					ri := a.runOf(cid)
					life, n := a.lifeOf(&e, k, a.runEnd(ri)-cid)
					if !yield(Stretch{a.name(cid), n, life}) {
						return
					}
					k += n
				}
			}
		}
	}
}

// Numbers yields the numbers of a replica's characters in all texts, ascending, as first number and length.
// Neighbours may come apart.
func (a *Arena) Numbers(s Slot) iter.Seq2[uint32, uint32] {
	return func(yield func(uint32, uint32) bool) {
		if int(s) >= len(a.replicas) {
			return
		}
		for _, ri := range a.replicas[s].runs {
			if !yield(a.runs[ri].seq, a.runEnd(ri)-a.runs[ri].cid) {
				return
			}
		}
	}
}

// Holds reports whether n characters from id on are all in a text.
func (a *Arena) Holds(t Text, id ID, n uint32) bool { return a.targetable(t, id, n) == nil }

// Elsewhere reports whether any of n characters from id on is in another text.
func (a *Arena) Elsewhere(t Text, id ID, n uint32) (found bool) {
	a.eachPart(id, n, func(ri, _, _, _ uint32) { found = found || a.runs[ri].text != t })
	return found
}
