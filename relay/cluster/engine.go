package cluster

import (
	"context"
	"errors"
	"io"
	"time"
)

// Engine is what the relays of a cluster share: logs that are durable, and messages
// between relays that are not. Its methods are called from many goroutines. What they
// return of bytes is the caller's; what they take they do not keep, but for Append's
// and Publish's data, which nobody changes afterwards.
//
// It may be made before the engine can be reached, and goes on trying. An error that is
// none of those below means that the engine did not do it, or not in time (CallTimeout),
// or that this is not known.
type Engine interface {
	// Append puts an entry at the end of a log, and calls done once, from any goroutine:
	// with its position when it is durable, or with an error. Entries of one caller stand
	// in the order of its calls as long as none fails. Of a Journal entry with Expect the
	// error is ErrConflict, and nothing is stored, if the last entry with its Key stands
	// elsewhere.
	Append(log string, e Entry, done func(position uint64, err error))
	// Read calls f with the entries after a position, in order, up to the end as it is
	// when Read begins, or further. It returns f's first error. ErrTrimmed: entries
	// after the position are gone, and the log's snapshot has them.
	Read(ctx context.Context, log string, after uint64, f func(Entry) error) error
	// Last returns the position of the last entry with a key, of any key if it is empty;
	// 0: there is none, or it was trimmed. Of a log that was trimmed to its end it is that of the last one.
	Last(ctx context.Context, log, key string) (uint64, error)
	// Follow calls f with each entry that is appended from now on by whomever, once it is
	// durable, in order and one at a time. Some may be lost, which Previous of the next
	// one tells, or OnLost's function is called; some may come twice. f must not block. It is
	// in force when Follow returns, or with the next OnLost.
	Follow(log string, f func(Entry)) (stop func(), err error)

	// Snapshot returns that of a log; Revision 0: there is none.
	Snapshot(ctx context.Context, log string) (Snapshot, error)
	// PutSnapshot puts one in the place of that with s.Revision, 0 if there is to be none,
	// and afterwards drops the entries up to s.Through. ErrConflict: there is another one,
	// or the log does not go that far, as that of an engine which has lost its data. Of a
	// key of the Journal whose entries were all dropped Last is 0, at once or later: until
	// then it is where the last one stood. Expect of what Last says fits.
	PutSnapshot(ctx context.Context, log string, s Snapshot) error

	// Publish tells all who Subscribe to a subject, this relay too if it does. It may be
	// lost. Subjects are of a-z A-Z 0-9 - _ and dots between.
	Publish(subject string, data []byte) error
	// Subscribe calls f as Follow does.
	Subscribe(subject string, f func(data []byte)) (stop func(), err error)

	// Hold takes or renews a lease for LeaseTime, and reports whether who has it.
	Hold(ctx context.Context, lease, who string) (bool, error)
	// Release gives a lease back, if who has it.
	Release(ctx context.Context, lease, who string) error

	// PutBlob stores a blob under a name that says what is in it. One that is there
	// already stays.
	PutBlob(ctx context.Context, name string, r io.Reader) error
	// Blob opens one. ErrNoBlob: there is none.
	Blob(ctx context.Context, name string) (io.ReadCloser, error)
	// DropBlob removes one, if it is there.
	DropBlob(ctx context.Context, name string) error

	// Ping asks the engine whether it would store something now, and returns what names
	// the data that it keeps: another one, if it has lost that.
	Ping(ctx context.Context) (incarnation string, err error)
	// OnLost says what to call when something that is followed or subscribed to may have
	// been lost: as when the engine is reached again. It is called before all else, and
	// f must not block.
	OnLost(f func())
	// Close ends it. Appends that are not done are done with an error.
	Close() error
}

// Journal is the log of all that is not a board's document. Other logs are named by
// BoardLog.
const Journal = "journal"

// BoardLog names the log of a board.
func BoardLog(board string) string { return "b." + board }

// Entry is one of a log.
type Entry struct {
	// Position is where it stands: 1 and more, ascending, not without gaps but in the
	// Journal. Append does not read it.
	Position uint64
	// Previous is the position of the entry before it in the log, 0 if there is none: of
	// what Follow tells alone.
	Previous uint64
	// Key is what an entry of the Journal is about: at most MaxKey bytes of any kind. Of
	// boards it is empty.
	Key string
	// Expect, if it is not nil, is where the last entry of the Key must stand, 0: nowhere.
	// Append alone reads it.
	Expect *uint64
	// From names the relay that has appended it: a-z, A-Z and 0-9, at most 64.
	From string
	// Data is at most MaxEntry bytes.
	Data []byte
}

// Snapshot stands for the entries of a log up to a position.
type Snapshot struct {
	Revision uint64 // of this snapshot, as the engine counts
	Through  uint64
	Data     []byte
}

// Limits and times.
const (
	// MaxEntry has room for an update of board.MaxUpdate.
	MaxEntry = 516 << 10
	MaxKey   = 1024
	// CallTimeout is after which a call that was not answered has failed.
	CallTimeout = 2 * time.Second
	// LeaseTime is how long a lease is held.
	LeaseTime = 10 * time.Second
)

// Errors of an Engine.
var (
	ErrConflict = errors.New("cluster: it was changed by another relay meanwhile")
	ErrTrimmed  = errors.New("cluster: the entries are no longer there")
	ErrNoBlob   = errors.New("cluster: there is no such blob")
	ErrClosed   = errors.New("cluster: it is closed")
)
