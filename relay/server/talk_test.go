package server

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"edgeboard/relay/auth"
	"edgeboard/shared/board"
	"edgeboard/shared/wire"
)

// comes says Hello with a secret, and returns what the Welcome says.
func (g *guest) comes(name, secret string) wire.Welcome {
	g.t.Helper()
	g.say(wire.AppendFrame(nil, 0, &wire.Hello{Version: wire.Version, Board: name, Replica: uint64(g.doc.Replica()), Secret: secret, Name: "the one with " + secret[:3]}))
	return g.welcome()
}

// says says something, and expects it to be stored, or refused for a reason.
func (g *guest) says(s wire.Say, why uint32) {
	g.t.Helper()
	g.say(wire.AppendFrame(nil, 0, &s))
	g.until("an answer to "+s.Text, func(f wire.Frame) (answered bool) {
		var said wire.Said
		if f.Kind != wire.KindSaid || said.Parse(f.Body) != nil {
			return false
		}
		for _, id := range said.Stored {
			if answered = answered || id == s.ID; answered && why != 0 {
				g.t.Errorf("%q is stored, want it refused with %d", s.Text, why)
			}
		}
		for _, r := range said.Refused {
			if answered = answered || r.ID == s.ID; answered && (r.Why != why || r.Reason == "") {
				g.t.Errorf("%q is refused with %+v, want %d", s.Text, r, why)
			}
		}
		return answered
	})
}

// hears waits until it is told of a message as it is then.
func (g *guest) hears(what string, as func(wire.Text) bool) (with wire.Person) {
	g.t.Helper()
	g.until(what, func(f wire.Frame) bool {
		var said wire.Said
		if f.Kind != wire.KindSaid || said.Parse(f.Body) != nil {
			return false
		}
		for _, t := range said.Texts {
			if as(t) {
				with = said.With
				return true
			}
		}
		return false
	})
	return with
}

// recalls asks for messages, and returns their texts.
func (g *guest) recalls(q wire.Recall) (texts []string) {
	g.t.Helper()
	q.Ask = 77
	g.say(wire.AppendFrame(nil, 0, &q))
	g.until("an answer", func(f wire.Frame) bool {
		var said wire.Said
		if f.Kind != wire.KindSaid || said.Parse(f.Body) != nil || said.Answers != q.Ask {
			return false
		}
		for _, t := range said.Texts {
			texts = append(texts, t.Text)
		}
		return true
	})
	return texts
}

func reads(text string) func(wire.Text) bool {
	return func(t wire.Text) bool { return t.Text == text }
}

// Ann and Bob talk on a board and with each other. The next relay on the same folder
// has all of it, knows them again, and tells Ann what she has not read. Nobody ever
// sees a secret.
func TestPeopleTalk(t *testing.T) {
	const annSecret, bobSecret = "ann's secret, which is long", "bob's secret, which is long"
	data := t.TempDir()
	r, log := logged(t, Config{Data: data})
	ann, bob := r.dial(1), r.dial(2)
	annIs := ann.comes("plans", annSecret).Person
	bobIs := bob.comes("elsewhere", bobSecret).Person
	bobHere := r.dial(3)
	bobHere.comes("plans", bobSecret)

	ann.says(wire.Say{ID: wire.TextID{1}, Text: "Shall we? 界面"}, 0)
	bobHere.hears("what Ann says", reads("Shall we? 界面"))
	bob.says(wire.Say{ID: wire.TextID{2}, With: annIs, Text: "Not today"}, 0)
	if with := ann.hears("what Bob says from elsewhere", reads("Not today")); with != bobIs {
		t.Errorf("Ann hears it from %v, want Bob, %v", with, bobIs)
	}
	bobHere.says(wire.Say{ID: wire.TextID{3}, What: wire.SayReact, About: wire.TextID{1}, Text: "👍"}, 0)
	ann.hears("Bob's sign", func(t wire.Text) bool { return len(t.Reactions) == 1 && t.Reactions[0].Persons[0] == bobIs })
	bobHere.says(wire.Say{ID: wire.TextID{4}, What: wire.SayEdit, About: wire.TextID{1}, Text: "No!"}, wire.RefusedRole)
	bobHere.says(wire.Say{ID: wire.TextID{5}, Text: "\u200b \n"}, wire.RefusedText)
	r.end()

	r, again := logged(t, Config{Data: data})
	ann = r.dial(4)
	ann.say(wire.AppendFrame(nil, 0, &wire.Hello{Version: wire.Version, Board: "plans", Replica: 4, Secret: annSecret}))
	var talks wire.Talks
	ann.until("how the conversations stand", func(f wire.Frame) bool { return f.Kind == wire.KindTalks && talks.Parse(f.Body) == nil })
	if len(talks.List) != 2 || talks.List[0].Unread != 0 || talks.List[1].With != bobIs || talks.List[1].Unread != 1 || talks.List[1].Name != "the one with bob" {
		t.Errorf("Ann is told %+v; want a board's conversation of her own words, and one of Bob's", talks.List)
	}
	for q, want := range map[wire.Recall]string{
		{}:                         "Shall we? 界面",
		{With: bobIs}:              "Not today",
		{Find: "界面"}:               "Shall we? 界面",
		{With: bobIs, Find: "TOD"}: "Not today",
	} {
		if got := ann.recalls(q); len(got) != 1 || got[0] != want {
			t.Errorf("%+v is answered by %q, want %q", q, got, want)
		}
	}
	eve := r.dial(5)
	eve.comes("plans", "eve's secret, which is long")
	if got := eve.recalls(wire.Recall{With: bobIs}); len(got) != 0 {
		t.Errorf("Eve recalls %q of what Ann and Bob have said to each other", got)
	}
	r.end()

	for _, secret := range []string{annSecret, bobSecret} {
		if strings.Contains(log.String()+again.String(), secret) {
			t.Error("a secret is in the log")
		}
		files, err := filepath.Glob(filepath.Join(data, "*"))
		if err != nil || len(files) == 0 {
			t.Fatal(files, err)
		}
		for _, name := range files {
			if b, err := os.ReadFile(name); err == nil && bytes.Contains(b, []byte(secret)) {
				t.Errorf("a secret is in %s", name)
			}
		}
	}
}

// Who may say and take back what, where the relay knows its people: they are known by
// their tokens, whatever secret comes with them.
func TestW86RolesInTalk(t *testing.T) {
	o := keyed(t)
	person := map[auth.Role]*guest{}
	for role := auth.Viewer; role <= auth.Owner; role++ {
		g := o.dial(board.Replica(role))
		g.show("b", o.token("the "+role.String(), role)).welcome()
		person[role] = g
	}
	commenter, viewer := person[auth.Commenter], person[auth.Viewer]
	viewer.says(wire.Say{ID: wire.TextID{1}, Text: "me too"}, wire.RefusedRole)
	commenter.says(wire.Say{ID: wire.TextID{2}, Text: "a word"}, 0)
	viewer.hears("what is said", reads("a word"))
	if got := viewer.recalls(wire.Recall{}); len(got) != 1 {
		t.Errorf("a viewer recalls %q", got)
	}
	for _, c := range []struct {
		id   byte
		role auth.Role
		what uint32
		why  uint32
	}{
		{3, auth.Viewer, wire.SayDelete, wire.RefusedRole},
		{4, auth.Editor, wire.SayDelete, wire.RefusedRole},
		{5, auth.Owner, wire.SayEdit, wire.RefusedRole},
		{6, auth.Commenter, wire.SayEdit, 0},
		{7, auth.Owner, wire.SayDelete, 0},
		{8, auth.Commenter, wire.SayEdit, wire.RefusedAbout},
	} {
		person[c.role].says(wire.Say{ID: wire.TextID{c.id}, What: c.what, About: wire.TextID{2}, Text: "another word"}, c.why)
	}
	viewer.hears("that it was taken back", func(t wire.Text) bool { return t.ID == wire.TextID{2} && t.Deleted && t.Text == "" })

	again := o.dial(9)
	w := again.show("b", o.token("the commenter", auth.Editor)).welcome()
	again.says(wire.Say{ID: wire.TextID{9}, Text: "who is it?"}, 0)
	viewer.hears("the same person, who may do more", func(t wire.Text) bool { return t.Text == "who is it?" && t.Author == w.Person })
}
