package server

import (
	"context"
	"errors"

	"edgeboard/relay/metrics"
	"edgeboard/relay/room"
	"edgeboard/relay/talk"
	"edgeboard/shared/wire"
)

// speech is what people say, for rooms: each of the two knows nothing of the other.
type speech struct {
	talk *talk.Talk // set before anybody comes
}

var (
	_ room.Talk     = (*speech)(nil)
	_ talk.Audience = (*room.Hub)(nil)
)

func (s *speech) Say(ctx context.Context, who room.Speaker, m *wire.Say, answer func([]byte)) error {
	return s.talk.Say(ctx, talk.Speaker(who), m, answer)
}

func (s *speech) Recall(ctx context.Context, who room.Speaker, q *wire.Recall) ([]byte, error) {
	return s.talk.Recall(ctx, talk.Speaker(who), q)
}

func (s *speech) Mark(ctx context.Context, who room.Speaker, m *wire.Mark) error {
	if who.Board == wire.StatusBoard && m.With == (wire.Person{}) {
		return nil // nothing is said there
	}
	return s.talk.Mark(ctx, talk.Speaker(who), m)
}

func (s *speech) Talks(ctx context.Context, who room.Speaker) ([]byte, error) {
	return s.talk.Talks(ctx, talk.Speaker(who))
}

func (s *speech) Name(p wire.Person, name string) { s.talk.Name(p, name) }

// heardSaid is talk.Metrics that tells the health too.
type heardSaid struct {
	*metrics.Talk
	rooms heard
}

func (h heardSaid) Said(n int) {
	h.rooms.hear(nil)
	h.Talk.Said(n)
}

func (h heardSaid) StoreFailed(err error) {
	h.rooms.hear(err)
	h.Talk.StoreFailed(err)
}

// endTalk waits until what was said is stored, as far as there is time.
func (s *Server) endTalk(ctx context.Context) error {
	err := s.talk.Close(ctx)
	if errors.Is(err, context.DeadlineExceeded) {
		return errors.New("not all that was said is stored: those who said it have not been told that it is")
	}
	return err
}
