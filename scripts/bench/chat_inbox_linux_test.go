package main

import (
	"bytes"
	"io"
	"strings"
	"testing"
)

// An inbox is measured, and its figures have the names that DESIGN.md gives.
func TestInbox(t *testing.T) {
	var stdout bytes.Buffer
	if err := run(t.Context(), []string{"chat", "-cases", "inbox", "-entries", "1000", "-asks", "5", "-dir", t.TempDir()}, &stdout, io.Discard); err != nil {
		t.Fatal(err)
	}
	for _, metric := range []string{"open_p50_ms", "unread_p99_ms", "before_p50_ms", "mark_p99_ms", "ms", "settle_all_ms", "write_us"} {
		if !strings.Contains(stdout.String(), `"case":"inbox","metric":"`+metric+`"`) {
			t.Errorf("there is no %s in %s", metric, &stdout)
		}
	}
}
