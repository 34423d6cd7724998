// Package server puts the relay together: it takes a listener, and serves the
// page, the boards and the connections to them.
//
//	GET /                 makes a board with a name that cannot be guessed, and goes there
//	GET /b/{board}        the page of a board
//	GET /assets/{…}       what the page is made of
//	GET /ws               the protocol of shared/wire over WebSocket
//	CONNECT /wt           the same over WebTransport, on UDP
//	POST /edgeboard.v1.Board/Connect
//	                      the same over gRPC, which describes itself by reflection
//	GET /sse              the same by Server-Sent Events one way, and
//	POST /sse/{session}   the other; DELETE ends it
//	GET /transports.json  which transports there are besides the WebSocket
//	GET /healthz          "ok" while the relay serves
//
// HTTP is 1.1 or 2, the latter also without TLS, for gRPC. All but gRPC is there
// over HTTP/3 too, where a UDP socket is given.
package server

import (
	"context"
	"crypto/rand"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"time"

	"edgeboard/public"
	"edgeboard/relay/room"
	"edgeboard/relay/store/sqlite"
	"edgeboard/shared/conn"
	"edgeboard/shared/conn/sse"
	"edgeboard/shared/conn/webtransport"
	"edgeboard/shared/conn/ws"
	"edgeboard/shared/wire"
)

// Config is what a relay is made of. The zero value serves the embedded page
// and keeps its boards in the folder data.
type Config struct {
	// Data is the folder that keeps the boards. Default: "data".
	Data string
	// Dev, if not empty, is the folder public/ to serve the page from as it
	// lies on disk, instead of the one in the binary.
	Dev string
	// Cert and Key, if not empty, name the PEM files of a certificate: then the
	// relay speaks HTTPS. Files that change are read again.
	Cert, Key string
	// Log gets what an operator should know. Default: slog.Default().
	Log *slog.Logger
}

// Times of the HTTP server. Connections to boards have their own, see package
// room.
const (
	headerTimeout = 10 * time.Second
	idleTimeout   = 2 * time.Minute
	drainTimeout  = 10 * time.Second
	byeTimeout    = 2 * time.Second // for peers to hear why they are left, where that takes part of theirs
)

// Server is a relay that is ready to serve. Make one with New.
type Server struct {
	log   *slog.Logger
	store *sqlite.Store
	hub   *room.Hub
	http  *http.Server
	sse   *sse.Server
	quic  *quicSide
	stop  context.CancelFunc // ends requests that would last
}

// New opens what the relay keeps its boards in. Serve closes it again.
func New(cfg Config) (*Server, error) {
	if cfg.Data == "" {
		cfg.Data = "data"
	}
	if cfg.Log == nil {
		cfg.Log = slog.Default()
	}
	page, err := openAssets(cfg.Dev)
	if err != nil {
		return nil, err
	}
	own := &ownCertificates{now: time.Now}
	quic, certs := &quicSide{hashes: own.hashes}, certificates(own.newest)
	var https *tls.Config
	if cfg.Cert != "" || cfg.Key != "" {
		files, err := openCertificate(cfg.Cert, cfg.Key, cfg.Log)
		if err != nil {
			return nil, err
		}
		certs = certificates(files.newest)
		quic.hashes, https = nil, certs
	}
	store, err := sqlite.Open(cfg.Data)
	if err != nil {
		return nil, err
	}
	hub := room.NewHub(room.Config{Store: store, Log: cfg.Log})
	stopping, stop := context.WithCancel(context.Background())
	events := sse.NewServer(wire.MaxMessage, func(r *http.Request, c conn.Conn) { letIn(hub, cfg.Log, r, c, nil) })
	handler := routes(stopping, page, hub, events, quic, cfg.Log)
	quic.server = webtransport.NewServer(certs, handler, slog.New(debugOnly{cfg.Log.Handler()}))
	return &Server{
		log:   cfg.Log,
		store: store,
		hub:   hub,
		sse:   events,
		quic:  quic,
		stop:  stop,
		http: &http.Server{
			Handler:           handler,
			TLSConfig:         https,
			Protocols:         protocols(),
			HTTP2:             http2Config(),
			ReadHeaderTimeout: headerTimeout,
			IdleTimeout:       idleTimeout,
			MaxHeaderBytes:    64 << 10,
			ErrorLog:          slog.NewLogLogger(cfg.Log.Handler(), slog.LevelDebug),
		},
	}, nil
}

// Serve serves on l, and on udp if it is not nil, until ctx ends, then says
// goodbye to the members, stores what is not stored and returns nil. It closes
// both. It is called once. Where udp fails, the relay goes on without.
func (s *Server) Serve(ctx context.Context, l net.Listener, udp net.PacketConn) error {
	if udp != nil {
		// Before the first page can ask: what comes meanwhile waits in the socket.
		if addr, ok := udp.LocalAddr().(*net.UDPAddr); ok {
			s.quic.port.Store(int32(addr.Port))
		}
	}
	served := make(chan error, 1)
	go func() { served <- s.serveTCP(l) }()
	overQUIC := make(chan struct{})
	go func() {
		defer close(overQUIC)
		if udp != nil {
			s.serveUDP(udp)
		}
	}()
	var err error
	ended := false
	select {
	case err = <-served:
		ended = true
	case <-ctx.Done():
		s.log.Info("stopping")
	}
	drain, cancel := context.WithTimeout(context.Background(), drainTimeout)
	defer cancel()
	s.stop()
	// Connections to boards are the hub's to end, and the server's what is left.
	err = errors.Join(err, wrap("draining the boards", s.hub.Close(drain)))
	bye, cancel := context.WithTimeout(drain, byeTimeout)
	defer cancel()
	if e := s.sse.Close(bye); !errors.Is(e, context.DeadlineExceeded) {
		err = errors.Join(err, wrap("closing event streams", e))
	}
	err = errors.Join(err, wrap("draining requests", s.http.Shutdown(drain)))
	bye, cancel = context.WithTimeout(drain, byeTimeout)
	defer cancel()
	if e := s.quic.server.Close(bye); !errors.Is(e, context.DeadlineExceeded) {
		err = errors.Join(err, wrap("closing QUIC", e))
	}
	<-overQUIC
	if !ended {
		<-served // http.ErrServerClosed
	}
	return errors.Join(err, wrap("closing the store", s.store.Close()))
}

func (s *Server) serveTCP(l net.Listener) error {
	if s.http.TLSConfig != nil {
		return s.http.ServeTLS(l, "", "")
	}
	return s.http.Serve(l)
}

func (s *Server) serveUDP(udp net.PacketConn) {
	err := s.quic.server.Serve(udp)
	s.quic.port.Store(0)
	if err != nil {
		s.log.Warn("WebTransport has ended, pages go on over WebSocket", "err", err)
	}
}

// debugOnly is a log to which all that is said is detail: what HTTP/3 has to say
// about its peers is of no use to an operator.
type debugOnly struct{ slog.Handler }

func (d debugOnly) Enabled(ctx context.Context, _ slog.Level) bool {
	return d.Handler.Enabled(ctx, slog.LevelDebug)
}

func (d debugOnly) Handle(ctx context.Context, r slog.Record) error {
	r.Level = slog.LevelDebug
	return d.Handler.Handle(ctx, r)
}

func wrap(doing string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", doing, err)
}

func openAssets(dev string) (*assets, error) {
	if dev == "" {
		return newAssets(public.Packed())
	}
	index := filepath.Join(dev, "index.html")
	if _, err := os.Stat(index); err != nil {
		return nil, fmt.Errorf("folder of the page (-dev): %w", err)
	}
	return newDevAssets(os.DirFS(dev)), nil
}

// letIn lets a connection into its board, if it was accepted.
func letIn(hub *room.Hub, log *slog.Logger, r *http.Request, c conn.Conn, err error) {
	if err != nil {
		log.Debug("connection refused", "from", r.RemoteAddr, "err", err)
		return
	}
	if err := hub.Serve(c); err != nil {
		log.Debug("connection ended", "from", r.RemoteAddr, "err", err)
	}
}

func routes(stopping context.Context, page *assets, hub *room.Hub, events *sse.Server, quic *quicSide, log *slog.Logger) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cache-Control", cacheNever)
		http.Redirect(w, r, "/b/"+newBoardName(), http.StatusSeeOther)
	})
	mux.HandleFunc("GET /b/{board}", func(w http.ResponseWriter, r *http.Request) {
		if !wire.ValidBoardName(r.PathValue("board")) {
			writeError(w, http.StatusNotFound, "a board's name is 1 to 64 of a-z A-Z 0-9 - _ and does not begin with _; / makes a new board")
			return
		}
		page.page(w, r)
	})
	mux.Handle("GET /assets/{name}", page)
	mux.HandleFunc("GET /ws", func(w http.ResponseWriter, r *http.Request) {
		c, err := ws.Accept(w, r, wire.MaxMessage)
		letIn(hub, log, r, c, err)
	})
	overQUIC := func(w http.ResponseWriter, r *http.Request) {
		c, err := quic.server.Accept(w, r, wire.MaxMessage)
		letIn(hub, log, r, c, err)
	}
	mux.HandleFunc("CONNECT /wt", overQUIC)
	mux.HandleFunc("GET /wt", overQUIC) // which says what is missing
	overGRPC(mux, stopping, func(r *http.Request, c conn.Conn) { letIn(hub, log, r, c, nil) })
	// For all methods: it says itself which ones there are.
	mux.Handle("/sse", events)
	mux.Handle("/sse/{session}", events)
	mux.Handle("GET /transports.json", quic)
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Cache-Control", cacheNever)
		io.WriteString(w, "ok\n") // an error means that the client has gone
	})
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			w.Header().Set("Allow", "GET, HEAD")
			writeError(w, http.StatusMethodNotAllowed, "this address takes GET alone")
			return
		}
		writeError(w, http.StatusNotFound, fmt.Sprintf("nothing at %q; boards are at /b/{board}, and / makes a new one", (&url.URL{Path: r.URL.Path}).EscapedPath()))
	})
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		setCommonHeaders(w.Header()) // also where mux itself answers
		mux.ServeHTTP(w, r)
	})
}

func writeError(w http.ResponseWriter, status int, text string) {
	w.Header().Set("Cache-Control", cacheNever)
	http.Error(w, text, status)
}

// newBoardName returns a name of 128 random bits: who has not been told it
// cannot find the board.
func newBoardName() string { return rand.Text() }
