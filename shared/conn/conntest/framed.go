package conntest

import (
	"context"

	"edgeboard/shared/conn"
)

// Framing says how a message of the suite, which is any bytes, goes over a
// transport that carries nothing but frames with their lengths.
type Framing struct {
	// Append appends a message as one frame.
	Append func(b, msg []byte) []byte
	// Next takes the first frame off a message of the transport.
	Next func(b []byte) (msg, rest []byte, err error)
}

// Limit returns the limit that the transport must have for the suite's Limit.
func (f Framing) Limit() int { return len(f.Append(nil, make([]byte, Limit))) }

// Wrap returns c as the suite needs it. The transport may group the frames as it
// likes.
func (f Framing) Wrap(c conn.Conn) conn.Conn { return &framed{Conn: c, framing: f} }

type framed struct {
	conn.Conn
	framing Framing
	out     []byte // Send's
	in      []byte // Receive's: frames that have come and were not returned
}

func (f *framed) Send(ctx context.Context, msg []byte) error {
	f.out = f.framing.Append(f.out[:0], msg)
	return f.Conn.Send(ctx, f.out)
}

func (f *framed) Receive(ctx context.Context) (msg []byte, err error) {
	for len(f.in) == 0 {
		if f.in, err = f.Conn.Receive(ctx); err != nil {
			return nil, err
		}
	}
	msg, f.in, err = f.framing.Next(f.in)
	return msg, err
}
