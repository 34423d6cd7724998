// Package room holds the boards that people are on.
//
// A [Hub] serves connections: it reads a client's Hello, finds or starts the
// room of the board, and stays with the member until it goes. A room is one
// goroutine that owns one board and its members (R6).
//
// An update of a member goes this way: the member's goroutine reads it, the
// room applies it to the board and hands it to the store together with whatever
// else came meanwhile, and only when the store has it durably is it broadcast
// and acknowledged (R1). Who joins while a commit is under way waits for it, so
// that nobody sees what is not stored.
//
// Each member has an outbox with two classes of traffic (R3, R4): durable
// frames, in a bounded queue that is dropped when it is full, after which the
// member is brought up to date from the document when it reads again; and
// latest-wins ones: cursors, of which the newest replace the older ones, and
// previews of strokes, dropped when their queue is full. A writer runs only
// while there is something to write. Over a transport that has datagrams
// latest-wins frames take those, and wait for nothing. How often cursors are
// sent depends on how many there are and to how many they go; how many times the
// last place is said, on what the member's Pings tell of loss (package pace).
// Where one has come to rest is told again in order, since every datagram may
// have been lost.
//
// What a member lacks when it comes is sent in order too, in pieces, also where
// the transport could send it apart: an update that overtook it would have to
// be parked by the member's board, which is bounded, and most updates of others
// are of no use before it. What does not depend on it are cursors, and these
// overtake it by datagram.
//
// The package knows no transport and no database. It declares what it needs
// of a store, and is handed connections.
package room

import (
	"context"
	"log/slog"
	"time"

	"edgeboard/shared/wire"
)

// Store keeps boards: a snapshot, and the updates after it. Load, Append and
// Compact of the same board do not overlap.
type Store interface {
	// Load calls snapshot with the snapshot of a board, if there is one, and
	// then update with what was appended since, in order. The bytes are valid
	// during the call. An error of either ends it and is returned.
	Load(ctx context.Context, board string, snapshot, update func(data []byte) error) error
	// Append stores updates and calls done once, from any goroutine: with nil
	// when they will survive the loss of power, otherwise with the reason, and
	// then nothing of them is stored.
	Append(board string, updates []byte, done func(error))
	// Compact puts a snapshot, which holds all that was appended, in the place
	// of what there is of the board, and calls done as Append does: where it
	// fails, all is as it was.
	Compact(board string, snapshot []byte, done func(error))
}

// Config is what a Hub is made of.
type Config struct {
	Store Store
	Log   *slog.Logger // default: slog.Default()
}

// Times and sizes of a room. Limits of single messages stand in package wire.
const (
	helloTimeout    = 10 * time.Second       // for a client to say Hello
	silentTimeout   = 60 * time.Second       // a client pings more often than that
	sendTimeout     = 30 * time.Second       // for a member to take one message
	farewellTimeout = time.Second            // to tell a client why it is sent away
	cursorSettles   = 100 * time.Millisecond // without a move: it has come to rest
	retryStore      = time.Second            // after a commit failed

	maxOutbox   = 1 << 20  // bytes of durable frames that wait for one member
	maxPreviews = 64 << 10 // bytes of previews that wait for one member
	maxUnstored = 4 << 20  // bytes of updates that wait for the store
	// maxUpdateFrame is where updates go on in another frame. One that is
	// greater (up to board.MaxUpdate) still fits into a message.
	maxUpdateFrame = wire.MaxMessage / 4

	// catchUpPiece is about how much of what a member lacks is sent as one
	// message.
	catchUpPiece = 64 << 10

	// Batches of cursors are pace.MinInterval apart, and further where they
	// would cost more than about a tenth of a core: cursorSends is how many
	// datagrams that is in a second, of which each weighs as much as
	// cursorWeight cursors in it.
	cursorSends  = 10_000
	cursorWeight = 64
	cursorMost   = time.Second / 2 // however many there are

	maxMembers = 2000   // of one room
	maxRooms   = 20_000 // of one Hub
)
