package client_test

import (
	"slices"
	"testing"
	"time"

	"edgeboard/shared/client"
	"edgeboard/shared/wire"
)

// Wishes are asked for when they are needed, and after each Welcome from then on.
func TestWishesAreAsked(t *testing.T) {
	k := inboxTalk(t, 0, 0)
	if _, known := k.s.Wishes(); known {
		t.Error("wishes are known that nobody has told")
	}
	k.s.AskWishes()
	k.s.AskWishes()
	if q := k.browsed("for wishes"); !q.Wishes || q.Ask == 0 {
		t.Errorf("asked is %+v", q)
	}
	k.events = nil
	k.hear(&wire.Wishes{Off: 2, Muted: []string{"noise"}, PushKey: []byte{4}})
	w, known := k.s.Wishes()
	if !known || w.Off != 2 || !slices.Equal(w.Muted, []string{"noise"}) || !k.saw(client.WishesChanged) {
		t.Errorf("the wishes are %+v", w)
	}
	k.s.Lost()
	k.s.Open(k.now)
	k.sent()
	k.welcomeAda()
	if q := k.browsed("on the next connection"); !q.Wishes {
		t.Errorf("asked is %+v", q)
	}
	k.now = k.now.Add(20 * time.Second)
	k.hear()
	if err := k.s.Tick(k.now); err != nil {
		t.Fatal(err)
	}
	if q := k.browsed("without an answer"); !q.Wishes {
		t.Errorf("asked again is %+v", q)
	}
}

// A wish holds at once, and is told until the relay has answered.
func TestSetWishes(t *testing.T) {
	k := inboxTalk(t, 0, 0)
	k.hear(&wire.Wishes{PushKey: []byte{4, 5}, Devices: 2, Refused: "before"})
	set := func(off uint32) { k.s.SetWishes(wire.Wishes{Off: off, Zone: "Europe/Berlin", Devices: 9}) }
	want := func(when string, off uint32) {
		t.Helper()
		if w, _ := k.s.Wishes(); w.Off != off || string(w.PushKey) != "\x04\x05" || w.Devices != 2 {
			t.Errorf("%s: the wishes are %+v", when, w)
		}
	}
	told := func(off uint32, refused string) {
		k.hear(&wire.Wishes{Off: off, PushKey: []byte{4, 5}, Devices: 2, Refused: refused})
	}
	set(2)
	set(4)
	want("at once", 4)
	sent := parsed[wire.Wishes](k, k.sent())
	if len(sent) != 2 || sent[1].Off != 4 || sent[1].Zone != "Europe/Berlin" || sent[1].Devices != 0 || len(sent[1].PushKey) > 0 || sent[1].Refused != "" {
		t.Errorf("told is %+v", sent)
	}
	told(2, "")
	want("the relay knows the first", 4)
	told(0, "no such zone")
	want("the relay did not take the second", 0)
	if w, _ := k.s.Wishes(); w.Refused != "no such zone" {
		t.Errorf("why not is %q", w.Refused)
	}
	k.s.Lost()
	set(8)
	want("offline", 8)
	k.s.Open(k.now)
	k.sent()
	k.welcomeAda()
	if sent = parsed[wire.Wishes](k, k.sent()); len(sent) != 1 || sent[0].Off != 8 {
		t.Errorf("told after the Welcome is %+v", sent)
	}
	k.now = k.now.Add(20 * time.Second)
	k.hear()
	if err := k.s.Tick(k.now); err != nil {
		t.Fatal(err)
	}
	if sent = parsed[wire.Wishes](k, k.sent()); len(sent) != 1 || sent[0].Off != 8 {
		t.Errorf("told again is %+v", sent)
	}
	told(8, "")
	want("the relay has it", 8)
	told(16, "")
	want("another device has changed it", 16)
	k.s.Lost()
	k.s.Open(k.now)
	k.sent()
	k.welcomeAda()
	if sent = parsed[wire.Wishes](k, k.sent()); len(sent) > 0 {
		t.Errorf("what the relay knows is told again: %+v", sent)
	}
}

// Who leaves knows when the relay has heard that a device is subscribed no longer.
func TestUnsubscribing(t *testing.T) {
	k := inboxTalk(t, 0, 0)
	wants := func(why string, want bool) {
		t.Helper()
		if got := k.s.Unsubscribing(); got != want {
			t.Errorf("%s: %v", why, got)
		}
	}
	device := wire.Subscribe{Endpoint: "https://push.example/1"}
	ended := wire.Subscribe{Endpoint: device.Endpoint, Ended: true}
	wants("nothing was subscribed", false)
	k.s.Subscribe(&device)
	k.hear(&wire.Wishes{Devices: 1})
	wants("it is subscribed", false)
	k.s.AskWishes()
	k.s.Subscribe(&ended)
	wants("it has ended", true)
	k.hear(&wire.Wishes{Devices: 1})
	wants("the relay has answered something else", true)
	k.hear(&wire.Wishes{})
	wants("the relay has heard it", false)

	k.s.Subscribe(&ended)
	k.now = k.now.Add(20 * time.Second)
	k.hear()
	k.tick()
	wants("the relay does not answer", false)
	k.s.Lost()
	k.s.Subscribe(&ended)
	wants("it waits for a relay", true)
	k.s.Open(k.now)
	k.sent()
	k.welcomeAda()
	wants("it is told after the Welcome", true)
	k.s.Lost()
	wants("and may have arrived", false)
}

// A device is subscribed after each Welcome, until it is no more.
func TestSubscribe(t *testing.T) {
	k := newTalk(t)
	key := []byte{4, 1}
	k.s.Subscribe(&wire.Subscribe{Endpoint: "https://push.example/1", Key: key, Auth: []byte{2}, Language: "en"})
	key[1] = 9
	welcomed := func() []wire.Subscribe {
		k.s.Open(k.now)
		k.sent()
		k.welcomeAda()
		return parsed[wire.Subscribe](k, k.sent())
	}
	for range 2 {
		got := welcomed()
		if len(got) != 1 || got[0].Endpoint != "https://push.example/1" || string(got[0].Key) != "\x04\x01" || got[0].Ended {
			t.Errorf("told after the Welcome is %+v", got)
		}
		k.s.Lost()
	}
	k.s.Subscribe(&wire.Subscribe{Endpoint: "https://push.example/2"})
	got := welcomed()
	if len(got) != 2 || !got[0].Ended || got[0].Endpoint != "https://push.example/1" || got[1].Ended || got[1].Endpoint != "https://push.example/2" {
		t.Errorf("with another endpoint told is %+v", got)
	}
	k.s.Subscribe(&wire.Subscribe{Endpoint: "https://push.example/2", Ended: true})
	if got = parsed[wire.Subscribe](k, k.sent()); len(got) != 1 || !got[0].Ended || got[0].Endpoint != "https://push.example/2" {
		t.Errorf("at the end told is %+v", got)
	}
	if got = welcomed(); len(got) > 0 {
		t.Errorf("after the end told is %+v", got)
	}
	k.s.Lost()
	for _, n := range "abcdefgh" {
		k.s.Subscribe(&wire.Subscribe{Endpoint: "https://push.example/" + string(n)})
	}
	k.s.Subscribe(&wire.Subscribe{Endpoint: "https://push.example/g"})
	got = welcomed()
	if len(got) != 5 || got[4].Ended || got[4].Endpoint != "https://push.example/g" {
		t.Errorf("told are %+v, want the last one and the ends of four", got)
	}
	for _, m := range got[:4] {
		if m.Endpoint == "https://push.example/g" {
			t.Error("the one that holds is ended")
		}
	}
}
