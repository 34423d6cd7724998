package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"edgeboard/relay/cluster/clustertest"
	"edgeboard/shared/board"
	"edgeboard/shared/client"
	"edgeboard/shared/conn"
)

// engine is the server that the relays of a fleet share.
type engine interface {
	URL() string
	Addr() string // host:port
	Kill()
	Restart() // with its disk
	LoseDisk()
}

type natsEngine struct{ *clustertest.Server }

func (e natsEngine) URL() string { return e.Server.URL }

func (e natsEngine) Addr() string { return strings.TrimPrefix(e.Server.URL, "nats://") }

// leafEngine is a server at the edge, whose engine is another one.
type leafEngine struct {
	natsEngine
	domain string
}

func (e leafEngine) URL() string { return e.Server.URL + "?domain=" + e.domain }

type redisEngine struct {
	*clustertest.Redis
	t *testing.T
}

func (e redisEngine) Restart()  { e.Redis.Restart(e.t) }
func (e redisEngine) LoseDisk() { e.Redis.LoseDisk(e.t) }

// withEach runs a test with each engine, beside others: most of it is waiting.
func withEach(t *testing.T, f func(t *testing.T, e engine)) {
	t.Run("nats", func(t *testing.T) {
		t.Parallel()
		f(t, natsEngine{clustertest.StartNATS(t, clustertest.NATS{})})
	})
	t.Run("redis", func(t *testing.T) {
		t.Parallel()
		f(t, redisEngine{clustertest.StartRedis(t), t})
	})
}

// fleet is relays of one cluster, each with a link of its own to the engine, and those
// who change boards by way of them.
type fleet struct {
	load
	engine engine
	relays []*victim
	links  []*clustertest.Proxy // nil: the relay reaches several servers
	args   []string             // flags of the relays besides
}

// newFleet starts so many relays, and for each so many writers on each of its boards.
func newFleet(t *testing.T, e engine, relays, boards, writers int, args ...string) *fleet {
	t.Helper()
	f := emptyFleet(t, e)
	f.args = args
	for range relays {
		f.add()
	}
	f.write(boards, writers)
	return f
}

// emptyFleet has no relay yet. The end of the test ends what it has then.
func emptyFleet(t *testing.T, e engine) *fleet {
	f := &fleet{load: load{t: t, acks: make(chan struct{}, 1000)}, engine: e}
	t.Cleanup(func() {
		for _, w := range f.writers {
			w.stop()
			<-w.ended
		}
		for i, v := range f.relays {
			if v.cmd.ProcessState == nil {
				v.kill()
			}
			if t.Failed() {
				t.Logf("relay %d says:\n%s", i, &v.said)
			}
		}
	})
	return f
}

// write has writers on boards, so many at each relay on each board.
func (f *fleet) write(boards, writers int) {
	for i := range f.relays {
		for b := range boards {
			for range writers {
				link := client.LinkConfig{Transports: webSocket(f.dialer(i))}
				f.writers = append(f.writers, newWriter(f.t, link, fmt.Sprint("board", b), client.NewReplica(), f.acks))
			}
		}
	}
}

// add starts another relay, with an empty disk.
func (f *fleet) add() *victim {
	f.t.Helper()
	return f.addAt(f.engine)
}

// addAt starts a relay that reaches the engine by a server of its own, with flags besides.
func (f *fleet) addAt(e engine, flags ...string) *victim {
	f.t.Helper()
	url := e.URL()
	var link *clustertest.Proxy
	if !strings.Contains(url, ",") { // several servers are reached directly
		link = clustertest.StartProxy(f.t, e.Addr())
		url = link.URL(url)
	}
	v := &victim{t: f.t, data: f.t.TempDir(), args: slices.Concat(flags, f.args, []string{"-cluster", url})}
	v.start()
	v.letIn()
	f.relays, f.links = append(f.relays, v), append(f.links, link)
	return v
}

// pace has the writers pause between what they write, as people do, until stop is called:
// in the end all of it is compared.
func (f *fleet) pace() (stop func()) {
	ctx, cancel := context.WithCancel(f.t.Context())
	var running sync.WaitGroup
	running.Go(func() {
		moment := time.NewTicker(20 * time.Millisecond)
		defer moment.Stop()
		for {
			f.let(2)
			select {
			case <-moment.C:
			case <-ctx.Done():
				return
			}
		}
	})
	return func() {
		cancel()
		running.Wait()
	}
}

// dialer dials relay i, or, where that lets nobody in, another one, as a load balancer
// does.
func (f *fleet) dialer(i int) func(context.Context) (conn.Conn, error) {
	return func(ctx context.Context) (conn.Conn, error) {
		var errs error
		for k := range f.relays {
			c, err := f.relays[(i+k)%len(f.relays)].dial(ctx)
			if err == nil {
				return c, nil
			}
			errs = errors.Join(errs, err)
		}
		return nil, errs
	}
}

// agree waits until all relays have the same boards, and returns them, and how long that
// took.
func (f *fleet) agree() (docs map[string]*board.Board, took time.Duration) {
	f.t.Helper()
	begin := time.Now()
	late := begin.Add(patience)
	docs = map[string]*board.Board{}
	for _, w := range f.writers {
		for docs[w.board] == nil {
			doc := f.relays[0].audit(w.board)
			docs[w.board] = doc
			for i, v := range f.relays[1:] {
				if other := v.audit(w.board); other.Hash() != doc.Hash() {
					docs[w.board] = nil
					if time.Now().After(late) {
						f.t.Fatalf("%s: of %s relay %d has %v, relay 0 has %v", f.what, w.board, i+1, other.Vector(), doc.Vector())
					}
					break
				}
			}
		}
	}
	return docs, time.Since(begin)
}

// finish lets the writers end, and expects everything to be stored, once, on all relays,
// and everybody to have it.
func (f *fleet) finish() (changes int, took time.Duration) {
	f.t.Helper()
	for _, w := range f.writers {
		w.stopWriting()
		<-w.ended
	}
	late := time.After(patience)
	for i, w := range f.writers {
		for !w.settled() {
			select {
			case <-w.moved:
			case <-late:
				f.t.Fatalf("%s: writer %d has changes that are not stored", f.what, i)
			}
		}
		changes += len(w.tokens)
	}
	docs, took := f.agree()
	f.once(docs)
	for i, w := range f.writers {
		for !w.has(docs[w.board]) {
			select {
			case <-w.grown:
			case <-late:
				f.t.Fatalf("%s: writer %d has another board than the relays", f.what, i)
			}
		}
	}
	return changes, took
}
