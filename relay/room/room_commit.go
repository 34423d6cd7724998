package room

import (
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
	failing       bool // the last commit failed
}

// change is what one message of a member added to the board.
type change struct {
	member  *member
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
	size := 0
	var refused error
	fresh := data[:0]
	var others board.Vector
	for writer, u := range board.Split(data) {
		size += len(u)
		if w := r.writers[writer]; w != nil && w != m {
			continue // its own connection speaks for a replica
		}
		seq, parked := r.board.Seq(writer), r.board.Parked()
		if err := r.board.Accept(u); err != nil {
			refused = err
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
	}
	if refused == nil && size != len(data) {
		refused = board.ErrMalformed
	}
	if refused != nil {
		m.cancel(asDenial(refused))
		r.leave(m)
	}
	for writer := range others {
		others[writer] = r.board.Seq(writer) // what was parked may have been released since
	}
	c := change{m, fresh, r.board.Seq(m.replica), others}
	switch {
	case len(fresh) > 0:
		m.unacked++
		r.waiting = append(r.waiting, c)
		r.unstoredBytes += len(fresh)
		if r.storing == nil && !r.failing {
			r.commit()
		}
	case r.unstoredBytes == 0:
		// All of it is known; the client may not know that it is stored.
		r.ack(c)
	case m.unacked == 0:
		// Perhaps another member brought it, and it is not stored yet.
		m.unacked++
		if len(r.waiting) > 0 {
			r.waiting = append(r.waiting, c)
		} else {
			r.storing = append(r.storing, c)
		}
	}
}

// commit hands all that waits to the store.
func (r *room) commit() {
	r.storing, r.waiting = append(r.storing, r.waiting...), nil
	var all []byte
	for _, c := range r.storing {
		all = append(all, c.updates...)
	}
	r.hub.store.Append(r.name, all, func(err error) { r.result <- err })
}

// committed takes the store's answer: what is stored is told (R1). What could
// not be stored stays in memory and is tried again; meanwhile nobody hears of
// it, and its writers see that it is not acknowledged.
func (r *room) committed(err error) {
	if err != nil {
		if !r.failing {
			r.hub.log.Error("updates not stored, trying again", "board", r.name, "bytes", r.unstoredBytes, "err", err)
		}
		r.failing = true
		r.retry.Reset(retryStore)
		for _, m := range r.syncing {
			m.cancel(errNotStored)
		}
		r.syncing = nil
		return
	}
	if r.failing {
		r.hub.log.Info("updates stored again", "board", r.name)
		r.failing = false
	}
	stored := r.storing
	r.storing = nil
	for _, c := range stored {
		r.unstoredBytes -= len(c.updates)
		for part := range board.Chunks(c.updates, maxUpdateFrame) {
			r.position++
			r.broadcast(wire.AppendFrame(nil, r.position, &wire.Update{Data: part}), c.member)
		}
		c.member.unacked--
		r.ack(c)
	}
	if len(r.waiting) > 0 {
		r.commit()
		return
	}
	for _, m := range r.syncing {
		r.bringUpToDate(m)
	}
	r.syncing = nil
}

func (r *room) ack(c change) {
	if !c.member.joined {
		return
	}
	a := wire.Ack{Through: c.through}
	if c.others != nil {
		a.Others = c.others.Append(nil)
	}
	c.member.push(r, wire.AppendFrame(nil, 0, &a))
}

var errNotStored = &denial{code: wire.CodeNotStored, reason: "the relay cannot store the board now", retryMS: 2000}

// sync brings a member up to date, when all that the board has is stored.
func (r *room) sync(m *member) {
	switch {
	case r.writers[m.replica] != m:
		// gone or replaced meanwhile
	case r.unstoredBytes == 0:
		r.bringUpToDate(m)
	case r.failing:
		m.cancel(errNotStored)
	default:
		r.syncing = append(r.syncing, m)
	}
}

// notSyncing takes a member that has gone off the list.
func (r *room) notSyncing(m *member) {
	r.syncing = slices.DeleteFunc(r.syncing, func(x *member) bool { return x == m })
}
