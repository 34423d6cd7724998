package main

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/andybalholm/brotli"

	"edgeboard/public/compose"
	"edgeboard/public/texts"
)

// A page in small: the page names a script and the program, and the manifest an icon.
var smallPage = map[string]string{
	"icon.svg":             "<svg/>",
	program:                "\x00asm",
	"boot.js":              "'use strict';",
	"manifest.webmanifest": `{"src": "/assets/icon.svg"}`,
	worker:                 `['/assets/boot.js', '/assets/index.en.html', '/assets/index.zh-CN.html']`,
	"style/20-top.css":     ".top{}",
	"style/10-base.css":    ".base{background:url(/assets/icon.svg)}",
	"help/en.html":         `<html lang="{{.Tag}}"><link href="/assets/style.css">`,
	"help/zh-CN.html":      `<html lang="{{.Tag}}"><link href="/assets/style.css">`,
	"parts/top.html":       `<h1>{{t "tool.pen"}}</h1>`,
	"index.html":           `<html lang="{{.Tag}}">{{template "top.html" .}}<link href="/assets/edgeboard.wasm" data-bytes="0"><script src="/assets/boot.js"></script><link href="/assets/manifest.webmanifest">`,
}

var smallParts = []string{"icon.svg", program, "boot.js", compose.StyleName, "manifest.webmanifest", helpPage, page, worker}

func newPacker(t *testing.T) packer {
	t.Helper()
	folder := t.TempDir()
	p := packer{public: folder, sources: []string{folder}, dist: t.TempDir(), log: io.Discard}
	for name, content := range smallPage {
		write(t, p, name, content)
	}
	return p
}

func write(t *testing.T, p packer, name, content string) {
	t.Helper()
	path := filepath.Join(p.public, name)
	if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, []byte(content), 0o644)); err != nil {
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

// content reads one packed file back, and checks that both forms say the same. The program has one.
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
	br := inflate(".br", func(r io.Reader) (io.Reader, error) { return brotli.NewReader(r), nil })
	if strings.HasPrefix(name, "edgeboard.") {
		if _, err := os.Stat(filepath.Join(p.dist, name+".gz")); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s is there as gzip too (%v), and would be in the relay", name, err)
		}
		return br
	}
	gz := inflate(".gz", func(r io.Reader) (io.Reader, error) { return gzip.NewReader(r) })
	if gz != br {
		t.Errorf("%s: gzip holds %q and brotli %q", name, gz, br)
	}
	return br
}

func TestPackedPartsNameOneAnother(t *testing.T) {
	p := newPacker(t)
	m := mustPack(t, p)
	page := content(t, p, m.Pages["en"])
	if !strings.Contains(page, `data-bytes="4"`) {
		t.Errorf("the page does not know the size of the program: %s", page)
	}
	if text := content(t, p, m.Program); text != smallPage[program] {
		t.Errorf("the manifest says that the program is %q, which holds %q", m.Program, text)
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

// The worker is another one when a page is.
func TestWorkerNamesThePages(t *testing.T) {
	p := newPacker(t)
	m := mustPack(t, p)
	text := content(t, p, m.Worker)
	for _, name := range m.Pages {
		if !strings.Contains(text, "/assets/"+name) {
			t.Errorf("the worker does not name %s: %s", name, text)
		}
	}
	write(t, p, "parts/top.html", "<h1>Other</h1>")
	if next := mustPack(t, p); next.Worker == m.Worker {
		t.Error("with other pages the worker is the same")
	}
}

// The page is there in each language, and all of them name the same style sheet, whose parts are in order.
func TestPageIsPackedInEachLanguage(t *testing.T) {
	p := newPacker(t)
	m := mustPack(t, p)
	for tag, want := range map[string]string{"en": `<html lang="en"><h1>Pen</h1>`, "zh-CN": `<html lang="zh-CN"><h1>画笔</h1>`} {
		if page := content(t, p, m.Pages[tag]); !strings.HasPrefix(page, want) {
			t.Errorf("the page in %s is %q, and is to begin with %q", tag, page, want)
		}
	}
	for name := range m.Sizes {
		if style := content(t, p, name); strings.HasPrefix(name, "style.") && !regexp.MustCompile(`^\.base{.*/assets/icon\.\w+\.svg\)}\n+\.top{}\n$`).MatchString(style) {
			t.Errorf("%s is %q", name, style)
		}
	}
}

// So is the help, which is no page of a board.
func TestHelpIsPackedInEachLanguage(t *testing.T) {
	p := newPacker(t)
	m := mustPack(t, p)
	for _, tag := range []string{"en", "zh-CN"} {
		if help := content(t, p, m.Help[tag]); !regexp.MustCompile(`^<html lang="` + tag + `"><link href="/assets/style\.\w+\.css">$`).MatchString(help) {
			t.Errorf("the help in %s is %q", tag, help)
		}
		if m.Pages[tag] == m.Help[tag] {
			t.Errorf("the help in %s is its page", tag)
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
	// The other is of a form that is not held.
	for _, name := range []string{".gitignore", before.Program + ".gz"} {
		if err := os.WriteFile(filepath.Join(p.dist, name), nil, 0o644); err != nil {
			t.Fatal(err)
		}
	}

	write(t, p, "boot.js", "'use strict'; boot();")
	after := mustPack(t, p)
	if text, err := os.ReadFile(icon); err != nil || string(text) != "kept" {
		t.Errorf("the icon has not changed and was compressed again (%q, %v)", text, err)
	}
	for tag, page := range before.Pages {
		if page == after.Pages[tag] {
			t.Errorf("the script has changed, and the page that names it is still %s", page)
		}
	}
	entries, err := os.ReadDir(p.dist)
	if err != nil {
		t.Fatal(err)
	}
	if want := 2*(len(smallParts)-2+2*len(texts.Languages)) - 1 + len([]string{manifestName, ".gitignore"}); len(entries) != want {
		t.Errorf("%d files are left, want %d: %v", len(entries), want, entries)
	}
}

func TestPageThatCannotWorkIsNotPacked(t *testing.T) {
	for name, page := range map[string]string{
		"names a part that is not packed": `<link data-bytes="0" href="/assets/missing.css">`,
		"has no place for the size":       `<link href="/assets/edgeboard.wasm">`,
		"says what is not in the texts":   `<link data-bytes="0">{{t "tool.crayon"}}`,
		"names a part that is not there":  `<link data-bytes="0">{{template "bottom.html"}}`,
	} {
		p := newPacker(t)
		write(t, p, "index.html", page)
		if err := p.pack(smallParts); err == nil {
			t.Errorf("a page that %s was packed", name)
		}
	}
}
