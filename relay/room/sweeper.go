package room

import (
	"runtime"
	"slices"
	"sync"
)

// sweeper runs the writers of members whose transports can say that a message
// would have to wait (conn.Trier): one goroutine after the other member, as long as
// nobody has to be waited for, instead of one for each. It starts when there is
// something to write, and there are as many as processors at most.
type sweeper struct {
	mu      sync.Mutex
	queue   []*outbox
	running int
	wg      *sync.WaitGroup
}

// sweepMany is how long the queue is when another goroutine is of use.
const sweepMany = 64

// add has the writer of an outbox run soon.
func (s *sweeper) add(o *outbox) {
	s.mu.Lock()
	s.queue = append(s.queue, o)
	more := s.running == 0 || len(s.queue)%sweepMany == 0 && s.running < runtime.GOMAXPROCS(0)
	if more {
		s.running++
	}
	s.mu.Unlock()
	if more {
		s.wg.Go(s.sweep)
	}
}

// sweep runs writers until none waits.
func (s *sweeper) sweep() {
	buf := buffers.Get().(*[]byte)
	defer putBuffer(buf)
	var batch [sweepMany]*outbox
	for {
		s.mu.Lock()
		n := copy(batch[:], s.queue)
		if n == 0 {
			s.running--
			s.mu.Unlock()
			return
		}
		s.queue = slices.Delete(s.queue, 0, n)
		s.mu.Unlock()
		for _, o := range batch[:n] {
			o.write(buf)
		}
		clear(batch[:n])
	}
}
