package history

import (
	"errors"

	"edgeboard/shared/wire"
)

// Kind says what a record is.
type Kind uint8

const (
	Snapshot Kind = 1
	Update   Kind = 2
)

// Record is one entry of a board's past, see the package comment.
type Record struct {
	Kind Kind
	At   uint64 // updates that were stored with it
	When int64  // milliseconds since 1970 UTC; 0: not known
	Data []byte
}

// ErrMalformed is of bytes that are no records.
var ErrMalformed = errors.New("history: the bytes are no records of a board's past")

// Append appends the encoded record.
func (r *Record) Append(b []byte) []byte {
	b = wire.AppendUvarint(b, uint64(r.Kind))
	b = wire.AppendUvarint(b, r.At)
	b = wire.AppendUvarint(b, uint64(max(r.When, 0)))
	return wire.AppendBytes(b, r.Data)
}

// Parse parses the record that b begins with, and returns what follows it. Data is
// part of b.
func (r *Record) Parse(b []byte) (rest []byte, err error) {
	kind, b, err := wire.Uvarint(b)
	if err == nil {
		r.At, b, err = wire.Uvarint(b)
	}
	var when uint64
	if err == nil {
		when, b, err = wire.Uvarint(b)
	}
	if err == nil {
		r.Data, b, err = wire.Bytes(b)
	}
	if err != nil || kind > 255 || when > 1<<62 || r.At > 1<<53 {
		return nil, ErrMalformed
	}
	r.Kind, r.When = Kind(kind), int64(when)
	return b, nil
}
