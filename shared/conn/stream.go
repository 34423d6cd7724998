package conn

import (
	"encoding/binary"
	"errors"
	"io"
)

// On a stream of bytes each message is preceded by its length as a uvarint,
// which is that of package encoding/binary and of protobuf.

// AppendMessage appends a message with its length before it.
func AppendMessage(b, msg []byte) []byte {
	return append(AppendLength(b, msg), msg...)
}

// AppendLength appends what stands before a message.
func AppendLength(b, msg []byte) []byte { return binary.AppendUvarint(b, uint64(len(msg))) }

// A StreamReader's buffer grows with what has come, not with what is announced,
// and shrinks back to smallBuffer after a message over largeBuffer.
const (
	smallBuffer = 1 << 10
	largeBuffer = 64 << 10
)

// StreamReader takes messages off a stream of bytes.
type StreamReader struct {
	r     io.Reader
	limit int
	buf   []byte // from the stream, and not yet returned
	next  int    // bytes of buf that Next has returned
}

// NewStreamReader returns a reader that refuses messages over limit bytes.
func NewStreamReader(r io.Reader, limit int) *StreamReader {
	return &StreamReader{r: r, limit: limit, buf: make([]byte, 0, smallBuffer)}
}

// Next returns the next message, valid until the next call. At the end between
// two messages it returns io.EOF, within one io.ErrUnexpectedEOF. After an
// error the stream is of no use.
func (s *StreamReader) Next() ([]byte, error) {
	s.drop()
	var size uint64
	length := 0
	for {
		if size, length = binary.Uvarint(s.buf); length > 0 {
			break
		}
		if length < 0 {
			return nil, ErrMalformed
		}
		if err := s.fill(); err != nil {
			if errors.Is(err, io.EOF) && len(s.buf) > 0 {
				err = io.ErrUnexpectedEOF
			}
			return nil, err
		}
	}
	if size > uint64(s.limit) {
		return nil, ErrTooLarge
	}
	for s.next = length + int(size); len(s.buf) < s.next; {
		if err := s.fill(); err != nil {
			if errors.Is(err, io.EOF) {
				err = io.ErrUnexpectedEOF
			}
			return nil, err
		}
	}
	return s.buf[length:s.next:s.next], nil
}

// drop forgets what Next has returned.
func (s *StreamReader) drop() {
	rest := s.buf[s.next:]
	s.next = 0
	if cap(s.buf) > largeBuffer && len(rest) <= smallBuffer {
		s.buf = append(make([]byte, 0, smallBuffer), rest...)
		return
	}
	s.buf = s.buf[:copy(s.buf, rest)]
}

// fill reads once.
func (s *StreamReader) fill() error {
	if len(s.buf) == cap(s.buf) {
		s.buf = append(s.buf, 0)[:len(s.buf)]
	}
	n, err := s.r.Read(s.buf[len(s.buf):cap(s.buf)])
	s.buf = s.buf[:len(s.buf)+n]
	if n > 0 {
		return nil // the error comes again
	}
	return err
}
