package cluster_test

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"edgeboard/relay/cluster"
	"edgeboard/relay/cluster/clustertest"
	"edgeboard/relay/store/memory"
	"edgeboard/relay/store/sqlite"
	"edgeboard/shared/logtest"
)

// member is a relay of a cluster, of which there are records alone.
type member struct {
	t      *testing.T
	of     *clustertest.Memory
	handle *clustertest.Handle
	away   bool // the engine is not reached when it starts
	c      *cluster.Cluster
	*cluster.SharedRecords

	dir   string // of its store; empty: it is in memory
	store interface{ Close() error }
	own   cluster.Records
	room  cluster.Copies
	keeps *keeps

	// hears is told what the others have put; nil: it is written down.
	hears func(kind, key string, value []byte)
	log   logtest.Text
	mu    sync.Mutex
	heard []string
}

// relays are those of a cluster, each with a store of its own: of files, if files is true.
func relays(t *testing.T, m *clustertest.Memory, n int, files bool, make ...func(int) *member) []*member {
	var all []*member
	for i := range n {
		r := &member{t: t, of: m}
		for _, f := range make {
			r = f(i)
		}
		if files {
			r.dir = filesDir(t)
		} else {
			s := new(memory.Store)
			r.own, r.room = s.Records(), s
		}
		r.start()
		t.Cleanup(r.stop)
		all = append(all, r)
	}
	for _, r := range all {
		r.isReady()
	}
	return all
}

// filesDir returns a new folder, of which it does not matter whether it outlasts the power.
func filesDir(t *testing.T) string {
	if dir, err := os.MkdirTemp("/dev/shm", "cluster"); err == nil {
		t.Cleanup(func() { os.RemoveAll(dir) })
		return dir
	}
	return t.TempDir()
}

func (r *member) start() {
	r.t.Helper()
	if r.dir != "" {
		s, err := sqlite.Open(r.dir)
		if err != nil {
			r.t.Fatal(err)
		}
		r.store, r.own, r.room = s, s.Records(), s
	}
	r.handle = r.of.Handle()
	if r.away {
		r.handle.Cut()
	}
	c, err := cluster.New(cluster.Config{Engine: r.handle, Copies: r.room, Records: r.own, Log: slog.New(slog.NewTextHandler(&r.log, nil))})
	if err != nil {
		r.t.Fatal(err)
	}
	r.keeps.set(c)
	c.OnRecord(func(kind, key string, value []byte) {
		if r.hears != nil {
			r.hears(kind, key, value)
			return
		}
		r.mu.Lock()
		defer r.mu.Unlock()
		r.heard = append(r.heard, fmt.Sprintf("%s %s: %s", kind, key, value))
	})
	r.c, r.SharedRecords = c, c.Records()
	if err := c.Start(context.Background()); err != nil {
		r.t.Fatal(err)
	}
}

func (r *member) isReady() {
	r.t.Helper()
	if err := r.c.Ready(r.t.Context()); err != nil {
		r.t.Fatal(err)
	}
}

func (r *member) stop() {
	if r.c == nil {
		return
	}
	if err := r.c.Close(context.Background()); err != nil {
		r.t.Error(err)
	}
	if r.store != nil {
		if err := r.store.Close(); err != nil {
			r.t.Error(err)
		}
	}
	r.c = nil
}

// restart ends it and begins again with its store.
func (r *member) restart(cut bool) {
	r.t.Helper()
	r.stop()
	r.away = cut
	r.start()
	r.isReady()
}

// cut cuts it off, and waits until it knows.
func (r *member) cut() {
	r.t.Helper()
	r.handle.Cut()
	r.until("it is cut off", r.c.Cut)
}

func (r *member) heal() {
	r.t.Helper()
	r.handle.Heal()
	r.until("it takes part again", func() bool { return !r.c.Cut() })
}

// until waits for what is to become true.
func (r *member) until(what string, is func() bool) {
	r.t.Helper()
	for end := time.Now().Add(time.Minute); !is(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			r.t.Fatalf("it does not come to be: %s", what)
		}
	}
}

func (r *member) put(kind, key, value string) {
	r.t.Helper()
	var v []byte
	if value != "" {
		v = []byte(value)
	}
	if err := r.Put(r.t.Context(), kind, key, v, time.Time{}); err != nil {
		r.t.Fatal(err)
	}
}

func (r *member) swap(kind, key, old, value string) bool {
	r.t.Helper()
	var o, v []byte
	if old != "" {
		o = []byte(old)
	}
	if value != "" {
		v = []byte(value)
	}
	ok, err := r.Swap(r.t.Context(), kind, key, o, v, time.Time{})
	if err != nil {
		r.t.Fatal(err)
	}
	return ok
}

func (r *member) get(kind, key string) string {
	r.t.Helper()
	v, err := r.Get(r.t.Context(), kind, key)
	if err != nil {
		r.t.Fatal(err)
	}
	return string(v)
}

// sees waits until a record has a value here.
func (r *member) sees(kind, key, value string) {
	r.t.Helper()
	r.until(fmt.Sprintf("%s %s is %q (it is %q)", kind, key, value, r.get(kind, key)), func() bool { return r.get(kind, key) == value })
}

// all returns the records that are shared.
func (r *member) all() (list []string) {
	r.t.Helper()
	err := r.own.All(context.Background(), func(kind, key string, value []byte, until time.Time) error {
		if kind != "cluster" && kind != "spool" && kind != "spooled" && kind != "copy" {
			list = append(list, fmt.Sprintf("%s %s: %s %v", kind, key, value, until.UnixMilli()))
		}
		return nil
	})
	if err != nil {
		r.t.Fatal(err)
	}
	return list
}

// same waits until all have the same records.
func same(t *testing.T, all []*member) {
	t.Helper()
	all[0].until("all have the same", func() bool {
		want := all[0].all()
		return !slices.ContainsFunc(all[1:], func(r *member) bool { return !slices.Equal(r.all(), want) })
	})
}

// inBubble runs a test with a clock of its own, over stores in memory and in files.
func inBubble(t *testing.T, f func(t *testing.T, files bool)) {
	t.Run("memory", func(t *testing.T) { synctest.Test(t, func(t *testing.T) { f(t, false) }) })
	t.Run("files", func(t *testing.T) { synctest.Test(t, func(t *testing.T) { f(t, true) }) })
}

// spooled lists what is kept for the engine.
func (r *member) spooled() (keys []string) {
	err := r.own.List(context.Background(), "spooled", "", func(key string, _ []byte) error { keys = append(keys, key); return nil })
	if err != nil {
		r.t.Error(err)
	}
	return keys
}
