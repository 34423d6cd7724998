package server

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/netip"
	"strconv"
	"strings"
	"sync"
	"time"

	"edgeboard/relay/blob"
	"edgeboard/relay/store/sqlite"
)

// The images of boards, by their SHA-256 in hexadecimal. Both take the query
// board=NAME; errors are JSON, as of /api.
//
//	PUT /blob/{hash}  stores an image and that the board shows it; 204. The body is
//	                  all of it, also where another board has it: who knows a hash
//	                  alone gets nothing by it. Editors may (reader.go)
//	GET /blob/{hash}  the image, if the board shows it. Who may see the board may
//
//	status  of PUT, for
//	411     no length is said
//	413     it is over BlobBytes, or the board over BoardBlobBytes
//	415     it is no image of a kind that boards show, or another than Content-Type says
//	422     it is not what the hash says, or has something in it that boards do not show
//	429     one address sends too many at once, or too often
//	503     the relay takes too many at once, or cannot store it
//
// A use that the document does not mention for blobsKept is forgotten, and an image
// that nobody uses. It is looked for once a day.
const (
	blobsKept      = 30 * 24 * time.Hour
	blobSweepFirst = 10 * time.Minute // after the start
	blobSweepEvery = 24 * time.Hour

	// uploadsAtOnce bounds the memory for images that are on their way, of which
	// uploadsOfAddress may be of one place.
	uploadsAtOnce    = 32
	uploadsOfAddress = 4
	// uploadCopies is how often an image is in memory while it grows and is stored.
	uploadCopies = 3
	// uploadTime is how long an image may take, and uploadRate the bytes in a second
	// that it may take longer for.
	uploadTime = 30 * time.Second
	uploadRate = 32 << 10

	// blobPolicy is for who opens an image in a tab of its own: an SVG is a document
	// there, which may have its styles and nothing else.
	blobPolicy = "sandbox; default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"
	// An image never is another one under its name, and is not everybody's to see.
	blobCache = "private, max-age=31536000, immutable"
)

// fileEndings are how images are called that somebody saves.
var fileEndings = map[string]string{blob.PNG: "png", blob.JPEG: "jpg", blob.WebP: "webp", blob.GIF: "gif", blob.SVG: "svg"}

func (s *Server) refuseBlob(w http.ResponseWriter, status int, format string, args ...any) {
	writeJSON(w, status, problem{Error: fmt.Sprintf(format, args...)})
}

func (s *Server) refuseAddress(w http.ResponseWriter, no *refusal) {
	w.Header().Set("Retry-After", strconv.Itoa(int(no.retryAfter/time.Second)))
	writeJSON(w, no.status, problem{Error: no.reason})
}

// serveBlob answers for GET and HEAD of /blob/{hash}.
func (s *Server) serveBlob(w http.ResponseWriter, r *http.Request) {
	if no := s.gate.fetch(s.gate.place(s.clientAddress(r))); no != nil {
		s.refuseAddress(w, no)
		return
	}
	board := r.URL.Query().Get("board")
	if _, err := s.mayRead(r, board); err != nil {
		s.refuseJSON(w, err, "")
		return
	}
	hash, ok := blob.ParseHash(r.PathValue("hash"))
	b, err := sqlite.Blob{}, error(sqlite.ErrNoBlob)
	if ok {
		b, err = s.blobs.Get(r.Context(), board, hash)
	}
	if err != nil {
		s.noBlob(w, r, err)
		return
	}
	h := w.Header()
	etag := `"` + r.PathValue("hash") + `"`
	h.Set("ETag", etag)
	h.Set("Cache-Control", blobCache)
	h.Set("Content-Security-Policy", blobPolicy)
	disposition := "inline"
	if b.Media == blob.SVG {
		disposition = "attachment"
	}
	h.Set("Content-Disposition", disposition+`; filename="`+r.PathValue("hash")[:12]+"."+fileEndings[b.Media]+`"`)
	if matches(strings.Join(r.Header.Values("If-None-Match"), ","), etag) {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	h.Set("Content-Type", b.Media)
	h.Set("Content-Length", strconv.FormatInt(b.Size, 10))
	if r.Method == http.MethodHead {
		return
	}
	to := takes{w}
	for i, sent := 0, int64(0); sent < b.Size; i++ {
		piece, err := s.blobs.Piece(r.Context(), b, i)
		if err != nil {
			if i == 0 {
				for _, name := range []string{"ETag", "Content-Length", "Content-Disposition"} {
					h.Del(name)
				}
				s.noBlob(w, r, err)
				return
			}
			if r.Context().Err() == nil {
				s.log.Error("an image was sent in part", "board", board, "err", err)
			}
			panic(http.ErrAbortHandler) // the peer is to see that it is not all
		}
		if _, err := to.Write(piece); err != nil {
			return // the client has gone
		}
		sent += int64(len(piece))
	}
}

// noBlob answers where there is no image to send.
func (s *Server) noBlob(w http.ResponseWriter, r *http.Request, err error) {
	switch {
	case errors.Is(err, sqlite.ErrNoBlob):
		s.refuseBlob(w, http.StatusNotFound, "the board shows no image of this name")
	case r.Context().Err() != nil:
		s.refuseBlob(w, http.StatusServiceUnavailable, "the request has ended")
	default:
		s.log.Error("an image cannot be read", "err", err)
		w.Header().Set("Retry-After", "5")
		s.refuseBlob(w, http.StatusServiceUnavailable, "the relay cannot read the image now")
	}
}

// takeBlob answers for PUT /blob/{hash}.
func (s *Server) takeBlob(w http.ResponseWriter, r *http.Request) {
	address := s.gate.place(s.clientAddress(r))
	if no := s.gate.ask(address); no != nil {
		s.refuseAddress(w, no)
		return
	}
	board := r.URL.Query().Get("board")
	if _, err := s.mayEdit(r, board); err != nil {
		s.refuseJSON(w, err, "")
		return
	}
	hash, ok := blob.ParseHash(r.PathValue("hash"))
	if !ok {
		s.refuseBlob(w, http.StatusBadRequest, "an image is named by its SHA-256: 64 digits of 0-9 a-f")
		return
	}
	size := r.ContentLength
	switch {
	case size < 0:
		s.refuseBlob(w, http.StatusLengthRequired, "say how long the image is, by Content-Length")
		return
	case size > int64(s.limits.BlobBytes):
		s.refuseBlob(w, http.StatusRequestEntityTooLarge, "the image has %d bytes; one may have %d here", size, s.limits.BlobBytes)
		return
	}
	said, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || fileEndings[said] == "" {
		s.refuseBlob(w, http.StatusUnsupportedMediaType, "Content-Type is %s, %s, %s, %s or %s", blob.PNG, blob.JPEG, blob.WebP, blob.GIF, blob.SVG)
		return
	}
	if no := s.uploads.begin(address, size); no != nil {
		s.gate.turnedAway(no.limit, address)
		s.refuseAddress(w, no)
		return
	}
	defer s.uploads.end(address, size)
	data, ok := s.readBlob(w, r, size)
	if !ok {
		return
	}
	if sha256.Sum256(data) != hash {
		s.refuseBlob(w, http.StatusUnprocessableEntity, "the image has another SHA-256 than its name says: it was changed on the way, or is another one")
		return
	}
	i, err := blob.Check(data)
	if no, ok := errors.AsType[blob.MediaError](err); ok {
		s.refuseBlob(w, http.StatusUnsupportedMediaType, "%s", no)
		return
	} else if err != nil {
		s.refuseBlob(w, http.StatusUnprocessableEntity, "%s", err)
		return
	}
	if i.Media != said {
		s.refuseBlob(w, http.StatusUnsupportedMediaType, "Content-Type says %s, and the image is %s", said, i.Media)
		return
	}
	err = s.blobs.Put(r.Context(), board, hash, i.Media, data, int64(s.limits.BoardBlobBytes))
	switch {
	case errors.Is(err, sqlite.ErrBlobsFull):
		s.refuseBlob(w, http.StatusRequestEntityTooLarge, "the board has as many images as it may have: %d bytes, or %d of them; those that are deleted count for up to %d days", s.limits.BoardBlobBytes, sqlite.MaxBoardBlobs, int(blobsKept/(24*time.Hour)))
		return
	case err != nil:
		if r.Context().Err() == nil {
			s.log.Error("an image was not stored", "board", board, "err", err)
		}
		w.Header().Set("Retry-After", "5")
		s.refuseBlob(w, http.StatusServiceUnavailable, "the relay cannot store the image now")
		return
	}
	s.metrics.BlobTaken(len(data))
	w.Header().Set("Cache-Control", cacheNever)
	w.WriteHeader(http.StatusNoContent)
}

// readBlob reads a body of so many bytes, as they come: who says much and sends
// little takes little memory.
func (s *Server) readBlob(w http.ResponseWriter, r *http.Request, size int64) (data []byte, ok bool) {
	by := time.Now().Add(uploadTime + time.Duration(size/uploadRate)*time.Second)
	_ = http.NewResponseController(w).SetReadDeadline(by) // what is no connection has none
	answerBy(w, by.Add(writeTimeout))
	var body bytes.Buffer
	if n, err := io.Copy(&body, http.MaxBytesReader(w, r.Body, size)); err != nil || n != size {
		s.refuseBlob(w, http.StatusBadRequest, "of %d bytes of the image %d have come", size, n)
		return nil, false
	}
	_ = http.NewResponseController(w).SetReadDeadline(time.Time{})
	return body.Bytes(), true
}

// uploads counts the images that are on their way.
type uploads struct {
	memory *ample

	mu    sync.Mutex
	all   int
	bytes int64 // of all
	of    map[netip.Addr]int
}

// begin counts one, or says why there can be none. Who has begun ends.
func (u *uploads) begin(a netip.Addr, size int64) *refusal {
	u.mu.Lock()
	defer u.mu.Unlock()
	switch {
	case !u.memory.fits(uploadCopies*(u.bytes+size), time.Now()):
		return noMemory
	case u.all >= uploadsAtOnce:
		return tooManyUploads
	case a.IsValid() && u.of[a] >= uploadsOfAddress:
		return tooManyUploadsOfAddress
	}
	u.all++
	u.bytes += size
	if a.IsValid() {
		if u.of == nil {
			u.of = map[netip.Addr]int{}
		}
		u.of[a]++
	}
	return nil
}

func (u *uploads) end(a netip.Addr, size int64) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.all--
	u.bytes -= size
	if !a.IsValid() {
		return
	}
	if u.of[a]--; u.of[a] == 0 {
		delete(u.of, a)
	}
}

// keepSweeping forgets images that boards do not mention any more, while the relay
// serves. The channel is closed at the end.
func (s *Server) keepSweeping() <-chan struct{} {
	done := make(chan struct{})
	go func() {
		defer close(done)
		s.countBlobs(s.stopping)
		for wait := blobSweepFirst; ; wait = blobSweepEvery {
			next := time.NewTimer(wait)
			select {
			case <-next.C:
			case <-s.stopping.Done():
				next.Stop()
				return
			}
			if err := s.sweepBlobs(s.stopping, time.Now()); err != nil && s.stopping.Err() == nil {
				s.log.Warn("not all images that nobody shows any more are found", "err", err)
			}
			s.countBlobs(s.stopping)
		}
	}()
	return done
}

// sweepBlobs looks at each board that has images for those that it mentions. A board
// that cannot be read keeps all it has.
func (s *Server) sweepBlobs(ctx context.Context, now time.Time) error {
	var failed error // the first of them
	err := s.blobs.Boards(ctx, func(board string) error {
		begin := time.Now()
		mentioned, err := blob.Mentioned(ctx, s.store, board)
		if err == nil {
			err = s.blobs.Mentions(ctx, board, mentioned, now, blobsKept)
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		failed = cmp.Or(failed, err)
		// Half of one core at the most, and people go first.
		rest := time.NewTimer(time.Since(begin))
		defer rest.Stop()
		select {
		case <-rest.C:
		case <-ctx.Done():
		}
		return ctx.Err()
	})
	return cmp.Or(err, failed)
}

func (s *Server) countBlobs(ctx context.Context) {
	if n, size, err := s.blobs.Total(ctx); err == nil {
		s.metrics.Blobs(n, size)
	}
}
