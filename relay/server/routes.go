package server

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"time"

	"edgeboard/relay/metrics"
	"edgeboard/relay/room"
	"edgeboard/shared/conn"
	"edgeboard/shared/conn/grpc"
	"edgeboard/shared/conn/origin"
	"edgeboard/shared/conn/sse"
	"edgeboard/shared/conn/ws"
	"edgeboard/shared/wire"
)

// Transports, as the metrics and the log call them.
const (
	overWS   = "websocket"
	overWT   = "webtransport"
	overGRPC = "grpc"
	overSSE  = "sse"
)

// table is an http.ServeMux that knows what it has: a test compares the description of
// the API with it.
type table struct {
	http.ServeMux
	patterns []string
}

func (t *table) Handle(pattern string, h http.Handler) {
	t.patterns = append(t.patterns, pattern)
	t.ServeMux.Handle(pattern, h)
}

func (t *table) HandleFunc(pattern string, h http.HandlerFunc) { t.Handle(pattern, h) }

// methods are those that the address of a request takes, but for HEAD, which goes with
// GET.
func (t *table) methods(r *http.Request) (list []string) {
	for _, method := range []string{http.MethodGet, http.MethodPost, http.MethodPut, http.MethodDelete} {
		_, pattern := t.Handler(&http.Request{Method: method, URL: r.URL, Host: r.Host})
		if pattern != "/" {
			list = append(list, method)
		}
	}
	return list
}

// routes are those of the relay, and what holds for all of them.
func (s *Server) routes() http.Handler {
	all := s.crossOrigin(s.table())
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.gate.proxies.undo(r)
		if r.ProtoMajor == 1 {
			bound(w, r)
		}
		s.setHeaders(w.Header(), r) // also where the table itself answers
		if s.private && r.Host != "" && !origin.Loopback(strings.Trim(hostOf(r), "[]")) {
			writeError(w, http.StatusMisdirectedRequest, "this relay is open to everybody, and so to this machine alone: it is at localhost; start it with keys or a sign-in, or with -open")
			return
		}
		// What WebTransport needs of a ResponseWriter has no way through another.
		if r.Method == http.MethodConnect && r.ProtoMajor == 3 {
			all.ServeHTTP(w, r)
			return
		}
		answer := &answer{ResponseWriter: w, request: r, metrics: s.metrics}
		all.ServeHTTP(answer, r)
		answer.begin(http.StatusOK) // of a handler that had nothing to say
	})
}

// table is who answers where.
func (s *Server) table() *table {
	mux := &table{}
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cache-Control", cacheNever)
		http.Redirect(w, r, "/b/"+newBoardName(), http.StatusSeeOther)
	})
	mux.HandleFunc("GET /b/{board}", s.serveBoard)
	mux.Handle("GET /assets/{name}", s.page)
	mux.HandleFunc("GET /sw.js", s.serveWorker)
	mux.HandleFunc("GET /shell/{language}", s.serveShell)
	mux.HandleFunc("GET /help", s.serveHelp)
	mux.HandleFunc("GET /ws", s.serveWS)
	mux.HandleFunc("CONNECT /wt", s.guard(s.serveWT))
	mux.HandleFunc("GET /wt", s.serveWT) // which says what is missing
	path, calls := grpc.NewHandler(wire.MaxMessage, s.origins, func(r *http.Request, c conn.Conn) { s.letIn(s.visitor(overGRPC, r), c) })
	mux.HandleFunc(path, s.guard(calls.ServeHTTP))
	mux.HandleFunc(feedPush, s.guard(s.servePush()))
	describe(mux, s.stopping)
	// For all methods: it says itself which ones there are.
	mux.HandleFunc("/sse", s.serveEvents)
	mux.HandleFunc("/sse/{session}", s.servePost)
	mux.Handle("GET /transports.json", s.quic)
	mux.HandleFunc("GET /healthz", healthz)
	mux.Handle("GET /readyz", s.health)
	s.authRoutes(mux)
	mux.HandleFunc("GET /api/openapi.json", s.asked(serveDescription))
	mux.HandleFunc("GET /blob/{hash}", s.serveBlob)
	mux.HandleFunc("PUT /blob/{hash}", s.takeBlob)
	s.historyRoutes(mux)
	s.feedRoutes(mux)
	mux.HandleFunc("GET /api/v1/boards", s.asked(s.listBoards))
	mux.HandleFunc("PUT /api/v1/boards/{board}", s.askedWith(wire.MaxSnapshot, s.putBoard))
	if s.signIn != nil {
		mux.HandleFunc("GET /auth/signin", s.asked(s.beginSignIn))
		mux.HandleFunc("GET /auth/callback", s.asked(s.endSignIn))
	}
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		if methods := mux.methods(r); len(methods) > 0 {
			allow := strings.Join(methods, ", ")
			w.Header().Set("Allow", strings.Replace(allow, "GET", "GET, HEAD", 1))
			refuse(w, r, http.StatusMethodNotAllowed, "this address takes "+allow+" alone")
			return
		}
		refuse(w, r, http.StatusNotFound, fmt.Sprintf("nothing at %q; boards are at /b/{board}, and / makes a new one", (&url.URL{Path: r.URL.Path}).EscapedPath()))
	})
	return mux
}

// bound bounds what a request over HTTP/1 does to its connection. HTTP/2 has rules
// of its own, and over HTTP/3 an answer that nobody takes costs no socket. An
// answer that takes longer moves its time on.
func bound(w http.ResponseWriter, r *http.Request) {
	if len(r.TransferEncoding) > 0 {
		// A proxy may have counted by a Content-Length that stood beside, and then
		// what follows is not what it takes for the next request (RFC 9112 section
		// 6.3, where the connection is to be closed).
		w.Header().Set("Connection", "close")
	}
	answerBy(w, time.Now().Add(writeTimeout))
}

// answerBy says until when the peer must have taken an answer; the zero Time: it
// may last for ever.
func answerBy(w http.ResponseWriter, when time.Time) {
	_ = http.NewResponseController(w).SetWriteDeadline(when) // what is no connection has none
}

// takes is a ResponseWriter whose peer must go on taking what is written.
type takes struct{ http.ResponseWriter }

// Flush is there for those who do not ask for it by way of Unwrap.
func (t takes) Flush() { _ = http.NewResponseController(t.ResponseWriter).Flush() }

// Unwrap is for http.ResponseController.
func (t takes) Unwrap() http.ResponseWriter { return t.ResponseWriter }

func (t takes) Write(b []byte) (int, error) {
	answerBy(t.ResponseWriter, time.Now().Add(writeTimeout))
	return t.ResponseWriter.Write(b)
}

// postTimeout is how long a message by POST may take from the first byte to the
// answer: 2 MiB in the time that they have, and the wait for those before it.
const postTimeout = 10 * time.Minute

func (s *Server) servePost(w http.ResponseWriter, r *http.Request) {
	answerBy(w, time.Now().Add(postTimeout))
	s.sse.ServeHTTP(w, r)
}

// guard lets requests for connections to boards through that may have one.
func (s *Server) guard(serve http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		a := s.gate.place(s.clientAddress(r))
		if no := s.gate.enter(a); no != nil {
			no.write(w, r)
			return
		}
		defer s.gate.leave(a)
		serve(w, r)
	}
}

// serveWS goes on with the connection on a goroutine of its own: that of the
// request has a large stack, and would keep the request and its buffers as long as
// the connection lasts.
func (s *Server) serveWS(w http.ResponseWriter, r *http.Request) {
	a := s.gate.place(s.clientAddress(r))
	if no := s.gate.enter(a); no != nil {
		no.write(w, r)
		return
	}
	c, err := ws.Accept(w, r, wire.MaxMessage, s.origins)
	if err != nil {
		s.gate.leave(a)
		s.notAccepted(overWS, r, err)
		return
	}
	s.gate.webSocket(1)
	v := s.visitor(overWS, r)
	s.webSockets.Go(func() {
		s.letIn(v, c)
		s.gate.webSocket(-1)
		s.gate.leave(a)
	})
}

func (s *Server) serveWT(w http.ResponseWriter, r *http.Request) {
	c, err := s.quic.server.Accept(w, r, wire.MaxMessage)
	if err != nil {
		s.notAccepted(overWT, r, err)
		return
	}
	s.metrics.Answered(r.Pattern, http.StatusOK)
	s.letIn(s.visitor(overWT, r), c)
}

// serveEvents opens a session, if there may be one, or goes on with one.
func (s *Server) serveEvents(w http.ResponseWriter, r *http.Request) {
	answerBy(w, time.Time{})
	if r.Method != http.MethodGet || sse.TakesUp(r) {
		s.sse.ServeHTTP(w, r)
		return
	}
	t := &ticket{gate: s.gate, address: s.gate.place(s.clientAddress(r)), holders: 1}
	if no := s.gate.enter(t.address); no != nil {
		no.write(w, r)
		return
	}
	defer t.drop()
	s.sse.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), ticketKey{}, t)))
}

// letInSession lets a session of events in, which lasts longer than the request
// that has opened it.
func (s *Server) letInSession(r *http.Request, c conn.Conn) {
	if t, ok := r.Context().Value(ticketKey{}).(*ticket); ok {
		t.hold()
		defer t.drop()
	}
	s.letIn(s.visitor(overSSE, r), c)
}

// letIn lets a connection of a visitor into its board, and returns at its end.
func (s *Server) letIn(v room.Visitor, c conn.Conn) {
	s.metrics.Opened(v.Transport)
	s.settler.count()
	defer s.settler.count()
	s.log.Debug("connection opened", "from", v.From, "transport", v.Transport)
	err := s.hub.Serve(c, v)
	s.metrics.Closed(v.Transport)
	if s.log.Enabled(context.Background(), slog.LevelDebug) {
		s.log.Debug("connection ended", append([]any{"from", v.From, "transport", v.Transport}, ending(err)...)...)
	}
}

// ending is what the log says of the end of a connection.
func ending(err error) []any {
	if end, ok := errors.AsType[*room.EndError](err); ok {
		return []any{"board", end.Board, "code", uint32(end.Code), "reason", end.Error()}
	}
	return []any{"err", err}
}

func (s *Server) notAccepted(transport string, r *http.Request, err error) {
	s.log.Debug("connection refused", "from", r.RemoteAddr, "transport", transport, "err", err)
}

func healthz(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Cache-Control", cacheNever)
	io.WriteString(w, "ok\n") // an error means that the client has gone
}

// answer counts the answer to a request when it begins.
type answer struct {
	http.ResponseWriter
	request *http.Request
	metrics *metrics.Metrics
	begun   bool
}

func (a *answer) begin(status int) {
	if !a.begun {
		a.begun = true
		a.metrics.Answered(a.request.Pattern, status)
	}
}

func (a *answer) WriteHeader(status int) {
	if status >= 200 || status == http.StatusSwitchingProtocols {
		a.begin(status)
	}
	a.ResponseWriter.WriteHeader(status)
}

func (a *answer) Write(b []byte) (int, error) {
	a.begin(http.StatusOK)
	return a.ResponseWriter.Write(b)
}

// Flush is there for those who do not ask for it by way of Unwrap.
func (a *answer) Flush() { _ = http.NewResponseController(a.ResponseWriter).Flush() }

// Unwrap is for http.ResponseController.
func (a *answer) Unwrap() http.ResponseWriter { return a.ResponseWriter }

func writeError(w http.ResponseWriter, status int, text string) {
	w.Header().Set("Cache-Control", cacheNever)
	http.Error(w, text, status)
}

// refuse answers a request that no handler takes, as the others at such an address would.
func refuse(w http.ResponseWriter, r *http.Request, status int, text string) {
	for _, ofJSON := range []string{"/auth/", "/api/", "/blob/"} {
		if strings.HasPrefix(r.URL.Path, ofJSON) {
			writeJSON(w, status, problem{Error: text})
			return
		}
	}
	writeError(w, status, text)
}

// newBoardName returns a name of 128 random bits: who has not been told it
// cannot find the board.
func newBoardName() string { return rand.Text() }
