package room

import (
	"maps"
	"runtime"
	"slices"
	"time"

	"edgeboard/shared/board"
	"edgeboard/shared/wire"
)

// unstored is what the board in memory has and the store has not. One commit is
// under way at a time; whatever comes meanwhile goes into the next.
type unstored struct {
	waiting       []change
	storing       []change
	unstoredBytes int // of both
	result        chan error
	retry         *time.Timer
	busy          bool // a commit is under way
	failing       bool // the last commit failed
	begun         time.Time

	// What the store has, in bytes: a snapshot, and the updates since.
	snapshotBytes int
	logBytes      int
	appending     int       // of the commit under way: updates
	compacting    int       // or a snapshot
	compactAfter  time.Time // when to try again after that failed

	// What is parked is in no snapshot: it is stored again after one.
	parked []byte // beside the snapshot under way
	again  []byte // and not stored again yet
}

// stored is how many bytes the store has of the board.
func (u *unstored) stored() int { return u.snapshotBytes + u.logBytes }

// change is what one message of a member added to the board, or an entry of its log.
type change struct {
	member  *member      // nil: another relay's
	updates []byte       // empty if all of it was known
	through uint64       // the member's own operations that the board has with it
	others  board.Vector // the same of other replicas of which the message had any; nil: of none
}

// update applies what a member sent, and queues what was new for the store. At
// an update that is refused the member is sent away, and nothing more is taken
// of it; what came before it counts.
func (r *room) update(m *member, data []byte) {
	if !m.joined {
		return
	}
	if err := r.mayUpdate(m, data); err != nil {
		m.end(err)
		r.leave(m)
		return
	}
	size := 0
	var refused error
	fresh := data[:0]
	released := false
	var others board.Vector
	for writer, u := range board.Split(data) {
		size += len(u)
		if w := r.writers[writer]; w != nil && w != m && w.role.Points() || w == nil && r.writesElsewhere(writer) {
			continue // its own connection speaks for a replica
		}
		seq, parked := r.board.Seq(writer), r.board.Parked()
		if refused = r.full(len(fresh) + len(u)); refused != nil {
			break
		}
		if refused = r.board.Accept(u); refused != nil {
			break
		}
		if writer != m.replica {
			if others == nil {
				others = board.Vector{}
			}
			others[writer] = 0
		}
		if r.board.Seq(writer) != seq || r.board.Parked() != parked {
			fresh = append(fresh, u...)
		}
		released = released || r.board.Parked() < parked
	}
	if refused == nil && size != len(data) {
		refused = board.ErrMalformed
	}
	if refused != nil {
		m.end(asDenial(refused))
		r.leave(m)
	}
	for writer := range others {
		others[writer] = r.board.Seq(writer) // what was parked may have been released since
	}
	c := change{m, fresh, r.board.Seq(m.replica), others}
	switch {
	case len(fresh) > 0:
		r.catchup.changed(len(fresh))
		m.unacked++
		m.changes++
		r.waiting = append(r.waiting, c)
		r.unstoredBytes += len(fresh)
	case r.unstoredBytes == 0:
		// All of it is known; the client may not know that it is stored.
		r.ack(c)
	default:
		// Perhaps another member brought it, and it is not stored yet.
		r.ackLater(c)
	}
	if released {
		r.released(m)
	}
}

// released is called when something that was parked is no longer. Those who have sent it
// were not told yet that it is stored: which of the members they are is not known. It is
// said to one of them anyway.
func (r *room) released(but *member) {
	for _, m := range r.members {
		c := change{member: m, through: r.board.Seq(m.replica)}
		switch {
		case m == but || c.through == 0:
		case r.unstoredBytes == 0:
			r.ack(c)
		default:
			r.ackLater(c)
		}
	}
}

// ackLater has all that a member has sent acknowledged with what is not stored yet. What
// it waits for may have come another way, after the member's own changes that wait.
func (r *room) ackLater(c change) {
	m, list := c.member, &r.waiting
	if len(r.waiting) == 0 {
		list = &r.storing
	}
	for i := range *list {
		if old := &(*list)[i]; m.unacked > 0 && old.member == m {
			old.through = max(old.through, c.through)
			if old.others == nil {
				old.others = c.others
			} else {
				maps.Copy(old.others, c.others)
			}
			return
		}
	}
	m.unacked++
	*list = append(*list, c)
}

// full refuses n bytes more if the store may not have them. Where compacting
// would help, that comes first (see compactDue); it may be under way, or have
// failed, so this has an end too.
func (r *room) full(n int) error {
	total, limit := r.stored()+r.unstoredBytes+n, r.hub.limits.BoardBytes
	if total <= limit || total <= 2*limit && r.compactable() > r.snapshotBytes/4 {
		return nil
	}
	return errBoardBytes
}

// compactable is how many bytes of the log a snapshot would stand for.
func (r *room) compactable() int { return r.logBytes + r.unstoredBytes - r.board.Parked() }

// compactDue reports whether the log has grown so much that a snapshot is to take
// its place: to load the board takes as long as the log is.
func (r *room) compactDue() bool {
	log := r.compactable()
	if log <= r.snapshotBytes/4 || r.lacks || time.Now().Before(r.compactAfter) {
		return false
	}
	if r.unloading {
		return log >= compactLeast
	}
	return log >= max(compactFrom, 2*r.snapshotBytes) || r.snapshotBytes+log > r.hub.limits.BoardBytes/4*3
}

// commit hands all that waits to the store: appended to what it has, or within a
// snapshot in the place of that.
func (r *room) commit() {
	r.storing, r.waiting = append(r.storing, r.waiting...), nil
	r.busy, r.begun = true, time.Now()
	r.appending, r.compacting = 0, 0
	done := func(err error) { r.result <- err }
	all := r.again[:len(r.again):len(r.again)]
	for _, c := range r.storing {
		all = append(all, c.updates...)
	}
	if !r.failing && r.compactDue() {
		snapshot := r.board.Snapshot()
		r.compacting, r.parked = len(snapshot), r.board.ParkedUpdates()
		if r.hub.cluster != nil {
			// The snapshot will stand for what is parked too, and other relays may lack it: it
			// must be behind that before.
			all = append(all, r.parked...)
		}
		r.hub.store.Compact(r.name, all, snapshot, done)
		return
	}
	r.appending = len(all)
	r.hub.store.Append(r.name, all, done)
}

// committed takes the store's answer: what is stored is told (R1). What could
// not be stored stays in memory and is tried again; meanwhile nobody hears of
// it, and its writers see that it is not acknowledged.
func (r *room) committed(err error) {
	r.busy = false
	r.hub.metrics.Committed(time.Since(r.begun), r.appending+r.compacting, err)
	if err != nil {
		if r.compacting > 0 {
			r.compactAfter = time.Now().Add(compactAgain)
		}
		if r.unstoredBytes == 0 && r.compacting > 0 {
			r.hub.log.Warn("board not compacted, it stays as it was", "board", r.name, "err", err)
			return
		}
		if !r.failing {
			r.hub.log.Error("updates not stored, trying again", "board", r.name, "bytes", r.unstoredBytes, "err", err)
		}
		r.failing = true
		r.notifyAll()
		r.retry.Reset(retryStore)
		for _, m := range r.syncing {
			m.end(errNotStored)
		}
		r.syncing = nil
		return
	}
	if r.failing {
		r.hub.log.Info("updates stored again", "board", r.name)
		r.failing = false
		r.notifyAll()
	}
	r.logBytes += r.appending
	if r.compacting > 0 {
		r.snapshotBytes, r.logBytes = r.compacting, 0
		r.again, r.parked = r.parked, nil
	} else {
		r.again = nil
	}
	stored := r.storing
	r.storing = nil
	for _, c := range stored {
		r.unstoredBytes -= len(c.updates)
		if len(c.updates) > 0 {
			r.untold = append(r.untold, c)
		}
	}
	r.tell(false)
	for _, c := range stored {
		c.member.unacked--
		r.ack(c)
	}
	if len(r.waiting) > 0 {
		return // the next commit is due, and who comes waits for it
	}
	for _, m := range r.syncing {
		r.bringUpToDate(m)
	}
	r.syncing = nil
	r.tellPeople(false)
}

// commitDue reports whether something waits for the store, and nothing is under
// way. After a failure it is the timer that tries again.
func (r *room) commitDue() bool {
	return (len(r.waiting) > 0 || len(r.again) > 0) && !r.busy && !r.failing
}

// gather takes what members have to say that are about to: they go into the commit
// that is due, which costs as much for many as for one. It waits for nobody. If it
// is a round of acknowledgements that has set them going, that is what they need.
func (r *room) gather() {
	events := 0
	for idle := 0; idle < 2 && events < gatherMost && len(r.syncing) == 0 && r.unstoredBytes <= maxUnstored; {
		select {
		case e := <-r.inbox:
			r.handle(e)
			events++
			idle = 0
		default:
			runtime.Gosched()
			idle++
		}
	}
}

// notify tells a member whether a store takes what it sends, of the board and of what
// it says (W63), and whether that is on this relay alone (W110), if it has changed.
func (r *room) notify(m *member) {
	code, frame := wire.Code(0), storedAgain
	switch {
	case r.failing || m.late.Load() > 0:
		code, frame = wire.CodeNotStored, notStored
	case r.edge:
		code, frame = wire.CodeEdgeOnly, edgeOnly
	}
	if uint16(code) == m.notice && !m.unsure {
		return
	}
	m.notice, m.noticed, m.unsure = uint16(code), true, false
	m.push(r, time.Now(), frame)
}

// The frames of Notice.
var (
	notStored   = wire.AppendFrame(nil, 0, &wire.Notice{Code: wire.CodeNotStored, Text: "the relay cannot store now what it is sent"})
	edgeOnly    = wire.AppendFrame(nil, 0, &wire.Notice{Code: wire.CodeEdgeOnly, Text: "the relay cannot reach the others now"})
	storedAgain = wire.AppendFrame(nil, 0, &wire.Notice{})
)

func (r *room) notifyAll() {
	for _, m := range r.members {
		r.notify(m)
	}
}

func (r *room) ack(c change) {
	if !c.member.joined {
		return
	}
	a := wire.Ack{Through: c.through}
	if c.others != nil {
		a.Others = c.others.Append(nil)
	}
	c.member.push(r, time.Now(), wire.AppendFrame(nil, 0, &a))
}

var (
	errNotStored  = &denial{code: wire.CodeNotStored, reason: "the relay cannot store the board now", retryMS: 2000}
	errBoardBytes = &denial{code: wire.CodeBoardFull, reason: "the board takes as much room as this relay gives one"}
)

// sync brings a member up to date, when all that the board has is stored.
func (r *room) sync(m *member) {
	switch {
	case r.writers[m.replica] != m:
		// gone or replaced meanwhile
	case r.unstoredBytes == 0:
		r.bringUpToDate(m)
		r.tellPeople(false)
	case r.failing:
		m.end(errNotStored)
	default:
		r.syncing = append(r.syncing, m)
	}
}

// notSyncing takes a member that has gone off the list.
func (r *room) notSyncing(m *member) {
	r.syncing = slices.DeleteFunc(r.syncing, func(x *member) bool { return x == m })
}
