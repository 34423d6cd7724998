package clustertest

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"edgeboard/relay/cluster"
)

// heard is what a subscriber was told.
type heard struct {
	mu      sync.Mutex
	list    []string
	listens bool
}

// probe is what a subscriber hears to know that it does.
const probe = "does anybody listen?"

func (h *heard) hear(data []byte) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.listens = true; string(data) != probe {
		h.list = append(h.list, string(data))
	}
}

// listening publishes until a subscriber hears it: messages may be lost, and are where
// an engine of several servers does not know everywhere yet who listens.
func listening(t *testing.T, e cluster.Engine, subject string, subscribers ...*heard) {
	t.Helper()
	for _, h := range subscribers {
		wait(t, "a subscriber hears something", func() bool {
			publish(t, e, subject, probe)
			h.mu.Lock()
			defer h.mu.Unlock()
			return h.listens
		})
	}
}

func (h *heard) all() []string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return slices.Clone(h.list)
}

func subscribe(t *testing.T, e cluster.Engine, subject string) *heard {
	t.Helper()
	h := &heard{}
	stop, err := e.Subscribe(subject, h.hear)
	if err != nil {
		t.Fatalf("Subscribe to %s: %v", subject, err)
	}
	t.Cleanup(stop)
	return h
}

func publish(t *testing.T, e cluster.Engine, subject, data string) {
	t.Helper()
	if err := e.Publish(subject, []byte(data)); err != nil {
		t.Fatalf("Publish to %s: %v", subject, err)
	}
}

var messageTests = []test{
	{"all who subscribe are told, in order", func(t *testing.T, b *bed) {
		e, other := b.way(), b.way()
		subscribers := []*heard{subscribe(t, e, "p.a-b_C"), subscribe(t, other, "p.a-b_C"), subscribe(t, other, "p.a-b_C")}
		another := subscribe(t, other, "p.a-b")
		listening(t, e, "p.a-b_C", subscribers...)
		listening(t, e, "p.a-b", another)
		want := []string{""}
		publish(t, e, "p.a-b_C", "")
		for i := range 200 {
			want = append(want, fmt.Sprint(i))
			publish(t, e, "p.a-b_C", want[len(want)-1])
		}
		large := strings.Repeat("x", 256<<10)
		publish(t, e, "p.a-b_C", large)
		want = append(want, large)
		for _, h := range subscribers {
			wait(t, "all is told", func() bool { return len(h.all()) >= len(want) })
			if !slices.Equal(h.all(), want) {
				t.Fatal("something else was told, or in another order")
			}
		}
		publish(t, e, "p.a-b", "mine")
		wait(t, "the other subject's is told", func() bool { return len(another.all()) > 0 })
		if got := another.all(); !slices.Equal(got, []string{"mine"}) {
			t.Fatalf("a subscriber of another subject was told %.100q", got)
		}
	}},
	{"who has stopped is told no more", func(t *testing.T, b *bed) {
		e, other := b.way(), b.way()
		h, stays := &heard{}, subscribe(t, other, "s")
		stop, err := other.Subscribe("s", h.hear)
		if err != nil {
			t.Fatal(err)
		}
		listening(t, e, "s", h, stays)
		publish(t, e, "s", "one")
		wait(t, "it is told", func() bool { return len(h.all()) == 1 && len(stays.all()) == 1 })
		stop()
		stop()
		publish(t, e, "s", "two")
		wait(t, "who has stayed is told", func() bool { return len(stays.all()) == 2 })
		if n := len(h.all()); n != 1 {
			t.Fatalf("who has stopped was told %d", n)
		}
	}},
	{"nobody needs to listen", func(t *testing.T, b *bed) {
		publish(t, b.way(), "nobody.is.there", "x")
	}},
}

func hold(t *testing.T, e cluster.Engine, lease, who string) bool {
	t.Helper()
	has, err := e.Hold(t.Context(), lease, who)
	if err != nil {
		t.Fatalf("Hold %s: %v", lease, err)
	}
	return has
}

var leaseTests = []test{
	{"one holds it until it is given back", func(t *testing.T, b *bed) {
		e, other := b.way(), b.way()
		// All that is judged here is asked within the lease's time of a's last Hold.
		began := time.Now()
		if !hold(t, e, "courier", "a") {
			t.Fatal("nobody has it, and a does not get it")
		}
		b1, a2, free := hold(t, other, "courier", "b"), hold(t, e, "courier", "a"), hold(t, other, "another", "b")
		if err := other.Release(t.Context(), "courier", "b"); err != nil {
			t.Fatalf("Release by who has it not: %v", err)
		}
		if b2 := hold(t, other, "courier", "b"); time.Since(began) < cluster.LeaseTime && (b1 || b2 || !a2 || !free) {
			t.Fatalf("b got what a has: %t, %t; a renews: %t; another one is free: %t", b1, b2, a2, free)
		}
		if err := e.Release(t.Context(), "courier", "a"); err != nil {
			t.Fatal(err)
		}
		if !hold(t, other, "courier", "b") {
			t.Fatal("b does not get what a gave back")
		}
		if err := other.Release(t.Context(), "nobody's", "b"); err != nil {
			t.Fatalf("Release of what nobody has: %v", err)
		}
	}},
	{"of several at once one gets it", func(t *testing.T, b *bed) {
		ways := []cluster.Engine{b.way(), b.way(), b.way()}
		for round := range 10 {
			lease := fmt.Sprint("lease", round)
			began := time.Now()
			got := make([]bool, 2*len(ways))
			var w sync.WaitGroup
			for i := range got {
				w.Go(func() {
					has, err := ways[i%len(ways)].Hold(t.Context(), lease, fmt.Sprint("holder", i))
					if got[i] = has; err != nil {
						t.Error(err)
					}
				})
			}
			w.Wait()
			n := 0
			for _, has := range got {
				if has {
					n++
				}
			}
			if n != 1 && time.Since(began) < cluster.LeaseTime {
				t.Fatalf("%d have it", n)
			}
		}
	}},
	{"it is kept while it is renewed, and lapses", func(t *testing.T, b *bed) {
		if testing.Short() {
			t.Skip("it takes two leases' time")
		}
		e, other := b.way(), b.way()
		began := time.Now()
		for time.Since(began) < cluster.LeaseTime+time.Second {
			renewed := time.Now()
			if !hold(t, e, "l", "a") {
				t.Fatal("a could not renew")
			}
			if has := hold(t, other, "l", "b"); has && time.Since(renewed) < cluster.LeaseTime {
				t.Fatalf("b got it %v after a has renewed", time.Since(renewed))
			} else if has {
				t.Skip("the machine stood still for longer than a lease lasts")
			}
			time.Sleep(250 * time.Millisecond) // As often as it is renewed.
		}
		wait(t, "b gets what a does not renew", func() bool { return hold(t, other, "l", "b") })
		if since := time.Since(began); since < 2*cluster.LeaseTime {
			t.Fatalf("it lapsed after %v in all, a having renewed for longer than %v", since, cluster.LeaseTime)
		}
	}},
}

func blob(t *testing.T, e cluster.Engine, name string) []byte {
	t.Helper()
	r, err := e.Blob(t.Context(), name)
	if err != nil {
		t.Fatalf("Blob %s: %v", name, err)
	}
	data, err := io.ReadAll(r)
	if err := errors.Join(err, r.Close()); err != nil {
		t.Fatalf("Blob %s: %v", name, err)
	}
	return data
}

var blobTests = []test{
	{"one comes back whole, by any way", func(t *testing.T, b *bed) {
		e, other := b.way(), b.way()
		for i, size := range []int{0, 1, 128 << 10, 5 << 20} {
			name, want := fmt.Sprint("sha256-", i, "_A.png"), noise(uint64(i), size)
			if _, err := other.Blob(t.Context(), name); !errors.Is(err, cluster.ErrNoBlob) {
				t.Fatalf("before it is there: %v", err)
			}
			if err := e.PutBlob(t.Context(), name, bytes.NewReader(want)); err != nil {
				t.Fatalf("PutBlob of %d bytes: %v", size, err)
			}
			if got := blob(t, other, name); !bytes.Equal(got, want) {
				t.Fatalf("%d bytes came back as %d, or others", size, len(got))
			}
		}
	}},
	{"one that is there stays", func(t *testing.T, b *bed) {
		e, other := b.way(), b.way()
		for range 2 {
			for _, e := range []cluster.Engine{e, other} {
				if err := e.PutBlob(t.Context(), "same", strings.NewReader("what is in it")); err != nil {
					t.Fatal(err)
				}
			}
		}
		if got := blob(t, e, "same"); string(got) != "what is in it" {
			t.Fatalf("it has %q", got)
		}
	}},
	{"one is dropped", func(t *testing.T, b *bed) {
		e, other := b.way(), b.way()
		if err := e.DropBlob(t.Context(), "x"); err != nil {
			t.Fatalf("DropBlob of what is not there: %v", err)
		}
		for range 2 {
			if err := e.PutBlob(t.Context(), "x", strings.NewReader("x")); err != nil {
				t.Fatal(err)
			}
			if got := blob(t, other, "x"); string(got) != "x" {
				t.Fatalf("it has %q", got)
			}
			if err := other.DropBlob(t.Context(), "x"); err != nil {
				t.Fatal(err)
			}
			_, err := e.Blob(t.Context(), "x")
			wantError(t, "Blob of what was dropped", err, cluster.ErrNoBlob)
		}
	}},
	{"one that could not be read is not there", func(t *testing.T, b *bed) {
		e := b.way()
		broken := errors.New("broken")
		r := io.MultiReader(bytes.NewReader(noise(1, 1<<20)), failing{broken})
		if err := e.PutBlob(t.Context(), "x", r); !errors.Is(err, broken) {
			t.Fatalf("PutBlob: %v; want what the reader said", err)
		}
		_, err := e.Blob(t.Context(), "x")
		wantError(t, "Blob of what was not put", err, cluster.ErrNoBlob)
		if err := e.PutBlob(t.Context(), "x", strings.NewReader("whole")); err != nil {
			t.Fatal(err)
		}
		if got := blob(t, e, "x"); string(got) != "whole" {
			t.Fatalf("it has %.50q", got)
		}
	}},
	{"several put the same at once", func(t *testing.T, b *bed) {
		ways := []cluster.Engine{b.way(), b.way()}
		want := noise(1, 1<<20)
		var w sync.WaitGroup
		for i := range 6 {
			w.Go(func() {
				if err := ways[i%2].PutBlob(t.Context(), "x", bytes.NewReader(want)); err != nil {
					t.Error(err)
				}
			})
		}
		w.Wait()
		if got := blob(t, ways[0], "x"); !bytes.Equal(got, want) {
			t.Fatalf("%d bytes came back, or others", len(got))
		}
	}},
}

// failing is a reader that fails.
type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }
