package board

import (
	"slices"

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
		if err := b.applyOne(u, jump); err != nil {
			return err
		}
		updates = rest
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
	// What has just arrived may release parked updates, and those others.
	advanced := []Replica{r}
	for len(advanced) > 0 {
		r := advanced[len(advanced)-1]
		advanced = advanced[:len(advanced)-1]
		for _, p := range b.parking.release(r, b.vector[r]) {
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
	return nil
}

// take applies one update. If it needs an operation that has not arrived, it
// changes nothing and returns that operation's ID.
func (b *Board) take(u []byte, jump uint64) (r Replica, wait ID, err error) {
	d := &b.dec
	defer d.shrink()
	if err := d.decode(u); err != nil {
		return 0, ID{}, err
	}
	have := b.vector[d.replica]
	switch {
	case d.end-1 <= have:
		return d.replica, ID{}, nil
	case d.clock >= min(b.lamport+jump, MaxLamport):
		return 0, ID{}, ErrLimit
	case d.seq > have+1:
		return d.replica, ID{d.replica, d.seq - 1}, nil
	case have == 0 && len(b.vector) >= MaxReplicas:
		return 0, ID{}, ErrFull
	}
	d.drop(have)
	if wait, err = b.check(d); err != nil || wait != (ID{}) {
		return d.replica, wait, err
	}
	b.commit(d)
	return d.replica, ID{}, nil
}

// drop removes the operations up to sequence number have.
func (d *decoder) drop(have uint64) {
	i := 0
	for d.ops[i].seq+d.ops[i].n-1 <= have {
		i++
	}
	d.ops = d.ops[i:]
	o := &d.ops[0]
	if o.seq > have {
		return
	}
	if o.tag >= opFirstUnknown {
		d.ops = d.ops[1:] // known in part: only a faulty vector cuts one
		return
	}
	cut := have + 1 - o.seq
	o.seq += cut
	o.lamport += cut
	o.n -= cut
	if o.tag == opPoints {
		o.offset += int(cut)
		o.points = o.points[cut:]
	}
}

// created is what check knows of an element while it walks an update.
type created struct {
	kind   Kind
	points int
}

// check tells whether the decoded update can be applied now: it returns the ID
// of an operation to wait for, or why the update is refused.
func (b *Board) check(d *decoder) (wait ID, err error) {
	elements := len(b.elements)
	var news map[ID]created
	note := func(id ID, c created) {
		if news == nil {
			news = make(map[ID]created)
		}
		news[id] = c
	}
	for i := range d.ops {
		o := &d.ops[i]
		switch o.tag {
		case opCreate:
			if elements++; elements > MaxElements {
				return ID{}, ErrFull
			}
			note(ID{d.replica, o.seq}, created{kind: o.kind})
		case opSet, opPoints:
			if o.tag == opPoints && o.element.Replica != d.replica {
				return ID{}, ErrForeign // whatever arrives later
			}
			c, known := news[o.element]
			if !known {
				if el := b.elements[o.element]; el != nil {
					c, known = created{el.kind, len(el.points)}, true
				}
			}
			if !known {
				if o.element.Replica == d.replica || o.element.Seq <= b.vector[o.element.Replica] {
					return ID{}, ErrContradiction // that operation created nothing
				}
				return o.element, nil
			}
			if o.tag == opSet {
				continue
			}
			if c.kind != KindStroke || o.offset != c.points {
				return ID{}, ErrContradiction
			}
			if c.points += len(o.points); c.points > MaxPoints {
				return ID{}, ErrLimit
			}
			note(o.element, c)
		}
	}
	return ID{}, nil
}

func (b *Board) commit(d *decoder) {
	// The vector first: observers see the board as it will be.
	b.vector[d.replica] = d.end - 1
	b.lamport = max(b.lamport, d.clock)
	for i := range d.ops {
		o := &d.ops[i]
		id := ID{d.replica, o.seq}
		switch o.tag {
		case opCreate:
			b.create(id, o.kind, o.lamport)
		case opSet:
			b.set(b.elements[o.element], register{o.key, o.value, o.seq, stamp{o.lamport, d.replica}})
		case opPoints:
			b.append(b.elements[o.element], o.points, o.seq, o.lamport)
		case opSkip:
		default:
			b.keep(unknownOp{id, o.lamport, o.tag, o.n, slices.Clone(o.payload)})
		}
	}
}

// keep stores an operation of a later version.
func (b *Board) keep(u unknownOp) {
	i, _ := slices.BinarySearchFunc(b.unknown, u.id, func(u unknownOp, id ID) int { return u.id.Compare(id) })
	b.unknown = slices.Insert(b.unknown, i, u)
}

// parking holds updates that arrived before what they need, by the operation
// they wait for.
type parking struct {
	waiting map[Replica][]parkedUpdate
	bytes   int
}

type parkedUpdate struct {
	seq  uint64
	data []byte
}

// add takes a copy of u, if there is room.
func (p *parking) add(wait ID, u []byte) error {
	if p.bytes+len(u) > MaxParked {
		return ErrParked
	}
	p.put(wait, slices.Clone(u))
	return nil
}

func (p *parking) put(wait ID, u []byte) {
	if p.waiting == nil {
		p.waiting = make(map[Replica][]parkedUpdate)
	}
	p.waiting[wait.Replica] = append(p.waiting[wait.Replica], parkedUpdate{wait.Seq, u})
	p.bytes += len(u)
}

// release removes and returns the updates that waited for an operation of r up
// to seq, in order of arrival.
func (p *parking) release(r Replica, seq uint64) (free [][]byte) {
	list := p.waiting[r]
	if len(list) == 0 {
		return nil
	}
	stay := list[:0]
	for _, u := range list {
		if u.seq <= seq {
			free = append(free, u.data)
			p.bytes -= len(u.data)
		} else {
			stay = append(stay, u)
		}
	}
	if len(stay) == 0 {
		delete(p.waiting, r)
	} else {
		p.waiting[r] = stay
	}
	return free
}
