package board

import "unicode/utf8"

// Edit is a run of local operations. They take effect at once; Commit returns
// them as updates for the other replicas, see Board.Apply.
//
//	e := b.Edit()
//	id := e.Create(board.KindStroke)
//	e.Set(id, board.KeyColor, board.Int(0xe03131))
//	e.Append(id, points...)
//	update := e.Commit()
//
// Updates may be applied while an Edit is under way, but there is only one at a
// time.
type Edit struct {
	b   *Board
	enc encoder
	// Lamport time of the next operation, if no update is applied before it.
	lamport uint64
	out     []byte // updates that are long enough
	err     error
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
	e.lamport = e.b.lamport + 1
	e.enc.begin(e.b.replica, e.b.vector[e.b.replica]+1, e.lamport)
}

// next takes n sequence numbers and Lamport times and returns the first ones,
// if there are any left.
func (e *Edit) next(n int) (seq, lamport uint64, ok bool) {
	b := e.b
	seq, lamport = b.vector[b.replica]+1, b.lamport+1
	if seq+uint64(n) > MaxSeq || lamport+uint64(n) > MaxLamport || seq == 1 && len(b.vector) >= MaxReplicas {
		e.fail(ErrFull)
		return 0, 0, false
	}
	if len(e.enc.buf) > splitUpdate || lamport != e.lamport {
		e.out = e.enc.end(e.out)
		e.begin()
	}
	b.vector[b.replica] += uint64(n)
	b.lamport += uint64(n)
	e.lamport = b.lamport + 1
	return seq, lamport, true
}

// Create makes an element and returns its ID, or the zero ID when the board is
// full.
func (e *Edit) Create(kind Kind) ID {
	if len(e.b.elements) >= MaxElements {
		e.fail(ErrFull)
		return ID{}
	}
	seq, lamport, ok := e.next(1)
	if !ok {
		return ID{}
	}
	e.enc.create(kind)
	id := ID{e.b.replica, seq}
	e.b.create(id, kind, lamport)
	return id
}

// Set writes a property.
func (e *Edit) Set(id ID, key Key, value Value) {
	el := e.b.elements[id]
	switch {
	case el == nil:
		e.fail(ErrContradiction)
		return
	case len(value.s) > MaxValue:
		e.fail(ErrLimit)
		return
	case !utf8.ValidString(value.s):
		e.fail(ErrMalformed)
		return
	}
	if seq, lamport, ok := e.next(1); ok {
		e.enc.set(id, key, value)
		e.b.set(el, register{key: key, value: value, seq: seq, stamp: stamp{lamport, e.b.replica}})
	}
}

// Append adds points to a stroke that this replica created.
func (e *Edit) Append(id ID, points ...Point) {
	el := e.b.elements[id]
	switch {
	case len(points) == 0:
		return
	case el == nil || el.kind != KindStroke:
		e.fail(ErrContradiction)
		return
	case id.Replica != e.b.replica:
		e.fail(ErrForeign)
		return
	case len(el.points)+len(points) > MaxPoints:
		e.fail(ErrLimit)
		return
	}
	if seq, lamport, ok := e.next(len(points)); ok {
		e.enc.points(id, len(el.points), points)
		e.b.append(el, points, seq, lamport)
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
func (e *Edit) Commit() []byte { return e.enc.end(e.out) }
