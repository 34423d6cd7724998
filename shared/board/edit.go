package board

import (
	"unicode/utf8"

	"edgeboard/shared/board/internal/ink"
	"edgeboard/shared/board/internal/text"
)

// Edit is a run of local operations. They take effect at once; Commit returns
// them as updates for the other replicas, see Board.Apply.
//
//	e := b.Edit()
//	id := e.Create(board.KindStroke)
//	e.Set(id, board.KeyColor, board.Int(0xe03131))
//	e.Append(id, points...)
//	update := e.Commit()
//
// Updates may be applied and snapshots merged while an Edit is under way, but
// there is only one at a time. A method that cannot do what it is asked does nothing, and Err says why.
type Edit struct {
	b   *Board
	enc encoder
	// Lamport time of the next operation, if no update is applied before it.
	lamport uint64
	out     []byte // updates that are long enough
	open    opened
	text    *Element // that Splice has changed last
	err     error
	points  []Point       // of the open operation
	targets []text.Target // scratch
	step    *step         // of a History, or nil
}

// Edit begins a run of local operations. It panics if the board has no replica
// to write as.
func (b *Board) Edit() *Edit {
	if b.replica == 0 {
		panic("board: Edit on a board without a replica")
	}
	e := &Edit{b: b}
	e.begin()
	return e
}

func (e *Edit) begin() {
	e.lamport, e.enc.epoch = e.b.lamport+1, e.b.epoch
	e.enc.begin(e.b.replica, e.b.have(e.b.replica)+1, e.lamport)
}

// next takes n sequence numbers and Lamport times and returns the first ones,
// if there are any left.
func (e *Edit) next(n int) (s slot, seq uint32, lamport uint64, ok bool) {
	b := e.b
	have := b.have(b.replica)
	lamport = b.lamport + 1
	if have+uint64(n) >= MaxSeq || lamport+uint64(n) > MaxLamport || have == 0 && len(b.writers) >= MaxReplicas {
		e.fail(ErrFull)
		return 0, 0, 0, false
	}
	if len(e.enc.buf) > splitUpdate || lamport != e.lamport || b.epoch != e.enc.epoch {
		e.close()
		e.out = e.enc.end(e.out)
		e.begin()
	}
	s = b.slotOf(b.replica)
	b.writers[s].seq += uint32(n)
	b.lamport += uint64(n)
	e.lamport = b.lamport + 1
	return s, uint32(have) + 1, lamport, true
}

// Create makes an element and returns its ID, or the zero ID when the board is
// full.
func (e *Edit) Create(kind Kind) ID {
	if e.b.elements.n >= MaxElements {
		e.fail(ErrFull)
		return ID{}
	}
	s, seq, lamport, ok := e.next(1)
	if !ok {
		return ID{}
	}
	e.close()
	e.enc.create(kind)
	el := e.b.create(s, seq, kind, lamport)
	e.note(deed{element: el.id, kind: didCreate})
	return el.id
}

// Set writes a property. The zero Value clears it.
func (e *Edit) Set(id ID, key Key, value Value) {
	el := e.b.Element(id)
	switch {
	case el == nil:
		e.fail(ErrContradiction)
		return
	case len(value.str) > MaxValue:
		e.fail(ErrLimit)
		return
	case !utf8.ValidString(value.str), value.typ == typeRef && !validID(value.ref):
		e.fail(ErrMalformed)
		return
	case value.typ == typeRef && !e.b.knows(value.ref.Replica) && len(e.b.writers) >= MaxReplicas-1:
		e.fail(ErrFull)
		return
	}
	s, seq, lamport, ok := e.next(1)
	if !ok {
		return
	}
	mine := newStamp(lamport, s)
	if e.step != nil {
		d := deed{element: el.id, kind: didSet, key: key, before: el.Get(key), mine: mine}
		if i, ok := el.find(key); ok {
			d.old = el.registers[i].stamp
		}
		e.note(d)
	}
	e.close()
	e.enc.set(id, key, value)
	e.b.set(el, key, value, mine, seq)
}

func validID(id ID) bool {
	return id.Replica > 0 && id.Replica <= MaxReplica && id.Seq > 0 && id.Seq <= MaxSeq
}

// Append adds points to a stroke that this replica created.
func (e *Edit) Append(id ID, points ...Point) {
	el := e.b.Element(id)
	switch {
	case len(points) == 0:
		return
	case el == nil || el.kind != KindStroke:
		e.fail(ErrContradiction)
		return
	case id.Replica != e.b.replica:
		e.fail(ErrForeign)
		return
	case el.NumPoints()+len(points) > MaxPoints:
		e.fail(ErrLimit)
		return
	}
	if _, seq, _, ok := e.next(len(points)); ok {
		if e.open.tag != opPoints || e.open.el != el {
			e.close()
			e.open, e.points = opened{tag: opPoints, el: el, at: el.NumPoints()}, e.points[:0]
		}
		e.points = append(e.points, points...)
		e.b.append(el, ink.Append(nil, nil, points), len(points), seq)
	}
}

func (e *Edit) fail(err error) {
	if e.err == nil {
		e.err = err
	}
}

// Err returns the first operation's error that was refused, if any. The others
// have taken effect.
func (e *Edit) Err() error { return e.err }

// Commit ends the run and returns it as one or more updates, nil if there was
// nothing.
func (e *Edit) Commit() []byte {
	e.close()
	return e.enc.end(e.out)
}
