package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"edgeboard/shared/board"
)

// coldBench measures a relay that has just been started: from exec to the first answer over HTTP, by a client that tries to
// connect again and again; and what it takes of memory when it has been at rest for a moment. The program's file is in the
// system's cache, since what is measured is the program and not the disk.
type coldBench struct {
	relayFlags
	runs int
}

const (
	coldCase    = "start"
	coldBoards  = 50  // in the data folder of a relay that has some
	coldStrokes = 100 // on each
	coldRests   = 2 * time.Second
	coldRested  = 3 // how many of the runs are for memory too
)

func benchCold(ctx context.Context, args []string, out *report) error {
	c := &coldBench{}
	flags := newFlags("cold", out)
	c.relayFlags.add(flags)
	flags.whole(&c.runs, "runs", 20, "how often each is started; the median counts", 1, endless)
	if err := flags.parse(args); err != nil {
		return err
	}
	return c.run(ctx, "cold", out, func() error { return c.measure(ctx, out) })
}

// started is what a start took.
type started struct {
	ready     time.Duration
	rss, most int // bytes, where they were looked at
}

func (c *coldBench) measure(ctx context.Context, out *report) error {
	full := filepath.Join(c.dir, "full")
	if err := c.fill(ctx, full); err != nil {
		return fmt.Errorf("making boards: %w", err)
	}
	var floor, empty, kept []started
	for i := range c.runs {
		for _, s := range []struct {
			into   *[]started
			launch func(address string) (*subject, error)
		}{
			{&floor, func(address string) (*subject, error) { return launchBare(ctx, address, welcome(), false) }},
			{&empty, func(address string) (*subject, error) {
				return c.launch(ctx, address, filepath.Join(c.dir, strconv.Itoa(i)))
			}},
			{&kept, func(address string) (*subject, error) { return c.launch(ctx, address, full) }},
		} {
			one, err := start(ctx, s.launch, i < coldRested)
			if err != nil {
				return err
			}
			*s.into = append(*s.into, one)
		}
	}
	ready := func(s started) float64 { return ms(s.ready) }
	out.add(coldCase, "ready_ms", "ms", median(empty, ready))
	out.add(coldCase, "floor_ready_ms", "ms", median(floor, ready))
	out.add(coldCase, "ready_boards_ms", "ms", median(kept, ready))
	const mib = 1 << 20
	rested := min(c.runs, coldRested)
	out.add(coldCase, "rss_mib", "MiB", median(empty[:rested], func(s started) float64 { return float64(s.rss) / mib }))
	out.add(coldCase, "rss_most_mib", "MiB", median(empty[:rested], func(s started) float64 { return float64(s.most) / mib }))
	out.add(coldCase, "floor_rss_mib", "MiB", median(floor[:rested], func(s started) float64 { return float64(s.rss) / mib }))
	info, err := os.Stat(c.program)
	if err != nil {
		return err
	}
	out.add(coldCase, "binary_mib", "MiB", float64(info.Size())/mib)
	return nil
}

// start starts a server once, and ends it.
func start(ctx context.Context, launch func(address string) (*subject, error), rest bool) (s started, err error) {
	// A port that was free a moment ago: the address must be known before the server says it.
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return s, err
	}
	address := l.Addr().String()
	if err := l.Close(); err != nil {
		return s, err
	}
	begin := time.Now()
	server, err := launch(address)
	if err != nil {
		return s, err
	}
	defer func() { err = errors.Join(err, server.stop()) }()
	for !answers(address) {
		select {
		case <-server.gone:
			return s, fmt.Errorf("the server has ended: %s", server.log())
		case <-ctx.Done():
			return s, ctx.Err()
		case <-time.After(50 * time.Microsecond):
		}
		if time.Since(begin) > time.Minute {
			return s, fmt.Errorf("the server does not answer: %s", server.log())
		}
	}
	s.ready = time.Since(begin)
	if rest {
		select {
		case <-time.After(coldRests):
		case <-ctx.Done():
			return s, ctx.Err()
		}
		s.rss, s.most, err = server.memory()
	}
	return s, err
}

// answers reports whether a server can be connected to, and answers.
func answers(address string) bool {
	c, err := net.Dial("tcp", address)
	if err != nil {
		return false
	}
	defer c.Close()
	if _, err := fmt.Fprintf(c, "GET /healthz HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n\r\n", address); err != nil {
		return false
	}
	b := make([]byte, 64)
	n, _ := c.Read(b)
	return bytes.HasPrefix(b[:n], []byte("HTTP/1.1 200 "))
}

// fill makes boards with strokes in a data folder.
func (c *coldBench) fill(ctx context.Context, data string) (err error) {
	server, err := c.relayFlags.start(ctx, data)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, server.stop()) }()
	s, err := newSwarm(server.address)
	if err != nil {
		return err
	}
	defer s.close()
	doc, err := draw(handwriting(rand.New(rand.NewPCG(7, 8)), coldStrokes, stormPoints))
	if err != nil {
		return err
	}
	all, err := doc.Diff(board.Vector{})
	if err != nil {
		return err
	}
	for i := range coldBoards {
		p := s.add("cold"+strconv.Itoa(i), writer, nil)
		if err := s.enter(ctx, 1, p); err != nil {
			return err
		}
		if err := s.store(ctx, p, all, doc.Seq(writer)); err != nil {
			return err
		}
	}
	return nil
}
