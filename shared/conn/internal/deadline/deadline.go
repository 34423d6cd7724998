// Package deadline ends calls of a transport that knows deadlines and no context.
package deadline

import (
	"context"
	"time"
)

// With sets a deadline in the past when ctx ends, until the function that it
// returns was called. What has waited for the peer then fails, and the stream is
// of no use.
func With(ctx context.Context, set func(time.Time) error) (stop func()) {
	done := make(chan struct{})
	cancel := context.AfterFunc(ctx, func() {
		defer close(done)
		_ = set(time.Unix(1, 0))
	})
	return func() {
		if !cancel() {
			<-done
		}
	}
}
