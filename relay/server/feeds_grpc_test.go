package server

import (
	"context"
	"errors"
	"io"
	"math"
	"strings"
	"testing"
	"time"

	stdgrpc "google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/encoding/gzip"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"

	"edgeboard/relay/auth"
	"edgeboard/shared/wire"
	"edgeboard/shared/wire/wirepb"
)

// pusher is a gRPC client that publishes.
type pusher struct {
	t      *testing.T
	stream stdgrpc.BidiStreamingClient[wirepb.Publish, wirepb.Published]
}

func (r *relay) pusher(token string, options ...stdgrpc.CallOption) *pusher {
	r.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	r.t.Cleanup(cancel)
	if token != "" {
		ctx = metadata.AppendToOutgoingContext(ctx, "authorization", "Bearer "+token)
	}
	stream, err := r.channel(insecure.NewCredentials()).NewStream(ctx, &stdgrpc.StreamDesc{ClientStreams: true, ServerStreams: true}, feedPush, options...)
	if err != nil {
		r.t.Fatal(err)
	}
	return &pusher{r.t, &stdgrpc.GenericClientStream[wirepb.Publish, wirepb.Published]{ClientStream: stream}}
}

func publishing(ask uint32, board, feed string, values ...float64) *wirepb.Publish {
	m := &wirepb.Publish{Ask: ask, Board: board, Feed: feed}
	for _, v := range values {
		m.Samples = append(m.Samples, &wirepb.Sample{Number: v})
	}
	return m
}

func (p *pusher) says(m *wirepb.Publish) {
	p.t.Helper()
	if err := p.stream.Send(m); err != nil {
		p.t.Fatalf("the relay does not take a Publish: %v", err)
	}
}

// answers publishes and expects the next answer.
func (p *pusher) answers(what string, m *wirepb.Publish, why uint32, field string) {
	p.t.Helper()
	p.says(m)
	a, err := p.stream.Recv()
	if err != nil {
		p.t.Fatalf("%s: %v", what, err)
	}
	if a.GetAsk() != m.Ask || a.GetWhy() != why || a.GetField() != field || (a.GetReason() != "") != (why != 0) || (a.GetRetryMs() > 0) != (why == wire.PublishedMost) {
		p.t.Errorf("%s is answered %v, want %d about %q", what, a, why, field)
	}
}

// end receives to the end of the call.
func (p *pusher) end() *status.Status {
	p.t.Helper()
	for {
		if _, err := p.stream.Recv(); errors.Is(err, io.EOF) {
			return status.New(codes.OK, "")
		} else if err != nil {
			return status.Convert(err)
		}
	}
}

// A plain gRPC client publishes on several boards, and is answered in order, if it wants
// that, and about what is not taken.
func TestPush(t *testing.T) {
	o := keyed(t, func(cfg *Config) { cfg.Feeds = FeedLimits{Feeds: 3, Rate: 10} })
	token := o.publishing(map[string]auth.Role{"plans": auth.Viewer, "team-*": auth.Viewer})
	p := o.pusher(token, stdgrpc.UseCompressor(gzip.Name))
	p.says(publishing(0, "plans", "oven", 21.5, 22))
	p.answers("a point", publishing(7, "team-a", "oven", 1), 0, "")
	p.answers("a text", &wirepb.Publish{Ask: 8, Board: "plans", Feed: "door", Samples: []*wirepb.Sample{{Text: "open", Time: uint64(time.Now().UnixMilli())}}}, 0, "")
	p.answers("nothing", publishing(9, "plans", "oven"), 0, "")
	for what, c := range map[string]struct {
		m     *wirepb.Publish
		why   uint32
		field string
	}{
		"a board that it may not see": {publishing(0, "elsewhere", "oven", 1), wire.PublishedRight, "board"},
		"a board that is none":        {publishing(1, "_plans", "oven", 1), wire.PublishedValue, "board"},
		"no board":                    {&wirepb.Publish{}, wire.PublishedValue, "board"},
		"a name that is none":         {publishing(0, "plans", "an oven", 1), wire.PublishedValue, "feed"},
		"no number":                   {publishing(0, "plans", "oven", math.NaN()), wire.PublishedValue, "value"},
		"a text for a number":         {&wirepb.Publish{Board: "plans", Feed: "oven", Samples: []*wirepb.Sample{{Text: "x"}}}, wire.PublishedValue, "value"},
		"a point that is not newer":   {&wirepb.Publish{Board: "plans", Feed: "door", Samples: []*wirepb.Sample{{Text: "x", Time: uint64(time.Now().UnixMilli() - 60_000)}}}, wire.PublishedOrder, "time"},
		"a time that is far ahead":    {&wirepb.Publish{Board: "plans", Feed: "door", Samples: []*wirepb.Sample{{Text: "x", Time: math.MaxUint64 >> 1}}}, wire.PublishedValue, "time"},
		"a time that is none":         {&wirepb.Publish{Board: "plans", Feed: "door", Samples: []*wirepb.Sample{{Text: "x", Time: math.MaxUint64}}}, wire.PublishedValue, "time"},
	} {
		p.answers(what, c.m, c.why, c.field)
	}
	// All that may be saved up goes at once, and then some must be waited for.
	p.answers("many points", publishing(5, "team-b", "oven", make([]float64, 100)...), 0, "")
	p.answers("more of them", publishing(0, "team-b", "oven", make([]float64, 100)...), wire.PublishedMost, "samples")
	reader := o.sensor(token)
	reader.wantFeeds("plans", "afterwards", "door text open 1", "oven number 22 2")
	if err := p.stream.CloseSend(); err != nil {
		t.Fatal(err)
	}
	if st := p.end(); st.Code() != codes.OK {
		t.Errorf("a call that the client ends has ended with %v", st)
	}
}

// Who is not known, or not any more, and who sends what is none, is told by the status.
func TestPushEnds(t *testing.T) {
	o := keyed(t)
	token := o.publishing(map[string]auth.Role{"plans": auth.Viewer})
	for what, shown := range map[string]string{"nobody": "", "rubbish": "rubbish", "a token that was changed": token + "x"} {
		p := o.pusher(shown)
		p.says(publishing(1, "plans", "oven", 1))
		if st := p.end(); st.Code() != codes.Unauthenticated {
			t.Errorf("%s is answered %v", what, st)
		}
	}
	o.pusher(o.token("ann", auth.Owner)).answers("an owner without the claim", publishing(1, "plans", "oven", 1), wire.PublishedRight, "board")
	large := o.pusher(token)
	large.says(&wirepb.Publish{Board: "plans", Feed: strings.Repeat("x", wire.MaxMessage)})
	if st := large.end(); st.Code() != codes.ResourceExhausted && st.Code() != codes.InvalidArgument {
		t.Errorf("a message over the limit is answered %v", st)
	}
	long := o.pusher(token)
	long.says(&wirepb.Publish{Board: "plans", Feed: strings.Repeat("x", wire.MaxFeed+1)})
	if st := long.end(); st.Code() != codes.InvalidArgument {
		t.Errorf("a message that does not parse is answered %v", st)
	}
	p := o.pusher(token)
	p.answers("a point", publishing(1, "plans", "oven", 1), 0, "")
	o.page().ask("POST", "/api/revocations", o.token("root", auth.Owner), `{"token":"oven-1"}`).want(t, "it is taken back", 204)
	p.says(publishing(2, "plans", "oven", 2))
	if st := p.end(); st.Code() != codes.Unauthenticated {
		t.Errorf("a token that was taken back is answered %v", st)
	}
	o.sensor(o.token("bob", auth.Viewer)).wantFeeds("plans", "afterwards", "oven number 1 1")
	open := startWith(t, Config{Data: t.TempDir(), Log: quiet()}, false)
	last := open.pusher("")
	last.answers("on a relay for everybody", publishing(1, "plans", "oven", 1), 0, "")
	ended := make(chan struct{})
	go func() { defer close(ended); open.end() }()
	if st := last.end(); st.Code() != codes.Unavailable {
		t.Errorf("a call has ended with the relay by %v", st)
	}
	<-ended
}
