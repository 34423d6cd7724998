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
	hearing hearing
	outside *outside        // nil: there is no Cluster
	before  <-chan struct{} // closed when the room of the board that was before this one has ended

	// ----
	board    *board.Board
	members  map[uint32]*member // by id, those that were welcomed
	writers  map[board.Replica]*member
	lastID   uint32
	position uint64 // of the last update that was broadcast

	unstored
	telling
	adopting
	catchup catchup
	people  people
	peers   *peers      // nil: there is no Cluster
	syncing []*member   // to be brought up to date when nothing is unstored
	cursors *time.Timer // when to send those that have moved, and selections
	ticking bool        // cursors runs

	selectedBytes int // of what members have in hand
	signals       signalling
	typing        ration // of all members

	chores    *time.Timer // when to unload an empty room, or to forget a snapshot
	unloading bool        // nobody has come for a while, and what is stored is being compacted
	moved     bool        // the members were told Moved
	edge      bool        // what is stored is on this relay alone
	applied   uint64      // position of the log, that the Cluster was told
	lacks     bool        // the board has refused some of its log that others may have
	warned    bool        // of what it has refused
	stay      <-chan time.Time
}

type eventKind uint8

const (
	joining eventKind = iota
	leaving
	updating
	pointing
	drawing
	selecting
	viewing
	calling
	renaming
	typing
	answering
	moving
	adopts
)

// event is what a member's goroutine tells the room.
type event struct {
	kind    eventKind
	member  *member
	data    []byte        // of updating; of answering, a frame
	cursor  wire.Cursor   // of pointing
	preview *wire.Preview // of drawing, the room's from now on
	profile wire.Profile
	spread  time.Duration // of moving

	adoption *adoption // of adopts

	selection *wire.Selection // of selecting, the room's from now on
	viewport  *wire.Viewport  // of viewing, the same
	signal    *wire.Signal    // of calling, the same
	typing    *wire.Typing    // of typing, the same
}

func newRoom(h *Hub, name string) *room {
	return &room{
		hub:      h,
		name:     name,
		inbox:    make(chan event),
		drained:  make(chan *member),
		empty:    make(chan struct{}, 1),
		done:     make(chan struct{}),
		board:    board.New(0),
		members:  map[uint32]*member{},
		writers:  map[board.Replica]*member{},
		cursors:  stoppedTimer(),
		chores:   stoppedTimer(),
		unstored: unstored{result: make(chan error, 1), retry: stoppedTimer()},
		adopting: adopting{adopted: make(chan error, 1)},
		telling:  telling{pace: newPacer(), speaking: newPacer()},
		people:   people{pace: newPacer()},
		hearing:  hearing{wake: make(chan struct{}, 1)},
	}
}

// post hands an event to the room, and reports false if the room has ended.
func (r *room) post(e *event) bool {
	select {
	case r.inbox <- *e:
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
	defer r.end()
	if r.outside != nil {
		if r.before != nil {
			<-r.before
			r.outside.begin()
		}
		r.hub.cluster.Open(r.name)
		r.tellRoster(0, true)
	}
	if err := r.load(); err != nil {
		r.hub.log.Error("board not loaded", "board", r.name, "err", err)
		r.err = err
		r.hub.mu.Lock()
		r.hub.forget(r)
		r.hub.mu.Unlock()
		return
	}
	closing := r.hub.ctx.Done()
	var sharing, asking <-chan time.Time
	if r.peers != nil {
		sharing, asking = r.peers.pace.timer.C, r.peers.asking.C
	}
	for {
		inbox := r.inbox
		if len(r.syncing) > 0 || r.unstoredBytes > maxUnstored || r.adoption != nil {
			// Members wait until the commit under way is done: what they are
			// shown must be stored, and what waits must be bounded.
			inbox = nil
		}
		select {
		case e := <-inbox:
			r.handle(e)
		case err := <-r.result:
			r.committed(err)
		case err := <-r.adopted:
			r.adoptionStored(err)
		case m := <-r.drained:
			r.sync(m)
		case <-r.hearing.wake:
			r.tellHeard()
		case <-r.retry.C:
			r.commit()
		case <-r.telling.pace.timer.C:
			r.telling.pace.waiting = false
			r.tell(true)
		case <-r.speaking.timer.C:
			r.speaking.waiting = false
			r.tell(true)
		case <-r.people.pace.timer.C:
			r.people.pace.waiting = false
			r.tellPeople(true)
		case <-r.cursors.C:
			r.sendCursors()
		case <-sharing:
			r.peers.pace.waiting = false
			r.tellPeers(true)
		case <-asking:
			r.askDue()
		case now := <-r.chores.C:
			r.doChores(now)
		case <-r.stay:
			r.endStay()
		case <-r.empty:
		case <-closing:
			closing = nil
		}
		r.tellPeers(false)
		if r.commitDue() {
			r.gather()
			r.commit()
		}
		if r.mayAdopt() {
			r.adopt()
		}
		if r.mayEnd(closing == nil) && r.hub.retire(r) {
			return
		}
	}
}

// mayEnd reports whether nobody is here, nothing is under way, and nobody is
// waited for any more.
func (r *room) mayEnd(closing bool) bool {
	if len(r.members) > 0 || r.unstoredBytes > 0 || len(r.again) > 0 || r.busy || len(r.syncing) > 0 {
		r.unloading = r.unloading && r.busy
		return false
	}
	switch {
	case closing:
		return true
	case !r.unloading:
		r.chores.Reset(lingers)
		return false
	case r.compactDue():
		r.commit()
		return false
	}
	return true
}

// doChores is called when a room has been empty for a while, or a snapshot not
// asked for.
func (r *room) doChores(now time.Time) {
	if len(r.members) == 0 && len(r.syncing) == 0 {
		r.unloading = true
		return
	}
	if !r.catchup.forget(now) {
		r.chores.Reset(snapshotKept)
	}
}

// end is called when the room is off the map.
func (r *room) end() {
	if r.outside != nil {
		r.tellPeer(&envelope{what: tellsClosed})
		r.hub.cluster.Close(r.name)
		r.hub.ended(r)
	}
	close(r.done)
}

func (r *room) load() error {
	snapshot := func(data []byte) error {
		b, err := board.Load(0, data)
		if err != nil {
			return fmt.Errorf("loading the stored snapshot: %w", err)
		}
		r.board, r.snapshotBytes = b, len(data)
		return nil
	}
	update := func(data []byte) error {
		if err := r.board.Apply(data); err != nil {
			return fmt.Errorf("applying a stored update: %w", err)
		}
		r.logBytes += len(data)
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
	case selecting:
		r.selects(m, e.selection)
	case viewing:
		r.looks(m, e.viewport)
	case calling:
		r.signal(m, e.signal)
	case renaming:
		m.name, m.color, m.away = e.profile.Name, e.profile.Color, e.profile.Away
		if m.joined {
			r.renamed(m)
		}
	case typing:
		r.types(m, e.typing)
	case answering:
		if m.joined {
			m.push(r, time.Now(), e.data)
		}
	case moving:
		r.sendAway(e.spread)
	case adopts:
		if r.adoption != nil {
			e.adoption.done <- ErrAdoptNow
			return
		}
		r.adoption = e.adoption
	}
}
