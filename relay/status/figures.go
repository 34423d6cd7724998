package status

import (
	"cmp"
	"os"
	"runtime"
	"runtime/metrics"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"edgeboard/relay/feed"
	counted "edgeboard/relay/metrics"
	live "edgeboard/shared/feed"
)

// Figures measure a relay while somebody looks. Make them with New. The methods may be
// called from many goroutines.
type Figures struct {
	cfg   Config
	began time.Time
	wg    sync.WaitGroup

	mu      sync.Mutex
	lookers int
	stop    chan struct{} // of the goroutine that measures; nil: there is none
	closed  bool

	measuring sync.Mutex // guards what is below
	last      counted.Figures
	at        time.Time                 // of last; when the relay began, at first
	commits   [recent + 1]counted.Times // the last ones, a ring
	n         int                       // of commits, ever
	logged    uint64                    // the last line that was published
	loggedAt  int64                     // the time that it was given
	runtime   [len(samples)]metrics.Sample
}

// What the Go runtime says of itself, without stopping anything.
var samples = [...]string{"/memory/classes/heap/objects:bytes", "/sched/goroutines:goroutines"}

// New returns the Figures of a relay that has just begun.
func New(cfg Config) *Figures {
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	cfg.Version = cmp.Or(cfg.Version, "devel")
	if cfg.Age <= 0 {
		cfg.Age = time.Hour
	}
	f := &Figures{cfg: cfg, began: cfg.Now()}
	f.at = f.began
	for i, name := range samples {
		f.runtime[i].Name = name
	}
	return f
}

// Look has the figures measured every second until the looker leaves.
func (f *Figures) Look() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.lookers++
	if f.stop == nil && !f.closed {
		stop := make(chan struct{})
		f.stop = stop
		f.wg.Go(func() { f.run(stop) })
	}
}

// Leave ends what Look has begun. It does not wait.
func (f *Figures) Leave() {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.lookers--; f.lookers == 0 {
		f.end()
	}
}

// end has the goroutine end. The caller holds mu.
func (f *Figures) end() {
	if f.stop != nil {
		close(f.stop)
		f.stop = nil
	}
}

// Close measures nothing more, and returns when nothing is under way.
func (f *Figures) Close() {
	f.mu.Lock()
	f.closed = true
	f.end()
	f.mu.Unlock()
	f.wg.Wait()
}

// Glance measures for who reads once, unless that was done just now.
func (f *Figures) Glance() {
	f.mu.Lock()
	closed := f.closed
	if !closed {
		f.wg.Add(1)
	}
	f.mu.Unlock()
	if !closed {
		defer f.wg.Done()
		f.measure(fresh)
	}
}

func (f *Figures) run(stop chan struct{}) {
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		f.measure(every / 2) // another goroutine may have, which was told to end meanwhile
		select {
		case <-stop:
			return
		case <-tick.C:
		}
	}
}

// measure publishes how the relay is, unless that was done less than a time ago.
func (f *Figures) measure(least time.Duration) {
	f.measuring.Lock()
	defer f.measuring.Unlock()
	now := f.cfg.Now()
	passed := now.Sub(f.at)
	if passed >= 0 && passed < least && f.n > 0 {
		return
	}
	list := f.batches(now, max(passed.Seconds(), 1e-3))
	if f.cfg.Publish(list...) != nil {
		// There may be room for some of them.
		for _, b := range list {
			_ = f.cfg.Publish(b)
		}
	}
}

// batches are the figures of now. What is told by the second is on average over so many
// seconds.
func (f *Figures) batches(now time.Time, seconds float64) (list []feed.Batch) {
	number := func(name string, v float64) {
		list = append(list, feed.Batch{Feed: name, Points: []live.Point{{Number: v}}})
	}
	text := func(name, v string) {
		if v != "" {
			list = append(list, feed.Batch{Feed: name, Points: []live.Point{{Text: v}}})
		}
	}
	by := func(name string, list map[string]float64) {
		for label, v := range list {
			number(name+"."+label, v)
		}
	}
	is := f.cfg.Metrics.Figures()
	rate := func(name string, is, was float64) { number(name, (is-was)/seconds) }

	all := 0.0
	for _, n := range is.Connections {
		all += n
	}
	number("connections", all)
	by("connections", is.Connections)
	number("boards", is.Rooms)
	number("people", is.Members)
	number("behind", is.Behind)
	rate("frames.out", is.Frames, f.last.Frames)
	rate("frames.in", is.Received, f.last.Received)
	rate("bytes.out", is.Bytes, f.last.Bytes)
	by("drops", is.Drops)
	by("refused", is.Refused)
	by("turned-away", is.TurnedAway)
	number("feeds", is.Feeds)
	number("feeds.viewers", is.Viewers)
	rate("feeds.points", is.Published, f.last.Published)
	f.commit(is.Commits, number)
	rate("commits", float64(is.Commits.N()), float64(f.last.Commits.N()))
	number("commits.failed", is.CommitErrors)

	metrics.Read(f.runtime[:])
	number("memory.heap", float64(f.runtime[0].Value.Uint64()))
	if rss, ok := resident(); ok {
		number("memory.rss", rss)
	}
	number("goroutines", float64(f.runtime[1].Value.Uint64()))
	number("uptime", now.Sub(f.began).Truncate(time.Second).Seconds())
	text("version", f.cfg.Version+", "+runtime.Version())
	text("state", f.cfg.State())
	f.last, f.at = is, now

	// Maps have no order; what is new gets its number in this one.
	slices.SortStableFunc(list, func(a, b feed.Batch) int { return cmp.Compare(a.Feed, b.Feed) })
	return append(list, f.log(now)...)
}

// commit tells how long the commits have taken that have come lately.
func (f *Figures) commit(times counted.Times, number func(string, float64)) {
	f.commits[f.n%len(f.commits)] = times
	f.n++
	before := f.commits[f.n%len(f.commits)] // zero: none before the relay began
	if took := times.Since(before); took.N() > 0 {
		number("commit.p50", milliseconds(took.Quantile(0.5)))
		number("commit.p99", milliseconds(took.Quantile(0.99)))
	}
}

func milliseconds(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

// log returns the lines that were not published yet, at their own times.
func (f *Figures) log(now time.Time) []feed.Batch {
	if f.cfg.Log == nil {
		return nil
	}
	var points []live.Point
	for _, l := range f.cfg.Log.after(f.logged) {
		f.logged = l.number
		at := max(l.at.UnixMilli(), f.loggedAt+1)
		if at < now.Add(-f.cfg.Age/10*9).UnixMilli() {
			continue // it would not be taken, or be gone at once
		}
		f.loggedAt = at
		points = append(points, live.Point{Time: at, Text: l.text})
	}
	if points == nil {
		return nil
	}
	return []feed.Batch{{Feed: "log", Points: points}}
}

// resident returns the bytes of the process in memory, where the system tells them.
func resident() (bytes float64, ok bool) {
	text, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		return 0, false
	}
	fields := strings.Fields(string(text))
	if len(fields) < 2 {
		return 0, false
	}
	pages, err := strconv.ParseUint(fields[1], 10, 64)
	return float64(pages) * float64(os.Getpagesize()), err == nil
}
