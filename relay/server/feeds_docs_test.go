package server

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"edgeboard/shared/wire/wirepb"
)

// Times in docs/feeds.md are about this one; when it is tried they are about now.
const docsNow = 1_764_000_010_000

// example is a relay on which what docs/feeds.md shows is tried.
type example struct {
	*sensor
	relay *relay
	shift int64 // from the times there to those here, in milliseconds
}

var (
	fence     = regexp.MustCompile("(?ms)^```([a-z]*)\n(.*?)^```$")
	shellWord = regexp.MustCompile(`'[^']*'|"[^"]*"|[^\s'"]+`)
	docsTime  = regexp.MustCompile(`\b17640000\d{5}\b|2025-11-24T16:00:\d\dZ`)
)

// here is a text with times that are about now.
func (e *example) here(text string) string {
	return docsTime.ReplaceAllStringFunc(text, func(at string) string {
		if ms, err := strconv.ParseInt(at, 10, 64); err == nil {
			return fmt.Sprint(ms + e.shift)
		}
		then, err := time.Parse(time.RFC3339, at)
		if err != nil {
			e.t.Error(err)
		}
		return then.Add(time.Duration(e.shift) * time.Millisecond).Format(time.RFC3339Nano)
	})
}

// curl does what a command says, with lines for what comes by a pipe, and returns the
// answer.
func (e *example) curl(command, piped string) string {
	e.t.Helper()
	method, body, address := "GET", "", ""
	header := http.Header{}
	words := shellWord.FindAllString(command, -1)
	for i := range words {
		words[i] = strings.Trim(words[i], `'"`)
	}
	for i := 1; i < len(words); i++ {
		next := func() string { i++; return words[i] }
		switch words[i] {
		case "-X":
			method = next()
		case "-d":
			body = e.here(next())
			if method = "POST"; header.Get("Content-Type") == "" {
				header.Set("Content-Type", mediaForm)
			}
		case "-T":
			body = piped
			next()
		case "-H":
			name, value, _ := strings.Cut(next(), ": ")
			header.Set(name, value)
		case "-N":
		default:
			address = words[i]
		}
	}
	path, ok := strings.CutPrefix(address, "http://localhost:8080")
	if !ok {
		path, ok = strings.CutPrefix(address, "https://board.example")
		if !ok || header.Get("Authorization") == "" {
			e.t.Errorf("%s is asked without a token", address)
		}
	}
	q, err := http.NewRequestWithContext(e.t.Context(), method, e.base+e.here(path), strings.NewReader(body))
	if err != nil {
		e.t.Fatal(err)
	}
	q.Header = header
	if strings.Contains(path, "/events?") {
		return path
	}
	a := e.send(q)
	if a.status >= 300 {
		e.t.Errorf("%s is answered %d %s", command, a.status, a.text)
	}
	return a.text
}

// same expects an answer to be what is shown, but for its times.
func (e *example) same(what, got, shown string) {
	e.t.Helper()
	plain := func(text string) string {
		var v any
		if err := json.Unmarshal([]byte(text), &v); err != nil {
			e.t.Errorf("%s: %q: %v", what, text, err)
		}
		out, _ := json.Marshal(v)
		return regexp.MustCompile(`"time":\d+`).ReplaceAllString(string(out), `"time":0`)
	}
	if got, shown = plain(got), plain(shown); got != shown {
		e.t.Errorf("%s is answered %s, and shown as %s", what, got, shown)
	}
}

// Each example of docs/feeds.md is tried, in their order, and answers are those that are
// shown.
func TestFeedExamples(t *testing.T) {
	text, err := os.ReadFile("../../docs/feeds.md")
	if err != nil {
		t.Fatal(err)
	}
	r := start(t, t.TempDir())
	e := &example{r.sensor(""), r, time.Now().UnixMilli() - docsNow}
	tried, last := map[string]int{}, ""
	for _, m := range fence.FindAllStringSubmatch(string(text), -1) {
		kind, body := m[1], m[2]
		tried[kind]++
		switch {
		case kind == "sh":
			for line := range strings.Lines(strings.TrimSpace(body)) {
				last = e.shell(strings.TrimSpace(line), "0.5\n0.7\n")
			}
		case kind == "yaml":
			path := regexp.MustCompile(`url: https://board.example(\S+)`).FindStringSubmatch(body)
			now := float64(time.Now().UnixMilli())
			if a := e.write(path[1], mediaProto, "snappy", new(written).series([]string{"__name__", "up", "instance", "a:9100"}, [2]float64{1, now}).packed()); a.status != 200 {
				t.Errorf("what Prometheus writes is answered %s", a.text)
			}
			e.wantPoints(at(`prom.up{instance="a:9100"}`, "plans"), "what Prometheus writes", 1)
		case kind == "json" && strings.HasPrefix(body, "["):
			token := filepath.Join(t.TempDir(), "token")
			if err := os.WriteFile(token, []byte("x"), 0o600); err != nil {
				t.Fatal(err)
			}
			if list, err := parsePulls([]byte(strings.ReplaceAll(body, "/etc/edgeboard/prometheus-token", token))); err != nil || len(list) != 2 {
				t.Errorf("the list of what is asked is read as %v, %v", list, err)
			}
		case kind == "json" && strings.Contains(body, `"line":`):
			a := e.ask("POST", at("load", "plans"), mediaLines, strings.NewReader("0.5\n0.7\noops\n"))
			e.same("a wrong line", a.text, body)
		case kind == "json":
			e.same("an example", last, body)
		case kind == "":
			e.event(last, body)
		}
	}
	for kind, least := range map[string]int{"sh": 8, "json": 6, "yaml": 1, "": 1} {
		if tried[kind] < least {
			t.Errorf("%d examples of %q were found", tried[kind], kind)
		}
	}
}

// shell does what a line says, and returns the last answer.
func (e *example) shell(line, piped string) string {
	e.t.Helper()
	switch {
	case strings.HasPrefix(line, "TOKEN=$(relay token "):
		if words := strings.Fields(line); !slices.Contains(words, "-feeds") || !slices.Contains(words, "plans=viewer") {
			e.t.Errorf("%s makes no token of a program that publishes", line)
		}
		return ""
	case strings.HasPrefix(line, "grpcurl "):
		var m wirepb.Publish
		if err := json.Unmarshal([]byte(strings.Trim(regexp.MustCompile(`'[^']*'`).FindString(line), "'")), &m); err != nil {
			e.t.Fatal(err)
		}
		if !strings.HasSuffix(line, strings.TrimPrefix(feedPush, "/")) {
			e.t.Errorf("%s calls something else", line)
		}
		p := e.relay.pusher("")
		p.says(&m)
		a, err := p.stream.Recv()
		if err != nil {
			e.t.Fatal(err)
		}
		text, _ := json.Marshal(a)
		return string(text)
	}
	commands := strings.Split(line, " | ")
	return e.curl(commands[len(commands)-1], piped)
}

// event expects the first event at an address to be as it is shown.
func (e *example) event(path, shown string) {
	e.t.Helper()
	feed, board, _ := strings.Cut(strings.TrimPrefix(path, "/api/v1/feeds/"), "/events?board=")
	f := e.follow(feed, board, "")
	var got []string
	for f.lines.Scan() && (len(got) == 0 || f.lines.Text() != "") {
		if line := f.lines.Text(); line != "" && !strings.HasPrefix(line, ":") {
			got = append(got, line)
		}
	}
	want := strings.Split(strings.TrimSpace(shown), "\n")
	for i, line := range want {
		name, value, _ := strings.Cut(line, ": ")
		if i >= len(got) || !strings.HasPrefix(got[i], name+": ") {
			e.t.Fatalf("the event is %q, shown as %q", got, want)
		}
		switch told := strings.TrimPrefix(got[i], name+": "); name {
		case "id":
			if form := regexp.MustCompile(`^[A-Z2-7]{8}-\d+$`); !form.MatchString(told) || !form.MatchString(value) {
				e.t.Errorf("the id is %q, shown as %q", told, value)
			}
		case "data":
			e.same("an event", told, value)
		default:
			if told != value {
				e.t.Errorf("%s is %q, shown as %q", name, told, value)
			}
		}
	}
}
