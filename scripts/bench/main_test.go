package main

import (
	"bytes"
	"encoding/json"
	"io"
	"math/rand/v2"
	"path/filepath"
	"strings"
	"testing"

	"edgeboard/shared/board"
)

func TestMistakesAreNamed(t *testing.T) {
	t.Setenv(tracesVariable, "")
	empty := t.TempDir()
	for _, c := range []struct {
		args []string
		dir  string
		want string
	}{
		{nil, "", "name what to measure: board, chat, cluster, cold, export, fanout, feeds, frame, hostile, loss, memory, page, peers, scale, small, soak, store, storm, tables, transports, wire"},
		{[]string{"boards"}, "", `there is no bench "boards", only: board, chat, cluster, cold, export, fanout, feeds, frame, hostile, loss, memory, page, peers, scale, small, soak, store, storm, tables, transports, wire`},
		{[]string{"board"}, "", "-trace FILE, or set EDGEBOARD_TRACES"},
		{[]string{"board"}, empty, "no .json.gz files: " + empty},
		{[]string{"board"}, filepath.Join(empty, "none"), "read EDGEBOARD_TRACES"},
		{[]string{"board", "-trace", "missing.json"}, "", "missing.json"},
		{[]string{"board", "-runs", "0"}, "", "-runs is 0"},
		{[]string{"board", "more"}, "", `"more" is not a flag`},
		{[]string{"chat", "-messages", "0"}, "", "-messages is 0"},
		{[]string{"chat", "-cases", "histories"}, "", `no case "histories"`},
		{[]string{"chat", "-entries", "999"}, "", "-entries is 999"},
		{[]string{"chat", "-entries", "1000", "-asks", "501"}, "", "an inbox of 1000 entries"},
		{[]string{"chat", "-speakers", "2"}, "", "2 of 1000 members say 50"},
		{[]string{"store", "-runs", "0"}, "", "-runs"},
		{[]string{"store", "more"}, "", `"more" is not a flag`},
		{[]string{"wire", "-runs", "0"}, "", "-runs is 0"},
		{[]string{"wire", "more"}, "", `"more" is not a flag`},
	} {
		t.Setenv(tracesVariable, c.dir)
		wantMistake(t, c.args, c.want)
	}
}

// wantMistake expects that arguments are refused by an error that says what is wrong, and that nothing is measured.
func wantMistake(t *testing.T, args []string, want string) {
	t.Helper()
	var stdout bytes.Buffer
	err := run(t.Context(), args, &stdout, io.Discard)
	if err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("%q: error %v, want %q", args, err, want)
	}
	if stdout.Len() > 0 {
		t.Errorf("%q: printed %s", args, &stdout)
	}
}

// The figures of the second program come out as they went in, and what was wrong comes at the end.
func TestReport(t *testing.T) {
	var inner, outer bytes.Buffer
	r := &report{bench: "board", stdout: &inner, stderr: io.Discard}
	r.add("a-trace", "load_wasm_ms", "ms", 1.234567)
	r.add("a-trace", "snapshot_bytes", "bytes", 123456)
	inner.WriteString(`{"bench":"board","what":"go","is":"1.26"}` + "\n")
	const want = `{"bench":"board","case":"a-trace","metric":"load_wasm_ms","unit":"ms","value":1.235}
{"bench":"board","case":"a-trace","metric":"snapshot_bytes","unit":"bytes","value":123456}
`
	if printed, _, _ := strings.Cut(inner.String(), `{"bench":"board","what"`); printed != want {
		t.Errorf("printed\n%swant\n%s", &inner, want)
	}
	passed := &report{stdout: &outer, stderr: io.Discard}
	if err := pass(&inner, passed); err != nil || outer.String() != want {
		t.Errorf("passed on (%v)\n%swant\n%s", err, &outer, want)
	}
	if err := pass(strings.NewReader("panic: none\n"), passed); err == nil {
		t.Error("what is no figure was passed on")
	}
	if r.err() != nil {
		t.Errorf("nothing was wrong, and there is %v", r.err())
	}
	r.fail("the text is wrong")
	if r.err() == nil {
		t.Error("what was wrong is forgotten")
	}
}

func TestTextThatDiffersIsToldAfterTheFigures(t *testing.T) {
	tr := &trace{name: "wrong", EndContent: "b", Txns: []txn{{Patches: []patch{{0, 0, "a"}}}}}
	var stdout bytes.Buffer
	out := &report{bench: "board", stdout: &stdout, stderr: io.Discard}
	if err := replayCase(t.Context(), tr, 1, out); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(stdout.String(), `"metric":"end_text_equal","unit":"bool","value":0`) || out.err() == nil {
		t.Errorf("the text is not that of the trace (%v):\n%s", out.err(), &stdout)
	}
}

// Handwriting is smooth, starts and ends at rest, and presses more or less.
func TestHandwriting(t *testing.T) {
	squared := func(a, b board.Point) float64 {
		dx, dy := float64(a.X-b.X), float64(a.Y-b.Y)
		return (dx*dx + dy*dy) / (board.PointsPerUnit * board.PointsPerUnit)
	}
	for i, stroke := range handwriting(rand.New(rand.NewPCG(1, 1)), 200, 50) {
		fastest, firmest, lightest := 0.0, uint8(0), uint8(255)
		for k := range 49 {
			fastest = max(fastest, squared(stroke[k], stroke[k+1]))
		}
		for _, p := range stroke {
			firmest, lightest = max(firmest, p.Pressure), min(lightest, p.Pressure)
		}
		if first, last := squared(stroke[0], stroke[1]), squared(stroke[48], stroke[49]); 2*first > fastest || 2*last > fastest {
			t.Errorf("squared steps of stroke %d: the first %v, the last %v, and no more than %v in between", i, first, last, fastest)
		}
		if firmest-lightest < 20 {
			t.Errorf("stroke %d is pressed by %d to %d", i, lightest, firmest)
		}
	}
	b, err := draw(handwriting(rand.New(rand.NewPCG(1, 1)), 3, 50))
	if err != nil {
		t.Fatal(err)
	}
	for e := range b.Elements() {
		if e.NumPoints() != 50 || e.Get(board.KeyColor).IsNone() || e.Get(board.KeyThickness).IsNone() {
			t.Errorf("a stroke has %d points and no colour or thickness", e.NumPoints())
		}
	}
}

// Every figure of the codec is there, and what must not depend on the machine is as it should be.
func TestWireFigures(t *testing.T) {
	var stdout bytes.Buffer
	out := &report{bench: "wire", stdout: &stdout, stderr: io.Discard}
	rng := rand.New(rand.NewPCG(1, 2))
	cursors, theirCursors := hovering(rng, 8)
	if err := codecCase(t.Context(), "cursor", cursors, theirCursors, 1, 1, out); err != nil {
		t.Fatal(err)
	}
	strokes, theirStrokes := drawing(rng, 8)
	if err := codecCase(t.Context(), "stroke64", strokes, theirStrokes, 1, 1, out); err != nil {
		t.Fatal(err)
	}
	values := map[string]float64{}
	for d := json.NewDecoder(&stdout); d.More(); {
		var f figure
		if err := d.Decode(&f); err != nil {
			t.Fatal(err)
		}
		values[f.Case+" "+f.Metric] = f.Value
	}
	for _, name := range []string{"cursor", "stroke64"} {
		for _, metric := range []string{"encode_x_protobuf", "decode_x_protobuf", "encode_x_json", "decode_x_json"} {
			if values[name+" "+metric] <= 0 {
				t.Errorf("%s of %s is missing", metric, name)
			}
		}
	}
	if n := values["cursor bytes"]; n <= 0 || n > 14 {
		t.Errorf("a cursor takes %v bytes, want at most 14", n)
	}
	if n := values["stroke64 bytes"] / 128; n <= 0 || n > 1.4 {
		t.Errorf("a stroke takes %v bytes a coordinate, want at most 1.4", n)
	}
}
