package client_test

import (
	"slices"
	"testing"
	"time"

	"edgeboard/shared/board"
	"edgeboard/shared/client"
	"edgeboard/shared/wire"
)

// talk is a conversation of a Session with a relay that the test plays. Time
// passes when the test says so.
type talk struct {
	t      *testing.T
	s      *client.Session
	doc    *board.Board
	relay  *board.Board // what the relay has stored
	now    time.Time
	events []client.Event
	cursor uint32 // number of the last one that was sent
}

const ownReplica, otherReplica = 7, 9

// newTalk begins before any transport. Each of with changes what the Session is made of.
func newTalk(t *testing.T, with ...func(*client.Config)) *talk {
	k := &talk{t: t, doc: board.New(ownReplica), relay: board.New(0), now: time.UnixMilli(1_000_000)}
	cfg := client.Config{
		Board: "b", Doc: k.doc, Name: "Ada", Color: 0x336699,
		Observe: func(e client.Event) { k.events = append(k.events, e) },
	}
	for _, f := range with {
		f(&cfg)
	}
	k.s = client.NewSession(cfg)
	return k
}

// liveTalk begins after the Welcome of an empty relay.
func liveTalk(t *testing.T) *talk {
	k := newTalk(t)
	k.s.Open(k.now)
	k.wantKinds("on Open", k.sent(), wire.KindHello)
	k.welcome()
	k.sent()
	return k
}

func message(msgs ...wire.Message) (b []byte) {
	for _, m := range msgs {
		b = wire.AppendFrame(b, 0, m)
	}
	return b
}

// hear steps the Session with one transport message of the relay.
func (k *talk) hear(msgs ...wire.Message) {
	k.t.Helper()
	if err := k.s.Step(k.now, message(msgs...)); err != nil {
		k.t.Fatalf("Step: %v", err)
	}
}

// refuse expects the Session to find fault with a transport message.
func (k *talk) refuse(why string, want wire.Code, msg []byte) {
	k.t.Helper()
	err := k.s.Step(k.now, msg)
	if err == nil {
		k.t.Errorf("%s: Step took it", why)
	} else if got := client.Code(err); got != want {
		k.t.Errorf("%s: the code for %q is %d, want %d", why, err, got, want)
	}
}

func (k *talk) welcomeFrame() *wire.Welcome {
	return &wire.Welcome{Version: wire.Version, Member: 1, Vector: k.relay.Vector().Append(nil), MaxMessage: wire.MaxMessage}
}

func (k *talk) welcome() {
	k.t.Helper()
	k.hear(k.welcomeFrame())
}

// frame is one frame that the Session has sent.
type frame struct {
	kind wire.Kind
	body []byte
}

// frames takes a transport message apart.
func frames(t *testing.T, msg []byte) (list []frame) {
	t.Helper()
	for f, err := range wire.Frames(msg) {
		if err != nil {
			t.Fatalf("the client sent a message that does not parse: %v", err)
		}
		list = append(list, frame{f.Kind, slices.Clone(f.Body)})
	}
	return list
}

// sent takes all that the Session wants to send.
func (k *talk) sent() (list []frame) {
	k.t.Helper()
	for k.s.Waiting() {
		msg := k.s.Outgoing()
		if msg == nil {
			break
		}
		list = append(list, frames(k.t, msg)...)
	}
	return list
}

func (k *talk) wantKinds(when string, got []frame, want ...wire.Kind) {
	k.t.Helper()
	var kinds []wire.Kind
	for _, f := range got {
		kinds = append(kinds, f.kind)
	}
	if !slices.Equal(kinds, want) {
		k.t.Errorf("%s the client sent kinds %v, want %v", when, kinds, want)
	}
}

// store lets the relay take the updates among frames. It fails the test if one
// brings nothing new: then it was sent twice.
func (k *talk) store(list []frame) {
	k.t.Helper()
	for _, f := range list {
		if f.kind != wire.KindUpdate {
			continue
		}
		var u wire.Update
		if err := u.Parse(f.body); err != nil {
			k.t.Fatal(err)
		}
		for r, one := range board.Split(u.Data) {
			before := k.relay.Seq(r)
			if err := k.relay.Apply(one); err != nil {
				k.t.Fatalf("the relay refuses an update: %v", err)
			}
			if k.relay.Seq(r) == before {
				k.t.Errorf("an update of replica %d was sent that the relay has", r)
			}
		}
	}
}

func (k *talk) ack() {
	k.t.Helper()
	k.hear(&wire.Ack{Through: k.relay.Seq(ownReplica)})
}

// draw makes one local change and commits it.
func (k *talk) draw() { draw(k.s) }

func draw(s *client.Session) { s.Commit(stroke(s.Doc(), 3)) }

// stroke draws a line of n points and returns the update.
func stroke(b *board.Board, n int) []byte {
	e := b.Edit()
	id := e.Create(board.KindStroke)
	points := make([]board.Point, n)
	for i := range points {
		points[i] = board.Point{X: int32(i * i), Y: int32(-i * 31), Pressure: uint8(i)}
	}
	e.Append(id, points...)
	return e.Commit()
}

func (k *talk) wantStatus(when string, phase client.Phase, unsent, sent int) {
	k.t.Helper()
	st := k.s.Status()
	if st.Phase != phase || st.Unsent != unsent || st.Sent != sent {
		k.t.Errorf("%s the status is %v, %d unsent, %d sent; want %v, %d, %d", when, st.Phase, st.Unsent, st.Sent, phase, unsent, sent)
	}
}

func (k *talk) wantSame() {
	k.t.Helper()
	if k.doc.Hash() != k.relay.Hash() {
		k.t.Errorf("client and relay differ: %v and %v", k.doc.Vector(), k.relay.Vector())
	}
}

// saw reports whether an event was told since the last call, and forgets all.
func (k *talk) saw(e client.Event) bool {
	has := slices.Contains(k.events, e)
	k.events = nil
	return has
}
