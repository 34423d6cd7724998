package compat

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

var recordAs = flag.String("record", "", "make the record of this version, such as 1.0.0")

// maxRecord is how many bytes the record of a release may have: there will be many, and
// all stay.
const maxRecord = 300 << 10

// record is the folder of a release.
type record struct {
	version string // 1.0.0
	folder  string
}

func (r record) read(t testing.TB, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(r.folder, name))
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasSuffix(name, ".gz") {
		return b
	}
	z, err := gzip.NewReader(bytes.NewReader(b))
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	if b, err = io.ReadAll(z); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return b
}

func (r record) write(t testing.TB, name string, b []byte) {
	t.Helper()
	if strings.HasSuffix(name, ".gz") {
		var packed bytes.Buffer
		z, err := gzip.NewWriterLevel(&packed, gzip.BestCompression)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := z.Write(b); err != nil {
			t.Fatal(err)
		}
		if err := z.Close(); err != nil {
			t.Fatal(err)
		}
		b = packed.Bytes()
	}
	if err := os.WriteFile(filepath.Join(r.folder, name), b, 0o644); err != nil {
		t.Fatal(err)
	}
}

// writeLines writes lines in their order, each once.
func (r record) writeLines(t testing.TB, name string, lines []string) {
	t.Helper()
	slices.Sort(lines)
	r.write(t, name, []byte(strings.Join(slices.Compact(lines), "\n")+"\n"))
}

func (r record) readLines(t testing.TB, name string) []string {
	t.Helper()
	return strings.Split(strings.TrimSuffix(string(r.read(t, name)), "\n"), "\n")
}

// sums are the SHA-256 of all files but the list of them, as sha256sum prints them.
func (r record) sums(t testing.TB) string {
	t.Helper()
	var list strings.Builder
	size := int64(0)
	err := filepath.WalkDir(r.folder, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || d.Name() == "SHA256SUMS" {
			return err
		}
		b, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		name, err := filepath.Rel(r.folder, path)
		if err != nil {
			return err
		}
		size += int64(len(b))
		sum := sha256.Sum256(b)
		fmt.Fprintf(&list, "%s  %s\n", hex.EncodeToString(sum[:]), filepath.ToSlash(name))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if size > maxRecord {
		t.Errorf("the record of %s has %d bytes, and is to have %d at most", r.version, size, maxRecord)
	}
	return list.String()
}

// records are those that there are.
func records(t testing.TB) (list []record) {
	t.Helper()
	folders, err := filepath.Glob("testdata/v*")
	if err != nil {
		t.Fatal(err)
	}
	for _, folder := range folders {
		list = append(list, record{strings.TrimPrefix(filepath.Base(folder), "v"), folder})
	}
	if len(list) == 0 {
		t.Fatal("no release is recorded")
	}
	return list
}

// each runs a test for each release.
func each(t *testing.T, f func(t *testing.T, r record)) {
	if *recordAs != "" {
		t.Skip("a record is made")
	}
	for _, r := range records(t) {
		t.Run(r.version, func(t *testing.T) { f(t, r) })
	}
}

var releaseHeading = regexp.MustCompile(`(?m)^## \[(\d+\.\d+\.\d+)\] - \d{4}-\d\d-\d\d$`)

// Every version that CHANGELOG.md calls released has a record, and no other has.
func TestEveryReleaseIsRecorded(t *testing.T) {
	if *recordAs != "" {
		t.Skip("a record is made")
	}
	text, err := os.ReadFile("../../CHANGELOG.md")
	if err != nil {
		t.Fatal(err)
	}
	released := map[string]bool{}
	for _, m := range releaseHeading.FindAllSubmatch(text, -1) {
		released[string(m[1])] = true
	}
	for _, r := range records(t) {
		if !released[r.version] {
			t.Errorf("testdata has %s, which CHANGELOG.md does not call released", r.version)
		}
		delete(released, r.version)
	}
	for version := range released {
		t.Errorf("CHANGELOG.md has %s, of which there is no record: go test ./scripts/compat -run '^TestRecord$' -record %s", version, version)
	}
}

// What is recorded stays as it was recorded.
func TestRecordsStay(t *testing.T) {
	each(t, func(t *testing.T, r record) {
		if got, want := r.sums(t), string(r.read(t, "SHA256SUMS")); got != want {
			t.Errorf("the record of a release has changed; it says\n%s and is\n%s", want, got)
		}
	})
}

// TestRecord makes the record of a release. Everything else here compares with it.
func TestRecord(t *testing.T) {
	if *recordAs == "" {
		t.Skip("it is made at a release, with -record VERSION")
	}
	if !regexp.MustCompile(`^\d+\.\d+\.\d+$`).MatchString(*recordAs) {
		t.Fatalf("%q is no version such as 1.0.0", *recordAs)
	}
	r := record{*recordAs, filepath.Join("testdata", "v"+*recordAs)}
	if err := os.MkdirAll("testdata", 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(r.folder, 0o755); err != nil {
		t.Fatalf("the record of a release is made once: %v", err)
	}
	for _, make := range []func(*testing.T, record){recordFrames, recordDocument, recordWorld, recordNames} {
		make(t, r)
	}
	if t.Failed() {
		return
	}
	r.write(t, "SHA256SUMS", []byte(r.sums(t)))
}
