package main

import (
	"io"
	"net"
	"sync"

	"github.com/rogpeppe/go-internal/testscript"
)

// wires are the connections to a relay that lead through here, so that they can be cut.
type wires struct {
	listener net.Listener
	to       string
	wg       sync.WaitGroup

	mu    sync.Mutex
	conns map[net.Conn]bool
	ended bool
}

type wiresKey struct{}

// lay leads connections to an address through one of its own.
func lay(to string) (*wires, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	w := &wires{listener: l, to: to, conns: map[net.Conn]bool{}}
	w.wg.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			w.wg.Go(func() { w.lead(c) })
		}
	})
	return w, nil
}

func (w *wires) lead(c net.Conn) {
	defer c.Close()
	r, err := net.Dial("tcp", w.to)
	if err != nil {
		return
	}
	defer r.Close()
	if !w.add(c) {
		return
	}
	defer w.remove(c)
	back := make(chan struct{})
	go func() {
		defer close(back)
		_, _ = io.Copy(c, r) // it ends with either
		c.Close()
	}()
	_, _ = io.Copy(r, c)
	r.Close()
	<-back
}

func (w *wires) add(c net.Conn) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.conns[c] = true
	return !w.ended
}

func (w *wires) remove(c net.Conn) {
	w.mu.Lock()
	defer w.mu.Unlock()
	delete(w.conns, c)
}

// cut ends all connections, and in the end lets no more begin.
func (w *wires) cut(end bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.ended = w.ended || end
	for c := range w.conns {
		c.Close()
	}
}

func (w *wires) close() {
	w.listener.Close()
	w.cut(true)
	w.wg.Wait()
}

// cut is "cut": the connections by way of CUT are lost.
func cut(ts *testscript.TestScript, not bool, args []string) {
	if not || len(args) != 0 {
		ts.Fatalf("usage: cut")
	}
	ts.Value(wiresKey{}).(*wires).cut(false)
}
