package board

import (
	"slices"
	"unicode/utf8"

	"edgeboard/shared/board/internal/ink"
	"edgeboard/shared/board/internal/text"
	"edgeboard/shared/wire"
)

// Apply takes one or more updates of other replicas, as Edit.Commit and Diff
// return them, also concatenated. What the board has already is skipped; an
// update that needs operations which have not arrived is parked until they do:
// Seq does not count it before that.
//
// An update is taken whole or not at all. At the first one that is refused
// Apply stops and returns a typed error; the ones before it have been taken.
func (b *Board) Apply(updates []byte) error { return b.apply(updates, MaxLamport) }

// Accept is Apply for updates that come straight from their writer, which is
// not trusted: it also refuses an update that is MaxLamportJump or more ahead
// of the board's clock. What one board has accepted, all others apply.
func (b *Board) Accept(updates []byte) error { return b.apply(updates, MaxLamportJump) }

func (b *Board) apply(updates []byte, jump uint64) error {
	for len(updates) > 0 {
		u, rest, err := wire.Bytes(updates)
		if err != nil {
			return ErrMalformed
		}
		if len(u) > MaxUpdate {
			return ErrLimit
		}
		updates = rest
		if b.parking.bytes == 0 && b.takeFast(u, jump) {
			continue
		}
		if err := b.applyOne(u, jump); err != nil {
			return err
		}
	}
	return nil
}

func (b *Board) applyOne(u []byte, jump uint64) error {
	r, wait, err := b.take(u, jump)
	if err != nil {
		return err
	}
	if wait != (ID{}) {
		return b.parking.add(wait, u)
	}
	if b.parking.bytes > 0 {
		b.unpark(r)
	}
	return nil
}

// unpark tries again what waited for operations of r, and what that releases.
func (b *Board) unpark(r Replica) {
	advanced := []Replica{r}
	for len(advanced) > 0 {
		r := advanced[len(advanced)-1]
		advanced = advanced[:len(advanced)-1]
		for _, p := range b.parking.release(r, b.have(r)) {
			switch r, wait, err := b.take(p, MaxLamport); {
			case err != nil:
				// Its sender was told nothing was wrong when it came; it
				// contradicts what arrived since, and is dropped.
			case wait != (ID{}):
				// It took no room from others when it was let in.
				b.parking.put(wait, p)
			default:
				advanced = append(advanced, r)
			}
		}
	}
}

// take applies one update. If it needs an operation that has not arrived, it
// changes nothing and returns that operation's ID.
func (b *Board) take(u []byte, jump uint64) (r Replica, wait ID, err error) {
	d := &b.dec
	if err := d.decode(u); err != nil {
		d.shrink()
		return 0, ID{}, err
	}
	r = d.replica
	if err = b.admit(d, jump); err == nil {
		have := b.have(r)
		switch {
		case d.end-1 <= have:
		case d.epoch > b.epoch || d.epoch+MaxEpochs < b.epoch:
			err = ErrEpoch
		case d.seq > have+1:
			wait = ID{r, d.seq - 1}
		default:
			d.drop(have)
			if d.epoch < b.epoch {
				b.translate(d)
			}
			if wait, err = b.check(d); err == nil && wait == (ID{}) {
				b.commit(d)
			}
		}
	}
	d.shrink()
	return r, wait, err
}

// admit refuses what is over a limit of the whole document.
func (b *Board) admit(d *decoder, jump uint64) error {
	switch {
	case d.clock >= min(b.lamport+jump, MaxLamport):
		return ErrLimit
	case len(b.writers) >= MaxReplicas:
		if _, known := b.slots[d.replica]; !known {
			return ErrFull
		}
	}
	return nil
}

// drop removes the operations up to sequence number have.
func (d *decoder) drop(have uint64) {
	i := 0
	for i < len(d.ops) && d.ops[i].seq+d.ops[i].n-1 <= have {
		i++
	}
	d.ops = d.ops[i:]
	if len(d.ops) == 0 || d.ops[0].seq > have {
		return
	}
	o := &d.ops[0]
	cut := have + 1 - o.seq
	switch o.tag {
	case opPoints:
		d.points, _ = ink.Parse(d.points[:0], nil, o.data, int(o.n)) // checked by decode
		o.data = ink.Append(nil, nil, d.points[cut:])
		o.offset += int(cut)
	case opInsert:
		// The characters that are known are the left origin of the others.
		o.left = ID{d.replica, have}
		for range cut {
			_, n := utf8.DecodeRune(o.data)
			o.data = o.data[n:]
		}
	case opHidden:
		o.left = ID{d.replica, have}
	case opLife:
		o.life = o.life.from(uint32(cut))
	case opSkip:
	default:
		d.ops = d.ops[1:] // of a later version: only a faulty vector cuts one
		return
	}
	o.seq += cut
	o.lamport += cut
	o.n -= cut
}

// from returns the run without its first k items.
func (l lifeRun) from(k uint32) lifeRun {
	l.n -= k
	if l.back {
		l.first.Seq -= uint64(k)
	} else {
		l.first.Seq += uint64(k)
	}
	for ; k > 0 && len(l.content) > 0; k-- {
		_, n := utf8.DecodeRune(l.content)
		l.content = l.content[n:]
	}
	return l
}

// created is what check knows of an element while it walks an update.
type created struct {
	kind   Kind
	points int
}

// check tells whether the decoded update can be applied now: it returns the ID
// of an operation to wait for, or why the update is refused. What it lets pass
// cannot fail any more.
func (b *Board) check(d *decoder) (wait ID, err error) {
	var news map[ID]created         // elements that the update creates or appends to
	var unseen map[Replica]struct{} // replicas that are only referred to
	elements, characters := b.elements.n, b.texts.Size()
	for i := range d.ops {
		o := &d.ops[i]
		switch o.tag {
		case opSkip:
			continue
		case opCreate:
			if elements++; elements > MaxElements {
				return ID{}, ErrFull
			}
			if i+1 < len(d.ops) {
				news = note(news, ID{d.replica, o.seq}, created{kind: o.kind})
			}
			continue
		}
		if o.tag >= opFirstUnknown {
			continue
		}
		c, known := news[o.element]
		if !known {
			el := b.Element(o.element)
			if el == nil {
				if d.epoch < b.epoch && o.element.Seq <= b.base[o.element.Replica] {
					o.tag = opSkip // it was removed (B52)
					continue
				}
				if wait = b.lacks(d, o.element); wait == (ID{}) {
					return ID{}, ErrContradiction // that operation created nothing
				}
				if o.tag == opPoints && o.element.Replica != d.replica {
					return ID{}, ErrForeign
				}
				return wait, nil
			}
			c = created{el.kind, int(el.points)}
		}
		switch o.tag {
		case opPoints:
			if o.element.Replica != d.replica {
				return ID{}, ErrForeign
			}
			if c.kind != KindStroke || o.offset != c.points {
				return ID{}, ErrContradiction
			}
			if c.points += int(o.n); c.points > MaxPoints {
				return ID{}, ErrLimit
			}
			if i+1 < len(d.ops) {
				news = note(news, o.element, c)
			}
		case opInsert, opHidden:
			if characters += int(o.n); characters > MaxText {
				return ID{}, ErrFull
			}
			if wait = b.lacks(d, o.left); wait == (ID{}) {
				wait = b.lacks(d, o.right)
			}
		case opLife:
			last := o.life.first
			if !o.life.back {
				last.Seq += uint64(o.life.n) - 1
			}
			wait = b.lacks(d, last)
		case opSet:
			if o.value.typ == typeRef {
				if r := o.value.ref.Replica; !b.knows(r) {
					if unseen == nil {
						unseen = make(map[Replica]struct{})
					}
					// One slot is for the writer.
					if unseen[r] = struct{}{}; len(b.writers)+len(unseen) >= MaxReplicas {
						return ID{}, ErrFull
					}
				}
			}
		}
		if wait != (ID{}) {
			return wait, nil
		}
	}
	return ID{}, nil
}

func note(news map[ID]created, id ID, c created) map[ID]created {
	if news == nil {
		news = make(map[ID]created)
	}
	news[id] = c
	return news
}

// lacks returns id if that operation has not arrived. An update knows its own
// replica's operations before it.
func (b *Board) lacks(d *decoder, id ID) ID {
	if id.Replica == 0 || id.Replica == d.replica || id.Seq <= b.have(id.Replica) {
		return ID{}
	}
	return id
}

func (b *Board) commit(d *decoder) {
	s := b.slotOf(d.replica)
	// The vector first: observers see the board as it will be.
	b.writers[s].seq = uint32(d.end - 1)
	// No clock is behind a count: what its replica writes next must be later.
	b.lamport = max(b.lamport, d.clock, d.end-1)
	for i := range d.ops {
		b.run(s, &d.ops[i])
	}
}

// run applies one operation that was checked.
func (b *Board) run(s slot, o *op) {
	switch o.tag {
	case opCreate:
		b.create(s, uint32(o.seq), o.kind, o.lamport)
		return
	case opSkip:
		return
	}
	if o.tag >= opFirstUnknown {
		b.keep(unknownOp{ID{b.writers[s].id, o.seq}, o.lamport, o.tag, o.n, slices.Clone(o.data)})
		return
	}
	e := b.Element(o.element)
	switch o.tag {
	case opSet:
		b.set(e, o.key, o.value, newStamp(o.lamport, s), uint32(o.seq))
	case opPoints:
		b.append(e, o.data, int(o.n), uint32(o.seq))
	case opInsert, opHidden:
		b.insert(e, text.ID{Slot: text.Slot(s), Seq: uint32(o.seq)}, b.char(o.left), b.char(o.right), o.data, int(o.n))
	case opLife:
		b.life(e, text.ID{Slot: text.Slot(s), Seq: uint32(o.seq)}, o.life)
	}
}

// keep stores an operation of a later version.
func (b *Board) keep(u unknownOp) {
	i, _ := slices.BinarySearchFunc(b.unknown, u.id, func(u unknownOp, id ID) int { return u.id.Compare(id) })
	b.unknown = slices.Insert(b.unknown, i, u)
}
