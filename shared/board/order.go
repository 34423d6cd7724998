package board

import (
	"cmp"
	"slices"
	"strings"
)

// Elements lie on each other in the order of their keys: strings of digits in
// which there is always room for another between two (fractional indexing). An
// element without KeyOrder has the key of its creation, so that what is new
// lies on top; ties are broken by the stamp of the creation.

// digits are in the order of their bytes.
const digits = "-0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz"

// creationDigits is the length of the key of a creation: 48 bits.
const creationDigits = 8

func creationKey(lamport uint64) string {
	var k [creationDigits]byte
	for i := range k {
		k[i] = digits[lamport>>(6*(creationDigits-1-i))&63]
	}
	return string(k[:])
}

// orderKey returns the effective key of an element, and whether it is the one
// of its creation.
func (e *Element) orderKey() (key string, own bool) {
	if i, ok := e.find(KeyOrder); ok && e.registers[i].typ == typeString {
		if s := e.board.strings[e.registers[i].num]; s != "" {
			return s, true
		}
	}
	return "", false
}

// compareOrder puts the element with the greater key on top.
func (b *Board) compareOrder(x, y *Element) int {
	kx, ownX := x.orderKey()
	ky, ownY := y.orderKey()
	if ownX || ownY {
		if !ownX {
			kx = creationKey(x.created.lamport())
		}
		if !ownY {
			ky = creationKey(y.created.lamport())
		}
		if c := strings.Compare(kx, ky); c != 0 {
			return c
		}
	}
	return cmp.Or(b.compareStamps(x.created, y.created), x.id.Compare(y.id))
}

// place puts an element into the order.
func (b *Board) place(e *Element) {
	// What is new mostly belongs on top.
	if n := len(b.order); n == 0 || b.compareOrder(b.order[n-1], e) < 0 {
		b.order = append(b.order, e)
		return
	}
	i, _ := slices.BinarySearchFunc(b.order, e, b.compareOrder)
	b.order = slices.Insert(b.order, i, e)
}

func (b *Board) unplace(e *Element) {
	if i, ok := slices.BinarySearchFunc(b.order, e, b.compareOrder); ok {
		b.order = slices.Delete(b.order, i, i+1)
	}
}

// Between returns a value of KeyOrder for an element that is to lie above below
// and under above; nil stands for the bottom and the top. Two digits of it are
// this replica's, so that two people who put something at the same place at the
// same time seldom get the same key.
func (b *Board) Between(below, above *Element) string {
	lo, hi := "", ""
	if below != nil {
		lo = below.effectiveKey()
	}
	if above != nil {
		hi = above.effectiveKey()
	} else {
		// Above all that there is, and below what will be created later.
		hi = creationKey(b.lamport + 1)
		if lo >= hi {
			hi = ""
		}
	}
	jitter := uint64(b.replica) * 0x9e3779b97f4a7c15 >> 32
	return between(lo, hi) + string([]byte{digits[jitter%64], digits[1+jitter/64%63]})
}

func (e *Element) effectiveKey() string {
	if k, own := e.orderKey(); own {
		return k
	}
	return creationKey(e.created.lamport())
}

// between returns a short key after lo and before hi, so that whatever is
// appended to it is so too; "" is the end of the keys on either side. If there
// is none, because lo is not before hi, it is after lo. No key of ours ends with
// the lowest digit: there would be no room before it.
func between(lo, hi string) string {
	var key []byte
	for i := 0; ; i++ {
		l, h := 0, len(digits) // digits of lo and hi here; past the end of lo the lowest
		if i < len(lo) {
			l = digit(lo[i])
		}
		if i >= len(hi) {
			hi = ""
		} else {
			h = digit(hi[i])
		}
		switch {
		case h-l > 1:
			return string(append(key, digits[(l+h)/2]))
		case h-l == 1:
			// Whatever follows is before hi from here on.
			hi = ""
		case h < l:
			hi = ""
		}
		key = append(key, digits[l])
	}
}

// digit returns the value of a digit; another byte, from a faulty writer, counts
// as the nearest one.
func digit(c byte) int {
	i, _ := slices.BinarySearch([]byte(digits), c)
	return min(i, len(digits)-1)
}

// Compare tells which of two elements of the board lies on top: it is positive
// if x does, negative if y does, 0 if they are the same.
func (b *Board) Compare(x, y *Element) int { return b.compareOrder(x, y) }
