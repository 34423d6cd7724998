package feed

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"edgeboard/shared/hextest"
	"edgeboard/shared/wire"
)

// course is points a second apart, of which the last one is at a time in seconds.
func course(to int64, values ...float64) (points []Point) {
	for i, v := range values {
		points = append(points, Point{Time: (to - int64(len(values)-1-i)) * 1000, Number: v})
	}
	return points
}

func (f *Feeds) wantPoints(t *testing.T, when, name string, want ...Point) {
	t.Helper()
	list := f.Matching([]string{name})
	switch {
	case len(list) == 0 && want == nil:
	case len(list) != 1 || list[0].Name != name:
		t.Errorf("%s: %d feeds are called %s", when, len(list), name)
	case list[0].Type != list[0].Ring.Type():
		t.Errorf("%s: %s is of type %d, and its points are of %d", when, name, list[0].Type, list[0].Ring.Type())
	default:
		if got := list[0].Ring.Points(nil, 0, list[0].Ring.Len()); !slices.Equal(got, want) {
			t.Errorf("%s: %s has %v, want %v", when, name, got, want)
		}
	}
}

func (f *Feeds) names(patterns ...string) (names []string) {
	for _, s := range f.Matching(patterns) {
		names = append(names, s.Name)
	}
	return names
}

func TestFeedsTake(t *testing.T) {
	var f Feeds
	changed := f.Take([]Batch{
		{Name: "oven", Type: Numbers, Anew: true, Points: course(3, 1, 2, 3)},
		{Name: "log", Type: Texts, Anew: true, Points: []Point{{Time: 1, Text: "on"}}},
		{Name: "door", Type: Numbers, Anew: true},
		{Name: "oven", Type: Numbers, Points: course(4, 4)},
	}, []string{"window"})
	if want := []string{"door", "log", "oven"}; !slices.Equal(changed, want) {
		t.Errorf("changed are %v, want %v: sorted, each once, and none that nobody knew", changed, want)
	}
	f.wantPoints(t, "at first", "oven", course(4, 1, 2, 3, 4)...)
	f.wantPoints(t, "at first", "log", Point{Time: 1, Text: "on"})
	f.wantPoints(t, "a feed may have no points yet", "door", []Point{}...)

	f.Take([]Batch{{Name: "oven", Type: Numbers, Points: course(4, 9)}, {Name: "log", Type: Texts, Points: []Point{{Time: 2, Text: "off"}}}}, nil)
	f.wantPoints(t, "a point that is not newer says nothing", "oven", course(4, 1, 2, 3, 4)...)
	f.wantPoints(t, "a text more", "log", Point{Time: 1, Text: "on"}, Point{Time: 2, Text: "off"})

	f.Take([]Batch{{Name: "oven", Type: Numbers, Anew: true, Points: course(3, 7, 8)}}, nil)
	f.wantPoints(t, "begun anew", "oven", course(3, 7, 8)...)
	f.Take([]Batch{{Name: "oven", Type: Texts, Anew: true, Points: []Point{{Time: 1, Text: "hot"}}}}, nil)
	f.wantPoints(t, "it was deleted, and is of another type now", "oven", Point{Time: 1, Text: "hot"})

	f.Take([]Batch{{Name: "oven", Type: Numbers, Anew: true, Points: course(9, 5)}}, []string{"oven"})
	f.wantPoints(t, "it was deleted, and is there again (W108)", "oven", course(9, 5)...)

	if changed := f.Take(nil, []string{"oven", "oven", "none"}); !slices.Equal(changed, []string{"oven"}) {
		t.Errorf("changed are %v, want the one that is no more", changed)
	}
	if got := f.names("*"); !slices.Equal(got, []string{"door", "log"}) {
		t.Errorf("there are %v", got)
	}
}

func TestFeedsMatching(t *testing.T) {
	var f Feeds
	if f.Matching([]string{"*"}) != nil {
		t.Error("nothing matches something")
	}
	for _, name := range []string{"cpu.1", "mem", "cpu", "cpu.0", "disk", "cpux", "温度"} {
		f.Take([]Batch{{Name: name, Type: Numbers, Anew: true}}, nil)
	}
	for _, c := range []struct{ patterns, want string }{
		{"cpu", "cpu"},
		{"cp", ""},
		{"cpu*", "cpu cpu.0 cpu.1 cpux"},
		{"cpu.*", "cpu.0 cpu.1"},
		{"mem cpu.*", "mem cpu.0 cpu.1"},
		{"cpu.1 cpu* mem cpu mem", "cpu.1 cpu cpu.0 cpux mem"},
		{"* disk", "cpu cpu.0 cpu.1 cpux disk mem 温度"},
		{"温* z*", "温度"},
		{"", ""},
	} {
		if got := strings.Join(f.names(strings.Fields(c.patterns)...), " "); got != c.want {
			t.Errorf("%q means %q, want %q", c.patterns, got, c.want)
		}
	}
}

// What nobody wants is dropped, also what was under way when that was said.
func TestFeedsKeep(t *testing.T) {
	var f Feeds
	f.Take([]Batch{{Name: "cpu.0", Type: Numbers, Anew: true, Points: course(2, 1, 2)}, {Name: "mem", Type: Numbers, Anew: true}}, nil)
	wants := []wire.Want{{Feed: "cpu.*", Points: 10}}
	if dropped := f.Keep(wants); !slices.Equal(dropped, []string{"mem"}) {
		t.Errorf("dropped are %v, want mem", dropped)
	}
	wants[0].Feed = "changed by the program"
	f.wantPoints(t, "it is wanted still", "cpu.0", course(2, 1, 2)...)
	if changed := f.Take([]Batch{{Name: "mem", Type: Numbers, Anew: true}, {Name: "cpu.1", Type: Numbers, Anew: true}}, nil); !slices.Equal(changed, []string{"cpu.1"}) {
		t.Errorf("changed are %v, want cpu.1 alone", changed)
	}
	if dropped := f.Keep(nil); !slices.Equal(dropped, []string{"cpu.0", "cpu.1"}) || f.names("*") != nil {
		t.Errorf("dropped are %v, and there are %v", dropped, f.names("*"))
	}
	// A feed that goes on as it was, for the relay, and is not known here.
	f.Keep([]wire.Want{{Feed: "mem"}})
	f.Take([]Batch{{Name: "mem", Type: Numbers, Points: course(1, 5)}}, nil)
	f.wantPoints(t, "without a beginning", "mem", course(1, 5)...)
}

func TestFeedsAreBounded(t *testing.T) {
	var f Feeds
	// Of the wants that mean it the greatest counts.
	f.Keep([]wire.Want{{Feed: "o*", Points: 20, SpanMS: 1000}, {Feed: "oven", Points: 100, SpanMS: 500_000}, {Feed: "log", Points: 1 << 31}, {Feed: "*"}})
	f.Take([]Batch{{Name: "oven", Type: Numbers, Anew: true}, {Name: "log", Type: Texts, Anew: true}, {Name: "door", Type: Numbers, Anew: true}}, nil)
	const n = 5000
	for i := range int64(n) {
		v := float64(i % 100)
		switch i {
		case n - 400:
			v = 1000
		case n - 300:
			v = -1000
		}
		f.Take([]Batch{
			{Name: "oven", Type: Numbers, Points: course(i, v)},
			{Name: "log", Type: Texts, Points: []Point{{Time: i * 1000, Text: fmt.Sprint(i)}}},
			{Name: "door", Type: Numbers, Points: course(i, v)},
		}, nil)
		for _, s := range f.Matching([]string{"*"}) {
			if most := map[string]int{"oven": 200, "log": mostTexts, "door": leastKept}[s.Name]; s.Ring.Len() > most {
				t.Fatalf("%s has %d points, want at most %d", s.Name, s.Ring.Len(), most)
			}
		}
	}
	oven := f.Matching([]string{"oven"})[0].Ring
	low, high := 0.0, 0.0
	for i := range oven.Len() {
		low, high = min(low, oven.At(i).Number), max(high, oven.At(i).Number)
	}
	if last, _ := oven.Last(); low != -1000 || high != 1000 || last.Time != (n-1)*1000 {
		t.Errorf("the course goes from %v to %v, and ends at %v: it is not what came", low, high, last)
	}
	// It is thinned when there are 200 points; then the oldest is 500 s old at most.
	if oven.Len() < 100 || oven.At(0).Time < (n-1-500-200)*1000 {
		t.Errorf("%d points are kept, the first at %d", oven.Len(), oven.At(0).Time)
	}
	log := f.Matching([]string{"log"})[0].Ring
	if log.Len() != mostTexts || log.At(0).Text != fmt.Sprint(n-mostTexts) {
		t.Errorf("%d texts are kept from %q on, want the last %d", log.Len(), log.At(0).Text, mostTexts)
	}
	if door := f.Matching([]string{"door"})[0].Ring; door.At(0).Time > 2000 {
		t.Errorf("of a course without an end the beginning is lost: it begins at %d", door.At(0).Time)
	}
	// Fewer are of use from now on.
	f.Keep([]wire.Want{{Feed: "*", Points: 5}})
	if got := f.Matching([]string{"oven"})[0].Ring.Len(); got > leastKept || got < leastKept/2 {
		t.Errorf("%d points are left, want %d or somewhat less", got, leastKept)
	}

	var all Feeds
	for i := range wire.MaxFeeds + 5 {
		all.Take([]Batch{{Name: fmt.Sprint("n", i), Type: Numbers, Anew: true, Points: make([]Point, 3*unasked)}}, nil)
	}
	if got := len(all.names("*")); got != wire.MaxFeeds {
		t.Errorf("%d feeds are kept, want %d", got, wire.MaxFeeds)
	}
	all.Take([]Batch{{Name: "n0", Type: Numbers, Anew: true, Points: course(3*unasked, make([]float64, 3*unasked)...)}}, nil)
	if got := all.Matching([]string{"n0"})[0].Ring.Len(); got > unasked || got < unasked/2 {
		t.Errorf("%d points are kept, want %d or somewhat less", got, unasked)
	}
}

// How much is of use is said by all wants together.
func TestFeedsMeasure(t *testing.T) {
	for _, c := range []struct {
		why   string
		wants []wire.Want
		most  int
		span  int64
	}{
		{"the last point", []wire.Want{{Feed: "a"}}, leastKept, 0},
		{"some", []wire.Want{{Feed: "a", Points: 100, SpanMS: 5000}}, 200, 5000},
		{"more than there are kept", []wire.Want{{Feed: "a", Points: 1<<32 - 1, SpanMS: 1<<64 - 1}}, mostKept, 1 << 53},
		{"of two the greater", []wire.Want{{Feed: "a", Points: 100, SpanMS: 5000}, {Feed: "*", Points: 50, SpanMS: 9000}}, 200, 9000},
		{"the other way round", []wire.Want{{Feed: "*", Points: 50, SpanMS: 9000}, {Feed: "a", Points: 100, SpanMS: 5000}}, 200, 9000},
		{"however old", []wire.Want{{Feed: "a", Points: 100, SpanMS: 5000}, {Feed: "a", Points: 50}, {Feed: "a", Points: 50, SpanMS: 7000}}, 200, 0},
		{"however old, first", []wire.Want{{Feed: "a", Points: 50}, {Feed: "a", Points: 100, SpanMS: 5000}}, 200, 0},
		{"who wants the last one alone says nothing of others", []wire.Want{{Feed: "*"}, {Feed: "a", Points: 100, SpanMS: 5000}, {Feed: "a*"}}, 200, 5000},
		{"of another feed", []wire.Want{{Feed: "a"}, {Feed: "b", Points: 100, SpanMS: 5000}}, leastKept, 0},
	} {
		f := Feeds{wants: c.wants, chosen: true}
		k := kept{Series: Series{Name: "a"}, span: 77}
		if !f.measure(&k) || k.most != c.most || k.span != c.span {
			t.Errorf("%s: %d points of %d ms, want %d of %d", c.why, k.most, k.span, c.most, c.span)
		}
	}
}

// When there is no room any more, what is older than anybody wants is dropped first.
func TestFeedsSpan(t *testing.T) {
	var f Feeds
	f.Keep([]wire.Want{{Feed: "a", Points: 10, SpanMS: 9000}})
	f.Take([]Batch{{Name: "a", Type: Numbers, Anew: true, Points: course(leastKept, make([]float64, leastKept)...)}}, nil)
	f.Take([]Batch{{Name: "a", Type: Numbers, Points: course(leastKept, 1)}}, nil)
	f.wantPoints(t, "there is room for all that was new", "a", course(leastKept, make([]float64, leastKept)...)...)
	f.Take([]Batch{{Name: "a", Type: Numbers, Points: course(leastKept+1, 1)}}, nil)
	f.wantPoints(t, "the last nine seconds", "a", course(leastKept+1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1)...)
}

// After a connection was lost it is not known what there is still. What there was is shown
// until it is.
func TestFeedsDoubt(t *testing.T) {
	var f Feeds
	f.Take([]Batch{{Name: "a", Type: Numbers, Anew: true, Points: course(1, 1)}, {Name: "b", Type: Numbers, Anew: true}, {Name: "c", Type: Numbers, Anew: true}}, nil)
	f.Doubt()
	f.wantPoints(t, "in doubt", "a", course(1, 1)...)
	f.Take([]Batch{{Name: "a", Type: Numbers, Anew: true}, {Name: "c", Type: Numbers, Points: course(2, 1)}}, nil)
	if dropped := f.DropDoubtful(); !slices.Equal(dropped, []string{"b"}) || !slices.Equal(f.names("*"), []string{"a", "c"}) {
		t.Errorf("dropped are %v, and there are %v", dropped, f.names("*"))
	}
	if dropped := f.DropDoubtful(); dropped != nil {
		t.Errorf("without a doubt %v are dropped", dropped)
	}
}

// Beside a slow model, with points in no good order among them.
func TestFeedsBesideAModel(t *testing.T) {
	names := []string{"a", "b", "ba", "c"}
	for seed := range uint64(200) {
		r := rand.New(rand.NewPCG(7, seed))
		var f Feeds
		model := map[string][]Point{}
		types := map[string]Type{}
		for range 60 {
			var batches []Batch
			var gone []string
			var want []string
			if name := names[r.IntN(len(names))]; r.IntN(8) == 0 {
				if _, ok := model[name]; ok {
					want = append(want, name)
				}
				gone = append(gone, name)
				delete(model, name)
			}
			for range 1 + r.IntN(3) {
				b := Batch{Name: names[r.IntN(len(names))], Type: Type(1 + r.IntN(2))}
				had, ok := model[b.Name]
				if b.Anew = !ok || r.IntN(6) == 0; !b.Anew {
					b.Type = types[b.Name]
				}
				if b.Anew {
					had = []Point{}
				}
				for range r.IntN(4) {
					p := Point{Time: r.Int64N(200)}
					if n := len(had); n > 0 && r.IntN(4) > 0 {
						p.Time = had[n-1].Time + 1
					}
					if b.Type == Texts {
						p.Text = fmt.Sprint(p.Time)
					}
					b.Points = append(b.Points, p)
					if n := len(had); n == 0 || p.Time > had[n-1].Time {
						had = append(had, p)
					}
				}
				model[b.Name], types[b.Name] = had, b.Type
				batches, want = append(batches, b), append(want, b.Name)
			}
			slices.Sort(want)
			if changed := f.Take(batches, gone); !slices.Equal(changed, slices.Compact(want)) {
				t.Fatalf("seed %d: changed are %v, want %v", seed, changed, slices.Compact(want))
			}
			for _, name := range names {
				if list := f.Matching([]string{name}); len(list) > 0 != (model[name] != nil) {
					t.Fatalf("seed %d: %s is there: %v", seed, name, len(list) > 0)
				}
				f.wantPoints(t, fmt.Sprint("seed ", seed), name, model[name]...)
			}
		}
	}
}

// What is laid out in SPEC.md stands in a file that has to be read for ever.
func TestW104FrozenPoints(t *testing.T) {
	var d Decoder
	var f Feeds
	var changed [][]string
	for fr, err := range wire.Frames(hextest.Read(t, "../wire/testdata/v1/live.hex")) {
		var m wire.Points
		if err == nil {
			err = m.Parse(fr.Body)
		}
		if err != nil {
			t.Fatal(err)
		}
		batches, gone, err := d.Decode(&m)
		if err != nil {
			t.Fatal(err)
		}
		if changed = append(changed, f.Take(batches, gone)); len(changed) == 1 {
			f.wantPoints(t, "the first frame", "oven", Point{Time: 1_699_999_999_000, Number: 21.5}, Point{Time: 1_700_000_000_000, Number: 22})
			f.wantPoints(t, "the first frame", "log", Point{Time: 1_700_000_000_000, Text: "hot"})
		}
	}
	if len(changed) != 2 || !slices.Equal(changed[1], []string{"log", "oven"}) || !slices.Equal(f.names("*"), []string{"oven"}) {
		t.Errorf("changed are %v, and there are %v", changed, f.names("*"))
	}
	f.wantPoints(t, "the second frame", "oven", Point{Time: 1_699_999_999_000, Number: 21.5}, Point{Time: 1_700_000_000_000, Number: 22}, Point{Time: 1_700_000_001_000, Number: 21.5})
}
