package wire

// What people say to each other. A conversation is that of a board, or one between
// two persons, which is the same on every board. Its messages are in one order for
// all, that of their stamps.

// TextID is the name that a client gives what it says, of random bytes: what comes
// twice is known by it.
type TextID [16]byte

// Stamp is a place in the order of all that is said: a hybrid logical clock (Kulkarni
// et al., Logical Physical Clocks, 2014), milliseconds since 1970 in the upper 48 bits
// and a count in the lower 16. No two messages of a conversation share one.
type Stamp uint64

// Milliseconds returns when that was, since 1970.
func (s Stamp) Milliseconds() int64 { return int64(s >> 16) }

// StampAt returns the first Stamp of a millisecond since 1970.
func StampAt(ms int64) Stamp { return Stamp(max(ms, 0)) << 16 }

// Say is what a client says, or changes of what was said.
type Say struct {
	ID   TextID
	With Person // whom it is said to; nobody: to all on the board
	What uint32 // SayText and so on; others are refused
	// Text is what is said, at most MaxText bytes, or the sign of a reaction, at most
	// MaxSign bytes.
	Text string
	// About is the message that is answered, by SayText, or changed by the others.
	About TextID
	// Mentions are who is named in Text.
	Mentions []Mention
	// Time is when it was written by the client's clock, in milliseconds since 1970. 0:
	// it is not said.
	Time uint64
}

// What a Say does.
const (
	SayText   = 0 // says Text
	SayEdit   = 1 // puts Text and Mentions in the place of those of the author's own message
	SayDelete = 2 // takes a message back
	SayReact  = 3 // adds the sign Text to a message
	SayUnact  = 4 // takes that back
)

// Mention says that a person is named in a text.
type Mention struct {
	Person Person
	At     uint32 // where in the text, in bytes
	Length uint32 // of what stands there, in bytes
}

// Text is a message as it is now.
type Text struct {
	ID     TextID
	Author Person
	Name   string // the author's, when it was said; at most MaxName bytes
	Stamp  Stamp  // its place
	// Changed is the Stamp of its last change, Stamp itself if there was none.
	Changed   Stamp
	Text      string // at most MaxText bytes; empty if it was taken back
	About     TextID // the message that it answers
	Mentions  []Mention
	Edited    bool // Text is not what was said first
	Deleted   bool
	Reactions []Reaction
	// Written is when the author wrote it by its own clock, as Say.Time.
	Written uint64
}

// Reaction is a sign that persons have given a message.
type Reaction struct {
	Sign    string // at most MaxSign bytes
	Persons []Person
}

// Said carries messages of one conversation, each as it is now, in the order of their
// stamps. It tells what is new, or answers a Recall.
type Said struct {
	With  Person // the other person, as the receiver sees it; nobody: the board's
	Texts []Text
	// Answers is the number of the Recall; 0: these are news.
	Answers uint32
	// More says of an answer that there is more the same way.
	More bool
	// Stored are those of the receiver's own Says that the relay has stored.
	Stored []TextID
	// Refused are those that it never will.
	Refused []Refusal
}

// Refusal says why something was not taken.
type Refusal struct {
	ID     TextID
	Why    uint32 // RefusedText and so on
	Reason string // for people, in English, at most MaxReason bytes
}

// Why a Say is refused.
const (
	RefusedText  = 1 // there is nothing to be read in it, or a Mention is no part of it
	RefusedRole  = 2 // the person may not say it
	RefusedAbout = 3 // there is no such message there, or it was taken back
	RefusedMost  = 4 // a message has as many reactions as it may have
	RefusedWhat  = 5 // nobody knows what it is to do
	RefusedWith  = 6 // it is said to oneself
)

// Recall asks for messages of a conversation, which Said answers.
type Recall struct {
	Ask  uint32 // the number of the question, not 0
	With Person // as in Say
	What uint32 // RecallBefore and so on
	// Stamp is from where.
	Stamp Stamp
	// Find makes that only messages with it in their text are meant, in whatever case;
	// at most MaxFind bytes.
	Find string
	// Limit is how many, at most MaxRecall, which 0 stands for.
	Limit uint32
	// Message is the one that RecallOne asks for.
	Message TextID
}

// What a Recall asks for.
const (
	RecallBefore  = 0 // the last ones before Stamp; of Stamp 0 the last ones of all
	RecallAfter   = 1 // the first ones after it
	RecallChanged = 2 // those with the smallest Changed after it, in that order
	RecallOne     = 3 // Message; Stamp, Find and Limit say nothing
)

// Typing says that somebody writes, or no longer. It is latest-wins traffic.
type Typing struct {
	With    Person // whom it is written to; nobody: all on the board
	Stopped bool
	// Member and Person are who writes; from a client they are 0.
	Member uint32
	Person Person
}

// Mark says how far a person has read.
type Mark struct {
	With  Person
	Stamp Stamp // all up to there
	// Person is who has read, from a relay.
	Person Person
}

// Talks says how all conversations of a person stand: when it comes, and when a
// client may have missed something.
type Talks struct {
	List []Talk // that of the board first, then the others, the last changed first
}

// Talk is how a conversation stands.
type Talk struct {
	With    Person // nobody: the board's
	Name    string // of With, as it was shown last
	Last    Stamp  // of the last message; 0: there is none
	Changed Stamp  // the greatest of all messages
	Read    Stamp  // how far the person has read
	Unread  uint32 // how many others' messages stand after Read, at most MaxUnread
	// Seen is how far With has read; of the board's 0.
	Seen Stamp
}

func (*Say) Kind() Kind               { return KindSay }
func (m *Say) Append(b []byte) []byte { return appendFields(b, m) }
func (m *Say) Parse(b []byte) error   { return parseFields(b, m) }

func (*Said) Kind() Kind               { return KindSaid }
func (m *Said) Append(b []byte) []byte { return appendFields(b, m) }
func (m *Said) Parse(b []byte) error   { return parseFields(b, m) }

func (*Recall) Kind() Kind               { return KindRecall }
func (m *Recall) Append(b []byte) []byte { return appendFields(b, m) }
func (m *Recall) Parse(b []byte) error   { return parseFields(b, m) }

func (*Typing) Kind() Kind               { return KindTyping }
func (m *Typing) Append(b []byte) []byte { return appendFields(b, m) }
func (m *Typing) Parse(b []byte) error   { return parseFields(b, m) }

func (*Mark) Kind() Kind               { return KindMark }
func (m *Mark) Append(b []byte) []byte { return appendFields(b, m) }
func (m *Mark) Parse(b []byte) error   { return parseFields(b, m) }

func (*Talks) Kind() Kind               { return KindTalks }
func (m *Talks) Append(b []byte) []byte { return appendFields(b, m) }
func (m *Talks) Parse(b []byte) error   { return parseFields(b, m) }

// sixteen is a name of 16 bytes. Zero is not written.
func (c *coder) sixteen(number int, v *[16]byte) {
	switch {
	case c.mode == writing:
		if *v != ([16]byte{}) {
			c.b = append(appendHead(c.b, number, len(v)), v[:]...)
		}
	case c.mode == clearing:
		*v = [16]byte{}
	case c.has(number, typeBytes):
		if *v = [16]byte{}; len(c.f.data) > 0 {
			*v, c.err = parseName(c.f.data)
		}
	}
}

// parseName reads a name, which has 16 bytes and is not zero.
func parseName(b []byte) ([16]byte, error) {
	if len(b) != 16 || [16]byte(b) == ([16]byte{}) {
		return [16]byte{}, ErrName
	}
	return [16]byte(b), nil
}

// sixteens is a list of names of 16 bytes, of which none is zero.
func sixteens[T ~[16]byte](c *coder, number int, v *[]T, limit int) {
	switch {
	case c.mode == writing:
		for i := range *v {
			c.b = append(appendHead(c.b, number, len((*v)[i])), (*v)[i][:]...)
		}
	case c.mode == clearing:
		*v = (*v)[:0]
	case c.has(number, typeBytes):
		if len(*v) == limit {
			c.err = ErrTooMany
			return
		}
		var name [16]byte
		if name, c.err = parseName(c.f.data); c.err == nil {
			*v = append(*v, T(name))
		}
	}
}

// parts is a list of messages within a message.
func parts[T any](c *coder, number int, v *[]T, limit int) {
	switch {
	case c.mode == writing:
		for i := range *v {
			c.b = appendHead(c.b, number, 0)
			at := len(c.b)
			c.fields(&(*v)[i])
			c.b = patchLength(c.b, at)
		}
	case c.mode == clearing:
		*v = (*v)[:0]
	case c.has(number, typeBytes):
		if len(*v) == limit {
			c.err = ErrTooMany
			return
		}
		*v = append(*v, *new(T))
		c.err = parseFields(c.f.data, &(*v)[len(*v)-1])
	}
}
