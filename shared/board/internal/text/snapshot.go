package text

// Layout of the snapshot of one text. All numbers are minimal varints of at most 32 bits.
//
//	1 byte   1: text of visible characters only; 2: all text there is
//	number   pieces (see piece); nothing follows if 0
//	then these columns, each as its length and its bytes, pieces being in document order unless said otherwise:
//	replica  runs: index of the replica, number of pieces; neighbouring runs differ
//	rank     per piece its rank by number among its replica's pieces, as the zigzag difference to one more than
//	         the rank of the replica's previous piece
//	gap      per piece, by replica and rank, the numbers that other operations took before it: how many pieces
//	         with no gap come next, then the gap of the one after, unless there is none
//	length   per piece its characters less 1
//	hidden   runs, alternately of visible and hidden pieces; only the first may be 0
//	life     for pieces with life of 3 or more: pieces skipped, life
//	gone     only in form 2: runs of hidden pieces, alternately with and without text; only the first may be 0
//	left     for pieces whose left origin is not the last character of the nearest elder (see elders) to the
//	         left: pieces skipped, then 2k for the last character of the k-th piece to the left or the
//	         beginning, or 2k+1 and the number of characters behind the origin in that piece
//	right    the same towards the right
//	text     the characters as UTF-8
//
// In a text with one author nearest elders are always right, and the gaps are mostly what the author deleted
// right before; so nothing is left but where the author went on, how much was written and what was deleted.

const (
	formVisible = 1
	formAll     = 2
	columns     = 10
)

const (
	colReplica = iota
	colRank
	colGap
	colLength
	colHidden
	colLife
	colGone
	colLeft
	colRight
	colText
)

// AppendSnapshot appends the state of a text: equal bytes for equal states, whatever the order of arrival and
// the numbering of slots. index[s] is the place of slot s in an order of replicas that all agree on; the
// same order, as slots, is needed to load. The text of hidden characters is left out unless keepText. The log
// is not part of the state.
func (a *Arena) AppendSnapshot(b []byte, t Text, index []uint32, keepText bool) []byte {
	if _, err := a.state(t); err != nil {
		return b
	}
	form, want := byte(formVisible), visibleText
	if keepText {
		form, want = formAll, allText
	}
	list, content := a.pieces(t, want)
	b = append(b, form)
	b = appendNumber(b, uint32(len(list)))
	if len(list) == 0 {
		return b
	}
	keys := make([]uint64, len(list))
	for i := range list {
		keys[i] = uint64(index[list[i].slot])<<32 | uint64(list[i].seq)
	}
	byID := order(keys)

	var col [columns][]byte
	col[colText] = content
	col[colRank], col[colGap] = rankColumns(list, keys, byID)
	x, y := elders(keys)
	find := func(cid uint32) int {
		id := a.name(cid)
		key := uint64(index[id.Slot])<<32 | uint64(id.Seq)
		lo, hi := 0, len(byID)
		for lo < hi {
			m := int(uint(lo+hi) >> 1)
			if keys[byID[m]] <= key {
				lo = m + 1
			} else {
				hi = m
			}
		}
		return int(byID[lo-1])
	}
	same, since := uint32(0), [3]uint32{} // since: pieces since the last one listed in life, left and right
	hid := runColumn{}
	gone := runColumn{}
	for i := range list {
		p := &list[i]
		same++
		if i+1 == len(list) || list[i+1].slot != p.slot {
			col[colReplica] = appendNumber(appendNumber(col[colReplica], index[p.slot]), same)
			same = 0
		}
		col[colLength] = appendNumber(col[colLength], p.n-1)
		hid.add(p.hidden())
		if p.hidden() && keepText {
			gone.add(p.gone)
		}
		if p.life > 2 {
			col[colLife] = appendNumber(appendNumber(col[colLife], since[0]), p.life)
			since[0] = 0
		} else {
			since[0]++
		}
		elder := none
		if x[i] >= 0 {
			elder = list[x[i]].last
		}
		if p.left == elder {
			since[1]++
		} else {
			c := appendNumber(col[colLeft], since[1])
			since[1] = 0
			if p.left == none {
				c = appendNumber(c, uint32(i+1)<<1)
			} else {
				j := find(p.left)
				c = appendPlace(c, uint32(i-j), list[j].seq+list[j].n-1-a.name(p.left).Seq)
			}
			col[colLeft] = c
		}
		elder = none
		if int(y[i]) < len(list) {
			elder = list[y[i]].first
		}
		if p.right == elder {
			since[2]++
		} else {
			c := appendNumber(col[colRight], since[2])
			since[2] = 0
			if p.right == none {
				c = appendNumber(c, uint32(len(list)-i)<<1)
			} else {
				j := find(p.right)
				c = appendPlace(c, uint32(j-i), a.name(p.right).Seq-list[j].seq)
			}
			col[colRight] = c
		}
	}
	col[colHidden], col[colGone] = hid.end(), gone.end()
	for i, c := range col {
		if i == colGone && !keepText {
			continue
		}
		b = appendNumber(b, uint32(len(c)))
		b = append(b, c...)
	}
	return b
}

// rankColumns writes the numbers of the pieces in two columns.
func rankColumns(list []piece, keys []uint64, byID []int32) (rank, gap []byte) {
	ranks := make([]int32, len(list))
	k, end, without := int32(0), uint32(0), uint32(0)
	for x, i := range byID {
		p := &list[i]
		if x > 0 && keys[byID[x-1]]>>32 != keys[i]>>32 {
			k, end = 0, 0
		}
		ranks[i] = k
		k++
		if p.seq == end {
			without++
		} else {
			gap = appendNumber(appendNumber(gap, without), p.seq-end)
			without = 0
		}
		end = p.seq + p.n
	}
	if without > 0 {
		gap = appendNumber(gap, without)
	}
	next := map[Slot]int32{}
	for i := 0; i < len(list); {
		slot := list[i].slot
		n := next[slot]
		for ; i < len(list) && list[i].slot == slot; i++ {
			d := ranks[i] - n
			rank = appendNumber(rank, uint32(d<<1)^uint32(d>>31))
			n = ranks[i] + 1
		}
		next[slot] = n
	}
	return rank, gap
}

func appendPlace(b []byte, k, off uint32) []byte {
	if off == 0 {
		return appendNumber(b, k<<1)
	}
	return appendNumber(appendNumber(b, k<<1|1), off)
}

// runColumn writes booleans as the lengths of alternating runs, false first.
type runColumn struct {
	b  []byte
	is bool
	n  uint32
}

func (c *runColumn) add(v bool) {
	if v != c.is {
		c.b = appendNumber(c.b, c.n)
		c.is, c.n = v, 0
	}
	c.n++
}

func (c *runColumn) end() []byte {
	if c.n == 0 {
		return c.b
	}
	return appendNumber(c.b, c.n)
}

// Not inlined: two dozen copies would make every page load larger, and this is not the slow part.
//
//go:noinline
func appendNumber(b []byte, v uint32) []byte {
	for v >= 0x80 {
		b = append(b, byte(v)|0x80)
		v >>= 7
	}
	return append(b, byte(v))
}
