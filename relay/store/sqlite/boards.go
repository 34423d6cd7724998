package sqlite

import (
	"context"
	"fmt"
	"time"

	"zombiezen.com/go/sqlite"
)

// BoardInfo is what is known of a stored board without loading it.
type BoardInfo struct {
	Name string
	// Bytes are those of its snapshot, the updates since, and its images, where what
	// several boards show counts for each. The past is not in it.
	Bytes int64
	// Changed is when its last update was stored; zero: not known, or there was none.
	Changed time.Time
}

// boardsAtOnce is of how many boards a transaction tells: what writes waits for it.
const boardsAtOnce = 32

const selectBoards = `
	SELECT name,
		CASE WHEN pieces = 0 THEN 0 ELSE (pieces - 1) * ?3 + (SELECT length(data) FROM pieces WHERE n = piece + boards.pieces - 1) END
		+ (WITH RECURSIVE chain (n) AS (
			SELECT boards.last WHERE boards.last > 0
			UNION SELECT previous FROM chain JOIN updates USING (n) WHERE previous > 0)
			SELECT coalesce(sum(length(data)), 0) FROM chain JOIN updates USING (n))
		+ (SELECT coalesce(sum(size), 0) FROM uses JOIN blobs ON blobs.id = blob WHERE uses.board = boards.id),
		coalesce(
			(SELECT time FROM updates WHERE n = boards.last),
			(SELECT time FROM leaving JOIN updates ON updates.n = leaving.last WHERE leaving.board = boards.id ORDER BY leaving.n DESC LIMIT 1),
			(SELECT until FROM segments WHERE segments.board = boards.id ORDER BY at DESC LIMIT 1),
			0)
	FROM boards WHERE name > ?1 ORDER BY name LIMIT ?2`

// Boards tells of the boards behind a name, in the order of names, at most most of them.
func (s *Store) Boards(ctx context.Context, after string, most int) (list []BoardInfo, err error) {
	for most > 0 {
		found, wanted := 0, min(most, boardsAtOnce)
		err := s.read(ctx, func(l *loader) error {
			return query(l.conn, selectBoards, func(stmt *sqlite.Stmt) error {
				b := BoardInfo{Name: stmt.ColumnText(0), Bytes: stmt.ColumnInt64(1)}
				if ms := stmt.ColumnInt64(2); ms > 0 {
					b.Changed = time.UnixMilli(ms).UTC()
				}
				list, after = append(list, b), b.Name
				found++
				return nil
			}, after, int64(wanted), int64(pieceSize))
		})
		if err != nil {
			return nil, fmt.Errorf("listing boards: %w", explain(err))
		}
		if found < wanted {
			break
		}
		most -= found
	}
	return list, nil
}

// BoardNames returns the names of the boards behind one, in their order, at most most of
// them.
func (s *Store) BoardNames(ctx context.Context, after string, most int) (list []string, err error) {
	err = s.read(ctx, func(l *loader) error {
		return query(l.conn, `SELECT name FROM boards WHERE name > ?1 ORDER BY name LIMIT ?2`, func(stmt *sqlite.Stmt) error {
			list = append(list, stmt.ColumnText(0))
			return nil
		}, after, int64(most))
	})
	if err != nil {
		return nil, fmt.Errorf("listing boards: %w", explain(err))
	}
	return list, nil
}
