package cluster

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"edgeboard/shared/wire"
)

// Config is what a Cluster is made of.
type Config struct {
	Engine Engine // the Cluster's from now on, which closes it
	// Relay is a name for operators, of a-z A-Z 0-9, at most 32; it may be empty. Other
	// relays know this one by a name that begins with it and is another one after each
	// start.
	Relay string
	// URL is the origin that members reach this relay at (https://a.example); empty: no
	// relay sends members here.
	URL     string
	Copies  Copies
	Records Records // the relay's own, not those of the cluster
	// Folder is where files are for a moment that are too large for memory; empty: the
	// system's folder for such files.
	Folder  string
	Log     *slog.Logger
	Metrics Metrics
}

// Cluster is one relay's part in a cluster. Make one with New, say whose rooms they are
// with SetRooms, and Start it.
type Cluster struct {
	engine  Engine
	name    string // of this relay in this life
	url     string
	copies  Copies
	records Records
	folder  string
	log     *slog.Logger
	metrics Metrics
	rooms   Rooms
	journal *journal
	shared  *SharedRecords

	ctx  context.Context // ends with Close
	stop context.CancelFunc
	wg   sync.WaitGroup

	// reading holds one for each tail that reads: after a lost connection all of them
	// want to at once.
	reading chan struct{}

	boards Boards
	peers  peers

	// beforeHealed are called in order when the engine is reached again, before the boards
	// are reconciled. Where one fails all of it is tried again, after a while.
	beforeHealed []func(ctx context.Context, incarnation string) error
	// onEdge are called when the relay is cut off, and when it is no longer. They return
	// at once.
	onEdge []func(edge bool)
	hope   chan struct{} // the engine may be reached again

	edge       atomic.Bool   // written under mu
	generation atomic.Uint64 // the same; see link.go
	telling    sync.Mutex
	told       bool // the last that observers heard; guarded by telling

	sweeping sync.Mutex // held by sweep
	sharing  sync.Mutex // held by who writes how far it has come

	mu          sync.Mutex
	closed      bool
	incarnation string             // of the engine's data, as known; empty: it is not
	abort       context.CancelFunc // ends the healing under way; nil: there is none
	tails       map[*tail]struct{}
	sessions    map[string]*session // boards that are open
	keepers     map[string]*keeper
	unshared    unshared
}

// readsAtOnce is how many logs of boards are read at once.
const readsAtOnce = 16

// New returns a Cluster that does nothing yet.
func New(cfg Config) (*Cluster, error) {
	switch {
	case cfg.Engine == nil || cfg.Copies == nil || cfg.Records == nil:
		return nil, errors.New("cluster: it needs an engine, a store of boards and one of records")
	case len(cfg.Relay) > maxRelay || !plain(cfg.Relay):
		return nil, fmt.Errorf("cluster: a relay's name is at most %d of a-z A-Z 0-9, not %q", maxRelay, cfg.Relay)
	}
	if cfg.Log == nil {
		cfg.Log = slog.Default()
	}
	if cfg.Metrics == nil {
		cfg.Metrics = noMetrics{}
	}
	c := &Cluster{
		engine: cfg.Engine, name: cfg.Relay + rand.Text()[:relayRandom], url: cfg.URL,
		copies: cfg.Copies, records: cfg.Records, folder: cfg.Folder, log: cfg.Log, metrics: cfg.Metrics, rooms: noRooms{},
		reading: make(chan struct{}, readsAtOnce), hope: make(chan struct{}, 1),
		tails: map[*tail]struct{}{}, sessions: map[string]*session{}, keepers: map[string]*keeper{},
	}
	c.boards.c = c
	c.peers.init(c)
	c.edge.Store(true)
	c.generation.Store(1)
	c.ctx, c.stop = context.WithCancel(context.Background())
	c.journal = newJournal(c)
	c.shared = newRecords(c)
	c.beforeHealed = append(c.beforeHealed, c.journal.heal)
	cfg.Engine.OnLost(c.lost)
	return c, nil
}

// lost is called by the engine when something that it had to tell may be missing.
func (c *Cluster) lost() {
	c.eachTail(func(t *tail) { t.again(rereadLost) })
	c.rooms.PeerLost("")
	c.peers.unheard()
	c.tryAgain()
}

// Start has the Cluster begin. If the engine is reached it returns when this relay knows
// all that the others do; if it is not, at once: then it is cut off.
func (c *Cluster) Start(ctx context.Context) error {
	if err := c.journal.start(ctx); err != nil {
		return err
	}
	if err := c.heal(ctx); err != nil {
		c.log.Error("the relay starts without its cluster, and tries to reach it", "err", err)
	}
	c.tellEdge()
	c.begin(c.watch)
	return c.peers.start()
}

// begin starts a goroutine that Close waits for, and reports false after Close.
func (c *Cluster) begin(f func()) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return false
	}
	c.wg.Go(f)
	return true
}

// Close ends what the Cluster does, and the engine. No room is left, and what the copies
// lack is stored, unless the context ends before.
func (c *Cluster) Close(ctx context.Context) error {
	c.peers.leave()
	c.eachKeeper(func(k *keeper) { k.do(k.flush) })
	c.eachKeeper(func(k *keeper) { _ = k.idle(ctx) })
	c.mu.Lock()
	c.closed = true
	c.mu.Unlock()
	c.stop()
	c.wg.Wait()
	return c.engine.Close()
}

const (
	maxRelay    = 32
	relayRandom = 16 // characters of 5 random bits behind it
)

func plain(s string) bool {
	for _, c := range []byte(s) {
		if (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') {
			return false
		}
	}
	return true
}

// Relay is this relay's name among the others, in this life: what it has appended before
// it was started bears another one.
func (c *Cluster) Relay() string { return c.name }

// SetRooms says who is told what comes from other relays. It is called before Start.
func (c *Cluster) SetRooms(r Rooms) { c.rooms = r }

// Metrics hears what a Cluster does, for the operator. Its methods are called from many
// goroutines and return at once.
type Metrics interface {
	CutOff(edge bool)                                  // from the engine
	Appended(took time.Duration, bytes int, err error) // to a board's log
	Spooled(bytes int)                                 // stored on this relay alone
	Healed(boards int, took time.Duration)             // of which the engine has got what was spooled
	Reread(reason string)                              // a log is read once more; see tail
	Peers(n int)                                       // other relays that live
}

type noMetrics struct{}

func (noMetrics) CutOff(bool)                        {}
func (noMetrics) Appended(time.Duration, int, error) {}
func (noMetrics) Spooled(int)                        {}
func (noMetrics) Healed(int, time.Duration)          {}
func (noMetrics) Reread(string)                      {}
func (noMetrics) Peers(int)                          {}

// noRooms is for a relay that serves no board, as in tests of other parts.
type noRooms struct{}

func (noRooms) HearUpdates(string, uint64, uint64, []byte)  {}
func (noRooms) HearSnapshot(string, uint64, uint64, []byte) {}
func (noRooms) HearPeer(string, string, []byte)             {}
func (noRooms) PeerLost(string)                             {}
func (noRooms) PeerGone(string)                             {}
func (noRooms) HearPerson(wire.Person, []byte)              {}
func (noRooms) SetEdge(bool)                                {}
