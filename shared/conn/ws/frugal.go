package ws

import (
	"bufio"
	"net"
	"net/http"
	"sync"
	"syscall"
)

// frugal is a connection that has a buffer only while something moves: a relay
// has thousands on which nothing does. The library that makes frames of what goes
// through it reads and writes in small pieces; each way they take one system call.
type frugal struct {
	net.Conn
	raw    syscall.RawConn // to wait without a buffer; nil: Conn cannot
	in     *[]byte         // from pool, nil while nothing is there; Read's own
	rest   []byte          // of in: not taken yet
	failed error           // what await got instead: Read tells it, once
	ahead  *bufio.Reader   // the library's own, which may have what comes next; nil: not known

	writing lock
	corked  bool
	out     *[]byte // from pool, nil while nothing waits
}

// chunk is how much is read at once, and the greatest message whose frame is put
// together before it is written.
const chunk = 4 << 10

var pool = sync.Pool{New: func() any { return new([]byte) }}

// lock is a mutex on which a test's simulated time can wait.
type lock chan struct{}

func newLock() lock { return make(lock, 1) }

func (l lock) Lock()   { l <- struct{}{} }
func (l lock) Unlock() { <-l }

func (l lock) TryLock() bool {
	select {
	case l <- struct{}{}:
		return true
	default:
		return false
	}
}

func newFrugal(c net.Conn) *frugal {
	f := &frugal{Conn: c, writing: newLock()}
	if s, ok := c.(syscall.Conn); ok {
		if raw, err := s.SyscallConn(); err == nil && canWait {
			f.raw = raw
		}
	}
	return f
}

func (f *frugal) Read(p []byte) (int, error) {
	switch {
	case len(f.rest) > 0:
	case f.failed != nil:
		err := f.failed
		f.failed = nil
		return 0, err
	case f.raw == nil || len(p) >= chunk:
		return f.Conn.Read(p)
	default:
		n, err := f.fill()
		if n == 0 || err != nil {
			return 0, err
		}
	}
	n := copy(p, f.rest)
	if f.rest = f.rest[n:]; len(f.rest) == 0 {
		pool.Put(f.in)
		f.in, f.rest = nil, nil
	}
	return n, nil
}

// await returns when there is something to read, or an error, which Read tells.
// Whoever waits inside the library has a deep stack meanwhile, and a large one: so
// it is called before, where the next thing to come is a frame.
func (f *frugal) await() {
	if f.raw != nil && f.ahead != nil && f.ahead.Buffered() == 0 && len(f.rest) == 0 && f.failed == nil {
		_, f.failed = f.fill()
	}
}

// Write is called by one goroutine at a time.
func (f *frugal) Write(p []byte) (int, error) {
	f.writing.Lock()
	defer f.writing.Unlock()
	if !f.corked {
		return f.Conn.Write(p)
	}
	if f.out == nil {
		f.out = pool.Get().(*[]byte)
		*f.out = (*f.out)[:0]
	}
	*f.out = append(*f.out, p...)
	return len(p), nil
}

// cork keeps back what is written until uncork.
func (f *frugal) cork() {
	f.writing.Lock()
	f.corked = true
	f.writing.Unlock()
}

func (f *frugal) uncork() error {
	f.writing.Lock()
	defer f.writing.Unlock()
	f.corked = false
	if f.out == nil {
		return nil
	}
	_, err := f.Conn.Write(*f.out)
	pool.Put(f.out)
	f.out = nil
	return err
}

// hijacker hands over a connection with small buffers, and remembers it.
type hijacker struct {
	http.ResponseWriter
	under *frugal
}

// The library's own buffers: bufio has none smaller for reading, and for writing
// this holds a control frame, which is not to be cut in two by TrySend.
const (
	readerSize = 16
	writerSize = 128
)

func (h *hijacker) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	c, rw, err := http.NewResponseController(h.ResponseWriter).Hijack()
	if err != nil {
		return nil, nil, err
	}
	h.under = newFrugal(c)
	if n := rw.Reader.Buffered(); n > 0 {
		// The client has begun to speak.
		early, _ := rw.Reader.Peek(n)
		h.under.in = pool.Get().(*[]byte)
		*h.under.in = append((*h.under.in)[:0], early...)
		h.under.rest = *h.under.in
	}
	h.under.ahead = bufio.NewReaderSize(h.under, readerSize)
	return h.under, bufio.NewReadWriter(h.under.ahead, bufio.NewWriterSize(h.under, writerSize)), nil
}
