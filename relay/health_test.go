package main

import (
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

// tooSlow is what a relay seems to be on a machine that is.
const tooSlow = "does not answer within 2s"

// saysHealth is the command health of scripts.
func saysHealth(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: health CODE regexp args...")
	}
	pattern, err := regexp.Compile(args[1])
	ts.Check(err)
	for {
		cmd := exec.Command(filepath.Join(filepath.SplitList(ts.Getenv("PATH"))[0], "relay"), append([]string{"health"}, args[2:]...)...)
		cmd.Dir = ts.MkAbs(".")
		cmd.Env = []string{"PATH=" + ts.Getenv("PATH"), "EDGEBOARD_ADDR=" + ts.Getenv("EDGEBOARD_ADDR")}
		out, _ := cmd.CombinedOutput() // the code says how it went
		line, more, _ := strings.Cut(string(out), "\n")
		if strings.HasSuffix(line, tooSlow) {
			continue
		}
		if code := cmd.ProcessState.ExitCode(); strconv.Itoa(code) != args[0] || !pattern.MatchString(line) || more != "" {
			ts.Fatalf("it ends with %d, and says\n%s", code, out)
		}
		return
	}
}

// What is at the relay's address may be anything, and the check is not to wait for it.
func TestHealth(t *testing.T) {
	for _, c := range []struct {
		why, want string
		answer    http.HandlerFunc
	}{
		{"it is ready", "", func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path != "/readyz" || r.Host != "localhost" {
				t.Errorf("what is asked for is %s of %s", r.URL.Path, r.Host)
			}
			io.WriteString(w, "ok\n")
		}},
		{"it ends", "is not ready: draining", func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "draining", http.StatusServiceUnavailable) }},
		{"it cannot store", "is not ready: the store cannot store", func(w http.ResponseWriter, _ *http.Request) {
			http.Error(w, "the store cannot store", http.StatusServiceUnavailable)
		}},
		{"it is another program", "is no relay of these flags: it answers 200 OK", func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "<html>") }},
		{"it leads elsewhere", "it answers 302 Found", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/ok", http.StatusFound) }},
		{"it hangs", tooSlow, func(_ http.ResponseWriter, r *http.Request) {
			<-r.Context().Done()
		}},
		{"it hangs while it answers", "does not end its answer", func(w http.ResponseWriter, r *http.Request) {
			io.WriteString(w, "o")
			w.(http.Flusher).Flush()
			<-r.Context().Done()
		}},
	} {
		t.Run(c.why, func(t *testing.T) {
			t.Parallel()
			s := httptest.NewServer(c.answer)
			t.Cleanup(s.Close)
			var said strings.Builder
			ask := func() error { return askHealth(t.Context(), &options{addr: s.Listener.Addr().String()}, &said) }
			err := ask()
			for c.want != tooSlow && err != nil && strings.HasSuffix(err.Error(), tooSlow) {
				err = ask()
			}
			switch {
			case c.want == "" && (err != nil || !strings.HasSuffix(said.String(), " is ready\n")):
				t.Errorf("%q, %v", said.String(), err)
			case c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "\n") || said.Len() > 0):
				t.Errorf("%q, %v, want %q", said.String(), err, c.want)
			}
		})
	}
}

func TestHealthAddrs(t *testing.T) {
	for addr, want := range map[string]string{
		"localhost:8080":  "localhost:8080",
		":8080":           "127.0.0.1:8080 [::1]:8080",
		"0.0.0.0:80":      "127.0.0.1:80 [::1]:80",
		"[::]:443":        "127.0.0.1:443 [::1]:443",
		"203.0.113.5:443": "203.0.113.5:443",
	} {
		got, err := healthAddrs(addr)
		if err != nil || strings.Join(got, " ") != want {
			t.Errorf("-addr %s: %q, %v, want %s", addr, got, err, want)
		}
	}
	// The first that answers is it: where the machine has no address of version 4, say.
	l, err := net.Listen("tcp", "[::1]:0")
	if err != nil {
		t.Skipf("no address of version 6 here: %v", err)
	}
	s := &httptest.Server{Listener: l, Config: &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "ok\n") })}}
	s.Start()
	defer s.Close()
	_, port, _ := net.SplitHostPort(l.Addr().String())
	if err := askHealth(t.Context(), &options{addr: ":" + port}, io.Discard); err != nil && !strings.HasSuffix(err.Error(), tooSlow) {
		t.Errorf("at ::1 alone: %v", err)
	}
}
