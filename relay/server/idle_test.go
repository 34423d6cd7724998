package server

import (
	"bufio"
	"net"
	"net/http"
	"runtime"
	"strconv"
	"testing"
	"time"

	"edgeboard/shared/board"
	"edgeboard/shared/wire"
)

// An idle member over a WebSocket costs one goroutine (R6), which waits for what it
// says: its writer, and all that let it in, have ended.
func TestIdleMemberCostsOneGoroutine(t *testing.T) {
	const members, boards = 100, 4
	r := startWith(t, Config{Data: t.TempDir(), Access: Access{Open: true}, Log: quiet()}, false)
	wantAnswer(t, "it serves", "http://"+r.addr+"/healthz", http.StatusOK, "ok\n")
	before := runtime.NumGoroutine()
	for i := range members {
		r.idle(board.Replica(i+1), "plans"+strconv.Itoa(i%boards))
	}
	// Each room is one, and a few are the relay's own that come and go.
	const most = members + boards + 4
	for late := time.Now().Add(limit); runtime.NumGoroutine()-before > most; runtime.Gosched() {
		if time.Now().After(late) {
			n := runtime.NumGoroutine() - before
			stacks := make([]byte, 1<<20)
			t.Fatalf("%d idle members cost %d goroutines\n%s", members, n, stacks[:runtime.Stack(stacks, true)])
		}
	}
}

// idle lets a member of a board in that is a socket alone: no goroutine here reads
// from it. It stays until the end of the test.
func (r *relay) idle(replica board.Replica, name string) {
	r.t.Helper()
	c, err := net.Dial("tcp", r.addr)
	if err != nil {
		r.t.Fatal(err)
	}
	r.t.Cleanup(func() { c.Close() })
	if err := c.SetDeadline(time.Now().Add(limit)); err != nil {
		r.t.Fatal(err)
	}
	p := &slowPeer{t: r.t, conn: c, in: bufio.NewReader(c)}
	p.open()
	p.write(string(frameOf(wire.AppendFrame(nil, 0, &wire.Hello{Version: wire.Version, Board: name, Replica: uint64(replica)}))))
	for welcomed := false; !welcomed; {
		_, msg := p.frame()
		for f, err := range wire.Frames(msg) {
			if err != nil {
				r.t.Fatal(err)
			}
			welcomed = welcomed || f.Kind == wire.KindWelcome
		}
	}
}
