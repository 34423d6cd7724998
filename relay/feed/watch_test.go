package feed

import (
	"fmt"
	"maps"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"edgeboard/shared/feed"
	"edgeboard/shared/wire"
)

// watcher is a client that watches. Its queue is as bounded as a member's.
type watcher struct {
	t       *testing.T
	name    string
	mu      sync.Mutex
	stalled bool
	queue   [][]byte
	owed    []bool
	frames  int
	bytes   int
	points  int
	decoder feed.Decoder
	had     map[string][]feed.Point // by feed
	begun   map[string]int          // how often it was told all anew
	more    bool
	times   []int64 // of frames
}

const queueSize = 1000

func newWatcher(t *testing.T, name string) *watcher {
	return &watcher{t: t, name: name, had: map[string][]feed.Point{}, begun: map[string]int{}}
}

func (w *watcher) Tell(frame []byte, owed bool) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	size := len(frame)
	for i, f := range w.queue {
		if !w.owed[i] {
			size += len(f)
		}
	}
	if w.stalled && !owed && size > queueSize {
		var queue [][]byte
		for i, f := range w.queue {
			if w.owed[i] {
				queue = append(queue, f)
			}
		}
		w.queue, w.owed = queue, slices.Repeat([]bool{true}, len(queue))
		return false
	}
	w.queue, w.owed = append(w.queue, frame), append(w.owed, owed)
	if !w.stalled {
		w.read()
	}
	return true
}

func (w *watcher) Caught() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return len(w.queue) == 0
}

// told returns how many frames it was told.
func (w *watcher) told() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.frames
}

// stall has it read no more, or again.
func (w *watcher) stall(on bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.stalled = on; !on {
		w.read()
	}
}

// read takes all that waits, as a client does.
func (w *watcher) read() {
	queue := w.queue
	w.queue, w.owed = nil, nil
	for _, b := range queue {
		w.frames++
		w.bytes += len(b)
		for frame, err := range wire.Frames(b) {
			var m wire.Points
			if err == nil && frame.Kind == wire.KindPoints {
				err = m.Parse(frame.Body)
			}
			if err != nil {
				w.t.Fatalf("%s: %v", w.name, err)
			}
			w.more = w.more || m.More
			w.times = append(w.times, int64(m.Time))
			batches, gone, err := w.decoder.Decode(&m)
			if err != nil {
				w.t.Fatalf("%s: %v: % x of %+v", w.name, err, m.Runs, m.Feeds)
			}
			for _, name := range gone {
				delete(w.had, name)
			}
			for _, b := range batches {
				if b.Anew {
					w.had[b.Name] = nil
					w.begun[b.Name]++
				}
				w.points += len(b.Points)
				for _, p := range b.Points {
					if had := w.had[b.Name]; len(had) == 0 || p.Time > had[len(had)-1].Time {
						w.had[b.Name] = append(w.had[b.Name], p)
					}
				}
			}
		}
	}
}

func watch(patterns ...string) *wire.Watch {
	w := new(wire.Watch)
	for _, p := range patterns {
		w.List = append(w.List, wire.Want{Feed: p, Points: 100})
	}
	return w
}

func publish(t *testing.T, d *Desk, name string, values ...float64) {
	t.Helper()
	b := Batch{Feed: name}
	for _, v := range values {
		b.Points = append(b.Points, feed.Point{Number: v})
	}
	if err := d.Publish("plan", b); err != nil {
		t.Fatal(err)
	}
}

func values(points []feed.Point) (list []float64) {
	for _, p := range points {
		list = append(list, p.Number)
	}
	return list
}

func (w *watcher) wants(when, name string, list ...float64) {
	w.t.Helper()
	w.mu.Lock()
	defer w.mu.Unlock()
	if got := values(w.had[name]); !slices.Equal(got, list) {
		w.t.Errorf("%s: %s has %v of %s, want %v", when, w.name, got, name, list)
	}
}

// Who watches is told what there was, and what comes: the first at once, and then what
// came in the meantime together.
func TestW105Told(t *testing.T) { synctest.Test(t, testW105Told) }
func testW105Told(t *testing.T) {
	d := New(Config{})
	defer d.Close()
	publish(t, d, "cpu", 1, 2)
	publish(t, d, "mem", 7)
	w := newWatcher(t, "the watcher")
	d.Watch("plan", w, watch("cpu"))
	defer d.Leave("plan", w)
	w.wants("who comes is told what there was", "cpu", 1, 2)
	w.wants("and nothing that it does not watch", "mem")

	time.Sleep(time.Second)
	publish(t, d, "cpu", 3)
	synctest.Wait()
	w.wants("the first point is told at once", "cpu", 1, 2, 3)
	publish(t, d, "cpu", 4)
	publish(t, d, "mem", 8)
	publish(t, d, "cpu", 5)
	synctest.Wait()
	w.wants("what comes right after waits", "cpu", 1, 2, 3)
	frames := w.told()
	time.Sleep(every)
	synctest.Wait()
	w.wants("for 50 ms", "cpu", 1, 2, 3, 4, 5)
	if n := w.told() - frames; n != 1 {
		t.Errorf("what came together was told in %d frames, want one", n)
	}
	time.Sleep(time.Hour)
	synctest.Wait()
	if w.told() != frames+1 {
		t.Error("R10: something was told where nothing was published")
	}
}

// A Watch holds in the place of the one before: what goes on goes on without being told
// anew, and what is watched no longer is not told.
func TestW103Instead(t *testing.T) { synctest.Test(t, testW103Instead) }
func testW103Instead(t *testing.T) {
	d := New(Config{})
	defer d.Close()
	publish(t, d, "cpu", 1)
	publish(t, d, "mem", 10)
	w := newWatcher(t, "the watcher")
	d.Watch("plan", w, watch("cpu"))
	d.Watch("plan", w, watch("cpu", "mem"))
	w.wants("", "mem", 10)
	if w.begun["cpu"] != 1 {
		t.Errorf("a feed that goes on was begun %d times", w.begun["cpu"])
	}
	d.Watch("plan", w, watch("mem"))
	publish(t, d, "cpu", 2)
	publish(t, d, "mem", 11)
	time.Sleep(time.Second)
	synctest.Wait()
	w.wants("what is not watched is not told", "cpu", 1)
	w.wants("what still is goes on", "mem", 10, 11)
	more := watch("mem")
	more.List[0].Points = 200
	d.Watch("plan", w, more)
	if w.begun["mem"] != 2 {
		t.Errorf("who wants more of what was is told so anew; it was begun %d times", w.begun["mem"])
	}
	d.Watch("plan", w, watch("cpu"))
	w.wants("what is watched once more begins anew", "cpu", 1, 2)
	d.Leave("plan", w)
	publish(t, d, "cpu", 3)
	time.Sleep(time.Second)
	synctest.Wait()
	w.wants("who has left is told nothing", "cpu", 1, 2)
}

// A client that could not read what it was told watches nothing, and then the same again:
// that begins anew also where both come before it has read what waits.
func TestW104WatchOfNothingBetween(t *testing.T) {
	synctest.Test(t, testW104WatchOfNothingBetween)
}
func testW104WatchOfNothingBetween(t *testing.T) {
	d := New(Config{})
	defer d.Close()
	publish(t, d, "cpu", 1)
	publish(t, d, "mem", 10)
	w := newWatcher(t, "the watcher")
	d.Watch("plan", w, watch("cpu", "mem"))
	defer d.Leave("plan", w)
	w.stall(true)
	publish(t, d, "cpu", 2)
	time.Sleep(time.Second)
	synctest.Wait()
	d.Watch("plan", w, watch("mem"))
	d.Watch("plan", w, watch("cpu", "mem"))
	w.stall(false)
	time.Sleep(time.Second)
	synctest.Wait()
	if w.begun["cpu"] != 2 || w.begun["mem"] != 1 {
		t.Errorf("what was left out was begun %d times, and the other one %d times, want 2 and 1", w.begun["cpu"], w.begun["mem"])
	}
	w.wants("anew", "cpu", 1, 2)
}

// A pattern means feeds that come later too, and those that are gone no longer.
func TestPatterns(t *testing.T) { synctest.Test(t, testPatterns) }
func testPatterns(t *testing.T) {
	d := New(Config{})
	defer d.Close()
	w := newWatcher(t, "the watcher")
	d.Watch("plan", w, watch("cpu.*"))
	defer d.Leave("plan", w)
	publish(t, d, "cpu.0", 1)
	publish(t, d, "mem", 1)
	time.Sleep(time.Second)
	synctest.Wait()
	w.wants("a feed that comes", "cpu.0", 1)
	w.wants("another one", "mem")
	d.Forget("plan", "cpu.0")
	time.Sleep(time.Second)
	synctest.Wait()
	if _, has := w.had["cpu.0"]; has {
		t.Error("a feed that is gone was not told to be")
	}
	publish(t, d, "cpu.0", 5)
	time.Sleep(time.Second)
	synctest.Wait()
	w.wants("a feed that comes again", "cpu.0", 5)
}

// Who wants to be told less often is told the last point of the time, and no older one.
func TestInterval(t *testing.T) { synctest.Test(t, testInterval) }
func testInterval(t *testing.T) {
	d := New(Config{})
	defer d.Close()
	w := newWatcher(t, "the watcher")
	slow := watch("cpu")
	slow.IntervalMS = 1000
	publish(t, d, "cpu", 0)
	d.Watch("plan", w, slow)
	defer d.Leave("plan", w)
	for i := range 30 {
		time.Sleep(100 * time.Millisecond)
		publish(t, d, "cpu", float64(i+1))
	}
	time.Sleep(time.Second)
	synctest.Wait()
	got := values(w.had["cpu"])
	if len(got) < 4 || len(got) > 6 || got[len(got)-1] != 30 {
		t.Errorf("in three seconds it was told %v, want one a second and the last one", got)
	}
}

// Of many points a newcomer is told those that show their course.
func TestThinned(t *testing.T) { synctest.Test(t, testThinned) }
func testThinned(t *testing.T) {
	d := New(Config{})
	defer d.Close()
	for i := range 900 {
		v := math.Sin(float64(i) / 50)
		if i == 333 {
			v = 100
		}
		publish(t, d, "cpu", v)
		time.Sleep(time.Second)
	}
	w := newWatcher(t, "the watcher")
	d.Watch("plan", w, watch("cpu"))
	defer d.Leave("plan", w)
	if got := values(w.had["cpu"]); len(got) > 100 || len(got) < 50 || slices.Max(got) != 100 {
		t.Errorf("of 900 points it was told %d, up to %v: want at most 100, the highest among them", len(got), slices.Max(got))
	}
	short := watch("cpu")
	short.List[0].SpanMS = 10_500
	d.Watch("plan", w, watch())
	d.Watch("plan", w, short)
	if got := w.had["cpu"]; len(got) != 10 {
		t.Errorf("of the last ten seconds it was told %d points", len(got))
	}
}

// One that does not read costs a bounded queue, holds up nobody, and is told the last
// points when it reads again: fewer, and no older ones.
func TestW105Slow(t *testing.T) { synctest.Test(t, testW105Slow) }
func testW105Slow(t *testing.T) {
	d := New(Config{})
	defer d.Close()
	slow, fast := newWatcher(t, "the slow one"), newWatcher(t, "the fast one")
	for i := range 20 {
		publish(t, d, fmt.Sprint("cpu.", i), 0)
	}
	for _, w := range []*watcher{slow, fast} {
		d.Watch("plan", w, watch("cpu.*"))
		defer d.Leave("plan", w)
	}
	slow.stall(true)
	for n := range 100 {
		for i := range 20 {
			publish(t, d, fmt.Sprint("cpu.", i), float64(n)+0.25)
		}
		time.Sleep(100 * time.Millisecond)
	}
	synctest.Wait()
	waits := 0
	for _, f := range slow.queue {
		waits += len(f)
	}
	if waits > queueSize {
		t.Errorf("%d bytes wait for the slow one, want at most %d", waits, queueSize)
	}
	if n := len(fast.had["cpu.7"]); n != 101 {
		t.Errorf("the fast one was told %d points, want all of 101", n)
	}
	had := slow.points
	slow.stall(false)
	time.Sleep(time.Second)
	synctest.Wait()
	if last := slow.had["cpu.7"]; last[len(last)-1].Number != 99.25 || slow.points-had > 40*20 {
		t.Errorf("the slow one has %v, after %d more points: want the last one, and few others", last[len(last)-1], slow.points-had)
	}
	publish(t, d, "cpu.7", 1000)
	time.Sleep(time.Second)
	synctest.Wait()
	if last := slow.had["cpu.7"]; last[len(last)-1].Number != 1000 {
		t.Error("after that it is told what comes")
	}
}

// Those who watch the same are told by the same bytes (R5).
func TestSameBytes(t *testing.T) { synctest.Test(t, testSameBytes) }
func testSameBytes(t *testing.T) {
	d := New(Config{})
	defer d.Close()
	a, b := newWatcher(t, "a"), newWatcher(t, "b")
	publish(t, d, "cpu", 1)
	for _, w := range []*watcher{a, b} {
		d.Watch("plan", w, watch("cpu"))
		defer d.Leave("plan", w)
		w.stall(true)
	}
	publish(t, d, "cpu", 2)
	synctest.Wait()
	if len(a.queue) != 1 || len(b.queue) != 1 || &a.queue[0][0] != &b.queue[0][0] {
		t.Error("two who watch the same were not told by the same bytes")
	}
	a.stall(false)
	b.stall(false)
}

// A relay tells of no more feeds than a client takes, and says so.
func TestMoreFeeds(t *testing.T) { synctest.Test(t, testMoreFeeds) }
func testMoreFeeds(t *testing.T) {
	d := New(Config{Limits: Limits{Feeds: 2000}})
	defer d.Close()
	for i := range 1500 {
		publish(t, d, strings.Repeat("x", 100)+fmt.Sprint(i), float64(i))
	}
	w := newWatcher(t, "the watcher")
	d.Watch("plan", w, watch("*"))
	defer d.Leave("plan", w)
	if len(w.had) != wire.MaxFeeds || !w.more || w.frames < 2 {
		t.Errorf("it was told of %d feeds in %d frames, and that there are more: %v; want %d in some", len(w.had), w.frames, w.more, wire.MaxFeeds)
	}
}

// Whatever happens, each watcher ends with the last points of all that it watches, and
// is never told what it cannot read.
func TestWatchAtRandom(t *testing.T) {
	for seed := range uint64(80) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { watchAtRandom(t, rand.New(rand.NewPCG(7, seed))) })
		})
	}
}

func watchAtRandom(t *testing.T, r *rand.Rand) {
	d := New(Config{Limits: Limits{Feeds: 8, Points: 20, Age: 30 * time.Second}})
	defer d.Close()
	patterns := []string{"a.*", "a.1", "a.2", "b.1", "b.*", "*", "c"}
	names := []string{"a.1", "a.2", "a.3", "b.1", "b.2", "c"}
	all := make([]*watcher, 4)
	asked := make([]*wire.Watch, len(all))
	for i := range all {
		all[i], asked[i] = newWatcher(t, fmt.Sprint("watcher ", i)), watch()
	}
	for range 200 {
		i := r.IntN(len(all))
		switch r.IntN(12) {
		case 0, 1:
			w := watch()
			for range r.IntN(4) {
				w.List = append(w.List, wire.Want{Feed: patterns[r.IntN(len(patterns))], Points: uint32(r.IntN(30)), SpanMS: uint64(r.IntN(2)) * 5000})
			}
			w.IntervalMS, w.Digits = uint32(r.IntN(2)*500), uint32(r.IntN(2)*7)
			asked[i] = w
			// A client lets go of what it does not watch.
			maps.DeleteFunc(all[i].had, func(name string, _ []feed.Point) bool {
				return !slices.ContainsFunc(w.List, func(want wire.Want) bool { return feed.Matches(want.Feed, name) })
			})
			d.Watch("plan", all[i], w)
		case 2:
			all[i].stall(!all[i].stalled)
		case 3:
			d.Forget("plan", names[r.IntN(len(names))])
		case 4:
			time.Sleep(time.Duration(r.IntN(40)) * time.Second)
		case 5:
			d.Leave("plan", all[i])
			all[i], asked[i] = newWatcher(t, all[i].name), watch()
		default:
			p := feed.Point{Number: math.Round(r.NormFloat64()*1000) / 100}
			if r.IntN(4) == 0 {
				p.Number = r.NormFloat64()
			}
			name := names[r.IntN(len(names))]
			if name == "c" {
				p = feed.Point{Text: fmt.Sprint("line ", r.IntN(1000))}
			}
			if err := d.Publish("plan", Batch{name, []feed.Point{p}}); err != nil {
				t.Fatal(err)
			}
			time.Sleep(time.Duration(r.IntN(60)) * time.Millisecond)
		}
		synctest.Wait()
	}
	synctest.Wait()
	for _, w := range all {
		w.stall(false)
	}
	time.Sleep(2 * time.Second)
	synctest.Wait()
	for i, w := range all {
		for _, info := range d.List("plan") {
			if !slices.ContainsFunc(asked[i].List, func(want wire.Want) bool { return feed.Matches(want.Feed, info.Name) }) || info.Points == 0 {
				continue
			}
			had := w.had[info.Name]
			if len(had) == 0 {
				t.Fatalf("%s has nothing of %s, which %+v means", w.name, info.Name, asked[i].List)
			}
			last := had[len(had)-1]
			off := math.Abs(last.Number - info.Last.Number)
			if last.Time != info.Last.Time || last.Text != info.Last.Text || off > 1e-6*math.Abs(info.Last.Number) || off > 0 && asked[i].Digits == 0 {
				t.Fatalf("%s has %v at last of %s, want %v", w.name, last, info.Name, info.Last)
			}
		}
		for name := range maps.Keys(w.had) {
			if _, _, there := d.Points("plan", name, 0, 1); !there && len(asked[i].List) > 0 && slices.ContainsFunc(asked[i].List, func(want wire.Want) bool { return feed.Matches(want.Feed, name) }) {
				t.Fatalf("%s still has %s, which is gone", w.name, name)
			}
		}
		d.Leave("plan", w)
	}
	s := d.boards["plan"]
	if s != nil && (len(s.viewers) > 0 || len(s.classes) > 0) {
		t.Fatalf("%d viewers and %d classes are left", len(s.viewers), len(s.classes))
	}
}

// However long texts are, no frame is longer than a client takes.
func TestLongTexts(t *testing.T) { synctest.Test(t, testLongTexts) }
func testLongTexts(t *testing.T) {
	d := New(Config{})
	defer d.Close()
	w := newWatcher(t, "the watcher")
	long := func(n int) (points []feed.Point) {
		for i := range n {
			points = append(points, feed.Point{Text: strings.Repeat("x", wire.MaxFeedText-4) + fmt.Sprintf("%04d", i)})
		}
		return points
	}
	for i := range 40 {
		if err := d.Publish("plan", Batch{fmt.Sprint("log", i), long(900)}); err != nil {
			t.Fatal(err)
		}
	}
	everything := watch("log*")
	everything.List[0].Points = wire.MaxSamples
	w.stall(true)
	d.Watch("plan", w, everything)
	defer d.Leave("plan", w)
	for _, b := range w.queue {
		if len(b) > 2*maxFrame {
			t.Errorf("a frame has %d bytes", len(b))
		}
	}
	w.stall(false)
	if err := d.Publish("plan", Batch{"log7", long(900)}); err != nil {
		t.Fatal(err)
	}
	time.Sleep(time.Second)
	synctest.Wait()
	if had := w.had["log7"]; !strings.HasSuffix(had[len(had)-1].Text, "0899") {
		t.Error("the last text is missing")
	}
}
