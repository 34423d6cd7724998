// Package conn is an ordered stream of messages between two peers, whatever
// carries it. Each transport lies in a folder of its own; Pipe is the one in
// memory, for tests and for programs that embed both ends.
package conn

import (
	"context"
	"errors"
	"fmt"
)

// Conn carries messages both ways, in order. Send may be called by one
// goroutine while another is in Receive; neither is called by two at once.
type Conn interface {
	// Send hands one message to the transport and returns when it is taken.
	// The caller may reuse msg afterwards.
	Send(ctx context.Context, msg []byte) error
	// Receive returns the next message, valid until the next call. After the
	// peer has closed it returns a *CloseError.
	Receive(ctx context.Context) ([]byte, error)
	// Close ends the connection with a close code and a reason, and makes
	// calls under way return. It waits for nothing that a peer could withhold.
	// Calls after the first do nothing.
	Close(code uint32, reason string)
}

// CloseError is what Receive returns after the peer has closed: why, in the
// close codes of package wire.
type CloseError struct {
	Code   uint32
	Reason string
}

func (e *CloseError) Error() string {
	return fmt.Sprintf("connection closed by the peer: %d %s", e.Code, e.Reason)
}

// Errors that every transport returns alike.
var (
	// ErrClosed is returned by calls after or during Close on this side.
	ErrClosed = errors.New("conn: closed")
	// ErrTooLarge is returned by Receive for a message over the limit.
	ErrTooLarge = errors.New("conn: message is over the limit")
	// ErrText is returned by Receive for a text message where binary is due.
	ErrText = errors.New("conn: text message where binary is due")
)
