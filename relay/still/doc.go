// Package still keeps the boards that were read last as the store has them, for who
// reads a board without coming in: exports, the first picture of a page. What is
// stored is what members are told (R1), so a reader sees what they see, and needs no
// room. Of a board that was read before, only what came since is read.
//
// Boards are many and memory is not: the least recently read ones are forgotten when
// there are too many, or too large ones, and each when nobody has asked for it for a
// while.
package still

import (
	"context"
	"time"
)

// Store is what the package needs of a store.
type Store interface {
	// Since reads what a board has beyond a position, "" for all of it, and returns
	// the position it is then at: "" if nothing is stored of it. It calls snapshot,
	// perhaps more than once, with what takes the place of all that was read before,
	// and then update with what was appended since. The bytes are valid during the
	// call. It may overlap with whatever else is done with the board.
	Since(ctx context.Context, board, position string, snapshot, update func(data []byte) error) (string, error)
}

const (
	mostBoards = 16               // that are kept
	mostBytes  = 64 << 20         // of them, as stored: in memory it is some times as much
	mostLoads  = 2                // boards that are read at a time
	keeps      = 10 * time.Minute // for nobody
)
