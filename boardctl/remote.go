package main

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"

	"edgeboard/shared/board"
	"edgeboard/shared/client"
	"edgeboard/shared/conn"
	"edgeboard/shared/conn/ws"
	"edgeboard/shared/export"
	"edgeboard/shared/wire"
)

// address is where a board is: its page's.
type address struct {
	base  url.URL // of the relay
	board string
}

// parseAddress returns where a board is; false: the text is no address, but a file's
// name.
func parseAddress(text string) (*address, bool, error) {
	if !strings.HasPrefix(text, "http://") && !strings.HasPrefix(text, "https://") {
		return nil, false, nil
	}
	u, err := url.Parse(text)
	if err != nil {
		return nil, true, usageError(fmt.Sprintf("%q is no address", text))
	}
	before, name, found := strings.Cut(u.Path, "/b/")
	if !found || !wire.ValidBoardName(name) {
		return nil, true, usageError(fmt.Sprintf("%q is not the address of a board, such as https://boards.example.com/b/plans", text))
	}
	return &address{base: url.URL{Scheme: u.Scheme, Host: u.Host, Path: before}, board: name}, true, nil
}

func (a *address) socket() string {
	u := *a.base.JoinPath("ws")
	u.Scheme = strings.Replace(u.Scheme, "http", "ws", 1)
	return u.String()
}

func (a *address) blob(hash string) string {
	u := a.base.JoinPath("blob", hash)
	u.RawQuery = url.Values{"board": {a.board}}.Encode()
	return u.String()
}

// remote is what commands share that speak with a relay.
type remote struct {
	tokenFile string
	wait      time.Duration
	quiet     bool
}

func (r *remote) declare(flags *flag.FlagSet) {
	flags.StringVar(&r.tokenFile, "token-file", "", "`file` of the token to show the relay; without it what EDGEBOARD_TOKEN says, if anything")
	flags.DurationVar(&r.wait, "timeout", 5*time.Minute, "`time` that all of it may take")
	flags.BoolVar(&r.quiet, "q", false, "say nothing of how far it is")
}

func (r *remote) token(t *terminal) (string, error) {
	if r.tokenFile == "" {
		return t.getenv("EDGEBOARD_TOKEN"), nil
	}
	data, err := os.ReadFile(r.tokenFile)
	if err != nil {
		return "", fmt.Errorf("read the token: %w", err)
	}
	return strings.TrimSpace(string(data)), nil
}

// say tells how far it is.
func (r *remote) say(t *terminal, format string, args ...any) {
	if !r.quiet {
		fmt.Fprintf(t.stderr, format+"\n", args...)
	}
}

// visit keeps a board in step with its relay until step says that it is done, or
// fails. It is called now and then, and when something has changed, with what is the
// board's owner for as long as the call lasts.
func (r *remote) visit(ctx context.Context, t *terminal, at *address, token string, step func(*client.Session) (done bool, err error)) error {
	ctx, stop := context.WithTimeout(ctx, r.wait)
	defer stop()
	news := make(chan struct{}, 1)
	var failed error // belongs to the link, until it has ended
	session := client.NewSession(client.Config{
		Board: at.board, Doc: board.New(client.NewReplica()), Name: "boardctl",
		Observe: func(client.Event) {
			select {
			case news <- struct{}{}:
			default: // there are some already
			}
		},
	})
	asked := false
	link := client.NewLink(session, client.LinkConfig{
		Token: func(context.Context) (client.Token, error) {
			switch {
			case !asked:
				asked = true
				return client.Token{Value: token}, nil
			case token == "":
				return client.Token{}, fmt.Errorf("it wants a token, see -token-file: %w", client.ErrNoToken)
			}
			return client.Token{}, fmt.Errorf("the token is not good, or no longer: %w", client.ErrNoToken)
		},
		Transports: []client.Transport{{
			Name: "websocket",
			Dial: func(ctx context.Context) (conn.Conn, error) { return ws.Dial(ctx, at.socket(), wire.MaxMessage) },
		}},
		Failed: func(err error) {
			if failed == nil {
				r.say(t, "not connected, which is tried again: %v", err)
			}
			failed = err
		},
	})
	ended := make(chan error, 1)
	go func() { ended <- link.Run(ctx) }()
	often := time.NewTicker(checkEvery)
	defer often.Stop()
	told := 0
	for {
		select {
		case err := <-ended:
			return r.why(ctx, err, failed)
		case <-news:
		case <-often.C:
		}
		var done bool
		var err error
		link.Do(func(s *client.Session) {
			if have, total := s.Loading(); total > 0 && have*4/total > told {
				told = have * 4 / total
				r.say(t, "loading: %d %%", told*25)
			}
			done, err = step(s)
		})
		if done || err != nil {
			stop()
			<-ended
			return err
		}
	}
}

// checkEvery is how often it is looked whether all has come.
const checkEvery = 100 * time.Millisecond

// why says why a visit ended that was not done.
func (r *remote) why(ctx context.Context, err, failed error) error {
	switch {
	case errors.As(err, new(*client.StoppedError)), errors.Is(err, client.ErrNoToken):
		return fmt.Errorf("the relay does not let in: %w", err)
	case errors.Is(ctx.Err(), context.DeadlineExceeded) && failed != nil:
		return fmt.Errorf("it took longer than %v: %w", r.wait, failed)
	case errors.Is(ctx.Err(), context.DeadlineExceeded):
		return fmt.Errorf("it took longer than %v", r.wait)
	case ctx.Err() != nil:
		return errors.New("interrupted")
	}
	return err
}

// maxBlob is more than any relay takes of an image.
const maxBlob = 64 << 20

// blob gets the content of an image.
func (r *remote) blob(ctx context.Context, at *address, token, hash string) (export.Blob, error) {
	answer, err := r.ask(ctx, http.MethodGet, at.blob(hash), token, "", nil)
	if err != nil {
		return export.Blob{}, err
	}
	defer answer.Body.Close()
	data, err := io.ReadAll(io.LimitReader(answer.Body, maxBlob))
	return export.Blob{Media: answer.Header.Get("Content-Type"), Data: data}, err
}

// putBlob gives the relay an image.
func (r *remote) putBlob(ctx context.Context, at *address, token, hash string, b export.Blob) error {
	answer, err := r.ask(ctx, http.MethodPut, at.blob(hash), token, b.Media, b.Data)
	if err != nil {
		return err
	}
	return answer.Body.Close()
}

// ask makes a request. An answer that is none is an error with the relay's words.
func (r *remote) ask(ctx context.Context, method, to, token, media string, body []byte) (*http.Response, error) {
	ctx, stop := context.WithTimeout(ctx, r.wait)
	context.AfterFunc(ctx, stop)
	request, err := http.NewRequestWithContext(ctx, method, to, bytes.NewReader(body))
	if err != nil {
		stop()
		return nil, err
	}
	if token != "" {
		request.Header.Set("Authorization", "Bearer "+token)
	}
	if media != "" {
		request.Header.Set("Content-Type", media)
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		stop()
		return nil, err
	}
	answer.Body = &ended{answer.Body, stop}
	if answer.StatusCode/100 != 2 {
		words, _ := io.ReadAll(io.LimitReader(answer.Body, 1<<10)) // for the message alone
		return nil, errors.Join(fmt.Errorf("%s: %s", answer.Status, strings.TrimSpace(string(words))), answer.Body.Close())
	}
	return answer, nil
}

// ended ends a request's context with its answer.
type ended struct {
	io.ReadCloser
	stop context.CancelFunc
}

func (e *ended) Close() error {
	e.stop()
	return e.ReadCloser.Close()
}
