// Package pipe is a TCP connection's detour on which the bytes are counted, and go no
// faster than they may.
package pipe

import (
	"net"
	"sync"
	"sync/atomic"
	"time"
)

// Pipe is a way to a server.
type Pipe struct {
	Address string // host:port

	bytes atomic.Int64
	rate  float64 // bytes a second each way; 0: as they come
	to    string
	l     net.Listener
	wg    sync.WaitGroup

	mu   sync.Mutex
	free [2]time.Time          // when either way is
	open map[net.Conn]struct{} // nil once the pipe is closed
}

// New returns a way to host:port, on which so many bytes a second go each way; 0: as
// they come.
func New(to string, rate float64) (*Pipe, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	p := &Pipe{Address: l.Addr().String(), rate: rate, to: to, l: l, open: map[net.Conn]struct{}{}}
	p.wg.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			p.wg.Go(func() { p.carry(c) })
		}
	})
	return p, nil
}

// Bytes returns how many have gone through, both ways together.
func (p *Pipe) Bytes() int64 { return p.bytes.Load() }

// Close ends all that goes through.
func (p *Pipe) Close() {
	p.l.Close()
	p.mu.Lock()
	for c := range p.open {
		c.Close()
	}
	p.open = nil
	p.mu.Unlock()
	p.wg.Wait()
}

func (p *Pipe) carry(c net.Conn) {
	far, err := net.Dial("tcp", p.to)
	if err != nil {
		c.Close()
		return
	}
	p.mu.Lock()
	closed := p.open == nil
	if !closed {
		p.open[c], p.open[far] = struct{}{}, struct{}{}
	}
	p.mu.Unlock()
	if closed {
		c.Close()
		far.Close()
		return
	}
	p.wg.Go(func() { p.pass(0, far, c) })
	p.pass(1, c, far)
	p.mu.Lock()
	delete(p.open, c)
	delete(p.open, far)
	p.mu.Unlock()
}

// pass passes bytes on one way, until either end has enough.
func (p *Pipe) pass(way int, to, from net.Conn) {
	defer to.Close()
	defer from.Close()
	b := make([]byte, 8<<10)
	for {
		n, err := from.Read(b)
		p.bytes.Add(int64(n))
		p.wait(way, n)
		if n > 0 {
			if _, err := to.Write(b[:n]); err != nil {
				return
			}
		}
		if err != nil {
			return
		}
	}
}

// wait waits until n bytes more have had their time.
func (p *Pipe) wait(way, n int) {
	if p.rate == 0 {
		return
	}
	p.mu.Lock()
	if now := time.Now(); p.free[way].Before(now) {
		p.free[way] = now
	}
	p.free[way] = p.free[way].Add(time.Duration(float64(n) / p.rate * float64(time.Second)))
	until := p.free[way]
	p.mu.Unlock()
	time.Sleep(time.Until(until))
}
