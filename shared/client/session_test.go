package client_test

import (
	"bytes"
	"fmt"
	"io"
	"testing"
	"time"

	"edgeboard/shared/board"
	"edgeboard/shared/client"
	"edgeboard/shared/conn"
	"edgeboard/shared/wire"
)

func TestHello(t *testing.T) {
	k := newTalk(t)
	if k.s.Waiting() || k.s.Outgoing() != nil {
		t.Error("a Session without a transport has something to send")
	}
	k.wantStatus("before Open", client.Offline, 0, 0)
	k.doc.Apply(stroke(board.New(otherReplica), 3))
	k.s.Open(k.now)
	k.wantStatus("after Open", client.Connecting, 0, 0)
	got := k.sent()
	k.wantKinds("on Open", got, wire.KindHello)
	var hello wire.Hello
	if err := hello.Parse(got[0].body); err != nil {
		t.Fatal(err)
	}
	if hello.Version != wire.Version || hello.Board != "b" || hello.Replica != ownReplica || hello.Name != "Ada" || hello.Color != 0x336699 {
		t.Errorf("Hello is %+v", hello)
	}
	if !bytes.Equal(hello.Vector, k.doc.Vector().Append(nil)) {
		t.Error("the vector of Hello is not the document's")
	}
}

func TestNewSessionNeedsReplica(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("a board that cannot write was taken")
		}
	}()
	client.NewSession(client.Config{Doc: board.New(0)})
}

func TestWelcomeBringsBothUpToDate(t *testing.T) {
	k := newTalk(t)
	// Of four changes the relay has the first two, one of them in part.
	first := stroke(k.doc, 3)
	k.s.Commit(first)
	k.relay.Apply(first)
	k.draw()
	k.draw()
	k.wantStatus("offline", client.Offline, 3, 0)
	k.relay.Apply(stroke(board.New(otherReplica), 5))

	k.s.Open(k.now)
	k.sent()
	k.draw() // while connecting: it must not be sent before Welcome
	k.wantKinds("before Welcome", k.sent())
	k.wantStatus("before Welcome", client.Connecting, 4, 0)

	k.welcome()
	if k.s.UpToDate() {
		t.Error("after Welcome the document has all, and nothing has come yet")
	}
	k.wantStatus("after Welcome, before the transport takes it,", client.Live, 3, 0)
	k.store(k.sent()) // fails for what the relay has
	k.wantStatus("when the transport has taken it", client.Live, 0, 3)
	updates, err := k.relay.Diff(k.doc.Vector())
	if err != nil {
		k.t.Fatal(err)
	}
	k.hear(&wire.Update{Data: updates})
	k.wantSame()
	if !k.s.UpToDate() {
		t.Error("the document has all that the relay has, and is not up to date")
	}
	k.ack()
	k.wantStatus("after Ack", client.Live, 0, 0)
	if !k.saw(client.StatusChanged) {
		t.Error("nobody was told of the status")
	}
}

func TestAckCounts(t *testing.T) {
	k := liveTalk(t)
	k.s.Commit(nil) // nothing was changed
	k.wantStatus("after an empty commit", client.Live, 0, 0)
	for range 3 {
		k.draw() // four operations each
	}
	k.wantStatus("before the transport takes them", client.Live, 3, 0)
	k.store(k.sent())
	k.wantStatus("sent", client.Live, 0, 3)
	k.hear(&wire.Ack{Through: 3})
	k.wantStatus("when a part of the first change is stored", client.Live, 0, 3)
	k.hear(&wire.Ack{Through: 8})
	k.wantStatus("when two changes are stored", client.Live, 0, 1)
	k.hear(&wire.Ack{Through: 4}, &wire.Ack{Through: 1 << 40})
	k.wantStatus("after an Ack that goes back, and one of what was never sent (W22)", client.Live, 0, 1)
	k.ack()
	k.wantStatus("when all is stored", client.Live, 0, 0)
}

func TestLostBetweenSendAndAck(t *testing.T) {
	k := liveTalk(t)
	k.draw()
	k.store(k.sent()) // stored, but the Ack is lost
	k.draw()
	k.sent() // lost on the way
	k.draw() // never taken by the transport
	k.s.Lost()
	k.wantStatus("after the loss", client.Offline, 3, 0)
	if k.s.UpToDate() {
		t.Error("without a transport the document is up to date")
	}
	if k.s.Waiting() {
		t.Error("a Session without a transport has something to send")
	}
	k.s.Lost() // a second time changes nothing
	k.draw()

	k.s.Open(k.now)
	k.wantKinds("on the new transport", k.sent(), wire.KindHello)
	k.welcome()
	k.wantStatus("Welcome says that the first is stored", client.Live, 3, 0)
	k.store(k.sent())
	k.wantSame()
	k.ack()
	k.wantStatus("in the end", client.Live, 0, 0)
}

func TestUpdatesAreApplied(t *testing.T) {
	k := liveTalk(t)
	other := board.New(otherReplica)
	a, b, c := stroke(other, 1), stroke(other, 2), stroke(other, 3)
	k.relay.Apply(bytes.Join([][]byte{a, b, c}, nil))
	k.hear(&wire.Update{Data: append(bytes.Clone(a), b...)}, &wire.Update{Data: c})
	k.wantSame()
	k.hear(&wire.Update{Data: b}) // once more: nothing happens
	k.wantSame()
	k.wantKinds("after another's updates", k.sent())
}

func TestNothingBeforeWelcome(t *testing.T) {
	for _, m := range []wire.Message{
		&wire.Update{}, &wire.Ack{Through: 1}, &wire.Joined{Member: 1}, &wire.Left{Member: 1}, &wire.Pong{},
		&wire.Said{}, &wire.Talks{}, &wire.Mark{}, &wire.Typing{},
	} {
		k := newTalk(t)
		k.s.Open(k.now)
		k.refuse(fmt.Sprintf("%T before Welcome", m), wire.CodeOrder, message(m))
	}
	k := newTalk(t)
	k.s.Open(k.now)
	k.hear(&wire.Cursors{List: []wire.Cursor{{Member: 3}}}) // a datagram may overtake Welcome
	k.hear(&later{})                                        // a kind of a later version is ignored (W8)
	k.hear(&wire.Denied{Code: wire.CodeVersion, Reason: "old"})
}

// later is a message of a kind that version 1 does not know.
type later struct{}

func (*later) Kind() wire.Kind        { return 1000 }
func (*later) Append(b []byte) []byte { return append(b, "later"...) }
func (*later) Parse([]byte) error     { return nil }

func TestLaterKindsAreIgnored(t *testing.T) {
	k := liveTalk(t)
	k.hear(&later{}, &wire.Hello{}, &wire.Profile{}, &wire.Refresh{}, &wire.Preview{Member: 9}, &wire.Joined{Member: 2})
	if len(k.s.Members()) != 1 {
		t.Error("the frame after those that mean nothing here was not read")
	}
	if err := k.s.Step(k.now, nil); err != nil {
		t.Errorf("a message without frames (W1): %v", err)
	}
}

func TestBadMessages(t *testing.T) {
	// A body of one field, number 1, of wire type 2 where a number is due, or
	// of a number where bytes are due.
	bytesField, numberField := []byte{0x0a, 0x01, 'x'}, []byte{0x08, 0x01}
	raw := func(kind wire.Kind, body []byte) []byte {
		f := append([]byte{byte(kind<<3 | 2), byte(len(body))}, body...)
		return append([]byte{byte(len(f))}, f...)
	}
	for _, test := range []struct {
		why  string
		msg  []byte
		want wire.Code
	}{
		{"a frame that ends too early", []byte{5, 1}, wire.CodeBadFrame},
		{"a frame without a body", []byte{0}, wire.CodeBadFrame},
		{"a message over the limit", make([]byte, wire.MaxMessage+1), wire.CodeTooLarge},
		{"Welcome", raw(wire.KindWelcome, bytesField), wire.CodeBadFrame},
		{"Welcome with a vector that is none", message(&wire.Welcome{Vector: []byte{9}}), wire.CodeBadUpdate},
		{"Update", raw(wire.KindUpdate, numberField), wire.CodeBadFrame},
		{"Update of garbage", message(&wire.Update{Data: []byte("garbage")}), wire.CodeBadUpdate},
		{"Ack", raw(wire.KindAck, bytesField), wire.CodeBadFrame},
		{"Cursors", raw(wire.KindCursors, numberField), wire.CodeBadFrame},
		{"Joined", raw(wire.KindJoined, bytesField), wire.CodeBadFrame},
		{"Left", raw(wire.KindLeft, bytesField), wire.CodeBadFrame},
		{"Ping", raw(wire.KindPing, bytesField), wire.CodeBadFrame},
		{"Preview", raw(wire.KindPreview, bytesField), wire.CodeBadFrame},
		{"Denied", raw(wire.KindDenied, bytesField), wire.CodeBadFrame},
	} {
		liveTalk(t).refuse(test.why, test.want, test.msg)
	}
}

func TestCodeOfTransportErrors(t *testing.T) {
	for err, want := range map[error]wire.Code{
		conn.ErrTooLarge:  wire.CodeTooLarge,
		conn.ErrMalformed: wire.CodeBadFrame,
		conn.ErrText:      wire.CodeText,
		io.EOF:            wire.CodeSilent,
	} {
		if got := client.Code(fmt.Errorf("receiving: %w", err)); got != want {
			t.Errorf("the code for %v is %d, want %d", err, got, want)
		}
	}
}

func TestDenied(t *testing.T) {
	k := liveTalk(t)
	k.draw()
	k.hear(&wire.Denied{Code: wire.CodeGoingAway, Reason: "restart", RetryMS: 500})
	if k.s.Status().Stopped != nil {
		t.Error("a relay that goes away does not want the client back")
	}
	k.hear(&wire.Denied{Code: wire.CodeBadUpdate, Reason: "no"})
	k.s.Lost()
	st := k.s.Status()
	if st.Stopped == nil || st.Stopped.Code != wire.CodeBadUpdate || st.Stopped.Reason != "no" {
		t.Errorf("Stopped is %+v, want the relay's answer", st.Stopped)
	}
	if st.Unsent != 1 {
		t.Errorf("%d changes unsent, want 1: they are kept for the person", st.Unsent)
	}
	k.s.Open(k.now)
	if k.s.Status().Stopped != nil {
		t.Error("a new transport is open, and the status says stopped")
	}
}

func TestPhaseString(t *testing.T) {
	for p, want := range map[client.Phase]string{client.Offline: "offline", client.Connecting: "connecting", client.Live: "live"} {
		if p.String() != want {
			t.Errorf("phase %d is called %s, want %s", p, p, want)
		}
	}
}

// Over a transport that has datagrams the cursor goes by those, and where it
// comes to rest is sent again in order.
func TestCursorByDatagram(t *testing.T) {
	k := newTalk(t)
	k.s.Open(k.now)
	k.s.Point(1, 2, false)
	if k.s.Latest(k.now) != nil {
		t.Error("a datagram could overtake Hello (W12)")
	}
	k.wantKinds("before Welcome", k.sent(), wire.KindHello, wire.KindCursors)
	k.welcome()
	k.sent()
	k.pass(20 * time.Millisecond)

	for i := range int32(5) {
		k.s.Point(10*i, 0, false)
		k.wantKinds("by datagram", frames(t, k.s.Latest(k.now)), wire.KindCursors)
		if k.s.Latest(k.now) != nil || k.s.Waiting() {
			t.Error("a cursor that was sent by datagram is sent twice at once")
		}
		if at := k.s.Deadline(); at != k.now.Add(100*time.Millisecond) {
			t.Errorf("Tick is due at %v, want 100 ms after the last move", at.Sub(k.now))
		}
		k.pass(90 * time.Millisecond)
		k.wantKinds("while it moves", k.sent())
	}
	k.pass(10 * time.Millisecond)
	list := k.sent()
	k.wantKinds("at rest", list, wire.KindCursors)
	var c wire.Cursors
	if err := c.Parse(list[0].body); err != nil || len(c.List) != 1 || c.List[0].X != 40 {
		t.Errorf("the cursor rests at %+v, %v", c.List, err)
	}
	k.pass(time.Second)
	k.wantKinds("later", k.sent(), wire.KindPing)
	k.pass(time.Second)
	k.wantKinds("later still", k.sent())

	// The next transport begins anew.
	k.s.Point(1, 1, false)
	k.s.Latest(k.now)
	k.s.Lost()
	k.s.Open(k.now)
	k.now = k.now.Add(time.Second)
	k.tick()
	k.wantKinds("on the next connection", k.sent(), wire.KindHello, wire.KindCursors)
}

// pass lets time pass.
func (k *talk) pass(d time.Duration) {
	k.t.Helper()
	k.now = k.now.Add(d)
	k.tick()
}

func (k *talk) tick() {
	k.t.Helper()
	if err := k.s.Tick(k.now); err != nil {
		k.t.Errorf("Tick: %v", err)
	}
}

// The relay says that it cannot store what it is sent, and later that it can: it
// is for the person to know, and nothing else changes.
func TestW63NotStored(t *testing.T) {
	k := liveTalk(t)
	k.draw()
	k.store(k.sent())
	want := func(when string, notStored bool) {
		t.Helper()
		if st := k.s.Status(); st.NotStored != notStored || st.Phase != client.Live || st.Sent != 1 {
			t.Errorf("%s the status is %+v", when, st)
		}
	}
	want("at first", false)
	k.events = nil
	k.hear(&wire.Notice{Code: wire.CodeNotStored, Text: "the disk is full"})
	if !k.saw(client.StatusChanged) {
		t.Error("nobody was told")
	}
	want("after a Notice", true)
	k.hear(&wire.Notice{Code: 4999})
	want("after one that means nothing", true)
	k.hear(&wire.Notice{})
	want("when it is over", false)
	k.hear(&wire.Notice{Code: wire.CodeNotStored})
	k.s.Lost()
	if k.s.Status().NotStored {
		t.Error("a connection that is lost still cannot store")
	}
	k.s.Open(k.now)
	k.refuse("a Notice before Welcome", wire.CodeOrder, message(&wire.Notice{}))
}
