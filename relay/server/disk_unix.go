//go:build linux || darwin

package server

import "golang.org/x/sys/unix"

// diskOf returns what of the file system of a folder is free for this user, and all of it.
func diskOf(folder string) (free, size uint64, ok bool) {
	var s unix.Statfs_t
	if err := unix.Statfs(folder, &s); err != nil {
		return 0, 0, false
	}
	block := uint64(s.Bsize) // its type is another one on each system
	return s.Bavail * block, s.Blocks * block, true
}
