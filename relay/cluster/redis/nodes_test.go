package redis

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"sync"
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
