package status

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"edgeboard/relay/feed"
	"edgeboard/relay/metrics"
	"edgeboard/relay/room"
	"edgeboard/shared/board"
	live "edgeboard/shared/feed"
	"edgeboard/shared/tile"
	"edgeboard/shared/wire"
)

// desk is what was published, by the feeds.
type desk struct {
	mu    sync.Mutex
	feeds map[string][]live.Point
	calls int
	full  map[string]bool // feeds for which there is no room
}

func (d *desk) publish(list ...feed.Batch) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.calls++
	for _, b := range list {
		if d.full[b.Feed] {
			return errors.New("there are as many feeds as there may be")
		}
	}
	if d.feeds == nil {
		d.feeds = map[string][]live.Point{}
	}
	for _, b := range list {
		d.feeds[b.Feed] = append(d.feeds[b.Feed], b.Points...)
	}
	return nil
}

func (d *desk) published() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.calls
}

func (d *desk) points(name string) int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return len(d.feeds[name])
}

// last is the last number of a feed.
func (d *desk) last(t *testing.T, name string) float64 {
	t.Helper()
	d.mu.Lock()
	defer d.mu.Unlock()
	list := d.feeds[name]
	if len(list) == 0 {
		t.Errorf("nothing was published of %s", name)
		return 0
	}
	return list[len(list)-1].Number
}

func open(d *desk, log *Log) (*Figures, *metrics.Metrics) {
	m := metrics.New()
	return New(Config{Publish: d.publish, Metrics: m, Log: log, State: func() string { return "serving" }}), m
}

// busy has a relay see all that there is a figure for.
func busy(m *metrics.Metrics) {
	m.Opened("websocket")
	m.TurnedAway("connections")
	m.Refused(wire.CodeForbidden)
	m.Dropped(room.PolicyResync, 3)
	m.Rooms(1)
	m.Members(2)
	m.Behind(1)
	m.Received(wire.KindUpdate)
	m.Delivered(2, 100, time.Millisecond)
	m.Committed(3*time.Millisecond, 10, nil)
	m.Committed(time.Second, 10, errors.New("the disk is full"))
	m.Feeds().Published(10)
	m.Feeds().Feeds(4, 1)
}

func load(t *testing.T) *board.Board {
	t.Helper()
	doc, err := board.Load(0, Snapshot())
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

// The same version lays the same board out each time: who comes back to a relay that was
// started anew has all of it already. Another replica would have written another layout.
func TestSnapshot(t *testing.T) {
	doc := load(t)
	vector := doc.Vector()
	writers := slices.Collect(maps.Keys(vector))
	if len(writers) != 1 || writers[0] == 1 || writers[0] > board.MaxReplica {
		t.Fatalf("the board was written by %v", writers)
	}
	if !bytes.Equal(draw(writers[0]), Snapshot()) {
		t.Error("the board is another one when it is laid out again")
	}
	for e := range doc.Elements() {
		if e.Int(board.KeyLocked, 0) != 1 {
			t.Errorf("an element of kind %v can be taken hold of", e.Kind())
		}
	}
}

// Tiles lie in their frames, and not over each other.
func TestLayoutIsClean(t *testing.T) {
	doc := load(t)
	type box struct{ x, y, right, bottom float64 }
	of := func(e *board.Element) box {
		x, y := e.Float(board.KeyX, 0), e.Float(board.KeyY, 0)
		return box{x, y, x + e.Float(board.KeyWidth, 0), y + e.Float(board.KeyHeight, 0)}
	}
	var tiles, frames []box
	for e := range doc.Elements() {
		switch b := of(e); e.Kind() {
		case board.KindFrame:
			frames = append(frames, b)
		case board.KindTile:
			tiles = append(tiles, b)
			in := of(doc.Element(e.Get(board.KeyFrame).Ref()))
			if b.x < in.x+gap-0.01 || b.y < in.y+gap-0.01 || b.right > in.right-gap+0.01 || b.bottom > in.bottom-gap+0.01 {
				t.Errorf("%q at %v is not within its frame %v", e.Text(), b, in)
			}
		}
	}
	for _, list := range [][]box{tiles, frames} {
		for i, a := range list {
			for _, b := range list[:i] {
				if a.x < b.right && b.x < a.right && a.y < b.bottom && b.y < a.bottom {
					t.Errorf("%v lies over %v", a, b)
				}
			}
		}
	}
}

// Each tile shows something that a busy relay publishes, of the type that its chart
// shows, and each feed has a tile.
func TestTilesHaveFeeds(t *testing.T) {
	d := &desk{}
	log := NewLog(slog.DiscardHandler)
	f, m := open(d, log)
	defer f.Close()
	busy(m)
	slog.New(log).Warn("something is not well")
	f.Glance()
	var patterns []string
	for e := range load(t).Elements() {
		if e.Kind() != board.KindTile {
			continue
		}
		s := tile.Of(e)
		for _, pattern := range s.Feeds {
			patterns = append(patterns, pattern)
			shown := false
			for name, points := range d.feeds {
				if !live.Matches(pattern, name) {
					continue
				}
				shown = true
				if text := s.Chart == tile.Text || s.Chart == tile.Log; points[0].Type() == live.Numbers && text || points[0].Type() == live.Texts && !text && s.Chart != tile.Number {
					t.Errorf("%q, which is of type %v, is shown as chart %v", name, points[0].Type(), s.Chart)
				}
			}
			if !shown && pattern != "memory.rss" { // which not every system tells
				t.Errorf("nothing was published of %s", pattern)
			}
		}
	}
	for name, points := range d.feeds {
		if !slices.ContainsFunc(patterns, func(p string) bool { return live.Matches(p, name) }) {
			t.Errorf("no tile shows %s", name)
		}
		for _, p := range points {
			if err := p.Check(); err != nil || !live.ValidName(name) {
				t.Errorf("%q has a point %v that no desk takes: %v", name, p, err)
			}
		}
	}
}

func TestFiguresMove(t *testing.T) { synctest.Test(t, testFiguresMove) }

// What is published is what has happened, each second while somebody looks.
func testFiguresMove(t *testing.T) {
	d := &desk{}
	f, m := open(d, nil)
	defer f.Close()
	want := func(when string, figures map[string]float64) {
		t.Helper()
		for name, v := range figures {
			if got := d.last(t, name); got != v {
				t.Errorf("%s: %s is %v, want %v", when, name, got, v)
			}
		}
	}
	time.Sleep(time.Minute)
	if d.published() != 0 {
		t.Error("something was measured while nobody looked")
	}
	f.Look()
	synctest.Wait()
	want("at first", map[string]float64{"people": 0, "connections": 0, "frames.out": 0, "commits": 0, "commits.failed": 0, "uptime": 60})
	if d.points("commit.p50") > 0 {
		t.Error("there is a time of commits, and there was none")
	}
	busy(m)
	time.Sleep(every)
	synctest.Wait()
	want("in a second", map[string]float64{
		"people": 2, "behind": 1, "boards": 1, "connections": 1, "connections.websocket": 1, "frames.out": 2, "frames.in": 1,
		"bytes.out": 100, "commits": 2, "commits.failed": 1, "refused.4013": 1, "turned-away.connections": 1, "drops.resync": 1,
		"drops.conflate": 0, "feeds": 4, "feeds.viewers": 1, "feeds.points": 10, "uptime": 61,
	})
	if p50, p99 := d.last(t, "commit.p50"), d.last(t, "commit.p99"); p50 < 2 || p50 > 4.1 || p99 < 500 || p99 > 1100 {
		t.Errorf("commits of 3 ms and 1 s are told as %v and %v ms", p50, p99)
	}
	times := d.points("commit.p50")
	time.Sleep((recent + 3) * every)
	synctest.Wait()
	want("later", map[string]float64{"people": 2, "frames.out": 0, "bytes.out": 0, "commits": 0, "feeds.points": 0})
	if n := d.points("commit.p50") - times; n != recent-1 {
		t.Errorf("how long commits took was told for %d seconds more, want %d", n, recent-1)
	}

	// Two look, and one leaves; then nobody does.
	f.Look()
	f.Leave()
	n := d.published()
	time.Sleep(5*every + every/2)
	if got := d.published() - n; got != 5 {
		t.Errorf("measured %d times in five seconds", got)
	}
	f.Leave()
	synctest.Wait()
	n = d.published()
	time.Sleep(time.Hour)
	if d.published() != n {
		t.Error("it went on when nobody looked")
	}

	// Who reads once is told what is so then, and two that come together the same.
	m.Members(+40)
	f.Glance()
	f.Glance()
	want("read once", map[string]float64{"people": 42})
	if got := d.published() - n; got != 1 {
		t.Errorf("measured %d times for two that read at once", got)
	}
}

// Where there is no room for all feeds there may be for some. After Close there is none.
func TestNoRoomForFeeds(t *testing.T) {
	d := &desk{full: map[string]bool{"goroutines": true}}
	f, _ := open(d, nil)
	f.Glance()
	if len(d.feeds["people"]) != 1 || len(d.feeds["goroutines"]) != 0 {
		t.Errorf("published of people %v, of goroutines %v", d.feeds["people"], d.feeds["goroutines"])
	}
	f.Close()
	n := d.calls
	f.Look()
	f.Glance()
	if f.Leave(); d.calls != n {
		t.Error("something is published by a relay that has ended")
	}
}

func TestLog(t *testing.T) { synctest.Test(t, testLog) }

// The last warnings and errors are there for who looks later, each once and at its time;
// the log itself gets what it has asked for.
func testLog(t *testing.T) {
	var out bytes.Buffer
	lines := NewLog(slog.NewTextHandler(&out, &slog.HandlerOptions{Level: slog.LevelError}))
	log := slog.New(lines)
	d := &desk{}
	f, _ := open(d, lines)
	defer f.Close()
	begin := time.Now()

	log.Info("somebody has come")
	log.Warn("far too long ago")
	time.Sleep(2 * time.Hour)
	log.With("board", "plans").WithGroup("of").Warn("a limit is\nreached", "limit", 3)
	log.Error("the disk is full", "err", errors.New("no space left"))
	log.Warn(strings.Repeat("界", 5000))
	f.Glance()
	points := d.feeds["log"]
	if len(points) != 3 {
		t.Fatalf("published %v, want the three that are not old", points)
	}
	for i, want := range []string{`WARN "a limit is\nreached" board=plans of.limit=3`, `ERROR "the disk is full" err="no space left"`, "WARN 界界"} {
		if !strings.HasPrefix(points[i].Text, want) || points[i].Check() != nil {
			t.Errorf("line %d is %.80q, want %s", i, points[i].Text, want)
		}
		if at := begin.Add(2*time.Hour).UnixMilli() + int64(i); points[i].Time != at {
			t.Errorf("line %d is of %d, want %d: points of a feed ascend", i, points[i].Time, at)
		}
	}
	if got := out.String(); strings.Contains(got, "limit") || !strings.Contains(got, "the disk is full") {
		t.Errorf("the log has %q, want what it is to have", got)
	}

	time.Sleep(time.Minute)
	for range lines.tail.last + 3*linesKept {
		log.Warn("again")
	}
	f.Glance()
	if n := len(d.feeds["log"]) - 3; n != linesKept {
		t.Errorf("%d lines more were published, want the last %d", n, linesKept)
	}
	if lines.Enabled(context.Background(), slog.LevelInfo) {
		t.Error("what nobody wants is written all the same")
	}
}
