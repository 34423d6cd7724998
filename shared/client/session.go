package client

import (
	"time"

	"edgeboard/shared/board"
	"edgeboard/shared/wire"
)

// Phase is how a Session stands with its relay.
type Phase uint8

const (
	Offline    Phase = iota // no transport
	Connecting              // Hello is under way
	Live                    // changes go to and fro
)

func (p Phase) String() string {
	switch p {
	case Connecting:
		return "connecting"
	case Live:
		return "live"
	}
	return "offline"
}

// Config is what a Session is made of.
type Config struct {
	Board string       // the board's name, see wire.ValidBoardName
	Doc   *board.Board // must have a replica to write as
	Name  string       // how to be shown to others; at most wire.MaxName bytes
	Color uint32       // 0xRRGGBB
	// Token is what to show the relay. A Link that has a source of tokens sets it.
	Token string
	// Language is the person's, a BCP 47 tag of at most wire.MaxLanguage bytes.
	Language string
	// Secret is by what a relay that does not know who its people are knows this one
	// again, see wire.Hello. Device is what the person sits at.
	Secret string
	Device wire.Device
	// Kept, if not nil, is where the board is kept on this device, see Restore and
	// Keep. It takes a Link to write to it.
	Kept *Kept
	// Observe, if not nil, hears of what changed apart from the document, on
	// the goroutine that calls the Session.
	Observe func(Event)
	// Signalled, if not nil, hears what other members signal, on the same goroutine.
	Signalled func(Signal)
	// Said, if not nil, hears what others say when they do, in any conversation, on
	// the same goroutine.
	Said func(with wire.Person, t *wire.Text)
	// Noticed, if not nil, hears of what comes into the person's inbox when it does,
	// unless it is read already, on the same goroutine.
	Noticed func(e *wire.Entry)
}

// Event says what about a Session changed.
type Event uint8

const (
	StatusChanged     Event = iota + 1 // Status
	PeopleChanged                      // who is here, a name or a colour
	CursorsChanged                     // where somebody points
	PathChanged                        // Path was measured again
	SketchesChanged                    // what somebody draws that is not stored
	LoadingChanged                     // Loading
	SelectionsChanged                  // what somebody has in hand
	ViewportsChanged                   // what somebody sees, or whose view it follows
	TalkChanged                        // Talks, or what is known of a conversation (see talk.Log.Version)
	MarksChanged                       // how far somebody has read: Talks
	TypingChanged                      // Typists
	InboxChanged                       // Notices, or how many are unread
	WishesChanged                      // Wishes
	FeedsChanged                       // Feeds: those that ChangedFeeds names
)

// Status is what a person wants to know about the connection. Changes are
// counted in commits of this replica, and of those whose programs have ended and
// left theirs to this one (see Restore).
type Status struct {
	Phase  Phase
	Unsent int // not yet handed to a transport
	Sent   int // handed over, and not yet stored by the relay
	Unsaid int // what this person has said that is neither stored nor refused
	// NotStored says that the relay cannot store now what it is sent, changes or what
	// is said. It has it, and tries again.
	NotStored bool
	// EdgeOnly says that the relay is cut off from those that serve the board together
	// with it (W110): what is stored meanwhile, which is neither Unsent nor Sent any
	// more, is on this relay alone, and others get it when the relay reaches them.
	EdgeOnly bool
	// Role is what this client may do, as the relay has said last; wire.RoleUnsaid:
	// it has not. What it may not send stays unsent until it may (W67).
	Role wire.Role
	// Name is how the relay shows this person, where it decides that; otherwise "".
	Name string
	// Stopped is why the relay does not want this client back, or nil.
	Stopped *wire.Denied
	// Kept reports that all changes are kept on this device too, and survive the
	// end of the program.
	Kept bool
	// NotKept is why the board is not kept now although it should be, or nil.
	NotKept error
}

// Session is one client's side of the protocol. It belongs to one goroutine.
type Session struct {
	cfg     Config
	phase   Phase
	member  uint32 // own number while Live
	members map[uint32]*Member
	movers  map[uint32]*Member // of members, with a gesture under way

	followers int // members that follow this person's view
	signals   allowance

	denied *wire.Denied

	commits []uint64 // the last operation of each change that is not stored
	queued  uint64   // own operations up to here are in out, or sent
	sent    uint64   // own operations up to here were handed to the transport

	out      []byte // frames to send
	outBytes int    // of updates in out
	behind   bool   // updates were kept back from out
	renamed  bool   // name and color are not sent
	storedTo uint64 // own operations up to here are stored

	now        time.Time // when the Session was last told the time
	latest     latest
	byDatagram bool      // the transport takes what Latest returns
	forgetAt   time.Time // when some Sketch may have to be forgotten; zero: never
	formers    formers
	inheritance
	bases    bases
	arriving arriving
	moved    moved
	conversations
	inbox     inbox
	feeds     feeds
	notStored bool // the relay has said so
	edgeOnly  bool // as well
	access

	heart  heartbeat
	path   path
	asking wire.Ping // the last one

	hello   wire.Hello // scratch for parsing, to save allocations
	welcome wire.Welcome
	due     board.Vector // what the relay had then
	cursors wire.Cursors
	preview wire.Preview

	selection wire.Selection
	elements  []board.ID
	viewport  wire.Viewport
	signal    wire.Signal
}

// NewSession returns a Session that is Offline.
func NewSession(cfg Config) *Session {
	if cfg.Doc.Replica() == 0 {
		panic("client: the board has no replica to write as")
	}
	s := &Session{cfg: cfg, members: map[uint32]*Member{}, movers: map[uint32]*Member{}, latest: latest{cursor: wire.Cursor{Hidden: true}}}
	s.feeds.all.Keep(nil)
	if k := cfg.Kept; k != nil {
		s.inherited, k.found = k.found, nil
		s.bases, k.bases = k.bases, bases{}
		s.inheritSays(k.drafts)
		k.drafts = nil
	}
	return s
}

// Doc returns the board that is kept in step.
func (s *Session) Doc() *board.Board { return s.cfg.Doc }

// Status returns how the Session stands.
func (s *Session) Status() Status {
	st := Status{Phase: s.phase, NotStored: s.notStored, EdgeOnly: s.edgeOnly, Role: s.role, Name: s.name, Unsaid: s.unsaid()}
	for _, last := range s.commits {
		if last > s.sent || s.phase != Live {
			st.Unsent++
		} else {
			st.Sent++
		}
	}
	if s.phase == Live {
		st.Sent += s.inheritedChanges()
	} else {
		st.Unsent += s.inheritedChanges()
	}
	if s.denied != nil && s.denied.Code.Advice() == wire.Stop {
		st.Stopped = s.denied
	}
	if k := s.cfg.Kept; k != nil {
		st.Kept, st.NotKept = s.isKept(), k.err
	}
	return st
}

// Open tells that a transport has connected.
func (s *Session) Open(now time.Time) {
	s.now, s.phase, s.denied = now, Connecting, nil
	s.heart.open(now)
	s.path, s.byDatagram = path{}, false
	s.begin()
	s.out, s.outBytes, s.behind, s.renamed = s.out[:0], 0, false, false
	s.latest.open()
	s.talksLost()
	s.inboxLost()
	s.feedsLost()
	s.hello = wire.Hello{
		Version: wire.Version,
		Board:   s.cfg.Board,
		Replica: uint64(s.cfg.Doc.Replica()),
		Vector:  s.cfg.Doc.Vector().Append(nil),
		Name:    s.cfg.Name,
		Color:   s.cfg.Color,

		Token:    s.cfg.Token,
		Language: s.cfg.Language,
		Secret:   s.cfg.Secret,
		Device:   s.cfg.Device,
	}
	s.out = wire.AppendFrame(s.out, 0, &s.hello)
	s.tell(StatusChanged)
}

// Lost tells that the transport is gone.
func (s *Session) Lost() {
	if s.phase == Offline {
		return
	}
	s.phase = Offline
	s.begin()
	s.out, s.outBytes, s.behind, s.renamed = s.out[:0], 0, false, false
	s.latest.lost()
	s.talksLost()
	s.inboxLost()
	s.feedsLost()
	s.tell(StatusChanged)
	s.forgetMembers(formerFor)
}

// begin forgets what was under way on a connection.
func (s *Session) begin() {
	s.moved, s.notStored, s.edgeOnly = moved{}, false, false
	if s.arriving.total > 0 {
		s.arriving = arriving{}
		s.tell(LoadingChanged)
	}
}

// UpToDate reports whether the client is Live and its document has all that the
// relay had when it welcomed the client: what comes from then on is new.
func (s *Session) UpToDate() bool {
	return s.phase == Live && s.arriving.total == 0 && s.cfg.Doc.Vector().Covers(s.due)
}

func (s *Session) tell(e Event) {
	if s.cfg.Observe != nil {
		s.cfg.Observe(e)
	}
}
