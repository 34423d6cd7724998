package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"edgeboard/shared/board"
	"edgeboard/shared/client"
	"edgeboard/shared/conn"
	"edgeboard/shared/conn/ws"
	"edgeboard/shared/wire"
)

// remote is what verbs share that speak with a relay.
type remote struct {
	t         *terminal
	tokenFile string
	wait      time.Duration
}

func (r *remote) declare(v *cobra.Command) {
	v.Flags().StringVar(&r.tokenFile, "token-file", "", "`file` of the token to show the relay; without it what EDGEBOARD_TOKEN says, if anything")
	v.Flags().DurationVar(&r.wait, "timeout", 5*time.Minute, "`time` that all of it may take")
}

func (r *remote) token() (string, error) {
	if r.tokenFile == "" {
		return r.t.getenv("EDGEBOARD_TOKEN"), nil
	}
	data, err := os.ReadFile(r.tokenFile)
	if err != nil {
		return "", fmt.Errorf("read the token: %w", err)
	}
	return strings.TrimSpace(string(data)), nil
}

// visit is what a verb does on a board.
type visit struct {
	at    *address
	token string
	// config, if not nil, may change how the board is entered.
	config func(*client.Config)
	// step is called now and then, and when something has changed, with what is the
	// board's owner for as long as the call lasts, until it says that it is done, or
	// fails.
	step func(*client.Session) (done bool, err error)
	// then, if not nil, follows each step, when the board is the link's again: it may
	// take its time.
	then func() (done bool, err error)
	// lasts says that it may take longer than --timeout once the board is there.
	lasts bool
}

// run keeps a board in step with its relay until the visit's step says that it is done.
func (v *visit) run(ctx context.Context, r *remote) error {
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	late := time.AfterFunc(r.wait, func() { stop(errLate) })
	defer late.Stop()
	news := make(chan struct{}, 1)
	var failed error // belongs to the link, until it has ended
	cfg := client.Config{
		Board: v.at.board, Doc: board.New(client.NewReplica()), Name: "boardctl",
		Observe: func(client.Event) {
			select {
			case news <- struct{}{}:
			default: // there are some already
			}
		},
	}
	if v.config != nil {
		v.config(&cfg)
	}
	asked := false
	link := client.NewLink(client.NewSession(cfg), client.LinkConfig{
		Token: func(context.Context) (client.Token, error) {
			switch {
			case !asked:
				asked = true
				return client.Token{Value: v.token}, nil
			case v.token == "":
				return client.Token{}, fmt.Errorf("it wants a token, see --token-file: %w", client.ErrNoToken)
			}
			return client.Token{}, fmt.Errorf("the token is not good, or no longer: %w", client.ErrNoToken)
		},
		Transports: ways(v.at),
		Relay:      v.at.base.String(),
		Elsewhere: func(origin string) []client.Transport {
			relay, err := relayAt(origin)
			if err != nil {
				return nil
			}
			r.t.say("the relay stops; going on at %s", origin)
			return ways(on(relay, v.at.board))
		},
		Failed: func(err error) {
			if failed == nil {
				r.t.say("not connected, which is tried again: %v", err)
			}
			failed = err
		},
	})
	ended := make(chan error, 1)
	go func() { ended <- link.Run(ctx) }()
	often := time.NewTicker(checkEvery)
	defer often.Stop()
	var loading *progress
	live, edge := false, false
	for {
		select {
		case err := <-ended:
			return r.why(ctx, err, failed, live)
		case <-news:
		case <-often.C:
		}
		var done bool
		var err error
		link.Do(func(s *client.Session) {
			status := s.Status()
			live = live || status.Phase == client.Live
			if status.Phase == client.Live && status.EdgeOnly != edge {
				edge = !edge
				r.t.say("%s", map[bool]string{true: edgeOnly, false: "the relay reaches the others again"}[edge])
			}
			if have, total := s.Loading(); total > 0 {
				if loading == nil {
					loading = r.t.progress("loading", "", int64(total))
				}
				loading.set(int64(have))
			} else if loading != nil {
				loading.end()
				loading = nil
			}
			if v.lasts && s.UpToDate() {
				late.Stop()
			}
			done, err = v.step(s)
		})
		if v.then != nil && !done && err == nil {
			done, err = v.then()
		}
		if done || err != nil {
			stop(nil)
			<-ended
			return err
		}
	}
}

// edgeOnly is said of a relay that is cut off from others.
const edgeOnly = "the relay is cut off from the others: what it stores now is on it alone until it reaches them"

// ways are the transports to a relay.
func ways(to *address) []client.Transport {
	return []client.Transport{{
		Name: "websocket",
		Dial: func(ctx context.Context) (conn.Conn, error) { return ws.Dial(ctx, to.socket(), wire.MaxMessage) },
	}}
}

var errLate = errors.New("it took longer than --timeout")

// checkEvery is how often it is looked whether all has come.
const checkEvery = 100 * time.Millisecond

// why says why a visit ended that was not done.
func (r *remote) why(ctx context.Context, err, failed error, live bool) error {
	stopped, isStopped := errors.AsType[*client.StoppedError](err)
	switch {
	case errors.Is(err, client.ErrNoToken), isStopped && stopped.Code == wire.CodeForbidden:
		return refusedError{fmt.Errorf("the relay does not let in: %w", err)}
	case isStopped:
		return fmt.Errorf("the relay has ended it: %w", err)
	case context.Cause(ctx) == errLate:
		late := fmt.Errorf("it took longer than %v", r.wait)
		if failed != nil {
			late = fmt.Errorf("%w: %w", late, failed)
		}
		if !live {
			return unreachableError{late}
		}
		return late
	case ctx.Err() != nil:
		return errInterrupted
	}
	return err
}

// load gets a board as its relay has it. The link has ended then, and the board is the
// caller's.
func (r *remote) load(ctx context.Context, at *address, token string) (doc *board.Board, err error) {
	v := &visit{at: at, token: token, step: func(s *client.Session) (bool, error) {
		doc = s.Doc()
		return s.UpToDate(), nil
	}}
	return doc, v.run(ctx, r)
}

// change changes a board that is up to date, and ends when the relay has stored it.
// Of an error of edit, which changes nothing, nothing is sent.
func (r *remote) change(ctx context.Context, at *address, token string, edit func(*board.Board) ([]byte, error)) error {
	written := false
	v := &visit{at: at, token: token, step: func(s *client.Session) (bool, error) {
		status := s.Status()
		switch {
		case status.Phase == client.Live && status.Role != wire.RoleUnsaid && !status.Role.Edits():
			return false, refusedError{errors.New("the relay lets you look at this board, and not change it")}
		case written:
			return status.Phase == client.Live && status.Unsent+status.Sent == 0, nil
		case !s.UpToDate():
			return false, nil
		}
		written = true
		update, err := edit(s.Doc())
		if err != nil {
			return false, err
		}
		if len(update) == 0 {
			return true, nil
		}
		s.Commit(update)
		return false, nil
	}}
	return v.run(ctx, r)
}
