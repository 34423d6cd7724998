package client

import (
	"cmp"
	"errors"
	"maps"
	"slices"
	"time"

	"edgeboard/shared/board"
	"edgeboard/shared/conn"
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

// maxQueue bounds the bytes of updates that wait for the transport. Beyond it
// further ones are dropped and made anew from the document, in larger updates,
// when the transport has taken what waits (R4).
const maxQueue = 256 << 10

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
	// Kept, if not nil, is where the board is kept on this device, see Restore and
	// Keep. It takes a Link to write to it.
	Kept *Kept
	// Observe, if not nil, hears of what changed apart from the document, on
	// the goroutine that calls the Session.
	Observe func(Event)
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
)

// Status is what a person wants to know about the connection. Changes are
// counted in commits of this replica, and of those whose programs have ended and
// left theirs to this one (see Restore).
type Status struct {
	Phase  Phase
	Unsent int // not yet handed to a transport
	Sent   int // handed over, and not yet stored by the relay
	// NotStored says that the relay cannot store what it is sent now. It has it, and
	// tries again.
	NotStored bool
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

// Member is another connection to the same board.
type Member struct {
	ID     uint32
	Name   string
	Color  uint32 // 0xRRGGBB
	Cursor wire.Cursor

	Selection Selection // what it has in hand

	hand     theirHand
	sketches map[uint32]*theirs // by number
}

// Session is one client's side of the protocol. It belongs to one goroutine.
type Session struct {
	cfg     Config
	phase   Phase
	member  uint32 // own number while Live
	members map[uint32]*Member
	movers  map[uint32]*Member // of members, with a gesture under way
	denied  *wire.Denied

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
	inheritance
	bases     bases
	arriving  arriving
	moved     moved
	notStored bool // the relay has said so
	access

	heart  heartbeat
	path   path
	asking wire.Ping // the last one

	hello   wire.Hello // scratch for parsing, to save allocations
	welcome wire.Welcome
	cursors wire.Cursors
	preview wire.Preview

	selection wire.Selection
	elements  []board.ID
}

// NewSession returns a Session that is Offline.
func NewSession(cfg Config) *Session {
	if cfg.Doc.Replica() == 0 {
		panic("client: the board has no replica to write as")
	}
	s := &Session{cfg: cfg, members: map[uint32]*Member{}, movers: map[uint32]*Member{}, latest: latest{cursor: wire.Cursor{Hidden: true}}}
	if k := cfg.Kept; k != nil {
		s.inherited, k.found = k.found, nil
		s.bases, k.bases = k.bases, bases{}
	}
	return s
}

// Doc returns the board that is kept in step.
func (s *Session) Doc() *board.Board { return s.cfg.Doc }

// Members returns who else is on the board, by member number.
func (s *Session) Members() map[uint32]*Member { return s.members }

// Others returns who else is on the board, in the order in which they came.
func (s *Session) Others() []*Member {
	return slices.SortedFunc(maps.Values(s.members), func(a, b *Member) int { return cmp.Compare(a.ID, b.ID) })
}

// Status returns how the Session stands.
func (s *Session) Status() Status {
	st := Status{Phase: s.phase, NotStored: s.notStored, Role: s.role, Name: s.name}
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
	s.hello = wire.Hello{
		Version: wire.Version,
		Board:   s.cfg.Board,
		Replica: uint64(s.cfg.Doc.Replica()),
		Vector:  s.cfg.Doc.Vector().Append(nil),
		Name:    s.cfg.Name,
		Color:   s.cfg.Color,

		Token:    s.cfg.Token,
		Language: s.cfg.Language,
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
	clear(s.members)
	clear(s.movers)
	s.tell(StatusChanged)
	s.tell(PeopleChanged)
	s.tell(SketchesChanged)
	s.tell(SelectionsChanged)
}

// begin forgets what was under way on a connection.
func (s *Session) begin() {
	s.moved, s.notStored = moved{}, false
	if s.arriving.total > 0 {
		s.arriving = arriving{}
		s.tell(LoadingChanged)
	}
}

// Commit hands over the update of a local Edit, which the document has already.
func (s *Session) Commit(update []byte) {
	if len(update) == 0 {
		return
	}
	s.commits = append(s.commits, s.cfg.Doc.Seq(s.cfg.Doc.Replica()))
	s.cfg.Kept.add(update, true, time.Time{})
	if s.phase == Live && s.writes {
		s.queue(update)
	}
	s.tell(StatusChanged)
}

// Rename changes how this person is shown.
func (s *Session) Rename(name string, color uint32) {
	s.cfg.Name, s.cfg.Color = name, color
	s.renamed = s.phase != Offline // from then on Hello says it
}

// queue adds updates to what is to be sent, one frame for each part that fits.
func (s *Session) queue(updates []byte) {
	if s.behind {
		return
	}
	if s.outBytes+len(updates) > maxQueue && s.outBytes > 0 {
		s.behind = true
		return
	}
	s.heart.speak()
	s.outBytes += len(updates)
	s.out = appendUpdates(s.out, updates)
	s.queued = s.cfg.Doc.Seq(s.cfg.Doc.Replica())
}

// appendUpdates appends frames that carry the given updates, each frame small
// enough that others fit beside it in a message.
func appendUpdates(out, updates []byte) []byte {
	for part := range board.Chunks(updates, wire.MaxMessage/4) {
		out = wire.AppendFrame(out, 0, &wire.Update{Data: part})
	}
	return out
}

// Waiting reports whether Outgoing has something to send.
func (s *Session) Waiting() bool {
	return len(s.out) > 0 || s.renamed || s.behind || s.latest.due(s.now) || s.latest.hand.due(s.now, true, s.byDatagram)
}

// Outgoing returns the next message for the transport, nil if there is nothing.
// The bytes are the caller's.
func (s *Session) Outgoing() []byte {
	if s.behind && len(s.out) == 0 {
		s.heart.speak()
		// Only own operations: the others came from the relay.
		have := s.cfg.Doc.Vector()
		have[s.cfg.Doc.Replica()] = s.queued
		s.behind = false
		updates, err := s.cfg.Doc.Diff(have)
		if err != nil {
			// What was queued on this connection was made on this board.
			panic("client: own changes: " + err.Error())
		}
		s.out = appendUpdates(s.out, updates)
		s.queued = s.cfg.Doc.Seq(s.cfg.Doc.Replica())
	}
	if s.renamed {
		s.renamed = false
		s.heart.speak()
		s.out = wire.AppendFrame(s.out, 0, &wire.Profile{Name: s.cfg.Name, Color: s.cfg.Color})
	}
	s.appendLatest()
	if len(s.out) == 0 {
		return nil
	}
	msg := s.out
	if len(msg) <= wire.MaxMessage {
		s.out = nil
		if s.sent != s.queued {
			s.sent = s.queued
			s.path.handed(s.sent, s.now)
			s.tell(StatusChanged)
		}
	} else {
		// Cut between frames.
		n := 0
		for n < len(msg) {
			_, rest, _ := wire.Bytes(msg[n:])
			if len(msg)-len(rest) > wire.MaxMessage {
				break
			}
			n = len(msg) - len(rest)
		}
		msg, s.out = msg[:n:n], msg[n:]
	}
	s.outBytes = len(s.out)
	return msg
}

// Step takes one message of the relay. An error means that the relay or the
// transport is broken: the connection should be closed with the code that Code
// gives for it.
func (s *Session) Step(now time.Time, msg []byte) error {
	s.now = now
	s.heart.hear(now)
	for frame, err := range wire.Frames(msg) {
		if err == nil {
			err = s.frame(frame)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

var errOrder = errors.New("client: the relay sent a message before its Welcome")

func (s *Session) frame(f wire.Frame) error {
	switch f.Kind {
	case wire.KindUpdate, wire.KindAck, wire.KindJoined, wire.KindLeft, wire.KindPing, wire.KindPong,
		wire.KindSnapshotPart, wire.KindMoved, wire.KindNotice:
		if s.phase != Live {
			return errOrder
		}
	}
	switch f.Kind {
	case wire.KindCursors, wire.KindPreview, wire.KindSelection:
		if f.Seq > 0 {
			s.heart.counted = true
			s.path.received++
			s.path.highest = max(s.path.highest, uint32(f.Seq))
		}
	case wire.KindPong:
		var m wire.Pong
		if err := m.Parse(f.Body); err != nil {
			return err
		}
		if s.path.pong(s.asking, s.heart.pinged, s.now, &m) {
			s.tell(PathChanged)
		}
	}
	switch f.Kind {
	case wire.KindWelcome:
		if err := s.welcome.Parse(f.Body); err != nil {
			return err
		}
		return s.live()
	case wire.KindSnapshotPart:
		var m wire.SnapshotPart
		if err := m.Parse(f.Body); err != nil {
			return err
		}
		return s.arrive(&m)
	case wire.KindNotice:
		var m wire.Notice
		if err := m.Parse(f.Body); err != nil {
			return err
		}
		if m.Code == 0 || m.Code == wire.CodeNotStored {
			s.notStored = m.Code != 0
			s.tell(StatusChanged)
		}
	case wire.KindMoved:
		var m wire.Moved
		if err := m.Parse(f.Body); err != nil {
			return err
		}
		s.moved = moved{true, time.Duration(m.AfterMS) * time.Millisecond}
	case wire.KindUpdate:
		var m wire.Update
		if err := m.Parse(f.Body); err != nil {
			return err
		}
		if s.arriving.total > 0 {
			return errPieces
		}
		if err := s.cfg.Doc.Apply(m.Data); err != nil {
			return err
		}
		s.cfg.Kept.add(m.Data, false, s.now)
		s.showMovers()
	case wire.KindAck:
		var m wire.Ack
		if err := m.Parse(f.Body); err != nil {
			return err
		}
		if m.Through <= s.queued {
			s.path.acked(m.Through, s.now)
			s.stored(m.Through)
		}
		s.acked(m.Others)
	case wire.KindCursors:
		// By datagram they may come before Welcome and Joined: nobody is known
		// then, and they are ignored (W27).
		if err := s.cursors.Parse(f.Body); err != nil {
			return err
		}
		for _, c := range s.cursors.List {
			if m := s.members[c.Member]; m != nil && wire.Newer(c.Seq, m.Cursor.Seq) {
				m.Cursor = c
			}
		}
		s.tell(CursorsChanged)
	case wire.KindPreview:
		if err := s.preview.Parse(f.Body); err != nil {
			return err
		}
		s.sketched(&s.preview)
	case wire.KindSelection:
		if err := s.selection.Parse(f.Body); err != nil {
			return err
		}
		s.selected(&s.selection)
	case wire.KindJoined:
		var m wire.Joined
		if err := m.Parse(f.Body); err != nil {
			return err
		}
		s.joined(m)
	case wire.KindLeft:
		var m wire.Left
		if err := m.Parse(f.Body); err != nil {
			return err
		}
		s.left(m.Member)
	case wire.KindPing:
		var m wire.Ping
		if err := m.Parse(f.Body); err != nil {
			return err
		}
		s.out = wire.AppendFrame(s.out, 0, &wire.Pong{Stamp: m.Stamp})
	case wire.KindDenied:
		m := new(wire.Denied)
		if err := m.Parse(f.Body); err != nil {
			return err
		}
		s.denied = m
		s.tell(StatusChanged)
	}
	return nil
}

// live sends what the relay lacks. The relay sends the rest by itself. It
// welcomes again a client for which it has dropped frames.
func (s *Session) live() error {
	vector, err := board.ParseVector(s.welcome.Vector)
	if err != nil {
		return err
	}
	s.welcomedAs(vector)
	var updates []byte
	if s.role.Edits() {
		if updates, err = s.lacking(vector); err != nil {
			return err
		}
	}
	s.phase, s.member = Live, s.welcome.Member
	s.latest.hand.welcomed(s.role.Edits())
	clear(s.members)
	clear(s.movers)
	s.tell(PeopleChanged)
	s.tell(SketchesChanged)
	s.tell(SelectionsChanged)
	s.sent = vector[s.cfg.Doc.Replica()]
	s.stored(s.sent)
	s.inheritedAtWelcome(vector)
	s.fits(s.now)
	if len(updates) > 0 {
		s.heart.speak()
		s.out = appendUpdates(s.out, updates)
	}
	if s.queued = s.sent; s.writes {
		s.queued = s.cfg.Doc.Seq(s.cfg.Doc.Replica())
	}
	s.tell(StatusChanged)
	return nil
}

// stored takes note that the relay has own operations up to seq durably.
func (s *Session) stored(seq uint64) {
	s.storedTo = max(s.storedTo, seq)
	s.closeSketches()
	n := 0
	for n < len(s.commits) && s.commits[n] <= seq {
		n++
	}
	if n > 0 {
		s.commits = append(s.commits[:0], s.commits[n:]...)
		s.cfg.Kept.touch(false, s.now)
		s.tell(StatusChanged)
	}
}

func (s *Session) joined(j wire.Joined) {
	if j.Member == s.member {
		return
	}
	m := s.members[j.Member]
	if m == nil {
		m = &Member{ID: j.Member, Cursor: wire.Cursor{Hidden: true}}
		s.members[j.Member] = m
	}
	m.Name, m.Color = j.Name, j.Color
	s.tell(PeopleChanged)
}

func (s *Session) tell(e Event) {
	if s.cfg.Observe != nil {
		s.cfg.Observe(e)
	}
}

// Code returns the close code for an error of Step, of Tick or of a transport.
func Code(err error) wire.Code {
	switch {
	case errors.Is(err, errOrder):
		return wire.CodeOrder
	case errors.Is(err, wire.ErrTooLarge), errors.Is(err, conn.ErrTooLarge):
		return wire.CodeTooLarge
	case errors.Is(err, conn.ErrMalformed):
		return wire.CodeBadFrame
	case errors.Is(err, conn.ErrText):
		return wire.CodeText
	case errors.As(err, new(board.Error)):
		return wire.CodeBadUpdate
	case errors.As(err, new(wire.Error)):
		return wire.CodeBadFrame
	}
	return wire.CodeSilent
}
