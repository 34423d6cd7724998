package talk

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"sync"
	"time"
	"unicode/utf8"

	"edgeboard/shared/wire"
)

const (
	// maxWaiting is how many Says of a conversation wait; who says more waits too.
	maxWaiting = 1024
	// maxBatch is how many are stored together.
	maxBatch = 256
	// frameBytes is about how much one Said has of messages, but for the first.
	frameBytes = 256 << 10
	// retryFirst and retryMost are between two attempts at a store that fails.
	retryFirst = 100 * time.Millisecond
	retryMost  = 5 * time.Second
	// putOffFor is after how long it is looked again for a message of another relay.
	putOffFor = time.Second / 2
	// maxSearches is how many searches run at a time, of those who ask on any board.
	maxSearches = 2
	// searchTimeout is how long one may take.
	searchTimeout = time.Second
	// maxNames is of how many persons it is remembered which name the store has.
	maxNames = 1 << 14
	// forgetEvery is how often what is too old is looked for, and forgetPause between
	// two steps of removing it.
	forgetEvery = 10 * time.Minute
	forgetPause = 50 * time.Millisecond
)

// ErrClosed is of what is said after Close.
var ErrClosed = errors.New("the conversations are closed")

// Config says what a Talk works with.
type Config struct {
	Store    Store
	Audience Audience
	Inboxes  Inboxes          // default: there are none
	Log      *slog.Logger     // default: slog.Default
	Now      func() time.Time // default: time.Now
	Keep     time.Duration    // messages that are older are removed; 0: none are
	Metrics  Metrics          // default: nobody is told
	// Fresh returns when the Store has all that other relays had stored before the call,
	// or that this cannot be known. Default: there are no others.
	Fresh func(context.Context) error
}

// Talk is the conversations of a relay. Make one with New. Its methods may be called
// from many goroutines.
type Talk struct {
	Config
	ctx      context.Context // ends when what is not stored is given up
	stop     context.CancelFunc
	closing  chan struct{} // closed by Close
	wg       sync.WaitGroup
	searches chan struct{} // has a token for each that runs

	mu     sync.Mutex
	closed bool
	open   map[string]*conversation // in which something waits, by their keys
	names  map[wire.Person]string   // that the store was given
}

// New returns a Talk, which must be closed.
func New(cfg Config) *Talk {
	if cfg.Log == nil {
		cfg.Log = slog.Default()
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Metrics == nil {
		cfg.Metrics = noMetrics{}
	}
	if cfg.Inboxes == nil {
		cfg.Inboxes = noInboxes{}
	}
	t := &Talk{
		Config: cfg, closing: make(chan struct{}), searches: make(chan struct{}, maxSearches),
		open: map[string]*conversation{}, names: map[wire.Person]string{},
	}
	t.ctx, t.stop = context.WithCancel(context.Background())
	if cfg.Keep > 0 {
		t.wg.Go(t.forget)
	}
	return t
}

// Close takes nothing more and waits until all that was said is stored and told, or
// gives it up when ctx ends first, and then returns its error: those who said it have
// not been told that it is stored, and say it again.
func (t *Talk) Close(ctx context.Context) error {
	t.mu.Lock()
	if !t.closed {
		t.closed = true
		close(t.closing)
	}
	t.mu.Unlock()
	done := make(chan struct{})
	go func() { t.wg.Wait(); close(done) }()
	select {
	case <-done:
		t.stop()
		return nil
	case <-ctx.Done():
		t.stop()
		<-done
		return ctx.Err()
	}
}

// Speaker is who says it, and where.
type Speaker struct {
	Board  string
	Person wire.Person
	Name   string // how the person is shown
	Role   wire.Role
	Member uint32 // the connection's number, for the log
}

// where names a conversation. with is the other person, nobody for the board's.
type where struct {
	board string // empty: of two persons
	with  wire.Person
	self  wire.Person
}

func (who Speaker) where(with wire.Person) where {
	if with == (wire.Person{}) {
		return where{board: who.Board, self: who.Person}
	}
	return where{with: with, self: who.Person}
}

// key is how the store names it, the same for either person.
func (w where) key() string {
	if w.board != "" {
		return "b:" + w.board
	}
	return pairKey(w.self, w.with)
}

// Say takes what somebody says, and returns when it is queued behind what was said
// before. It waits while the queue is full, until ctx ends. answer is called once with
// an encoded Said, unless Talk is closed before that or the error is not nil: with the
// ID in Stored when it is, or in Refused. Before that it is called with nil, once, if
// the store fails and what was said waits for it. It is called from one goroutine at a
// time and must not block. s is not kept.
func (t *Talk) Say(ctx context.Context, who Speaker, s *wire.Say, answer func(frame []byte)) error {
	if why := refusal(who, s); why != 0 {
		t.refuse(s.With, s.ID, why, answer)
		return nil
	}
	queued := said{Say: *s, who: who, answer: answer}
	queued.Mentions = slices.Clone(s.Mentions)
	return t.enqueue(ctx, who.where(s.With), queued)
}

func (t *Talk) refuse(with wire.Person, id wire.TextID, why uint32, answer func([]byte)) {
	t.Metrics.Refused(why)
	answer(wire.AppendFrame(nil, 0, &wire.Said{With: with, Refused: []wire.Refusal{{ID: id, Why: why, Reason: reasons[why]}}}))
}

// Mark notes how far a person has read, and tells its other connections, and who it
// talks with. It returns when that is stored.
func (t *Talk) Mark(ctx context.Context, who Speaker, m *wire.Mark) error {
	if m.With == who.Person {
		return nil
	}
	at := who.where(m.With)
	read, err := t.Store.Mark(ctx, at.key(), who.Person, clamp(m.Stamp))
	if err != nil || read == 0 {
		return err
	}
	t.Inboxes.Read(ctx, who.Person, at.key(), wire.Stamp(read))
	t.tellMark(at, who.Person, wire.Stamp(read))
	return nil
}

// tellMark tells how far a person has read, who is self in a conversation of two.
func (t *Talk) tellMark(at where, p wire.Person, read wire.Stamp) {
	mine := wire.AppendFrame(nil, 0, &wire.Mark{With: at.with, Stamp: read, Person: p})
	if at.board != "" {
		t.Audience.TellPersonOn(at.board, p, mine)
		return
	}
	t.Audience.TellPerson(p, mine)
	t.Audience.TellPerson(at.with, wire.AppendFrame(nil, 0, &wire.Mark{With: p, Stamp: read, Person: p}))
}

// Talks returns an encoded Talks: how the board's conversation stands for somebody, and
// those with others.
func (t *Talk) Talks(ctx context.Context, who Speaker) (frame []byte, err error) {
	list, err := t.Store.Standings(ctx, who.Person, who.where(wire.Person{}).key(), wire.MaxTalks, wire.MaxUnread)
	if err != nil {
		return nil, err
	}
	var talks wire.Talks
	for _, s := range list {
		talks.List = append(talks.List, wire.Talk{
			With: s.With, Name: s.Name, Last: wire.Stamp(s.Last), Changed: wire.Stamp(s.Changed),
			Read: wire.Stamp(s.Read), Unread: uint32(s.Unread), Seen: wire.Stamp(s.Seen),
		})
	}
	return wire.AppendFrame(nil, 0, &talks), nil
}

// Name notes how a person is shown, for those who have a conversation with it.
func (t *Talk) Name(p wire.Person, name string) {
	name = cut(name)
	t.mu.Lock()
	known, ok := t.names[p]
	if t.closed || name == "" || ok && known == name {
		t.mu.Unlock()
		return
	}
	if len(t.names) >= maxNames {
		clear(t.names)
	}
	t.names[p] = name
	t.wg.Add(1)
	t.mu.Unlock()
	t.Store.Name(p, name, func(err error) {
		defer t.wg.Done()
		if err != nil {
			t.Log.Warn("a name is not stored", "error", err)
			t.mu.Lock()
			delete(t.names, p) // the next time it is
			t.mu.Unlock()
		}
	})
}

// knownName returns how a person was shown last, if that is known without the store.
func (t *Talk) knownName(p wire.Person) string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.names[p]
}

// cut shortens a name to what a frame takes.
func cut(name string) string {
	if len(name) <= wire.MaxName {
		return name
	}
	n := wire.MaxName
	for n > 0 && !utf8.RuneStart(name[n]) {
		n--
	}
	return name[:n]
}
