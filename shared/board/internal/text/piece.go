package text

// piece is a maximal run of characters of one replica with consecutive numbers that lie one behind the other
// with one right origin, one life and one answer to whether their text is forgotten. Unlike spans, which
// depend on the order of arrival, the pieces of a text are the same on all replicas.
type piece struct {
	slot        Slot
	seq, n      uint32
	life        uint32
	first, last uint32 // local ids; not consecutive if others' characters arrived in between
	left, right uint32
	gone        bool
}

func (p *piece) hidden() bool { return p.life&1 == 0 }

// follows reports whether p, which lies directly behind q, belongs to the same piece.
func (p *piece) follows(q *piece) bool {
	return p.slot == q.slot && p.seq == q.seq+q.n && p.left == q.last && p.right == q.right &&
		p.life == q.life && p.gone == q.gone
}

// what a walk over the pieces of a text is for
const (
	allText     = iota // everything, with all text there is
	visibleText        // everything, without the text of what is hidden
	visibleOnly        // no hidden pieces
)

// pieces lists the pieces of a text in document order, and their text.
func (a *Arena) pieces(t Text, want int) (list []piece, content []byte) {
	tx := &a.texts[t]
	content = make([]byte, 0, int(Bytes.of(tx.chars, tx.wide)))
	for l := tx.first; l >= 0; l = a.leaves[l].next {
		for _, e := range a.spansOf(l) {
			if want == visibleOnly && e.n&hidden != 0 {
				continue
			}
			for k := uint32(0); k < e.len(); {
				cid := e.id + k
				ri := a.runOf(cid)
				r := &a.runs[ri]
				life, m := a.lifeOf(&e, k, a.runEnd(ri)-cid)
				p := piece{slot: r.slot, seq: r.seq + cid - r.cid, life: life, first: cid, left: e.left, right: e.right}
				if k > 0 {
					p.left = cid - 1
				}
				if p.hidden() {
					p.gone = true
					if want == allText {
						m, p.gone = a.chars.sameFate(cid, m)
					}
				}
				if !p.gone {
					content = append(content, a.chars.slice(cid, m)...)
				}
				p.n, p.last = m, cid+m-1
				k += m
				if z := len(list); z > 0 {
					q := &list[z-1]
					if want == visibleOnly {
						// Origins are about to be replaced, which makes neighbours follow each other.
						p.left, p.right = q.last, q.right
					}
					if p.follows(q) {
						q.n += m
						q.last = p.last
						continue
					}
				}
				list = append(list, p)
			}
		}
	}
	return list, content
}

// elders finds for each piece the nearest one to the left and to the right with a smaller key, -1 and
// len(keys) if there is none. With keys that grow with time these hold the origins: what was next to the piece
// when it was written is the nearest of what was there at all.
func elders(keys []uint64) (left, right []int32) {
	both := make([]int32, 2*len(keys))
	left, right = both[:len(keys)], both[len(keys):]
	for i, k := range keys {
		j := int32(i) - 1
		for j >= 0 && keys[j] > k {
			j = left[j]
		}
		left[i] = j
	}
	for i := len(keys) - 1; i >= 0; i-- {
		j, k := int32(i)+1, keys[i]
		for int(j) < len(keys) && keys[j] > k {
			j = right[j]
		}
		right[i] = j
	}
	return left, right
}

// order returns the indexes of keys in the order of the keys. A merge sort written out, because the generic
// one of the library makes every page load larger; keys mostly come in runs, which it passes at once.
func order(keys []uint64) []int32 {
	n := len(keys)
	both := make([]int32, 2*n)
	list, spare := both[:n], both[n:]
	for i := range list {
		list[i] = int32(i)
	}
	for size := 1; size < n; size *= 2 {
		for lo := 0; lo < n; lo += 2 * size {
			mid, hi := min(lo+size, n), min(lo+2*size, n)
			if mid == hi || keys[list[mid-1]] <= keys[list[mid]] {
				copy(spare[lo:hi], list[lo:hi])
				continue
			}
			i, j := lo, mid
			for k := lo; k < hi; k++ {
				if j == hi || i < mid && keys[list[i]] <= keys[list[j]] {
					spare[k] = list[i]
					i++
				} else {
					spare[k] = list[j]
					j++
				}
			}
		}
		list, spare = spare, list
	}
	return list
}

// loadFill is how many spans a leaf gets when a text is built as a whole, which leaves room for edits.
const loadFill = 24

// admitPieces checks that the characters of pieces, listed in byID in the order of slot and number, are new.
func (a *Arena) admitPieces(list []piece, byID []int32) error {
	for x := 0; x < len(byID); {
		slot := list[byID[x]].slot
		r := &a.replicas[slot]
		// Usually all are newer than what is here. Otherwise both lists are sorted: walk them together.
		i := 0
		if list[byID[x]].seq >= a.seqEnd(r) {
			i = len(r.runs)
		}
		for ; x < len(byID) && list[byID[x]].slot == slot; x++ {
			p := &list[byID[x]]
			for i < len(r.runs) && a.runs[r.runs[i]].seq+(a.runEnd(r.runs[i])-a.runs[r.runs[i]].cid) <= p.seq {
				i++
			}
			if i < len(r.runs) && a.runs[r.runs[i]].seq < p.seq+p.n {
				return ErrSeq
			}
		}
	}
	return nil
}

// build adds a text made of at least one piece, whose local ids are consecutive from the arena's next one on. byID lists
// the pieces in the order of slot and number. Everything has been checked.
func (a *Arena) build(list []piece, byID []int32, content []byte) Text {
	a.interrupt()
	t := Text(len(a.texts))
	ascii := a.storeContent(list, content)
	a.buildRuns(t, list, byID)
	for i := range list {
		if p := &list[i]; p.life > 2 {
			a.lives.set(p.first, p.n, p.life)
		}
	}
	tx := textState{root: -1, cur: cursor{leaf: -1}}
	first := int32(len(a.leaves))
	tx.first, tx.owedBy = first, first
	fill := loadFill
	if len(list) <= leafSpans {
		fill = leafSpans // one leaf, as small as can be
	}
	leaves := (len(list) + fill - 1) / fill
	class := uint8(blockClasses - 1)
	if len(list) <= leafSpans {
		for class = 0; 4<<class < len(list); class++ {
		}
	}
	a.leaves = reserve(a.leaves, leaves)
	a.spans = reserve(a.spans, leaves*4<<class)
	kids := make([]int32, 0, leaves)
	counts := make([]uint32, 0, leaves)
	wides := make([]width, 0, leaves)
	for i := 0; i < len(list); {
		l := int32(len(a.leaves))
		a.leaves = append(a.leaves, leaf{text: t, parent: -1, prev: l - 1, next: l + 1})
		lf := &a.leaves[l]
		a.newBlock(lf, class)
		block := a.spans[lf.off : lf.off+4<<class]
		n := 0
		var count uint32
		var wide width
		from := list[i].first
		for ; i < len(list); i++ {
			p := &list[i]
			s := span{p.first, p.n, p.left, p.right}
			if p.hidden() {
				s.n |= hidden
			}
			if n > 0 && s.continues(&block[n-1]) {
				block[n-1].n += p.n
			} else if n < fill {
				block[n] = s
				n++
			} else {
				break
			}
			if !p.hidden() {
				count += p.n
				if !ascii {
					wide += a.chars.width(p.first, p.n)
				}
			}
		}
		lf.n = int32(n)
		a.homes.set(from, list[i-1].last+1-from, l)
		tx.chars += count
		tx.wide += wide
		kids, counts, wides = append(kids, l), append(counts, count), append(wides, wide)
	}
	tx.last = int32(len(a.leaves)) - 1
	a.leaves[first].prev, a.leaves[tx.last].next = -1, -1
	if len(kids) > 1 {
		tx.root = a.buildNodes(kids, counts, wides)
	}
	a.texts = append(a.texts, tx)
	return t
}

// storeContent stores the characters of pieces and reports whether each takes one byte.
func (a *Arena) storeContent(list []piece, content []byte) (ascii bool) {
	have, all := 0, 0
	for i := range list {
		p := &list[i]
		all += int(p.n)
		if !p.gone {
			have += int(p.n)
		}
	}
	ascii = have == len(content)
	a.chars.bytes = reserve(a.chars.bytes, len(content)+all-have)
	a.chars.pages = reserve(a.chars.pages, all>>pageBits+1)
	a.homes.pages = reserve(a.homes.pages, all>>homeBits+1)
	for i := range list {
		p := &list[i]
		if p.gone {
			a.chars.appendForgotten(p.n)
			continue
		}
		k := int(p.n)
		if !ascii {
			k = 0
			for range p.n {
				k += int(charLen(content[k]))
			}
		}
		at := uint32(len(a.chars.bytes))
		a.chars.bytes = append(a.chars.bytes, content[:k]...)
		a.chars.commit(at, p.n)
		content = content[k:]
	}
	return ascii
}

// buildRuns books the names of pieces.
func (a *Arena) buildRuns(t Text, list []piece, byID []int32) {
	runOf := make([]uint32, len(list))
	for i := range list {
		p := &list[i]
		if i == 0 || list[i-1].slot != p.slot || list[i-1].seq+list[i-1].n != p.seq {
			a.runs = append(a.runs, run{p.first, p.seq, p.slot, t})
		}
		runOf[i] = uint32(len(a.runs)) - 1
	}
	for x := 0; x < len(byID); {
		slot := list[byID[x]].slot
		r := &a.replicas[slot]
		old := len(r.runs)
		for ; x < len(byID) && list[byID[x]].slot == slot; x++ {
			i := byID[x]
			if a.runs[runOf[i]].cid == list[i].first {
				r.runs = append(r.runs, runOf[i])
			}
		}
		a.mergeRuns(r.runs, old)
	}
}

// mergeRuns sorts run indexes by number, the first old and the rest being sorted already.
func (a *Arena) mergeRuns(v []uint32, old int) {
	if old == 0 || old == len(v) || a.runs[v[old-1]].seq < a.runs[v[old]].seq {
		return
	}
	added := append([]uint32(nil), v[old:]...)
	i, j := old-1, len(added)-1
	for k := len(v) - 1; j >= 0; k-- {
		if i >= 0 && a.runs[v[i]].seq > a.runs[added[j]].seq {
			v[k] = v[i]
			i--
		} else {
			v[k] = added[j]
			j--
		}
	}
}

// buildNodes puts a tree over leaves and returns its root.
func (a *Arena) buildNodes(kids []int32, counts []uint32, wides []width) int32 {
	const fill = nodeKids * 3 / 4
	for overLef := true; ; overLef = false {
		n := 0 // nodes of this level; they replace the kids they were made of
		for i := 0; i < len(kids); {
			p := a.newNode(node{parent: -1, overLef: overLef})
			nd := &a.nodes[p]
			var count uint32
			var wide width
			for ; i < len(kids) && nd.n < fill; i++ {
				nd.kids[nd.n], nd.chars[nd.n], nd.wide[nd.n] = kids[i], counts[i], wides[i]
				nd.n++
				count += counts[i]
				wide += wides[i]
				a.setParent(overLef, kids[i], p)
			}
			kids[n], counts[n], wides[n] = p, count, wide
			n++
		}
		if n == 1 {
			return kids[0]
		}
		kids, counts, wides = kids[:n], counts[:n], wides[:n]
	}
}
