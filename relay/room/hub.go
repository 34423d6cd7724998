package room

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"edgeboard/shared/board"
	"edgeboard/shared/conn"
	"edgeboard/shared/wire"
)

// Hub finds or starts rooms. Make one with NewHub.
type Hub struct {
	store   Store
	guard   Guard
	log     *slog.Logger
	metrics Metrics
	limits  Limits
	talk    Talk          // nil: there is none
	inbox   Inbox         // nil: there is none
	feeds   Feeds         // nil: there is none
	cluster Cluster       // nil: there is no other relay
	status  bool          // there is a wire.StatusBoard
	talking chan struct{} // one for each member whose Talks is being made

	ctx  context.Context // ends with Close
	stop context.CancelFunc
	wg   sync.WaitGroup // rooms and Serve calls

	mu      sync.Mutex
	rooms   map[string]*room
	persons map[wire.Person][]*member // those that have entered a room
	closed  bool
	serving map[*member]struct{} // by Serve calls
	moved   bool                 // Drain was called
	left    chan struct{}        // closed when moved and nobody is served
	edge    bool                 // cut off from other relays
	// ending are rooms that are off the map and may not have told the Cluster so, where
	// there is one, by name: their done.
	ending map[string]chan struct{}

	sweeper sweeper
	clock   atomic.Uint64 // the last stamp
}

// NewHub returns a Hub without rooms.
func NewHub(cfg Config) *Hub {
	if cfg.Log == nil {
		cfg.Log = slog.Default()
	}
	if cfg.Metrics == nil {
		cfg.Metrics = noMetrics{}
	}
	if cfg.Guard == nil {
		cfg.Guard = open{}
	}
	ctx, stop := context.WithCancel(context.Background())
	h := &Hub{
		store: cfg.Store, guard: cfg.Guard, log: cfg.Log, metrics: cfg.Metrics, limits: cfg.Limits.WithDefaults(),
		talk: cfg.Talk, inbox: cfg.Inbox, feeds: cfg.Feeds, cluster: cfg.Cluster, status: cfg.Status, talking: make(chan struct{}, maxTalks), persons: map[wire.Person][]*member{},
		ctx: ctx, stop: stop, rooms: map[string]*room{}, ending: map[string]chan struct{}{}, serving: map[*member]struct{}{}, left: make(chan struct{}),
	}
	h.sweeper.wg = &h.wg
	return h
}

// denial is why the relay ends a connection on purpose.
type denial struct {
	code    wire.Code
	reason  string
	retryMS uint32
}

func (d *denial) Error() string { return d.reason }

// Serve stays with one client, of whom v is known, from its Hello until either side
// ends the connection, which is closed on return. The error is why it ended, for the
// log; a client that left of its own accord is none.
func (h *Hub) Serve(c conn.Conn, v Visitor) error {
	m := newMember(h, c, v)
	h.mu.Lock()
	if h.closed {
		h.mu.Unlock()
		c.Close(uint32(wire.CodeGoingAway), "the relay is shutting down")
		return nil
	}
	h.wg.Add(1)
	h.serving[m] = struct{}{}
	moved := h.moved
	h.mu.Unlock()
	defer h.served(m)
	if moved {
		m.end(errGoingAway)
	}

	m.silent = time.AfterFunc(helloTimeout, func() {
		m.end(&denial{code: wire.CodeNoHello, reason: "no Hello within " + helloTimeout.String()})
	})
	m.end(h.serve(m))
	<-m.gone
	m.silent.Stop()
	if m.expires != nil {
		m.expires.Stop()
	}
	if m.came {
		h.guard.Left(v, m.board, m.grant, m.why)
	}
	if closed, ok := errors.AsType[*conn.CloseError](m.why); ok && closed.Code == uint32(wire.CodeNormal) {
		return nil
	}
	return m.ended(m.why)
}

// served notes that a client has gone.
func (h *Hub) served(m *member) {
	h.mu.Lock()
	delete(h.serving, m)
	if h.moved && len(h.serving) == 0 {
		h.allLeft()
	}
	h.mu.Unlock()
	h.wg.Done()
}

// serve reads what the client sends. Errors that the client should know of are
// denials.
func (h *Hub) serve(m *member) error {
	hello, msg, err := readHello(m)
	if err != nil {
		return err
	}
	m.silent.Stop()
	m.replica, m.name, m.color = board.Replica(hello.Replica), hello.Name, hello.Color
	if m.known, err = board.ParseVector(hello.Vector); err != nil {
		return &denial{code: wire.CodeBadFrame, reason: "hello: the state vector does not parse"}
	}
	m.board = hello.Board
	h.metrics.Received(wire.KindHello)
	grant, err := m.admit(hello.Board, hello.Token)
	if err != nil {
		return err
	}
	m.role = wire.Role(grant.Role(hello.Board))
	if grant.Name != "" {
		m.name = grant.Name
	}
	m.shown = m.name
	m.named = grant.Subject != ""
	m.person, m.device = PersonOf(grant.Subject, hello.Secret), hello.Device
	if err := m.let(hello.Board, grant); err != nil {
		return err
	}
	r, err := h.enter(hello.Board, m)
	if err != nil {
		return err
	}
	defer h.leave(r, m)
	defer m.unwatch()
	m.out.drained = func() { r.readsAgain(m) }
	if err := m.tell(r, joining); err != nil {
		return err
	}
	defer m.tell(r, leaving)
	m.came = true
	apart(func() { h.guard.Came(m.visitor, m.board, grant) })
	if h.talk != nil {
		apart(func() { h.talk.Name(m.person, m.shown) })
	}
	m.silent = time.AfterFunc(silentTimeout, func() {
		m.end(&denial{code: wire.CodeSilent, reason: "nothing heard for " + silentTimeout.String()})
	})
	for {
		if err := m.takeAll(r, msg); err != nil {
			return err
		}
		if err := m.slowDown(len(msg)); err != nil {
			return err
		}
		if msg, err = m.receive(); err != nil {
			return err
		}
		m.silent.Reset(silentTimeout)
	}
}

// readHello returns the client's Hello and what follows it in the same message,
// valid until the next one is received.
func readHello(m *member) (hello *wire.Hello, rest []byte, err error) {
	for {
		msg, err := m.receive()
		if err != nil {
			return nil, nil, err
		}
		if len(msg) > wire.MaxMessage {
			return nil, nil, asDenial(wire.ErrTooLarge)
		}
		for len(msg) > 0 {
			raw, rest, err := wire.Bytes(msg)
			if err != nil {
				return nil, nil, asDenial(err)
			}
			frame, err := wire.ParseFrame(raw)
			if err != nil {
				return nil, nil, asDenial(err)
			}
			switch {
			case frame.Kind == wire.KindHello:
				hello, err := m.hub.parseHello(frame.Body)
				return hello, rest, err
			case frame.Kind.Known():
				return nil, nil, &denial{code: wire.CodeOrder, reason: "the first message must be Hello"}
			}
			msg = rest // of a later version: ignored (W8)
		}
	}
}

func (h *Hub) parseHello(body []byte) (*wire.Hello, error) {
	hello := new(wire.Hello)
	switch err := hello.Parse(body); {
	case err != nil:
		return nil, asDenial(err)
	case hello.Version != wire.Version:
		return nil, &denial{code: wire.CodeVersion, reason: "this relay speaks version 1 of the protocol; reload the page or update the program"}
	case !wire.ValidBoardName(hello.Board) && (hello.Board != wire.StatusBoard || !h.status):
		return nil, &denial{code: wire.CodeBoardName, reason: "a board's name is 1 to 64 of a-z A-Z 0-9 - _ and does not begin with _"}
	case hello.Replica == 0 || hello.Replica > board.MaxReplica:
		return nil, &denial{code: wire.CodeReplica, reason: "a replica is a number from 1 to 2^53 - 1"}
	}
	return hello, nil
}

// asDenial gives an error of reading, parsing or applying its close code.
func asDenial(err error) error {
	var d *denial
	switch {
	case errors.As(err, &d):
		return d
	case errors.Is(err, wire.ErrTooLarge), errors.Is(err, conn.ErrTooLarge):
		return &denial{code: wire.CodeTooLarge, reason: "a message is over the limit of 1 MiB"}
	case errors.Is(err, conn.ErrMalformed):
		return &denial{code: wire.CodeBadFrame, reason: "bytes that are no message of this transport"}
	case errors.Is(err, conn.ErrText):
		return &denial{code: wire.CodeText, reason: "messages are binary, not text"}
	case errors.Is(err, board.ErrFull), errors.Is(err, board.ErrLimit):
		return &denial{code: wire.CodeBoardFull, reason: err.Error()}
	case errors.As(err, new(board.Error)):
		return &denial{code: wire.CodeBadUpdate, reason: err.Error()}
	case errors.As(err, new(wire.Error)):
		return &denial{code: wire.CodeBadFrame, reason: err.Error()}
	}
	return err
}

// enter returns the room of a board, started if need be. The caller calls leave
// with it once.
func (h *Hub) enter(name string, m *member) (*room, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	r, err := h.room(name)
	if err != nil {
		return nil, err
	}
	r.users++
	m.entered, m.room = true, r
	h.persons[m.person] = append(h.persons[m.person], m)
	return r, nil
}

// room returns the room of a board, started if need be. The caller holds mu, and uses
// the room or takes it off again.
func (h *Hub) room(name string) (*room, error) {
	r := h.rooms[name]
	if r == nil {
		if h.closed || h.moved {
			return nil, errGoingAway
		}
		if len(h.rooms) >= h.limits.Rooms {
			return nil, &denial{code: wire.CodeOverloaded, reason: "the relay has no room for another board", retryMS: 5000}
		}
		r = newRoom(h, name)
		if h.cluster != nil {
			r.outside, r.edge, r.before = &outside{edge: h.edge}, h.edge, h.ending[name]
			r.peers = newPeers(h.stamp())
		}
		h.rooms[name] = r
		h.metrics.Rooms(+1)
		h.wg.Go(r.run)
	}
	return r, nil
}

func (h *Hub) leave(r *room, m *member) {
	h.mu.Lock()
	if same := h.persons[m.person]; len(same) > 1 {
		h.persons[m.person] = slices.DeleteFunc(same, func(x *member) bool { return x == m })
	} else {
		delete(h.persons, m.person)
	}
	h.mu.Unlock()
	h.release(r)
}

// release ends what room began.
func (h *Hub) release(r *room) {
	h.mu.Lock()
	r.users--
	empty := r.users == 0
	h.mu.Unlock()
	if empty {
		// Never blocks: one wake-up that waits is as good as two.
		select {
		case r.empty <- struct{}{}:
		default:
		}
	}
}

// retire takes a room off the map if nobody uses it, and reports whether it
// did.
func (h *Hub) retire(r *room) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if r.users > 0 {
		return false
	}
	h.forget(r)
	return true
}

// forget takes a room off the map. The caller holds mu.
func (h *Hub) forget(r *room) {
	if h.rooms[r.name] == r {
		delete(h.rooms, r.name)
		h.metrics.Rooms(-1)
		if h.cluster != nil {
			h.ending[r.name] = r.done
		}
	}
}

// Rooms returns how many rooms there are.
func (h *Hub) Rooms() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return len(h.rooms)
}

var errGoingAway = &denial{code: wire.CodeGoingAway, reason: "the relay is shutting down", retryMS: 500}

// Close ends all connections with CodeGoingAway and returns when every room has
// stored what it had, or with ctx's error if that takes too long.
func (h *Hub) Close(ctx context.Context) error {
	h.mu.Lock()
	h.closed = true
	for m := range h.serving {
		m.end(errGoingAway)
	}
	h.mu.Unlock()
	h.stop()
	done := make(chan struct{})
	go func() { h.wg.Wait(); close(done) }()
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
