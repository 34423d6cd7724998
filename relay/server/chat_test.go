package server

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http/httptest"
	"strings"
	"testing"

	"edgeboard/relay/auth"
	"edgeboard/relay/store/memory"
	"edgeboard/relay/talk"
	"edgeboard/shared/wire"
)

// chatOf reads a file of what was said: whole lines of JSON.
func chatOf(t *testing.T, text string) (lines []chatLine) {
	t.Helper()
	for line := range strings.Lines(text) {
		var l chatLine
		d := json.NewDecoder(strings.NewReader(line))
		d.DisallowUnknownFields()
		if err := d.Decode(&l); err != nil || !strings.HasSuffix(line, "\n") {
			t.Fatalf("%q: %v", line, err)
		}
		lines = append(lines, l)
	}
	return lines
}

// Ann and Bob have talked, and somebody takes what they said with them.
func TestChatAsFile(t *testing.T) {
	r := start(t, t.TempDir())
	empty := r.get("/b/plans.chat.jsonl")
	wantStatus(t, empty, 200)
	if text := body(t, empty); text != "" {
		t.Errorf("of a board on which nobody has spoken there is %q", text)
	}
	ann, bob := r.dial(1), r.dial(2)
	annIs := ann.comes("plans", "ann's secret, which is long").Person
	bobIs := bob.comes("plans", "bob's secret, which is long").Person
	ann.says(wire.Say{ID: wire.TextID{1}, Text: "Bo <b>?</b>\n\u2028界", Mentions: []wire.Mention{{Person: bobIs, Length: 2}}, Time: 5}, 0)
	bob.says(wire.Say{ID: wire.TextID{2}, Text: "yes", About: wire.TextID{1}}, 0)
	bob.says(wire.Say{ID: wire.TextID{3}, Text: "no"}, 0)
	bob.says(wire.Say{ID: wire.TextID{4}, What: wire.SayDelete, About: wire.TextID{3}}, 0)
	bob.says(wire.Say{ID: wire.TextID{5}, What: wire.SayEdit, About: wire.TextID{2}, Text: "yes!"}, 0)
	ann.says(wire.Say{ID: wire.TextID{6}, What: wire.SayReact, About: wire.TextID{2}, Text: "👍"}, 0)
	ann.says(wire.Say{ID: wire.TextID{7}, With: bobIs, Text: "between us"}, 0)

	got := r.get("/b/plans.chat.jsonl?download")
	wantStatus(t, got, 200)
	wantHeader(t, got, "Content-Type", "application/jsonl; charset=utf-8")
	wantHeader(t, got, "Content-Disposition", `attachment; filename="plans.chat.jsonl"`)
	wantHeader(t, got, "Cache-Control", "private, no-cache")
	wantHeader(t, got, "X-Content-Type-Options", "nosniff")
	lines := chatOf(t, body(t, got))
	if len(lines) != 3 {
		t.Fatalf("there are %+v, want what was said on the board", lines)
	}
	const one, two = "AQAAAAAAAAAAAAAAAAAAAA", "AgAAAAAAAAAAAAAAAAAAAA"
	if l := lines[0]; l.ID != one || l.Author != annIs.String() || l.Name != "the one with ann" || l.Text != "Bo <b>?</b>\n\u2028界" ||
		len(l.Mentions) != 1 || l.Mentions[0] != (chatMention{bobIs.String(), 0, 2}) || l.Written != 5 || l.Changed != "" || l.Time < 1_700_000_000_000 {
		t.Errorf("first there is %+v", l)
	}
	if l := lines[1]; l.ID != two || l.About != one || l.Text != "yes!" || !l.Edited || l.Changed <= l.Stamp ||
		len(l.Reactions) != 1 || l.Reactions[0].Sign != "👍" || len(l.Reactions[0].Persons) != 1 || l.Reactions[0].Persons[0] != annIs.String() {
		t.Errorf("then there is %+v", l)
	}
	if l := lines[2]; !l.Deleted || l.Text != "" || l.Edited {
		t.Errorf("at the end there is %+v", l)
	}
	head := r.sends("HEAD", "/b/plans.chat.jsonl")
	wantStatus(t, head, 200)
	wantHeader(t, head, "Content-Disposition", `inline; filename="plans.chat.jsonl"`)
	if text := body(t, head); text != "" {
		t.Errorf("HEAD is answered with %q", text)
	}
	wantStatus(t, r.sends("POST", "/b/plans.chat.jsonl"), 405)
	wantStatus(t, r.get("/b/plans.chat"), 404)
	wantStatus(t, r.get("/b/.chat.jsonl"), 404)
}

// The file is for who may read the board.
func TestChatAsFileAsksWho(t *testing.T) {
	o := keyed(t)
	viewer := o.token("vi", auth.Viewer)
	wantStatus(t, o.get("/b/b.chat.jsonl"), 401)
	wantStatus(t, o.get("/b/b.chat.jsonl", "Authorization", "Bearer "+viewer), 200)
}

// damaged is a store in which the messages from a number on are.
type damaged struct {
	talk.Store
	from uint64
}

func (d damaged) Page(ctx context.Context, key string, q talk.Query) ([]talk.Message, bool, int, error) {
	if q.Stamp >= d.from {
		return nil, false, 1, nil
	}
	return d.Store.Page(ctx, key, q)
}

// A file that cannot be read to its end is not taken for a whole one.
func TestChatAsFileBreaksOff(t *testing.T) {
	for _, c := range []struct {
		from   uint64
		status int // 0: broken off
	}{{1000, 200}, {100, 0}, {0, 503}} {
		store := new(memory.Store)
		said := talk.Change{Key: "b:plans", Clock: 150}
		for i := range uint64(150) {
			text := wire.Text{ID: wire.TextID{1, byte(i)}, Stamp: wire.Stamp(i + 1), Text: fmt.Sprint("message ", i)}
			said.Messages = append(said.Messages, talk.Message{ID: text.ID, Stamp: i + 1, Data: (&wire.Said{Texts: []wire.Text{text}}).Append(nil)})
		}
		store.Messages().Put(said, func(err error) {
			if err != nil {
				t.Error(err)
			}
		})
		h, _ := serverWith(t, func(s *Server) {
			s.talk = talk.New(talk.Config{Store: damaged{store.Messages(), c.from}, Log: quiet()})
		})
		got := httptest.NewRecorder()
		func() {
			defer func() {
				if broken := recover(); (broken != nil) != (c.status == 0) {
					t.Errorf("damaged from %d on: it is broken off by %v", c.from, broken)
				}
			}()
			h.ServeHTTP(got, httptest.NewRequest("GET", "/b/plans.chat.jsonl", nil))
		}()
		switch {
		case c.status == 0:
		case got.Code != c.status:
			t.Errorf("damaged from %d on: the answer is %d, want %d", c.from, got.Code, c.status)
		case c.status == 200 && len(chatOf(t, got.Body.String())) != 150:
			t.Errorf("a sound one has %d bytes", got.Body.Len())
		case c.status == 503 && !strings.Contains(got.Body.String(), "cannot read what was said"):
			t.Errorf("it is refused with %q", got.Body)
		}
	}
}
