package cluster

import (
	"context"
	"time"

	"edgeboard/shared/wire"
)

// Rooms is told what comes from other relays: a room.Hub. Its methods return at once and
// keep what they are given, which nobody changes afterwards.
type Rooms interface {
	// HearUpdates has a board take updates that are stored, up to a position of its log;
	// without updates they were its own. after is the position that was heard before, or
	// of the board as it was loaded: what follows something that was dropped is dropped
	// too, until room.Cluster.Again.
	HearUpdates(board string, after, position uint64, updates []byte)
	// HearSnapshot has a board take the state of a snapshot too: of one that stands in the
	// log as HearUpdates; of one that has all up to a position of the log, with after 0.
	HearSnapshot(board string, after, position uint64, snapshot []byte)
	// HearPeer gives what another relay's room of the board has told (room.Cluster.Tell).
	HearPeer(board, relay string, data []byte)
	// PeerLost says that some of that may be missing, on all boards: of one relay, or, if
	// it is empty, of any. PeerGone says that a relay has no rooms any more.
	PeerLost(relay string)
	PeerGone(relay string)
	// HearPerson tells the members that are a person a frame that may be lost.
	HearPerson(p wire.Person, frame []byte)
	// SetEdge says whether what is stored is stored on this relay alone (W110).
	SetEdge(edge bool)
}

// Copies is a relay's own store of boards (room.Store): the copy of what it serves, and
// the spool while it is cut off.
type Copies interface {
	Load(ctx context.Context, board string, snapshot, update func(data []byte) error) error
	Append(board string, updates []byte, done func(error))
	Compact(board string, updates, snapshot []byte, done func(error))
	// BoardNames returns the names behind one, in their order, at most most of them.
	BoardNames(ctx context.Context, after string, most int) ([]string, error)
}

// Records are a relay's own small things; see auth.Records. What is put later is stored
// later, or with it, and All tells the records of all kinds, and until when they hold.
type Records interface {
	Get(ctx context.Context, kind, key string) (value []byte, err error)
	List(ctx context.Context, kind, prefix string, f func(key string, value []byte) error) error
	Put(ctx context.Context, kind, key string, value []byte, until time.Time) error
	Swap(ctx context.Context, kind, key string, old, value []byte, until time.Time) (bool, error)
	PutLater(kind, key string, value []byte, until time.Time, done func(error))
	All(ctx context.Context, f func(kind, key string, value []byte, until time.Time) error) error
}
