package main

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
	"github.com/spf13/cobra"

	"edgeboard/shared/wire"
)

const benchAbout = `Lets members change boards of a relay at the same time, and measures how long it takes
until the others see a change, and until it is stored. It makes boards for that, whose
names are random and begin with bench-; they stay on the relay, with nothing on them.

Members send by the clock, also where the relay is late: what waits to be sent counts.
It is this machine that is measured too: look at its processors.`

const benchExample = `  boardctl bench http://localhost:8080
  boardctl bench --members 200 --boards 10 --rate 5 --seconds 60 https://boards.example.com
  boardctl bench --transport ws,sse,grpc --json http://localhost:8080 | jq .seen.p99_ms`

// benching is a call of boardctl bench.
type benching struct {
	remote
	members, boards, size int
	rate, seconds         float64
	transports            []string
	json                  bool
}

func benchVerb(t *terminal) *cobra.Command {
	x := &benching{remote: remote{t: t}}
	v := &cobra.Command{
		Use: "bench [flags] RELAY", Short: "measures a relay under load", Long: benchAbout, Example: benchExample,
		Args:              counted(1, 1, "name the relay"),
		ValidArgsFunction: completes(nil),
		RunE:              doing(x.run),
	}
	f := v.Flags()
	f.IntVar(&x.members, "members", 10, "`number` of members, of all boards together")
	f.IntVar(&x.boards, "boards", 1, "`number` of boards")
	f.Float64Var(&x.rate, "rate", 1, "`changes` that each member makes in a second")
	f.Float64Var(&x.seconds, "seconds", 10, "`time` to measure, in seconds")
	f.IntVar(&x.size, "size", 100, "`bytes` of a change, about")
	f.StringSliceVar(&x.transports, "transport", []string{"ws"}, "`transports`, separated by commas, of which members take one each in turn: "+strings.Join(transportNames, ", "))
	f.BoolVar(&x.json, "json", false, "print JSON")
	completeFrom(v, "transport", transportNames...)
	x.declare(v)
	f.Lookup("timeout").Usage = "`time` that it may take until all members are there"
	return v
}

// Limits of a bench, in what one machine can do.
const (
	benchMembers = 20_000
	benchRate    = 1000
	benchSeconds = 24 * 3600
	benchSize    = 16_000 // what a property may be, less some
)

func (x *benching) check() error {
	within := func(name string, v, least, most float64) error {
		if !(v >= least && v <= most) {
			return usagef("--%s is a number from %g to %g", name, least, most)
		}
		return nil
	}
	return errors.Join(
		within("members", float64(x.members), 1, benchMembers), within("boards", float64(x.boards), 1, float64(max(x.members, 1))),
		within("rate", x.rate, 0, benchRate), within("seconds", x.seconds, 0.1, benchSeconds), within("size", float64(x.size), float64(benchMark), benchSize))
}

func (x *benching) run(ctx context.Context, args []string) error {
	relay, err := relayAt(args[0])
	if err == nil {
		err = x.check()
	}
	if err != nil {
		return err
	}
	token, err := x.token()
	if err != nil {
		return err
	}
	var dialers []dialFunc
	for _, name := range x.transports {
		d, err := x.dialer(ctx, relay, name)
		if err != nil {
			return err
		}
		dialers = append(dialers, d)
	}
	if len(dialers) == 0 {
		return usageError("--transport names at least one")
	}
	report := x.measure(ctx, relay, token, dialers)
	if report.Members.Count == 0 && ctx.Err() == nil {
		return report.failure
	}
	if err := report.print(x.t, x.json); err != nil {
		return err
	}
	return ctx.Err()
}

// measure makes boards and members, and has them change the boards for a while.
func (x *benching) measure(ctx context.Context, relay *url.URL, token string, dialers []dialFunc) *benchReport {
	r := newBenchReport(x, relay)
	for range x.boards {
		r.Boards = append(r.Boards, "bench-"+strings.ToLower(rand.Text()[:16]))
	}
	x.t.say("it makes %d boards on %s, %s …, which stay there", x.boards, relay, r.Boards[0])
	f := newBenchFigures()
	f.cutOff = sync.OnceFunc(func() { x.t.say("%s", edgeOnly) })
	members := make([]*benchMember, x.members)
	for i := range members {
		members[i] = &benchMember{figures: f, board: r.Boards[i%len(r.Boards)], token: token, dial: dialers[i%len(dialers)], size: x.size}
	}
	coming := x.t.progress("members", "members", int64(x.members))
	there := x.connect(ctx, members, coming)
	coming.end()
	r.failure = f.failure

	// Readers end with their connections.
	var readers sync.WaitGroup
	for _, m := range there {
		readers.Go(func() { m.read(ctx) })
	}
	f.measuring(len(there), r.Boards, there)
	begun := f.since()
	if len(there) > 0 {
		x.load(ctx, there, begun)
	}
	r.Seconds = (f.since() - begun).Seconds()
	f.settle(ctx)
	for _, m := range there {
		m.leave(ctx)
	}
	readers.Wait()
	r.take(f)
	return r
}

// connect lets all members come, some at a time, and returns those that are let in.
func (x *benching) connect(ctx context.Context, members []*benchMember, coming *progress) (there []*benchMember) {
	const atOnce = 32
	ctx, stop := context.WithTimeout(ctx, x.wait)
	defer stop()
	var mu sync.Mutex
	var wg sync.WaitGroup
	queue := make(chan *benchMember)
	for range min(atOnce, len(members)) {
		wg.Go(func() {
			for m := range queue {
				came := m.come(ctx, x.t.pause)
				mu.Lock()
				if came {
					there = append(there, m)
				}
				coming.add(1)
				mu.Unlock()
			}
		})
	}
	for _, m := range members {
		queue <- m
	}
	close(queue)
	wg.Wait()
	return there
}

// load lets members send until the time is over.
func (x *benching) load(ctx context.Context, members []*benchMember, begun time.Duration) {
	end := begun + time.Duration(x.seconds*float64(time.Second))
	running := x.t.progress("measuring", "s", int64(x.seconds))
	defer running.end()
	ctx, stop := context.WithCancel(ctx)
	var wg sync.WaitGroup
	for i, m := range members {
		wg.Go(func() {
			// They begin one after the other: all at once would be another load.
			every := time.Duration(float64(time.Second) / max(x.rate, 1e-9))
			phase := time.Duration(float64(every) * float64(i) / float64(len(members)))
			m.send(ctx, begun+phase, every, end)
		})
	}
	shown := make(chan struct{})
	go func() {
		defer close(shown)
		for x.t.pause(ctx, drawEvery) == nil {
			if x.t.tells {
				running.set(int64((members[0].figures.since() - begun).Seconds()))
			}
		}
	}()
	wg.Wait()
	stop()
	<-shown
}

// benchReport is what a bench has found.
type benchReport struct {
	Relay      string         `json:"relay"`
	Boards     []string       `json:"boards"`
	Transports []string       `json:"transports"`
	Rate       float64        `json:"rate"`
	Size       int            `json:"size"`
	Seconds    float64        `json:"seconds"`
	Wanted     int            `json:"members_wanted"`
	Members    quantiles      `json:"members"` // how long it took to come
	Sent       int64          `json:"sent"`
	Received   int64          `json:"received"`
	Expected   int64          `json:"expected"`
	Seen       quantiles      `json:"seen"`   // until another member had a change
	Stored     quantiles      `json:"stored"` // until its writer was told that it is stored
	BytesOut   int64          `json:"bytes_out"`
	BytesIn    int64          `json:"bytes_in"`
	Errors     map[string]int `json:"errors"`

	failure error // why nobody was let in
}

// quantiles of times, in milliseconds.
type quantiles struct {
	Count   int64    `json:"count"`
	P50     float64  `json:"p50_ms"`
	P90     float64  `json:"p90_ms"`
	P99     float64  `json:"p99_ms"`
	Max     float64  `json:"max_ms"`
	Buckets []bucket `json:"buckets,omitempty"`
}

// bucket is how many times were at most so many milliseconds, and more than those of
// the bucket before.
type bucket struct {
	UpTo  float64 `json:"upto_ms"`
	Count int64   `json:"count"`
}

func newBenchReport(x *benching, relay *url.URL) *benchReport {
	return &benchReport{Relay: relay.String(), Transports: x.transports, Rate: x.rate, Size: x.size, Wanted: x.members}
}

func (r *benchReport) take(f *benchFigures) {
	f.mu.Lock()
	defer f.mu.Unlock()
	r.Members, r.Seen, r.Stored = quantilesOf(f.came), quantilesOf(f.seen), quantilesOf(f.stored)
	r.Sent, r.Received, r.Expected = f.sent, f.received, f.expected
	r.BytesOut, r.BytesIn, r.Errors = f.bytesOut, f.bytesIn, f.errors
}

func quantilesOf(h *hdrhistogram.Histogram) quantiles {
	ms := func(us int64) float64 { return float64(us) / 1000 }
	q := quantiles{Count: h.TotalCount()}
	if q.Count == 0 {
		return q
	}
	q.P50, q.P90, q.P99, q.Max = ms(h.ValueAtQuantile(50)), ms(h.ValueAtQuantile(90)), ms(h.ValueAtQuantile(99)), ms(h.Max())
	upto := 0.125
	for _, bar := range h.Distribution() {
		if bar.Count == 0 {
			continue
		}
		for ms(bar.To) > upto {
			upto *= 2
		}
		if n := len(q.Buckets); n > 0 && q.Buckets[n-1].UpTo == upto {
			q.Buckets[n-1].Count += bar.Count
		} else {
			q.Buckets = append(q.Buckets, bucket{upto, bar.Count})
		}
	}
	return q
}

func (r *benchReport) print(t *terminal, asJSON bool) error {
	if asJSON {
		text, err := json.Marshal(r)
		if err == nil {
			_, err = fmt.Fprintln(t.stdout, string(text))
		}
		return err
	}
	p := paint(t.colors(t.shows))
	w := t.stdout
	line := func(name string, q quantiles) {
		fmt.Fprintf(w, "%-9s p50 %s  p90 %s  p99 %s  max %s\n", name, millis(q.P50), millis(q.P90), millis(q.P99), millis(q.Max))
	}
	fmt.Fprintf(w, "%d of %d members on %d boards, over %s, for %.1f s\n", r.Members.Count, r.Wanted, len(r.Boards), strings.Join(r.Transports, ", "), r.Seconds)
	fmt.Fprintf(w, "%-9s %d changes of %d bytes, %s\n", "sent", r.Sent, r.Size, size(r.BytesOut))
	fmt.Fprintf(w, "%-9s %d of %d, %s\n", "received", r.Received, r.Expected, size(r.BytesIn))
	line("came in", r.Members)
	line("seen in", r.Seen)
	line("stored in", r.Stored)
	most := int64(1)
	for _, b := range r.Seen.Buckets {
		most = max(most, b.Count)
	}
	for _, b := range r.Seen.Buckets {
		bar := strings.Repeat("█", int(b.Count*barWidth/most))
		fmt.Fprintf(w, "  seen up to %s %s %d\n", millis(b.UpTo), p.in(cyan, fmt.Sprintf("%-*s", barWidth, bar)), b.Count)
	}
	for _, what := range slices.Sorted(maps.Keys(r.Errors)) {
		fmt.Fprintf(w, "%s %d × %s\n", p.in(red, fmt.Sprintf("%-9s", "error")), r.Errors[what], what)
	}
	return nil
}

// millis is milliseconds in nine letters.
func millis(ms float64) string {
	switch {
	case ms >= 1000:
		return fmt.Sprintf("%6.2f s ", ms/1000)
	case ms >= 10:
		return fmt.Sprintf("%6.1f ms", ms)
	}
	return fmt.Sprintf("%6.2f ms", ms)
}

// benchFigures are what members measure together.
type benchFigures struct {
	base   time.Time // of all times
	cutOff func()    // called when the relay says that it is edge only

	mu                 sync.Mutex
	came, seen, stored *hdrhistogram.Histogram // microseconds
	sent, received     int64
	expected           int64
	bytesOut, bytesIn  int64
	errors             map[string]int
	failure            error // the first one of who came
	others             map[string]int64
}

func newBenchFigures() *benchFigures {
	times := func() *hdrhistogram.Histogram { return hdrhistogram.New(1, benchLongest.Microseconds(), 3) }
	return &benchFigures{base: time.Now(), came: times(), seen: times(), stored: times(), errors: map[string]int{}}
}

// benchLongest is the longest time that is told from others.
const benchLongest = 10 * time.Minute

// since is the time of the bench.
func (f *benchFigures) since() time.Duration { return time.Since(f.base) }

func record(h *hdrhistogram.Histogram, d time.Duration) {
	_ = h.RecordValue(min(max(d, time.Microsecond), benchLongest).Microseconds()) // it is within the limits
}

// failed counts an error by its words.
func (f *benchFigures) failed(doing string, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.errors[doing+": "+plain(err.Error())]++
	if f.failure == nil {
		f.failure = err
	}
}

// measuring notes how many others see what a member of each board does.
func (f *benchFigures) measuring(n int, boards []string, members []*benchMember) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.others = map[string]int64{}
	for _, m := range members {
		f.others[m.board]++
	}
	for _, b := range boards {
		f.others[b] = max(f.others[b]-1, 0)
	}
}

// benchSettle is how long it is waited for what is under way in the end.
const benchSettle = 10 * time.Second

// settle waits until all that was sent has come.
func (f *benchFigures) settle(ctx context.Context) {
	end := f.since() + benchSettle
	for f.since() < end {
		f.mu.Lock()
		done := f.received >= f.expected && f.stored.TotalCount() >= f.sent
		f.mu.Unlock()
		if done || pause(ctx, 10*time.Millisecond) != nil {
			return
		}
	}
}

// denied is why a relay has ended a connection.
func denied(d *wire.Denied) error {
	err := fmt.Errorf("%s (%d)", plain(d.Reason), d.Code)
	if d.Code == wire.CodeForbidden || d.Code == wire.CodeTokenExpired {
		return refusedError{err}
	}
	return err
}
