// Package recorded has what tests need that compare with the records of releases (see
// package compat), and are where what they compare is known: flags, metrics, entries of
// an engine. It is for tests alone.
package recorded

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// Into is the variable with the folder of a record that is being made.
const Into = "EDGEBOARD_RECORD_INTO"

// A File is what a release has under a name.
type File struct {
	Version string // 1.0.0
	Data    []byte
}

// Files returns what releases have under a name; while a record is made it writes is
// there instead, and returns nothing. The folder testdata is that of package compat.
func Files(t *testing.T, testdata, name string, is []byte) (list []File) {
	t.Helper()
	if into := os.Getenv(Into); into != "" {
		if err := os.WriteFile(filepath.Join(into, name), is, 0o644); err != nil {
			t.Fatal(err)
		}
		return nil
	}
	found, err := filepath.Glob(filepath.Join(testdata, "v*", name))
	if err != nil {
		t.Fatal(err)
	}
	if len(found) == 0 {
		t.Fatalf("no release has a %s in %s", name, testdata)
	}
	for _, path := range found {
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, File{strings.TrimPrefix(filepath.Base(filepath.Dir(path)), "v"), data})
	}
	return list
}

// Stay fails for each name that a release had and that is no more. Names are one a line.
func Stay(t *testing.T, testdata, name string, is []string) {
	t.Helper()
	slices.Sort(is)
	is = slices.Compact(is)
	for _, was := range Files(t, testdata, name, []byte(strings.Join(is, "\n")+"\n")) {
		for line := range strings.Lines(string(was.Data)) {
			if line = strings.TrimSuffix(line, "\n"); !slices.Contains(is, line) {
				t.Errorf("%s of %s: %s: it is no more, or not as it was: only a major version may do that", name, was.Version, line)
			}
		}
	}
}
