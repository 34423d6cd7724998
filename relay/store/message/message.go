// Package message says what stores keep of what people say: the words between package
// talk and those that keep it for it.
package message

import (
	"errors"

	"edgeboard/relay/store/notice"
)

// ErrChanged is of a Change that was made from a conversation as it is no longer: another
// relay of the cluster has changed it.
var ErrChanged = errors.New("the conversation was changed by another relay meanwhile")

// ErrTooLarge is of a Change that has more than a cluster takes at once. In two it may be
// taken.
var ErrTooLarge = errors.New("the change is too large to be taken at once")

// Message is one as it is stored.
type Message struct {
	ID, Author     [16]byte
	Stamp, Changed uint64
	// Gone: it was taken back, and nobody has to read it.
	Gone bool
	Data []byte // what a store does not look into
	// Text is what it is found by, and is not read from the store. With Retext it is
	// not what it was, or new.
	Text   string `json:"-"` // Data has it
	Retext bool
}

// Change is what is stored together.
type Change struct {
	Key string
	// Messages are new, or replace those of their IDs.
	Messages []Message
	// Changes are the IDs of the Says that changed messages.
	Changes [][16]byte
	// Clock is the greatest stamp in it, and Base the greatest that there was before it,
	// which says from what it was made. A store that no other relay writes need not look.
	Clock, Base uint64
	// Persons are the two of a conversation of persons, and none of a board's. Their
	// names are stored; an empty one only if there is none yet.
	Persons [][16]byte
	Names   []string
	// Notices is what becomes of persons' inboxes with it. Noticed is called with what
	// has changed in them, before done, and not if nothing has, or it is not stored.
	Notices notice.Batch
	Noticed func([]notice.Change) `json:"-"`
	// Says returns what was said, for a store that cannot have the other relays agree to it
	// now, and has it said again later.
	Says func() [][]byte `json:"-"`
	// Again: some of it is said for the second time.
	Again bool `json:"-"`
}

// Query asks for a page of messages.
type Query struct {
	What  int // QueryBefore and so on
	Stamp uint64
	// Find makes that only those with it in their text are meant, in whatever case.
	// Of QueryChanged it is empty.
	Find string
	// Holds reports whether the text in a message's Data has Find in it, as Fold makes it
	// of both. A store may ask it, and then find by an index that finds too many. Nil: it
	// may not.
	Holds func(data []byte) bool
	// Limit is how many, and Bytes how much Data they may have but for the first.
	Limit, Bytes int
}

// What a Query asks for, by the numbers of wire.Recall.
const (
	QueryBefore  = iota // the last ones before Stamp
	QueryAfter          // the first ones after it
	QueryChanged        // those with the smallest Changed after it
)

// Standing is how a conversation stands for a person.
type Standing struct {
	With          [16]byte // the other person; zero: it is a board's
	Name          string   // of With
	Last, Changed uint64   // the greatest stamp of messages, and of their changes
	Read, Seen    uint64   // how far the person has read, and how far With
	Unread        int      // how many others' messages stand after Read
}
