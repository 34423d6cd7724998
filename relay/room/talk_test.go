package room_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"edgeboard/relay/room"
	"edgeboard/shared/board"
	"edgeboard/shared/conn"
	"edgeboard/shared/wire"
)

// gossip is a Talk that remembers what was said, and forgets to store it.
type gossip struct {
	hub *room.Hub

	mu    sync.Mutex
	said  []string
	names map[wire.Person]string
	asked int           // Talks
	fail  error         // of all but Say
	hold  chan struct{} // Recall and Say wait for it to close; nil: they do not

	late    bool     // what is said waits, for a store that fails
	waiting []func() // ends it
}

func (g *gossip) wait(ctx context.Context) error {
	g.mu.Lock()
	hold, fail := g.hold, g.fail
	g.mu.Unlock()
	if hold != nil {
		select {
		case <-hold:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return fail
}

func (g *gossip) do(f func()) {
	g.mu.Lock()
	defer g.mu.Unlock()
	f()
}

func (g *gossip) Say(ctx context.Context, who room.Speaker, s *wire.Say, answer func([]byte)) error {
	_ = g.wait(ctx)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	g.do(func() {
		g.said = append(g.said, fmt.Sprintf("%s on %s as %d: %s", who.Name, who.Board, who.Role, s.Text))
	})
	stored := func() { answer(message(&wire.Said{Stored: []wire.TextID{s.ID}})) }
	late := false
	if g.do(func() { late = g.late }); late {
		g.do(func() { g.waiting = append(g.waiting, stored) })
		answer(nil)
		return nil
	}
	text := []wire.Text{{ID: s.ID, Author: who.Person, Name: who.Name, Stamp: 1 << 20, Changed: 1 << 20, Text: s.Text}}
	stored()
	if s.With == (wire.Person{}) {
		g.hub.TellBoard(who.Board, message(&wire.Said{Texts: text}))
		return nil
	}
	g.hub.TellPerson(s.With, message(&wire.Said{With: who.Person, Texts: text}))
	g.hub.TellPerson(who.Person, message(&wire.Said{With: s.With, Texts: text}))
	return nil
}

func (g *gossip) Recall(ctx context.Context, who room.Speaker, q *wire.Recall) ([]byte, error) {
	if err := g.wait(ctx); err != nil {
		return nil, err
	}
	return message(&wire.Said{With: q.With, Answers: q.Ask}), nil
}

func (g *gossip) Mark(ctx context.Context, who room.Speaker, m *wire.Mark) error {
	if err := g.wait(ctx); err != nil {
		return err
	}
	g.hub.TellPersonOn(who.Board, who.Person, message(&wire.Mark{Stamp: m.Stamp, Person: who.Person}))
	return nil
}

func (g *gossip) Talks(ctx context.Context, who room.Speaker) ([]byte, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.asked++
	return message(&wire.Talks{List: []wire.Talk{{Last: wire.Stamp(who.Member)}}}), g.fail
}

func (g *gossip) Name(p wire.Person, name string) { g.do(func() { g.names[p] = name }) }

// talking is a house in which people talk.
func talking(t *testing.T, test func(h *house, talk *gossip)) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t)
		talk := &gossip{names: map[wire.Person]string{}}
		h.hub = room.NewHub(room.Config{Store: h.ledger, Talk: talk, Metrics: h.metrics, Log: slog.New(slog.NewTextHandler(h.log, nil))})
		talk.hub = h.hub
		defer h.close()
		test(h, talk)
	})
}

// enterOn connects somebody, who is known by a word, to a board.
func (h *house) enterOn(name string, replica board.Replica, word string) (g *guest, self wire.Welcome) {
	h.t.Helper()
	g = h.enterAs(replica, func(hello *wire.Hello) { hello.Board, hello.Secret = name, strings.Repeat(word, 16)[:16] })
	list := g.got()
	talks := parsed[wire.Talks](h.t, list)
	self = parsed[wire.Welcome](h.t, list)[0]
	if len(talks) != 1 || talks[0].List[0].Last != wire.Stamp(self.Member) {
		h.t.Errorf("at the beginning guest %d is told of its conversations %+v", replica, talks)
	}
	return g, self
}

func textID(n byte) wire.TextID { return wire.TextID{n, 15: 1} }

func (g *guest) wantTexts(when string, list []frame, want ...string) {
	g.t.Helper()
	var texts []string
	for _, s := range parsed[wire.Said](g.t, list) {
		for _, t := range s.Texts {
			texts = append(texts, t.Text)
		}
	}
	if !slices.Equal(texts, want) {
		g.t.Errorf("%s: guest %d is told %q, want %q", when, g.doc.Replica(), texts, want)
	}
}

// Somebody says something on a board: all who are there are told the same bytes, also
// the one who has said it, who hears besides that it is stored.
func TestW84SaidOnABoard(t *testing.T) { talking(t, testW84SaidOnABoard) }
func testW84SaidOnABoard(h *house, talk *gossip) {
	ada, self := h.enterOn("b", 1, "ada")
	bob, _ := h.enterOn("b", 2, "bob")
	eve, _ := h.enterOn("another", 3, "eve")
	ada.got()
	ada.say(&wire.Say{ID: textID(1), Text: "good morning"}, &wire.Profile{Name: "Ada"}, &wire.Say{ID: textID(2), Text: "Bob"})
	list := ada.got()
	ada.wantTexts("who says it", list, "good morning", "Bob")
	heard := bob.got()
	bob.wantTexts("who is there", heard, "good morning", "Bob")
	eve.wantTexts("who is on another board", eve.got())
	var stored []wire.TextID
	for _, s := range parsed[wire.Said](h.t, list) {
		stored = append(stored, s.Stored...)
	}
	if !slices.Equal(stored, []wire.TextID{textID(1), textID(2)}) {
		h.t.Errorf("stored are %v", stored)
	}
	said := parsed[wire.Said](h.t, heard)
	if said[0].Texts[0].Author != self.Person || said[0].Texts[0].Name != "guest 1" || said[1].Texts[0].Name != "Ada" {
		h.t.Errorf("they are from %+v and %+v", said[0].Texts[0], said[1].Texts[0])
	}
	if !slices.Equal(talk.said, []string{"guest 1 on b as 3: good morning", "Ada on b as 3: Bob"}) {
		h.t.Errorf("it was said as %q", talk.said)
	}
	if talk.names[self.Person] != "Ada" {
		h.t.Errorf("the names are %v", talk.names)
	}
}

// Two persons talk: all their members hear it, on whatever boards, and nobody else.
func TestW84SaidToAPerson(t *testing.T) { talking(t, testW84SaidToAPerson) }
func testW84SaidToAPerson(h *house, talk *gossip) {
	ada, adaIs := h.enterOn("b", 1, "ada")
	bob, bobIs := h.enterOn("b", 2, "bob")
	bobElsewhere, _ := h.enterOn("another", 3, "bob")
	adaElsewhere, _ := h.enterOn("third", 4, "ada")
	eve, _ := h.enterOn("b", 5, "eve")
	eve.got()
	ada.say(&wire.Say{ID: textID(1), With: bobIs.Person, Text: "psst"})
	for _, c := range []struct {
		g    *guest
		with wire.Person
	}{{ada, bobIs.Person}, {adaElsewhere, bobIs.Person}, {bob, adaIs.Person}, {bobElsewhere, adaIs.Person}} {
		list := c.g.got()
		c.g.wantTexts("of a private word", list, "psst")
		for _, s := range parsed[wire.Said](h.t, list) {
			if len(s.Texts) > 0 && s.With != c.with {
				h.t.Errorf("guest %d hears it of a conversation with %v, want %v", c.g.doc.Replica(), s.With, c.with)
			}
		}
	}
	eve.wantKinds("who has no part in it")

	// One of the tabs is closed, and the others go on hearing.
	bobElsewhere.leave()
	ada.say(&wire.Say{ID: textID(2), With: bobIs.Person, Text: "are you there?"})
	bob.wantTexts("after another tab was closed", bob.got(), "are you there?")
	// What was read is of the person alone, here on one board.
	ada.got()
	adaElsewhere.got()
	bob.say(&wire.Mark{Stamp: 1 << 20})
	if marks := parsed[wire.Mark](h.t, bob.got()); len(marks) != 1 || marks[0].Person != bobIs.Person {
		h.t.Errorf("who has read hears %+v", marks)
	}
	ada.wantKinds("what others read")
}

// What people say comes after Welcome, and with what it needs; nothing of it takes the
// relay by surprise.
func TestW83BadTalk(t *testing.T) { talking(t, testW83BadTalk) }
func testW83BadTalk(h *house, _ *gossip) {
	for _, c := range []struct {
		why  string
		say  wire.Message
		code wire.Code
	}{
		{"a Say without a name", &wire.Say{Text: "x"}, wire.CodeBadFrame},
		{"a text over the limit", &wire.Say{ID: textID(1), Text: strings.Repeat("x", wire.MaxText+1)}, wire.CodeBadFrame},
		{"a Recall without a number", &wire.Recall{}, wire.CodeBadFrame},
		{"what only relays say", &wire.Said{}, wire.CodeOrder},
		{"what only relays say", &wire.Talks{}, wire.CodeOrder},
	} {
		g, _ := h.enterOn("b", 1, "ada")
		g.say(c.say)
		g.wantEnd(c.why, c.code)
	}
	for _, early := range []wire.Message{&wire.Say{ID: textID(1), Text: "x"}, &wire.Recall{Ask: 1}, &wire.Mark{Stamp: 1}} {
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

// Where there is no Talk nothing is said, as by a relay of an earlier version.
func TestNobodyTalks(t *testing.T) { inHouse(t, testNobodyTalks) }
func testNobodyTalks(h *house) {
	a, b := h.enter(1), h.enter(2)
	a.got()
	b.got()
	a.say(&wire.Say{ID: textID(1), Text: "hello"}, &wire.Recall{Ask: 1}, &wire.Mark{Stamp: 1}, &wire.Typing{})
	time.Sleep(time.Second)
	a.wantKinds("who says it")
	b.wantKinds("who is there")
	a.wantStays("after that")
}

// Recalls are answered in their order; while one takes long the room goes on, and so
// does everybody but who has asked.
func TestW88RecallHoldsUpNobody(t *testing.T) { talking(t, testW88RecallHoldsUpNobody) }
func testW88RecallHoldsUpNobody(h *house, talk *gossip) {
	ada, _ := h.enterOn("b", 1, "ada")
	bob, _ := h.enterOn("b", 2, "bob")
	ada.got()
	talk.hold = make(chan struct{})
	begin := time.Now()
	ada.say(&wire.Recall{Ask: 7}, &wire.Recall{Ask: 8}, &wire.Recall{Ask: 9})
	bob.draw()
	if ada.has(2) == 0 || time.Since(begin) != 0 {
		h.t.Error("while one recalls nothing is told")
	}
	if n := len(of(wire.KindSaid, ada.got())); n != 0 {
		h.t.Errorf("%d answers while nothing can be read", n)
	}
	close(talk.hold)
	var answers []uint32
	for _, s := range parsed[wire.Said](h.t, ada.got()) {
		answers = append(answers, s.Answers)
	}
	if !slices.Equal(answers, []uint32{7, 8, 9}) {
		h.t.Errorf("answered are %v", answers)
	}
}

// Who goes while its Recall, or its Say, waits for the store waits no longer.
func TestGoingWhileTalkWaits(t *testing.T) { talking(t, testGoingWhileTalkWaits) }
func testGoingWhileTalkWaits(h *house, talk *gossip) {
	talk.hold = make(chan struct{})
	for i, m := range []wire.Message{&wire.Recall{Ask: 7}, &wire.Mark{Stamp: 1}, &wire.Say{ID: textID(1), Text: "x"}} {
		g, _ := h.enterOn("b", board.Replica(i+1), "ada")
		g.say(m)
		g.conn.Close(1006, "")
		synctest.Wait()
		select {
		case <-g.served:
		case <-time.After(4 * time.Minute): // it says nothing any more
			h.t.Errorf("%T: Serve does not end", m)
		}
	}
	if n := h.log.Count("level=WARN"); n != 0 {
		h.t.Errorf("%d warnings for those who have gone", n)
	}
}

// What people say cannot be read or stored now: the board goes on, and nobody is sent
// away. How the conversations stand is told as soon as that is known.
func TestTalkFails(t *testing.T) { talking(t, testTalkFails) }
func testTalkFails(h *house, talk *gossip) {
	ada, _ := h.enterOn("b", 1, "ada")
	talk.do(func() { talk.fail = errors.New("the disk is away") })
	bob := h.enter(2)
	ada.say(&wire.Recall{Ask: 7}, &wire.Mark{Stamp: 1})
	bob.draw()
	ada.wantStays("when it cannot recall")
	if ada.has(2) == 0 {
		h.t.Error("the board does not go on")
	}
	if n := len(of(wire.KindTalks, bob.got())); n != 0 || h.log.Count("level=WARN") != 3 {
		h.t.Errorf("%d times Talks, and the log says: %s", n, h.log.String())
	}
	talk.do(func() { talk.fail = nil })
	time.Sleep(2 * time.Second)
	if n := len(of(wire.KindTalks, bob.got())); n != 1 {
		h.t.Errorf("afterwards %d times Talks, want once", n)
	}
	ada.say(&wire.Recall{Ask: 8})
	if list := parsed[wire.Said](h.t, ada.got()); len(list) != 1 || list[0].Answers != 8 {
		h.t.Errorf("it recalls %+v", list)
	}
}

// Somebody comes back with a hundred messages: they are said at once. Who says more
// than that is read more slowly; nothing is lost, and nobody is sent away as silent.
func TestW92ManySays(t *testing.T) { talking(t, testW92ManySays) }
func testW92ManySays(h *house, talk *gossip) {
	ada, _ := h.enterOn("b", 1, "ada")
	bob, _ := h.enterOn("b", 2, "bob")
	var msg []byte
	const n = wire.SayBurst + 700
	for i := range n {
		id := wire.TextID{byte(i), byte(i >> 8), 15: 1}
		msg = wire.AppendFrame(msg, 0, &wire.Say{ID: id, Text: fmt.Sprint(i)})
	}
	begin := time.Now()
	if err := ada.conn.Send(h.t.Context(), msg); err != nil {
		h.t.Fatal(err)
	}
	synctest.Wait()
	count := func() (n int) {
		talk.do(func() { n = len(talk.said) })
		return n
	}
	if got := count(); got < wire.SayBurst || got > wire.SayBurst+1 {
		h.t.Errorf("%d are said at once, want %d", got, wire.SayBurst)
	}
	for count() < n && time.Since(begin) < 2*time.Minute {
		bob.say(&wire.Ping{})
		time.Sleep(time.Second)
	}
	if took := time.Since(begin); count() != n || took < 68*time.Second || took > 72*time.Second {
		h.t.Errorf("%d of %d are said after %v, want all after 70 s", count(), n, took)
	}
	ada.wantStays("who has said much")
	if texts := parsed[wire.Said](h.t, bob.got()); len(texts) != n {
		h.t.Errorf("the other hears %d of %d", len(texts), n)
	}
	for i, line := range talk.said {
		if !strings.HasSuffix(line, fmt.Sprintf(": %d", i)) {
			h.t.Fatalf("number %d is %q", i, line)
		}
	}
}

// Who asks without end is read more slowly, and answered in the end; the others go on.
func TestW92ManyQuestions(t *testing.T) { talking(t, testW92ManyQuestions) }
func testW92ManyQuestions(h *house, _ *gossip) {
	ada, _ := h.enterOn("b", 1, "ada")
	var msg []byte
	const atOnce, later = 100, 60
	for i := range uint32(atOnce + later) {
		msg = wire.AppendFrame(msg, 0, &wire.Recall{Ask: i + 1})
	}
	if err := ada.conn.Send(h.t.Context(), msg); err != nil {
		h.t.Fatal(err)
	}
	if n := len(of(wire.KindSaid, ada.got())); n < atOnce || n > atOnce+1 {
		h.t.Errorf("%d are answered at once, want %d", n, atOnce)
	}
	time.Sleep(later/20*time.Second + time.Second/2)
	answers := parsed[wire.Said](h.t, ada.got())
	if n := len(answers); n < later-1 || answers[n-1].Answers != atOnce+later {
		h.t.Errorf("three seconds later %d more are answered, want %d", n, later)
	}
	ada.wantStays("who has asked much")
}

// Typing goes to the others of the board, or to one person wherever it is; and not
// more often than anybody needs.
func TestW91Typing(t *testing.T) { talking(t, testW91Typing) }
func testW91Typing(h *house, _ *gossip) {
	ada, adaIs := h.enterOn("b", 1, "ada")
	bob, bobIs := h.enterOn("b", 2, "bob")
	bobElsewhere, _ := h.enterOn("another", 3, "bob")
	eve, _ := h.enterOn("b", 4, "eve")
	for _, g := range []*guest{ada, bob, eve} {
		g.got()
	}
	ada.say(&wire.Typing{Member: 99, Person: bobIs.Person})
	time.Sleep(time.Second)
	want := wire.Typing{Member: adaIs.Member, Person: adaIs.Person}
	for _, g := range []*guest{bob, eve} {
		if list := parsed[wire.Typing](h.t, g.got()); len(list) != 1 || list[0] != want {
			h.t.Errorf("guest %d hears %+v, want %+v", g.doc.Replica(), list, want)
		}
	}
	ada.wantKinds("who types")
	bobElsewhere.wantKinds("who is on another board")

	ada.say(&wire.Typing{With: bobIs.Person, Stopped: true})
	want = wire.Typing{With: adaIs.Person, Person: adaIs.Person, Stopped: true}
	for _, g := range []*guest{bob, bobElsewhere} {
		if list := parsed[wire.Typing](h.t, g.got()); len(list) != 1 || list[0] != want {
			h.t.Errorf("guest %d hears %+v, want %+v", g.doc.Replica(), list, want)
		}
	}
	eve.wantKinds("who has no part in it")

	time.Sleep(10 * time.Second)
	for range 50 {
		ada.say(&wire.Typing{}, &wire.Ping{})
		time.Sleep(100 * time.Millisecond)
	}
	time.Sleep(time.Second)
	if n := len(of(wire.KindTyping, bob.got())); n < 5 || n > 7 {
		h.t.Errorf("in five seconds %d are told, want one each second and one saved up", n)
	}
	if n := h.metrics.dropped[room.PolicyDrop]; n < 40 {
		h.t.Errorf("%d are counted as dropped", n)
	}
	ada.say(&wire.Typing{With: adaIs.Person})
	ada.wantKinds("who types to itself", slices.Repeat([]wire.Kind{wire.KindPong}, 50)...)
}

// A viewer types to nobody; whether it may say something Talk decides.
func TestW65ViewersDoNotType(t *testing.T) {
	guarded(t, func(h *house, d *desk) {
		talk := &gossip{names: map[wire.Person]string{}}
		h.hub = room.NewHub(room.Config{Store: h.ledger, Guard: d, Talk: talk, Metrics: h.metrics, Log: slog.New(slog.NewTextHandler(h.log, nil))})
		talk.hub = h.hub
		viewer, commenter := h.visit(1).show("viewer"), h.visit(2).show("commenter")
		viewer.got()
		commenter.got()
		viewer.say(&wire.Typing{}, &wire.Say{ID: textID(1), Text: "x"}, &wire.Profile{Name: "the owner"}, &wire.Say{ID: textID(2), Text: "y"})
		time.Sleep(time.Second)
		list := commenter.got()
		if n := len(of(wire.KindTyping, list)); n != 0 {
			t.Errorf("a viewer is seen typing %d times", n)
		}
		if want := []string{"VIEWER on b as 1: x", "VIEWER on b as 1: y"}; !slices.Equal(talk.said, want) {
			t.Errorf("it is said as %q, want %q", talk.said, want)
		}
		viewer.got()
		commenter.say(&wire.Typing{})
		time.Sleep(time.Second)
		if n := len(of(wire.KindTyping, viewer.got())); n != 1 {
			t.Errorf("a commenter is seen typing %d times", n)
		}
	})
}

// One reads so slowly that its queue is dropped. When it reads again it is welcomed
// again, and told how the conversations stand after who is here.
func TestW89TalksAfterADroppedQueue(t *testing.T) { talking(t, testW89TalksAfterADroppedQueue) }
func testW89TalksAfterADroppedQueue(h *house, talk *gossip) {
	ada, _ := h.enterOn("b", 1, "ada")
	slow := h.visit(2)
	slow.say(slow.hello())
	slow.read()
	long := strings.Repeat("x", wire.MaxText)
	for i := range 190 {
		ada.say(&wire.Say{ID: textID(byte(i)), Text: long})
	}
	slow.listen()
	list := slow.got()
	last := list[len(list)-1].kind
	if n := len(of(wire.KindWelcome, list)); n != 2 || last != wire.KindTalks {
		h.t.Errorf("it is welcomed %d times, want twice, and %d comes last", n, last)
	}
	if n := len(of(wire.KindSaid, list)); n > 140 {
		h.t.Errorf("it was told %d times of what was said, although its queue was dropped", n)
	}
	ada.say(&wire.Say{ID: textID(250), Text: "and now?"})
	slow.wantTexts("when it is up to date", slow.got(), "and now?")
	if talk.asked != 3 { // twice by the slow one
		h.t.Errorf("Talks was made %d times", talk.asked)
	}
}

// stalling is a store that does not return while it stalls.
type stalling struct {
	room.Store
	stall chan struct{} // nil: it does not
}

func (s *stalling) Append(name string, updates []byte, done func(error)) {
	if s.stall != nil {
		<-s.stall
	}
	s.Store.Append(name, updates, done)
}

// More comes from elsewhere than a room takes that does not get on: all its members
// are welcomed once more, and ask for what they have missed.
func TestTooMuchIsHeard(t *testing.T) { talking(t, testTooMuchIsHeard) }
func testTooMuchIsHeard(h *house, talk *gossip) {
	store := &stalling{Store: h.ledger, stall: make(chan struct{})}
	h.hub = room.NewHub(room.Config{Store: store, Talk: talk, Metrics: h.metrics, Log: slog.New(slog.NewTextHandler(h.log, nil))})
	talk.hub = h.hub
	ada, self := h.enterOn("b", 1, "ada")
	bob, _ := h.enterOn("b", 2, "bob")
	ada.got()
	ada.draw()
	large := message(&wire.Said{Texts: slices.Repeat([]wire.Text{{Text: strings.Repeat("x", wire.MaxText)}}, 30)})
	const n = 20
	for range n {
		h.hub.TellBoard("b", large)
	}
	h.hub.TellPerson(self.Person, message(&wire.Said{Stored: []wire.TextID{textID(1)}}))
	bob.say(&wire.Typing{With: self.Person})
	close(store.stall)
	h.settle()
	for _, g := range []*guest{ada, bob} {
		list := g.got()
		if welcomes, said := len(of(wire.KindWelcome, list)), len(of(wire.KindSaid, list)); welcomes != 1 || said != 0 {
			h.t.Errorf("guest %d is welcomed %d times and told %d times of what was said, want once and nothing", g.doc.Replica(), welcomes, said)
		}
		if n := len(of(wire.KindTalks, list)); n != 1 {
			h.t.Errorf("guest %d is told %d times how the conversations stand", g.doc.Replica(), n)
		}
	}
	if dropped := h.metrics.dropped[room.PolicyResync]; dropped != n+1 {
		h.t.Errorf("%d frames are counted as dropped, want %d", dropped, n+1)
	}
	ada.say(&wire.Say{ID: textID(2), Text: "and now?"})
	bob.wantTexts("afterwards", bob.got(), "and now?")
}

// In a crowd what is said in short succession is told together, the first at once.
func TestSaidInACrowd(t *testing.T) { talking(t, testSaidInACrowd) }
func testSaidInACrowd(h *house, talk *gossip) {
	all := h.crowd(100)
	h.settle()
	for _, g := range all {
		g.got()
	}
	before := len(all[9].sizes)
	for i := range 20 {
		all[i%5].say(&wire.Say{ID: textID(byte(i)), Text: fmt.Sprint(i)})
	}
	if n := len(of(wire.KindSaid, all[9].got())); n != 1 {
		h.t.Errorf("%d are told at once, want the first one", n)
	}
	time.Sleep(time.Millisecond) // a crowd of a hundred hears each millisecond
	synctest.Wait()
	if n, sent := len(of(wire.KindSaid, all[9].got())), len(all[9].sizes)-before; n != 19 || sent != 2 {
		h.t.Errorf("then %d more are told, in %d messages, want 19 in 2", n, sent)
	}
}

// Many come at once: each is told once how its conversations stand, after who is here.
func TestW89TalksOfACrowd(t *testing.T) { talking(t, testW89TalksOfACrowd) }
func testW89TalksOfACrowd(h *house, talk *gossip) {
	const n = 200
	for _, g := range h.crowd(n) {
		list := g.got()
		talks, before := 0, uint32(0)
		for _, f := range list {
			switch {
			case f.kind == wire.KindTalks:
				talks++
			case f.kind == wire.KindJoined && talks == 0:
				before++
			}
		}
		if self := own(h.t, list); talks != 1 || before < self-1 {
			h.t.Fatalf("member %d is told %d times, after %d others", self, talks, before)
		}
	}
	if talk.asked != n {
		h.t.Errorf("Talks was made %d times for %d members", talk.asked, n)
	}
}

// A Said is encoded once, and the same bytes go to all.
func TestSaidIsEncodedOnce(t *testing.T) { talking(t, testSaidIsEncodedOnce) }
func testSaidIsEncodedOnce(h *house, _ *gossip) {
	pipe := func() (conn.Conn, conn.Conn) { return conn.Pipe() }
	a, b := h.enterBy(pipe, 1), h.enterBy(pipe, 2)
	a.got()
	b.got()
	frame := message(&wire.Said{Texts: []wire.Text{{Text: "once"}}})
	before := bytes.Clone(frame)
	h.hub.TellBoard("b", frame)
	h.hub.TellBoard("nobody-is-there", frame)
	h.hub.TellPerson(wire.Person{1}, frame)
	a.wantKinds("of one frame", wire.KindSaid)
	b.wantKinds("of one frame", wire.KindSaid)
	if !bytes.Equal(frame, before) {
		h.t.Error("the frame was written to")
	}
}
