package wire

// The setters below store a field's value and refuse one of the wrong wire
// type. A value over 32 bits is cut, as proto3 prescribes.

func (f *field) uint64(v *uint64) error {
	if f.typ != typeVarint {
		return ErrField
	}
	*v = f.num
	return nil
}

func (f *field) uint32(v *uint32) error {
	if f.typ != typeVarint {
		return ErrField
	}
	*v = uint32(f.num)
	return nil
}

func (f *field) sint32(v *int32) error {
	if f.typ != typeVarint {
		return ErrField
	}
	*v = unzigzag32(uint32(f.num))
	return nil
}

func (f *field) bool(v *bool) error {
	if f.typ != typeVarint {
		return ErrField
	}
	*v = f.num != 0
	return nil
}

func (f *field) bytes(v *[]byte) error {
	if f.typ != typeBytes {
		return ErrField
	}
	*v = append((*v)[:0], f.data...)
	return nil
}

func (f *field) text(v *string, limit int) error {
	if f.typ != typeBytes {
		return ErrField
	}
	if !validText(f.data, limit) {
		return ErrText
	}
	*v = string(f.data)
	return nil
}
