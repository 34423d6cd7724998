package cluster_test

import (
	"context"
	"fmt"
	"log/slog"
	"maps"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"edgeboard/relay/cluster"
	"edgeboard/relay/cluster/clustertest"
	"edgeboard/shared/wire"
)

// fakeDesk keeps the points of feeds as a relay does: none that is not newer.
type fakeDesk struct {
	mu    sync.Mutex
	feeds map[[2]string][]wire.Sample
}

func (d *fakeDesk) HearPoints(p *wire.Publish) {
	d.mu.Lock()
	defer d.mu.Unlock()
	key := [2]string{p.Board, p.Feed}
	if len(p.Samples) == 0 {
		delete(d.feeds, key)
	}
	for _, s := range p.Samples {
		if have := d.feeds[key]; len(have) == 0 || have[len(have)-1].Time < s.Time {
			d.feeds[key] = append(have, s)
		}
	}
}

func (d *fakeDesk) AllPoints(f func(p *wire.Publish)) {
	d.mu.Lock()
	all := maps.Clone(d.feeds)
	d.mu.Unlock()
	for key, samples := range all {
		f(&wire.Publish{Board: key[0], Feed: key[1], Samples: samples})
	}
}

func (d *fakeDesk) String() string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return fmt.Sprint(d.feeds)
}

// feedRelay is a relay with live data.
type feedRelay struct {
	*fakeDesk
	feeds *cluster.Feeds
}

func newFeedRelay(t *testing.T, m *clustertest.Memory, name string) *feedRelay {
	t.Helper()
	r := &feedRelay{fakeDesk: &fakeDesk{feeds: map[[2]string][]wire.Sample{}}}
	h := m.Handle()
	var err error
	if r.feeds, err = cluster.NewFeeds(h, name, r.fakeDesk, slog.Default()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.feeds.Close(); h.Close() })
	return r
}

// publish takes a point here and tells the others.
func (r *feedRelay) publish(board, feed string, times ...uint64) {
	p := &wire.Publish{Board: board, Feed: feed}
	for _, at := range times {
		p.Samples = append(p.Samples, wire.Sample{Time: at, Number: float64(at)})
	}
	r.HearPoints(p)
	r.feeds.Tell(p)
}

// Every relay has all live data, also one that starts later, and while more comes.
func TestFeeds(t *testing.T) { synctest.Test(t, testFeeds) }
func testFeeds(t *testing.T) {
	m := clustertest.NewMemory()
	a, b := newFeedRelay(t, m, "a"), newFeedRelay(t, m, "b")
	a.publish("plan", "cpu", 1, 2)
	b.publish("plan", "mem", 1)
	b.publish("sketch", "cpu", 9)
	for i := range uint64(3000) { // more than fits into one message
		a.publish("plan", fmt.Sprint("f", i%500), 1+i)
	}
	synctest.Wait()
	a.wait(t, b)
	a.publish("plan", "cpu", 4)
	a.publish("plan", "mem") // forgotten
	a.wait(t, b)
	if _, there := b.fakeDesk.feeds[[2]string{"plan", "mem"}]; there {
		t.Error("a feed that was forgotten on one relay is there on the other")
	}

	c := newFeedRelay(t, m, "c")
	asked := make(chan struct{})
	go func() { defer close(asked); c.feeds.Ask(t.Context(), called("a")) }()
	a.publish("plan", "cpu", 5)
	<-asked
	a.wait(t, c)

	pass()
	// Of a relay that is not there it learns nothing, and goes on.
	d := newFeedRelay(t, m, "d")
	d.feeds.Ask(t.Context(), called("nobody"))
	a.publish("plan", "new", 1)
	synctest.Wait()
	d.wait(t, &feedRelay{fakeDesk: &fakeDesk{feeds: map[[2]string][]wire.Sample{{"plan", "new"}: {{Time: 1, Number: 1}}}}})
}

// wait waits until both have the same.
func (r *feedRelay) wait(t *testing.T, other *feedRelay) {
	t.Helper()
	for range 100 {
		if r.String() == other.String() {
			return
		}
		pass()
	}
	t.Errorf("one relay has\n%.200s\nthe other\n%.200s", r, other)
}

// pass lets some time of a synctest bubble pass.
func pass() {
	time.Sleep(30 * time.Millisecond)
	synctest.Wait()
}

func called(name string) func(context.Context) string {
	return func(context.Context) string { return name }
}
