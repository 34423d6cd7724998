package cluster

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"edgeboard/shared/board"
)

// session is a board that is open: there is a room of it.
//
// What the room is told is numbered (told), and the room says up to which number it has
// applied it. These numbers are not positions of the log: what was told again, or was of
// an engine that has lost its data, bears another number, so that it cannot be taken for
// what was told before.
type session struct {
	c    *Cluster
	k    *keeper
	name string

	loaded bool          // it is known whether it was loaded from the engine; guarded by c.mu
	linked atomic.Uint64 // the generation that it takes part in; written under c.mu

	// order is held by who tells the room something, and taken before mu. The room may
	// call while it is told.
	order sync.Mutex

	mu      sync.Mutex
	closed  bool
	holding bool // appends wait: see link
	held    []*request
	pending []*request // the engine was asked, and has not answered
	tail    *tail      // nil: the engine was not reached yet

	told    uint64
	after   uint64 // what the next one comes after: the last one, or where it begins again
	applied uint64 // by the room
	heard   []news // told and not known to be applied, by number
	bytes   int    // of heard
	point
	putting bool // a snapshot is on its way
}

// point is what a room has for sure: all entries of the log through a position, and the
// joins up to a number, in an incarnation of the engine.
type point struct {
	through     uint64
	joins       uint64
	incarnation string
}

// news is something that the room was told.
type news struct {
	number   uint64
	position uint64
	joins    uint64 // of a snapshot; 0: it is none, or there were none
	updates  []byte // nil: the copy needs nothing of it
	snapshot []byte // the same
	kept     bool   // the copy gets it, or has it
}

// size is about what it takes in memory.
func (h *news) size() int { return len(h.updates) + len(h.snapshot) + 128 }

// mostHeard is how many bytes are remembered of what a room was told and does not say to
// have applied.
const mostHeard = 16 << 20

// request is what a room has given to be stored.
type request struct {
	updates    []byte
	done       func(error)
	entries    [][]byte // data of those that the updates go into
	generation uint64
	left       int // entries that are not stored
	over       bool
	begun      time.Time
	timer      *time.Timer
}

// append stores updates: on the engine if the board takes part, else in the copy.
func (s *session) append(updates []byte, done func(error)) {
	if len(updates) == 0 {
		done(nil)
		return
	}
	r := &request{updates: updates, done: done}
	s.mu.Lock()
	s.start(r)
}

// start is called with mu held, and gives it back.
func (s *session) start(r *request) {
	if s.holding {
		s.held = append(s.held, r)
		s.mu.Unlock()
		return
	}
	r.generation = s.linked.Load()
	if r.generation != s.c.generation.Load() {
		// With mu held, so that a board that is linked meanwhile waits for it: see bring.
		s.k.spool(r.updates, r.done)
		s.mu.Unlock()
		return
	}
	// What an entry has nobody changes afterwards; what the room has given it may.
	for chunk := range board.Chunks(r.updates, chunkBytes) {
		r.entries = append(r.entries, append([]byte{kindUpdates}, chunk...))
	}
	if len(r.entries) == 0 {
		s.mu.Unlock()
		r.done(board.ErrMalformed)
		return
	}
	r.left, r.begun = len(r.entries), time.Now()
	r.timer = time.AfterFunc(CallTimeout, func() { s.stored(r, errTime) })
	s.pending = append(s.pending, r)
	s.mu.Unlock()
	for _, data := range r.entries {
		s.c.engine.Append(BoardLog(s.name), Entry{From: s.c.name, Data: data}, func(_ uint64, err error) { s.stored(r, err) })
	}
}

// stored takes the engine's answer, of one entry.
func (s *session) stored(r *request, err error) {
	if err != nil {
		s.mu.Lock()
		over := r.over
		s.mu.Unlock()
		if !over {
			s.c.metrics.Appended(time.Since(r.begun), len(r.updates), err)
			s.c.cutOff(r.generation, err)
			s.unlinked() // if it was cut off before, and this not seen yet
			s.giveUp(r, err)
		}
		return
	}
	s.mu.Lock()
	if r.left--; r.over || r.left > 0 {
		s.mu.Unlock()
		return
	}
	s.finish(r)
	s.mu.Unlock()
	for _, data := range r.entries {
		s.k.lacks(data[1:])
	}
	s.c.metrics.Appended(time.Since(r.begun), len(r.updates), nil)
	r.done(nil)
}

// giveUp answers a request that nobody else will: the Cluster is closed.
func (s *session) giveUp(r *request, err error) {
	s.mu.Lock()
	over := r.over
	if !over {
		s.finish(r)
	}
	s.mu.Unlock()
	if !over {
		r.done(err)
	}
}

// finish takes a request off the list. The caller holds mu.
func (s *session) finish(r *request) {
	r.over = true
	r.timer.Stop()
	for i, x := range s.pending {
		if x == r {
			s.pending = append(s.pending[:i:i], s.pending[i+1:]...)
			break
		}
	}
}

// unlinked has what the engine was asked in an earlier generation be stored in the copy:
// whether the engine has it is not known, and it does no harm if both have. What the room
// was told goes there too, since the engine may not have it when it comes back.
func (s *session) unlinked() {
	s.mu.Lock()
	generation := s.c.generation.Load()
	var list []*request
	for _, r := range s.pending {
		if r.generation != generation {
			list = append(list, r)
		}
	}
	for _, r := range list {
		s.finish(r)
		s.k.spool(r.updates, r.done) // with mu held, as in start
	}
	if s.linked.Load() != generation {
		s.keepHeard()
	}
	s.mu.Unlock()
}

// keepHeard has the copy take what the room was told, whether it has applied that or not.
// The caller holds mu.
func (s *session) keepHeard() {
	for i := range s.heard {
		s.keep(&s.heard[i])
	}
}

func (s *session) keep(h *news) {
	switch {
	case h.kept:
	case h.updates != nil:
		s.k.lacks(h.updates)
	case h.snapshot != nil:
		s.k.merge(h.snapshot)
	}
	h.kept = true
}

// hold has appends wait until letGo.
func (s *session) hold() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.holding = true
}

func (s *session) letGo() {
	s.mu.Lock()
	list := s.held
	s.holding, s.held = false, nil
	s.mu.Unlock()
	for _, r := range list {
		s.mu.Lock()
		s.start(r)
	}
}

// resume has the room hear what it lacks from now on. The caller holds the keeper's work.
func (s *session) resume(ctx context.Context) error {
	s.c.mu.Lock()
	incarnation := s.c.incarnation
	s.c.mu.Unlock()
	s.mu.Lock()
	known := s.tail != nil && s.incarnation == incarnation || s.closed
	s.mu.Unlock()
	if known {
		return nil
	}
	// Nothing that the room has says what it lacks of this log.
	x, err := s.c.snapshotOf(ctx, s.name)
	if err != nil {
		return err
	}
	s.order.Lock()
	defer s.order.Unlock()
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		return nil
	}
	s.forgetHeard()
	s.point = point{incarnation: x.incarnation}
	if s.tail != nil {
		s.tail.rewind(x.through, rereadLost)
	}
	s.tellSnapshot(x, false)
	s.mu.Lock()
	if s.tail == nil && !s.closed {
		s.tail = s.c.newTail(BoardLog(s.name), x.through, s.hear, s.trimmed)
	}
	s.mu.Unlock()
	return nil
}

// forgetHeard is called when something will be told again, or belongs to a log that is
// gone: what the room says of it does not count any more. The caller holds mu.
func (s *session) forgetHeard() {
	s.keepHeard()
	s.heard, s.bytes = nil, 0
}

// tell notes what the room is about to be told, and returns its number, and that of what
// it comes after. The caller holds mu.
func (s *session) tell(h news) (after, number uint64) {
	if s.bytes += h.size(); s.bytes > mostHeard {
		// A room that waits with so much has dropped some, or refuses to say what it has.
		s.forgetHeard()
		s.bytes = h.size()
	}
	s.told++
	h.number = s.told
	s.heard = append(s.heard, h)
	after, s.after = s.after, s.told
	return after, s.told
}

// mayTell reports whether what the tail has is still what the room is to be told. The
// caller holds order and mu.
func (s *session) mayTell() bool { return !s.closed && (s.tail == nil || !s.tail.isBack()) }

// hear takes an entry of the log.
func (s *session) hear(e Entry) error {
	if entryKind(e) == kindJoin {
		return s.hearJoin(e)
	}
	s.order.Lock()
	defer s.order.Unlock()
	h := news{position: e.Position}
	if entryKind(e) == kindUpdates && e.From != s.c.name {
		h.updates = e.Data[1:]
	}
	s.mu.Lock()
	if !s.mayTell() {
		s.mu.Unlock()
		return errBack
	}
	after, number := s.tell(h)
	s.mu.Unlock()
	s.c.rooms.HearUpdates(s.name, after, number, h.updates)
	return nil
}

// hearJoin takes a snapshot that has what no entry has.
func (s *session) hearJoin(e Entry) error {
	joins := joinOf(e)
	s.mu.Lock()
	known := s.joins
	for _, h := range s.heard {
		known = max(known, h.joins)
	}
	s.mu.Unlock()
	x := &state{}
	if joins > known {
		var err error
		if x, err = s.c.snapshotOf(s.c.ctx, s.name); err != nil {
			return err
		}
		if x.joins < joins {
			return errors.New("a snapshot that was told of is not there")
		}
	}
	s.order.Lock()
	defer s.order.Unlock()
	s.mu.Lock()
	if !s.mayTell() {
		s.mu.Unlock()
		return errBack
	}
	// Up to this entry the room has all then, whatever the snapshot reaches to.
	x.through = e.Position
	s.tellSnapshot(x, true)
	return nil
}

// trimmed takes the snapshot in the place of entries that are gone.
func (s *session) trimmed(ctx context.Context) (uint64, error) {
	x, err := s.c.snapshotOf(ctx, s.name)
	if err != nil {
		return 0, err
	}
	s.order.Lock()
	defer s.order.Unlock()
	s.mu.Lock()
	if !s.mayTell() {
		s.mu.Unlock()
		return 0, errBack
	}
	s.tellSnapshot(x, false)
	return x.through, nil
}

// tellSnapshot tells the room a snapshot, or that there is none. One that stands in the log
// comes after what was told before; another one has all up to its position by itself. The
// caller holds order, and mu, which is given back.
func (s *session) tellSnapshot(x *state, inLog bool) {
	after, number := s.tell(news{position: x.through, joins: x.joins, snapshot: x.snapshot})
	s.mu.Unlock()
	if !inLog {
		after = 0
	}
	if x.snapshot != nil {
		s.c.rooms.HearSnapshot(s.name, after, number, x.snapshot)
	} else {
		s.c.rooms.HearUpdates(s.name, after, number, nil)
	}
}

// appliedUpTo notes that the room has what it was told, up to a number.
func (s *session) appliedUpTo(number uint64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := 0
	for ; n < len(s.heard) && s.heard[n].number <= number; n++ {
		h := &s.heard[n]
		s.keep(h)
		s.bytes -= h.size()
		s.through, s.applied = h.position, h.number
		s.joins = max(s.joins, h.joins)
	}
	if s.heard = s.heard[n:]; len(s.heard) == 0 {
		s.heard = nil
	}
}

// again has the room told once more what it has not applied.
func (s *session) again() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.tail == nil || s.closed {
		return
	}
	s.forgetHeard()
	s.after = s.applied
	s.tail.rewind(s.through, rereadAsked)
}

// compact puts the room's snapshot in the place of the log's beginning, unless there is
// one that reaches as far. That may take its time, and nobody waits for it.
//
// The snapshot must have all that is trimmed for it, which is what the engine's snapshot
// before it stands for and the entries up to through. It has:
//
// The entries. through is the position of the last thing that the room has said to have
// applied (appliedUpTo), and the room says so from the goroutine that has then made the
// snapshot, so that the snapshot is later. What the room had when it was loaded was all
// that the engine had up to the position that the tail began after. From there on
// the tail passes on every entry, in order; each is told under a number of its own; and
// the room applies in order what it is told, or says that it has dropped some (again).
// Then the numbers told so far count no more, and the tail begins again behind what was
// applied. So when the room has applied a number that counts, it has all entries up to
// its position. What its board has parked of these is in no snapshot; so the room gives
// it to Compact among the updates, which are appended before: they stand behind through,
// since through was applied when they were appended.
//
// The snapshot before it. If it was put by a room, that has what the one before it had,
// and updates of the log: those up to its own through, which is not after this one
// (checked), and others that stand behind it in the log and are not trimmed by it. If it
// is a join, the room has taken it, since it has taken as many joins (checked). If another
// one is put after the check, there is ErrConflict.
//
// And it must be of the same log: putSnapshot sees to it that the engine has not lost its
// data since.
func (s *session) compact(snapshot []byte, at point) {
	s.mu.Lock()
	busy := s.putting
	s.putting = true
	s.mu.Unlock()
	if busy {
		return
	}
	put := func() error {
		x, err := s.c.snapshotOf(s.c.ctx, s.name)
		if err != nil || x.joins != at.joins || x.through >= at.through {
			return err
		}
		return s.c.putSnapshot(s.c.ctx, BoardLog(s.name), Snapshot{Revision: x.revision, Through: at.through, Data: encodeSnapshot(at.joins, snapshot)}, at.incarnation)
	}
	s.c.begin(func() {
		err := put()
		s.mu.Lock()
		s.putting = false
		s.mu.Unlock()
		if err != nil && !errors.Is(err, ErrConflict) && s.c.ctx.Err() == nil {
			s.c.log.Warn("a board's log was not compacted, it stays as it was", "board", s.name, "err", err)
		}
	})
}

// replaceCopy has the room's snapshot take the place of the copy, behind what it was given
// before, and what it lacks beyond the snapshot follow: what the room was told and has not
// applied, as far as the copy was given that. The room calls it, by Compact.
func (s *session) replaceCopy(updates, snapshot []byte, mark byte, done func(error)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var beyond [][]byte
	for _, h := range s.heard {
		if h.kept && h.updates != nil {
			beyond = append(beyond, h.updates)
		}
	}
	s.k.compact(updates, snapshot, mark, beyond, done)
	for _, h := range s.heard {
		if h.kept && h.snapshot != nil {
			s.k.merge(h.snapshot)
		}
	}
}

// end is called when the room has ended.
func (s *session) end() {
	s.mu.Lock()
	s.closed = true
	t := s.tail
	// What the room did not apply is not what the copy goes up to.
	at := s.point
	s.keepHeard()
	s.mu.Unlock()
	if t != nil {
		t.end()
	}
	s.k.do(s.k.flush)
	if t != nil {
		s.k.do(func() { s.k.goesTo(at) })
	}
	s.k.release()
}
