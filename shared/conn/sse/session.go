package sse

import (
	"context"
	"net/http"
	"slices"
	"sync"
	"time"

	"edgeboard/shared/conn"
	"edgeboard/shared/wire"
)

// session is the server's end of a connection.
type session struct {
	id     string
	form   string // asJSON or asBase64
	reader bool   // the server said Hello for it: it sends nothing

	in     chan []byte   // one message that waits for Receive
	room   chan struct{} // a token: what waited was written
	closed chan struct{} // closed by Close
	deaf   chan struct{} // closed when nothing more comes
	gone   chan struct{} // closed when the client is, or will not hear more
	said   chan struct{} // closed when the close event was written

	end error // Receive's: what it has returned at the end

	posting chan struct{} // a token: held by the POST that may read its body
	taken   uint64        // POSTs that were taken; the token's

	mu      sync.Mutex
	heard   error // why deaf
	why     error // why gone
	code    uint32
	reason  string
	events  [][]byte // the last ones: messages, or frames without their length
	last    uint64   // number of the last of events, counted from 1
	written uint64   // number of the last one that was handed to a response
	bytes   int      // of events
	out     *response
	away    *time.Timer // runs while there is no response
	left    time.Time   // when that began
	reading *reading    // the POST whose body is being read
}

// response carries a session's events for a while.
type response struct {
	control *http.ResponseController
	wake    chan struct{} // there may be something to write
	stop    chan struct{} // closed when another one has taken over
}

// reading is a POST whose body is being read.
type reading struct {
	number  uint64
	control *http.ResponseController
}

func newSession(id, form string) *session {
	return &session{
		id: id, form: form,
		in: make(chan []byte, 1), room: make(chan struct{}, 1), posting: make(chan struct{}, 1),
		closed: make(chan struct{}), deaf: make(chan struct{}), gone: make(chan struct{}), said: make(chan struct{}),
	}
}

func is(ch <-chan struct{}) bool {
	select {
	case <-ch:
		return true
	default:
		return false
	}
}

func signal(ch chan<- struct{}) {
	select {
	case ch <- struct{}{}:
	default:
	}
}

func (s *session) Receive(ctx context.Context) ([]byte, error) {
	switch {
	case is(s.closed):
		return nil, conn.ErrClosed
	case s.end != nil:
		return nil, s.end
	}
	select {
	case msg := <-s.in:
		return msg, nil
	case <-s.closed:
		return nil, conn.ErrClosed
	case <-ctx.Done():
		return nil, ctx.Err()
	case <-s.deaf:
	}
	// What was taken before the end comes before it.
	select {
	case msg := <-s.in:
		return msg, nil
	default:
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.end = s.heard
	return nil, s.end
}

// Send holds one message that is not written yet, and waits while there is one.
func (s *session) Send(ctx context.Context, msg []byte) error {
	events, err := s.cut(slices.Clone(msg))
	if err != nil {
		return err
	}
	for {
		if done, err := s.put(events); done || err != nil {
			return err
		}
		select {
		case <-s.room:
		case <-s.closed:
		case <-s.gone:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// cut makes a message events.
func (s *session) cut(msg []byte) (events [][]byte, err error) {
	if s.form == asBase64 {
		return [][]byte{msg}, nil
	}
	for len(msg) > 0 {
		frame, rest, err := wire.Bytes(msg)
		if err != nil {
			return nil, err
		}
		events, msg = append(events, frame), rest
	}
	return events, nil
}

// put notes events to be written, if nothing else waits for that.
func (s *session) put(events [][]byte) (done bool, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case is(s.closed):
		return false, conn.ErrClosed
	case is(s.gone):
		return false, s.why
	case s.written < s.last:
		return false, nil
	}
	for _, e := range events {
		s.bytes += len(e) + eventCost
	}
	s.events = append(s.events, events...)
	s.last += uint64(len(events))
	s.wake()
	return true, nil
}

// wake tells the response that there is something to do. The caller holds mu.
func (s *session) wake() {
	if s.out != nil {
		signal(s.out.wake)
	}
}

// Close is that of a Conn. The close event waits for a response as long as run
// does.
func (s *session) Close(code uint32, reason string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if is(s.closed) {
		return
	}
	s.code, s.reason = code, cut(reason)
	close(s.closed)
	if s.out != nil {
		_ = s.out.control.SetWriteDeadline(time.Now().Add(closeGrace))
	}
	s.wake()
}

// hangUp ends the session: its client is gone, or nothing more is said to it.
func (s *session) hangUp(why error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.endReceive(why)
	if is(s.gone) {
		return
	}
	s.why = why
	close(s.gone)
	if s.away != nil {
		s.away.Stop()
	}
	if s.out != nil && !is(s.said) { // it may be in a write
		_ = s.out.control.SetWriteDeadline(time.Unix(1, 0))
	}
}

// deafen ends what comes alone. What is sent goes on.
func (s *session) deafen(why error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.endReceive(why)
}

func (s *session) endReceive(why error) {
	if !is(s.deaf) {
		s.heard = why
		close(s.deaf)
	}
}

// attach makes a response the one that carries the events after a number. The
// one before ends.
func (s *session) attach(out *response, after uint64) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	first := s.last - uint64(len(s.events))
	switch {
	case is(s.gone), is(s.said):
		return errGone
	case after < first, after > s.last:
		return errBehind
	}
	if s.out != nil {
		close(s.out.stop)
		_ = s.out.control.SetWriteDeadline(time.Unix(1, 0))
	}
	if s.away != nil {
		s.away.Stop()
	}
	s.out = out
	if is(s.closed) {
		_ = out.control.SetWriteDeadline(time.Now().Add(closeGrace))
	}
	return nil
}

// detach is called by a response that has ended.
func (s *session) detach(out *response) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.out != out {
		return
	}
	s.out = nil
	if !is(s.gone) {
		s.left = time.Now()
		s.away = time.AfterFunc(resumeWithin, func() { s.isAway(errLost) })
	}
}

// isAway ends the session if no response carries it.
func (s *session) isAway(why error) {
	s.mu.Lock()
	away := s.out == nil
	s.mu.Unlock()
	if away {
		s.hangUp(why)
	}
}

// waitsSince returns since when the session has no response, zero if it has one.
func (s *session) waitsSince() time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.out != nil {
		return time.Time{}
	}
	return s.left
}

// after returns the events after a number, all of which are kept while the
// response is the session's, and whether the close event follows.
func (s *session) after(out *response, number uint64) (events [][]byte, last bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.out != out {
		return nil, false
	}
	return slices.Clone(s.events[len(s.events)-int(s.last-number):]), is(s.closed)
}

// wrote notes that a response has written events up to a number, and forgets the
// oldest. last says that the close event was written too.
func (s *session) wrote(out *response, number uint64, last bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.out != out {
		return // the one that took over writes them again
	}
	if last {
		close(s.said)
	}
	s.written = max(s.written, number)
	drop := 0
	for first := s.last - uint64(len(s.events)); s.bytes > maxReplay && first+uint64(drop) < s.written; drop++ {
		s.bytes -= len(s.events[drop]) + eventCost
	}
	s.events = slices.Delete(s.events, 0, drop)
	if s.written == s.last {
		signal(s.room)
	}
}

// turn waits until a POST may read its body: one does at a time. A retry breaks
// off the one before, whose client has given it up.
func (s *session) turn(ctx context.Context, r *reading) bool {
	s.mu.Lock()
	if s.reading != nil && r.number <= s.reading.number {
		_ = s.reading.control.SetReadDeadline(time.Unix(1, 0))
	}
	s.mu.Unlock()
	select {
	case s.posting <- struct{}{}:
		if !is(s.deaf) && !is(s.closed) {
			return true
		}
		<-s.posting
	case <-s.deaf:
	case <-s.closed:
	case <-ctx.Done():
	}
	return false
}

// reads says which POST's body is being read; nil: none is.
func (s *session) reads(r *reading) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.reading = r
}
