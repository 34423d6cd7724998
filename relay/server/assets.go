package server

import (
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"net/http"
	"path"
	"slices"
	"strconv"
	"strings"
	"sync"

	"edgeboard/public/compose"
	"edgeboard/public/texts"
)

// assets serves the page and the files it is made of. It keeps no content but that of the page, where a picture
// goes in: every answer is read from the file system it was given, which for the relay is its own binary. The routes admit GET and HEAD only.
type assets struct {
	files fs.FS

	// The names of the page among files, by language tag; empty when the page was not built.
	pages map[string]string
	help  map[string]string // the same of the help

	// Packed files by name, with the pages. nil in development, where the page is composed at each request and files are served as they lie on
	// disk.
	packed map[string]packedFile

	// The names of the service worker and of the program among files; empty when there is none.
	worker, program string

	making sync.WaitGroup // of gzip

	mu     sync.Mutex
	shells map[string]shell // pages as they were before packing, by name; see picture.go
	gzip   *gzipFile        // the program; nil as long as nobody has asked for it so
	closed bool
}

// A packedFile is held as name.br and name.gz, and not as it was. The program is held as name.br alone; see assets_gzip.go.
type packedFile struct {
	size int64            // uncompressed
	held map[string]int64 // by content coding
}

// manifestName is the file in which scripts/pack says what it packed.
const manifestName = "manifest.json"

// programName is the file without which the page is of no use, as it is called before packing.
const programName = "edgeboard.wasm"

// suffixes of the compressed forms, by content coding.
var suffixes = map[string]string{"br": ".br", "gzip": ".gz"}

// mediaTypes are those of everything the page may be made of. Nothing else is served, in development neither. They are not left to package
// mime, which asks the machine.
var mediaTypes = map[string]string{
	".css":         "text/css; charset=utf-8",
	".html":        "text/html; charset=utf-8",
	".json":        "application/json",
	".js":          "text/javascript; charset=utf-8",
	".png":         "image/png",
	".svg":         "image/svg+xml",
	".wasm":        "application/wasm",
	".webmanifest": "application/manifest+json",
}

const (
	// The page names the version of everything else, so it is asked for every time.
	cachePage = "no-cache"
	// The name of an asset changes with its content.
	cacheAsset = "public, max-age=31536000, immutable"
	cacheNever = "no-store"
)

// On what an answer depends besides the address.
const (
	varyAsset = "Accept-Encoding"
	varyPage  = "Accept-Encoding, Accept-Language, Cookie"
)

// newAssets serves what scripts/pack has made. An empty folder is no error: the page then says how it is built.
func newAssets(embedded fs.FS) (*assets, error) {
	a := &assets{files: embedded, packed: map[string]packedFile{}}
	text, err := fs.ReadFile(embedded, manifestName)
	if errors.Is(err, fs.ErrNotExist) {
		return a, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read the list of assets: %w", err)
	}
	var manifest struct {
		Pages   map[string]string `json:"pages"`
		Help    map[string]string `json:"help"`
		Worker  string            `json:"worker"`
		Program string            `json:"program"`
		Sizes   map[string]int64  `json:"sizes"`
	}
	if err := json.Unmarshal(text, &manifest); err != nil {
		return nil, fmt.Errorf("parse the list of assets: %w", err)
	}
	for name, size := range manifest.Sizes {
		f := packedFile{size: size, held: map[string]int64{}}
		for coding, suffix := range suffixes {
			if coding == "gzip" && name == manifest.Program {
				continue
			}
			info, err := fs.Stat(embedded, name+suffix)
			if err != nil {
				return nil, fmt.Errorf("find asset %s: %w", name, err)
			}
			f.held[coding] = info.Size()
		}
		a.packed[name] = f
	}
	for _, l := range texts.Languages {
		if name := manifest.Pages[l.Tag()]; a.packed[name].held == nil {
			return nil, fmt.Errorf("the list of assets names page %q in %s, which is not in it: build it anew", name, l.Tag())
		}
	}
	a.pages, a.help, a.worker, a.program = manifest.Pages, manifest.Help, manifest.Worker, manifest.Program
	return a, nil
}

// newDevAssets serves the folder public/ as it is at the moment of each request, so that a change is seen without packing.
func newDevAssets(dir fs.FS) *assets {
	return &assets{files: dir}
}

// languageCookie names the cookie by which a person has chosen a language, as a tag.
const languageCookie = "language"

// languageOf returns the language that a request asks for: the one that was chosen, otherwise what the browser prefers.
func languageOf(r *http.Request) texts.Language {
	if c, err := r.Cookie(languageCookie); err == nil {
		if l, ok := texts.Tagged(c.Value); ok {
			return l
		}
	}
	return texts.Choose(strings.Join(r.Header.Values("Accept-Language"), ","))
}

// version is another one where the page is, and so what it shares with the relay.
func (a *assets) version() string {
	names := strings.Join(slices.Sorted(maps.Keys(a.packed)), "/")
	sum := sha256.Sum256([]byte(names))
	return hex.EncodeToString(sum[:4])
}

// page answers with the page of any board, in the language of who asks.
func (a *assets) page(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Vary", varyPage)
	a.pageIn(w, r, languageOf(r))
}

// pageIn answers with the page in a language. The caller has said on what else the answer depends.
func (a *assets) pageIn(w http.ResponseWriter, r *http.Request, l texts.Language) {
	switch {
	case a.packed == nil && a.onDisk(programName):
		w.Header().Set("Content-Language", l.Tag())
		content, err := compose.Page(a.files, l)
		serveComposed(w, r, compose.PageName(l), content, err)
	case a.pages == nil:
		writeNotBuilt(w, r)
	default:
		w.Header().Set("Content-Language", l.Tag())
		a.servePacked(w, r, a.pages[l.Tag()], "."+policyTag(w.Header()), cachePage)
	}
}

// policyTag is a part of a page's tag: a browser that hears "not modified" keeps the policy that came with the page, so that with another one it
// is another page.
func policyTag(h http.Header) string {
	policy := sha256.Sum256([]byte(h.Get("Content-Security-Policy")))
	return hex.EncodeToString(policy[:4])
}

// ServeHTTP answers for /assets/{name}.
func (a *assets) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	name := strings.TrimPrefix(r.URL.Path, "/assets/")
	_, packed := a.packed[name]
	switch {
	case path.Ext(name) == ".html", name == a.worker:
		// They have addresses of their own, and other rules for caching.
		writeNotFound(w, name)
	case packed:
		w.Header().Set("Vary", varyAsset)
		a.servePacked(w, r, name, "", cacheAsset)
	case a.packed == nil && name == compose.StyleName:
		content, err := compose.Style(a.files)
		serveComposed(w, r, name, content, err)
	case a.packed == nil && a.onDisk(name):
		a.serveFromDisk(w, r, name)
	default:
		writeNotFound(w, name)
	}
}

// servePacked answers in the best coding the client takes; the caller has said on what else the answer depends. A client that takes none gets the file inflated on the way. A file of the same name
// that comes with something else is another version of it.
func (a *assets) servePacked(w http.ResponseWriter, r *http.Request, name, version, cacheControl string) {
	h := w.Header()
	coding := negotiate(strings.Join(r.Header.Values("Accept-Encoding"), ","))
	if coding == "" {
		http.Error(w, "this file can be had as br, gzip and identity, and the request excludes all three", http.StatusNotAcceptable)
		return
	}

	// A strong tag differs between codings, and so does the name of the file that is read.
	etag := strconv.Quote(name + version + suffixes[coding])
	h.Set("Cache-Control", cacheControl)
	h.Set("ETag", etag)
	if matches(strings.Join(r.Header.Values("If-None-Match"), ","), etag) {
		w.WriteHeader(http.StatusNotModified)
		return
	}

	f := a.packed[name]
	size, known := f.held[coding]
	switch {
	case coding == identity:
		size, known = f.size, true
	case !known:
		size, known = a.gzipSize()
	}
	if coding != identity {
		h.Set("Content-Encoding", coding)
	}
	h.Set("Content-Type", mediaTypes[path.Ext(name)])
	if known {
		h.Set("Content-Length", strconv.FormatInt(size, 10))
	}
	if r.Method == http.MethodHead {
		return
	}
	// Any other error means that the client has gone.
	if broken, ok := errors.AsType[*brokenOff](a.copyPacked(takes{w}, name, coding)); ok {
		panic(broken.reason)
	}
}

// copyPacked copies a packed file in a coding.
func (a *assets) copyPacked(w io.Writer, name, coding string) error {
	var packed io.Reader
	if coding != "br" && name == a.program {
		// What is not packed is made of gzip too: brotli's window would be 16 MB for each who asks.
		packed = &gzipReader{of: a.gzipProgram()}
	} else {
		source := coding
		if coding == identity {
			source = "gzip"
		}
		file, err := a.files.Open(name + suffixes[source])
		if err != nil {
			panic(err) // newAssets has seen it
		}
		defer file.Close()
		packed = file
	}
	if coding == identity {
		z, err := gzip.NewReader(packed)
		if err != nil {
			return err
		}
		packed = z
	}
	_, err := io.Copy(w, packed)
	return err
}

// diskFolders of public/ hold the page as it is written and the parts of it that are built.
var diskFolders = []string{".", "build"}

// onDisk tells whether a file may be served in development.
func (a *assets) onDisk(name string) bool {
	_, err := a.diskPath(name)
	return err == nil
}

func (a *assets) diskPath(name string) (string, error) {
	if mediaTypes[path.Ext(name)] == "" || strings.Contains(name, "/") {
		return "", fs.ErrNotExist
	}
	for _, folder := range diskFolders {
		p := path.Join(folder, name)
		if info, err := fs.Stat(a.files, p); err == nil && info.Mode().IsRegular() {
			return p, nil
		}
	}
	return "", fs.ErrNotExist
}

func (a *assets) serveFromDisk(w http.ResponseWriter, r *http.Request, name string) {
	p, err := a.diskPath(name)
	if err != nil {
		writeNotFound(w, name)
		return
	}
	content, err := fs.ReadFile(a.files, p)
	serveComposed(w, r, name, content, err)
}

// serveComposed answers in development with what was read for this request, or with why it could not be.
func serveComposed(w http.ResponseWriter, r *http.Request, name string, content []byte, err error) {
	switch {
	case errors.Is(err, fs.ErrNotExist):
		writeNotFound(w, name)
		return
	case err != nil:
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	h := w.Header()
	h.Set("Cache-Control", cacheNever)
	h.Set("Content-Type", mediaTypes[path.Ext(name)])
	h.Set("Content-Length", strconv.Itoa(len(content)))
	if r.Method != http.MethodHead {
		w.Write(content)
	}
}

func writeNotFound(w http.ResponseWriter, name string) {
	// After an update of the relay, another one beside it may have what this one has not.
	w.Header().Set("Cache-Control", cacheNever)
	http.Error(w, fmt.Sprintf("there is no asset %q here; if the page is older than the relay, reload it", name), http.StatusNotFound)
}

const notBuiltPage = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Edgeboard</title>
<h1>The page was not built</h1>
<p>This relay runs, but the page is missing from it. Build both, and start the relay again:</p>
<pre>./scripts/build.sh</pre>
<div lang="zh">
<h1>页面尚未构建</h1>
<p>中继服务正在运行，但其中没有页面。请运行上面的命令构建，然后重新启动中继服务。</p>
</div>
`

func writeNotBuilt(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Cache-Control", cacheNever)
	h.Set("Content-Type", mediaTypes[".html"])
	w.WriteHeader(http.StatusServiceUnavailable)
	if r.Method != http.MethodHead {
		io.WriteString(w, notBuiltPage)
	}
}
