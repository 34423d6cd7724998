// Command bench measures Edgeboard. It prints one JSON object a line for each figure on standard output, and everything
// else on standard error. scripts/bench.sh runs it, at the root of the repository.
//
// A bench over a network runs it again, too, in another network namespace: these programs are in parts.
//
// A bench that has figures of the page runs the program a second time, compiled for js/wasm, see wasm.go. There the same
// code runs, and reports only what is different there.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"maps"
	"os"
	"os/signal"
	"runtime"
	"slices"
	"strings"
)

// benches are what can be measured. Each parses its own flags.
var benches = map[string]func(ctx context.Context, args []string, out *report) error{
	"board":      benchBoard,
	"fanout":     benchFanout,
	"loss":       benchLoss,
	"transports": benchTransports,
	"wire":       benchWire,
}

// inWasm says that this is the second program. platform is its name in metrics.
const inWasm = runtime.GOOS == "js"

func platform() string {
	if inWasm {
		return "wasm"
	}
	return "native"
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	switch {
	case errors.Is(err, flag.ErrHelp):
	case err != nil:
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	known := strings.Join(slices.Sorted(maps.Keys(benches)), ", ")
	if len(args) == 0 {
		return fmt.Errorf("name what to measure: %s", known)
	}
	bench, ok := benches[args[0]]
	if !ok {
		bench, ok = parts[args[0]]
	}
	if !ok {
		return fmt.Errorf("there is no bench %q, only: %s", args[0], known)
	}
	out := &report{bench: args[0], stdout: stdout, stderr: stderr}
	return errors.Join(bench(ctx, args[1:], out), out.err())
}
