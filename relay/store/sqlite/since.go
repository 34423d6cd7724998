package sqlite

import (
	"context"
	"errors"
	"fmt"

	"zombiezen.com/go/sqlite"
)

// mostCompacted is how often a board may be compacted while it is read: each time
// the reading begins anew.
const mostCompacted = 3

// Since reads what a board has beyond a position, "" for all of it, and returns the
// position it is then at: "" if nothing is stored of it. A position is equal to
// another where the board has changed in nothing, and means nothing else to who
// keeps it; it holds as long as the store is open.
//
// It calls snapshot if there is one that the position does not stand on: what was
// read before is then to be forgotten, the snapshot takes its place. And then update
// with each that was appended since, in order. The bytes are valid during the call;
// an error of either ends it and is returned.
//
// Unlike Load it may overlap with Append and Compact of the same board. Where that
// is compacted meanwhile, snapshot is called again.
func (s *Store) Since(ctx context.Context, board, position string, snapshot, update func([]byte) error) (string, error) {
	var now end
	err := s.reader(ctx, func(c *sqlite.Conn) error {
		l := loader{store: s, conn: c, ctx: ctx}
		known := end{}
		if position != "" {
			if _, err := fmt.Sscanf(position, positionFormat, &known.piece, &known.last); err != nil {
				return fmt.Errorf("position %q: %w", position, err)
			}
		}
		for try := 0; ; try++ {
			var err error
			if now, err = l.end(board); err != nil {
				return err
			}
			part := now
			if known.piece == now.piece && known.last <= now.last {
				l.after = known.last
				if position != "" {
					part.pieces = 0 // it stands on this snapshot
				}
			} else {
				l.after = 0
			}
			err = l.load(part, snapshot, update)
			if !errors.Is(err, ErrCorrupt) || try == mostCompacted {
				return err
			}
			// Perhaps what was read has been replaced, and removed.
			again, e := l.end(board)
			if e != nil || again.piece == now.piece {
				return err
			}
			known, position = end{}, ""
		}
	})
	if err != nil {
		return "", fmt.Errorf("reading board %q: %w", board, explain(err))
	}
	if now.last == 0 && now.pieces == 0 {
		return "", nil
	}
	return fmt.Sprintf(positionFormat, now.piece, now.last), nil
}

// positionFormat is the first piece of the snapshot, and the last update after it.
const positionFormat = "%d.%d"
