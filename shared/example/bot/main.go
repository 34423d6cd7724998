// Bot joins a board and answers what is said to it: messages that mention it, and those
// that are said to it alone. Give it a token, where the relay wants one, by
// EDGEBOARD_TOKEN.
//
//	go run ./shared/example/bot ws://localhost:8080/ws plans
package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"slices"
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
	if err := bot(ctx, os.Args[1:]); err != nil && !errors.Is(err, context.Canceled) {
		fmt.Fprintln(os.Stderr, "bot:", err)
		os.Exit(1)
	}
}

func bot(ctx context.Context, args []string) error {
	if len(args) != 2 {
		return errors.New("usage: bot ws://HOST:PORT/ws BOARD")
	}
	var session *client.Session
	session = client.NewSession(client.Config{
		Board: args[1], Doc: board.New(client.NewReplica()), Name: "bot", Device: wire.DeviceProgram,
		Token:  os.Getenv("EDGEBOARD_TOKEN"),
		Secret: rand.Text(), // so that it is the same one when it comes back
		Observe: func(e client.Event) {
			if e == client.StatusChanged {
				fmt.Println(session.Status().Phase)
			}
		},
		// What others say from now on. It runs on the goroutine that owns the session,
		// as all that is called by it does.
		Said: func(with wire.Person, t *wire.Text) {
			alone := with != wire.Person{} && with == t.Author
			named := slices.ContainsFunc(t.Mentions, func(m wire.Mention) bool { return m.Person == session.Person() })
			if !alone && !named {
				return
			}
			if _, err := session.Say(time.Now(), with, answer(session, t), t.ID, nil); err != nil {
				fmt.Fprintln(os.Stderr, "bot:", err)
			}
		},
	})
	link := client.NewLink(session, client.LinkConfig{
		Transports: ways(args[0]), Relay: args[0], Elsewhere: elsewhere,
		Failed: func(err error) { fmt.Fprintln(os.Stderr, "bot:", err) },
	})
	return link.Run(ctx)
}

func answer(s *client.Session, t *wire.Text) string {
	text := strings.ToLower(t.Text)
	switch {
	case strings.Contains(text, "who"):
		names := []string{"myself"}
		for _, m := range s.Members() {
			names = append(names, m.Name)
		}
		slices.Sort(names)
		return "Here are " + strings.Join(names, ", ") + "."
	case strings.Contains(text, "how many"):
		return fmt.Sprintf("There are %d elements on this board.", s.Doc().Len())
	}
	return fmt.Sprintf("Hello %s. Ask me who is here, or how many elements there are.", t.Name)
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
