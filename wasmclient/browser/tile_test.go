package browser

import (
	"slices"
	"strings"
	"testing"
	"time"

	"edgeboard/public/texts"
	"edgeboard/shared/tile"
)

// Who looks for a feed is offered those with it in their names, all that begin so, and
// what was typed where nobody has published it yet.
func TestOffers(t *testing.T) {
	feeds := []FeedInfo{{"cpu.a", "3"}, {"cpu.b", "4"}, {"gpu.cpu", "5"}, {"Mem", "6"}}
	for _, c := range []struct {
		query  string
		chosen []string
		want   string
	}{
		{"", nil, "cpu.a cpu.b gpu.cpu Mem"},
		{"", []string{"cpu.a"}, "cpu.b gpu.cpu Mem"},
		{"cpu", nil, "cpu.a cpu.b gpu.cpu cpu* cpu"},
		{"CPU", nil, "cpu.a cpu.b gpu.cpu CPU"},
		{"cpu.a", nil, "cpu.a"},
		{"cpu.a", []string{"cpu.a"}, ""},
		{"cpu.*", nil, "cpu.a cpu.b cpu.*"},
		{"cpu.*", []string{"cpu.*"}, "cpu.a cpu.b"},
		{"mem", nil, "Mem mem"},
		{"new", nil, "new"},
		{" new ", nil, "new"},
		{"a b", nil, ""},
		{"*", nil, "cpu.a cpu.b gpu.cpu Mem *"},
	} {
		var got []string
		for _, o := range feedOffers(texts.English, feeds, c.chosen, c.query) {
			got = append(got, o.Pattern)
		}
		if strings.Join(got, " ") != c.want {
			t.Errorf("%q, with %q: %q is offered, want %q", c.query, c.chosen, got, c.want)
		}
	}
	many := make([]FeedInfo, 1000)
	for i := range many {
		many[i].Name = "x" + strings.Repeat("y", i%100)
	}
	if n := len(feedOffers(texts.English, many, nil, "x")); n > mostOffers+2 {
		t.Errorf("%d are offered at once", n)
	}
}

func TestSpanText(t *testing.T) {
	for d, want := range map[time.Duration]string{
		0: "Never", time.Second: "1 second", 90 * time.Second: "90 seconds", time.Minute: "1 minute", 15 * time.Minute: "15 minutes",
		time.Hour: "1 hour", 90 * time.Minute: "90 minutes", 24 * time.Hour: "1 day", 48 * time.Hour: "2 days",
	} {
		if got := spanText(texts.English, d); got != want {
			t.Errorf("%v is %q, want %q", d, got, want)
		}
	}
}

// A new threshold lies where it makes sense, and each one beyond the last.
func TestNextStep(t *testing.T) {
	for _, c := range []struct {
		s       tile.Settings
		example float64
		at      float64
		color   uint32
	}{
		{tile.Settings{Unit: "%"}, 12, 80, stepColors[0]},
		{tile.Settings{Unit: "%", Steps: []tile.Step{{At: 80}}}, 12, 90, stepColors[1]},
		{tile.Settings{Min: -10, Max: 10, Bounded: true}, 0, 6, stepColors[0]},
		{tile.Settings{Min: -10, Max: 10, Bounded: true, Below: true}, 0, -6, stepColors[0]},
		{tile.Settings{}, 4321, 3500, stepColors[0]},
		{tile.Settings{}, 0, 0.8, stepColors[0]},
		{tile.Settings{Steps: make([]tile.Step, 7), Below: true}, 100, -10, stepColors[3]},
	} {
		if got := nextStep(&c.s, c.example); got != (tile.Step{At: c.at, Color: c.color}) {
			t.Errorf("of %+v and %v: %+v, want at %v", c.s, c.example, got, c.at)
		}
	}
}

// What is copied is what was published, to the last digit, and no formula.
func TestCSV(t *testing.T) {
	got := csv([]ValueRow{
		{1_764_000_000_123, "cpu", Exact(-0.1), false},
		{1_764_000_000_000, `load{host="a,b"}`, Exact(1e21), false},
		{0, "=cmd", "-1+1\nx", true},
	})
	want := "time,feed,value\r\n2025-11-24T16:00:00.123Z,cpu,-0.1\r\n2025-11-24T16:00:00.000Z,\"load{host=\"\"a,b\"\"}\",1e+21\r\n1970-01-01T00:00:00.000Z,'=cmd,\"'-1+1\nx\"\r\n"
	if got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

func TestPublishText(t *testing.T) {
	if got, want := publishText("https://a.example", "plan", true), "curl -d 21.5 'https://a.example/api/v1/feeds/temperature?board=plan'"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	if got := publishText("https://a.example", "plan", false); !strings.Contains(got, "-H 'Authorization: Bearer ") {
		t.Errorf("%s has no token", got)
	}
}

func TestClockText(t *testing.T) {
	zone := time.FixedZone("", 8*3600)
	now := time.Date(2026, 1, 1, 0, 30, 0, 0, zone)
	for want, at := range map[string]time.Time{
		"00:00:00.007": time.Date(2026, 1, 1, 0, 0, 0, 7e6, zone), "2025-12-31 23:59:59": time.Date(2025, 12, 31, 15, 59, 59, 0, time.UTC),
		"2025-01-01 00:30:00": time.Date(2025, 1, 1, 0, 30, 0, 0, zone),
	} {
		if got := clockText(at.UnixMilli(), now); got != want {
			t.Errorf("%v is %q, want %q", at, got, want)
		}
	}
}

func TestExact(t *testing.T) {
	for v, want := range map[float64]string{0: "0", 21.5: "21.5", 1234567.25: "1234567.25", 1e20: "100000000000000000000", 1e-7: "1e-07", 0.1: "0.1"} {
		if got := Exact(v); got != want {
			t.Errorf("%v: %q, want %q", v, got, want)
		}
	}
}

func TestNumber(t *testing.T) {
	for text, want := range map[string]bool{"": false, "1": true, " -2.5 ": true, "NaN": false, "Inf": false, "x": false} {
		if _, ok := number(text); ok != want {
			t.Errorf("%q is a number: %v", text, ok)
		}
	}
	if !slices.Contains(stales[:], tile.DefaultStale) || !slices.Contains(windows[:], tile.DefaultWindow) {
		t.Error("what tiles have that say nothing is not offered")
	}
}
