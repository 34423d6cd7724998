package server

import (
	"context"
	"errors"
	"io"
	"math"
	"net/http"
	"time"

	"connectrpc.com/connect"

	"edgeboard/relay/auth"
	"edgeboard/shared/wire"
)

// Live data over gRPC: edgeboard.v1.Feeds/Push of shared/wire/edgeboard.proto. Each Publish
// names its board, and is answered as W107 says; the call ends where nobody is known by
// the token, or not any more.

const (
	feedService = "edgeboard.v1.Feeds"
	feedPush    = "/" + feedService + "/Push"
)

// requestKey is a call's request in its context.
type requestKey struct{}

// servePush answers calls.
func (s *Server) servePush() http.HandlerFunc {
	calls := connect.NewBidiStreamHandler(feedPush, func(ctx context.Context, stream *connect.BidiStream[raw, raw]) error {
		r, _ := ctx.Value(requestKey{}).(*http.Request)
		return (&pushing{server: s, request: r.WithContext(ctx)}).run(stream)
	},
		connect.WithCodec(rawCodec{}),
		connect.WithReadMaxBytes(wire.MaxMessage),
		connect.WithCompressMinBytes(math.MaxInt), // answers are small
	)
	return func(w http.ResponseWriter, r *http.Request) {
		control := http.NewResponseController(w)
		done := make(chan struct{})
		keep := context.AfterFunc(s.stopping, func() {
			defer close(done)
			_ = control.SetReadDeadline(time.Unix(1, 0))
			_ = control.SetWriteDeadline(time.Now().Add(byeTimeout))
		})
		defer func() {
			if !keep() {
				<-done
			}
		}()
		calls.ServeHTTP(takes{w}, r.WithContext(context.WithValue(from(r.Context(), s.from(r)), requestKey{}, r)))
	}
}

// pushing is a call.
type pushing struct {
	server  *Server
	request *http.Request
	grants  map[string]*auth.Grant // of boards that it has published on
}

func (p *pushing) run(stream *connect.BidiStream[raw, raw]) error {
	for {
		q, err := stream.Receive()
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil && p.server.stopping.Err() != nil:
			return connect.NewError(shuttingDown.code, errors.New(shuttingDown.reason))
		case err != nil:
			return err
		}
		var m wire.Publish
		if err := m.Parse(q.b); err != nil {
			return connect.NewError(connect.CodeInvalidArgument, err)
		}
		a, err := p.publish(&m)
		if err != nil {
			return err
		}
		if a.Ask = m.Ask; a.Ask == 0 && a.Why == 0 {
			continue
		}
		a.Reason = wire.CutReason(a.Reason)
		if err := stream.Send(&raw{a.Append(nil)}); err != nil {
			return err
		}
	}
}

// publish returns the answer, or how the call ends.
func (p *pushing) publish(m *wire.Publish) (*wire.Published, error) {
	err := p.may(m.Board)
	no, ok := errors.AsType[*auth.Error](err)
	wrong, tooFast := errors.AsType[*misfit](err)
	switch {
	case err == nil:
		return feeds{desk: p.server.feeds}.Publish(m.Board, m), nil
	case tooFast:
		return &wire.Published{Why: wire.PublishedMost, Field: "board", Reason: wrong.text, RetryMS: uint32(wrong.retry.Milliseconds())}, nil
	case ok && no.Reason == auth.Forbidden:
		return &wire.Published{Why: wire.PublishedRight, Field: "board", Reason: no.Error()}, nil
	case ok && no.Reason == auth.Invalid:
		return &wire.Published{Why: wire.PublishedValue, Field: "board", Reason: no.Error()}, nil
	case ok && statusOf[no.Reason] == http.StatusUnauthorized:
		return nil, connect.NewError(connect.CodeUnauthenticated, no)
	}
	p.server.log.Error("cannot tell who may come in", "err", err)
	return nil, connect.NewError(connect.CodeUnavailable, errors.New("the relay cannot tell now who may come in; try again"))
}

// may says why the caller may not publish on a board. Each board that it begins with
// counts as something that is read of a board.
func (p *pushing) may(board string) error {
	if g := p.grants[board]; g != nil {
		return p.server.mayStill(board, g)
	}
	if no := p.server.gate.fetch(p.server.gate.place(p.server.clientAddress(p.request))); no != nil {
		return &misfit{text: no.reason, retry: no.retryAfter}
	}
	g, err := p.server.mayPublish(p.request, board)
	if err != nil {
		return err
	}
	if p.grants == nil || len(p.grants) >= maxFeedBoards {
		p.grants = map[string]*auth.Grant{}
	}
	p.grants[board] = g
	return nil
}
