package sse

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"io"
	"mime"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"

	"edgeboard/shared/conn"
	"edgeboard/shared/conn/origin"
	"edgeboard/shared/wire"
	"edgeboard/shared/wire/wirejson"
)

// Server answers the requests of sessions. It is mounted at two patterns of an
// http.ServeMux: one address, and that address with /{session} after it. Make
// one with NewServer.
type Server struct {
	// Origins are those whose pages are let in besides the server's own. Set
	// before the first request.
	Origins origin.List

	limit int
	serve func(*http.Request, conn.Conn)

	ctx  context.Context // ends when Close has waited long enough
	stop context.CancelFunc
	wg   sync.WaitGroup

	mu       sync.Mutex
	sessions map[string]*session
	ended    chan struct{} // closed by Close: no session begins
}

// NewServer returns a server that calls serve for each session, on a goroutine
// of its own, with the request that opened it, whose context does not end with
// the response. The Conn is there until somebody closes it. Messages over limit
// bytes are refused by Receive with conn.ErrTooLarge.
func NewServer(limit int, serve func(*http.Request, conn.Conn)) *Server {
	ctx, stop := context.WithCancel(context.Background())
	return &Server{limit: limit, serve: serve, ctx: ctx, stop: stop, sessions: map[string]*session{}, ended: make(chan struct{})}
}

// Close waits, as long as ctx allows, until the sessions were closed and their
// clients, but those that are away, have heard why, and ends what is left then.
// No new one begins.
func (s *Server) Close(ctx context.Context) error {
	s.mu.Lock()
	if !is(s.ended) {
		close(s.ended)
	}
	s.mu.Unlock()
	done := make(chan struct{})
	go func() { s.wg.Wait(); close(done) }()
	select {
	case <-done:
		return nil
	case <-ctx.Done():
	}
	s.stop()
	<-done
	return ctx.Err()
}

// Sessions returns how many there are.
func (s *Server) Sessions() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.sessions)
}

func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Cache-Control", "no-store")
	if !s.Origins.Allows(r) {
		http.Error(w, "pages of another origin are not let in", http.StatusForbidden)
		return
	}
	id := r.PathValue("session")
	allow, known := "GET, HEAD", false
	if id != "" {
		allow = "POST, DELETE"
	}
	for method := range strings.SplitSeq(allow, ", ") {
		known = known || r.Method == method
	}
	switch {
	case !known:
		w.Header().Set("Allow", allow)
		http.Error(w, "this address takes "+allow+" alone", http.StatusMethodNotAllowed)
	case r.Method == http.MethodHead:
		w.Header().Set("Content-Type", eventStream)
	case id == "":
		s.get(w, r)
	default:
		session := s.find(id)
		if session == nil {
			http.Error(w, "there is no such session, or it has ended", http.StatusNotFound)
			return
		}
		if r.Method == http.MethodPost {
			s.post(w, r, session)
			return
		}
		remove(w, r, session)
	}
}

func (s *Server) find(id string) *session {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.sessions[id]
}

// TakesUp reports whether a GET is to go on with a session that is there, and not
// to open one.
func TakesUp(r *http.Request) bool { return lastEvent(r) != "" }

// lastEvent is the id of the last event that a client says it has, empty if it
// has none.
func lastEvent(r *http.Request) string {
	if last := r.Header.Get("Last-Event-ID"); last != "" {
		return last
	}
	return r.URL.Query().Get("last")
}

// get opens a session, or takes one up.
func (s *Server) get(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	if last := lastEvent(r); last != "" {
		id, text, _ := strings.Cut(last, ".")
		number, err := strconv.ParseUint(text, 10, 64)
		session := s.find(id)
		if session == nil || err != nil {
			// Whatever is not 200 makes an EventSource stop.
			http.Error(w, "there is no such session, or it has ended", http.StatusNotFound)
			return
		}
		session.carry(w, r, number, false)
		return
	}
	form := q.Get("data")
	if form == "" {
		form = asJSON
	}
	if form != asJSON && form != asBase64 {
		http.Error(w, "data is json or base64", http.StatusBadRequest)
		return
	}
	session := newSession(rand.Text(), form)
	if q.Has("board") {
		hello, err := helloOf(q)
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		session.reader = true
		session.in <- wire.AppendFrame(nil, 0, hello)
	}
	if !s.begin(session, r) {
		w.Header().Set("Retry-After", "5")
		http.Error(w, "there is no room for another session now", http.StatusServiceUnavailable)
		return
	}
	session.carry(w, r, 0, true)
}

// helloOf is what a reader's query says of it.
func helloOf(q url.Values) (*wire.Hello, error) {
	hello := &wire.Hello{Version: wire.Version, Board: q.Get("board"), Name: q.Get("name"), Replica: newReplica()}
	if !wire.MayName(hello.Board) {
		return nil, errors.New("a board's name is 1 to 64 of a-z A-Z 0-9 - _ and does not begin with _")
	}
	if hello.Name == "" {
		hello.Name = "SSE"
	}
	if len(hello.Name) > wire.MaxName {
		return nil, errors.New("a name has at most " + strconv.Itoa(wire.MaxName) + " bytes")
	}
	var err error
	hello.Vector, err = base64.RawURLEncoding.DecodeString(strings.TrimRight(q.Get("vector"), "="))
	if err != nil {
		return nil, errors.New("vector is a state vector in base64url")
	}
	return hello, nil
}

// newReplica draws one from 1 to 2^53-1, with which nothing will be written.
func newReplica() (replica uint64) {
	for replica == 0 {
		var b [8]byte
		rand.Read(b[:]) // never fails
		replica = binary.LittleEndian.Uint64(b[:]) >> 11
	}
	return replica
}

// begin starts a session, if there is room.
func (s *Server) begin(session *session, r *http.Request) bool {
	s.mu.Lock()
	if len(s.sessions) >= maxSessions {
		s.evict()
	}
	if is(s.ended) || len(s.sessions) >= maxSessions {
		s.mu.Unlock()
		return false
	}
	s.sessions[session.id] = session
	s.wg.Add(1)
	s.mu.Unlock()
	r = r.WithContext(context.WithoutCancel(r.Context()))
	r.Body = http.NoBody
	go s.run(session, r)
	return true
}

// evict ends the session whose client has been away longest. The caller holds
// mu.
func (s *Server) evict() {
	var oldest *session
	var since time.Time
	for _, session := range s.sessions {
		if at := session.waitsSince(); !at.IsZero() && (oldest == nil || at.Before(since)) {
			oldest, since = session, at
		}
	}
	if oldest != nil {
		delete(s.sessions, oldest.id)
		oldest.hangUp(errLost)
	}
}

// run stays with a session to its end.
func (s *Server) run(session *session, r *http.Request) {
	defer s.wg.Done()
	defer context.AfterFunc(s.ctx, func() { session.Close(uint32(wire.CodeGoingAway), "") })()
	s.serve(r, session)
	<-session.closed
	grace := time.NewTimer(closeGrace)
	defer grace.Stop()
	ended := s.ended
	for heard := false; !heard; {
		select {
		case <-ended:
			ended = nil
			session.isAway(errLost) // there will be no server to come back to
			continue
		case <-session.said:
		case <-session.gone:
		case <-grace.C:
		case <-s.ctx.Done():
		}
		heard = true
	}
	session.hangUp(conn.ErrClosed)
	s.mu.Lock()
	delete(s.sessions, session.id)
	s.mu.Unlock()
}

// maxJSON is how many bytes JSON may take for a message.
func maxJSON(limit int) int { return 2 * limit }

// post takes one message.
func (s *Server) post(w http.ResponseWriter, r *http.Request, session *session) {
	number, err := strconv.ParseUint(r.URL.Query().Get("n"), 10, 64)
	if err != nil || number == 0 {
		http.Error(w, "n counts the messages of a session, from 1", http.StatusBadRequest)
		return
	}
	if session.reader {
		http.Error(w, "who comes with a board's name in the address reads and does not write; open a session without it, and say Hello", http.StatusForbidden)
		return
	}
	limit, inJSON := s.limit, false
	kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	switch {
	case err == nil && kind == "application/json":
		limit, inJSON = maxJSON(limit), true
	case err == nil && kind == "application/octet-stream":
	default:
		http.Error(w, "a message is application/octet-stream or application/json", http.StatusUnsupportedMediaType)
		return
	}
	this := &reading{number, http.NewResponseController(w)}
	if !session.turn(r.Context(), this) {
		http.Error(w, "the session takes no more", http.StatusGone)
		return
	}
	defer func() { <-session.posting }()
	switch {
	case number <= session.taken:
		// The answer was lost, and the message was not.
		w.WriteHeader(http.StatusNoContent)
		return
	case number > session.taken+1:
		http.Error(w, "the next message is number "+strconv.FormatUint(session.taken+1, 10), http.StatusConflict)
		return
	}
	msg, err := readBody(r, session, this, limit)
	if err == nil && inJSON {
		if msg, err = wirejson.Parse(msg); errors.Is(err, wire.ErrTooLarge) || len(msg) > s.limit {
			err = conn.ErrTooLarge
		}
	}
	switch {
	case errors.Is(err, conn.ErrTooLarge):
		session.deafen(conn.ErrTooLarge)
		http.Error(w, "a message has at most "+strconv.Itoa(s.limit)+" bytes", http.StatusRequestEntityTooLarge)
		return
	case errors.Is(err, os.ErrDeadlineExceeded):
		http.Error(w, "the message takes too long", http.StatusRequestTimeout)
		return
	case err != nil:
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	select {
	case session.in <- msg:
		session.taken = number
		w.WriteHeader(http.StatusNoContent)
	case <-session.deaf:
		http.Error(w, "the session takes no more", http.StatusGone)
	case <-session.closed:
		http.Error(w, "the session takes no more", http.StatusGone)
	case <-r.Context().Done():
	}
}

// readBody reads a body of at most limit bytes, in the time that it has.
func readBody(r *http.Request, session *session, this *reading, limit int) ([]byte, error) {
	if r.ContentLength > int64(limit) {
		return nil, conn.ErrTooLarge
	}
	size := int64(limit)
	if r.ContentLength >= 0 {
		size = r.ContentLength
	}
	if err := this.control.SetReadDeadline(time.Now().Add(bodyTimeout + time.Duration(size/bodyRate)*time.Second)); err != nil {
		return nil, err
	}
	session.reads(this)
	body, err := io.ReadAll(io.LimitReader(r.Body, int64(limit)+1))
	session.reads(nil)
	if err != nil {
		return nil, err
	}
	if len(body) > limit {
		return nil, conn.ErrTooLarge
	}
	// It would end the request, which may have to wait until the message is
	// taken.
	return body, this.control.SetReadDeadline(time.Time{})
}

// remove ends a session for its client.
func remove(w http.ResponseWriter, r *http.Request, session *session) {
	q := r.URL.Query()
	code := uint64(wire.CodeNormal)
	if q.Has("code") {
		var err error
		if code, err = strconv.ParseUint(q.Get("code"), 10, 32); err != nil {
			http.Error(w, "code is a number", http.StatusBadRequest)
			return
		}
	}
	session.hangUp(&conn.CloseError{Code: uint32(code), Reason: cut(q.Get("reason"))})
	w.WriteHeader(http.StatusNoContent)
}
