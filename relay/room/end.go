package room

import (
	"errors"

	"edgeboard/shared/conn"
	"edgeboard/shared/wire"
)

// EndError is why a connection that had said Hello, or that the relay has ended
// on purpose, is over.
type EndError struct {
	Board string    // empty: no Hello that was good
	Code  wire.Code // 0: neither side has said one
	err   error
}

func (e *EndError) Error() string { return e.err.Error() }
func (e *EndError) Unwrap() error { return e.err }

func (m *member) ended(why error) error {
	e := &EndError{Board: m.board, err: why}
	if d, ok := errors.AsType[*denial](why); ok {
		e.Code = d.code
	} else if closed, ok := errors.AsType[*conn.CloseError](why); ok {
		e.Code = wire.Code(closed.Code)
	}
	return e
}
