package server

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"edgeboard/relay/feed"
	live "edgeboard/shared/feed"
)

// Points as they come, as Server-Sent Events (WHATWG HTML, section 9.2):
//
//	id: EPOCH-MARK
//	event: point
//	data: {"feed":"oven","time":1764000000000,"value":21.5}
//
// EPOCH is another one after each start of the relay, MARK that of the desk. Comments say
// what is no point: that some are missing, why it ends, and every heartbeat that it is
// still here.

const (
	feedHeartbeat = 15 * time.Second
	feedPiece     = 64 << 10 // bytes of events that are written at once, about
)

// serveFeedEvents answers for GET of events.
func (s *Server) serveFeedEvents(w http.ResponseWriter, r *http.Request) {
	board, err := feedBoard(r)
	pattern := r.PathValue("feed")
	if err == nil && !live.ValidPattern(pattern) {
		err = misfits(http.StatusUnprocessableEntity, "feed", "%s; * behind the beginning of names means all of them", live.ErrName)
	}
	if err == nil && !s.origins.Allows(r) {
		refuseOrigin(w, r)
		return
	}
	if err != nil {
		s.refuseFeed(w, err)
		return
	}
	g, err := s.mayRead(r, board)
	if err != nil {
		s.refuseFeed(w, err)
		return
	}
	h := w.Header()
	if r.Method == http.MethodHead {
		h.Set("Cache-Control", cacheNever)
		h.Set("Content-Type", "text/event-stream")
		return
	}
	at := s.gate.place(s.clientAddress(r))
	if no := s.gate.enter(at); no != nil {
		s.refuseAddress(w, no)
		return
	}
	defer s.gate.leave(at)
	h.Set("Cache-Control", cacheNever)
	h.Set("Content-Type", "text/event-stream")
	h.Set("X-Accel-Buffering", "no") // nginx hands it on as it comes
	ctx, cancel := context.WithCancel(r.Context())
	defer cancel()
	defer context.AfterFunc(s.stopping, cancel)()
	e := &feedEvents{turn: make(chan struct{}, 1), out: takes{w}, control: http.NewResponseController(w), epoch: s.epoch, may: func() error { return s.mayStill(board, g) }}
	after, known := e.mark(r)
	first := ": live data of " + board + "\n\n"
	if !known {
		first = ": the relay has started anew since then: what follows is all that it has\n\n"
	}
	if e.write(first) != nil {
		return
	}
	var beat sync.WaitGroup
	beat.Go(func() { e.keepBeating(ctx, cancel) })
	defer s.looking(board)()
	err = s.feeds.Follow(ctx, board, pattern, after, e.tell)
	cancel()
	beat.Wait()
	if s.stopping.Err() != nil {
		err = errors.New("the relay is shutting down")
	}
	if r.Context().Err() == nil && err != nil && !errors.Is(err, errReader) {
		_ = e.write(": the end: " + err.Error() + "\n\n") // who does not take it has gone
	}
}

// errReader is of a reader that takes no more.
var errReader = errors.New("the reader takes no more")

// feedEvents writes events to one reader.
type feedEvents struct {
	epoch string
	may   func() error // says why the reader may see no more

	turn    chan struct{} // has a token while somebody writes
	out     takes
	control *http.ResponseController
	buf     []byte
}

// mark is what the reader has, as it says; 0: nothing. What it has of another epoch is of
// no use: !known.
func (e *feedEvents) mark(r *http.Request) (after feed.Mark, known bool) {
	last := r.Header.Get("Last-Event-ID")
	if last == "" {
		last = r.URL.Query().Get("last")
	}
	if last == "" {
		return 0, true
	}
	epoch, text, _ := strings.Cut(last, "-")
	n, err := strconv.ParseUint(text, 10, 64)
	if epoch != e.epoch || err != nil || n == 0 {
		return feed.Beginning, false
	}
	return feed.Mark(n), true
}

// tell writes points.
func (e *feedEvents) tell(list []feed.Marked, missed bool) error {
	if err := e.may(); err != nil {
		return err
	}
	e.turn <- struct{}{}
	defer func() { <-e.turn }()
	e.buf = e.buf[:0]
	if missed {
		e.buf = append(e.buf, ": some points are missing here\n\n"...)
	}
	for _, m := range list {
		data, err := json.Marshal(pointLine{m.Feed, m.Point.Time, valueOf(m.Point)})
		if err != nil {
			panic(err) // of texts and numbers
		}
		e.buf = fmt.Appendf(e.buf, "id: %s-%d\nevent: point\ndata: %s\n\n", e.epoch, m.Mark, data)
		if len(e.buf) >= feedPiece {
			if err := e.send(e.buf); err != nil {
				return err
			}
			e.buf = e.buf[:0]
		}
	}
	return e.send(e.buf)
}

func (e *feedEvents) write(text string) error {
	e.turn <- struct{}{}
	defer func() { <-e.turn }()
	return e.send([]byte(text))
}

// send writes and flushes. It is the caller's turn.
func (e *feedEvents) send(b []byte) error {
	if _, err := e.out.Write(b); err != nil {
		return errReader
	}
	if e.control.Flush() != nil {
		return errReader
	}
	return nil
}

// keepBeating says that it is still here, until ctx ends, and ends it where nobody is
// there any more, or may be.
func (e *feedEvents) keepBeating(ctx context.Context, end context.CancelFunc) {
	tick := time.NewTicker(feedHeartbeat)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		if e.may() != nil || e.write(": still here\n\n") != nil {
			end()
			return
		}
	}
}
