package client_test

import (
	"testing"
	"time"

	"edgeboard/shared/client"
	"edgeboard/shared/wire"
)

// answer lets the relay answer the next Ping after some time. Its clock is an
// hour ahead.
func (k *talk) answer(after time.Duration, pong wire.Pong) {
	k.t.Helper()
	k.s.Ask()
	if err := k.s.Tick(k.now); err != nil {
		k.t.Fatal(err)
	}
	var ping wire.Ping
	for _, f := range k.sent() {
		if f.kind == wire.KindPing {
			if err := ping.Parse(f.body); err != nil {
				k.t.Fatal(err)
			}
		}
	}
	if ping.Stamp == 0 {
		k.t.Fatal("there was no Ping")
	}
	pong.Stamp = ping.Stamp
	pong.Time = uint64(k.now.Add(time.Hour + after/2).UnixMilli())
	k.now = k.now.Add(after)
	k.hear(&pong)
}

// RFC 6298, section 2.
func TestPathRoundTrip(t *testing.T) {
	k := liveTalk(t)
	if got := k.s.Path(); got != (client.Path{}) {
		t.Errorf("before it was measured the path is %+v", got)
	}
	k.answer(80*time.Millisecond, wire.Pong{})
	if got := k.s.Path(); got.RTT != 80*time.Millisecond || got.Jitter != 40*time.Millisecond {
		t.Errorf("after one round trip of 80 ms: %+v", got)
	}
	k.answer(160*time.Millisecond, wire.Pong{})
	if got := k.s.Path(); got.RTT != 90*time.Millisecond || got.Jitter != 50*time.Millisecond {
		t.Errorf("after another of 160 ms: %+v, want 90 and 50 ms", got)
	}
	if got := k.s.Path().Offset; (got - time.Hour).Abs() > time.Millisecond {
		t.Errorf("the relay's clock is %v ahead, want 1h", got)
	}
	// A Pong that nobody asked for says nothing.
	before := k.s.Path()
	k.hear(&wire.Pong{Stamp: 12345, Time: 1})
	k.hear(&wire.Pong{})
	if got := k.s.Path(); got != before {
		t.Errorf("a Pong with another stamp changed the path: %+v", got)
	}
	// Another transport is another path.
	k.s.Open(k.now)
	if got := k.s.Path(); got != (client.Path{}) {
		t.Errorf("on a new transport the path is %+v", got)
	}
}

// W44: of what was sent by datagram, the relay says what came; of the relay's,
// the numbers tell what did not.
func TestPathLoss(t *testing.T) {
	k := liveTalk(t)
	k.hear(&wire.Joined{Member: 2})
	for i := range int32(100) {
		k.pass(20 * time.Millisecond)
		k.s.Point(i, 1, false)
		f, err := wire.ParseFrame(k.s.Latest(k.now)[1:])
		if err != nil || f.Seq != uint64(i+1) || f.Time != uint32(k.now.UnixMilli()) {
			t.Fatalf("datagram %d has number %d and time %d, %v", i+1, f.Seq, f.Time, err)
		}
		if i%10 != 0 { // one of ten of the relay's is lost
			m := &wire.Cursors{List: []wire.Cursor{{Member: 2, X: i, Seq: uint32(i + 1)}}}
			if err := k.s.Step(k.now, wire.AppendTimedFrame(nil, uint64(i+1), 7, m)); err != nil {
				t.Fatal(err)
			}
		}
	}
	k.answer(time.Millisecond, wire.Pong{Received: 80, Highest: 100})
	// A hundred frames count as much as all that was known before: nothing.
	if got := k.s.Path(); got.Up < 0.099 || got.Up > 0.101 || got.Down < 0.049 || got.Down > 0.051 {
		t.Errorf("%+v, want 0.1 up and 0.05 down", got)
	}
	// Nothing was sent since: nothing is known better.
	before := k.s.Path()
	k.answer(time.Millisecond, wire.Pong{Received: 80, Highest: 100})
	if got := k.s.Path(); got.Up != before.Up || got.Down != before.Down {
		t.Errorf("%+v, want %+v", got, before)
	}
	// All that is sent in order arrives, and is not counted.
	k.hear(&wire.Cursors{List: []wire.Cursor{{Member: 2, X: 1000, Seq: 1000}}})
	if m := k.s.Members()[2]; m.Cursor.X != 1000 {
		t.Errorf("the cursor is %+v", m.Cursor)
	}
	k.answer(time.Millisecond, wire.Pong{Received: 80, Highest: 100})
	if got := k.s.Path(); got.Down != before.Down {
		t.Errorf("%+v, want %+v", got, before)
	}
}
