package server

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"io"
	"io/fs"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/fstest"
)

const packedProgram = "edgeboard.2c.wasm"

// A watched folder counts how often the program is opened to be unpacked, and says before
// each read of it how many bytes were read.
type watched struct {
	fstest.MapFS
	opened atomic.Int32
	read   func(before int)
}

func (w *watched) Open(name string) (fs.File, error) {
	file, err := w.MapFS.Open(name)
	if err != nil || name != packedProgram+".br" {
		return file, err
	}
	w.opened.Add(1)
	return &watchedFile{File: file, of: w}, nil
}

type watchedFile struct {
	fs.File
	of   *watched
	read int
}

func (f *watchedFile) Read(b []byte) (int, error) {
	if f.of.read != nil {
		f.of.read(f.read)
	}
	n, err := f.File.Read(b)
	f.read += n
	return n, err
}

// largeProgram is one that cannot be packed: of half of what is read, half is seen.
func largeProgram() []byte {
	b := make([]byte, 1<<20)
	_, _ = rand.NewChaCha8([32]byte{1}).Read(b) // it gives as many as are asked for
	return b
}

// watchedAssets are a page with this program.
func watchedAssets(t *testing.T, program []byte) (*assets, *watched) {
	t.Helper()
	files := packedPage(t)
	files[packedProgram+".br"] = &fstest.MapFile{Data: compressed(program, "br")}
	list := string(files[manifestName].Data)
	files[manifestName] = &fstest.MapFile{Data: []byte(strings.Replace(list, `"edgeboard.2c.wasm": 4`, `"edgeboard.2c.wasm": `+strconv.Itoa(len(program)), 1))}
	w := &watched{MapFS: files}
	a, err := newAssets(w)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(a.close)
	return a, w
}

func unzipped(t *testing.T, packed io.Reader) []byte {
	t.Helper()
	z, err := gzip.NewReader(packed)
	if err != nil {
		t.Fatal(err)
	}
	content, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	return content
}

// The program is made into gzip when it is first asked for, and not again.
func TestProgramIsMadeIntoGzipOnce(t *testing.T) {
	program := largeProgram()
	a, files := watchedAssets(t, program)
	get := func(method, accept string, headers ...string) *http.Response {
		return ask(a.ServeHTTP, method, "/assets/"+packedProgram, append(headers, "Accept-Encoding", accept)...)
	}

	head := get("HEAD", "gzip")
	wantStatus(t, head, http.StatusOK)
	wantHeader(t, head, "Content-Encoding", "gzip")
	wantHeader(t, head, "Content-Length", "") // nobody knows
	tag := head.Header.Get("ETag")
	wantStatus(t, get("GET", "gzip", "If-None-Match", tag), http.StatusNotModified)
	body(t, get("GET", "br"))
	wantHeader(t, get("HEAD", "identity"), "Content-Length", strconv.Itoa(len(program)))
	if n := files.opened.Load(); n != 1 { // for br
		t.Errorf("it was opened %d times, and nobody has asked for gzip", n)
	}

	first := get("GET", "gzip")
	wantStatus(t, first, http.StatusOK)
	wantHeader(t, first, "Content-Length", "") // it is sent as it is made
	wantHeader(t, first, "Content-Encoding", "gzip")
	wantHeader(t, first, "Content-Type", "application/wasm")
	wantHeader(t, first, "Vary", "Accept-Encoding")
	wantHeader(t, first, "Cache-Control", cacheAsset)
	wantHeader(t, first, "ETag", tag)
	packed := body(t, first)
	if !bytes.Equal(unzipped(t, strings.NewReader(packed)), program) {
		t.Error("the first answer is another program")
	}

	a.making.Wait() // its end is seen by others a little later than by who reads
	for _, method := range []string{"GET", "HEAD"} {
		later := get(method, "gzip")
		wantHeader(t, later, "Content-Length", strconv.Itoa(len(packed)))
		wantHeader(t, later, "ETag", tag)
		if text := body(t, later); method == "GET" && text != packed {
			t.Error("what was kept is not what was made")
		}
	}
	plain := get("GET", "identity")
	wantHeader(t, plain, "Content-Length", strconv.Itoa(len(program)))
	wantHeader(t, plain, "Content-Encoding", "")
	if body(t, plain) != string(program) {
		t.Error("unpacked it is another program")
	}
	if n := files.opened.Load(); n != 2 {
		t.Errorf("it was opened %d times, want once more for gzip", n)
	}
}

// Who asks first gets the beginning while the rest is made. It is made on when that one
// goes, and who has come meanwhile gets all of it.
func TestProgramIsReadWhileItIsMade(t *testing.T) {
	program := largeProgram()
	a, files := watchedAssets(t, program)
	goOn := make(chan struct{})
	release := sync.OnceFunc(func() { close(goOn) })
	files.read = func(before int) {
		if before > len(program)/2 {
			<-goOn
		}
	}
	s := httptest.NewServer(a)
	defer s.Close()
	defer release() // the server waits for its answers
	get := func(ctx context.Context, coding string) io.ReadCloser {
		r, err := http.NewRequestWithContext(ctx, "GET", s.URL+"/assets/"+packedProgram, nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Accept-Encoding", coding)
		got, err := s.Client().Do(r)
		if err != nil {
			t.Fatal(err)
		}
		if coding == "gzip" && got.ContentLength != -1 {
			t.Errorf("the size is %d before it is made", got.ContentLength)
		}
		return got.Body
	}
	beginning := func(body io.Reader) {
		t.Helper()
		if _, err := io.ReadFull(body, make([]byte, 3*gzipPiece)); err != nil {
			t.Fatal("it does not begin before it is made:", err)
		}
	}

	ctx, leave := context.WithCancel(t.Context())
	first := get(ctx, "gzip")
	beginning(first)
	leave()
	first.Close()

	zipped, plain, ahead := get(t.Context(), "gzip"), get(t.Context(), "identity"), get(t.Context(), "identity")
	beginning(ahead)
	release()
	if !bytes.Equal(unzipped(t, zipped), program) {
		t.Error("as gzip it is another program")
	}
	if content, err := io.ReadAll(plain); err != nil || !bytes.Equal(content, program) {
		t.Errorf("unpacked it is another program, %v", err)
	}
	if rest, err := io.ReadAll(ahead); err != nil || !bytes.HasSuffix(program, rest) || len(rest) != len(program)-3*gzipPiece {
		t.Errorf("who was ahead has a rest of %d bytes, %v", len(rest), err)
	}
	for _, body := range []io.Closer{zipped, plain, ahead} {
		body.Close()
	}
	if n := files.opened.Load(); n != 1 {
		t.Errorf("of four who asked at once, %d had it made", n)
	}
}

// A program that cannot be read to its end is not taken for a whole one, and the log says
// why. A relay that ends makes nothing more, which is no error.
func TestProgramBreaksOff(t *testing.T) {
	program := largeProgram()
	for name, c := range map[string]struct {
		spoil func(*assets, *watched)
		quiet bool
	}{
		"cut short": {spoil: func(_ *assets, w *watched) {
			w.MapFS[packedProgram+".br"].Data = w.MapFS[packedProgram+".br"].Data[:len(program)/2]
		}},
		"not what was packed": {spoil: func(_ *assets, w *watched) {
			w.MapFS[packedProgram+".br"].Data = compressed(program[1:], "br")
		}},
		"nothing that unpacks": {spoil: func(_ *assets, w *watched) {
			w.MapFS[packedProgram+".br"].Data = bytes.Repeat([]byte{0xff}, 100)
		}},
		"the relay ends meanwhile": {spoil: func(a *assets, w *watched) {
			w.read = func(before int) {
				if before > len(program)/2 {
					a.mu.Lock()
					defer a.mu.Unlock()
					a.gzip.stop()
				}
			}
		}, quiet: true},
		"the relay has ended": {spoil: func(a *assets, _ *watched) { a.close() }, quiet: true},
	} {
		t.Run(name, func(t *testing.T) {
			a, files := watchedAssets(t, program)
			c.spoil(a, files)
			for _, coding := range []string{"gzip", "identity", "gzip"} {
				func() {
					defer func() {
						err, _ := recover().(error)
						if err == nil || errors.Is(err, http.ErrAbortHandler) != c.quiet {
							t.Errorf("%s: it is broken off by %v", coding, err)
						}
						if err != nil && !c.quiet && !strings.Contains(err.Error(), packedProgram) {
							t.Errorf("%s: the log does not say which file: %v", coding, err)
						}
					}()
					ask(a.ServeHTTP, "GET", "/assets/"+packedProgram, "Accept-Encoding", coding)
				}()
			}
			wantHeader(t, ask(a.ServeHTTP, "HEAD", "/assets/"+packedProgram, "Accept-Encoding", "gzip"), "Content-Length", "")
		})
	}
}
