package metrics

import (
	"bytes"
	"errors"
	"math"
	"net/http/httptest"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil/promlint"

	"edgeboard/relay/feed"
	"edgeboard/relay/room"
	"edgeboard/shared/wire"
)

// shown is what an operator's Prometheus reads.
func shown(t *testing.T, m *Metrics) string {
	t.Helper()
	w := httptest.NewRecorder()
	m.ServeHTTP(w, httptest.NewRequest("GET", "/metrics", nil))
	if got := w.Header().Get("Content-Type"); w.Code != 200 || !strings.HasPrefix(got, "text/plain; version=0.0.4") {
		t.Errorf("status %d, Content-Type %q", w.Code, got)
	}
	return w.Body.String()
}

func want(t *testing.T, m *Metrics, why string, lines ...string) {
	t.Helper()
	text := shown(t, m)
	for _, line := range lines {
		if !strings.Contains(text, "\n"+line+"\n") {
			t.Errorf("%s: there is no line %q", why, line)
		}
	}
}

// An evening on a relay, as the figures tell it.
func TestFigures(t *testing.T) {
	m := New()
	want(t, m, "before anything has happened",
		"edgeboard_rooms 0", "edgeboard_members 0", "edgeboard_members_behind 0", "edgeboard_commit_errors_total 0",
		`edgeboard_queue_drops_total{policy="resync"} 0`, `edgeboard_frames_received_total{kind="update"} 0`,
		`edgeboard_delivery_wait_seconds_bucket{le="+Inf"} 0`)

	for _, transport := range []string{"websocket", "websocket", "grpc"} {
		m.Opened(transport)
	}
	m.Closed("websocket")
	m.TurnedAway("connections")
	m.Rooms(1)
	m.Members(1)
	m.Members(1)
	m.Members(-1)
	want(t, m, "two have come, of whom one has left, and one found no place",
		`edgeboard_connections{transport="websocket"} 1`, `edgeboard_connections{transport="grpc"} 1`,
		`edgeboard_connections_accepted_total{transport="websocket"} 2`, `edgeboard_connections_turned_away_total{limit="connections"} 1`,
		"edgeboard_rooms 1", "edgeboard_members 1")

	m.Received(wire.KindHello)
	m.Received(wire.KindUpdate)
	m.Received(wire.KindUpdate)
	m.Received(wire.KindSubscribe)
	m.Received(wire.KindWelcome) // which a client does not send
	m.Received(wire.Kind(1 << 30))
	m.Committed(3*time.Millisecond, 700, nil)
	m.Committed(time.Minute, 50, errors.New("the disk is full"))
	want(t, m, "they draw, and the disk fills up",
		`edgeboard_frames_received_total{kind="hello"} 1`, `edgeboard_frames_received_total{kind="update"} 2`,
		`edgeboard_frames_received_total{kind="subscribe"} 1`, `edgeboard_frames_received_total{kind="unknown"} 2`,
		"edgeboard_commit_bytes_total 700", "edgeboard_commit_errors_total 1", "edgeboard_commit_seconds_count 2",
		`edgeboard_commit_seconds_bucket{le="0.002048"} 0`, `edgeboard_commit_seconds_bucket{le="0.004096"} 1`,
		`edgeboard_commit_seconds_bucket{le="33.554432"} 1`, `edgeboard_commit_seconds_bucket{le="+Inf"} 2`)

	m.Delivered(2, 300, 20*time.Microsecond)
	m.Delivered(1, 64, 0)
	m.Delivered(100, 2<<20, -time.Second) // no clock does this
	want(t, m, "the others are told",
		`edgeboard_delivery_frames_bucket{le="1"} 1`, `edgeboard_delivery_frames_bucket{le="2"} 2`, "edgeboard_delivery_frames_sum 103",
		`edgeboard_delivery_bytes_bucket{le="64"} 1`, `edgeboard_delivery_bytes_bucket{le="256"} 1`, `edgeboard_delivery_bytes_bucket{le="1024"} 2`,
		`edgeboard_delivery_bytes_bucket{le="1.048576e+06"} 2`, `edgeboard_delivery_bytes_bucket{le="+Inf"} 3`,
		`edgeboard_delivery_wait_seconds_bucket{le="1.6e-05"} 2`, "edgeboard_delivery_wait_seconds_sum 2e-05")

	m.Dropped(room.PolicyResync, 40)
	m.Behind(1)
	m.Refused(wire.CodeSilent)
	m.Answered("GET /b/{board}", 200)
	want(t, m, "one falls asleep over it",
		`edgeboard_queue_drops_total{policy="resync"} 1`, `edgeboard_queue_dropped_frames_total{policy="resync"} 40`,
		"edgeboard_members_behind 1", `edgeboard_connections_refused_total{code="4007"} 1`,
		`edgeboard_http_requests_total{route="GET /b/{board}",status="200"} 1`)

	said := m.Talk()
	said.Said(3)
	said.StoreFailed(errors.New("the disk is full"))
	said.Refused(wire.RefusedRole)
	said.Recalled(nil)
	said.Recalled(errors.New("the disk is away"))
	said.Damaged(2)
	said.Forgotten(nil)
	said.Forgotten(errors.New("the disk is away"))
	want(t, m, "they talk about it",
		"edgeboard_says_stored_total 3", "edgeboard_say_store_errors_total 1",
		`edgeboard_says_refused_total{why="1"} 0`, `edgeboard_says_refused_total{why="2"} 1`, `edgeboard_says_refused_total{why="6"} 0`,
		"edgeboard_recalls_total 1", "edgeboard_recall_errors_total 1", "edgeboard_messages_damaged_total 2", "edgeboard_messages_forget_errors_total 1")

	notices := m.Notices()
	want(t, m, "before anybody is told", `edgeboard_notices_total{kind="mention"} 0`,
		`edgeboard_notice_deliveries_total{outcome="given up",target="webhook"} 0`, `edgeboard_notice_deliveries_total{outcome="expired",target="push"} 0`)
	notices.Told(wire.EntryMention, 3)
	notices.Told(wire.EntryProgram, 1)
	notices.Told(0, 1)
	notices.Told(1<<32-1, 1) // of a later version
	notices.Waiting(7)
	notices.Waiting(2)
	notices.Delivered("push", "sent")
	notices.Delivered("push", "sent")
	notices.Delivered("webhook", "retried")
	want(t, m, "and who is away is told of that",
		`edgeboard_notices_total{kind="mention"} 3`, `edgeboard_notices_total{kind="notice"} 1`, `edgeboard_notices_total{kind="unknown"} 2`,
		`edgeboard_notice_deliveries_total{outcome="sent",target="push"} 2`, `edgeboard_notice_deliveries_total{outcome="retried",target="webhook"} 1`,
		"edgeboard_notice_deliveries_waiting 2")

	live := m.Feeds()
	want(t, m, "before anything is measured", `edgeboard_feed_publishes_refused_total{why="order"} 0`, `edgeboard_feed_pulls_total{outcome="failed"} 0`)
	live.Published(5)
	live.Published(2)
	live.Refused(feed.Order)
	live.Refused(99) // of a later version
	live.Told(7, 30)
	live.Conflated()
	live.Feeds(2, 0)
	live.Feeds(-1, 3)
	live.Pulled("plans", "cpu", true)
	live.Pulled("plans", "cpu", false)
	live.Pulled("plans", "mem", true)
	want(t, m, "and an oven is watched",
		"edgeboard_feed_points_published_total 7", `edgeboard_feed_publishes_refused_total{why="order"} 1`, `edgeboard_feed_publishes_refused_total{why="unknown"} 1`,
		"edgeboard_feed_points_told_total 7", "edgeboard_feed_told_bytes_total 30", "edgeboard_feed_conflated_total 1", "edgeboard_feeds 1", "edgeboard_feed_viewers 3",
		`edgeboard_feed_pulls_total{outcome="published"} 2`, `edgeboard_feed_pulls_total{outcome="failed"} 1`,
		`edgeboard_feed_pull_up{board="plans",feed="cpu"} 0`, `edgeboard_feed_pull_up{board="plans",feed="mem"} 1`)
	(*Metrics)(nil).Feeds().Pulled("plans", "cpu", true) // nobody listens

	// Figures of a cluster are for relays that are in one.
	if strings.Contains(shown(t, m), "edgeboard_cluster") {
		t.Error("a relay that is alone shows figures of a cluster")
	}
	c := m.Cluster()
	want(t, m, "before anything is shared", "edgeboard_cluster_edge 0", "edgeboard_cluster_peers 0", "edgeboard_cluster_spooled_bytes_total 0")
	c.CutOff(true)
	c.Appended(time.Millisecond, 10, nil)
	c.Appended(time.Second, 10, errors.New("not in time"))
	c.Spooled(10)
	c.Peers(2)
	c.Reread("gap")
	want(t, m, "and a relay is cut off", "edgeboard_cluster_edge 1", "edgeboard_cluster_cuts_total 1", "edgeboard_cluster_append_bytes_total 10",
		"edgeboard_cluster_append_errors_total 1", "edgeboard_cluster_append_seconds_count 2", "edgeboard_cluster_spooled_bytes_total 10", "edgeboard_cluster_peers 2",
		`edgeboard_cluster_rereads_total{reason="gap"} 1`)
	c.CutOff(false)
	c.Healed(3, time.Second)
	want(t, m, "until it is over", "edgeboard_cluster_edge 0", "edgeboard_cluster_cuts_total 1", "edgeboard_cluster_healed_boards_total 3")
	m.Built("1.2.3")
	want(t, m, "of a release", `edgeboard_build_info{go="`+runtime.Version()+`",version="1.2.3"} 1`)
	if text := shown(t, m); strings.Contains(text, "devel") {
		t.Errorf("it is of two versions:\n%s", text)
	}
	for _, name := range []string{"go_goroutines ", "go_memstats_heap_inuse_bytes ", "process_open_fds ", "process_resident_memory_bytes ", "edgeboard_build_info{"} {
		if !strings.Contains(shown(t, m), "\n"+name) {
			t.Errorf("there is no figure %s", name)
		}
	}
}

// Names, units and help texts are as Prometheus's own linter wants them.
func TestLint(t *testing.T) {
	m := New()
	m.Opened("websocket")
	m.TurnedAway("address")
	m.Refused(wire.CodeSilent)
	m.Answered("GET /", 200)
	problems, err := promlint.New(bytes.NewReader([]byte(shown(t, m)))).Lint()
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range problems {
		if strings.HasPrefix(p.Metric, namespace) {
			t.Errorf("%s: %s", p.Metric, p.Text)
		}
	}
	for line := range strings.Lines(shown(t, m)) {
		if name, help, ok := strings.Cut(strings.TrimPrefix(line, "# HELP "), " "); ok && strings.HasPrefix(line, "# HELP "+namespace) && len(help) < 20 {
			t.Errorf("%s: the help text is %q", name, help)
		}
	}
}

// Who has no admin listener has no Metrics.
func TestNil(t *testing.T) {
	var m *Metrics
	m.Opened("grpc")
	m.Closed("grpc")
	m.TurnedAway("address")
	m.Sockets(1)
	m.Answered("GET /", 200)
}

// A value is in the first bucket whose bound it does not exceed.
func TestBuckets(t *testing.T) {
	h := newHistogram(New().registry, "test", "For this test alone.", 1, 6, 2, 8)
	bound := func(i int) uint64 { return 1 << (6 + 2*i) }
	for i := range h.n {
		for _, value := range []uint64{bound(i), bound(i) - 1, bound(i)/4 + 1} {
			before := h.counts[i].Load()
			if h.observe(value); h.counts[i].Load() != before+1 {
				t.Errorf("%d is not in the bucket up to %d", value, bound(i))
			}
		}
	}
	for _, value := range []uint64{bound(h.n-1) + 1, math.MaxInt64} {
		before := h.counts[h.n].Load()
		if h.observe(value); h.counts[h.n].Load() != before+1 {
			t.Errorf("%d is not beyond the buckets", value)
		}
	}
	if h.observe(0); h.counts[0].Load() != 4 { // and 64, 63 and 17
		t.Error("0 is not in the first bucket")
	}
}

// What is called for each message that a member gets takes no memory.
func TestHotPathTakesNoMemory(t *testing.T) {
	m := New()
	var messages room.Metrics = m
	if n := testing.AllocsPerRun(1000, func() {
		messages.Delivered(3, 700, 40*time.Microsecond)
		messages.Received(wire.KindUpdate)
		messages.Committed(time.Millisecond, 700, nil)
		messages.Dropped(room.PolicyConflate, 1)
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func BenchmarkDelivered(b *testing.B) {
	m := New()
	b.ReportAllocs()
	for b.Loop() {
		m.Delivered(3, 700, 40*time.Microsecond)
	}
}

func BenchmarkDeliveredByAll(b *testing.B) {
	m := New()
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			m.Delivered(3, 700, 40*time.Microsecond)
		}
	})
}

// What the relay shows of itself is what Prometheus is told.
func TestFiguresOfItself(t *testing.T) {
	m := New()
	m.Opened("grpc")
	m.Opened("sse")
	m.Closed("sse")
	m.Received(wire.KindUpdate)
	m.Received(wire.KindWatch)
	m.Received(1 << 20)
	m.Refused(wire.CodeForbidden)
	m.Delivered(3, 300, time.Second)
	m.Dropped(room.PolicyConflate, 2)
	m.Feeds().Published(7)
	f := m.Figures()
	if f.Connections["grpc"] != 1 || f.Connections["sse"] != 0 || f.Received != 3 || f.Refused["4013"] != 1 || f.Frames != 3 || f.Bytes != 300 || f.Drops["conflate"] != 1 || f.Published != 7 {
		t.Errorf("%+v", f)
	}
	want(t, m, "the same", `edgeboard_connections{transport="grpc"} 1`, `edgeboard_frames_received_total{kind="watch"} 1`)
}

// Parts of the times of commits are told as near as the buckets are.
func TestQuantile(t *testing.T) {
	m := New()
	if took := m.Figures().Commits.Quantile(0.5); took != 0 {
		t.Errorf("half of none took %v", took)
	}
	for range 99 {
		m.Committed(3*time.Millisecond, 1, nil)
	}
	before := m.Figures().Commits
	m.Committed(time.Hour, 1, nil)
	for _, c := range []struct {
		part      float64
		low, high time.Duration
	}{
		{0, 2 * time.Millisecond, 4100 * time.Microsecond}, {0.5, 2 * time.Millisecond, 4100 * time.Microsecond},
		{0.99, 2 * time.Millisecond, 4100 * time.Microsecond}, {1, 33 * time.Second, 34 * time.Second}, // all that is known of an hour
	} {
		if took := m.Figures().Commits.Quantile(c.part); took < c.low || took > c.high {
			t.Errorf("%v of them took %v, want between %v and %v", c.part, took, c.low, c.high)
		}
	}
	if since := m.Figures().Commits.Since(before); since.N() != 1 || since.Quantile(0.5) < time.Second {
		t.Errorf("%d have come since, which took %v", since.N(), since.Quantile(0.5))
	}
}
