package feed

import (
	"fmt"
	"math"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"

	"edgeboard/shared/wire"
)

// told is what a relay says to one client: each call of tell is one Points.
type told struct {
	t       *testing.T
	chain   Chain
	decoder Decoder
	typ     Type
	digits  int
	had     []Point // by the client
	bytes   int
}

func newTold(t *testing.T, typ Type, digits int) *told {
	k := &told{t: t, typ: typ, digits: digits}
	k.send(&wire.Points{Feeds: []wire.Feed{{Number: 5, Name: "oven", Type: typ}}})
	return k
}

func (k *told) send(m *wire.Points) []Batch {
	k.t.Helper()
	var back wire.Points
	if err := back.Parse(m.Append(nil)); err != nil {
		k.t.Fatal(err)
	}
	batches, _, err := k.decoder.Decode(&back)
	if err != nil {
		k.t.Fatalf("%v: % x", err, m.Runs)
	}
	for _, b := range batches {
		if b.Anew {
			k.had = nil
		}
		k.had = append(k.had, b.Points...)
	}
	return batches
}

func (k *told) tell(now int64, anew bool, points ...Point) []Batch {
	var run Run
	if anew {
		run = k.chain.Anew(now, k.typ, points, k.digits)
	} else {
		run = k.chain.More(now, points, k.digits)
	}
	m := &wire.Points{Time: uint64(now), Runs: run.Append(nil, 0, 5)}
	for _, p := range points {
		if p.Text != "" {
			m.Texts = append(m.Texts, p.Text)
		}
	}
	k.bytes += len(m.Runs)
	return k.send(m)
}

// Each number that is told exactly comes out as it went in, whatever numbers follow each
// other.
func TestExactly(t *testing.T) {
	values := []float64{0, 1, -1, 21.5, 21.49, 1e15, 1e16, 1e300, -1e-300, math.Pi, math.Copysign(0, -1), 0.1 + 0.2, 1 << 53, 1<<53 + 2,
		math.MaxFloat64, math.SmallestNonzeroFloat64, 1e-15, 123456.789, 20, 20.1234, 9007199254740993, 0.3}
	for seed := range uint64(200) {
		r := rand.New(rand.NewPCG(1, seed))
		k := newTold(t, Numbers, 0)
		now := int64(1_700_000_000_000)
		var want []Point
		for i := range 1 + r.IntN(20) {
			var points []Point
			for range 1 + r.IntN(5) {
				v := values[r.IntN(len(values))]
				if r.IntN(3) == 0 {
					v = math.Float64frombits(r.Uint64())
				}
				if (Point{Number: v}).Check() != nil {
					continue
				}
				now += r.Int64N(1000)
				points = append(points, Point{Time: now, Number: v})
			}
			anew := i == 0 || r.IntN(8) == 0
			if len(points) == 0 && !anew {
				continue
			}
			if anew {
				want = nil
			}
			want = append(want, points...)
			k.tell(now+r.Int64N(100)-50, anew, points...)
		}
		same := func(a, b Point) bool {
			return a.Time == b.Time && math.Float64bits(a.Number) == math.Float64bits(b.Number)
		}
		if !slices.EqualFunc(k.had, want, same) {
			t.Fatalf("seed %d: the client has %v, want %v", seed, k.had, want)
		}
	}
}

// A number that is rounded has as many significant digits as were asked for.
func TestDigits(t *testing.T) {
	for seed := range uint64(200) {
		r := rand.New(rand.NewPCG(2, seed))
		k := newTold(t, Numbers, 1+r.IntN(wire.MaxDigits))
		now := int64(1_700_000_000_000)
		var want []Point
		for i := range 50 {
			now++
			p := Point{Time: now, Number: (r.Float64() - 0.5) * math.Pow(10, float64(r.IntN(12)-6))}
			want = append(want, p)
			k.tell(now, i == 0, p)
		}
		for i, p := range want {
			off := math.Abs(k.had[i].Number - p.Number)
			if most := math.Abs(p.Number) * math.Pow(10, float64(1-k.digits)); off > most*0.5000001 {
				t.Fatalf("seed %d: %v came as %v, which is no number of %d digits", seed, p.Number, k.had[i].Number, k.digits)
			}
		}
	}
}

// What a sensor says takes few bytes.
func TestBytesOfAPoint(t *testing.T) {
	for _, c := range []struct {
		name   string
		digits int
		next   func(r *rand.Rand, v float64) float64
		most   float64
	}{
		{"a temperature with two decimals", 0, func(r *rand.Rand, v float64) float64 { return math.Round((v+r.NormFloat64()*0.2)*100) / 100 }, 3.5},
		{"a counter", 0, func(r *rand.Rand, v float64) float64 { return v + float64(r.IntN(500)) }, 4.2},
		{"a measure with all its digits, told with 7", 7, func(r *rand.Rand, v float64) float64 { return v + r.NormFloat64() }, 5.2},
	} {
		r := rand.New(rand.NewPCG(3, 3))
		k := newTold(t, Numbers, c.digits)
		now, v := int64(1_700_000_000_000), 20.0
		k.tell(now, true)
		k.bytes = 0
		const n = 2000
		for range n {
			now += 100
			v = c.next(r, v)
			k.tell(now+r.Int64N(50), false, Point{Time: now, Number: v})
		}
		if each := float64(k.bytes) / n; each > c.most {
			t.Errorf("%s takes %.2f bytes a point, want at most %v", c.name, each, c.most)
		}
	}
}

func TestTexts(t *testing.T) {
	k := newTold(t, Texts, 0)
	k.tell(1000, true)
	k.tell(1000, false, Point{Time: 990, Text: "started"}, Point{Time: 995, Text: "界 🙂"})
	k.tell(1100, false, Point{Time: 1100, Text: "ready"})
	want := []Point{{Time: 990, Text: "started"}, {Time: 995, Text: "界 🙂"}, {Time: 1100, Text: "ready"}}
	if !reflect.DeepEqual(k.had, want) {
		t.Errorf("the client has %v, want %v", k.had, want)
	}
}

// Those who are told the same share a chain: who comes later is told what there was, and
// goes on with the steps that the others are told.
func TestJoin(t *testing.T) {
	for seed := range uint64(300) {
		r := rand.New(rand.NewPCG(6, seed))
		digits := r.IntN(8)
		first, later := newTold(t, Numbers, digits), newTold(t, Numbers, digits)
		now := int64(1_700_000_000_000)
		next := func() Point {
			now += 1 + r.Int64N(100)
			v := r.NormFloat64() * math.Pow(10, float64(r.IntN(4)))
			if r.IntN(2) == 0 {
				v = math.Round(v*10) / 10
			}
			return Point{Time: now, Number: v}
		}
		var all []Point
		for i := range r.IntN(6) {
			p := next()
			all = append(all, p)
			first.tell(now, i == 0, p)
		}
		if len(all) == 0 {
			first.tell(now, true)
		}
		run := first.chain.Join(now, Numbers, all, digits)
		later.send(&wire.Points{Time: uint64(now), Runs: run.Append(nil, 0, 5)})
		for range 5 {
			p := next()
			run := first.chain.More(now, []Point{p}, digits)
			m := &wire.Points{Time: uint64(now), Runs: run.Append(nil, 0, 5)}
			first.send(m)
			later.send(m)
		}
		if n := len(first.had) - 5; n > 0 && first.had[n-1] != later.had[len(later.had)-6] || !slices.Equal(first.had[n:], later.had[len(later.had)-5:]) {
			t.Fatalf("seed %d: who came later has %v, want %v", seed, later.had, first.had)
		}
	}
}

func TestNames(t *testing.T) {
	for _, name := range []string{"cpu", `http_requests_total{code="200"}`, "a/b.c-d", "温度", strings.Repeat("x", wire.MaxFeed)} {
		if !ValidName(name) || !ValidPattern(name) || !ValidPattern(string([]rune(name)[:1])+"*") {
			t.Errorf("%q is no name, want one", name)
		}
	}
	for _, name := range []string{"", " ", "a b", "a\n", "a*", "*", "a\u200b", "a\x00", "\xff", strings.Repeat("x", wire.MaxFeed+1)} {
		if ValidName(name) {
			t.Errorf("%q is a name, want none", name)
		}
	}
	for _, c := range []struct {
		pattern, name string
		want          bool
	}{{"cpu", "cpu", true}, {"cpu", "cpu2", false}, {"cpu*", "cpu", true}, {"cpu.*", "cpu", false}, {"*", "x", true}} {
		if Matches(c.pattern, c.name) != c.want {
			t.Errorf("%q means %q: %v, want %v", c.pattern, c.name, !c.want, c.want)
		}
	}
}

// What is refused leaves no trace: the client is told nothing of it.
func TestBadRuns(t *testing.T) {
	begin := []wire.Feed{{Number: 1, Name: "n", Type: Numbers}, {Number: 2, Name: "t", Type: Texts}}
	for _, c := range []struct {
		name  string
		runs  []byte
		texts []string
		feeds []wire.Feed
	}{
		{"a number that is not known", []byte{9<<3 | formNewNumbers, 0, 0}, nil, nil},
		{"a form of texts for numbers", []byte{1<<3 | formNewTexts, 0}, nil, nil},
		{"a form of numbers for texts", []byte{2<<3 | formNewNumbers, 0, 0}, nil, nil},
		{"a step without a value", []byte{1<<3 | formNewNumbers, 0, 0, 0<<3 | formOne, 2, 2}, nil, nil},
		{"a beginning that none is", []byte{1<<3 | formNumbers, 0, 1, 2, 2}, nil, nil},
		{"more points than there are bytes", []byte{1<<3 | formNewNumbers, 0, 100, 2, 2}, nil, nil},
		{"no points where one must be", []byte{1<<3 | formNewNumbers, 0, 1, 2, 2, 0<<3 | formMore, 0}, nil, nil},
		{"a scale that no number has", []byte{1<<3 | formNewNumbers, 46, 1, 2, 2}, nil, nil},
		{"an infinity", append([]byte{1<<3 | formNewDoubles, 1, 0}, wire.AppendUvarint(nil, math.Float64bits(math.Inf(1)))...), nil, nil},
		{"a text that is not there", []byte{2<<3 | formNewTexts, 1, 0}, nil, nil},
		{"a text that is none", []byte{2<<3 | formNewTexts, 1, 0}, []string{"a\x00"}, nil},
		{"an end that comes too early", []byte{1<<3 | formNewNumbers, 0}, nil, nil},
		{"a feed without a number", nil, nil, []wire.Feed{{Name: "x", Type: Numbers}}},
		{"a feed of no type", nil, nil, []wire.Feed{{Number: 3, Name: "x"}}},
		{"a feed of no name", nil, nil, []wire.Feed{{Number: 3, Type: Numbers}}},
	} {
		var d Decoder
		if _, _, err := d.Decode(&wire.Points{Feeds: begin}); err != nil {
			t.Fatal(err)
		}
		if batches, _, err := d.Decode(&wire.Points{Runs: c.runs, Texts: c.texts, Feeds: c.feeds}); err == nil {
			t.Errorf("%s: read as %v, want an error", c.name, batches)
		}
	}
}

func FuzzDecode(f *testing.F) {
	var c Chain
	run := c.Anew(1000, Numbers, []Point{{Time: 900, Number: 1.25}, {Time: 950, Number: math.Pi}, {Time: 960, Number: 7}}, 0)
	f.Add(run.Append(nil, 0, 1), "a")
	run = c.Anew(1000, Texts, []Point{{Time: 900, Text: "a"}}, 0)
	f.Add(run.Append(nil, 0, 2), "a")
	f.Fuzz(func(t *testing.T, runs []byte, text string) {
		var d Decoder
		var has Feeds
		m := &wire.Points{Time: 1000, Runs: runs, Texts: []string{text, text}, Feeds: []wire.Feed{{Number: 1, Name: "n", Type: Numbers}, {Number: 2, Name: "t", Type: Texts}}}
		batches, _, err := d.Decode(m)
		if err != nil {
			return
		}
		for _, b := range batches {
			for _, p := range b.Points {
				if err := p.Check(); err != nil || p.Type() != b.Type {
					t.Fatalf("%v, of a feed of %v: %v", p, b.Type, err)
				}
			}
		}
		has.Take(batches, nil)
		for _, s := range has.Matching([]string{"*"}) {
			points := s.Ring.Points(nil, 0, s.Ring.Len())
			if !slices.Equal(points, ascending(points)) {
				t.Fatalf("a client keeps %v of the feed %s of %v", points, s.Name, s.Type)
			}
		}
	})
}

func TestRing(t *testing.T) {
	for seed := range uint64(300) {
		r := rand.New(rand.NewPCG(4, seed))
		typ := Type(1 + r.IntN(2))
		most := 1 + r.IntN(8)
		ring := NewRing(typ, most)
		var model []Point
		now := int64(0)
		for range 60 {
			switch r.IntN(8) {
			case 0:
				before := now - r.Int64N(20)
				n := ring.Forget(before)
				had := len(model)
				model = slices.DeleteFunc(model, func(p Point) bool { return p.Time < before })
				if n != had-len(model) {
					t.Fatalf("seed %d: %d forgotten, want %d", seed, n, had-len(model))
				}
			default:
				p := Point{Time: now + r.Int64N(4)}
				if typ == Texts {
					p.Text = fmt.Sprint(p.Time)
				} else {
					p.Number = float64(p.Time)
				}
				newer := len(model) == 0 || p.Time > model[len(model)-1].Time
				if ring.Push(p) != newer {
					t.Fatalf("seed %d: a point at %d was taken: %v", seed, p.Time, !newer)
				}
				if newer {
					model = append(model, p)
					model = model[max(0, len(model)-most):]
					now = p.Time
				}
			}
			if got := ring.Points(nil, 0, ring.Len()); !slices.Equal(got, model) {
				t.Fatalf("seed %d: %v, want %v", seed, got, model)
			}
			at := now - r.Int64N(10)
			want := slices.IndexFunc(model, func(p Point) bool { return p.Time > at })
			if want < 0 {
				want = len(model)
			}
			if got := ring.After(at); got != want {
				t.Fatalf("seed %d: the first after %d is %d, want %d", seed, at, got, want)
			}
		}
	}
}

// A thin course keeps its ends, its lowest and its highest point, in order.
func TestThin(t *testing.T) {
	for seed := range uint64(300) {
		r := rand.New(rand.NewPCG(5, seed))
		var points []Point
		now := int64(0)
		for range 1 + r.IntN(400) {
			now += 1 + r.Int64N(100)
			points = append(points, Point{Time: now, Number: r.NormFloat64()})
		}
		most := 1 + r.IntN(60)
		got := Thin(slices.Clone(points), most)
		by := func(a, b Point) int { return int(math.Copysign(1, a.Number-b.Number)) }
		switch {
		case len(got) > max(most, 1) || len(got) == 0:
			t.Fatalf("seed %d: %d points, want at most %d", seed, len(got), most)
		case got[len(got)-1] != points[len(points)-1]:
			t.Fatalf("seed %d: the last point is missing", seed)
		case !slices.IsSortedFunc(got, func(a, b Point) int { return int(a.Time - b.Time) }):
			t.Fatalf("seed %d: %v is not in order", seed, got)
		case most >= 4 && (slices.MinFunc(got, by) != slices.MinFunc(points, by) || slices.MaxFunc(got, by) != slices.MaxFunc(points, by)):
			t.Fatalf("seed %d: the lowest or the highest point is missing", seed)
		}
	}
}
