package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"
)

// feedsOf is a relay's feeds as docs say they are: it takes lines until one that it
// refuses.
type feedsOf struct {
	t        *testing.T
	requests []string // method and address of each
	lines    []string // that were taken
	answers  []int    // of the next requests instead of what is due; 0: what is due
	refuse   string   // a line that is refused
}

func (f *feedsOf) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	f.requests = append(f.requests, r.Method+" "+r.URL.RequestURI())
	if r.Header.Get("Authorization") != "Bearer letmein" {
		f.t.Errorf("the token is not shown: %v", r.Header)
	}
	if len(f.answers) > 0 {
		status := f.answers[0]
		f.answers = f.answers[1:]
		if status != 0 {
			w.Header().Set("Retry-After", "3")
			w.WriteHeader(status)
			fmt.Fprint(w, `{"error":"not now"}`)
			return
		}
	}
	if r.Method == http.MethodDelete {
		w.WriteHeader(http.StatusNoContent)
		return
	}
	if media := r.Header.Get("Content-Type"); media != "application/x-ndjson" {
		f.t.Errorf("sent as %q", media)
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		f.t.Error(err)
	}
	taken := 0
	for line := range strings.Lines(string(body)) {
		line = strings.TrimSuffix(line, "\n")
		if line == f.refuse {
			w.WriteHeader(http.StatusUnprocessableEntity)
			fmt.Fprintf(w, `{"error":"the feed has numbers","field":"value","line":%d,"taken":%d}`, taken+1, taken)
			return
		}
		f.lines = append(f.lines, line)
		taken++
	}
	fmt.Fprintf(w, `{"taken":%d}`, taken)
}

// pushValues runs boardctl push with a relay's feeds, and returns how it ended and what it
// said. What it waits for is only noted.
func pushValues(t *testing.T, f *feedsOf, stdin string, args ...string) (code int, said string, waited []time.Duration) {
	t.Helper()
	f.t = t
	relay := httptest.NewServer(f)
	defer relay.Close()
	var stderr bytes.Buffer
	x := &terminal{
		getenv: func(name string) string { return map[string]string{"EDGEBOARD_TOKEN": "letmein"}[name] },
		now:    func() time.Time { return time.UnixMilli(1764000000000) },
		stdin:  strings.NewReader(stdin), stdout: io.Discard, stderr: &stderr,
		pause: func(_ context.Context, d time.Duration) error {
			waited = append(waited, d)
			return nil
		},
	}
	for i := range args {
		args[i] = strings.Replace(args[i], "RELAY", relay.URL, 1)
	}
	code = run(t.Context(), append([]string{"push"}, args...), x)
	http.DefaultClient.CloseIdleConnections()
	return code, stderr.String(), waited
}

func TestPushValues(t *testing.T) {
	for _, c := range []struct {
		name  string
		stdin string
		args  []string
		want  []string
	}{
		{"arguments", "", []string{"1", "2.50", "-3e2", "idle", "NaN"}, []string{`{"value":1}`, `{"value":2.5}`, `{"value":-300}`, `{"value":"idle"}`, `{"value":"NaN"}`}},
		{"as texts", "", []string{"--as", "text", "1.0", `{"a":1}`}, []string{`{"value":"1.0"}`, `{"value":"{\"a\":1}"}`}},
		{"an object", "", []string{`{"values": {"cpu": 1}}`}, []string{`{"values":{"cpu":1}}`}},
		{"lines", "1\r\n\n 2 \n{\"value\": 3}", nil, []string{`{"value":1}`, `{"value":2}`, `{"value":3}`}},
		{"times", "1\n2\n", []string{"--time", "1970-01-01T00:00:01Z", "--every", "1m"}, []string{`{"value":1,"time":1000}`, `{"value":2,"time":61000}`}},
		{"now, twice within a millisecond", "1\n2\n", []string{"--time", "now"}, []string{`{"value":1,"time":1764000000000}`, `{"value":2,"time":1764000000001}`}},
	} {
		t.Run(c.name, func(t *testing.T) {
			var f feedsOf
			flags := 0 // stand before the board
			for flags < len(c.args) && strings.HasPrefix(c.args[flags], "--") {
				flags += 2
			}
			args := slices.Concat(c.args[:flags], []string{"RELAY/b/plans", "cpu", "--"}, c.args[flags:])
			code, said, waited := pushValues(t, &f, c.stdin, args...)
			if code != 0 || said != fmt.Sprintf("%d points are published\n", len(c.want)) || len(waited) > 0 {
				t.Errorf("ended with %d after %v: %s", code, waited, said)
			}
			if !slices.Equal(f.lines, c.want) {
				t.Errorf("published %q, want %q", f.lines, c.want)
			}
			for _, line := range f.lines {
				if !json.Valid([]byte(line)) {
					t.Errorf("%q is no JSON", line)
				}
			}
		})
	}
}

// What stands in a feed's name does not lead elsewhere.
func TestPushAddress(t *testing.T) {
	var f feedsOf
	code, said, _ := pushValues(t, &f, "", "--anew", "RELAY/b/plans", "a/b?c#d%20{x=\"1\"}", "1")
	want := []string{
		`DELETE /api/v1/feeds/a%2Fb%3Fc%23d%2520%7Bx=%221%22%7D?board=plans`,
		`POST /api/v1/feeds/a%2Fb%3Fc%23d%2520%7Bx=%221%22%7D?board=plans`,
	}
	if code != 0 || !slices.Equal(f.requests, want) {
		t.Errorf("ended with %d, asked %q: %s", code, f.requests, said)
	}
	// A feed that is not there is forgotten.
	if code, said, _ := pushValues(t, &feedsOf{answers: []int{http.StatusNotFound}}, "", "--anew", "RELAY/b/plans", "cpu", "1"); code != 0 {
		t.Error(said)
	}
}

// Values that are waited for come one by one.
func TestPushPaced(t *testing.T) {
	var f feedsOf
	code, _, waited := pushValues(t, &f, "", "--every", "5s", "RELAY/b/plans", "cpu", "1", "2", "3")
	if code != 0 || !slices.Equal(waited, []time.Duration{5 * time.Second, 5 * time.Second}) || len(f.lines) != 3 {
		t.Errorf("ended with %d, waited %v, published %v", code, waited, f.lines)
	}
}

// A relay that restarts, or wants to be given time, is tried again, later each time.
func TestPushAgain(t *testing.T) {
	f := feedsOf{answers: []int{http.StatusServiceUnavailable, http.StatusTooManyRequests, 0}}
	code, said, waited := pushValues(t, &f, "7\n", "RELAY/b/plans", "cpu")
	want := []time.Duration{3 * time.Second, 6 * time.Second}
	if code != 0 || !slices.Equal(waited, want) || !slices.Equal(f.lines, []string{`{"value":7}`}) {
		t.Errorf("ended with %d, waited %v, published %v: %s", code, waited, f.lines, said)
	}
	// It is not tried for ever.
	f = feedsOf{answers: slices.Repeat([]int{http.StatusServiceUnavailable}, 9)}
	code, said, waited = pushValues(t, &f, "7\n", "--timeout", "10s", "RELAY/b/plans", "cpu")
	if code != exitUnreachable || !slices.Equal(waited, want) || !strings.Contains(said, "503 not now") {
		t.Errorf("ended with %d, waited %v: %s", code, waited, said)
	}
}

func TestPushRefused(t *testing.T) {
	f := feedsOf{refuse: `{"value":"x"}`}
	code, said, _ := pushValues(t, &f, "1\nx\n3\n", "RELAY/b/plans", "cpu")
	if code != exitFailed || !strings.Contains(said, `{"value":"x"}: 422 value: the feed has numbers`) {
		t.Errorf("ended with %d: %s", code, said)
	}
	// What the relay and boardctl refuse is left out, and the rest is published.
	f = feedsOf{refuse: `{"value":2}`}
	code, said, _ = pushValues(t, &f, "1\n2\nx\n3\n", "--skip", "--as", "number", "RELAY/b/plans", "cpu")
	if code != 0 || !slices.Equal(f.lines, []string{`{"value":1}`, `{"value":3}`}) || !strings.HasSuffix(said, "2 points are published, 2 values were left out\n") {
		t.Errorf("ended with %d, published %v: %s", code, f.lines, said)
	}
	if !strings.Contains(said, `left out: line 3: "x" is no number`) {
		t.Error(said)
	}
	// Who may not publish is told so, by a code of its own.
	code, said, _ = pushValues(t, &feedsOf{answers: []int{http.StatusForbidden}}, "", "RELAY/b/plans", "cpu", "1")
	if code != exitRefused || !strings.Contains(said, "403 not now") {
		t.Errorf("ended with %d: %s", code, said)
	}
	for _, args := range [][]string{
		{"RELAY/b/plans", "two words", "1"}, {"RELAY/b/plans", "all*", "1"}, {"RELAY", "cpu", "1"}, {"RELAY/b/plans"},
		{"--time", "noon", "RELAY/b/plans", "cpu", "1"}, {"--time", "1000", "RELAY/b/plans", "cpu", "1", "2"}, {"--as", "date", "RELAY/b/plans", "cpu", "1"}, {"--every", "-1s", "RELAY/b/plans", "cpu", "1"},
	} {
		if code, said, _ := pushValues(t, &feedsOf{}, "", args...); code != exitUsage || !strings.HasSuffix(said, "; boardctl push -h says more\n") {
			t.Errorf("%q ended with %d: %s", args, code, said)
		}
	}
}
