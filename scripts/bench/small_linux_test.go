package main

import (
	"io"
	"os/exec"
	"path/filepath"
	"testing"
)

// A group bounds what is in it, and knows when the kernel had to kill.
func TestCgroup(t *testing.T) {
	g, err := newCgroup(32 << 20)
	if err != nil {
		t.Skipf("no cgroup can be made here: %v", err)
	}
	defer func() {
		if err := g.remove(); err != nil {
			t.Error(err)
		}
	}()
	if out, err := g.command(t.Context(), "/bin/echo", "here").Output(); err != nil || string(out) != "here\n" {
		t.Fatalf("a program in it says %q: %v", out, err)
	}
	if n := g.killed(); n != 0 {
		t.Fatalf("%d were killed, and nobody has taken anything", n)
	}
	// A shell that holds what it is sent, which is more than there is.
	hog := g.command(t.Context(), "/bin/sh", "-c", "x=$(cat); echo ${#x}")
	hog.Stdin = io.LimitReader(endlessText{}, 256<<20)
	if out, err := hog.Output(); err == nil {
		t.Fatalf("it was let have it: %s", out)
	}
	if g.killed() == 0 {
		t.Error("the group does not know that the kernel has killed")
	}
	if most := g.most(); most < 16<<20 || most > 32<<20 {
		t.Errorf("the most that was in use is %d bytes, of 32 MiB", most)
	}
}

type endlessText struct{}

func (endlessText) Read(b []byte) (int, error) {
	for i := range b {
		b[i] = 'x'
	}
	return len(b), nil
}

// What the bench finds at small sizes, with a relay that has no page.
func TestSmall(t *testing.T) {
	if g, err := newCgroup(64 << 20); err != nil {
		t.Skipf("no cgroup can be made here: %v", err)
	} else if err := g.remove(); err != nil {
		t.Fatal(err)
	}
	program := filepath.Join(t.TempDir(), "relay")
	if out, err := exec.CommandContext(t.Context(), "go", "build", "-o", program, "edgeboard/relay").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	figures := figuresOf(t, "small", "-relay", program, "-relay-args", "-max-connections 40", "-runs", "1", "-most", "100", "-seconds", "0.5", "-drawing-on-board", "10", "-slow", "60000")
	for name, want := range map[string]float64{
		"idle64 members": 40, "idle64 boards": 4, "idle64 refused": 1,
		"draw64 members": 40, "draw64 boards": 4, "draw64 refused": 1,
	} {
		if figures[name] != want {
			t.Errorf("%s is %v, want %v: the relay may have 40 connections", name, figures[name], want)
		}
	}
}
