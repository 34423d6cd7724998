package webtransport

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/quic-go/quic-go"
	"github.com/quic-go/quic-go/http3"
	"github.com/quic-go/webtransport-go"

	"edgeboard/shared/conn"
	"edgeboard/shared/conn/origin"
)

// Server answers HTTP/3 requests, those for WebTransport among them. Make one
// with NewServer.
type Server struct {
	// Admit, if it is not nil, is asked for each QUIC connection that begins
	// whether it may; release is called at its end. Set before Serve.
	Admit func(remote net.Addr) (release func(), ok bool)
	// Verify, if it is not nil, is asked whether a peer has to show first that
	// it is where it says (Retry: RFC 9000 section 8.1.2), which takes a round
	// trip. Set before Serve.
	Verify func(remote net.Addr) bool
	// Origins are those whose pages are let in besides the server's own. Set
	// before Serve.
	Origins origin.List

	over  *webtransport.Server
	tls   *tls.Config
	stop  context.CancelFunc
	ctx   context.Context
	mu    sync.Mutex
	ended bool           // no goodbye begins
	bye   sync.WaitGroup // connections until they are closed
	conns sync.WaitGroup // QUIC connections
}

// NewServer returns a server that shows certificates as certs says, and hands
// requests to h: one that is for WebTransport should be given to Accept.
func NewServer(certs *tls.Config, h http.Handler, log *slog.Logger) *Server {
	ctx, stop := context.WithCancel(context.Background())
	h3 := &http3.Server{
		Handler:        h,
		MaxHeaderBytes: 64 << 10,
		IdleTimeout:    maxIdle,
		Logger:         log,
		ConnContext: func(ctx context.Context, under *quic.Conn) context.Context {
			return context.WithValue(ctx, underKey{}, under)
		},
	}
	return &Server{
		// Accept has looked at the origin.
		over: &webtransport.Server{H3: h3, Config: sessionConfig(), CheckOrigin: func(*http.Request) bool { return true }},
		tls:  http3.ConfigureTLSConfig(certs),
		ctx:  ctx,
		stop: stop,
	}
}

type underKey struct{}

// Serve serves on a UDP socket until Close, and returns nil then. It closes the
// socket.
func (s *Server) Serve(l net.PacketConn) error {
	defer l.Close()
	transport := &quic.Transport{Conn: l, VerifySourceAddress: s.Verify, ConnContext: s.admit}
	defer transport.Close()
	listener, err := transport.Listen(s.tls, quicConfig())
	if err != nil {
		return fmt.Errorf("listening for QUIC: %w", err)
	}
	defer listener.Close()
	for {
		under, err := listener.Accept(s.ctx)
		if s.ctx.Err() != nil {
			// The connections need the socket for their last packets.
			s.conns.Wait()
			return nil
		}
		if err != nil {
			return fmt.Errorf("listening for QUIC: %w", err)
		}
		s.conns.Go(func() {
			// The error says that the connection had ended before it began.
			_ = s.over.ServeQUICConn(under)
		})
	}
}

// errNotAdmitted refuses a QUIC connection.
var errNotAdmitted = errors.New("webtransport: not admitted")

func (s *Server) admit(ctx context.Context, who *quic.ClientInfo) (context.Context, error) {
	if s.Admit == nil {
		return ctx, nil
	}
	release, ok := s.Admit(who.RemoteAddr)
	if !ok {
		return nil, errNotAdmitted
	}
	context.AfterFunc(ctx, release)
	return ctx, nil
}

// Accept answers a request for WebTransport. Pages of origins that are not
// allowed are refused. On error the response has been written. The connection is
// conn.Datagrams and conn.Apart.
func (s *Server) Accept(w http.ResponseWriter, r *http.Request, limit int) (conn.Conn, error) {
	if !IsRequest(r) {
		http.Error(w, "this address takes WebTransport over HTTP/3 alone", http.StatusUpgradeRequired)
		return nil, fmt.Errorf("accepting WebTransport: a %s request by %s", r.Method, r.Proto)
	}
	if !s.Origins.Allows(r) {
		http.Error(w, "pages of another origin are not let in", http.StatusForbidden)
		return nil, fmt.Errorf("accepting WebTransport: a page of %q", r.Header["Origin"])
	}
	under, _ := r.Context().Value(underKey{}).(*quic.Conn)
	if under == nil || !s.begin() {
		http.Error(w, "the relay is shutting down", http.StatusServiceUnavailable)
		return nil, errors.New("accepting WebTransport: the server is closed")
	}
	session, err := s.over.Upgrade(w, r)
	if err != nil {
		s.bye.Done()
		http.Error(w, err.Error(), http.StatusBadRequest)
		return nil, fmt.Errorf("accepting WebTransport: %w", err)
	}
	c := &accepted{newSessionConn(session, limit), s, under}
	c.start(func() (*webtransport.Stream, error) {
		return session.AcceptStream(c.ctx)
	})
	return c, nil
}

// begin notes a connection, of which close waits for the end.
func (s *Server) begin() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.ended {
		s.bye.Add(1)
	}
	return !s.ended
}

// IsRequest reports whether a request is one for WebTransport.
func IsRequest(r *http.Request) bool {
	return r.Method == http.MethodConnect && strings.HasPrefix(r.Proto, "webtransport")
}

// Close waits, as long as ctx allows, until peers have heard why connections
// were closed, and ends what is left then.
func (s *Server) Close(ctx context.Context) error {
	s.mu.Lock()
	s.ended = true
	s.mu.Unlock()
	heard := make(chan struct{})
	go func() { s.bye.Wait(); close(heard) }()
	var err error
	select {
	case <-heard:
	case <-ctx.Done():
		err = ctx.Err()
	}
	s.stop()
	if e := s.over.Close(); err == nil {
		err = e
	}
	return err
}

// accepted is the end that was dialed.
type accepted struct {
	*sessionConn
	server *Server
	under  *quic.Conn
}

func (c *accepted) Close(code uint32, reason string) {
	c.close(code, reason, func() {
		defer c.server.bye.Done()
		// Clients hang up when they have heard of the end.
		select {
		case <-c.under.Context().Done():
		case <-time.After(linger):
		}
	})
}
