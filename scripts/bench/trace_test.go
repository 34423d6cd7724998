package main

import (
	"compress/gzip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const sequential = `{
	"startContent": "né",
	"endContent": "n😀o!",
	"txns": [
		{"time": "2021-04-19T06:06:58.219Z", "patches": [[1, 1, "😀"], [2, 0, "no"]]},
		{"patches": [[2, 1, ""]]},
		{"patches": [[3, 0, "!"]]}
	]
}`

func TestSequentialTrace(t *testing.T) {
	path := filepath.Join(t.TempDir(), "small.json.gz")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	w := gzip.NewWriter(f)
	if _, err := w.Write([]byte(sequential)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	tr, err := readTrace(path)
	if err != nil {
		t.Fatal(err)
	}
	if tr.name != "small" || tr.concurrent() {
		t.Errorf("the trace is called %q, concurrent: %v", tr.name, tr.concurrent())
	}
	patches := tr.patches()
	want := []patch{{0, 0, "né"}, {1, 1, "😀"}, {2, 0, "no"}, {2, 1, ""}, {3, 0, "!"}}
	if !slices.Equal(patches, want) {
		t.Errorf("patches are %v, want %v: the text it starts with, and then what was written", patches, want)
	}

	floor, err := inBytes(patches)
	if err != nil {
		t.Fatal(err)
	}
	if want := []patch{{0, 0, "né"}, {1, 2, "😀"}, {5, 0, "no"}, {5, 1, ""}, {6, 0, "!"}}; !slices.Equal(floor, want) {
		t.Errorf("in bytes they are %v, want %v", floor, want)
	}
	var g gapBuffer
	for _, p := range floor {
		g.splice(p.at, p.remove, p.insert)
	}
	if g.String() != tr.EndContent {
		t.Errorf("the floor ends with %q", g.String())
	}
	b, id, err := replay(patches)
	if err != nil {
		t.Fatal(err)
	}
	if got := b.Element(id).Text(); got != tr.EndContent {
		t.Errorf("the board ends with %q", got)
	}
	updates, id, err := keystrokes(patches)
	if err != nil {
		t.Fatal(err)
	}
	if len(updates) != 1+len(patches) {
		t.Errorf("%d updates, want the creation and one for each patch", len(updates))
	}
	if b, err = follow(updates); err != nil {
		t.Fatal(err)
	}
	if got := b.Element(id).Text(); got != tr.EndContent {
		t.Errorf("the board that follows ends with %q", got)
	}
}

func TestTracesThatAreNone(t *testing.T) {
	for text, want := range map[string]string{
		`[`:                                 "unexpected EOF",
		`{"kind": "other"}`:                 `kind "other"`,
		`{"txns": [{"patches": [[0, 0]]}]}`: "2 parts",
		`{"txns": [{"patches": [["a", 0, ""]]}]}`:            "cannot unmarshal",
		`{"txns": [{"patches": [[-1, 0, ""]]}]}`:             "transaction 0: patch at -1",
		`{"txns": [{}, {"parents": [0]}]}`:                   "transaction 1: a transaction of a sequential trace has parents",
		`{"kind": "concurrent", "txns": [{"parents": [0]}]}`: "transaction 0: parent 0 does not come before it",
		`{"kind": "concurrent", "txns": [{"agent": -1}]}`:    "agent -1",
		`{"kind": "concurrent", "startContent": "a"}`:        "begins with a text",
	} {
		if _, err := parseTrace(strings.NewReader(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: error %v, want %q", text, err, want)
		}
	}
	if _, err := inBytes([]patch{{0, 0, "a"}, {1, 1, ""}}); err == nil {
		t.Error("a patch beyond the text has a place in bytes")
	}
}
