package client_test

import (
	"context"
	"errors"
	"math"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"edgeboard/shared/client"
	"edgeboard/shared/feed"
	"edgeboard/shared/wire"
)

// answers is what became of what was published: a number for each answer, -1 where none
// is known.
type answers []int

func (a *answers) to(p *wire.Published) {
	if p == nil {
		*a = append(*a, -1)
		return
	}
	*a = append(*a, int(p.Why))
}

func (a *answers) want(t *testing.T, when string, want ...int) {
	t.Helper()
	if !slices.Equal(*a, want) {
		t.Errorf("%s: the answers are %v, want %v", when, *a, want)
	}
	*a = nil
}

func sample(feed string, values ...float64) *wire.Publish {
	m := &wire.Publish{Feed: feed}
	for _, v := range values {
		m.Samples = append(m.Samples, wire.Sample{Number: v})
	}
	return m
}

func TestW107Publish(t *testing.T) {
	k := newTalk(t)
	var got answers
	if err := k.s.Publish(sample("oven", 1), got.to); !errors.Is(err, client.ErrOffline) {
		t.Errorf("offline: %v", err)
	}
	k.s.Open(k.now)
	if err := k.s.Publish(sample("oven", 1), got.to); !errors.Is(err, client.ErrOffline) {
		t.Errorf("before Welcome (W18): %v", err)
	}
	k.refuse("an answer before Welcome", wire.CodeOrder, message(&wire.Published{}))
	k.sent()
	k.welcome()
	m := sample("oven", 20.5, 21)
	m.Board, m.Ask = "another", 99
	publish := func(answered func(*wire.Published)) {
		t.Helper()
		if err := k.s.Publish(m, answered); err != nil {
			t.Fatal(err)
		}
	}
	publish(got.to)
	publish(nil)
	publish(got.to)
	publish(got.to)
	if m.Board != "another" || m.Ask != 99 {
		t.Error("what was published is changed")
	}
	sent := parsed[wire.Publish](k, k.sent())
	if len(sent) != 4 {
		t.Fatalf("%d are sent, want 4", len(sent))
	}
	asks := map[uint32]bool{}
	for i, p := range sent {
		if p.Board != "" || p.Feed != "oven" || !slices.Equal(p.Samples, m.Samples) || (p.Ask == 0) != (i == 1) || asks[p.Ask] {
			t.Errorf("sent is %+v", p)
		}
		asks[p.Ask] = true
	}
	got.want(t, "before an answer")
	k.hear(&wire.Published{Ask: sent[0].Ask}, &wire.Published{Why: wire.PublishedOrder}, &wire.Published{Ask: sent[2].Ask, Why: wire.PublishedMost, RetryMS: 5})
	got.want(t, "two are answered", 0, wire.PublishedMost)
	k.hear(&wire.Published{Ask: sent[0].Ask}, &wire.Published{Ask: 77})
	got.want(t, "answers that nobody waits for")

	publish(got.to)
	k.s.Lost()
	got.want(t, "what became of two is not known", -1, -1)
	k.s.Open(k.now)
	k.sent()
	k.welcome()
	if sent := parsed[wire.Publish](k, k.sent()); len(sent) > 0 {
		t.Errorf("%+v is sent again: its time would be another", sent)
	}
	k.hear(&wire.Published{Ask: sent[3].Ask})
	got.want(t, "an answer of another connection")

	publish(got.to)
	k.s.Open(k.now) // another transport took over
	got.want(t, "it is not known", -1)
	k.sent()
	k.welcome()
	publish(got.to)
	k.welcome()
	got.want(t, "the relay has dropped what waited for this client", -1)

	publish(got.to)
	publish(got.to)
	k.sent()
	if at := k.s.Deadline(); at != k.now.Add(2*time.Second) {
		t.Errorf("Tick is due in %v, want it when the relay should have been heard", at.Sub(k.now))
	}
	k.pass(19 * time.Second)
	k.hear()
	publish(got.to)
	k.pass(time.Second)
	got.want(t, "the relay says nothing to the first two", -1, -1)
	if at := k.s.Deadline(); at.After(k.now.Add(19 * time.Second)) {
		t.Errorf("Tick is due in %v, want it when the third one is given up", at.Sub(k.now))
	}

	// Whoever hears of the end may try again at once: there is no other connection yet.
	if err := k.s.Publish(sample("oven", 1), func(*wire.Published) {
		if err := k.s.Publish(sample("oven", 1), got.to); !errors.Is(err, client.ErrOffline) {
			t.Errorf("in the answer: %v", err)
		}
	}); err != nil {
		t.Fatal(err)
	}
	k.s.Lost()
	got.want(t, "only the one before is given up", -1)
}

// What a relay would take for malformed is not sent, nor more than there is room for.
func TestPublishRefused(t *testing.T) {
	k := liveTalk(t)
	var got answers
	for _, c := range []struct {
		why  string
		m    wire.Publish
		want error
	}{
		{"no name", wire.Publish{}, feed.ErrName},
		{"a pattern", wire.Publish{Feed: "cpu*"}, feed.ErrName},
		{"a name that is too long", wire.Publish{Feed: strings.Repeat("x", wire.MaxFeed+1)}, feed.ErrName},
		{"no number", wire.Publish{Feed: "n", Samples: []wire.Sample{{}, {Number: math.NaN()}}}, feed.ErrNumber},
		{"an infinity", wire.Publish{Feed: "n", Samples: []wire.Sample{{Number: math.Inf(-1)}}}, feed.ErrNumber},
		{"a text that is too long", wire.Publish{Feed: "n", Samples: []wire.Sample{{Text: strings.Repeat("x", wire.MaxFeedText+1)}}}, feed.ErrText},
		{"a text that is none", wire.Publish{Feed: "n", Samples: []wire.Sample{{Text: "\xff"}}}, feed.ErrText},
		{"too many points", wire.Publish{Feed: "n", Samples: make([]wire.Sample, wire.MaxSamples+1)}, client.ErrTooMuch},
		{"too many bytes", wire.Publish{Feed: "n", Samples: slices.Repeat([]wire.Sample{{Text: strings.Repeat("x", wire.MaxFeedText)}}, 200)}, client.ErrTooMuch},
	} {
		if err := k.s.Publish(&c.m, got.to); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", c.why, err, c.want)
		}
	}
	k.wantKinds("of all that", k.sent())
	big := wire.Publish{Feed: "n", Samples: slices.Repeat([]wire.Sample{{Text: strings.Repeat("x", wire.MaxFeedText)}}, 100)}
	n := 0
	for k.s.Publish(&big, nil) == nil {
		n++
	}
	if n != 2 { // 200 KiB each
		t.Errorf("%d wait for a transport that takes nothing, want 2", n)
	}
	k.sent()
	for n = 0; k.s.Publish(sample("n", 1), got.to) == nil; n++ {
		k.sent()
	}
	if err := k.s.Publish(sample("n", 1), got.to); n != 1000 || !errors.Is(err, client.ErrPublishes) {
		t.Errorf("%d wait for an answer, then %v", n, err)
	}
	if err := k.s.Publish(sample("n", 1), nil); err != nil {
		t.Errorf("one that waits for no answer: %v", err)
	}
	got.want(t, "nothing is answered")
}

// A program that publishes by a Link waits for the relay, and for its answer.
func TestLinkPublishes(t *testing.T) { synctest.Test(t, testLinkPublishes) }

func testLinkPublishes(t *testing.T) {
	s := newStage(t)
	results := make(chan error, 2)
	publish := func(ctx context.Context, m *wire.Publish) {
		go func() { results <- s.link.Publish(ctx, m) }()
		synctest.Wait()
	}
	want := func(when string, good func(error) bool) {
		t.Helper()
		if err := <-results; !good(err) {
			t.Errorf("%s: %v", when, err)
		}
	}
	is := func(target error) func(error) bool { return func(err error) bool { return errors.Is(err, target) } }
	brief, cancel := context.WithCancel(t.Context())
	publish(brief, sample("oven", 1)) // Run has not begun
	cancel()
	want("given up before Run", is(context.Canceled))
	publish(t.Context(), sample("oven", 1))
	publish(t.Context(), sample("oven", 2))
	v := s.live()
	k := &talk{t: t}
	var asks []uint32
	for len(asks) < 2 { // in one message, or in two
		msg, err := v.Receive(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range parsed[wire.Publish](k, frames(t, msg)) {
			asks = append(asks, p.Ask)
		}
	}
	v.say(&wire.Published{Ask: asks[0]}, &wire.Published{Ask: asks[1]})
	want("taken", is(nil))
	want("taken", is(nil))

	publish(t.Context(), sample("oven", 3))
	p := parsed[wire.Publish](k, v.hear(wire.KindPublish))[0]
	v.say(&wire.Published{Ask: p.Ask, Why: wire.PublishedOrder, Field: "time", Reason: "too old"})
	want("not taken", func(err error) bool {
		wrong, ok := errors.AsType[*client.PublishError](err)
		return ok && wrong.Why == wire.PublishedOrder && err.Error() == "the relay does not take it: time: too old"
	})
	publish(t.Context(), sample("two words", 3))
	want("it is not sent", is(feed.ErrName))
	brief, cancel = context.WithCancel(t.Context())
	publish(brief, sample("oven", 4))
	v.hear(wire.KindPublish)
	cancel()
	want("given up before the answer", is(context.Canceled))

	publish(t.Context(), sample("oven", 5))
	v.hear(wire.KindPublish)
	s.setDial(unreachable)
	v.Close(uint32(wire.CodeNormal), "")
	want("the connection is lost", is(client.ErrNotKnown))
	brief, cancel = context.WithCancel(t.Context())
	publish(brief, sample("oven", 6))
	cancel()
	want("given up while the relay is not there", is(context.Canceled))
	publish(t.Context(), sample("oven", 6))
	s.finish()
	want("Run has returned meanwhile", is(client.ErrOffline))
	publish(t.Context(), sample("oven", 7))
	want("Run has returned", is(client.ErrOffline))
	if got := (&client.PublishError{Published: wire.Published{Reason: "no"}}).Error(); got != "the relay does not take it: no" {
		t.Errorf("of nothing in particular it says %q", got)
	}
}
