package server

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"net/http"
	"runtime/debug"
	"sync"

	"github.com/andybalholm/brotli"
)

// The program of the page is in the binary as brotli alone: gzip would be a ninth of
// the binary again. Browsers take no brotli over plain HTTP but from this machine, nor do
// some proxies and other clients: the first of them has gzip made, and it is kept.

const (
	// gzipLevel is where more is hardly smaller: this one takes 0.4 s of a core and
	// gives 3.72 MB, 6 takes 0.7 s for 1.5 % less, 9 takes 2.7 s for 2.2 % less.
	gzipLevel = 5
	// gzipPiece is how many bytes are shown to readers at a time. The first are made
	// in 5 to 10 ms.
	gzipPiece = 32 << 10
)

// A gzipFile is read while it is made, by any number. It holds what was made: 3.7 MB
// of the program, and 18 MB more while it is made, of which 16 are brotli's window.
// Readers hold nothing of it, whether they are slow or have gone: it is made for all of
// them, to its end.
type gzipFile struct {
	mu      sync.Mutex
	more    *sync.Cond // there is another piece, or an end
	pieces  [][]byte   // each is not changed any more
	size    int64      // of all pieces
	end     error      // io.EOF: it is whole; nil: it is being made
	stopped bool       // nobody needs the rest
}

// A brokenOff is why a file could not be made. Who reads it is to see that it is not
// all: the reason is what the answer panics with.
type brokenOff struct{ reason error }

func (b *brokenOff) Error() string { return "making a file: " + b.reason.Error() }

// errStopped is of files that nobody needs any more. The log need not say so.
var errStopped = &brokenOff{http.ErrAbortHandler}

func newGzipFile() *gzipFile {
	g := &gzipFile{}
	g.more = sync.NewCond(&g.mu)
	return g
}

// pack makes the file of one that is packed with brotli and has size bytes unpacked.
func (g *gzipFile) pack(name string, packed io.Reader, size int64) {
	out := bufio.NewWriterSize(g, gzipPiece)
	z, err := gzip.NewWriterLevel(out, gzipLevel)
	if err != nil {
		panic(err) // the level is a constant
	}
	n, err := io.Copy(z, brotli.NewReader(packed))
	if err == nil && n != size {
		err = fmt.Errorf("it has %d bytes, and the list of assets says %d", n, size)
	}
	if err == nil {
		err = z.Close()
	}
	if err == nil {
		err = out.Flush()
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	switch {
	case err == nil:
		g.end = io.EOF
	case g.stopped:
		g.end = errStopped
	default:
		g.end = &brokenOff{fmt.Errorf("unpack %s, which is not as it was packed: %w", name, err)}
	}
	g.more.Broadcast()
}

// Write is for pack.
func (g *gzipFile) Write(b []byte) (int, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.stopped {
		return 0, errStopped
	}
	g.pieces = append(g.pieces, bytes.Clone(b))
	g.size += int64(len(b))
	g.more.Broadcast()
	return len(b), nil
}

// stop ends the making soon: that of a piece takes milliseconds.
func (g *gzipFile) stop() {
	g.mu.Lock()
	g.stopped = true
	g.mu.Unlock()
}

// whole returns the size of the file once it is known.
func (g *gzipFile) whole() (size int64, ok bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.size, g.end == io.EOF
}

// piece returns a piece as soon as it is there.
func (g *gzipFile) piece(i int) ([]byte, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for i >= len(g.pieces) && g.end == nil {
		g.more.Wait()
	}
	if i < len(g.pieces) {
		return g.pieces[i], nil
	}
	return nil, g.end
}

// A gzipReader reads a gzipFile from its beginning.
type gzipReader struct {
	of   *gzipFile
	next int    // piece
	rest []byte // of the one before it
}

func (r *gzipReader) Read(b []byte) (int, error) {
	for len(r.rest) == 0 {
		piece, err := r.of.piece(r.next)
		if err != nil {
			return 0, err
		}
		r.rest = piece
		r.next++
	}
	n := copy(b, r.rest)
	r.rest = r.rest[n:]
	return n, nil
}

// gzipProgram returns the program packed with gzip, which is made from the first time
// on that somebody asks.
func (a *assets) gzipProgram() *gzipFile {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.gzip != nil {
		return a.gzip
	}
	if a.closed {
		a.gzip = newGzipFile()
		a.gzip.end = errStopped
		return a.gzip
	}
	file, err := a.files.Open(a.program + suffixes["br"])
	if err != nil {
		panic(err) // newAssets has seen it
	}
	a.gzip = newGzipFile()
	a.making.Go(func() {
		defer file.Close()
		a.gzip.pack(a.program, file, a.packed[a.program].size)
		debug.FreeOSMemory() // of a relay where little happens it would be half of its memory, for minutes
	})
	return a.gzip
}

// gzipSize returns the size of the program packed with gzip, where it is known.
func (a *assets) gzipSize() (size int64, ok bool) {
	a.mu.Lock()
	g := a.gzip
	a.mu.Unlock()
	if g == nil {
		return 0, false
	}
	return g.whole()
}

// close ends what is made, and waits for it. What is asked for from then on breaks off.
func (a *assets) close() {
	a.mu.Lock()
	a.closed = true
	if a.gzip != nil {
		a.gzip.stop()
	}
	a.mu.Unlock()
	a.making.Wait()
}
