// Boardctl works with boards from a terminal: it follows them, publishes live data,
// writes them to files and reads files into them, and keeps and tries relays.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"golang.org/x/term"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], &terminal{
		getenv: os.Getenv, now: time.Now, pause: pause,
		stdin: os.Stdin, stdout: os.Stdout, stderr: os.Stderr,
		shows: term.IsTerminal(int(os.Stdout.Fd())), tells: term.IsTerminal(int(os.Stderr.Fd())),
	})
	stop()
	os.Exit(code)
}

// terminal is where a verb is run.
type terminal struct {
	getenv         func(string) string
	now            func() time.Time
	pause          func(context.Context, time.Duration) error
	stdin          io.Reader
	stdout, stderr io.Writer
	// shows says that somebody looks at stdout, tells that somebody does at stderr.
	shows, tells bool
	// quiet says nothing of how far it is; see say.
	quiet bool
	color colorFlag
}

func pause(ctx context.Context, d time.Duration) error {
	select {
	case <-time.After(d):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// say tells a person something that is not what was asked for.
func (t *terminal) say(format string, args ...any) {
	if !t.quiet {
		fmt.Fprintf(t.stderr, format+"\n", args...)
	}
}

// The exit codes, which the help of boardctl says too.
const (
	exitDone        = 0
	exitFailed      = 1
	exitUsage       = 2
	exitRefused     = 3
	exitUnreachable = 4
	exitInterrupted = 130 // as shells have it for what SIGINT ends
)

// usageError is a call that makes no sense.
type usageError string

func (e usageError) Error() string { return string(e) }

func usagef(format string, args ...any) error { return usageError(fmt.Sprintf(format, args...)) }

// refusedError is what a relay does not allow.
type refusedError struct{ error }

func (e refusedError) Unwrap() error { return e.error }

// unreachableError is why a relay cannot be spoken with.
type unreachableError struct{ error }

func (e unreachableError) Unwrap() error { return e.error }

var errInterrupted = errors.New("interrupted")

// run does what the arguments say, and returns the exit code.
func run(ctx context.Context, args []string, t *terminal) int {
	root := newRoot(t)
	root.SetArgs(args)
	verb, err := root.ExecuteContextC(ctx)
	if err == nil {
		return exitDone
	}
	// What a signal cuts short fails for many reasons, of which it is the first.
	if ctx.Err() != nil {
		fmt.Fprintln(t.stderr, "boardctl: "+errInterrupted.Error())
		return exitInterrupted
	}
	text := strings.TrimSpace(err.Error())
	code := exitFailed
	switch {
	case errors.As(err, new(usageError)):
		code = exitUsage
		if verb != root {
			text += "; " + verb.CommandPath() + " -h says more"
		}
	case errors.As(err, new(refusedError)):
		code = exitRefused
	case errors.As(err, new(unreachableError)):
		code = exitUnreachable
	}
	fmt.Fprintln(t.stderr, "boardctl: "+text)
	return code
}
