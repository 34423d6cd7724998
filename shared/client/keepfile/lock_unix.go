//go:build unix

package keepfile

import (
	"errors"
	"os"
	"syscall"
)

// tryLock locks a file for this program alone, and reports whether it could. The
// lock goes when the file is closed, by the operating system's doing if the program
// has crashed.
func tryLock(f *os.File) (bool, error) {
	for {
		err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		switch {
		case errors.Is(err, syscall.EINTR):
		case errors.Is(err, syscall.EWOULDBLOCK):
			return false, nil
		default:
			return err == nil, err
		}
	}
}
