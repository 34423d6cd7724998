package main

import (
	"testing"
	"testing/fstest"

	"edgeboard/relay/server"
)

// What the system says of memory, in each of the ways that it has.
func TestFindMemory(t *testing.T) {
	file := func(text string) *fstest.MapFile { return &fstest.MapFile{Data: []byte(text)} }
	machine := file("MemTotal:        1048576 kB\nMemFree:          1000 kB\n") // 1 GiB
	const mib = 1 << 20
	for _, c := range []struct {
		why   string
		files fstest.MapFS
		env   string
		bytes int64
	}{
		{"no system of Linux", fstest.MapFS{}, "", 0},
		{"a machine without cgroups: a quarter is for others", fstest.MapFS{"proc/meminfo": machine}, "", 768 * mib},
		{"a meminfo of which nothing can be made", fstest.MapFS{"proc/meminfo": file("MemTotal: much kB")}, "", 0},
		{"version 2, in a container that sees the top as its own", fstest.MapFS{
			"proc/meminfo": machine, "proc/self/cgroup": file("0::/\n"), "sys/fs/cgroup/memory.max": file("67108864\n"),
		}, "", 64 * mib},
		{"version 2, without a limit", fstest.MapFS{
			"proc/meminfo": machine, "proc/self/cgroup": file("0::/\n"), "sys/fs/cgroup/memory.max": file("max\n"),
		}, "", 768 * mib},
		{"version 2, the limit is of the slice above the service", fstest.MapFS{
			"proc/meminfo": machine, "proc/self/cgroup": file("0::/small.slice/relay.service\n"),
			"sys/fs/cgroup/small.slice/relay.service/memory.max": file("max\n"),
			"sys/fs/cgroup/small.slice/memory.max":               file("134217728\n"),
		}, "", 128 * mib},
		{"version 1, where no limit is a huge number", fstest.MapFS{
			"proc/meminfo": machine, "proc/self/cgroup": file("9:name=systemd:/\n8:pids:/\n4:memory:/small\n0::/\n"),
			"sys/fs/cgroup/memory/memory.limit_in_bytes":       file("9223372036854771712\n"),
			"sys/fs/cgroup/memory/small/memory.limit_in_bytes": file("67108864\n"),
		}, "", 64 * mib},
		{"version 1, in a container that does not see the host's path", fstest.MapFS{
			"proc/meminfo": machine, "proc/self/cgroup": file("4:cpu,memory:/docker/0123\n"),
			"sys/fs/cgroup/memory/memory.limit_in_bytes": file("268435456\n"),
		}, "", 256 * mib},
		{"a limit beyond what the machine has", fstest.MapFS{
			"proc/meminfo": machine, "proc/self/cgroup": file("0::/\n"), "sys/fs/cgroup/memory.max": file("68719476736\n"),
		}, "", 768 * mib},
	} {
		m := findMemory(c.files, func(string) string { return c.env })
		if m.bytes != c.bytes {
			t.Errorf("%s: %d bytes, want %d", c.why, m.bytes, c.bytes)
		}
		if c.bytes > 0 && (m.soft < memoryLeast || m.soft > m.bytes*9/10) || c.bytes == 0 && m.soft != 0 {
			t.Errorf("%s: of %d bytes Go is to keep below %d", c.why, m.bytes, m.soft)
		}
	}
	m := findMemory(fstest.MapFS{"proc/meminfo": machine}, func(name string) string { return map[string]string{"GOMEMLIMIT": "100MiB"}[name] })
	if !m.own {
		t.Error("GOMEMLIMIT is the operator's word, and is not taken for it")
	}
}

// Where there is little memory the defaults are lower, and what the operator has set stays.
func TestLimitsFitMemory(t *testing.T) {
	usual := server.LimitsFor(1 << 40)
	for _, c := range []struct {
		args        []string
		soft        int64
		connections func(int) bool
		lowered     bool
		why         string
	}{
		{nil, 0, func(n int) bool { return n == usual.Connections }, false, "nothing is known"},
		{nil, 4 << 30, func(n int) bool { return n == usual.Connections }, false, "there is much"},
		{nil, 45 << 20, func(n int) bool { return n >= 1000 && n <= 2000 }, true, "there are 64 MiB"},
		{[]string{"-max-connections", "5000"}, 45 << 20, func(n int) bool { return n == 5000 }, true, "the operator wants so many"},
		{[]string{"-max-connections", "10"}, 45 << 20, func(n int) bool { return n == 10 }, true, "and so few"},
		{nil, 1 << 20, func(n int) bool { return n == 64 }, true, "there is next to nothing"},
	} {
		o, _, err := parse(c.args, func(string) string { return "" })
		if err != nil {
			t.Fatal(err)
		}
		o.fit(memory{soft: c.soft})
		if !c.connections(o.limits.Connections) || o.lowered != c.lowered {
			t.Errorf("%s: %d connections, lowered: %v", c.why, o.limits.Connections, o.lowered)
		}
	}
	// By a variable, too.
	o, _, err := parse(nil, func(name string) string { return map[string]string{"EDGEBOARD_FEED_POINTS": "900"}[name] })
	if err != nil {
		t.Fatal(err)
	}
	if o.fit(memory{soft: 45 << 20}); o.feeds.Points != 900 || o.feeds.All >= 10_000 {
		t.Errorf("%d points are kept of a feed, and there may be %d feeds", o.feeds.Points, o.feeds.All)
	}
}
