package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
	"github.com/spf13/cobra"
)

var shellBlock = regexp.MustCompile("(?s)```sh\n(.*?)```")

// docsScript is what docs/boardctl.md has one do, at a relay, with less patience.
func docsScript(relay string) (string, error) {
	text, err := os.ReadFile("../docs/boardctl.md")
	if err != nil {
		return "", err
	}
	script := "set -eux\n"
	for _, m := range shellBlock.FindAllStringSubmatch(string(text), -1) {
		script += m[1]
	}
	return strings.NewReplacer("http://localhost:8080", relay, "--for 10s", "--for 100ms", "--seconds 10", "--seconds 0.2").Replace(script), nil
}

// TestDocs runs docs/boardctl.md from its beginning to its end.
func TestDocs(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Files:               []string{"testdata/docs/docs.txtar"},
		RequireExplicitExec: true,
		Setup: func(env *testscript.Env) error {
			if err := relays(t, env); err != nil {
				return err
			}
			script, err := docsScript(env.Getenv("RELAY"))
			if err != nil {
				return err
			}
			return os.WriteFile(filepath.Join(env.WorkDir, "docs.sh"), []byte(script), 0o600)
		},
	})
}

// What help shows as examples are calls that make sense.
func TestExamples(t *testing.T) {
	var verbs func(*cobra.Command) []*cobra.Command
	verbs = func(v *cobra.Command) (all []*cobra.Command) {
		for _, sub := range v.Commands() {
			all = append(append(all, sub), verbs(sub)...)
		}
		return all
	}
	x := &terminal{getenv: func(string) string { return "" }}
	for _, v := range verbs(newRoot(x)) {
		if v.Name() == "help" {
			continue
		}
		if v.Example == "" || v.Long == "" {
			t.Errorf("%s has no example, or no words", v.CommandPath())
		}
		for line := range strings.Lines(v.Example) {
			if !strings.HasPrefix(line, "  ") || len(strings.TrimSpace(line)) > 110 {
				t.Errorf("%s: %q is not indented, or long", v.CommandPath(), line)
			}
			found := false
			for _, call := range regexp.MustCompile(`\||<\(|>`).Split(line, -1) {
				call, _, _ = strings.Cut(call, " < ")
				args := words(call)
				if len(args) == 0 || args[0] != "boardctl" {
					continue
				}
				found = true
				root := newRoot(x) // flags remember
				of, rest, err := root.Find(args[1:])
				if err == nil {
					err = of.ParseFlags(rest)
				}
				if err == nil {
					err = of.ValidateArgs(of.Flags().Args())
				}
				if err != nil || of == root {
					t.Errorf("%s: %q: %v", v.CommandPath(), call, err)
				}
			}
			if !found {
				t.Errorf("%s: %q does not call boardctl", v.CommandPath(), line)
			}
		}
		for line := range strings.Lines(v.Long) {
			if len([]rune(line)) > 92 {
				t.Errorf("%s: a line of its help is %d letters wide: %s", v.CommandPath(), len([]rune(line)), line)
			}
		}
	}
}

// words cuts a line as a shell does that knows single quotes alone.
func words(line string) (list []string) {
	for i, part := range strings.Split(strings.TrimRight(line, ") \n"), "'") {
		if i%2 == 1 {
			list = append(list, part)
			continue
		}
		list = append(list, strings.Fields(part)...)
	}
	return list
}
