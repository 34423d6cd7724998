package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// runWasm compiles this program for js/wasm, runs it under node with the given arguments, and passes on what it measures.
func runWasm(ctx context.Context, args []string, out *report) error {
	if _, err := exec.LookPath("node"); err != nil {
		out.note("there is no node here: what is measured as wasm is left out")
		return nil
	}
	dir, err := os.MkdirTemp("", "bench")
	if err != nil {
		return fmt.Errorf("build for wasm: %w", err)
	}
	defer os.RemoveAll(dir)
	program := filepath.Join(dir, "bench.wasm")
	build := exec.CommandContext(ctx, "go", "build", "-o", program, "./scripts/bench")
	build.Env = append(build.Environ(), "GOOS=js", "GOARCH=wasm")
	build.Stderr = out.stderr
	if err := build.Run(); err != nil {
		return fmt.Errorf("build for wasm: %w", err)
	}
	root, err := exec.CommandContext(ctx, "go", "env", "GOROOT").Output()
	if err != nil {
		return fmt.Errorf("find the root of Go: %w", err)
	}

	// It gives node the stack that Go programs need.
	launcher := filepath.Join(strings.TrimSpace(string(root)), "lib", "wasm", "go_js_wasm_exec")
	node := exec.CommandContext(ctx, launcher, append([]string{program}, args...)...)
	// Arguments and environment together may be 12 KB in wasm.
	node.Env = []string{"PATH=" + os.Getenv("PATH"), "TMPDIR=" + os.TempDir()}
	node.Stderr = out.stderr
	stdout, err := node.StdoutPipe()
	if err != nil {
		return fmt.Errorf("run under node: %w", err)
	}
	if err := node.Start(); err != nil {
		return fmt.Errorf("run under node: %w", err)
	}
	passed := pass(stdout, out)
	if err := node.Wait(); err != nil {
		return fmt.Errorf("run under node: %w", err)
	}
	return passed
}

// pass prints the figures that it reads, and reads to the end. What they are of was said by the first program.
func pass(r io.Reader, out *report) error {
	d := json.NewDecoder(r)
	d.DisallowUnknownFields()
	for {
		var l struct {
			figure
			What string `json:"what"`
			Is   string `json:"is"`
		}
		if err := d.Decode(&l); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			io.Copy(io.Discard, r) // or who writes would wait for ever
			return fmt.Errorf("read figures of the second program: %w", err)
		}
		if l.What == "" {
			out.print(l.figure)
		}
	}
}
