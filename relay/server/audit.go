package server

import (
	"context"

	"edgeboard/relay/auth"
	"edgeboard/relay/room"
)

// The audit log says who did what: one structured line for each, with the message
// "audit" and these attributes, as far as they are known. No line has a token, a
// cookie or an invite's link in it.
//
//	event      what: joined, left (of connections), exported (all boards, by relay
//	           backup, into file), board_restored (by PUT /api/v1/boards), or the name
//	           of an auth.Event
//	subject    who
//	by         who did it to the subject, where that is another
//	board
//	role       on the board
//	from       the address
//	transport  of a connection
//	session, token, invite  their names, by which they can be revoked
//	why        of left

type fromKey struct{}

// from keeps an address for the audit.
func from(ctx context.Context, address string) context.Context {
	return context.WithValue(ctx, fromKey{}, address)
}

// heard writes what auth has to tell.
func (d *door) heard(ctx context.Context, e auth.Event) {
	if d.audit == nil {
		return
	}
	args := []any{"event", e.Name}
	add := func(name, value string) {
		if value != "" {
			args = append(args, name, value)
		}
	}
	add("subject", e.Subject)
	add("by", e.By)
	add("board", e.Board)
	if e.Role != auth.None {
		add("role", e.Role.String())
	}
	address, _ := ctx.Value(fromKey{}).(string)
	add("from", address)
	add("session", e.Session)
	add("token", e.Token)
	add("invite", e.Invite)
	d.audit.Info("audit", args...)
}

// note writes what happens in rooms.
func (d *door) note(event string, v room.Visitor, board string, g *auth.Grant, more ...any) {
	if d.audit == nil {
		return
	}
	args := append([]any{"event", event, "subject", g.Subject, "board", board, "role", g.Role(board), "from", v.From, "transport", v.Transport}, more...)
	for _, name := range [...][2]string{{"session", g.Session}, {"token", g.Token}, {"invite", g.Invite}} {
		if name[1] != "" {
			args = append(args, name[0], name[1])
		}
	}
	d.audit.Info("audit", args...)
}
