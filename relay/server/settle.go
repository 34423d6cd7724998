package server

import (
	"runtime/debug"
	"sync"
	"time"
)

// settler gives memory back when many have come or gone at once. What it took to
// let them in is garbage then, and their stacks are larger than they need be, but
// where nothing happens afterwards nothing is collected for minutes.
type settler struct {
	collect func() // debug.FreeOSMemory

	mu    sync.Mutex
	since int // connections that have come or gone since the last time
	timer *time.Timer
}

// It takes settleFrom connections, and a pause of settleAfter.
const (
	settleFrom  = 200
	settleAfter = 3 * time.Second
)

func newSettler() *settler { return &settler{collect: debug.FreeOSMemory} }

// count notes that a connection has come or gone.
func (s *settler) count() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.since++
	switch {
	case s.since < settleFrom:
	case s.timer == nil:
		s.timer = time.AfterFunc(settleAfter, s.settle)
	default:
		s.timer.Reset(settleAfter)
	}
}

func (s *settler) settle() {
	s.mu.Lock()
	s.since = 0
	s.mu.Unlock()
	s.collect()
}

// stop ends it: the process is about to.
func (s *settler) stop() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.timer != nil {
		s.timer.Stop()
	}
}
