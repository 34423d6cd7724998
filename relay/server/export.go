package server

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"edgeboard/relay/blob"
	"edgeboard/relay/still"
	"edgeboard/shared/board"
	"edgeboard/shared/export"
	"edgeboard/shared/export/pdf"
	"edgeboard/shared/export/plot"
	"edgeboard/shared/export/png"
	"edgeboard/shared/wire"
)

// A board as a file, for who may read it:
//
//	GET /b/{board}.svg         the first page of the board, or the one of ?page=ID
//	GET /b/{board}.png         the same; ?scale= is how many pixels a board unit takes, 1 to 4
//	GET /b/{board}.pdf         all pages
//	GET /b/{board}.json        all of it, as docs/board-json.md says
//	GET /b/{board}.excalidraw  the first page, or the one of ?page=ID, as docs/excalidraw.md says
//
// And what was said on it, see serveChat.
//
// ?images=1 has the images in the file, the first exportedImages bytes of them, as PNG
// and PDF always have; without it the file names them. ?download has the browser save
// the file instead of showing it. An answer without images has a tag that is another
// one where the board is. Files are made of what is stored, apart from all that members
// do.

const (
	// mostExports is how many files are made at a time. Who comes besides waits for
	// exportWait, and is then told to come again.
	mostExports = 2
	exportWait  = 2 * time.Second
	exportRetry = 5 * time.Second
	// mostExported bounds the bytes of files that are on their way to who reads them
	// slowly.
	mostExported = 256 << 20
	// exportedImages bounds the bytes of images in one file.
	exportedImages = 64 << 20
)

// fileFormat is how a board becomes a file.
type fileFormat struct {
	media  string
	packs  bool // it becomes smaller when it is compressed
	images bool // it always has its images
	append func(dst []byte, b *still.Still, o fileOptions) ([]byte, error)
}

// fileOptions are what a request says of its file.
type fileOptions struct {
	page  board.ID                                  // the zero ID: the first
	scale float64                                   // pixels that a board unit takes
	image func(hash string) (_ export.Blob, _ bool) // nil: without
	fonts *plot.Fonts
	// pixels bounds those of a picture and of images, 0: as usual.
	pixels int
}

var fileFormats = map[string]fileFormat{
	"svg":        {media: "image/svg+xml", packs: true, append: appendSVG},
	"png":        {media: "image/png", images: true, append: appendPNG},
	"pdf":        {media: "application/pdf", images: true, append: appendPDF},
	"json":       {media: "application/json", packs: true, append: appendJSON},
	"excalidraw": {media: "application/vnd.excalidraw+json", packs: true, append: appendExcalidraw},
}

// mostScale is of pictures in pixels, whose size is bounded besides.
const mostScale = 4

const (
	// svgMargin is around all that is on the board, in its units.
	svgMargin = 16
	// emptySVG is of a board on which there is nothing.
	emptySVG = `<svg xmlns="http://www.w3.org/2000/svg" width="1" height="1"/>` + "\n"
)

func appendSVG(dst []byte, b *still.Still, o fileOptions) ([]byte, error) {
	b.Figures.ShowPage(o.page)
	defer b.Figures.ShowPage(board.ID{})
	figures := slices.Collect(b.Figures.All())
	if len(figures) == 0 {
		return append(dst, emptySVG...), nil
	}
	return export.AppendSVG(dst, figures, export.Options{Margin: svgMargin, Fill: 0xffffff, Filled: true, Image: o.image}), nil
}

func appendPNG(dst []byte, b *still.Still, o fileOptions) ([]byte, error) {
	b.Figures.ShowPage(o.page)
	defer b.Figures.ShowPage(board.ID{})
	to := bytes.NewBuffer(dst)
	err := png.Write(to, b.Figures.All(), png.Options{Options: plot.Options{Fonts: o.fonts, Image: o.image, Pixels: o.pixels}, Margin: svgMargin, Scale: o.scale, Fill: 0xffffff, Filled: true})
	return to.Bytes(), err
}

func appendPDF(dst []byte, b *still.Still, o fileOptions) ([]byte, error) {
	defer b.Figures.ShowPage(board.ID{})
	file := pdf.New(pdf.Options{Options: plot.Options{Fonts: o.fonts, Image: o.image, Pixels: o.pixels}, Margin: svgMargin})
	for _, page := range b.Figures.Pages() {
		b.Figures.ShowPage(page.ID)
		file.Page(b.Figures.All())
	}
	if len(b.Figures.Pages()) == 0 {
		file.Page(b.Figures.All())
	}
	to := bytes.NewBuffer(dst)
	err := file.Write(to)
	return to.Bytes(), err
}

func appendExcalidraw(dst []byte, b *still.Still, o fileOptions) ([]byte, error) {
	b.Figures.ShowPage(o.page)
	defer b.Figures.ShowPage(board.ID{})
	to := bytes.NewBuffer(dst)
	err := export.WriteExcalidraw(to, b.Figures, export.ExcalidrawOptions{Image: o.image})
	return to.Bytes(), err
}

func appendJSON(dst []byte, b *still.Still, o fileOptions) ([]byte, error) {
	to := bytes.NewBuffer(dst)
	err := export.WriteJSON(to, b.Doc, export.JSONOptions{Image: o.image})
	return to.Bytes(), err
}

// filePolicy is for a file that a browser shows as a document of its own: it has all
// that it needs, and does nothing.
const filePolicy = "sandbox; default-src 'none'; img-src data:; style-src 'unsafe-inline'; frame-ancestors 'none'"

// serveBoard answers for GET /b/{board}: with the page of the board, or with the
// board as a file.
func (s *Server) serveBoard(w http.ResponseWriter, r *http.Request) {
	name, suffix, file := strings.Cut(r.PathValue("board"), ".")
	format, known := fileFormats[suffix]
	chat := suffix == chatSuffix
	switch {
	case !s.mayName(name):
		writeError(w, http.StatusNotFound, "a board's name is 1 to 64 of a-z A-Z 0-9 - _ and does not begin with _; / makes a new board")
	case !file:
		s.servePage(w, r, name)
	case !known && !chat:
		formats := append(slices.Sorted(maps.Keys(fileFormats)), chatSuffix)
		writeError(w, http.StatusNotFound, fmt.Sprintf("a board is there as .%s, and without a suffix as a page", strings.Join(formats, ", .")))
	default:
		s.asked(func(w http.ResponseWriter, r *http.Request) {
			if _, err := s.mayRead(r, name); err != nil {
				s.refuseJSON(w, err, name)
				return
			}
			if chat && name == wire.StatusBoard {
				s.refuseJSON(w, errNoPast, "")
				return
			}
			if chat {
				s.serveChat(w, r, name)
				return
			}
			s.serveFile(w, r, name, suffix, format)
		})(w, r)
	}
}

// exports are the files that are made and sent.
type exports struct {
	places chan struct{} // has a token for each that is made
	sent   atomic.Int64  // bytes
	fonts  *plot.Fonts
	// Where memory is short: what one file may take, and of pixels. 0: any.
	memory int64
	pixels int
}

// newExports makes those of a relay that has so many bytes of memory, 0: any number.
func newExports(memory int64) *exports {
	const (
		memoryOfPixel   = 8         // of the picture, or of an image, and what it is read from
		memoryOfExports = 512 << 20 // beyond which there is enough for several
	)
	e := &exports{places: make(chan struct{}, mostExports), fonts: plot.NewFonts(), memory: memory / memoryPartOfImage}
	if memory > 0 {
		if memory < memoryOfExports {
			e.places = make(chan struct{}, 1)
		}
		e.pixels = int(e.memory / memoryOfPixel)
	}
	return e
}

// enter takes a place, and reports false if there is none for a while.
func (e *exports) enter(ctx context.Context) bool {
	wait := time.NewTimer(exportWait)
	defer wait.Stop()
	select {
	case e.places <- struct{}{}:
		return true
	case <-wait.C:
	case <-ctx.Done():
	}
	return false
}

func (e *exports) leave() { <-e.places }

// boardFile is a board as a file.
type boardFile struct {
	tag     string // "": it has none
	coding  string // of content
	content []byte // nil: who asks has it
}

func (s *Server) serveFile(w http.ResponseWriter, r *http.Request, name, suffix string, format fileFormat) {
	again := func(reason string) {
		w.Header().Set("Retry-After", strconv.Itoa(int(exportRetry/time.Second)))
		writeError(w, http.StatusServiceUnavailable, reason)
	}
	const busy = "the relay makes files of as many boards as it can; come again"
	if !s.exports.enter(r.Context()) {
		again(busy)
		return
	}
	if !s.gate.memory.fits(s.exports.memory, time.Now()) {
		s.exports.leave()
		s.gate.turnedAway(noMemory.limit, s.clientAddress(r))
		again("the relay has no memory left to make a file; come again")
		return
	}
	f, err := s.makeFile(r, name, suffix, format)
	s.exports.leave()
	if err != nil {
		if r.Context().Err() == nil {
			s.log.Error("no file made of a board", "board", name, "as", suffix, "err", err)
		}
		again("the relay cannot read the board now; try again")
		return
	}
	size := int64(len(f.content))
	defer s.exports.sent.Add(-size)
	if s.exports.sent.Add(size) > max(mostExported, size) {
		again(busy)
		return
	}
	h := w.Header()
	h.Set("Cache-Control", "private, no-cache")
	h.Set("Vary", "Accept-Encoding, Authorization, Cookie")
	if f.tag != "" {
		h.Set("ETag", f.tag)
	}
	if f.content == nil {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	if f.coding != identity {
		h.Set("Content-Encoding", f.coding)
	}
	disposition := "inline"
	if r.URL.Query().Has("download") {
		disposition = "attachment"
	}
	h.Set("Content-Type", format.media)
	h.Set("Content-Disposition", fmt.Sprintf("%s; filename=%q", disposition, name+"."+suffix))
	h.Set("Content-Security-Policy", filePolicy)
	h.Set("Content-Length", strconv.FormatInt(size, 10))
	if r.Method != http.MethodHead {
		takes{w}.Write(f.content) // an error means that the client has gone
	}
}

// makeFile reads a board and makes the file of it that a request asks for.
func (s *Server) makeFile(r *http.Request, name, suffix string, format fileFormat) (f boardFile, err error) {
	b, err := s.still.Open(r.Context(), name)
	if err != nil {
		return f, err
	}
	defer b.Close()
	f.coding = identity
	if c := negotiate(strings.Join(r.Header.Values("Accept-Encoding"), ",")); format.packs && c != "" {
		f.coding = c
	}
	o := fileOptions{fonts: s.exports.fonts, pixels: s.exports.pixels}
	query := r.URL.Query()
	o.page, _ = board.ParseID(query.Get("page"))
	if o.scale, err = strconv.ParseFloat(query.Get("scale"), 64); err != nil || !(o.scale >= 1) {
		o.scale = 1
	}
	o.scale = min(o.scale, mostScale)
	if format.images || query.Get("images") == "1" {
		o.image = s.imagesOf(r.Context(), name) // one may have come since, so there is no tag
	} else {
		// Another version of the relay may draw the same board otherwise.
		f.tag = strconv.Quote(b.Version + "." + o.page.Text() + "." + strconv.FormatFloat(o.scale, 'g', -1, 64) + "." + s.page.version() + "." + suffix + suffixes[f.coding])
		if matches(strings.Join(r.Header.Values("If-None-Match"), ","), f.tag) {
			return f, nil
		}
	}
	if f.content, err = format.append([]byte{}, b, o); err != nil {
		return f, fmt.Errorf("making %s: %w", suffix, err)
	}
	f.content = compressed(f.content, f.coding)
	return f, nil
}

// imagesOf returns the images that a board shows, by name, as far as there is room for
// them in a file.
func (s *Server) imagesOf(ctx context.Context, name string) func(hash string) (export.Blob, bool) {
	left := int64(exportedImages)
	return func(text string) (export.Blob, bool) {
		hash, ok := blob.ParseHash(text)
		if !ok {
			return export.Blob{}, false
		}
		b, err := s.blobs.Get(ctx, name, hash)
		if err != nil || b.Size > left {
			return export.Blob{}, false // the file names it
		}
		data := make([]byte, 0, b.Size)
		for i := 0; int64(len(data)) < b.Size; i++ {
			piece, err := s.blobs.Piece(ctx, b, i)
			if err != nil {
				return export.Blob{}, false
			}
			data = append(data, piece...)
		}
		left -= b.Size
		return export.Blob{Media: b.Media, Data: data}, true
	}
}
