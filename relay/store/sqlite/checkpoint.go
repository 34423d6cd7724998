package sqlite

import (
	"zombiezen.com/go/sqlite"
)

// checkpointLoop copies what was committed from the WAL into the database,
// beside the commits, which so never wait for it. As long as there are commits
// it cannot come to the end of the WAL, and only there can that be begun anew:
// when it has become long, the committing goroutine does the little that is
// left, between two commits. Who reads waits as well, for the same reason.
//
// Who reads the file for long, as Check and a backup do, keeps the WAL growing
// until it is done.
func (s *Store) checkpointLoop() {
	var c *sqlite.Conn // opened when it is needed
	defer func() {
		if c != nil {
			c.Close()
		}
	}()
	for {
		select {
		case <-s.dirty:
		case <-s.quit:
			return
		}
		if c == nil {
			opened, err := sqlite.OpenConn(s.path, sqlite.OpenReadWrite)
			if err != nil {
				continue // the commits tell of it
			}
			if configure(opened) != nil {
				opened.Close()
				continue
			}
			c = opened
		}
		frames, err := checkpoint(c, "PRAGMA wal_checkpoint(PASSIVE)")
		if err != nil {
			// The WAL keeps what is not copied. It may be the connection.
			c.Close()
			c = nil
			continue
		}
		if frames*pageSize < maxWAL {
			continue
		}
		done := make(chan struct{})
		select {
		case s.tasks <- func() { s.restartWAL(frames); close(done) }:
			<-done
		case <-s.quit:
			return
		}
	}
}

// restartWAL copies what is left and begins the WAL anew, in the committing
// goroutine. If another program reads, it does not wait for it. frames is how many pages
// the WAL has.
func (s *Store) restartWAL(frames int) {
	c := s.writer.conn
	if c == nil {
		return
	}
	if !s.searching.TryLock() {
		if frames*pageSize < mostWAL {
			return // the next time
		}
		s.searching.Lock()
	}
	defer s.searching.Unlock()
	s.gate.Lock()
	defer s.gate.Unlock()
	c.SetBusyTimeout(0)
	defer c.SetBusyTimeout(busyTimeout)
	// If it fails, the next one will be longer, and the commits tell why.
	_, _ = checkpoint(c, "PRAGMA wal_checkpoint(RESTART)")
}

// checkpoint returns how many pages the WAL has, those of the past included.
func checkpoint(c *sqlite.Conn, pragma string) (frames int, err error) {
	err = query(c, pragma, func(stmt *sqlite.Stmt) error { frames = stmt.ColumnInt(1); return nil })
	return frames, err
}
