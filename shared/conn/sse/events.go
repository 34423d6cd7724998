package sse

import (
	"bufio"
	"bytes"
	"errors"
	"io"

	"edgeboard/shared/conn"
)

// event is one of an event stream.
type event struct {
	id   string // of this event, or of one before
	name string // "" for what has no name
	data []byte // valid until the next one is read
}

// eventReader reads an event stream (WHATWG HTML, section 9.2.6). Fields that
// are not known are skipped, and what is not ended by an empty line.
type eventReader struct {
	r     *bufio.Reader
	limit int // bytes of a line, and of the data of an event

	begun bool
	cr    bool // the last line ended with CR: LF may belong to it
	line  []byte
	id    string
	name  string
	data  []byte
}

// smallBuffer is what is left of the memory of a large event.
const smallBuffer = 1 << 10

// newEventReader returns a reader that refuses lines and data over limit bytes.
func newEventReader(r io.Reader, limit int) *eventReader {
	return &eventReader{r: bufio.NewReaderSize(r, 16<<10), limit: limit}
}

// next returns the next event. It returns conn.ErrTooLarge for one over the
// limit, after which the stream is of no use.
func (e *eventReader) next() (event, error) {
	e.name, e.data = "", shrink(e.data)
	for {
		if err := e.readLine(); err != nil {
			return event{}, err
		}
		if len(e.line) == 0 {
			if len(e.data) == 0 {
				e.name = ""
				continue
			}
			return event{e.id, e.name, e.data[:len(e.data)-1]}, nil
		}
		field, value, _ := bytes.Cut(e.line, []byte(":"))
		value = bytes.TrimPrefix(value, []byte(" "))
		switch string(field) {
		case "data":
			if len(e.data)+len(value) > e.limit {
				return event{}, conn.ErrTooLarge
			}
			e.data = append(append(e.data, value...), '\n')
		case "event":
			e.name = string(value)
		case "id":
			if !bytes.Contains(value, []byte{0}) {
				e.id = string(value)
			}
		}
	}
}

// readLine reads a line without its end, which is CR, LF or both.
func (e *eventReader) readLine() error {
	e.line = shrink(e.line)
	for {
		if _, err := e.r.Peek(1); err != nil {
			if errors.Is(err, io.EOF) {
				err = io.ErrUnexpectedEOF // a stream has no end
			}
			return err
		}
		have, _ := e.r.Peek(e.r.Buffered())
		if e.cr && have[0] == '\n' {
			e.cr = false
			_, _ = e.r.Discard(1)
			continue
		}
		e.cr = false
		part := have
		end := bytes.IndexByte(part, '\n')
		if end >= 0 {
			part = part[:end]
		}
		if cr := bytes.IndexByte(part, '\r'); cr >= 0 {
			part, end, e.cr = part[:cr], cr, true
		}
		if len(e.line)+len(part) > e.limit+len("data: ") {
			return conn.ErrTooLarge
		}
		e.line = append(e.line, part...)
		if end < 0 {
			_, _ = e.r.Discard(len(part))
			continue
		}
		_, _ = e.r.Discard(end + 1)
		if !e.begun {
			e.begun = true
			e.line = bytes.TrimPrefix(e.line, []byte("\ufeff"))
		}
		return nil
	}
}

// shrink empties a buffer, and forgets one that is large.
func shrink(b []byte) []byte {
	if cap(b) > largeBuffer {
		return make([]byte, 0, smallBuffer)
	}
	return b[:0]
}
