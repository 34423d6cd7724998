package nats

import (
	"log/slog"
	"net/url"
	"sync"
	"testing"
	"time"

	"edgeboard/relay/cluster"
	"edgeboard/relay/cluster/clustertest"
)

// open opens an engine that must be reached. The test closes it.
func open(t testing.TB, address string, opt Options) *Engine {
	t.Helper()
	if opt.Log == nil {
		opt.Log = slog.New(slog.NewTextHandler(t.Output(), nil))
	}
	e, err := Open(t.Context(), address, opt)
	if err != nil {
		t.Fatalf("Open %s: %v", address, err)
	}
	return e
}

// reach waits until an engine is reached.
func reach(t testing.TB, e *Engine) string {
	t.Helper()
	for until := time.Now().Add(time.Minute); ; time.Sleep(10 * time.Millisecond) {
		name, err := e.Ping(t.Context())
		if err == nil {
			return name
		}
		if time.Now().After(until) {
			t.Fatalf("the engine is not reached: %v", err)
		}
	}
}

// prefixes makes that each test has streams of its own on one server.
var prefixes = func() func() string {
	var mu sync.Mutex
	n := 0
	return func() string {
		mu.Lock()
		defer mu.Unlock()
		n++
		return "test" + string(rune('a'+n/26)) + string(rune('a'+n%26))
	}
}()

func TestEngine(t *testing.T) {
	server := clustertest.StartNATS(t, clustertest.NATS{})
	clustertest.Run(t, clustertest.Kind{Open: func(t *testing.T) clustertest.Bed {
		prefix := prefixes()
		proxies := map[cluster.Engine]*clustertest.Proxy{}
		return clustertest.Bed{
			Open: func(t *testing.T) cluster.Engine {
				u, err := url.Parse(server.URL)
				if err != nil {
					t.Fatal(err)
				}
				p := clustertest.StartProxy(t, u.Host)
				e := open(t, "nats://"+p.Addr(), Options{Name: t.Name(), Prefix: prefix})
				proxies[e] = p
				return e
			},
			Restart: func(*testing.T) { server.Restart() },
			Lose:    func(*testing.T) { server.LoseDisk() },
			Cut: func(t *testing.T, e cluster.Engine) (heal func()) {
				p := proxies[e]
				p.Cut()
				for until := time.Now().Add(time.Minute); e.(*Engine).nc.IsConnected(); time.Sleep(time.Millisecond) {
					if time.Now().After(until) {
						t.Fatal("the connection does not end")
					}
				}
				return p.Heal
			},
		}
	}})
}
