package compat

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"edgeboard/relay/auth"
	"edgeboard/relay/cluster/clustertest"
	"edgeboard/relay/server"
	"edgeboard/relay/store/sqlite"
	"edgeboard/shared/board"
	"edgeboard/shared/client"
	"edgeboard/shared/export"
	"edgeboard/shared/history"
	"edgeboard/shared/wire"
)

// What people and programs have left on a relay, and how it is asked for that.

// tokens are who comes with a token of the operator's.
type tokens struct{ ann, bo, program string }

func sign(t *testing.T, secret string) (k tokens) {
	t.Helper()
	key, err := auth.ReadSigningKey(secret)
	if err != nil {
		t.Fatal(err)
	}
	one := func(g auth.Grant) string {
		g.Issued = time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)
		g.Until = time.Date(2126, 1, 1, 0, 0, 0, 0, time.UTC)
		text, err := auth.Sign(key, &g, "", "")
		if err != nil {
			t.Fatal(err)
		}
		return text
	}
	k.ann = one(auth.Grant{Subject: "ann", Name: "Ann", Boards: map[string]auth.Role{"*": auth.Owner}})
	k.bo = one(auth.Grant{Subject: "bo", Name: "Bo", Boards: map[string]auth.Role{"plans": auth.Editor, "team-*": auth.Commenter}})
	k.program = one(auth.Grant{Subject: "build", Token: "build-1", Notices: true})
	return k
}

// left is what a record says of what was left.
type left struct {
	Ann, Bo, Program string // tokens
	Invite           string // link
	Now              time.Time
	Cookie           string // of a session that an invite has begun
	Access           string // token of that
	Answers          map[string]json.RawMessage
}

// inhabit has people and programs use a relay. between is called when some of them are
// still there.
func inhabit(t *testing.T, r *relay, k tokens, between func()) (l left) {
	l.Ann, l.Bo, l.Program = k.ann, k.bo, k.program
	ann, bo := r.person("Ann", "plans", k.ann, "", 1101), r.person("Bo", "plans", k.bo, "", 1102)
	annIs, boIs := ann.who(), bo.who()

	// They draw.
	r.ask("PUT", "/blob/"+pictureName()+"?board=plans", k.ann, "image/png", picture)
	var note board.ID
	ann.draws(func(e *board.Edit) {
		d, err := export.ParseJSON(bytes.ReplaceAll(everything, []byte("BLOB"), []byte(pictureName())))
		if err != nil {
			t.Fatal(err)
		}
		ids, err := d.Insert(ann.doc, e)
		if err != nil {
			t.Fatal(err)
		}
		note = ids[slices.IndexFunc(d.Elements, func(x export.Element) bool { return x.Kind == board.KindNote })]
	})
	bo.wait("what Ann draws", func(*client.Session) bool { return bo.doc.Element(note) != nil })
	r.post("/b/plans/versions", k.ann, `{"name":"At first","by":"Ann"}`)
	bo.draws(func(e *board.Edit) {
		e.Splice(note, board.Chars, 5, 0, ", 你好")
		e.Set(e.Create(board.KindEllipse), board.KeyFill, board.Int(0xff0000))
	})
	ann.wait("what Bo draws", func(*client.Session) bool { return strings.Contains(ann.doc.Element(note).Text(), "你好") })
	ann.draws(func(e *board.Edit) { e.Set(note, board.KeyDeleted, board.Int(1)) })
	ann.draws(func(e *board.Edit) { e.Set(note, board.KeyDeleted, board.Int(0)) })
	r.post("/b/plans/versions", k.ann, `{"name":"Second","by":"Bo","at":2}`)
	team := r.person("Ann", "team-a", k.ann, "", 1103)
	team.draws(func(e *board.Edit) { e.Splice(e.Create(board.KindNote), board.Chars, 0, 0, "of the team") })

	// They talk.
	var whole, nobody = wire.TextID{}, wire.Person{}
	first := ann.says(nobody, "Shall we begin, @Bo?", whole, []wire.Mention{{Person: boIs, At: 16, Length: 3}})
	answer := bo.says(nobody, "Yes", first, nil)
	gone := bo.says(nobody, "never mind", whole, nil)
	ann.says(boIs, "to you alone", whole, nil)
	bo.says(annIs, "and to you", whole, nil)
	team.says(nobody, "in another room", whole, nil)
	for _, err := range []error{
		bo.does(func(s *client.Session) error { return s.Edit(time.Now(), nobody, answer, "Yes, let us 👍", nil) }),
		bo.does(func(s *client.Session) error { return s.Delete(time.Now(), nobody, gone) }),
		ann.does(func(s *client.Session) error { return s.React(time.Now(), nobody, answer, "🎉", true) }),
		bo.does(func(s *client.Session) error {
			s.SetWishes(wire.Wishes{Off: 1 << 3, Muted: []string{"team-b"}, QuietFrom: 1320, QuietTo: 420, Zone: "Europe/Berlin"})
			return nil
		}),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	bo.stored()
	ann.stored()

	// Who may come in, and what programs tell.
	made := r.post("/api/boards/plans/invites", k.ann, `{"role":"viewer","uses":1000,"label":"for guests"}`)
	var invite struct{ Link string }
	if err := json.Unmarshal(made, &invite); err != nil {
		t.Fatal(err)
	}
	l.Invite = fragment(invite.Link)
	r.post("/api/boards/team-a/invites", k.ann, `{"role":"commenter"}`)
	r.ask("PUT", "/api/boards/plans/people/zo%C3%AB%2F7", k.ann, "application/json", []byte(`{"role":"commenter"}`))
	r.post("/api/revocations", k.ann, `{"token":"lost-1"}`)
	r.post("/api/revocations", k.ann, `{"person":"eve","board":"plans"}`)
	r.post("/api/notices", k.program, `{"person":"ann","title":"build 17","text":"is broken","board":"plans","kind":"alert"}`)
	r.post("/api/notices", k.program, `{"people":["ann","bo"],"title":"build 18","text":"is well","id":"build-18"}`)
	ann.wait("three entries", func(s *client.Session) bool { s.OpenInbox(); return len(s.Notices()) >= 3 })
	ann.link.Do(func(s *client.Session) { s.ReadNotices(s.Notices()[0].Seq) })
	bo.wait("what was said", func(s *client.Session) bool { s.OpenTalk(nobody); return s.Talk(nobody).Last() != nil })
	bo.link.Do(func(s *client.Session) { s.Mark(nobody, s.Talk(nobody).Last().Stamp); s.MarkNow() })
	// What was read is told to their other devices when it is stored.
	annToo, boToo := r.person("Ann", "plans", k.ann, "", 1104), r.person("Bo", "plans", k.bo, "", 1105)
	annToo.wait("an entry was read", func(s *client.Session) bool {
		s.OpenInbox()
		return slices.ContainsFunc(s.Notices(), func(e wire.Entry) bool { return e.Read })
	})
	boToo.link.Do(func(s *client.Session) { s.AskWishes() })
	boToo.wait("the board was read, and the wishes are known", func(s *client.Session) bool {
		w, _ := s.Wishes()
		return w.Off != 0 && slices.ContainsFunc(s.Talks(), func(k wire.Talk) bool { return k.With == nobody && k.Unread == 0 && k.Read > 0 })
	})
	between()
	annToo.leave()
	boToo.leave()
	for _, p := range []*person{ann, bo, team} {
		p.leave()
	}
	return l
}

func (p *person) does(f func(s *client.Session) error) (err error) {
	p.link.Do(func(s *client.Session) { err = f(s) })
	return err
}

// heldBy is what a client sees of what was left.
type heldBy struct {
	Talks   map[string][]string // by the name of the other one, empty for the board's
	Stand   []string
	Entries []string
	Unread  int
	Wishes  string
}

func stampText(s wire.Stamp) string { return fmt.Sprint(uint64(s)) }

// holds asks as a client does.
func (r *relay) holds(token string, replica board.Replica, other string) (h heldBy) {
	p := r.person("", "plans", token, "", replica)
	defer p.leave()
	p.wait("how it stands", func(s *client.Session) bool { return len(s.Talks()) > 1 })
	with := map[string]wire.Person{"": {}}
	p.link.Do(func(s *client.Session) {
		for _, k := range s.Talks() {
			with[k.Name] = k.With
			h.Stand = append(h.Stand, fmt.Sprintf("%q last %s changed %s read %s unread %d seen %s", k.Name, stampText(k.Last), stampText(k.Changed), stampText(k.Read), k.Unread, stampText(k.Seen)))
		}
		for _, id := range with {
			s.OpenTalk(id)
		}
		s.OpenInbox()
		s.AskWishes()
	})
	if _, ok := with[other]; !ok {
		r.t.Fatalf("there is no conversation with %s, but with %v", other, slices.Collect(maps.Keys(with)))
	}
	h.Talks = map[string][]string{}
	for name, id := range with {
		p.wait("what was said", func(s *client.Session) bool {
			return s.Talk(id).Live() && len(s.Talk(id).Around(^wire.Stamp(0)).Texts) > 0
		})
		p.link.Do(func(s *client.Session) {
			for _, m := range s.Talk(id).Around(^wire.Stamp(0)).Texts {
				text, err := json.Marshal(m)
				if err != nil {
					r.t.Error(err)
				}
				h.Talks[name] = append(h.Talks[name], string(text))
			}
		})
	}
	p.wait("the inbox", func(s *client.Session) bool { _, known := s.Wishes(); return s.NoticesLoaded() && known })
	p.link.Do(func(s *client.Session) {
		for _, e := range s.Notices() {
			text, err := json.Marshal(e)
			if err != nil {
				r.t.Error(err)
			}
			h.Entries = append(h.Entries, string(text))
			if !e.Read {
				h.Unread++
			}
		}
		w, _ := s.Wishes()
		w.PushKey = nil
		h.Wishes = fmt.Sprintf("%+v", w)
	})
	return h
}

// answers are what a relay with that says when it is asked. own: it is asked for what it
// alone has, too: the past is no relay's of a cluster but the one's that was there.
func (r *relay) answers(l left, own bool) map[string]json.RawMessage {
	r.t.Helper()
	all := map[string]json.RawMessage{}
	put := func(name string, v any) {
		b, err := json.Marshal(v)
		if err != nil {
			r.t.Fatal(err)
		}
		all[name] = b
	}
	for _, name := range []string{"plans", "team-a"} {
		all[name+".json"] = r.get("/b/"+name+".json", l.Ann)
		var lines []json.RawMessage
		for line := range bytes.Lines(r.get("/b/"+name+".chat.jsonl", l.Ann)) {
			lines = append(lines, line)
		}
		put(name+".chat.jsonl", lines)
		all[name+" access"] = r.get("/api/boards/"+name+"/access", l.Ann)
	}
	var list struct{ Boards []struct{ Name string } }
	if err := json.Unmarshal(r.get("/api/v1/boards", l.Ann), &list); err != nil {
		r.t.Fatal(err)
	}
	if own {
		put("boards", list)
	}
	put("picture", r.get("/blob/"+pictureName()+"?board=plans", l.Bo))

	var past struct {
		From, Updates, First, Last int64
		Versions                   []struct {
			ID, At, When int64
			Name, By     string
		}
	}
	if err := json.Unmarshal(r.get("/b/plans/history", l.Ann), &past); err != nil {
		r.t.Fatal(err)
	}
	for i := range past.Versions {
		if !own {
			past.Versions[i].At = 0 // of the relay's own past
		}
	}
	put("versions", past.Versions)
	for _, v := range past.Versions {
		var h history.Past
		if err := h.Add(r.get(fmt.Sprintf("/b/plans/versions/%d", v.ID), l.Ann)); err != nil {
			r.t.Fatal(err)
		}
		all["version "+v.Name] = r.asItWas(&h, h.End())
	}
	if own {
		past.Versions = nil
		put("past", past)
		var h history.Past
		if err := h.Add(r.get("/b/plans/history/log", l.Ann)); err != nil {
			r.t.Fatal(err)
		}
		all["past, first"] = r.asItWas(&h, 1)
		all["past, last"] = r.asItWas(&h, h.End())
	}
	put("Ann", r.holds(l.Ann, 9001, "Bo"))
	put("Bo", r.holds(l.Bo, 9004, "Ann"))
	return all
}

func (r *relay) asItWas(h *history.Past, n uint64) json.RawMessage {
	r.t.Helper()
	doc, _, err := h.Board(n)
	if err != nil {
		r.t.Fatal(err)
	}
	return asJSON(r.t, doc)
}

// config is that of a relay with what a record has.
func (r record) config(data, engine string) server.Config {
	return server.Config{
		Data: data, Access: server.Access{Keys: []string{filepath.Join(r.folder, "secret")}}, Drain: time.Second,
		Cluster: server.Cluster{Engine: engine},
	}
}

func recordWorld(t *testing.T, r record) {
	recordSession(t, r)
	r.write(t, "secret", []byte(strings.Repeat("edgeboard-records-", 4)+"\n"))
	k := sign(t, filepath.Join(r.folder, "secret"))

	data := t.TempDir()
	one := serve(t, r.config(data, ""))
	backup := filepath.Join(t.TempDir(), "backup.db")
	l := inhabit(t, one, k, func() {
		if err := server.Backup(t.Context(), data, backup); err != nil {
			t.Fatal(err)
		}
	})
	one.stop()
	r.write(t, "backup.db.gz", file(t, backup))
	recordAnswers(t, r, "backup", l)
	recordGiven(t, r, data, &l)
	recordAnswers(t, r, "data", l)
	redis := clustertest.StartRedis(t)
	shared := serve(t, r.config(t.TempDir(), redis.URL()))
	l = inhabit(t, shared, k, func() {})
	l.Answers = shared.answers(l, false)
	shared.stop()
	r.write(t, "redis.jsonl.gz", dumpRedis(t, redis))
	writeLeft(t, r, "redis-answers.json.gz", l)
}

func writeLeft(t *testing.T, r record, name string, l left) {
	t.Helper()
	b, err := json.MarshalIndent(l, "", "\t")
	if err != nil {
		t.Fatal(err)
	}
	r.write(t, name, b)
}

func (r record) left(t *testing.T, name string) (l left) {
	t.Helper()
	if err := json.Unmarshal(r.read(t, name), &l); err != nil {
		t.Fatal(err)
	}
	return l
}

func file(t *testing.T, path string) []byte {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// sameAnswers compares what a relay says with what one of the release has said.
func (r *relay) sameAnswers(l left, own bool) {
	r.t.Helper()
	is := r.answers(l, own)
	if len(l.Answers) < 10 {
		r.t.Fatalf("%d answers are recorded", len(l.Answers))
	}
	for name, was := range l.Answers {
		if is[name] == nil {
			r.t.Errorf("%s: there is no answer", name)
			continue
		}
		sameMembers(r.t, name, is[name], was)
	}
}

// goesOn shows that a relay goes on with what a release has left: somebody new comes by
// an invite of then, and somebody of then draws and talks.
func (r *relay) goesOn(l left) {
	r.t.Helper()
	var in struct{ Token, Role string }
	body := fmt.Sprintf(`{"board":"plans","invite":%q,"name":"Guest"}`, l.Invite)
	if err := json.Unmarshal(r.post("/auth/token", "", body), &in); err != nil || in.Role != "viewer" {
		r.t.Errorf("an invite makes its guest %q, %v, want viewer", in.Role, err)
	}
	guest, bo := r.person("Guest", "plans", in.Token, "", 9002), r.person("Bo", "plans", l.Bo, "", 9003)
	bo.draws(func(e *board.Edit) { e.Splice(e.Create(board.KindNote), board.Chars, 0, 0, "drawn later") })
	bo.says(wire.Person{}, "said later", wire.TextID{}, nil)
	guest.wait("what is drawn and said later", func(s *client.Session) bool {
		s.OpenTalk(wire.Person{})
		last := s.Talk(wire.Person{}).Last()
		drawn := false
		for e := range s.Doc().Elements() {
			drawn = drawn || e.Text() == "drawn later"
		}
		return drawn && last != nil && last.Text == "said later"
	})
	guest.leave()
	bo.leave()
}

// putData makes a data folder of a recorded database.
func (r record) putData(t *testing.T, name string) (folder string) {
	t.Helper()
	folder = t.TempDir()
	if err := os.WriteFile(filepath.Join(folder, sqlite.FileName), r.read(t, name), 0o600); err != nil {
		t.Fatal(err)
	}
	return folder
}

// A relay opens the data folder of a release, and a backup of one, has all that was in
// it, and goes on with it.
func TestDataStays(t *testing.T) {
	each(t, func(t *testing.T, r record) {
		for _, name := range []string{"data", "backup"} {
			t.Run(name, func(t *testing.T) {
				l := r.left(t, name+"-answers.json.gz")
				data := r.putData(t, name+".db.gz")
				relay := serve(t, r.config(data, ""))
				relay.sameAnswers(l, true)
				relay.goesOn(l)
				relay.stop()
				store, err := sqlite.Open(data)
				if err != nil {
					t.Fatal(err)
				}
				if err := errors.Join(store.Check(t.Context()), store.Close()); err != nil {
					t.Error(err)
				}
			})
		}
	})
}

// Patch versions have the schema of their minor version: there is a way back from one to
// the one before.
func TestPatchesKeepTheSchema(t *testing.T) {
	schemas := map[string]uint32{}
	each(t, func(t *testing.T, r record) {
		minor := r.version[:strings.LastIndex(r.version, ".")]
		// The header of a database file has its user_version there.
		schema := binary.BigEndian.Uint32(r.read(t, "data.db.gz")[60:])
		if was, ok := schemas[minor]; ok && was != schema || schema == 0 {
			t.Errorf("its schema is %d, and that of another patch version %d", schema, was)
		}
		schemas[minor] = schema
	})
}

// A relay joins a cluster whose Redis has what relays of a release have put there.
func TestRedisStays(t *testing.T) {
	each(t, func(t *testing.T, r record) {
		redis := clustertest.StartRedis(t)
		restoreRedis(t, redis, r.read(t, "redis.jsonl.gz"))
		l := r.left(t, "redis-answers.json.gz")
		relay := serve(t, r.config(t.TempDir(), redis.URL()))
		relay.sameAnswers(l, false)
		relay.goesOn(l)
		relay.stop()
	})
}

// An entry is a record of a relay's, as it was given out at the time of a record.
type entry struct{ Kind, Key, Value []byte }

// given are records in memory, without a clock.
type given map[[2]string][]byte

func (g given) Get(_ context.Context, kind, key string) ([]byte, error) {
	return g[[2]string{kind, key}], nil
}

func (g given) List(_ context.Context, kind, prefix string, f func(key string, value []byte) error) error {
	var keys []string
	for k := range g {
		if k[0] == kind && strings.HasPrefix(k[1], prefix) {
			keys = append(keys, k[1])
		}
	}
	slices.Sort(keys)
	for _, key := range keys {
		if err := f(key, g[[2]string{kind, key}]); err != nil {
			return err
		}
	}
	return nil
}

func (g given) Put(_ context.Context, kind, key string, value []byte, _ time.Time) error {
	if g[[2]string{kind, key}] = value; value == nil {
		delete(g, [2]string{kind, key})
	}
	return nil
}

func (g given) Swap(ctx context.Context, kind, key string, old, value []byte, until time.Time) (bool, error) {
	if !bytes.Equal(g[[2]string{kind, key}], old) {
		return false, nil
	}
	return true, g.Put(ctx, kind, key, value, until)
}

func authorityOf(t *testing.T, r record, records auth.Records, now time.Time) *auth.Authority {
	t.Helper()
	key, err := auth.ReadKey(filepath.Join(r.folder, "secret"))
	if err != nil {
		t.Fatal(err)
	}
	clock := func() time.Time { return now }
	v, err := auth.NewVerifier(auth.VerifierConfig{Keys: []*auth.Key{key}, Now: clock})
	if err != nil {
		t.Fatal(err)
	}
	a, err := auth.NewAuthority(t.Context(), auth.Config{Records: records, Verifier: v, Now: clock})
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// recordGiven records what a relay has given out: sessions and access tokens, which do
// not last, with the time at which they hold.
func recordGiven(t *testing.T, r record, data string, l *left) {
	store, err := sqlite.Open(data)
	if err != nil {
		t.Fatal(err)
	}
	l.Now = time.Now().UTC().Truncate(time.Millisecond)
	a := authorityOf(t, r, store.Records(), l.Now)
	got, err := a.Exchange(t.Context(), auth.Proof{Invite: l.Invite, Board: "plans", Called: "A guest"})
	if err != nil {
		t.Fatal(err)
	}
	l.Cookie, l.Access = got.Session.Cookie, got.Token
	var lines bytes.Buffer
	err = store.Records().All(t.Context(), func(kind, key string, value []byte, _ time.Time) error {
		line, err := json.Marshal(entry{[]byte(kind), []byte(key), value})
		lines.Write(append(line, '\n'))
		return err
	})
	if err := errors.Join(err, store.Close()); err != nil {
		t.Fatal(err)
	}
	r.write(t, "given.jsonl", lines.Bytes())
	r.write(t, "data.db.gz", file(t, filepath.Join(data, sqlite.FileName)))
}

// recordAnswers records what is answered with NAME.db.gz.
func recordAnswers(t *testing.T, r record, name string, l left) {
	relay := serve(t, r.config(r.putData(t, name+".db.gz"), ""))
	l.Answers = relay.answers(l, true)
	relay.stop()
	writeLeft(t, r, name+"-answers.json.gz", l)
}

// What relays of a release have given out holds as long as it was meant to: tokens of the
// operator's, sessions, access tokens, invites, roles, and what was taken back.
func TestGivenStays(t *testing.T) {
	each(t, func(t *testing.T, r record) {
		l := r.left(t, "data-answers.json.gz")
		records := given{}
		for _, line := range r.readLines(t, "given.jsonl") {
			var e entry
			if err := json.Unmarshal([]byte(line), &e); err != nil {
				t.Fatal(err)
			}
			records[[2]string{string(e.Kind), string(e.Key)}] = e.Value
		}
		a := authorityOf(t, r, records, l.Now.Add(time.Minute))
		ctx := t.Context()
		for token, role := range map[string]auth.Role{l.Ann: auth.Owner, l.Bo: auth.Editor, l.Access: auth.Viewer} {
			g, err := a.Admit(ctx, token, "plans")
			if err != nil || g.Role("plans") != role {
				t.Errorf("a token of %v lets in as %+v, %v", role, g, err)
			}
		}
		if g, err := a.Admit(ctx, l.Program, ""); err != nil || !g.Notices {
			t.Errorf("the program's token lets in as %+v, %v", g, err)
		}
		again, err := a.Exchange(ctx, auth.Proof{Cookie: l.Cookie, Board: "plans"})
		if err != nil || again.Role != auth.Viewer || !again.Guest {
			t.Errorf("the session lets in as %+v, %v", again, err)
		}
		owner, err := a.Admit(ctx, l.Ann, "plans")
		if err != nil {
			t.Fatal(err)
		}
		people, err := a.People(ctx, owner, "plans")
		if err != nil {
			t.Fatal(err)
		}
		roles := map[string]auth.Role{}
		for _, p := range people {
			roles[p.Name+p.Subject] = p.Role
		}
		if len(people) < 2 || roles["zoë/7"] != auth.Commenter {
			t.Errorf("the people are %+v", people)
		}
		key, err := auth.ReadSigningKey(filepath.Join(r.folder, "secret"))
		if err != nil {
			t.Fatal(err)
		}
		lost, err := auth.Sign(key, &auth.Grant{Subject: "ann", Token: "lost-1", Boards: map[string]auth.Role{"*": auth.Owner}, Issued: l.Now.Add(-time.Hour), Until: l.Now.Add(time.Hour)}, "", "")
		if err != nil {
			t.Fatal(err)
		}
		if g, err := a.Admit(ctx, lost, "plans"); err == nil {
			t.Errorf("a token that was taken back lets in as %+v", g)
		}
	})
}
