// Package clustertest is the suite that every engine of a cluster passes, an engine in
// memory for tests of what is built on engines, and real servers for tests.
package clustertest

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"edgeboard/relay/cluster"
)

// Kind is how a test opens and breaks one kind of engine.
type Kind struct {
	// Open returns an engine that has nothing.
	Open func(t *testing.T) Bed
}

// Bed is an engine with ways to it. What is nil cannot be done to this kind.
type Bed struct {
	// Open returns another way to the engine, which the suite closes.
	Open func(t *testing.T) cluster.Engine
	// Restart ends the engine without a warning and starts it again with its disk, and
	// Lose without. Both return when it was started; it may not answer yet.
	Restart, Lose func(t *testing.T)
	// Cut makes the engine unreachable by one way until heal is called. It returns when
	// the way knows.
	Cut func(t *testing.T, e cluster.Engine) (heal func())
}

// patience is how long a test waits for what must come. Nothing is judged by it but
// that it came.
const patience = 30 * time.Second

// bed is a Bed as the tests use it.
type bed struct {
	Bed
	t *testing.T
}

// way opens another way to the engine that is closed with the test.
func (b *bed) way() cluster.Engine {
	b.t.Helper()
	e := b.Open(b.t)
	b.t.Cleanup(func() {
		if err := e.Close(); err != nil {
			b.t.Errorf("Close: %v", err)
		}
	})
	return e
}

// Run tests engines of a kind.
func Run(t *testing.T, kind Kind) {
	for _, group := range []struct {
		name  string
		tests []test
	}{
		{"logs", logTests}, {"following", followTests}, {"snapshots", snapshotTests},
		{"messages", messageTests}, {"leases", leaseTests}, {"blobs", blobTests}, {"faults", faultTests},
	} {
		t.Run(group.name, func(t *testing.T) {
			for _, test := range group.tests {
				t.Run(test.name, func(t *testing.T) { test.run(t, &bed{kind.Open(t), t}) })
			}
		})
	}
}

type test struct {
	name string
	run  func(t *testing.T, b *bed)
}

// wait waits until a condition holds.
func wait(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for until := time.Now().Add(patience); !holds(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(until) {
			t.Fatalf("waited %v in vain until %s", patience, what)
		}
	}
}

// entry is one of a board's log.
func entry(data string) cluster.Entry { return cluster.Entry{From: "relay1", Data: []byte(data)} }

// about is one of the Journal that takes what there is.
func about(key, data string) cluster.Entry {
	return cluster.Entry{Key: key, From: "relay1", Data: []byte(data)}
}

// expecting is one of the Journal that follows another one.
func expecting(key, data string, expect uint64) cluster.Entry {
	e := about(key, data)
	e.Expect = &expect
	return e
}

type answer struct {
	position uint64
	err      error
}

// begin appends, and returns where the answer comes.
func begin(t *testing.T, e cluster.Engine, log string, x cluster.Entry) <-chan answer {
	c := make(chan answer, 1)
	var once sync.Once
	e.Append(log, x, func(position uint64, err error) {
		again := true
		once.Do(func() { again = false; c <- answer{position, err} })
		if again {
			t.Errorf("an Append was done twice, then with %d, %v", position, err)
		}
	})
	return c
}

// tryAppend appends, and waits for the answer.
func tryAppend(t *testing.T, e cluster.Engine, log string, x cluster.Entry) (uint64, error) {
	t.Helper()
	select {
	case a := <-begin(t, e, log, x):
		return a.position, a.err
	case <-time.After(patience):
		t.Fatalf("an Append to %s was never done", log)
		return 0, nil
	}
}

// add appends what must be taken.
func add(t *testing.T, e cluster.Engine, log string, x cluster.Entry) uint64 {
	t.Helper()
	position, err := tryAppend(t, e, log, x)
	if err != nil {
		t.Fatalf("Append to %s: %v", log, err)
	}
	if position == 0 {
		t.Fatalf("Append to %s stands at position 0", log)
	}
	return position
}

// addAll appends several entries and returns their positions.
func addAll(t *testing.T, e cluster.Engine, log string, data ...string) []uint64 {
	t.Helper()
	var positions []uint64
	for _, d := range data {
		positions = append(positions, add(t, e, log, entry(d)))
	}
	return positions
}

// read returns what a log has after a position.
func read(t *testing.T, e cluster.Engine, log string, after uint64) []cluster.Entry {
	t.Helper()
	entries, err := tryRead(t, e, log, after)
	if err != nil {
		t.Fatalf("Read of %s after %d: %v", log, after, err)
	}
	return entries
}

func tryRead(t *testing.T, e cluster.Engine, log string, after uint64) ([]cluster.Entry, error) {
	var entries []cluster.Entry
	err := e.Read(t.Context(), log, after, func(x cluster.Entry) error {
		entries = append(entries, x)
		return nil
	})
	return entries, err
}

// data are the contents of entries.
func data(entries []cluster.Entry) []string {
	list := []string{}
	for _, e := range entries {
		list = append(list, string(e.Data))
	}
	return list
}

// wantData reads a log and compares.
func wantData(t *testing.T, e cluster.Engine, log string, after uint64, want ...string) {
	t.Helper()
	if got := data(read(t, e, log, after)); !slices.Equal(got, want) {
		t.Fatalf("%s has %.300q after %d, want %.300q", log, got, after, want)
	}
}

func wantLast(t *testing.T, e cluster.Engine, log, key string, want uint64) {
	t.Helper()
	if got, err := e.Last(t.Context(), log, key); err != nil || got != want {
		t.Fatalf("Last of %q in %s is %d, %v; want %d", key, log, got, err, want)
	}
}

func wantError(t *testing.T, what string, got, want error) {
	t.Helper()
	if !errors.Is(got, want) {
		t.Fatalf("%s: %v; want %v", what, got, want)
	}
}

// told is what a follower has heard.
type told struct {
	mu      sync.Mutex
	entries []cluster.Entry
}

func (f *told) hear(e cluster.Entry) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.entries = append(f.entries, e)
}

// list returns what was heard, each position once.
func (f *told) list() []cluster.Entry {
	f.mu.Lock()
	defer f.mu.Unlock()
	list := slices.Clone(f.entries)
	return slices.CompactFunc(list, func(a, b cluster.Entry) bool { return a.Position == b.Position })
}

// has reports whether a position was heard.
func (f *told) has(position uint64) bool {
	return slices.ContainsFunc(f.list(), func(e cluster.Entry) bool { return e.Position == position })
}

// follow follows a log, until the test ends.
func follow(t *testing.T, e cluster.Engine, log string) *told {
	t.Helper()
	f := &told{}
	stop, err := e.Follow(log, f.hear)
	if err != nil {
		t.Fatalf("Follow %s: %v", log, err)
	}
	t.Cleanup(stop)
	return f
}

// reached waits until an engine answers by all ways, and returns its incarnation.
func reached(t *testing.T, ways ...cluster.Engine) (incarnation string) {
	t.Helper()
	for i, e := range ways {
		var last error
		wait(t, fmt.Sprintf("the engine answers by way %d", i), func() bool {
			name, err := e.Ping(t.Context())
			if err != nil && (last == nil || last.Error() != err.Error()) {
				t.Logf("way %d: %v", i, err)
				last = err
			}
			if err == nil {
				incarnation = name
			}
			return err == nil
		})
	}
	return incarnation
}
