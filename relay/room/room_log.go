package room

import (
	"errors"
	"slices"
	"time"

	"edgeboard/shared/board"
)

// takeOutside looks at all that has come from other relays.
func (r *room) takeOutside() {
	o := r.outside
	o.mu.Lock()
	edge := o.edge
	o.mu.Unlock()
	if edge != r.edge {
		r.edge = edge
		r.notifyAll()
	}
	r.takeLog()
	r.takePeers()
}

// takeLog takes what other relays have stored of the board. While a snapshot is adopted it
// waits: it would be missing in that.
func (r *room) takeLog() {
	if r.outside == nil || r.adoption != nil && r.adoption.board != nil {
		return
	}
	list, through, again, wait := r.outside.takeLog(time.Now())
	for _, e := range list {
		switch {
		case e.snapshot:
			r.takeSnapshot(e.data)
		case len(e.data) > 0:
			r.takeUpdates(e.data)
		}
	}
	r.tell(false)
	if through > r.applied {
		r.applied = through
		r.hub.cluster.Applied(r.name, through)
	}
	switch {
	case again:
		r.hub.metrics.Dropped(PolicyResync, 1)
		r.hub.cluster.Again(r.name)
	case wait > 0:
		time.AfterFunc(wait, r.hearing.rouse)
	}
}

// takeUpdates applies updates of other relays, which have them durably: what is new of
// them is told.
func (r *room) takeUpdates(data []byte) {
	fresh, size, part := data, 0, false
	released := false
	var writers board.Vector
	for writer, u := range board.Split(data) {
		seq, parked := r.board.Seq(writer), r.board.Parked()
		r.refused(r.board.Apply(u))
		if r.peers.writers[writer] != nil {
			if writers == nil {
				writers = board.Vector{}
			}
			writers[writer] = 0
		}
		switch news := r.board.Seq(writer) != seq || r.board.Parked() != parked; {
		case !news && !part:
			// data is others' too, and stays as it is.
			fresh, part = slices.Clone(data[:size]), true
		case news && part:
			fresh = append(fresh, u...)
		}
		size += len(u)
		released = released || r.board.Parked() < parked
	}
	if size != len(data) {
		r.refused(board.ErrMalformed)
		if !part {
			fresh = data[:size:size]
		}
	}
	if len(fresh) == 0 {
		return
	}
	for writer := range writers {
		writers[writer] = r.board.Seq(writer)
	}
	r.catchup.changed(len(fresh))
	r.logBytes += len(fresh)
	r.untold = append(r.untold, change{updates: fresh, others: writers})
	if released {
		r.released(nil)
	}
}

// takeSnapshot merges a snapshot, and brings the members up to date by what they had.
func (r *room) takeSnapshot(data []byte) {
	r.tell(true)
	known := r.boardVector()
	if r.unstoredBytes == 0 {
		for _, m := range r.members {
			if !m.behind {
				m.known = r.catchup.decoded
			}
		}
	}
	parked := r.board.Parked()
	if err := r.board.Merge(data); err != nil {
		r.refused(err)
		return
	}
	r.snapshotBytes = max(r.snapshotBytes, len(data))
	if slices.Equal(known, r.board.Vector().Append(nil)) && parked == r.board.Parked() {
		return
	}
	r.catchup = catchup{}
	r.tickNow() // what members of other relays have in hand may wait for it
	for _, m := range r.members {
		if !m.behind { // it is when it reads
			r.sync(m)
		}
	}
}

// refused notes that the board does not take something of its log. The log is to keep that
// for who takes it: this room puts no snapshot in its place any more. What is malformed
// nobody takes.
func (r *room) refused(err error) {
	if err == nil {
		return
	}
	if !r.warned {
		r.warned = true
		r.hub.log.Error("what another relay has stored is refused", "board", r.name, "err", err)
	}
	r.lacks = r.lacks || !errors.Is(err, board.ErrMalformed)
}
