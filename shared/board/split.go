package board

import (
	"encoding/binary"
	"iter"

	"edgeboard/shared/wire"
)

// Chunks cuts updates between one and the next into parts of at most size
// bytes; a single update that is longer is a part of its own.
func Chunks(data []byte, size int) iter.Seq[[]byte] {
	return func(yield func([]byte) bool) {
		end := 0
		for _, u := range Split(data) {
			if end > 0 && end+len(u) > size {
				if !yield(data[:end]) {
					return
				}
				data, end = data[end:], 0
			}
			end += len(u)
		}
		if end > 0 {
			yield(data[:end])
		}
	}
}

// Split yields the updates that are concatenated in data, each with its length
// and ready for Apply, and the replica that wrote it. It looks at no more than
// the head of each; data that is not even that well formed ends it early.
func Split(data []byte) iter.Seq2[Replica, []byte] {
	return func(yield func(Replica, []byte) bool) {
		for len(data) > 0 {
			u, rest, err := wire.Bytes(data)
			if err != nil {
				return
			}
			head := u
			if len(u) > 1 && u[0] == updateVersionEpoch {
				if _, head, err = wire.Uvarint(u[1:]); err != nil {
					return
				}
				head = u[len(u)-len(head)-1:]
			}
			if len(head) < 1+8 || !yield(Replica(binary.LittleEndian.Uint64(head[1:])), data[:len(data)-len(rest)]) {
				return
			}
			data = rest
		}
	}
}
