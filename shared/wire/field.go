package wire

// coder goes through the fields of a message, to write them or to read them. A
// message lists its fields once, in the order of their numbers, and all lists
// stand in one function: in the page's program that is half the size of a pair
// of functions for each message. What is sent often (Cursor, Preview, Frame) has
// code of its own.
type coder struct {
	mode mode
	b    []byte // what was written, or is still to be read
	err  error
	f    field // the one that was read, for the method with its number to store
	// half has a bit for each list of IDs, by its number, of which the last one has
	// no sequence number yet.
	half uint32
}

type mode uint8

const (
	writing  mode = iota
	clearing      // every field becomes zero, and keeps its memory
	reading
)

// fields calls a method of c for each field of a message.
func (c *coder) fields(m any) {
	switch m := m.(type) {
	case *Hello:
		c.uint32(1, &m.Version)
		c.text(2, &m.Board, MaxBoardName)
		c.uint64(3, &m.Replica)
		c.bytes(4, &m.Vector)
		c.text(5, &m.Name, MaxName)
		c.uint32(6, &m.Color)
		c.text(7, &m.Token, MaxToken)
		c.text(8, &m.Language, MaxLanguage)
		c.text(9, &m.Secret, MaxSecret)
		c.uint32(10, (*uint32)(&m.Device))
	case *Welcome:
		c.uint32(1, &m.Version)
		c.uint32(2, &m.Member)
		c.bytes(3, &m.Vector)
		c.uint32(4, &m.MaxMessage)
		c.uint64(5, &m.Time)
		c.uint32(6, (*uint32)(&m.Role))
		c.text(7, &m.Name, MaxName)
		c.sixteen(8, (*[16]byte)(&m.Person))
	case *Update:
		c.view(1, &m.Data)
	case *Ack:
		c.uint64(1, &m.Through)
		c.bytes(2, &m.Others)
	case *Joined:
		c.uint32(1, &m.Member)
		c.text(2, &m.Name, MaxName)
		c.uint32(3, &m.Color)
		c.sixteen(4, (*[16]byte)(&m.Person))
		c.uint32(5, (*uint32)(&m.Device))
		c.bool(6, &m.Away)
	case *Left:
		c.uint32(1, &m.Member)
	case *Profile:
		c.text(1, &m.Name, MaxName)
		c.uint32(2, &m.Color)
		c.bool(3, &m.Away)
	case *Refresh:
		c.text(1, &m.Token, MaxToken)
	case *SnapshotPart:
		c.uint64(1, &m.Offset)
		c.uint64(2, &m.Total)
		c.view(3, &m.Data)
	case *Moved:
		c.uint32(1, &m.AfterMS)
		c.text(2, &m.To, MaxOrigin)
	case *Notice:
		c.uint32(1, (*uint32)(&m.Code))
		c.text(2, &m.Text, MaxReason)
	case *Ping:
		c.uint64(1, &m.Stamp)
		c.uint32(5, &m.Received)
		c.uint32(6, &m.Highest)
	case *Pong:
		c.uint64(1, &m.Stamp)
		c.uint64(2, &m.Time)
		c.uint32(3, &m.Received)
		c.uint32(4, &m.Highest)
	case *Selection:
		c.uint32(1, &m.Member)
		c.uint32(2, &m.Seq)
		c.ids(3, &m.Elements, MaxSelected)
		c.floats(4, &m.By, MatrixSize)
		c.floats(5, &m.Place, PlaceSize)
		c.ids(6, &m.Caret, CaretSize)
		c.uint64(7, &m.Replica)
		c.uint64(8, &m.Base)
	case *Viewport:
		c.uint32(1, &m.Member)
		c.uint32(2, &m.Seq)
		c.floats(3, &m.View, ViewSize)
		c.ids(4, &m.Page, 1)
		c.uint32(5, &m.Following)
		c.bool(6, &m.Presents)
	case *Signal:
		c.uint32(1, &m.Member)
		c.uint32(2, &m.What)
		c.floats(3, &m.View, ViewSize)
		c.ids(4, &m.Page, 1)
		c.uint32(5, &m.Symbol)
	case *Say:
		c.sixteen(1, (*[16]byte)(&m.ID))
		c.sixteen(2, (*[16]byte)(&m.With))
		c.uint32(3, &m.What)
		c.text(4, &m.Text, MaxText)
		c.sixteen(5, (*[16]byte)(&m.About))
		parts(c, 6, &m.Mentions, MaxMentions)
		c.uint64(7, &m.Time)
	case *Mention:
		c.sixteen(1, (*[16]byte)(&m.Person))
		c.uint32(2, &m.At)
		c.uint32(3, &m.Length)
	case *Said:
		c.sixteen(1, (*[16]byte)(&m.With))
		parts(c, 2, &m.Texts, MaxRecall)
		c.uint32(3, &m.Answers)
		c.bool(4, &m.More)
		sixteens(c, 5, &m.Stored, MaxRecall)
		parts(c, 6, &m.Refused, MaxRecall)
	case *Text:
		c.sixteen(1, (*[16]byte)(&m.ID))
		c.sixteen(2, (*[16]byte)(&m.Author))
		c.text(3, &m.Name, MaxName)
		c.uint64(4, (*uint64)(&m.Stamp))
		c.uint64(5, (*uint64)(&m.Changed))
		c.text(6, &m.Text, MaxText)
		c.sixteen(7, (*[16]byte)(&m.About))
		parts(c, 8, &m.Mentions, MaxMentions)
		c.bool(9, &m.Edited)
		c.bool(10, &m.Deleted)
		parts(c, 11, &m.Reactions, MaxSigns)
		c.uint64(12, &m.Written)
	case *Reaction:
		c.text(1, &m.Sign, MaxSign)
		sixteens(c, 2, &m.Persons, MaxReactors)
	case *Refusal:
		c.sixteen(1, (*[16]byte)(&m.ID))
		c.uint32(2, &m.Why)
		c.text(3, &m.Reason, MaxReason)
	case *Recall:
		c.uint32(1, &m.Ask)
		c.sixteen(2, (*[16]byte)(&m.With))
		c.uint32(3, &m.What)
		c.uint64(4, (*uint64)(&m.Stamp))
		c.text(5, &m.Find, MaxFind)
		c.uint32(6, &m.Limit)
		c.sixteen(7, (*[16]byte)(&m.Message))
	case *Typing:
		c.sixteen(1, (*[16]byte)(&m.With))
		c.bool(2, &m.Stopped)
		c.uint32(3, &m.Member)
		c.sixteen(4, (*[16]byte)(&m.Person))
	case *Mark:
		c.sixteen(1, (*[16]byte)(&m.With))
		c.uint64(2, (*uint64)(&m.Stamp))
		c.sixteen(3, (*[16]byte)(&m.Person))
	case *Talks:
		parts(c, 1, &m.List, MaxTalks)
	case *Talk:
		c.sixteen(1, (*[16]byte)(&m.With))
		c.text(2, &m.Name, MaxName)
		c.uint64(3, (*uint64)(&m.Last))
		c.uint64(4, (*uint64)(&m.Changed))
		c.uint64(5, (*uint64)(&m.Read))
		c.uint32(6, &m.Unread)
		c.uint64(7, (*uint64)(&m.Seen))
	case *Entry:
		c.uint64(1, &m.Seq)
		c.uint32(2, &m.What)
		c.uint64(3, &m.Time)
		c.text(4, &m.Board, MaxBoardName)
		c.sixteen(5, (*[16]byte)(&m.From))
		c.text(6, &m.Name, MaxName)
		c.text(7, &m.Title, MaxTitle)
		c.text(8, &m.Text, MaxExcerpt)
		c.sixteen(9, (*[16]byte)(&m.With))
		c.sixteen(10, (*[16]byte)(&m.Message))
		c.uint64(11, (*uint64)(&m.Stamp))
		c.text(12, &m.Element, MaxElement)
		c.bool(13, &m.Read)
	case *Span:
		c.uint64(1, &m.From)
		c.uint64(2, &m.To)
	case *Inbox:
		parts(c, 1, &m.Entries, MaxEntries)
		c.uint32(2, &m.Answers)
		c.bool(3, &m.More)
		c.uint32(4, &m.Unread)
		c.uint64(5, &m.Last)
		parts(c, 6, &m.Read, MaxSpans)
		parts(c, 7, &m.Gone, MaxSpans)
		c.bool(8, &m.Anew)
	case *Browse:
		c.uint32(1, &m.Ask)
		c.uint64(2, &m.Before)
		c.bool(3, &m.Unread)
		c.uint32(4, &m.Limit)
		c.bool(5, &m.Wishes)
	case *Settle:
		parts(c, 1, &m.Read, MaxSpans)
	case *Wishes:
		c.uint32(1, &m.Off)
		c.uint32(2, &m.Unpushed)
		c.texts(3, &m.Muted, MaxBoardName, MaxMuted)
		c.uint32(4, &m.QuietFrom)
		c.uint32(5, &m.QuietTo)
		c.text(6, &m.Zone, MaxZone)
		c.bytes(7, &m.PushKey)
		c.uint32(8, &m.Devices)
		c.text(9, &m.Refused, MaxReason)
	case *Subscribe:
		c.text(1, &m.Endpoint, MaxEndpoint)
		c.bytes(2, &m.Key)
		c.bytes(3, &m.Auth)
		c.text(4, &m.Language, MaxLanguage)
		c.bool(5, &m.Ended)
	case *Watch:
		parts(c, 1, &m.List, MaxWants)
		c.uint32(2, &m.IntervalMS)
		c.uint32(3, &m.Digits)
	case *Want:
		c.text(1, &m.Feed, MaxFeed+1)
		c.uint32(2, &m.Points)
		c.uint64(3, &m.SpanMS)
	case *Points:
		c.uint64(1, &m.Time)
		parts(c, 2, &m.Feeds, MaxFeeds)
		c.view(3, &m.Runs)
		c.texts(4, &m.Texts, MaxFeedText, MaxFeedTexts)
		parts(c, 5, &m.Gone, MaxFeeds)
		c.bool(6, &m.More)
	case *Feed:
		c.uint32(1, &m.Number)
		c.text(2, &m.Name, MaxFeed)
		c.uint32(3, (*uint32)(&m.Type))
	case *Publish:
		c.uint32(1, &m.Ask)
		c.text(2, &m.Board, MaxBoardName)
		c.text(3, &m.Feed, MaxFeed)
		parts(c, 4, &m.Samples, MaxSamples)
	case *Sample:
		c.uint64(1, &m.Time)
		c.float(2, &m.Number)
		c.text(3, &m.Text, MaxFeedText)
	case *Published:
		c.uint32(1, &m.Ask)
		c.uint32(2, &m.Why)
		c.text(3, &m.Field, MaxReason)
		c.text(4, &m.Reason, MaxReason)
		c.uint32(5, &m.RetryMS)
	case *Denied:
		c.uint32(1, (*uint32)(&m.Code))
		c.text(2, &m.Reason, MaxReason)
		c.uint32(3, &m.RetryMS)
	}
}

func appendFields(b []byte, m any) []byte {
	c := coder{b: b}
	c.fields(m)
	return c.b
}

func parseFields(b []byte, m any) error {
	c := coder{mode: clearing}
	c.fields(m)
	c.mode, c.b = reading, b
	for c.err == nil && len(c.b) > 0 {
		if c.f, c.b, c.err = readField(c.b); c.err == nil {
			c.fields(m)
		}
	}
	if c.err == nil && c.half != 0 {
		c.err = ErrPart
	}
	return c.err
}

// has reports whether the field that was read is this one. Another wire type
// than its own is an error.
//
//go:noinline // for the size of the page's program; the others below are large
func (c *coder) has(number, typ int) bool {
	if c.mode != reading || c.f.number != number {
		return false
	}
	if c.f.typ != typ {
		c.err = ErrField
		return false
	}
	return true
}

//go:noinline
func (c *coder) uint64(number int, v *uint64) {
	switch {
	case c.mode == writing:
		c.b = appendUint(c.b, number, *v)
	case c.mode == clearing:
		*v = 0
	case c.has(number, typeVarint):
		*v = c.f.num
	}
}

// uint32 cuts a value over 32 bits, as proto3 prescribes.
//
//go:noinline
func (c *coder) uint32(number int, v *uint32) {
	wide := uint64(*v)
	c.uint64(number, &wide)
	if c.mode != writing { // several may write one message at once
		*v = uint32(wide)
	}
}

// bool takes any number but 0 for true, as proto3 prescribes.
func (c *coder) bool(number int, v *bool) {
	var one uint64
	if *v {
		one = 1
	}
	c.uint64(number, &one)
	if c.mode != writing {
		*v = one != 0
	}
}

func (c *coder) text(number int, v *string, limit int) {
	switch {
	case c.mode == writing:
		if len(*v) > 0 {
			c.b = append(appendHead(c.b, number, len(*v)), *v...)
		}
	case c.mode == clearing:
		*v = ""
	case c.has(number, typeBytes):
		if !validText(c.f.data, limit) {
			c.err = ErrText
			return
		}
		*v = string(c.f.data)
	}
}

// bytes reads a copy, into what v has.
func (c *coder) bytes(number int, v *[]byte) {
	switch {
	case c.mode == writing:
		if len(*v) > 0 {
			c.b = append(appendHead(c.b, number, len(*v)), *v...)
		}
	case c.mode == clearing:
		*v = (*v)[:0]
	case c.has(number, typeBytes):
		*v = append((*v)[:0], c.f.data...)
	}
}

// view reads without a copy.
func (c *coder) view(number int, v *[]byte) {
	switch {
	case c.mode == clearing:
		*v = nil
	case c.has(number, typeBytes):
		*v = c.f.data
	case c.mode == writing:
		c.bytes(number, v)
	}
}
