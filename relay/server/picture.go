package server

import (
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"edgeboard/public/texts"
	"edgeboard/relay/still"
	"edgeboard/shared/export"
)

// The page of a board comes with a picture of it, for who may read the board: it is
// seen before the program has arrived that draws it.

const (
	// pictureWait is how long a page waits for its picture. A board that is large, or
	// was not read for a while, may take longer: then the page comes without.
	pictureWait = 50 * time.Millisecond
	// mostPictures is how many boards' pictures are kept, and mostMaking how many are
	// made at a time.
	mostPictures = 32
	mostMaking   = 2
)

// picturePlace is where the picture goes in the page.
const picturePlace = `<div id="picture" aria-hidden="true">`

// pictures makes the pictures of boards.
type pictures struct {
	boards *still.Boards
	ctx    context.Context // ends with the relay
	log    *slog.Logger
	making sync.WaitGroup

	mu     sync.Mutex
	closed bool
	begun  map[string]*beginning
	kept   map[string]*picture
	uses   uint64
}

// beginning is a picture that is being made.
type beginning struct {
	done    chan struct{}
	picture *picture // once done; nil: there is none
}

// picture is that of a board as it was at a version.
type picture struct {
	version string
	svg     []byte
	used    uint64 // when, of pictures.uses; guarded by pictures.mu

	mu    sync.Mutex
	pages map[string][]byte // compressed, by the page's name and the coding
}

// shell is a page, before and after the place of the picture.
type shell struct{ head, foot []byte }

func newPictures(ctx context.Context, boards *still.Boards, log *slog.Logger) *pictures {
	return &pictures{
		boards: boards, ctx: ctx, log: log,
		begun: map[string]*beginning{}, kept: map[string]*picture{},
	}
}

// close waits for what is under way. Nothing is made from then on.
func (p *pictures) close() {
	p.mu.Lock()
	p.closed = true
	p.mu.Unlock()
	p.making.Wait()
}

// of returns the picture of a board as it is now; nil: there is nothing on it, or it
// would take too long.
func (p *pictures) of(ctx context.Context, board string) *picture {
	p.mu.Lock()
	b := p.begun[board]
	if b == nil {
		if p.closed || len(p.begun) >= mostMaking {
			p.mu.Unlock()
			return nil
		}
		b = &beginning{done: make(chan struct{})}
		p.begun[board] = b
		p.making.Go(func() {
			b.picture = p.make(board)
			p.mu.Lock()
			delete(p.begun, board)
			p.mu.Unlock()
			close(b.done)
		})
	}
	p.mu.Unlock()
	late := time.NewTimer(pictureWait)
	defer late.Stop()
	select {
	case <-b.done:
		return b.picture
	case <-late.C:
	case <-ctx.Done():
	}
	return nil
}

// make makes a picture, unless there is one of the board as it is.
func (p *pictures) make(board string) *picture {
	b, err := p.boards.Open(p.ctx, board)
	if err != nil {
		if p.ctx.Err() == nil {
			p.log.Error("no picture made of a board", "board", board, "err", err)
		}
		return nil
	}
	defer b.Close()
	p.mu.Lock()
	made := p.kept[board]
	p.mu.Unlock()
	if made == nil || made.version != b.Version {
		svg := export.AppendPicture(nil, b.Figures, export.PictureOptions{Dark: true})
		if len(svg) == 0 {
			return nil
		}
		made = &picture{version: b.Version, svg: svg, pages: map[string][]byte{}}
	}
	p.keep(board, made)
	return made
}

// keep keeps a picture that was asked for, and not the one that nobody has asked for
// the longest.
func (p *pictures) keep(board string, made *picture) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.uses++
	made.used = p.uses
	p.kept[board] = made
	if len(p.kept) <= mostPictures {
		return
	}
	oldest := board
	for name, other := range p.kept {
		if other.used < p.kept[oldest].used {
			oldest = name
		}
	}
	delete(p.kept, oldest)
}

// servePage answers with the page of a board, and with its picture for who may read
// it.
func (s *Server) servePage(w http.ResponseWriter, r *http.Request, board string) {
	s.setPageHeaders(w.Header(), r)
	coding := negotiate(strings.Join(r.Header.Values("Accept-Encoding"), ","))
	l := languageOf(r)
	name, sh, ok := s.page.shell(l)
	if !ok || coding == "" || s.gate.ask(s.gate.place(s.clientAddress(r))) != nil {
		s.page.page(w, r)
		return
	}
	// The page asks for itself, and says why not.
	if _, err := s.mayRead(r, board); err != nil {
		s.page.page(w, r)
		return
	}
	pic := s.pictures.of(r.Context(), board)
	if pic == nil {
		s.page.page(w, r)
		return
	}
	h := w.Header()
	h.Set("Vary", varyPage+", Authorization")
	h.Set("Content-Language", l.Tag())
	h.Set("Cache-Control", "private, "+cachePage)
	etag := strconv.Quote(name + "." + policyTag(h) + "." + pic.version + suffixes[coding])
	h.Set("ETag", etag)
	if matches(strings.Join(r.Header.Values("If-None-Match"), ","), etag) {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	content := pic.page(name, sh, coding)
	if coding != identity {
		h.Set("Content-Encoding", coding)
	}
	h.Set("Content-Type", mediaTypes[".html"])
	h.Set("Content-Length", strconv.Itoa(len(content)))
	if r.Method != http.MethodHead {
		takes{w}.Write(content) // an error means that the client has gone
	}
}

// page is a page with the picture in it, compressed.
func (p *picture) page(name string, s shell, coding string) []byte {
	p.mu.Lock()
	defer p.mu.Unlock()
	key := name + suffixes[coding]
	if p.pages[key] == nil {
		whole := make([]byte, 0, len(s.head)+len(p.svg)+len(s.foot))
		p.pages[key] = compressed(append(append(append(whole, s.head...), p.svg...), s.foot...), coding)
	}
	return p.pages[key]
}

// shell returns the page in a language, and its name. There is none in development,
// nor where nothing was built, nor of a page that has no place for a picture.
func (a *assets) shell(l texts.Language) (name string, s shell, ok bool) {
	name = a.pages[l.Tag()]
	if a.packed == nil || name == "" {
		return "", shell{}, false
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	s, known := a.shells[name]
	if !known {
		content, err := a.unpack(name)
		if err != nil {
			panic(err) // newAssets has seen it
		}
		if before, after, found := bytes.Cut(content, []byte(picturePlace)); found {
			s = shell{slices.Concat(before, []byte(picturePlace)), after}
		}
		if a.shells == nil {
			a.shells = map[string]shell{}
		}
		a.shells[name] = s
	}
	return name, s, s.head != nil
}

// unpack returns a packed file as it was.
func (a *assets) unpack(name string) ([]byte, error) {
	file, err := a.files.Open(name + suffixes["gzip"])
	if err != nil {
		return nil, err
	}
	defer file.Close()
	r, err := gzip.NewReader(file)
	if err != nil {
		return nil, fmt.Errorf("unpack %s: %w", name, err)
	}
	return io.ReadAll(r)
}
