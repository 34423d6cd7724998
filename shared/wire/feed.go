package wire

import "math"

// Live data: feeds of a board, each a name and points in the order of their times. What
// Points.Runs holds is written and read by package feed.

// Watch says which live data a client is told from now on; what it said before holds no
// longer.
type Watch struct {
	List       []Want // at most MaxWants; none: nothing
	IntervalMS uint32 // no feed is told more often; 0: as often as the relay tells it
	// Digits is how many significant digits a number is told with at least, up to
	// MaxDigits; 0: exactly.
	Digits uint32
}

// Want is a feed, or those whose names begin alike.
type Want struct {
	Feed   string // a name, or the beginning of names with * behind it
	Points uint32 // so many of those that came before, at most; 0: the last one
	SpanMS uint64 // none that is older, in milliseconds; 0: however old
}

// Points is sent by a relay: live data of the board.
type Points struct {
	Time  uint64 // the relay's clock, in milliseconds since 1970, from which Runs count
	Feeds []Feed // which Runs speak of from now on
	Runs  []byte // see package feed; not copied
	Texts []string
	Gone  []Feed // which are no more, by their numbers
	More  bool   // of an answer to Watch: more feeds are meant than are told
}

// Feed says what Runs call a feed on this connection.
type Feed struct {
	Number uint32
	Name   string   // at most MaxFeed bytes
	Type   FeedType // of its values
}

// FeedType is what a feed's values are.
type FeedType uint32

// The types of values.
const (
	FeedNumbers FeedType = 1
	FeedTexts   FeedType = 2
)

// Publish is sent by a client: points of a feed, the oldest first.
type Publish struct {
	Ask     uint32   // the number that Published answers with; 0: only a refusal is answered
	Board   string   // by gRPC alone; on a connection to a board it is that one
	Feed    string   // at most MaxFeed bytes
	Samples []Sample // at most MaxSamples
}

// Sample is one point.
type Sample struct {
	Time   uint64 // milliseconds since 1970; 0: the relay's clock
	Number float64
	Text   string // at most MaxFeedText bytes; if it is not empty it is the value
}

// Published answers a Publish.
type Published struct {
	Ask     uint32
	Why     uint32 // 0: all was taken; PublishedRight and so on: nothing
	Field   string // what was wrong of Publish
	Reason  string // for people, in English, at most MaxReason bytes
	RetryMS uint32 // of PublishedMost: how long to wait
}

// Why a Publish was not taken (W107).
const (
	PublishedRight  = 1 // the client may not publish there
	PublishedValue  = 2 // a name, a time or a value is none, or not of the feed's type
	PublishedOrder  = 3 // a point is not newer than the one before it
	PublishedMost   = 4 // there are as many feeds, or points a second, as there may be
	PublishedNoFeed = 5 // the relay takes no live data
)

func (*Watch) Kind() Kind               { return KindWatch }
func (m *Watch) Append(b []byte) []byte { return appendFields(b, m) }
func (m *Watch) Parse(b []byte) error   { return parseFields(b, m) }

func (*Points) Kind() Kind               { return KindPoints }
func (m *Points) Append(b []byte) []byte { return appendFields(b, m) }
func (m *Points) Parse(b []byte) error   { return parseFields(b, m) }

func (*Publish) Kind() Kind               { return KindPublish }
func (m *Publish) Append(b []byte) []byte { return appendFields(b, m) }
func (m *Publish) Parse(b []byte) error   { return parseFields(b, m) }

func (*Published) Kind() Kind               { return KindPublished }
func (m *Published) Append(b []byte) []byte { return appendFields(b, m) }
func (m *Published) Parse(b []byte) error   { return parseFields(b, m) }

// float is a number of 64 bits. A negative zero is one: only all bits zero is left out.
func (c *coder) float(number int, v *float64) {
	switch {
	case c.mode == writing:
		if u := math.Float64bits(*v); u != 0 {
			c.b = AppendUvarint(c.b, uint64(number<<3|typeI64))
			c.b = append(c.b, byte(u), byte(u>>8), byte(u>>16), byte(u>>24), byte(u>>32), byte(u>>40), byte(u>>48), byte(u>>56))
		}
	case c.mode == clearing:
		*v = 0
	case c.has(number, typeI64):
		*v = math.Float64frombits(c.f.num)
	}
}
