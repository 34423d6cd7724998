package sse

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/http"
	"strconv"
	"time"

	"edgeboard/shared/wire/wirejson"
)

const eventStream = "text/event-stream"

// writeAt is how many bytes are put together before they are written, and
// largeBuffer up to where their memory is kept.
const (
	writeAt     = 16 << 10
	largeBuffer = 64 << 10
)

// carry answers a GET with the events after a number until one side ends that.
func (s *session) carry(w http.ResponseWriter, r *http.Request, after uint64, fresh bool) {
	out := &response{http.NewResponseController(w), make(chan struct{}, 1), make(chan struct{})}
	switch err := s.attach(out, after); {
	case errors.Is(err, errBehind):
		// It would miss some for ever.
		s.hangUp(err)
		http.Error(w, "the events after this one are kept no longer: open a new session", http.StatusGone)
		return
	case err != nil:
		http.Error(w, "there is no such session, or it has ended", http.StatusNotFound)
		return
	}
	defer s.detach(out)
	h := w.Header()
	h.Set("Content-Type", eventStream)
	h.Set("X-Accel-Buffering", "no") // for nginx
	if r.ProtoMajor == 1 {
		h.Set("Connection", "close") // the deadline of its last write stays with it
	}
	c := &carrier{session: s, w: w, out: out, at: after}
	c.buf = append(c.buf, ":\nretry: "...)
	c.buf = strconv.AppendInt(c.buf, reconnectAfter.Milliseconds(), 10)
	c.buf = append(c.buf, "\n\n"...)
	if fresh {
		data, err := json.Marshal(opened{s.id})
		if err != nil {
			panic("sse: " + err.Error()) // text
		}
		c.buf = append(c.appendID(c.buf), "event: session\ndata: "...)
		c.buf = append(append(c.buf, data...), "\n\n"...)
	}
	if c.flush() != nil {
		return // the client has gone
	}
	heartbeat := time.NewTicker(heartbeatEvery)
	defer heartbeat.Stop()
	for {
		last, err := c.write()
		if err != nil || last {
			return
		}
		select {
		case <-out.wake:
		case <-heartbeat.C:
			c.buf = append(c.buf, ":\n\n"...)
			if c.flush() != nil {
				return
			}
			if s.reader {
				// It cannot say itself that it is here. A message without frames
				// says nothing else (W1).
				select {
				case s.in <- nil:
				default:
				}
			}
		case <-out.stop:
			return
		case <-s.gone:
			return
		case <-r.Context().Done():
			return
		}
	}
}

// carrier writes a session's events into a response.
type carrier struct {
	session *session
	w       http.ResponseWriter
	out     *response
	at      uint64 // the event that was written last
	buf     []byte
}

// write writes what waits. It reports whether the close event was among that.
func (c *carrier) write() (last bool, err error) {
	s := c.session
	events, last := s.after(c.out, c.at)
	for _, e := range events {
		c.at++
		if err := c.appendEvent(e); err != nil {
			return false, err
		}
		if len(c.buf) >= writeAt {
			if err := c.send(); err != nil {
				return false, err
			}
		}
	}
	if last {
		c.buf = appendClose(c.buf, s.code, s.reason)
	}
	if len(events) == 0 && !last {
		return false, nil
	}
	if err := c.flush(); err != nil {
		return false, err
	}
	s.wrote(c.out, c.at, last)
	return last, nil
}

func (c *carrier) appendID(b []byte) []byte {
	b = append(append(b, "id: "...), c.session.id...)
	return append(strconv.AppendUint(append(b, '.'), c.at, 10), '\n')
}

// appendEvent appends event number at. A frame of a kind that JSON has no name
// for leaves a number out.
func (c *carrier) appendEvent(e []byte) (err error) {
	before := len(c.buf)
	c.buf = append(c.appendID(c.buf), "data: "...)
	if c.session.form == asBase64 {
		c.buf = base64.StdEncoding.AppendEncode(c.buf, e)
	} else {
		data := len(c.buf)
		if c.buf, err = wirejson.AppendFrame(c.buf, e); err != nil {
			return err
		}
		if len(c.buf) == data {
			c.buf = c.buf[:before]
			return nil
		}
	}
	c.buf = append(c.buf, "\n\n"...)
	return nil
}

// send hands over what is put together.
func (c *carrier) send() error {
	_, err := c.w.Write(c.buf)
	c.buf = c.buf[:0]
	if cap(c.buf) > largeBuffer {
		c.buf = nil
	}
	return err
}

func (c *carrier) flush() error {
	if err := c.send(); err != nil {
		return err
	}
	return c.out.control.Flush()
}
