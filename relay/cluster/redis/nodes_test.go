package redis

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/redis/rueidis"

	"edgeboard/relay/cluster"
	"edgeboard/relay/cluster/clustertest"
)

// join makes two servers a Redis Cluster.
func join(t *testing.T, nodes []*clustertest.Redis) {
	t.Helper()
	var clients []rueidis.Client
	for i, node := range nodes {
		c, err := rueidis.NewClient(rueidis.ClientOption{InitAddress: []string{node.Addr()}, ForceSingleClient: true, DisableCache: true})
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		clients = append(clients, c)
		half := []string{"ADDSLOTSRANGE", "0", "8191"}
		if i == 1 {
			half = []string{"ADDSLOTSRANGE", "8192", "16383"}
		}
		if err := c.Do(t.Context(), c.B().Arbitrary("CLUSTER").Args(half...).Build()).Error(); err != nil {
			t.Fatal(err)
		}
	}
	host, port, _ := strings.Cut(nodes[1].Addr(), ":")
	if err := clients[0].Do(t.Context(), clients[0].B().Arbitrary("CLUSTER", "MEET", host, port).Build()).Error(); err != nil {
		t.Fatal(err)
	}
	for _, c := range clients {
		wait(t, "the nodes know each other", func() bool {
			info, err := c.Do(t.Context(), c.B().ClusterInfo().Build()).ToString()
			return err == nil && strings.Contains(info, "cluster_state:ok") && strings.Contains(info, "cluster_known_nodes:2")
		})
	}
}

// A Redis Cluster refuses scripts whose keys are not on one node, and what is asked of the
// wrong one. A message of one node comes to who listens at the other some time later.
func TestRedisCluster(t *testing.T) {
	t.Parallel()
	var nodes []*clustertest.Redis
	for range 2 {
		nodes = append(nodes, clustertest.StartRedis(t, "--cluster-enabled", "yes"))
	}
	join(t, nodes)
	e := open(t, nodes[0].URL()+"?addr="+nodes[1].Addr(), Options{})
	other := open(t, nodes[1].URL()+"?addr="+nodes[0].Addr(), Options{})
	if ping(t, e) != ping(t, other) || e.client.Mode() != rueidis.ClientModeCluster {
		t.Fatal("they do not meet")
	}

	// Of 20 logs some are on each node.
	const logs, each = 20, 50
	var mu sync.Mutex
	told := map[string][]cluster.Entry{}
	var appending sync.WaitGroup
	for i := range logs {
		log := cluster.BoardLog(fmt.Sprint(i))
		stop, err := other.Follow(log, func(x cluster.Entry) {
			mu.Lock()
			defer mu.Unlock()
			told[log] = append(told[log], x)
		})
		if err != nil {
			t.Fatal(err)
		}
		defer stop()
		for range each {
			appending.Add(1)
			e.Append(log, cluster.Entry{From: "a", Key: "k", Data: []byte(log)}, func(_ uint64, err error) {
				defer appending.Done()
				if err != nil {
					t.Error(err)
				}
			})
		}
	}
	appending.Wait()
	large := bytes.Repeat([]byte("large"), 500_000)
	for i := range logs {
		log := cluster.BoardLog(fmt.Sprint(i))
		wait(t, "all is told", func() bool {
			mu.Lock()
			defer mu.Unlock()
			return len(told[log]) == each
		})
		for j, x := range told[log] {
			if x.Position != uint64(j)+1 || x.Previous != uint64(j) || string(x.Data) != log {
				t.Fatalf("entry %d of %s was told as %+v", j, log, x)
			}
		}
		if err := e.PutSnapshot(t.Context(), log, cluster.Snapshot{Through: each - 1, Data: large}); err != nil {
			t.Fatal(err)
		}
		if s, err := other.Snapshot(t.Context(), log); err != nil || !bytes.Equal(s.Data, large) {
			t.Fatalf("a snapshot of %d bytes, %v", len(s.Data), err)
		}
		if got := read(t, other, log, each-1); got != log {
			t.Fatalf("after the snapshot %s has %q", log, got)
		}
		name := fmt.Sprint("blob", i)
		if err := e.PutBlob(t.Context(), name, bytes.NewReader(large)); err != nil {
			t.Fatal(err)
		}
		r, err := other.Blob(t.Context(), name)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := io.ReadAll(r); err != nil || !bytes.Equal(got, large) {
			t.Fatalf("a blob of %d bytes, %v", len(got), err)
		}
		if err := other.DropBlob(t.Context(), name); err != nil {
			t.Fatal(err)
		}
		if has, err := e.Hold(t.Context(), name, "a"); !has || err != nil {
			t.Fatalf("a lease: %t, %v", has, err)
		}
		if err := e.Release(t.Context(), name, "a"); err != nil {
			t.Fatal(err)
		}
	}
}

// startSentinel starts a Sentinel of a primary that needs nobody's agreement, and returns
// its address.
func startSentinel(t *testing.T, primary *clustertest.Redis) string {
	t.Helper()
	// A server is started for a port that is free.
	server := clustertest.StartRedis(t)
	server.Stop()
	host, port, _ := strings.Cut(primary.Addr(), ":")
	_, own, _ := strings.Cut(server.Addr(), ":")
	folder := t.TempDir()
	file := filepath.Join(folder, "sentinel.conf")
	text := fmt.Sprintf("port %s\nbind 127.0.0.1\ndir %s\nsentinel monitor boards %s %s 1\nsentinel down-after-milliseconds boards 300\nsentinel failover-timeout boards 3000\n", own, folder, host, port)
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	process := exec.Command("redis-server", file, "--sentinel")
	if err := process.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		process.Process.Kill()
		process.Wait()
	})
	return server.Addr()
}

// When a primary is lost a replica takes over, and the engine finds it. What the replica
// had heard of is there; here that is all.
func TestSentinel(t *testing.T) {
	t.Parallel()
	primary := clustertest.StartRedis(t)
	host, port, _ := strings.Cut(primary.Addr(), ":")
	replica := clustertest.StartRedis(t, "--replicaof", host, port)
	sentinel := startSentinel(t, primary)
	e := open(t, "redis://"+sentinel+"?master_set=boards", Options{})
	name := ping(t, e)
	var told atomic.Uint64
	stop, err := e.Follow("b.x", func(x cluster.Entry) { told.Store(x.Position) })
	if err != nil {
		t.Fatal(err)
	}
	defer stop()
	var lost atomic.Int32
	e.OnLost(func() { lost.Add(1) })
	add(t, e, "b.x", "one")

	asks, err := rueidis.NewClient(rueidis.ClientOption{InitAddress: []string{replica.Addr()}, ForceSingleClient: true, DisableCache: true})
	if err != nil {
		t.Fatal(err)
	}
	defer asks.Close()
	wait(t, "the replica has heard of it", func() bool {
		last, err := asks.Do(t.Context(), asks.B().Hget().Key(e.keys.state("b.x")).Field("last").Build()).ToString()
		return err == nil && last == "1"
	})
	knows, err := rueidis.NewClient(rueidis.ClientOption{InitAddress: []string{sentinel}, ForceSingleClient: true, DisableCache: true})
	if err != nil {
		t.Fatal(err)
	}
	defer knows.Close()
	wait(t, "the Sentinel knows the replica", func() bool {
		info, err := knows.Do(t.Context(), knows.B().Info().Section("sentinel").Build()).ToString()
		return err == nil && strings.Contains(info, "slaves=1")
	})
	primary.Kill()
	wait(t, "the replica has taken over", func() bool {
		role, err := asks.Do(t.Context(), asks.B().Arbitrary("ROLE").Build()).ToArray()
		if err != nil || len(role) == 0 {
			return false
		}
		is, err := role[0].ToString()
		return err == nil && is == "master"
	})
	if again := ping(t, e); again != name {
		t.Errorf("the incarnation was %s and is %s, though nothing is lost", name, again)
	}
	wait(t, "it is told that something may be lost", func() bool { return lost.Load() > 0 })
	if at := add(t, e, "b.x", "two"); at != 2 {
		t.Errorf("the next entry stands at %d", at)
	}
	if got := read(t, e, "b.x", 0); got != "one two" {
		t.Errorf("the log has %q", got)
	}
	// A connection may be lost more than once while others find their places.
	wait(t, "it is told again", func() bool {
		at, err := tryAppend(e, "b.x", cluster.Entry{Data: []byte("more")})
		return err == nil && told.Load() >= at-1 && at > 3
	})
}
