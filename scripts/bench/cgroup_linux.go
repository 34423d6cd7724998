package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// cgroup bounds the memory of a program, as a container or a small machine does. What the
// kernel keeps for it counts as well: the pages of its files, and of the program itself, which
// can be given back, and what belongs to its sockets.
type cgroup struct {
	dir string
	v2  bool
}

// newCgroup makes one with so many bytes and no swap. It needs root, and the controller of
// memory in version 2 of cgroups or in version 1.
func newCgroup(bytes int64) (*cgroup, error) {
	const top = "/sys/fs/cgroup"
	name := "edgeboard-bench-" + strconv.Itoa(os.Getpid())
	g := &cgroup{dir: filepath.Join(top, "memory", name)}
	kinds, err := os.ReadFile(filepath.Join(top, "cgroup.controllers"))
	if err == nil && strings.Contains(" "+strings.TrimSpace(string(kinds))+" ", " memory ") {
		g = &cgroup{dir: filepath.Join(top, name), v2: true}
		// Where it is allowed to all below already this changes nothing.
		_ = os.WriteFile(filepath.Join(top, "cgroup.subtree_control"), []byte("+memory"), 0)
	}
	if err := os.Mkdir(g.dir, 0o755); err != nil {
		return nil, fmt.Errorf("bound the relay's memory: neither version 2 of cgroups nor version 1 has a place for that here, or this is not root: %w", err)
	}
	limit := strconv.FormatInt(bytes, 10)
	if g.v2 {
		err = errors.Join(g.set("memory.max", limit), g.set("memory.swap.max", "0"))
	} else {
		err = errors.Join(g.set("memory.limit_in_bytes", limit), g.set("memory.swappiness", "0"))
	}
	if errors.Is(err, os.ErrNotExist) && g.get("memory.max")+g.get("memory.limit_in_bytes") != "" {
		err = nil // a kernel without swap has no such file
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("bound the relay's memory: %w", err), g.remove())
	}
	return g, nil
}

func (g *cgroup) set(file, value string) error {
	return os.WriteFile(filepath.Join(g.dir, file), []byte(value), 0)
}

// get reads a file of the group; "": there is none.
func (g *cgroup) get(file string) string {
	text, err := os.ReadFile(filepath.Join(g.dir, file))
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(text))
}

// command is a program that is in the group from its start.
func (g *cgroup) command(ctx context.Context, program string, args ...string) *exec.Cmd {
	const enter = `echo $$ >"$0" && exec "$@"`
	return exec.CommandContext(ctx, "/bin/sh", append([]string{"-c", enter, filepath.Join(g.dir, "cgroup.procs"), program}, args...)...)
}

// most returns the most bytes that were in use at any time; 0: the kernel does not say.
func (g *cgroup) most() int64 {
	file := "memory.max_usage_in_bytes"
	if g.v2 {
		file = "memory.peak"
	}
	n, err := strconv.ParseInt(g.get(file), 10, 64)
	if err != nil {
		return 0
	}
	return n
}

// killed returns how many processes of the group the kernel has killed for want of memory.
func (g *cgroup) killed() (n int) {
	file := "memory.oom_control"
	if g.v2 {
		file = "memory.events"
	}
	for line := range strings.Lines(g.get(file)) {
		if count, ok := strings.CutPrefix(strings.TrimSpace(line), "oom_kill "); ok {
			n, _ = strconv.Atoi(count) // what is no number is none
		}
	}
	return n
}

// remove removes the group when nothing runs in it any more: who was killed may take a moment to be gone.
func (g *cgroup) remove() error {
	for by := time.Now().Add(10 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		if err := os.Remove(g.dir); !errors.Is(err, syscall.EBUSY) || time.Now().After(by) {
			return err
		}
	}
}
