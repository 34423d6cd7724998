package room

import (
	"context"
	"errors"
	"time"

	"edgeboard/relay/auth"
	"edgeboard/shared/board"
	"edgeboard/shared/wire"
)

// Guard says who may come in. Its methods may be called from any goroutine.
type Guard interface {
	// Admit returns what a visitor may do who says Hello for a board, or Refresh,
	// with a token. An error that has a method Again is told to the client, with
	// 4012 if it reports true (another token may do) and with 4013 otherwise; any
	// other means that it cannot be told now.
	Admit(ctx context.Context, v Visitor, board, token string) (*auth.Grant, error)
	// Check returns such an error if a Grant that Admit gave is no longer good.
	Check(board string, g *auth.Grant) error
	// Came and Left tell who is let in, and why it ended: once each.
	Came(v Visitor, board string, g *auth.Grant)
	Left(v Visitor, board string, g *auth.Grant, why error)
}

// Visitor is what is known of a client before it says Hello.
type Visitor struct {
	From      string // its address, for the log
	Transport string
	Token     string // of the request that began the connection; counts where Hello has none
	// Grant and Err are what was said of that request already, for the Guard.
	Grant *auth.Grant
	Err   error
}

// open is the Guard of boards that everybody may edit.
type open struct{}

var everybody = auth.Open()

func (open) Admit(context.Context, Visitor, string, string) (*auth.Grant, error) {
	return everybody, nil
}
func (open) Check(string, *auth.Grant) error          { return nil }
func (open) Came(Visitor, string, *auth.Grant)        {}
func (open) Left(Visitor, string, *auth.Grant, error) {}

// admitTimeout is for a Guard that has to ask somebody else for keys.
const admitTimeout = 10 * time.Second

// apart runs f on a goroutine of its own and waits for it: the stack that a Guard
// needs is not to stay with a member that is idle afterwards.
func apart(f func()) {
	done := make(chan struct{})
	go func() { defer close(done); f() }()
	<-done
}

// admit asks the Guard.
func (m *member) admit(board, token string) (g *auth.Grant, err error) {
	if token == "" {
		token = m.visitor.Token
	}
	apart(func() {
		ctx, cancel := context.WithTimeout(m.hub.ctx, admitTimeout)
		defer cancel()
		g, err = m.hub.guard.Admit(ctx, m.visitor, board, token)
	})
	switch {
	case err != nil:
		return nil, m.hub.notAdmitted(err)
	case g.Role(board) == auth.None:
		return nil, &denial{code: wire.CodeForbidden, reason: "the token is not for this board"}
	}
	return g, nil
}

// notAdmitted makes a Guard's error one that the client should know of.
func (h *Hub) notAdmitted(err error) error {
	type refusal interface {
		error
		Again() bool
	}
	no, ok := errors.AsType[refusal](err)
	switch {
	case !ok:
		h.log.Warn("cannot tell who may come in", "err", err)
		return &denial{code: wire.CodeInternal, reason: "the relay cannot tell now who may come in", retryMS: 1000}
	case no.Again():
		return &denial{code: wire.CodeTokenExpired, reason: wire.CutReason(no.Error())}
	}
	return &denial{code: wire.CodeForbidden, reason: wire.CutReason(no.Error())}
}

// let gives a member what it may do until that ends, and finds out whether it is
// still good: who revokes it looks for members that have it.
func (m *member) let(board string, g *auth.Grant) error {
	m.hub.mu.Lock()
	m.grant = g
	m.hub.mu.Unlock()
	if m.expires != nil {
		m.expires.Stop()
	}
	if !g.Until.IsZero() {
		m.expires = time.AfterFunc(time.Until(g.Until), func() { m.end(errExpired) })
	}
	var err error
	apart(func() { err = m.hub.guard.Check(board, g) })
	if err != nil {
		return m.hub.notAdmitted(err)
	}
	return nil
}

// refresh takes another token (W46). It must allow the same, to the same one:
// what else it may do the client hears when it comes back (W69).
func (m *member) refresh(token string) error {
	g, err := m.admit(m.board, token)
	if err != nil {
		return err
	}
	if !sameOn(m.board, g, m.grant) {
		return errChanged
	}
	return m.let(m.board, g)
}

// sameOn reports whether two grants allow the same on a board. It is apart for the
// copies that it makes: they would take a kilobyte of the member's stack all the while.
func sameOn(board string, a, b *auth.Grant) bool { return a.On(board).Same(b.On(board)) }

var (
	errExpired = &denial{code: wire.CodeTokenExpired, reason: "the token has expired; come back with a new one"}
	errRevoked = &denial{code: wire.CodeTokenExpired, reason: "the token was revoked; come back if you have another one"}
	errChanged = &denial{code: wire.CodeTokenExpired, reason: "the new token allows something else; come back with it"}
	errViewer  = &denial{code: wire.CodeForbidden, reason: "you may see this board, and not change it"}
	errComment = &denial{code: wire.CodeForbidden, reason: "you may comment on this board, and not change anything else"}
)

// Revoke ends the connections of members whose Grant for a board matches, and
// returns how many that were. They are told 4012.
func (h *Hub) Revoke(match func(board string, g *auth.Grant) bool) (n int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for m := range h.serving {
		if m.grant != nil && match(m.board, m.grant) {
			m.end(errRevoked)
			n++
		}
	}
	return n
}

// mayUpdate says why a member may not send updates (W65, W66), nil if it may.
func (r *room) mayUpdate(m *member, updates []byte) error {
	switch {
	case m.role.Edits():
		return nil
	case m.role != wire.RoleCommenter:
		return errViewer
	case !r.board.Confined(updates, m.replica, isComment):
		return errComment
	}
	return nil
}

func isComment(k board.Kind) bool { return k == board.KindThread || k == board.KindComment }
