package main

import (
	"encoding/binary"
	"errors"

	"edgeboard/shared/board"
	"edgeboard/shared/wire"
)

// The little of WebSocket (RFC 6455) that players and the floor need: whole messages, no extensions. It is apart from the
// product's, so that the load is the same whatever that does.
const (
	opText   = 1
	opBinary = 2
	opClose  = 8
	opPing   = 9
	opPong   = 10
)

// appendClientFrame appends a masked frame (section 5.3). The mask is always the same one: it costs a server what any does.
func appendClientFrame(b []byte, op byte, payload []byte) []byte {
	mask := [4]byte{0x37, 0xfa, 0x21, 0x3d}
	at := len(b)
	b = append(appendServerFrame(b, op, nil, len(payload)), mask[:]...)
	b[at+1] |= 0x80
	for i, c := range payload {
		b = append(b, c^mask[i%4])
	}
	return b
}

// appendServerFrame appends the head of a frame of n bytes, and of those the ones that are given.
func appendServerFrame(b []byte, op byte, payload []byte, n int) []byte {
	b = append(b, 0x80|op)
	switch {
	case n < 126:
		b = append(b, byte(n))
	case n < 1<<16:
		b = binary.BigEndian.AppendUint16(append(b, 126), uint16(n))
	default:
		b = binary.BigEndian.AppendUint64(append(b, 127), uint64(n))
	}
	return append(b, payload...)
}

var errFrame = errors.New("a WebSocket frame of a kind that is not expected")

// takeFrame takes one frame off b, and unmasks it in place if it is masked. Where b ends in the middle of one, ok is false.
func takeFrame(b []byte) (op byte, payload, rest []byte, ok bool, err error) {
	if len(b) < 2 {
		return 0, nil, b, false, nil
	}
	if b[0]&0xf0 != 0x80 {
		return 0, nil, b, false, errFrame // in pieces, or of an extension
	}
	at, size := 2, uint64(b[1]&0x7f)
	switch {
	case size == 126 && len(b) >= 4:
		at, size = 4, uint64(binary.BigEndian.Uint16(b[2:]))
	case size == 127 && len(b) >= 10:
		at, size = 10, binary.BigEndian.Uint64(b[2:])
	case size >= 126:
		return 0, nil, b, false, nil
	}
	if size > 2*wire.MaxMessage {
		return 0, nil, b, false, errFrame
	}
	masked := b[1]&0x80 != 0
	if masked {
		at += 4
	}
	end := at + int(size)
	if len(b) < end {
		return 0, nil, b, false, nil
	}
	payload = b[at:end]
	if masked {
		for i := range payload {
			payload[i] ^= b[at-4+i%4]
		}
	}
	return b[0] & 0xf, payload, b[end:], true, nil
}

// firstSeq returns the number of an update's first operation. The update has its length before it, see board.Split, which
// has looked at the head.
func firstSeq(update []byte) (uint64, error) {
	u, _, err := wire.Bytes(update)
	if err != nil || len(u) == 0 {
		return 0, board.ErrMalformed
	}
	head := u[1:]
	if u[0] == 2 { // it says in which epoch it was written
		if _, head, err = wire.Uvarint(head); err != nil {
			return 0, err
		}
	}
	if len(head) < 8 {
		return 0, board.ErrMalformed
	}
	seq, _, err := wire.Uvarint(head[8:])
	return seq, err
}
