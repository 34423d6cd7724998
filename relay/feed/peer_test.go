package feed

import (
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"edgeboard/shared/feed"
)

// Two relays that tell each other what they take have the same feeds.
func TestAdopt(t *testing.T) { synctest.Test(t, testAdopt) }
func testAdopt(t *testing.T) {
	heard := 0
	d := New(Config{Limits: Limits{Feeds: 3}, Heard: func(string, string, []feed.Point) { heard++ }})
	defer d.Close()
	now := time.Now().UnixMilli()
	adopt := func(name string, want int, points ...feed.Point) {
		t.Helper()
		if n := d.Adopt("plan", Batch{name, points}); n != want {
			t.Errorf("of %s %d points are new, want %d", name, n, want)
		}
	}
	adopt("cpu", 2, number(now-20, 1), number(now-10, 2))
	adopt("cpu", 0, number(now-20, 1), number(now-10, 2)) // once more
	adopt("cpu", 1, number(now-10, 2), number(now, 3))
	adopt("cpu", 0, feed.Point{Time: now + 5, Text: "a text"})
	adopt("cpu", 0, number(now+int64(Ahead/time.Millisecond)+1, 4), number(now-int64(2*time.Hour/time.Millisecond), 4))
	adopt("no name\n", 0, number(now, 1))
	if _, points, _ := d.Points("plan", "cpu", 0, 10); shown(points, now) != "[{1 now-20} {2 now-10} {3 now}]" {
		t.Errorf("cpu has %s", shown(points, now))
	}
	// What is published here goes on after it.
	if err := d.Publish("plan", Batch{"cpu", []feed.Point{number(now+1, 4)}}); err != nil || heard != 1 {
		t.Errorf("publishing afterwards: %v; %d were heard of, want the one published here", err, heard)
	}
	// There is room for three feeds.
	adopt("b", 1, number(now, 1))
	adopt("c", 1, number(now, 1))
	adopt("d", 0, number(now, 1))

	// A relay that starts gets all.
	other := New(Config{Limits: Limits{Feeds: 3}})
	defer other.Close()
	d.All(func(board string, b Batch) { other.Adopt(board, b) })
	names := func(list []Info) (names []string) {
		for _, i := range list {
			names = append(names, fmt.Sprint(i.Name, " ", i.Points))
		}
		return names
	}
	if a, b := names(d.List("plan")), names(other.List("plan")); !slices.Equal(a, b) || len(a) != 3 {
		t.Errorf("one relay has %v, the other %v", a, b)
	}
}
