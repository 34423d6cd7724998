package server

import (
	"net/netip"
	"testing"
	"time"

	"edgeboard/relay/metrics"
)

// A relay that has no memory left turns away who comes, and says for what reason; it takes
// them again when there is room.
func TestNoMemory(t *testing.T) {
	now := time.Now()
	g := newGate(Limits{}.WithDefaults(), metrics.New(), quiet())
	g.now = func() time.Time { return now }
	home := netip.MustParseAddr("127.0.0.1")

	if no := g.enter(home); no != nil {
		t.Errorf("without a limit: %s", no.reason)
	}
	g.memory = newAmple(1 << 10) // less than any program takes
	if no := g.enter(home); no != noMemory {
		t.Errorf("there is none left, and the answer is %v", no)
	}
	if g.open != 1 {
		t.Errorf("%d are counted, and one has come", g.open)
	}
	g.memory = newAmple(1 << 40)
	if no := g.enter(home); no != nil {
		t.Errorf("with much: %s", no.reason)
	}

	a := newAmple(1 << 40)
	if !a.fits(1<<20, now) || a.fits(1<<40, now) {
		t.Error("what is asked for does not count")
	}
	if a.used <= 0 {
		t.Errorf("this program uses %d bytes", a.used)
	}

	u := uploads{memory: newAmple(1 << 10)}
	if no := u.begin(home, 1000); no != noMemory {
		t.Errorf("an image: %v", no)
	}
}

// Over connections, and for files of boards, the answer is 503 with when to come again. A
// relay with little memory makes them smaller, one at a time.
func TestNoMemoryForFiles(t *testing.T) {
	full := startWith(t, Config{Data: t.TempDir(), Log: quiet(), Memory: 1 << 10}, false)
	file := full.get("/b/plans.svg")
	wantStatus(t, file, 503)
	wantHeader(t, file, "Retry-After", "5")
	refused := full.get("/sse?board=plans")
	wantStatus(t, refused, 503)
	wantHeader(t, refused, "Retry-After", "10")

	small := newExports(45 << 20)
	if n := cap(small.places); n != 1 {
		t.Errorf("%d files are made at a time", n)
	}
	if n := small.pixels; n < 100_000 || n*4 > 5<<20 {
		t.Errorf("a picture may have %d pixels, where there are 45 MiB", n)
	}
}

// Limits fall with the memory, and never rise above those of anybody.
func TestLimitsFor(t *testing.T) {
	usual := Limits{}.WithDefaults()
	if got := LimitsFor(64 << 30); got.Limits != usual || got.Feeds != (FeedLimits{}).WithDefaults() {
		t.Errorf("with 64 GiB they are %+v", got)
	}
	before := LimitsFor(16 << 20)
	for _, mib := range []int64{32, 45, 64, 128, 256, 512, 1024, 4096} {
		got := LimitsFor(mib << 20)
		for name, pair := range map[string][2]int{
			"connections": {before.Connections, got.Connections}, "boards": {before.Rooms, got.Rooms},
			"bytes of a board": {before.BoardBytes, got.BoardBytes}, "bytes of an image": {before.BlobBytes, got.BlobBytes},
			"feeds": {before.Feeds.All, got.Feeds.All}, "points": {before.Feeds.Points, got.Feeds.Points},
		} {
			if pair[0] > pair[1] || pair[1] < 1 {
				t.Errorf("with %d MiB there may be %d %s, with less %d", mib, pair[1], name, pair[0])
			}
		}
		before = got
	}
}
