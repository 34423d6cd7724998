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
	"strings"
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
	rule     string // of shared/board/SPEC.md, or the part of the package comment
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
	limit := flags.Duration("timeout", time.Minute, "how long tests may run; a mutant that hangs is killed by it")
	if err := flags.Parse(args); err != nil {
		return err
	}
	chosen, err := regexp.Compile(*choice)
	if err != nil {
		return err
	}
	tmp, err := os.MkdirTemp("", "mutants")
	if err != nil {
		return err
	}
	defer os.RemoveAll(tmp)
	l := lab{tmp: tmp, limit: *limit}

	var tried, broken, survived, hung int
	healthy := map[string]bool{}
	start := time.Now()
	for i := range mutants {
		m := &mutants[i]
		if !chosen.MatchString(m.rule) && !chosen.MatchString(m.file) {
			continue
		}
		if !healthy[m.tests] {
			// Tests that fail without a mutant would seem to kill them all.
			switch v := l.test(ctx, m.tests, ""); {
			case v.err != nil:
				return fmt.Errorf("%s: %w", m.tests, v.err)
			case v.killer != "":
				return fmt.Errorf("the tests of %s fail as things are: %s", m.tests, v.killer)
			}
			healthy[m.tests] = true
		}
		v := l.try(ctx, m)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		tried++
		verdict := "killed by " + v.killer
		switch {
		case v.err != nil:
			broken++
			verdict = "NOT TRIED, " + v.err.Error()
		case v.killer == "":
			survived++
			verdict = "SURVIVED " + m.tests
		case v.hung:
			hung++
			verdict = "killed by the timeout, in " + v.killer
		}
		fmt.Fprintf(out, "%-5s %s: %s (%.1fs)\n", m.rule, m.why, verdict, v.took.Seconds())
	}
	fmt.Fprintf(out, "%d mutants, %d killed (%d by the timeout), %d survived, %d not tried, %.0fs\n",
		tried, tried-survived-broken, hung, survived, broken, time.Since(start).Seconds())
	switch {
	case tried == 0:
		return errors.New("no mutant was chosen")
	case survived+broken > 0:
		return fmt.Errorf("%d mutants survived, %d do not fit the code", survived, broken)
	}
	return nil
}

// lab is where mutants are tried.
type lab struct {
	tmp   string
	limit time.Duration
}

// verdict is what tests said.
type verdict struct {
	killer string // the first test that failed, "" if none did
	hung   bool
	took   time.Duration
	err    error // there is no saying: the old text is not there, or the new one does not compile
}

// try runs the tests that have to notice a mutant.
func (l *lab) try(ctx context.Context, m *mutant) verdict {
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
	instead := filepath.Join(l.tmp, "mutant.go")
	replace, err := json.Marshal(map[string]map[string]string{"Replace": {original: instead}})
	if err != nil {
		return verdict{err: err}
	}
	overlay := filepath.Join(l.tmp, "overlay.json")
	if err := errors.Join(os.WriteFile(instead, []byte(broken), 0o600), os.WriteFile(overlay, replace, 0o600)); err != nil {
		return verdict{err: err}
	}
	return l.test(ctx, m.tests, overlay)
}

// test builds and runs the tests of a package. Building comes first and by
// itself: what does not compile is not killed.
func (l *lab) test(ctx context.Context, folder, overlay string) (v verdict) {
	start := time.Now()
	binary := filepath.Join(l.tmp, "tests")
	build := exec.CommandContext(ctx, "go", "test", "-c", "-vet=off", "-overlay="+overlay, "-o", binary, "./"+folder)
	if out, err := build.CombinedOutput(); err != nil {
		return verdict{err: fmt.Errorf("it does not compile: %w\n%s", err, out)}
	}
	tests := exec.CommandContext(ctx, binary, "-test.short", "-test.failfast", "-test.timeout="+l.limit.String())
	tests.Dir = folder
	out, err := tests.CombinedOutput()
	v.took = time.Since(start)
	if err != nil {
		v.killer, v.hung = killer(string(out))
	}
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
