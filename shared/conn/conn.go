// Package conn is an ordered stream of messages between two peers, whatever
// carries it. Each transport lies in a folder of its own; Pipe is the one in
// memory, for tests and for programs that embed both ends.
//
// Some transports can do more: a caller asks a Conn whether it is Datagrams or
// Apart, and does without where it is not.
package conn

import (
	"context"
	"errors"
	"fmt"
)

// Conn carries messages both ways. Those that were handed to Send arrive in the
// order of the calls, none missing; to what came by SendDatagram or SendApart
// they have no order. Send may be called by one goroutine while another is in
// Receive; neither is called by two at once.
type Conn interface {
	// Send hands one message to the transport and returns when it is taken.
	// The caller may reuse msg afterwards.
	Send(ctx context.Context, msg []byte) error
	// Receive returns the next message, whichever way it came, valid until the
	// next call. After the peer has closed it returns a *CloseError.
	Receive(ctx context.Context) ([]byte, error)
	// Close ends the connection with a close code and a reason, and makes
	// calls under way return. It waits for nothing that a peer could withhold.
	// Calls after the first do nothing.
	Close(code uint32, reason string)
}

// Datagrams is what a Conn is besides where the transport can send a message
// once and forget it: for messages of which the newest alone counts. They may
// be lost, and overtake each other and all else. The methods may be called
// beside Send and beside each other.
type Datagrams interface {
	// SendDatagram sends one message, perhaps in vain: that it was lost, or
	// dropped because many wait already, is no error. It waits for nothing. A
	// message over MaxDatagram is refused with ErrTooLarge: send it in order.
	// The caller may reuse msg afterwards.
	SendDatagram(msg []byte) error
	// MaxDatagram returns how large a message may be, in bytes. It may change.
	MaxDatagram() int
}

// Trier is what a Conn is besides where it can tell that a message would have to
// wait: then who has messages for many needs no goroutine for each.
type Trier interface {
	// TrySend is like Send if the transport takes the message without waiting.
	// It reports false where it does not, or where Send or TrySend is under way,
	// and then nothing is sent. The caller may reuse msg afterwards.
	TrySend(msg []byte) (taken bool, err error)
}

// Apart is what a Conn is besides where the transport can send a message on a
// stream of its own: for large ones that nothing else should wait for.
type Apart interface {
	// SendApart is like Send, but the message may overtake others and be
	// overtaken. It arrives, unless the connection is closed before it has.
	// It may be called beside Send and beside itself; of several, some may
	// wait for others.
	SendApart(ctx context.Context, msg []byte) error
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
	// ErrTooLarge is returned by Receive for a message over the limit, and by
	// SendDatagram for one that no datagram holds.
	ErrTooLarge = errors.New("conn: message is over the limit")
	// ErrText is returned by Receive for a text message where binary is due.
	ErrText = errors.New("conn: text message where binary is due")
	// ErrMalformed is returned by Receive for bytes that are no message.
	ErrMalformed = errors.New("conn: bytes that are no message")
)
