package server

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"edgeboard/relay/auth"
)

// asks is a request about a board, as a handler sees it.
func asks(method, token, cookie, user string) *http.Request {
	r := httptest.NewRequest(method, "/blob/x?board=plans", nil)
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	if cookie != "" {
		r.AddCookie(&http.Cookie{Name: cookieName, Value: cookie})
	}
	r.Header.Set("X-User", user)
	return r
}

// reasonOf is why somebody is turned away; 0: not.
func reasonOf(err error) auth.Reason {
	if no, ok := errors.AsType[*auth.Error](err); ok {
		return no.Reason
	}
	return 0
}

func TestWhoMayReadByHTTP(t *testing.T) {
	o := keyed(t, func(cfg *Config) {
		cfg.Access.Authenticate = func(r *http.Request) (*auth.Grant, error) {
			switch r.Header.Get("X-User") {
			case "ann":
				return &auth.Grant{Subject: "ann", Boards: map[string]auth.Role{"plans": auth.Editor}}, nil
			case "late":
				return &auth.Grant{Subject: "late", Boards: map[string]auth.Role{"*": auth.Owner}, Until: time.Now().Add(-time.Second)}, nil
			case "eve":
				return nil, auth.NewError(auth.Forbidden, "Eve may not")
			}
			return nil, nil
		}
	})
	roles := map[auth.Role]string{}
	cookies := map[auth.Role]string{}
	for role := auth.Viewer; role <= auth.Owner; role++ {
		roles[role] = o.token(role.String(), role)
		p := o.page()
		p.token("plans", "", roles[role]).want(t, "a session", 200)
		cookies[role] = p.cookie()
	}
	gone := o.page()
	gone.token("plans", "", o.token("gone", auth.Owner)).want(t, "a session", 200)
	signedOut := gone.cookie()
	gone.ask("POST", "/auth/signout", "", "").want(t, "to sign out", 204)
	over := o.sign(&auth.Grant{Subject: "x", Boards: map[string]auth.Role{"*": auth.Owner}, Issued: time.Now().Add(-2 * time.Hour), Until: time.Now().Add(-time.Hour)})
	elsewhere := o.sign(&auth.Grant{Subject: "x", Boards: map[string]auth.Role{"team-*": auth.Owner}, Issued: time.Now(), Until: time.Now().Add(time.Hour)})

	const yes = auth.Reason(0)
	for _, q := range []struct {
		what, board, token, cookie, user string
		read, edit                       auth.Reason
	}{
		{"a viewer's token", "plans", roles[auth.Viewer], "", "", yes, auth.Forbidden},
		{"a commenter's token", "plans", roles[auth.Commenter], "", "", yes, auth.Forbidden},
		{"an editor's token", "plans", roles[auth.Editor], "", "", yes, yes},
		{"an owner's token", "plans", roles[auth.Owner], "", "", yes, yes},
		{"a viewer's cookie", "plans", "", cookies[auth.Viewer], "", yes, auth.Missing},
		{"an owner's cookie", "plans", "", cookies[auth.Owner], "", yes, auth.Missing},
		{"the cookie of who has signed out", "plans", "", signedOut, "", auth.Missing, auth.Missing},
		{"a cookie that is none", "plans", "", "x", "", auth.Missing, auth.Missing},
		{"nothing", "plans", "", "", "", auth.Missing, auth.Missing},
		{"a token that has ended", "plans", over, "", "", auth.Expired, auth.Expired},
		{"a token that has ended, and a cookie", "plans", over, cookies[auth.Owner], "", auth.Expired, auth.Expired},
		{"a token for other boards, and a cookie", "plans", elsewhere, cookies[auth.Owner], "", auth.Forbidden, auth.Forbidden},
		{"rubbish", "plans", "rubbish", "", "", auth.Bad, auth.Bad},
		{"whom the program knows", "plans", "", "", "ann", yes, yes},
		{"whom it knows, on another board", "other", roles[auth.Owner], "", "ann", auth.Forbidden, auth.Forbidden},
		{"whose grant has ended", "plans", roles[auth.Owner], "", "late", auth.Expired, auth.Expired},
		{"whom it refuses", "plans", roles[auth.Owner], cookies[auth.Owner], "eve", auth.Forbidden, auth.Forbidden},
		{"an owner, of what is no board", "_own", roles[auth.Owner], "", "", auth.Invalid, auth.Invalid},
		{"an owner, of no board at all", "", roles[auth.Owner], "", "", auth.Invalid, auth.Invalid},
	} {
		for _, method := range []string{"GET", "HEAD"} {
			g, err := o.server.mayRead(asks(method, q.token, q.cookie, q.user), q.board)
			if reasonOf(err) != q.read || (err == nil) != (g != nil && g.Role(q.board) >= auth.Viewer) {
				t.Errorf("%s may %s: %+v, %v; want reason %d", q.what, method, g, err, q.read)
			}
		}
		g, err := o.server.mayEdit(asks("PUT", q.token, q.cookie, q.user), q.board)
		if reasonOf(err) != q.edit || (err == nil) != (g != nil && g.Role(q.board) >= auth.Editor) {
			t.Errorf("%s may edit: %+v, %v; want reason %d", q.what, g, err, q.edit)
		}
	}
	// What changes something is not done by the cookie, whoever asks for it.
	if _, err := o.server.mayRead(asks("POST", "", cookies[auth.Owner], ""), "plans"); reasonOf(err) != auth.Missing {
		t.Errorf("a POST by the cookie: %v", err)
	}
	open := start(t, t.TempDir())
	if _, err := open.server.mayEdit(asks("PUT", "", "", ""), "plans"); err != nil {
		t.Errorf("in open mode: %v", err)
	}
	if _, err := open.server.mayRead(asks("GET", "", "", ""), "../plans"); reasonOf(err) != auth.Invalid {
		t.Errorf("in open mode, what is no board: %v", err)
	}
}
