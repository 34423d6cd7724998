// Watch joins a board and prints what happens on it, until it is interrupted.
//
//	go run ./shared/example/watch ws://localhost:8080/ws plans
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"

	"edgeboard/shared/board"
	"edgeboard/shared/client"
	"edgeboard/shared/conn"
	"edgeboard/shared/conn/ws"
	"edgeboard/shared/wire"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := watch(ctx, os.Args[1:], os.Stdout); err != nil && !errors.Is(err, context.Canceled) {
		fmt.Fprintln(os.Stderr, "watch:", err)
		os.Exit(1)
	}
}

func watch(ctx context.Context, args []string, out io.Writer) error {
	if len(args) != 2 {
		return errors.New("usage: watch ws://HOST:PORT/ws BOARD")
	}
	doc := board.New(client.NewReplica())
	doc.Observe(func(e board.Event) {
		switch e.Kind {
		case board.Created:
			fmt.Fprintf(out, "element %v is new, of kind %d\n", e.Element.ID(), e.Element.Kind())
		case board.Set:
			fmt.Fprintf(out, "element %v has property %d\n", e.Element.ID(), e.Key)
		case board.Appended:
			fmt.Fprintf(out, "element %v has %d points\n", e.Element.ID(), e.Element.NumPoints())
		case board.Inserted, board.Removed:
			fmt.Fprintf(out, "element %v says %q\n", e.Element.ID(), e.Element.Text())
		}
	})
	var session *client.Session
	session = client.NewSession(client.Config{
		Board: args[1], Doc: doc, Name: "watch",
		Observe: func(e client.Event) {
			if e == client.StatusChanged {
				fmt.Fprintln(out, session.Status().Phase)
			}
		},
	})
	link := client.NewLink(session, client.LinkConfig{
		Transports: ways(args[0]), Relay: args[0], Elsewhere: elsewhere,
		Failed: func(err error) { fmt.Fprintln(out, err) },
	})
	return link.Run(ctx)
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
