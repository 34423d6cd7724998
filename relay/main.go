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
	// Its advice to raise a limit of the kernel would be the first thing that
	// everyone sees; at the rates of a board the usual buffers do.
	if os.Getenv(noBufferWarning) == "" {
		os.Setenv(noBufferWarning, "true")
	}
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

// noBufferWarning keeps quic-go's words about UDP buffers off standard error.
const noBufferWarning = "QUIC_GO_DISABLE_RECEIVE_BUFFER_WARNING"

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
		quic  = flags.Bool("quic", true, "serve WebTransport too, on the same port of UDP")
		cert  = flags.String("tls-cert", "", "PEM `file` of a certificate and those that vouch for it: serve HTTPS; it is read again when it changes")
		key   = flags.String("tls-key", "", "PEM `file` of the key of -tls-cert")
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

	if (*cert == "") != (*key == "") {
		return usageError("-tls-cert and -tls-key go together, and one is missing")
	}
	level := slog.LevelInfo
	if *debug {
		level = slog.LevelDebug
	}
	log := slog.New(slog.NewTextHandler(stderr, &slog.HandlerOptions{Level: level}))
	l, udp, noUDP, err := server.Listen(*addr, *quic)
	if err != nil {
		return explainListen(*addr, err)
	}
	srv, err := server.New(server.Config{Data: *data, Dev: *dev, Cert: *cert, Key: *key, Log: log})
	if err != nil {
		if udp != nil {
			err = errors.Join(err, udp.Close())
		}
		return errors.Join(err, l.Close())
	}
	scheme := "http://"
	if *cert != "" {
		scheme = "https://"
	}
	log.Info("Edgeboard is at " + scheme + shownAddr(l.Addr(), *addr))
	if noUDP != nil {
		log.Warn("UDP cannot be served on this port: pages use WebSocket alone; -quic=false keeps it so", "err", noUDP)
	}
	return srv.Serve(ctx, l, udp)
}

func envName(flagName string) string {
	return "EDGEBOARD_" + strings.ReplaceAll(strings.ToUpper(flagName), "-", "_")
}

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
