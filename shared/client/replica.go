package client

import (
	"crypto/rand"
	"encoding/binary"

	"edgeboard/shared/board"
)

// NewReplica draws a replica to write as: for one visit of a page, or one run of
// a tool. Two writers must not have the same one.
func NewReplica() board.Replica {
	var b [8]byte
	rand.Read(b[:]) // never fails, see crypto/rand
	return board.Replica(binary.LittleEndian.Uint64(b[:])&(board.MaxReplica-1) + 1)
}
