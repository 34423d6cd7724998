package main

import (
	"os"
	"strings"
	"testing"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// TestSamePageInEachFolder: what the page's program says of itself names no folder of the
// machine that has built it.
func TestSamePageInEachFolder(t *testing.T) {
	t.Chdir(t.TempDir())
	for _, name := range []string{"go.mod", "go.sum"} {
		if err := os.WriteFile(name, []byte("module edgeboard\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.MkdirAll("bin/lean", 0o700); err != nil {
		t.Fatal(err)
	}
	if err := modFile("bin/lean"); err != nil {
		t.Fatal(err)
	}
	mod, err := os.ReadFile("bin/lean/lean.mod")
	if want := "\nreplace " + engine + ` => "./bin/lean/ebiten"`; err != nil || !strings.Contains(string(mod), want) {
		t.Errorf("there is no line %q in\n%s%v", want, mod, err)
	}
}
