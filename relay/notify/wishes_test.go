package notify

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"edgeboard/relay/store/memory"
	"edgeboard/shared/wire"
)

// Wishes hold from when they are taken, for all connections of the person and also after
// the relay was started again. Bits of kinds that nobody knows yet stay.
func TestW98Wish(t *testing.T) {
	atDesk(t, pushing(), func(t *testing.T, d *desk) {
		want := wire.Wishes{
			Off: 1<<31 | 1<<wire.EntryReply, Unpushed: 1 << 17, Muted: []string{"plans", "a", "plans"},
			QuietFrom: 22 * 60, QuietTo: 7 * 60, Zone: "Europe/Berlin",
		}
		d.wishes(bo, want)
		want.Muted, want.PushKey = []string{"a", "plans"}, d.push.public
		check := func(why string, got wire.Wishes) {
			t.Helper()
			if fmt.Sprint(got) != fmt.Sprint(want) {
				t.Errorf("%s: %+v, and not %+v", why, got, want)
			}
		}
		if len(d.wished[bo]) != 1 {
			t.Fatalf("told are %+v", d.wished[bo])
		}
		check("all connections are told", d.wished[bo][0])
		ask := func(p wire.Person) wire.Wishes {
			t.Helper()
			frame, err := d.Browse(t.Context(), p, &wire.Browse{Ask: 1, Wishes: true})
			if err != nil {
				t.Fatal(err)
			}
			return wishesIn(t, frame)
		}
		check("who asks", ask(bo))
		key := bytes.Clone(d.push.public)
		d.close()
		d.open()
		if !bytes.Equal(key, d.push.public) {
			t.Error("the relay has another key: all subscriptions are for the one before")
		}
		check("after a restart", ask(bo))
		want = wire.Wishes{PushKey: key}
		check("of somebody else", ask(cy))
		check("of nobody", ask(nobody))
		d.wishes(bo, wire.Wishes{})
		check("the last ones hold", ask(bo))
	})
}

// What is not taken is answered with why, and with what holds.
func TestW98Refused(t *testing.T) {
	var many []string
	for i := range wire.MaxMuted + 1 {
		many = append(many, fmt.Sprint("b", i))
	}
	atDesk(t, Config{}, func(t *testing.T, d *desk) {
		d.wishes(bo, wire.Wishes{Off: 6})
		for name, w := range map[string]wire.Wishes{
			"no zone":                 {Zone: "Middle/Earth"},
			"the relay's zone":        {Zone: "Local"},
			"a file":                  {Zone: "../../etc/passwd"},
			"a file from the root":    {Zone: "/etc/localtime"},
			"a zone too long":         {Zone: strings.Repeat("x", 65)},
			"a minute that is none":   {QuietFrom: 1440},
			"another":                 {QuietTo: 1 << 31},
			"a board that is none":    {Muted: []string{"plans", "../x"}},
			"a board with a long one": {Muted: []string{strings.Repeat("\u202e", 60)}},
			"too many boards":         {Muted: many},
		} {
			answer, err := d.Wish(t.Context(), bo, &w)
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			if got := wishesIn(t, answer); got.Refused == "" || len(got.Refused) > wire.MaxReason || got.Off != 6 || len(got.Muted) > 0 {
				t.Errorf("%s: the answer is %+v", name, got)
			}
		}
		if answer, err := d.Wish(t.Context(), nobody, &wire.Wishes{}); err != nil || wishesIn(t, answer).Refused == "" {
			t.Errorf("nobody's wishes are taken: %v", err)
		}
		if len(d.wished[bo]) != 1 || len(d.wished[nobody]) > 0 {
			t.Errorf("all were told of what does not hold: %+v", d.wished)
		}
		for _, w := range []wire.Wishes{{Zone: "UTC"}, {Zone: "Asia/Kathmandu", QuietTo: 1439}, {Muted: many[1:]}} {
			d.wishes(bo, w)
		}
	})
}

// Wishes that are no JSON any more are as if there were none, and say so in the log.
func TestGarbledRecords(t *testing.T) {
	atDesk(t, pushing(), func(t *testing.T, d *desk) {
		for kind, key := range map[string]string{ofWishes: hexName(bo), ofDevices: hexName(bo) + "/x"} {
			if err := d.records.Records().Put(t.Context(), kind, key, []byte("{"), time.Time{}); err != nil {
				t.Fatal(err)
			}
		}
		d.says(d.on("1", "x", bo))
		d.wants("the inbox", bo, "1 x")
		if d.log.Count("does not parse") != 2 {
			t.Error("that is not logged")
		}
		d.wishes(bo, wire.Wishes{Off: 2})
		d.says(d.on("2", "y", bo))
		d.wants("new ones hold", bo, "1 x")
	})
}

// Wishes that change while they are read are not forgotten for the old ones.
func TestWishesChangeWhileTheyAreRead(t *testing.T) {
	f := &faulty{Records: new(memory.Store).Records()}
	atDesk(t, Config{Records: f}, func(t *testing.T, d *desk) {
		d.wishes(bo, wire.Wishes{Off: 1})
		d.close()
		d.open()
		f.got = func() { d.wishes(bo, wire.Wishes{Off: 2}) }
		if k, err := d.person(t.Context(), bo); err != nil || k.Off != 1 {
			t.Errorf("what was read is %+v: %v", k, err)
		}
		if k, err := d.person(t.Context(), bo); err != nil || k.Off != 2 {
			t.Errorf("what holds is %+v: %v", k, err)
		}
	})
}

// Quiet hours are by the clock of the person, past midnight too, and on the days on
// which it is put.
func TestQuiet(t *testing.T) {
	day := func(zone string, from, to uint32) wishes { return wishes{Zone: zone, QuietFrom: from, QuietTo: to} }
	const hour = 60
	for _, c := range []struct {
		w    wishes
		at   string
		want bool
	}{
		{day("", 0, 0), "2026-06-01T00:00:00Z", false},
		{day("", 600, 600), "2026-06-01T10:00:00Z", false}, // both the same: never
		{day("", 9*hour, 17*hour), "2026-06-01T08:59:59Z", false},
		{day("", 9*hour, 17*hour), "2026-06-01T09:00:00Z", true},
		{day("", 9*hour, 17*hour), "2026-06-01T16:59:59Z", true},
		{day("", 9*hour, 17*hour), "2026-06-01T17:00:00Z", false},
		{day("", 22*hour, 7*hour), "2026-06-01T21:59:59Z", false},
		{day("", 22*hour, 7*hour), "2026-06-01T22:00:00Z", true},
		{day("", 22*hour, 7*hour), "2026-06-02T00:00:00Z", true},
		{day("", 22*hour, 7*hour), "2026-06-02T06:59:59Z", true},
		{day("", 22*hour, 7*hour), "2026-06-02T07:00:00Z", false},
		{day("", 0, 1439), "2026-06-02T23:58:59Z", true},
		{day("", 0, 1439), "2026-06-02T23:59:00Z", false},
		{day("", 1439, 0), "2026-06-02T23:59:00Z", true},
		// In June it is 2 hours later in Berlin, in January 1, and in Kathmandu 5:45.
		{day("Europe/Berlin", 22*hour, 7*hour), "2026-06-01T20:00:00Z", true},
		{day("Europe/Berlin", 22*hour, 7*hour), "2026-01-01T20:00:00Z", false},
		{day("Asia/Kathmandu", 22*hour, 7*hour), "2026-06-01T16:15:00Z", true},
		{day("Asia/Kathmandu", 22*hour, 7*hour), "2026-06-01T16:14:00Z", false},
		// On 29 March 2026 the clock goes from 2 to 3 at 1 UTC: the hour that is quiet is not.
		{day("Europe/Berlin", 2*hour, 3*hour), "2026-03-29T00:59:59Z", false},
		{day("Europe/Berlin", 2*hour, 3*hour), "2026-03-29T01:00:00Z", false},
		{day("Europe/Berlin", 1*hour, 2*hour+30), "2026-03-29T00:59:59Z", true},
		{day("Europe/Berlin", 1*hour, 2*hour+30), "2026-03-29T01:00:00Z", false},
		{day("Europe/Berlin", 22*hour, 7*hour), "2026-03-29T04:59:59Z", true},
		{day("Europe/Berlin", 22*hour, 7*hour), "2026-03-29T05:00:00Z", false},
		// On 25 October 2026 it goes from 3 to 2 at 1 UTC: the hour is quiet twice.
		{day("Europe/Berlin", 2*hour, 3*hour), "2026-10-24T23:59:59Z", false},
		{day("Europe/Berlin", 2*hour, 3*hour), "2026-10-25T00:30:00Z", true},
		{day("Europe/Berlin", 2*hour, 3*hour), "2026-10-25T01:30:00Z", true},
		{day("Europe/Berlin", 2*hour, 3*hour), "2026-10-25T02:00:00Z", false},
		// One that was known once is UTC.
		{day("Middle/Earth", 9*hour, 17*hour), "2026-06-01T09:00:00Z", true},
	} {
		at, err := time.Parse(time.RFC3339, c.at)
		if err != nil {
			t.Fatal(err)
		}
		if got := c.w.quiet(at); got != c.want {
			t.Errorf("%+v at %s is quiet: %v", c.w, c.at, got)
		}
	}
}

// A person has at most so many devices, the oldest goes, and what is said again changes
// nothing.
func TestW99Devices(t *testing.T) {
	f := &faulty{}
	cfg := pushing()
	cfg.Records = f
	atDeskWith(t, cfg, func(d *desk) { f.Records = d.records.Records() }, func(t *testing.T, d *desk) {
		phones := []*phone{}
		for i := range maxDevices + 2 {
			time.Sleep(time.Second)
			phones = append(phones, newPhone(service, fmt.Sprint(i)))
			d.subscribes(bo, phones[i])
			if got := d.wished[bo][i]; got.Devices != uint32(min(i+1, maxDevices)) {
				t.Errorf("with %d there are %d devices", i+1, got.Devices)
			}
		}
		k, err := d.person(t.Context(), bo)
		if err != nil || len(k.devices) != maxDevices || k.devices[0].Endpoint != phones[2].endpoint || k.devices[15].Endpoint != phones[17].endpoint {
			t.Errorf("the devices are %+v: %v", k.devices, err)
		}
		told, reads := len(d.wished[bo]), f.reads
		for range 3 {
			answer, err := d.Subscribe(t.Context(), bo, "other", phones[5].subscribe())
			if err != nil || wishesIn(t, answer).Devices != maxDevices {
				t.Errorf("what is said again is not answered: %v", err)
			}
		}
		if len(d.wished[bo]) != told || f.reads != reads {
			t.Error("what is said again is stored again")
		}
		// Another language is stored, and the place in the order stays.
		s := phones[2].subscribe()
		s.Language = "zh-CN"
		if answer, err := d.Subscribe(t.Context(), bo, "other", s); answer != nil || err != nil {
			t.Errorf("another language is not taken: %v", err)
		}
		if k, err := d.person(t.Context(), bo); err != nil || k.devices[0].Language != "zh-CN" || len(k.devices) != maxDevices {
			t.Errorf("the devices are %+v: %v", k.devices, err)
		}
		// It ends when that is said, once.
		s.Ended = true
		for i, all := range []bool{true, false} {
			answer, err := d.Subscribe(t.Context(), bo, "plans", s)
			if err != nil || all != (answer == nil) {
				t.Errorf("at %d: %v, and the answer is %x", i, err, answer)
			}
		}
		if got := d.wished[bo][len(d.wished[bo])-1]; got.Devices != maxDevices-1 {
			t.Errorf("there are %d devices", got.Devices)
		}
		f.set(errDisk, false)
		if _, err := d.Subscribe(t.Context(), bo, "plans", newPhone(service, "new").subscribe()); err == nil {
			t.Error("a subscription is taken that is not stored")
		}
		f.set(nil, false)
	})
}

// A device is told of who has signed in there last, and of nobody else.
func TestDeviceChangesHands(t *testing.T) {
	atDesk(t, pushing(), func(t *testing.T, d *desk) {
		shared := newPhone(service, "shared")
		d.subscribes(bo, shared)
		d.subscribes(cy, shared)
		d.says(d.on("1", "for bo", bo))
		if got := d.sent(); len(got) > 0 {
			t.Errorf("cy's device is told of bo's news: %+v", got)
		}
		d.says(d.on("2", "for cy", cy))
		if got := d.sent(); len(got) != 1 {
			t.Errorf("it is told %d times", len(got))
		}
		d.subscribes(bo, shared)
		d.says(d.on("3", "for bo", bo))
		if got := d.sent(); len(got) != 1 {
			t.Errorf("bo's is told %d times", len(got))
		}
	})
}

// Subscriptions that cannot be, or must not be, are refused, and nothing is stored.
func TestHostileSubscriptions(t *testing.T) {
	good := newPhone(service, "x").subscribe()
	off := slices.Clone(good.Key)
	off[64] ^= 1 // no point of the curve
	compressed := append([]byte{2}, good.Key[1:33]...)
	hybrid := append([]byte{6}, good.Key[1:]...)
	atDesk(t, pushing(), func(t *testing.T, d *desk) {
		for name, change := range map[string]func(s *wire.Subscribe){
			"no key":             func(s *wire.Subscribe) { s.Key = nil },
			"a short key":        func(s *wire.Subscribe) { s.Key = s.Key[:64] },
			"a long key":         func(s *wire.Subscribe) { s.Key = append(slices.Clone(s.Key), 0) },
			"zeros":              func(s *wire.Subscribe) { s.Key = make([]byte, 65) },
			"infinity":           func(s *wire.Subscribe) { s.Key = []byte{0} },
			"zeros with a 4":     func(s *wire.Subscribe) { s.Key = append([]byte{4}, make([]byte, 64)...) },
			"off the curve":      func(s *wire.Subscribe) { s.Key = off },
			"ones":               func(s *wire.Subscribe) { s.Key = append([]byte{4}, bytes.Repeat([]byte{0xff}, 64)...) },
			"compressed":         func(s *wire.Subscribe) { s.Key = compressed },
			"hybrid":             func(s *wire.Subscribe) { s.Key = hybrid },
			"no secret":          func(s *wire.Subscribe) { s.Auth = nil },
			"a short secret":     func(s *wire.Subscribe) { s.Auth = s.Auth[:15] },
			"a long secret":      func(s *wire.Subscribe) { s.Auth = make([]byte, 17) },
			"no endpoint":        func(s *wire.Subscribe) { s.Endpoint = "" },
			"another host":       func(s *wire.Subscribe) { s.Endpoint = "https://evil.example/x" },
			"the relay itself":   func(s *wire.Subscribe) { s.Endpoint = "https://127.0.0.1/x" },
			"a long endpoint":    func(s *wire.Subscribe) { s.Endpoint = service + "/" + strings.Repeat("x", wire.MaxEndpoint) },
			"a line end":         func(s *wire.Subscribe) { s.Endpoint = service + "/\r\nX: y" },
			"a language of none": func(s *wire.Subscribe) { s.Language = "de\u202e" },
			"a long language":    func(s *wire.Subscribe) { s.Language = strings.Repeat("d", 36) },
		} {
			s := *good
			change(&s)
			answer, err := d.Subscribe(t.Context(), bo, "plans", &s)
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			if got := wishesIn(t, answer); got.Refused == "" || len(got.Refused) > wire.MaxReason || got.Devices != 0 {
				t.Errorf("%s: the answer is %+v", name, got)
			}
		}
		if answer, err := d.Subscribe(t.Context(), nobody, "plans", good); err != nil || wishesIn(t, answer).Refused == "" {
			t.Errorf("nobody's device is taken: %v", err)
		}
		d.subscribes(bo, newPhone(service, "x"))
	})
	atDesk(t, Config{}, func(t *testing.T, d *desk) {
		answer, err := d.Subscribe(t.Context(), bo, "plans", good)
		if err != nil || wishesIn(t, answer).Refused == "" || len(wishesIn(t, answer).PushKey) > 0 {
			t.Errorf("a relay that does not push takes it: %v", err)
		}
	})
}
