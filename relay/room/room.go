package room

import (
	"fmt"
	"time"

	"edgeboard/shared/board"
	"edgeboard/shared/wire"
)

// room is one board and its members. All fields below the line are owned by
// the goroutine of run.
type room struct {
	hub     *Hub
	name    string
	users   int // guarded by hub.mu
	inbox   chan event
	drained chan *member  // has read all, after its queue was dropped
	empty   chan struct{} // users has reached 0
	done    chan struct{} // closed when run has returned
	err     error         // why the room failed; read after done

	// ----
	board    *board.Board
	members  map[uint32]*member // by id, those that were welcomed
	writers  map[board.Replica]*member
	lastID   uint32
	position uint64 // of the last update that was broadcast

	unstored
	syncing []*member // to be brought up to date when nothing is unstored
	cursors *time.Timer
	ticking bool // cursors runs
}

type eventKind uint8

const (
	joining eventKind = iota
	leaving
	updating
	pointing
	drawing
	renaming
)

// event is what a member's goroutine tells the room.
type event struct {
	kind    eventKind
	member  *member
	data    []byte        // of updating
	cursor  wire.Cursor   // of pointing
	preview *wire.Preview // of drawing, the room's from now on
	profile wire.Profile
}

func newRoom(h *Hub, name string) *room {
	return &room{
		hub:     h,
		name:    name,
		inbox:   make(chan event),
		drained: make(chan *member),
		empty:   make(chan struct{}, 1),
		done:    make(chan struct{}),
		board:   board.New(0),
		members: map[uint32]*member{},
		writers: map[board.Replica]*member{},
		cursors: stoppedTimer(),
		unstored: unstored{
			result: make(chan error, 1),
			retry:  stoppedTimer(),
		},
	}
}

func stoppedTimer() *time.Timer {
	t := time.NewTimer(time.Hour)
	t.Stop()
	return t
}

// post hands an event to the room, and reports false if the room has ended.
func (r *room) post(e event) bool {
	select {
	case r.inbox <- e:
		return true
	case <-r.done:
		return false
	}
}

// readsAgain tells the room, from a writer's goroutine, that a member has read
// all after its queue was dropped. The room never waits for a writer.
func (r *room) readsAgain(m *member) {
	select {
	case r.drained <- m:
	case <-r.done:
	}
}

// failed returns why the room has ended. It is called after done.
func (r *room) failed() error {
	<-r.done
	if r.err != nil {
		return &denial{code: wire.CodeNotStored, reason: "the board cannot be loaded now", retryMS: 2000}
	}
	return errGoingAway
}

// run is the room's goroutine, from its first member to its last.
func (r *room) run() {
	defer close(r.done)
	if err := r.load(); err != nil {
		r.hub.log.Error("board not loaded", "board", r.name, "err", err)
		r.err = err
		r.hub.mu.Lock()
		r.hub.forget(r)
		r.hub.mu.Unlock()
		return
	}
	for {
		inbox := r.inbox
		if len(r.syncing) > 0 || r.unstoredBytes > maxUnstored {
			// Members wait until the commit under way is done: what they are
			// shown must be stored, and what waits must be bounded.
			inbox = nil
		}
		select {
		case e := <-inbox:
			r.handle(e)
		case err := <-r.result:
			r.committed(err)
		case m := <-r.drained:
			r.sync(m)
		case <-r.retry.C:
			r.commit()
		case <-r.cursors.C:
			r.sendCursors()
		case <-r.empty:
		}
		if len(r.members) == 0 && r.unstoredBytes == 0 && len(r.syncing) == 0 && r.hub.retire(r) {
			return
		}
	}
}

func (r *room) load() error {
	snapshot := func(data []byte) (err error) {
		if r.board, err = board.Load(0, data); err != nil {
			return fmt.Errorf("loading the stored snapshot: %w", err)
		}
		return nil
	}
	update := func(data []byte) error {
		if err := r.board.Apply(data); err != nil {
			return fmt.Errorf("applying a stored update: %w", err)
		}
		return nil
	}
	return r.hub.store.Load(r.hub.ctx, r.name, snapshot, update)
}

func (r *room) handle(e event) {
	m := e.member
	switch e.kind {
	case joining:
		r.join(m)
	case leaving:
		r.leave(m)
	case updating:
		r.update(m, e.data)
	case pointing:
		r.point(m, e.cursor)
	case drawing:
		r.preview(m, e.preview)
	case renaming:
		m.name, m.color = e.profile.Name, e.profile.Color
		if m.joined {
			r.broadcast(m.joinedFrame(), m)
		}
	}
}
