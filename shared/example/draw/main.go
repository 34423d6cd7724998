// Draw draws a spiral and writes a note on a board, and returns when the relay
// has stored both.
//
//	go run ./shared/example/draw ws://localhost:8080/ws plans "hello from Go"
package main

import (
	"context"
	"errors"
	"fmt"
	"math"
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
	if err := draw(ctx, os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "draw:", err)
		os.Exit(1)
	}
}

func draw(ctx context.Context, args []string) error {
	if len(args) != 3 {
		return errors.New("usage: draw ws://HOST:PORT/ws BOARD TEXT")
	}
	ctx, done := context.WithCancelCause(ctx)
	doc := board.New(client.NewReplica())
	var session *client.Session
	session = client.NewSession(client.Config{
		Board: args[1], Doc: doc, Name: "draw",
		Observe: func(client.Event) {
			if st := session.Status(); st.Phase == client.Live && st.Unsent+st.Sent == 0 {
				done(errStored)
			}
		},
	})
	session.Commit(spiral(doc, args[2])) // before it is connected: it is sent when it is
	link := client.NewLink(session, client.LinkConfig{Transports: ways(args[0]), Relay: args[0], Elsewhere: elsewhere})
	if err := link.Run(ctx); !errors.Is(context.Cause(ctx), errStored) {
		return err
	}
	return nil
}

var errStored = errors.New("all is stored")

func spiral(doc *board.Board, text string) (update []byte) {
	e := doc.Edit()
	line := e.Create(board.KindStroke)
	e.Set(line, board.KeyColor, board.Int(0x1971c2))
	e.Set(line, board.KeyThickness, board.Float(3))
	for i := range 400 {
		turn, r := float64(i)/20, float64(i)*board.PointsPerUnit/2
		e.Append(line, board.Point{X: int32(r * math.Cos(turn)), Y: int32(r * math.Sin(turn)), Pressure: 128})
	}
	note := e.Create(board.KindNote)
	e.Splice(note, board.Chars, 0, 0, text)
	return e.Commit()
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
