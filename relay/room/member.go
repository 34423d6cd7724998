package room

import (
	"context"
	"errors"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"edgeboard/relay/auth"
	"edgeboard/shared/board"
	"edgeboard/shared/conn"
	"edgeboard/shared/pace"
	"edgeboard/shared/wire"
)

// member is one connection to a room.
type member struct {
	source // what the others see of it

	// Set before it joins.
	hub     *Hub
	conn    conn.Conn
	visitor Visitor
	board   string // of its Hello; its own goroutine's
	out     *outbox
	silent  *time.Timer // ends the connection of a client that says nothing

	grant   *auth.Grant // guarded by hub.mu, written by its own goroutine; nil: not admitted yet
	expires *time.Timer // when grant does; nil: never
	came    bool        // the Guard was told

	once    sync.Once     // end
	why     error         // the connection was ended; read after gone
	entered bool          // a room; guarded by hub.mu
	room    *room         // which; guarded by hub.mu
	gone    chan struct{} // closed when it is

	// Owned by the member's own goroutine: what has come of latest-wins frames
	// (W44), and what the client says of those that were sent to it.
	received uint32
	highest  uint64
	loss     pace.Loss
	left     allowance
	signals  ration
	typing   ration
	saying   allowance    // Says
	asking   allowance    // Recalls, Marks, Watches, and what is asked of the inbox
	watches  bool         // or has watched, live data
	shown    string       // name, where the person is known; as its own goroutine has it
	copies   atomic.Int32 // how many times to send it a cursor by datagram; set there, read by the room

	welcomed atomic.Bool  // id is set, and stays
	standing atomic.Int32 // how often Talks is due; a goroutine makes it if that is not 0
	late     atomic.Int32 // how much of what it says waits for a store that fails

	absent atomic.Bool // away, for who asks from elsewhere

	// Owned by the room from then on.
	known    board.Vector // what it had when it was last synchronised
	wrote    bool         // something that is about to be told
	newcomer bool         // knows of nobody yet
	behind   bool         // its queue was dropped, until it is up to date
	shared   dirt         // what is to be told to other relays
	after    uint32       // milliseconds to stay away, of its Moved

	notice  uint16 // the wire.Code of the last Notice it was told, 0 before
	noticed bool   // it was told one
	unsure  bool   // perhaps it has not heard it

	unacked int // changes of it that wait for the store
}

func newMember(h *Hub, c conn.Conn, v Visitor) *member {
	m := &member{hub: h, conn: c, visitor: v, gone: make(chan struct{})}
	now, rate := time.Now(), h.limits.MemberRate
	m.left = newAllowance(rate, rate*burst, now)
	m.saying, m.asking = newAllowance(wire.SayRate, wire.SayBurst, now), newAllowance(askRate, askBurst, now)
	m.out = newOutbox(c, m.end, h)
	return m
}

// end ends the connection: whoever has a reason to calls it, with a denial if the
// client should know of it. The first call counts. Reading does not depend on a
// context: transports end a connection whose read was cancelled, and the client
// would not hear why.
func (m *member) end(why error) {
	m.once.Do(func() {
		m.why = why
		go func() {
			defer close(m.gone)
			m.farewell(why)
		}()
	})
}

// receive returns the client's next message.
func (m *member) receive() ([]byte, error) {
	msg, err := m.conn.Receive(context.Background())
	return msg, asDenial(err)
}

// farewell ends the connection: it tells the client why, if the relay has a
// reason, and makes receive return.
func (m *member) farewell(why error) {
	d, ok := errors.AsType[*denial](why)
	if !ok {
		if closed, ok := errors.AsType[*conn.CloseError](why); ok && closed.Code == uint32(wire.CodeNormal) {
			// Perhaps it has only nothing more to say, and still listens.
			last := time.AfterFunc(farewellTimeout, func() { m.conn.Close(uint32(wire.CodeNormal), "") })
			defer last.Stop()
			m.out.finish()
		}
		m.conn.Close(uint32(wire.CodeNormal), "")
		m.out.close()
		return
	}
	m.hub.metrics.Refused(d.code)
	// For one that does not read, the close code must say it.
	last := time.AfterFunc(farewellTimeout, func() { m.conn.Close(uint32(d.code), d.reason) })
	defer last.Stop()
	m.out.close()
	_ = m.conn.Send(context.Background(), wire.AppendFrame(nil, 0, &wire.Denied{Code: d.code, Reason: d.reason, RetryMS: d.retryMS}))
	m.conn.Close(uint32(d.code), d.reason)
}

// tell tells the room that it joins or leaves.
func (m *member) tell(r *room, kind eventKind) error {
	return m.post(r, &event{kind: kind, member: m})
}

// takeAll handles the frames of a message.
func (m *member) takeAll(r *room, msg []byte) error {
	for frame, err := range wire.Frames(msg) {
		if err == nil {
			err = m.take(r, frame)
		}
		if err != nil {
			return asDenial(err)
		}
	}
	return nil
}

// take handles one frame on the member's own goroutine: what concerns the board
// goes to the room. What an idle member does not need is in other functions: its
// stack is as large as the deepest of its calls was.
func (m *member) take(r *room, f wire.Frame) error {
	m.hub.metrics.Received(f.Kind)
	switch f.Kind {
	case wire.KindPing:
		return m.pong(f.Body)
	case wire.KindSay, wire.KindRecall, wire.KindMark:
		return m.takeTalk(r, f)
	case wire.KindBrowse, wire.KindSettle, wire.KindWishes, wire.KindSubscribe:
		return m.takeInbox(r, f)
	case wire.KindWatch, wire.KindPublish:
		return m.takeFeeds(f)
	case wire.KindRefresh:
		var t wire.Refresh
		if err := t.Parse(f.Body); err != nil {
			return err
		}
		return m.refresh(t.Token)
	case wire.KindHello:
		return &denial{code: wire.CodeOrder, reason: "Hello may be sent only once"}
	case wire.KindWelcome, wire.KindAck, wire.KindJoined, wire.KindLeft, wire.KindPong, wire.KindDenied,
		wire.KindSnapshotPart, wire.KindMoved, wire.KindNotice, wire.KindSaid, wire.KindTalks, wire.KindInbox,
		wire.KindPoints, wire.KindPublished:
		return &denial{code: wire.CodeOrder, reason: "a message came that only relays send"}
	}
	return m.takeEvent(r, f)
}

// pong answers a Ping.
func (m *member) pong(body []byte) error {
	var p wire.Ping
	if err := p.Parse(body); err != nil {
		return err
	}
	m.loss.Report(p.Received, p.Highest)
	m.copies.Store(int32(m.loss.Copies()))
	m.out.push(time.Now(), wire.AppendFrame(nil, 0, &wire.Pong{
		Stamp: p.Stamp, Time: uint64(time.Now().UnixMilli()), Received: m.received, Highest: uint32(m.highest),
	}))
	return nil
}

// takeEvent handles a frame that the room is told of, as one event: one for each kind
// of frame would take a kilobyte of the stack.
func (m *member) takeEvent(r *room, f wire.Frame) error {
	switch f.Kind {
	case wire.KindCursors, wire.KindPreview, wire.KindSelection, wire.KindViewport:
		if f.Seq > 0 {
			m.received++
			m.highest = max(m.highest, f.Seq)
		}
	}
	e := event{member: m}
	switch f.Kind {
	case wire.KindUpdate:
		var u wire.Update
		if err := u.Parse(f.Body); err != nil {
			return err
		}
		// The room keeps the bytes until they are stored and sent on.
		e.kind, e.data = updating, slices.Clone(u.Data)
	case wire.KindCursors:
		var c wire.Cursors
		if err := c.Parse(f.Body); err != nil {
			return err
		}
		if len(c.List) == 0 || !m.role.Points() {
			return nil
		}
		e.kind, e.cursor = pointing, c.List[len(c.List)-1]
	case wire.KindPreview:
		e.kind, e.preview = drawing, new(wire.Preview)
		if err := e.preview.Parse(f.Body); err != nil || !m.role.Edits() {
			return err
		}
	case wire.KindSelection:
		e.kind, e.selection = selecting, new(wire.Selection)
		if err := e.selection.Parse(f.Body); err != nil || !m.role.Edits() {
			return err
		}
	case wire.KindViewport:
		e.kind, e.viewport = viewing, new(wire.Viewport)
		if err := e.viewport.Parse(f.Body); err != nil {
			return err
		}
	case wire.KindSignal:
		e.kind, e.signal = calling, new(wire.Signal)
		if err := e.signal.Parse(f.Body); err != nil || !maySignal(m.role, e.signal) {
			return err
		}
		if !m.signals.take(wire.SignalRate, time.Now()) {
			m.hub.metrics.Dropped(PolicyDrop, 1)
			return nil
		}
	case wire.KindTyping:
		e.kind, e.typing = typing, new(wire.Typing)
		if err := e.typing.Parse(f.Body); err != nil || m.hub.talk == nil || !m.role.Comments() {
			return err
		}
		if !m.typing.take(typingRate, time.Now()) {
			m.hub.metrics.Dropped(PolicyDrop, 1)
			return nil
		}
	case wire.KindProfile:
		e.kind = renaming
		if err := e.profile.Parse(f.Body); err != nil {
			return err
		}
		m.calls(&e.profile)
	default:
		return nil // of a later version
	}
	return m.post(r, &e)
}

// calls notes what the client says of its person.
func (m *member) calls(p *wire.Profile) {
	if m.grant.Name != "" {
		p.Name = m.grant.Name // W68
	}
	if talk, name := m.hub.talk, p.Name; talk != nil && name != m.shown {
		apart(func() { talk.Name(m.person, name) })
	}
	m.shown = p.Name
	m.absent.Store(p.Away)
}

// slowDown waits until a member that has sent n bytes may send more: its transport
// then slows it down.
func (m *member) slowDown(n int) error {
	return m.pause(m.left.spend(n, time.Now()))
}

func (m *member) post(r *room, e *event) error {
	if !r.post(e) {
		return r.failed()
	}
	return nil
}
