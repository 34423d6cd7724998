package wire

import "iter"

// Kind says which message a frame carries. It is the field number of the
// message in the oneof of Frame in edgeboard.proto.
type Kind uint32

// The kinds of version 1. A kind that a receiver does not know is skipped (R8).
const (
	KindHello   Kind = 2
	KindWelcome Kind = 3
	KindUpdate  Kind = 4
	KindAck     Kind = 5
	KindCursors Kind = 6
	KindJoined  Kind = 7
	KindLeft    Kind = 8
	KindPing    Kind = 9
	KindPong    Kind = 10
	KindDenied  Kind = 11
	KindProfile Kind = 12
)

// Frame is one message as it stands on the wire, its body not yet parsed.
type Frame struct {
	// Seq is the sender's sequence number: for durable frames of a relay the
	// position in the board's stream, otherwise 0.
	Seq  uint64
	Kind Kind
	Body []byte
}

// Message is implemented by a pointer to each message type.
type Message interface {
	Kind() Kind
	// Append extends b with the encoded message.
	Append(b []byte) []byte
	// Parse replaces the message with what b holds. Unknown fields are
	// skipped, missing ones are zero.
	Parse(b []byte) error
}

// AppendFrame appends m as one length-prefixed frame.
func AppendFrame(b []byte, seq uint64, m Message) []byte {
	b = append(b, 0)
	at := len(b)
	b = appendUint(b, 1, seq)
	b = appendMessage(b, int(m.Kind()), m.Append)
	return patchLength(b, at)
}

// ParseFrame parses one frame without its length prefix.
func ParseFrame(b []byte) (Frame, error) {
	var fr Frame
	err := eachField(b, func(f field) error {
		switch {
		case f.number == 1 && f.typ == typeVarint:
			fr.Seq = f.num
		case f.number == 1:
			return ErrField
		case f.typ == typeBytes:
			// proto3: of several members of a oneof the last one counts.
			fr.Kind, fr.Body = Kind(f.number), f.data
		}
		return nil
	})
	if err == nil && fr.Kind == 0 {
		err = ErrEmpty
	}
	return fr, err
}

// Frames yields the frames of one transport message. It stops at the first
// error.
func Frames(msg []byte) iter.Seq2[Frame, error] {
	return func(yield func(Frame, error) bool) {
		if len(msg) > MaxMessage {
			yield(Frame{}, ErrTooLarge)
			return
		}
		for len(msg) > 0 {
			raw, rest, err := Bytes(msg)
			var fr Frame
			if err == nil {
				fr, err = ParseFrame(raw)
			}
			if !yield(fr, err) || err != nil {
				return
			}
			msg = rest
		}
	}
}
