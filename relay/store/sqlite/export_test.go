package sqlite

import (
	"slices"

	"zombiezen.com/go/sqlite"
)

// OnWriter runs f between two commits with the connection that writes.
func (s *Store) OnWriter(f func(c *sqlite.Conn)) {
	done := make(chan struct{})
	s.tasks <- func() { f(s.writer.conn); close(done) }
	<-done
}

// The limits that tests go beyond.
const (
	PieceSize = pieceSize
	MaxWAL    = maxWAL
	SweepStep = sweepStep
)

// Migrations make the files of earlier versions.
func Migrations(version int) []string { return slices.Clone(migrations[:version]) }
