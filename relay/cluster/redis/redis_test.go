package redis

import (
	"log/slog"
	"sync"
	"testing"

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

// Each way of the suite goes by a proxy of its own, which can be cut.
func TestSuite(t *testing.T) {
	clustertest.Run(t, clustertest.Kind{Open: func(t *testing.T) clustertest.Bed {
		server := clustertest.StartRedis(t)
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
				for {
					if _, err := e.Ping(t.Context()); err != nil {
						return p.Heal
					}
				}
			},
		}
	}})
}
