package text

// lives holds the causal length of the characters whose life is 3 or more, sorted by local id. All others
// have life 1 (visible) or 2 (hidden), as their span says.
type lives []lifeRun

type lifeRun struct {
	id, n, life uint32
}

// index is the first run that ends behind id.
func (v lives) index(id uint32) int {
	lo, hi := 0, len(v)
	for lo < hi {
		m := int(uint(lo+hi) >> 1)
		if v[m].id+v[m].n <= id {
			lo = m + 1
		} else {
			hi = m
		}
	}
	return lo
}

// at returns the life of id, 0 if it is not in the table, and how many of the n characters from id share it.
func (v lives) at(id, n uint32) (life, k uint32) {
	if len(v) == 0 {
		return 0, n
	}
	i := v.index(id)
	switch {
	case i == len(v):
		return 0, n
	case v[i].id > id:
		return 0, min(n, v[i].id-id)
	}
	return v[i].life, min(n, v[i].id+v[i].n-id)
}

// set gives n characters from id, which have one common life, a new one of at least 3.
func (v *lives) set(id, n, life uint32) {
	i := v.index(id)
	if i == len(*v) || (*v)[i].id > id {
		v.open(i)
		(*v)[i] = lifeRun{id, n, life}
		v.join(i + 1)
		v.join(i)
		return
	}
	old := (*v)[i]
	head, tail := id-old.id, old.id+old.n-id-n
	if tail > 0 {
		v.open(i + 1)
		(*v)[i+1] = lifeRun{id + n, tail, old.life}
	}
	if head > 0 {
		v.open(i)
		(*v)[i] = lifeRun{old.id, head, old.life}
		i++
	}
	(*v)[i] = lifeRun{id, n, life}
	v.join(i + 1)
	v.join(i)
}

// open makes room for a run before run i. Not inlined for size.
//
//go:noinline
func (v *lives) open(i int) {
	*v = grow(*v, 1)
	copy((*v)[i+1:], (*v)[i:])
}

// join merges run i into the one before it if they are alike. Not inlined for size.
//
//go:noinline
func (v *lives) join(i int) {
	s := *v
	if i <= 0 || i >= len(s) || s[i-1].id+s[i-1].n != s[i].id || s[i-1].life != s[i].life {
		return
	}
	s[i-1].n += s[i].n
	copy(s[i:], s[i+1:])
	*v = s[:len(s)-1]
}

// lifeAt is the life of the character of a text with local id cid.
func (a *Arena) lifeAt(tx *textState, cid uint32) uint32 {
	l, i, off := a.at(tx, cid)
	life, _ := a.lifeOf(&a.spansOf(l)[i], off, 1)
	return life
}

// lifeOf is the life of the first of n characters from offset off of span e, and how many share it.
func (a *Arena) lifeOf(e *span, off, n uint32) (life, k uint32) {
	life, k = a.lives.at(e.id+off, min(n, e.len()-off))
	if life == 0 {
		life = 1 + e.n>>31
	}
	return life, k
}

// Lives splits n characters numbered from id.Seq on into runs of one life and appends them to dst. It is how
// undo finds out what to write: the inverse of an insertion targets the runs of odd life with Life+1, and what
// was deleted is shown again by runs of even life with Life+1 and Content.
func (a *Arena) Lives(id ID, n int, dst []Target) ([]Target, error) {
	if n <= 0 || uint64(id.Seq)+uint64(n) > MaxSeq+1 {
		return dst, ErrRange
	}
	own := len(dst)
	for rest := uint32(n); rest > 0; {
		cid, ri, err := a.find(id)
		if err != nil {
			return dst[:own], err
		}
		m := min(rest, a.runEnd(ri)-cid)
		dst = a.livesOf(id, ri, cid, m, own, dst)
		id.Seq += m
		rest -= m
	}
	return dst, nil
}

// LivesLeft is Lives for characters of which some may have been removed: those are left out.
func (a *Arena) LivesLeft(id ID, n int, dst []Target) []Target {
	own := len(dst)
	a.eachPart(id, uint32(n), func(ri, cid, k, seq uint32) {
		dst = a.livesOf(ID{id.Slot, seq}, ri, cid, k, own, dst)
	})
	return dst
}

// livesOf appends the lives of n characters of one run.
func (a *Arena) livesOf(id ID, ri, cid, n uint32, own int, dst []Target) []Target {
	tx := &a.texts[a.runs[ri].text]
	for k := uint32(0); k < n; {
		l, i, off := a.at(tx, cid+k)
		life, same := a.lifeOf(&a.spansOf(l)[i], off, n-k)
		first := ID{id.Slot, id.Seq + k}
		if len(dst) == own || !dst[len(dst)-1].extend(first, same, life) {
			dst = append(dst, Target{ID: first, Len: same, Life: life})
		}
		k += same
	}
	return dst
}
