package server

import (
	"errors"
	"net/http"

	"edgeboard/relay/auth"
)

// mayRead says who asks for something of a board by HTTP, and that it may see the
// board. A bearer token counts first, an access token or the operator's. Without
// one, a GET or HEAD may come with the session's cookie, as the page's pictures and
// what a person opens in a tab of its own do: the session is not changed by it. In
// open mode it is everybody. Errors are for refuseJSON.
func (s *Server) mayRead(r *http.Request, board string) (*auth.Grant, error) {
	g, err := s.grantOf(r, board)
	if no, ok := errors.AsType[*auth.Error](err); ok && no.Reason == auth.Missing && bearer(r) == "" &&
		(r.Method == http.MethodGet || r.Method == http.MethodHead) {
		if cookie := s.cookie(r); cookie != "" {
			return s.authority.Look(r.Context(), cookie, board)
		}
	}
	return g, err
}

var (
	errNotYours   = auth.NewError(auth.Forbidden, "this board is not yours; ask an owner of it for an invite")
	errMayNotEdit = auth.NewError(auth.Forbidden, "you may see this board, and not change it")
)

// mayEdit is mayRead for who changes something: the cookie, which a browser shows
// of itself, counts for nothing.
func (s *Server) mayEdit(r *http.Request, board string) (*auth.Grant, error) {
	g, err := s.grantOf(r, board)
	if err == nil && g.Role(board) < auth.Editor {
		err = errMayNotEdit
	}
	return g, err
}

// grantOf is who asks, but for cookies, and may come to the board.
func (s *Server) grantOf(r *http.Request, board string) (*auth.Grant, error) {
	if !s.mayName(board) {
		return nil, errBoardName
	}
	if s.access.Everybody() {
		return anybody(board), nil
	}
	g, err := s.authenticate(r)
	switch {
	case err != nil:
		return nil, err
	case g != nil && g.Role(board) == auth.None:
		return nil, errNotYours
	case g != nil:
		if err := s.authority.Check(board, g); err != nil {
			return nil, err
		}
		return g, nil
	}
	return s.authority.Admit(from(r.Context(), s.from(r)), bearer(r), board)
}
