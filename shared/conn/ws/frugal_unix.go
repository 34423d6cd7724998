//go:build unix

package ws

import (
	"io"
	"syscall"
)

const canWait = true

// fill reads what there is into a buffer, which it takes when there is something.
func (f *frugal) fill() (n int, err error) {
	var failed error
	err = f.raw.Read(func(fd uintptr) bool {
		buf := pool.Get().(*[]byte)
		if cap(*buf) < chunk {
			*buf = make([]byte, 0, chunk)
		}
		for {
			n, failed = syscall.Read(int(fd), (*buf)[:chunk])
			if failed != syscall.EINTR {
				break
			}
		}
		if n > 0 {
			f.in, f.rest = buf, (*buf)[:n]
			return true
		}
		pool.Put(buf)
		return failed != syscall.EAGAIN
	})
	switch {
	case err != nil:
		return 0, err
	case failed != nil:
		return 0, failed
	case n == 0:
		return 0, io.EOF
	}
	return n, nil
}

// try writes as much as goes without waiting.
func (f *frugal) try(p []byte) (n int, err error) {
	var failed error
	err = f.raw.Write(func(fd uintptr) bool {
		for {
			n, failed = syscall.Write(int(fd), p)
			if failed != syscall.EINTR {
				return true
			}
		}
	})
	switch {
	case err != nil:
		return 0, err
	case failed == syscall.EAGAIN:
		return 0, nil
	case failed != nil:
		return 0, failed
	}
	return n, nil
}
