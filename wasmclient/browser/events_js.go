//go:build js

package browser

import (
	"context"
	"encoding/base64"
	"errors"
	"strconv"
	"sync"
	"syscall/js"
	"time"

	"edgeboard/shared/conn"
)

const (
	eventsPath = "/sse"
	// resumeWithin is how long the browser may try to take up a stream. The
	// relay waits longer.
	resumeWithin = 5 * time.Second
	// postAttempts is how often a message is sent that does not get through. The
	// second attempt is made at once, then there are waits that grow fourfold
	// from postWait.
	postAttempts = 5
	postWait     = 100 * time.Millisecond
)

// DialEvents connects to the relay at an origin by the browser's EventSource and by
// POST, as SPEC.md of package wire says. Browsers have six connections by HTTP/1.1 to a host, of
// which this takes one as long as the page is open.
func DialEvents(ctx context.Context, origin string, limit int) (_ conn.Conn, err error) {
	defer jsError(&err)
	at := origin + eventsPath
	source := window.Get("EventSource").New(at + "?data=base64&" + boardQuery())
	s := &events{mailbox: newMailbox(source), source: source, limit: limit, abort: window.Get("AbortController").New()}
	opened := make(chan struct{})
	s.on("session", s.parsed(func(e js.Value) {
		s.path = at + "/" + window.Get("JSON").Call("parse", e.Get("data")).Get("session").String()
		close(opened)
	}))
	s.on("message", s.message)
	s.on("close", s.parsed(s.farewell))
	s.on("open", func(js.Value) { s.back() })
	s.on("error", func(js.Value) { s.lost() })
	select {
	case <-opened:
		return s, nil
	case <-s.closed:
		return nil, s.err
	case <-ctx.Done():
		s.fail(conn.ErrClosed)
		return nil, ctx.Err()
	}
}

// events is a session. Its callbacks run one at a time.
type events struct {
	*mailbox
	source js.Value
	abort  js.Value // of POSTs under way
	limit  int
	path   string      // the address of POSTs, "" while dialing
	away   *time.Timer // runs while the browser tries to take up the stream
	told   bool        // the relay has closed

	sent uint64 // messages that were taken; Send's
	once sync.Once
}

// parsed ends the session when f finds something else than it looks for.
func (s *events) parsed(f func(js.Value)) func(js.Value) {
	return func(e js.Value) {
		var err error
		defer func() {
			if err != nil {
				s.fail(conn.ErrMalformed)
			}
		}()
		defer jsError(&err)
		f(e)
	}
}

func (s *events) message(e js.Value) {
	text := e.Get("data").String()
	if len(text) > base64.StdEncoding.EncodedLen(s.limit) {
		s.fail(conn.ErrTooLarge)
		return
	}
	msg, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		s.fail(conn.ErrMalformed)
		return
	}
	s.put(msg)
}

// farewell is the relay's close.
func (s *events) farewell(e js.Value) {
	why := window.Get("JSON").Call("parse", e.Get("data"))
	s.told = true
	s.fail(&conn.CloseError{Code: uint32(why.Get("code").Int()), Reason: why.Get("reason").String()})
}

// lost is called when the stream has broken, and whenever it could not be taken
// up: the browser tries again by itself.
func (s *events) lost() {
	const closed = 2 // EventSource.CLOSED
	switch {
	case s.path == "":
		s.fail(errors.New("dialing the relay: no events at " + eventsPath))
	case s.source.Get("readyState").Int() == closed:
		s.fail(errors.New("the relay does not know the session any more"))
	case s.away == nil:
		s.away = time.AfterFunc(resumeWithin, func() { s.fail(errors.New("the relay is away")) })
	}
}

// back is called when the stream was taken up.
func (s *events) back() {
	if s.away != nil {
		s.away.Stop()
		s.away = nil
	}
}

func (s *events) fail(err error) {
	s.end(err)
	s.source.Call("close")
}

// Send waits until the relay has taken the message. The relay knows by its
// number one that comes again.
func (s *events) Send(ctx context.Context, msg []byte) error {
	var err error
	for tries := range postAttempts {
		if tries > 1 {
			select {
			case <-time.After(postWait << (2 * (tries - 2))):
			case <-s.closed:
			}
		}
		select {
		case <-s.closed:
			return s.err
		default:
		}
		select {
		case <-s.closed:
			return s.err
		case o := <-settled(s.post(msg)):
			if err = o.err; err != nil {
				continue // nobody was reached
			}
			switch status := o.value.Get("status").Int(); {
			case status == 204:
				s.sent++
				return nil
			case status >= 500, status == 408, status == 429:
				err = errors.New("the relay answered with status " + strconv.Itoa(status))
				continue
			}
			// The relay says why, by an event.
			select {
			case <-s.closed:
				return s.err
			case <-time.After(closeGrace):
				return errors.New("the relay refused a message")
			}
		case <-ctx.Done():
			// Whether it was taken is not known.
			s.fail(ctx.Err())
			return ctx.Err()
		}
	}
	return err
}

func (s *events) post(msg []byte) js.Value {
	return window.Call("fetch", s.path+"?n="+strconv.FormatUint(s.sent+1, 10)+"&"+boardQuery(), map[string]any{
		"method": "POST", "body": toJS(msg), "signal": s.abort.Get("signal"),
		"headers": map[string]any{"Content-Type": "application/octet-stream"},
	})
}

// Close tells the relay, also when the page is on its way out.
func (s *events) Close(code uint32, reason string) {
	s.once.Do(func() {
		s.fail(conn.ErrClosed)
		s.abort.Call("abort")
		if !s.told {
			query := "?code=" + strconv.FormatUint(uint64(code), 10) + "&reason=" + escape(reason) + "&" + boardQuery()
			settled(window.Call("fetch", s.path+query, map[string]any{"method": "DELETE", "keepalive": true}))
		}
	})
}
