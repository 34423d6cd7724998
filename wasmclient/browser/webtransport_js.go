//go:build js

package browser

import (
	"context"
	"errors"
	"io"
	"sync"
	"syscall/js"
	"time"

	"edgeboard/shared/conn"
)

// The session is laid out as package shared/conn/webtransport says.

const (
	// closeGrace is how long the relay has to take part in a close.
	closeGrace = 5 * time.Second
	// maxApart messages apart are read at once.
	maxApart = 2
)

// dialWebTransport connects by the browser's WebTransport. Certificates with one
// of the hashes are accepted; if there are none, those that the browser trusts.
func dialWebTransport(ctx context.Context, url string, hashes [][]byte, limit int) (_ conn.Conn, err error) {
	defer jsError(&err)
	options := map[string]any{"congestionControl": "low-latency"}
	if len(hashes) > 0 {
		var list []any
		for _, h := range hashes {
			list = append(list, map[string]any{"algorithm": "sha-256", "value": toJS(h)})
		}
		options["serverCertificateHashes"] = list
	}
	t := window.Get("WebTransport").New(url, options)
	ended := settled(t.Get("closed"))
	opened := false
	defer func() {
		if !opened {
			t.Call("close")
		}
	}()
	if _, err := wait(ctx, t.Get("ready")); err != nil {
		return nil, err
	}
	stream, err := wait(ctx, t.Call("createBidirectionalStream"))
	if err != nil {
		return nil, err
	}
	opened = true
	w := &wtConn{
		t:         t,
		limit:     limit,
		inbox:     conn.NewInbox(),
		writer:    stream.Get("writable").Call("getWriter"),
		datagrams: t.Get("datagrams"),
		over:      make(chan struct{}),
		read:      make(chan struct{}),
	}
	w.ctx, w.cancel = context.WithCancel(context.Background())
	// The standard has moved it, and browsers follow in their time.
	if w.datagrams.Get("createWritable").Type() == js.TypeFunction {
		w.latest = w.datagrams.Call("createWritable").Call("getWriter")
	} else {
		w.latest = w.datagrams.Get("writable").Call("getWriter")
	}
	go w.awaitEnd(ended)
	go w.receiveOrdered(stream.Get("readable").Call("getReader"))
	go w.receiveDatagrams(w.datagrams.Get("readable").Call("getReader"))
	go w.receiveApart(t.Get("incomingUnidirectionalStreams").Call("getReader"))
	return w, nil
}

// wtConn is a session. Its goroutines end with it, since all promises of the
// browser are settled then.
type wtConn struct {
	t         js.Value
	writer    js.Value // of the ordered stream
	datagrams js.Value
	latest    js.Value // writer of datagrams
	limit     int
	inbox     *conn.Inbox
	ctx       context.Context // ends with Close, for calls under way
	cancel    context.CancelFunc

	over chan struct{} // closed when the session has ended
	why  error         // read after over
	read chan struct{} // closed when the ordered stream was read to its end
	bye  sync.Once     // ends our half of the ordered stream
}

func (w *wtConn) awaitEnd(ended <-chan outcome) {
	o := <-ended
	w.why = o.err
	if o.err == nil {
		// A browser leaves fields out that have their zero value.
		e := &conn.CloseError{}
		if code := o.value.Get("closeCode"); code.Type() == js.TypeNumber {
			e.Code = uint32(code.Float())
		}
		if reason := o.value.Get("reason"); reason.Type() == js.TypeString {
			e.Reason = reason.String()
		}
		w.why = e
	}
	close(w.over)
}

// byteReader reads a stream of the browser.
type byteReader struct {
	reader js.Value
	chunk  js.Value // Uint8Array
	at     int      // bytes of chunk that were read
	size   int      // of chunk
}

func (b *byteReader) Read(p []byte) (int, error) {
	for b.at == b.size {
		o := <-settled(b.reader.Call("read"))
		if o.err != nil {
			return 0, o.err
		}
		if o.value.Get("done").Bool() {
			return 0, io.EOF
		}
		b.chunk, b.at = o.value.Get("value"), 0
		b.size = b.chunk.Length()
	}
	n := min(len(p), b.size-b.at)
	js.CopyBytesToGo(p[:n], b.chunk.Call("subarray", b.at, b.at+n))
	b.at += n
	return n, nil
}

func (w *wtConn) receiveOrdered(reader js.Value) {
	defer close(w.read)
	stream := &byteReader{reader: reader}
	messages := conn.NewStreamReader(stream, w.limit)
	for {
		msg, err := messages.Next()
		if err == nil && w.inbox.Lend(msg) {
			continue
		}
		if bad := errors.Is(err, conn.ErrTooLarge) || errors.Is(err, conn.ErrMalformed); err == nil || bad {
			if bad {
				w.inbox.End(err)
				<-w.inbox.Closed()
			}
			_, _ = io.Copy(io.Discard, stream)
			return
		}
		// The relay has ended its half: so do we, and then the session's end
		// says why.
		w.endHalf()
		select {
		case <-w.over:
			err = w.why
		case <-w.inbox.Closed():
		case <-time.After(closeGrace):
		}
		w.inbox.End(err)
		return
	}
}

func (w *wtConn) endHalf() {
	w.bye.Do(func() { settled(w.writer.Call("close")) })
}

func (w *wtConn) receiveDatagrams(reader js.Value) {
	for {
		o := <-settled(reader.Call("read"))
		if o.err != nil || o.value.Get("done").Bool() {
			return
		}
		chunk := o.value.Get("value")
		msg := make([]byte, chunk.Length())
		js.CopyBytesToGo(msg, chunk)
		if len(msg) <= w.limit && !w.inbox.Put(msg) {
			return
		}
	}
}

func (w *wtConn) receiveApart(streams js.Value) {
	tickets := make(chan struct{}, maxApart)
	for {
		tickets <- struct{}{}
		o := <-settled(streams.Call("read"))
		if o.err != nil || o.value.Get("done").Bool() {
			return
		}
		go func() {
			defer func() { <-tickets }()
			reader := o.value.Get("value").Call("getReader")
			msg, err := io.ReadAll(io.LimitReader(&byteReader{reader: reader}, int64(w.limit)+1))
			switch {
			case err != nil:
				// The relay has taken it back, or the session has ended.
			case len(msg) > w.limit:
				settled(reader.Call("cancel"))
				w.inbox.End(conn.ErrTooLarge)
			default:
				w.inbox.Put(msg)
			}
		}()
	}
}

func (w *wtConn) Receive(ctx context.Context) ([]byte, error) { return w.inbox.Receive(ctx) }

func (w *wtConn) Send(ctx context.Context, msg []byte) error {
	return w.write(ctx, w.writer, conn.AppendMessage(make([]byte, 0, len(msg)+5), msg))
}

// write hands bytes to a stream when the browser has room for them.
func (w *wtConn) write(ctx context.Context, writer js.Value, b []byte) error {
	select {
	case <-w.ctx.Done():
		return conn.ErrClosed
	case <-w.over:
		return w.why
	default:
	}
	select {
	case o := <-settled(writer.Get("ready")):
		if o.err != nil {
			return o.err
		}
		settled(writer.Call("write", toJS(b)))
		return nil
	case <-w.ctx.Done():
		return conn.ErrClosed
	case <-w.over:
		return w.why
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (w *wtConn) SendApart(ctx context.Context, msg []byte) error {
	stream, err := wait(ctx, w.t.Call("createUnidirectionalStream"))
	if w.ctx.Err() != nil {
		return conn.ErrClosed
	}
	if err != nil {
		return err
	}
	writer := stream.Call("getWriter")
	if err := w.write(ctx, writer, msg); err != nil {
		settled(writer.Call("abort"))
		return err
	}
	_, err = wait(ctx, writer.Call("close"))
	return err
}

func (w *wtConn) MaxDatagram() int { return w.datagrams.Get("maxDatagramSize").Int() }

func (w *wtConn) SendDatagram(msg []byte) error {
	if w.ctx.Err() != nil {
		return conn.ErrClosed
	}
	if len(msg) > w.MaxDatagram() {
		return conn.ErrTooLarge
	}
	// Null after an error, 0 or less while others wait: then this one is lost.
	if room := w.latest.Get("desiredSize"); room.Type() == js.TypeNumber && room.Float() > 0 {
		settled(w.latest.Call("write", toJS(msg)))
	}
	return nil
}

func (w *wtConn) Close(code uint32, reason string) {
	if !w.inbox.Close() {
		return
	}
	w.cancel()
	go func() {
		w.endHalf()
		select {
		case <-w.read: // the relay has read all and ended its half
		case <-w.over:
		case <-time.After(closeGrace):
		}
		w.t.Call("close", map[string]any{"closeCode": code, "reason": reason})
	}()
}
