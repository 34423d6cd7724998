package server

import (
	"net/http"
	"strconv"

	live "edgeboard/shared/feed"
)

// usualPoints is how many points are told to who does not say how many.
const usualPoints = 100

// feedLine is a feed in a list.
type feedLine struct {
	Feed   string `json:"feed"`
	Type   string `json:"type"`            // number or text
	Value  any    `json:"value,omitempty"` // the last one, unless it was too old to be kept
	Time   int64  `json:"time,omitempty"`  // of it, in milliseconds since 1970
	Points int    `json:"points"`          // that are kept
}

// pointLine is a point.
type pointLine struct {
	Feed  string `json:"feed,omitempty"` // where there are several
	Time  int64  `json:"time"`
	Value any    `json:"value"`
}

// readsFeeds is the board whose feeds somebody may read.
func (s *Server) readsFeeds(r *http.Request) (string, error) {
	board, err := feedBoard(r)
	if err == nil {
		_, err = s.mayRead(r, board)
	}
	if err == nil {
		s.glance(board)
	}
	return board, err
}

func (s *Server) listFeeds(w http.ResponseWriter, r *http.Request) {
	board, err := s.readsFeeds(r)
	if err != nil {
		s.refuseFeed(w, err)
		return
	}
	answer := struct {
		Feeds []feedLine `json:"feeds"`
	}{[]feedLine{}}
	for _, f := range s.feeds.List(board) {
		line := feedLine{Feed: f.Name, Type: typeNames[f.Type], Points: f.Points}
		if f.Last != (live.Point{}) {
			line.Value, line.Time = valueOf(f.Last), f.Last.Time
		}
		answer.Feeds = append(answer.Feeds, line)
	}
	writeJSON(takes{w}, http.StatusOK, answer)
}

func (s *Server) serveFeed(w http.ResponseWriter, r *http.Request) {
	board, err := s.readsFeeds(r)
	var name string
	if err == nil {
		name, err = feedName(r)
	}
	most, since := int64(usualPoints), int64(0)
	if err == nil {
		most, err = queryNumber(r, "points", most, 1)
	}
	if err == nil {
		since, err = queryNumber(r, "since", since, 0)
	}
	if err != nil {
		s.refuseFeed(w, err)
		return
	}
	info, list, ok := s.feeds.Points(board, name, since, int(most))
	if !ok {
		s.refuseFeed(w, errNoFeed)
		return
	}
	answer := struct {
		Feed   string      `json:"feed"`
		Type   string      `json:"type"`
		Points []pointLine `json:"points"`
	}{info.Name, typeNames[info.Type], []pointLine{}}
	for _, p := range list {
		answer.Points = append(answer.Points, pointLine{Time: p.Time, Value: valueOf(p)})
	}
	writeJSON(takes{w}, http.StatusOK, answer)
}

// queryNumber is a number of the address, from least on; usual, if it is not there.
func queryNumber(r *http.Request, name string, usual, least int64) (int64, error) {
	text := r.URL.Query().Get(name)
	if text == "" {
		return usual, nil
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n < least || n > 1<<53 {
		return 0, misfits(http.StatusBadRequest, name, "%s is a whole number from %d on", name, least)
	}
	return n, nil
}
