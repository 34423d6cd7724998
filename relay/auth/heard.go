package auth

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
)

// Heard is told of a record that another relay has put, nil: removed, and that is stored
// here. What was taken back there is taken back here, and members end as if it had been
// here. Records of other kinds than an Authority's are none of its business. It may be
// told twice of the same one, of all in order, and not by who waits for Records.
func (a *Authority) Heard(ctx context.Context, kind, key string, value []byte) error {
	switch {
	case kind == ofRevoked && value != nil:
		return a.heardRevoked(ctx, key, value)
	case kind == ofKeys && key == keyOwn && value != nil:
		// Relays that have started apart have come together: one key counts. Sessions and
		// invites of the other one are over.
		return a.setKey(value)
	case kind == ofInvites && value == nil:
		a.heardInviteOver(key)
	}
	return nil
}

func (a *Authority) heardRevoked(ctx context.Context, key string, value []byte) error {
	x, ok := parseAbout(key)
	if !ok {
		return fmt.Errorf("heard of a revocation %q, which is none", key)
	}
	var r revocation
	if err := json.Unmarshal(value, &r); err != nil {
		return fmt.Errorf("heard of a revocation %q that does not parse: %w", key, err)
	}
	now := a.cfg.Now()
	if !r.Until.IsZero() && !now.Before(r.Until) || a.revoked.knows(x, r) {
		return nil
	}
	// What this relay has given out until now it has given without knowing.
	r.heard = now
	a.revoked.add(x, r)
	a.tellRevoked(x, r)
	if x.kind == byInvite {
		return a.leaveHeard(ctx, x.name)
	}
	return nil
}

// maxOver bounds what is remembered of invites that were ended.
const maxOver = 4096

// heardInviteOver is told of an invite that was removed: what came by it goes when all is
// done by who has revoked it (endInvite).
func (a *Authority) heardInviteOver(key string) {
	board, id, ok := strings.Cut(key, "/")
	if !ok {
		return
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if len(a.over) >= maxOver {
		clear(a.over)
	}
	a.over[id] = board
}

// leaveHeard takes away what has come by an invite that another relay has revoked, and
// was not known there: while this one did not reach the others.
func (a *Authority) leaveHeard(ctx context.Context, id string) error {
	a.mu.Lock()
	board, ok := a.over[id]
	delete(a.over, id)
	a.mu.Unlock()
	if !ok {
		return nil
	}
	release := a.boards.hold(board)
	defer release()
	return a.leaveInvite(ctx, board, id)
}
