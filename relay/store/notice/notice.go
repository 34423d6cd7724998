// Package notice says what stores keep of persons' inboxes: the words between package
// notify and those that keep it for it.
package notice

// Entry is one thing in a person's inbox.
type Entry struct {
	Person [16]byte
	// Seq is its place in the person's inbox: from 1, ascending, none used twice.
	Seq uint64
	// Source is what it is about, a message's ID or any name: of one source a person has
	// one entry, which is known by it.
	Source [16]byte
	// Talk and Stamp are the place of the message that it is about: the key of the
	// conversation (talk.Store), empty if it is about none.
	Talk  string
	Stamp uint64
	Time  int64 // when it was stored, milliseconds since 1970 UTC
	Read  bool
	Data  []byte // what a store does not look into
}

// Put is an entry that is to be stored. The person's entry of the Source keeps its Seq,
// Time, Read and place of a message, and gets the Data; if there is none it is new, and
// not read.
type Put struct {
	Entry
	// Targets are where a new one is to be delivered to, at once: names of at most 100
	// bytes.
	Targets []string
	// Edit stores nothing if there is no such entry.
	Edit bool
}

// Batch is what is stored together.
type Batch struct {
	Put []Put
	// Gone are sources whose entries are removed then, of whomever, with what is still
	// to be delivered of them.
	Gone [][16]byte
}

// MostEntries is how many entries an inbox has at the most: the oldest goes for the one
// beyond, as if its source were Gone.
const MostEntries = 150_000

// Change is what a Batch, or a Settle, has made of one inbox. Of one that is as it was
// there is none of a Batch, and of a Settle one without places.
type Change struct {
	Person [16]byte
	// Entries are new or other than they were, ascending by Seq.
	Entries []Entry
	Read    []uint64 // the places of those that were read, ascending
	Gone    []uint64 // and of those that were removed
	Standing
}

// Standing is how an inbox stands.
type Standing struct {
	Unread int    // how many there are that were not read
	Last   uint64 // the greatest Seq that there ever was
	// Version ascends: of two that are told of an inbox, that with the greater one is
	// the later, in whatever order they come.
	Version uint64
}

// Query asks for a page of an inbox.
type Query struct {
	Before uint64 // the last ones before it; 0: the last ones of all
	Unread bool   // those alone that were not read
	Limit  int
}

// Settled is what a person has read. Zero parts mean nothing.
type Settled struct {
	Spans [][2]uint64 // places, from and to, both with them
	Talk  string      // of that conversation all up to Stamp
	Stamp uint64
}

// Delivery is an entry that is to be delivered to a target.
type Delivery struct {
	ID     int64
	Target string
	Entry  Entry // as it is now; one that is gone or damaged has only its Person and Seq
	Tries  int   // how often it was tried
	Since  int64 // when it was put, milliseconds since 1970 UTC
}

// Outcome is what is to become of a Delivery.
type Outcome struct {
	ID int64
	// Target, Person and Seq are those of the Delivery: on other relays it is known by
	// them.
	Target string
	Person [16]byte
	Seq    uint64
	Done   bool  // it is over; otherwise it is tried again
	Due    int64 // when, milliseconds since 1970 UTC
}
