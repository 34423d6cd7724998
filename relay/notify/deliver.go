package notify

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/http"
	"strconv"
	"strings"
	"time"

	"edgeboard/relay/store/notice"
)

const (
	// atOnce is how many deliveries are tried at the same time, and atTarget how many of
	// one target, so that one that is slow does not stop the others.
	atOnce   = 4
	atTarget = 2
	// attemptTimeout is how long one may take.
	attemptTimeout = 10 * time.Second
	// pauseFirst is before the second attempt, and pauseMost the most there is before one,
	// but for what the other side asks for; to each some jitter is added.
	pauseFirst = 10 * time.Second
	pauseMost  = time.Hour
	// giveUp is how long it is tried.
	giveUp = 24 * time.Hour
	// maxDue is how many are read from the store at a time.
	maxDue = 64
	// maxRests is of how many targets that have failed it is remembered when those are
	// to be tried again that may be tried now: devices that are no more.
	maxRests = 1024
	// maxSleep is how long is slept at the most while something is to be delivered: the
	// clock of the machine may be put.
	maxSleep = time.Hour
	// storeFirst and storeMost are between two attempts at a store that fails.
	storeFirst = time.Second
	storeMost  = time.Minute
)

// Outcomes of an attempt, as Metrics has them.
const (
	sent      = "sent"
	retried   = "retried"
	expired   = "expired"
	givenUp   = "given up"
	dropped   = "dropped"
	abandoned = "" // the Center was closed: as if it had not been tried
)

// attempt is what came of one.
type attempt struct {
	outcome string
	after   time.Duration // the least until the next one
	why     error
}

// tried is an attempt at a delivery.
type tried struct {
	notice.Delivery
	attempt
}

// answered is what an answer says: anything but that it was taken is tried again.
func answered(resp *http.Response, now time.Time) attempt {
	if resp.StatusCode/100 == 2 {
		return attempt{outcome: sent}
	}
	return attempt{outcome: retried, after: retryAfter(resp.Header.Get("Retry-After"), now), why: fmt.Errorf("the answer is %d", resp.StatusCode)}
}

// retryAfter reads that header, seconds or a date (RFC 9110 section 10.2.3). What it
// does not say is 0, and what is longer than giveUp is a little more than that.
func retryAfter(text string, now time.Time) time.Duration {
	var d time.Duration
	if seconds, err := strconv.ParseUint(text, 10, 64); err == nil {
		d = time.Duration(min(seconds, uint64(giveUp/time.Second)+1)) * time.Second
	} else if errors.Is(err, strconv.ErrRange) {
		d = giveUp + time.Second
	} else if date, err := http.ParseTime(text); err == nil {
		d = date.Sub(now)
	}
	return max(0, min(d, giveUp+time.Second))
}

// pause is how long is waited after so many attempts that failed before.
func pause(tries int) time.Duration {
	d := pauseMost
	if tries < 9 {
		d = min(pauseMost, pauseFirst<<max(0, tries))
	}
	return d + rand.N(d/4)
}

// deliverer delivers what is due. One goroutine has it.
type deliverer struct {
	*Center
	busy    map[int64]bool // deliveries that are tried, or are over and not stored to be
	at      map[string]int // how many of a target are tried
	working int            // how many are tried
	results chan tried
	over    []notice.Outcome // to be stored
	// rests are targets that have failed, until when: what is due for them is put off
	// meanwhile, so that a target that is away costs few attempts.
	rests map[string]time.Time
	sleep *time.Timer
	wait  time.Duration // until a store that fails is tried again; 0: it does not
}

// deliver delivers what is due, until the Center is closed. Nothing is due: it sleeps.
func (c *Center) deliver() {
	d := &deliverer{
		Center: c, busy: map[int64]bool{}, at: map[string]int{}, results: make(chan tried, atOnce),
		rests: map[string]time.Time{}, sleep: time.NewTimer(maxSleep),
	}
	d.sleep.Stop()
	defer d.sleep.Stop()
	for d.next(c.ctx); ; d.next(c.ctx) {
		select {
		case <-c.due:
		case <-d.sleep.C:
		case t := <-d.results:
			d.finished(t)
			for len(d.results) > 0 {
				d.finished(<-d.results)
			}
		case <-c.closing:
			for d.working > 0 {
				d.finished(<-d.results)
			}
			ctx, cancel := context.WithTimeout(context.Background(), tidyTimeout)
			defer cancel()
			d.store(ctx)
			return
		}
	}
}

// next stores what is over, begins with what is due, and sets the alarm for what comes.
func (d *deliverer) next(ctx context.Context) {
	d.sleep.Stop()
	for more := true; more; {
		if !d.store(ctx) {
			return
		}
		if d.working == atOnce || d.isClosing() {
			return // the next result comes back here
		}
		now := d.Now()
		list, next, err := d.Store.Due(ctx, now.UnixMilli(), maxDue+len(d.busy))
		if err != nil {
			d.failed("what is due cannot be read", err)
			return
		}
		d.wait = 0
		d.Metrics.Waiting(len(list))
		for _, one := range list {
			d.begin(ctx, one, now)
		}
		// One that is due already and did not go into the list is for the next result.
		if more = len(d.over) > 0; !more && next > now.UnixMilli() {
			d.sleep.Reset(min(time.UnixMilli(next).Sub(now), maxSleep))
		}
	}
}

func (d *deliverer) isClosing() bool {
	select {
	case <-d.closing:
		return true
	default:
		return false
	}
}

// begin tries a delivery, or puts it off. If neither is possible it waits for a result.
func (d *deliverer) begin(ctx context.Context, one notice.Delivery, now time.Time) {
	if d.busy[one.ID] {
		return
	}
	if until, ok := d.rests[one.Target]; ok {
		if now.Before(until) {
			if !d.later(&one, until.Add(rand.N(pauseFirst)).UnixMilli()) {
				d.Metrics.Delivered(kindOf(one.Target), givenUp)
			}
			return
		}
		if d.at[one.Target] > 0 {
			return // one finds out whether it is back
		}
	}
	if d.working == atOnce || d.at[one.Target] == atTarget {
		return
	}
	d.busy[one.ID] = true
	d.at[one.Target]++
	d.working++
	d.wg.Go(func() {
		ctx, cancel := context.WithTimeout(ctx, attemptTimeout)
		defer cancel()
		t := tried{Delivery: one}
		switch {
		case strings.HasPrefix(one.Target, pushTarget):
			t.attempt = d.pushTo(ctx, &one)
		case strings.HasPrefix(one.Target, webhookTarget):
			t.attempt = d.hook(ctx, &one)
		default:
			t.attempt = attempt{outcome: dropped}
		}
		if t.outcome == retried && d.ctx.Err() != nil {
			t.outcome = abandoned
		}
		d.results <- t
	})
}

// finished notes what came of an attempt.
func (d *deliverer) finished(t tried) {
	d.working--
	if d.at[t.Target]--; d.at[t.Target] == 0 {
		delete(d.at, t.Target)
	}
	if t.outcome == abandoned {
		delete(d.busy, t.ID)
		return
	}
	_, failing := d.rests[t.Target]
	switch t.outcome {
	case retried:
		after := max(pause(t.Tries), t.after)
		until := d.Now().Add(after).Truncate(time.Millisecond) // as it is stored: it is not put off when it is due
		if !failing {
			d.Log.Warn("notices are not delivered", "target", t.Target, "error", t.why, "again", after.Round(time.Second))
		}
		if !failing && len(d.rests) >= maxRests {
			maps.DeleteFunc(d.rests, func(_ string, until time.Time) bool { return !d.Now().Before(until) })
		}
		d.rests[t.Target] = until
		if !d.later(&t.Delivery, until.UnixMilli()) {
			t.outcome = givenUp
		}
	case givenUp:
		d.Log.Warn("a notice is not taken, and given up", "target", t.Target, "error", t.why)
		d.over = append(d.over, outcome(&t.Delivery, true, 0))
	default:
		if failing && t.outcome == sent {
			d.Log.Info("notices are delivered again", "target", t.Target)
		}
		d.over = append(d.over, outcome(&t.Delivery, true, 0))
	}
	if t.outcome == sent || t.outcome == expired || t.outcome == givenUp {
		delete(d.rests, t.Target)
	}
	d.Metrics.Delivered(kindOf(t.Target), t.outcome)
}

// kindOf is what sort of target one is.
func kindOf(target string) string {
	kind, _, _ := strings.Cut(target, "/")
	return kind
}

func outcome(of *notice.Delivery, done bool, due int64) notice.Outcome {
	return notice.Outcome{ID: of.ID, Target: of.Target, Person: of.Entry.Person, Seq: of.Entry.Seq, Done: done, Due: due}
}

// later has a delivery tried again at a time, or gives it up if that is too late:
// false.
func (d *deliverer) later(one *notice.Delivery, due int64) bool {
	d.busy[one.ID] = true
	if due-one.Since <= giveUp.Milliseconds() {
		d.over = append(d.over, outcome(one, false, due))
		return true
	}
	d.Log.Warn("a notice was not delivered in a day, and is given up", "target", one.Target)
	d.over = append(d.over, outcome(one, true, 0))
	return false
}

// store stores what became of deliveries. False: the store fails, and is tried again
// later. What is not stored is not forgotten, and not sent again.
func (d *deliverer) store(ctx context.Context) bool {
	if len(d.over) == 0 {
		return true
	}
	if err := d.Store.Deliver(ctx, d.over); err != nil {
		d.failed("what became of notices is not stored", err)
		return false
	}
	for _, o := range d.over {
		delete(d.busy, o.ID)
	}
	d.over = nil
	return true
}

func (d *deliverer) failed(what string, err error) {
	d.wait = min(storeMost, max(storeFirst, 2*d.wait))
	if d.ctx.Err() == nil {
		d.Log.Error(what, "error", err, "again", d.wait)
	}
	d.sleep.Reset(d.wait)
}
