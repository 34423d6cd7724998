package example

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// The programs are built and run as a reader would, against a relay.
func TestExamples(t *testing.T) {
	bin := t.TempDir()
	build := exec.Command("go", "build", "-o", bin+string(filepath.Separator), "edgeboard/relay", "./...")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	relay := start(t, filepath.Join(bin, "relay"), "-addr", "localhost:0", "-data", filepath.Join(t.TempDir(), "data"))
	address := relay.wait(`Edgeboard is at http://([^\s"]+)`)
	url := "ws://" + address + "/ws"
	t.Run("watch and draw", func(t *testing.T) { testWatchAndDraw(t, bin, url) })
	t.Run("bot", func(t *testing.T) { testBot(t, bin, url) })
	t.Run("sensor", func(t *testing.T) { testSensor(t, bin, url) })
	t.Run("convert", func(t *testing.T) { testConvert(t, bin) })
}

func testWatchAndDraw(t *testing.T, bin, url string) {
	watch := start(t, filepath.Join(bin, "watch"), url, "plans")
	watch.wait(`^(live)$`)
	draw := exec.Command(filepath.Join(bin, "draw"), url, "plans", "hello from Go")
	if out, err := draw.CombinedOutput(); err != nil {
		t.Fatalf("draw: %v\n%s", err, out)
	}
	stroke := watch.wait(`^element (.*) is new, of kind 1$`)
	watch.wait(`^element ` + regexp.QuoteMeta(stroke) + ` has (400) points$`)
	watch.wait(`says ("hello from Go")$`)

	lost := start(t, filepath.Join(bin, "watch"), "ws://localhost:1/ws", "plans")
	lost.wait(`websocket: (dialing the relay: .*refused)`)

	if err := exec.Command(filepath.Join(bin, "draw"), url).Run(); err == nil {
		t.Error("draw without a board does not fail")
	}
	if out, err := exec.Command(filepath.Join(bin, "watch"), url, "no board").CombinedOutput(); err == nil || !strings.Contains(string(out), "4002") {
		t.Errorf("watch of a board that cannot be: %v, %s", err, out)
	}
}

// process is a program that runs until the test ends.
type process struct {
	t     *testing.T
	lines chan string
	seen  bytes.Buffer
}

func start(t *testing.T, name string, args ...string) *process {
	ctx, cancel := context.WithCancel(context.Background())
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.WaitDelay = 10 * time.Second
	r, w := io.Pipe()
	cmd.Stdout, cmd.Stderr = w, w
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	p := &process{t: t, lines: make(chan string, 10_000)}
	go func() {
		defer close(p.lines)
		for s := bufio.NewScanner(r); s.Scan(); {
			p.lines <- s.Text()
		}
	}()
	t.Cleanup(func() {
		cancel()
		_ = cmd.Wait() // ended by the interrupt, whatever it makes of it
		w.Close()
	})
	return p
}

// wait returns what the group in the expression matches in the next line that
// does.
func (p *process) wait(expression string) string {
	p.t.Helper()
	re := regexp.MustCompile(expression)
	timeout := time.After(30 * time.Second)
	for {
		select {
		case line, ok := <-p.lines:
			if m := re.FindStringSubmatch(line); m != nil {
				return m[1]
			} else if !ok {
				p.t.Fatalf("it ended without a line like %q:\n%s", expression, p.seen.String())
			}
			p.seen.WriteString(line + "\n")
		case <-timeout:
			p.t.Fatalf("no line like %q:\n%s", expression, p.seen.String())
		}
	}
}
