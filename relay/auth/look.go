package auth

import "context"

// Look returns what the session of a cookie may do on a board, for a request that
// shows nothing else, and changes nothing by it: the cookie stays as it is, a board
// that is nobody's stays that, no invite is used. A cookie that was replaced opens
// nothing after its grace, and is no sign of a theft here: requests overtake each
// other. Errors are of type *Error, or the store's.
func (a *Authority) Look(ctx context.Context, cookie, board string) (*Grant, error) {
	if err := checkBoard(board); err != nil {
		return nil, err
	}
	if cookie == "" {
		return nil, errMissing
	}
	now := a.cfg.Now() // before anything is looked at, as in Exchange
	family, generation, ok := a.session().parseCookie(cookie)
	if !ok {
		return nil, errSessionOver
	}
	s, _, err := a.look(ctx, family, generation, now)
	if err != nil {
		return nil, err
	}
	g := s.grant()
	g.Name, g.Issued, g.given, g.by = s.Name, now, true, a.cfg.Relay
	g.Until = earlier(now.Add(accessLife), s.End)
	role := None
	if of := (&Grant{Boards: s.Boards}).Role(board); of > None && !a.revoked.has(board, s.grant()) {
		role = of
	}
	e := &entry{}
	if _, err := a.get(ctx, ofPeople, board+"/"+s.Subject, e); err != nil {
		return nil, err
	}
	if r, invite := e.role(); r > role {
		role, g.Invite = r, invite
	}
	if role == None {
		return nil, errNotYours
	}
	g.Boards = map[string]Role{board: role}
	if err := a.Check(board, g); err != nil {
		return nil, err
	}
	return g, nil
}
