// Package grpc carries messages over gRPC, by connectrpc.com/connect: they are
// the frames of edgeboard.v1.Board/Connect in shared/wire/edgeboard.proto, so
// that any gRPC client can join a board. SPEC.md there has the rules (W56 to
// W59).
//
// A gRPC message is one frame. A message of a Conn is one or more frames, each
// with its length before it (W1): Send cuts it there, and Receive gives every
// frame with its length before it. So this transport carries frames alone, and
// Send refuses what is none. The bytes of a frame are passed on unread, but for
// the farewell of a client.
//
// Who closes says why, as far as gRPC lets it. A relay ends the stream with a
// status, and its trailers have the close code. A client has no trailers: it
// sends a Denied as its last frame, which the other end does not hand on.
package grpc

import (
	"compress/gzip"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"connectrpc.com/connect"

	"edgeboard/shared/conn"
	"edgeboard/shared/wire"
)

// Service is the name of the service, for reflection.
const Service = "edgeboard.v1.Board"

const (
	servicePath = "/" + Service + "/"
	procedure   = servicePath + "Connect"
)

const (
	// closeGrace is how long the peer has to take part in a close.
	closeGrace = 5 * time.Second
	// sendGrace is how long a Send under way may take when the connection is
	// closed. After a message that stays unfinished there is no farewell: the
	// stream is reset.
	sendGrace = 100 * time.Millisecond
)

// Receive's buffer grows with the messages and shrinks back to smallBuffer
// after one over largeBuffer, so that a large message does not stay in memory.
const (
	smallBuffer = 512
	largeBuffer = 64 << 10
)

// errNotWhole is the end of a connection on which a message was cut.
var errNotWhole = errors.New("grpc: a message was cut before its end")

// frame is what connect carries: the bytes of one gRPC message. One that was
// received has its length before it.
type frame struct{ b []byte }

// codec is for connect the encoding of frames. It takes the name of protobuf's,
// whose messages they are to everybody else.
type codec struct{}

func (codec) Name() string { return "proto" }

func (codec) Marshal(m any) ([]byte, error) { return codec{}.MarshalAppend(nil, m) }

// MarshalAppend saves connect an allocation for each message.
func (codec) MarshalAppend(b []byte, m any) ([]byte, error) {
	f, ok := m.(*frame)
	if !ok {
		return nil, fmt.Errorf("grpc: a %T is no frame", m)
	}
	return append(b, f.b...), nil
}

func (codec) Unmarshal(b []byte, m any) error {
	f, ok := m.(*frame)
	if !ok {
		return fmt.Errorf("grpc: a %T is no frame", m) // details of a status: ours have none
	}
	f.b = conn.AppendMessage(f.b[:0], b)
	return nil
}

// reset makes room for the next message. connect does not call the codec for an
// empty one.
func (f *frame) reset() {
	if cap(f.b) > largeBuffer {
		f.b = make([]byte, 0, smallBuffer)
	}
	f.b = append(f.b[:0], 0)
}

// envelopeHead is what stands before each gRPC message: a byte of flags and the
// length.
const envelopeHead = 5

// size returns how many bytes of gRPC a message of a Conn becomes. It refuses
// one that is not made of whole frames.
func size(msg []byte) (n int, err error) {
	for len(msg) > 0 {
		var f []byte
		if f, msg, err = wire.Bytes(msg); err != nil {
			return 0, fmt.Errorf("grpc: a message that is not made of frames with their lengths: %w", err)
		}
		n += envelopeHead + len(f)
	}
	return n, nil
}

// sendFrames sends each frame of a message that size has passed.
func sendFrames(stream interface{ Send(any) error }, msg []byte) error {
	var f frame
	for len(msg) > 0 {
		f.b, msg, _ = wire.Bytes(msg)
		if err := stream.Send(&f); err != nil {
			return err
		}
	}
	return nil
}

// envelopes reads gRPC messages and passes them on as they come, up to the first
// that is bad. connect would read on to the end of one that is too large.
type envelopes struct {
	io.ReadCloser
	limit int
	flags byte   // that may be set
	bad   func() // is called once, after what was good has been read

	head [envelopeHead]byte
	n    int // bytes of head that have come
	left int // bytes of the message that have not
	err  error
	told bool // bad was called
}

func (e *envelopes) Read(p []byte) (n int, err error) {
	if e.err == nil {
		n, err = e.ReadCloser.Read(p)
		n = e.take(p[:n])
		if errors.Is(err, io.EOF) && (e.n > 0 || e.left > 0) && e.err == nil {
			e.err = fmt.Errorf("%w: it ends too early", conn.ErrMalformed)
		}
		if e.err == nil {
			return n, err
		}
		if n > 0 {
			return n, nil
		}
	}
	if !e.told {
		e.told = true
		e.bad()
	}
	return 0, e.err
}

// take follows what comes, and returns how much of it is good. The head of a bad
// message loses its last byte, so that connect waits for it.
func (e *envelopes) take(p []byte) (good int) {
	for good < len(p) {
		if n := min(e.left, len(p)-good); n > 0 {
			e.left -= n
			good += n
			continue
		}
		n := copy(e.head[e.n:], p[good:])
		e.n += n
		good += n
		if e.n < len(e.head) {
			break
		}
		e.n = 0
		length := uint64(binary.BigEndian.Uint32(e.head[1:]))
		switch {
		case e.head[0]&^e.flags != 0:
			e.err = fmt.Errorf("%w: its flags are %#x", conn.ErrMalformed, e.head[0])
			return good - 1
		case length+uint64(wire.SizeUvarint(length)) > uint64(e.limit):
			e.err = conn.ErrTooLarge
			return good - 1
		}
		e.left = int(length)
	}
	return good
}

// inflater unpacks a message, up to the limit. connect's own would unpack what
// is beyond to throw it away.
type inflater struct {
	gzip  gzip.Reader
	limit int
	left  int
}

func (i *inflater) Reset(r io.Reader) error {
	i.left = i.limit
	if err := i.gzip.Reset(r); err != nil {
		return fmt.Errorf("%w: %v", conn.ErrMalformed, err)
	}
	return nil
}

func (i *inflater) Read(p []byte) (int, error) {
	n, err := i.gzip.Read(p)
	if i.left -= n; i.left < 0 {
		return 0, conn.ErrTooLarge
	}
	if err != nil && !errors.Is(err, io.EOF) {
		err = fmt.Errorf("%w: %v", conn.ErrMalformed, err)
	}
	return n, err
}

func (i *inflater) Close() error { return nil }

// statuses says with which gRPC status a relay closes. What is worth another
// attempt is Unavailable, as far as no other status says more.
var statuses = map[wire.Code]connect.Code{
	wire.CodeGoingAway:    connect.CodeUnavailable,
	wire.CodeText:         connect.CodeInvalidArgument,
	wire.CodeTooLarge:     connect.CodeResourceExhausted,
	wire.CodeInternal:     connect.CodeInternal,
	wire.CodeBadFrame:     connect.CodeInvalidArgument,
	wire.CodeOrder:        connect.CodeFailedPrecondition,
	wire.CodeBoardName:    connect.CodeInvalidArgument,
	wire.CodeVersion:      connect.CodeFailedPrecondition,
	wire.CodeBadUpdate:    connect.CodeInvalidArgument,
	wire.CodeReplica:      connect.CodeInvalidArgument,
	wire.CodeNoHello:      connect.CodeDeadlineExceeded,
	wire.CodeSilent:       connect.CodeDeadlineExceeded,
	wire.CodeReplaced:     connect.CodeAborted,
	wire.CodeBoardFull:    connect.CodeResourceExhausted,
	wire.CodeNotStored:    connect.CodeUnavailable,
	wire.CodeOverloaded:   connect.CodeUnavailable,
	wire.CodeTokenExpired: connect.CodeUnauthenticated,
	wire.CodeForbidden:    connect.CodePermissionDenied,
}

// Trailers of a relay's close. The reason is the status's message, but status OK
// has none: then it stands in a trailer, escaped like a part of a URL.
const (
	closeCode   = "Edgeboard-Close-Code"
	closeReason = "Edgeboard-Close-Reason"
)

// farewell is the last message of a client.
func farewell(code uint32, reason string) []byte {
	return wire.AppendFrame(nil, 0, &wire.Denied{Code: wire.Code(code), Reason: wire.CutReason(reason)})
}

// asFarewell returns what a client says with a farewell, nil if msg, one frame
// with its length, is none.
func asFarewell(msg []byte) *conn.CloseError {
	raw, _, err := wire.Bytes(msg)
	if err != nil {
		return nil
	}
	f, err := wire.ParseFrame(raw)
	if err != nil || f.Kind != wire.KindDenied {
		return nil // whoever reads it finds the same error
	}
	var d wire.Denied
	if d.Parse(f.Body) != nil {
		return nil
	}
	return &conn.CloseError{Code: uint32(d.Code), Reason: d.Reason}
}

// contentTypes are those that a bidirectional stream of frames can have.
// Whatever protocol connect speaks besides, such as JSON, carries no frames.
var contentTypes = []string{
	"application/grpc", "application/grpc+proto",
	"application/grpc-web", "application/grpc-web+proto",
	"application/connect+proto",
}

// plain reports whether a content type is gRPC's own, not one of its relatives,
// whose messages have flags of their own.
func plain(contentType string) bool { return slices.Contains(contentTypes[:2], contentType) }
