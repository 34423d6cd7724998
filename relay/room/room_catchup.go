package room

import (
	"bytes"
	"errors"
	"time"

	"edgeboard/shared/board"
	"edgeboard/shared/wire"
)

// catchup is what those who come lack, encoded once for all who lack the same.
type catchup struct {
	vector  []byte       // the board's, encoded; nil: it has changed
	decoded board.Vector // the same, shared by members; not written to
	// known is the vector of whom lacking was made for last.
	known   []byte
	lacking [][]byte

	// snapshot is the whole board in pieces, as it was at a vector; nil: there is
	// none.
	snapshot [][]byte
	at       board.Vector
	size     int       // of it, in bytes
	since    int       // bytes of updates since
	used     time.Time // when somebody got it last
}

// changed notes that the board has so many bytes of updates more.
func (c *catchup) changed(n int) {
	c.vector, c.decoded, c.known, c.lacking = nil, nil, nil, nil
	c.since += n
}

// boardVector is the board's state vector, encoded.
func (r *room) boardVector() []byte {
	if c := &r.catchup; c.vector == nil {
		c.decoded = r.board.Vector()
		c.vector = c.decoded.Append(nil)
	}
	return r.catchup.vector
}

// whatLacks returns the frames for who has a state vector: the updates that it
// lacks, or a snapshot and what came since (W60).
//
// What is parked goes with them: everybody holds it until what it needs has come,
// which the relay then tells alone.
func (r *room) whatLacks(known board.Vector) ([][]byte, error) {
	c := &r.catchup
	encoded := known.Append(nil)
	if bytes.Equal(encoded, r.boardVector()) {
		return r.appendUpdates(nil, r.board.ParkedUpdates()), nil
	}
	if c.known != nil && bytes.Equal(encoded, c.known) {
		return c.lacking, nil
	}
	var frames [][]byte
	updates, err := []byte(nil), error(board.ErrCompacted)
	if whole := r.stored() > snapshotFrom && len(known) == 0; !whole {
		updates, err = r.board.Diff(known)
	}
	if errors.Is(err, board.ErrCompacted) {
		if frames, updates, err = r.wholeBoard(); err != nil {
			return nil, err
		}
	} else if err != nil {
		return nil, err
	}
	frames = r.appendUpdates(r.appendUpdates(frames, updates), r.board.ParkedUpdates())
	c.known, c.lacking = encoded, frames
	return frames, nil
}

// appendUpdates appends updates in frames of their own.
func (r *room) appendUpdates(frames [][]byte, updates []byte) [][]byte {
	for part := range board.Chunks(updates, catchUpPiece) {
		frames = append(frames, wire.AppendFrame(nil, r.position, &wire.Update{Data: part}))
	}
	return frames
}

// wholeBoard returns a snapshot in pieces, and the updates since.
func (r *room) wholeBoard() (pieces [][]byte, updates []byte, err error) {
	c := &r.catchup
	c.used = time.Now()
	if c.snapshot != nil && c.since <= max(snapshotStale, c.size/8) {
		if updates, err = r.board.Diff(c.at); err == nil {
			return c.snapshot[:len(c.snapshot):len(c.snapshot)], updates, nil
		}
	}
	snapshot := r.board.Snapshot()
	if len(snapshot) > wire.MaxSnapshot {
		return nil, nil, board.ErrFull
	}
	c.snapshot = nil
	for at := 0; at < len(snapshot); at += catchUpPiece {
		piece := snapshot[at:min(at+catchUpPiece, len(snapshot))]
		c.snapshot = append(c.snapshot, wire.AppendFrame(nil, 0, &wire.SnapshotPart{Offset: uint64(at), Total: uint64(len(snapshot)), Data: piece}))
	}
	c.at, c.size, c.since = r.board.Vector(), len(snapshot), 0
	r.chores.Reset(snapshotKept)
	return c.snapshot[:len(c.snapshot):len(c.snapshot)], nil, nil
}

// forget gives back the memory of a snapshot that nobody has asked for lately, and
// reports whether there is none left.
func (c *catchup) forget(now time.Time) bool {
	if c.snapshot != nil && now.Sub(c.used) >= snapshotKept {
		*c = catchup{}
	}
	return c.snapshot == nil
}
