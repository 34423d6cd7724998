package main

import (
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"testing"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// Code moves on: every mutant still has its place, and is Go. Whether the tests
// notice it takes minutes: scripts/mutants.sh.
func TestMutantsHaveTheirPlace(t *testing.T) {
	t.Chdir(filepath.Join("..", ".."))
	if len(mutants) < 30 {
		t.Errorf("%d mutants", len(mutants))
	}
	type change struct{ file, old, new string }
	seen := map[change]bool{}
	for i := range mutants {
		m := &mutants[i]
		source, err := os.ReadFile(m.file)
		if err != nil {
			t.Errorf("%s: %v", m.why, err)
			continue
		}
		broken, err := m.apply(string(source))
		if err != nil {
			t.Errorf("%s: %v", m.why, err)
			continue
		}
		if _, err := parser.ParseFile(token.NewFileSet(), m.file, broken, 0); err != nil {
			t.Errorf("%s: %v", m.why, err)
		}
		if broken == string(source) || seen[change{m.file, m.old, m.new}] {
			t.Errorf("%s: changes nothing, or what another one does", m.why)
		}
		seen[change{m.file, m.old, m.new}] = true
		if m.rule == "" || m.why == "" {
			t.Errorf("%s: %q says neither rule nor reason", m.file, m.old)
		}
		if info, err := os.Stat(m.tests); err != nil || !info.IsDir() {
			t.Errorf("%s: the tests of %s: %v", m.why, m.tests, err)
		}
	}
}

// What tests print is understood.
func TestKiller(t *testing.T) {
	for why, c := range map[string]struct {
		out, name string
		hung      bool
	}{
		"a failure":  {"x\n    --- FAIL: TestInner/a (0.1s)\n--- FAIL: TestA (0.00s)\n    a_test.go:1: no\n--- FAIL: TestB (0.00s)\nFAIL\n", "TestA", false},
		"a panic":    {"--- FAIL: TestA (0.00s)\npanic: oh [recovered, repanicked]\n", "TestA", false},
		"a hang":     {"panic: test timed out after 1s\n\trunning tests:\n\t\tTestSlow (1s)\n\ngoroutine 1", "TestSlow", true},
		"out of air": {"fatal error: runtime: out of memory\n", "a crash", false},
	} {
		if name, hung := killer(c.out); name != c.name || hung != c.hung {
			t.Errorf("%s: %q, %v; want %q, %v", why, name, hung, c.name, c.hung)
		}
	}
}
