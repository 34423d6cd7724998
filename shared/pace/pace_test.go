package pace

import (
	"math"
	"math/rand/v2"
	"testing"
	"time"
)

// path reports a hundred frames at a time, of which a share is lost.
type path struct {
	loss              Loss
	received, highest uint32
}

func (p *path) send(n int, lost float64) {
	p.highest += uint32(n)
	p.received += uint32(n) - uint32(math.Round(float64(n)*lost))
	p.loss.Report(p.received, p.highest)
}

func (p *path) want(t *testing.T, when string, rate, within float64, copies int) {
	t.Helper()
	if got := p.loss.Rate(); math.Abs(got-rate) > within {
		t.Errorf("%s the loss is %.4f, want %.4f within %.4f", when, got, rate, within)
	}
	if got := p.loss.Copies(); got != copies {
		t.Errorf("%s there are %d copies, want %d (expected loss %.4f)", when, got, copies, p.loss.Next())
	}
}

func TestLoss(t *testing.T) {
	var p path
	p.want(t, "before anything is known", 0, 0, 1)
	if p.loss.Known() {
		t.Error("something is known before there was a report")
	}
	p.send(100, 0)
	p.want(t, "of a clean path", 0, 0, 1)
	if !p.loss.Known() {
		t.Error("nothing is known after a report")
	}
	p.send(100, 0.2)
	p.want(t, "after one report of a fifth", 0.1, 0.001, 4)
	for range 20 {
		p.send(100, 0.02)
	}
	p.want(t, "at two of a hundred", 0.02, 0.002, 2)
	for range 20 {
		p.send(100, 0.05)
	}
	p.want(t, "at five of a hundred", 0.05, 0.002, 3)
	for range 40 {
		p.send(100, 0)
	}
	p.want(t, "when the path is clean again", 0, 0.0001, 1)
	for range 20 {
		p.send(100, 1)
	}
	p.want(t, "when nothing comes", 1, 0.001, MaxCopies)
}

// The trend meets what comes before the mean does, and never goes outside what
// a share can be.
func TestLossTrend(t *testing.T) {
	var p path
	for lost := 0.0; lost < 0.3; lost += 0.02 {
		p.send(100, lost)
		if p.loss.Next() < p.loss.Rate() {
			t.Errorf("at %.2f and rising, %.3f is expected, less than the %.3f there is", lost, p.loss.Next(), p.loss.Rate())
		}
	}
	for range 50 {
		p.send(100, 0)
		if next := p.loss.Next(); next < 0 || next > p.loss.Rate() {
			t.Errorf("with loss falling from %.3f, %.3f is expected", p.loss.Rate(), next)
		}
	}
}

// Few frames say little.
func TestLossOfFewFrames(t *testing.T) {
	var p path
	p.send(1, 1)
	p.want(t, "after one frame that was lost", 0.01, 0.001, 2)
	before := p.loss
	p.loss.Report(p.received, p.highest)
	p.loss.Report(p.received-1, p.highest-1) // one that was overtaken
	if p.loss != before {
		t.Error("a report of nothing new changed something")
	}
}

// What comes twice is no gain, and counts go round.
func TestLossCounts(t *testing.T) {
	p := path{received: math.MaxUint32 - 10, highest: math.MaxUint32 - 5}
	p.loss = Loss{received: p.received, highest: p.highest}
	p.send(100, 0.1)
	p.want(t, "across the end of 32 bits", 0.05, 0.001, 3)
	p.loss.Report(p.received+500, p.highest+100)
	if got := p.loss.Rate(); got < 0 || got > 0.05 {
		t.Errorf("with five times as many received as sent the loss is %v", got)
	}
}

// Whatever a peer reports, the answers stay within their bounds.
func TestLossHostile(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	var l Loss
	for range 100_000 {
		l.Report(r.Uint32()>>r.IntN(32), r.Uint32()>>r.IntN(32))
		if l.Rate() < 0 || l.Rate() > 1 || l.Next() < 0 || l.Next() > 1 || l.Copies() < 1 || l.Copies() > MaxCopies {
			t.Fatalf("rate %v, next %v, %d copies", l.Rate(), l.Next(), l.Copies())
		}
	}
}

// RFC 6298, section 2.
func TestRoundTrip(t *testing.T) {
	const ms = time.Millisecond
	var r RoundTrip
	if r.Mean() != 0 || r.Interval() != MinInterval {
		t.Errorf("before it was measured: %v, interval %v", r.Mean(), r.Interval())
	}
	r.Sample(80 * ms)
	if r.Mean() != 80*ms || r.Jitter() != 40*ms || r.Least() != 80*ms {
		t.Errorf("after 80 ms: %v ± %v, least %v", r.Mean(), r.Jitter(), r.Least())
	}
	r.Sample(160 * ms)
	if r.Mean() != 90*ms || r.Jitter() != 50*ms {
		t.Errorf("after another of 160 ms: %v ± %v, want 90 ± 50 ms", r.Mean(), r.Jitter())
	}
	r.Sample(-5 * ms)
	if r.Least() <= 0 {
		t.Errorf("the least is %v: a clock that was set back measures nothing", r.Least())
	}
}

// A queue that grows is not fed at full rate; one that has gone is forgotten,
// and so is a path that was shorter.
func TestInterval(t *testing.T) {
	var r RoundTrip
	steady := func(d time.Duration, n int) {
		for i := range n {
			r.Sample(d + time.Duration(i%3)*time.Millisecond)
		}
	}
	steady(40*time.Millisecond, 30)
	if got := r.Interval(); got != MinInterval {
		t.Errorf("on a steady path the interval is %v", got)
	}
	for rtt := 40 * time.Millisecond; rtt < 600*time.Millisecond; rtt += 20 * time.Millisecond {
		r.Sample(rtt)
	}
	if got := r.Interval(); got < 2*MinInterval {
		t.Errorf("while round trips grow to 600 ms the interval is %v", got)
	}
	steady(2*time.Second, 20)
	if got := r.Interval(); got != MaxInterval {
		t.Errorf("with two seconds of queue the interval is %v, want %v", got, MaxInterval)
	}
	steady(40*time.Millisecond, 60)
	if got := r.Interval(); got != MinInterval {
		t.Errorf("when the queue has gone the interval is %v", got)
	}
	steady(300*time.Millisecond, 300)
	if got := r.Interval(); got != MinInterval {
		t.Errorf("on a path that is longer for good the interval is %v", got)
	}
}
