package main

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"strings"
	"sync"

	"github.com/andybalholm/brotli"
)

// pages is a site of files as one that is looked after well serves them: packed as small
// as they get, each once, and kept by browsers. What may change, the pages and the data, is
// asked for again, and not sent again if it is the same.
type pages struct {
	mu    sync.Mutex
	files map[string]*pageFile
}

// pageFile is a file. It is packed when it is asked for first.
type pageFile struct {
	kind        string
	lasting     bool
	plain       []byte
	tag         string
	pack        sync.Once
	brotli, zip []byte // nil: of no use
}

// packable says of which kinds of files less is left when they are packed.
func packable(kind string) bool {
	kind, _, _ = strings.Cut(kind, ";")
	return strings.HasPrefix(kind, "text/") || kind == "application/json" || kind == "image/svg+xml"
}

// newPages serves the files of a folder: page.html as /page, all others by their names.
func newPages(folder fs.FS) (*pages, error) {
	p := &pages{files: map[string]*pageFile{}}
	return p, fs.WalkDir(folder, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		b, err := fs.ReadFile(folder, name)
		if err != nil {
			return err
		}
		page, isPage := strings.CutSuffix(name, ".html")
		if isPage {
			name = page
		}
		kind := mime.TypeByExtension(path.Ext(entry.Name()))
		if kind == "" {
			kind = http.DetectContentType(b)
		}
		p.put("/"+name, kind, b, !isPage)
		return nil
	})
}

func (p *pages) put(name, kind string, b []byte, lasting bool) {
	sum := sha256.Sum256(b)
	p.mu.Lock()
	defer p.mu.Unlock()
	p.files[name] = &pageFile{kind: kind, lasting: lasting, plain: b, tag: `"` + hex.EncodeToString(sum[:8]) + `"`}
}

// data serves JSON from now on.
func (p *pages) data(name string, b []byte) { p.put(name, "application/json", b, false) }

func (p *pages) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	f := p.files[r.URL.Path]
	p.mu.Unlock()
	if f == nil {
		http.NotFound(w, r)
		return
	}
	f.pack.Do(f.packNow)
	h := w.Header()
	h.Set("Content-Type", f.kind)
	h.Set("Etag", f.tag)
	h.Set("Cache-Control", "no-cache")
	if f.lasting {
		h.Set("Cache-Control", "public, max-age=31536000, immutable")
	}
	h.Set("Vary", "Accept-Encoding")
	if r.Header.Get("If-None-Match") == f.tag {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	body := f.plain
	switch takes := r.Header.Get("Accept-Encoding"); {
	case f.brotli != nil && accepts(takes, "br"):
		body = f.brotli
		h.Set("Content-Encoding", "br")
	case f.zip != nil && accepts(takes, "gzip"):
		body = f.zip
		h.Set("Content-Encoding", "gzip")
	}
	h.Set("Content-Length", fmt.Sprint(len(body)))
	_, _ = w.Write(body) // who does not take it has gone
}

// accepts reports whether a list of codings has one, as browsers write it.
func accepts(list, coding string) bool {
	for c := range strings.SplitSeq(list, ",") {
		if c, _, _ = strings.Cut(c, ";"); strings.TrimSpace(c) == coding {
			return true
		}
	}
	return false
}

func (f *pageFile) packNow() {
	if !packable(f.kind) {
		return
	}
	// Neither fails: they write to memory.
	var b, z bytes.Buffer
	bw := brotli.NewWriterLevel(&b, brotli.BestCompression)
	_, _ = bw.Write(f.plain)
	_ = bw.Close()
	zw, _ := gzip.NewWriterLevel(&z, gzip.BestCompression)
	_, _ = zw.Write(f.plain)
	_ = zw.Close()
	if b.Len() < len(f.plain) {
		f.brotli = b.Bytes()
	}
	if z.Len() < len(f.plain) {
		f.zip = z.Bytes()
	}
}
