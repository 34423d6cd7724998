package client

import (
	"context"
	"errors"
	"fmt"

	"edgeboard/shared/wire"
)

// ErrNotKnown says that it is not known whether the relay has taken what was published:
// the connection was lost before it has said so.
var ErrNotKnown = errors.New("client: it is not known whether the relay has taken what was published")

// PublishError is why a relay has not taken what was published (W107).
type PublishError struct{ wire.Published }

func (e *PublishError) Error() string {
	if e.Field == "" {
		return "the relay does not take it: " + e.Reason
	}
	return fmt.Sprintf("the relay does not take it: %s: %s", e.Field, e.Reason)
}

// Publish publishes as [Session.Publish] does, when the relay is there, and returns when
// it has answered: an error is one of Session.Publish but ErrOffline, a *PublishError,
// ErrNotKnown, or the context's. A Link whose Run has returned says ErrOffline. Points
// without a time have the relay's when they come. Publish is not called from what the
// Link or its Session calls: it would wait for itself.
func (l *Link) Publish(ctx context.Context, m *wire.Publish) error {
	for {
		var err error
		var live <-chan struct{}
		answer := make(chan *wire.Published, 1)
		ran := make(chan struct{})
		publish := func() {
			defer close(ran)
			if err = l.session.Publish(m, func(p *wire.Published) { answer <- p }); errors.Is(err, ErrOffline) {
				f := &l.session.feeds
				if f.arrival == nil {
					f.arrival = make(chan struct{})
				}
				live = f.arrival
			}
		}
		select {
		case l.calls <- publish:
			<-ran
		case <-l.done:
			return ErrOffline
		case <-ctx.Done():
			return ctx.Err()
		}
		if err == nil {
			select {
			case p := <-answer:
				if p == nil {
					return ErrNotKnown
				}
				if p.Why != 0 {
					return &PublishError{*p}
				}
				return nil
			case <-ctx.Done():
				return ctx.Err()
			}
		}
		if live == nil {
			return err
		}
		select {
		case <-live:
		case <-l.done:
			return ErrOffline
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}
