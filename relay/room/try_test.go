package room_test

import (
	"context"
	"slices"
	"sync"
	"testing"
	"testing/synctest"

	"edgeboard/shared/board"
	"edgeboard/shared/conn"
	"edgeboard/shared/wire"
)

// trying is a connection with a small buffer, as sockets have one: it can tell
// that a message would have to wait.
type trying struct {
	conn.Conn
	mu    sync.Mutex
	queue [][]byte
	empty sync.Cond
	busy  bool
	err   error
}

// tryRoom is how many messages wait in a buffer.
const tryRoom = 3

func tryPipe() (conn.Conn, conn.Conn) {
	a, b := conn.Pipe()
	return a, asTrying(b)
}

func asTrying(c conn.Conn) *trying {
	y := &trying{Conn: c}
	y.empty.L = &y.mu
	return y
}

func (y *trying) TrySend(msg []byte) (bool, error) {
	y.mu.Lock()
	defer y.mu.Unlock()
	if y.err != nil || len(y.queue) == tryRoom {
		return false, y.err
	}
	y.queue = append(y.queue, slices.Clone(msg))
	if !y.busy {
		y.busy = true
		go y.pump()
	}
	return true, nil
}

// pump sends what is in the buffer.
func (y *trying) pump() {
	y.mu.Lock()
	defer y.mu.Unlock()
	for len(y.queue) > 0 && y.err == nil {
		msg := y.queue[0]
		y.mu.Unlock()
		err := y.Conn.Send(context.Background(), msg)
		y.mu.Lock()
		y.queue, y.err = y.queue[1:], err
	}
	y.busy = false
	y.empty.Broadcast()
}

func (y *trying) Send(ctx context.Context, msg []byte) error {
	y.mu.Lock()
	for y.busy {
		y.empty.Wait()
	}
	err := y.err
	y.mu.Unlock()
	if err != nil {
		return err
	}
	return y.Conn.Send(ctx, msg)
}

// Over transports that can be tried, members get the same: those that read, those
// that do so late, and those that go.
func TestTriedTransport(t *testing.T) { inHouse(t, testTriedTransport) }
func testTriedTransport(h *house) {
	a, b := h.enterBy(tryPipe, 1), h.enterBy(tryPipe, 2)
	slow := h.visitBy(tryPipe, 3)
	slow.say(slow.hello())
	gone := h.visitBy(tryPipe, 4)
	gone.say(gone.hello())
	for range 50 {
		a.draw()
		b.draw()
	}
	wantSame(h.t, "while one does not read", a.doc, b.doc, h.stored("b"))
	gone.conn.Close(uint32(wire.CodeNormal), "")
	if err := <-gone.served; err != nil {
		h.t.Error(err)
	}
	a.drawMuch(3 << 20)
	synctest.Wait()
	if h.metrics.behind != 1 {
		h.t.Errorf("%d members are behind, want the one", h.metrics.behind)
	}
	slow.listen()
	slow.got()
	b.draw()
	wantSame(h.t, "when it reads", a.doc, b.doc, slow.doc, h.stored("b"))
	var last uint64
	for _, f := range b.got() {
		if f.kind == wire.KindUpdate {
			if f.seq <= last {
				h.t.Fatalf("position %d after %d: messages have overtaken each other", f.seq, last)
			}
			last = f.seq
		}
	}
	late := h.enterBy(tryPipe, 5)
	wantSame(h.t, "for one who comes late, by a snapshot", a.doc, late.doc)
	for _, g := range []*guest{a, b, slow, late} {
		g.leave()
	}
}

// Many at once, in a crowd.
func TestTriedCrowd(t *testing.T) { inHouse(t, testTriedCrowd) }
func testTriedCrowd(h *house) {
	var all []*guest
	for r := range board.Replica(200) {
		all = append(all, h.enterBy(tryPipe, r+1))
	}
	for i, g := range all {
		g.point(int32(i))
		g.draw()
	}
	h.settle()
	for _, g := range all {
		g.got()
	}
	docs := []*board.Board{h.stored("b")}
	for _, g := range all {
		docs = append(docs, g.doc)
	}
	wantSame(h.t, "in a crowd", docs...)
}
