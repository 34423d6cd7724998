package room_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"edgeboard/relay/room"
	"edgeboard/relay/store/memory"
	"edgeboard/shared/board"
	"edgeboard/shared/client"
	"edgeboard/shared/conn"
	"edgeboard/shared/logtest"
	"edgeboard/shared/wire"
)

// house is a Hub with a store in memory, in a bubble of simulated time.
type house struct {
	t     *testing.T
	hub   *room.Hub
	store *memory.Store
	log   *logtest.Text

	ledger  *ledger
	metrics *counts

	tried  bool       // transports can tell that a message would have to wait
	moving sync.Mutex // held while hub is replaced by the next relay's
}

// serve hands a connection to the relay that is there now.
func (h *house) serve(c conn.Conn) error {
	h.moving.Lock()
	hub := h.hub
	h.moving.Unlock()
	return hub.Serve(c, room.Visitor{})
}

// counts is what the rooms have told the operator.
type counts struct {
	mu        sync.Mutex
	rooms     int
	members   int
	behind    int
	delivered int // messages
	committed int // commits, and those that failed
	failed    int
	received  map[wire.Kind]int
	dropped   map[room.Policy]int
	refused   map[wire.Code]int
}

func newCounts() *counts {
	return &counts{received: map[wire.Kind]int{}, dropped: map[room.Policy]int{}, refused: map[wire.Code]int{}}
}

func (c *counts) do(f func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	f()
}

func (c *counts) Rooms(n int)                       { c.do(func() { c.rooms += n }) }
func (c *counts) Members(n int)                     { c.do(func() { c.members += n }) }
func (c *counts) Behind(n int)                      { c.do(func() { c.behind += n }) }
func (c *counts) Received(k wire.Kind)              { c.do(func() { c.received[k]++ }) }
func (c *counts) Refused(code wire.Code)            { c.do(func() { c.refused[code]++ }) }
func (c *counts) Dropped(p room.Policy, n int)      { c.do(func() { c.dropped[p] += n }) }
func (c *counts) Delivered(int, int, time.Duration) { c.do(func() { c.delivered++ }) }
func (c *counts) Committed(_ time.Duration, _ int, err error) {
	c.do(func() {
		c.committed++
		if err != nil {
			c.failed++
		}
	})
}

// ledger notes what the store has said to have, also while it fails. All of it
// must be of one board.
type ledger struct {
	*memory.Store
	mu    sync.Mutex
	board *board.Board
}

func (l *ledger) Append(name string, updates []byte, done func(error)) {
	l.Store.Append(name, updates, func(err error) {
		if err == nil {
			l.mu.Lock()
			if err := l.board.Apply(updates); err != nil {
				panic(err)
			}
			l.mu.Unlock()
		}
		done(err)
	})
}

func (l *ledger) Compact(name string, updates, snapshot []byte, done func(error)) {
	l.Store.Compact(name, updates, snapshot, func(err error) {
		if err == nil {
			l.mu.Lock()
			if err := l.board.Merge(snapshot); err != nil {
				panic(err)
			}
			l.mu.Unlock()
		}
		done(err)
	})
}

func (l *ledger) vector() board.Vector {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.board.Vector()
}

// inHouse runs a test in a bubble; the Hub is closed at its end, and the bubble
// finds whatever is left running.
func inHouse(t *testing.T, test func(h *house)) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t)
		defer h.close()
		test(h)
	})
}

// close ends all, with a store that works.
func (h *house) close() {
	h.store.Fail(nil)
	h.store.Release()
	if err := h.hub.Close(h.t.Context()); err != nil {
		h.t.Errorf("closing the hub: %v", err)
	}
	synctest.Wait()
	if n := h.hub.Rooms(); n != 0 {
		h.t.Errorf("%d rooms after Close", n)
	}
	if m := h.metrics; m.rooms != 0 || m.members != 0 || m.behind != 0 {
		h.t.Errorf("the metrics say that there are %d rooms, %d members and %d behind", m.rooms, m.members, m.behind)
	}
}

func newHouse(t *testing.T, limits ...room.Limits) *house {
	h := &house{t: t, store: new(memory.Store), log: new(logtest.Text), metrics: newCounts()}
	h.ledger = &ledger{Store: h.store, board: board.New(0)}
	h.hub = room.NewHub(room.Config{
		Store:   h.ledger,
		Metrics: h.metrics,
		Limits:  append(limits, room.Limits{})[0],
		Log:     slog.New(slog.NewTextHandler(h.log, &slog.HandlerOptions{Level: slog.LevelDebug})),
	})
	return h
}

// stored is the board as a relay that starts now would load it.
func (h *house) stored(name string) *board.Board {
	h.t.Helper()
	synctest.Wait()
	b := board.New(0)
	snapshot := func(data []byte) (err error) {
		b, err = board.Load(0, data)
		return err
	}
	update := func(data []byte) error { return b.Apply(data) }
	if err := h.store.Load(h.t.Context(), name, snapshot, update); err != nil {
		h.t.Errorf("loading %s: %v", name, err)
	}
	return b
}

// frame is one frame as a guest has received it.
type frame struct {
	seq  uint64
	kind wire.Kind
	body []byte
}

// guest is a client of which the test plays every message. What it receives is
// collected, once it listens.
type guest struct {
	t      *testing.T
	conn   conn.Conn
	doc    *board.Board
	served chan error // what Serve returned

	mu     sync.Mutex
	frames []frame
	pieces []byte      // of a snapshot that is under way
	sizes  []int       // of the transport messages
	times  []time.Time // when they came
	end    error
}

// settle lets all that is to be told in a crowd be told.
func (h *house) settle() {
	time.Sleep(2 * time.Second)
	synctest.Wait()
}

// visit connects a client that says nothing yet and does not read.
func (h *house) visit(replica board.Replica) *guest { return h.visitBy(conn.Pipe, replica) }

func (h *house) visitBy(pipe func() (conn.Conn, conn.Conn), replica board.Replica) *guest {
	a, b := pipe()
	g := &guest{t: h.t, conn: a, doc: board.New(replica), served: make(chan error, 1)}
	go func() { g.served <- h.hub.Serve(b, room.Visitor{}) }()
	return g
}

// enter connects a client that says Hello for board "b" and listens.
func (h *house) enter(replica board.Replica) *guest {
	h.t.Helper()
	return h.enterBy(conn.Pipe, replica)
}

func (h *house) enterBy(pipe func() (conn.Conn, conn.Conn), replica board.Replica) *guest {
	h.t.Helper()
	g := h.visitBy(pipe, replica)
	g.say(g.hello())
	g.listen()
	synctest.Wait()
	return g
}

// enterAs is enter with another Hello.
func (h *house) enterAs(replica board.Replica, change func(hello *wire.Hello)) *guest {
	h.t.Helper()
	g := h.visit(replica)
	hello := g.hello()
	change(hello)
	g.say(hello)
	g.listen()
	synctest.Wait()
	return g
}

func (g *guest) hello() *wire.Hello {
	return &wire.Hello{
		Version: wire.Version, Board: "b", Replica: uint64(g.doc.Replica()), Vector: g.doc.Vector().Append(nil),
		Name: fmt.Sprint("guest ", g.doc.Replica()), Color: uint32(g.doc.Replica()),
	}
}

func message(msgs ...wire.Message) (b []byte) {
	for _, m := range msgs {
		b = wire.AppendFrame(b, 0, m)
	}
	return b
}

func (g *guest) say(msgs ...wire.Message) {
	g.t.Helper()
	g.sayRaw(message(msgs...))
}

func (g *guest) sayRaw(msg []byte) {
	g.t.Helper()
	ctx, cancel := context.WithTimeout(g.t.Context(), time.Second)
	defer cancel()
	if err := g.conn.Send(ctx, msg); err != nil {
		g.t.Errorf("guest %d: the relay does not take a message: %v", g.doc.Replica(), err)
	}
	synctest.Wait()
}

// listen receives until the connection ends.
func (g *guest) listen() {
	go func() {
		for {
			msg, err := g.conn.Receive(context.Background())
			g.mu.Lock()
			if err != nil {
				g.end = err
				g.mu.Unlock()
				return
			}
			g.take(msg)
			g.mu.Unlock()
		}
	}()
}

// read receives one transport message.
func (g *guest) read() {
	g.t.Helper()
	ctx, cancel := context.WithTimeout(g.t.Context(), time.Second)
	defer cancel()
	msg, err := g.conn.Receive(ctx)
	if err != nil {
		g.t.Fatalf("guest %d: nothing comes: %v", g.doc.Replica(), err)
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	g.take(msg)
}

// take takes a message apart; mu is held.
func (g *guest) take(msg []byte) {
	if len(msg) > wire.MaxMessage {
		g.t.Errorf("the relay sent a message of %d bytes", len(msg))
	}
	if len(msg) == 0 {
		g.t.Error("the relay sent an empty message")
	}
	g.sizes, g.times = append(g.sizes, len(msg)), append(g.times, time.Now())
	for f, err := range wire.Frames(msg) {
		if err != nil {
			g.t.Errorf("the relay sent a message that does not parse: %v", err)
			return
		}
		g.frames = append(g.frames, frame{f.Seq, f.Kind, slices.Clone(f.Body)})
		if f.Kind == wire.KindSnapshotPart {
			g.takePiece(f.Body)
		}
		if f.Kind == wire.KindUpdate {
			if len(g.pieces) > 0 {
				g.t.Error("an update came between the pieces of a snapshot (W60)")
			}
			var u wire.Update
			if err := u.Parse(f.Body); err != nil {
				g.t.Error(err)
			}
			if err := g.doc.Apply(u.Data); err != nil {
				g.t.Errorf("the relay sent a bad update: %v", err)
			}
		}
	}
}

// takePiece takes a piece of a snapshot (W60).
func (g *guest) takePiece(body []byte) {
	var p wire.SnapshotPart
	if err := p.Parse(body); err != nil || p.Offset != uint64(len(g.pieces)) || p.Offset+uint64(len(p.Data)) > p.Total {
		g.t.Errorf("a piece of %d bytes at %d of %d, %v; want it at %d", len(p.Data), p.Offset, p.Total, err, len(g.pieces))
		return
	}
	g.pieces = append(g.pieces, p.Data...)
	if uint64(len(g.pieces)) == p.Total {
		if err := g.doc.Merge(g.pieces); err != nil {
			g.t.Errorf("the relay sent a bad snapshot: %v", err)
		}
		g.pieces = nil
	}
}

// has returns how many operations of a replica have come.
func (g *guest) has(r board.Replica) uint64 {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.doc.Seq(r)
}

// got waits until nothing moves, and returns and forgets what has come.
func (g *guest) got() []frame {
	synctest.Wait()
	g.mu.Lock()
	defer g.mu.Unlock()
	list := g.frames
	g.frames = nil
	return list
}

// of returns the bodies of the given kind.
func of(kind wire.Kind, list []frame) (bodies [][]byte) {
	for _, f := range list {
		if f.kind == kind {
			bodies = append(bodies, f.body)
		}
	}
	return bodies
}

// parsed returns the messages of type M among frames.
func parsed[M any, P interface {
	*M
	wire.Message
}](t *testing.T, list []frame) (messages []M) {
	t.Helper()
	for _, body := range of(P(new(M)).Kind(), list) {
		var m M
		if err := P(&m).Parse(body); err != nil {
			t.Error(err)
		}
		messages = append(messages, m)
	}
	return messages
}

func (g *guest) wantKinds(when string, want ...wire.Kind) []frame {
	g.t.Helper()
	list := g.got()
	var kinds []wire.Kind
	for _, f := range list {
		kinds = append(kinds, f.kind)
	}
	if !slices.Equal(kinds, want) {
		g.t.Errorf("%s: guest %d got kinds %v, want %v", when, g.doc.Replica(), kinds, want)
	}
	return list
}

// wantEnd expects the relay to have ended the connection with a code: in Denied
// and in the transport's close alike.
func (g *guest) wantEnd(why string, code wire.Code) (denied wire.Denied) {
	g.t.Helper()
	list := of(wire.KindDenied, g.got())
	g.mu.Lock()
	end := g.end
	g.mu.Unlock()
	closed, ok := errors.AsType[*conn.CloseError](end)
	if !ok || wire.Code(closed.Code) != code {
		g.t.Errorf("%s: the connection ended with %v, want code %d", why, end, code)
		return denied
	}
	if len(list) != 1 || denied.Parse(list[0]) != nil || denied.Code != code || denied.Reason != closed.Reason || denied.Reason == "" {
		g.t.Errorf("%s: %d frames say Denied, the last one %+v; want one with the code and reason of %v", why, len(list), denied, closed)
	}
	select {
	case err := <-g.served:
		if err == nil {
			g.t.Errorf("%s: Serve returned no error for the log", why)
		}
	default:
		g.t.Errorf("%s: Serve has not returned", why)
	}
	return denied
}

func (g *guest) wantStays(when string) {
	g.t.Helper()
	synctest.Wait()
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.end != nil {
		g.t.Errorf("%s: guest %d was sent away: %v", when, g.doc.Replica(), g.end)
	}
}

func (g *guest) wantAck(when string, list []frame, through uint64) {
	g.t.Helper()
	acks := of(wire.KindAck, list)
	if len(acks) == 0 {
		g.t.Errorf("%s: guest %d got no Ack", when, g.doc.Replica())
		return
	}
	var a wire.Ack
	if err := a.Parse(acks[len(acks)-1]); err != nil || a.Through != through {
		g.t.Errorf("%s: Ack through %d, %v; want %d", when, a.Through, err, through)
	}
}

func (g *guest) leave() {
	g.t.Helper()
	g.conn.Close(uint32(wire.CodeNormal), "")
	if err := <-g.served; err != nil {
		g.t.Errorf("guest %d left of its own accord, and Serve returned %v", g.doc.Replica(), err)
	}
	synctest.Wait()
}

// draw makes a change and sends it.
func (g *guest) draw() {
	g.t.Helper()
	g.say(&wire.Update{Data: stroke(g.doc, 3)})
}

// note makes a note to write on.
func (g *guest) note() board.ID {
	g.t.Helper()
	e := g.doc.Edit()
	id := e.Create(board.KindNote)
	g.say(&wire.Update{Data: e.Commit()})
	return id
}

// rewrite writes the same property of an element once more: the document stays
// small.
func (g *guest) rewrite(id board.ID, text string) {
	g.t.Helper()
	e := g.doc.Edit()
	e.Set(id, 100, board.String(text))
	g.say(&wire.Update{Data: e.Commit()})
}

// stroke draws a line of n points and returns the update.
func stroke(b *board.Board, n int) []byte {
	e := b.Edit()
	id := e.Create(board.KindStroke)
	points := make([]board.Point, n)
	for i := range points {
		points[i] = board.Point{X: int32(i * i), Y: int32(-i * 31), Pressure: uint8(i)}
	}
	e.Append(id, points...)
	return e.Commit()
}

func wantSame(t *testing.T, when string, boards ...*board.Board) {
	t.Helper()
	for _, b := range boards[1:] {
		if b.Hash() != boards[0].Hash() {
			t.Errorf("%s: boards differ: %v and %v", when, boards[0].Vector(), b.Vector())
		}
	}
}

// person is a client as it is in a page: a Link with its Session.
type person struct {
	link *client.Link
	doc  *board.Board
	stop context.CancelFunc
	end  chan error

	mu  sync.Mutex
	now conn.Conn // its connection, to be broken by the test
}

func (h *house) person(replica board.Replica) *person {
	return newPerson(replica, func(c conn.Conn) (conn.Conn, error) {
		if h.tried {
			c = asTrying(c)
		}
		go func() { _ = h.serve(c) }()
		return c, nil
	})
}

// newPerson is one whose connections are handed to serve, which may wrap them.
func newPerson(replica board.Replica, serve func(conn.Conn) (conn.Conn, error)) *person {
	ctx, cancel := context.WithCancel(context.Background())
	p := &person{doc: board.New(replica), stop: cancel, end: make(chan error, 1)}
	s := client.NewSession(client.Config{Board: "b", Doc: p.doc, Name: fmt.Sprint("person ", replica)})
	p.link = client.NewLink(s, client.LinkConfig{Transports: []client.Transport{{Name: "pipe", Dial: func(context.Context) (conn.Conn, error) {
		a, b := conn.Pipe()
		b, err := serve(b)
		if err != nil {
			return nil, err
		}
		p.mu.Lock()
		p.now = b
		p.mu.Unlock()
		return a, nil
	}}}})
	go func() { p.end <- p.link.Run(ctx) }()
	return p
}

// drop breaks the connection under both ends.
func (p *person) drop() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.now != nil {
		p.now.Close(1006, "")
	}
}

func (p *person) leave() {
	p.stop()
	<-p.end
}

func (p *person) status() (st client.Status) {
	p.link.Do(func(s *client.Session) { st = s.Status() })
	return st
}
