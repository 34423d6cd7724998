package server_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"log/slog"
	"net"
	"net/http"
	"os"
	"strings"

	"edgeboard/relay/auth"
	"edgeboard/relay/server"
)

// people of a program that has a sign-in of its own, by their cookies.
var people = map[string]string{"c0ffee": "ann", "decade": "bob"}

// whoAsks tells the relay who they are and what they may do.
func whoAsks(r *http.Request) (*auth.Grant, error) {
	cookie, err := r.Cookie("intranet")
	if err != nil {
		return nil, nil // the relay asks for a token, or an invite
	}
	name, known := people[cookie.Value]
	if !known {
		return nil, auth.NewError(auth.Missing, "sign in to the intranet again")
	}
	return &auth.Grant{
		Subject: name,
		Name:    strings.ToUpper(name[:1]) + name[1:],
		Boards:  map[string]auth.Role{"team-*": auth.Editor, "of-" + name: auth.Owner},
	}, nil
}

// A program that embeds a relay and knows its people already says itself who comes.
func Example_authenticate() {
	data, err := os.MkdirTemp("", "boards")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(data)
	srv, err := server.New(server.Config{
		Data:   data,
		Access: server.Access{Authenticate: whoAsks},
		Log:    slog.New(slog.DiscardHandler),
	})
	if err != nil {
		log.Fatal(err)
	}
	l, err := net.Listen("tcp", "localhost:0")
	if err != nil {
		log.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	served := make(chan error)
	go func() { served <- srv.Serve(ctx, l, nil) }()

	// What a page asks before it comes to a board.
	for _, cookie := range []string{"c0ffee", "forged"} {
		for _, board := range []string{"team-plans", "of-ann", "of-bob"} {
			r, err := http.NewRequest(http.MethodPost, "http://"+l.Addr().String()+"/auth/token", strings.NewReader(`{"board":"`+board+`"}`))
			if err != nil {
				log.Fatal(err)
			}
			r.AddCookie(&http.Cookie{Name: "intranet", Value: cookie})
			a, err := http.DefaultClient.Do(r)
			if err != nil {
				log.Fatal(err)
			}
			text, err := io.ReadAll(a.Body)
			if err := errors.Join(err, a.Body.Close()); err != nil {
				log.Fatal(err)
			}
			_, role, _ := strings.Cut(string(text), `"role":"`)
			if role, _, _ = strings.Cut(role, `"`); role == "" {
				role = "nobody"
			}
			fmt.Println(cookie, board, a.StatusCode, role)
		}
	}
	http.DefaultClient.CloseIdleConnections()
	stop()
	if err := <-served; err != nil {
		log.Fatal(err)
	}
	// Output:
	// c0ffee team-plans 200 editor
	// c0ffee of-ann 200 owner
	// c0ffee of-bob 403 nobody
	// forged team-plans 401 nobody
	// forged of-ann 401 nobody
	// forged of-bob 401 nobody
}
