// Relay serves Edgeboard: the page, the boards and the connections to them.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"edgeboard/relay/server"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:], os.Getenv, os.Stderr)
	stop()
	switch {
	case errors.Is(err, flag.ErrHelp):
	case errors.As(err, new(usageError)):
		fmt.Fprintf(os.Stderr, "relay: %v\nrelay -h lists the flags\n", err)
		os.Exit(2)
	case err != nil:
		fmt.Fprintf(os.Stderr, "relay: %v\n", err)
		os.Exit(1)
	}
}

// usageError is a mistake in the flags or the environment.
type usageError string

func (e usageError) Error() string { return string(e) }

const usage = `Relay serves Edgeboard: a live board for a team.

Usage: relay [flags]

Each flag can be given by an environment variable too; the flag wins. A variable
that is empty counts as not set.

`

func run(ctx context.Context, args []string, getenv func(string) string, stderr io.Writer) error {
	flags := flag.NewFlagSet("relay", flag.ContinueOnError)
	flags.SetOutput(io.Discard) // errors are returned, and printed once
	var (
		addr  = flags.String("addr", "localhost:8080", "`host:port` to serve on; port 0 takes a free one")
		data  = flags.String("data", "data", "`folder` that keeps the boards; it is made if the folder above it exists")
		dev   = flags.String("dev", "", "serve the page from this `folder`, as it lies on disk (public), and not the one in the binary")
		debug = flags.Bool("debug", false, "log connections that come and go")
	)
	if err := flags.Parse(args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			fmt.Fprint(stderr, usage)
			flags.SetOutput(stderr)
			flags.VisitAll(func(f *flag.Flag) {
				name, text := flag.UnquoteUsage(f)
				fmt.Fprintf(stderr, "  -%s %s\n        %s (%s, default %q)\n", f.Name, name, text, envName(f.Name), f.DefValue)
			})
			return err
		}
		return usageError(err.Error())
	}
	if flags.NArg() > 0 {
		return usageError(fmt.Sprintf("%q is not a flag, and the relay takes nothing else", flags.Arg(0)))
	}
	if err := fromEnv(flags, getenv); err != nil {
		return err
	}

	level := slog.LevelInfo
	if *debug {
		level = slog.LevelDebug
	}
	log := slog.New(slog.NewTextHandler(stderr, &slog.HandlerOptions{Level: level}))
	l, err := net.Listen("tcp", *addr)
	if err != nil {
		return explainListen(*addr, err)
	}
	srv, err := server.New(server.Config{Data: *data, Dev: *dev, Log: log})
	if err != nil {
		return errors.Join(err, l.Close())
	}
	log.Info("Edgeboard is at http://" + shownAddr(l.Addr(), *addr))
	return srv.Serve(ctx, l)
}

func envName(flagName string) string { return "EDGEBOARD_" + strings.ToUpper(flagName) }

// fromEnv sets the flags that were not given from the environment.
func fromEnv(flags *flag.FlagSet, getenv func(string) string) error {
	given := map[string]bool{}
	flags.Visit(func(f *flag.Flag) { given[f.Name] = true })
	var err error
	flags.VisitAll(func(f *flag.Flag) {
		value := getenv(envName(f.Name))
		if value == "" || given[f.Name] || err != nil {
			return
		}
		if e := flags.Set(f.Name, value); e != nil {
			err = usageError(fmt.Sprintf("%s=%q: %v", envName(f.Name), value, e))
		}
	})
	return err
}

// explainListen says what to do about the usual reasons.
func explainListen(addr string, err error) error {
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		return fmt.Errorf("%s is in use by another program: stop it, or choose another address with -addr (%w)", addr, err)
	case errors.Is(err, syscall.EACCES):
		return fmt.Errorf("%s may not be used by this user: choose a port from 1024 on with -addr (%w)", addr, err)
	}
	return fmt.Errorf("cannot serve on %s: choose another address with -addr (%w)", addr, err)
}

// shownAddr is the address to type into a browser: the host as the operator
// wrote it, with the port that was taken.
func shownAddr(got net.Addr, asked string) string {
	host, _, err := net.SplitHostPort(asked)
	if err != nil || host == "" || host == "0.0.0.0" || host == "::" {
		host = "localhost"
	}
	_, port, err := net.SplitHostPort(got.String())
	if err != nil {
		return got.String()
	}
	return net.JoinHostPort(host, port)
}
