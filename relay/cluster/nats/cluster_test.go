package nats

import (
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"edgeboard/relay/cluster"
	"edgeboard/relay/cluster/clustertest"
)

// bed opens ways to an engine at one address after another.
func bed(prefix string, addresses ...string) clustertest.Bed {
	var mu sync.Mutex
	n := 0
	return clustertest.Bed{Open: func(t *testing.T) cluster.Engine {
		mu.Lock()
		address := addresses[n%len(addresses)]
		n++
		mu.Unlock()
		e := open(t, address, Options{Name: t.Name(), Prefix: prefix})
		reach(t, e)
		return e
	}}
}

// leader returns which of the servers leads a stream.
func leader(t *testing.T, e *Engine, servers []*clustertest.Server, stream string) *clustertest.Server {
	t.Helper()
	s, err := e.js.Stream(t.Context(), stream)
	if err != nil {
		t.Fatal(err)
	}
	info := s.CachedInfo()
	if info.Config.Replicas != 3 {
		t.Fatalf("%s has %d replicas, want 3 where the servers are a cluster", stream, info.Config.Replicas)
	}
	i := slices.IndexFunc(servers, func(s *clustertest.Server) bool { return s.Name == info.Cluster.Leader })
	if i < 0 {
		t.Fatalf("nobody leads %s: %+v", stream, info.Cluster)
	}
	return servers[i]
}

func TestThreeServers(t *testing.T) {
	if testing.Short() {
		t.Skip("three servers write everything three times")
	}
	servers := clustertest.StartNATSCluster(t)
	clustertest.Run(t, clustertest.Kind{Open: func(*testing.T) clustertest.Bed {
		return bed(prefixes(), strings.Split(servers[0].URL, ",")...)
	}})
}

// A server dies that leads while something is stored: what was acknowledged is there, and
// who follows is told what comes after.
func TestLeaderIsKilled(t *testing.T) {
	servers := clustertest.StartNATSCluster(t)
	e := open(t, servers[0].URL, Options{Name: "a"})
	other := open(t, servers[0].URL, Options{Name: "b"})
	t.Cleanup(func() { _, _ = e.Close(), other.Close() })
	name := reach(t, e)
	reach(t, other)
	log := cluster.BoardLog("b")
	f := make(chan cluster.Entry, 1<<16)
	stop, err := other.Follow(log, func(x cluster.Entry) { f <- x })
	if err != nil {
		t.Fatal(err)
	}
	defer stop()
	dies := leader(t, e, servers, e.boards())
	clustertest.KeepAppending(t, e, log, func() { dies.Kill() })
	if again := reach(t, other); again != name {
		t.Fatalf("the incarnation was %q, and is %q", name, again)
	}
	last, err := other.Last(t.Context(), log, "")
	if err != nil {
		t.Fatal(err)
	}
	if at := <-f; at.Previous != 0 {
		t.Errorf("the first entry says that %d was before it", at.Previous)
	}
	// Who follows hears the newest again.
	wait(t, "the last entry is told", func() bool {
		select {
		case x := <-f:
			return x.Position >= last
		default:
			return false
		}
	})
	// The server that comes again takes part.
	dies.Start()
	reach(t, e)
}

func wait(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for until := time.Now().Add(15 * time.Second); !holds(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(until) {
			t.Fatalf("waited in vain until %s", what)
		}
	}
}

// A relay on an edge host has a leaf node of its own; JetStream is at the hub.
func TestLeafNode(t *testing.T) {
	t.Run("without JetStream", func(t *testing.T) {
		hub := clustertest.StartNATS(t, clustertest.NATS{Domain: "hub"})
		leaf := clustertest.StartNATS(t, clustertest.NATS{Leaf: hub, NoJetStream: true})
		clustertest.Run(t, clustertest.Kind{Open: func(*testing.T) clustertest.Bed {
			return bed(prefixes(), leaf.URL+"?domain=hub", hub.URL)
		}})
	})
	t.Run("with a JetStream of its own", func(t *testing.T) {
		hub := clustertest.StartNATS(t, clustertest.NATS{Domain: "hub"})
		leaf := clustertest.StartNATS(t, clustertest.NATS{Leaf: hub, Domain: "leaf"})
		clustertest.Run(t, clustertest.Kind{Open: func(*testing.T) clustertest.Bed {
			return bed(prefixes(), leaf.URL+"?domain=hub", hub.URL)
		}})
	})
	t.Run("cut off from the hub", func(t *testing.T) {
		hub := clustertest.StartNATS(t, clustertest.NATS{Domain: "hub"})
		leaf := clustertest.StartNATS(t, clustertest.NATS{Leaf: hub, NoJetStream: true})
		e := open(t, leaf.URL+"?domain=hub", Options{Name: "edge"})
		defer func() { _ = e.Close() }()
		name := reach(t, e)
		// Its own server answers all the time, and has nowhere to store anything.
		hub.Kill()
		wait(t, "it knows that nothing is stored", func() bool { _, err := e.Ping(t.Context()); return err != nil })
		failed := make(chan error, 1)
		e.Append(cluster.BoardLog("b"), cluster.Entry{From: "edge", Data: []byte("x")}, func(_ uint64, err error) { failed <- err })
		if err := <-failed; err == nil {
			t.Fatal("something was stored without the hub")
		}
		lost := make(chan struct{}, 64)
		e.OnLost(func() {
			select {
			case lost <- struct{}{}:
			default:
			}
		})
		hub.Start()
		if again := reach(t, e); again != name {
			t.Fatalf("the incarnation was %q, and is %q", name, again)
		}
		<-lost // Though the connection to the leaf node was there all the time.
	})
}

// A server that is frozen answers nothing, and nobody waits for it for longer than is said.
func TestFrozenServer(t *testing.T) {
	server := clustertest.StartNATS(t, clustertest.NATS{})
	e := open(t, server.URL, Options{Name: "a"})
	defer func() { _ = e.Close() }()
	reach(t, e)
	server.Freeze()
	done := make(chan error, 100)
	for range 100 {
		e.Append(cluster.BoardLog("b"), cluster.Entry{From: "a", Data: make([]byte, 100<<10)}, func(_ uint64, err error) { done <- err })
	}
	for range 100 {
		if err := <-done; err == nil {
			t.Error("a frozen server has stored something")
		}
	}
	if _, err := e.Ping(t.Context()); err == nil {
		t.Error("a frozen server would store something")
	}
	server.Thaw()
	reach(t, e)
}

func TestServerThatComesLater(t *testing.T) {
	server := clustertest.StartNATS(t, clustertest.NATS{})
	server.Kill()
	e := open(t, server.URL, Options{Name: "early"})
	defer func() { _ = e.Close() }()
	failed := make(chan error, 1)
	e.Append(cluster.BoardLog("b"), cluster.Entry{From: "early"}, func(_ uint64, err error) { failed <- err })
	if err := <-failed; err == nil {
		t.Fatal("something was stored nowhere")
	}
	server.Start()
	reach(t, e)
}

func TestWhatAnOperatorMends(t *testing.T) {
	for name, test := range map[string]struct {
		server  clustertest.NATS
		address func(url string) string
		want    string
	}{
		"no JetStream":       {clustertest.NATS{NoJetStream: true}, nil, "no JetStream answers"},
		"small max_payload":  {clustertest.NATS{More: "max_payload: 262144"}, nil, "max_payload of the server is too small"},
		"no user":            {clustertest.NATS{More: "authorization { user: u, password: secret }"}, nil, "refuses the user"},
		"replicas on one":    {clustertest.NATS{}, func(url string) string { return url + "?replicas=3" }, "keeps no replicas"},
		"unknown option":     {clustertest.NATS{}, func(url string) string { return url + "?replica=3" }, "it may have"},
		"replicas no number": {clustertest.NATS{}, func(url string) string { return url + "?replicas=x" }, "want a number"},
		"prefix with a dot":  {clustertest.NATS{}, func(url string) string { return url + "?prefix=a.b" }, "want at most"},
		"no such domain":     {clustertest.NATS{}, func(url string) string { return url + "?domain=nowhere" }, "no JetStream answers"},
		"no such file":       {clustertest.NATS{}, func(url string) string { return url + "?ca=/does/not/exist" }, "no such file"},
	} {
		t.Run(name, func(t *testing.T) {
			address := clustertest.StartNATS(t, test.server).URL
			if test.address != nil {
				address = test.address(address)
			}
			e, err := Open(t.Context(), address, Options{})
			if err == nil {
				// It may be mended by itself, and is told by who asks.
				defer func() { _ = e.Close() }()
				_, err = e.Ping(t.Context())
			}
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Fatalf("%v; want it to say %q", err, test.want)
			}
		})
	}
	t.Run("a user and a password", func(t *testing.T) {
		server := clustertest.StartNATS(t, clustertest.NATS{More: "authorization { user: u, password: secret }"})
		e := open(t, strings.Replace(server.URL, "nats://", "nats://u:secret@", 1), Options{})
		defer func() { _ = e.Close() }()
		reach(t, e)
	})
}
