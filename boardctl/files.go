package main

import (
	"bufio"
	"cmp"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"edgeboard/shared/export"
)

// formatOf returns the format of a file by its suffix, or what was said besides.
func formatOf(name, said string, known []string) (string, error) {
	format := strings.TrimPrefix(cmp.Or(said, filepath.Ext(name)), ".")
	if !slices.Contains(known, format) {
		return "", usagef("%q: the format is one of %s", cmp.Or(said, name), strings.Join(known, ", "))
	}
	return format, nil
}

// readFile reads a document, of standard input if the name is -.
func readFile(t *terminal, name string) (*export.Document, error) {
	in := t.stdin
	if name != "-" {
		file, err := os.Open(name)
		if err != nil {
			return nil, err
		}
		defer file.Close()
		in = file
	}
	data, err := io.ReadAll(io.LimitReader(in, export.MaxFile+1))
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", name, err)
	}
	d, err := export.Parse(data)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return d, nil
}

// writeFile writes a file, or standard output if the name is -. A file is there whole
// or not at all.
func writeFile(t *terminal, name string, write func(io.Writer) error) (err error) {
	if name == "-" {
		w := bufio.NewWriterSize(t.stdout, 1<<16)
		return errors.Join(write(w), w.Flush())
	}
	file, err := os.CreateTemp(filepath.Dir(name), ".boardctl-*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.Remove(file.Name()))
		}
	}()
	w := bufio.NewWriterSize(file, 1<<16)
	if err := errors.Join(write(w), w.Flush(), file.Chmod(0o644), file.Close()); err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	return os.Rename(file.Name(), name)
}

// tellLeft says what was left out of a file that was read.
func (t *terminal) tellLeft(d *export.Document) {
	for _, what := range slices.Sorted(maps.Keys(d.Left)) {
		t.say("left out: %s (%d)", what, d.Left[what])
	}
}
