package main

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"
)

// asking is a remote whose waits are only noted, and what it says.
func asking(wait time.Duration) (r *remote, waited *[]time.Duration) {
	waited = new([]time.Duration)
	return &remote{wait: wait, t: &terminal{stderr: io.Discard, pause: func(_ context.Context, d time.Duration) error {
		*waited = append(*waited, d)
		return nil
	}}}, waited
}

// A relay that has no time is asked again, with all that was sent, when it says.
func TestAskAgain(t *testing.T) {
	answers := []int{http.StatusTooManyRequests, http.StatusServiceUnavailable, http.StatusOK}
	relay := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if body, err := io.ReadAll(r.Body); err != nil || string(body) != "snapshot" {
			t.Errorf("it sends %q, %v", body, err)
		}
		w.Header().Set("Retry-After", "2")
		w.WriteHeader(answers[0])
		answers = answers[1:]
	}))
	defer relay.Close()
	defer http.DefaultClient.CloseIdleConnections()
	r, waited := asking(time.Minute)
	answer, err := r.askAgain(t.Context(), http.MethodPut, relay.URL, "", "", []byte("snapshot"))
	if err != nil {
		t.Fatal(err)
	}
	answer.Body.Close()
	if want := []time.Duration{2 * time.Second, 2 * time.Second}; !slices.Equal(*waited, want) {
		t.Errorf("it waits %v, want %v", *waited, want)
	}
	// Not for ever.
	answers = slices.Repeat([]int{http.StatusServiceUnavailable}, 3)
	r, waited = asking(5 * time.Second)
	if _, err := r.askAgain(t.Context(), http.MethodPut, relay.URL, "", "", []byte("snapshot")); !errors.As(err, new(unreachableError)) || len(*waited) != 2 {
		t.Errorf("after %v: %v", *waited, err)
	}
}

// An answer that is none has the relay's words, and says what kind of failure it is.
func TestRefusals(t *testing.T) {
	for _, c := range []struct {
		status int
		body   string
		shown  bool
		want   string
		code   int
	}{
		{401, `{"error":"there is no token"}`, false, "401 there is no token (no token was shown, see --token-file)", exitRefused},
		{403, `{"error":"it is for owners"}`, true, "403 it is for owners", exitRefused},
		{421, "this relay is at localhost\n", true, "421 this relay is at localhost", exitRefused},
		{422, `{"error":"the feed has numbers","field":"value"}`, true, "422 value: the feed has numbers", exitFailed},
		{502, "<html>\x1b[2J", true, "502 <html>�[2J", exitUnreachable},
		{404, "{}", true, "404 {}", exitFailed},
	} {
		relay := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(c.status)
			io.WriteString(w, c.body)
		}))
		r, _ := asking(time.Minute)
		token := ""
		if c.shown {
			token = "t"
		}
		_, err := r.ask(t.Context(), http.MethodGet, relay.URL, token, "", nil)
		if err == nil || strings.TrimSpace(err.Error()) != c.want {
			t.Errorf("%d: %v, want %s", c.status, err, c.want)
		}
		code := exitFailed
		switch {
		case errors.As(err, new(refusedError)):
			code = exitRefused
		case errors.As(err, new(unreachableError)):
			code = exitUnreachable
		}
		if code != c.code {
			t.Errorf("%d ends boardctl with %d, want %d", c.status, code, c.code)
		}
		http.DefaultClient.CloseIdleConnections()
		relay.Close()
	}
}

// What was interrupted ends as shells say, whatever it failed by.
func TestInterrupted(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())
	stop()
	var said bytes.Buffer
	x := &terminal{getenv: func(string) string { return "" }, now: time.Now, pause: pause, stdin: strings.NewReader(""), stdout: io.Discard, stderr: &said}
	for _, args := range [][]string{{"tail", "http://127.0.0.1:1/b/plans"}, {"export", "http://127.0.0.1:1/b/plans", "x.json"}, {"push", "http://127.0.0.1:1/b/plans", "cpu", "1"}, {"boards", "http://127.0.0.1:1"}} {
		said.Reset()
		if code := run(ctx, args, x); code != exitInterrupted || !strings.HasSuffix(said.String(), "boardctl: interrupted\n") {
			t.Errorf("%v ends with %d: %s", args, code, said.String())
		}
	}
}
