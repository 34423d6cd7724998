//go:build unix

package server

import (
	"testing"

	"golang.org/x/sys/unix"
)

// openFileLimit is how many files this process may have open. Go has raised it as
// far as it may.
func openFileLimit(t *testing.T) int {
	t.Helper()
	var l unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &l); err != nil {
		t.Fatal(err)
	}
	return int(min(uint64(l.Cur), 1<<30))
}
