// Relay serves Edgeboard: the page, the boards and the connections to them.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime"
	"strings"
	"syscall"
	_ "time/tzdata" // people say when they are not to be woken; there may be no other files
)

func main() {
	// Its advice to raise a limit of the kernel would be the first thing that
	// everyone sees; at the rates of a board the usual buffers do.
	if os.Getenv(noBufferWarning) == "" {
		os.Setenv(noBufferWarning, "true")
	}
	signalled, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	ctx, cancel := context.WithCancel(context.Background())
	context.AfterFunc(signalled, func() {
		stop() // first, so that a second signal ends the process at once
		cancel()
	})
	err := run(ctx, os.Args[1:], os.Getenv, os.Stdout, os.Stderr)
	stop()
	switch {
	case errors.Is(err, flag.ErrHelp):
	case errors.Is(err, errFindings):
		os.Exit(1)
	case errors.As(err, new(usageError)):
		fmt.Fprintf(os.Stderr, "relay: %v\nrelay -h lists the flags\n", err)
		os.Exit(2)
	case err != nil:
		fmt.Fprintf(os.Stderr, "relay: %v\n", err)
		os.Exit(1)
	}
}

// noBufferWarning keeps quic-go's words about UDP buffers off standard error.
const noBufferWarning = "QUIC_GO_DISABLE_RECEIVE_BUFFER_WARNING"

// version is that of the release, which the linker is told (-X main.version=1.0.0).
var version = "devel"

// run does what the first argument says; without a word there, it serves.
func run(ctx context.Context, args []string, getenv func(string) string, stdout, stderr io.Writer) error {
	command := ""
	if len(args) > 0 && !strings.HasPrefix(args[0], "-") {
		command, args = args[0], args[1:]
	}
	if len(args) == 1 && command == "" && (args[0] == "-version" || args[0] == "--version") {
		command, args = "version", nil
	}
	switch command {
	case "", "check", "health", "backup":
	case "version":
		if len(args) > 0 {
			return usageError("relay version takes nothing")
		}
		_, err := fmt.Fprintf(stdout, "relay %s, %s, %s/%s\n", version, runtime.Version(), runtime.GOOS, runtime.GOARCH)
		return err
	case "token":
		return token(args, stdout, stderr)
	default:
		return usageError(fmt.Sprintf("%q is no command: there are check, health, backup, token and version, and without one the relay serves", command))
	}
	o, rest, err := parse(args, getenv)
	if errors.Is(err, flag.ErrHelp) {
		printUsage(stderr)
	}
	if err != nil {
		return err
	}
	if command == "backup" {
		return backup(ctx, o, rest, stdout, stderr)
	}
	if len(rest) > 0 {
		return usageError(fmt.Sprintf("%q is not a flag, and nothing else is taken here", rest[0]))
	}
	o.fit(findMemory(theSystem, getenv))
	switch command {
	case "check":
		return check(o, stdout)
	case "health":
		return askHealth(ctx, o, stdout)
	}
	return serve(ctx, o, stderr)
}
