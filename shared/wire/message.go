package wire

import "strings"

// Version is the version of the protocol this package speaks. A relay answers
// a Hello of a version it does not know with CodeVersion.
const Version = 1

// Hello is the first frame of a client on every connection.
type Hello struct {
	Version uint32
	Board   string // see ValidBoardName
	Replica uint64 // the replica whose operations this connection will send
	Vector  []byte // what the client has: an encoded board.Vector
	Name    string // at most MaxName bytes
	Color   uint32 // 0xRRGGBB
	// Token says what the client may do; at most MaxToken bytes.
	Token string
	// Language is the person's, a BCP 47 tag of at most MaxLanguage bytes.
	Language string
	// Secret is what the client keeps so that a relay that does not know who the
	// person is knows it again: at least MinSecret and at most MaxSecret bytes. Empty:
	// it is somebody else each time.
	Secret string
	Device Device // what the person sits at
}

func (*Hello) Kind() Kind { return KindHello }

func (m *Hello) Append(b []byte) []byte { return appendFields(b, m) }

func (m *Hello) Parse(b []byte) error { return parseFields(b, m) }

// Welcome answers a Hello that was accepted. The updates that the client lacks
// follow it.
type Welcome struct {
	Version uint32
	Member  uint32 // this connection's number in the room, never 0
	Vector  []byte // what the relay has stored: an encoded board.Vector
	// MaxMessage is the greatest message in bytes that the relay takes.
	MaxMessage uint32
	// Time is the relay's clock in milliseconds since 1970.
	Time uint64
	Role Role // what the client may do
	// Name is how the person is shown to the others, at most MaxName bytes; empty:
	// as Hello and Profile say.
	Name string
	// Person is who the client is for the others.
	Person Person
}

func (*Welcome) Kind() Kind { return KindWelcome }

func (m *Welcome) Append(b []byte) []byte { return appendFields(b, m) }

func (m *Welcome) Parse(b []byte) error { return parseFields(b, m) }

// Update carries one or more updates of the document, in both directions.
type Update struct {
	Data []byte // see board.Apply; not copied, since the relay forwards it
}

func (*Update) Kind() Kind { return KindUpdate }

func (m *Update) Append(b []byte) []byte { return appendFields(b, m) }

func (m *Update) Parse(b []byte) error { return parseFields(b, m) }

// Ack tells a client that the relay has its operations durably (R1).
type Ack struct {
	Through uint64 // the last operation of the client's replica that is stored
	// Others is an encoded board.Vector: of the other replicas whose operations
	// the client has brought, how many are stored.
	Others []byte
}

func (*Ack) Kind() Kind { return KindAck }

func (m *Ack) Append(b []byte) []byte { return appendFields(b, m) }

func (m *Ack) Parse(b []byte) error { return parseFields(b, m) }

// Joined tells that a member is here, or is shown otherwise from now on.
type Joined struct {
	Member uint32
	Name   string
	Color  uint32 // 0xRRGGBB
	Person Person // who it is: members may be one person
	Device Device
	Away   bool // the person does not look
}

func (*Joined) Kind() Kind { return KindJoined }

func (m *Joined) Append(b []byte) []byte { return appendFields(b, m) }

func (m *Joined) Parse(b []byte) error { return parseFields(b, m) }

// Left tells that a member has gone.
type Left struct {
	Member uint32
}

func (*Left) Kind() Kind { return KindLeft }

func (m *Left) Append(b []byte) []byte { return appendFields(b, m) }

func (m *Left) Parse(b []byte) error { return parseFields(b, m) }

// Profile is how a client wants to be shown from now on.
type Profile struct {
	Name  string
	Color uint32 // 0xRRGGBB
	Away  bool   // the person does not look
}

func (*Profile) Kind() Kind { return KindProfile }

func (m *Profile) Append(b []byte) []byte { return appendFields(b, m) }

func (m *Profile) Parse(b []byte) error { return parseFields(b, m) }

// Refresh brings a new token for a session that goes on.
type Refresh struct {
	Token string // in the place of Hello's; at most MaxToken bytes
}

func (*Refresh) Kind() Kind { return KindRefresh }

func (m *Refresh) Append(b []byte) []byte { return appendFields(b, m) }

func (m *Refresh) Parse(b []byte) error { return parseFields(b, m) }

// SnapshotPart is a piece of a snapshot of the document (see board.Snapshot),
// from the relay.
type SnapshotPart struct {
	Offset uint64 // where in the snapshot Data stands: where the piece before ends
	Total  uint64 // bytes of the whole snapshot, at most MaxSnapshot
	Data   []byte // not copied, since it is large
}

func (*SnapshotPart) Kind() Kind { return KindSnapshotPart }

func (m *SnapshotPart) Append(b []byte) []byte { return appendFields(b, m) }

func (m *SnapshotPart) Parse(b []byte) error { return parseFields(b, m) }

// Moved tells a client that the relay is about to stop: to leave when all it has
// sent is acknowledged, and to come back.
type Moved struct {
	AfterMS uint32 // milliseconds to stay away
	// To is the origin of the relay to come back to, such as https://b.example; empty:
	// the one that the client has come to.
	To string
}

func (*Moved) Kind() Kind { return KindMoved }

func (m *Moved) Append(b []byte) []byte { return appendFields(b, m) }

func (m *Moved) Parse(b []byte) error { return parseFields(b, m) }

// Notice tells a client what concerns it while the connection goes on.
type Notice struct {
	// Code is CodeNotStored while the relay cannot store what it is sent, and 0
	// when that is over. Other codes are ignored.
	Code Code
	Text string // for people, in English; at most MaxReason bytes
}

func (*Notice) Kind() Kind { return KindNotice }

func (m *Notice) Append(b []byte) []byte { return appendFields(b, m) }

func (m *Notice) Parse(b []byte) error { return parseFields(b, m) }

// Ping asks for a Pong with the same stamp.
type Ping struct {
	Stamp uint64 // the sender's own; the other side only returns it
	// Received and Highest say what has come of the other side's numbered
	// frames: how many, and the highest Frame.Seq among them, each cut to 32
	// bits.
	Received, Highest uint32
}

func (*Ping) Kind() Kind { return KindPing }

func (m *Ping) Append(b []byte) []byte { return appendFields(b, m) }

func (m *Ping) Parse(b []byte) error { return parseFields(b, m) }

// Pong answers a Ping.
type Pong struct {
	Stamp uint64
	// Time is the relay's clock when it answered, in milliseconds since 1970.
	Time              uint64
	Received, Highest uint32 // as in Ping
}

func (*Pong) Kind() Kind { return KindPong }

func (m *Pong) Append(b []byte) []byte { return appendFields(b, m) }

func (m *Pong) Parse(b []byte) error { return parseFields(b, m) }

// Denied is the last frame before the relay closes a connection on purpose.
type Denied struct {
	Code   Code
	Reason string // for people, in English; at most MaxReason bytes
	// RetryMS is the least number of milliseconds to wait before coming back;
	// it counts only where the code's Advice is not Stop.
	RetryMS uint32
}

// MaxReason is the greatest length of Denied.Reason in bytes. WebSocket has
// room for 123 in its close frame (RFC 6455 section 5.5).
const MaxReason = 120

// CutReason makes a text fit where at most MaxReason bytes of UTF-8 may stand.
func CutReason(text string) string {
	return strings.ToValidUTF8(text[:min(len(text), MaxReason)], "")
}

func (*Denied) Kind() Kind { return KindDenied }

func (m *Denied) Append(b []byte) []byte { return appendFields(b, m) }

func (m *Denied) Parse(b []byte) error { return parseFields(b, m) }
