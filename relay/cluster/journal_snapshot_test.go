package cluster_test

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"edgeboard/relay/cluster"
	"edgeboard/relay/cluster/clustertest"
	"edgeboard/shared/wire"
)

// keeps is when relays make snapshots of the Journal; nil: as outside of tests.
type keeps struct {
	most, behind uint64
	again        time.Duration
}

func (k *keeps) set(c *cluster.Cluster) {
	if k != nil {
		c.ShortenJournal(k.most, k.behind, k.again)
	}
}

// shortly has snapshots be made all the time.
var shortly = &keeps{most: 20, behind: 5, again: 10 * time.Millisecond}

func keeping(t *testing.T, m *clustertest.Memory, files bool, n int) []*member {
	return relays(t, m, n, files, func(int) *member { return &member{t: t, of: m, keeps: shortly} })
}

// isShort waits until the Journal was trimmed up to a position at least, and returns how
// far it was.
func isShort(t *testing.T, m *clustertest.Memory, through uint64) (s cluster.Snapshot) {
	t.Helper()
	h := m.Handle()
	defer h.Close()
	for end := time.Now().Add(time.Minute); ; time.Sleep(5 * time.Millisecond) {
		s, err := h.Snapshot(t.Context(), cluster.Journal)
		if err != nil {
			t.Fatal(err)
		}
		if s.Through >= through {
			return s
		}
		if time.Now().After(end) {
			t.Fatalf("the Journal is trimmed up to %d, not to %d", s.Through, through)
		}
	}
}

func last(t *testing.T, m *clustertest.Memory) uint64 {
	t.Helper()
	h := m.Handle()
	defer h.Close()
	at, err := h.Last(t.Context(), cluster.Journal, "")
	if err != nil {
		t.Fatal(err)
	}
	return at
}

// fill puts so many records that the Journal is trimmed up to where it is now.
func (r *member) fill() {
	r.t.Helper()
	end := last(r.t, r.of)
	for i := range 60 {
		r.put("fill", fmt.Sprint("one of ", i%7), fmt.Sprint(i))
	}
	isShort(r.t, r.of, end)
}

func TestEmptyRelayTakesSnapshot(t *testing.T) {
	inBubble(t, func(t *testing.T, files bool) {
		m := clustertest.NewMemory()
		all := keeping(t, m, files, 2)
		a, b := all[0], all[1]
		end := time.Now().Add(time.Hour)
		a.put("k", "stays", "1")
		a.put("k", "goes", "2")
		a.put("k", "goes", "")
		a.put("k", "changes", "3")
		a.put("K", "\xff/\x00", noise(1, 60<<10)) // so that the state is a blob
		if err := b.Put(t.Context(), "k", "an hour", []byte("v"), end); err != nil {
			t.Fatal(err)
		}
		b.fill()
		a.put("k", "changes", "4") // is in the Journal
		c := keeping(t, m, files, 1)[0]
		if c.get("k", "stays") != "1" || c.get("k", "goes") != "" || c.get("k", "changes") != "4" {
			t.Error("who comes later has not what the others have")
		}
		same(t, append(all, c))
		// What they do of old keys they do together, and each once.
		for i, r := range []*member{c, a, b} {
			was, now := fmt.Sprint("swapped ", i), fmt.Sprint("swapped ", i+1)
			if i == 0 {
				was = "1"
			}
			r.sees("k", "stays", was)
			if !r.swap("k", "stays", was, now) || r.swap("k", "stays", was, "twice") || r.swap("k", "goes", "2", "again") {
				t.Errorf("relay %d: a record whose entries were trimmed is not swapped as it must be", i)
			}
			r.fill()
		}
		same(t, append(all, c))
		// It is read again by nobody who knows it.
		c.restart(false)
		same(t, append(all, c))
		if n := len(m.Entries(cluster.Journal)); n > 100 {
			t.Errorf("the Journal has %d entries", n)
		}
	})
}

func TestCutOffOverTrim(t *testing.T) {
	inBubble(t, func(t *testing.T, files bool) {
		m := clustertest.NewMemory()
		all := keeping(t, m, files, 3)
		a, c := all[0], all[2]
		for _, key := range []string{"removed", "swapped", "later", "earlier", "same", "taken"} {
			a.put("k", key, "before")
			c.sees("k", key, "before")
		}
		c.cut()
		c.put("k", "earlier", "by c")
		time.Sleep(time.Second)
		for _, key := range []string{"later", "earlier"} {
			a.put("k", key, "by a")
		}
		a.put("k", "removed", "")
		a.put("k", "swapped", "")
		a.swap("k", "taken", "before", "by a")
		time.Sleep(time.Second)
		c.put("k", "later", "by c")
		c.put("k", "own", "by c")
		c.put("k", "taken", "")
		if !c.swap("k", "swapped", "before", "by c") {
			t.Error("it is not what it was")
		}
		a.fill()
		c.restart(true) // what is spooled is read again
		c.heal()
		for key, want := range map[string]string{"removed": "", "swapped": "", "later": "by c", "earlier": "by a", "same": "before", "own": "by c", "taken": ""} {
			for i, r := range all {
				r.until(fmt.Sprintf("%s is %q on relay %d", key, want, i), func() bool { return r.get("k", key) == want })
			}
		}
		same(t, all)
		if got := c.spooled(); len(got) > 0 {
			t.Errorf("still spooled: %q", got)
		}
		c.until("c has heard that one was removed", func() bool {
			c.mu.Lock()
			defer c.mu.Unlock()
			return strings.Contains(strings.Join(c.heard, "\n"), "k removed: ")
		})
	})
}

// Who comes with what it had of an engine that has lost its data gives back no record that
// was removed since.
func TestLossAndTrim(t *testing.T) {
	inBubble(t, func(t *testing.T, files bool) {
		m := clustertest.NewMemory()
		all := keeping(t, m, files, 3)
		a, c := all[0], all[2]
		a.put("k", "stays", "1")
		a.put("k", "goes", "1")
		c.sees("k", "goes", "1")
		same(t, all)
		c.cut()
		c.put("k", "own", "c")
		m.Lose()
		all[1].until("they are together", func() bool { return a.c.Settled() && all[1].c.Settled() })
		a.put("k", "goes", "")
		a.fill()
		c.heal()
		for _, r := range all {
			r.sees("k", "own", "c")
			r.sees("k", "goes", "")
			r.sees("k", "stays", "1")
		}
		same(t, all)
		// And again, with all of them there: the new engine gets it.
		m.Lose()
		all[1].until("they are together", func() bool { return a.c.Settled() && all[1].c.Settled() && c.c.Settled() })
		same(t, all)
		a.fill()
		d := keeping(t, m, files, 1)[0]
		d.sees("k", "stays", "1")
		same(t, append(all, d))
	})
}

func TestGarbledSnapshot(t *testing.T) {
	inBubble(t, func(t *testing.T, files bool) {
		m := clustertest.NewMemory()
		all := keeping(t, m, files, 2)
		a, b := all[0], all[1]
		a.put("k", "one", "1")
		a.put("k", "long", noise(2, 60<<10))
		b.sees("k", "one", "1")
		b.cut()
		b.put("k", "own", "b")
		a.fill()
		a.stop()
		h := m.Handle()
		defer h.Close()
		s := isShort(t, m, 1)
		for _, data := range []string{"", "{", `{"position":1}`, `{"position":1000000,"state":"AAAA"}`, `{"position":1000000,"blob":"none"}`} {
			if err := h.PutSnapshot(t.Context(), cluster.Journal, cluster.Snapshot{Revision: s.Revision, Through: s.Through, Data: []byte(data)}); err != nil {
				t.Fatal(err)
			}
			s.Revision++
			from := len(b.log.String())
			b.handle.Heal()
			b.until("it says why it does not take it", func() bool {
				return strings.Contains(b.log.String()[from:], "cannot be taken")
			})
			if !b.c.Cut() || b.get("k", "one") != "1" || b.get("k", "own") != "b" {
				t.Error("a garbled snapshot was taken for a good one")
			}
			b.restart(true)
		}
		// Who has all puts a good one there.
		a.start()
		a.isReady()
		a.fill()
		b.heal()
		a.sees("k", "own", "b")
		same(t, all)
	})
}

// A relay that is ended while it takes a snapshot begins again, and says meanwhile that it
// is not ready.
func TestSnapshotIsInterrupted(t *testing.T) {
	inBubble(t, func(t *testing.T, files bool) {
		m := clustertest.NewMemory()
		all := keeping(t, m, files, 2)
		a, b := all[0], all[1]
		a.put("k", "goes", "1")
		b.sees("k", "goes", "1")
		b.restart(true)
		a.put("k", "goes", "")
		a.fill()
		// As it is left: nothing of the note but that it was under way.
		note, err := b.own.Get(t.Context(), "cluster", "journal")
		if err != nil {
			t.Fatal(err)
		}
		var n map[string]any
		if err := json.Unmarshal(note, &n); err != nil {
			t.Fatal(err)
		}
		b.stopStore(func() {
			n["position"], n["loading"] = 0, true
			note, err := json.Marshal(n)
			if err == nil {
				err = b.own.Put(t.Context(), "cluster", "journal", note, time.Time{})
			}
			if err != nil {
				t.Fatal(err)
			}
		})
		b.away = true
		b.start()
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if err := b.c.Ready(ctx); err == nil {
			t.Error("a relay with half a store is ready")
		}
		b.heal()
		b.isReady()
		same(t, all)
	})
}

// stopStore ends it, and calls f before its store is closed.
func (r *member) stopStore(f func()) {
	r.t.Helper()
	if err := r.c.Close(context.Background()); err != nil {
		r.t.Fatal(err)
	}
	r.c = nil
	f()
	if r.store != nil {
		if err := r.store.Close(); err != nil {
			r.t.Fatal(err)
		}
	}
}

// noise is text that does not become shorter.
func noise(seed uint64, size int) string {
	rnd := rand.New(rand.NewPCG(seed, 11))
	b := make([]byte, size)
	for i := range b {
		b[i] = byte('!' + rnd.IntN(90))
	}
	return string(b)
}

// Two relays take turns at shortening the Journal, and one of them is ended now and then.
func TestKeeperChanges(t *testing.T) {
	inBubble(t, func(t *testing.T, files bool) {
		m := clustertest.NewMemory()
		all := keeping(t, m, files, 3)
		for i := range 6 {
			all[i%3].cut()
			all[(i+1)%3].put("k", fmt.Sprint(i), noise(uint64(i), 20_000)) // a blob, from the first on
			all[(i+1)%3].fill()
			all[i%3].heal()
			all[(i+2)%3].restart(false)
		}
		same(t, all)
		// Of their states one is left, that which the snapshot names.
		all[0].until("no other blob is left", func() bool {
			all[0].fill()
			var says struct{ Blob string }
			if err := json.Unmarshal(isShort(t, m, 1).Data, &says); err != nil {
				t.Fatal(err)
			}
			blobs := m.Blobs()
			return len(blobs) == 1 && blobs[0] == says.Blob
		})
	})
}

// People who are cut off while the Journal is shortened.
func TestTalkOverTrim(t *testing.T) {
	h := newHouse(&town{t: t, keeps: shortly}, 3)
	a, c := h.relays[0], h.relays[2]
	first := a.mustSay("Ada", "b", wire.Say{Text: "first @Bo", Mentions: []wire.Mention{{Person: person("Bo"), At: 6, Length: 3}}})
	a.mustSay("Ada", "b", wire.Say{With: person("Bo"), Text: "between us"})
	h.catchUp()
	c.isCut()
	c.mustSay("Cy", "b", wire.Say{Text: "from the edge"})
	c.mustSay("Cy", "b", wire.Say{What: wire.SayReact, About: first, Text: "👍"})
	a.mustSay("Ada", "b", wire.Say{What: wire.SayEdit, About: first, Text: "edited"})
	for i := range 60 {
		a.mustSay("Ada", "other", wire.Say{Text: fmt.Sprint("word ", i)})
	}
	isShort(t, h.engine, 30)
	c.heal()
	h.wantSame()
	want := "Ada: edited 👍1,Cy: from the edge"
	for _, r := range h.relays {
		if got := strings.Join(r.has("b"), ","); got != want {
			t.Errorf("relay %s has %q, want %q", r.name, got, want)
		}
	}
	if got := words(c.heard("other")); len(got) < 60 {
		t.Errorf("who is on the relay that was cut off was told %d of 60", len(got))
	}
	// And one that comes new.
	d := &relay{town: h, name: "D", dir: t.TempDir()}
	h.relays = append(h.relays, d)
	d.open()
	d.heal()
	h.wantSame()
	if err := d.store.Check(t.Context()); err != nil {
		t.Error(err)
	}
	// The engine loses all, and one relay has missed it.
	a.isCut()
	h.engine.Lose()
	for _, r := range h.relays[1:] {
		r.heal()
	}
	for i := range 60 {
		c.mustSay("Cy", "other", wire.Say{Text: fmt.Sprint("later ", i)})
	}
	isShort(t, h.engine, 30)
	a.heal()
	h.wantSame()
}
