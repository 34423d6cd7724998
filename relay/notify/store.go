package notify

import (
	"context"
	"time"

	"edgeboard/relay/store/notice"
	"edgeboard/shared/wire"
)

// Store keeps inboxes and what is to be delivered of them. Its methods are called from
// many goroutines.
type Store interface {
	// Put stores all of a batch, or nothing, and then calls done with what it has
	// made of the inboxes that it has changed. Nothing of it may be changed before that.
	Put(b notice.Batch, done func([]notice.Change, error))
	// Page returns entries, the last one first, whether there are more before them, and
	// how the inbox stands. A damaged one is left out and counted.
	Page(ctx context.Context, person [16]byte, q notice.Query) (page []notice.Entry, more bool, damaged int, now notice.Standing, err error)
	// Settle stores what was read, and returns when that is durable what it has changed.
	// Once begun it goes on when ctx ends. What was changed before an error comes with it.
	Settle(ctx context.Context, person [16]byte, s notice.Settled) (notice.Change, error)
	// Due returns deliveries that are due at a time, the first due first, at most limit,
	// and when the next one after them is; 0: there is none.
	Due(ctx context.Context, now int64, limit int) (list []notice.Delivery, next int64, err error)
	// Deliver stores what became of deliveries.
	Deliver(ctx context.Context, list []notice.Outcome) error
	// Forget removes some of the entries that were read and stored before a time, and
	// says whether there are more.
	Forget(ctx context.Context, before int64) (more bool, err error)
}

// Records are small things that outlast the relay; see package auth.
type Records interface {
	Get(ctx context.Context, kind, key string) (value []byte, err error)
	List(ctx context.Context, kind, prefix string, f func(key string, value []byte) error) error
	Put(ctx context.Context, kind, key string, value []byte, until time.Time) error
	Swap(ctx context.Context, kind, key string, old, value []byte, until time.Time) (bool, error)
}

// Audience is told what is stored.
type Audience interface {
	// TellPerson tells all connections of a person a durable frame, encoded with its
	// length before it.
	TellPerson(p wire.Person, frame []byte)
	// Looks reports whether a connection of a person is here and not away.
	Looks(p wire.Person) bool
}
