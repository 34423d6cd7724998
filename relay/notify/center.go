package notify

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"net/http"
	"net/url"
	"sync"
	"sync/atomic"
	"time"

	"edgeboard/relay/store/notice"
	"edgeboard/shared/wire"
)

const (
	// minSecret is the least length of a webhook's secret in bytes (Standard Webhooks,
	// "Signature scheme").
	minSecret = 24
	// forgetEvery is how often what is too old is looked for, and forgetPause between
	// two steps of removing it.
	forgetEvery = time.Hour
	forgetPause = 50 * time.Millisecond
	// tidyTimeout is how long Close waits for the store when nothing else is to be
	// waited for.
	tidyTimeout = 5 * time.Second
)

// ErrClosed is of what is told after Close.
var ErrClosed = errors.New("the inboxes are closed")

// Config says what a Center works with.
type Config struct {
	Store    Store
	Records  Records
	Audience Audience
	Log      *slog.Logger     // default: slog.Default
	Now      func() time.Time // default: time.Now
	Metrics  Metrics          // default: nobody is told
	Keep     time.Duration    // entries that were read are removed when they are older; 0: never
	Push     PushConfig       // without Hosts nothing is pushed
	Webhooks []Webhook
	// Looks reports whether somebody of a person looks at a board, on whatever relay.
	// Default: those of this one, as the Audience says.
	Looks func(context.Context, wire.Person) bool
	// Client sends what is pushed and webhooks, without redirects. Default: for webhooks
	// one that goes anywhere, and for what is pushed one that goes to public addresses
	// alone, except for hosts that are named with a scheme.
	Client *http.Client
}

// PushConfig says to whom may be pushed, and who it is that does.
type PushConfig struct {
	// Hosts are those of push services: "fcm.googleapis.com", "*.push.apple.com", by
	// https and at the usual port. With a scheme, and a port if it is not the usual one,
	// "http://127.0.0.1:9000", it is sent there whatever the address.
	Hosts []string
	// Contact is whom the operators of push services may ask, an address with mailto: or
	// https: (RFC 8292 section 2.1).
	Contact string
}

// PushHosts are the hosts of the push services of the known browsers.
var PushHosts = []string{
	"fcm.googleapis.com",
	"updates.push.services.mozilla.com",
	"*.push.services.mozilla.com",
	"*.notify.windows.com",
	"*.push.apple.com",
}

// Webhook is an address of the operator's that is told of all entries.
type Webhook struct {
	URL string // of http or https
	// Secret is what it is signed with, at least 24 bytes: what stands behind whsec_,
	// decoded.
	Secret []byte
}

// Metrics is told what happens, for the operator. Its methods are called from many
// goroutines.
type Metrics interface {
	// Told: so many entries of a kind are new, or other than they were.
	Told(what uint32, n int)
	// Delivered says what became of an attempt at a target, "push" or "webhook": "sent",
	// "retried" (it will be tried again), "expired" (the device is no more), "given up",
	// or "dropped" (nobody has to be told any more).
	Delivered(target, outcome string)
	// Waiting is how many deliveries are due and not over, as far as is looked.
	Waiting(n int)
}

type noMetrics struct{}

func (noMetrics) Told(uint32, int)         {}
func (noMetrics) Delivered(string, string) {}
func (noMetrics) Waiting(int)              {}

// Center is the inboxes of a relay's people. Make one with New. Its methods may be
// called from many goroutines.
type Center struct {
	Config
	ctx     context.Context // ends when what is in flight is given up
	stop    context.CancelFunc
	closing chan struct{} // closed by Close
	once    sync.Once     // of Close
	wg      sync.WaitGroup

	people people
	news   news
	due    chan struct{} // has a token when something may be due
	push   *pusher       // nil: nothing is pushed
	hooks  *http.Client
	// told counts what persons were told, each by the first byte of its name: who reads
	// how an inbox stands sees by it that it may have changed meanwhile.
	told [256]atomic.Uint32
}

// New returns a Center, which must be closed. It goes on with what is to be delivered.
// The relay's key for push is read, or made if there is none yet; ctx is for that. An
// error says what is wrong with the Config, or that the key cannot be read.
func New(ctx context.Context, cfg Config) (*Center, error) {
	if cfg.Log == nil {
		cfg.Log = slog.Default()
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Metrics == nil {
		cfg.Metrics = noMetrics{}
	}
	if cfg.Looks == nil {
		cfg.Looks = func(_ context.Context, p wire.Person) bool { return cfg.Audience.Looks(p) }
	}
	if err := cfg.Check(); err != nil {
		return nil, err
	}
	c := &Center{
		Config: cfg, closing: make(chan struct{}), due: make(chan struct{}, 1),
		people: newPeople(), news: newNews(),
	}
	if len(cfg.Push.Hosts) > 0 {
		var err error
		if c.push, err = newPusher(ctx, cfg); err != nil {
			return nil, err
		}
	}
	c.hooks = webhookClient(cfg.Client)
	c.ctx, c.stop = context.WithCancel(context.Background())
	c.wg.Go(c.tellNews)
	c.wg.Go(c.deliver)
	if cfg.Keep > 0 {
		c.wg.Go(c.forget)
	}
	return c, nil
}

// Check says what is wrong with where a Center is to deliver to: New would say the same.
func (cfg *Config) Check() error {
	for _, hook := range cfg.Webhooks {
		if err := checkWebhook(hook); err != nil {
			return err
		}
	}
	if len(cfg.Push.Hosts) == 0 {
		return nil
	}
	_, err := cfg.Push.parse()
	return err
}

func checkWebhook(hook Webhook) error {
	u, err := url.Parse(hook.URL)
	switch {
	case err != nil:
		// What url.Parse says has the address in it, which may be a secret.
		return errors.New("a webhook's address is no URL")
	case u.Scheme != "https" && u.Scheme != "http" || u.Hostname() == "":
		return errors.New("a webhook's address is one of http or https")
	case len(hook.Secret) < minSecret:
		return fmt.Errorf("the secret of the webhook at %s has %d bytes; it needs %d", u.Host, len(hook.Secret), minSecret)
	}
	return nil
}

// Close tells what is stored, waits for what is being delivered, and gives it up when
// ctx ends first, and then returns its error. What was not delivered is when a Center
// begins with the same Store.
func (c *Center) Close(ctx context.Context) error {
	c.once.Do(func() { close(c.closing) })
	done := make(chan struct{})
	go func() { c.wg.Wait(); close(done) }()
	var err error
	select {
	case <-done:
	case <-ctx.Done():
		err = ctx.Err()
	}
	c.stop()
	<-done
	c.hooks.CloseIdleConnections()
	if c.push != nil {
		c.push.client.CloseIdleConnections()
	}
	return err
}

// Standing returns an encoded Inbox that says how a person's stands.
func (c *Center) Standing(ctx context.Context, p wire.Person) (frame []byte, err error) {
	inbox := wire.Inbox{Anew: true}
	if p != (wire.Person{}) {
		now, err := c.standing(ctx, p)
		if err != nil {
			return nil, err
		}
		inbox.Unread, inbox.Last = uint32(now.Unread), now.Last
	}
	return wire.AppendFrame(nil, 0, &inbox), nil
}

// standing reads how an inbox stands.
func (c *Center) standing(ctx context.Context, p wire.Person) (notice.Standing, error) {
	_, _, _, now, err := c.Store.Page(ctx, p, notice.Query{Limit: 1})
	return now, err
}

// Browse returns the encoded Inbox or Wishes that answers. Who has no name has no inbox,
// and an empty answer.
func (c *Center) Browse(ctx context.Context, p wire.Person, q *wire.Browse) (frame []byte, err error) {
	if q.Wishes {
		return c.wishesOf(ctx, p, "")
	}
	inbox := wire.Inbox{Answers: q.Ask}
	if p == (wire.Person{}) {
		return wire.AppendFrame(nil, 0, &inbox), nil
	}
	query := notice.Query{Before: min(q.Before, math.MaxInt64), Unread: q.Unread, Limit: int(min(q.Limit, wire.MaxEntries))}
	if query.Limit == 0 {
		query.Limit = wire.MaxEntries
	}
	// The last one that is told counts (W95): a page that was read before a change was
	// told must not come after it. Three times is enough for all but a flood, of which
	// there is more to be told anyway.
	for range 3 {
		told := c.told[p[0]].Load()
		page, more, damaged, now, err := c.Store.Page(ctx, p, query)
		if err != nil {
			return nil, err
		}
		inbox.Entries = inbox.Entries[:0]
		for i := range page {
			if e, ok := entryOf(&page[i]); ok {
				inbox.Entries = append(inbox.Entries, e)
			} else {
				damaged++
			}
		}
		if damaged > 0 {
			c.Log.Error("damaged entries are left out of an inbox", "entries", damaged)
		}
		inbox.More, inbox.Unread, inbox.Last = more, uint32(now.Unread), now.Last
		if c.told[p[0]].Load() == told {
			break
		}
	}
	return wire.AppendFrame(nil, 0, &inbox), nil
}

// Settle notes what a person has read, and tells all connections of the person. It
// returns when that is stored.
func (c *Center) Settle(ctx context.Context, p wire.Person, s *wire.Settle) error {
	var settled notice.Settled
	for _, span := range s.Read {
		if span.From <= span.To && span.From <= math.MaxInt64 {
			settled.Spans = append(settled.Spans, [2]uint64{span.From, min(span.To, math.MaxInt64)})
		}
	}
	if p == (wire.Person{}) || len(settled.Spans) == 0 {
		return nil
	}
	return c.settle(ctx, p, settled)
}

// Read settles what a person has read by reading a conversation, all up to a stamp. If
// that fails it is logged, and the entries stay unread until the person reads on.
func (c *Center) Read(ctx context.Context, p wire.Person, key string, upto wire.Stamp) {
	if p == (wire.Person{}) || key == "" {
		return
	}
	if err := c.settle(ctx, p, notice.Settled{Talk: key, Stamp: uint64(min(upto, math.MaxInt64))}); err != nil {
		c.Log.Warn("it is not stored that the entries of a conversation were read", "error", err)
	}
}

func (c *Center) settle(ctx context.Context, p wire.Person, s notice.Settled) error {
	change, err := c.Store.Settle(ctx, p, s)
	if len(change.Read) > 0 {
		c.news.add(&change) // also of what was only begun
	}
	return err
}

// forget removes entries that were read and are older than Keep, in steps between which
// others are stored, until the Center is closed.
func (c *Center) forget() {
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-timer.C:
		case <-c.closing:
			return
		}
		more, err := c.Store.Forget(c.ctx, c.Now().Add(-c.Keep).UnixMilli())
		if err != nil {
			c.Log.Warn("old entries of inboxes are not removed", "error", err)
		}
		pause := forgetEvery
		if more && err == nil {
			pause = forgetPause
		}
		timer.Reset(pause)
	}
}

// encode returns an entry as the store has it: an Inbox with nothing else, and without
// what the store keeps besides.
func encode(e wire.Entry) []byte {
	e.Seq, e.Time, e.Read = 0, 0, false
	return (&wire.Inbox{Entries: []wire.Entry{e}}).Append(nil)
}

// entryOf is an entry as it is told; false: it does not parse.
func entryOf(kept *notice.Entry) (e wire.Entry, ok bool) {
	var one wire.Inbox
	if err := one.Parse(kept.Data); err != nil || len(one.Entries) != 1 {
		return e, false
	}
	e = one.Entries[0]
	e.Seq, e.Time, e.Read = kept.Seq, uint64(kept.Time), kept.Read
	return e, true
}
