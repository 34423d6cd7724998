// Command mutants asks how good the tests of the document are. It breaks the
// code in one small way after the other, see list.go, and runs the tests that
// have to notice. One that survives is a rule that nobody watches: write the test
// that kills it. One that cannot be told from the original is no mutant, and does
// not belong in the list.
//
// The sources are not touched: each mutant is a file in a temporary folder that
// the compiler reads in place of the original (-overlay).
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "mutants:", err)
		os.Exit(1)
	}
}

// mutant is one way to break the code.
type mutant struct {
	rule     string // of shared/board/SPEC.md
	why      string // what is no longer true
	file     string
	old, new string // old occurs exactly once in file
	tests    string // the package whose tests have to notice
}

// apply returns the broken source.
func (m *mutant) apply(source string) (string, error) {
	if n := strings.Count(source, m.old); n != 1 {
		return "", fmt.Errorf("%s has the old text %d times, want once: %q", m.file, n, m.old)
	}
	return strings.Replace(source, m.old, m.new, 1), nil
}

// run tries the mutants that the arguments choose, in the current folder.
func run(ctx context.Context, args []string, out io.Writer) error {
	flags := flag.NewFlagSet("mutants", flag.ContinueOnError)
	choice := flags.String("run", "", "only mutants whose rule or file matches this regular expression")
	workers := flags.Int("j", runtime.NumCPU(), "how many are tried at a time")
	if err := flags.Parse(args); err != nil {
		return err
	}
	chosen, err := regexp.Compile(*choice)
	if err != nil {
		return err
	}
	var list []*mutant
	for i := range mutants {
		if m := &mutants[i]; chosen.MatchString(m.rule) || chosen.MatchString(m.file) {
			list = append(list, m)
		}
	}
	if len(list) == 0 {
		return errors.New("no mutant is chosen")
	}
	start := time.Now()
	limits, err := healthy(ctx, list)
	if err != nil {
		return err
	}
	verdicts := make([]chan verdict, len(list))
	for i := range verdicts {
		verdicts[i] = make(chan verdict, 1)
	}
	var next atomic.Int64
	var busy sync.WaitGroup
	defer busy.Wait()
	for range max(*workers, 1) {
		busy.Go(func() {
			for {
				i := int(next.Add(1)) - 1
				if i >= len(list) || ctx.Err() != nil {
					return
				}
				verdicts[i] <- try(ctx, list[i], limits[list[i].tests])
			}
		})
	}
	var broken, survived, hung int
	for i, m := range list {
		var v verdict
		select {
		case v = <-verdicts[i]:
		case <-ctx.Done():
			return ctx.Err()
		}
		said := "killed by " + v.killer
		switch {
		case v.err != nil:
			broken++
			said = "NOT TRIED: " + v.err.Error()
		case v.killer == "":
			survived++
			said = "SURVIVED the tests of " + m.tests
		case v.hung:
			hung++
			said = "killed by the timeout, in " + v.killer
		}
		fmt.Fprintf(out, "%-4s %s: %s (%.1fs)\n", m.rule, m.why, said, v.took.Seconds())
	}
	fmt.Fprintf(out, "%d mutants: %d killed, %d of them by the timeout; %d survived, %d not tried; %.0fs\n",
		len(list), len(list)-survived-broken, hung, survived, broken, time.Since(start).Seconds())
	if survived+broken > 0 {
		return fmt.Errorf("%d mutants survived, %d do not fit the code", survived, broken)
	}
	return nil
}

// healthy runs the tests without a mutant. Tests that fail as things are would
// seem to kill all of them; how long they take says when one hangs.
func healthy(ctx context.Context, list []*mutant) (limits map[string]time.Duration, err error) {
	limits = map[string]time.Duration{}
	for _, m := range list {
		if _, done := limits[m.tests]; done {
			continue
		}
		v := test(ctx, m.tests, "", nil, 10*time.Minute)
		if v.err != nil {
			return nil, v.err
		}
		if v.killer != "" {
			return nil, fmt.Errorf("the tests of %s fail as things are: %s", m.tests, v.killer)
		}
		limits[m.tests] = max(20*time.Second, 5*v.took)
	}
	return limits, nil
}

// verdict is what tests said.
type verdict struct {
	killer string // the first test that failed, "" if none did
	hung   bool
	took   time.Duration
	err    error // there is no saying: the old text is not there, or the new one does not compile
}

// try runs the tests that have to notice a mutant.
func try(ctx context.Context, m *mutant, limit time.Duration) verdict {
	source, err := os.ReadFile(m.file)
	if err != nil {
		return verdict{err: err}
	}
	broken, err := m.apply(string(source))
	if err != nil {
		return verdict{err: err}
	}
	original, err := filepath.Abs(m.file)
	if err != nil {
		return verdict{err: err}
	}
	return test(ctx, m.tests, m.rule, map[string]string{original: broken}, limit)
}

// test builds and runs the tests of a package, with some files replaced. Building
// comes first and by itself: what does not compile is not killed.
func test(ctx context.Context, folder, rule string, files map[string]string, limit time.Duration) (v verdict) {
	tmp, err := os.MkdirTemp("", "mutant")
	if err != nil {
		return verdict{err: err}
	}
	defer os.RemoveAll(tmp)
	replace := map[string]string{}
	for original, source := range files {
		replace[original] = filepath.Join(tmp, filepath.Base(original))
		if err := os.WriteFile(replace[original], []byte(source), 0o600); err != nil {
			return verdict{err: err}
		}
	}
	overlay, err := json.Marshal(map[string]any{"Replace": replace})
	if err != nil {
		return verdict{err: err}
	}
	if err := os.WriteFile(filepath.Join(tmp, "overlay.json"), overlay, 0o600); err != nil {
		return verdict{err: err}
	}
	binary := filepath.Join(tmp, "tests")
	build := exec.CommandContext(ctx, "go", "test", "-c", "-vet=off", "-overlay="+filepath.Join(tmp, "overlay.json"), "-o", binary, "./"+folder)
	if out, err := build.CombinedOutput(); err != nil {
		return verdict{err: fmt.Errorf("%s does not compile: %w\n%s", folder, err, out)}
	}
	start := time.Now()
	// Tests that are named by the rule have the first word, which is mostly the
	// last one too.
	for _, choice := range []string{"^(Test|Fuzz)" + rule + "($|[^0-9])", ""} {
		tests := exec.CommandContext(ctx, binary, "-test.short", "-test.failfast", "-test.timeout="+limit.String(), "-test.run="+choice)
		tests.Dir = folder
		if out, err := tests.CombinedOutput(); err != nil {
			v.killer, v.hung = killer(string(out))
			break
		}
	}
	v.took = time.Since(start)
	return v
}

var (
	failed = regexp.MustCompile(`(?m)^--- FAIL: (\S+)`)
	hung   = regexp.MustCompile(`(?m)^panic: test timed out after .*\n(?:\s+running tests:\n\s+(\S+))?`)
)

// killer finds the first test that failed in what the tests have printed.
func killer(out string) (name string, timeout bool) {
	if m := hung.FindStringSubmatch(out); m != nil {
		return m[1], true
	}
	if m := failed.FindStringSubmatch(out); m != nil {
		return m[1], false
	}
	return "a crash", false
}
