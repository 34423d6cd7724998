package client

import (
	"slices"

	"edgeboard/shared/board"
	"edgeboard/shared/wire"
)

// bases are the snapshots that a board was begun from, or has merged. What is in
// them the board has as a state alone (board.Board.Floor): whoever is to have all
// of it needs them, and the updates since.
type bases struct {
	list  [][]byte
	floor board.Vector
}

// maxBases bounds how many there are. One that comes holds what those before it
// had, unless a relay has lost something; a board that sees that so often is not
// kept any more.
const maxBases = 8

// merge lets doc have a snapshot, and remembers it. Its bytes are kept.
func (b *bases) merge(doc *board.Board, snapshot []byte) error {
	before := doc.Floor()
	if err := doc.Merge(snapshot); err != nil {
		return err
	}
	if len(before) > 0 {
		o, err := board.Load(0, snapshot)
		if err != nil || o.Vector().Covers(before) {
			b.list = nil
		}
	}
	if len(b.list) == maxBases {
		return nil // rest says that they are not all there
	}
	b.list = append(b.list, snapshot)
	b.floor = doc.Floor()
	return nil
}

// rest returns what doc has besides. It is board.ErrCompacted if the bases are
// not all there.
func (b *bases) rest(doc *board.Board) ([]byte, error) { return doc.Diff(b.floor) }

// arriving is a snapshot of which not all pieces have come (W60).
type arriving struct {
	data  []byte
	total uint64 // 0: none is under way
}

const errPieces = wire.Error("client: the pieces of a snapshot do not join")

// arrive takes a piece of a snapshot, and the snapshot with its last one.
func (s *Session) arrive(p *wire.SnapshotPart) error {
	a := &s.arriving
	if a.total == 0 && p.Total <= wire.MaxSnapshot {
		a.total = p.Total
	}
	have := uint64(len(a.data))
	if p.Total != a.total || p.Offset != have || len(p.Data) == 0 || uint64(len(p.Data)) > a.total-have {
		return errPieces
	}
	a.data = append(a.data, p.Data...)
	if uint64(len(a.data)) == a.total {
		snapshot := slices.Clip(a.data)
		*a = arriving{}
		if err := s.bases.merge(s.cfg.Doc, snapshot); err != nil {
			return err
		}
		s.cfg.Kept.anew(s.now)
		s.showMovers()
	}
	s.tell(LoadingChanged)
	return nil
}

// Loading returns how many bytes of the whole board have come, and how many there
// are in all; 0 and 0 while none is under way. It goes up from a Welcome on.
func (s *Session) Loading() (have, total int) {
	return len(s.arriving.data), int(s.arriving.total)
}

// lacking returns what the board has and one with a state vector lacks. Where the
// board has some of that as a state alone, it is what was written here and the
// relay does not have: what else it has lost comes from those who have the updates.
func (s *Session) lacking(vector board.Vector) ([]byte, error) {
	updates, err := s.cfg.Doc.Diff(vector)
	if err == nil {
		return updates, nil
	}
	have := s.cfg.Doc.Vector()
	if have.Epoch() != vector.Epoch() {
		return nil, err
	}
	for _, p := range append(s.pending(), Pending{Replica: s.cfg.Doc.Replica()}) {
		if n := vector[p.Replica]; n < have[p.Replica] {
			have[p.Replica] = n
		}
	}
	return s.cfg.Doc.Diff(have)
}
