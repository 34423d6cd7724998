package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
)

// tracesVariable names a folder of traces.
const tracesVariable = "EDGEBOARD_TRACES"

// benchBoard measures the document: the text of recorded traces, properties and strokes.
func benchBoard(ctx context.Context, args []string, out *report) error {
	var traces []string
	flags := newFlags("board", out)
	flags.Func("trace", "`file` of a recorded trace, .json or .json.gz; may be repeated (default: those of $"+tracesVariable+")",
		func(path string) error {
			traces = append(traces, path)
			return nil
		})
	var runs int
	flags.whole(&runs, "runs", 10, "how often each time is taken; the shortest counts", 1, endless)
	if err := flags.parse(args); err != nil {
		return err
	}
	traces, err := findTraces(traces)
	if err != nil {
		return fmt.Errorf("board: %w", err)
	}

	for _, path := range traces {
		t, err := readTrace(path)
		if err != nil {
			return fmt.Errorf("board: %w", err)
		}
		measure := replayCase
		if t.concurrent() {
			measure = mergeCase
		}
		out.note("%s: %s, %d transactions", platform(), t.name, len(t.Txns))
		if err := measure(ctx, t, runs, out); err != nil {
			return fmt.Errorf("board: %s: %w", t.name, err)
		}
	}
	for _, c := range []struct {
		name    string
		measure func(ctx context.Context, name string, runs int, out *report) error
	}{
		{"lww", lwwCase},
		{"strokes10k", strokesCase},
	} {
		out.note("%s: %s", platform(), c.name)
		if err := c.measure(ctx, c.name, runs, out); err != nil {
			return fmt.Errorf("board: %s: %w", c.name, err)
		}
	}
	if inWasm {
		return nil
	}
	again := []string{"board", "-runs", strconv.Itoa(runs)}
	for _, path := range traces {
		again = append(again, "-trace", path)
	}
	return runWasm(ctx, again, out)
}

// findTraces returns the given files, or without any those of the variable's folder.
func findTraces(given []string) ([]string, error) {
	if len(given) == 0 {
		dir := os.Getenv(tracesVariable)
		if dir == "" {
			return nil, fmt.Errorf("no traces: name them with -trace FILE, or set %s to a folder of .json.gz files", tracesVariable)
		}
		entries, err := os.ReadDir(dir)
		if err != nil {
			return nil, fmt.Errorf("read %s: %w", tracesVariable, err)
		}
		for _, e := range entries {
			if ok, _ := filepath.Match("*.json.gz", e.Name()); ok {
				given = append(given, filepath.Join(dir, e.Name()))
			}
		}
		if len(given) == 0 {
			return nil, fmt.Errorf("no traces: %s has no .json.gz files: %s", tracesVariable, dir)
		}
		slices.Sort(given)
	}
	// What is missing is told before minutes of measuring.
	for _, path := range given {
		if _, err := os.Stat(path); err != nil {
			return nil, fmt.Errorf("find trace: %w", err)
		}
	}
	return given, nil
}
