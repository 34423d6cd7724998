package tile

import (
	"math"
	"reflect"
	"strings"
	"testing"
	"time"

	"edgeboard/shared/board"
)

func newTile(t *testing.T, set func(edit *board.Edit, id board.ID)) (*board.Board, *board.Element) {
	t.Helper()
	doc := board.New(7)
	edit := doc.Edit()
	id := edit.Create(board.KindTile)
	if set != nil {
		set(edit, id)
	}
	edit.Commit()
	return doc, doc.Element(id)
}

// A tile of which nothing is said shows a number over five minutes, that is stale after
// one.
func TestDefaults(t *testing.T) {
	_, e := newTile(t, nil)
	want := Settings{Decimals: -1, Window: DefaultWindow, Stale: DefaultStale}
	if got := Of(e); !reflect.DeepEqual(got, want) {
		t.Errorf("%+v, want %+v", got, want)
	}
}

// What is written is read again, and what is the same already is not written.
func TestSet(t *testing.T) {
	doc, e := newTile(t, nil)
	want := Settings{
		Feeds: []string{"cpu.*", `load{host="a"}`}, Chart: Lines, Unit: "B/s", Decimals: 2, Min: -1, Max: 100, Bounded: true,
		Window: time.Hour, Steps: []Step{{90, 0xe03131, true}, {70, 0xf0a000, false}}, Below: true,
	}
	edit := doc.Edit()
	want.Set(edit, e)
	edit.Commit()
	if got := Of(e); !reflect.DeepEqual(got, want) {
		t.Errorf("%+v, want %+v", got, want)
	}
	before := doc.Vector()
	edit = doc.Edit()
	Of(e).Set(edit, e)
	edit.Commit()
	if !reflect.DeepEqual(doc.Vector(), before) {
		t.Error("what a tile has already was written again")
	}
}

// Whatever somebody else has written, settings are within their bounds.
func TestBounds(t *testing.T) {
	_, e := newTile(t, func(edit *board.Edit, id board.ID) {
		edit.Set(id, board.KeyChart, board.Int(1<<62))
		edit.Set(id, board.KeyFeed, board.String(" cpu \n\na b\n"+strings.Repeat("x\n", 100)))
		edit.Set(id, board.KeyUnit, board.String(strings.Repeat("界", 40)))
		edit.Set(id, board.KeyDecimals, board.Int(-1<<62))
		edit.Set(id, board.KeyMin, board.Float(math.NaN()))
		edit.Set(id, board.KeyMax, board.Float(math.Inf(1)))
		edit.Set(id, board.KeyWindow, board.Int(1<<62))
		edit.Set(id, board.KeySteps, board.String("nan ff0000;1;2 12345;3 00ff00!;x ff0000;4 GG0000;"+strings.Repeat("1 000000;", 20)))
		edit.Set(id, board.KeyStale, board.Int(1<<62))
	})
	s := Of(e)
	if len(s.Feeds) != MaxFeeds || s.Feeds[0] != "cpu" || s.Feeds[1] != "x" {
		t.Errorf("feeds are %q, want cpu and x, at most %d", s.Feeds, MaxFeeds)
	}
	if s.Chart != Number || s.Unit != strings.Repeat("界", 10) || s.Decimals != -1 || s.Bounded || s.Window != MaxWindow || s.Stale != MaxStale || len(s.Steps) != MaxSteps {
		t.Errorf("%+v", s)
	}
}

func TestLevel(t *testing.T) {
	up := Settings{Steps: ParseSteps("70 f0a000;90 e03131!")}
	down := Settings{Steps: ParseSteps("10 e03131!;20 f0a000"), Below: true}
	down.sort()
	for _, c := range []struct {
		s      Settings
		v      float64
		level  int
		alerts bool
	}{{up, 69.9, 0, false}, {up, 70, 1, false}, {up, 95, 2, true}, {down, 21, 0, false}, {down, 20, 1, false}, {down, 3, 2, true}} {
		if got := c.s.Level(c.v); got != c.level || c.s.Alerts(got) != c.alerts {
			t.Errorf("%v has reached step %d, want %d, which tells people: %v", c.v, got, c.level, c.alerts)
		}
	}
}

func TestFormat(t *testing.T) {
	for _, c := range []struct {
		unit     string
		decimals int
		v        float64
		want     string
	}{
		{"", -1, 0, "0"}, {"", -1, 3, "3"}, {"", -1, 21.456, "21.46"}, {"", -1, 1234, "1234"}, {"", -1, 1234567, "1.23M"}, {"", -1, -45_600, "-45.6k"},
		{"", -1, 0.00042, "420µ"}, {"", -1, 0.25, "0.25"}, {"", 2, 1234567, "1.23M"}, {"", 0, -0.2, "0"}, {"", 3, 0.00042, "0.000"}, {"", -1, 1e21, "1000E"},
		{"B", -1, 1536, "1.5 KiB"}, {"B", -1, 100, "100 B"}, {"B/s", 0, 5 << 30, "5 GiB/s"},
		{"s", -1, 90, "1m30s"}, {"s", -1, 120, "2m"}, {"s", -1, 3600, "1h0m"}, {"s", -1, 90_000, "1d1h"}, {"s", -1, 0.0123, "12.3 ms"}, {"ms", -1, 12.5, "12.5 ms"}, {"ms", -1, 2500, "2.5 s"},
		{"%", 1, 99.95, "100.0%"}, {"°C", -1, 21.5, "21.5 °C"}, {"€", -1, -12_000, "-€12k"}, {"", -1, math.NaN(), "—"}, {"req/s", -1, 1e300, "1e+300 req/s"},
	} {
		s := Settings{Unit: c.unit, Decimals: c.decimals}
		if got := s.Format(c.v); got != c.want {
			t.Errorf("%v in %q with %d decimals is %q, want %q", c.v, c.unit, c.decimals, got, c.want)
		}
	}
}

func TestStale(t *testing.T) {
	s := Settings{Stale: time.Minute}
	if s.IsStale(0, 60_000) || !s.IsStale(0, 60_001) || (&Settings{}).IsStale(0, 1<<60) {
		t.Error("a value is stale after a minute, or never where the tile says so")
	}
}
