package server

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"edgeboard/relay/auth"
	"edgeboard/shared/board"
	"edgeboard/shared/history"
)

// ask makes a request with a bearer token, if there is one, and expects a status.
func (r *relay) ask(method, path, token, body string, want int) []byte {
	r.t.Helper()
	q, err := http.NewRequestWithContext(r.t.Context(), method, "http://"+r.addr+path, strings.NewReader(body))
	if err != nil {
		r.t.Fatal(err)
	}
	if token != "" {
		q.Header.Set("Authorization", "Bearer "+token)
	}
	answer, err := http.DefaultClient.Do(q)
	if err != nil {
		r.t.Fatal(err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil || answer.StatusCode != want {
		r.t.Errorf("%s %s: %s, %v, %.200s; want %d", method, path, answer.Status, err, text, want)
	}
	return text
}

// pastOf asks for what there is of a board's past.
func (r *relay) pastOf(name, token string) (p past) {
	r.t.Helper()
	if err := json.Unmarshal(r.ask("GET", "/b/"+name+"/history", token, "", 200), &p); err != nil {
		r.t.Fatal(err)
	}
	return p
}

// readPast reads all of it.
func (r *relay) readPast(name, token string) *history.Past {
	r.t.Helper()
	p := new(history.Past)
	for {
		b := r.ask("GET", "/b/"+name+"/history/log?from="+itoa(int64(p.End())), token, "", 200)
		if len(b) == 0 {
			return p
		}
		if err := p.Add(b); err != nil {
			r.t.Fatal(err)
		}
	}
}

func itoa(n int64) string { b, _ := json.Marshal(n); return string(b) }

// A board's past is told from its first stroke on, a version of it named, kept and
// removed; also after a restart.
func TestHistory(t *testing.T) {
	data := t.TempDir()
	r := start(t, data)
	if p := r.pastOf("plans", ""); p.Updates != 0 || len(p.Moments)+len(p.Versions) != 0 {
		t.Errorf("the past of nothing is %+v", p)
	}
	g := r.enter(1, "plans")
	g.draw(board.Point{X: 1}, board.Point{X: 9})
	g.draw(board.Point{X: 2}, board.Point{X: 8})
	one := g.doc.Hash()
	p := r.pastOf("plans", "")
	if p.From != 0 || p.Updates != 2 || len(p.Moments) != 2 || p.First == 0 || p.Last < p.First || p.Moments[1][0] != 2 {
		t.Errorf("the past is %+v", p)
	}
	var v version
	if err := json.Unmarshal(r.ask("POST", "/b/plans/versions", "", `{"name":"Two strokes","by":"Maria"}`, 201), &v); err != nil || v.ID == 0 || v.At != 2 || v.When == 0 {
		t.Errorf("the version is %+v, %v", v, err)
	}
	g.draw(board.Point{X: 3}, board.Point{X: 7})
	r.ask("POST", "/b/plans/versions", "", `{"name":"One","at":1}`, 201)
	r.end()
	r = start(t, data)

	past := r.readPast("plans", "")
	if b, _, err := past.Board(2); err != nil || b.Hash() != one {
		t.Errorf("after two updates the board is another, %v", err)
	}
	if b, _, err := past.Board(past.End()); err != nil || b.Hash() != g.doc.Hash() {
		t.Errorf("in the end it is another, %v", err)
	}
	p = r.pastOf("plans", "")
	if len(p.Versions) != 2 || p.Versions[0] != v || p.Versions[1].At != 1 || p.Versions[0].By != "Maria" {
		t.Errorf("the versions are %+v", p.Versions)
	}
	var one2 history.Past
	if err := one2.Add(r.ask("GET", "/b/plans/versions/"+itoa(v.ID), "", "", 200)); err != nil {
		t.Fatal(err)
	}
	if b, _, err := one2.Board(2); err != nil || b.Hash() != one {
		t.Errorf("the version is another board, %v", err)
	}
	r.ask("DELETE", "/b/plans/versions/"+itoa(v.ID), "", "", 204)
	r.ask("GET", "/b/plans/versions/"+itoa(v.ID), "", "", 404)
	if p := r.pastOf("plans", ""); len(p.Versions) != 1 {
		t.Errorf("the versions are %+v", p.Versions)
	}

	// What is asked for wrongly is told so.
	r.ask("GET", "/b/_plans/history", "", "", 400)
	for _, from := range []string{"-1", "x", "99999999999999999999"} {
		r.ask("GET", "/b/plans/history/log?from="+from, "", "", 400)
	}
	if b := r.ask("GET", "/b/plans/history/log?from=123456", "", "", 200); len(b) != 0 {
		t.Errorf("beyond the end there are %d bytes", len(b))
	}
	for _, body := range []string{"", "{}", `{"name":""}`, `{"name":"x","at":-1}`, `{"name":"` + strings.Repeat("x", 201) + `"}`} {
		r.ask("POST", "/b/plans/versions", "", body, 400)
	}
	r.ask("DELETE", "/b/plans/versions/x", "", "", 404)
	r.ask("GET", "/b/plans/versions/x", "", "", 404)
}

// Who may see a board sees its past, and who may change it names versions, by the
// name that is known of him.
func TestHistoryInEveryRole(t *testing.T) {
	o := keyed(t, func(cfg *Config) { cfg.Limits.AddressRate = -1 })
	owner := o.dial(1).show("plans", o.token("ann", auth.Owner))
	owner.welcome()
	owner.draw(board.Point{X: 1})
	version := o.ask("POST", "/b/plans/versions", o.sign(named("ann", "Ann", auth.Owner)), `{"name":"First","by":"somebody else"}`, 201)
	if !strings.Contains(string(version), `"by":"Ann"`) {
		t.Errorf("the version is %s", version)
	}
	for role := auth.None; role <= auth.Owner; role++ {
		token, read, change := "", 401, 401
		if role > auth.None {
			token, read, change = o.token("person", role), 200, 403
		}
		if role >= auth.Editor {
			change = 201
		}
		o.ask("GET", "/b/plans/history", token, "", read)
		o.ask("GET", "/b/plans/history/log", token, "", read)
		o.ask("GET", "/b/plans/versions/1", token, "", read)
		o.ask("POST", "/b/plans/versions", token, `{"name":"x"}`, change)
		if change == 201 {
			change = 204
		}
		o.ask("DELETE", "/b/plans/versions/99", token, "", change)
	}
	eve := named("eve", "", auth.Owner)
	eve.Boards = map[string]auth.Role{"other": auth.Owner}
	other := o.sign(eve)
	o.ask("GET", "/b/plans/history", other, "", 403)
}

// Times are thinned out evenly, the first and the last stay.
func TestThinned(t *testing.T) {
	for n := range 400 {
		all := thinned{most: 10}
		for i := range int64(n) {
			all.add([2]int64{i, i * 10})
		}
		if len(all.list) != min(n, len(all.list)) || len(all.list) > 10 || n > 10 && len(all.list) < 5 {
			t.Fatalf("of %d there are %d", n, len(all.list))
		}
		for i, m := range all.list {
			if i > 0 && m[0] <= all.list[i-1][0] {
				t.Fatalf("of %d there are %v", n, all.list)
			}
		}
		if n > 0 && (all.list[0][0] != 0 || all.list[len(all.list)-1][0] != int64(n-1)) {
			t.Fatalf("of %d there are %v", n, all.list)
		}
	}
}

func named(subject, name string, role auth.Role) *auth.Grant {
	now := time.Now()
	return &auth.Grant{Subject: subject, Name: name, Boards: map[string]auth.Role{"*": role}, Issued: now, Until: now.Add(time.Hour)}
}
