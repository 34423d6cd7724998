package main

import (
	"bufio"
	"bytes"
	"fmt"
	"io/fs"
	"log/slog"
	"math"
	"os"
	"path"
	"runtime/debug"
	"strconv"
	"strings"

	"edgeboard/relay/server"
)

// memory is what the system leaves the relay. Where it is little, Go's collector is told
// of it, so that it collects before the kernel kills; and defaults fit it.
type memory struct {
	bytes int64  // 0: not known, or without a limit
	by    string // whose limit it is
	soft  int64  // from which on Go collects without waiting for twice the heap; 0: never
	own   bool   // the operator has said it, by GOMEMLIMIT
}

const (
	// memoryOutside is what Go does not count: pages of the program itself, SQLite's memory.
	memoryOutside = 12 << 20
	// memoryLeast is what is left to Go even so.
	memoryLeast = 24 << 20
)

// findMemory reads what the system says. root is that of its file system; where that has
// no such files, nothing is known.
func findMemory(root fs.FS, getenv func(string) string) memory {
	m := memory{bytes: math.MaxInt64}
	least := func(bytes int64, by string) {
		if bytes > 0 && bytes < m.bytes {
			m.bytes, m.by = bytes, by
		}
	}
	// A machine has other programs, and the kernel.
	least(machineMemory(root)/4*3, "three quarters of the machine's")
	for _, file := range memoryFiles(root) {
		least(number(root, file), "the limit of the cgroup")
	}
	if m.bytes == math.MaxInt64 {
		m.bytes = 0
	}
	if getenv("GOMEMLIMIT") != "" {
		m.own = true
		if soft := debug.SetMemoryLimit(-1); soft != math.MaxInt64 {
			m.soft = soft
		}
	} else if m.bytes > 0 {
		m.soft = max(m.bytes-m.bytes/10-memoryOutside, memoryLeast)
	}
	return m
}

// machineMemory returns what the whole machine has.
func machineMemory(root fs.FS) int64 {
	text, err := fs.ReadFile(root, "proc/meminfo")
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(text)) {
		if kib, ok := strings.CutPrefix(line, "MemTotal:"); ok {
			n, err := strconv.ParseInt(strings.TrimSuffix(strings.TrimSpace(kib), " kB"), 10, 64)
			if err == nil {
				return n << 10
			}
		}
	}
	return 0
}

// memoryFiles names the files that may have limits of this process: those of its cgroup
// and of all above it. In a container the path may be the host's, of which only the top is seen.
func memoryFiles(root fs.FS) (files []string) {
	text, err := fs.ReadFile(root, "proc/self/cgroup")
	if err != nil {
		return nil
	}
	for lines := bufio.NewScanner(bytes.NewReader(text)); lines.Scan(); {
		// 0::/system.slice/relay.service, or, of version 1, 4:memory:/docker/0123 (cgroups(7))
		_, rest, _ := strings.Cut(lines.Text(), ":")
		kinds, at, _ := strings.Cut(rest, ":")
		top, name := "sys/fs/cgroup", "memory.max"
		switch {
		case kinds == "":
		case strings.Contains(","+kinds+",", ",memory,"):
			top, name = "sys/fs/cgroup/memory", "memory.limit_in_bytes"
		default:
			continue
		}
		for at = path.Clean("/" + at); ; at = path.Dir(at) {
			files = append(files, path.Join(top, at, name))
			if at == "/" {
				break
			}
		}
	}
	return files
}

// number reads a file with a number in it; 0: it is not there, or says "max".
func number(root fs.FS, file string) int64 {
	text, err := fs.ReadFile(root, file)
	if err != nil {
		return 0
	}
	n, err := strconv.ParseInt(strings.TrimSpace(string(text)), 10, 64)
	if err != nil {
		return 0
	}
	return n
}

// String says it in a line, for the operator.
func (m memory) String() string {
	switch {
	case m.own && m.soft > 0:
		return fmt.Sprintf("%s by GOMEMLIMIT", mib(m.soft))
	case m.soft > 0:
		return fmt.Sprintf("%s, %s; Go's part of it is kept below %s", mib(m.bytes), m.by, mib(m.soft))
	}
	return "no limit is known"
}

func mib(bytes int64) string { return fmt.Sprintf("%d MiB", bytes>>20) }

// fit lowers the defaults to what the memory carries. What the operator has set stays.
func (o *options) fit(m memory) {
	o.memory = m
	if m.soft == 0 {
		return
	}
	fit := server.LimitsFor(m.soft)
	for name, of := range map[string]struct{ limit, fits *int }{
		"max-connections": {&o.limits.Connections, &fit.Connections},
		"max-rooms":       {&o.limits.Rooms, &fit.Rooms},
		"max-board-bytes": {&o.limits.BoardBytes, &fit.BoardBytes},
		"max-blob":        {&o.limits.BlobBytes, &fit.BlobBytes},
		"feed-most":       {&o.feeds.Feeds, &fit.Feeds.Feeds},
		"feed-points":     {&o.feeds.Points, &fit.Feeds.Points},
	} {
		if !o.given[name] && *of.fits < *of.limit {
			*of.limit = *of.fits
			o.lowered = true
		}
	}
	o.feeds.All = fit.Feeds.All
}

// obey tells Go's collector, and the log where it matters.
func (m memory) obey(o *options, log *slog.Logger) {
	if !m.own && m.soft > 0 {
		debug.SetMemoryLimit(m.soft)
	}
	if o.lowered {
		log.Info("there is little memory: limits that are not given are lower than usual", "memory", m.String(),
			"max_connections", o.limits.Connections, "max_rooms", o.limits.Rooms, "max_board_bytes", o.limits.BoardBytes)
	}
}

// checkMemory finds nothing wrong.
func checkMemory(o *options) server.Finding {
	f := server.Finding{What: "memory", Text: o.memory.String()}
	if o.lowered {
		f.Text += fmt.Sprintf("; so there may be %d connections, %d boards in memory, and %d bytes of a board, as far as the flags do not say otherwise",
			o.limits.Connections, o.limits.Rooms, o.limits.BoardBytes)
	}
	return f
}

// theSystem is its files. Where there are none of Linux, it is known to say nothing.
var theSystem = os.DirFS("/")
