package text

// reader takes numbers from a column. After a malformed one it only gives zeros and bad stays set.
type reader struct {
	b   []byte
	bad bool
}

func (r *reader) number() uint32 {
	if len(r.b) > 0 && r.b[0] < 0x80 {
		v := uint32(r.b[0])
		r.b = r.b[1:]
		return v
	}
	v := uint64(0)
	for i, c := range r.b {
		if i == 5 {
			break
		}
		v |= uint64(c&0x7f) << (7 * i)
		if c < 0x80 {
			if c == 0 || v > 1<<32-1 {
				break // not minimal, or too large
			}
			r.b = r.b[i+1:]
			return uint32(v)
		}
	}
	r.bad = true
	r.b = nil
	return 0
}

// done reports whether the column was well formed and is used up.
func (r *reader) done() bool { return !r.bad && len(r.b) == 0 }

// LoadSnapshot adds a text with the state that AppendSnapshot wrote. slots gives the slot of each place in
// the agreed order of replicas, no slot twice. It allocates in proportion to len(b) and to the number of characters, which may
// be far more than len(b) if hidden ones come without text, and which maxChars bounds. ErrSnapshot: not what
// AppendSnapshot would write. ErrSeq: characters that the arena has already. ErrFull: more than maxChars.
//
// Operations count from the highest number here, so all texts are loaded before operations are applied.
//
// Bytes are accepted only if AppendSnapshot gives the same bytes back. That the order of the pieces is the
// one that concurrent insertion would give is not checked: a snapshot is as good as its sender.
func (a *Arena) LoadSnapshot(b []byte, slots []Slot, maxChars int) (Text, error) {
	known := make([]bool, len(a.replicas))
	for _, s := range slots {
		if int(s) >= len(known) || known[s] {
			return noText, ErrReplica
		}
		known[s] = true
	}
	if len(b) < 2 || b[0] != formVisible && b[0] != formAll {
		return noText, ErrSnapshot
	}
	r := reader{b: b[1:]}
	n := r.number()
	if r.bad || uint64(n) > uint64(len(b)) { // a piece takes at least a byte
		return noText, ErrSnapshot
	}
	if n == 0 {
		if len(r.b) > 0 {
			return noText, ErrSnapshot
		}
		return a.NewText(), nil
	}
	d := decoder{a: a, list: make([]piece, n), slots: slots, keepText: b[0] == formAll}
	for i := range d.col {
		if i == colGone && !d.keepText {
			continue
		}
		size := r.number()
		if r.bad || uint64(size) > uint64(len(r.b)) {
			return noText, ErrSnapshot
		}
		d.col[i].b = r.b[:size]
		r.b = r.b[size:]
	}
	if len(r.b) > 0 || !d.identify() || !d.liven() {
		return noText, ErrSnapshot
	}
	if d.chars > uint64(max(maxChars, 0)) || d.chars > MaxChars-uint64(a.chars.n) ||
		uint64(len(a.chars.bytes))+uint64(len(b))+d.chars > MaxBytes {
		return noText, ErrFull
	}
	if !d.originate() || !d.canonical() {
		return noText, ErrSnapshot
	}
	if err := a.admitPieces(d.list, d.byID); err != nil {
		return noText, err
	}
	return a.build(d.list, d.byID, d.col[colText].b), nil
}

// decoder turns columns into pieces. Its steps go in the order of the methods.
type decoder struct {
	a        *Arena
	col      [columns]reader
	slots    []Slot
	keepText bool

	list  []piece
	keys  []uint64 // place of the replica, number
	byID  []int32  // list in the order of keys
	chars uint64
}

// identify reads which characters there are: replica, rank, gap and length.
func (d *decoder) identify() bool {
	n := len(d.list)
	d.keys = make([]uint64, n)
	d.byID = make([]int32, n)
	// First the number of pieces per replica, which says where its ranks begin.
	starts := make([]uint32, len(d.slots)+1)
	r := d.col[colReplica]
	for i, prev := 0, ^uint32(0); i < n; {
		x, k := r.number(), r.number()
		if r.bad || int(x) >= len(d.slots) || x == prev || k == 0 || uint64(k) > uint64(n-i) {
			return false
		}
		prev = x
		starts[x+1] += k
		i += int(k)
	}
	if !r.done() {
		return false
	}
	for x := range d.slots {
		starts[x+1] += starts[x]
	}
	next := append([]uint32(nil), starts...)
	for i := range d.byID {
		d.byID[i] = -1
	}
	r = d.col[colReplica]
	rank, length := &d.col[colRank], &d.col[colLength]
	for i := 0; i < n; {
		x, k := r.number(), r.number()
		at := next[x]
		for end := i + int(k); i < end; i++ {
			z := rank.number()
			at += uint32(int32(z>>1) ^ -int32(z&1))
			if at < starts[x] || at >= starts[x+1] || d.byID[at] >= 0 {
				return false
			}
			d.byID[at] = int32(i)
			at++
			p := &d.list[i]
			p.slot, p.n = d.slots[x], length.number()+1
			if p.n == 0 {
				return false
			}
			d.chars += uint64(p.n)
			d.keys[i] = uint64(x) << 32
		}
		next[x] = at
	}
	if !rank.done() || !length.done() {
		return false
	}
	gap := &d.col[colGap]
	end, without := uint64(0), gap.number()
	for k, i := range d.byID {
		p := &d.list[i]
		if k > 0 && d.keys[d.byID[k-1]]>>32 != d.keys[i]>>32 {
			end = 0
		}
		if without > 0 {
			without--
		} else {
			g := gap.number()
			if g == 0 {
				return false
			}
			end += uint64(g)
			if k+1 < n {
				without = gap.number()
			}
		}
		if end+uint64(p.n)-1 > MaxSeq {
			return false
		}
		p.seq = uint32(end)
		d.keys[i] |= end
		end += uint64(p.n)
	}
	return without == 0 && gap.done()
}

// liven reads lives and whether there is text, and checks the text.
func (d *decoder) liven() bool {
	if !d.flags(&d.col[colHidden], func(p *piece) bool { return true }, func(p *piece) { p.life, p.gone = 2, !d.keepText }) {
		return false
	}
	if d.keepText && !d.flags(&d.col[colGone], (*piece).hidden, func(p *piece) { p.gone = true }) {
		return false
	}
	r := &d.col[colLife]
	for i := uint64(0); len(r.b) > 0; i++ {
		i += uint64(r.number())
		life := r.number()
		if r.bad || i >= uint64(len(d.list)) || life < 3 || life > MaxLife || (life^d.list[i].life)&1 != 0 {
			return false
		}
		d.list[i].life = life
	}
	want := uint64(0)
	for i := range d.list {
		if p := &d.list[i]; !p.gone {
			want += uint64(p.n)
		}
	}
	text := d.col[colText].b
	n, _, err := measure(text)
	return r.done() && err == nil && uint64(n) == want
}

// flags reads a column of alternating runs over the pieces for which of holds, and sets the pieces of every
// second run. Pieces it does not set get life 1 if they have none.
func (d *decoder) flags(r *reader, of func(*piece) bool, set func(*piece)) bool {
	left, on, runs := uint32(0), true, 0
	for i := range d.list {
		p := &d.list[i]
		if !of(p) {
			continue
		}
		for left == 0 {
			if len(r.b) == 0 {
				return false
			}
			left = r.number()
			on = !on
			if left == 0 && runs > 0 {
				return false
			}
			runs++
		}
		left--
		if on {
			set(p)
		} else if p.life == 0 {
			p.life = 1
		}
	}
	return left == 0 && r.done()
}

// originate gives the pieces local ids and origins.
func (d *decoder) originate() bool {
	id := d.a.chars.n
	for i := range d.list {
		p := &d.list[i]
		p.first = id
		id += p.n
		p.last = id - 1
	}
	x, y := elders(d.keys)
	for i := range d.list {
		p := &d.list[i]
		p.left, p.right = none, none
		if x[i] >= 0 {
			p.left = d.list[x[i]].last
		}
		if int(y[i]) < len(d.list) {
			p.right = d.list[y[i]].first
		}
	}
	n := len(d.list)
	r := &d.col[colLeft]
	for i := uint64(0); len(r.b) > 0; i++ {
		i += uint64(r.number())
		k, off := r.place()
		if r.bad || i >= uint64(n) || uint64(k) > i+1 {
			return false
		}
		cid := none
		if j := int(i) - int(k); j >= 0 {
			if cid = d.list[j].last - off; off >= d.list[j].n || d.keys[j]>>32 == d.keys[i]>>32 && d.keys[j] > d.keys[i] {
				return false
			}
		} else if off > 0 {
			return false
		}
		if cid == d.list[i].left {
			return false
		}
		d.list[i].left = cid
	}
	ok := r.done()
	r = &d.col[colRight]
	for i := uint64(0); len(r.b) > 0; i++ {
		i += uint64(r.number())
		k, off := r.place()
		if r.bad || i >= uint64(n) || uint64(k) > uint64(n)-i {
			return false
		}
		cid := none
		if j := int(i) + int(k); j < n {
			if cid = d.list[j].first + off; off >= d.list[j].n || d.keys[j]>>32 == d.keys[i]>>32 && d.keys[j] > d.keys[i] {
				return false
			}
		} else if off > 0 {
			return false
		}
		if cid == d.list[i].right {
			return false
		}
		d.list[i].right = cid
	}
	return ok && r.done()
}

// place reads what appendPlace wrote; k is at least 1.
func (r *reader) place() (k, off uint32) {
	v := r.number()
	if k = v >> 1; k == 0 {
		r.bad = true
	}
	if v&1 != 0 {
		if off = r.number(); off == 0 {
			r.bad = true
		}
	}
	return k, off
}

// canonical reports whether no two pieces should have been one.
func (d *decoder) canonical() bool {
	for i := 1; i < len(d.list); i++ {
		if d.list[i].follows(&d.list[i-1]) {
			return false
		}
	}
	return true
}
