package server

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"time"

	"edgeboard/relay/auth"
	"edgeboard/relay/store/sqlite"
	"edgeboard/shared/board"
	"edgeboard/shared/history"
	"edgeboard/shared/wire"
)

// The routes of a board's past. The first three are for who may see the board, the
// others for who may change it.
//
//	GET    /b/{board}/history                  what there is, see past
//	GET    /b/{board}/history/log?from=N       records of package history: the updates
//	                                           after the N-th, some MiB at a time
//	GET    /b/{board}/versions/{id}            a version: one record, a snapshot
//	POST   /b/{board}/versions                 names one: {"name", "by", "at"}; without
//	                                           at, the board as it is
//	DELETE /b/{board}/versions/{id}
//
// Of the log, what was forgotten counts as asked for: the answer begins with a
// snapshot then. At the end of the past it is empty.
func (s *Server) historyRoutes(mux *table) {
	mux.HandleFunc("GET /b/{board}/history", s.asked(s.ofPast(s.servePast)))
	mux.HandleFunc("GET /b/{board}/history/log", s.asked(s.ofPast(s.servePastLog)))
	mux.HandleFunc("GET /b/{board}/versions/{id}", s.asked(s.ofPast(s.serveVersion)))
	mux.HandleFunc("POST /b/{board}/versions", s.asked(s.changesPast(s.nameVersion)))
	mux.HandleFunc("DELETE /b/{board}/versions/{id}", s.asked(s.changesPast(s.removeVersion)))
}

const (
	// logSlice is about how many bytes of updates one answer has.
	logSlice = 2 << 20
	// mostMoments is how many times an answer tells when something was done.
	mostMoments = 500
	// mostPasts is how many requests read the past at once: fewer than the store's
	// readers, who load boards.
	mostPasts = 2
)

// past is an answer of GET /b/{board}/history.
type past struct {
	From     int64      `json:"from"`    // updates before what is kept
	Updates  int64      `json:"updates"` // that were ever stored
	First    int64      `json:"first"`   // when the first that is known was stored, milliseconds since 1970 UTC; 0: not known
	Last     int64      `json:"last"`
	Moments  [][2]int64 `json:"moments"` // how many updates there were, and when; at most mostMoments
	Versions []version  `json:"versions"`
}

type version struct {
	ID   int64  `json:"id"`
	At   int64  `json:"at"`   // after so many updates
	When int64  `json:"when"` // it was named, milliseconds since 1970 UTC
	Name string `json:"name"`
	By   string `json:"by"`
}

// ofPast lets requests through of those who may see the board, a few at a time.
func (s *Server) ofPast(serve func(w http.ResponseWriter, r *http.Request, board string)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		name := r.PathValue("board")
		_, err := s.mayRead(r, name)
		if err == nil && name == wire.StatusBoard {
			err = errNoPast
		}
		if err != nil {
			s.refuseJSON(w, err, name)
			return
		}
		s.inTurn(w, r, func() { serve(w, r, name) })
	}
}

// changesPast does the same for who may change the board.
func (s *Server) changesPast(serve func(w http.ResponseWriter, r *http.Request, board string, g *auth.Grant)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		name := r.PathValue("board")
		g, err := s.mayEdit(r, name)
		if err != nil {
			s.refuseJSON(w, err, name)
			return
		}
		s.inTurn(w, r, func() { serve(w, r, name, g) })
	}
}

func (s *Server) inTurn(w http.ResponseWriter, r *http.Request, f func()) {
	wait := time.NewTimer(5 * time.Second)
	defer wait.Stop()
	select {
	case s.pasts <- struct{}{}:
		defer func() { <-s.pasts }()
		f()
	case <-wait.C:
		w.Header().Set("Retry-After", "2")
		writeJSON(w, http.StatusServiceUnavailable, problem{Error: "others are reading histories now; try again"})
	case <-r.Context().Done():
	}
}

// follow has the relay's own copy of a board, whose past is told, be what is stored of the
// board: among several relays it is some time behind.
func (s *Server) follow(ctx context.Context, board string) error {
	if s.shared == nil {
		return nil
	}
	return s.shared.Boards().Refresh(ctx, board)
}

// pastFailed tells that the history cannot be read now.
func (s *Server) pastFailed(w http.ResponseWriter, board string, err error) {
	switch {
	case errors.Is(err, context.Canceled):
	case errors.Is(err, sqlite.ErrTooMany):
		writeJSON(w, http.StatusConflict, problem{Error: err.Error()})
		return
	default:
		s.log.Error("history not read, or not written", "board", board, "err", err)
	}
	writeJSON(w, http.StatusInternalServerError, problem{Error: "the relay cannot read or store the board's history now"})
}

func (s *Server) servePast(w http.ResponseWriter, r *http.Request, board string) {
	if err := s.follow(r.Context(), board); err != nil {
		s.pastFailed(w, board, err)
		return
	}
	p := past{Moments: [][2]int64{}, Versions: []version{}}
	all := thinned{most: mostMoments}
	var err error
	p.From, p.Updates, err = s.store.Span(r.Context(), board, func(at, when int64) error {
		if p.First == 0 {
			p.First = when
		}
		p.Last = max(p.Last, when)
		all.add([2]int64{at, when})
		return nil
	})
	if err == nil {
		err = s.versions.Versions(r.Context(), board, func(id, at, when int64, name, author string) error {
			p.Versions = append(p.Versions, version{id, at, when, name, author})
			return nil
		})
	}
	if err != nil {
		s.pastFailed(w, board, err)
		return
	}
	p.Moments = append(p.Moments, all.list...)
	writeJSON(w, http.StatusOK, p)
}

// thinned keeps at most so many of what is added, the first and the last among them.
type thinned struct {
	most, every, n int
	list           [][2]int64
	ended          bool // the last of list is there because it is the last
}

func (t *thinned) add(m [2]int64) {
	if t.ended {
		t.list = t.list[:len(t.list)-1]
	}
	if len(t.list) == t.most-1 {
		for i := range (len(t.list) + 1) / 2 {
			t.list[i] = t.list[2*i]
		}
		t.list = t.list[:(len(t.list)+1)/2]
		t.every = max(t.every, 1) * 2
	}
	t.ended = t.every > 0 && t.n%t.every != 0
	t.n++
	t.list = append(t.list, m)
}

func (s *Server) servePastLog(w http.ResponseWriter, r *http.Request, board string) {
	from := int64(0)
	if text := r.FormValue("from"); text != "" {
		n, err := strconv.ParseInt(text, 10, 64)
		if err != nil || n < 0 {
			s.refuseJSON(w, errFrom, "")
			return
		}
		from = n
	}
	// All of it before the first byte is sent: a reader of the store waits for nobody.
	var b []byte
	add := func(kind history.Kind) func(at, when int64, data []byte) error {
		return func(at, when int64, data []byte) error {
			b = (&history.Record{Kind: kind, At: uint64(at), When: when, Data: data}).Append(b)
			return nil
		}
	}
	err := s.follow(r.Context(), board)
	if err == nil {
		err = s.store.ReadHistory(r.Context(), board, from, logSlice, add(history.Snapshot), add(history.Update))
	}
	if err != nil {
		s.pastFailed(w, board, err)
		return
	}
	writeRecords(w, r, b)
}

var errFrom = auth.NewError(auth.Invalid, "from is a number: how many updates are known")

// writeRecords answers with records, packed if the client takes that.
func writeRecords(w http.ResponseWriter, r *http.Request, b []byte) {
	h := w.Header()
	h.Set("Cache-Control", cacheNever)
	h.Set("Content-Type", "application/octet-stream")
	h.Set("Vary", "Accept-Encoding")
	if coding := negotiate(r.Header.Get("Accept-Encoding")); len(b) > 1024 && (coding == "gzip" || coding == "br") {
		h.Set("Content-Encoding", coding)
		b = compressed(b, coding)
	}
	h.Set("Content-Length", strconv.Itoa(len(b)))
	takes{w}.Write(b) // an error means that the client has gone
}

func (s *Server) serveVersion(w http.ResponseWriter, r *http.Request, board string) {
	id, err := strconv.ParseInt(r.PathValue("id"), 10, 64)
	var at int64
	var snapshot []byte
	if err == nil {
		if at, snapshot, err = s.versions.Version(r.Context(), board, id); err != nil {
			s.pastFailed(w, board, err)
			return
		}
	}
	if snapshot == nil {
		s.refuseJSON(w, errNoVersion, "")
		return
	}
	writeRecords(w, r, (&history.Record{Kind: history.Snapshot, At: uint64(at), Data: snapshot}).Append(nil))
}

var errNoVersion = auth.NewError(auth.NotFound, "the board has no such version")

func (s *Server) nameVersion(w http.ResponseWriter, r *http.Request, name string, g *auth.Grant) {
	var q struct {
		Name string `json:"name"`
		By   string `json:"by"` // as the person calls itself
		At   *int64 `json:"at"`
	}
	err := readJSON(r, &q)
	if err == nil && (q.Name == "" || len(q.Name) > sqlite.MaxVersionName || len(q.By) > wire.MaxName || q.At != nil && *q.At < 0) {
		err = errVersionName
	}
	if err != nil {
		s.refuseJSON(w, err, "")
		return
	}
	if g.Name != "" {
		q.By = g.Name
	}
	v := version{Name: q.Name, By: q.By}
	var doc *board.Board
	if q.At == nil {
		err = s.follow(r.Context(), name)
	}
	if err == nil {
		doc, v.At, err = s.boardAt(r.Context(), name, q.At)
	}
	if err == nil {
		v.ID, v.When, err = s.versions.PutVersion(r.Context(), name, v.At, v.Name, v.By, doc.Snapshot())
	}
	if err != nil {
		s.pastFailed(w, name, err)
		return
	}
	writeJSON(w, http.StatusCreated, v)
}

var errVersionName = auth.NewError(auth.Invalid, "a version has a name of 1 to 200 bytes")

// boardAt returns a board as it was after so many updates, or is, and after how many
// that is.
func (s *Server) boardAt(ctx context.Context, name string, want *int64) (doc *board.Board, at int64, err error) {
	most := int64(1) << 53
	if want != nil {
		most = *want
	}
	at, _, snapshot, err := s.store.Keyframe(ctx, name, most)
	if err != nil {
		return nil, 0, err
	}
	doc = board.New(0)
	load := func(n, _ int64, data []byte) (err error) {
		at = n
		doc, err = board.Load(0, data)
		return err
	}
	if snapshot != nil {
		if err := load(at, 0, snapshot); err != nil {
			return nil, 0, err
		}
	}
	for before := int64(-1); before != at && at < most; {
		before = at
		err := s.store.ReadHistory(ctx, name, at, logSlice, load, func(n, _ int64, data []byte) error {
			if n > most {
				return nil
			}
			at = n
			return doc.Apply(data)
		})
		if err != nil {
			return nil, 0, err
		}
	}
	return doc, at, nil
}

func (s *Server) removeVersion(w http.ResponseWriter, r *http.Request, board string, _ *auth.Grant) {
	id, err := strconv.ParseInt(r.PathValue("id"), 10, 64)
	if err != nil {
		s.refuseJSON(w, errNoVersion, "")
		return
	}
	if err := s.versions.RemoveVersion(r.Context(), board, id); err != nil {
		s.pastFailed(w, board, err)
		return
	}
	w.Header().Set("Cache-Control", cacheNever)
	w.WriteHeader(http.StatusNoContent)
}
