package grpc

import (
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"connectrpc.com/connect"

	"edgeboard/shared/conn"
	"edgeboard/shared/conn/internal/deadline"
	"edgeboard/shared/conn/origin"
	"edgeboard/shared/wire"
)

// NewHandler returns a handler for all below path. It calls serve for each
// client that connects, with its request and its connection, which lasts until
// it is closed and serve returns; what serve leaves open is closed with
// wire.CodeInternal. Messages over limit bytes are refused by Receive with
// conn.ErrTooLarge. Pages of origins that are not allowed are refused. The server
// must speak HTTP/2.
func NewHandler(limit int, origins origin.List, serve func(*http.Request, conn.Conn)) (path string, h http.Handler) {
	rpc := connect.NewBidiStreamHandler(procedure, func(ctx context.Context, stream *connect.BidiStream[frame, frame]) error {
		c, _ := ctx.Value(connKey{}).(*accepted)
		return c.run(stream.Conn(), serve)
	},
		connect.WithCodec(codec{}),
		connect.WithCompression("gzip",
			func() connect.Decompressor { return &inflater{limit: limit} },
			func() connect.Compressor { return gzip.NewWriter(io.Discard) },
		),
		// Messages are small, and the relay has better things to do.
		connect.WithCompressMinBytes(math.MaxInt),
	)
	return servicePath, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		contentType := strings.ToLower(r.Header.Get("Content-Type"))
		switch {
		case r.URL.Path != procedure:
			http.Error(w, "the service has one method, "+procedure, http.StatusNotFound)
		case r.Method != http.MethodPost:
			w.Header().Set("Allow", http.MethodPost)
			http.Error(w, "this address takes gRPC, which is a POST", http.StatusMethodNotAllowed)
		case r.ProtoMajor != 2:
			w.Header().Set("Connection", "close") // a client might wait for more
			http.Error(w, "a stream of both sides needs HTTP/2, also without TLS", http.StatusHTTPVersionNotSupported)
		case !origins.Allows(r):
			http.Error(w, "pages of another origin are not let in", http.StatusForbidden)
		case !slices.Contains(contentTypes, contentType):
			w.Header().Set("Accept-Post", strings.Join(contentTypes, ", "))
			http.Error(w, "this address takes gRPC with messages in protobuf", http.StatusUnsupportedMediaType)
		default:
			c := newAccepted(w, r, contentType, limit)
			rpc.ServeHTTP(c.out, c.request.WithContext(context.WithValue(r.Context(), connKey{}, c)))
		}
	})
}

type connKey struct{}

// errLeft is returned by Send when the client reads no more.
var errLeft = errors.New("grpc: the client has closed the connection")

// accepted is the end that was dialed. It reads and writes on the goroutines of
// its callers, and has none of its own until it is closed.
type accepted struct {
	request *http.Request
	control *http.ResponseController
	out     *batchWriter
	limit   int
	stream  connect.StreamingHandlerConn

	reading sync.Mutex  // held during Receive
	in      frame       // Receive's
	end     error       // why Receive has nothing more to return
	left    atomic.Bool // the client has said that it is done

	writing sync.Mutex // held during Send
	torn    bool       // a message was cut

	once   sync.Once
	closed chan struct{} // closed by Close
	code   wire.Code     // Close's, as is the reason
	reason string
	calm   chan struct{} // closed when no call under way when it was closed writes
}

func newAccepted(w http.ResponseWriter, r *http.Request, contentType string, limit int) *accepted {
	control := http.NewResponseController(w)
	c := &accepted{
		request: r.Clone(r.Context()),
		control: control,
		out:     &batchWriter{ResponseWriter: w, control: control},
		limit:   limit,
		closed:  make(chan struct{}),
		calm:    make(chan struct{}),
	}
	flags := byte(0xff)
	if plain(contentType) {
		flags = 0
		if encoding := r.Header.Get("Grpc-Encoding"); encoding != "" && encoding != "identity" {
			flags = 1 // compressed
		}
	}
	c.request.Body = &envelopes{ReadCloser: r.Body, limit: limit, flags: flags, bad: func() {}}
	return c
}

// batchWriter keeps connect from sending each message of a batch by itself.
type batchWriter struct {
	http.ResponseWriter
	control *http.ResponseController
	held    bool
}

// Flush is called by connect after each message.
func (w *batchWriter) Flush() {
	if !w.held {
		_ = w.control.Flush() // the next write finds the same error
	}
}

// run serves the connection, and returns how the stream ends.
func (c *accepted) run(stream connect.StreamingHandlerConn, serve func(*http.Request, conn.Conn)) error {
	c.stream = stream
	// The headers go at once: Dial waits for them.
	if err := stream.Send(nil); err != nil {
		return err
	}
	serve(c.request, c)
	c.Close(uint32(wire.CodeInternal), "")
	<-c.calm
	c.reading.Lock()
	defer c.reading.Unlock()
	c.writing.Lock()
	defer c.writing.Unlock()
	// What is left to be written is small, but the peer may take nothing.
	_ = c.control.SetWriteDeadline(time.Now().Add(closeGrace))
	trailer := stream.ResponseTrailer()
	trailer.Set(closeCode, strconv.FormatUint(uint64(c.code), 10))
	status, known := statuses[c.code]
	switch {
	case c.code == wire.CodeNormal:
		if c.reason != "" {
			trailer.Set(closeReason, url.PathEscape(c.reason))
		}
		return nil
	case !known:
		status = connect.CodeUnknown
	}
	return connect.NewError(status, errors.New(c.reason))
}

func (c *accepted) Send(ctx context.Context, msg []byte) error {
	n, err := size(msg)
	if err != nil {
		return err
	}
	c.writing.Lock()
	defer c.writing.Unlock()
	switch {
	case c.isClosed():
		return conn.ErrClosed
	case ctx.Err() != nil:
		return ctx.Err()
	case c.left.Load():
		return errLeft
	case c.torn:
		return errNotWhole
	case n == 0:
		return nil
	}
	defer deadline.With(ctx, c.control.SetWriteDeadline)()
	c.out.held = true
	err = sendFrames(c.stream, msg)
	c.out.held = false
	if err == nil {
		err = c.control.Flush()
	}
	if err != nil {
		c.torn = true
		return c.translate(ctx, err)
	}
	return nil
}

func (c *accepted) Receive(ctx context.Context) ([]byte, error) {
	c.reading.Lock()
	defer c.reading.Unlock()
	if c.isClosed() {
		return nil, conn.ErrClosed
	}
	if c.end == nil {
		c.end = c.read(ctx)
		_, left := errors.AsType[*conn.CloseError](c.end)
		c.left.Store(left)
	}
	if c.end != nil {
		return nil, c.end
	}
	return c.in.b, nil
}

// read reads the next message.
func (c *accepted) read(ctx context.Context) error {
	defer deadline.With(ctx, c.control.SetReadDeadline)()
	c.in.reset()
	if err := c.stream.Receive(&c.in); err != nil {
		return c.translate(ctx, err)
	}
	if len(c.in.b) > c.limit { // it was compressed
		return conn.ErrTooLarge
	}
	if bye := asFarewell(c.in.b); bye != nil {
		return bye
	}
	return nil
}

func (c *accepted) Close(code uint32, reason string) {
	c.once.Do(func() {
		c.code, c.reason = wire.Code(code), wire.CutReason(reason)
		close(c.closed)
		_ = c.control.SetReadDeadline(time.Unix(1, 0))
		_ = c.control.SetWriteDeadline(time.Now().Add(sendGrace))
		// Ends soon after sendGrace at the latest. run waits for it.
		go func() {
			defer close(c.calm)
			c.writing.Lock()
			defer c.writing.Unlock()
			_ = c.control.SetWriteDeadline(time.Time{})
		}()
	})
}

func (c *accepted) isClosed() bool {
	select {
	case <-c.closed:
		return true
	default:
		return false
	}
}

// translate gives an error of connect its meaning in package conn.
func (c *accepted) translate(ctx context.Context, err error) error {
	switch {
	case c.isClosed():
		return conn.ErrClosed
	case ctx.Err() != nil:
		return ctx.Err()
	case errors.Is(err, conn.ErrTooLarge):
		return conn.ErrTooLarge
	case errors.Is(err, conn.ErrMalformed):
		return fmt.Errorf("grpc: %w", err)
	case errors.Is(err, io.EOF):
		// A client that does not say why it ends its half is done.
		return &conn.CloseError{Code: uint32(wire.CodeNormal)}
	}
	return fmt.Errorf("grpc: %w", err)
}
