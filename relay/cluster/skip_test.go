package cluster

import (
	"context"
	"log/slog"
	"testing"
)

// What an older version of a relay has skipped, a newer one applies.
func TestSkippedIsApplied(t *testing.T) {
	n := journalNote{Position: 9, Skipped: map[string]uint64{"a": 7, "b": 4, "c": 8}}
	n.forget(map[string]op{"c": {}, "other": {}})
	if n.Position != 7 || len(n.Skipped) != 2 {
		t.Errorf("knowing one it goes on after %d", n.Position)
	}
	n.forget(map[string]op{"a": {}, "b": {}})
	if n.Position != 3 || len(n.Skipped) != 0 {
		t.Errorf("knowing all it goes on after %d", n.Position)
	}
	j := &journal{c: &Cluster{log: slog.New(slog.DiscardHandler), ctx: context.Background()}, ops: map[string]op{}}
	for i, name := range []string{"x", "y", "x"} {
		j.skip(Entry{Position: uint64(i + 1)}, name)
	}
	if s := j.noted.Skipped; len(s) != 2 || s["x"] != 1 || s["y"] != 2 {
		t.Errorf("skipped are %v", s)
	}
}
