package conn

import (
	"context"
	"sync"
)

// Inbox is the receiving half of a transport whose messages come several ways,
// each way on a goroutine of its own. It holds no message. Make one with
// NewInbox.
type Inbox struct {
	in     chan delivery
	done   chan<- struct{} // of what Receive returned last; Receive's
	once   sync.Once
	end    sync.Once
	closed chan struct{}
	ended  chan struct{}
	why    error // read after ended
}

type delivery struct {
	msg  []byte
	done chan<- struct{} // nil if nobody waits
}

// NewInbox returns an Inbox that is open.
func NewInbox() *Inbox {
	return &Inbox{in: make(chan delivery), closed: make(chan struct{}), ended: make(chan struct{})}
}

// Put hands over a message that nobody else uses, and returns when Receive has
// it. It reports false, at once, when the Inbox is closed.
func (i *Inbox) Put(msg []byte) bool { return i.put(delivery{msg: msg}) }

// Lend is Put for a message whose memory is used again: it returns when Receive
// is done with it. If it reports false the memory is not to be used again: whoever
// has received the message may still read it.
func (i *Inbox) Lend(msg []byte) bool {
	done := make(chan struct{})
	if !i.put(delivery{msg, done}) {
		return false
	}
	select {
	case <-done:
		return true
	case <-i.closed:
		return false
	}
}

func (i *Inbox) put(d delivery) bool {
	select {
	case i.in <- d:
		return true
	case <-i.closed:
		return false
	}
}

// End says why nothing more comes. The first reason counts.
func (i *Inbox) End(why error) {
	i.end.Do(func() {
		i.why = why
		close(i.ended)
	})
}

// Close makes Receive return ErrClosed from now on. It reports false if that
// was so already.
func (i *Inbox) Close() (first bool) {
	i.once.Do(func() { first = true; close(i.closed) })
	return first
}

// Closed is closed by Close.
func (i *Inbox) Closed() <-chan struct{} { return i.closed }

// Receive is that of a Conn.
func (i *Inbox) Receive(ctx context.Context) ([]byte, error) {
	if i.done != nil {
		close(i.done)
		i.done = nil
	}
	select {
	case <-i.closed:
		return nil, ErrClosed
	default:
	}
	// The end is the end of what comes in order: nothing of that is left then.
	select {
	case <-i.ended:
		return nil, i.why
	default:
	}
	select {
	case d := <-i.in:
		i.done = d.done
		return d.msg, nil
	case <-i.closed:
		return nil, ErrClosed
	case <-i.ended:
		return nil, i.why
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}
