package server

import (
	"context"
	"errors"
	"log/slog"
	"sync"

	"edgeboard/relay/auth"
	"edgeboard/relay/feed"
	"edgeboard/relay/metrics"
	"edgeboard/relay/room"
	"edgeboard/relay/status"
	"edgeboard/shared/wire"
)

// The board of the relay's own figures (W109, package status) is there as any other, at
// /b/_status, and for its feeds. It is for who operates the relay: whose grant names it,
// and everybody who reaches a relay that is open to this machine alone. A relay that is
// open to the world has none: there nobody is known to be the operator. Nobody is more
// than a viewer of it, nothing of it is stored, and it has no past, images or messages.

// onlooker is who sees it where nobody is known.
var onlooker = &auth.Grant{Boards: map[string]auth.Role{wire.StatusBoard: auth.Viewer}}

// anybody is what everybody may do on a board in open mode.
func anybody(board string) *auth.Grant {
	if board == wire.StatusBoard {
		return onlooker
	}
	return everybody
}

// mayName reports whether there may be a board of a name here.
func (s *Server) mayName(board string) bool {
	return wire.ValidBoardName(board) || board == wire.StatusBoard && s.status != nil
}

var (
	errOnStatus = auth.NewError(auth.Forbidden, "this board shows the relay's own figures: nobody else publishes there")
	errNoPast   = auth.NewError(auth.NotFound, "this board shows the relay's own figures: it has no past, and nothing is said on it")
)

// openStatus makes what measures the relay; nil: nobody may see it. Its log is in cfg
// from then on.
func openStatus(cfg *Config, m *metrics.Metrics, h *health, desk func() *feed.Desk) *status.Figures {
	if cfg.Access.Open {
		return nil
	}
	lines := status.NewLog(cfg.Log.Handler())
	cfg.Log = slog.New(lines)
	return status.New(status.Config{
		Version: cfg.Version, Metrics: m, Log: lines, Age: cfg.Feeds.Age,
		Publish: func(list ...feed.Batch) error { return desk().Publish(wire.StatusBoard, list...) },
		State: func() string {
			if why := h.why(); why != "" {
				return why
			}
			return "serving"
		},
	})
}

// withStatus is the store of rooms and readers. It has the board of the relay's own
// figures in memory.
type withStatus struct{ *noted }

var _ room.Store = withStatus{}

// errOwn is of what would be stored of it, which nobody may write.
var errOwn = errors.New("the board of the relay's own figures is not stored")

func (b withStatus) Load(ctx context.Context, board string, snapshot, update func([]byte) error) error {
	if board == wire.StatusBoard {
		return snapshot(status.Snapshot())
	}
	return b.noted.Load(ctx, board, snapshot, update)
}

func (b withStatus) Append(board string, updates []byte, done func(error)) {
	if board == wire.StatusBoard {
		done(errOwn)
		return
	}
	b.noted.Append(board, updates, done)
}

func (b withStatus) Compact(board string, updates, snapshot []byte, done func(error)) {
	if board == wire.StatusBoard {
		done(errOwn)
		return
	}
	b.noted.Compact(board, updates, snapshot, done)
}

// Since is for package still.
func (b withStatus) Since(ctx context.Context, board, position string, snapshot, update func([]byte) error) (string, error) {
	const laidOut = "laid out"
	switch {
	case board != wire.StatusBoard:
		return b.noted.Since(ctx, board, position, snapshot, update)
	case position == laidOut:
		return position, nil
	}
	return laidOut, snapshot(status.Snapshot())
}

// lookers are the members that watch the relay's own figures.
type lookers struct {
	status *status.Figures // nil: nobody does
	mu     sync.Mutex
	who    map[room.FeedQueue]struct{}
}

// look notes that a member watches something, or nothing any more.
func (l *lookers) look(board string, who room.FeedQueue, something bool) {
	if board != wire.StatusBoard || l.status == nil {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	switch _, looks := l.who[who]; {
	case something && !looks:
		l.who[who] = struct{}{}
		l.status.Look()
	case !something && looks:
		delete(l.who, who)
		l.status.Leave()
	}
}

// glance has what is told of a board's feeds be that of now.
func (s *Server) glance(board string) {
	if board == wire.StatusBoard {
		s.status.Glance()
	}
}

// looking does so while somebody follows them, until the end is called.
func (s *Server) looking(board string) (end func()) {
	if board != wire.StatusBoard {
		return func() {}
	}
	s.status.Look()
	return s.status.Leave
}
