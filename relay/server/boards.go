package server

import (
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"time"

	"edgeboard/relay/auth"
	"edgeboard/relay/room"
	"edgeboard/relay/store/sqlite"
	"edgeboard/shared/board"
	"edgeboard/shared/wire"
)

// All boards of a relay, for its operator: whose token has the role of owner on *. A
// relay that is open to everybody on this machine alone (Access.private) has no other
// operator than them; one that is open to the world tells nobody, since there who knows
// a board's name may edit it.
//
//	GET /api/v1/boards          the names of boards, in their order, with how large they
//	                            are, when they were changed, and how many people are there:
//	                            at most ?most= of those behind ?after=
//	PUT /api/v1/boards/{board}  gives a board that has nothing the state of a snapshot
//	                            (shared/board/SPEC.md); 201. With ?merge=1 also one that
//	                            has something: it has both then
//
//	status  of PUT, for
//	409     the board is there already
//	411     no length is said
//	413     the board would be larger than BoardBytes
//	422     it is no snapshot, or does not go with what the board has
//	503     another one is on its way, or the board cannot be stored now
const (
	boardsPage = 100  // without ?most=
	boardsMost = 1000 // of an answer
)

var (
	errNotOperator  = auth.NewError(auth.Forbidden, "this is for the relay's operator: show a token with the role of owner on * (relay token -boards '*=owner')")
	errNoOperator   = auth.NewError(auth.Forbidden, "this relay is open to everybody, and who knows a board's name may edit it: so it tells nobody which boards there are")
	errBoardsPage   = auth.NewError(auth.Invalid, fmt.Sprintf("most is a number from 1 to %d, and after a board's name", boardsMost))
	errBoardIsThere = auth.NewError(auth.Conflict, "the board is there already; with merge=1 it takes what it lacks")
)

// operator finds out who makes a request that is the operator's alone to make.
func (s *Server) operator(r *http.Request) (*auth.Grant, error) {
	switch {
	case s.private:
		return everybody, nil
	case s.access.Everybody():
		return nil, errNoOperator
	}
	by, err := s.by(r, "")
	if err == nil && by.Boards["*"] != auth.Owner {
		err = errNotOperator
	}
	return by, err
}

// listed is a board as JSON has it.
type listed struct {
	Name    string     `json:"name"`
	Bytes   int64      `json:"bytes"`
	Changed *time.Time `json:"changed,omitempty"`
	People  int        `json:"people"`
}

// listBoards answers for GET /api/v1/boards.
func (s *Server) listBoards(w http.ResponseWriter, r *http.Request) {
	by, err := s.operator(r)
	query := r.URL.Query()
	most, after := boardsPage, query.Get("after")
	if text := query.Get("most"); err == nil && text != "" {
		most, err = strconv.Atoi(text)
	}
	if _, no := errors.AsType[*auth.Error](err); !no && (err != nil || most < 1 || most > boardsMost || after != "" && !wire.ValidBoardName(after)) {
		err = errBoardsPage
	}
	var list []sqlite.BoardInfo
	if err == nil {
		if list, err = s.store.Boards(r.Context(), after, most+1); err != nil && r.Context().Err() == nil {
			s.log.Error("the boards cannot be listed", "err", err)
			w.Header().Set("Retry-After", "2")
			writeJSON(w, http.StatusServiceUnavailable, problem{Error: "the boards cannot be listed now"})
			return
		}
	}
	if err != nil {
		s.refuseJSON(w, err, "")
		return
	}
	answer := struct {
		Boards []listed `json:"boards"`
		Next   string   `json:"next,omitempty"` // the after of those that come then
	}{Boards: []listed{}}
	if len(list) > most {
		list = list[:most]
		answer.Next = list[most-1].Name
	}
	present := s.hub.Present()
	for _, b := range list {
		if by.Role(b.Name) == auth.None { // which nobody says of a board, but who embeds the relay might
			continue
		}
		l := listed{Name: b.Name, Bytes: b.Bytes, People: present[b.Name]}
		if !b.Changed.IsZero() {
			l.Changed = &b.Changed
		}
		answer.Boards = append(answer.Boards, l)
	}
	writeJSON(w, http.StatusOK, answer)
}

// putBoard answers for PUT /api/v1/boards/{board}.
func (s *Server) putBoard(w http.ResponseWriter, r *http.Request) {
	name := r.PathValue("board")
	by, err := s.operator(r)
	switch {
	case err != nil:
	case !wire.ValidBoardName(name):
		err = errBoardName
	case by.Role(name) < auth.Editor:
		err = errMayNotEdit
	}
	if err != nil {
		s.refuseJSON(w, err, "")
		return
	}
	refuse := func(status int, format string, args ...any) {
		writeJSON(w, status, problem{Error: fmt.Sprintf(format, args...)})
	}
	most := int64(min(s.limits.BoardBytes, wire.MaxSnapshot))
	switch size := r.ContentLength; {
	case size < 0:
		refuse(http.StatusLengthRequired, "say how long the snapshot is, by Content-Length")
		return
	case size > most:
		refuse(http.StatusRequestEntityTooLarge, "the snapshot has %d bytes; a board may have %d here", size, most)
		return
	}
	select {
	case s.restores <- struct{}{}:
		defer func() { <-s.restores }()
	default:
		w.Header().Set("Retry-After", "1")
		refuse(http.StatusServiceUnavailable, "another board is being put; send this one again")
		return
	}
	until := time.Now().Add(uploadTime + time.Duration(r.ContentLength/uploadRate)*time.Second)
	_ = http.NewResponseController(w).SetReadDeadline(until) // what is no connection has none
	answerBy(w, until.Add(postTimeout))
	var body bytes.Buffer // grows as the bytes come: who says much and sends little takes little memory
	if n, err := io.Copy(&body, r.Body); err != nil || n != r.ContentLength {
		refuse(http.StatusBadRequest, "of %d bytes of the snapshot %d have come", r.ContentLength, n)
		return
	}
	_ = http.NewResponseController(w).SetReadDeadline(time.Time{})
	hash, err := s.hub.Adopt(r.Context(), name, body.Bytes(), r.URL.Query().Get("merge") == "1")
	switch {
	case err == nil:
	case errors.Is(err, room.ErrBoardThere):
		s.refuseJSON(w, errBoardIsThere, "")
		return
	case errors.Is(err, room.ErrBoardSize), errors.Is(err, board.ErrFull):
		refuse(http.StatusRequestEntityTooLarge, "the board would be larger than it may be here: %d bytes", most)
		return
	case errors.As(err, new(board.Error)):
		refuse(http.StatusUnprocessableEntity, "%s", err)
		return
	default:
		w.Header().Set("Retry-After", "2")
		refuse(http.StatusServiceUnavailable, "the board cannot be stored now; send it again")
		return
	}
	s.restored(r.Context(), auth.Event{Name: "board_restored", By: by.Subject, Board: name})
	writeJSON(w, http.StatusCreated, struct {
		Hash string `json:"hash"` // of the board's snapshot now: SHA-256
	}{hex.EncodeToString(hash[:])})
}
