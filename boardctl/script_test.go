package main

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"edgeboard/shared/board"
	"edgeboard/shared/client"
	"edgeboard/shared/conn"
	"edgeboard/shared/conn/ws"
	"edgeboard/shared/wire"
)

// Commands of scripts for programs that run beside others.

// exits is "exits CODE program args...": like exec, of which the exit code is told.
func exits(ts *testscript.TestScript, not bool, args []string) {
	if not || len(args) < 2 {
		ts.Fatalf("usage: exits CODE program args...")
	}
	code := 0
	if err := ts.Exec(args[1], args[2:]...); err != nil {
		exit, ok := errors.AsType[*exec.ExitError](err)
		if !ok {
			ts.Fatalf("%v", err)
		}
		code = exit.ExitCode()
	}
	if strconv.Itoa(code) != args[0] {
		ts.Fatalf("it ended with %d, not with %s", code, args[0])
	}
}

// running is a program that was started, which its script ends.
type running struct {
	cmd  *exec.Cmd
	done chan struct{}
	err  error
}

// programs are those of a script, by their names.
type programs map[string]*running

type programsKey struct{}

// start is "start NAME program args...": it runs beside the script, and what it writes
// comes into the files NAME.out and NAME.err.
func start(ts *testscript.TestScript, not bool, args []string) {
	if not || len(args) < 2 {
		ts.Fatalf("usage: start NAME program args...")
	}
	path, err := exec.LookPath(args[1])
	ts.Check(err)
	cmd := exec.Command(path, args[2:]...)
	cmd.Dir = ts.Getenv("WORK")
	for _, name := range []string{"PATH", "HOME", "EDGEBOARD_TOKEN"} {
		cmd.Env = append(cmd.Env, name+"="+ts.Getenv(name))
	}
	for suffix, to := range map[string]func(*os.File){".out": func(f *os.File) { cmd.Stdout = f }, ".err": func(f *os.File) { cmd.Stderr = f }} {
		file, err := os.Create(ts.MkAbs(args[0] + suffix))
		ts.Check(err)
		defer file.Close()
		to(file)
	}
	ts.Check(cmd.Start())
	r := &running{cmd: cmd, done: make(chan struct{})}
	go func() {
		r.err = cmd.Wait()
		close(r.done)
	}()
	ts.Value(programsKey{}).(programs)[args[0]] = r
	ts.Defer(func() {
		select {
		case <-r.done:
		default:
			_ = cmd.Process.Kill() // it may have ended just now
			<-r.done
		}
	})
}

// patience is how long scripts wait for what is to come; it only bounds a failure.
const patience = 30 * time.Second

// upto is "upto FILE PATTERN": it waits until the file has a line like it.
func upto(ts *testscript.TestScript, not bool, args []string) {
	if not || len(args) != 2 {
		ts.Fatalf("usage: upto FILE PATTERN")
	}
	pattern, err := regexp.Compile("(?m)" + args[1])
	ts.Check(err)
	for end := time.Now().Add(patience); ; time.Sleep(5 * time.Millisecond) {
		text, err := os.ReadFile(ts.MkAbs(args[0]))
		ts.Check(err)
		if pattern.Match(text) {
			return
		}
		if time.Now().After(end) {
			ts.Fatalf("%s never had %q; it has:\n%s", args[0], args[1], text)
		}
	}
}

// interrupt is "interrupt NAME": as by ctrl-C.
func interrupt(ts *testscript.TestScript, not bool, args []string) {
	if not || len(args) != 1 {
		ts.Fatalf("usage: interrupt NAME")
	}
	ts.Check(ts.Value(programsKey{}).(programs)[args[0]].cmd.Process.Signal(os.Interrupt))
}

// ends is "ends CODE NAME": it waits for the end of what was started.
func ends(ts *testscript.TestScript, not bool, args []string) {
	if not || len(args) != 2 {
		ts.Fatalf("usage: ends CODE NAME")
	}
	r := ts.Value(programsKey{}).(programs)[args[1]]
	select {
	case <-r.done:
	case <-time.After(patience):
		ts.Fatalf("%s does not end", args[1])
	}
	if code := r.cmd.ProcessState.ExitCode(); strconv.Itoa(code) != args[0] {
		text, _ := os.ReadFile(ts.MkAbs(args[1] + ".err"))
		ts.Fatalf("it ended with %d, not with %s:\n%s", code, args[0], text)
	}
}

// publishes is "publishes BOARD FEED VALUE": as a member of the board does.
func publishes(ts *testscript.TestScript, not bool, args []string) {
	if not || len(args) != 3 {
		ts.Fatalf("usage: publishes BOARD FEED VALUE")
	}
	var point wire.Sample
	var err error
	if point.Number, err = strconv.ParseFloat(args[2], 64); err != nil {
		point.Text = args[2]
	}
	sent, answered := false, false
	var refused error
	joins(ts, args[0], "Probe", func(s *client.Session) (bool, error) {
		if !sent && s.UpToDate() {
			sent = true
			err := s.Publish(&wire.Publish{Feed: args[1], Samples: []wire.Sample{point}}, func(a *wire.Published) {
				answered = true
				if a == nil || a.Why != 0 {
					refused = errors.New("the point was not published")
				}
			})
			return false, err
		}
		return answered, refused
	})
}

// says is "says NAME BOARD TEXT": somebody comes, says it to all, and leaves.
func says(ts *testscript.TestScript, not bool, args []string) {
	if not || len(args) != 3 {
		ts.Fatalf("usage: says NAME BOARD TEXT")
	}
	said := false
	joins(ts, args[1], args[0], func(s *client.Session) (bool, error) {
		if said || !s.UpToDate() {
			return said && s.Status().Unsaid == 0, nil
		}
		said = true
		_, err := s.Say(time.Now(), wire.Person{}, args[2], wire.TextID{}, nil)
		return false, err
	})
}

// joins has somebody on a board until do says that it is done.
func joins(ts *testscript.TestScript, address, name string, do func(*client.Session) (bool, error)) {
	at, err := boardAt(address)
	ts.Check(err)
	ctx, stop := context.WithTimeout(context.Background(), patience)
	defer stop()
	s := client.NewSession(client.Config{Board: at.board, Doc: board.New(client.NewReplica()), Name: name, Secret: "a secret of " + name + " alone"})
	link := client.NewLink(s, client.LinkConfig{Transports: []client.Transport{{
		Name: "websocket", Dial: func(ctx context.Context) (conn.Conn, error) { return ws.Dial(ctx, at.socket(), wire.MaxMessage) },
	}}})
	ended := make(chan error, 1)
	go func() { ended <- link.Run(ctx) }()
	done := false
	for there := true; there && !done && err == nil; time.Sleep(time.Millisecond) {
		there = link.Do(func(s *client.Session) { done, err = do(s) })
	}
	stop()
	<-ended
	ts.Check(err)
	if !done {
		ts.Fatalf("%s was not let in, or is not answered", name)
	}
}
