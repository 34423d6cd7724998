package figure

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"edgeboard/shared/board"
	"edgeboard/shared/feed"
	"edgeboard/shared/geom"
	"edgeboard/shared/tile"
)

// plant is a desk to which feeds come.
type plant struct {
	*desk
	feeds []*feed.Series
	now   int64
}

func newPlant(t *testing.T) *plant {
	p := &plant{desk: newDesk(t), now: noon}
	p.Zone(time.UTC)
	p.ShowFeeds(func(patterns []string) (list []*feed.Series) {
		for _, pattern := range patterns {
			for _, s := range p.feeds {
				if feed.Matches(pattern, s.Name) && !slices.Contains(list, s) {
					list = append(list, s)
				}
			}
		}
		return list
	})
	return p
}

// comes takes points that come to a feed, a second after each other, the last one now.
func (p *plant) comes(name string, points ...feed.Point) {
	i := slices.IndexFunc(p.feeds, func(s *feed.Series) bool { return s.Name == name })
	if i < 0 {
		i = len(p.feeds)
		p.feeds = append(p.feeds, &feed.Series{Name: name, Type: points[0].Type(), Ring: feed.NewRing(points[0].Type(), 4096)})
	}
	for k, point := range points {
		point.Time = p.now - int64(len(points)-1-k)*1000
		p.feeds[i].Ring.Push(point)
	}
	p.FeedsChanged([]string{name}, p.now)
}

func numbers(v ...float64) (points []feed.Point) {
	for _, n := range v {
		points = append(points, feed.Point{Number: n})
	}
	return points
}

func (p *plant) tile(chart tile.Chart, feeds string, more map[board.Key]board.Value) board.ID {
	p.t.Helper()
	id := p.shape(board.KindTile, 0, 0, 240, 160)
	p.edit(func(e *board.Edit) {
		e.Set(id, board.KeyChart, board.Int(int64(chart)))
		e.Set(id, board.KeyFeed, board.String(feeds))
		for key, v := range more {
			e.Set(id, key, v)
		}
	})
	return id
}

// texts is what a tile says of its feeds.
func (p *plant) texts(id board.ID) (list []string) {
	content := p.Of(id).Content()
	if content == nil {
		return nil
	}
	for _, part := range content.Parts {
		if part.Text != nil {
			list = append(list, part.Text.Lines[0].Text)
		}
	}
	return list
}

// fed are the tiles of which was told since the last call that they look otherwise.
func (p *plant) fed() (list []board.ID) {
	for _, c := range p.changes {
		if c.Kind == Fed {
			list = append(list, c.ID)
		}
	}
	p.changes = nil
	return list
}

// A tile is told of when one of its feeds changes, and not again before somebody has
// looked.
func TestTileIsTold(t *testing.T) {
	p := newPlant(t)
	cpu := p.tile(tile.Number, "cpu.a", nil)
	all := p.tile(tile.Bars, "mem\ncpu.*", nil)
	p.Of(cpu).Content()
	p.Of(all).Content()
	p.comes("cpu.a", numbers(1)...)
	got := p.fed()
	p.want("both show it", len(got), 2)
	p.comes("cpu.b", numbers(1)...)
	p.want("nobody has looked", fmt.Sprint(p.fed()), fmt.Sprint([]board.ID(nil)))
	p.Of(cpu).Content()
	p.Of(all).Content()
	p.comes("cpu.b", numbers(2)...)
	p.want("one shows it", fmt.Sprint(p.fed()), fmt.Sprint([]board.ID{all}))
	p.comes("cpu", numbers(2)...)
	p.want("another name", fmt.Sprint(p.fed()), fmt.Sprint([]board.ID(nil)))
	p.Of(cpu).Content()
	p.set(cpu, board.KeyFeed, board.String("cpu"))
	p.want("another feed is drawn", p.changes[0].Kind, Redrawn)
	p.want("shown", fmt.Sprint(p.texts(cpu)), fmt.Sprint([]string{"2"}))
	p.set(cpu, board.KeyDeleted, board.Int(1))
	p.comes("cpu", numbers(3)...)
	p.want("it is no more", fmt.Sprint(p.fed()), fmt.Sprint([]board.ID(nil)))
}

// What a content looks like has another version only if it looks otherwise.
func TestTileVersion(t *testing.T) {
	p := newPlant(t)
	id := p.tile(tile.Bars, "cpu", map[board.Key]board.Value{board.KeyDecimals: board.Int(0)})
	p.now += 1000
	p.comes("cpu", numbers(50, 50)...)
	was := p.Of(id).Content().Version
	p.now += 1000
	p.comes("cpu", numbers(50)...)
	p.want("the same number", p.Of(id).Content().Version, was)
	p.now += 1000
	p.comes("cpu", numbers(60)...)
	if p.Of(id).Content().Version == was {
		t.Error("another number looks as the one before")
	}
}

// A value is stale a minute after it came, and is told to be older from time to time.
func TestTileGrowsStale(t *testing.T) {
	p := newPlant(t)
	id := p.tile(tile.Number, "cpu", nil)
	p.comes("cpu", numbers(50)...)
	p.want("fresh", fmt.Sprint(p.texts(id)), fmt.Sprint([]string{"50"}))
	next, _ := p.Tick(p.now)
	p.want("it will be stale", next, p.now+60_001)
	p.changes = nil
	next, _ = p.Tick(next - 1)
	p.want("too early", fmt.Sprint(p.fed()), fmt.Sprint([]board.ID(nil)))
	next, _ = p.Tick(next)
	p.want("stale", fmt.Sprint(p.fed()), fmt.Sprint([]board.ID{id}))
	p.want("for a minute", fmt.Sprint(p.texts(id)), fmt.Sprint([]string{"1 min ago", "50"}))
	p.want("until it is two", next, p.now+120_000)
	next, _ = p.Tick(next)
	p.want("stale", fmt.Sprint(p.fed()), fmt.Sprint([]board.ID{id}))
	p.want("for two", fmt.Sprint(p.texts(id)), fmt.Sprint([]string{"2 min ago", "50"}))
	p.want("until it is three", next, p.now+180_000)

	at := next - 5000
	p.now = at
	p.comes("cpu", numbers(51)...)
	p.want("it is fresh again", fmt.Sprint(p.fed()), fmt.Sprint([]board.ID{id}))
	p.want("and says so", fmt.Sprint(p.texts(id)[:1]), fmt.Sprint([]string{"1 (2.0%) in 2 min"}))
	later, _ := p.Tick(next)
	p.want("nothing has grown stale at the time that was told before", fmt.Sprint(p.fed()), fmt.Sprint([]board.ID(nil)))
	p.want("the new value will", later, at+60_001)

	p.set(id, board.KeyStale, board.Int(0))
	later, _ = p.Tick(next + 1)
	p.want("it never does if the tile says so", later, int64(0))
}

// Without data a tile says what it waits for.
func TestTileWaits(t *testing.T) {
	p := newPlant(t)
	id := p.tile(tile.Lines, "cpu\nmem", nil)
	p.want("waiting", strings.Join(p.texts(id), " "), "waiting for cpu, mem")
	p.ShowFeeds(nil)
	p.want("nothing to come", fmt.Sprint(p.texts(id)), fmt.Sprint([]string{"—", "cpu, mem"}))
	p.set(id, board.KeyFeed, board.String(""))
	p.want("no feeds", fmt.Sprint(p.texts(id)), fmt.Sprint([]string{"no feed chosen"}))
	w := DefaultWords
	w.Nothing = "nichts"
	p.Speak(w)
	p.want("in another language", fmt.Sprint(p.texts(id)), fmt.Sprint([]string{"nichts"}))
}

// The size of a number stays while it changes, and its digits stand in their places.
func TestTileNumberIsStable(t *testing.T) {
	p := newPlant(t)
	id := p.tile(tile.Number, "cpu", map[board.Key]board.Value{board.KeyUnit: board.String("%"), board.KeyDecimals: board.Int(1)})
	size := func() float64 {
		for _, part := range p.Of(id).Content().Parts {
			if part.Text != nil && part.Text.Size > 24 {
				return part.Text.Size
			}
		}
		return 0
	}
	p.comes("cpu", numbers(50.1)...)
	first := size()
	for _, v := range []float64{50.2, 9.9, 51, 0, 99.9, 7} {
		p.now += 1000
		p.comes("cpu", numbers(v)...)
		p.want(fmt.Sprint("the size of ", v), size(), first)
	}
	p.now += 1000
	p.comes("cpu", numbers(-1234.5)...)
	if size() >= first {
		t.Error("a number that is twice as wide is as large")
	}
}

// Whatever the data, the size and the settings: nothing is drawn or written beyond the
// content's box, no texts overlap, all numbers are finite, and it is not too much.
func TestTileOfAnything(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	wild := []float64{0, 1, -1, 50, 1e9, -1e9, math.MaxFloat64, -math.MaxFloat64, math.SmallestNonzeroFloat64, 1e-9, 123456.789, math.NaN(), math.Inf(1)}
	units := []string{"", "%", "B", "B/s", "s", "ms", "€", "requests a second", strings.Repeat("界", 10)}
	texts := []string{"a", "<b>\t&", "line\nand\nlines", strings.Repeat("wide ", 300), strings.Repeat("x", 2000), "שלום עולם", "👩‍👩‍👧", "\n\n", "e\u0301"}
	for round := range 500 {
		p := newPlant(t)
		for k := range random.IntN(40) {
			name := fmt.Sprint("f", k)
			if random.IntN(8) == 0 {
				name += strings.Repeat("long", 30)
			}
			if random.IntN(6) == 0 {
				for range 1 + random.IntN(5) {
					p.now += int64(random.IntN(3000))
					p.comes(name, feed.Point{Text: texts[random.IntN(len(texts))]})
				}
				continue
			}
			calm := random.IntN(2) == 0
			var v []float64
			for range []int{1, 2, 30, 1000}[random.IntN(4)] {
				n := random.Float64() * 100
				if !calm {
					n = wild[random.IntN(len(wild))]
				}
				v = append(v, n)
			}
			p.comes(name, numbers(v...)...)
		}
		if random.IntN(3) == 0 {
			p.now += int64(random.IntN(200_000))
		}
		chart := tile.Chart(random.IntN(9))
		id := p.tile(chart, "f*", map[board.Key]board.Value{
			board.KeyUnit: board.String(units[random.IntN(len(units))]), board.KeyDecimals: board.Int(int64(random.IntN(14) - 1)),
			board.KeyWidth: board.Float(math.Exp(random.Float64()*5 + 2.5)), board.KeyHeight: board.Float(math.Exp(random.Float64()*4 + 2.5)),
			board.KeySteps: board.String([]string{"", "70 f0a000;90 e03131!", "0 000000;1e300 ffffff"}[random.IntN(3)]), board.KeyBelow: board.Int(int64(random.IntN(2))),
			board.KeyFontSize: board.Float([]float64{16, 1, 60}[random.IntN(3)]),
			board.KeyMin:      board.Float(wild[random.IntN(11)]), board.KeyMax: board.Float(wild[random.IntN(11)]),
			board.KeyAngle: board.Float(float64(random.IntN(2))), board.KeyWindow: board.Int(int64(random.IntN(2)) * 600_000),
			board.KeyX: board.Float(-3000),
		})
		p.FeedsChanged(nil, p.now)
		p.checkContent(id, fmt.Sprintf("round %d, chart %d", round, chart))
		if t.Failed() {
			return
		}
	}
}

// checkContent expects that a content has nothing wrong with it.
func (p *plant) checkContent(id board.ID, what string) {
	t := p.t
	t.Helper()
	f := p.Of(id)
	content := f.Content()
	if content == nil {
		return
	}
	box := f.contentBox().Grow(0.5)
	segments, written := 0, []geom.Box{}
	for i, part := range content.Parts {
		if part.Text == nil {
			if len(written) > 0 {
				t.Errorf("%s: something is drawn over a text", what)
			}
			segments += len(part.Path)
			for _, line := range part.Path.Flatten(0.2) {
				for _, at := range line.Points {
					if at = f.Frame.ToLocal(at); !at.Finite() || !box.Contains(at) {
						t.Errorf("%s: part %d at %v is not in %v", what, i, at, box)
						return
					}
				}
			}
			if !(part.Thickness >= 0 && part.Thickness < 500) {
				t.Errorf("%s: part %d is %v thick", what, i, part.Thickness)
			}
			continue
		}
		line, size := part.Text.Lines[0], part.Text.Size
		in := geom.Rect(line.At.X, line.At.Y-0.7*size, line.Width, 0.7*size)
		if !in.Min.Finite() || !in.Max.Finite() || !(size > 0) || !box.ContainsBox(in) {
			t.Errorf("%s: %.40q in %v of size %v is not in %v", what, line.Text, in, size, box)
			return
		}
		if strings.ContainsAny(line.Text, "\n\t\r") {
			t.Errorf("%s: %q has breaks", what, line.Text)
		}
		for _, other := range written {
			if in.Grow(-0.01 * size).Overlaps(other) {
				t.Errorf("%s: %.40q in %v lies over another text in %v", what, line.Text, in, other)
				return
			}
		}
		written = append(written, in.Grow(-0.01*size))
	}
	if segments > 10_000 || len(written) > 400 {
		t.Errorf("%s: %d segments and %d texts are drawn", what, segments, len(written))
	}
}

// What is drawn and written stands out from whatever paper, in the light and the dark.
func TestTileContrast(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	for range 300 {
		key := themeKey{fill: random.Uint32() & 0xffffff, filled: random.IntN(8) > 0, color: random.Uint32() & 0xffffff, colored: random.IntN(2) == 0}
		th := newTheme(key)
		for _, dark := range []bool{false, true} {
			paper := th.paper.shown(dark)
			least := func(what string, c pair, contrast float64) {
				// No colour has more than what black or white have.
				contrast = min(contrast, max(contrastOf(0, paper), contrastOf(0xffffff, paper)))
				if got := contrastOf(c.shown(dark), paper); got < contrast-0.1 {
					t.Errorf("%s on %06x (dark: %v) is %06x: %.2f to 1, want %v", what, paper, dark, c.shown(dark), got, contrast)
				}
			}
			least("ink", th.ink, lettersContrast)
			least("muted ink", th.muted, lettersContrast)
			least("a light", th.fine, drawnContrast)
			for _, c := range th.series {
				least("a line", c, drawnContrast)
			}
		}
	}
}

func TestTileAxis(t *testing.T) {
	for _, c := range []struct {
		unit      string
		low, high float64
		want      domain
	}{
		{"", 0, 100, domain{0, 100, 50}},
		{"", 21.2, 22.1, domain{21, 22.5, 0.5}},
		{"", 3, 97, domain{0, 100, 50}},
		{"", -3, 4, domain{-5, 5, 5}},
		{"", 7, 7, domain{0, 15, 5}},
		{"", 0, 0, domain{0, 1, 0.5}},
		{"B", 0, 3 << 20, domain{0, 3 << 20, 1 << 20}},
		{"s", 0, 150, domain{0, 180, 60}},
	} {
		got := domainOf(&tile.Settings{Unit: c.unit}, c.low, c.high, 3)
		if math.Abs(got.low-c.want.low)+math.Abs(got.high-c.want.high)+math.Abs(got.step-c.want.step) > 1e-9 {
			t.Errorf("%v to %v in %q: %v, want %v", c.low, c.high, c.unit, got, c.want)
		}
	}
	bounded := domainOf(&tile.Settings{Min: 10, Max: 20, Bounded: true}, 0, 100, 3)
	if bounded.low != 10 || bounded.high != 20 {
		t.Errorf("an axis from 10 to 20 is %v", bounded)
	}
	ticks, step := timeTicks(nil, noon, noon+300_000, 6, time.UTC)
	if step != 60_000 || len(ticks) == 0 || ticks[0]%60_000 != 0 {
		t.Errorf("ticks of five minutes: %v, each %d ms", ticks, step)
	}
	east := time.FixedZone("", 5*3600+1800)
	if ticks, _ := timeTicks(nil, noon, noon+48*3600_000, 5, east); (ticks[0]+5*3600_000+1800_000)%(12*3600_000) != 0 {
		t.Errorf("ticks of two days are not at round times of the zone: %v", time.UnixMilli(ticks[0]).In(east))
	}
}

// A course has the lowest and the highest points of its window, however they come.
func TestCourse(t *testing.T) {
	random := rand.New(rand.NewPCG(5, 6))
	ring := feed.NewRing(feed.Numbers, 2000)
	var c course
	now := int64(noon)
	for range 1500 {
		for range 1 + random.IntN(4) {
			now += 1 + int64(random.ExpFloat64()*80)
			ring.Push(feed.Point{Time: now, Number: random.NormFloat64()})
		}
		const window = 60_000
		c.follow(ring, window, now)
		from := now - window
		low, high, ok := c.bounds(from)
		wantLow, wantHigh := math.Inf(1), math.Inf(-1)
		for i := ring.After(from - 1); i < ring.Len(); i++ {
			v := ring.At(i).Number
			wantLow, wantHigh = min(wantLow, v), max(wantHigh, v)
		}
		// The stretch in which the window begins is there as a whole.
		if !ok || low > wantLow || high < wantHigh {
			t.Fatalf("%v to %v, want %v to %v", low, high, wantLow, wantHigh)
		}
		if len(c.list) > 3*numStretches {
			t.Fatalf("%d stretches are kept", len(c.list))
		}
		samples := c.samples(nil, from, numStretches)
		if len(samples) > 2*numStretches+5 || samples[len(samples)-1].t != now {
			t.Fatalf("%d points are drawn, the last one %d ms ago", len(samples), now-samples[len(samples)-1].t)
		}
		for i := 1; i < len(samples); i++ {
			if samples[i].t <= samples[i-1].t {
				t.Fatal("what is drawn goes back")
			}
		}
	}
}
