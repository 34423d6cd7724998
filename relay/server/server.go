// Package server puts the relay together: it takes a listener, and serves the
// page, the boards and the connections to them.
//
//	GET /                 makes a board with a name that cannot be guessed, and goes there
//	GET /b/{board}        the page of a board
//	GET /b/{board}.{…}    the board as a file; see export.go
//	GET /assets/{…}       what the page is made of
//	GET /sw.js            its service worker; see worker.go for this and /shell
//	GET /ws               the protocol of shared/wire over WebSocket
//	CONNECT /wt           the same over WebTransport, on UDP
//	POST /edgeboard.v1.Board/Connect
//	                      the same over gRPC, which describes itself by reflection
//	GET /sse              the same by Server-Sent Events one way, and
//	POST /sse/{session}   the other; DELETE ends it
//	GET, PUT /blob/{hash} images; see blobs.go
//	GET /transports.json  which transports there are besides the WebSocket
//	GET /b/{board}/history
//	                      a board's past; see history.go for this and its versions
//	GET /healthz          "ok" while the relay is there
//	GET /readyz           "ok" while it serves and stores; else 503 and why
//	POST /auth/token      what the page shows to come in; see auth_routes.go for
//	                      this and /api, signin.go for /auth/signin
//	POST /api/notices     puts a notice into inboxes; see notices.go
//	GET /api/openapi.json describes what programs may ask; see openapi.go
//	/api/v1/feeds         live data; see feeds.go
//	POST /edgeboard.v1.Feeds/Push
//	                      live data over gRPC; see feeds_grpc.go
//	GET, PUT /api/v1/boards
//	                      all boards, for the operator; see boards.go
//
// HTTP is 1.1 or 2, the latter also without TLS, for gRPC. All but gRPC is there
// over HTTP/3 too, where a UDP socket is given.
package server

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"os"
	"path/filepath"
	"sync"
	"time"

	"edgeboard/public"
	"edgeboard/relay/alarm"
	"edgeboard/relay/auth"
	"edgeboard/relay/feed"
	"edgeboard/relay/metrics"
	"edgeboard/relay/notify"
	"edgeboard/relay/room"
	"edgeboard/relay/status"
	"edgeboard/relay/still"
	"edgeboard/relay/store/sqlite"
	"edgeboard/relay/talk"
	"edgeboard/shared/conn/origin"
	"edgeboard/shared/conn/sse"
	"edgeboard/shared/conn/webtransport"
	"edgeboard/shared/export"
	live "edgeboard/shared/feed"
	"edgeboard/shared/wire"
)

// Config is what a relay is made of. The zero value serves the embedded page
// and keeps its boards in the folder data.
type Config struct {
	// Version is what metrics and the log say that this is. Default: "devel".
	Version string
	// Data is the folder that keeps the boards. Default: "data".
	Data string
	// Dev, if not empty, is the folder public/ to serve the page from as it
	// lies on disk, instead of the one in the binary.
	Dev string
	// Cert and Key, if not empty, name the PEM files of a certificate: then the
	// relay speaks HTTPS. Files that change are read again.
	Cert, Key string
	// ACME, if it has domains, gets the certificate by ACME: then the relay
	// speaks HTTPS. Not both this and Cert.
	ACME ACME
	// Origins are those whose pages may use the relay besides its own.
	Origins origin.List
	// Access says who may come in.
	Access Access
	// Audit gets a line for each thing that somebody is answerable for (audit.go).
	// Default: nobody does.
	Audit *slog.Logger
	// FrameAncestors are the origins whose pages may show a board in a frame.
	FrameAncestors origin.List
	// TrustedProxies are the addresses of proxies that say, in X-Forwarded-For
	// and X-Forwarded-Proto, for whom they come. What they say counts for the
	// limits of an address, for what a page's origin may be, and in the log.
	TrustedProxies []netip.Prefix
	// Limits bound what is served.
	Limits Limits
	// HistoryAge and HistoryBytes say how much of the past of each board is kept: nothing that is older,
	// and no more than about so many bytes. Default: 90 days, 64 MiB. Less than 0 of
	// HistoryAge: nothing.
	HistoryAge   time.Duration
	HistoryBytes int64
	// ChatKeep is how long what people say to each other is kept. Default: for ever.
	ChatKeep time.Duration
	// NoticeKeep is how long what was read is kept in inboxes. Default: for ever.
	NoticeKeep time.Duration
	// Push tells devices what comes into inboxes. Default: none are told.
	Push Push
	// Webhooks are told what comes into inboxes, of everybody.
	Webhooks []Webhook
	// Feeds bound the live data that is kept, in memory.
	Feeds FeedLimits
	// Cluster makes the relay serve the same boards as others.
	Cluster Cluster
	// Pulls are asked of Prometheus while the relay serves, and published.
	Pulls []Pull
	// Memory is how many bytes the relay may take of what Go counts (debug.SetMemoryLimit):
	// beyond that who comes is turned away, and less is kept at hand. Default: any.
	Memory int64
	// Drain bounds the time from the end of Serve's context to its return.
	// Default: 10 s.
	Drain time.Duration
	// Admin, if not nil, is where the operator asks for metrics, readiness and
	// profiles. It is served from New on, and closed at the end of Serve.
	Admin net.Listener
	// Log gets what an operator should know. Default: slog.Default().
	Log *slog.Logger
}

func (cfg Config) withDefaults() Config {
	if cfg.Version == "" {
		cfg.Version = "devel"
	}
	if cfg.Data == "" {
		cfg.Data = "data"
	}
	if cfg.Drain == 0 {
		cfg.Drain = drainTimeout
	}
	if cfg.HistoryAge == 0 {
		cfg.HistoryAge = 90 * 24 * time.Hour
	}
	if cfg.HistoryBytes == 0 {
		cfg.HistoryBytes = 64 << 20
	}
	if cfg.Log == nil {
		cfg.Log = slog.Default()
	}
	cfg.Limits = cfg.Limits.WithDefaults()
	return cfg
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
	log      *slog.Logger
	metrics  *metrics.Metrics
	store    *sqlite.Store
	access   Access
	mayServe func(net.Addr) error
	private  bool // see Access.private
	// authority decides who may come in, nil: everybody may; verifier, nil if there
	// is none, is its.
	authority *auth.Authority
	verifier  *auth.Verifier
	signIn    *signIn // nil: nobody signs in
	hub       *room.Hub
	talk      *talk.Talk
	notices   *notify.Center
	feeds     *feed.Desk
	status    *status.Figures // nil: the relay shows nobody how it is
	epoch     string          // of the marks of feeds
	pulls     []Pull
	alarms    *alarm.Alarms
	still     *still.Boards
	exports   *exports
	pictures  *pictures
	gate      *gate
	origins   origin.List
	framedBy  origin.List
	page      *assets
	http      *http.Server
	sse       *sse.Server
	quic      *quicSide
	admin     *admin // nil if there is none
	health    *health
	settler   *settler
	drain     time.Duration
	blobs     images
	versions  versions
	shared    *fellowship // nil: there are no other relays
	stale     stale
	limits    Limits
	uploads   uploads
	pasts     chan struct{} // has a token for each request that reads a past
	restores  chan struct{} // and for each that puts a board
	restored  func(context.Context, auth.Event)

	stopping context.Context // of requests that would last
	stop     context.CancelFunc

	webSockets sync.WaitGroup // those that are served
}

// New opens what the relay keeps its boards in. Serve closes it again.
func New(cfg Config) (_ *Server, err error) {
	cfg = cfg.withDefaults()
	s := &Server{metrics: metrics.New(), origins: cfg.Origins, framedBy: cfg.FrameAncestors, health: &health{}, settler: newSettler(), drain: cfg.Drain, access: cfg.Access, mayServe: cfg.MayServe, private: cfg.Access.private(), pasts: make(chan struct{}, mostPasts), restores: make(chan struct{}, 1)}
	s.metrics.Built(cfg.Version)
	s.status = openStatus(&cfg, s.metrics, s.health, func() *feed.Desk { return s.feeds })
	s.log = cfg.Log
	if cfg.Admin != nil {
		s.admin = serveAdmin(cfg.Admin, s.metrics, s.health, cfg.Log)
		defer func() {
			if err != nil {
				err = errors.Join(err, s.admin.close())
			}
		}()
	}
	if s.page, err = openAssets(cfg.Dev); err != nil {
		return nil, err
	}
	shown, err := openPapers(cfg)
	if err != nil {
		return nil, err
	}
	s.watchMachine(cfg, shown)
	if err := cfg.Access.validate(); err != nil {
		return nil, err
	}
	if _, err := checkPulls(cfg.Pulls); err != nil {
		return nil, err
	}
	if err := cfg.Cluster.Validate(); err != nil {
		return nil, err
	}
	s.pulls = cfg.Pulls
	if s.store, err = sqlite.Open(cfg.Data); err != nil {
		return nil, err
	}
	s.store.KeepHistory(max(cfg.HistoryAge, 0), cfg.HistoryBytes)
	// What is opened from here on is closed again where something fails.
	defer func() {
		if err != nil {
			err = errors.Join(err, s.giveUp())
		}
	}()
	keeps := keep(s.store)
	if cfg.Cluster.Engine != "" {
		if keeps, err = share(cfg, s.store, s.metrics.Cluster()); err != nil {
			return nil, err
		}
		s.shared = keeps.shared
		s.origins = cfg.Origins.With(s.shared.Origins)
	}
	s.blobs, s.versions, s.limits = keeps.images, keeps.versions, cfg.Limits
	door := &door{audit: cfg.Audit, log: cfg.Log}
	s.restored = door.heard
	stored := &noted{boards: keeps.boards}
	boards := withStatus{stored}
	rooms := room.Config{Store: boards, Guard: door, Log: cfg.Log, Limits: cfg.Limits.Limits, Status: s.status != nil, Metrics: heard{s.metrics, s.health}, Cluster: keeps.rooms}
	said, boxes, told := new(speech), new(inboxes), new(concerns)
	s.feeds = feed.New(feed.Config{Limits: cfg.Feeds, Metrics: s.metrics.Feeds(), Heard: func(board, name string, points []live.Point) {
		if board != wire.StatusBoard { // whose tiles warn nobody
			if s.shared != nil {
				s.shared.published(board, name, points)
				s.stale.heard(board, s.alarms)
			}
			s.alarms.Heard(board, name, points)
		}
	}})
	s.epoch = rand.Text()[:8]
	rooms.Talk, rooms.Inbox, rooms.Feeds = said, boxes, feeds{s.feeds, &lookers{status: s.status, who: map[room.FeedQueue]struct{}{}}}
	s.hub = room.NewHub(rooms)
	speaking := talk.Config{Store: keeps.messages, Audience: s.hub, Inboxes: told, Log: cfg.Log, Keep: max(cfg.ChatKeep, 0), Metrics: heardSaid{s.metrics.Talk(), heard{s.metrics, s.health}}}
	if s.shared != nil {
		speaking.Fresh = s.shared.Fresh
	}
	s.talk = talk.New(speaking)
	said.talk = s.talk
	if s.shared != nil {
		if err := s.shared.begin(s.hub, s.talk); err != nil {
			return nil, err
		}
	}
	if s.authority, s.verifier, err = openAuthority(cfg, keeps, door.heard, s.changed); err != nil {
		return nil, err
	}
	door.authority = s.authority
	if cfg.Access.SignIn.Issuer != "" {
		s.signIn = newSignIn(cfg.Access.SignIn, s.authority, cfg.Log)
	}
	if s.notices, err = s.openInboxes(cfg, keeps); err != nil {
		return nil, err
	}
	boxes.center, door.notices, told.Center = s.notices, s.notices, s.notices
	s.still, s.exports = still.New(boards, export.Fonts{}), newExports(cfg.Memory)
	if cfg.Memory > 0 {
		s.still.Spare(int(cfg.Memory / memoryPartOfBoard))
	}
	s.alarms = s.openAlarms()
	stored.alarms = s.alarms
	if s.authority != nil {
		s.authority.OnRevoke(func(match func(string, *auth.Grant) bool) { s.hub.Revoke(match) })
	}
	if s.shared != nil {
		s.shared.answer(s.notices, s.authority)
		if err := s.shared.shareFeeds(s.feeds); err != nil {
			return nil, err
		}
	}
	s.gate = newGate(cfg.Limits, s.metrics, cfg.Log)
	s.gate.proxies, s.gate.memory = cfg.TrustedProxies, newAmple(cfg.Memory)
	s.uploads.memory = s.gate.memory
	s.stopping, s.stop = context.WithCancel(context.Background())
	s.pictures = newPictures(s.stopping, s.still, s.log)
	s.sse = sse.NewServer(wire.MaxMessage, s.letInSession)
	s.sse.Origins = s.origins
	s.quic = &quicSide{hashes: shown.hashes}
	handler := s.routes()
	s.quic.server = webtransport.NewServer(shown.quic, handler, slog.New(debugOnly{cfg.Log.Handler()}))
	s.quic.server.Origins = s.origins
	s.quic.server.Admit, s.quic.server.Verify = s.gate.admitQUIC, s.gate.verifyQUIC
	s.http = &http.Server{
		Handler:           handler,
		TLSConfig:         shown.https,
		Protocols:         protocols(),
		HTTP2:             http2Config(),
		ReadHeaderTimeout: headerTimeout,
		IdleTimeout:       idleTimeout,
		MaxHeaderBytes:    64 << 10,
		ConnState:         s.gate.watch,
		ErrorLog:          slog.NewLogLogger(cfg.Log.Handler(), slog.LevelDebug),
	}
	return s, nil
}

// Serve serves on l, and on udp if it is not nil, until ctx ends. Then it is no
// longer ready, lets nobody in, tells the members to come back elsewhere, stores
// what is not stored and returns nil, all that within the time to drain. It
// closes both. It is called once. Where udp fails, the relay goes on without.
//
// In open mode it serves on addresses of this machine alone, unless Access.Open is
// set: otherwise the error is ErrExposed.
func (s *Server) Serve(ctx context.Context, l net.Listener, udp net.PacketConn) error {
	if err := s.mayServe(l.Addr()); err != nil {
		return s.abandon(err, l, udp)
	}
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
	s.health.set(serving)
	checked := s.checkStore()
	swept := s.keepSweeping()
	pulled := s.startPulls(s.stopping, s.pulls)
	var err error
	ended := false
	select {
	case err = <-served:
		ended = true
	case <-ctx.Done():
	}
	begin := time.Now()
	s.log.Info("stopping", "within", s.drain)
	s.health.set(draining)
	s.gate.close()
	drain, cancel := context.WithTimeout(context.Background(), s.drain)
	defer cancel()
	if s.shared != nil {
		s.shared.Leave()
	}
	// Half of the time is theirs: what comes after is quick where they leave.
	part, cancel := context.WithTimeout(drain, s.drain/2)
	defer cancel()
	if e := s.hub.Drain(part); e != nil {
		s.log.Warn("not all that members have sent is stored yet, and they have not left", "err", e)
	}
	s.stop()
	// Connections to boards are the hub's to end, and the server's what is left.
	if e := s.hub.Close(drain); e != nil {
		err = errors.Join(err, wrap("draining the boards", e))
	} else {
		s.webSockets.Wait() // for a last word in the log
	}
	if s.status != nil {
		s.status.Close()
	}
	s.feeds.Close()
	s.alarms.Close()
	part, cancel = context.WithTimeout(drain, s.drain/8)
	defer cancel()
	err = errors.Join(err, wrap("closing the conversations", s.endTalk(part)))
	part, cancel = context.WithTimeout(drain, min(byeTimeout, s.drain/8))
	defer cancel()
	if e := s.sse.Close(part); !errors.Is(e, context.DeadlineExceeded) {
		err = errors.Join(err, wrap("closing event streams", e))
	}
	part, cancel = context.WithTimeout(drain, s.drain/8)
	defer cancel()
	if e := s.http.Shutdown(part); errors.Is(e, context.DeadlineExceeded) {
		s.log.Warn("some requests have not ended by themselves")
		err = errors.Join(err, wrap("closing requests", s.http.Close()))
	} else {
		err = errors.Join(err, wrap("draining requests", e))
	}
	part, cancel = context.WithTimeout(drain, min(byeTimeout, s.drain/8))
	defer cancel()
	if e := s.quic.server.Close(part); !errors.Is(e, context.DeadlineExceeded) {
		err = errors.Join(err, wrap("closing QUIC", e))
	}
	<-overQUIC
	// After the conversations and the requests, which tell it something.
	part, cancel = context.WithTimeout(drain, min(byeTimeout, s.drain/8))
	defer cancel()
	err = errors.Join(err, wrap("closing the inboxes", s.endInboxes(part)))
	if !ended {
		<-served // http.ErrServerClosed
	}
	s.settler.stop()
	<-checked
	<-swept
	pulled()
	if s.verifier != nil {
		s.verifier.Close()
	}
	s.page.close()
	s.pictures.close()
	s.still.Close()
	if s.shared != nil {
		part, cancel = context.WithTimeout(drain, s.drain/8)
		defer cancel()
		err = errors.Join(err, wrap("leaving the cluster", s.shared.end(part)))
	}
	err = errors.Join(err, wrap("closing the store", s.store.Close()))
	if s.admin != nil {
		err = errors.Join(err, wrap("closing the admin listener", s.admin.close()))
	}
	s.log.Info("stopped", "took", time.Since(begin).Round(time.Millisecond))
	return err
}

// abandon closes what New has opened, and the listeners, of a relay that does not
// serve.
func (s *Server) abandon(err error, l net.Listener, udp net.PacketConn) error {
	s.gate.close()
	s.stop()
	ctx, cancel := context.WithTimeout(context.Background(), s.drain)
	defer cancel()
	if s.status != nil {
		s.status.Close()
	}
	s.feeds.Close()
	s.alarms.Close()
	err = errors.Join(err, s.hub.Close(ctx), s.endTalk(ctx), s.sse.Close(ctx), s.quic.server.Close(ctx), s.endInboxes(ctx), l.Close())
	if udp != nil {
		err = errors.Join(err, udp.Close())
	}
	s.settler.stop()
	if s.verifier != nil {
		s.verifier.Close()
	}
	s.pictures.close()
	s.still.Close()
	if s.shared != nil {
		err = errors.Join(err, s.shared.end(ctx))
	}
	err = errors.Join(err, s.store.Close())
	if s.admin != nil {
		err = errors.Join(err, s.admin.close())
	}
	return err
}

// giveUp closes what a New that fails has opened.
func (s *Server) giveUp() (err error) {
	ctx, cancel := context.WithTimeout(context.Background(), s.drain)
	defer cancel()
	if s.notices != nil {
		err = errors.Join(err, s.notices.Close(ctx))
	}
	if s.verifier != nil {
		s.verifier.Close()
	}
	if s.hub != nil {
		err = errors.Join(err, s.hub.Close(ctx))
	}
	if s.talk != nil {
		err = errors.Join(err, s.talk.Close(ctx))
	}
	if s.feeds != nil {
		s.feeds.Close()
	}
	if s.alarms != nil {
		s.alarms.Close()
	}
	if s.stop != nil {
		s.stop()
		s.pictures.close()
		s.still.Close()
		s.gate.close()
	}
	if s.shared != nil {
		err = errors.Join(err, s.shared.end(ctx))
	}
	return errors.Join(err, s.store.Close())
}

// checkStore looks for damage in the whole database while the relay serves: boards
// that are not damaged go on, and who runs the relay should know. The channel is
// closed at the end.
func (s *Server) checkStore() <-chan struct{} {
	done := make(chan struct{})
	go func() {
		defer close(done)
		if err := s.store.Check(s.stopping); err != nil && s.stopping.Err() == nil {
			s.log.Error("the database is damaged: boards that are affected cannot be opened; make a backup of the file, and restore one that is sound", "err", err)
		}
	}()
	return done
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
