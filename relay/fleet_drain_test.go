package main

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"edgeboard/shared/client"
	"edgeboard/shared/conn"
	"edgeboard/shared/conn/ws"
	"edgeboard/shared/wire"
)

// rolling is a fleet whose relays tell each other where members reach them, and whose
// writers go where they are sent.
type rolling struct {
	*fleet
	origins []string // of the relays
	admins  []string // where each shows its figures

	mu    sync.Mutex
	moves []move
}

// move is what a writer was told by a relay that is about to stop.
type move struct {
	from, board, to string // two origins
	after           uint32 // in ms
}

// listener hears what comes by a connection.
type listener struct {
	conn.Conn
	moved func(wire.Moved)
}

func (l listener) Receive(ctx context.Context) ([]byte, error) {
	msg, err := l.Conn.Receive(ctx)
	if err != nil {
		return nil, err
	}
	for f, err := range wire.Frames(msg) {
		var m wire.Moved
		if err == nil && f.Kind == wire.KindMoved && m.Parse(f.Body) == nil {
			l.moved(m)
		}
	}
	return msg, nil
}

// ways returns the ways of a board's writers to a relay.
func (r *rolling) ways(board, origin string) []client.Transport {
	return webSocket(func(ctx context.Context) (conn.Conn, error) {
		c, err := ws.Dial(ctx, "ws"+strings.TrimPrefix(origin, "http")+"/ws", wire.MaxMessage)
		if err != nil {
			return nil, err
		}
		return listener{c, func(m wire.Moved) {
			r.mu.Lock()
			defer r.mu.Unlock()
			r.moves = append(r.moves, move{origin, board, m.To, m.AfterMS})
		}}, nil
	})
}

// ownPort returns an address that a relay has also when it starts again. It is below
// those that systems give to connections that leave.
func ownPort(t *testing.T) string {
	t.Helper()
	for {
		l, err := net.Listen("tcp", fmt.Sprint("127.0.0.1:", 10000+rand.IntN(20000)))
		if err == nil {
			defer func() { _ = l.Close() }() // it was only to have the port
			return l.Addr().String()
		}
	}
}

// knows waits until a relay counts so many others.
func (r *rolling) knows(relay, others int) {
	r.t.Helper()
	const name = "edgeboard_cluster_peers "
	for late := time.Now().Add(patience); ; time.Sleep(10 * time.Millisecond) {
		answer, err := http.Get("http://" + r.admins[relay] + "/metrics")
		if err != nil {
			r.t.Fatal(err)
		}
		page, err := io.ReadAll(answer.Body)
		_ = answer.Body.Close() // all is read
		if err != nil {
			r.t.Fatal(err)
		}
		_, value, _ := bytes.Cut(page, []byte("\n"+name))
		value, _, _ = bytes.Cut(value, []byte("\n"))
		if n, err := strconv.Atoi(string(value)); err == nil && n == others {
			return
		}
		if time.Now().After(late) {
			r.t.Fatalf("%s: relay %d counts %s others, want %d", r.what, relay, value, others)
		}
	}
}

// sent expects each relay to have sent members away, all of a board to the one place that
// is right, and not all at the same time.
func (r *rolling) sent() {
	r.t.Helper()
	r.mu.Lock()
	defer r.mu.Unlock()
	for i, from := range r.origins {
		times, members := map[uint32]bool{}, 0
		for _, m := range r.moves {
			if m.from != from {
				continue
			}
			// Rendezvous hashing: of those that stay, the one with the highest hash.
			stay := slices.DeleteFunc(slices.Clone(r.origins), func(o string) bool { return o == from })
			want := slices.MaxFunc(stay, func(a, b string) int {
				x, y := sha256.Sum256([]byte(a+"\n"+m.board)), sha256.Sum256([]byte(b+"\n"+m.board))
				return bytes.Compare(x[:], y[:])
			})
			if m.to != want {
				r.t.Errorf("relay %d, %s, sends a member of %s to %q, want %s", i, from, m.board, m.to, want)
			}
			times[m.after] = true
			members++
		}
		if members < 4 || len(times) < 2 {
			r.t.Errorf("relay %d sends %d members away, to come back after %d different times, want its 4 writers or more, and more than one time", i, members, len(times))
		}
	}
}

// Three relays are stopped by the signal of an operator and started again, one after the
// other, while people write by way of each. Their members go where they are sent, and go on.
func TestFleetRollingRestart(t *testing.T) {
	t.Parallel()
	withEach(t, func(t *testing.T, e engine) {
		r := &rolling{fleet: emptyFleet(t, e)}
		for range 3 {
			addr, admin := ownPort(t), ownPort(t)
			r.origins, r.admins = append(r.origins, "http://"+addr), append(r.admins, admin)
			r.addAt(e, "-addr", addr, "-admin", admin, "-cluster-url", "http://"+addr)
		}
		for _, origin := range r.origins {
			for b := range 2 {
				for range 2 {
					board := fmt.Sprint("board", b)
					r.writers = append(r.writers, newWriter(t, client.LinkConfig{
						Transports: r.ways(board, origin), Relay: origin,
						Elsewhere: func(to string) []client.Transport { return r.ways(board, to) },
					}, board, client.NewReplica(), r.acks))
				}
			}
		}
		stop := r.pace()
		defer stop()
		for i, v := range r.relays {
			r.what = fmt.Sprint("relay ", i)
			for other := range r.relays {
				r.knows(other, 2)
			}
			r.allBack()
			v.drain()
			for other := range r.relays {
				if other != i {
					r.knows(other, 1) // and will not take the next one for this one
				}
			}
			r.allBack()
			v.start()
		}
		r.what = "after all"
		r.allBack()
		stop()
		changes, took := r.finish()
		r.sent()
		longest := slices.MaxFunc(r.writers, func(a, b *writer) int { return cmp.Compare(a.longest, b.longest) }).longest
		t.Logf("%d changes, the relays agree after %v; a writer was away for %v at most", changes, took, longest)
	})
}
