package conn

import (
	"context"
	"slices"
	"sync"
)

// Pipe returns the two ends of a connection in memory. It holds no message: a
// Send returns when the other end has received.
func Pipe() (Conn, Conn) {
	a, b := newPipe()
	return a, b
}

func newPipe() (a, b *pipe) {
	ab, ba := make(chan []byte), make(chan []byte)
	a = &pipe{send: ab, receive: ba, closed: make(chan struct{})}
	b = &pipe{send: ba, receive: ab, closed: make(chan struct{})}
	a.peer, b.peer = b, a
	return a, b
}

type pipe struct {
	send      chan<- []byte
	receive   <-chan []byte
	apart     <-chan []byte // nil without the ability
	datagrams <-chan []byte
	peer      *pipe

	once   sync.Once
	closed chan struct{} // closed by Close on this end
	reason CloseError    // written before closed is closed
}

func (p *pipe) Send(ctx context.Context, msg []byte) error { return p.put(ctx, p.send, msg) }

func (p *pipe) put(ctx context.Context, way chan<- []byte, msg []byte) error {
	// Of several ready cases select takes any: look at the end first.
	if err := p.ended(); err != nil {
		return err
	}
	select {
	case way <- slices.Clone(msg):
		return nil
	case <-p.closed:
	case <-p.peer.closed:
	case <-ctx.Done():
		return ctx.Err()
	}
	return p.ended()
}

func (p *pipe) Receive(ctx context.Context) ([]byte, error) {
	if err := p.ended(); err != nil {
		return nil, err
	}
	select {
	case msg := <-p.receive:
		return msg, nil
	case msg := <-p.apart:
		return msg, nil
	case msg := <-p.datagrams:
		return msg, nil
	case <-p.closed:
	case <-p.peer.closed:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	return nil, p.ended()
}

func (p *pipe) ended() error {
	select {
	case <-p.closed:
		return ErrClosed
	default:
	}
	select {
	case <-p.peer.closed:
		return &p.peer.reason
	default:
		return nil
	}
}

func (p *pipe) Close(code uint32, reason string) {
	p.once.Do(func() {
		p.reason = CloseError{code, reason}
		close(p.closed)
	})
}
