package server

import (
	"context"
	"errors"
	"time"

	"edgeboard/relay/auth"
	"edgeboard/relay/notify"
	"edgeboard/relay/room"
	"edgeboard/relay/store/notice"
	"edgeboard/relay/talk"
	"edgeboard/shared/wire"
)

// Push says to which push services may be sent, and who does.
type Push = notify.PushConfig

// Webhook is an address of the operator's that is told of all that comes into inboxes.
type Webhook = notify.Webhook

// PushHosts are the push services of the known browsers.
func PushHosts() []string { return notify.PushHosts }

// inboxes are what concerns people, for rooms: each of the two knows nothing of the
// other.
type inboxes struct {
	center *notify.Center // set before anybody comes
}

var (
	_ room.Inbox      = (*inboxes)(nil)
	_ talk.Inboxes    = (*concerns)(nil)
	_ notify.Audience = (*room.Hub)(nil)
)

func (i *inboxes) Standing(ctx context.Context, who room.Speaker) ([]byte, error) {
	return i.center.Standing(ctx, who.Person)
}

func (i *inboxes) Browse(ctx context.Context, who room.Speaker, q *wire.Browse) ([]byte, error) {
	return i.center.Browse(ctx, who.Person, q)
}

func (i *inboxes) Settle(ctx context.Context, who room.Speaker, s *wire.Settle) error {
	return i.center.Settle(ctx, who.Person, s)
}

func (i *inboxes) Wish(ctx context.Context, who room.Speaker, w *wire.Wishes) ([]byte, error) {
	return i.center.Wish(ctx, who.Person, w)
}

func (i *inboxes) Subscribe(ctx context.Context, who room.Speaker, s *wire.Subscribe) ([]byte, error) {
	return i.center.Subscribe(ctx, who.Person, who.Board, s)
}

// concerns are inboxes for conversations. The Center is set before anybody comes.
type concerns struct{ *notify.Center }

func (c *concerns) Of(b *notice.Batch, said talk.Concern) { c.Center.Of(b, notify.Said(said)) }

// heardNotices is notify.Store that tells the health what becomes of what is stored.
type heardNotices struct {
	notify.Store
	rooms heard
}

func (h heardNotices) Put(b notice.Batch, done func([]notice.Change, error)) {
	h.Store.Put(b, func(list []notice.Change, err error) {
		h.rooms.hear(err)
		done(list, err)
	})
}

func (h heardNotices) Settle(ctx context.Context, person [16]byte, s notice.Settled) (notice.Change, error) {
	change, err := h.Store.Settle(ctx, person, s)
	h.hear(ctx, err)
	return change, err
}

func (h heardNotices) Deliver(ctx context.Context, list []notice.Outcome) error {
	err := h.Store.Deliver(ctx, list)
	h.hear(ctx, err)
	return err
}

// hear is told of an error only if it is the store's.
func (h heardNotices) hear(ctx context.Context, err error) {
	if err == nil || ctx.Err() == nil {
		h.rooms.hear(err)
	}
}

// openInboxes opens the inboxes, whose people the hub tells.
func (s *Server) openInboxes(cfg Config, keeps kept) (*notify.Center, error) {
	keeping := notify.Config{
		Store: keeps.notices, Records: keeps.records, Audience: s.hub, Log: cfg.Log,
		Keep: max(cfg.NoticeKeep, 0), Push: cfg.Push, Webhooks: cfg.Webhooks,
	}
	if s.shared != nil {
		keeping.Looks = s.shared.speech.Looks
	}
	keeping.Metrics = s.metrics.Notices()
	keeping.Store = heardNotices{keeping.Store, heard{s.metrics, s.health}}
	return notify.New(context.Background(), keeping)
}

// endInboxes waits for what is being delivered, as far as there is time.
func (s *Server) endInboxes(ctx context.Context) error {
	err := s.notices.Close(ctx)
	if errors.Is(err, context.DeadlineExceeded) {
		return nil // what was not delivered now is delivered after the next start
	}
	return err
}

// barTimeout is how long a change of what somebody may do waits for the inboxes.
const barTimeout = 5 * time.Second

// changed hears from package auth that somebody may do something else. Who may not see a
// board any more gets nothing more of it, and who may not come in at all nothing; who was
// given a role is told.
func (s *Server) changed(ctx context.Context, c auth.Change) {
	// It has happened, also if whoever wanted it has gone.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), barTimeout)
	defer cancel()
	p := room.PersonOf(c.Subject, "")
	err := s.notices.Bar(ctx, c.Board, p, c.Role == auth.None)
	if err == nil && c.Role > auth.None {
		err = s.notices.Bar(ctx, "", p, false)
	}
	if err != nil {
		s.log.Error("whether somebody may get notices of a board is not stored", "board", c.Board, "subject", c.Subject, "may", c.Role != auth.None, "err", err)
	}
	if c.By == nil || c.Role == auth.None || c.Role == c.Was || c.Subject == c.By.Subject {
		return
	}
	_, err = s.notices.Tell(ctx, notify.Event{
		Persons: []wire.Person{p}, What: wire.EntryInvitation, Board: c.Board,
		From: room.PersonOf(c.By.Subject, ""), Name: c.By.Name, Text: c.Role.String(),
	})
	if err != nil {
		s.log.Error("somebody is not told of a role", "board", c.Board, "subject", c.Subject, "err", err)
	}
}

// cameBack lets somebody have notices of a board again who has come to it: what was
// taken back before may have been given again in another way, by a token.
func (d *door) cameBack(board string, g *auth.Grant) {
	ctx, cancel := context.WithTimeout(context.Background(), barTimeout)
	defer cancel()
	p := room.PersonOf(g.Subject, "")
	for _, of := range [...]string{board, ""} {
		if of == wire.StatusBoard {
			continue // of which there are no notices
		}
		err := d.notices.Bar(ctx, of, p, false)
		if no, ok := errors.AsType[*auth.Error](d.authority.Check(of, g)); ok && no.Reason == auth.Revoked {
			// Meanwhile, and was barred before this, perhaps.
			err = d.notices.Bar(ctx, of, p, true)
		}
		if err != nil {
			d.log.Warn("whether somebody may get notices of a board is not known", "board", board, "err", err)
		}
	}
}
