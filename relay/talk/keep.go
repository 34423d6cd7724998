package talk

import (
	"time"

	"edgeboard/shared/wire"
)

// forget removes messages that are older than Keep, in steps between which others are
// stored, until Talk is closed.
func (t *Talk) forget() {
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-timer.C:
		case <-t.closing:
			return
		}
		before := wire.StampAt(t.Now().Add(-t.Keep).UnixMilli())
		more, err := t.Store.Forget(t.ctx, uint64(before))
		t.Metrics.Forgotten(err)
		if err != nil {
			t.Log.Warn("old messages are not removed", "error", err)
		}
		pause := forgetEvery
		if more && err == nil {
			pause = forgetPause
		}
		timer.Reset(pause)
	}
}
