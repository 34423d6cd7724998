package notify

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"math/big"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"edgeboard/relay/store/notice"
	"edgeboard/shared/wire"
)

// reads is what a phone shows of a request.
func (p *phone) reads(t *testing.T, r request) (got pushed) {
	t.Helper()
	text, err := p.Decrypt(r.body)
	if err != nil {
		t.Fatalf("what is pushed cannot be decrypted: %v", err)
	}
	if len(text) > maxPushed {
		t.Errorf("%d bytes are pushed", len(text))
	}
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(&got); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return got
}

// vouched checks who a request says that it comes from (RFC 8292 sections 2 and 3).
func vouched(r request, public []byte, origin, contact string) error {
	scheme, rest, _ := strings.Cut(r.header.Get("Authorization"), " ")
	token, key := "", ""
	for part := range strings.SplitSeq(rest, ",") {
		name, value, _ := strings.Cut(strings.TrimSpace(part), "=")
		switch name {
		case "t":
			token = value
		case "k":
			key = value
		}
	}
	point, err := base64.RawURLEncoding.DecodeString(key)
	if err != nil || scheme != "vapid" || !bytes.Equal(point, public) {
		return fmt.Errorf("the key of %q is not the relay's: %v", r.header.Get("Authorization"), err)
	}
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return fmt.Errorf("%q is no token", token)
	}
	var text [3][]byte
	for i, part := range parts {
		if text[i], err = base64.RawURLEncoding.DecodeString(part); err != nil {
			return err
		}
	}
	var header struct{ Alg, Typ string }
	var claims struct {
		Aud, Sub string
		Exp      int64
	}
	if err := json.Unmarshal(text[0], &header); err != nil || header.Alg != "ES256" || header.Typ != "JWT" {
		return fmt.Errorf("the header is %s: %v", text[0], err)
	}
	if err := json.Unmarshal(text[1], &claims); err != nil {
		return err
	}
	pub, err := ecdsa.ParseUncompressedPublicKey(elliptic.P256(), point)
	if err != nil {
		return err
	}
	sum := sha256.Sum256([]byte(parts[0] + "." + parts[1]))
	if s := text[2]; len(s) != 64 || !ecdsa.Verify(pub, sum[:], new(big.Int).SetBytes(s[:32]), new(big.Int).SetBytes(s[32:])) {
		return fmt.Errorf("the signature is wrong")
	}
	left := time.Unix(claims.Exp, 0).Sub(r.at)
	if claims.Aud != origin || claims.Sub != contact || left <= 0 || left > 24*time.Hour {
		return fmt.Errorf("the claims are %s", text[1])
	}
	return nil
}

// A push service on a port of this machine gets what a phone can read, signed by the
// relay: by https, and by http where the operator has said so. It is the relay's own
// client that dials in the second case.
func TestPushOverNetwork(t *testing.T) {
	for _, secure := range []bool{true, false} {
		t.Run(fmt.Sprint("https ", secure), func(t *testing.T) {
			requests := make(chan request, 1)
			server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				body, err := io.ReadAll(r.Body)
				if err != nil || r.Method != http.MethodPost {
					t.Errorf("%s: %v", r.Method, err)
				}
				w.WriteHeader(http.StatusCreated)
				requests <- request{time.Now(), r.URL.Path, r.Header, body}
			}))
			cfg := Config{Push: PushConfig{Contact: "https://example.com/contact"}}
			if secure {
				server.StartTLS()
				cfg.Client = server.Client()
			} else {
				server.Start()
			}
			defer server.Close()
			cfg.Push.Hosts = []string{server.URL}
			d := newDesk(t, cfg)
			d.open()
			defer d.close()
			phone := newPhone(server.URL, "sub/bo")
			d.subscribes(bo, phone)

			var b notice.Batch
			d.Of(&b, d.on("1", "see **this**", bo))
			d.store.Put(b, func(list []notice.Change, _ error) { d.Changed(list) })
			got := <-requests
			shown := phone.reads(t, got)
			if shown.Time == 0 || shown != (pushed{1, 1, shown.Time, "plans", "Ada", "", "see this", "de", 1, "/b/plans#inbox=1"}) {
				t.Errorf("it shows %+v", shown)
			}
			if err := vouched(got, d.push.public, server.URL, "https://example.com/contact"); err != nil {
				t.Error(err)
			}
			if got.url != "/sub/bo" || got.header.Get("TTL") != "86400" || got.header.Get("Urgency") != "high" || got.header.Get("Topic") != "" || got.header.Get("Content-Encoding") != "aes128gcm" {
				t.Errorf("the request for %s is %v", got.url, got.header)
			}
			// Who has another key cannot read it: the check above is one.
			other := newPhone(server.URL, "other")
			if _, err := other.Decrypt(got.body); err == nil {
				t.Error("everybody can read it")
			}
			if vouched(got, other.Public(), server.URL, "https://example.com/contact") == nil {
				t.Error("any key is the relay's")
			}
		})
	}
}

// What a device is told of each kind, and where it leads.
func TestPushedWords(t *testing.T) {
	atDesk(t, pushing(), func(t *testing.T, d *desk) {
		phone := newPhone(service, "bo")
		d.subscribes(bo, phone)
		s := d.on("1", "reply", bo)
		s.Text.Mentions, s.To = nil, bo
		for _, c := range []struct {
			do      func()
			want    pushed
			urgency string
		}{
			{func() { d.says(s) }, pushed{What: 3, Board: "plans", Name: "Ada", Text: "reply", URL: "/b/plans#inbox=1"}, "normal"},
			// What leads to no board leads to that on which the device was made known.
			{func() { d.says(d.between("2", "hi")) }, pushed{What: 2, Name: "Ada", Text: "hi", URL: "/b/plans#inbox=2"}, "high"},
			{func() {
				d.Tell(t.Context(), Event{Persons: []wire.Person{bo}, What: 5, Board: "ovens", Title: "hot", Text: "<b>90</b>"})
			}, pushed{What: 5, Board: "ovens", Title: "hot", Text: "<b>90</b>", URL: "/b/ovens#inbox=3"}, "normal"},
		} {
			c.do()
			synctest.Wait()
			list := d.sent()
			if len(list) != 1 {
				t.Fatalf("%+v: %d requests", c.want, len(list))
			}
			got := phone.reads(t, list[0])
			c.want.Seq, c.want.Unread, c.want.Language, c.want.Time = got.Seq, int(got.Seq), "de", uint64(time.Now().UnixMilli())
			if got != c.want || list[0].header.Get("Urgency") != c.urgency || list[0].url != phone.endpoint {
				t.Errorf("%+v, %v, and not %+v", got, list[0].header, c.want)
			}
			if err := vouched(list[0], d.push.public, service, "mailto:ops@example.com"); err != nil {
				t.Error(err)
			}
		}
		d.counted("push sent:3")
	})
}

// Whatever stands in an entry, what is pushed is short enough.
func TestPushedIsShort(t *testing.T) {
	name := strings.Repeat("b", wire.MaxBoardName)
	e := wire.Entry{
		Seq: 1<<64 - 1, What: 1<<32 - 1, Time: 1<<64 - 1, Board: name,
		Name: strings.Repeat(`"`, wire.MaxName), Title: strings.Repeat("<", wire.MaxTitle), Text: strings.Repeat("\\", wire.MaxExcerpt),
	}
	d := device{Language: strings.Repeat("x", wire.MaxLanguage), Board: name}
	if text := d.words(&e, 1<<62); len(text) > maxPushed || !json.Valid(text) || !bytes.Contains(text, []byte(strings.Repeat(`\\`, wire.MaxExcerpt))) {
		t.Errorf("there are %d bytes: %s", len(text), text)
	}
	e.Text = strings.Repeat("\x01", wire.MaxText) // nobody stores that
	if text := d.words(&e, 0); len(text) > maxPushed || !json.Valid(text) {
		t.Errorf("there are %d bytes", len(text))
	}
	if text := (&device{}).words(&wire.Entry{Seq: 7}, 0); !bytes.Contains(text, []byte(`"url":"/#inbox=7"`)) {
		t.Errorf("what leads nowhere is %s", text)
	}
}

// Nobody is woken who looks at a board, in quiet hours, for what was read, taken back or
// barred, nor for what is not to be pushed. What is dropped does not come later.
func TestPushIsDropped(t *testing.T) {
	for name, c := range map[string]struct {
		before, between func(d *desk)
		looks           func(context.Context, wire.Person) bool // on other relays
		waits           bool                                    // the first attempt fails, and between follows
		outcome         string
	}{
		"somebody looks":  {before: func(d *desk) { d.looks[bo] = true }, outcome: "push dropped:1"},
		"looks elsewhere": {looks: func(_ context.Context, p wire.Person) bool { return p == bo }, outcome: "push dropped:1"},
		"quiet hours":     {before: func(d *desk) { d.wishes(bo, wire.Wishes{QuietFrom: 1439, QuietTo: 60}) }, outcome: "push dropped:1"},
		"unpushed":        {before: func(d *desk) { d.wishes(bo, wire.Wishes{Unpushed: 1 << wire.EntryMention}) }},
		"off":             {before: func(d *desk) { d.wishes(bo, wire.Wishes{Off: 1 << wire.EntryMention}) }},
		"read meanwhile":  {between: func(d *desk) { d.settles(bo, wire.Span{From: 1, To: 1}) }, waits: true, outcome: "push dropped:1 push retried:1"},
		"looks meanwhile": {between: func(d *desk) { d.do(func() { d.looks[bo] = true }) }, waits: true, outcome: "push dropped:1 push retried:1"},
		// The store removes what was to be delivered with the entry.
		"taken back meanwhile": {between: func(d *desk) {
			s := d.on("1", "", bo)
			s.New, s.Text.Deleted = false, true
			d.says(s)
		}, waits: true, outcome: "push retried:1"},
		"barred meanwhile": {between: func(d *desk) {
			if err := d.Bar(d.t.Context(), "plans", bo, true); err != nil {
				d.t.Error(err)
			}
		}, waits: true, outcome: "push dropped:1 push retried:1"},
		"sent away meanwhile": {between: func(d *desk) {
			if err := d.Bar(d.t.Context(), "", bo, true); err != nil {
				d.t.Error(err)
			}
		}, waits: true, outcome: "push dropped:1 push retried:1"},
		"unsubscribed meanwhile": {between: func(d *desk) {
			s := newPhone(service, "bo").subscribe()
			s.Ended = true
			if _, err := d.Subscribe(d.t.Context(), bo, "plans", s); err != nil {
				d.t.Error(err)
			}
		}, waits: true, outcome: "push dropped:1 push retried:1"},
		"none of it": {between: func(*desk) {}, waits: true, outcome: "push retried:1 push sent:1"},
	} {
		t.Run(name, func(t *testing.T) {
			cfg := pushing()
			cfg.Looks = c.looks
			atDesk(t, cfg, func(t *testing.T, d *desk) {
				d.subscribes(bo, newPhone(service, "bo"))
				if c.before != nil {
					c.before(d)
				}
				if c.waits {
					d.answer(500, nil)
				}
				d.says(d.on("1", "x", bo))
				if got := len(d.sent()); got != 0 && !c.waits || got != 1 && c.waits {
					t.Errorf("%d requests", got)
				}
				if c.waits {
					c.between(d)
					d.answer(201, nil)
				}
				d.do(func() { d.looks[cy] = true }) // which is nobody's business
				time.Sleep(48 * time.Hour)
				if got := len(d.sent()); (got > 0) != strings.HasSuffix(c.outcome, "sent:1") || len(d.store.deliveries(t)) != 0 {
					t.Errorf("%d requests, and %d deliveries wait", got, len(d.store.deliveries(t)))
				}
				d.counted(c.outcome)
			})
		})
	}
}

// A subscription that the service does not know any more is removed, and that of the
// other device stays.
func TestExpired(t *testing.T) {
	for _, status := range []int{404, 410} {
		atDesk(t, pushing(), func(t *testing.T, d *desk) {
			old, other := newPhone(service, "old"), newPhone(service, "other")
			d.subscribes(bo, old)
			d.subscribes(bo, other)
			d.do(func() {
				d.answers = func(r request) (int, http.Header, error) {
					if r.url == old.endpoint {
						return status, nil, nil
					}
					return 201, nil, nil
				}
			})
			d.says(d.on("1", "x", bo))
			if n := len(d.sent()); n != 2 {
				t.Errorf("%d: %d requests", status, n)
			}
			d.counted("push expired:1 push sent:1")
			d.says(d.on("2", "y", bo))
			if list := d.sent(); len(list) != 1 || list[0].url != other.endpoint {
				t.Errorf("%d: after that there are %d", status, len(list))
			}
			d.close()
			d.open()
			if k, err := d.person(t.Context(), bo); err != nil || len(k.devices) != 1 {
				t.Errorf("%d: the devices are %+v: %v", status, k.devices, err)
			}
			// It may come back.
			d.answer(201, nil)
			d.subscribes(bo, old)
			d.says(d.on("3", "z", bo))
			if n := len(d.sent()); n != 2 {
				t.Errorf("%d: %d requests", status, n)
			}
		})
	}
}

// What the service will never take is not tried again, and what it says of it is logged
// without the endpoint, which is a secret.
func TestPushGivenUp(t *testing.T) {
	for _, status := range []int{301, 307, 400, 401, 403, 413} {
		atDesk(t, pushing(), func(t *testing.T, d *desk) {
			d.subscribes(bo, newPhone(service, "a-secret"))
			d.answer(status, http.Header{"Location": {"https://push.example/elsewhere"}})
			d.says(d.on("1", "x", bo))
			time.Sleep(48 * time.Hour)
			if n := len(d.sent()); n != 1 || len(d.store.deliveries(t)) > 0 {
				t.Errorf("%d: %d requests, and %d wait", status, n, len(d.store.deliveries(t)))
			}
			d.counted("push given up:1")
			if d.log.Count("given up") != 1 || d.log.Count("a-secret") > 0 {
				t.Errorf("%d: the log is %s", status, &d.log)
			}
		})
	}
	// Nor that a network has refused says where to.
	atDesk(t, pushing(), func(t *testing.T, d *desk) {
		d.subscribes(bo, newPhone(service, "a-secret"))
		d.do(func() { d.answers = func(request) (int, http.Header, error) { return 0, nil, errDisk } })
		d.says(d.on("1", "x", bo))
		if d.log.Count("on fire") != 1 || d.log.Count("a-secret") > 0 {
			t.Errorf("the log is %s", &d.log)
		}
		d.answer(201, nil)
		time.Sleep(time.Minute)
		d.counted("push retried:1 push sent:1")
	})
}

// Both devices of a person are told, each once.
func TestTwoDevices(t *testing.T) {
	atDesk(t, pushing(), func(t *testing.T, d *desk) {
		one, two := newPhone(service, "one"), newPhone(service, "two")
		d.subscribes(bo, one)
		d.subscribes(bo, two)
		d.says(d.on("1", "x", bo))
		got := map[string]request{}
		for _, r := range d.sent() {
			got[r.url] = r
		}
		if len(got) != 2 || one.reads(t, got[one.endpoint]).Text != "x" || two.reads(t, got[two.endpoint]).Text != "x" {
			t.Errorf("told are %d", len(got))
		}
	})
}

// When the operator allows a service no longer nothing is sent there, of what waits too.
func TestHostIsAllowedNoLonger(t *testing.T) {
	atDesk(t, pushing(), func(t *testing.T, d *desk) {
		d.subscribes(bo, newPhone(service, "bo"))
		d.answer(500, nil)
		d.says(d.on("1", "x", bo))
		d.says(d.on("2", "x", bo))
		d.sent()
		for _, hosts := range [][]string{{"other.example"}, nil} {
			d.close()
			d.cfg.Push.Hosts = hosts
			d.open()
			d.says(d.on("3", "x", bo))
			time.Sleep(time.Hour)
			if n := len(d.sent()); n > 0 || len(d.store.deliveries(t)) > 0 {
				t.Errorf("with %v: %d requests, and %d wait", hosts, n, len(d.store.deliveries(t)))
			}
		}
	})
}

// What the library for push is given is checked before, and what it makes of bad keys is
// an error, and no panic: records may be damaged.
func TestBadKeysAreAnError(t *testing.T) {
	atDesk(t, pushing(), func(t *testing.T, d *desk) {
		good := newPhone(service, "bo")
		for i, key := range [][]byte{nil, {}, {0}, make([]byte, 65), bytes.Repeat([]byte{0xff}, 65), append([]byte{4}, make([]byte, 64)...), good.Public()[:64]} {
			p := named(fmt.Sprint("p", i))
			d.people.known[p] = &person{devices: []device{{Endpoint: good.endpoint, Key: key, Auth: good.Auth, name: "x"}}}
			a := d.pushTo(context.Background(), &notice.Delivery{Target: "push/x", Entry: notice.Entry{Person: p, Seq: 1, Data: encode(wire.Entry{What: 1})}})
			if a.outcome != givenUp || a.why == nil {
				t.Errorf("a key of %d bytes: %+v", len(key), a)
			}
		}
	})
}
