package metrics

import (
	"strings"
	"testing"
	"time"
)

// What the machine gives is asked for at each look, and what is not known is not there.
func TestMachine(t *testing.T) {
	m := New()
	ready, known := false, true
	m.Machine(Machine{
		Ready:       func() bool { return ready },
		MemoryLimit: 48 << 20,
		Disk:        func() (free, size uint64, ok bool) { return 1000, 4000, known },
		Stored:      func() (int64, bool) { return 500, known },
		Certificate: func() (time.Time, bool) { return time.Unix(1800000000, 0), known },
	})
	want(t, m, "all is known, and the relay starts", "edgeboard_ready 0", "edgeboard_memory_limit_bytes 5.0331648e+07",
		"edgeboard_disk_free_bytes 1000", "edgeboard_disk_size_bytes 4000", "edgeboard_store_bytes 500", "edgeboard_certificate_ends_timestamp_seconds 1.8e+09")
	ready, known = true, false
	want(t, m, "it serves", "edgeboard_ready 1")
	for _, name := range []string{"disk", "store", "certificate"} {
		if strings.Contains(shown(t, m), "\nedgeboard_"+name) {
			t.Errorf("there is a figure of the %s, of which nothing is known", name)
		}
	}
	none := New()
	none.Machine(Machine{})
	if text := shown(t, none); strings.Contains(text, "edgeboard_ready") || strings.Contains(text, "edgeboard_memory") {
		t.Errorf("nothing was given to look at, and there are figures of it:\n%s", text)
	}
}
