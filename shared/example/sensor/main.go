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

var errDone = errors.New("all is published")

func sensor(ctx context.Context, args []string, in io.Reader) error {
	if len(args) > 0 && args[0] == "-sine" {
		args, in = args[1:], sine()
	}
	if len(args) != 3 {
		return errors.New("usage: sensor [-sine] ws://HOST:PORT/ws BOARD FEED")
	}
	changed := make(chan struct{}, 1)
	link := client.NewLink(client.NewSession(client.Config{
		Board: args[1], Doc: board.New(client.NewReplica()), Name: "sensor", Device: wire.DeviceProgram, Token: os.Getenv("EDGEBOARD_TOKEN"),
		Observe: func(client.Event) {
			select {
			case changed <- struct{}{}:
			default: // it is told already
			}
		},
	}), client.LinkConfig{
		Transports: []client.Transport{{Name: "websocket", Dial: func(ctx context.Context) (conn.Conn, error) {
			return ws.Dial(ctx, args[0], wire.MaxMessage)
		}}},
		Failed: func(err error) { fmt.Fprintln(os.Stderr, "sensor:", err) },
	})
	ctx, done := context.WithCancelCause(ctx)
	go func() {
		lines := bufio.NewScanner(in)
		for lines.Scan() {
			if line := strings.TrimSpace(lines.Text()); line != "" {
				if err := publish(ctx, link, changed, args[2], line); err != nil {
					done(err)
				}
			}
		}
		done(cmp.Or(lines.Err(), errDone))
	}()
	if err := link.Run(ctx); ctx.Err() == nil {
		return err // the relay's answer
	}
	if cause := context.Cause(ctx); !errors.Is(cause, errDone) {
		return cause
	}
	return nil
}

// publish waits until the relay is there, which changed tells, and for its answer.
func publish(ctx context.Context, link *client.Link, changed <-chan struct{}, feed, line string) error {
	sample := wire.Sample{Text: line}
	if number, err := strconv.ParseFloat(line, 64); err == nil {
		sample = wire.Sample{Number: number}
	}
	answers := make(chan *wire.Published, 1)
	for ctx.Err() == nil {
		err := context.Canceled // what a Link says that has ended
		link.Do(func(s *client.Session) {
			err = s.Publish(&wire.Publish{Feed: feed, Samples: []wire.Sample{sample}}, func(a *wire.Published) { answers <- a })
		})
		if err == nil {
			if a := <-answers; a == nil {
				fmt.Fprintln(os.Stderr, "sensor: the connection was lost: perhaps a point with it")
			} else if a.Why != 0 {
				return fmt.Errorf("the relay does not take %q: %s: %s", line, a.Field, a.Reason)
			}
			return nil
		}
		if !errors.Is(err, client.ErrOffline) {
			return err
		}
		select {
		case <-changed:
		case <-ctx.Done():
		}
	}
	return ctx.Err()
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
