package notify

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"edgeboard/relay/store/notice"
	"edgeboard/shared/wire"
)

var secret = []byte("0123456789abcdef01234567")

// hooking is a Config with webhooks.
func hooking(urls ...string) Config {
	cfg := Config{}
	for _, u := range urls {
		cfg.Webhooks = append(cfg.Webhooks, Webhook{u, secret})
	}
	return cfg
}

// signed checks a webhook's signature as who receives it does: Standard Webhooks,
// "Verifying signatures".
func signed(r request) error {
	at := r.header.Get("webhook-timestamp")
	var seconds int64
	if _, err := fmt.Sscan(at, &seconds); err != nil || max(r.at.Unix()-seconds, seconds-r.at.Unix()) > 300 {
		return fmt.Errorf("the time is %q", at)
	}
	mac := hmac.New(sha256.New, secret)
	fmt.Fprintf(mac, "%s.%s.%s", r.header.Get("webhook-id"), at, r.body)
	version, text, _ := strings.Cut(r.header.Get("webhook-signature"), ",")
	got, err := base64.StdEncoding.DecodeString(text)
	if err != nil || version != "v1" || !hmac.Equal(got, mac.Sum(nil)) {
		return fmt.Errorf("the signature %q is wrong", r.header.Get("webhook-signature"))
	}
	return nil
}

// Each webhook is told of each entry of whomever, whether somebody looks, or wants quiet,
// or not; signed, and with all that there is.
func TestWebhook(t *testing.T) {
	cfg := hooking("https://one.example/hook?token=t", "http://127.0.0.1:8123/")
	atDesk(t, cfg, func(t *testing.T, d *desk) {
		d.wishes(bo, wire.Wishes{Unpushed: 1<<32 - 1, QuietFrom: 0, QuietTo: 1439})
		d.looks[bo] = true
		time.Sleep(1500 * time.Millisecond)
		d.says(d.on("message-1", "see **this**", bo))
		list := d.sent()
		if len(list) != 2 || list[0].url == list[1].url {
			t.Fatalf("%d requests", len(list))
		}
		for _, r := range list {
			if err := signed(r); err != nil {
				t.Error(err)
			}
			want := `{"type":"inbox.entry","timestamp":"2000-01-01T00:00:01.5Z","data":{"person":"` + hexName(bo) + `","seq":1,"what":"mention","time":946684801500,"board":"plans",` +
				`"from":"` + hexName(ada) + `","name":"Ada","text":"see this","message":"bWVzc2FnZS0xICAgICAgIA"}}`
			if string(r.body) != want || r.header.Get("Content-Type") != "application/json" || r.header.Get("webhook-id") != hexName(bo)+"-1" {
				t.Errorf("it is %v\n%s, and not\n%s", r.header, r.body, want)
			}
		}
		d.says(d.between("2", "hi"))
		if _, err := d.Tell(t.Context(), Event{Persons: []wire.Person{cy}, What: 6, Title: "T", Element: "e1"}); err != nil {
			t.Error(err)
		}
		if _, err := d.Tell(t.Context(), Event{Persons: []wire.Person{cy}, What: 31, ID: "x"}); err != nil {
			t.Error(err)
		}
		synctest.Wait()
		whats := map[string]int{}
		for _, r := range d.sent() {
			var h hooked
			if err := json.Unmarshal(r.body, &h); err != nil {
				t.Error(err)
			}
			whats[h.Data.What+" "+h.Data.With+h.Data.Title+h.Data.Element]++
		}
		if fmt.Sprint(whats) != fmt.Sprint(map[string]int{"private " + hexName(ada): 2, "notice Te1": 2, "31 ": 2}) {
			t.Errorf("they are told %v", whats)
		}
		d.counted("webhook sent:8")
	})
}

// What a webhook does not take is tried again, the same with the same id and a signature
// of its own time, until it does.
func TestWebhookAgain(t *testing.T) {
	for _, status := range []int{301, 400, 404, 410, 429, 500, 503} {
		atDesk(t, hooking("https://one.example/a-secret"), func(t *testing.T, d *desk) {
			d.answer(status, nil)
			d.says(d.on("1", "x", bo))
			d.settles(bo, wire.Span{From: 1, To: 1}) // it is for programs, whoever has read it
			time.Sleep(pauseFirst - time.Millisecond)
			if n := d.soFar(); n != 1 {
				t.Errorf("%d: %d requests at once", status, n)
			}
			d.answer(204, nil)
			time.Sleep(pauseFirst)
			list := d.sent()
			if len(list) != 2 {
				t.Fatalf("%d: %d requests", status, len(list))
			}
			for _, r := range list {
				if err := signed(r); err != nil {
					t.Errorf("%d: %v", status, err)
				}
			}
			if string(list[0].body) != string(list[1].body) || list[0].header.Get("webhook-id") != list[1].header.Get("webhook-id") || list[0].header.Get("webhook-timestamp") == list[1].header.Get("webhook-timestamp") {
				t.Errorf("%d: the second is %v", status, list[1].header)
			}
			time.Sleep(48 * time.Hour)
			if n := len(d.sent()); n > 0 || len(d.store.deliveries(t)) > 0 {
				t.Errorf("%d: %d more", status, n)
			}
			if d.log.Count("a-secret") > 0 {
				t.Error("the address is in the log")
			}
		})
	}
}

// The pauses double up to an hour, with jitter, and after a day it is given up.
func TestPauses(t *testing.T) {
	atDesk(t, pushing(), func(t *testing.T, d *desk) {
		d.subscribes(bo, newPhone(service, "bo"))
		d.answer(503, nil)
		d.says(d.on("1", "x", bo))
		time.Sleep(72 * time.Hour)
		list := d.sent()
		odd := false
		for i := 1; i < len(list); i++ {
			got := list[i].at.Sub(list[i-1].at)
			want := min(time.Hour, 10*time.Second<<min(i-1, 20))
			if got < want || got > want+want/4+time.Second {
				t.Errorf("attempt %d is after %v, and not about %v", i, got, want)
			}
			odd = odd || got%time.Second != 0
		}
		last := list[len(list)-1].at.Sub(list[0].at)
		if last > giveUp || last < giveUp-2*time.Hour || !odd {
			t.Errorf("the last of %d is after %v; there is jitter: %v", len(list), last, odd)
		}
		if len(d.store.deliveries(t)) > 0 || d.log.Count("in a day") != 1 {
			t.Errorf("%d wait still; the log is %s", len(d.store.deliveries(t)), &d.log)
		}
		d.counted(fmt.Sprintf("push given up:1 push retried:%d", len(list)-1))
		// What comes then is tried at once, or soon: nobody knows whether it is back.
		d.answer(201, nil)
		d.says(d.on("2", "y", bo))
		time.Sleep(2 * time.Hour)
		if n := len(d.sent()); n != 1 {
			t.Errorf("%d requests", n)
		}
	})
}

// A service says when to come back, in seconds or with a date, and it is not asked
// before.
func TestRetryAfter(t *testing.T) {
	epoch := time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC) // of bubbles
	for _, c := range []struct {
		header     string
		from, most time.Duration
	}{
		{"", pauseFirst, pauseFirst + pauseFirst/4},
		{"3", pauseFirst, pauseFirst + pauseFirst/4},
		{"-3", pauseFirst, pauseFirst + pauseFirst/4},
		{"soon", pauseFirst, pauseFirst + pauseFirst/4},
		{"7200", 2 * time.Hour, 2 * time.Hour},
		{epoch.Add(3 * time.Hour).Format(http.TimeFormat), 3 * time.Hour, 3 * time.Hour},
		{epoch.Add(-3 * time.Hour).Format(http.TimeFormat), pauseFirst, pauseFirst + pauseFirst/4},
		{"86400", 24 * time.Hour, 24 * time.Hour},
		{"86401", 0, 0}, // too late: given up
		{"99999999999999999999", 0, 0},
		{epoch.Add(9999 * time.Hour).Format(http.TimeFormat), 0, 0},
	} {
		atDesk(t, pushing(), func(t *testing.T, d *desk) {
			d.subscribes(bo, newPhone(service, "bo"))
			d.answer(429, http.Header{"Retry-After": {c.header}})
			d.says(d.on("1", "x", bo))
			d.answer(201, nil)
			time.Sleep(72 * time.Hour)
			list := d.sent()
			if c.most == 0 {
				if len(list) != 1 || d.outcome("push given up") != 1 {
					t.Errorf("%q: %d requests", c.header, len(list))
				}
				return
			}
			if len(list) != 2 {
				t.Fatalf("%q: %d requests", c.header, len(list))
			}
			if got := list[1].at.Sub(list[0].at); got < c.from || got > c.most+time.Second {
				t.Errorf("%q: the next is after %v", c.header, got)
			}
		})
	}
}

func FuzzRetryAfter(f *testing.F) {
	for _, text := range []string{"", "0", "120", "-1", "1e9", "18446744073709551616", "Sat, 01 Jan 2000 00:00:00 GMT", "Fri, 31 Dec 9999 23:59:59 GMT"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if d := retryAfter(text, time.Unix(946684800, 0)); d < 0 || d > giveUp+time.Second {
			t.Errorf("%q is %v", text, d)
		}
	})
}

// When nothing is due nothing runs: the store is asked when something has come, and when
// the next one is due.
func TestNobodyPolls(t *testing.T) {
	atDesk(t, hooking("https://one.example/"), func(t *testing.T, d *desk) {
		synctest.Wait()
		d.store.counts()
		time.Sleep(240 * time.Hour)
		synctest.Wait()
		if asked, _ := d.store.counts(); asked > 0 {
			t.Errorf("the store is asked %d times in idle days", asked)
		}
		d.answer(500, nil)
		d.says(d.on("1", "x", bo))
		time.Sleep(time.Hour)
		n := len(d.sent())
		if asked, _ := d.store.counts(); asked > 3*n+3 {
			t.Errorf("the store is asked %d times for %d attempts", asked, n)
		}
		d.answer(200, nil)
	})
}

// At most so many are tried at a time, and a target that does not answer takes not all
// of them: the other one has its own meanwhile.
func TestAtOnce(t *testing.T) {
	atDesk(t, hooking("https://slow.example/", "https://fast.example/"), func(t *testing.T, d *desk) {
		slow, most, atSlow := 0, 0, make(chan struct{})
		d.do(func() {
			d.answers = func(r request) (int, http.Header, error) {
				if !strings.Contains(r.url, "slow") {
					return 200, nil, nil
				}
				d.do(func() { slow++; most = max(most, slow) })
				<-atSlow
				d.do(func() { slow-- })
				return 200, nil, nil
			}
		})
		for i := range 20 {
			d.says(d.on(fmt.Sprint(i), "x", bo))
		}
		if d.outcome("webhook sent") != 20 || most != atTarget {
			t.Errorf("the fast one got %d; the slow one was tried %d times at once", d.outcome("webhook sent"), most)
		}
		close(atSlow)
		synctest.Wait()
		if d.outcome("webhook sent") != 40 || most > atTarget || len(d.store.deliveries(t)) > 0 {
			t.Errorf("%d were sent, at most %d at once", d.outcome("webhook sent"), most)
		}
	})
	urls := []string{}
	for i := range 10 {
		urls = append(urls, fmt.Sprint("https://slow.example/", i))
	}
	atDesk(t, hooking(urls...), func(t *testing.T, d *desk) {
		now, most := 0, 0
		d.do(func() {
			d.answers = func(request) (int, http.Header, error) {
				d.do(func() { now++; most = max(most, now) })
				time.Sleep(time.Second)
				d.do(func() { now-- })
				return 200, nil, nil
			}
		})
		for i := range 5 {
			d.says(d.on(fmt.Sprint(i), "x", bo))
		}
		if n := d.lastWaiting(); n < 10 {
			t.Errorf("%d wait", n)
		}
		time.Sleep(time.Minute)
		synctest.Wait()
		if most != atOnce || d.outcome("webhook sent") != 50 {
			t.Errorf("%d at once, %d in all", most, d.outcome("webhook sent"))
		}
	})
}

// One that never answers is given ten seconds.
func TestAttemptEnds(t *testing.T) {
	atDesk(t, hooking("https://one.example/"), func(t *testing.T, d *desk) {
		d.cfg.Client.Transport = hanging{}
		d.close()
		d.open()
		d.says(d.on("1", "x", bo))
		time.Sleep(attemptTimeout - time.Millisecond)
		synctest.Wait()
		d.counted("")
		time.Sleep(time.Millisecond)
		synctest.Wait()
		d.counted("webhook retried:1")
	})
}

type hanging struct{}

func (hanging) RoundTrip(r *http.Request) (*http.Response, error) {
	<-r.Context().Done()
	return nil, r.Context().Err()
}

// A target that is away costs few attempts, however many are due for it; once it is back
// all come.
func TestTargetIsAway(t *testing.T) {
	atDesk(t, hooking("https://one.example/"), func(t *testing.T, d *desk) {
		d.answer(502, nil)
		for i := range 300 {
			d.says(d.on(fmt.Sprint(i), "x", bo))
		}
		time.Sleep(10 * time.Minute)
		if n := len(d.sent()); n < 5 || n > 60 {
			t.Errorf("%d attempts in ten minutes", n)
		}
		if d.log.Count("not delivered") != 1 {
			t.Errorf("it is logged %d times", d.log.Count("not delivered"))
		}
		d.answer(200, nil)
		time.Sleep(3 * time.Hour)
		ids := map[string]bool{}
		for _, r := range d.sent() {
			ids[r.header.Get("webhook-id")] = true
		}
		if len(ids) != 300 || len(d.store.deliveries(t)) > 0 || d.log.Count("again\"") != 1 {
			t.Errorf("%d have come, %d wait; the log is %s", len(ids), len(d.store.deliveries(t)), &d.log)
		}
	})
	// One that never comes back is given up, whether tried or put off.
	atDesk(t, hooking("https://one.example/"), func(t *testing.T, d *desk) {
		d.answer(502, nil)
		for i := range 30 {
			d.says(d.on(fmt.Sprint(i), "x", bo))
		}
		time.Sleep(30 * time.Hour)
		if len(d.store.deliveries(t)) > 0 || d.outcome("webhook given up") != 30 {
			t.Errorf("%d wait, and %d were given up", len(d.store.deliveries(t)), d.outcome("webhook given up"))
		}
	})
}

// What is due goes on with the next relay, with the same id.
func TestNextRelayGoesOn(t *testing.T) {
	cfg := hooking("https://one.example/")
	cfg.Push = pushing().Push
	atDesk(t, cfg, func(t *testing.T, d *desk) {
		d.subscribes(bo, newPhone(service, "bo"))
		d.answer(503, nil)
		d.says(d.on("1", "x", bo))
		first := d.sent()
		d.close()
		if len(first) != 2 || len(d.store.deliveries(t)) != 2 {
			t.Fatalf("%d requests, and %d wait", len(first), len(d.store.deliveries(t)))
		}
		time.Sleep(time.Hour)
		d.answer(200, nil)
		d.open()
		synctest.Wait()
		next := d.sent()
		if len(next) != 2 || len(d.store.deliveries(t)) > 0 {
			t.Errorf("%d requests, and %d wait", len(next), len(d.store.deliveries(t)))
		}
		for _, r := range next {
			if id := r.header.Get("webhook-id"); id != "" && id != hexName(bo)+"-1" {
				t.Errorf("the id is %s", id)
			}
		}
		// Of a webhook that is no more, or a kind of target that nobody knows, nothing is left.
		d.answer(503, nil)
		d.says(d.on("2", "x", bo))
		d.store.put(t, notice.Put{Targets: []string{"pigeon/1"}, Entry: notice.Entry{Person: bo, Source: [16]byte{1}, Time: time.Now().UnixMilli()}})
		d.close()
		d.sent()
		d.cfg.Webhooks = nil
		d.answer(200, nil)
		d.open()
		time.Sleep(time.Hour)
		if n := len(d.sent()); n != 1 || len(d.store.deliveries(t)) > 0 {
			t.Errorf("%d requests, and %d wait", n, len(d.store.deliveries(t)))
		}
	})
}

// Close waits for what is in flight, which then is over; and not longer than it may: then
// the next relay tries it again.
func TestCloseWhileDelivering(t *testing.T) {
	for _, patient := range []bool{true, false} {
		atDesk(t, hooking("https://one.example/"), func(t *testing.T, d *desk) {
			d.cfg.Client.Transport = slow{d}
			d.close()
			d.open()
			d.says(d.on("1", "x", bo))
			ctx, cancel := context.WithTimeout(t.Context(), map[bool]time.Duration{true: time.Minute, false: time.Second}[patient])
			defer cancel()
			begun := time.Now()
			err := d.Close(ctx)
			took := time.Since(begun)
			if patient && (err != nil || took != 5*time.Second || len(d.store.deliveries(t)) != 0) {
				t.Errorf("after %v: %v, and %d wait", took, err, len(d.store.deliveries(t)))
			}
			if !patient && (err == nil || took != time.Second || len(d.store.deliveries(t)) != 1 || d.store.deliveries(t)[0].Tries != 0) {
				t.Errorf("after %v: %v, and %d wait", took, err, len(d.store.deliveries(t)))
			}
			d.open()
			time.Sleep(time.Minute)
			if n := len(d.sent()); n != 1 {
				t.Errorf("it was taken %d times", n)
			}
		})
	}
}

// slow takes five seconds for a request.
type slow struct{ d *desk }

func (s slow) RoundTrip(r *http.Request) (*http.Response, error) {
	select {
	case <-time.After(5 * time.Second):
		return s.d.RoundTrip(r)
	case <-r.Context().Done():
		return nil, r.Context().Err()
	}
}

// A store that fails is asked again, later each time. What was sent and is not stored to
// be is not sent again, and is stored when that works.
func TestStoreFailsWhileDelivering(t *testing.T) {
	atDesk(t, hooking("https://one.example/"), func(t *testing.T, d *desk) {
		d.do(func() {
			d.answers = func(request) (int, http.Header, error) { d.store.Fail(errDisk); return 200, nil, nil }
		})
		d.says(d.on("1", "x", bo))
		time.Sleep(time.Hour)
		if n := d.log.Count("is not stored"); n < 30 || n > 80 {
			t.Errorf("it is tried %d times in an hour", n)
		}
		d.answer(200, nil)
		d.store.Fail(nil)
		time.Sleep(storeMost)
		synctest.Wait()
		if _, kept := d.store.counts(); len(d.sent()) != 1 || len(d.store.deliveries(t)) != 0 || kept != 1 {
			t.Errorf("%d outcomes were stored, %d wait", kept, len(d.store.deliveries(t)))
		}

		// The same with a store that cannot be asked what is due.
		d.store.Fail(errDisk)
		d.wake()
		time.Sleep(time.Hour)
		if n := d.log.Count("cannot be read"); n < 30 || n > 80 {
			t.Errorf("it is asked %d times in an hour", n)
		}
		d.store.Fail(nil)
		d.says(d.on("2", "x", bo))
		time.Sleep(storeMost)
		if n := len(d.sent()); n != 1 || len(d.store.deliveries(t)) != 0 {
			t.Errorf("it was sent %d times, %d wait", n, len(d.store.deliveries(t)))
		}
	})
}

// Records that fail when a device is to be told are asked again: it is not known that
// there is none.
func TestRecordsFailWhileDelivering(t *testing.T) {
	f := &faulty{}
	cfg := pushing()
	cfg.Records = f
	atDeskWith(t, cfg, func(d *desk) { f.Records = d.records.Records() }, func(t *testing.T, d *desk) {
		d.subscribes(bo, newPhone(service, "bo"))
		d.answer(500, nil)
		d.says(d.on("1", "x", bo))
		d.close()
		d.sent()
		d.open()
		f.set(errDisk, false)
		time.Sleep(time.Hour)
		if n := len(d.sent()); n > 0 || len(d.store.deliveries(t)) != 1 {
			t.Errorf("%d requests, and %d wait", n, len(d.store.deliveries(t)))
		}
		f.set(nil, false)
		d.answer(201, nil)
		time.Sleep(2 * time.Hour)
		if n := len(d.sent()); n != 1 || len(d.store.deliveries(t)) != 0 {
			t.Errorf("%d requests, and %d wait", n, len(d.store.deliveries(t)))
		}
	})
}

// Many targets that fail, and are no more, are forgotten.
func TestRestsAreBounded(t *testing.T) {
	atDesk(t, Config{}, func(t *testing.T, d *desk) {
		v := &deliverer{Center: d.Center, busy: map[int64]bool{}, at: map[string]int{}, rests: map[string]time.Time{}}
		for i := range 5 * maxRests {
			time.Sleep(time.Second)
			one := notice.Delivery{ID: int64(i), Target: fmt.Sprint("push/", i), Since: time.Now().UnixMilli()}
			v.finished(tried{one, attempt{outcome: retried, why: errDisk}})
		}
		if len(v.rests) > maxRests {
			t.Errorf("%d are remembered", len(v.rests))
		}
	})
}
