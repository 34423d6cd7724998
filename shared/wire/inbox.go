package wire

// A person's inbox: what concerns the person on all boards of a relay, in one order,
// kept until it was read, and longer. It belongs to the person, not to a device.

// Entry is one thing in an inbox.
type Entry struct {
	// Seq is its place: they ascend, from 1, and none is used twice.
	Seq   uint64
	What  uint32 // EntryMention and so on
	Time  uint64 // when it was stored, in milliseconds since 1970
	Board string // empty: of none
	// From is who has done it, and Name how that one was shown then. Nobody: a
	// program.
	From Person
	Name string // at most MaxName bytes
	// Title is what a program calls it, at most MaxTitle bytes.
	Title string
	// Text is the beginning of what was said, at most MaxExcerpt bytes.
	Text string
	// With, Message and Stamp are the message that it is about: of the conversation
	// with With, or of the board's. Without one they are zero.
	With    Person
	Message TextID
	Stamp   Stamp
	// Element is the one that it is about, as in a link to it; at most MaxElement bytes.
	Element string
	Read    bool
}

// What an Entry is about. Others are shown by their Title and Text.
const (
	EntryMention    = 1 // somebody has named the person in a message
	EntryPrivate    = 2 // somebody has said something to the person alone
	EntryReply      = 3 // somebody has answered a message of the person
	EntryInvitation = 4 // the person may come to a board, or may do something else there
	EntryAlert      = 5 // live data has reached a bound
	EntryProgram    = 6 // a program of the operator's has something to say
)

// Span is a run of places, From and To with it. One that ends before it begins has
// none.
type Span struct{ From, To uint64 }

// Inbox is sent by a relay: how a person's inbox stands, what has changed in it, or a
// page of it.
type Inbox struct {
	// Entries are new, or other than they were, ascending by Seq; of an answer those
	// that were asked for, the last one first.
	Entries []Entry
	// Answers is the number of the Browse; 0: these are news.
	Answers uint32
	// More says of an answer that there are more before it.
	More bool
	// Unread is how many there are now that were not read, all counted.
	Unread uint32
	// Last is the greatest Seq that there ever was.
	Last uint64
	// Read are those that were read in the meantime, and Gone those that are no more.
	Read, Gone []Span
	// Anew says that something may have been missed: what is held of the inbox is to
	// be asked for again.
	Anew bool
}

// Browse asks for a page of the inbox, which Inbox answers, or for Wishes.
type Browse struct {
	Ask    uint32 // the number of the question, not 0
	Before uint64 // the last ones before that place; of 0 the last of all
	Unread bool   // those alone that were not read
	Limit  uint32 // how many, at most MaxEntries, which 0 stands for
	Wishes bool   // for Wishes, and no page
}

// Settle says that entries were read.
type Settle struct {
	Read []Span
}

// Wishes is how a person wants to be told. A client sends it to have it so from now on,
// and a relay to tell how it is.
type Wishes struct {
	// Off and Unpushed have a bit, 1<<What, for each kind of Entry. Of those in Off
	// none comes into the inbox; of those in Unpushed a device hears only while the
	// page is open.
	Off, Unpushed uint32
	// Muted are boards of which nothing comes into the inbox.
	Muted []string
	// QuietFrom and QuietTo are minutes of the day in Zone, between which no device is
	// woken, past midnight if the first is later. Both the same: never.
	QuietFrom, QuietTo uint32
	Zone               string // a name of the IANA's; empty: UTC; at most MaxZone bytes

	// What follows a relay alone says.

	// PushKey is the relay's public key for push (RFC 8292), 65 bytes; empty: it does
	// not push.
	PushKey []byte
	// Devices is how many subscriptions the person has.
	Devices uint32
	// Refused says why what the client sent last was not taken, in English; empty: it was.
	Refused string // at most MaxReason bytes
}

// Subscribe has a relay push to a device (RFC 8030), or no longer.
type Subscribe struct {
	// Endpoint is where to, a URL of at most MaxEndpoint bytes.
	Endpoint string
	// Key is the device's public key, 65 bytes, and Auth its secret, 16 bytes
	// (RFC 8291).
	Key, Auth []byte
	Language  string // in which it tells
	Ended     bool   // no longer
}

func (*Inbox) Kind() Kind               { return KindInbox }
func (m *Inbox) Append(b []byte) []byte { return appendFields(b, m) }
func (m *Inbox) Parse(b []byte) error   { return parseFields(b, m) }

func (*Browse) Kind() Kind               { return KindBrowse }
func (m *Browse) Append(b []byte) []byte { return appendFields(b, m) }
func (m *Browse) Parse(b []byte) error   { return parseFields(b, m) }

func (*Settle) Kind() Kind               { return KindSettle }
func (m *Settle) Append(b []byte) []byte { return appendFields(b, m) }
func (m *Settle) Parse(b []byte) error   { return parseFields(b, m) }

func (*Wishes) Kind() Kind               { return KindWishes }
func (m *Wishes) Append(b []byte) []byte { return appendFields(b, m) }
func (m *Wishes) Parse(b []byte) error   { return parseFields(b, m) }

func (*Subscribe) Kind() Kind               { return KindSubscribe }
func (m *Subscribe) Append(b []byte) []byte { return appendFields(b, m) }
func (m *Subscribe) Parse(b []byte) error   { return parseFields(b, m) }

// texts is a list of texts.
func (c *coder) texts(number int, v *[]string, most, limit int) {
	switch {
	case c.mode == writing:
		for _, text := range *v {
			c.b = append(appendHead(c.b, number, len(text)), text...)
		}
	case c.mode == clearing:
		*v = (*v)[:0]
	case c.has(number, typeBytes):
		switch {
		case len(*v) == limit:
			c.err = ErrTooMany
		case !validText(c.f.data, most):
			c.err = ErrText
		default:
			*v = append(*v, string(c.f.data))
		}
	}
}
