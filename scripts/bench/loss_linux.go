package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"edgeboard/scripts/bench/tunlink"
)

// lossCases are the links, by the part of the packets that they lose each way.
var lossCases = []struct {
	name string
	loss float64
}{{"loss0", 0}, {"loss1", 0.01}, {"loss2", 0.02}, {"loss5", 0.05}}

const strokeCase = "stroke3s"

// lossless is the case that the others are compared with.
const lossless = "loss0"

// mostLate is the part of the packets that a link may be late for before the figures are said to be those of a busy machine.
const mostLate = 0.005

// relayPort is where the relay listens in its namespace, where nobody else does.
const relayPort = "8080"

// lossBench is what the flags say.
type lossBench struct {
	cases   []string
	shape   tunlink.Shape
	seconds float64
	seed    uint64
	strokes int
	apart   bool

	dir string // for files of this run
}

// benchLoss measures what people see of each other over a bad network: the product's relay and its clients, each in a
// network namespace, with a link between them on which both hops of a cursor are.
func benchLoss(ctx context.Context, args []string, out *report) error {
	b, err := parseLoss(args, out)
	if err != nil {
		return err
	}
	// What is missing shows before anything is started.
	link, err := tunlink.New(b.shape, 0)
	if err != nil {
		return fmt.Errorf("loss: %w", err)
	}
	link.Close()
	if b.dir, err = os.MkdirTemp("", "bench"); err != nil {
		return fmt.Errorf("loss: %w", err)
	}
	defer os.RemoveAll(b.dir)
	build := exec.CommandContext(ctx, "go", "build", "-o", b.relay(), "./relay")
	build.Stdout, build.Stderr = out.stderr, out.stderr
	if err := build.Run(); err != nil {
		return fmt.Errorf("loss: build the relay: %w", err)
	}
	if err := figuresFrom(ctx, self(ctx, out, append([]string{lossPart, b.dir}, args...)...), out); err != nil {
		return fmt.Errorf("loss: %w", err)
	}
	return nil
}

// lossPart is what measures. It takes the folder for files before the flags.
const lossPart = "loss, before all else"

func measureLoss(ctx context.Context, args []string, out *report) error {
	if len(args) == 0 {
		return errors.New("no folder")
	}
	out.bench = "loss"
	b, err := parseLoss(args[1:], out)
	if err != nil {
		return err
	}
	b.dir = args[0]
	if err := b.cursors(ctx, out); err != nil {
		return err
	}
	if slices.Contains(b.cases, strokeCase) {
		return b.drawn(ctx, out)
	}
	return nil
}

// relay is the product's program.
func (b *lossBench) relay() string { return filepath.Join(b.dir, "relay") }

func parseLoss(args []string, out *report) (*lossBench, error) {
	b := &lossBench{}
	known := []string{strokeCase}
	for i, c := range lossCases {
		known = slices.Insert(known, i, c.name)
	}
	flags := newFlags("loss", out)
	cases := flags.String("cases", strings.Join(known, ","), "what to measure")
	flags.real(&b.seconds, "seconds", 50, "how long cursors are watched", 1, 3600)
	flags.Uint64Var(&b.seed, "seed", 1, "which packets are lost")
	flags.DurationVar(&b.shape.Delay, "delay", 40*time.Millisecond, "of the link, each way")
	flags.DurationVar(&b.shape.Jitter, "jitter", 10*time.Millisecond, "the delay is uniform, up to so much less or more")
	flags.BoolVar(&b.shape.Reorder, "reorder", false, "let packets overtake each other by their jitter")
	flags.IntVar(&b.shape.Rate, "rate", 0, "`bytes` a second that the link takes each way; 0: any number")
	flags.whole(&b.strokes, "strokes", 16, "how many strokes are drawn, each by somebody else", 1, 64)
	flags.BoolVar(&b.apart, "apart", false, "measure one case after the other, not all at once")
	if err := flags.parse(args); err != nil {
		return nil, err
	}
	b.cases = strings.Split(*cases, ",")
	for _, c := range b.cases {
		if !slices.Contains(known, c) {
			return nil, fmt.Errorf("loss: there is no case %q, only: %s", c, strings.Join(known, ", "))
		}
	}
	if err := b.shape.Check(); err != nil {
		return nil, fmt.Errorf("loss: %w", err)
	}
	return b, nil
}

// watched is a link with cursors, by each transport.
type watched struct {
	name   string
	ws, wt linkReading
}

// linkReading is what came of one of its transports.
type linkReading struct {
	cursorsSeen
	traffic
	err error
}

// cursors measures all links with cursors. They share nothing but the processors, and need little of those.
func (b *lossBench) cursors(ctx context.Context, out *report) error {
	var all []*watched
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var running sync.WaitGroup
	for i, c := range lossCases {
		if !slices.Contains(b.cases, c.name) {
			continue
		}
		out.note("%s: %v s", c.name, b.seconds)
		w := &watched{name: c.name}
		all = append(all, w)
		for k, m := range []struct {
			transport string
			into      *linkReading
		}{{overWebSocket, &w.ws}, {overWebTransport, &w.wt}} {
			shape := b.shape
			shape.Loss = c.loss
			running.Go(func() {
				m.into.traffic, m.into.err = b.over(ctx, shape, b.seed*100+uint64(2*i+k), out, &m.into.cursorsSeen,
					cursorsPart, m.transport, fmt.Sprint(b.seconds))
				if m.into.err != nil {
					cancel()
				}
			})
		}
		if b.apart {
			running.Wait()
		}
	}
	running.Wait()
	var failed error
	for _, w := range all {
		for _, err := range []error{w.ws.err, w.wt.err} {
			// That others were ended after the first failure says nothing.
			if err != nil && (failed == nil || errors.Is(failed, context.Canceled)) {
				failed = fmt.Errorf("%s: %w", w.name, err)
			}
		}
	}
	if failed != nil {
		return failed
	}
	var best *watched
	for _, w := range all {
		if w.name == lossless {
			best = w
		}
		w.ws.report(w.name, overWebSocket, func(c tunlink.Counts) tunlink.Count { return c.TCP }, out)
		w.wt.report(w.name, overWebTransport, func(c tunlink.Counts) tunlink.Count { return c.UDP }, out)
		out.add(w.name, "wt_x_ws", "x", w.wt.P99/w.ws.P99)
		if best != nil {
			out.add(w.name, "wt_x_lossless", "x", w.wt.P99/best.wt.P99)
			// What the loss alone adds: the delay of the link, which no transport can help, is in both ages.
			if added := w.ws.P99 - best.ws.P99; w != best && added > 0 {
				out.add(w.name, "wt_added_x_ws", "x", (w.wt.P99-best.wt.P99)/added)
			}
		} else {
			out.note("%s: wt_x_lossless needs the case %s in the same run", w.name, lossless)
		}
	}
	return nil
}

// report prints one transport's figures. of picks the packets that are its own.
func (r *linkReading) report(name, transport string, of func(tunlink.Counts) tunlink.Count, out *report) {
	up, down := of(r.up), of(r.down)
	packets := float64(up.In + down.In)
	late := float64(up.Late+down.Late) / packets
	out.add(name, transport+"_cursor_age_p50_ms", "ms", r.P50)
	out.add(name, transport+"_cursor_age_p99_ms", "ms", r.P99)
	out.add(name, transport+"_shown_fraction", "part", r.Shown)
	out.add(name, transport+"_lost_fraction", "part", float64(up.Lost+down.Lost)/packets)
	out.add(name, transport+"_late_fraction", "part", late)
	out.add(name, transport+"_ip_bytes_per_s", "bytes", float64(up.Bytes+down.Bytes)/r.seconds)
	out.add(name, transport+"_messages_per_s", "messages", float64(r.Messages)/r.seconds)
	out.add(name, transport+"_datagrams_per_s", "datagrams", float64(r.Datagrams)/r.seconds)
	if late > mostLate {
		out.note("%s by %s: the machine was busy, and the link was late for %.1f %% of the packets: ages are too high", name, transport, 100*late)
	}
	if full := up.Full + down.Full; full > 0 {
		out.note("%s by %s: %d packets found the link's queue full", name, transport, full)
	}
	if r.Reconnected != "" {
		out.fail("%s by %s: a connection was lost, and the figures are of more than one: %s", name, transport, r.Reconnected)
	}
}

// traffic is what has gone over a link while it was measured: to the relay, and from it.
type traffic struct {
	up, down tunlink.Counts
	seconds  float64
}

// over runs a part of this program at the clients' end of a link, a relay being at the other. The part prints two lines:
// one when it begins to measure, and its result, which into takes.
func (b *lossBench) over(ctx context.Context, shape tunlink.Shape, seed uint64, out *report, into any, part string, args ...string) (t traffic, err error) {
	link, err := tunlink.New(shape, seed)
	if err != nil {
		return t, err
	}
	defer link.Close()
	relay, ended, err := b.startRelay(ctx, link.A)
	if err != nil {
		return t, err
	}
	defer func() {
		link.Close()
		<-ended
	}()
	var said strings.Builder
	clients := self(ctx, out, append([]string{part, relay}, args...)...)
	clients.Stderr = &said
	stdout, err := clients.StdoutPipe()
	if err == nil {
		err = link.B.Start(clients)
	}
	if err != nil {
		return t, fmt.Errorf("start the clients: %w", err)
	}
	lines := json.NewDecoder(stdout)
	var begun bool
	var before, after [2]tunlink.Counts
	err = lines.Decode(&begun)
	start := time.Now()
	if err == nil {
		before[0], before[1], err = link.Counts()
	}
	if err == nil {
		err = lines.Decode(into)
	}
	t.seconds = time.Since(start).Seconds()
	if err == nil {
		after[0], after[1], err = link.Counts()
	}
	io.Copy(io.Discard, stdout)
	if e := clients.Wait(); e != nil {
		err = fmt.Errorf("the clients ended with %w: %s", e, strings.TrimSpace(said.String()))
		if ctx.Err() != nil {
			err = ctx.Err()
		}
	}
	t.down, t.up = after[0].Since(before[0]), after[1].Since(before[1])
	return t, err
}

// startRelay starts the product's relay, with boards of its own, and returns its address when it serves. ended is closed
// when it has ended.
func (b *lossBench) startRelay(ctx context.Context, at *tunlink.End) (address string, ended <-chan struct{}, err error) {
	data, err := os.MkdirTemp(b.dir, "boards")
	if err != nil {
		return "", nil, err
	}
	address = net.JoinHostPort(tunlink.AddrA.String(), relayPort)
	relay := exec.CommandContext(ctx, b.relay(), "-addr", address, "-open", "-data", data)
	relay.Env = append(slices.DeleteFunc(os.Environ(), func(s string) bool { return strings.HasPrefix(s, "EDGEBOARD_") }), "TMPDIR="+b.dir)
	log, err := relay.StderrPipe()
	if err == nil {
		err = at.Start(relay)
	}
	if err != nil {
		return "", nil, fmt.Errorf("start the relay: %w", err)
	}
	serves, gone := make(chan struct{}), make(chan struct{})
	var said strings.Builder
	go func() {
		defer close(gone)
		ready := false
		for lines := bufio.NewScanner(log); lines.Scan(); {
			if said.Len() < 4<<10 {
				said.WriteString(lines.Text() + "\n")
			}
			if !ready && strings.Contains(lines.Text(), "Edgeboard is at") {
				ready = true
				close(serves)
			}
		}
		_ = relay.Wait() // it is killed in the end
	}()
	select {
	case <-serves:
		return address, gone, nil
	case <-gone:
		return "", nil, fmt.Errorf("the relay does not serve: %s", strings.TrimSpace(said.String()))
	}
}
