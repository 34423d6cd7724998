package server

import (
	"bufio"
	"bytes"
	"context"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"edgeboard/shared/board"
	"edgeboard/shared/wire"
	"edgeboard/shared/wire/wirejson"
)

// part is a piece of docs/protocol.md: one message, as bytes or as JSON, and whose it
// is: the client's, the relay's to the client, or its to another member; or a datagram,
// which has no place in the session.
type part struct {
	form, who string
	anew      bool // the client has connected again
	text      string
}

var parts = regexp.MustCompile("(?ms)^```(hex|json) (client|relay|other|datagram)( anew)?\n(.*?)^```$")

func protocolPage(t *testing.T) (list []part) {
	t.Helper()
	page, err := os.ReadFile(filepath.FromSlash("../../docs/protocol.md"))
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range parts.FindAllStringSubmatch(string(page), -1) {
		list = append(list, part{m[1], m[2], m[3] != "", m[4]})
	}
	if len(list) < 20 {
		t.Fatalf("docs/protocol.md shows %d messages: it is not read", len(list))
	}
	return list
}

// bytes of a part in hexadecimal digits, with comments.
func (p part) bytes(t *testing.T) []byte {
	t.Helper()
	var digits strings.Builder
	for line := range strings.Lines(p.text) {
		line, _, _ = strings.Cut(line, "#")
		digits.WriteString(strings.Join(strings.Fields(line), ""))
	}
	b, err := hex.DecodeString(digits.String())
	if err != nil {
		t.Fatalf("%v in\n%s", err, p.text)
	}
	return b
}

// jsonFields are what a text in JSON says.
func jsonFields(t *testing.T, text []byte) (all map[string]any) {
	t.Helper()
	if err := json.Unmarshal(text, &all); err != nil {
		t.Fatalf("%v in %s", err, text)
	}
	return all
}

// alike compares what was said with what the page has; "..." there is anything.
func alike(said, page any) bool {
	if page == "..." {
		return said != nil
	}
	switch page := page.(type) {
	case map[string]any:
		said, ok := said.(map[string]any)
		if !ok || len(said) != len(page) {
			return false
		}
		for key, v := range page {
			if !alike(said[key], v) {
				return false
			}
		}
		return true
	case []any:
		said, ok := said.([]any)
		if !ok || len(said) != len(page) {
			return false
		}
		for i, v := range page {
			if !alike(said[i], v) {
				return false
			}
		}
		return true
	}
	return said == page
}

// listener is a member with all that it was told and the page has not spoken of yet.
type listener struct {
	*guest
	heard []string
}

// hears waits until the relay has said what the page has. Frames of different kinds
// may come in any order, and some come of which the page does not speak.
func (l *listener) hears(page string) {
	l.t.Helper()
	want := jsonFields(l.t, []byte(page))
	ctx, cancel := context.WithTimeout(l.t.Context(), limit)
	defer cancel()
	for seen := 0; ; {
		for ; seen < len(l.heard); seen++ {
			if alike(jsonFields(l.t, []byte(l.heard[seen])), want) {
				l.heard = append(l.heard[:seen:seen], l.heard[seen+1:]...)
				return
			}
		}
		msg, err := l.conn.Receive(ctx)
		if err != nil {
			l.t.Fatalf("waiting for what docs/protocol.md has: %v\n%s\nwas said:\n%s", err, page, strings.Join(l.heard, "\n"))
		}
		for len(msg) > 0 {
			frame, rest, err := wire.Bytes(msg)
			if err != nil {
				l.t.Fatal(err)
			}
			text, err := wirejson.AppendFrame(nil, frame)
			if err != nil {
				l.t.Fatal(err)
			}
			l.heard, msg = append(l.heard, string(text)), rest
		}
	}
}

// The bytes and the JSON of docs/protocol.md are the same messages, as our codec
// writes them.
func TestProtocolPageIsTrue(t *testing.T) {
	list := protocolPage(t)
	for i, p := range list {
		if p.form != "hex" {
			continue
		}
		if i+1 == len(list) || list[i+1].form != "json" || list[i+1].who != p.who {
			t.Fatalf("no JSON follows\n%s", p.text)
		}
		google, err := wirejson.Parse([]byte(list[i+1].text))
		if err != nil {
			t.Fatalf("%v in %s", err, list[i+1].text)
		}
		var msg []byte // with the fields in our order (W9)
		for f, err := range wire.Frames(google) {
			if err != nil {
				t.Fatal(err)
			}
			msg = wire.AppendBody(msg, f.Seq, f.Time, f.Kind, f.Body)
		}
		if !bytes.Equal(msg, p.bytes(t)) {
			t.Errorf("the JSON %s is % x, and the page shows % x", list[i+1].text, msg, p.bytes(t))
		}
	}
}

// What docs/protocol.md has a client say is said to a relay, which answers as the page
// has it, while somebody else is on the board.
func TestProtocolPage(t *testing.T) {
	r := startWith(t, Config{Data: filepath.Join(t.TempDir(), "data"), Log: quiet()}, false)
	other := &listener{guest: r.dial(board.Replica(7))}
	other.say(wire.AppendFrame(nil, 0, &wire.Hello{Version: wire.Version, Board: "plans", Replica: 7, Name: "Ben"}))
	other.hears(`{"welcome": {"version": 1, "member": 1, "vector": "AA==", "maxMessage": 1048576, "time": "...", "role": 3, "person": "..."}}`)
	client := &listener{guest: r.dial(board.Replica(300))}
	for _, p := range protocolPage(t) {
		switch {
		case p.who == "client" && p.form == "hex":
			if p.anew {
				client.conn.Close(uint32(wire.CodeNormal), "")
				client = &listener{guest: r.dial(board.Replica(300))}
			}
			client.say(p.bytes(t))
		case p.who == "relay":
			client.hears(p.text)
		case p.who == "other":
			other.hears(p.text)
		}
	}
}

// What docs/protocol.md has one do with curl alone is done.
func TestProtocolPageByCurl(t *testing.T) {
	page, err := os.ReadFile(filepath.FromSlash("../../docs/protocol.md"))
	if err != nil {
		t.Fatal(err)
	}
	posts := regexp.MustCompile(`(?m)^curl -H 'Content-Type: ([^']+)' -d '([^']+)' 'http://localhost:8080(/sse/)NAME([^']+)'$`).FindAllStringSubmatch(string(page), -1)
	if len(posts) < 2 {
		t.Fatalf("docs/protocol.md has %d POSTs: it is not read", len(posts))
	}
	r := startWith(t, Config{Data: filepath.Join(t.TempDir(), "data"), Log: quiet()}, false)
	ctx, cancel := context.WithTimeout(t.Context(), limit)
	defer cancel()
	defer http.DefaultTransport.(*http.Transport).CloseIdleConnections()
	get, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+r.addr+"/sse", nil)
	if err != nil {
		t.Fatal(err)
	}
	events, err := http.DefaultClient.Do(get)
	if err != nil {
		t.Fatal(err)
	}
	defer events.Body.Close()
	w := &watcher{t, bufio.NewScanner(events.Body)}
	w.until(`"session":"`)
	name, _, _ := strings.Cut(strings.TrimPrefix(w.lines.Text(), `data: {"session":"`), `"`)
	for i, answer := range []string{`"welcome":{`, `"stored":["AQIDBAUGBwgJCgsMDQ4PEA=="]`} {
		post, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+r.addr+posts[i][3]+name+posts[i][4], strings.NewReader(posts[i][2]))
		if err != nil {
			t.Fatal(err)
		}
		post.Header.Set("Content-Type", posts[i][1])
		taken, err := http.DefaultClient.Do(post)
		if err != nil {
			t.Fatal(err)
		}
		taken.Body.Close()
		if taken.StatusCode != http.StatusNoContent {
			t.Fatalf("POST %s is answered %s", posts[i][2], taken.Status)
		}
		w.until(answer)
	}
}
