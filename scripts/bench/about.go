package main

import (
	"context"
	"os"
	"os/exec"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"
	"time"
)

// aboutMachine prints what figures were measured on, when, and of which commit. What a
// system does not say is left out.
func aboutMachine(ctx context.Context, out *report) {
	out.about("date", time.Now().UTC().Format(time.DateOnly))
	if info, ok := debug.ReadBuildInfo(); ok {
		set := map[string]string{}
		for _, s := range info.Settings {
			set[s.Key] = s.Value
		}
		if commit := set["vcs.revision"]; commit != "" {
			if set["vcs.modified"] == "true" {
				commit += ", and changes to it"
			}
			out.about("edgeboard", "commit "+commit)
		}
	}
	if model := fieldOf("/proc/cpuinfo", "model name"); model != "" {
		out.about("machine", model)
	}
	out.about("cores", strconv.Itoa(runtime.NumCPU()))
	if kib, err := strconv.Atoi(strings.TrimSuffix(fieldOf("/proc/meminfo", "MemTotal"), " kB")); err == nil {
		out.about("memory", strconv.Itoa((kib+1<<19)>>20)+" GiB")
	}
	if release, err := os.ReadFile("/proc/sys/kernel/osrelease"); err == nil {
		version, _, _ := strings.Cut(strings.TrimSpace(string(release)), "-") // without what its builder calls it
		out.about("kernel", runtime.GOOS+" "+version)
	}
	out.about("go", strings.TrimPrefix(runtime.Version(), "go"))
	if version, err := exec.CommandContext(ctx, "node", "--version").Output(); err == nil {
		out.about("node", strings.TrimPrefix(strings.TrimSpace(string(version)), "v"))
	}
}

// fieldOf returns what a file says behind a name and a colon, in the first line that has it.
func fieldOf(file, name string) string {
	b, err := os.ReadFile(file)
	if err != nil {
		return ""
	}
	for line := range strings.Lines(string(b)) {
		if key, value, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(key) == name {
			return strings.TrimSpace(value)
		}
	}
	return ""
}
