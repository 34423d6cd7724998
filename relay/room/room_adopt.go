package room

import (
	"context"
	"crypto/sha256"
	"errors"

	"edgeboard/shared/board"
	"edgeboard/shared/wire"
)

// Errors of Adopt. Others are of the snapshot, as board.ErrMalformed and
// board.ErrEpoch, or say that the board cannot be stored now.
var (
	// ErrBoardThere says that the board has something already.
	ErrBoardThere = errors.New("room: the board is there already")
	// ErrAdoptNow says that the board cannot be stored now.
	ErrAdoptNow = errors.New("room: the board cannot be stored now")
	// ErrBoardSize says that the board would be larger than the relay lets one be.
	ErrBoardSize = errors.New("room: the board would be larger than this relay lets one be")
)

// Adopt gives a board the state of a snapshot, which is trusted to be one of an honest
// board, and returns the hash of what the board is then. A board that has something
// stays as it is (ErrBoardThere), but where it is to merge the snapshot. When Adopt
// returns without an error all of it is stored. Members come back for it.
func (h *Hub) Adopt(ctx context.Context, name string, snapshot []byte, merge bool) (hash [sha256.Size]byte, err error) {
	h.mu.Lock()
	r, err := h.room(name)
	if err == nil {
		r.users++
	}
	h.mu.Unlock()
	if err != nil {
		return hash, ErrAdoptNow
	}
	defer h.release(r)
	a := &adoption{snapshot: snapshot, merge: merge, done: make(chan error, 1)}
	if !r.post(&event{kind: adopts, adoption: a}) {
		return hash, ErrAdoptNow
	}
	select {
	case err = <-a.done:
	case <-r.done:
		err = ErrAdoptNow
	case <-ctx.Done(): // it may be stored all the same
		err = ctx.Err()
	}
	return a.hash, err
}

// Present returns how many people are on each board that somebody is on. Of those who
// are nobody in particular each connection counts.
func (h *Hub) Present() map[string]int {
	h.mu.Lock()
	defer h.mu.Unlock()
	present := map[string]int{}
	for person, members := range h.persons {
		boards := map[string]bool{}
		for _, m := range members {
			if person == (wire.Person{}) || !boards[m.room.name] {
				boards[m.room.name] = true
				present[m.room.name]++
			}
		}
	}
	return present
}

// adoption is a snapshot that a board is to have.
type adoption struct {
	snapshot []byte
	merge    bool
	board    *board.Board // what the room's is, when it is stored
	hash     [sha256.Size]byte
	done     chan error
}

// adopting is the one that a room is about.
type adopting struct {
	adoption *adoption // nil: none
	adopted  chan error
	bytes    int
}

// mayAdopt reports whether a snapshot waits to be adopted, and all that the board has
// is stored, or cannot be.
func (r *room) mayAdopt() bool {
	return r.adoption != nil && !r.busy && (r.failing || r.unstoredBytes == 0 && len(r.again) == 0)
}

// adopt makes the board that the room's is to become, beside it: nobody sees it until
// it is stored (R1), and if it cannot be stored nothing has changed.
func (r *room) adopt() {
	a := r.adoption
	b, err := r.become(a)
	var stored []byte
	if err == nil {
		stored = b.Snapshot()
		a.hash = sha256.Sum256(stored)
		if len(stored) > min(r.hub.limits.BoardBytes, wire.MaxSnapshot) {
			err = ErrBoardSize
		}
	}
	if err != nil {
		r.adoption = nil
		a.done <- err
		return
	}
	a.board, r.busy, r.adopting.bytes = b, true, len(stored)
	done := func(err error) { r.adopted <- err }
	if r.hub.cluster != nil {
		r.hub.cluster.Adopt(r.name, stored, done)
		return
	}
	r.hub.store.Compact(r.name, nil, stored, done)
}

// become makes what the board is to be.
func (r *room) become(a *adoption) (*board.Board, error) {
	switch {
	case r.failing:
		return nil, ErrAdoptNow
	case len(r.board.Vector()) == 0 && r.board.Parked() == 0:
		return board.Load(0, a.snapshot)
	case !a.merge:
		return nil, ErrBoardThere
	}
	b, err := board.Load(0, r.board.Snapshot())
	if err == nil {
		err = b.Apply(r.board.ParkedUpdates())
	}
	if err == nil {
		err = b.Merge(a.snapshot)
	}
	return b, err
}

// adoptionStored takes the store's answer.
func (r *room) adoptionStored(err error) {
	a := r.adoption
	r.adoption, r.busy = nil, false
	defer r.takeLog() // which has waited for it
	if err != nil {
		r.hub.log.Error("a board's snapshot was not stored", "board", r.name, "err", err)
		a.done <- ErrAdoptNow
		return
	}
	r.snapshotBytes, r.logBytes = r.adopting.bytes, 0
	r.again = a.board.ParkedUpdates() // which are in no snapshot
	r.tell(true)                      // what was stored before
	for _, m := range r.members {
		m.end(errAdopted)
		r.leave(m)
	}
	r.board, r.catchup = a.board, catchup{}
	for _, m := range r.syncing {
		r.bringUpToDate(m)
	}
	r.syncing = nil
	a.done <- nil
}

var errAdopted = &denial{code: wire.CodeGoingAway, reason: "the board was restored; come back for it", retryMS: 50}
