package board

import (
	"iter"
	"slices"
)

// Kind says what an element is. Kinds that this version does not know are kept
// and passed on.
type Kind uint16

// KindStroke is a line drawn by hand.
const KindStroke Kind = 1

// Key names a property. Keys that this version does not know are kept and
// passed on.
type Key uint16

const (
	KeyDeleted Key = 1 // Int, 1: deleted
	KeyColor   Key = 2 // Int, 0xRRGGBB
	KeyWidth   Key = 3 // Int, eighths of a board unit
)

// Point is one sample of a stroke.
type Point struct {
	X, Y     int32 // eighths of a board unit
	Pressure uint8 // 0 lightest, 255 hardest
}

// PointsPerUnit is how many steps of Point.X and Point.Y make a board unit,
// which is one CSS pixel at a zoom of 100 %.
const PointsPerUnit = 8

// Value is what a property holds: a whole number or a string.
type Value struct {
	isString bool
	i        int64
	s        string
}

// Int is a number value.
func Int(i int64) Value { return Value{i: i} }

// String is a string value.
func String(s string) Value { return Value{isString: true, s: s} }

// Int returns the number, or 0 if v is a string.
func (v Value) Int() int64 { return v.i }

// Str returns the string, or "" if v is a number.
func (v Value) Str() string { return v.s }

// compare breaks the tie of equal stamps, which only a faulty writer makes: it
// must not split the replicas.
func (v Value) compare(w Value) int {
	switch {
	case v.isString != w.isString:
		if v.isString {
			return 1
		}
		return -1
	case v.s != w.s:
		if v.s > w.s {
			return 1
		}
		return -1
	case v.i != w.i:
		if v.i > w.i {
			return 1
		}
		return -1
	}
	return 0
}

// register is one last-writer-wins property.
type register struct {
	key   Key
	value Value
	seq   uint64
	stamp stamp
}

// run is a stretch of points that were written with consecutive sequence
// numbers and Lamport times: point first+i has seq+i and lamport+i.
type run struct {
	first   int
	n       int
	seq     uint64
	lamport uint64
}

// Element is one drawn thing. It is a view into the board: valid until the next
// change, and not to be kept.
type Element struct {
	id        ID
	kind      Kind
	lamport   uint64
	registers []register // ascending by key
	points    []Point
	runs      []run
}

// ID returns the element's name.
func (e *Element) ID() ID { return e.id }

// Kind returns what the element is.
func (e *Element) Kind() Kind { return e.kind }

// Get returns the property key, and whether it was ever set.
func (e *Element) Get(key Key) (Value, bool) {
	if i, ok := e.find(key); ok {
		return e.registers[i].value, true
	}
	return Value{}, false
}

// Int returns the number that the property key holds, or otherwise the given.
func (e *Element) Int(key Key, otherwise int64) int64 {
	if v, ok := e.Get(key); ok && !v.isString {
		return v.i
	}
	return otherwise
}

// Deleted reports whether the element is deleted. It is kept, so that the
// deletion can be undone and late writes find it.
func (e *Element) Deleted() bool { return e.Int(KeyDeleted, 0) != 0 }

// Points returns the points of a stroke. The caller does not change them.
func (e *Element) Points() []Point { return e.points }

func (e *Element) find(key Key) (int, bool) {
	return slices.BinarySearchFunc(e.registers, key, func(r register, k Key) int { return int(r.key) - int(k) })
}

// set writes a register if its stamp wins, and reports whether it did.
func (e *Element) set(w register) bool {
	i, ok := e.find(w.key)
	if !ok {
		e.registers = slices.Insert(e.registers, i, w)
		return true
	}
	old := &e.registers[i]
	if c := w.stamp.compare(old.stamp); c < 0 || c == 0 && w.value.compare(old.value) <= 0 {
		return false
	}
	*old = w
	return true
}

// append adds points that were written from seq and lamport on.
func (e *Element) append(points []Point, seq, lamport uint64) {
	if k := len(e.runs); k > 0 {
		last := &e.runs[k-1]
		if n := uint64(last.n); last.seq+n == seq && last.lamport+n == lamport {
			last.n += len(points)
			e.points = append(e.points, points...)
			return
		}
	}
	e.runs = append(e.runs, run{first: len(e.points), n: len(points), seq: seq, lamport: lamport})
	e.points = append(e.points, points...)
}

// Elements yields the elements that are not deleted, from the bottom one to the
// top one.
func (b *Board) Elements() iter.Seq[*Element] {
	return func(yield func(*Element) bool) {
		for _, e := range b.order {
			if !e.Deleted() && !yield(e) {
				return
			}
		}
	}
}

// Element returns the element of the given ID, deleted or not, or nil.
func (b *Board) Element(id ID) *Element { return b.elements[id] }

// Len returns the number of elements that are not deleted.
func (b *Board) Len() int { return b.live }
