//go:build e2e

package e2e

import (
	"bufio"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"edgeboard/shared/logtest"
)

// patience is how long a test waits for something that should come soon. It is
// generous: the machine may be busy, and a test never passes by waiting.
const patience = 60 * time.Second

// relay is the relay binary, running.
type relay struct {
	t    *testing.T
	data string
	addr string   // host:port, the same after a restart
	more []string // flags
	cmd  *exec.Cmd
	log  *logtest.Text
}

// startRelay starts a relay with an empty data folder on a free port.
func startRelay(t *testing.T, flags ...string) *relay {
	t.Helper()
	return startRelayAt(t, "127.0.0.1:0", flags...)
}

func startRelayAt(t *testing.T, addr string, flags ...string) *relay {
	t.Helper()
	r := &relay{t: t, data: filepath.Join(t.TempDir(), "data"), addr: addr, more: flags, log: &logtest.Text{}}
	r.start()
	t.Cleanup(func() {
		if r.cmd != nil {
			r.stop(os.Interrupt)
		}
		if t.Failed() {
			t.Logf("relay:\n%s", r.log)
		}
	})
	return r
}

func relayBinary(t *testing.T) string {
	t.Helper()
	path := os.Getenv("EDGEBOARD_RELAY")
	if path == "" {
		path = "../../bin/relay"
	}
	path, err := filepath.Abs(path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(path); err != nil {
		t.Fatalf("no relay to test: %v; run ./scripts/build.sh", err)
	}
	return path
}

// start runs the binary and waits until it serves.
func (r *relay) start() {
	r.t.Helper()
	r.cmd = exec.Command(relayBinary(r.t), append([]string{"-addr", r.addr, "-data", r.data}, r.more...)...)
	stderr, err := r.cmd.StderrPipe()
	if err != nil {
		r.t.Fatal(err)
	}
	if err := r.cmd.Start(); err != nil {
		r.t.Fatal(err)
	}
	address := make(chan string, 1)
	go func() {
		defer close(address)
		lines := bufio.NewScanner(io.TeeReader(stderr, r.log))
		for lines.Scan() {
			if _, a, ok := strings.Cut(lines.Text(), "http://"); ok {
				address <- strings.Trim(a, `"`)
			}
		}
	}()
	select {
	case a, ok := <-address:
		if !ok {
			r.t.Fatalf("the relay ended:\n%s", r.log)
		}
		r.addr = a
	case <-time.After(patience):
		r.t.Fatalf("the relay does not say its address:\n%s", r.log)
	}
}

// stop ends the relay by a signal and returns its exit code, -1 if it was
// killed.
func (r *relay) stop(signal os.Signal) int {
	r.t.Helper()
	r.signal(signal)
	return r.wait()
}

func (r *relay) signal(signal os.Signal) {
	r.t.Helper()
	if err := r.cmd.Process.Signal(signal); err != nil {
		r.t.Fatal(err)
	}
}

// wait waits until the relay has ended.
func (r *relay) wait() int {
	_ = r.cmd.Wait() // the state says it all
	code := r.cmd.ProcessState.ExitCode()
	r.cmd = nil
	return code
}

// kill is a loss of power, as far as a process can have one.
func (r *relay) kill() { r.stop(syscall.SIGKILL) }

func (r *relay) url(path string) string { return "http://" + r.addr + path }
