package board

import "iter"

// Properties yields what the element's properties hold, those that this version
// does not know too, by ascending key. Properties that hold nothing are left out.
func (e *Element) Properties() iter.Seq2[Key, Value] {
	return func(yield func(Key, Value) bool) {
		for i := range e.registers {
			r := &e.registers[i]
			if v := e.board.value(r); !v.IsNone() && !yield(r.key, v) {
				return
			}
		}
	}
}

// IsString reports whether v is a string.
func (v Value) IsString() bool { return v.typ == typeString }

// IsInt reports whether v is a whole number by its type.
func (v Value) IsInt() bool { return v.typ == typeInt }
