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

// benches are what can be measured. Each parses its own flags; where several are named, the flags are for all of them.
var benches = map[string]func(ctx context.Context, args []string, out *report) error{
	"board":      benchBoard,
	"chat":       benchChat,
	"cluster":    benchCluster,
	"cold":       benchCold,
	"export":     benchExport,
	"feeds":      benchFeeds,
	"fanout":     benchFanout,
	"frame":      benchFrame,
	"hostile":    benchHostile,
	"loss":       benchLoss,
	"memory":     benchMemory,
	"page":       benchPage,
	"peers":      benchPeers,
	"scale":      benchScale,
	"small":      benchSmall,
	"soak":       benchSoak,
	"storm":      benchStorm,
	"store":      benchStore,
	"tables":     benchTables,
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
	if part, ok := parts[args[0]]; ok {
		return measure(ctx, part, args[0], args[1:], stdout, stderr)
	}
	var names []string
	for len(args) > 0 && benches[args[0]] != nil {
		names, args = append(names, args[0]), args[1:]
	}
	if len(names) == 0 {
		return fmt.Errorf("there is no bench %q, only: %s", args[0], known)
	}
	var failed error
	for _, name := range names {
		failed = errors.Join(failed, measure(ctx, benches[name], name, args, stdout, stderr))
		if ctx.Err() != nil {
			break
		}
	}
	return failed
}

func measure(ctx context.Context, bench func(context.Context, []string, *report) error, name string, args []string, stdout, stderr io.Writer) error {
	out := &report{bench: name, stdout: stdout, stderr: stderr}
	return errors.Join(bench(ctx, args, out), out.err())
}
