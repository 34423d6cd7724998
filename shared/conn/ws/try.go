package ws

import (
	"encoding/binary"

	"edgeboard/shared/conn"
)

// tryMost is the greatest message that TrySend takes. Others are long enough for
// a goroutine not to matter.
const tryMost = 16 << 10

// trier is a wsConn of a server over plain TCP: its messages need no mask, and its
// socket can say whether it would have to wait.
type trier struct{ *wsConn }

// TrySend writes the frame itself, in one system call: what the library does
// besides costs a third as much again. A frame of a server is its head and the
// message (RFC 6455, section 5.2).
func (c trier) TrySend(msg []byte) (taken bool, err error) {
	if len(msg) > tryMost || !c.writing.TryLock() {
		return false, nil
	}
	if c.isClosed() || c.over.Load() {
		c.writing.Unlock()
		return false, conn.ErrClosed
	}
	f := c.cork
	if !f.writing.TryLock() { // the answer to a ping is under way
		c.writing.Unlock()
		return false, nil
	}
	unlock := func() { f.writing.Unlock(); c.writing.Unlock() }
	buf := pool.Get().(*[]byte)
	*buf = append(appendHead((*buf)[:0], len(msg)), msg...)
	n, err := f.try(*buf)
	switch {
	case err != nil:
		err = c.translate(err)
	case n == len(*buf):
		taken = true
	case n > 0:
		// The rest of the frame goes before anything else. An error shows in what is
		// sent next, and in Receive.
		go func() {
			defer unlock()
			_, _ = f.Conn.Write((*buf)[n:])
		}()
		return true, nil
	}
	pool.Put(buf)
	unlock()
	return taken, err
}

// appendHead appends the head of a binary message that is one frame.
func appendHead(b []byte, n int) []byte {
	const finBinary = 0x82
	switch {
	case n < 126:
		return append(b, finBinary, byte(n))
	case n < 1<<16:
		return binary.BigEndian.AppendUint16(append(b, finBinary, 126), uint16(n))
	}
	return binary.BigEndian.AppendUint64(append(b, finBinary, 127), uint64(n))
}
