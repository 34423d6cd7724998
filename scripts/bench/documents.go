package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
)

// documentLibraries are what package board is compared with, by what they are called
// here and in scripts/bench/peers/documents.
var documentLibraries = []string{"yjs", "loro", "automerge"}

// The whiteboard of the documents. There is as much on it as the slowest library takes in
// well below a minute.
const (
	documentStrokes  = 2_000
	documentElements = 2_000
)

// documentResults are of one subject and input. Times are in milliseconds, of each run.
type documentResults struct {
	Apply       []float64 `json:"apply_ms"` // none where several wrote
	Merge       []float64 `json:"merge_ms"`
	MergeLate   string    `json:"merge_late"` // how far merging came, if it was given up
	CatchUp     []float64 `json:"catch_up_ms"`
	Load        []float64 `json:"load_ms"`
	UpdateBytes int       `json:"update_bytes"`
	Differs     bool      `json:"differs"` // from the text that a trace of several writers ends with
	Memory      float64   `json:"memory_mib"`
	Copies      int       `json:"copies"` // of the document, of which Memory is the mean

	stored []byte
	state  []byte // without what was before; nil where that cannot be left out
}

// peerDocuments compares documents: the same edits, one transaction each, by package
// board, here and as wasm, and by libraries for JavaScript.
func peerDocuments(ctx context.Context, p *peersBench, out *report) error {
	traces, err := findTraces(p.traces)
	if err != nil {
		return err
	}
	inputs := []*documentInput{strokesInput(documentStrokes, false), strokesInput(documentStrokes, true), elementsInput(documentElements)}
	for _, path := range traces {
		t, err := readTrace(path)
		if err != nil {
			return err
		}
		in, err := textInput(t)
		if err != nil {
			return err
		}
		inputs = append(inputs, in)
	}
	subject := "edgeboard"
	dir := ""
	if inWasm {
		subject = "edgeboard-wasm"
	} else if dir, err = p.install(ctx, "documents", out); err != nil {
		return err
	}
	for _, in := range inputs {
		if err := compareDocuments(ctx, in, subject, dir, p.runs, out); err != nil {
			return fmt.Errorf("%s: %w", in.name, err)
		}
	}
	if inWasm {
		return nil
	}
	again := []string{"peers", "-cases", "documents", "-runs", strconv.Itoa(p.runs)}
	for _, path := range traces {
		again = append(again, "-trace", path)
	}
	return runWasm(ctx, again, out)
}

// compareDocuments measures an input with us and, natively, with the others, which are in dir.
func compareDocuments(ctx context.Context, in *documentInput, subject, dir string, runs int, out *report) error {
	out.note("documents: %s/%s", in.name, subject)
	r, err := ourDocument(ctx, in, runs)
	if err != nil {
		return err
	}
	if err := r.print(in.name+"/"+subject, out); err != nil || inWasm {
		return err
	}
	scratch, err := os.MkdirTemp("", "documents")
	if err != nil {
		return err
	}
	defer os.RemoveAll(scratch)
	file := filepath.Join(scratch, "input.json")
	b, err := json.Marshal(in)
	if err == nil {
		err = os.WriteFile(file, b, 0o600)
	}
	if err != nil {
		return fmt.Errorf("write the input: %w", err)
	}
	for _, library := range documentLibraries {
		out.note("documents: %s/%s", in.name, library)
		// What one cannot do says nothing of the rest.
		r, err := libraryDocument(ctx, library, dir, file, scratch, runs, out)
		if err == nil {
			err = r.print(in.name+"/"+library, out)
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err != nil {
			out.about(in.name+"/"+library, "not measured: it failed")
			out.fail("%s/%s: %w", in.name, library, err)
		}
	}
	return nil
}

// libraryDocument measures a library on an input, in a process for times and another
// for memory.
func libraryDocument(ctx context.Context, library, dir, input, scratch string, runs int, out *report) (*documentResults, error) {
	r := &documentResults{}
	for _, args := range [][]string{
		{"time", input, scratch, strconv.Itoa(runs)},
		{"memory", input, scratch},
	} {
		node := exec.CommandContext(ctx, "node", append([]string{"--expose-gc", "--max-old-space-size=8192", "documents.mjs", library}, args...)...)
		node.Dir, node.Stdout, node.Stderr = dir, out.stderr, out.stderr
		err := node.Run()
		var results []byte
		if err == nil {
			results, err = os.ReadFile(filepath.Join(scratch, "results"))
		}
		if err == nil {
			err = json.Unmarshal(results, r)
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", args[0], err)
		}
	}
	for file, to := range map[string]*[]byte{"stored": &r.stored, "state": &r.state} {
		path := filepath.Join(scratch, file)
		b, err := os.ReadFile(path)
		if err == nil {
			err = os.Remove(path) // it is not the next one's
		}
		if err != nil && !(file == "state" && errors.Is(err, fs.ErrNotExist)) {
			return nil, err
		}
		*to = b
	}
	return r, nil
}

// print prints the figures. As wasm a document has the bytes that it has otherwise, and
// what it holds cannot be told: the program has the memory from before.
func (r *documentResults) print(name string, out *report) error {
	for _, t := range []struct {
		metric string
		taken  []float64
	}{
		{"apply_ms", r.Apply},
		{"merge_ms", r.Merge},
		{"catch_up_ms", r.CatchUp},
		{"load_ms", r.Load},
	} {
		if len(t.taken) > 0 {
			out.add(name, t.metric, "ms", median(t.taken, func(v float64) float64 { return v }))
		}
	}
	if r.MergeLate != "" {
		out.about(name+" merge_ms", "not measured: "+r.MergeLate)
	}
	if inWasm {
		return nil
	}
	out.add(name, "memory_mib", "MiB", r.Memory)
	out.add(name, "update_bytes", "bytes", float64(r.UpdateBytes))
	size := 0
	for _, s := range []struct {
		prefix string
		stored []byte
	}{
		{"", r.stored},
		{"state_", r.state},
	} {
		if s.stored == nil {
			continue
		}
		if size == 0 || !bytes.Equal(s.stored, r.stored) { // it takes a while
			var err error
			if size, err = compressed(s.stored); err != nil {
				return err
			}
		}
		out.add(name, s.prefix+"bytes", "bytes", float64(len(s.stored)))
		out.add(name, s.prefix+"bytes_br", "bytes", float64(size))
	}
	if strings.HasPrefix(name, "text-") {
		// An input that one person wrote has failed by now.
		out.add(name, "end_text_equal", "bool", truth(!r.Differs))
	}
	return nil
}
