package client_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"edgeboard/shared/board"
	"edgeboard/shared/client"
	chat "edgeboard/shared/talk"
	"edgeboard/shared/wire"
)

var (
	everybody = wire.Person{}
	ada       = wire.Person{1} // who the Session is for
	ben       = wire.Person{2}
)

// welcomeAda welcomes the Session as Ada, and tells how her conversations stand.
func (k *talk) welcomeAda(list ...wire.Talk) {
	k.t.Helper()
	w := k.welcomeFrame()
	w.Person = ada
	k.hear(w, &wire.Talks{List: list})
}

// adaTalk begins after that, the board's conversation open.
func adaTalk(t *testing.T, list ...wire.Talk) *talk {
	k := newTalk(t)
	k.s.OpenTalk(everybody)
	k.s.Open(k.now)
	k.sent()
	k.welcomeAda(list...)
	k.recalled()
	return k
}

// say says something to all on the board.
func (k *talk) say(text string) wire.TextID {
	k.t.Helper()
	id, err := k.s.Say(k.now, everybody, text, wire.TextID{}, nil)
	if err != nil {
		k.t.Fatalf("saying %q: %v", text, err)
	}
	return id
}

// parsed returns the frames of one kind that the Session has sent, parsed.
func parsed[M any, P interface {
	*M
	wire.Message
}](k *talk, list []frame) (all []M) {
	k.t.Helper()
	kind := P(new(M)).Kind()
	for _, f := range list {
		if f.kind != kind {
			continue
		}
		var m M
		if err := P(&m).Parse(f.body); err != nil {
			k.t.Fatal(err)
		}
		all = append(all, m)
	}
	return all
}

// recalled lets the relay answer every Recall with the texts given, and nothing more.
func (k *talk) recalled(texts ...wire.Text) (asked []wire.Recall) {
	k.t.Helper()
	for _, q := range parsed[wire.Recall](k, k.sent()) {
		asked = append(asked, q)
		k.hear(&wire.Said{With: q.With, Answers: q.Ask, Texts: texts})
	}
	return asked
}

// text is what the relay tells of a message.
func text(author wire.Person, stamp wire.Stamp, id wire.TextID, words string) wire.Text {
	return wire.Text{ID: id, Author: author, Stamp: stamp, Changed: stamp, Text: words}
}

func name(n byte) wire.TextID { return wire.TextID{15: n} }

// wantTalk expects a conversation to show messages, and behind them drafts, each with
// how far it has come.
func (k *talk) wantTalk(when string, with wire.Person, want ...string) {
	k.t.Helper()
	var got []string
	s := k.s.Talk(with).Around(chat.Tail)
	for _, t := range s.Texts {
		got = append(got, t.Text)
	}
	for _, d := range s.Drafts {
		got = append(got, d.Text+[]string{" waits", " is sent", " is stored", " is refused"}[d.State])
	}
	if !slices.Equal(got, want) {
		k.t.Errorf("%s: the conversation is %q, want %q", when, got, want)
	}
}

func texts(list []wire.Say) (words []string) {
	for _, s := range list {
		words = append(words, s.Text)
	}
	return words
}

// What is written without a relay is sent when there is one, in its order, and becomes
// one message of all.
func TestSay(t *testing.T) {
	k := newTalk(t)
	k.s.OpenTalk(everybody)
	a, b := k.say("a"), k.say("b")
	k.wantTalk("offline", everybody, "a waits", "b waits")
	if st := k.s.Status(); st.Unsaid != 2 {
		t.Errorf("the status says that %d are unsaid", st.Unsaid)
	}
	k.s.Open(k.now)
	k.wantKinds("on Open", k.sent(), wire.KindHello)
	k.welcomeAda()
	sent := k.sent()
	k.wantKinds("after Welcome", sent, wire.KindRecall, wire.KindSay, wire.KindSay)
	says := parsed[wire.Say](k, sent)
	if !slices.Equal(texts(says), []string{"a", "b"}) || says[0].ID != a || says[0].Time != uint64(k.now.UnixMilli()) {
		t.Errorf("sent: %+v", says)
	}
	q := parsed[wire.Recall](k, sent)[0]
	k.hear(&wire.Said{Answers: q.Ask, Texts: []wire.Text{text(ben, 10, name(1), "hello")}})
	k.wantTalk("sent", everybody, "hello", "a is sent", "b is sent")
	k.hear(&wire.Said{Stored: []wire.TextID{a}})
	k.wantTalk("the first is stored", everybody, "hello", "a is stored", "b is sent")
	k.hear(&wire.Said{Texts: []wire.Text{text(ada, 20, a, "a"), text(ada, 30, b, "b")}})
	k.wantTalk("both are told to all", everybody, "hello", "a", "b")
	k.hear(&wire.Said{Stored: []wire.TextID{b}}) // it says nothing new
	if st := k.s.Status(); st.Unsaid != 0 {
		t.Errorf("in the end %d are unsaid", st.Unsaid)
	}
	k.wantKinds("in the end", k.sent())
}

// Whatever gets lost, each is said once: it is repeated until the relay says that it
// has it, by the same name.
func TestSayAgainAfterLoss(t *testing.T) {
	k := adaTalk(t)
	a, b := k.say("a"), k.say("b")
	if got := texts(parsed[wire.Say](k, k.sent())); !slices.Equal(got, []string{"a", "b"}) {
		t.Errorf("sent %q", got)
	}
	k.hear(&wire.Said{Stored: []wire.TextID{a}})
	k.s.Lost()
	k.wantTalk("after the loss", everybody, "a is stored", "b waits")
	k.say("c")
	k.s.Open(k.now)
	k.sent()
	k.welcomeAda(wire.Talk{Last: 30, Changed: 30})
	sent := k.sent()
	says := parsed[wire.Say](k, sent)
	if !slices.Equal(texts(says), []string{"b", "c"}) || says[0].ID != b {
		t.Errorf("sent again: %+v", says)
	}
	q := parsed[wire.Recall](k, sent)[0]
	if q.What != wire.RecallChanged {
		t.Errorf("it recalls %+v, want what has changed", q)
	}
	// The relay had stored b too.
	k.hear(&wire.Said{Answers: q.Ask, Texts: []wire.Text{text(ada, 20, a, "a"), text(ada, 30, b, "b")}})
	k.wantTalk("when what was missed has come", everybody, "a", "b", "c is sent")
	k.hear(&wire.Said{Stored: []wire.TextID{b}})

	// A relay that has dropped frames welcomes again: what is not stored is repeated.
	k.welcomeAda(wire.Talk{Last: 30, Changed: 30})
	if got := texts(parsed[wire.Say](k, k.sent())); !slices.Equal(got, []string{"c"}) {
		t.Errorf("after a second Welcome it says %q, want what is not stored", got)
	}
}

func TestSayRefused(t *testing.T) {
	k := adaTalk(t)
	id := k.say("about nothing")
	k.sent()
	k.hear(&wire.Said{Refused: []wire.Refusal{{ID: id, Why: wire.RefusedAbout, Reason: "it was taken back"}}})
	k.wantTalk("refused", everybody, "about nothing is refused")
	d := k.s.Talk(everybody).Around(chat.Tail).Drafts[0]
	if d.Why != wire.RefusedAbout || d.Reason != "it was taken back" || k.s.Status().Unsaid != 0 {
		t.Errorf("the draft is %+v, the status %+v", d, k.s.Status())
	}
	k.welcomeAda()
	if got := parsed[wire.Say](k, k.sent()); len(got) > 0 {
		t.Errorf("what was refused is sent again: %+v", got)
	}
	if k.s.Discard(name(9)) {
		t.Error("what was never said is discarded")
	}
	again, err := k.s.Again(k.now, id)
	if err != nil || again == id {
		t.Errorf("said again as %v, %v", again, err)
	}
	if got := parsed[wire.Say](k, k.sent()); len(got) != 1 || got[0].ID != again {
		t.Errorf("sent %+v, want it once more by another name", got)
	}
	if k.s.Discard(again) {
		t.Error("what is under way is discarded")
	}
	k.hear(&wire.Said{Refused: []wire.Refusal{{ID: again, Why: wire.RefusedAbout}, {ID: name(77)}}})
	if !k.s.Discard(again) {
		t.Error("what was refused cannot be discarded")
	}
	k.wantTalk("discarded", everybody)
}

// Changes of messages are queued as messages are, and stand with what they change.
func TestEditDeleteReact(t *testing.T) {
	k := adaTalk(t)
	id := name(1)
	k.hear(&wire.Said{Texts: []wire.Text{text(ada, 10, id, "frist")}})
	for _, err := range []error{
		k.s.Edit(k.now, everybody, id, "first", nil), k.s.React(k.now, everybody, id, "👍", true),
		k.s.React(k.now, everybody, id, "👍", false), k.s.Delete(k.now, everybody, id),
	} {
		if err != nil {
			t.Error(err)
		}
	}
	log := k.s.Talk(everybody)
	if n := len(log.Changes(id)); n != 4 {
		t.Errorf("%d changes are under way, want 4", n)
	}
	k.wantTalk("while they are under way", everybody, "frist")
	says := parsed[wire.Say](k, k.sent())
	var whats []uint32
	var ids []wire.TextID
	for _, s := range says {
		whats, ids = append(whats, s.What), append(ids, s.ID)
		if s.About != id {
			t.Errorf("a change is about %v", s.About)
		}
	}
	if want := []uint32{wire.SayEdit, wire.SayReact, wire.SayUnact, wire.SayDelete}; !slices.Equal(whats, want) {
		t.Errorf("sent %v, want %v", whats, want)
	}
	k.hear(&wire.Said{Stored: ids})
	if n := len(log.Changes(id)); n != 0 {
		t.Errorf("%d changes are under way when all are stored", n)
	}
	gone := text(ada, 10, id, "")
	gone.Changed, gone.Deleted = 50, true
	k.hear(&wire.Said{Texts: []wire.Text{gone}})
	if !log.Text(id).Deleted {
		t.Error("the message is still there")
	}
}

func TestSayWhatCannotBeSaid(t *testing.T) {
	k := adaTalk(t)
	for _, test := range []struct {
		why, text string
		with      wire.Person
		want      error
	}{
		{"nothing", " \u200b", everybody, chat.ErrEmpty},
		{"too much", strings.Repeat("x", wire.MaxText+1), everybody, chat.ErrLong},
		{"to oneself", "x", ada, client.ErrSelf},
	} {
		if _, err := k.s.Say(k.now, test.with, test.text, wire.TextID{}, nil); !errors.Is(err, test.want) {
			t.Errorf("%s: %v, want %v", test.why, err, test.want)
		}
	}
	k.wantKinds("of what cannot be said", k.sent())
	k.s.Lost()
	n := 0
	for ; n < 5000; n++ {
		if _, err := k.s.Say(k.now, everybody, "x", wire.TextID{}, nil); err != nil {
			if !errors.Is(err, client.ErrOutbox) {
				t.Error(err)
			}
			break
		}
	}
	if n != 1000 {
		t.Errorf("%d messages wait, want at most 1000", n)
	}
}

// A viewer says nothing; what was written before waits until the person may say it.
func TestW65ViewerSaysNothing(t *testing.T) {
	k := adaTalk(t)
	k.as(wire.RoleViewer)
	if _, err := k.s.Say(k.now, everybody, "x", wire.TextID{}, nil); !errors.Is(err, client.ErrRole) {
		t.Errorf("a viewer who says something: %v", err)
	}
	k.s.Typing(k.now, everybody)
	k.as(wire.RoleCommenter)
	k.s.Lost()
	k.say("from before")
	k.s.Open(k.now)
	k.sent()
	if got := parsed[wire.Say](k, k.as(wire.RoleViewer)); len(got) > 0 {
		t.Errorf("a viewer has said %+v", got)
	}
	if got := parsed[wire.Say](k, k.as(wire.RoleCommenter)); len(got) != 1 {
		t.Errorf("a commenter again, it has said %+v", got)
	}
}

// Who comes back with much to say goes on being heard: it does not say more than the
// relay reads at once.
func TestSayRate(t *testing.T) {
	k := newTalk(t)
	for i := range 150 {
		k.say(fmt.Sprint(i))
	}
	k.s.Open(k.now)
	k.sent()
	k.welcomeAda()
	n := len(parsed[wire.Say](k, k.sent()))
	if n < 100 || n > wire.SayBurst {
		t.Errorf("%d are said at once", n)
	}
	begin := k.now
	for n < 150 && k.now.Sub(begin) < time.Minute {
		k.now = k.s.Deadline()
		if err := k.s.Tick(k.now); err != nil {
			t.Fatal(err)
		}
		n += len(parsed[wire.Say](k, k.sent()))
		k.hear() // the relay is there
	}
	if took := k.now.Sub(begin); n != 150 || took > 6*time.Second {
		t.Errorf("%d were said within %v, want 150 at %d a second", n, took, wire.SayRate)
	}
}

// How far a person has read is known at once here, at most every two seconds to the
// relay, and never goes back.
func TestMarks(t *testing.T) {
	k := newTalk(t)
	k.s.Open(k.now)
	k.sent()
	k.welcomeAda(wire.Talk{Last: 50, Changed: 50, Unread: 5}, wire.Talk{With: ben, Name: "Ben", Last: 20, Changed: 20, Unread: 1})
	if n := k.s.Unread(); n != 6 {
		t.Errorf("%d are unread, want 6", n)
	}
	k.saw(client.MarksChanged)
	k.s.Mark(ben, 20)
	if n := k.s.Unread(); n != 5 || !k.saw(client.MarksChanged) {
		t.Errorf("%d are unread when Ben's is read, want 5", n)
	}
	wantMarks := func(when string, want ...wire.Mark) {
		t.Helper()
		if got := parsed[wire.Mark](k, k.sent()); !slices.Equal(got, want) {
			t.Errorf("%s the marks %v are sent, want %v", when, got, want)
		}
	}
	wantMarks("at once", wire.Mark{With: ben, Stamp: 20})
	k.s.Mark(everybody, 30)
	k.s.Mark(everybody, 40)
	k.s.Mark(everybody, 35)
	wantMarks("within two seconds")
	k.now = k.s.Deadline()
	k.s.Tick(k.now)
	wantMarks("afterwards", wire.Mark{Stamp: 40})
	k.s.Mark(everybody, 50)
	k.s.MarkNow()
	wantMarks("when the person looks away", wire.Mark{Stamp: 50})

	// In another tab the same person reads on; Ben has read.
	k.hear(&wire.Said{Texts: []wire.Text{text(ben, 60, name(6), "new")}}, &wire.Said{With: ben, Texts: []wire.Text{text(ben, 70, name(7), "news")}})
	if n := k.s.Unread(); n != 2 {
		t.Errorf("%d are unread, want the two new ones", n)
	}
	k.hear(&wire.Mark{Person: ada, Stamp: 60}, &wire.Mark{Person: ben, With: ada, Stamp: 65}, &wire.Mark{Person: wire.Person{9}, Stamp: 60})
	if n := k.s.Unread(); n != 1 {
		t.Errorf("%d are unread when one was read in another tab, want 1", n)
	}
	if list := k.s.Talks(); list[1].With != ben || list[1].Seen != 65 || list[0].Read != 60 {
		t.Errorf("the conversations stand as %+v", list)
	}

	// The last mark may have been lost.
	k.s.Mark(ben, 70)
	k.sent()
	k.s.Lost()
	k.s.Open(k.now)
	k.sent()
	k.now = k.now.Add(2 * time.Second)
	k.s.Tick(k.now)
	k.welcomeAda(wire.Talk{Last: 60, Changed: 60, Read: 60}, wire.Talk{With: ben, Last: 70, Changed: 70, Read: 20, Unread: 1})
	if n := k.s.Unread(); n != 0 {
		t.Errorf("%d are unread that were read before the loss", n)
	}
	wantMarks("when the relay has not heard", wire.Mark{With: ben, Stamp: 70})
}

func TestTyping(t *testing.T) {
	k := adaTalk(t)
	typed := func(when string, want ...wire.Typing) {
		t.Helper()
		if got := parsed[wire.Typing](k, k.sent()); !slices.Equal(got, want) {
			t.Errorf("%s %v is told, want %v", when, got, want)
		}
	}
	for range 50 { // five seconds of keys
		k.s.Typing(k.now, everybody)
		k.now = k.now.Add(100 * time.Millisecond)
	}
	typed("in five seconds of writing", wire.Typing{}, wire.Typing{})
	k.s.StopTyping(k.now)
	k.s.StopTyping(k.now)
	typed("who stops", wire.Typing{Stopped: true})
	k.now = k.now.Add(time.Second)
	k.s.Typing(k.now, ben)
	k.say("to all")
	k.s.StopTyping(k.now)
	typed("who writes to Ben, and stops,", wire.Typing{With: ben}, wire.Typing{With: ben, Stopped: true})
	k.now = k.now.Add(2 * time.Second)
	k.s.Typing(k.now, everybody)
	k.say("done")
	k.s.StopTyping(k.now)
	typed("who says it need not stop", wire.Typing{})

	wantTypists := func(when string, with wire.Person, want ...wire.Person) {
		t.Helper()
		if got := k.s.Typists(with); !slices.Equal(got, want) {
			t.Errorf("%s %v writes, want %v", when, got, want)
		}
	}
	cy := wire.Person{3}
	k.saw(client.TypingChanged)
	k.hear(&wire.Typing{Member: 4, Person: ben}, &wire.Typing{Member: 5, Person: cy}, &wire.Typing{With: ada, Member: 5, Person: cy}, &wire.Typing{Member: 6, Person: ada})
	if !k.saw(client.TypingChanged) {
		t.Error("nobody was told who writes")
	}
	wantTypists("to all", everybody, ben, cy)
	wantTypists("to Ada alone", cy, cy)
	k.hear(&wire.Typing{With: ada, Member: 5, Person: cy, Stopped: true})
	wantTypists("when Cy has stopped", cy)
	k.hear(&wire.Said{Texts: []wire.Text{text(ben, 10, name(1), "done")}})
	wantTypists("when Ben has said it", everybody, cy)
	k.now = k.now.Add(5 * time.Second)
	k.hear(&wire.Typing{Member: 5, Person: cy})
	k.now = k.now.Add(5 * time.Second)
	k.s.Tick(k.now)
	wantTypists("while it is repeated", everybody, cy)
	k.now = k.now.Add(time.Second)
	if at := k.s.Deadline(); at.After(k.now) {
		t.Errorf("it wants to be told the time in %v", at.Sub(k.now))
	}
	k.s.Tick(k.now)
	wantTypists("after six seconds", everybody)
	if !k.saw(client.TypingChanged) {
		t.Error("nobody was told that nobody writes")
	}
}

// Somebody with three tabs is one person, who is away when no tab is looked at.
func TestPersons(t *testing.T) {
	k := newTalk(t)
	k.s.Open(k.now)
	k.sent()
	k.welcomeAda()
	k.hear(
		&wire.Joined{Member: 2, Name: "Ben", Color: 1, Person: ben, Device: wire.DeviceComputer, Away: true},
		&wire.Joined{Member: 3, Name: "Cy", Person: wire.Person{3}, Device: wire.DeviceTablet},
		&wire.Joined{Member: 4, Name: "Ben B.", Color: 2, Person: ben, Device: wire.DevicePhone},
		&wire.Joined{Member: 5, Name: "Ben", Color: 1, Person: ben, Device: wire.DeviceComputer, Away: true},
		&wire.Joined{Member: 6, Name: "Ada", Person: ada, Device: 99},
		&wire.Joined{Member: 7, Name: "old"}, &wire.Joined{Member: 8, Name: "old"},
	)
	show := func() (list []string) {
		for _, p := range k.s.Persons() {
			list = append(list, fmt.Sprint(p.Name, " ", p.Color, " ", p.Devices, " ", len(p.Members), " ", p.Away))
		}
		return list
	}
	want := []string{"Ben B. 2 [1 2] 3 false", "Cy 0 [3] 1 false", "old 0 [0] 1 false", "old 0 [0] 1 false"}
	if got := show(); !slices.Equal(got, want) {
		t.Errorf("here are %q, want %q", got, want)
	}
	if k.s.Members()[6].Device != wire.DeviceUnknown {
		t.Error("a device of a later version is known")
	}
	k.hear(&wire.Joined{Member: 4, Name: "Ben B.", Color: 2, Person: ben, Device: wire.DevicePhone, Away: true}, &wire.Left{Member: 3})
	if got := show(); !strings.HasPrefix(got[0], "Ben 1 [1 2] 3 true") || len(got) != 3 {
		t.Errorf("here are %q, want Ben, who is away, and two of whom nothing is known", got)
	}
}

func TestAway(t *testing.T) {
	k := &talk{t: t, doc: board.New(ownReplica), relay: board.New(0), now: time.UnixMilli(1_000_000)}
	k.s = client.NewSession(client.Config{Board: "b", Doc: k.doc, Name: "Ada", Secret: "0123456789abcdef", Device: wire.DevicePhone})
	k.s.SetAway(true)
	k.s.Open(k.now)
	if h := parsed[wire.Hello](k, k.sent())[0]; h.Secret != "0123456789abcdef" || h.Device != wire.DevicePhone {
		t.Errorf("Hello is %+v", h)
	}
	k.welcomeAda()
	if k.s.Person() != ada {
		t.Errorf("it is %v", k.s.Person())
	}
	want := func(when string, away ...bool) {
		t.Helper()
		var got []bool
		for _, p := range parsed[wire.Profile](k, k.sent()) {
			got = append(got, p.Away)
		}
		if !slices.Equal(got, away) {
			t.Errorf("%s it says away %v, want %v", when, got, away)
		}
	}
	want("after Welcome", true)
	k.s.SetAway(true)
	want("away already")
	k.s.SetAway(false)
	want("back", false)
	k.s.Lost()
	k.s.Open(k.now)
	k.sent()
	k.welcomeAda()
	want("here on the next connection")
}

// Conversations are opened, scrolled, searched and closed.
func TestTalks(t *testing.T) {
	var heard []string
	k := &talk{t: t, doc: board.New(ownReplica), relay: board.New(0), now: time.UnixMilli(1_000_000)}
	k.s = client.NewSession(client.Config{Board: "b", Doc: k.doc, Said: func(with wire.Person, x *wire.Text) {
		heard = append(heard, fmt.Sprint(with[0], " ", x.Text))
	}})
	k.s.Open(k.now)
	k.sent()
	k.welcomeAda(wire.Talk{Last: 10, Changed: 10})
	k.wantKinds("with nothing open", k.sent())

	// Ben writes for the first time.
	news := text(ben, 100, name(1), "psst")
	news.Name = "Ben"
	k.hear(&wire.Said{With: ben, Texts: []wire.Text{news}})
	list := k.s.Talks()
	if len(list) != 2 || list[1].With != ben || list[1].Name != "Ben" || list[1].Unread != 1 || list[1].Last != 100 {
		t.Errorf("the conversations are %+v, want Ben's too", list)
	}
	if k.s.Talk(ben) != nil {
		t.Error("a conversation is held that nobody has opened")
	}
	k.s.OpenTalk(ben)
	if !k.s.Recalling(ben) {
		t.Error("nothing is recalled")
	}
	q := parsed[wire.Recall](k, k.sent())
	if len(q) != 1 || q[0].With != ben || q[0].What != wire.RecallBefore || q[0].Stamp != 0 {
		t.Fatalf("it recalls %+v", q)
	}
	k.hear(&wire.Said{With: ben, Answers: 999, Texts: []wire.Text{text(ben, 7, name(7), "nobody asked")}})
	k.hear(&wire.Said{With: ben, Answers: q[0].Ask, Texts: []wire.Text{text(ben, 100, name(1), "psst")}, More: true})
	k.wantTalk("opened", ben, "psst")
	if k.s.Recalling(ben) {
		t.Error("all was answered")
	}

	// Somebody scrolls back, and searches, when the connection goes.
	for range 2 {
		if !k.s.Earlier(ben, chat.Tail) {
			t.Error("there is nothing before the last page")
		}
	}
	var found []string
	find := func(words string) {
		k.s.Find(ben, words, chat.Tail, func(texts []wire.Text, more bool) { found = append(found, fmt.Sprint(words, " ", len(texts), more)) })
	}
	find("first")
	find("second")
	if got := len(parsed[wire.Recall](k, k.sent())); got != 3 {
		t.Errorf("%d questions are asked, want the page once and two searches", got)
	}
	k.s.Lost()
	k.s.Open(k.now)
	k.sent()
	k.welcomeAda(wire.Talk{Last: 10, Changed: 10}, wire.Talk{With: ben, Last: 100, Changed: 100})
	asked := k.recalled(text(ben, 50, name(5), "earlier"))
	if len(asked) != 2 || asked[0].Stamp != 100 || asked[1].Find != "second" {
		t.Errorf("on the next connection it asks %+v", asked)
	}
	k.wantTalk("scrolled back", ben, "earlier", "psst")
	if !slices.Equal(found, []string{"second 1 false"}) {
		t.Errorf("found %q, want what was searched for last", found)
	}
	k.s.Find(ben, "", chat.Tail, nil)
	if k.s.Earlier(ben, chat.Tail) || k.s.Jump(ben, 70) || k.s.Later(ben, chat.Tail) {
		t.Error("all is known, and something is recalled")
	}
	k.wantKinds("when all is known", k.sent())

	k.s.CloseTalk(ben)
	if k.s.Talk(ben) != nil || k.s.Earlier(ben, chat.Tail) || k.s.Later(ben, 1) || k.s.Jump(ben, 1) {
		t.Error("what is closed is held")
	}
	for i := range byte(client.MaxOpen + 5) {
		k.s.OpenTalk(wire.Person{100 + i})
	}
	if k.s.Talk(wire.Person{100}) != nil || k.s.Talk(wire.Person{100 + client.MaxOpen}) == nil {
		t.Error("the first ones are held, or the last ones are not")
	}
	k.hear(&wire.Said{Texts: []wire.Text{text(ada, 200, name(20), "own"), text(ben, 210, name(21), "public")}})
	edit := text(ben, 210, name(21), "public, edited")
	edit.Changed = 220
	k.hear(&wire.Said{Texts: []wire.Text{edit}})
	if want := []string{"2 psst", "0 public"}; !slices.Equal(heard, want) {
		t.Errorf("heard %q, want %q", heard, want)
	}
}

// What the relay cannot read it does not answer: pages are asked for again, a search
// is given up.
func TestW88RecallIsNotAnswered(t *testing.T) {
	k := adaTalk(t)
	k.s.OpenTalk(ben)
	k.s.Jump(ben, 50)
	var found []bool
	k.s.Find(everybody, "words", chat.Tail, func(texts []wire.Text, more bool) { found = append(found, more && len(texts) == 0) })
	first := parsed[wire.Recall](k, k.sent())
	begin := k.now
	var again []wire.Recall
	for len(again) == 0 && k.now.Sub(begin) < time.Minute {
		k.now = k.s.Deadline()
		k.s.Tick(k.now)
		again = parsed[wire.Recall](k, k.sent())
		k.hear(&wire.Pong{})
	}
	if len(again) != len(first)-1 || !slices.EqualFunc(again, first[:len(again)], func(a, b wire.Recall) bool { return a == b }) {
		t.Errorf("after %v it asks %+v again, want all of %+v but the search", k.now.Sub(begin), again, first)
	}
	if !slices.Equal(found, []bool{true}) {
		t.Errorf("the search was told %v, want once that there is more", found)
	}
}

// A client without a secret is somebody else each time: private conversations are not
// its own any more.
func TestTalksOfSomebodyElse(t *testing.T) {
	k := adaTalk(t, wire.Talk{With: ben, Last: 5, Changed: 5})
	k.s.OpenTalk(ben)
	k.recalled(text(ben, 5, name(5), "to Ada"))
	k.wantTalk("as Ada", ben, "to Ada")
	k.s.Lost()
	k.s.Open(k.now)
	k.sent()
	w := k.welcomeFrame()
	w.Person = wire.Person{77}
	k.hear(w, &wire.Talks{})
	k.recalled()
	k.wantTalk("as somebody else", ben)
	if len(k.s.Talks()) > 0 {
		t.Errorf("somebody else has the conversations %+v", k.s.Talks())
	}
}

// What one person has written is not said by another one who uses the device, nor shown
// to them: it waits for the first to be back.
func TestSaysOfTwoPersons(t *testing.T) {
	k := newTalk(t)
	k.s = client.NewSession(client.Config{Board: "plan", Doc: board.New(7), Secret: "a secret of the device"})
	k.s.OpenTalk(everybody)
	come := func(p wire.Person) (said []string) {
		k.s.Open(k.now)
		w := k.welcomeFrame()
		w.Person = p
		k.hear(w, &wire.Talks{})
		sent := k.sent()
		for _, q := range parsed[wire.Recall](k, sent) {
			k.hear(&wire.Said{Answers: q.Ask})
		}
		return texts(parsed[wire.Say](k, sent))
	}
	come(ada)
	k.s.Lost()
	k.say("of Ada")
	if got := come(ben); len(got) > 0 || k.s.Status().Unsaid != 0 {
		t.Errorf("Ben says %q, and %d wait", got, k.s.Status().Unsaid)
	}
	k.wantTalk("as Ben", everybody)
	k.s.Lost()
	if got := come(ada); !slices.Equal(got, []string{"of Ada"}) {
		t.Errorf("Ada says %q", got)
	}
	k.wantTalk("as Ada", everybody, "of Ada is sent")
}

// What was written without a relay survives the program, in its order; what was
// stored is not said again, and what was refused is still there to be looked at.
func TestKeptSays(t *testing.T) { synctest.Test(t, testKeptSays) }
func testKeptSays(t *testing.T) {
	say := func(p *program, words ...string) {
		for _, w := range words {
			p.link.Do(func(s *client.Session) {
				if _, err := s.Say(time.Now(), everybody, w, wire.TextID{}, nil); err != nil {
					t.Error(err)
				}
			})
		}
		synctest.Wait()
	}
	h := newHome(t)
	first := h.offline()
	say(first, "a", "b")
	first.draw(1)
	say(first, "c")
	if st := first.status(); st.Unsaid != 3 || !st.Kept || !h.Unsent("b", 0) {
		t.Errorf("the status is %+v, want three that are unsaid, and kept", st)
	}
	h.kill(first)

	second, v := h.online()
	v.enter(board.New(0))
	sent := v.hear(wire.KindUpdate, wire.KindSay, wire.KindSay, wire.KindSay)
	k := &talk{t: t}
	says := parsed[wire.Say](k, sent)
	if !slices.Equal(texts(says), []string{"a", "b", "c"}) {
		t.Errorf("the next program says %q", texts(says))
	}
	v.say(&wire.Said{Stored: []wire.TextID{says[0].ID}, Refused: []wire.Refusal{{ID: says[1].ID, Why: wire.RefusedText, Reason: "no"}}})
	synctest.Wait()
	time.Sleep(2 * time.Second)
	h.kill(second)

	third, v := h.online()
	v.enter(board.New(0))
	if got := texts(parsed[wire.Say](k, v.hear(wire.KindUpdate, wire.KindSay))); !slices.Equal(got, []string{"c"}) {
		t.Errorf("the third program says %q, want what is not stored", got)
	}
	third.link.Do(func(s *client.Session) {
		d := s.OpenTalk(everybody).Around(chat.Tail).Drafts
		if len(d) != 2 || d[0].State != chat.Refused || d[0].Why != wire.RefusedText || d[0].Reason != "no" || d[1].State != chat.Sent {
			t.Errorf("the drafts are %+v", d)
		}
		s.Discard(d[0].ID)
	})
	v.say(&wire.Said{Stored: []wire.TextID{says[2].ID}})
	synctest.Wait()
	third.finish()
	fourth := h.offline()
	fourth.link.Do(func(s *client.Session) {
		if d := s.OpenTalk(everybody).Around(chat.Tail).Drafts; len(d) > 0 {
			t.Errorf("in the end the drafts are %+v", d)
		}
	})
	fourth.finish()
}

// Who has what was kept later says that first, if nothing was said yet.
func TestKeepSaysLater(t *testing.T) { synctest.Test(t, testKeepSaysLater) }
func testKeepSaysLater(t *testing.T) {
	h := newHome(t)
	say := func(p *stage, text string) {
		p.link.Do(func(s *client.Session) {
			if _, err := s.Say(time.Now(), everybody, text, wire.TextID{}, nil); err != nil {
				t.Error(err)
			}
		})
		synctest.Wait()
	}
	first := h.offline()
	say(first.stage, "before")
	first.finish()

	late := newStage(t)
	late.setDial(unreachable)
	late.run()
	say(late, "after")
	found := board.New(0)
	kept, err := client.Restore(t.Context(), h.Shelf("b"), found)
	if err != nil {
		t.Fatal(err)
	}
	late.link.Do(func(s *client.Session) {
		if err := s.Keep(time.Now(), kept, found); err != nil {
			t.Error(err)
		}
		if s.Status().Kept {
			t.Error("what was said is kept before it is written")
		}
	})
	synctest.Wait()
	if st := late.status(); st.Unsaid != 2 || !st.Kept {
		t.Errorf("the status is %+v, want two that are unsaid, and kept", st)
	}
	h.Crash()
	late.finish()
	again, v := h.online()
	v.enter(board.New(0))
	if got := texts(parsed[wire.Say](&talk{t: t}, v.hear(wire.KindSay, wire.KindSay))); !slices.Equal(got, []string{"before", "after"}) {
		t.Errorf("the next program says %q", got)
	}
	again.finish()
}

// What a program has not said that ends while another runs, the other says.
func TestKeptSaysAreInherited(t *testing.T) { synctest.Test(t, testKeptSaysAreInherited) }
func testKeptSaysAreInherited(t *testing.T) {
	h := newHome(t)
	first, second := h.offline(), h.start()
	first.link.Do(func(s *client.Session) {
		s.Say(time.Now(), everybody, "from the first", wire.TextID{}, nil)
	})
	synctest.Wait()
	second.run()
	v := <-second.visits
	v.enter(board.New(0))
	first.finish()
	for said := false; !said; {
		msg, err := v.Receive(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range parsed[wire.Say](&talk{t: t}, frames(t, msg)) {
			said = s.Text == "from the first"
		}
		for _, p := range parsed[wire.Ping](&talk{t: t}, frames(t, msg)) {
			v.say(&wire.Pong{Stamp: p.Stamp})
		}
	}
	second.finish()
	third := h.offline()
	if st := third.status(); st.Unsaid != 1 {
		t.Errorf("%d are unsaid that the relay has not stored, want one", st.Unsaid)
	}
	third.finish()
}
