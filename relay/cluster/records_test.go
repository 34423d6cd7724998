package cluster_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"edgeboard/relay/cluster"
	"edgeboard/relay/cluster/clustertest"
	"edgeboard/relay/store/memory"
)

func TestRecordsAreEverywhere(t *testing.T) {
	inBubble(t, func(t *testing.T, files bool) {
		all := relays(t, clustertest.NewMemory(), 3, files)
		a, b, c := all[0], all[1], all[2]
		a.put("k", "one", "1")
		if a.get("k", "one") != "1" {
			t.Error("who has put a record does not see it")
		}
		b.sees("k", "one", "1")
		b.put("k", "one", "2")
		c.put("k", "two", "3")
		c.put("K", "\xff/\x00", "any bytes")
		for _, r := range all {
			r.sees("k", "one", "2")
			r.sees("k", "two", "3")
			r.sees("K", "\xff/\x00", "any bytes")
		}
		c.put("k", "one", "")
		a.sees("k", "one", "")
		same(t, all)
		// The others hear of it, in order; who has done it knows.
		a.until("a has heard all", func() bool {
			a.mu.Lock()
			defer a.mu.Unlock()
			return len(a.heard) == 4
		})
		if want := []string{"k one: 2", "k two: 3", "K \xff/\x00: any bytes", "k one: "}; !slices.Equal(a.heard, want) {
			t.Errorf("heard is %q, want %q", a.heard, want)
		}
		// What is too long is refused before anybody gets it.
		for _, err := range []error{
			a.Put(t.Context(), "k", strings.Repeat("k", 513), []byte("v"), time.Time{}),
			a.Put(t.Context(), "k", "k", make([]byte, 64<<10+1), time.Time{}),
			a.Put(t.Context(), "spooled", "k", []byte("v"), time.Time{}),
			a.Put(t.Context(), "cluster", "incarnation", []byte("v"), time.Time{}),
		} {
			if err == nil {
				t.Error("what is no shared record was put")
			}
		}
		a.put("k", strings.Repeat("k", 512), strings.Repeat("v", 64<<10))
		same(t, all)
	})
}

func TestRecordsEndEverywhere(t *testing.T) {
	inBubble(t, func(t *testing.T, files bool) {
		m := clustertest.NewMemory()
		all := relays(t, m, 2, files)
		end := time.Now().Add(time.Hour)
		if err := all[0].Put(t.Context(), "k", "an hour", []byte("v"), end); err != nil {
			t.Fatal(err)
		}
		all[1].sees("k", "an hour", "v")
		same(t, all)
		time.Sleep(time.Until(end) + time.Millisecond)
		for _, r := range all {
			if r.get("k", "an hour") != "" {
				t.Error("it has not ended")
			}
		}
		// For who comes later it never was; and what ended may be made anew.
		late := relays(t, m, 1, files)[0]
		if late.get("k", "an hour") != "" || !late.swap("k", "an hour", "", "again") {
			t.Error("it is there again")
		}
		all[0].sees("k", "an hour", "again")
	})
}

// Of several relays that change a record at once one does, and each of them sees that
// before it is told that it was another.
func TestSwapHasOneWinner(t *testing.T) {
	inBubble(t, func(t *testing.T, files bool) {
		m := clustertest.NewMemory()
		all := relays(t, m, 3, files)
		for _, make := range []func(){func() {}, m.Twice, func() { m.Drop(3) }} {
			make()
			for round := range 5 {
				key := fmt.Sprint("counter ", round)
				var wg sync.WaitGroup
				for _, r := range all {
					for range 4 {
						wg.Go(func() { // counts up by one, three times
							for range 3 {
								for {
									was := r.get("k", key)
									if r.swap("k", key, was, was+"|") {
										break
									}
									if r.get("k", key) == was {
										t.Error("it was refused, and nothing has changed")
										return
									}
								}
							}
						})
					}
				}
				wg.Wait()
				want := strings.Repeat("|", 36)
				for _, r := range all {
					r.sees("k", key, want)
				}
				all[round%3].put("k", key, "")
			}
		}
	})
}

func TestCutOffRecords(t *testing.T) {
	inBubble(t, func(t *testing.T, files bool) {
		all := relays(t, clustertest.NewMemory(), 3, files)
		a, b, c := all[0], all[1], all[2]
		for _, key := range []string{"both", "other", "swapped", "gone", "taken"} {
			a.put("k", key, "before")
		}
		c.sees("k", "taken", "before")
		c.cut()
		// It goes on by itself, at once.
		begun := time.Now()
		c.put("k", "both", "c first")
		time.Sleep(time.Second)
		a.put("k", "both", "a later")
		b.put("k", "other", "b first")
		time.Sleep(time.Second)
		c.put("k", "other", "c later")
		c.put("k", "own", "c")
		if !c.swap("k", "swapped", "before", "by c") || c.swap("k", "swapped", "before", "twice") {
			t.Error("a swap does not compare with what is here")
		}
		if time.Since(begun) > 2500*time.Millisecond {
			t.Errorf("it waits for the engine: %v", time.Since(begun))
		}
		// What removes wins over who swapped without knowing, whoever was later.
		a.put("k", "gone", "")
		time.Sleep(time.Second)
		if !c.swap("k", "gone", "before", "still there") {
			t.Error("it is not what it was")
		}
		c.put("k", "taken", "")
		time.Sleep(time.Second)
		if !a.swap("k", "taken", "before", "still there") {
			t.Error("it is not what it was")
		}
		for key, want := range map[string]string{"both": "c first", "other": "c later", "own": "c", "swapped": "by c", "taken": ""} {
			if c.get("k", key) != want {
				t.Errorf("cut off, %s is %q", key, c.get("k", key))
			}
		}
		if a.get("k", "own") != "" || a.get("k", "other") != "b first" {
			t.Error("who is cut off reaches the others")
		}
		c.heal()
		for key, want := range map[string]string{"both": "a later", "other": "c later", "own": "c", "swapped": "by c", "gone": "", "taken": ""} {
			for _, r := range all {
				r.sees("k", key, want)
			}
		}
		same(t, all)
	})
}

// A relay that is restarted while it is cut off goes on with what it had, and gives that
// to the others when it reaches them.
func TestRestartWhileCutOff(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		all := relays(t, clustertest.NewMemory(), 2, true)
		a, b := all[0], all[1]
		a.put("k", "one", "1")
		b.sees("k", "one", "1")
		b.cut()
		b.put("k", "one", "2")
		b.put("k", "long", strings.Repeat("x", 64<<10)) // as JSON it is longer than a record
		b.restart(true)
		if b.get("k", "one") != "2" || !b.c.Cut() {
			t.Errorf("after the restart it is %q", b.get("k", "one"))
		}
		b.put("k", "one", "3")
		b.put("k", "two", "4")
		b.restart(true)
		b.heal()
		a.sees("k", "one", "3")
		a.sees("k", "two", "4")
		a.sees("k", "long", strings.Repeat("x", 64<<10))
		same(t, all)
		if got := b.spooled(); len(got) > 0 {
			t.Errorf("still spooled are %q", got)
		}
	})
}

// What the engine has got although it could not say so is not done twice, and does not
// come back over what was done later.
func TestAnswerIsLost(t *testing.T) {
	inBubble(t, func(t *testing.T, files bool) {
		m := clustertest.NewMemory()
		all := relays(t, m, 2, files)
		a, b := all[0], all[1]
		for i := range 20 {
			key := fmt.Sprint("key ", i)
			a.handle.Pause(true) // what is stored is not told
			result := make(chan bool)
			go func() { result <- a.swap("k", key, "", "1") }()
			a.until("the engine has it", func() bool { return b.get("k", key) == "1" })
			a.cut()
			if i%2 == 0 {
				b.put("k", key, "2")
			}
			a.handle.Pause(false)
			if !<-result {
				t.Fatal("it was stored, and is said not to be")
			}
			a.heal()
			for _, r := range all {
				r.sees("k", key, []string{"2", "1"}[i%2])
			}
		}
		n := 0
		for _, e := range m.Entries(cluster.Journal) {
			if strings.HasPrefix(e.Key, "r/k/") {
				n++
			}
		}
		if n != 30 {
			t.Errorf("the journal has %d entries, want 30", n)
		}
	})
}

// An engine that has lost its data gets what the relays have: the newest that any has.
func TestEngineLosesItsData(t *testing.T) {
	inBubble(t, func(t *testing.T, files bool) {
		m := clustertest.NewMemory()
		all := relays(t, m, 3, files)
		a, b, c := all[0], all[1], all[2]
		until := time.Now().Add(time.Hour).Truncate(time.Millisecond)
		for i := range 200 {
			if err := a.Put(t.Context(), "k", fmt.Sprint(i), []byte("v"), until); err != nil {
				t.Fatal(err)
			}
		}
		a.put("k", "ended", "alive")
		a.put("k", "changed", "before")
		same(t, all)
		c.cut() // and misses the last ones
		a.put("k", "ended", "")
		b.put("k", "changed", "after")
		c.put("k", "own", "of c")
		same(t, all[:2])
		before := a.all()
		a.cut()
		b.cut()
		a.put("k", "meanwhile", "of a")
		m.Lose()
		c.heal() // who knows least comes first
		for _, r := range []*member{a, b} {
			r.heal()
		}
		for _, r := range all {
			r.sees("k", "ended", "")
			r.sees("k", "changed", "after")
			r.sees("k", "own", "of c")
			r.sees("k", "meanwhile", "of a")
		}
		same(t, all)
		if got := a.all(); len(got) != len(before)+2 {
			t.Errorf("%d records, want %d", len(got), len(before)+2)
		}
		// Each is given back once, but for what the first one did not know.
		if n := len(m.Entries(cluster.Journal)); n > len(before)+10 {
			t.Errorf("of %d records there are %d entries", len(before), n)
		}
		// A relay with an empty disk gets all of it.
		late := relays(t, m, 1, files)[0]
		same(t, append(all, late))
		// And it happens once more while they are reached.
		m.Lose()
		late.put("k", "again", "1")
		for _, r := range all {
			r.sees("k", "again", "1")
		}
		same(t, append(all, late))
	})
}

// A relay that was never with the others does not begin without them: it would make keys
// of its own.
func TestEmptyRelayWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := clustertest.NewMemory()
		first := relays(t, m, 1, false)[0]
		first.put("key", "own", "secret")
		r := &member{t: t, of: m}
		s := new(memory.Store)
		r.own, r.room = s.Records(), s
		r.handle = m.Handle()
		r.handle.Cut()
		c, err := cluster.New(cluster.Config{Engine: r.handle, Copies: s, Records: r.own, Log: slog.New(slog.DiscardHandler)})
		if err != nil {
			t.Fatal(err)
		}
		r.c, r.SharedRecords = c, c.Records()
		t.Cleanup(r.stop)
		if err := c.Start(t.Context()); err != nil {
			t.Fatal(err)
		}
		begun := time.Now()
		if err := c.Ready(t.Context()); err == nil || time.Since(begun) != 30*time.Second || !strings.Contains(err.Error(), "-cluster") {
			t.Errorf("after %v: %v", time.Since(begun), err)
		}
		soon, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if err := c.Ready(soon); err == nil {
			t.Error("it is ready")
		}
		if ok, err := r.Swap(t.Context(), "key", "own", nil, []byte("another"), time.Time{}); err == nil || ok {
			t.Error("it makes a key of its own")
		}
		r.handle.Heal()
		r.isReady()
		if r.get("key", "own") != "secret" {
			t.Error("it is ready, and has not what the others have")
		}
	})
}

// What is in the journal and cannot be applied is skipped by all, in order.
func TestStrangeEntries(t *testing.T) {
	inBubble(t, func(t *testing.T, files bool) {
		m := clustertest.NewMemory()
		all := relays(t, m, 2, files)
		h := m.Handle()
		defer h.Close()
		all[0].put("k", "before", "1")
		for _, e := range []cluster.Entry{
			{Key: "r/k/x", Data: nil},
			{Key: "r/k/x", Data: []byte(`{"id":`)},
			{Key: "r/k/x", Data: []byte(`[]`)},
			{Key: "r/k/x", Data: []byte(`{"id":"1","op":"of a later version","do":{"kind":"k"}}`)},
			{Key: "r/k/x", Data: []byte(`{"id":"2","op":"record","do":null}`)},
			{Key: "r/k/x", Data: []byte(`{"id":"3","op":"record","do":{"kind":7}}`)},
			{Key: "r/k/x", Data: []byte(`{"id":"4","op":"record","do":{"kind":"k","key":"eQ==","value":"eQ=="}}`)}, // another key
			{Key: "r/cluster/journal", Data: []byte(`{"id":"5","op":"record","do":{"kind":"cluster","key":"am91cm5hbA==","value":"eQ=="}}`)},
			{Key: "r/spooled/x", Data: []byte(`{"id":"6","op":"record","do":{"kind":"spooled","key":"eA==","value":"eQ=="}}`)},
			{Key: "r/k/" + strings.Repeat("x", 600), Data: fmt.Appendf(nil, `{"id":"7","op":"record","do":{"kind":"k","key":"%s","value":"eQ=="}}`, strings.Repeat("eHh4", 200))},
		} {
			done := make(chan error)
			h.Append(cluster.Journal, e, func(_ uint64, err error) { done <- err })
			if err := <-done; err != nil {
				t.Fatal(err)
			}
		}
		all[0].put("k", "after", "2")
		all[1].sees("k", "after", "2")
		same(t, all)
		if got := all[1].all(); len(got) != 2 {
			t.Errorf("the store has %q", got)
		}
		if files {
			all[1].restart(false)
			same(t, all)
		}
	})
}

// While a store fails nothing is skipped, and afterwards it goes on.
func TestStoreFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := clustertest.NewMemory()
		all := relays(t, m, 2, false)
		a, b := all[0], all[1]
		b.room.(*memory.Store).Fail(errors.New("the disk is full"))
		for i := range 50 {
			a.put("k", fmt.Sprint(i%7), fmt.Sprint(i))
		}
		if err := b.Put(t.Context(), "k", "0", []byte("x"), time.Time{}); err == nil {
			t.Error("it is stored nowhere here")
		}
		b.room.(*memory.Store).Fail(nil)
		same(t, all)
		b.put("k", "0", "y")
		a.sees("k", "0", "y")
	})
}

// Relays that put and swap whatever they like, are cut off, restarted and heal, end with
// the same records.
func TestRandomRecords(t *testing.T) {
	for seed := range uint64(24) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			var k *keeps // of half of them
			if seed >= 12 {
				k = shortly
			}
			synctest.Test(t, func(t *testing.T) { testRandomRecords(t, seed, seed%4 == 3, k) })
		})
	}
}

func testRandomRecords(t *testing.T, seed uint64, files bool, k *keeps) {
	rnd := rand.New(rand.NewPCG(seed, 7))
	m := clustertest.NewMemory()
	all := relays(t, m, 3, files, func(int) *member { return &member{t: t, of: m, keeps: k} })
	if seed%3 == 1 {
		m.Twice()
	}
	if seed%3 == 2 {
		m.Drop(5)
	}
	cut := make([]bool, len(all))
	lost := false
	for step := range 300 {
		i := rnd.IntN(len(all))
		r, key, value := all[i], fmt.Sprint(rnd.IntN(6)), fmt.Sprintf("%d of %d", step, i)
		switch n := rnd.IntN(100); {
		case n < 40:
			r.put("k", key, value)
		case n < 70:
			r.swap("k", key, r.get("k", key), value)
		case n < 80:
			r.put("k", key, "")
		case n < 86:
			if cut[i] {
				r.heal()
			} else {
				r.cut()
			}
			cut[i] = !cut[i]
		case n < 90:
			r.put("only", fmt.Sprint(step), value) // nobody else's: it must be there at the end
		case n < 92 && files:
			r.restart(cut[i])
		case n == 93 && !lost && step > 100:
			lost = true
			m.Lose()
		default:
			time.Sleep(time.Duration(rnd.IntN(50)) * time.Millisecond)
		}
	}
	for i, r := range all {
		if cut[i] {
			r.heal()
		}
	}
	for i, r := range all {
		r.put("last", fmt.Sprint(i), "x")
	}
	for _, r := range all {
		for i := range all {
			r.sees("last", fmt.Sprint(i), "x")
		}
	}
	same(t, all)
	for _, r := range all {
		if got := r.spooled(); len(got) > 0 {
			t.Errorf("seed %d: still spooled are %q", seed, got)
		}
	}
}
