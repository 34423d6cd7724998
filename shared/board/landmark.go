package board

import (
	"cmp"
	"iter"
	"slices"

	"edgeboard/shared/board/internal/text"
)

// landmarks are the characters that there were when the epoch began, in the
// order of the snapshot, and the gaps between them. See section.go.
type landmarks struct {
	list   []landmark
	byName []int32      // list by slot and number
	texts  []landmarked // those with such characters
}

// landmark is characters behind each other with consecutive numbers.
type landmark struct {
	slot text.Slot
	seq  uint32
	n    uint32
	gap  uint32 // behind the first of them
	text int    // among the texts
}

// landmarked is the gaps of a text.
type landmarked struct{ first, last uint32 }

func (b *Board) landmarks(list []*Element) *landmarks {
	m := &landmarks{}
	gap := uint32(0) // the last one so far
	for _, e := range list {
		if e.text == noText {
			continue
		}
		none := true
		for s := range b.texts.Stretches(e.text) {
			base := uint32(b.base[b.writers[s.ID.Slot].id])
			if s.ID.Seq > base {
				continue
			}
			n := min(s.Len, base+1-s.ID.Seq)
			if none {
				none = false
				gap++
				m.texts = append(m.texts, landmarked{gap, gap})
			}
			t := len(m.texts) - 1
			if k := len(m.list) - 1; k >= 0 && m.list[k].text == t && m.list[k].slot == s.ID.Slot && m.list[k].seq+m.list[k].n == s.ID.Seq {
				m.list[k].n += n
			} else {
				m.list = append(m.list, landmark{s.ID.Slot, s.ID.Seq, n, gap + 1, t})
			}
			gap += n
			m.texts[t].last = gap
		}
	}
	m.byName = make([]int32, len(m.list))
	for i := range m.byName {
		m.byName[i] = int32(i)
	}
	slices.SortFunc(m.byName, func(i, k int32) int {
		x, y := &m.list[i], &m.list[k]
		return cmp.Or(cmp.Compare(x.slot, y.slot), cmp.Compare(x.seq, y.seq))
	})
	return m
}

// after returns the first one, by name, that ends behind a number of a replica.
func (m *landmarks) after(s text.Slot, seq uint32) int {
	i, _ := slices.BinarySearchFunc(m.byName, seq, func(i int32, seq uint32) int {
		l := &m.list[i]
		return cmp.Or(cmp.Compare(l.slot, s), cmp.Compare(l.seq+l.n-1, seq))
	})
	return i
}

// behind returns the gap behind a character, and its text.
func (m *landmarks) behind(id text.ID) (gap uint32, t int) {
	l := &m.list[m.byName[m.after(id.Slot, id.Seq)]]
	return l.gap + id.Seq - l.seq, l.text
}

// gaps returns the gaps on the inner side of two survivors.
func (m *landmarks) gaps(left, right text.ID) (x, y uint32) {
	var t int
	switch {
	case left == text.None && right == text.None:
		return 0, 0
	case left == text.None:
		y, t = m.behind(right)
		return m.texts[t].first, y - 1
	case right == text.None:
		x, t = m.behind(left)
		return x, m.texts[t].last
	}
	x, _ = m.behind(left)
	y, _ = m.behind(right)
	return x, y - 1
}

// survivors gives a range the survivors that have two gaps on the inner side.
func (m *landmarks) survivors(r *goneRange, left, right uint64) bool {
	r.left, r.right = text.None, text.None
	if left == 0 {
		return right == 0
	}
	t, _ := slices.BinarySearchFunc(m.texts, left, func(t landmarked, gap uint64) int { return cmp.Compare(uint64(t.last), gap) })
	if t == len(m.texts) || right > uint64(m.texts[t].last) || right < left {
		return false
	}
	if left > uint64(m.texts[t].first) {
		r.left = m.before(uint32(left))
	}
	if right < uint64(m.texts[t].last) {
		r.right = m.before(uint32(right) + 1)
	}
	return true
}

// before returns the character before a gap that is not the first of its text.
func (m *landmarks) before(gap uint32) text.ID {
	i, _ := slices.BinarySearchFunc(m.list, gap, func(l landmark, gap uint32) int { return cmp.Compare(l.gap+l.n-1, gap) })
	l := &m.list[i]
	return text.ID{Slot: l.slot, Seq: l.seq + gap - l.gap}
}

// freeStretch is a stretch of free numbers of a replica, and the guesses of
// where the characters were that had them; 0 for none.
type freeStretch struct {
	span
	guesses [3]uint32
}

// maxGuess bounds how far a guess goes.
const maxGuess = 64

// free yields the stretches of free numbers of a replica up to a number.
func (m *landmarks) free(s text.Slot, base uint32) iter.Seq[freeStretch] {
	return func(yield func(freeStretch) bool) {
		next, before := uint32(1), -1
		for _, i := range m.byName[m.after(s, 0):] {
			l := &m.list[i]
			if l.slot != s {
				break
			}
			if l.seq > next && !yield(m.guess(span{next, l.seq - 1}, before, int(i))) {
				return
			}
			next, before = l.seq+l.n, int(i)
		}
		if next <= base {
			yield(m.guess(span{next, base}, before, -1))
		}
	}
}

// guess finds where characters with some numbers most likely were: behind what
// the replica wrote before, or, if it went on to write there, behind all that;
// or before what it wrote next. before and after are these two among the
// landmarks, or -1.
func (m *landmarks) guess(s span, before, after int) freeStretch {
	f := freeStretch{span: s}
	if before >= 0 {
		l := m.list[before]
		f.guesses[0] = l.gap + l.n - 1
		f.guesses[1] = f.guesses[0]
		for _, n := range m.list[before+1 : min(before+1+maxGuess, len(m.list))] {
			if n.slot != l.slot || n.text != l.text || n.seq < s.first {
				break
			}
			f.guesses[1] = n.gap + n.n - 1
		}
	}
	if after >= 0 {
		f.guesses[2] = m.list[after].gap - 1
	}
	return f
}

// guessed returns which guess a gap is; 3 if it is none.
func (f *freeStretch) guessed(gap uint32) int {
	for i, g := range f.guesses {
		if g == gap && gap > 0 {
			return i
		}
	}
	return len(f.guesses)
}
