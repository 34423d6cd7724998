package wire

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
}

func (*Hello) Kind() Kind { return KindHello }

func (m *Hello) Append(b []byte) []byte {
	b = appendUint(b, 1, uint64(m.Version))
	b = appendString(b, 2, m.Board)
	b = appendUint(b, 3, m.Replica)
	b = appendString(b, 4, m.Vector)
	b = appendString(b, 5, m.Name)
	b = appendUint(b, 6, uint64(m.Color))
	b = appendString(b, 7, m.Token)
	return appendString(b, 8, m.Language)
}

func (m *Hello) Parse(b []byte) error {
	*m = Hello{Vector: m.Vector[:0]}
	return eachField(b, func(f field) error {
		switch f.number {
		case 1:
			return f.uint32(&m.Version)
		case 2:
			return f.text(&m.Board, MaxBoardName)
		case 3:
			return f.uint64(&m.Replica)
		case 4:
			return f.bytes(&m.Vector)
		case 5:
			return f.text(&m.Name, MaxName)
		case 6:
			return f.uint32(&m.Color)
		case 7:
			return f.text(&m.Token, MaxToken)
		case 8:
			return f.text(&m.Language, MaxLanguage)
		}
		return nil
	})
}

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
}

func (*Welcome) Kind() Kind { return KindWelcome }

func (m *Welcome) Append(b []byte) []byte {
	b = appendUint(b, 1, uint64(m.Version))
	b = appendUint(b, 2, uint64(m.Member))
	b = appendString(b, 3, m.Vector)
	b = appendUint(b, 4, uint64(m.MaxMessage))
	return appendUint(b, 5, m.Time)
}

func (m *Welcome) Parse(b []byte) error {
	*m = Welcome{Vector: m.Vector[:0]}
	return eachField(b, func(f field) error {
		switch f.number {
		case 1:
			return f.uint32(&m.Version)
		case 2:
			return f.uint32(&m.Member)
		case 3:
			return f.bytes(&m.Vector)
		case 4:
			return f.uint32(&m.MaxMessage)
		case 5:
			return f.uint64(&m.Time)
		}
		return nil
	})
}

// Update carries one or more updates of the document, in both directions.
type Update struct {
	Data []byte // see board.Apply
}

func (*Update) Kind() Kind { return KindUpdate }

func (m *Update) Append(b []byte) []byte { return appendString(b, 1, m.Data) }

func (m *Update) Parse(b []byte) error {
	m.Data = nil
	return eachField(b, func(f field) error {
		if f.number == 1 {
			if f.typ != typeBytes {
				return ErrField
			}
			// Not copied: the relay forwards what it was given.
			m.Data = f.data
		}
		return nil
	})
}

// Ack tells a client that the relay has its operations durably (R1).
type Ack struct {
	Through uint64 // the last operation of the client's replica that is stored
}

func (*Ack) Kind() Kind { return KindAck }

func (m *Ack) Append(b []byte) []byte { return appendUint(b, 1, m.Through) }

func (m *Ack) Parse(b []byte) error {
	*m = Ack{}
	return eachField(b, func(f field) error {
		if f.number == 1 {
			return f.uint64(&m.Through)
		}
		return nil
	})
}

// Joined tells that a member is here, or has changed its name or colour.
type Joined struct {
	Member uint32
	Name   string
	Color  uint32 // 0xRRGGBB
}

func (*Joined) Kind() Kind { return KindJoined }

func (m *Joined) Append(b []byte) []byte {
	b = appendUint(b, 1, uint64(m.Member))
	b = appendString(b, 2, m.Name)
	return appendUint(b, 3, uint64(m.Color))
}

func (m *Joined) Parse(b []byte) error {
	*m = Joined{}
	return eachField(b, func(f field) error {
		switch f.number {
		case 1:
			return f.uint32(&m.Member)
		case 2:
			return f.text(&m.Name, MaxName)
		case 3:
			return f.uint32(&m.Color)
		}
		return nil
	})
}

// Left tells that a member has gone.
type Left struct {
	Member uint32
}

func (*Left) Kind() Kind { return KindLeft }

func (m *Left) Append(b []byte) []byte { return appendUint(b, 1, uint64(m.Member)) }

func (m *Left) Parse(b []byte) error {
	*m = Left{}
	return eachField(b, func(f field) error {
		if f.number == 1 {
			return f.uint32(&m.Member)
		}
		return nil
	})
}

// Profile is how a client wants to be shown from now on.
type Profile struct {
	Name  string
	Color uint32 // 0xRRGGBB
}

func (*Profile) Kind() Kind { return KindProfile }

func (m *Profile) Append(b []byte) []byte {
	b = appendString(b, 1, m.Name)
	return appendUint(b, 2, uint64(m.Color))
}

func (m *Profile) Parse(b []byte) error {
	*m = Profile{}
	return eachField(b, func(f field) error {
		switch f.number {
		case 1:
			return f.text(&m.Name, MaxName)
		case 2:
			return f.uint32(&m.Color)
		}
		return nil
	})
}

// Refresh brings a new token for a session that goes on.
type Refresh struct {
	Token string // in the place of Hello's; at most MaxToken bytes
}

func (*Refresh) Kind() Kind { return KindRefresh }

func (m *Refresh) Append(b []byte) []byte { return appendString(b, 1, m.Token) }

func (m *Refresh) Parse(b []byte) error {
	*m = Refresh{}
	return eachField(b, func(f field) error {
		if f.number == 1 {
			return f.text(&m.Token, MaxToken)
		}
		return nil
	})
}

// Ping asks for a Pong with the same stamp.
type Ping struct {
	Stamp uint64 // the sender's own; the other side only returns it
	// Received and Highest say what has come of the other side's latest-wins
	// frames: how many, and the highest Frame.Seq among them, each cut to 32
	// bits.
	Received, Highest uint32
}

func (*Ping) Kind() Kind { return KindPing }

func (m *Ping) Append(b []byte) []byte {
	b = appendUint(b, 1, m.Stamp)
	b = appendUint(b, 5, uint64(m.Received))
	return appendUint(b, 6, uint64(m.Highest))
}

func (m *Ping) Parse(b []byte) error {
	*m = Ping{}
	return eachField(b, func(f field) error {
		switch f.number {
		case 1:
			return f.uint64(&m.Stamp)
		case 5:
			return f.uint32(&m.Received)
		case 6:
			return f.uint32(&m.Highest)
		}
		return nil
	})
}

// Pong answers a Ping.
type Pong struct {
	Stamp uint64
	// Time is the relay's clock when it answered, in milliseconds since 1970.
	Time              uint64
	Received, Highest uint32 // as in Ping
}

func (*Pong) Kind() Kind { return KindPong }

func (m *Pong) Append(b []byte) []byte {
	b = appendUint(b, 1, m.Stamp)
	b = appendUint(b, 2, m.Time)
	b = appendUint(b, 3, uint64(m.Received))
	return appendUint(b, 4, uint64(m.Highest))
}

func (m *Pong) Parse(b []byte) error {
	*m = Pong{}
	return eachField(b, func(f field) error {
		switch f.number {
		case 1:
			return f.uint64(&m.Stamp)
		case 2:
			return f.uint64(&m.Time)
		case 3:
			return f.uint32(&m.Received)
		case 4:
			return f.uint32(&m.Highest)
		}
		return nil
	})
}

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

func (*Denied) Kind() Kind { return KindDenied }

func (m *Denied) Append(b []byte) []byte {
	b = appendUint(b, 1, uint64(m.Code))
	b = appendString(b, 2, m.Reason)
	return appendUint(b, 3, uint64(m.RetryMS))
}

func (m *Denied) Parse(b []byte) error {
	*m = Denied{}
	return eachField(b, func(f field) error {
		switch f.number {
		case 1:
			return f.uint32((*uint32)(&m.Code))
		case 2:
			return f.text(&m.Reason, MaxReason)
		case 3:
			return f.uint32(&m.RetryMS)
		}
		return nil
	})
}
