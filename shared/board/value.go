package board

import (
	"cmp"
	"math"
)

// Value is what a property holds: nothing, a number, a string, or the name of
// an element. The zero Value is nothing: a property that was never set, or was
// cleared. Values are comparable with ==.
type Value struct {
	typ valueType
	num int64 // an Int; the bits of a Float
	str string
	ref ID
}

type valueType uint8

// The order of these is the order of values of equal stamps, and their numbers
// stand in updates.
const (
	typeNone valueType = iota
	typeInt
	typeFloat
	typeString
	typeRef
)

// Int is a whole number. A truth value is 0 or 1.
func Int(i int64) Value { return Value{typ: typeInt, num: i} }

// Float is a number. Anything that is not a finite number becomes 0.
func Float(f float64) Value {
	if math.IsNaN(f) || math.IsInf(f, 0) || f == 0 {
		f = 0 // one zero, so that equal numbers are equal values
	}
	return Value{typ: typeFloat, num: int64(math.Float64bits(f))}
}

// String is a text that is replaced as a whole. What people edit together is an
// element's text instead.
func String(s string) Value { return Value{typ: typeString, str: s} }

// Ref names an element, which may be deleted or not have arrived.
func Ref(id ID) Value { return Value{typ: typeRef, ref: id} }

// IsNone reports whether v is nothing.
func (v Value) IsNone() bool { return v.typ == typeNone }

// IsNumber reports whether v is a number.
func (v Value) IsNumber() bool { return v.typ == typeInt || v.typ == typeFloat }

// Int returns the number, cut to a whole one that an int64 holds, or 0 if v is
// none.
func (v Value) Int() int64 {
	if v.typ == typeFloat {
		// What a conversion out of range gives depends on the machine.
		switch f := v.Float(); {
		case f >= 1<<63:
			return math.MaxInt64
		case f < -1<<63:
			return math.MinInt64
		default:
			return int64(f)
		}
	}
	return v.num
}

// Float returns the number, or 0 if v is none.
func (v Value) Float() float64 {
	switch v.typ {
	case typeInt:
		return float64(v.num)
	case typeFloat:
		return math.Float64frombits(uint64(v.num))
	}
	return 0
}

// Str returns the string, or "" if v is none.
func (v Value) Str() string { return v.str }

// Ref returns the element's name, or the zero ID if v is none.
func (v Value) Ref() ID { return v.ref }

// compare breaks the tie of equal stamps, which only a faulty writer makes: it
// must not split the replicas.
func (v Value) compare(w Value) int {
	return cmp.Or(
		cmp.Compare(v.typ, w.typ),
		cmp.Compare(v.num, w.num),
		cmp.Compare(v.str, w.str),
		v.ref.Compare(w.ref),
	)
}
