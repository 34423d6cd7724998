package notify

import (
	"bytes"
	"context"
	"crypto/ecdh"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	webpush "github.com/SherClockHolmes/webpush-go"

	"edgeboard/relay/store/notice"
	"edgeboard/shared/wire"
)

const (
	pushTarget = "push/" // and the device's name
	// keyName is what the relay's key is called among the records of its kind.
	keyName = "push"
	// pushTTL is how long a push service keeps what it cannot deliver.
	pushTTL = 24 * time.Hour
	// maxPushed is the greatest length of what is pushed in bytes, before it is
	// encrypted: with the padding it is 4096 then, the least that a service must take
	// (RFC 8030 section 7.2).
	maxPushed = 3 << 10
)

// pusher sends to devices.
type pusher struct {
	hosts   *hosts
	client  *http.Client
	contact string // without mailto:, which webpush adds
	public  []byte // 65 bytes
	private string // base64url of 32 bytes
}

func newPusher(ctx context.Context, cfg Config) (*pusher, error) {
	h, err := cfg.Push.parse()
	if err != nil {
		return nil, err
	}
	contact := strings.TrimPrefix(cfg.Push.Contact, "mailto:")
	key, err := vapidKey(ctx, cfg.Records)
	if err != nil {
		return nil, fmt.Errorf("the relay's key for push: %w", err)
	}
	return &pusher{
		hosts: h, client: pushClient(cfg.Client, h), contact: contact,
		public: key.PublicKey().Bytes(), private: base64.RawURLEncoding.EncodeToString(key.Bytes()),
	}, nil
}

// parse reads where to may be pushed, and says what is wrong.
func (p PushConfig) parse() (*hosts, error) {
	contact, mail := strings.CutPrefix(p.Contact, "mailto:")
	if u, err := url.Parse(p.Contact); err != nil || !(mail && strings.Contains(contact, "@") || u.Scheme == "https" && u.Host != "") {
		return nil, fmt.Errorf("push services want to know whom to ask: %.80q is neither mailto: and an address, nor https: and a place", p.Contact)
	}
	return parseHosts(p.Hosts)
}

// vapidKey reads the relay's key, or makes it: all relays of a cluster have one. One that
// is damaged is not replaced: all subscriptions are for it.
func vapidKey(ctx context.Context, records Records) (*ecdh.PrivateKey, error) {
	for {
		value, err := records.Get(ctx, ofKey, keyName)
		if err != nil {
			return nil, err
		}
		if value != nil {
			return ecdh.P256().NewPrivateKey(value)
		}
		key, err := ecdh.P256().GenerateKey(rand.Reader)
		if err != nil {
			return nil, err
		}
		if held, err := records.Swap(ctx, ofKey, keyName, nil, key.Bytes(), time.Time{}); held || err != nil {
			return key, err
		}
	}
}

// pushed is what a device is told: docs/notices.md has it for those who write a page.
type pushed struct {
	Seq      uint64 `json:"seq"`
	What     uint32 `json:"what"`
	Time     uint64 `json:"time"` // milliseconds since 1970 UTC
	Board    string `json:"board"`
	Name     string `json:"name"`
	Title    string `json:"title"`
	Text     string `json:"text"`
	Language string `json:"language"`
	Unread   int    `json:"unread"`
	URL      string `json:"url"` // where it leads, on the relay's own origin
}

// words is what a device is told of an entry.
func (d *device) words(e *wire.Entry, unread int) []byte {
	board, path := e.Board, "/"
	if board == "" {
		board = d.Board
	}
	if board != "" {
		path = "/b/" + url.PathEscape(board)
	}
	p := pushed{e.Seq, e.What, e.Time, e.Board, e.Name, e.Title, e.Text, d.Language, unread, path + "#inbox=" + strconv.FormatUint(e.Seq, 10)}
	for {
		var b bytes.Buffer
		enc := json.NewEncoder(&b)
		enc.SetEscapeHTML(false) // nobody makes HTML of it, and it takes six bytes for one
		if err := enc.Encode(p); err != nil {
			panic(err) // texts and numbers are always JSON
		}
		text := bytes.TrimSpace(b.Bytes())
		if len(text) <= maxPushed || p.Text == "" {
			return text
		}
		p.Text = cut(p.Text, len(p.Text)/2)
	}
}

// pushTo tells a device of the person of an entry.
func (c *Center) pushTo(ctx context.Context, d *notice.Delivery) attempt {
	e, ok := entryOf(&d.Entry)
	if d.Entry.Read || !ok || c.push == nil {
		return attempt{outcome: dropped}
	}
	p := wire.Person(d.Entry.Person)
	k, err := c.person(ctx, p)
	if err != nil {
		return attempt{outcome: retried, why: err}
	}
	to := k.device(strings.TrimPrefix(d.Target, pushTarget))
	if to == nil || k.shut(e.Board) || k.quiet(c.Now()) || c.Looks(ctx, p) {
		return attempt{outcome: dropped}
	}
	now, err := c.standing(ctx, p)
	if err != nil {
		return attempt{outcome: retried, why: err}
	}
	urgency := webpush.UrgencyNormal
	if e.What == wire.EntryPrivate || e.What == wire.EntryMention {
		urgency = webpush.UrgencyHigh
	}
	subscription := webpush.Subscription{Endpoint: to.Endpoint, Keys: webpush.Keys{
		P256dh: base64.RawURLEncoding.EncodeToString(to.Key), Auth: base64.RawURLEncoding.EncodeToString(to.Auth),
	}}
	resp, err := webpush.SendNotificationWithContext(ctx, to.words(&e, now.Unread), &subscription, &webpush.Options{
		HTTPClient: c.push.client, Subscriber: c.push.contact, TTL: int(pushTTL / time.Second), Urgency: urgency,
		VAPIDPublicKey: base64.RawURLEncoding.EncodeToString(c.push.public), VAPIDPrivateKey: c.push.private,
	})
	if err != nil {
		if sent := new(url.Error); errors.As(err, &sent) {
			return attempt{outcome: retried, why: sent.Err} // without the endpoint, a secret
		}
		return attempt{outcome: givenUp, why: err} // it was not encrypted
	}
	finish(resp)
	a := answered(resp, c.Now())
	switch {
	case a.outcome == sent:
	case resp.StatusCode == http.StatusNotFound || resp.StatusCode == http.StatusGone:
		a.outcome = expired
		if err := c.expire(ctx, p, to); err != nil {
			return attempt{outcome: retried, why: err}
		}
	case resp.StatusCode != http.StatusTooManyRequests && resp.StatusCode < 500:
		a.outcome = givenUp
	}
	return a
}

// device returns that of a name, nil if there is none.
func (k *person) device(name string) *device {
	for i := range k.devices {
		if k.devices[i].name == name {
			return &k.devices[i]
		}
	}
	return nil
}

// expire removes a subscription that the push service does not know any more, unless the
// device was subscribed again meanwhile.
func (c *Center) expire(ctx context.Context, p wire.Person, old *device) error {
	defer c.hold(p)()
	k, err := c.person(ctx, p)
	if err != nil {
		return err
	}
	if now := k.device(old.name); now == nil || !bytes.Equal(now.Key, old.Key) || !bytes.Equal(now.Auth, old.Auth) {
		return nil
	}
	return c.unsubscribe(ctx, p, old.name)
}
