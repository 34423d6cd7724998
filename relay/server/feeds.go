package server

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"net/http"
	"slices"
	"strconv"
	"time"

	"edgeboard/relay/auth"
	"edgeboard/relay/feed"
	live "edgeboard/shared/feed"
	"edgeboard/shared/wire"
)

// Live data by HTTP: docs/feeds.md describes it for those who use it. All routes take
// the query board=NAME; the first two are for who may publish there, the others for
// who may see the board.
//
//	POST   /api/v1/feeds/{feed}         publishes, also on several boards; feeds_write.go
//	DELETE /api/v1/feeds/{feed}         forgets a feed
//	GET    /api/v1/feeds                lists them; feeds_read.go
//	GET    /api/v1/feeds/{feed}         the last points
//	GET    /api/v1/feeds/{feed}/events  points as they come, as Server-Sent Events; of
//	                                    several feeds by a pattern; feeds_events.go
//
//	status  for
//	400     what cannot be read, is unknown, or is no finite number
//	403     who may not publish there; 401 where nobody is known
//	404     there is no such feed
//	409     a point that is not newer than the last one
//	413     a body over maxFeedBody, or a line over maxFeedLine
//	415     a Content-Type, or an encoding, that is not taken
//	422     a value that is not of the feed's type, a time that is too far away, a name
//	        that is none
//	429     as many feeds, or points a second, as there may be; an address asks too often
//
// They count for an address as what is read of a board: sensors publish many times a
// second. What lasts, events and bodies of lines, counts as a connection.
func (s *Server) feedRoutes(mux *table) {
	const list, one = "/api/v1/feeds", "/api/v1/feeds/{feed}"
	mux.HandleFunc("GET "+list, s.fetched(s.listFeeds))
	mux.HandleFunc("GET "+one, s.fetched(s.serveFeed))
	mux.HandleFunc("POST "+one, s.fetched(s.takePoints))
	mux.HandleFunc("DELETE "+one, s.fetched(s.forgetFeed))
	mux.HandleFunc("GET "+one+"/events", s.fetched(s.serveFeedEvents))
}

// fetched lets requests through that come no faster than an address may read.
func (s *Server) fetched(serve http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if no := s.gate.fetch(s.gate.place(s.clientAddress(r))); no != nil {
			s.refuseAddress(w, no)
			return
		}
		serve(w, r.WithContext(from(r.Context(), s.from(r))))
	}
}

// maxFeedBoards is on how many boards one request may publish.
const maxFeedBoards = 64

// place says what of a request about live data was wrong.
type place struct {
	Field string `json:"field,omitempty"` // board, feed, value, time, body …
	Board string `json:"board,omitempty"` // where several were named
	Feed  string `json:"feed,omitempty"`
	Line  int    `json:"line,omitempty"`  // counted from 1
	Point *int   `json:"point,omitempty"` // of the body or the line, counted from 0
	Taken *int   `json:"taken,omitempty"` // points that were, before it
}

// misfit is a request about live data that is not done.
type misfit struct {
	status int
	place
	text  string
	retry time.Duration // of 429
}

func (m *misfit) Error() string { return m.text }

func misfits(status int, field, format string, args ...any) *misfit {
	return &misfit{status: status, place: place{Field: field}, text: fmt.Sprintf(format, args...)}
}

// in says on which feed it was, and which point of what was sent.
func (m *misfit) in(name string, point int) *misfit {
	m.Feed = name
	if point >= 0 {
		m.Point = &point
	}
	return m
}

// feedsFull is when to come again where there are too many feeds.
const feedsFull = time.Minute

// misfitOf is an error of the desk as HTTP says it; points are the places of the points
// of each batch, nil: they are their own.
func misfitOf(no *feed.Error, points []int) *misfit {
	m := misfits(http.StatusUnprocessableEntity, no.Field, "%s", no.Reason)
	switch {
	case no.Why == feed.Order:
		m.status = http.StatusConflict
	case no.Why == feed.Most && no.Field == "board":
		m.status, m.retry = http.StatusServiceUnavailable, no.Retry
	case no.Why == feed.Most:
		m.status, m.retry = http.StatusTooManyRequests, cmp.Or(no.Retry, feedsFull)
	}
	if no.Field == "samples" {
		m.Field = "points"
	}
	point := no.Index
	if point >= 0 && point < len(points) {
		point = points[point]
	}
	return m.in(no.Feed, point)
}

// refuseFeed answers with an error of package auth, or a misfit.
func (s *Server) refuseFeed(w http.ResponseWriter, err error) {
	m, ok := errors.AsType[*misfit](err)
	switch {
	case errors.Is(err, errBoardName):
		m = misfits(http.StatusBadRequest, "board", "%s", err)
	case !ok:
		s.refuseJSON(w, err, "")
		return
	}
	if m.retry > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(int(math.Ceil(m.retry.Seconds()))))
	}
	writeJSON(w, m.status, problem{Error: m.text, place: &m.place})
}

// feedBoard is the board that a request is about.
func feedBoard(r *http.Request) (string, error) {
	boards := r.URL.Query()["board"]
	switch {
	case len(boards) == 0:
		return "", misfits(http.StatusBadRequest, "board", "which board is missing: ?board=NAME")
	case len(boards) > 1:
		return "", misfits(http.StatusBadRequest, "board", "one board can be asked for at a time")
	}
	return boards[0], nil
}

// feedName is the feed that a request is about.
func feedName(r *http.Request) (string, error) {
	name := r.PathValue("feed")
	if !live.ValidName(name) {
		return "", misfits(http.StatusUnprocessableEntity, "feed", "%s", live.ErrName)
	}
	return name, nil
}

var errNoFeeds = auth.NewError(auth.Forbidden, `the token does not allow to publish live data: it needs the claim "feeds": true (relay token -feeds)`)

// mayPublish says who publishes on a board. The cookie, which a browser shows of itself,
// counts for nothing.
func (s *Server) mayPublish(r *http.Request, board string) (*auth.Grant, error) {
	g, err := s.grantOf(r, board)
	switch {
	case err != nil:
	case board == wire.StatusBoard:
		err = errOnStatus
	case !g.Feeds:
		err = errNoFeeds
	}
	return g, err
}

// publisher is who publishes, on boards where that is allowed.
type publisher struct {
	server *Server
	boards []string
	grants []*auth.Grant // of each
}

func (s *Server) publisher(r *http.Request) (*publisher, error) {
	p := &publisher{server: s}
	for _, board := range r.URL.Query()["board"] {
		if slices.Contains(p.boards, board) {
			continue
		}
		if len(p.boards) == maxFeedBoards {
			return nil, misfits(http.StatusBadRequest, "board", "one request publishes on at most %d boards", maxFeedBoards)
		}
		g, err := s.mayPublish(r, board)
		if err != nil {
			return nil, err
		}
		p.boards, p.grants = append(p.boards, board), append(p.grants, g)
	}
	if len(p.boards) == 0 {
		return nil, misfits(http.StatusBadRequest, "board", "which board is missing: ?board=NAME")
	}
	return p, nil
}

// mayStill says why it may not any more what it might before.
func (s *Server) mayStill(board string, g *auth.Grant) error {
	if s.authority == nil {
		return nil
	}
	return s.authority.Check(board, g)
}

// publish puts what was said on all boards: on each all of it, or nothing and on none of
// those behind it.
func (p *publisher) publish(what *reported) error {
	for i, board := range p.boards {
		if err := p.server.mayStill(board, p.grants[i]); err != nil {
			return err
		}
		err := p.server.feeds.Publish(board, what.list...)
		if no, ok := errors.AsType[*feed.Error](err); ok {
			m := misfitOf(no, what.places[no.Feed])
			if len(p.boards) > 1 {
				m.Board = board
			}
			return m
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// forgetFeed answers for DELETE.
func (s *Server) forgetFeed(w http.ResponseWriter, r *http.Request) {
	p, err := s.publisher(r)
	var name string
	if err == nil {
		name, err = feedName(r)
	}
	if err != nil {
		s.refuseFeed(w, err)
		return
	}
	gone := false
	for _, board := range p.boards {
		forgot := s.feeds.Forget(board, name)
		if forgot && s.shared != nil {
			s.shared.forgot(board, name)
		}
		gone = forgot || gone
	}
	if !gone {
		s.refuseFeed(w, errNoFeed)
		return
	}
	w.Header().Set("Cache-Control", cacheNever)
	w.WriteHeader(http.StatusNoContent)
}

var errNoFeed = misfits(http.StatusNotFound, "feed", "the board has no such feed: nothing was published to it since the relay has started, or not for long")

// typeNames are what JSON calls the types of feeds.
var typeNames = map[live.Type]string{live.Numbers: "number", live.Texts: "text"}

// valueOf is the value of a point in JSON.
func valueOf(p live.Point) any {
	if p.Type() == wire.FeedTexts {
		return p.Text
	}
	return p.Number
}
