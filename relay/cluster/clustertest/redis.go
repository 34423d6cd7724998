package clustertest

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"syscall"
	"testing"
	"time"
)

// Redis is a redis-server for tests.
type Redis struct {
	addr     string
	folder   string
	settings []string

	process *exec.Cmd
	ended   chan struct{} // is closed when the process has ended
}

// StartRedis starts a redis-server that writes all to its disk before it answers. It
// ends with the test. Settings are what its command line takes besides, as "--maxmemory",
// "1mb".
func StartRedis(t testing.TB, settings ...string) *Redis {
	t.Helper()
	if _, err := exec.LookPath("redis-server"); err != nil {
		t.Fatal("there is no redis-server: install it (Debian: apt-get install redis-server)")
	}
	r := &Redis{folder: t.TempDir(), settings: settings}
	t.Cleanup(func() { r.end(syscall.SIGKILL) })
	for try := 0; ; try++ {
		// Below where systems take ports from for connections: it is to be free after a
		// restart too.
		r.addr = fmt.Sprintf("127.0.0.1:%d", 16000+rand.IntN(16000))
		if l, err := net.Listen("tcp", r.addr); err != nil {
			continue
		} else {
			l.Close()
		}
		err := r.start(t)
		if err == nil {
			return r
		}
		if try == 5 {
			t.Fatal(err)
		}
		t.Log(err) // Somebody else may have taken the port.
	}
}

// Addr is where it listens, "host:port".
func (r *Redis) Addr() string { return r.addr }

// URL is that for redis.Open.
func (r *Redis) URL() string { return "redis://" + r.addr }

// Folder has its data. It may be changed while it does not run.
func (r *Redis) Folder() string { return r.folder }

// start starts the process, and waits until it answers.
func (r *Redis) start(t testing.TB) error {
	t.Helper()
	host, port, _ := net.SplitHostPort(r.addr)
	journal := filepath.Join(r.folder, "log")
	r.process = exec.Command("redis-server", slices.Concat([]string{
		"--bind", host, "--port", port, "--dir", r.folder, "--logfile", journal,
		"--appendonly", "yes", "--appendfsync", "always", "--save", "", "--daemonize", "no",
	}, r.settings)...)
	if err := r.process.Start(); err != nil {
		return fmt.Errorf("start redis-server: %w", err)
	}
	ended := make(chan struct{})
	r.ended = ended
	go func() {
		r.process.Wait()
		close(ended)
	}()
	for until := time.Now().Add(patience); ; {
		if r.answers() {
			return nil
		}
		select {
		case <-ended:
			text, _ := os.ReadFile(journal)
			return fmt.Errorf("redis-server has ended: %s", text[max(0, len(text)-1000):])
		case <-time.After(5 * time.Millisecond): // until it is asked again
		}
		if time.Now().After(until) {
			r.end(syscall.SIGKILL)
			return fmt.Errorf("redis-server does not answer on %s", r.addr)
		}
	}
}

// answers says whether it does something else than read its data. What it says may be an
// error, as that it wants a password.
func (r *Redis) answers() bool {
	c, err := net.DialTimeout("tcp", r.addr, time.Second)
	if err != nil {
		return false
	}
	defer c.Close()
	c.SetDeadline(time.Now().Add(time.Second))
	fmt.Fprintf(c, "PING\r\nINFO server\r\n")
	answer := make([]byte, 8<<10)
	n := 0
	for !bytes.Contains(answer[:n], []byte("process_id:")) {
		got, err := c.Read(answer[n:])
		if n += got; err != nil || n == len(answer) {
			return bytes.HasPrefix(answer[:n], []byte("-NOAUTH"))
		}
		if bytes.HasPrefix(answer[:n], []byte("-NOAUTH")) {
			return true
		}
	}
	// Somebody else's would be another process.
	return bytes.Contains(answer[:n], []byte("process_id:"+strconv.Itoa(r.process.Process.Pid)+"\r\n")) && bytes.HasPrefix(answer, []byte("+PONG"))
}

// end sends a signal, and waits until the process has ended.
func (r *Redis) end(signal os.Signal) {
	if r.ended == nil {
		return
	}
	r.process.Process.Signal(signal) // fails only when it has ended
	<-r.ended
	r.ended = nil
}

// Stop ends it as an operator does.
func (r *Redis) Stop() { r.end(syscall.SIGTERM) }

// Kill ends it at once.
func (r *Redis) Kill() { r.end(syscall.SIGKILL) }

// Restart starts it again with its disk, after it was killed if it runs.
func (r *Redis) Restart(t testing.TB) {
	t.Helper()
	r.Kill()
	if err := r.start(t); err != nil {
		t.Fatal(err)
	}
}

// LoseDisk does the same without its disk.
func (r *Redis) LoseDisk(t testing.TB) {
	t.Helper()
	r.Kill()
	list, err := os.ReadDir(r.folder)
	if err != nil {
		t.Fatal(err)
	}
	for _, x := range list {
		if err := os.RemoveAll(filepath.Join(r.folder, x.Name())); err != nil {
			t.Fatal(err)
		}
	}
	r.Restart(t)
}
