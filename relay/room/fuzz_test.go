package room_test

import (
	"errors"
	"path/filepath"
	"testing"

	"edgeboard/shared/board"
	"edgeboard/shared/conn"
	"edgeboard/shared/hextest"
	"edgeboard/shared/wire"
)

// Whatever a stranger says first, and a guest after its Hello, the room goes on
// serving who is there: it stores and acknowledges, and what it tells is what it
// has stored. Who is sent away learns why.
func FuzzGuest(f *testing.F) {
	hello := message((&guest{doc: board.New(5)}).hello())
	files, err := filepath.Glob("../../shared/wire/testdata/v1/*.hex")
	if err != nil || len(files) == 0 {
		f.Fatalf("no messages to begin with: %v", err)
	}
	for _, name := range files {
		msg := hextest.Read(f, name)
		f.Add(msg, msg)
		f.Add(hello, msg)
	}
	drawn := message(&wire.Update{Data: stroke(board.New(6), 3)})
	f.Add(append(hello, drawn...), drawn)
	f.Add(hello, message(&wire.Update{Data: stroke(board.New(witnessReplica), 3)}))
	f.Fuzz(func(t *testing.T, first, then []byte) {
		for fr := range wire.Frames(first) {
			var m wire.Hello
			if fr.Kind == wire.KindHello && m.Parse(fr.Body) == nil && (m.Board != "b" || m.Replica == witnessReplica) {
				t.Skip() // on another board, or in the witness's place: as it should be
			}
		}
		talking(t, func(h *house, _ *gossip) {
			witness := h.enter(witnessReplica)
			stranger := h.visit(5)
			stranger.listen()
			stranger.sayRaw(first)
			guest := h.enter(6)
			if guest.end == nil { // a stranger may have said Hello in its place
				guest.sayRaw(then)
			}
			stranger.wantReason("a stranger")
			guest.wantReason("a guest")

			witness.wantStays("while others talk nonsense")
			witness.got()
			witness.draw()
			witness.wantAck("afterwards", witness.got(), witness.doc.Seq(witnessReplica))
			wantSame(h.t, "in the end", h.stored("b"), witness.doc)
		})
	})
}

const witnessReplica = 1<<52 + 0x5eed

// wantReason expects of a connection that has ended that the relay meant it, and
// said why.
func (g *guest) wantReason(who string) {
	g.t.Helper()
	denied := of(wire.KindDenied, g.got())
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.end == nil {
		return
	}
	closed, ok := errors.AsType[*conn.CloseError](g.end)
	var m wire.Denied
	if !ok || len(denied) != 1 || m.Parse(denied[0]) != nil || uint32(m.Code) != closed.Code || m.Reason == "" || m.Code == wire.CodeInternal {
		g.t.Errorf("the connection of %s ended with %v, %d times Denied: %+v", who, g.end, len(denied), m)
	}
}
