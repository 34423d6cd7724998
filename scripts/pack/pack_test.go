package main

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/andybalholm/brotli"
)

// A page in small: the page names a script and the program, and the manifest an icon.
var smallPage = map[string]string{
	"icon.svg":             "<svg/>",
	program:                "\x00asm",
	"boot.js":              "'use strict';",
	"manifest.webmanifest": `{"src": "/assets/icon.svg"}`,
	"index.html":           `<link href="/assets/edgeboard.wasm" data-bytes="0"><script src="/assets/boot.js"></script><link href="/assets/manifest.webmanifest">`,
}

var smallParts = []string{"icon.svg", program, "boot.js", "manifest.webmanifest", "index.html"}

func newPacker(t *testing.T) packer {
	t.Helper()
	p := packer{sources: []string{t.TempDir()}, dist: t.TempDir(), log: io.Discard}
	for name, content := range smallPage {
		write(t, p, name, content)
	}
	return p
}

func write(t *testing.T, p packer, name, content string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(p.sources[0], name), []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
}

func mustPack(t *testing.T, p packer) manifest {
	t.Helper()
	if err := p.pack(smallParts); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(p.dist, manifestName))
	if err != nil {
		t.Fatal(err)
	}
	var m manifest
	if err := json.Unmarshal(text, &m); err != nil {
		t.Fatal(err)
	}
	return m
}

// content reads one packed file back, and checks that both forms say the same.
func content(t *testing.T, p packer, name string) string {
	t.Helper()
	inflate := func(suffix string, open func(io.Reader) (io.Reader, error)) string {
		compressed, err := os.ReadFile(filepath.Join(p.dist, name+suffix))
		if err != nil {
			t.Fatal(err)
		}
		r, err := open(bytes.NewReader(compressed))
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	gz := inflate(".gz", func(r io.Reader) (io.Reader, error) { return gzip.NewReader(r) })
	br := inflate(".br", func(r io.Reader) (io.Reader, error) { return brotli.NewReader(r), nil })
	if gz != br {
		t.Errorf("%s: gzip holds %q and brotli %q", name, gz, br)
	}
	return gz
}

func TestPackedPartsNameOneAnother(t *testing.T) {
	p := newPacker(t)
	m := mustPack(t, p)
	page := content(t, p, m.Page)
	if !strings.Contains(page, `data-bytes="4"`) {
		t.Errorf("the page does not know the size of the program: %s", page)
	}
	names := regexp.MustCompile(`/assets/([^"]+)`).FindAllStringSubmatch(page, -1)
	if len(names) != 3 {
		t.Fatalf("the page names %d parts, want 3: %s", len(names), page)
	}
	for _, name := range names {
		if text := content(t, p, name[1]); m.Sizes[name[1]] != int64(len(text)) {
			t.Errorf("%s has %d bytes, and the manifest says %d", name[1], len(text), m.Sizes[name[1]])
		}
	}
}

func TestPackingAgainKeepsWhatIsTheSameAndRemovesWhatIsNot(t *testing.T) {
	p := newPacker(t)
	before := mustPack(t, p)
	// Content that only an earlier run can have left.
	var icon string
	for name := range before.Sizes {
		if strings.HasPrefix(name, "icon.") {
			icon = filepath.Join(p.dist, name+".br")
		}
	}
	if err := os.WriteFile(icon, []byte("kept"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(p.dist, ".gitignore"), nil, 0o644); err != nil {
		t.Fatal(err)
	}

	write(t, p, "boot.js", "'use strict'; boot();")
	after := mustPack(t, p)
	if text, err := os.ReadFile(icon); err != nil || string(text) != "kept" {
		t.Errorf("the icon has not changed and was compressed again (%q, %v)", text, err)
	}
	if before.Page == after.Page {
		t.Errorf("the script has changed, and the page that names it is still %s", after.Page)
	}
	entries, err := os.ReadDir(p.dist)
	if err != nil {
		t.Fatal(err)
	}
	if want := 2*len(smallParts) + len([]string{manifestName, ".gitignore"}); len(entries) != want {
		t.Errorf("%d files are left, want %d: %v", len(entries), want, entries)
	}
}

func TestPageThatCannotWorkIsNotPacked(t *testing.T) {
	for name, page := range map[string]string{
		"names a part that is not packed": `<link data-bytes="0" href="/assets/missing.css">`,
		"has no place for the size":       `<link href="/assets/edgeboard.wasm">`,
	} {
		p := newPacker(t)
		write(t, p, "index.html", page)
		if err := p.pack(smallParts); err == nil {
			t.Errorf("a page that %s was packed", name)
		}
	}
}
