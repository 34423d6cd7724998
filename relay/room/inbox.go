package room

import (
	"context"

	"edgeboard/shared/wire"
)

// Inbox keeps what concerns people on all boards. Its methods are called from many
// goroutines; what concerns one member from one at a time, but for Standing. What it has
// to tell besides, it tells the Hub by TellPerson.
type Inbox interface {
	// Standing returns the encoded Inbox that says how somebody's stands.
	Standing(ctx context.Context, who Speaker) (frame []byte, err error)
	// Browse returns the encoded Inbox or Wishes that answers.
	Browse(ctx context.Context, who Speaker, q *wire.Browse) (frame []byte, err error)
	// Settle notes what somebody has read.
	Settle(ctx context.Context, who Speaker, s *wire.Settle) error
	// Wish notes how somebody wants to be told. answer is encoded, and is nil where it
	// was told to all connections of the person.
	Wish(ctx context.Context, who Speaker, w *wire.Wishes) (answer []byte, err error)
	// Subscribe has a device told, or no longer.
	Subscribe(ctx context.Context, who Speaker, s *wire.Subscribe) (answer []byte, err error)
}
