package cluster_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"edgeboard/relay/cluster"
	"edgeboard/relay/cluster/clustertest"
	"edgeboard/relay/store/memory"
)

// follower is what a tail has passed on.
type follower struct {
	mu        sync.Mutex
	got       []string
	positions []uint64
	fail      int // so many times
}

func (f *follower) take(e cluster.Entry) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.fail > 0 {
		f.fail--
		return errors.New("not now")
	}
	f.got, f.positions = append(f.got, string(e.Data)), append(f.positions, e.Position)
	return nil
}

func (f *follower) all() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.got)
}

// tails is a Cluster for tests of tails, and another way to its engine.
func tails(t *testing.T) (m *clustertest.Memory, c *cluster.Cluster, mine, other *clustertest.Handle) {
	m = clustertest.NewMemory()
	mine, other = m.Handle(), m.Handle()
	store := new(memory.Store)
	c, err := cluster.New(cluster.Config{Engine: mine, Copies: store, Records: store.Records()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close(context.Background()); other.Close() })
	return m, c, mine, other
}

// appendText appends to the log "b.x", and waits until it is stored.
func appendText(t *testing.T, h *clustertest.Handle, text string) (position uint64) {
	t.Helper()
	done := make(chan error)
	h.Append("b.x", cluster.Entry{Data: []byte(text), From: "other"}, func(at uint64, err error) { position = at; done <- err })
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	return position
}

func notTrimmed(context.Context) (uint64, error) { return 0, errors.New("nothing was trimmed") }

func numbers(from, to int) (list []string) {
	for i := from; i <= to; i++ {
		list = append(list, fmt.Sprint(i))
	}
	return list
}

func TestTail(t *testing.T) { synctest.Test(t, testTail) }

func testTail(t *testing.T) {
	m, c, mine, other := tails(t)
	for i := 1; i <= 3; i++ {
		appendText(t, other, fmt.Sprint(i))
	}
	var f follower
	tail := c.NewTail("b.x", 0, f.take, notTrimmed)
	defer tail.End()
	expect := func(to int, why string) {
		t.Helper()
		synctest.Wait()
		if got := f.all(); !slices.Equal(got, numbers(1, to)) {
			t.Fatalf("%s: %v, want 1 to %d", why, got, to)
		}
		if !slices.IsSorted(f.positions) {
			t.Fatalf("%s: positions %d", why, f.positions)
		}
	}
	expect(3, "what was there")
	appendText(t, other, "4")
	expect(4, "what comes")

	m.Twice()
	appendText(t, other, "5")
	appendText(t, other, "6")
	expect(6, "what comes twice is passed on once")

	m.Drop(1)
	appendText(t, other, "7")
	expect(6, "what is lost is not there at once")
	m.Drop(0)
	appendText(t, other, "8")
	expect(8, "the next one shows the gap")

	m.Drop(1)
	last := appendText(t, other, "9")
	m.Drop(0)
	expect(8, "nobody knows that the last one was lost")
	if err := tail.Reach(t.Context(), last); err != nil {
		t.Fatal(err)
	}
	expect(9, "a look at the end of the log shows it")

	mine.Cut()
	appendText(t, other, "10")
	tail.Again()
	expect(9, "what cannot be read")
	mine.Heal()
	expect(10, "comes when the engine is reached again, at once")

	f.fail = 3
	at := appendText(t, other, "11")
	if err := tail.Reach(t.Context(), at); err != nil {
		t.Fatal(err)
	}
	expect(11, "what was not taken is passed on again")

	mine.Pause(true)
	for i := 12; i <= 2000; i++ {
		appendText(t, other, fmt.Sprint(i))
	}
	mine.Pause(false)
	expect(2000, "more than what may wait")

	m.Drop(1)
	appendText(t, other, "2001")
	m.Drop(0)
	if err := tail.CatchUp(t.Context()); err != nil {
		t.Fatal(err)
	}
	expect(2001, "who catches up has all")

	f.got, f.positions = nil, nil
	tail.Rewind(0)
	expect(2001, "all of it once more")
}

func TestTailOfATrimmedLog(t *testing.T) { synctest.Test(t, testTailTrimmed) }

func testTailTrimmed(t *testing.T) {
	_, c, mine, other := tails(t)
	appendText(t, other, "1")
	var f follower
	refuse := 2
	tail := c.NewTail("b.x", 0, f.take, func(ctx context.Context) (uint64, error) {
		if refuse--; refuse >= 0 {
			return 0, errors.New("not now")
		}
		s, err := mine.Snapshot(ctx, "b.x")
		if err == nil {
			err = f.take(cluster.Entry{Position: s.Through, Data: s.Data})
		}
		return s.Through, err
	})
	defer tail.End()
	synctest.Wait()
	mine.Cut()
	through := appendText(t, other, "2")
	if err := other.PutSnapshot(t.Context(), "b.x", cluster.Snapshot{Through: through, Data: []byte("1+2")}); err != nil {
		t.Fatal(err)
	}
	appendText(t, other, "3")
	mine.Heal()
	time.Sleep(time.Second) // of the bubble's; the snapshot is refused twice
	synctest.Wait()
	if got, want := f.all(), []string{"1", "1+2", "3"}; !slices.Equal(got, want) {
		t.Errorf("%v, want %v: the snapshot stands for what was trimmed", got, want)
	}
	// A log that was trimmed to its end goes on without reading anything twice.
	last := appendText(t, other, "4")
	synctest.Wait()
	if err := other.PutSnapshot(t.Context(), "b.x", cluster.Snapshot{Revision: 1, Through: last, Data: []byte("all")}); err != nil {
		t.Fatal(err)
	}
	appendText(t, other, "5")
	synctest.Wait()
	if got, want := f.all(), []string{"1", "1+2", "3", "4", "5"}; !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
}

// TestTailOfALostLog: an engine that has lost its data counts from 1 again.
func TestTailOfALostLog(t *testing.T) { synctest.Test(t, testTailLost) }

func testTailLost(t *testing.T) {
	m, c, mine, other := tails(t)
	for i := range 5 {
		appendText(t, other, fmt.Sprint("old ", i))
	}
	var f follower
	tail := c.NewTail("b.x", 0, f.take, notTrimmed)
	defer tail.End()
	synctest.Wait()
	mine.Pause(true)
	appendText(t, other, "old, told late")
	m.Lose()
	appendText(t, other, "new 1")
	f.got = nil
	tail.Rewind(0)
	mine.Pause(false)
	appendText(t, other, "new 2")
	time.Sleep(time.Minute)
	synctest.Wait()
	if got, want := f.all(), []string{"new 1", "new 2"}; !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
}
