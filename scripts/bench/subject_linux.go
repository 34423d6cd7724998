package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"edgeboard/scripts/chromium"
)

// The benches of the relay under load (fanout, memory, storm, cold) run three programs: the relay as it is built for
// people, in its turn the floor (see bare_linux.go), and this one, which plays all the clients (see swarm_linux.go). The
// clients and the server share the processors as any two programs do. None goes before the other: a server that its
// clients always give way to would look faster than it is, and one that waits for them slower. Nor do all three go before
// the rest of the machine (SCHED_RR), where a program that has much to do keeps its processor for 100 ms. So these benches
// need a machine that has nothing else to do, and say when it had.

// subject is a server under load.
type subject struct {
	address string // after serves
	cmd     *exec.Cmd
	stdin   io.Closer // the floor ends with it
	serves  chan struct{}
	gone    chan struct{}
	waited  error         // after gone
	counted time.Duration // by cpu, the last time

	mu   sync.Mutex
	said bytes.Buffer // its log, the beginning of it
}

// relayFlags are those of all these benches.
type relayFlags struct {
	program string
	args    string

	dir string // for files of this run
}

func (r *relayFlags) add(flags *flagSet) {
	flags.StringVar(&r.program, "relay", "", "measure this `program`, not the relay that scripts/build.sh makes")
	flags.StringVar(&r.args, "relay-args", "", "`flags` of the relay besides, with spaces between them")
}

// run measures with a relay that is built and a folder for files.
func (r *relayFlags) run(ctx context.Context, bench string, out *report, measure func() error) (err error) {
	defer func() {
		if err != nil {
			err = fmt.Errorf("%s: %w", bench, err)
		}
	}()
	if r.dir, err = os.MkdirTemp("", "bench"); err != nil {
		return err
	}
	defer os.RemoveAll(r.dir)
	if err := r.built(ctx, out); err != nil {
		return err
	}
	return measure()
}

// browse is run with a relay that serves, and a browser to look at what it serves.
func (r *relayFlags) browse(ctx context.Context, bench string, out *report, measure func(browser context.Context, address string) error) error {
	return r.run(ctx, bench, out, func() error { return r.look(ctx, "data", measure) })
}

// look starts a relay whose data is in a folder of this run, and a browser to look at
// what it serves.
func (r *relayFlags) look(ctx context.Context, name string, measure func(browser context.Context, address string) error) error {
	relay, err := r.start(ctx, filepath.Join(r.dir, name))
	if err != nil {
		return err
	}
	browser, stop, err := chromium.Start(ctx, filepath.Join(r.dir, name+"-profile"))
	if err == nil {
		err = measure(browser, relay.address)
		stop()
	}
	return errors.Join(err, relay.stop())
}

// beside measures the floor with an answer, and then a relay whose boards are in a folder.
func beside[T any](ctx context.Context, r *relayFlags, answer []byte, data string, once func(server *subject, isRelay bool) (T, error)) (floor, relay T, err error) {
	measured := func(server *subject, err error, isRelay bool) (one T, _ error) {
		if err == nil {
			one, err = once(server, isRelay)
			err = errors.Join(err, server.stop())
		}
		return one, err
	}
	bare, err := startBare(ctx, "127.0.0.1:0", answer, false)
	if floor, err = measured(bare, err, false); err != nil {
		return floor, relay, fmt.Errorf("the floor: %w", err)
	}
	product, err := r.start(ctx, filepath.Join(r.dir, data))
	if relay, err = measured(product, err, true); err != nil {
		return floor, relay, fmt.Errorf("the relay: %w", err)
	}
	return floor, relay, nil
}

// built builds the relay, if none was named.
func (r *relayFlags) built(ctx context.Context, out *report) error {
	if r.program != "" {
		return nil
	}
	build := exec.CommandContext(ctx, "scripts/build.sh")
	build.Stdout, build.Stderr = out.stderr, out.stderr
	if err := build.Run(); err != nil {
		return fmt.Errorf("build the relay: %w", err)
	}
	r.program = filepath.Join("bin", "relay")
	return nil
}

// start starts a relay that keeps its boards in a folder, and returns when it serves.
func (r *relayFlags) start(ctx context.Context, data string) (*subject, error) {
	return serving(r.launch(ctx, "127.0.0.1:0", data))
}

// launch starts a relay, with more flags of the bench's own.
func (r *relayFlags) launch(ctx context.Context, address, data string, more ...string) (*subject, error) {
	return r.launchBy(func(args ...string) (*subject, error) {
		return launch(exec.CommandContext(ctx, r.program, args...), nil, servesAt)
	}, address, data, more...)
}

// launchBy is launch by another way to start a program.
func (r *relayFlags) launchBy(start func(args ...string) (*subject, error), address, data string, more ...string) (*subject, error) {
	return start(slices.Concat([]string{"-addr", address, "-data", data}, more, strings.Fields(r.args))...)
}

// servesAt finds the address of a relay in a line of its log.
func servesAt(line string) (string, bool) {
	_, rest, ok := strings.Cut(line, "Edgeboard is at http://")
	address, _, _ := strings.Cut(rest, `"`)
	return address, ok
}

// startBare starts the floor, which answers a Hello with the bytes given, and returns when it serves.
func startBare(ctx context.Context, address string, answer []byte, batched bool) (*subject, error) {
	return serving(launchBare(ctx, address, answer, batched))
}

func launchBare(ctx context.Context, address string, answer []byte, batched bool) (*subject, error) {
	stdin, feed, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	defer stdin.Close()
	cmd := exec.CommandContext(ctx, "/proc/self/exe", barePart, address, strconv.FormatBool(batched))
	cmd.Stdin = stdin
	s, err := launch(cmd, feed, func(line string) (string, bool) { return strings.CutPrefix(line, bareIsAt) })
	if err == nil {
		_, err = io.WriteString(feed, base64.StdEncoding.EncodeToString(answer)+"\n")
	}
	return s, err
}

// launch starts a server. at finds its address in what it logs.
func launch(cmd *exec.Cmd, stdin io.Closer, at func(line string) (address string, ok bool)) (*subject, error) {
	s := &subject{cmd: cmd, stdin: stdin, serves: make(chan struct{}), gone: make(chan struct{})}
	cmd.Env = slices.DeleteFunc(os.Environ(), func(v string) bool { return strings.HasPrefix(v, "EDGEBOARD_") })
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL} // should this process be killed
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.WaitDelay = 20 * time.Second
	log, err := cmd.StderrPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		return nil, fmt.Errorf("start the server: %w", err)
	}
	go func() {
		defer close(s.gone)
		for lines := bufio.NewScanner(log); lines.Scan(); {
			s.mu.Lock()
			if s.said.Len() < 4<<10 {
				s.said.WriteString(lines.Text() + "\n")
			}
			s.mu.Unlock()
			if address, ok := at(lines.Text()); ok && s.address == "" {
				s.address = address
				close(s.serves)
			}
		}
		s.waited = cmd.Wait()
	}()
	return s, nil
}

// serving waits until a server that was launched says that it serves.
func serving(s *subject, err error) (*subject, error) {
	if err != nil {
		return nil, err
	}
	select {
	case <-s.serves:
		return s, nil
	case <-s.gone:
		return nil, fmt.Errorf("the server does not serve (%w): %s", s.waited, s.log())
	}
}

func (s *subject) log() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return strings.TrimSpace(s.said.String())
}

// cpu returns the time of processors that the server has taken, to the nanosecond: the clock of its process, which counts
// threads that have ended, too (clock_getcpuclockid(3)).
func (s *subject) cpu() (time.Duration, error) {
	var t unix.Timespec
	if err := unix.ClockGettime(int32(^s.cmd.Process.Pid)<<3|2, &t); err != nil {
		return 0, fmt.Errorf("the server's processor time: %w", err)
	}
	s.counted = time.Duration(t.Nano())
	return s.counted, nil
}

// memory returns what an operator sees that the server takes of the machine's, in bytes: now, and at the most so far.
func (s *subject) memory() (rss, most int, err error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", s.cmd.Process.Pid))
	if err != nil {
		return 0, 0, err
	}
	for line := range strings.Lines(string(text)) {
		for name, into := range map[string]*int{"VmRSS:": &rss, "VmHWM:": &most} {
			if value, ok := strings.CutPrefix(line, name); ok {
				kib, err := strconv.Atoi(strings.TrimSuffix(strings.TrimSpace(value), " kB"))
				if err != nil {
					return 0, 0, fmt.Errorf("%s: %w", name, err)
				}
				*into = kib << 10
			}
		}
	}
	if rss == 0 || most == 0 {
		return 0, 0, errors.New("the system does not say what memory the server takes")
	}
	return rss, most, nil
}

// stop ends the server, and checks what was counted against what the system says in the end.
func (s *subject) stop() error {
	if s.stdin != nil {
		_ = s.stdin.Close() // a signal besides could overtake it, and kill what is about to end well
	} else {
		_ = s.cmd.Process.Signal(os.Interrupt) // perhaps it has ended
	}
	select {
	case <-s.gone:
	case <-time.After(20 * time.Second):
		_ = s.cmd.Process.Kill()
		<-s.gone
		return fmt.Errorf("the server does not end: %s", s.log())
	}
	if s.waited != nil {
		return fmt.Errorf("the server ended with %w: %s", s.waited, s.log())
	}
	const grain = 20 * time.Millisecond // of rusage, on some systems
	if all := s.cmd.ProcessState.UserTime() + s.cmd.ProcessState.SystemTime(); all+grain < s.counted {
		return fmt.Errorf("the server's processor time was %v by its clock, and %v in the end", s.counted, all)
	}
	return nil
}

// machineTime returns the time that the machine's processors have been busy, in all programs, to 10 ms or so.
func machineTime() (busy time.Duration) {
	text, err := os.ReadFile("/proc/stat")
	if err != nil {
		panic(err) // all else of it was read already
	}
	line, _, _ := strings.Cut(string(text), "\n")
	for i, field := range strings.Fields(line) { // cpu user nice system idle iowait irq softirq ..., proc(5)
		if ticks, err := strconv.Atoi(field); err == nil && i <= 7 && i != 4 && i != 5 {
			busy += time.Duration(ticks) * (time.Second / 100)
		}
	}
	return busy
}

// tellOthers notes that a figure was not measured in quiet. A server that has to wait for a processor has more to say at a
// time when it gets one: what others take makes it cheaper, and later.
func tellOthers(name string, run int, processors float64, out *report) {
	if processors > 0.1 {
		out.note("%s: run %d: other programs took %.2f processors: neither costs nor times are those of a quiet machine", name, run+1, processors)
	}
}

// filesFor makes room for as many connections, here and in what is started from here.
func filesFor(connections int) error {
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		return fmt.Errorf("the limit of open files: %w", err)
	}
	need := uint64(connections + 256)
	limit.Cur, limit.Max = max(limit.Cur, need), max(limit.Max, need)
	if err := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		return fmt.Errorf("%d open files are needed (ulimit -n): %w", need, err)
	}
	return nil
}
