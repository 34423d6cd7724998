package conn

import (
	"context"
	"slices"
	"sync"
)

// Lost is the fate of a datagram that does not arrive.
const Lost = -1

// Sizes of a pipe with datagrams.
const (
	pipeMaxDatagram = 1100
	pipeDatagrams   = 32 // wait for Receive; further ones are lost
)

// PipeDatagrams is Pipe with the abilities Datagrams and Apart. fate says what
// becomes of the n-th datagram of each end, n from 0 on: Lost, or how many
// later ones of that end overtake it. A nil fate lets all arrive in order.
func PipeDatagrams(fate func(n int) int) (Conn, Conn) {
	a, b := newPipe()
	return &datagramPipe{pipe: a, far: farEnd(b), fate: fate}, &datagramPipe{pipe: b, far: farEnd(a), fate: fate}
}

// far is where an end's datagrams and messages apart go.
type far struct {
	apart     chan<- []byte
	datagrams chan<- []byte
}

func farEnd(p *pipe) far {
	apart, datagrams := make(chan []byte), make(chan []byte, pipeDatagrams)
	p.apart, p.datagrams = apart, datagrams
	return far{apart, datagrams}
}

type datagramPipe struct {
	*pipe
	far  far
	fate func(n int) int

	mu   sync.Mutex
	sent int
	late []lateDatagram
}

type lateDatagram struct {
	msg   []byte
	after int // which one it follows
}

func (p *datagramPipe) MaxDatagram() int { return pipeMaxDatagram }

func (p *datagramPipe) SendDatagram(msg []byte) error {
	if err := p.ended(); err != nil {
		return err
	}
	if len(msg) > pipeMaxDatagram {
		return ErrTooLarge
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	n, fate := p.sent, 0
	p.sent++
	if p.fate != nil {
		fate = p.fate(n)
	}
	switch {
	case fate > 0:
		p.late = append(p.late, lateDatagram{slices.Clone(msg), n + fate})
	case fate == 0:
		p.deliver(slices.Clone(msg))
	}
	for i := 0; i < len(p.late); {
		if p.late[i].after > n {
			i++
			continue
		}
		p.deliver(p.late[i].msg)
		p.late = slices.Delete(p.late, i, i+1)
	}
	return nil
}

func (p *datagramPipe) deliver(msg []byte) {
	select {
	case p.far.datagrams <- msg:
	default:
	}
}

func (p *datagramPipe) SendApart(ctx context.Context, msg []byte) error {
	return p.put(ctx, p.far.apart, msg)
}
