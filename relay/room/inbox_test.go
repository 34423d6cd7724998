package room_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"edgeboard/relay/room"
	"edgeboard/shared/board"
	"edgeboard/shared/wire"
)

// letterbox is an Inbox that writes down what it is asked. It waits and fails as a
// gossip does.
type letterbox struct {
	gossip
	asked []string
}

func (l *letterbox) hears(ctx context.Context, who room.Speaker, format string, args ...any) error {
	if err := l.wait(ctx); err != nil {
		return err
	}
	l.do(func() { l.asked = append(l.asked, who.Name+" on "+who.Board+" "+fmt.Sprintf(format, args...)) })
	return nil
}

func (l *letterbox) Standing(ctx context.Context, who room.Speaker) ([]byte, error) {
	return message(&wire.Inbox{Unread: who.Member, Anew: true}), l.hears(ctx, who, "stands")
}

func (l *letterbox) Browse(ctx context.Context, who room.Speaker, q *wire.Browse) ([]byte, error) {
	if q.Wishes {
		return message(&wire.Wishes{Devices: q.Ask}), l.hears(ctx, who, "wishes")
	}
	return message(&wire.Inbox{Answers: q.Ask}), l.hears(ctx, who, "browses before %d", q.Before)
}

func (l *letterbox) Settle(ctx context.Context, who room.Speaker, s *wire.Settle) error {
	return l.hears(ctx, who, "settles %v", s.Read)
}

// Wish answers where something is muted: all else was told otherwise.
func (l *letterbox) Wish(ctx context.Context, who room.Speaker, w *wire.Wishes) ([]byte, error) {
	err := l.hears(ctx, who, "wishes %v", w.Muted)
	if len(w.Muted) == 0 {
		return nil, err
	}
	return message(&wire.Wishes{Refused: "muted"}), err
}

func (l *letterbox) Subscribe(ctx context.Context, who room.Speaker, s *wire.Subscribe) ([]byte, error) {
	return message(&wire.Wishes{Devices: 1}), l.hears(ctx, who, "subscribes %s", s.Endpoint)
}

func (l *letterbox) took() (asked []string) {
	l.do(func() { asked, l.asked = l.asked, nil })
	return asked
}

// withInbox is a house in which people have an inbox, and talk if it wants that.
func withInbox(t *testing.T, talk room.Talk, test func(h *house, l *letterbox)) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t)
		l := &letterbox{}
		h.hub = room.NewHub(room.Config{Store: h.ledger, Talk: talk, Inbox: l, Metrics: h.metrics, Log: slog.New(slog.NewTextHandler(h.log, nil))})
		defer h.close()
		test(h, l)
	})
}

// comes connects somebody, who is told how the inbox stands, and takes note of that.
func (l *letterbox) comes(h *house, replica board.Replica, word string) *guest {
	h.t.Helper()
	g := h.enterAs(replica, func(hello *wire.Hello) { hello.Secret = strings.Repeat(word, 16)[:16] })
	list := g.got()
	self, inbox := parsed[wire.Welcome](h.t, list)[0], parsed[wire.Inbox](h.t, list)
	if len(inbox) != 1 || inbox[0].Unread != self.Member || !inbox[0].Anew || list[len(list)-1].kind != wire.KindInbox {
		h.t.Errorf("at the beginning guest %d is told of its inbox %+v, want once, and last", replica, inbox)
	}
	if asked := l.took(); len(asked) != 1 || !strings.HasSuffix(asked[0], " stands") {
		h.t.Errorf("at the beginning the inbox is asked %q", asked)
	}
	return g
}

// After the Welcome a member is told how its conversations stand, and then its inbox.
func TestW95InboxBehindTalks(t *testing.T) {
	talk := &gossip{names: map[wire.Person]string{}}
	withInbox(t, talk, func(h *house, l *letterbox) {
		g := l.comes(h, 1, "ada")
		g.leave()
		g = h.enter(2)
		list := g.got()
		var order []wire.Kind
		for _, f := range list {
			if f.kind == wire.KindTalks || f.kind == wire.KindInbox {
				order = append(order, f.kind)
			}
		}
		if !slices.Equal(order, []wire.Kind{wire.KindTalks, wire.KindInbox}) {
			h.t.Errorf("the kinds come as %v, want Talks and then Inbox", order)
		}
	})
}

// While one of the two cannot be told it is tried again, and then both are told once.
func TestW95InboxCannotBeTold(t *testing.T) {
	withInbox(t, nil, func(h *house, l *letterbox) {
		l.do(func() { l.fail = errors.New("the disk is away") })
		g := h.enter(1)
		if n := len(of(wire.KindInbox, g.got())); n != 0 || h.log.Count("level=WARN") == 0 {
			h.t.Errorf("%d times Inbox, and the log says: %s", n, h.log.String())
		}
		l.do(func() { l.fail = nil })
		time.Sleep(2 * time.Second)
		if n := len(of(wire.KindInbox, g.got())); n != 1 {
			h.t.Errorf("afterwards %d times Inbox, want once", n)
		}
	})
}

// One reads so slowly that its queue is dropped. When it is up to date again it is told
// how its inbox stands, of which it may have missed something.
func TestW95InboxAfterADroppedQueue(t *testing.T) {
	withInbox(t, nil, func(h *house, l *letterbox) {
		slow := h.visit(2)
		slow.say(slow.hello())
		slow.read()
		synctest.Wait()
		long := strings.Repeat("x", wire.MaxText)
		for i := range 190 {
			h.hub.TellBoard("b", message(&wire.Said{Texts: []wire.Text{{ID: textID(byte(i)), Text: long}}}))
			synctest.Wait()
		}
		slow.listen()
		list := slow.got()
		last := list[len(list)-1]
		if n := len(of(wire.KindWelcome, list)); n != 2 || last.kind != wire.KindInbox {
			h.t.Errorf("it is welcomed %d times, want twice, and %d comes last", n, last.kind)
		}
		if n := len(l.took()); n != 2 {
			h.t.Errorf("how the inbox stands was asked %d times, want twice", n)
		}
	})
}

// What a member asks of its inbox is answered in order, to that connection alone.
func TestW96Inbox(t *testing.T) { withInbox(t, nil, testW96Inbox) }
func testW96Inbox(h *house, l *letterbox) {
	ada, tab := l.comes(h, 1, "ada"), l.comes(h, 2, "ada")
	ada.got()
	ada.say(
		&wire.Browse{Ask: 7}, &wire.Browse{Ask: 8, Before: 5}, &wire.Browse{Ask: 9, Wishes: true},
		&wire.Settle{Read: []wire.Span{{From: 1, To: 3}}}, &wire.Wishes{Off: 1}, &wire.Wishes{Muted: []string{"b"}},
		&wire.Subscribe{Endpoint: "https://push.example/1"},
	)
	list := ada.wantKinds("who asks", wire.KindInbox, wire.KindInbox, wire.KindWishes, wire.KindWishes, wire.KindWishes)
	inbox, wishes := parsed[wire.Inbox](h.t, list), parsed[wire.Wishes](h.t, list)
	if inbox[0].Answers != 7 || inbox[1].Answers != 8 || wishes[0].Devices != 9 || wishes[1].Refused != "muted" || wishes[2].Devices != 1 {
		h.t.Errorf("the answers are %+v and %+v", inbox, wishes)
	}
	want := []string{"browses before 0", "browses before 5", "wishes", "settles [{1 3}]", "wishes []", "wishes [b]", "subscribes https://push.example/1"}
	for i, line := range l.took() {
		if i >= len(want) || line != "guest 1 on b "+want[i] {
			h.t.Errorf("number %d was %q", i, line)
		}
	}
	tab.wantKinds("another tab")
	// What is told besides goes to the person, on all its connections.
	self := room.PersonOf("", strings.Repeat("ada", 16)[:16])
	h.hub.TellPerson(self, message(&wire.Inbox{Unread: 1}))
	ada.wantKinds("news for the person", wire.KindInbox)
	tab.wantKinds("news for the person", wire.KindInbox)
}

// What concerns the inbox comes after Welcome, and with what it needs; nothing of it
// takes the relay by surprise.
func TestW96BadInbox(t *testing.T) { withInbox(t, nil, testW96BadInbox) }
func testW96BadInbox(h *house, l *letterbox) {
	for _, c := range []struct {
		why  string
		say  wire.Message
		code wire.Code
	}{
		{"a Browse without a number", &wire.Browse{}, wire.CodeBadFrame},
		{"more spans than there may be", &wire.Settle{Read: make([]wire.Span, wire.MaxSpans+1)}, wire.CodeBadFrame},
		{"a zone over the limit", &wire.Wishes{Zone: strings.Repeat("x", wire.MaxZone+1)}, wire.CodeBadFrame},
		{"an endpoint over the limit", &wire.Subscribe{Endpoint: strings.Repeat("x", wire.MaxEndpoint+1)}, wire.CodeBadFrame},
		{"what only relays say", &wire.Inbox{}, wire.CodeOrder},
	} {
		g := l.comes(h, 1, "ada")
		g.say(c.say)
		g.wantEnd(c.why, c.code)
		if asked := l.took(); len(asked) > 0 {
			h.t.Errorf("%s: the inbox is asked %q", c.why, asked)
		}
	}
	for _, early := range []wire.Message{&wire.Browse{Ask: 1}, &wire.Settle{}, &wire.Wishes{}, &wire.Subscribe{}} {
		h.store.Hold() // nobody is welcomed meanwhile
		a := h.enter(1)
		a.draw()
		g := h.visit(2)
		g.say(g.hello(), early)
		g.listen()
		h.store.Release()
		g.wantEnd(fmt.Sprintf("%T before Welcome", early), wire.CodeOrder)
		a.leave()
	}
}

// Where there are no inboxes nothing is answered, as by a relay of an earlier version.
func TestNoInbox(t *testing.T) { inHouse(t, testNoInbox) }
func testNoInbox(h *house) {
	g := h.enter(1)
	if n := len(of(wire.KindInbox, g.got())); n != 0 {
		h.t.Errorf("it is told %d times of its inbox", n)
	}
	g.say(&wire.Browse{Ask: 1}, &wire.Settle{}, &wire.Wishes{}, &wire.Subscribe{})
	time.Sleep(time.Second)
	g.wantKinds("who asks")
	g.wantStays("after that")
}

// While an inbox is read for one the room goes on, and so does everybody else; who goes
// meanwhile waits no longer.
func TestW96InboxHoldsUpNobody(t *testing.T) { withInbox(t, nil, testW96InboxHoldsUpNobody) }
func testW96InboxHoldsUpNobody(h *house, l *letterbox) {
	asks := []wire.Message{&wire.Browse{Ask: 7}, &wire.Settle{}, &wire.Wishes{}, &wire.Subscribe{}}
	var guests []*guest
	for i := range asks {
		guests = append(guests, l.comes(h, board.Replica(i+1), fmt.Sprint("guest", i)))
	}
	bob := l.comes(h, 9, "bob")
	l.do(func() { l.hold = make(chan struct{}) })
	begin := time.Now()
	for i, ask := range asks {
		guests[i].say(ask)
	}
	bob.draw()
	for i, g := range guests {
		if g.has(9) == 0 || time.Since(begin) != 0 {
			h.t.Errorf("%T: while it waits nothing is told", asks[i])
		}
		g.conn.Close(1006, "")
	}
	synctest.Wait()
	for i, g := range guests {
		select {
		case <-g.served:
		case <-time.After(4 * time.Minute): // it says nothing any more
			h.t.Errorf("%T: Serve does not end", asks[i])
		}
	}
	if n := h.log.Count("level=WARN"); n != 0 {
		h.t.Errorf("%d warnings for those who have gone", n)
	}
}

// An inbox that cannot be read or stored now is nobody's fault who asks for it.
func TestInboxFails(t *testing.T) { withInbox(t, nil, testInboxFails) }
func testInboxFails(h *house, l *letterbox) {
	ada := l.comes(h, 1, "ada")
	l.do(func() { l.fail = errors.New("the disk is away") })
	ada.say(&wire.Browse{Ask: 7}, &wire.Settle{}, &wire.Wishes{Muted: []string{"b"}}, &wire.Subscribe{})
	ada.wantKinds("when nothing can be read")
	ada.wantStays("when nothing can be read")
	if n := h.log.Count("level=WARN"); n != 4 {
		h.t.Errorf("there are %d warnings, want 4: %s", n, h.log.String())
	}
	l.do(func() { l.fail = nil })
	ada.say(&wire.Browse{Ask: 8})
	if list := parsed[wire.Inbox](h.t, ada.got()); len(list) != 1 || list[0].Answers != 8 {
		h.t.Errorf("afterwards it is answered %+v", list)
	}
}

// Who asks without end is read more slowly, and answered in the end.
func TestW100ManyQuestions(t *testing.T) { withInbox(t, nil, testW100ManyQuestions) }
func testW100ManyQuestions(h *house, l *letterbox) {
	ada := l.comes(h, 1, "ada")
	var msg []byte
	const atOnce, later = 100, 60
	for i := range uint32(atOnce + later) {
		m := []wire.Message{&wire.Browse{Ask: i + 1}, &wire.Settle{}, &wire.Wishes{}, &wire.Subscribe{}}[i%4]
		msg = wire.AppendFrame(msg, 0, m)
	}
	if err := ada.conn.Send(h.t.Context(), msg); err != nil {
		h.t.Fatal(err)
	}
	synctest.Wait()
	if n := len(l.took()); n < atOnce || n > atOnce+1 {
		h.t.Errorf("%d are asked at once, want %d", n, atOnce)
	}
	time.Sleep(later/20*time.Second + time.Second/2)
	if n := len(l.took()); n < later-1 || n > later {
		h.t.Errorf("three seconds later %d more are asked, want %d", n, later)
	}
	ada.wantStays("who has asked much")
}

// Who is on a board is known of all its members, each person once.
func TestPersonsOnABoard(t *testing.T) { withInbox(t, nil, testPersonsOnABoard) }
func testPersonsOnABoard(h *house, l *letterbox) {
	if got := h.hub.PersonsOn("b"); len(got) != 0 {
		h.t.Errorf("on a board that nobody is on are %v", got)
	}
	ada, bob := l.comes(h, 1, "ada"), l.comes(h, 2, "bob")
	l.comes(h, 3, "ada")
	elsewhere := h.enterAs(4, func(hello *wire.Hello) { hello.Board, hello.Secret = "c", strings.Repeat("eve", 16)[:16] })
	elsewhere.got()
	self := func(word string) wire.Person { return room.PersonOf("", strings.Repeat(word, 16)[:16]) }
	got := h.hub.PersonsOn("b")
	if len(got) != 2 || !slices.Contains(got, self("ada")) || !slices.Contains(got, self("bob")) {
		h.t.Errorf("on the board are %v", got)
	}
	ada.leave()
	bob.leave()
	if got := h.hub.PersonsOn("b"); len(got) != 1 || got[0] != self("ada") {
		h.t.Errorf("when one tab of Ada's is left there are %v", got)
	}
}

// A person looks while one of its connections is here and not away.
func TestW99Looks(t *testing.T) { withInbox(t, nil, testW99Looks) }
func testW99Looks(h *house, l *letterbox) {
	self := room.PersonOf("", strings.Repeat("ada", 16)[:16])
	want := func(looks bool, when string) {
		h.t.Helper()
		synctest.Wait()
		if h.hub.Looks(self) != looks {
			h.t.Errorf("%s: Looks is %v, want %v", when, !looks, looks)
		}
	}
	want(false, "nobody has come")
	l.comes(h, 9, "bob")
	want(false, "somebody else has come")
	ada := l.comes(h, 1, "ada")
	want(true, "she has come")
	ada.say(&wire.Profile{Away: true})
	want(false, "she is away")
	tab := l.comes(h, 2, "ada")
	want(true, "she has another tab")
	tab.leave()
	want(false, "she has closed it")
	ada.say(&wire.Profile{})
	want(true, "she is back")
	ada.conn.Close(1006, "")
	<-ada.served
	want(false, "she has gone")
}
