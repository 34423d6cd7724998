package feed

import (
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"edgeboard/shared/feed"
)

func number(at int64, v float64) feed.Point { return feed.Point{Time: at, Number: v} }

// wantRefused checks why something was not taken.
func wantRefused(t *testing.T, when string, err error, why Why, field string, index int) {
	t.Helper()
	wrong, ok := errors.AsType[*Error](err)
	if !ok || wrong.Why != why || wrong.Field != field || wrong.Index != index || len(wrong.Reason) > 120 || wrong.Reason == "" {
		t.Errorf("%s: %v, want that %s is wrong of point %d, reason %d", when, err, field, index, why)
	}
}

// What is taken is there, in order, with the relay's time where it had none.
func TestPublish(t *testing.T) { synctest.Test(t, testPublish) }
func testPublish(t *testing.T) {
	d := New(Config{})
	now := time.Now().UnixMilli()
	if err := d.Publish("plan", Batch{"cpu", []feed.Point{{Number: 1}, {Number: 2}, number(now+10, 3)}}, Batch{"log", []feed.Point{{Text: "started"}}}); err != nil {
		t.Fatal(err)
	}
	info, points, ok := d.Points("plan", "cpu", 0, 10)
	if want := "[{1 now} {2 now+1} {3 now+10}]"; !ok || shown(points, now) != want || info.Points != 3 || info.Last.Number != 3 {
		t.Errorf("cpu has %s (%+v), want %s", shown(points, now), info, want)
	}
	if _, points, _ := d.Points("plan", "cpu", now+1, 10); shown(points, now) != "[{3 now+10}]" {
		t.Errorf("after its second point cpu has %s", shown(points, now))
	}
	if _, points, _ := d.Points("plan", "cpu", 0, 2); shown(points, now) != "[{2 now+1} {3 now+10}]" {
		t.Errorf("the last two points of cpu are %s", shown(points, now))
	}
	if list := d.List("plan"); len(list) != 2 || list[0].Name != "cpu" || list[1].Name != "log" || list[1].Type != feed.Texts {
		t.Errorf("the board has %+v, want cpu and log", list)
	}
	if list := d.List("sketch"); len(list) != 0 {
		t.Errorf("another board has %+v, want nothing", list)
	}
	if !d.Forget("plan", "cpu") || d.Forget("plan", "cpu") || d.Forget("sketch", "cpu") {
		t.Error("a feed is forgotten once, and only where it is")
	}
	if err := d.Publish("plan", Batch{"cpu", []feed.Point{{Text: "now a text"}}}); err != nil {
		t.Errorf("a feed that was forgotten does not begin anew: %v", err)
	}
	d.Close()
	wantRefused(t, "after the end", d.Publish("sketch", Batch{"cpu", []feed.Point{{Number: 1}}}), Most, "board", -1)
}

func shown(points []feed.Point, now int64) string {
	var b []string
	for _, p := range points {
		at := "now"
		if p.Time != now {
			at = fmt.Sprintf("now%+d", p.Time-now)
		}
		b = append(b, fmt.Sprintf("{%v %s}", p.Number, at))
	}
	return "[" + strings.Join(b, " ") + "]"
}

// All of it is taken, or nothing, and who publishes is told what is wrong.
func TestRefused(t *testing.T) { synctest.Test(t, testRefused) }
func testRefused(t *testing.T) {
	d := New(Config{Limits: Limits{Feeds: 3, All: 4, Rate: 10, Age: time.Hour}})
	defer d.Close()
	now := time.Now().UnixMilli()
	hour := time.Hour.Milliseconds()
	if err := d.Publish("plan", Batch{"cpu", []feed.Point{number(now, 1)}}, Batch{"log", []feed.Point{{Text: "x"}}}); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name  string
		feed  string
		point feed.Point
		why   Why
		field string
	}{
		{"no name", "", number(0, 1), Value, "feed"},
		{"a name with a space", "a b", number(0, 1), Value, "feed"},
		{"a pattern", "cpu*", number(0, 1), Value, "feed"},
		{"NaN", "cpu", number(0, math.NaN()), Value, "value"},
		{"an infinity", "cpu", number(0, math.Inf(-1)), Value, "value"},
		{"a text for a number", "cpu", feed.Point{Text: "x"}, Value, "value"},
		{"a number for a text", "log", number(0, 1), Value, "value"},
		{"a text with a control character", "log", feed.Point{Text: "\x1b[2J"}, Value, "value"},
		{"a text that is too long", "log", feed.Point{Text: strings.Repeat("x", 2001)}, Value, "value"},
		{"a clock that is ahead", "cpu", number(now+Ahead.Milliseconds()+1, 1), Value, "time"},
		{"a point that is too old", "new", number(now-hour-1, 1), Value, "time"},
		{"a point at the same time", "cpu", number(now, 1), Order, "time"},
		{"a point that is older than the last", "cpu", number(now-1, 1), Order, "time"},
		{"a time before 1970", "new", number(-5, 1), Value, "time"},
	} {
		// A good point goes before it, and is not taken either.
		err := d.Publish("plan", Batch{"good", []feed.Point{number(now, 1)}}, Batch{c.feed, []feed.Point{c.point}})
		index := 0
		if c.field == "feed" {
			index = -1
		}
		wantRefused(t, c.name, err, c.why, c.field, index)
	}
	if list := d.List("plan"); len(list) != 2 {
		t.Errorf("the board has %+v, want nothing of what was refused", list)
	}
	err := d.Publish("plan", Batch{"new", []feed.Point{number(now, 1), number(now+1, 2), number(now+1, 3)}})
	wantRefused(t, "two points at one time", err, Order, "time", 2)

	wantRefused(t, "more feeds than a board may have", d.Publish("plan", Batch{"a", []feed.Point{{}}}, Batch{"b", []feed.Point{{}}}), Most, "feed", -1)
	if err := d.Publish("plan", Batch{"a", []feed.Point{{}}}); err != nil {
		t.Errorf("as many feeds as there may be: %v", err)
	}
	if err := d.Publish("sketch", Batch{"a", []feed.Point{{}}}); err != nil {
		t.Errorf("as many feeds as all boards may have: %v", err)
	}
	wantRefused(t, "more feeds than all boards may have", d.Publish("sketch", Batch{"b", []feed.Point{{}}}), Most, "feed", -1)
	if !d.Forget("plan", "a") || d.Publish("sketch", Batch{"b", []feed.Point{{}}}) != nil {
		t.Error("where a feed was forgotten there is no room for another")
	}

	points := make([]feed.Point, 60)
	if err := d.Publish("plan", Batch{"cpu", points}); err != nil {
		t.Errorf("points that were saved up: %v", err)
	}
	err = d.Publish("plan", Batch{"cpu", points})
	wantRefused(t, "more points than there may be", err, Most, "samples", -1)
	if wrong, _ := errors.AsType[*Error](err); wrong.Retry <= 0 || wrong.Retry > 10*time.Second {
		t.Errorf("the publisher is to wait %v, want some seconds", wrong.Retry)
	} else {
		time.Sleep(wrong.Retry)
		if err := d.Publish("plan", Batch{"cpu", points}); err != nil {
			t.Errorf("after %v: %v", wrong.Retry, err)
		}
	}
}

// Points are kept as many and as long as is said, and feeds of which nothing is heard
// make room.
func TestKept(t *testing.T) { synctest.Test(t, testKept) }
func testKept(t *testing.T) {
	d := New(Config{Limits: Limits{Feeds: 1, Points: 3, Age: time.Minute}})
	defer d.Close()
	for i := range 5 {
		if err := d.Publish("plan", Batch{"cpu", []feed.Point{{Number: float64(i)}}}); err != nil {
			t.Fatal(err)
		}
	}
	if _, points, _ := d.Points("plan", "cpu", 0, 10); len(points) != 3 || points[0].Number != 2 {
		t.Errorf("%v are kept, want the last three", points)
	}
	time.Sleep(2 * time.Minute)
	if info, points, ok := d.Points("plan", "cpu", 0, 10); !ok || len(points) != 0 || info.Type != feed.Numbers {
		t.Errorf("after a while %v are kept (%+v), want the feed without points", points, info)
	}
	if err := d.Publish("plan", Batch{"mem", []feed.Point{{}}}); err == nil {
		t.Error("a feed was forgotten that was heard of today")
	}
	time.Sleep(25 * time.Hour)
	if err := d.Publish("plan", Batch{"mem", []feed.Point{{}}}); err != nil {
		t.Errorf("a feed of yesterday leaves no room: %v", err)
	}
}

// A million names do not fill the relay.
func TestMillionNames(t *testing.T) {
	d := New(Config{Limits: Limits{Rate: 1 << 30}})
	defer d.Close()
	refused := 0
	// A hundred at a time, each an answer of its own would be: all or none of them.
	batches := make([]Batch, 100)
	for i := range 10_000 {
		for j := range batches {
			batches[j] = Batch{fmt.Sprint("feed", 100*i+j), []feed.Point{{}}}
		}
		if d.Publish(fmt.Sprint("board", i%50), batches...) != nil {
			refused++
		}
	}
	if refused != 9900 {
		t.Errorf("of a million feeds %d hundreds were refused, want all but 10,000 feeds", refused)
	}
	if len(d.boards) != 50 {
		t.Errorf("%d boards have feeds, want 50", len(d.boards))
	}
}

// Points without times are a millisecond apart, and so come no faster in the long run.
func TestPublishWithoutTimes(t *testing.T) { synctest.Test(t, testPublishWithoutTimes) }
func testPublishWithoutTimes(t *testing.T) {
	d := New(Config{})
	defer d.Close()
	all := make([]feed.Point, Ahead.Milliseconds()+1)
	if err := d.Publish("plan", Batch{Feed: "cpu", Points: all}); err != nil {
		t.Fatalf("as many as may be ahead are refused: %v", err)
	}
	wantRefused(t, "one more", d.Publish("plan", Batch{Feed: "cpu", Points: all[:1]}), Most, "samples", 0)
	time.Sleep(time.Second)
	if err := d.Publish("plan", Batch{Feed: "cpu", Points: all[:1000]}); err != nil {
		t.Errorf("as many as a second has milliseconds are refused: %v", err)
	}
}
