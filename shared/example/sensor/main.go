// Sensor publishes live data on a board: each line of standard input is a point of a feed,
// a number or else a text; with -sine it is a point a second of a sine. Tiles of the board
// that have the feed show it. Where the relay wants a token, EDGEBOARD_TOKEN has it.
//
//	vmstat -n 1 | awk '{ print $15; fflush() }' | go run ./shared/example/sensor ws://localhost:8080/ws plans cpu.idle
//	go run ./shared/example/sensor -sine ws://localhost:8080/ws plans sine
package main

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"os/signal"
	"strconv"
	"strings"
	"time"

	"edgeboard/shared/board"
	"edgeboard/shared/client"
	"edgeboard/shared/conn"
	"edgeboard/shared/conn/ws"
	"edgeboard/shared/wire"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := sensor(ctx, os.Args[1:], os.Stdin); err != nil && !errors.Is(err, context.Canceled) {
		fmt.Fprintln(os.Stderr, "sensor:", err)
		os.Exit(1)
	}
}

func sensor(ctx context.Context, args []string, in io.Reader) error {
	if len(args) > 0 && args[0] == "-sine" {
		args, in = args[1:], sine()
	}
	if len(args) != 3 {
		return errors.New("usage: sensor [-sine] ws://HOST:PORT/ws BOARD FEED")
	}
	link := client.NewLink(client.NewSession(client.Config{
		Board: args[1], Doc: board.New(client.NewReplica()), Name: "sensor", Device: wire.DeviceProgram, Token: os.Getenv("EDGEBOARD_TOKEN"),
	}), client.LinkConfig{
		Transports: ways(args[0]), Relay: args[0], Elsewhere: elsewhere,
		Failed: func(err error) { fmt.Fprintln(os.Stderr, "sensor:", err) },
	})
	ctx, done := context.WithCancelCause(ctx)
	go func() { done(cmp.Or(publish(ctx, link, args[2], in), errDone)) }()
	if err := link.Run(ctx); ctx.Err() == nil {
		return err // the relay's answer
	}
	if cause := context.Cause(ctx); !errors.Is(cause, errDone) {
		return cause
	}
	return nil
}

var errDone = errors.New("all is published")

// publish publishes each line, and waits for the relay.
func publish(ctx context.Context, link *client.Link, feed string, in io.Reader) error {
	lines := bufio.NewScanner(in)
	for lines.Scan() {
		text := strings.TrimSpace(lines.Text())
		if text == "" {
			continue
		}
		sample := wire.Sample{Text: text}
		if number, err := strconv.ParseFloat(text, 64); err == nil {
			sample = wire.Sample{Number: number}
		}
		switch err := link.Publish(ctx, &wire.Publish{Feed: feed, Samples: []wire.Sample{sample}}); {
		case errors.Is(err, client.ErrNotKnown):
			fmt.Fprintln(os.Stderr, "sensor:", err)
		case err != nil:
			return fmt.Errorf("%q: %w", text, err)
		}
	}
	return lines.Err()
}

// sine has a line each second.
func sine() io.Reader {
	r, w := io.Pipe()
	go func() {
		for now := range time.Tick(time.Second) {
			fmt.Fprintf(w, "%.4f\n", math.Sin(float64(now.UnixMilli())/10_000))
		}
	}()
	return r
}

// ways are the transports to the relay at an address: one here, the best first.
func ways(url string) []client.Transport {
	return []client.Transport{{Name: "websocket", Dial: func(ctx context.Context) (conn.Conn, error) {
		return ws.Dial(ctx, url, wire.MaxMessage)
	}}}
}

// elsewhere are those to another relay of the same boards, where one that stops sends
// its members. An origin is https://HOST:PORT.
func elsewhere(origin string) []client.Transport {
	return ways("ws" + strings.TrimPrefix(origin, "http") + "/ws")
}
