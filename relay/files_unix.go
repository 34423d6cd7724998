//go:build unix

package main

import "golang.org/x/sys/unix"

// openFiles is how many files the system lets this process have open, 0 if that
// is not known.
func openFiles() int {
	var limit unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &limit); err != nil {
		return 0
	}
	return int(min(uint64(limit.Cur), 1<<30))
}
