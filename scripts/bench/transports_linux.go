package main

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"edgeboard/shared/conn"
	"edgeboard/shared/conn/grpc"
	"edgeboard/shared/conn/origin"
	"edgeboard/shared/conn/sse"
	"edgeboard/shared/conn/webtransport"
	"edgeboard/shared/conn/ws"
	"edgeboard/shared/wire"
)

// transportCases are the ways that messages go over. open makes a connection over loopback and returns the end that has
// dialed; the site gets the other one.
var transportCases = []struct {
	name string
	open func(context.Context, *site) (conn.Conn, error)
}{
	// The floor: what the pacing, the messages and two goroutines cost without a network.
	{"pipe", func(_ context.Context, s *site) (conn.Conn, error) {
		a, b := conn.Pipe()
		s.accepted <- b
		return a, nil
	}},
	{"ws", func(ctx context.Context, s *site) (conn.Conn, error) {
		return ws.Dial(ctx, "ws://"+s.tcp(s.webSocket(), plain), wire.MaxMessage)
	}},
	{"wss", func(ctx context.Context, s *site) (conn.Conn, error) {
		http.DefaultTransport.(*http.Transport).TLSClientConfig = s.trust // package ws takes the system's
		return ws.Dial(ctx, "wss://"+s.tcp(s.webSocket(), secure), wire.MaxMessage)
	}},
	{"wt-stream", openWebTransport},
	{datagramCase, openWebTransport},
	{"grpc", func(ctx context.Context, s *site) (conn.Conn, error) {
		mux := http.NewServeMux()
		mux.Handle(grpc.NewHandler(wire.MaxMessage, origin.List{}, func(_ *http.Request, c conn.Conn) { s.serve(c) }))
		return grpc.Dial(ctx, "http://"+s.tcp(mux, plain), nil, wire.MaxMessage)
	}},
	{"sse", func(ctx context.Context, s *site) (conn.Conn, error) {
		events := sse.NewServer(wire.MaxMessage, func(_ *http.Request, c conn.Conn) { s.serve(c) })
		s.closing = append(s.closing, func() {
			bye, cancel := context.WithTimeout(context.Background(), 2*time.Second)
			defer cancel()
			_ = events.Close(bye)
		})
		mux := http.NewServeMux()
		mux.Handle("/sse", events)
		mux.Handle("/sse/{session}", events)
		return sse.Dial(ctx, "http://"+s.tcp(mux, plain)+"/sse", wire.MaxMessage)
	}},
}

// datagramCase is the one that sends by SendDatagram.
const datagramCase = "wt-datagram"

func (s *site) webSocket() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if c, err := ws.Accept(w, r, wire.MaxMessage, origin.List{}); err == nil { // else who dials hears of it
			s.serve(c)
		}
	})
}

func openWebTransport(ctx context.Context, s *site) (conn.Conn, error) {
	return webtransport.Dial(ctx, "https://"+s.udp(), s.trust, wire.MaxMessage)
}

// load is what each transport carries.
type load struct {
	rate, size, runs int // messages a second, bytes of one, how often all is measured
	seconds          float64
}

func (l *load) parse(args []string, out *report) error {
	flags := newFlags("transports", out)
	flags.Float64Var(&l.seconds, "seconds", 3, "how long each transport is measured, each way in each run")
	flags.whole(&l.runs, "runs", 3, "how often all is measured; the least of each figure counts", 1, endless)
	flags.whole(&l.rate, "rate", 1000, "messages a second", 1, 100_000)
	flags.whole(&l.size, "size", 128, "bytes of a message, 32 to 1100", 32, 1100)
	if err := flags.parse(args); err != nil {
		return err
	}
	if !(l.seconds > 0 && l.seconds <= 3600) {
		return fmt.Errorf("transports: -seconds is %v, want more than 0, and 3600 at the most", l.seconds)
	}
	return nil
}

// benchTransports measures the transports in a network namespace of their own: there nobody else's packets are counted.
func benchTransports(ctx context.Context, args []string, out *report) error {
	if err := new(load).parse(args, out); err != nil {
		return err
	}
	cmd := self(ctx, out, append([]string{transportsPart}, args...)...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNET}
	if uid, gid := os.Getuid(), os.Getgid(); uid != 0 {
		// Where the system lets users have namespaces.
		cmd.SysProcAttr.Cloneflags |= syscall.CLONE_NEWUSER
		cmd.SysProcAttr.UidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: uid, Size: 1}}
		cmd.SysProcAttr.GidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: gid, Size: 1}}
	}
	if err := figuresFrom(ctx, cmd, out); err != nil {
		if errors.Is(err, os.ErrPermission) || errors.Is(err, syscall.ENOSPC) { // so many namespaces are allowed
			err = fmt.Errorf("a network namespace needs root or user namespaces: %w", err)
		}
		return fmt.Errorf("transports: %w", err)
	}
	return nil
}

// transportsPart is what runs in the namespace.
const transportsPart = "transports, in a namespace"

func measureTransports(ctx context.Context, args []string, out *report) error {
	out.bench = "transports"
	var l load
	if err := l.parse(args, out); err != nil {
		return err
	}
	if err := loopbackUp(); err != nil {
		return fmt.Errorf("setting up loopback: %w", err)
	}
	// What the pacing costs is none of the transports' cost.
	none := func(context.Context, []byte) error { return nil }
	var idle cost
	costs := make([]struct{ down, up cost }, len(transportCases))
	for i := range l.runs {
		out.note("run %d of %d", i+1, l.runs)
		paced, err := l.run(ctx, none, nil)
		if err != nil {
			return err
		}
		paced.came = paced.sent
		idle.least(i, paced)
		for k, c := range transportCases {
			down, up, err := l.measure(ctx, c.name, c.open)
			if err != nil {
				return fmt.Errorf("%s: %w", c.name, err)
			}
			costs[k].down.least(i, down)
			costs[k].up.least(i, up)
		}
	}
	out.add("pacing", "cpu_us_per_msg", "us", idle.cpu)
	for i, c := range transportCases {
		costs[i].down.report(c.name, "", idle, out)
		costs[i].up.report(c.name, "up_", idle, out)
	}
	return nil
}

// measure measures one transport: from the relay's end to the client's, and the other way.
func (l load) measure(ctx context.Context, name string, open func(context.Context, *site) (conn.Conn, error)) (down, up reading, err error) {
	s, err := newSite()
	if err != nil {
		return down, up, err
	}
	defer s.close()
	dialing, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	client, err := open(dialing, s)
	if err != nil {
		return down, up, errors.Join(err, s.err())
	}
	defer client.Close(uint32(wire.CodeNormal), "")
	var relay conn.Conn
	select {
	case relay = <-s.accepted:
	case <-dialing.Done():
		return down, up, errors.New("a connection was dialed, and none was accepted")
	}
	defer relay.Close(uint32(wire.CodeNormal), "")
	send := func(c conn.Conn) func(context.Context, []byte) error {
		if name != datagramCase {
			return c.Send
		}
		return func(_ context.Context, msg []byte) error { return c.(conn.Datagrams).SendDatagram(msg) }
	}
	if down, err = l.run(ctx, send(relay), client); err != nil {
		return down, up, err
	}
	up, err = l.run(ctx, send(client), relay)
	return down, up, err
}

// reading is what one way of a transport has cost in one run.
type reading struct {
	sent, came int
	latencies  []time.Duration // of those that came; sorted
	cpu        time.Duration   // of the whole process: both ends
	bytes      int             // that went over loopback, both ways, IP headers and all
}

// cost is the least of several readings: what disturbs a run only makes it dearer.
type cost struct {
	p50, p99   time.Duration
	cpu, bytes float64 // microseconds and bytes, for each message that came
	came       float64 // the part of them; the greatest of all runs
}

// least takes in the reading of run i.
func (c *cost) least(i int, r reading) {
	n := float64(max(r.came, 1))
	now := cost{
		p50: quantile(r.latencies, 0.5), p99: quantile(r.latencies, 0.99),
		cpu: float64(r.cpu) / float64(time.Microsecond) / n, bytes: float64(r.bytes) / n,
		came: float64(r.came) / float64(r.sent),
	}
	if i == 0 {
		*c = now
		return
	}
	c.p50, c.p99 = min(c.p50, now.p50), min(c.p99, now.p99)
	c.cpu, c.bytes, c.came = min(c.cpu, now.cpu), min(c.bytes, now.bytes), max(c.came, now.came)
}

// report prints a cost, without what the pacing has cost.
func (c cost) report(name, way string, idle cost, out *report) {
	out.add(name, way+"p50_ms", "ms", ms(c.p50))
	out.add(name, way+"p99_ms", "ms", ms(c.p99))
	out.add(name, way+"cpu_us_per_msg", "us", c.cpu-idle.cpu)
	out.add(name, way+"bytes_per_msg", "bytes", c.bytes)
	out.add(name, way+"delivered_fraction", "part", c.came)
}

// Before a measurement messages flow for warmUp, and what is under way after it has patience to come.
const (
	warmUp   = 500 * time.Millisecond
	patience = 2 * time.Second
)

// run sends at a steady rate and takes what comes at to, unless it is nil.
func (l load) run(ctx context.Context, send func(context.Context, []byte) error, to conn.Conn) (reading, error) {
	first := int(warmUp.Seconds() * float64(l.rate))
	total := first + max(1, int(l.seconds*float64(l.rate)))
	r := reading{sent: total - first, latencies: make([]time.Duration, 0, total)}
	start := time.Now()

	ctx, stop := context.WithTimeout(ctx, time.Duration((l.seconds+60)*float64(time.Second)))
	defer stop()
	var failed error
	var receiving sync.WaitGroup
	if to != nil {
		receiving.Go(func() {
			// Those of the way before, and those whose number is below first, are not counted.
			failed = receiveLoad(ctx, to, start, func(number int, took time.Duration) (more bool) {
				if number >= first {
					r.latencies = append(r.latencies, took)
				}
				return number < total-1
			})
		})
	}
	msg := l.message()
	stamp := msg[len(msg)-l.payload():]
	interval := time.Second / time.Duration(l.rate)
	var cpu time.Duration
	var bytes int
	var err error
	woke := start
	for i := range total {
		if i == first {
			if cpu, bytes, err = consumed(); err != nil {
				break
			}
		}
		due := start.Add(time.Duration(i) * interval)
		if wait := time.Until(due); wait > 0 {
			time.Sleep(wait)
			woke = time.Now()
		}
		// What fell due while another Send was under way has waited for it since then. That a timer was late is not the
		// transport's fault.
		at := due
		if at.Before(woke) {
			at = woke
		}
		binary.LittleEndian.PutUint64(stamp, uint64(at.Sub(start)))
		binary.LittleEndian.PutUint64(stamp[8:], uint64(start.UnixNano()))
		binary.LittleEndian.PutUint32(stamp[16:], uint32(i))
		if err = send(ctx, msg); err != nil {
			break
		}
	}
	if err == nil && to != nil {
		came := make(chan struct{})
		go func() { receiving.Wait(); close(came) }()
		select {
		case <-came:
		case <-time.After(patience): // the last one was lost
		}
	}
	cpuAfter, bytesAfter, consumedErr := consumed()
	stop()
	receiving.Wait()
	r.cpu, r.bytes = cpuAfter-cpu, bytesAfter-bytes
	r.came = len(r.latencies)
	slices.Sort(r.latencies)
	if errors.Is(failed, context.Canceled) {
		failed = nil
	}
	return r, errors.Join(err, failed, consumedErr)
}

// receiveLoad tells of each message of the run that began at start, until there are no more.
func receiveLoad(ctx context.Context, c conn.Conn, start time.Time, tell func(number int, took time.Duration) (more bool)) error {
	var update wire.Update
	for {
		msg, err := c.Receive(ctx)
		if err != nil {
			return err
		}
		now := time.Since(start)
		for frame, err := range wire.Frames(msg) {
			if err == nil {
				err = update.Parse(frame.Body)
			}
			if err != nil {
				return err
			}
			stamp := update.Data
			if len(stamp) < stampSize || int64(binary.LittleEndian.Uint64(stamp[8:])) != start.UnixNano() {
				continue
			}
			if !tell(int(binary.LittleEndian.Uint32(stamp[16:])), now-time.Duration(binary.LittleEndian.Uint64(stamp))) {
				return nil
			}
		}
	}
}

// stampSize is what a message of the load says: when it was sent, in which run, and its number.
const stampSize = 8 + 8 + 4

// message returns one of the load: a frame that holds an update, as most messages of a board.
func (l load) message() []byte {
	data := make([]byte, l.payload())
	rng := rand.New(rand.NewPCG(1, 1))
	for i := range data {
		data[i] = byte(rng.Uint32())
	}
	return wire.AppendFrame(nil, 0, &wire.Update{Data: data})
}

// payload returns how much an update holds whose message is of the size.
func (l load) payload() int {
	n := l.size
	for len(wire.AppendFrame(nil, 0, &wire.Update{Data: make([]byte, n)})) > l.size {
		n--
	}
	return n
}

// consumed returns the time of processors that this process has taken, and the bytes that went over the namespace's
// loopback.
func consumed() (cpu time.Duration, bytes int, err error) {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		return 0, 0, err
	}
	text, err := os.ReadFile("/proc/self/net/dev")
	if err != nil {
		return 0, 0, err
	}
	for line := range strings.Lines(string(text)) {
		if counts, ok := strings.CutPrefix(strings.TrimSpace(line), "lo:"); ok {
			if bytes, err = strconv.Atoi(strings.Fields(counts)[0]); err != nil {
				return 0, 0, err
			}
			return time.Duration(usage.Utime.Nano() + usage.Stime.Nano()), bytes, nil
		}
	}
	return 0, 0, errors.New("/proc/self/net/dev has no loopback")
}

func loopbackUp() error {
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return err
	}
	defer unix.Close(fd)
	ifr, err := unix.NewIfreq("lo")
	if err != nil {
		return err
	}
	ifr.SetUint16(unix.IFF_UP | unix.IFF_RUNNING)
	return unix.IoctlIfreq(fd, unix.SIOCSIFFLAGS, ifr)
}
