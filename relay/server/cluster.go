package server

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"sync"
	"sync/atomic"
	"time"

	"edgeboard/relay/auth"
	"edgeboard/relay/cluster"
	"edgeboard/relay/cluster/nats"
	"edgeboard/relay/cluster/redis"
	"edgeboard/relay/metrics"
	"edgeboard/relay/notify"
	"edgeboard/relay/room"
	"edgeboard/relay/store/message"
	"edgeboard/relay/store/notice"
	"edgeboard/relay/store/sqlite"
	"edgeboard/relay/talk"
	"edgeboard/shared/conn/origin"
	"edgeboard/shared/wire"
)

// Cluster is what makes a relay serve the same boards as others.
type Cluster struct {
	// Engine is the URL of what they share, nats://… or redis://…, with what it asks of
	// who comes. Empty: the relay is alone.
	Engine string
	// Relay is a name for operators, of a-z A-Z 0-9, at most 32.
	Relay string
	// URL is the origin at which pages reach this very relay, such as
	// https://a.example. When another relay stops, some of its members are sent here.
	// Empty: they come back to where they came from.
	URL string
}

// Validate finds what cannot be, without asking the engine.
func (c Cluster) Validate() error {
	if c.Engine == "" {
		if c.Relay != "" || c.URL != "" {
			return errors.New("-cluster-relay and -cluster-url are of no use without -cluster")
		}
		return nil
	}
	u, err := url.Parse(c.Engine)
	if err != nil {
		// Its own error shows all of the URL, which may have a password in it.
		return errors.New("what the relays share (-cluster) is no URL, such as nats://host:4222 or redis://host:6379")
	}
	if engines[u.Scheme] == nil {
		return fmt.Errorf("what the relays share (-cluster) is nats://, tls://, redis:// or rediss://, not %q", u.Scheme)
	}
	if c.URL != "" {
		if _, err := origin.ParseList([]string{c.URL}); err != nil {
			return fmt.Errorf("where pages reach this relay (-cluster-url): %w", err)
		}
	}
	return nil
}

// engines open what relays may share, by the scheme of its URL.
var engines = map[string]func(ctx context.Context, url, relay string, log *slog.Logger) (cluster.Engine, error){
	"nats": openNATS, "tls": openNATS, "redis": openRedis, "rediss": openRedis,
}

func openNATS(ctx context.Context, url, relay string, log *slog.Logger) (cluster.Engine, error) {
	return nats.Open(ctx, url, nats.Options{Name: "edgeboard " + relay, Log: log})
}

func openRedis(ctx context.Context, url, relay string, log *slog.Logger) (cluster.Engine, error) {
	return redis.Open(ctx, url, redis.Options{Name: "edgeboard-" + relay, Log: log})
}

// boards is where rooms keep what they have, and from where it is read.
type boards interface {
	room.Store
	Since(ctx context.Context, board, position string, snapshot, update func(data []byte) error) (string, error)
}

// kept is where a relay keeps what outlasts its connections: its own store, or what it
// shares with others.
type kept struct {
	boards   boards
	records  auth.Records
	messages talk.Store
	notices  notify.Store
	images   images
	versions versions
	rooms    room.Cluster // nil: there are no other relays
	shared   *fellowship  // the same
}

// keep returns where a relay keeps what it has that is alone.
func keep(s *sqlite.Store) kept {
	return kept{boards: s, records: s.Records(), messages: s.Messages(), notices: s.Notices(), images: s.Blobs(), versions: s}
}

// fellowship is a relay's part in a cluster.
type fellowship struct {
	*cluster.Cluster
	engine cluster.Engine
	store  *sqlite.Store
	speech *cluster.Speech
	images *sharedImages
	feeds  atomic.Pointer[cluster.Feeds]
	asked  sync.WaitGroup // who asks for feeds
	log    *slog.Logger

	begun   bool
	stopped chan struct{} // closed when resend has ended
	stop    context.CancelFunc
	ctx     context.Context

	mu      sync.Mutex
	talk    *talk.Talk     // nil: not yet
	notices *notify.Center // the same
	hub     *room.Hub      // the same
	heard   func(kind, key string, value []byte)
	early   []heardRecord // that were heard before anybody was there to hear it
}

type heardRecord struct {
	kind, key string
	value     []byte
}

// share joins a cluster, and returns where the relay keeps what it has then. Nothing
// happens yet.
func share(cfg Config, s *sqlite.Store, m *metrics.Cluster) (k kept, err error) {
	u, err := url.Parse(cfg.Cluster.Engine)
	if err != nil {
		return k, errors.New("what the relays share (-cluster) is no URL")
	}
	log := cfg.Log.With("cluster", u.Redacted())
	ctx, stop := context.WithCancel(context.Background())
	x := &fellowship{store: s, log: log, ctx: ctx, stop: stop, stopped: make(chan struct{})}
	if x.engine, err = engines[u.Scheme](ctx, cfg.Cluster.Engine, cfg.Cluster.Relay, log); err != nil {
		stop()
		return k, fmt.Errorf("what the relays share: %w", err)
	}
	x.Cluster, err = cluster.New(cluster.Config{
		Engine: x.engine, Relay: cfg.Cluster.Relay, URL: cfg.Cluster.URL, Copies: s, Records: s.Records(), Folder: cfg.Data, Log: log, Metrics: m,
	})
	if err != nil {
		stop()
		return k, errors.Join(err, x.engine.Close())
	}
	x.speech = x.Speech(s.Steps(cluster.TextOf))
	x.OnRecord(x.hearRecord)
	x.images = &sharedImages{Blobs: s.Blobs(), engine: x.engine, records: x.Records(), own: s.Records(), log: log}
	named := &sharedVersions{records: x.Records(), images: x.images, span: s.Span}
	return kept{
		boards: sharedBoards{x.Boards(), s}, records: x.Records(), messages: x.speech.Messages(s.Messages()), notices: x.speech.Notices(s.Notices()),
		images: x.images, versions: named, rooms: x.Boards(), shared: x,
	}, nil
}

// sharedBoards are read from the relay's own copy, once that is up to date.
type sharedBoards struct {
	*cluster.Boards
	store *sqlite.Store
}

func (b sharedBoards) Since(ctx context.Context, board, position string, snapshot, update func(data []byte) error) (string, error) {
	if err := b.Refresh(ctx, board); err != nil {
		return "", err
	}
	return b.store.Since(ctx, board, position, snapshot, update)
}

// begin has the relay take part: its rooms and conversations are there. It returns when
// what the other relays know is known here, or when the relay goes on with what it knows.
func (x *fellowship) begin(hub *room.Hub, says *talk.Talk) error {
	x.mu.Lock()
	x.hub, x.talk = hub, says
	x.mu.Unlock()
	x.SetRooms(hub)
	if err := x.speech.Start(hearing{x}); err != nil {
		return err
	}
	if err := x.Start(x.ctx); err != nil {
		return err
	}
	x.begun = true
	go x.resend()
	return x.Ready(x.ctx)
}

// answer says who hears what becomes of inboxes, and of records.
func (x *fellowship) answer(notices *notify.Center, authority *auth.Authority) {
	x.mu.Lock()
	x.notices = notices
	early := x.early
	x.early, x.heard = nil, func(kind, key string, value []byte) {
		notices.HeardRecord(x.ctx, kind, key)
		if authority == nil {
			return
		}
		if err := authority.Heard(x.ctx, kind, key, value); err != nil && x.ctx.Err() == nil {
			x.log.Error("what another relay has changed of who may come in is not in force here", "kind", kind, "err", err)
		}
	}
	for _, r := range early {
		x.heard(r.kind, r.key, r.value)
	}
	x.mu.Unlock()
}

// hearRecord is told what another relay has put.
func (x *fellowship) hearRecord(kind, key string, value []byte) {
	x.mu.Lock()
	if x.heard == nil {
		x.early = append(x.early, heardRecord{kind, key, value})
	}
	heard := x.heard
	x.mu.Unlock()
	if heard != nil {
		heard(kind, key, value)
	}
}

// resendEvery is how often it is tried to give the engine images that it lacks.
const resendEvery = time.Minute

func (x *fellowship) resend() {
	defer close(x.stopped)
	for {
		if !x.Edge() {
			if err := x.images.resend(x.ctx); err != nil && x.ctx.Err() == nil {
				x.log.Warn("images are on this relay alone, and are sent again", "err", err)
			}
		}
		select {
		case <-time.After(resendEvery):
		case <-x.ctx.Done():
			return
		}
	}
}

// end leaves the cluster, when nothing more is to be stored.
func (x *fellowship) end(ctx context.Context) error {
	x.stop()
	x.asked.Wait()
	if feeds := x.feeds.Load(); feeds != nil {
		feeds.Close()
	}
	if x.begun {
		<-x.stopped
	}
	return x.Close(ctx)
}

// hearing tells what other relays have done to whom it concerns here.
type hearing struct{ x *fellowship }

var _ cluster.Hearing = hearing{}

func (h hearing) center() *notify.Center {
	h.x.mu.Lock()
	defer h.x.mu.Unlock()
	return h.x.notices
}

func (h hearing) Said(c message.Change)                      { h.x.talk.Heard(c) }
func (h hearing) Marked(key string, p [16]byte, read uint64) { h.x.talk.HeardMark(key, p, read) }
func (h hearing) Named(p [16]byte)                           { h.x.talk.HeardName(p) }
func (h hearing) Looks(p wire.Person) bool                   { return h.x.hub.Looks(p) }

// Inboxes tells people of theirs; before anybody can be there nobody has to be told.
func (h hearing) Inboxes(list []notice.Change) {
	if c := h.center(); c != nil {
		c.Heard(list)
	}
}

func (h hearing) Due() {
	if c := h.center(); c != nil {
		c.Wake()
	}
}

// Again says what was said while the relay was cut off. That becomes something of inboxes
// too, so it waits for these.
func (h hearing) Again(ctx context.Context, says [][]byte) error {
	if h.center() == nil {
		return errors.New("the relay is only starting")
	}
	return h.x.talk.Again(ctx, says)
}
