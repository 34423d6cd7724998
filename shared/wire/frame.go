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
	KindPreview Kind = 13
	KindRefresh Kind = 14

	KindSnapshotPart Kind = 15
	KindMoved        Kind = 17 // 16 is Frame.time
	KindNotice       Kind = 18
	KindSelection    Kind = 19
	KindViewport     Kind = 20
	KindSignal       Kind = 21
	KindSay          Kind = 22
	KindSaid         Kind = 23
	KindRecall       Kind = 24
	KindTyping       Kind = 25
	KindMark         Kind = 26
	KindTalks        Kind = 27
	KindInbox        Kind = 28
	KindBrowse       Kind = 29
	KindSettle       Kind = 30
	KindWishes       Kind = 31
	KindSubscribe    Kind = 32
	KindWatch        Kind = 33
	KindPoints       Kind = 34
	KindPublish      Kind = 35
	KindPublished    Kind = 36
)

// Known reports whether k is a kind of this version.
func (k Kind) Known() bool { return KindHello <= k && k <= KindPublished && k != 16 }

// Frame is one message as it stands on the wire, its body not yet parsed.
type Frame struct {
	// Seq is the sender's sequence number (W11): for durable frames of a relay
	// the position in the board's stream, for latest-wins frames by datagram
	// their number on this connection, otherwise 0.
	Seq  uint64
	Kind Kind
	Body []byte
	// Time is the sender's clock in milliseconds, the low 32 bits, on
	// latest-wins frames by datagram; 0: not said.
	Time uint32
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
	return AppendTimedFrame(b, seq, 0, m)
}

// AppendTimedFrame is AppendFrame for latest-wins frames, which say when they
// were written.
func AppendTimedFrame(b []byte, seq uint64, time uint32, m Message) []byte {
	b = append(b, 0)
	at := len(b)
	b = appendUint(b, 1, seq)
	b = appendHead(b, int(m.Kind()), 0)
	in := len(b)
	b = m.Append(b)
	b = patchLength(b, in)
	b = appendUint(b, 16, uint64(time))
	return patchLength(b, at)
}

// AppendBody appends a frame whose body is encoded already: one body may go to
// many members, on each connection with a number of its own (R5).
func AppendBody(b []byte, seq uint64, time uint32, kind Kind, body []byte) []byte {
	b = append(b, 0)
	at := len(b)
	b = appendUint(b, 1, seq)
	b = append(appendHead(b, int(kind), len(body)), body...)
	b = appendUint(b, 16, uint64(time))
	return patchLength(b, at)
}

// ParseFrame parses one frame without its length prefix.
func ParseFrame(b []byte) (Frame, error) {
	var fr Frame
	for len(b) > 0 {
		f, rest, err := readField(b)
		if err != nil {
			return fr, err
		}
		b = rest
		switch {
		case (f.number == 1 || f.number == 16) && f.typ != typeVarint:
			return fr, ErrField
		case f.number == 1:
			fr.Seq = f.num
		case f.number == 16:
			fr.Time = uint32(f.num)
		case f.typ == typeBytes:
			// proto3: of several members of a oneof the last one counts.
			fr.Kind, fr.Body = Kind(f.number), f.data
		}
	}
	if fr.Kind == 0 {
		return fr, ErrEmpty
	}
	return fr, nil
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
