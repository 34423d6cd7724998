package server

import (
	"bytes"
	"fmt"
	"net/http"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"edgeboard/relay/auth"
	"edgeboard/relay/room"
	"edgeboard/shared/board"
	"edgeboard/shared/wire"
)

// program is a token of a program that may send notices.
func (o *operator) program(subject string) string {
	o.t.Helper()
	return o.sign(&auth.Grant{Subject: subject, Notices: true, Issued: time.Now(), Until: time.Now().Add(time.Hour)})
}

// tells sends a notice, which so many people are told.
func (p *page) tells(token, body string, want int) {
	p.t.Helper()
	if a := p.ask("POST", "/api/notices", token, body).want(p.t, body, 202); a.Told != want {
		p.t.Errorf("%.200s: %d are told, want %d", body, a.Told, want)
	}
}

// A program tells somebody something, who is told at once, or after coming back; and what
// it says twice under one name is there once.
func TestNoticeToPeople(t *testing.T) {
	o := keyed(t)
	page, token := o.page(), o.program("build")
	ann := o.dial(1).show("lobby", o.token("ann", auth.Viewer))
	ann.welcome()
	id := board.ID{Replica: 300, Seq: 7}.Text()
	page.tells(token, `{"person":"ann","board":"plans","element":"`+id+`","title":"Build 7","text":"It is red.\nSee the log.","id":"build-7"}`, 1)
	news := ann.stands("she is told", 1)
	if len(news.Entries) != 1 {
		t.Fatalf("she is told %+v", news)
	}
	e := news.Entries[0]
	if e.What != wire.EntryProgram || e.Title != "Build 7" || e.Text != "It is red.\nSee the log." || e.Board != "plans" || e.Element != id || e.From != (wire.Person{}) || e.Name != "" {
		t.Errorf("the entry is %+v", e)
	}
	page.tells(token, `{"person":"ann","board":"plans","title":"Build 7","text":"It is green.","id":"build-7"}`, 1)
	page.tells(o.program("another"), `{"person":"ann","title":"Build 7","id":"build-7","kind":"notice"}`, 1)
	page.tells(token, `{"people":["ann","bob","ann"],"title":"Oven","text":"260 °C","kind":"alert"}`, 2) // one is named twice
	ann.wantInbox("ann", `5  Oven260 °C on ""`, `6  Build 7 on ""`, `6  Build 7It is green. on "plans"`)
	g := o.dial(2).show("lobby", o.token("bob", auth.Viewer))
	g.welcome()
	g.wantInbox("bob, who comes later", `5  Oven260 °C on ""`)
}

// A notice to a board is for all who have a role there, and all who are there now.
func TestNoticeToABoard(t *testing.T) {
	o := keyed(t)
	page, token := o.page(), o.program("build")
	root := o.token("root", auth.Owner)
	page.ask("PUT", "/api/boards/plans/people/cy", root, `{"role":"viewer"}`).want(t, "a role", 200)
	here := o.dial(1).show("plans", o.token("ann", auth.Viewer))
	here.welcome()
	tab := o.dial(2).show("plans", o.token("ann", auth.Viewer))
	tab.welcome()
	elsewhere := o.dial(3).show("lobby", o.token("bob", auth.Viewer))
	elsewhere.welcome()
	page.tells(token, `{"board":"plans","title":"Deployed"}`, 2) // ann, who is there twice, and cy
	here.wantInbox("who is there", `6  Deployed on "plans"`)
	elsewhere.wantInbox("who is elsewhere")
	cy := o.dial(4).show("lobby", o.token("cy", auth.Viewer))
	cy.welcome()
	cy.wantInbox("who has a role", `6  Deployed on "plans"`, `4  viewer on "plans"`)
	page.tells(token, `{"board":"nobodys","title":"Deployed"}`, 0)
}

// What is no notice is refused, in words that say what is missing; nobody is told.
func TestBadNotices(t *testing.T) {
	o := keyed(t, func(cfg *Config) { cfg.Limits.AddressRate = -1 })
	page, token := o.page(), o.program("build")
	many := `["x"` + strings.Repeat(`,"x"`, maxNoticePeople) + `]`
	for body, says := range map[string]string{
		``:                                "no JSON object",
		`[]`:                              "no JSON object",
		`null`:                            "whom it is for is missing",
		`{"person":`:                      "no JSON object",
		`{"person":"ann","title":"x"} {}`: "something follows",
		"{\"person\":\"ann\",\"title\":\"\xff\"}": "not UTF-8",
		`{"title":"x"}`:                              "whom it is for is missing",
		`{"person":"ann"}`:                           "needs a title or a text",
		`{"person":"ann","title":" \n"}`:             "needs a title or a text",
		`{"person":"ann","people":["b"],"text":"x"}`: "exclude each other",
		`{"people":[],"text":"x"}`:                   "nobody in it",
		`{"people":["ann",""],"text":"x"}`:           "a person is named",
		`{"people":["ann\n"],"text":"x"}`:            "a person is named",
		`{"people":"ann","text":"x"}`:                "people is no list of strings",
		`{"people":` + many + `,"text":"x"}`:         "more than 1000 entries",
		`{"person":7,"text":"x"}`:                    "person is no string",
		`{"person":"` + strings.Repeat("x", auth.MaxSubject+1) + `","text":"x"}`:   "a person is named",
		`{"person":"ann","text":"x","colour":"red"}`:                               `"colour" is not known`,
		`{"person":"ann","text":"x","kind":"mention"}`:                             "kind is notice or alert",
		`{"person":"ann","text":"x","board":"../plans"}`:                           "a board's name",
		`{"board":"_relay","text":"x"}`:                                            "a board's name",
		`{"person":"ann","text":"x","element":"1-1"}`:                              "an element is on a board",
		`{"person":"ann","text":"x","board":"b","element":"<b>"}`:                  "behind #e=",
		`{"person":"ann","title":"` + strings.Repeat("x", wire.MaxTitle+1) + `"}`:  "title has more than 160 bytes",
		`{"person":"ann","text":"` + strings.Repeat("x", wire.MaxExcerpt+1) + `"}`: "text has more than 400 bytes",
		`{"person":"ann","text":"x","id":"` + strings.Repeat("x", 256) + `"}`:      "id is a name",
		`{"person":"ann","text":"x","id":"a\u0000b"}`:                              "id is a name",
	} {
		if a := page.ask("POST", "/api/notices", token, body).want(t, body, 400); !strings.Contains(a.Error, says) {
			t.Errorf("%.100s is answered %q, want %q", body, a.Error, says)
		}
	}
	long := `{"person":"ann","text":"x","id":"` + strings.Repeat(" ", maxNotice) + `"}`
	if a := page.ask("POST", "/api/notices", token, long).want(t, "a body over the limit", 413); !strings.Contains(a.Error, "64 KiB") {
		t.Errorf("a body over the limit is answered %q", a.Error)
	}
	ann := o.dial(1).show("lobby", o.token("ann", auth.Viewer))
	ann.welcome()
	ann.wantInbox("afterwards")
}

// What docs/notices.md shows is taken, and people are named there as they are here.
func TestNoticeExample(t *testing.T) {
	text, err := os.ReadFile("../../docs/notices.md")
	if err != nil {
		t.Fatal(err)
	}
	shown := regexp.MustCompile(`(?m)^  -d '({.*})'$`).FindAllSubmatch(text, -1)
	if len(shown) == 0 {
		t.Fatal("docs/notices.md shows no notice")
	}
	for _, m := range shown {
		if _, err := readNotice(bytes.NewReader(m[1])); err != nil {
			t.Errorf("%s: %v", m[1], err)
		}
	}
	for subject, member := range map[string]string{"ann": "person", "zoe": "from"} {
		p := room.PersonOf(subject, "")
		if want := fmt.Sprintf(`"%s":"%x"`, member, p[:]); !strings.Contains(string(text), want) {
			t.Errorf("docs/notices.md does not name %s %s", subject, want)
		}
	}
}

// FuzzNotice: whatever comes is refused in words, or is a notice within its limits.
func FuzzNotice(f *testing.F) {
	f.Add([]byte(`{"person":"ann","board":"plans","element":"1-1","kind":"alert","title":"x","text":"y","id":"z"}`))
	f.Add([]byte(`{"people":["ann","bob"],"text":"x"}`))
	f.Add([]byte(`{"people":[null],"text":"\ud800"}`))
	f.Add([]byte(`{"PERSON":"ann","text":"x","text":7}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		q, err := readNotice(strings.NewReader(string(body)))
		if err != nil {
			if err.Error() == "" || len(err.Error()) > 300 {
				t.Errorf("%q is refused with %q", body, err)
			}
			return
		}
		if q.Board == "" && len(q.subjects()) == 0 || len(q.subjects()) > maxNoticePeople || len(q.Title) > wire.MaxTitle || len(q.Text) > wire.MaxExcerpt {
			t.Errorf("%q is taken as %+v", body, q)
		}
	})
}

// Only a program that an operator has let may send notices: no person by any token, no
// session, nobody without a token, and nobody in open mode.
func TestForgedNotices(t *testing.T) {
	o := keyed(t)
	page := o.page()
	const body = `{"person":"ann","title":"Your password","text":"is wanted at evil.example"}`
	owner := o.token("eve", auth.Owner)
	access := page.token("plans", "", owner).want(t, "an access token", 200).Token
	// Of a program's token a session is made: not even that may.
	other := o.page()
	made := o.sign(&auth.Grant{Subject: "build", Notices: true, Boards: map[string]auth.Role{"plans": auth.Owner}, Issued: time.Now(), Until: time.Now().Add(time.Hour)})
	session := other.token("plans", "", made).want(t, "a session of a program", 200).Token
	for what, c := range map[string]struct {
		token  string
		status int
		says   string
	}{
		"an owner of all boards":   {owner, 403, `"notices": true`},
		"an access token":          {access, 403, `"notices": true`},
		"a session of a program":   {session, 403, `"notices": true`},
		"nobody":                   {"", 401, "does not know who you are"},
		"rubbish":                  {"rubbish", 401, "no"},
		"a token that was changed": {o.program("build") + "x", 401, ""},
	} {
		if a := page.ask("POST", "/api/notices", c.token, body).want(t, what, c.status); !strings.Contains(a.Error, c.says) {
			t.Errorf("%s is answered %q, want %q", what, a.Error, c.says)
		}
	}
	// One that was taken back may not any more.
	token := o.sign(&auth.Grant{Subject: "build", Token: "lost", Notices: true, Issued: time.Now(), Until: time.Now().Add(time.Hour)})
	page.tells(token, `{"person":"bob","text":"x"}`, 1)
	page.ask("POST", "/api/revocations", owner, `{"token":"lost"}`).want(t, "it is taken back", 204)
	page.ask("POST", "/api/notices", token, body).want(t, "a token that was taken back", 401)
	g := o.dial(1).show("lobby", o.token("ann", auth.Viewer))
	g.welcome()
	g.wantInbox("ann")

	open := startWith(t, Config{Data: t.TempDir()}, false)
	if a := open.page().ask("POST", "/api/notices", "", body).want(t, "in open mode", 403); !strings.Contains(a.Error, "-token-keys") || !strings.Contains(a.Error, "relay token -notices") {
		t.Errorf("in open mode it is answered %q, want what to do", a.Error)
	}
}

// A program that sends notices without end is held up, and others are not.
func TestFloodOfNotices(t *testing.T) {
	withPair(t, func(p *pair) {
		token, from, sent := p.program("build"), "2001:db8:f10d::1", 0
		for sent < 10_000 && p.asked(from, "POST", "/api/notices", token, `{"person":"ann","text":"x","id":"1"}`) != http.StatusTooManyRequests {
			sent++
		}
		if sent == 0 || sent == 10_000 {
			t.Errorf("%d notices are taken at once", sent)
		}
		if got := p.asked(bystander, "POST", "/api/notices", p.program("deploy"), `{"person":"ann","text":"x","id":"2"}`); got != http.StatusAccepted {
			t.Errorf("another program is answered %d", got)
		}
	})
}

// A notice for as many people as one may be for comes to all of them, once.
func TestNoticeToMany(t *testing.T) {
	o := keyed(t)
	var people []string
	for i := range maxNoticePeople {
		people = append(people, fmt.Sprintf("%q", fmt.Sprint("person ", i)))
	}
	body := `{"people":[` + strings.Join(people, ",") + `],"title":"Deployed","id":"1"}`
	for range 2 {
		o.page().tells(o.program("build"), body, maxNoticePeople)
	}
	last := o.dial(1).show("lobby", o.token(fmt.Sprint("person ", maxNoticePeople-1), auth.Viewer))
	last.welcome()
	last.wantInbox("the last one", `6  Deployed on ""`)
}
