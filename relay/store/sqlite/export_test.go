package sqlite

import (
	"slices"
	"time"

	"zombiezen.com/go/sqlite"
)

// OnWriter runs f between two commits with the connection that writes.
func (s *Store) OnWriter(f func(c *sqlite.Conn)) {
	done := make(chan struct{})
	s.tasks <- func() { f(s.writer.conn); close(done) }
	<-done
}

// Hold keeps the next commit from beginning until release.
func (s *Store) Hold() (release func()) {
	held, end := make(chan struct{}), make(chan struct{})
	go func() { s.tasks <- func() { close(held); <-end } }()
	<-held
	return func() { close(end) }
}

// Search is one that does not end before release.
func (s *Store) Search() (release func()) {
	s.searching.RLock()
	return s.searching.RUnlock
}

// HasGarbage says whether there is some that is going to be removed.
func (s *Store) HasGarbage() (is bool) {
	s.OnWriter(func(*sqlite.Conn) { is = s.writer.garbage })
	return is
}

// SetClock makes it another time.
func (s *Store) SetClock(now func() time.Time) {
	s.OnWriter(func(*sqlite.Conn) { s.writer.past.now = now })
}

// BoundInboxes makes that an inbox has so many entries at the most.
func (s *Store) BoundInboxes(most int) {
	s.OnWriter(func(*sqlite.Conn) { s.writer.mostEntries = int64(most) })
}

// The limits that tests go beyond.
const (
	PieceSize = pieceSize
	MaxWAL    = maxWAL
	SweepStep = sweepStep
)

// Migrations make the files of earlier versions.
func Migrations(version int) []string { return slices.Clone(migrations[:version]) }
