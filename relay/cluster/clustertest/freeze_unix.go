//go:build unix

package clustertest

import (
	"os"
	"syscall"
)

var stop, proceed os.Signal = syscall.SIGSTOP, syscall.SIGCONT
