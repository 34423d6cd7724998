package board

import "slices"

// maxSplices bounds how many single characters two texts may differ in for the
// least difference to be looked for: the room that takes grows with the square.
const maxSplices = 500

// Revert makes the board look like another: the same document as it was, or any.
// What to shows is shown afterwards, in the same order, and nothing else. It is
// done by operations like any other (B58): nothing is erased, others may write
// meanwhile, and a History undoes it.
//
// An element that the board has under the same name becomes what it was; one
// that is gone for good, or a stroke whose points differ, is made anew, and what
// names it names the new one. to is not changed, and may be dropped afterwards.
//
// It takes about as long as both boards have elements. Err tells of what found no
// room.
func (e *Edit) Revert(to *Board) {
	b := e.b
	anew := map[ID]ID{} // what an element of to is here, where it has another name
	stays := map[ID]bool{}
	for x := range to.Elements() {
		if mine := b.Element(x.id); mine != nil && mine.resembles(x) {
			stays[x.id] = true
			continue
		}
		id := e.Create(x.kind)
		if id == (ID{}) {
			continue // the board is full
		}
		e.Append(id, x.AppendPoints(nil)...)
		anew[x.id] = id
		stays[id] = true
	}
	var gone []ID
	for x := range b.Elements() {
		if !stays[x.id] {
			gone = append(gone, x.id)
		}
	}
	for _, id := range gone {
		e.Set(id, KeyDeleted, Int(1))
	}
	shown := make([]*Element, 0, len(stays))
	for x := range to.Elements() {
		id := x.id
		other, renamed := anew[id]
		if renamed {
			id = other
		}
		if !stays[id] {
			continue
		}
		mine := b.Element(id)
		e.revertProperties(mine, x, anew)
		if renamed && mine.Get(KeyOrder).Str() == "" {
			e.Set(id, KeyOrder, String(x.effectiveKey()))
		}
		e.revertText(mine, x)
		shown = append(shown, mine)
	}
	e.arrange(shown)
}

// resembles reports whether an element can become x, of another board, by what
// can be written: kinds and points cannot.
func (e *Element) resembles(x *Element) bool {
	return e.kind == x.kind && e.points == x.points && (e.points == 0 || slices.Equal(e.AppendPoints(nil), x.AppendPoints(nil)))
}

// revertProperties gives an element the properties of x.
func (e *Edit) revertProperties(mine, x *Element, anew map[ID]ID) {
	if mine.Deleted() {
		e.Set(mine.id, KeyDeleted, Int(0))
	}
	keys := make([]Key, 0, len(mine.registers)+len(x.registers))
	for _, r := range mine.registers {
		keys = append(keys, r.key)
	}
	for _, r := range x.registers {
		keys = append(keys, r.key)
	}
	slices.Sort(keys)
	for _, key := range slices.Compact(keys) {
		want := x.Get(key)
		if id, ok := anew[want.ref]; ok {
			want = Ref(id)
		}
		if key != KeyDeleted && mine.Get(key) != want {
			e.Set(mine.id, key, want)
		}
	}
}

// revertText gives an element the text of x.
func (e *Edit) revertText(mine, x *Element) {
	is, want := mine.Text(), x.Text()
	if is == want {
		return
	}
	for _, s := range patches([]rune(is), []rune(want)) {
		e.Splice(mine.id, Chars, s.at, s.remove, string(s.insert))
	}
}

// arrange gives elements keys so that each lies above the one before it, where
// those that they have do not say so.
func (e *Edit) arrange(list []*Element) {
	b := e.b
	for i, x := range list {
		if i == 0 || b.compareOrder(list[i-1], x) < 0 {
			continue
		}
		lo, hi := list[i-1].effectiveKey(), ""
		for _, above := range list[i+1:] {
			if k := above.effectiveKey(); k > lo {
				hi = k
				break
			}
		}
		key := between(lo, hi) + digits[1:2]
		if key <= lo {
			// Keys that no honest writer makes leave no room. What is created later
			// has a key above all of these, since the clock is ahead of their number.
			for i, x := range list {
				e.Set(x.id, KeyOrder, String(creationKey(uint64(i))+digits[1:2]))
			}
			return
		}
		e.Set(x.id, KeyOrder, String(key))
	}
}

// patch is what Edit.Splice does, in characters.
type patch struct {
	at, remove int
	insert     []rune
}

// patches returns how to make b of a, with the last place first, so that the
// positions are those in a. They are the fewest characters (Myers, 1986), or
// one where these are more than maxSplices.
func patches(a, b []rune) []patch {
	first := 0
	for first < len(a) && first < len(b) && a[first] == b[first] {
		first++
	}
	a, b = a[first:], b[first:]
	for len(a) > 0 && len(b) > 0 && a[len(a)-1] == b[len(b)-1] {
		a, b = a[:len(a)-1], b[:len(b)-1]
	}
	if len(a) == 0 || len(b) == 0 {
		return []patch{{first, len(a), b}}
	}
	// reach[d][d+k] is how far in a one gets with d characters on diagonal k,
	// which is how much further one is in a than in b.
	var reach [][]int
	for d := 0; d <= maxSplices; d++ {
		row := make([]int, 2*d+1)
		for k := -d; k <= d; k += 2 {
			x := 0
			if d > 0 {
				x, _ = further(reach[d-1], k)
			}
			for x < len(a) && x-k < len(b) && x-k >= 0 && a[x] == b[x-k] {
				x++
			}
			row[d+k] = x
			if x >= len(a) && x-k >= len(b) {
				return retrace(append(reach, row), a, b, first)
			}
		}
		reach = append(reach, row)
	}
	return []patch{{first, len(a), b}}
}

// further goes on to diagonal k by one character: one of b is inserted, or one of a
// removed. reach is that of a character less.
func further(reach []int, k int) (x int, inserted bool) {
	d := len(reach) / 2
	at := func(k int) int {
		if k < -d || k > d {
			return -1
		}
		return reach[d+k]
	}
	down, right := at(k+1), at(k-1)+1
	return max(down, right), down >= right
}

// retrace walks back from the end to the beginning.
func retrace(reach [][]int, a, b []rune, first int) (list []patch) {
	k := len(a) - len(b)
	for d := len(reach) - 1; d > 0; d-- {
		x, inserted := further(reach[d-1], k)
		var last *patch
		if len(list) > 0 {
			last = &list[len(list)-1]
		}
		switch {
		case inserted && last != nil && last.at == first+x:
			last.insert = slices.Insert(last.insert, 0, b[x-k-1])
		case inserted:
			list = append(list, patch{first + x, 0, []rune{b[x-k-1]}})
		case last != nil && last.at == first+x:
			last.at--
			last.remove++
		default:
			list = append(list, patch{first + x - 1, 1, nil})
		}
		if inserted {
			k++
		} else {
			k--
		}
	}
	return list
}
