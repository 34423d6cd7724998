package server

import (
	"encoding/json"
	"errors"
	"io"
	"math"
	"net/http"
	"strconv"
	"time"

	"edgeboard/relay/auth"
	"edgeboard/shared/wire"
)

// The routes by which the page comes to a token, and by which owners share their
// boards. Bodies and answers are JSON; an answer that is not 2xx has a text for
// people in "error".
//
//	POST   /auth/token                               an access token for a board
//	POST   /auth/signout                             the session ends
//	GET    /api/boards/{board}/access                invites and people
//	POST   /api/boards/{board}/invites
//	DELETE /api/boards/{board}/invites/{invite}
//	PUT    /api/boards/{board}/people/{subject}      another role
//	DELETE /api/boards/{board}/people/{subject}
//	POST   /api/revocations                          of a token, a person or a board
//	POST   /api/notices                              a program tells people something (notices.go)
//
// /api takes the token of /auth/token, or one of an operator's, in the header
// Authorization; the cookie counts for /auth/token and /auth/signout alone.
func (s *Server) authRoutes(mux *table) {
	mux.HandleFunc("POST /auth/token", s.asked(s.serveToken))
	mux.HandleFunc("POST /auth/signout", s.asked(s.serveSignOut))
	mux.HandleFunc("GET /api/boards/{board}/access", s.asked(s.owner(s.listAccess)))
	mux.HandleFunc("POST /api/boards/{board}/invites", s.asked(s.owner(s.createInvite)))
	mux.HandleFunc("DELETE /api/boards/{board}/invites/{invite}", s.asked(s.owner(s.revokeInvite)))
	mux.HandleFunc("PUT /api/boards/{board}/people/{subject}", s.asked(s.owner(s.setRole)))
	mux.HandleFunc("DELETE /api/boards/{board}/people/{subject}", s.asked(s.owner(s.removePerson)))
	mux.HandleFunc("POST /api/revocations", s.asked(s.revoke))
	mux.HandleFunc("POST /api/notices", s.askedWith(maxNotice, s.takeNotice))
}

// maxBody bounds the body of such a request: a token and a little more.
const maxBody = 2 * wire.MaxToken

// asked lets requests through that come no faster than an address may ask, and
// notes for the audit where they come from.
func (s *Server) asked(serve http.HandlerFunc) http.HandlerFunc { return s.askedWith(maxBody, serve) }

// askedWith is asked for requests whose body has at most so many bytes.
func (s *Server) askedWith(most int64, serve http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if no := s.gate.ask(s.gate.place(s.clientAddress(r))); no != nil {
			w.Header().Set("Retry-After", strconv.Itoa(int(no.retryAfter/time.Second)))
			writeJSON(w, no.status, problem{Error: no.reason})
			return
		}
		r.Body = http.MaxBytesReader(w, r.Body, most)
		serve(w, r.WithContext(from(r.Context(), s.from(r))))
	}
}

// problem is an answer that is not what was asked for.
type problem struct {
	Error  string `json:"error"`
	SignIn string `json:"sign_in,omitempty"` // where to sign in
	*place        // of live data
}

func writeJSON(w http.ResponseWriter, status int, v any) {
	text, err := json.Marshal(v)
	if err != nil {
		panic(err) // of structs of strings and numbers
	}
	h := w.Header()
	h.Set("Cache-Control", cacheNever)
	h.Set("Content-Type", "application/json")
	w.WriteHeader(status)
	w.Write(text) // an error means that the client has gone
}

// readJSON reads the body of a request.
func readJSON(r *http.Request, v any) error {
	text, err := io.ReadAll(r.Body)
	if err == nil {
		err = json.Unmarshal(text, v)
	}
	if err != nil {
		return auth.NewError(auth.Invalid, "the body is no JSON of the kind that this address takes, or is too long")
	}
	return nil
}

// refuseJSON answers with an error of package auth. Who is not known is told where
// to sign in to a board.
func (s *Server) refuseJSON(w http.ResponseWriter, err error, board string) {
	status, p := http.StatusServiceUnavailable, problem{Error: "the relay cannot tell now who may come in; try again"}
	if no, ok := errors.AsType[*auth.Error](err); ok {
		status, p.Error = statusOf[no.Reason], no.Error()
	} else {
		s.log.Error("cannot tell who may come in", "err", err)
	}
	switch status {
	case http.StatusServiceUnavailable:
		w.Header().Set("Retry-After", "2")
	case http.StatusUnauthorized:
		w.Header().Set("WWW-Authenticate", "Bearer")
	}
	if (status == http.StatusUnauthorized || status == http.StatusForbidden) && board != "" {
		p.SignIn = s.signInAt(board)
	}
	writeJSON(w, status, p)
}

var statusOf = map[auth.Reason]int{
	auth.Missing: http.StatusUnauthorized, auth.Expired: http.StatusUnauthorized, auth.NotYet: http.StatusUnauthorized,
	auth.Revoked: http.StatusUnauthorized, auth.Bad: http.StatusUnauthorized,
	auth.Unavailable: http.StatusServiceUnavailable, auth.Forbidden: http.StatusForbidden, auth.InviteOver: http.StatusGone,
	auth.NotFound: http.StatusNotFound, auth.Conflict: http.StatusConflict, auth.Invalid: http.StatusBadRequest,
}

var errBoardName = auth.NewError(auth.Invalid, "a board's name is 1 to 64 of a-z A-Z 0-9 - _ and does not begin with _")

// serveToken answers for POST /auth/token.
func (s *Server) serveToken(w http.ResponseWriter, r *http.Request) {
	if s.access.Everybody() {
		writeJSON(w, http.StatusOK, map[string]bool{"open": true})
		return
	}
	var q struct {
		Board  string `json:"board"`
		Invite string `json:"invite"`
		Name   string `json:"name"` // as the person calls itself
	}
	err := readJSON(r, &q)
	if err == nil && !s.mayName(q.Board) {
		err = errBoardName
	}
	if err != nil {
		s.refuseJSON(w, err, "")
		return
	}
	p := auth.Proof{Cookie: s.cookie(r), Bearer: bearer(r), Invite: q.Invite, Board: q.Board, Called: q.Name}
	var got auth.Access
	if p.Grant, err = s.authenticate(r); err == nil {
		got, err = s.authority.Exchange(r.Context(), p)
	}
	switch {
	case got.Session.Cookie != "":
		http.SetCookie(w, s.newCookie(r, got.Session))
	case got.Forget:
		http.SetCookie(w, s.newCookie(r, auth.Session{}))
	}
	if err != nil {
		s.refuseJSON(w, err, q.Board)
		return
	}
	writeJSON(w, http.StatusOK, struct {
		Token     string    `json:"token"`
		ExpiresIn int       `json:"expires_in"` // seconds
		Subject   string    `json:"subject"`
		Name      string    `json:"name"`
		Role      auth.Role `json:"role"`
		Guest     bool      `json:"guest"`
	}{got.Token, int(got.ExpiresIn / time.Second), got.Grant.Subject, got.Grant.Name, got.Role, got.Guest})
}

// serveSignOut answers for POST /auth/signout.
func (s *Server) serveSignOut(w http.ResponseWriter, r *http.Request) {
	if s.access.Everybody() {
		s.refuseJSON(w, errNobody, "")
		return
	}
	if err := s.authority.SignOut(r.Context(), s.cookie(r)); err != nil {
		s.refuseJSON(w, err, "")
		return
	}
	http.SetCookie(w, s.newCookie(r, auth.Session{}))
	w.Header().Set("Cache-Control", cacheNever)
	w.WriteHeader(http.StatusNoContent)
}

var errNobody = auth.NewError(auth.NotFound, "this relay is open to everybody who knows a board's name: there is nobody to sign in or out, and nothing to share but the address")

// The cookie of a session. With TLS its name has browsers hold it to this host
// alone (RFC 6265bis, section 4.1.3.2).
const (
	cookieName       = "edgeboard"
	cookieNameSecure = "__Host-" + cookieName
)

func (s *Server) cookie(r *http.Request) string {
	name := cookieName
	if s.secure(r) {
		name = cookieNameSecure
	}
	if c, err := r.Cookie(name); err == nil {
		return c.Value
	}
	return ""
}

// newCookie is the cookie to set for a session; for the zero Session it removes
// the one that is there. A Strict one is sent by no request that another site has
// begun; the page asks for its token when it is there itself.
func (s *Server) newCookie(r *http.Request, session auth.Session) *http.Cookie {
	c := &http.Cookie{Name: cookieName, Value: session.Cookie, Path: "/", HttpOnly: true, SameSite: http.SameSiteStrictMode, Secure: s.secure(r)}
	if c.Secure {
		c.Name = cookieNameSecure
	}
	c.MaxAge = -1
	if session.Cookie != "" {
		c.MaxAge = int(min(max(time.Until(session.Until).Seconds(), 1), math.MaxInt32))
	}
	return c
}

// owner finds out who makes a request about a board: whether it may is package
// auth's to say.
func (s *Server) owner(serve func(w http.ResponseWriter, r *http.Request, by *auth.Grant, board string) error) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		board := r.PathValue("board")
		if !wire.ValidBoardName(board) {
			s.refuseJSON(w, errBoardName, "")
			return
		}
		by, err := s.by(r, board)
		if err == nil {
			err = serve(w, r, by, board)
		}
		if err != nil {
			s.refuseJSON(w, err, "")
		}
	}
}

// by is who makes a request of the API. Without a board, all that it may do.
func (s *Server) by(r *http.Request, board string) (*auth.Grant, error) {
	if s.access.Everybody() {
		return nil, errNobody
	}
	if g, err := s.authenticate(r); g != nil || err != nil {
		return g, err
	}
	return s.authority.Admit(r.Context(), bearer(r), board)
}

// invite is one as JSON has it.
type invite struct {
	ID      string     `json:"id"`
	Role    auth.Role  `json:"role"`
	Label   string     `json:"label,omitempty"`
	Created time.Time  `json:"created"`
	Expires *time.Time `json:"expires,omitempty"`
	Uses    int        `json:"uses,omitempty"`
	Used    int        `json:"used"`
	Link    string     `json:"link,omitempty"`
}

func inviteOf(i auth.Invite) invite {
	j := invite{ID: i.ID, Role: i.Role, Label: i.Label, Created: i.Created.UTC(), Uses: i.Uses, Used: i.Used}
	if !i.Expires.IsZero() {
		at := i.Expires.UTC()
		j.Expires = &at
	}
	return j
}

// person is one as JSON has it.
type person struct {
	Subject string    `json:"subject"`
	Name    string    `json:"name"`
	Role    auth.Role `json:"role"`
	Since   time.Time `json:"since"`
	Invite  string    `json:"invite,omitempty"`
	Guest   bool      `json:"guest"`
	You     bool      `json:"you"`
}

func personOf(p auth.Person, by *auth.Grant) person {
	return person{p.Subject, p.Name, p.Role, p.Since.UTC(), p.Invite, p.Guest, p.Subject == by.Subject}
}

func (s *Server) listAccess(w http.ResponseWriter, r *http.Request, by *auth.Grant, board string) error {
	invites, err := s.authority.Invites(r.Context(), by, board)
	if err != nil {
		return err
	}
	people, err := s.authority.People(r.Context(), by, board)
	if err != nil {
		return err
	}
	answer := struct {
		Invites []invite `json:"invites"`
		People  []person `json:"people"`
	}{[]invite{}, []person{}}
	for _, i := range invites {
		answer.Invites = append(answer.Invites, inviteOf(i))
	}
	for _, p := range people {
		answer.People = append(answer.People, personOf(p, by))
	}
	writeJSON(w, http.StatusOK, answer)
	return nil
}

// maxInviteSeconds is ten years: what is for longer has no end.
const maxInviteSeconds = 10 * 365 * 24 * 3600

func (s *Server) createInvite(w http.ResponseWriter, r *http.Request, by *auth.Grant, board string) error {
	var q struct {
		Role      auth.Role `json:"role"`
		ExpiresIn int64     `json:"expires_in"` // seconds; 0: it has no end
		Uses      int       `json:"uses"`       // 0: any number
		Label     string    `json:"label"`
	}
	if err := readJSON(r, &q); err != nil {
		return err
	}
	if q.ExpiresIn < 0 || q.ExpiresIn > maxInviteSeconds {
		return auth.NewError(auth.Invalid, "expires_in is a number of seconds, at most ten years of them")
	}
	made, token, err := s.authority.CreateInvite(r.Context(), by, board, auth.Terms{
		Role: q.Role, For: time.Duration(q.ExpiresIn) * time.Second, Uses: q.Uses, Label: q.Label,
	})
	if err != nil {
		return err
	}
	j := inviteOf(made)
	j.Link = "/b/" + board + "#invite=" + token // a fragment is sent to nobody
	writeJSON(w, http.StatusCreated, j)
	return nil
}

func (s *Server) revokeInvite(w http.ResponseWriter, r *http.Request, by *auth.Grant, board string) error {
	if err := s.authority.RevokeInvite(r.Context(), by, board, r.PathValue("invite")); err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

func (s *Server) setRole(w http.ResponseWriter, r *http.Request, by *auth.Grant, board string) error {
	var q struct {
		Role auth.Role `json:"role"`
	}
	if err := readJSON(r, &q); err != nil {
		return err
	}
	p, err := s.authority.SetRole(r.Context(), by, board, r.PathValue("subject"), q.Role)
	if err != nil {
		return err
	}
	writeJSON(w, http.StatusOK, personOf(p, by))
	return nil
}

func (s *Server) removePerson(w http.ResponseWriter, r *http.Request, by *auth.Grant, board string) error {
	if err := s.authority.RemovePerson(r.Context(), by, board, r.PathValue("subject")); err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// revoke answers for POST /api/revocations.
func (s *Server) revoke(w http.ResponseWriter, r *http.Request) {
	var q struct {
		Token  string `json:"token"`
		Person string `json:"person"`
		Board  string `json:"board"`
	}
	err := readJSON(r, &q)
	if err == nil && q.Board != "" && !wire.ValidBoardName(q.Board) {
		err = errBoardName
	}
	var by *auth.Grant
	if err == nil {
		by, err = s.by(r, q.Board)
	}
	switch {
	case err != nil:
	case q.Token != "" && q.Person == "" && q.Board == "":
		err = s.authority.RevokeToken(r.Context(), by, q.Token)
	case q.Person != "" && q.Token == "":
		err = s.authority.RevokePerson(r.Context(), by, q.Person, q.Board)
	case q.Board != "" && q.Token == "":
		err = s.authority.RevokeBoard(r.Context(), by, q.Board)
	default:
		err = auth.NewError(auth.Invalid, `what is revoked is one of {"token":…}, {"person":…}, {"person":…,"board":…} and {"board":…}`)
	}
	if err != nil {
		s.refuseJSON(w, err, "")
		return
	}
	w.WriteHeader(http.StatusNoContent)
}
