package server

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"edgeboard/relay/auth"
)

// sensor is a program that publishes by HTTP, and reads.
type sensor struct {
	t     *testing.T
	base  string
	token string
	from  string // as a proxy says, empty: nothing
}

func (r *relay) sensor(token string) *sensor { return &sensor{r.t, "http://" + r.addr, token, ""} }

// publishing is a token of a program that publishes on boards.
func (o *operator) publishing(boards map[string]auth.Role) string {
	o.t.Helper()
	return o.sign(&auth.Grant{Subject: "oven", Token: "oven-1", Feeds: true, Boards: boards, Issued: time.Now(), Until: time.Now().Add(time.Hour)})
}

// answered is what the routes of live data answer.
type answered struct {
	status int
	header http.Header
	text   string

	Taken  *int
	Error  string
	Field  string
	Board  string
	Feed   string
	Type   string
	Line   int
	Point  *int
	Feeds  []feedLine
	Points json.RawMessage
}

// one returns what is a pointer as text, "-" of nil.
func one(n *int) string {
	if n == nil {
		return "-"
	}
	return fmt.Sprint(*n)
}

// at is the address of a feed on boards.
func at(feed string, boards ...string) string {
	q := url.Values{"board": boards}
	return "/api/v1/feeds/" + url.PathEscape(feed) + "?" + q.Encode()
}

func (s *sensor) ask(method, path, media string, body io.Reader) (a answered) {
	s.t.Helper()
	q, err := http.NewRequestWithContext(s.t.Context(), method, s.base+path, body)
	if err != nil {
		s.t.Fatal(err)
	}
	if media != "" {
		q.Header.Set("Content-Type", media)
	}
	if s.token != "" {
		q.Header.Set("Authorization", "Bearer "+s.token)
	}
	if s.from != "" {
		q.Header.Set("X-Forwarded-For", s.from)
	}
	return s.send(q)
}

func (s *sensor) send(q *http.Request) (a answered) {
	s.t.Helper()
	got, err := http.DefaultClient.Do(q)
	if err != nil {
		s.t.Fatal(err)
	}
	defer got.Body.Close()
	text, err := io.ReadAll(got.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	a.status, a.header, a.text = got.StatusCode, got.Header, string(text)
	if a.status == http.StatusNoContent {
		return a
	}
	if err := json.Unmarshal(text, &a); err != nil || got.Header.Get("Content-Type") != "application/json" {
		s.t.Errorf("%s %s is answered with %q: %v", q.Method, q.URL, text, err)
	}
	if (a.status >= 400) != (a.Error != "") {
		s.t.Errorf("%s %s is answered %d with the error %q", q.Method, q.URL, a.status, a.Error)
	}
	return a
}

func (a answered) want(t *testing.T, what string, status int) answered {
	t.Helper()
	if a.status != status {
		t.Errorf("%.200s is answered %d %s, want %d", what, a.status, a.text, status)
	}
	return a
}

// says publishes, and expects so many points to be taken.
func (s *sensor) says(path, media, body string, taken int) {
	s.t.Helper()
	if a := s.ask("POST", path, media, strings.NewReader(body)).want(s.t, body, 200); one(a.Taken) != fmt.Sprint(taken) {
		s.t.Errorf("of %.200s %s points are taken, want %d", body, one(a.Taken), taken)
	}
}

// wantFeeds expects a board to have feeds, each with its type, its last value and how
// many points there are.
func (s *sensor) wantFeeds(board, when string, want ...string) {
	s.t.Helper()
	a := s.ask("GET", "/api/v1/feeds?board="+board, "", nil).want(s.t, "the list", 200)
	got := []string{}
	for _, f := range a.Feeds {
		got = append(got, fmt.Sprintf("%s %s %v %d", f.Feed, f.Type, f.Value, f.Points))
	}
	if !slices.Equal(got, want) {
		s.t.Errorf("%s: the feeds are %q, want %q", when, got, want)
	}
}

// wantPoints expects a feed to have values, the oldest first.
func (s *sensor) wantPoints(path, when string, want ...any) {
	s.t.Helper()
	a := s.ask("GET", path, "", nil).want(s.t, path, 200)
	var list []pointLine
	if err := json.Unmarshal(a.Points, &list); err != nil {
		s.t.Fatal(err)
	}
	got := []any{}
	for _, p := range list {
		got = append(got, p.Value)
	}
	if fmt.Sprintf("%v", got) != fmt.Sprintf("%v", want) {
		s.t.Errorf("%s: the points are %v, want %v", when, got, want)
	}
}

// What curl and other programs send is taken, whatever they call it.
func TestPublishByHTTP(t *testing.T) {
	r := start(t, t.TempDir())
	s := r.sensor("")
	now := time.Now().UnixMilli()
	// curl -d 21.5, and what else is a number or a text as it stands.
	s.says(at("oven", "plans"), mediaForm, "21.5", 1)
	s.says(at("oven", "plans"), mediaPlain, " -2e1\r\n", 1)
	s.says(at("oven", "plans"), "text/plain; charset=utf-8", "+.5", 1)
	s.says(at("oven", "plans"), "", "22", 1)
	s.says(at("door", "plans"), mediaPlain, "0x10 open\n", 1)
	s.says(at("door", "plans"), mediaForm, "1.2.3", 1)
	s.says(at("door", "plans"), mediaPlain, `{"value":1}`, 1) // who says that it is a text means it
	// JSON.
	s.says(at("oven", "plans"), mediaJSON, " 23\n", 1)
	s.says(at("door", "plans"), mediaJSON, `"geöffnet\n\ud83d\ude42"`, 1)
	s.says(at("lift", "plans"), mediaJSON, fmt.Sprintf(`{"value": 1, "time": %d}`, now-5000), 1)
	s.says(at("lift", "plans"), mediaJSON, fmt.Sprintf(`{"value": 2, "time": %q}`, time.UnixMilli(now-4000).UTC().Format(time.RFC3339Nano)), 1)
	s.says(at("lift", "plans"), mediaForm, fmt.Sprintf(`{"points":[{"value":3,"time":%d},{"value":4,"time":%d.75}]}`, now-3000, now-2000), 2)
	s.says(at("lift", "plans"), "application/json; charset=utf-8", `[{"value":5},{"points":[{"value":6},{"value":7}]}]`, 3)
	s.says(at("host", "plans"), mediaJSON, fmt.Sprintf(`{"values":{"mem":4.5,"cpu":3,"state":"up"},"time":%d}`, now), 3)
	s.says(at("host", "plans"), mediaJSON, `[{"values":{"cpu":4}},{"values":{}},{"points":[]},{"values":{"cpu":5}}]`, 2)
	// Lines, the last one of which has no end.
	s.says(at("oven", "plans"), mediaLines, "24\n\n {\"value\":25}\r\n[{\"value\":26},{\"value\":27}]\n28", 5)
	// Two boards, one of which is named twice; names of all kinds.
	s.says(at("oven", "b", "c", "b"), mediaJSON, "1", 1)
	name := `http_requests_total{path="/a b?/..%2F",code="200"}`
	name = strings.ReplaceAll(name, " ", "_")
	s.says(at(name, "c"), mediaJSON, "1", 1)
	s.says(at("温度/..", "c"), mediaJSON, "1", 1)

	s.wantFeeds("plans", "after all that", `door text geöffnet
🙂 4`, "host.cpu number 5 3", "host.mem number 4.5 1", "host.state text up 1", "lift number 7 7", "oven number 28 10")
	s.wantPoints(at("oven", "plans"), "numbers", 21.5, -20, 0.5, 22, 23, 24, 25, 26, 27, 28)
	s.wantPoints(at("door", "plans"), "texts", "0x10 open", "1.2.3", `{"value":1}`, "geöffnet\n🙂")
	s.wantPoints(at("lift", "plans")+"&points=3", "the last of them", 5, 6, 7)
	s.wantPoints(at("lift", "plans")+fmt.Sprint("&since=", now-4000), "those since a time", 3, 4, 5, 6, 7)
	s.wantFeeds("b", "one of two boards", "oven number 1 1")
	s.wantFeeds("c", "the other one", name+" number 1 1", "oven number 1 1", "温度/.. number 1 1")
	s.wantPoints(at(name, "c"), "a name of many signs", 1)
	s.wantFeeds("nobodys", "a board without any")
}

// A feed that is forgotten may begin anew, with values of another type.
func TestForgetFeed(t *testing.T) {
	s := start(t, t.TempDir()).sensor("")
	s.says(at("oven", "b", "c"), "", "21.5", 1)
	s.ask("DELETE", at("oven", "b"), "", nil).want(t, "it is forgotten", 204)
	s.ask("DELETE", at("oven", "b"), "", nil).want(t, "again", 404)
	s.ask("GET", at("oven", "b"), "", nil).want(t, "its points", 404)
	s.says(at("oven", "b"), "", "warm", 1)
	s.wantFeeds("b", "afterwards", "oven text warm 1")
	s.wantFeeds("c", "on another board", "oven number 21.5 1")
}

// What is not understood is refused in words that say what was wrong, and leaves no trace.
func TestBadPoints(t *testing.T) {
	r := startWith(t, Config{Data: t.TempDir(), Access: Access{Open: true}, Log: quiet(), Feeds: FeedLimits{Feeds: 5}}, false)
	s := r.sensor("")
	now := time.Now().UnixMilli()
	s.says(at("number", "b"), mediaJSON, fmt.Sprintf(`{"value":1,"time":%d}`, now), 1)
	s.says(at("text", "b"), mediaJSON, fmt.Sprintf(`{"value":"one","time":%d}`, now), 1)
	before := []string{"number number 1 1", "text text one 1"}
	long := strings.Repeat("x", 2001)
	deep := strings.Repeat("[", 20_000)
	many := `{"values":{"0":0` + func() (more string) {
		for i := range 10 {
			more += fmt.Sprintf(`,"%d":1`, i+1)
		}
		return more
	}() + `}}`
	for _, c := range []struct {
		path, media, body string
		status            int
		field, says       string
	}{
		// Numbers that are none.
		{at("x", "b"), mediaPlain, "NaN", 400, "value", "finite"},
		{at("x", "b"), mediaForm, "-inf", 400, "value", "finite"},
		{at("x", "b"), mediaForm, "+Infinity", 400, "value", "finite"},
		{at("x", "b"), mediaForm, "1e999", 400, "value", "finite"},
		{at("x", "b"), mediaJSON, "1e999", 400, "value", "finite"},
		{at("x", "b"), mediaJSON, "NaN", 400, "value", "finite"},
		{at("x", "b"), mediaJSON, `{"value":NaN}`, 400, "value", "finite"},
		{at("x", "b"), mediaJSON, `{"value":-Infinity}`, 400, "value", "finite"},
		// Values of a wrong type.
		{at("number", "b"), mediaJSON, `"one"`, 422, "value", "the feed has numbers"},
		{at("text", "b"), mediaJSON, `1`, 422, "value", "the feed has texts"},
		{at("x", "b"), mediaJSON, `true`, 422, "value", "a number or a text, not"},
		{at("x", "b"), mediaJSON, `{"value":null}`, 422, "value", "a number or a text, not"},
		{at("x", "b"), mediaJSON, `{"value":{"value":1}}`, 422, "value", "a number or a text, not"},
		{at("x", "b"), mediaJSON, `{"values":{"a":1,"b":[]}}`, 422, "value", "a number or a text, not"},
		{at("x", "b"), mediaJSON, `[{"value":1},{"value":"a"}]`, 422, "value", "the feed has numbers"},
		// Texts that are none.
		{at("x", "b"), mediaPlain, "", 400, "value", "1 to 2000 bytes"},
		{at("x", "b"), mediaPlain, long, 400, "value", "1 to 2000 bytes"},
		{at("x", "b"), mediaPlain, "a\x00b", 400, "value", "1 to 2000 bytes"},
		{at("x", "b"), mediaPlain, "a\xff", 400, "value", "1 to 2000 bytes"},
		{at("x", "b"), mediaJSON, `""`, 400, "value", "1 to 2000 bytes"},
		{at("x", "b"), mediaJSON, `"a\u0000"`, 400, "value", "1 to 2000 bytes"},
		// Times.
		{at("x", "b"), mediaJSON, fmt.Sprintf(`{"value":1,"time":%d}`, now+3600_000), 422, "time", "ahead of the relay's clock"},
		{at("x", "b"), mediaJSON, fmt.Sprintf(`{"value":1,"time":%d}`, now-7200_000), 422, "time", "older points are not kept"},
		{at("x", "b"), mediaJSON, fmt.Sprintf(`{"value":1,"time":%d}`, now/1000), 422, "time", "in milliseconds"},
		{at("number", "b"), mediaJSON, fmt.Sprintf(`{"value":1,"time":%d}`, now), 409, "time", "not newer"},
		{at("number", "b"), mediaJSON, fmt.Sprintf(`{"value":1,"time":%d}`, now-1), 409, "time", "not newer"},
		{at("x", "b"), mediaJSON, fmt.Sprintf(`[{"value":1,"time":%d},{"value":2,"time":%d}]`, now, now), 409, "time", "not newer"},
		{at("x", "b"), mediaJSON, `{"value":1,"time":0}`, 422, "time", "no time"},
		{at("x", "b"), mediaJSON, `{"value":1,"time":-5}`, 422, "time", "no time"},
		{at("x", "b"), mediaJSON, `{"value":1,"time":1e300}`, 422, "time", "no time"},
		{at("x", "b"), mediaJSON, `{"value":1,"time":"yesterday"}`, 400, "time", "milliseconds since 1970, or a text"},
		{at("x", "b"), mediaJSON, `{"value":1,"time":null}`, 400, "time", "milliseconds since 1970, or a text"},
		{at("x", "b"), mediaJSON, `{"points":[{"value":1}],"time":5}`, 400, "time", "of its own"},
		// JSON that is none, or says something else.
		{at("x", "b"), mediaJSON, ``, 400, "value", "empty"},
		{at("x", "b"), mediaJSON, `{"value":`, 400, "body", "no JSON"},
		{at("x", "b"), mediaJSON, `{"value":1}}`, 400, "body", "something follows"},
		{at("x", "b"), mediaJSON, `{"value":1} 2`, 400, "body", "something follows"},
		{at("x", "b"), mediaJSON, `value=1`, 400, "body", "no JSON"},
		{at("x", "b"), mediaForm, `{"value":1`, 400, "body", "no JSON"},
		{at("x", "b"), mediaJSON, `[{"value":1}`, 400, "body", "no JSON"},
		{at("x", "b"), mediaJSON, `[1,2]`, 400, "body", "an entry is an object"},
		{at("x", "b"), mediaJSON, deep, 400, "body", "no JSON"},
		{at("x", "b"), mediaJSON, `{"value":` + deep, 400, "body", "no JSON"},
		{at("x", "b"), mediaJSON, `{}`, 400, "value", "a value is missing"},
		{at("x", "b"), mediaJSON, `[null]`, 400, "value", "a value is missing"},
		{at("x", "b"), mediaJSON, `{"points":[{"time":5}]}`, 400, "value", "a value is missing"},
		{at("x", "b"), mediaJSON, `{"value":1,"values":{"a":1}}`, 400, "value", "exclude each other"},
		{at("x", "b"), mediaJSON, `{"value":1,"colour":"red"}`, 400, "colour", `"colour" is not known`},
		{at("x", "b"), mediaJSON, `{"points":[{"value":1,"unit":"°C"}]}`, 400, "unit", `"unit" is not known`},
		{at("x", "b"), mediaJSON, `{"points":3}`, 400, "points", "points is a list"},
		{at("x", "b"), mediaJSON, `{"values":[3]}`, 400, "values", "values is an object"},
		{at("x", "b"), mediaJSON, "\"a\xff\"", 400, "body", "not UTF-8"},
		// Names, and boards.
		{at("a b", "b"), "", "1", 422, "feed", "a feed's name"},
		{at("a*", "b"), "", "1", 422, "feed", "a feed's name"},
		{at("a\x00", "b"), "", "1", 422, "feed", "a feed's name"},
		{at("\xff", "b"), "", "1", 422, "feed", "a feed's name"},
		{at(strings.Repeat("x", 129), "b"), "", "1", 422, "feed", "a feed's name"},
		{at(strings.Repeat("x", 127), "b"), mediaJSON, `{"values":{"ab":1}}`, 422, "feed", "a feed's name"},
		{at("x", "b"), mediaJSON, `{"values":{"a b":1}}`, 422, "feed", "a feed's name"},
		{"/api/v1/feeds/x", "", "1", 400, "board", "board is missing"},
		{at("x", ""), "", "1", 400, "board", "a board's name"},
		{at("x", "../b"), "", "1", 400, "board", "a board's name"},
		{at("x", "b", "_relay"), "", "1", 400, "board", "a board's name"},
		{at("x", func() (list []string) {
			for i := range maxFeedBoards + 1 {
				list = append(list, fmt.Sprint("b", i))
			}
			return list
		}()...), "", "1", 400, "board", "at most 64 boards"},
		// As many feeds as there may be.
		{at("x", "b"), mediaJSON, many, 429, "feed", "as many feeds as there may be"},
		// Media.
		{at("x", "b"), "image/png", "1", 415, "Content-Type", "application/json"},
		{at("x", "b"), "text/", "1", 415, "Content-Type", "application/json"},
		{at("x", "b"), mediaJSON, `"` + strings.Repeat("x", maxFeedBody) + `"`, 413, "body", "1 MiB"},
		{at("x", "b"), mediaPlain, strings.Repeat("x", maxFeedBody+1), 413, "body", "1 MiB"},
	} {
		a := s.ask("POST", c.path, c.media, strings.NewReader(c.body)).want(t, c.media+" "+c.body, c.status)
		if a.Field != c.field || !strings.Contains(a.Error, c.says) {
			t.Errorf("%s %.100s is answered about %q %q, want %q %q", c.media, c.body, a.Field, a.Error, c.field, c.says)
		}
		if len(a.text) > 1000 {
			t.Errorf("%.100s is answered with %d bytes", c.body, len(a.text))
		}
		if (a.header.Get("Retry-After") != "") != (c.status == 429) {
			t.Errorf("%.100s is answered with Retry-After %q", c.body, a.header.Get("Retry-After"))
		}
		s.wantFeeds("b", "after "+c.body[:min(len(c.body), 100)], before...)
	}
	q, _ := http.NewRequestWithContext(t.Context(), "POST", s.base+at("x", "b"), strings.NewReader("1"))
	q.Header.Set("Content-Encoding", "gzip")
	if a := s.send(q).want(t, "what is packed", 415); a.Field != "Content-Encoding" {
		t.Errorf("what is packed is answered about %q", a.Field)
	}
	// What is refused says where it was.
	a := s.ask("POST", at("x", "b"), mediaJSON, strings.NewReader(`[{"value":1},{"values":{"a":1,"b":2}},{"value":"two"}]`)).want(t, "the third", 422)
	if a.Feed != "x" || one(a.Point) != "3" {
		t.Errorf("what is wrong is said to be point %s of %q: %s", one(a.Point), a.Feed, a.text)
	}
	a = s.ask("POST", at("number", "c", "b"), mediaJSON, strings.NewReader(`"word"`)).want(t, "on the second board", 422)
	if a.Board != "b" {
		t.Errorf("what is wrong is said to be on %q", a.Board)
	}
}

// What is asked for in a wrong way is answered in words.
func TestBadQuestionsForFeeds(t *testing.T) {
	s := start(t, t.TempDir()).sensor("")
	s.says(at("x", "b"), "", "1", 1)
	for path, c := range map[string]struct {
		status int
		field  string
	}{
		"/api/v1/feeds":                       {400, "board"},
		"/api/v1/feeds?board=b&board=c":       {400, "board"},
		"/api/v1/feeds?board=..":              {400, "board"},
		at("x", "b") + "&points=0":            {400, "points"},
		at("x", "b") + "&points=-1":           {400, "points"},
		at("x", "b") + "&points=many":         {400, "points"},
		at("x", "b") + "&points=1e99":         {400, "points"},
		at("x", "b") + "&since=yesterday":     {400, "since"},
		at("a b", "b"):                        {422, "feed"},
		at("none", "b"):                       {404, "feed"},
		"/api/v1/feeds/a%20b/events?board=b":  {422, "feed"},
		"/api/v1/feeds/*x/events?board=b":     {422, "feed"},
		"/api/v1/feeds/x/events":              {400, "board"},
		"/api/v1/feeds/x/events?board=_relay": {400, "board"},
	} {
		if a := s.ask("GET", path, "", nil).want(t, path, c.status); a.Field != c.field {
			t.Errorf("%s is answered about %q, want %q: %s", path, a.Field, c.field, a.text)
		}
	}
}

// Of lines those before a wrong one are taken, and that one is named at once, also if
// more could come.
func TestPublishLines(t *testing.T) {
	r := startWith(t, Config{Data: t.TempDir(), Access: Access{Open: true}, Log: quiet(), Feeds: FeedLimits{Feeds: 1}}, false)
	s := r.sensor("")
	for _, c := range []struct {
		line   string
		status int
		field  string
	}{
		{`{"value":"word"}`, 422, "value"},
		{`{"value":`, 400, "body"},
		{`{"value":1e999}`, 400, "value"},
		{`{"value":1,"time":1000}`, 422, "time"},
		{`{"values":{"more":1}}`, 429, "feed"},
		{strings.Repeat(" ", maxFeedLine+1), 413, "body"},
	} {
		body, writer := io.Pipe()
		go func() {
			_, _ = io.WriteString(writer, "1\n\n{\"points\":[{\"value\":2},{\"value\":3}]}\n"+c.line+"\n4\n") // it may be refused in the middle
		}()
		a := s.ask("POST", at("x", "b"), mediaLines, body).want(t, c.line, c.status)
		writer.Close()
		if a.Line != 4 || one(a.Taken) != "3" || a.Field != c.field {
			t.Errorf("%.50q is answered about %q in line %d, after %s points: %s", c.line, a.Field, a.Line, one(a.Taken), a.text)
		}
		s.wantPoints(at("x", "b")+"&points=3", "those before it", 1, 2, 3)
	}
}

// After a line that is wrong nothing is read any more, and so no other request either.
func TestWrongLineEndsTheConnection(t *testing.T) {
	s := start(t, t.TempDir()).sensor("")
	for body, status := range map[string]int{"1\n{}\n2\n": 400, strings.Repeat(" ", maxFeedLine+2): 413} {
		a, err := http.Post(s.base+at("oven", "plans"), mediaLines, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		a.Body.Close()
		if a.StatusCode != status || !a.Close {
			t.Errorf("a wrong line is answered %d, and the connection ends: %v; want %d, and that it does", a.StatusCode, a.Close, status)
		}
	}
}

// A stream of lines may last: its points are there as they come. It ends with the relay,
// which says what was taken.
func TestLinesThatLast(t *testing.T) {
	r := start(t, t.TempDir())
	s := r.sensor("")
	body, writer := io.Pipe()
	defer writer.Close()
	answers := make(chan answered, 1)
	go func() { answers <- s.ask("POST", at("x", "b"), mediaLines, body) }()
	events := s.follow("x", "b", "")
	for _, line := range []string{"1", "2", "3"} {
		if _, err := io.WriteString(writer, line+"\n"); err != nil {
			t.Fatal(err)
		}
		events.until(`"value":` + line + "}")
	}
	r.end()
	a := (<-answers).want(t, "a stream at the end of the relay", 503)
	if one(a.Taken) != "3" || a.header.Get("Retry-After") == "" {
		t.Errorf("it is answered %s, and to come again after %q", a.text, a.header.Get("Retry-After"))
	}
}

// What is left of a line when its connection breaks is no value.
func TestBrokenLines(t *testing.T) {
	r := start(t, t.TempDir())
	s := r.sensor("")
	body, writer := io.Pipe()
	q, _ := http.NewRequestWithContext(t.Context(), "POST", s.base+at("x", "b"), body)
	q.Header.Set("Content-Type", mediaLines)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		if resp, err := http.DefaultClient.Do(q); err == nil {
			resp.Body.Close()
		}
	}()
	events := s.follow("x", "b", "")
	_, _ = io.WriteString(writer, "20\n21")
	events.until(`"value":20}`)
	writer.CloseWithError(io.ErrUnexpectedEOF)
	<-ended
	s.says(at("x", "b"), "", "22", 1)
	events.until(`"value":22}`)
	s.wantPoints(at("x", "b"), "afterwards", 20, 22)
}

// follower reads the events of a feed, as curl -N does.
type follower struct {
	t     *testing.T
	lines *bufio.Scanner
	last  string // id
	close func()
}

func (s *sensor) follow(pattern, board, last string) *follower {
	s.t.Helper()
	q, err := http.NewRequest("GET", s.base+"/api/v1/feeds/"+url.PathEscape(pattern)+"/events?board="+board, nil)
	if err != nil {
		s.t.Fatal(err)
	}
	if last != "" {
		q.Header.Set("Last-Event-ID", last)
	}
	if s.token != "" {
		q.Header.Set("Authorization", "Bearer "+s.token)
	}
	resp, err := http.DefaultClient.Do(q)
	if err != nil {
		s.t.Fatal(err)
	}
	closing := func() { resp.Body.Close() }
	s.t.Cleanup(closing)
	wantStatus(s.t, resp, http.StatusOK)
	wantHeader(s.t, resp, "Content-Type", "text/event-stream")
	wantHeader(s.t, resp, "Cache-Control", "no-store")
	return &follower{s.t, bufio.NewScanner(resp.Body), "", closing}
}

// until reads until a line ends with a text, and returns what stood between in data.
func (f *follower) until(text string) (data []string) {
	f.t.Helper()
	for f.lines.Scan() {
		line := f.lines.Text()
		if id, ok := strings.CutPrefix(line, "id: "); ok {
			f.last = id
		}
		if strings.HasSuffix(line, text) {
			return data
		}
		if d, ok := strings.CutPrefix(line, "data: "); ok {
			data = append(data, d)
		}
	}
	f.t.Fatalf("no line with %s came: %v", text, f.lines.Err())
	return nil
}

// Who may publish is who has the claim and a role on the board; what a browser shows of
// itself counts for nothing.
func TestWhoMayPublish(t *testing.T) {
	o := keyed(t)
	oven := o.publishing(map[string]auth.Role{"plans": auth.Viewer, "team-*": auth.Editor})
	o.sensor(oven).says(at("oven", "plans"), "", "21.5", 1)
	o.sensor(oven).says(at("oven", "team-a", "team-b"), "", "21.5", 1)
	owner := o.token("ann", auth.Owner)
	for what, c := range map[string]struct {
		token, path string
		status      int
		says        string
	}{
		"nobody":                        {"", at("oven", "plans"), 401, "does not know who you are"},
		"rubbish":                       {"rubbish", at("oven", "plans"), 401, ""},
		"an owner without the claim":    {owner, at("oven", "plans"), 403, `"feeds": true`},
		"a board that it may not see":   {oven, at("oven", "elsewhere"), 403, "does not allow to come to this board"},
		"one of two that it may not":    {oven, at("oven", "plans", "elsewhere"), 403, "does not allow to come to this board"},
		"a token that was changed":      {oven + "x", at("oven", "plans"), 401, ""},
		"a token that is over":          {o.sign(&auth.Grant{Subject: "x", Feeds: true, Boards: map[string]auth.Role{"*": auth.Owner}, Issued: time.Now().Add(-time.Hour), Until: time.Now().Add(-time.Minute)}), at("oven", "plans"), 401, ""},
		"a token that is for no boards": {o.program("build"), at("oven", "plans"), 403, ""},
	} {
		for _, method := range []string{"POST", "DELETE"} {
			a := o.sensor(c.token).ask(method, c.path, "", strings.NewReader("99")).want(t, what, c.status)
			if !strings.Contains(a.Error, c.says) {
				t.Errorf("%s is answered %q, want %q", what, a.Error, c.says)
			}
		}
	}
	page := o.page()
	page.token("plans", "", owner).want(t, "a session", 200)
	page.ask("POST", at("oven", "plans"), "", "99").want(t, "a session's cookie", 401)
	reader := o.sensor(o.token("bob", auth.Viewer))
	reader.wantFeeds("plans", "after all that", "oven number 21.5 1")
	for path, status := range map[string]int{
		"/api/v1/feeds?board=plans": 401, at("oven", "plans"): 401, "/api/v1/feeds/oven/events?board=plans": 401,
	} {
		o.sensor("").ask("GET", path, "", nil).want(t, "nobody asks for "+path, status)
		o.sensor(oven).ask("GET", strings.Replace(path, "=plans", "=elsewhere", 1), "", nil).want(t, "a stranger to the board asks for "+path, 403)
	}
	page.ask("GET", "/api/v1/feeds?board=plans", "", "").want(t, "a page's own picture of it", 200)
	// What is taken back holds for a stream that lasts, too.
	body, writer := io.Pipe()
	defer writer.Close()
	answers := make(chan answered, 1)
	go func() { answers <- o.sensor(oven).ask("POST", at("oven", "plans"), mediaLines, body) }()
	_, _ = io.WriteString(writer, "22\n")
	events := reader.follow("oven", "plans", "")
	events.until(`"value":22}`)
	page.ask("POST", "/api/revocations", owner, `{"token":"oven-1"}`).want(t, "it is taken back", 204)
	_, _ = io.WriteString(writer, "23\n")
	(<-answers).want(t, "a token that was taken back", 401)
	o.sensor(oven).ask("POST", at("oven", "plans"), "", strings.NewReader("99")).want(t, "a token that was taken back", 401)
	reader.wantPoints(at("oven", "plans"), "after all that", 21.5, 22)
}

// A program with a million names fills its board's places and nobody else's; what was
// there goes on.
func TestMillionFeeds(t *testing.T) {
	r := startWith(t, Config{Data: t.TempDir(), Access: Access{Open: true}, Log: quiet(), Feeds: FeedLimits{Feeds: 50, All: 80}}, false)
	s := r.sensor("")
	s.says(at("oven", "plans"), "", "1", 1)
	full := 0
	for i := range 60 {
		a := s.ask("POST", at(fmt.Sprint("f", i), "plans"), "", strings.NewReader("1"))
		if a.status == 429 && a.Field == "feed" && a.header.Get("Retry-After") != "" {
			full++
		}
	}
	if full != 11 {
		t.Errorf("%d of 60 are refused, want 11", full)
	}
	s.says(at("oven", "plans"), "", "2", 1)
	s.says(at("oven", "elsewhere"), "", "1", 1)
}

// Who publishes without end is held up, others are not.
func TestFloodOfPoints(t *testing.T) {
	r := startWith(t, Config{
		Data: t.TempDir(), Access: Access{Open: true}, Log: quiet(), TrustedProxies: []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")},
		Limits: Limits{ConnectionsPerAddress: 20, AddressRate: 1},
	}, false)
	s := r.sensor("")
	s.from = "2001:db8:f10d::1"
	taken := 0
	for taken < 10_000 {
		a := s.ask("POST", at("x", "b"), "", strings.NewReader("1"))
		if a.status == 429 {
			break
		}
		a.want(t, "a point", 200)
		taken++
	}
	if taken < 20*fetches || taken == 10_000 {
		t.Errorf("%d points are taken at once", taken)
	}
	s.from = bystander
	s.says(at("x", "b"), "", "2", 1)
	// More points than a board takes a second.
	r = startWith(t, Config{Data: t.TempDir(), Log: quiet(), Feeds: FeedLimits{Rate: 1}}, false)
	s = r.sensor("")
	var refused answered
	for refused.status != 429 {
		refused = s.ask("POST", at("x", "b"), mediaJSON, strings.NewReader(`[`+strings.Repeat(`{"value":1},`, 4)+`{"value":1}]`))
	}
	if refused.Field != "points" || refused.header.Get("Retry-After") == "" {
		t.Errorf("too many points are answered %s", refused.text)
	}
	s.says(at("x", "c"), "", "1", 1)
}
