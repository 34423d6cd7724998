package cluster_test

import (
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"edgeboard/relay/cluster"
	"edgeboard/relay/cluster/clustertest"
	"edgeboard/relay/store/memory"
	"edgeboard/shared/wire"
)

func TestPeers(t *testing.T) { synctest.Test(t, testPeers) }

func testPeers(t *testing.T) {
	m := clustertest.NewMemory()
	a, b := newRelay(t, m, "a", new(memory.Store)), newRelay(t, m, "b", new(memory.Store))
	synctest.Wait()
	for _, r := range []*roomRelay{a, b} {
		if got := r.b.Elsewhere("x"); got == "" || got == "https://"+r.name+".example" {
			t.Errorf("%s sends members to %q before a second is over", r.name, got)
		}
	}
	// Silent for two seconds is not gone, for more than three it is.
	b.engine.Cut()
	time.Sleep(2 * time.Second)
	if got := a.heardOf("gone"); len(got) > 0 {
		t.Errorf("after 2 s: %v", got)
	}
	time.Sleep(cluster.PeerTimeout)
	if got := a.heardOf("gone"); !slices.Equal(got, []string{"gone b"}) {
		t.Errorf("after 5 s: %v", got)
	}
	if got := a.b.Elsewhere("x"); got != "" {
		t.Errorf("members are sent to %q, which is gone", got)
	}
	// Who comes back may have told what was not heard. It says so itself besides.
	lost := len(a.heardOf("lost b"))
	b.engine.Heal()
	settle(t, a, b)
	if got := len(a.heardOf("lost b")) - lost; got != 1 && got != 2 {
		t.Errorf("told %d times that something of b was lost, want 1 or 2", got)
	}
	if got := a.b.Elsewhere("x"); got != "https://b.example" {
		t.Errorf("members are sent to %q", got)
	}
	// One that is about to stop gets no more members, and is there until it has ended.
	b.c.Leave()
	synctest.Wait()
	if got := a.b.Elsewhere("x"); got != "" {
		t.Errorf("members are sent to %q, which is leaving", got)
	}
	if got := a.heardOf("gone"); len(got) != 1 {
		t.Errorf("a relay that is leaving: %v", got)
	}
	b.stop()
	synctest.Wait()
	if got := a.heardOf("gone"); len(got) != 2 {
		t.Errorf("a relay that has ended: %v", got)
	}
}

// TestLastWordsAreLost: what a relay told last, just before it could not be heard for a
// moment, is noticed although it tells nothing more.
func TestLastWordsAreLost(t *testing.T) { synctest.Test(t, testLastWords) }

func testLastWords(t *testing.T) {
	m := clustertest.NewMemory()
	a, b := newRelay(t, m, "a", new(memory.Store)), newRelay(t, m, "b", new(memory.Store))
	time.Sleep(5 * time.Second)
	lost := len(a.heardOf("lost b"))
	b.engine.Cut()
	time.Sleep(time.Second)
	b.engine.Heal()
	settle(t, a, b)
	time.Sleep(2 * time.Second)
	if got := a.heardOf("gone"); len(got) > 0 {
		t.Errorf("it was away for a second: %v", got)
	}
	if got := len(a.heardOf("lost b")) - lost; got != 1 {
		t.Errorf("told %d times that something of b was lost, want 1", got)
	}
}

// TestElsewhere: where a board goes depends on the relays that there are, and when one of
// them goes the boards of the others stay where they are.
func TestElsewhere(t *testing.T) { synctest.Test(t, testElsewhere) }

func testElsewhere(t *testing.T) {
	m := clustertest.NewMemory()
	var relays []*roomRelay
	for i := range 6 {
		relays = append(relays, newRelay(t, m, string(rune('a'+i)), new(memory.Store)))
	}
	synctest.Wait()
	where := func() map[string]string {
		all := map[string]string{}
		for i := range 1000 {
			name := fmt.Sprint("board", i)
			all[name] = relays[0].b.Elsewhere(name)
		}
		return all
	}
	before := where()
	count := map[string]int{}
	for _, url := range before {
		count[url]++
	}
	if len(count) != 5 {
		t.Fatalf("boards go to %v", count)
	}
	for url, n := range count {
		if n < 120 || n > 280 {
			t.Errorf("%d of 1000 boards go to %s, one of 5", n, url)
		}
	}
	relays[3].stop()
	synctest.Wait()
	for name, url := range where() {
		switch was := before[name]; {
		case url == "https://d.example":
			t.Errorf("%s goes to a relay that is gone", name)
		case url != was && was != "https://d.example":
			t.Errorf("%s went to %s, and now to %s", name, was, url)
		}
	}
	relays = slices.Delete(relays, 3, 4)
	for _, r := range relays {
		r.stop()
	}
}

func TestTell(t *testing.T) { synctest.Test(t, testTell) }

func testTell(t *testing.T) {
	m, a, b, _, _ := two(t)
	synctest.Wait()
	m.Twice()
	a.b.Tell("x", []byte("1"))
	a.b.Tell("x", []byte("2"))
	a.b.TellPerson(wire.Person{7}, []byte("frame"))
	synctest.Wait()
	expect := func(r *roomRelay, prefix, why string, want ...string) {
		t.Helper()
		if got := r.heardOf(prefix); !slices.Equal(got, want) {
			t.Errorf("%s: %q, want %q", why, got, want)
		}
	}
	expect(b, "peer", "in order, each once", "peer a on x: 1", "peer a on x: 2")
	expect(a, "peer", "not who has told it")
	if got := b.heardOf("person"); len(got) == 0 || got[0] != "person 7: frame" {
		t.Errorf("a person's frame: %q", got)
	}
	expect(a, "person", "not who has told it")
	b.told = nil
	m.Drop(1)
	a.b.Tell("x", []byte("3"))
	m.Drop(0)
	a.b.Tell("x", []byte("4"))
	synctest.Wait()
	expect(b, "", "what is missing is missed", "lost a", "peer a on x: 4")
	// A room that was closed counts from 1 again.
	b.told = nil
	a.close("x")
	a.open("x")
	a.b.Tell("x", []byte("5"))
	synctest.Wait()
	expect(b, "", "a new room", "peer a on x: 5")
	// Nobody hears what is told on a board that is not open.
	b.close("x")
	b.told = nil
	a.b.Tell("x", []byte("6"))
	a.b.Tell("y", []byte("7"))
	synctest.Wait()
	expect(b, "", "a board that is not open")
}
