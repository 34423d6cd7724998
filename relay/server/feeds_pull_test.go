package server

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"edgeboard/relay/feed"
	"edgeboard/shared/logtest"
)

// answering is a Prometheus that has one answer for all questions.
type answering func(*http.Request) (int, string, error)

func (a answering) RoundTrip(r *http.Request) (*http.Response, error) {
	status, body, err := a(r)
	if err != nil {
		return nil, err
	}
	return &http.Response{StatusCode: status, Body: io.NopCloser(strings.NewReader(body)), Request: r}, nil
}

const oneVector = `{"status":"success","data":{"resultType":"vector","result":[{"metric":{"__name__":"up","job":"a"},"value":[1435781451.781,"21.5"]}]}}`

// What a Prometheus answers becomes points, each under its name; or is said to be none.
func TestPullAnswers(t *testing.T) {
	answer := func(kind, result string) string {
		return `{"status":"success","data":{"resultType":"` + kind + `","result":` + result + `}}`
	}
	for body, want := range map[string]string{
		answer("scalar", `[1435781451.781,"2"]`): "cpu=2",
		answer("string", `[1,"up"]`):             `cpu="up"`,
		oneVector:                                "cpu=21.5",
		answer("vector", `[{"metric":{"job":"b","__name__":"up"},"value":[1,"1"]},{"metric":{"job":"a c"},"value":[1,"-1e3"]}]`): `cpu{job="b"}=1 cpu{job="a_c"}=-1000`,
		answer("vector", `[{"metric":{"q":"0.5"},"value":[1,"NaN"]},{"metric":{"q":"0.9"},"value":[1,"7"]}]`):                    `cpu{q="0.9"}=7`,
	} {
		list, err := readAnswer("cpu", 200, []byte(body))
		var got []string
		for _, b := range list {
			for _, p := range b.Points {
				if p.Text != "" {
					got = append(got, fmt.Sprintf("%s=%q", b.Feed, p.Text))
				} else {
					got = append(got, fmt.Sprintf("%s=%v", b.Feed, p.Number))
				}
			}
		}
		if err != nil || strings.Join(got, " ") != want {
			t.Errorf("%s is read as %q, %v, want %s", body, got, err, want)
		}
	}
	for body, c := range map[string]struct {
		status int
		says   string
	}{
		`{"status":"error","error":"parse error: unexpected end"}`: {400, "parse error"},
		``:                                  {503, "status 503"},
		`<html>`:                            {200, "is the url right?"},
		`{"status":"success"}`:              {200, "ask for a scalar or an instant vector"},
		answer("matrix", `[]`):              {200, `"matrix"`},
		answer("vector", `[]`):              {200, "no number"},
		answer("scalar", `[1,"NaN"]`):       {200, "no number"},
		answer("scalar", `[1,"+Inf"]`):      {200, "no number"},
		answer("scalar", `[1,2]`):           {200, "no number"},
		answer("scalar", `7`):               {200, "values that are none"},
		answer("vector", `[{"value":"x"}]`): {200, "values that are none"},
	} {
		if list, err := readAnswer("cpu", c.status, []byte(body)); err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s is read as %v, %v, want an error with %q", body, list, err, c.says)
		}
	}
}

// It is asked as often as is said, less often while it fails, and the log has a line when
// that begins, when it is something else, and when it is over.
func TestPullsInTrouble(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		log := &logtest.Text{}
		var mu sync.Mutex // guards these three
		state, asked, published := "well", 0, 0
		becomes := func(next string) {
			mu.Lock()
			defer mu.Unlock()
			state = next
		}
		p := &pulls{
			log: slog.New(slog.NewTextHandler(log, nil)),
			client: &http.Client{Transport: answering(func(r *http.Request) (int, string, error) {
				mu.Lock()
				defer mu.Unlock()
				asked++
				switch state {
				case "away":
					return 0, "", &net.OpError{Op: "read", Err: fmt.Errorf("from port %d: %w", 40_000+asked, errors.New("connection reset"))}
				case "ill":
					return 503, "", nil
				}
				if text, _ := io.ReadAll(r.Body); r.Method != "POST" || r.URL.Path != "/prom/api/v1/query" || string(text) != "query=up+%2B+1" {
					t.Errorf("%s %s asks for %q", r.Method, r.URL, text)
				}
				return 200, oneVector, nil
			})},
			publish: func(board string, batches ...feed.Batch) error {
				mu.Lock()
				defer mu.Unlock()
				if published++; board != "plans" || len(batches) != 1 || batches[0].Feed != "cpu" {
					t.Errorf("%v is published on %q", batches, board)
				}
				return nil
			},
		}
		ctx, stop := context.WithCancel(t.Context())
		p.running.Go(func() {
			p.keepAsking(ctx, Pull{Board: "plans", Feed: "cpu", URL: "http://u:secret@prom.example/prom", Query: "up + 1", Every: 10 * time.Second}, 0)
		})
		after := func(d time.Duration, what string, wantAsked, wantLines int) {
			t.Helper()
			time.Sleep(d)
			synctest.Wait()
			mu.Lock()
			defer mu.Unlock()
			if lines := strings.Count(log.String(), "\n"); asked != wantAsked || lines != wantLines {
				t.Errorf("%s: it was asked %d times, want %d; the log has %d lines, want %d:\n%s", what, asked, wantAsked, lines, wantLines, log.String())
			}
		}
		after(time.Millisecond, "at once", 1, 0)
		after(30*time.Second, "for a while", 4, 0)
		becomes("away")
		after(10*time.Second, "it goes away", 5, 1)
		after(10*time.Second, "once more", 6, 1)
		after(20*time.Second, "then after twice as long", 7, 1)
		after(39*time.Second, "and again", 7, 1)
		becomes("ill")
		after(time.Second, "it fails otherwise", 8, 2)
		after(80*time.Second, "still", 9, 2)
		after(time.Hour, "for an hour at five minutes", 9+12, 2)
		becomes("well")
		after(160*time.Second, "it is well", 9+13, 3)
		after(10*time.Second, "and asked as before", 9+14, 3)
		if published != 4+2 {
			t.Errorf("%d answers are published, want 6", published)
		}
		if strings.Contains(log.String(), "secret") || !strings.Contains(log.String(), "connection reset") || !strings.Contains(log.String(), "503") {
			t.Errorf("the log says\n%s", log.String())
		}
		stop()
		p.running.Wait()
	})
}

// A relay asks a Prometheus and publishes what it says, with the token of a file; metrics
// tell of it.
func TestPulls(t *testing.T) {
	token := filepath.Join(t.TempDir(), "token")
	if err := os.WriteFile(token, []byte("let me in\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	prom := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.Header.Get("Authorization") != "Bearer let me in":
			w.WriteHeader(http.StatusUnauthorized)
		case r.FormValue("query") == "many":
			_, _ = io.WriteString(w, strings.Repeat(" ", maxPullAnswer+1))
		default:
			_, _ = io.WriteString(w, oneVector)
		}
	}))
	defer prom.Close()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	admin := "http://" + l.Addr().String() + "/metrics"
	r := startWith(t, Config{Data: t.TempDir(), Log: quiet(), Admin: l, Pulls: []Pull{
		{Board: "b", Feed: "cpu", URL: prom.URL, Query: "up", Every: time.Hour, BearerFile: token},
		{Board: "b", Feed: "mem", URL: prom.URL, Query: "up", Every: time.Hour},
		{Board: "b", Feed: "disk", URL: prom.URL, Query: "many", Every: time.Hour, BearerFile: token},
	}}, false)
	s := r.sensor("")
	s.follow("cpu", "b", "").until(`"value":21.5}`)
	for late := time.Now().Add(limit); ; time.Sleep(time.Millisecond) {
		resp, err := http.Get(admin)
		if err != nil {
			t.Fatal(err)
		}
		text, _ := io.ReadAll(resp.Body)
		resp.Body.Close()
		missing := ""
		for _, line := range []string{
			`edgeboard_feed_pull_up{board="b",feed="cpu"} 1`, `edgeboard_feed_pull_up{board="b",feed="mem"} 0`, `edgeboard_feed_pull_up{board="b",feed="disk"} 0`,
			`edgeboard_feed_pulls_total{outcome="failed"} 2`, "edgeboard_feed_points_published_total 1", "edgeboard_feeds 1",
		} {
			if !strings.Contains(string(text), "\n"+line+"\n") {
				missing = line
			}
		}
		if missing == "" {
			break
		}
		if time.Now().After(late) {
			t.Fatalf("the metrics do not say %s", missing)
		}
	}
	s.wantFeeds("b", "afterwards", "cpu number 21.5 1")
}

// What a file of them may say, and what is wrong with others.
func TestReadPulls(t *testing.T) {
	dir := t.TempDir()
	token := filepath.Join(dir, "token")
	empty := filepath.Join(dir, "empty")
	for file, text := range map[string]string{token: "x\n", empty: "\n"} {
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	good := `{"board":"plans","feed":"cpu","url":"http://prometheus:9090/","query":"up"`
	list, err := parsePulls([]byte(`[` + good + `},` + good + `,"every":"1m30s","bearer_file":"` + token + `"}]`))
	if err != nil || len(list) != 2 || list[0].Every != usualPull || list[0].URL != "http://prometheus:9090" || list[1].Every != 90*time.Second || list[1].BearerFile != token {
		t.Errorf("it is read as %+v, %v", list, err)
	}
	for text, says := range map[string]string{
		``:                            "no list in JSON",
		`{}`:                          "no list in JSON",
		`[` + good + `}`:              "no list in JSON",
		`[` + good + `,"each":"1s"}]`: `unknown field "each"`,
		`[` + good + `}] []`:          "something follows",
		`[` + good + `},` + good + `,"every":"often"}]`:          "entry 2: time: invalid duration",
		`[` + good + `,"every":"1ms"}]`:                          "entry 1: every is a time from 1s to 24h0m0s",
		`[` + good + `,"bearer_file":"/none/token"}]`:            "entry 1: bearer_file: open /none/token",
		`[` + good + `,"bearer_file":"` + empty + `"}]`:          "it has no token in it",
		`[` + strings.Replace(good, "plans", "_plans", 1) + `}]`: "entry 1: board: a board's name",
		`[` + strings.Replace(good, "cpu", "the cpu", 1) + `}]`:  "entry 1: feed: a feed's name",
		`[` + strings.Replace(good, "http:", "ftp:", 1) + `}]`:   "url is where the Prometheus is",
		`[` + strings.Replace(good, `"up"`, `" "`, 1) + `}]`:     "query is missing",
		`[` + strings.Repeat(good+`},`, maxPulls) + good + `}]`:  "201 entries",
	} {
		if _, err := parsePulls([]byte(text)); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%.100s: %v, want %q", text, err, says)
		}
	}
	if _, err := ReadPulls(filepath.Join(dir, "none")); err == nil || !strings.Contains(err.Error(), "-feed-pulls") {
		t.Errorf("a file that is not there: %v", err)
	}
	if _, err := New(Config{Data: dir, Pulls: []Pull{{}}}); err == nil {
		t.Error("a relay starts that cannot ask")
	}
}
