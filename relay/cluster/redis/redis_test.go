package redis

import (
	"context"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/redis/rueidis"
	"go.uber.org/goleak"

	"edgeboard/relay/cluster"
	"edgeboard/relay/cluster/clustertest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// open opens an engine that is closed with the test.
func open(t testing.TB, url string, opt Options) *Engine {
	t.Helper()
	if opt.Log == nil {
		opt.Log = slog.New(slog.DiscardHandler)
	}
	e, err := Open(t.Context(), url, opt)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { e.Close() })
	return e
}

// start starts a Redis, and opens an engine.
func start(t testing.TB) (*Engine, *clustertest.Redis) {
	t.Helper()
	server := clustertest.StartRedis(t)
	e := open(t, server.URL(), Options{})
	ping(t, e)
	return e, server
}

// patience is how long a test waits for what must come.
const patience = 30 * time.Second

func wait(t testing.TB, what string, holds func() bool) {
	t.Helper()
	for until := time.Now().Add(patience); !holds(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(until) {
			t.Fatalf("waited %v in vain until %s", patience, what)
		}
	}
}

// ping waits until Redis would store something, and returns the incarnation.
func ping(t testing.TB, e *Engine) (incarnation string) {
	t.Helper()
	wait(t, "redis is reached", func() bool {
		var err error
		incarnation, err = e.Ping(t.Context())
		return err == nil
	})
	return incarnation
}

// do has Redis do something as an operator would, and returns what it says.
func do(t testing.TB, e *Engine, words ...string) rueidis.RedisResult {
	t.Helper()
	client, err := e.reach(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	result := client.Do(t.Context(), client.B().Arbitrary(words[0]).Keys(words[1:2]...).Args(words[2:]...).Build())
	if err := result.Error(); err != nil && !rueidis.IsRedisNil(err) {
		t.Fatalf("%q: %v", words, err)
	}
	return result
}

func tryAppend(e *Engine, log string, x cluster.Entry) (uint64, error) {
	var position uint64
	var err error
	done := make(chan struct{})
	e.Append(log, x, func(p uint64, e error) { position, err = p, e; close(done) })
	<-done
	return position, err
}

func add(t testing.TB, e *Engine, log, data string) uint64 {
	t.Helper()
	position, err := tryAppend(e, log, cluster.Entry{From: "relay1", Data: []byte(data)})
	if err != nil {
		t.Fatal(err)
	}
	return position
}

func read(t testing.TB, e *Engine, log string, after uint64) string {
	t.Helper()
	var list []string
	err := e.Read(t.Context(), log, after, func(x cluster.Entry) error {
		list = append(list, string(x.Data))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return strings.Join(list, " ")
}

// suite runs the suite on a kind of Redis. Each way goes by a proxy of its own, which can
// be cut.
func suite(t *testing.T, serve func(t testing.TB) *clustertest.Redis) {
	clustertest.Run(t, clustertest.Kind{Open: func(t *testing.T) clustertest.Bed {
		server := serve(t)
		var mu sync.Mutex
		proxies := map[cluster.Engine]*clustertest.Proxy{}
		return clustertest.Bed{
			Open: func(t *testing.T) cluster.Engine {
				p := clustertest.StartProxy(t, server.Addr())
				e := open(t, p.URL(server.URL()), Options{Log: slog.New(slog.NewTextHandler(t.Output(), nil))})
				mu.Lock()
				defer mu.Unlock()
				proxies[e] = p
				return e
			},
			Restart: func(t *testing.T) { server.Restart(t) },
			Lose:    func(t *testing.T) { server.LoseDisk(t) },
			Cut: func(t *testing.T, e cluster.Engine) (heal func()) {
				mu.Lock()
				p := proxies[e]
				mu.Unlock()
				p.Cut()
				wait(t, "it knows that it is cut off", func() bool {
					_, err := e.Ping(t.Context())
					return err != nil
				})
				return p.Heal
			},
		}
	}})
}

func TestSuite(t *testing.T) {
	t.Parallel()
	suite(t, func(t testing.TB) *clustertest.Redis { return clustertest.StartRedis(t) })
}

// One that cannot be reached at first is a cut off one, not an error, and is reached
// later by itself.
func TestOpenBeforeRedisIsThere(t *testing.T) {
	t.Parallel()
	server := clustertest.StartRedis(t)
	server.Stop()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	e, err := Open(ctx, server.URL(), Options{Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	if _, err := e.Ping(t.Context()); err == nil {
		t.Fatal("a Redis that is not there answers")
	}
	if _, err := tryAppend(e, "b.x", cluster.Entry{}); err == nil {
		t.Fatal("a Redis that is not there stores")
	}
	heard := make(chan cluster.Entry, 1)
	stop, err := e.Follow("b.x", func(x cluster.Entry) { heard <- x })
	if err != nil {
		t.Fatalf("follow before it is there: %v", err)
	}
	defer stop()
	lost := make(chan struct{}, 1)
	e.OnLost(func() { lost <- struct{}{} })
	server.Restart(t)
	<-lost // From now on it is told.
	ping(t, e)
	add(t, e, "b.x", "one")
	if x := <-heard; string(x.Data) != "one" {
		t.Fatalf("told %q", x.Data)
	}
}

func TestCloseBeforeRedisIsThere(t *testing.T) {
	t.Parallel()
	server := clustertest.StartRedis(t)
	server.Stop()
	e := open(t, server.URL(), Options{})
	done := make(chan error, 1)
	e.Append("b.x", cluster.Entry{}, func(_ uint64, err error) { done <- err })
	e.Close()
	if err := <-done; err == nil {
		t.Fatal("an Append is done without a Redis")
	}
	if err := e.Publish("s", nil); err != cluster.ErrClosed {
		t.Errorf("Publish after Close: %v", err)
	}
	if _, err := e.Follow("b.x", nil); err != cluster.ErrClosed {
		t.Errorf("Follow after Close: %v", err)
	}
}

func TestOpenRefuses(t *testing.T) {
	for _, url := range []string{"", "nats://host", "redis://host/x", "redis://host/1/2", "://"} {
		if e, err := Open(t.Context(), url, Options{}); err == nil {
			e.Close()
			t.Errorf("%q is taken for the URL of a Redis", url)
		}
	}
	for _, prefix := range []string{"a b", "{a}", "a\n", strings.Repeat("x", 65)} {
		if e, err := Open(t.Context(), "redis://localhost", Options{Prefix: prefix}); err == nil {
			e.Close()
			t.Errorf("%q is taken for a prefix", prefix)
		}
	}
}

// Two clusters that share a Redis do not meet.
func TestPrefix(t *testing.T) {
	t.Parallel()
	e, server := start(t)
	other := open(t, server.URL(), Options{Prefix: "other:one", Name: "edge"})
	if ping(t, e) == ping(t, other) {
		t.Error("both have one incarnation")
	}
	add(t, e, "b.x", "mine")
	add(t, other, "b.x", "another's")
	if got := read(t, e, "b.x", 0); got != "mine" {
		t.Errorf("the log has %q", got)
	}
	if list, _ := do(t, e, "CLIENT", "LIST").ToString(); !strings.Contains(list, "name=edge ") || !strings.Contains(list, "name=edgeboard ") {
		t.Errorf("the connections have other names:\n%s", list)
	}
	keys, err := do(t, e, "KEYS", "*").AsStrSlice()
	if err != nil {
		t.Fatal(err)
	}
	for _, key := range keys {
		if !strings.HasPrefix(key, "edgeboard:{") && !strings.HasPrefix(key, "other:one:{") {
			t.Errorf("%s is neither's", key)
		}
	}
}
