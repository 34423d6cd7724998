package feed_test

import (
	"fmt"

	"edgeboard/shared/feed"
	"edgeboard/shared/wire"
)

// A relay packs what a sensor has published, and a client unpacks it and keeps it.
func Example() {
	const now = 1_700_000_000_000
	var chain feed.Chain // what those who are told have of the feed, whose number is 1
	before := []feed.Point{{Time: now - 2000, Number: 21.5}, {Time: now - 1000, Number: 21.7}}
	beginning := wire.Points{
		Time: now, Feeds: []wire.Feed{{Number: 1, Name: "oven", Type: feed.Numbers}},
		Runs: chain.Anew(now, feed.Numbers, before, 0).Append(nil, 0, 1),
	}
	more := wire.Points{Time: now, Runs: chain.More(now, []feed.Point{{Time: now, Number: 22}}, 0).Append(nil, 0, 1)}
	fmt.Println("the last point takes", len(more.Runs), "bytes")

	var decoder feed.Decoder // one for each connection
	var feeds feed.Feeds
	for _, m := range []*wire.Points{&beginning, &more} {
		batches, gone, err := decoder.Decode(m)
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println("changed:", feeds.Take(batches, gone))
	}
	for _, s := range feeds.Matching([]string{"ov*"}) {
		last, _ := s.Ring.Last()
		fmt.Println(s.Name, "has", s.Ring.Len(), "points, the last of them", last.Number)
	}
	// Output:
	// the last point takes 3 bytes
	// changed: [oven]
	// changed: [oven]
	// oven has 3 points, the last of them 22
}

// What is too much to be shown is thinned, and keeps its ends, its lowest and its highest
// point.
func ExampleThin() {
	var points []feed.Point
	for i := range int64(1000) {
		points = append(points, feed.Point{Time: i, Number: float64(i % 10)})
	}
	points[333].Number, points[700].Number = -50, 99
	fmt.Println(feed.Thin(points, 6))
	// Output: [{0 0 } {9 9 } {333 -50 } {500 0 } {700 99 } {999 9 }]
}
