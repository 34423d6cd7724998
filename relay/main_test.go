package main

import (
	"bufio"
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"edgeboard/scripts/scripttest"
)

func TestMain(m *testing.M) {
	if os.Getenv(asRelay) != "" {
		main()
		return
	}
	scripttest.Main(m, map[string]func(){"relay": main})
}

// The scripts in testdata run the relay as it is run from a shell. Besides the
// commands of testscript there are
//
//	start NAME args...    runs the relay in the background
//	[!] log NAME regexp [VAR]
//	                      waits for a line of its log; what the group in the
//	                      expression matched goes into the variable; with ! there
//	                      must be none up to the relay's end
//	interrupt NAME        sends it SIGINT
//	exits NAME code       waits for its end
//	health CODE regexp args...
//	                      runs relay health with the arguments, and again as long
//	                      as a slow machine does not answer it in time; then it
//	                      has ended with the code, and said one line like that
//	[!] get URL           prints the answer, whatever its status; with ! there
//	                      must be none
//	post URL JSON [FILE]  the same for a POST, with the token that is in a file
//	occupy VAR            takes a port and puts its address into the variable
//	half URL              makes a request and does not read the answer
//	large FILE            makes a file of 64 MiB
//	watch URL regexp      reads events of a board in the background, and waits
//	                      for one
//	heard regexp          waits for another one
//	certificate NAME FROM TO
//	                      makes NAME.pem and NAME-key.pem, valid from so many
//	                      hours from now to so many
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata",
		RequireExplicitExec: true,
		Setup: func(env *testscript.Env) error {
			env.Values[runningKey{}] = map[string]*running{}
			env.Values[heardKey{}] = &heardFrom{}
			return nil
		},
		Cmds: map[string]func(ts *testscript.TestScript, neg bool, args []string){
			"start":     start,
			"log":       waitForLog,
			"interrupt": interrupt,
			"exits":     exits,
			"health":    saysHealth,
			"get":       get,
			"post":      post,
			"occupy":    occupy,
			"half":      half,
			"large":     large,
			"watch":     watch,
			"heard":     heard,

			"certificate": certificate,
		},
	})
}

// patience bounds the wait for what does not come.
const patience = 2 * time.Minute

type runningKey struct{}

// running is a relay in the background.
type running struct {
	cmd *exec.Cmd

	mu    sync.Mutex
	lines []string
	grown chan struct{} // closed and made anew with each line, and at the end
	ended bool          // all of the log is there
}

func (r *running) read(log io.Reader) {
	for lines := bufio.NewScanner(log); lines.Scan(); {
		r.note(lines.Text(), false)
	}
	r.note("", true)
}

func (r *running) note(line string, end bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if end {
		r.ended = true
	} else {
		r.lines = append(r.lines, line)
	}
	close(r.grown)
	r.grown = make(chan struct{})
}

func relayNamed(ts *testscript.TestScript, args []string, least int) *running {
	if len(args) < least {
		ts.Fatalf("want %d arguments, got %q", least, args)
	}
	r := ts.Value(runningKey{}).(map[string]*running)[args[0]]
	if r == nil {
		ts.Fatalf("no relay %q was started", args[0])
	}
	return r
}

func start(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) == 0 {
		ts.Fatalf("usage: start NAME args...")
	}
	// The first folder of PATH is where testscript puts this binary.
	program := filepath.Join(filepath.SplitList(ts.Getenv("PATH"))[0], "relay")
	cmd := exec.Command(program, args[1:]...)
	cmd.Dir = ts.MkAbs(".")
	for _, name := range []string{"PATH", "HOME", "TMPDIR", "EDGEBOARD_ADDR", "EDGEBOARD_DATA", "EDGEBOARD_DEV", "EDGEBOARD_LOG_LEVEL", "EDGEBOARD_LOG_FORMAT", "EDGEBOARD_QUIC", "EDGEBOARD_TLS_CERT", "EDGEBOARD_MAX_ROOMS", "EDGEBOARD_WEBHOOK_SECRET", "GOCOVERDIR"} {
		if value := ts.Getenv(name); value != "" {
			cmd.Env = append(cmd.Env, name+"="+value)
		}
	}
	log, err := cmd.StderrPipe()
	ts.Check(err)
	ts.Check(cmd.Start())
	r := &running{cmd: cmd, grown: make(chan struct{})}
	go r.read(log)
	ts.Value(runningKey{}).(map[string]*running)[args[0]] = r
	ts.Defer(func() {
		if cmd.ProcessState == nil {
			_ = cmd.Process.Kill()
			_ = cmd.Wait()
		}
	})
}

func waitForLog(ts *testscript.TestScript, neg bool, args []string) {
	r := relayNamed(ts, args, 2)
	pattern, err := regexp.Compile("(?m)" + args[1]) // ^ and $ are those of a line
	ts.Check(err)
	late := time.After(patience)
	for {
		r.mu.Lock()
		text, grown, ended := strings.Join(r.lines, "\n"), r.grown, r.ended
		r.mu.Unlock()
		match := pattern.FindStringSubmatch(text)
		switch {
		case match != nil && neg:
			ts.Fatalf("the log says %q", match[0])
		case match != nil:
			if len(args) > 2 {
				ts.Setenv(args[2], match[1])
			}
			return
		case neg && ended:
			return
		case ended:
			ts.Fatalf("the relay has ended, and its log is\n%s", text)
		}
		select {
		case <-grown:
		case <-late:
			ts.Fatalf("the log is\n%s", text)
		}
	}
}

func interrupt(ts *testscript.TestScript, _ bool, args []string) {
	ts.Check(relayNamed(ts, args, 1).cmd.Process.Signal(os.Interrupt))
}

func exits(ts *testscript.TestScript, _ bool, args []string) {
	r := relayNamed(ts, args, 2)
	hangs := time.AfterFunc(patience, func() { _ = r.cmd.Process.Kill() })
	defer hangs.Stop()
	waitForEnd(r)
	err := r.cmd.Wait()
	if _, exited := errors.AsType[*exec.ExitError](err); err != nil && !exited {
		ts.Check(err)
	}
	if got := strconv.Itoa(r.cmd.ProcessState.ExitCode()); got != args[1] {
		ts.Fatalf("the relay exits with %s\n%s", got, strings.Join(r.lines, "\n"))
	}
}

// waitForEnd returns when all of the log was read, which must be before Wait.
func waitForEnd(r *running) {
	for {
		r.mu.Lock()
		grown, ended := r.grown, r.ended
		r.mu.Unlock()
		if ended {
			return
		}
		<-grown
	}
}

func get(ts *testscript.TestScript, neg bool, args []string) {
	client := http.Client{Timeout: patience, Transport: &http.Transport{DisableKeepAlives: true}}
	resp, err := client.Get(args[0])
	if err != nil {
		if !neg {
			ts.Fatalf("%v", err)
		}
		return
	}
	if neg {
		ts.Fatalf("the answer is %s", resp.Status)
	}
	printAnswer(ts, resp)
}

func printAnswer(ts *testscript.TestScript, resp *http.Response) {
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	ts.Check(err)
	fmt.Fprintln(ts.Stdout(), resp.Status)
	_, _ = io.Copy(ts.Stdout(), bytes.NewReader(text))
}

func post(ts *testscript.TestScript, _ bool, args []string) {
	req, err := http.NewRequest(http.MethodPost, args[0], strings.NewReader(args[1]))
	ts.Check(err)
	if len(args) > 2 {
		req.Header.Set("Authorization", "Bearer "+strings.TrimSpace(ts.ReadFile(args[2])))
	}
	client := http.Client{Timeout: patience, Transport: &http.Transport{DisableKeepAlives: true}}
	resp, err := client.Do(req)
	ts.Check(err)
	printAnswer(ts, resp)
}

// occupy takes a port until the script ends and puts its address in a variable.
func occupy(ts *testscript.TestScript, _ bool, args []string) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	ts.Check(err)
	ts.Defer(func() { _ = l.Close() })
	ts.Setenv(args[0], l.Addr().String())
}

// half reads the head of an answer, and the rest not before the script ends.
func half(ts *testscript.TestScript, _ bool, args []string) {
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	resp, err := client.Get(args[0])
	ts.Check(err)
	ts.Defer(func() { _ = resp.Body.Close() })
	if resp.StatusCode != http.StatusOK {
		ts.Fatalf("the answer is %s", resp.Status)
	}
}

// large makes a file of more than what fits between two sockets.
func large(ts *testscript.TestScript, _ bool, args []string) {
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), make([]byte, 64<<20), 0o600))
}

type heardKey struct{}

// watch reads the events of a board, and waits for one.
func watch(ts *testscript.TestScript, neg bool, args []string) {
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	resp, err := client.Get(args[0])
	ts.Check(err)
	ts.Defer(func() { _ = resp.Body.Close() })
	ts.Value(heardKey{}).(*heardFrom).lines = bufio.NewScanner(resp.Body)
	heard(ts, neg, args[1:])
}

type heardFrom struct{ lines *bufio.Scanner }

func heard(ts *testscript.TestScript, _ bool, args []string) {
	pattern, err := regexp.Compile(args[0])
	ts.Check(err)
	lines := ts.Value(heardKey{}).(*heardFrom).lines
	for lines.Scan() {
		if pattern.MatchString(lines.Text()) {
			return
		}
	}
	ts.Fatalf("the events ended: %v", lines.Err())
}

func certificate(ts *testscript.TestScript, _ bool, args []string) {
	at := func(hours string) time.Time {
		n, err := strconv.Atoi(hours)
		ts.Check(err)
		return time.Now().Add(time.Duration(n) * time.Hour)
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	ts.Check(err)
	form := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotBefore: at(args[1]), NotAfter: at(args[2]), DNSNames: []string{"board.example"},
	}
	der, err := x509.CreateCertificate(rand.Reader, form, form, key.Public(), key)
	ts.Check(err)
	secret, err := x509.MarshalPKCS8PrivateKey(key)
	ts.Check(err)
	for name, block := range map[string]*pem.Block{
		args[0] + ".pem":     {Type: "CERTIFICATE", Bytes: der},
		args[0] + "-key.pem": {Type: "PRIVATE KEY", Bytes: secret},
	} {
		ts.Check(os.WriteFile(ts.MkAbs(name), pem.EncodeToMemory(block), 0o600))
	}
}

func TestShownAddr(t *testing.T) {
	for _, c := range []struct{ asked, got, want, why string }{
		{"localhost:8080", "127.0.0.1:8080", "localhost:8080", "as the operator wrote it"},
		{"localhost:0", "127.0.0.1:41237", "localhost:41237", "with the port that was taken"},
		{":8080", "[::]:8080", "localhost:8080", "all interfaces are no address to type"},
		{"0.0.0.0:80", "0.0.0.0:80", "localhost:80", "neither is this one"},
		{"[::]:80", "[::]:80", "localhost:80", "nor this"},
		{"[::1]:80", "[::1]:80", "[::1]:80", "an address of version 6 keeps its brackets"},
		{"board.example:443", "203.0.113.5:443", "board.example:443", "a name stays a name"},
	} {
		got, err := net.ResolveTCPAddr("tcp", c.got)
		if err != nil {
			t.Fatal(err)
		}
		if shown := shownAddr(got, c.asked); shown != c.want {
			t.Errorf("-addr %s is shown as %s, want %s: %s", c.asked, shown, c.want, c.why)
		}
	}
}
