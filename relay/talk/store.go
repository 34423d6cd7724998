package talk

import (
	"context"

	"edgeboard/relay/store/message"
	"edgeboard/relay/store/notice"
	"edgeboard/shared/wire"
)

// Store keeps conversations. One is named by its key, a string of at most 80 bytes. Its
// methods are called from many goroutines; but of one conversation no Put begins before
// the one before it has ended.
//
// A message that the store finds damaged is left out of pages and counted.
type Store interface {
	// Load returns those of ids that are messages of the conversation, those that are
	// IDs of stored changes, or of messages that are damaged, and the greatest stamp
	// that was ever put; 0: none.
	Load(ctx context.Context, key string, ids [][16]byte) (messages []Message, changes [][16]byte, clock uint64, err error)
	// Put stores all of a Change, or nothing, and then calls done. Nothing of it may
	// be changed before that. ErrChanged: nothing is stored, since another relay has
	// changed the conversation.
	Put(c Change, done func(error))
	// Page returns the messages that a Query asks for, in the order of their stamps, of
	// message.QueryChanged in that of Changed, and whether there are more the same way.
	Page(ctx context.Context, key string, q Query) (page []Message, more bool, damaged int, err error)
	// Mark stores how far a person has read, which is no further than the last message,
	// and returns when that is durable how far it is then. It never goes back.
	Mark(ctx context.Context, key string, person [16]byte, stamp uint64) (read uint64, err error)
	// Name stores how a person is shown, if somebody has a conversation with it.
	Name(person [16]byte, name string, done func(error))
	// Standings returns how a conversation stands for a person, zero if there is
	// nothing of it, and all that the person has with others, the last changed first, at
	// most limit of both together. Unread is counted up to most.
	Standings(ctx context.Context, person [16]byte, key string, limit, most int) ([]Standing, error)
	// Forget removes some of what has a stamp before the given one, and says whether
	// there is more.
	Forget(ctx context.Context, before uint64) (more bool, err error)
}

// ErrChanged is of a Change that was made from what there is no longer.
var ErrChanged = message.ErrChanged

// What the methods of Store take and return.
type (
	Message  = message.Message
	Change   = message.Change
	Query    = message.Query
	Standing = message.Standing
)

// Audience is told what is stored. Frames are encoded, with their length before them,
// and durable: they are told in the order of the calls. Its methods must not block for
// long.
type Audience interface {
	// TellBoard tells all who are on a board.
	TellBoard(board string, frame []byte)
	// TellPerson tells all connections of a person, on whatever board.
	TellPerson(p wire.Person, frame []byte)
	// TellPersonOn tells the connections of a person on one board.
	TellPersonOn(board string, p wire.Person, frame []byte)
}

// Inboxes keeps what concerns persons wherever they are. What becomes of inboxes is
// stored together with what is said.
type Inboxes interface {
	// Of adds to a batch what becomes of inboxes.
	Of(b *notice.Batch, c Concern)
	// Changed is told what is stored, before the messages are told.
	Changed(list []notice.Change)
	// Read is told how far a person has read the conversation of a key.
	Read(ctx context.Context, p wire.Person, key string, upto wire.Stamp)
}

// Concern is a message that was said or changed, for those whom it concerns.
type Concern struct {
	Board string         // whose conversation it is; empty: that of two persons
	Key   string         // of the conversation
	Pair  [2]wire.Person // the two
	Text  *wire.Text     // as it is now; it is valid during the call
	New   bool           // it was said just now
	// Was are the mentions that it had before, if it was said before.
	Was []wire.Mention
	To  wire.Person // the author of the message that it answers; nobody: it answers none
}

type noInboxes struct{}

func (noInboxes) Of(*notice.Batch, Concern)                             {}
func (noInboxes) Changed([]notice.Change)                               {}
func (noInboxes) Read(context.Context, wire.Person, string, wire.Stamp) {}

// Metrics is told what happens, for the operator. Its methods are called from many
// goroutines.
type Metrics interface {
	Said(n int)            // so many Says were stored
	Refused(why uint32)    // one was refused, see wire.RefusedText
	Recalled(err error)    // a Recall was answered, or could not be
	StoreFailed(err error) // what was said is not stored yet
	Damaged(n int)         // so many messages were left out of an answer
	Forgotten(err error)   // some that were too old were removed, or could not be
}

type noMetrics struct{}

func (noMetrics) Said(int)          {}
func (noMetrics) Refused(uint32)    {}
func (noMetrics) Recalled(error)    {}
func (noMetrics) StoreFailed(error) {}
func (noMetrics) Damaged(int)       {}
func (noMetrics) Forgotten(error)   {}
