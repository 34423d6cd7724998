package room_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"edgeboard/relay/room"
	"edgeboard/shared/board"
	"edgeboard/shared/conn"
	"edgeboard/shared/wire"
)

// raw is a frame with a body as it stands on the wire.
func raw(kind wire.Kind, body ...byte) []byte {
	f := append([]byte{byte(kind<<3 | 2), byte(len(body))}, body...)
	return append([]byte{byte(len(f))}, f...)
}

func TestBadHello(t *testing.T) { inHouse(t, testBadHello) }
func testBadHello(h *house) {
	with := func(change func(*wire.Hello)) []byte {
		m := (&guest{t: h.t, doc: board.New(5)}).hello()
		change(m)
		return message(m)
	}
	witness := h.enter(1)
	witness.got()
	for _, test := range []struct {
		why  string
		msg  []byte
		want wire.Code
	}{
		{"half a frame", []byte{9, 1}, wire.CodeBadFrame},
		{"a frame without a body", []byte{0}, wire.CodeBadFrame},
		{"a message over the limit", make([]byte, wire.MaxMessage+1), wire.CodeTooLarge},
		{"an Update first", message(&wire.Update{}), wire.CodeOrder},
		{"a Ping first", message(&wire.Ping{}), wire.CodeOrder},
		{"a Preview first", message(&wire.Preview{}), wire.CodeOrder},
		{"a Selection first", message(&wire.Selection{}), wire.CodeOrder},
		{"a Viewport first", message(&wire.Viewport{}), wire.CodeOrder},
		{"a Signal first", message(&wire.Signal{}), wire.CodeOrder},
		{"a Watch first", message(&wire.Watch{}), wire.CodeOrder},
		{"a Publish first", message(&wire.Publish{}), wire.CodeOrder},
		{"a Refresh first", message(&wire.Refresh{}), wire.CodeOrder},
		{"Hello with a field of the wrong type", raw(wire.KindHello, 0x0a, 1, 'x'), wire.CodeBadFrame},
		{"version 0", with(func(m *wire.Hello) { m.Version = 0 }), wire.CodeVersion},
		{"version 2, whatever else is wrong (W13)", with(func(m *wire.Hello) { m.Version, m.Board = 2, "" }), wire.CodeVersion},
		{"no board", with(func(m *wire.Hello) { m.Board = "" }), wire.CodeBoardName},
		{"a board's name with a slash", with(func(m *wire.Hello) { m.Board = "a/b" }), wire.CodeBoardName},
		{"a name that is the relay's own", with(func(m *wire.Hello) { m.Board = "_b" }), wire.CodeBoardName},
		{"replica 0", with(func(m *wire.Hello) { m.Replica = 0 }), wire.CodeReplica},
		{"replica 2^53", with(func(m *wire.Hello) { m.Replica = 1 << 53 }), wire.CodeReplica},
		{"a vector that does not parse", with(func(m *wire.Hello) { m.Vector = []byte{9} }), wire.CodeBadFrame},
	} {
		g := h.visit(5)
		g.listen()
		g.sayRaw(test.msg)
		g.wantEnd(test.why, test.want)
	}
	witness.wantStays("while others talk nonsense")
	witness.wantKinds("of visits that were turned away")
	witness.draw()
	witness.wantAck("afterwards", witness.got(), witness.doc.Seq(1))
}

func TestBadFrames(t *testing.T) { inHouse(t, testBadFrames) }
func testBadFrames(h *house) {
	witness := h.enter(1)
	for i, test := range []struct {
		why  string
		msg  []byte
		want wire.Code
	}{
		{"garbage", []byte("garbage"), wire.CodeBadFrame},
		{"a message over the limit", make([]byte, wire.MaxMessage+1), wire.CodeTooLarge},
		{"a second Hello", message(&wire.Hello{}), wire.CodeOrder},
		{"Welcome of a client (W12)", message(&wire.Welcome{}), wire.CodeOrder},
		{"Denied of a client (W12)", message(&wire.Denied{}), wire.CodeOrder},
		{"Points of a client (W12)", message(&wire.Points{}), wire.CodeOrder},
		{"Published of a client (W12)", message(&wire.Published{}), wire.CodeOrder},
		{"an Update that does not parse", raw(wire.KindUpdate, 0x08, 1), wire.CodeBadFrame},
		{"Cursors that do not parse", raw(wire.KindCursors, 0x08, 1), wire.CodeBadFrame},
		{"a Profile that does not parse", raw(wire.KindProfile, 0x08, 1), wire.CodeBadFrame},
		{"a Ping that does not parse", raw(wire.KindPing, 0x0a, 0), wire.CodeBadFrame},
		{"a Preview that does not parse", raw(wire.KindPreview, 0x20, 1), wire.CodeBadFrame},
		{"a Refresh that does not parse", raw(wire.KindRefresh, 0x08, 1), wire.CodeBadFrame},
		{"an update of garbage", message(&wire.Update{Data: []byte("garbage")}), wire.CodeBadUpdate},
		{"points for another's stroke", message(&wire.Update{Data: foreign()}), wire.CodeBadUpdate},
	} {
		g := h.enter(board.Replica(10 + i))
		g.sayRaw(test.msg)
		g.wantEnd(test.why, test.want)
	}
	witness.wantStays("while others talk nonsense")
	witness.draw()
	late := h.enter(2)
	wantSame(h.t, "afterwards", witness.doc, late.doc, h.stored("b"))
}

// foreign is an update of replica 5 that appends a point to a stroke of replica
// 99, which nobody may.
func foreign() []byte {
	return wire.AppendBytes(nil, []byte{
		1, 5, 1, 1, // version, replica, sequence number, Lamport time
		3, 1, 99, 1, // points, for element 1 of replica 99
		0, 1, 2, 0, 0, // from offset 0 on, one: 1, 0, no pressure
	})
}

func TestUnknownIsIgnored(t *testing.T) { inHouse(t, testUnknownIsIgnored) }
func testUnknownIsIgnored(h *house) { // R8
	g := h.enter(1)
	g.sayRaw([]byte{4, 0xc2, 0x3e, 1, 'x'}) // kind 1000
	g.sayRaw(nil)
	g.say(&wire.Cursors{})
	g.wantStays("after what it does not know")
	g.draw()
	g.wantAck("afterwards", g.got(), g.doc.Seq(1))
}

func TestNoHello(t *testing.T) { inHouse(t, testNoHello) }
func testNoHello(h *house) {
	g := h.visit(1)
	g.listen()
	time.Sleep(9999 * time.Millisecond)
	g.wantStays("in the first ten seconds")
	time.Sleep(time.Millisecond)
	g.wantEnd("no Hello within 10 s", wire.CodeNoHello)
	if h.hub.Rooms() != 0 {
		h.t.Error("there is a room for it")
	}
}

// refusing is a transport that refuses what it receives.
type refusing struct {
	conn.Conn
	err error
}

func (c *refusing) Receive(context.Context) ([]byte, error) { return nil, c.err }

func TestTransportRefuses(t *testing.T) { inHouse(t, testTransportRefuses) }
func testTransportRefuses(h *house) {
	for _, test := range []struct {
		err  error
		want wire.Code
	}{{conn.ErrText, wire.CodeText}, {conn.ErrTooLarge, wire.CodeTooLarge}, {conn.ErrMalformed, wire.CodeBadFrame}} {
		a, b := conn.Pipe()
		g := &guest{t: h.t, conn: a, doc: board.New(1), served: make(chan error, 1)}
		g.listen()
		go func() { g.served <- h.hub.Serve(&refusing{Conn: b, err: test.err}, room.Visitor{}) }()
		synctest.Wait()
		g.wantEnd(test.err.Error(), test.want)
	}
}
