// Boardctl works with boards from a terminal: it writes them to files and reads files
// into them.
//
// It ends with 0 when it has done what it was asked, with 2 when it was asked in a way
// that it does not understand, and with 1 when something else went wrong.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:], &terminal{getenv: os.Getenv, stdin: os.Stdin, stdout: os.Stdout, stderr: os.Stderr})
	stop()
	switch {
	case err == nil, errors.Is(err, flag.ErrHelp):
	case errors.As(err, new(usageError)):
		fmt.Fprintf(os.Stderr, "boardctl: %v\n", err)
		os.Exit(2)
	default:
		fmt.Fprintf(os.Stderr, "boardctl: %v\n", err)
		os.Exit(1)
	}
}

// terminal is where a command is run.
type terminal struct {
	getenv         func(string) string
	stdin          io.Reader
	stdout, stderr io.Writer
}

// command is what boardctl can do, by its first word.
type command struct {
	name  string
	args  string // behind the flags
	what  string // in a line
	about string // for its own help
	// flags declares those of the command, and returns what runs it.
	flags func(*flag.FlagSet) func(ctx context.Context, t *terminal, args []string) error
}

// commands are in the order in which they are listed.
func commands() []command {
	return []command{exportCommand(), importCommand()}
}

// usageError is a call that makes no sense.
type usageError string

func (e usageError) Error() string { return string(e) }

// run does what the first argument says.
func run(ctx context.Context, args []string, t *terminal) error {
	name := ""
	if len(args) > 0 {
		name = args[0]
	}
	switch name {
	case "", "-h", "-help", "--help", "help":
		printCommands(t.stderr)
		if name == "" {
			return usageError("say what to do")
		}
		return nil
	}
	for _, c := range commands() {
		if c.name == name {
			return c.run(ctx, args[1:], t)
		}
	}
	return usageError(fmt.Sprintf("%q is no command; boardctl help lists them", name))
}

func (c *command) run(ctx context.Context, args []string, t *terminal) error {
	flags := flag.NewFlagSet("boardctl "+c.name, flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	do := c.flags(flags)
	switch err := flags.Parse(args); {
	case errors.Is(err, flag.ErrHelp):
		fmt.Fprintf(t.stderr, "Usage:\n  boardctl %s [flags] %s\n\n%s\n", c.name, c.args, c.about)
		flags.SetOutput(t.stderr)
		flags.PrintDefaults()
		return err
	case err != nil:
		return usageError(err.Error())
	}
	err := do(ctx, t, flags.Args())
	if usage := usageError(""); errors.As(err, &usage) {
		return usageError(fmt.Sprintf("%v; boardctl %s -h says more", usage, c.name))
	}
	return err
}

func printCommands(w io.Writer) {
	fmt.Fprint(w, "Boardctl works with boards from a terminal.\n\nUsage:\n")
	for _, c := range commands() {
		call := "boardctl " + c.name + " " + c.args
		fmt.Fprintf(w, "  %s%s %s\n", call, strings.Repeat(" ", max(0, 30-len(call))), c.what)
	}
	fmt.Fprint(w, "\nboardctl COMMAND -h says more about a command.\n")
}
