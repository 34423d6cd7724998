// Package tile is what a tile of a board says of the live data that it shows: which
// feeds, as what, in which unit, and from which values on it warns.
//
// The document has that as properties of an element ([board.KindTile]); [Of] reads them,
// bounded, and [Settings.Set] writes them. How a tile is drawn is not this package's
// business, nor where the data comes from.
package tile

import (
	"strconv"
	"strings"
	"time"

	"edgeboard/shared/board"
	"edgeboard/shared/feed"
)

// Chart is how a tile shows its feeds.
type Chart uint8

// The charts. What a tile says that this version does not know counts as Number.
const (
	Number    Chart = 0 // the last number, large, and how it has changed
	Sparkline Chart = 1 // the same, over a line without axes
	Lines     Chart = 2 // a line for each feed, with axes
	Gauge     Chart = 3 // the last number on an arc from Min to Max
	Bars      Chart = 4 // a bar for each feed
	Table     Chart = 5 // a row for each feed: last, lowest, highest
	Light     Chart = 6 // the colour of the threshold that was reached, and the value
	Log       Chart = 7 // the last texts, one below the other
	Text      Chart = 8 // the last text or number, in lines

	numCharts = 9
)

// Limits and defaults of settings.
const (
	MaxFeeds    = 32 // patterns of one tile
	MaxSteps    = 8
	MaxUnit     = 32 // bytes
	MaxDecimals = 12

	MinWindow     = 10 * time.Second
	MaxWindow     = 24 * time.Hour
	DefaultWindow = 5 * time.Minute
	DefaultStale  = time.Minute
	MaxStale      = 7 * 24 * time.Hour
)

// Settings are those of one tile. The zero value of a field stands for its default, but
// of Decimals and Stale.
type Settings struct {
	Feeds []string // patterns, at most MaxFeeds
	Chart Chart
	Unit  string // see Format
	// Decimals is how many digits stand behind the point, at most MaxDecimals; less than
	// 0: as few as are needed.
	Decimals int
	// Min and Max are the ends of the axis; where Bounded is not set it follows the values.
	Min, Max float64
	Bounded  bool
	Window   time.Duration // that is shown, MinWindow to MaxWindow
	Steps    []Step        // ascending, or descending where Below is set; at most MaxSteps
	Below    bool          // a step is reached by values below it
	// Stale is after how long a value counts as stale, at most MaxStale; 0: never.
	Stale time.Duration
}

// Step is a threshold: from At on a value has the colour.
type Step struct {
	At    float64
	Color uint32 // 0xRRGGBB
	Alert bool   // people are told when it is reached
}

// Of returns the settings of a tile.
func Of(e *board.Element) Settings {
	s := Settings{
		Chart:    Chart(min(max(e.Int(board.KeyChart, 0), -1), 255)),
		Unit:     cut(e.Get(board.KeyUnit).Str(), MaxUnit),
		Decimals: int(min(max(e.Int(board.KeyDecimals, -1), -1), MaxDecimals)),
		Min:      finite(e.Float(board.KeyMin, 0), 0),
		Max:      finite(e.Float(board.KeyMax, 0), 0),
		Window:   within(e.Int(board.KeyWindow, 0), DefaultWindow, MinWindow, MaxWindow),
		Steps:    ParseSteps(e.Get(board.KeySteps).Str()),
		Below:    e.Int(board.KeyBelow, 0) != 0,
		Stale:    within(e.Int(board.KeyStale, -1), DefaultStale, 0, MaxStale),
	}
	if s.Chart >= numCharts {
		s.Chart = Number
	}
	s.Bounded = s.Min < s.Max
	for line := range strings.Lines(e.Get(board.KeyFeed).Str()) {
		if line = strings.TrimSpace(line); feed.ValidPattern(line) && len(s.Feeds) < MaxFeeds {
			s.Feeds = append(s.Feeds, line)
		}
	}
	s.sort()
	return s
}

// Set writes what differs from what the element has.
func (s Settings) Set(edit *board.Edit, e *board.Element) {
	now := Of(e)
	set := func(same bool, key board.Key, v board.Value) {
		if !same {
			edit.Set(e.ID(), key, v)
		}
	}
	s.sort()
	set(strings.Join(now.Feeds, "\n") == strings.Join(s.Feeds, "\n"), board.KeyFeed, board.String(strings.Join(s.Feeds, "\n")))
	set(now.Chart == s.Chart, board.KeyChart, board.Int(int64(s.Chart)))
	set(now.Unit == s.Unit, board.KeyUnit, board.String(s.Unit))
	set(now.Decimals == s.Decimals, board.KeyDecimals, board.Int(int64(s.Decimals)))
	if !s.Bounded {
		s.Min, s.Max = 0, 0
	}
	set(now.Min == s.Min, board.KeyMin, board.Float(s.Min))
	set(now.Max == s.Max, board.KeyMax, board.Float(s.Max))
	set(now.Window == s.Window || s.Window == 0, board.KeyWindow, board.Int(s.Window.Milliseconds()))
	set(FormatSteps(now.Steps) == FormatSteps(s.Steps), board.KeySteps, board.String(FormatSteps(s.Steps)))
	below := int64(0)
	if s.Below {
		below = 1
	}
	set(now.Below == s.Below, board.KeyBelow, board.Int(below))
	set(now.Stale == s.Stale, board.KeyStale, board.Int(s.Stale.Milliseconds()))
}

// within reads milliseconds: less than 0, and 0 where that is too little, is the default.
func within(ms int64, otherwise, least, most time.Duration) time.Duration {
	if ms < 0 || ms == 0 && least > 0 {
		return otherwise
	}
	return min(max(time.Duration(min(ms, most.Milliseconds()))*time.Millisecond, least), most)
}

func finite(v, otherwise float64) float64 {
	if v-v != 0 {
		return otherwise
	}
	return v
}

// cut ends a text after so many bytes, and not within a character.
func cut(s string, most int) string {
	if len(s) <= most {
		return s
	}
	return strings.ToValidUTF8(s[:most], "")
}

// IsStale reports whether a value of a time is stale at another one, both in milliseconds
// since 1970.
func (s *Settings) IsStale(at, now int64) bool {
	return s.Stale > 0 && now-at > s.Stale.Milliseconds()
}

// Level returns which of Steps a value has reached, counted from 1; 0: none.
func (s *Settings) Level(v float64) int {
	level := 0
	for i, step := range s.Steps {
		if v >= step.At && !s.Below || v <= step.At && s.Below {
			level = i + 1
		}
	}
	return level
}

// Alerts reports whether people are told when a level is reached.
func (s *Settings) Alerts(level int) bool { return level > 0 && s.Steps[level-1].Alert }

// ParseSteps reads steps as the document has them: "70 f0a000;90 e03131!". What makes no
// sense is left out.
func ParseSteps(text string) (steps []Step) {
	for part := range strings.SplitSeq(text, ";") {
		part, alert := strings.CutSuffix(strings.TrimSpace(part), "!")
		at, color, _ := strings.Cut(part, " ")
		v, err := strconv.ParseFloat(at, 64)
		c, wrong := strconv.ParseUint(color, 16, 32)
		if err != nil || v-v != 0 || wrong != nil || len(color) != 6 || len(steps) == MaxSteps {
			continue
		}
		steps = append(steps, Step{v, uint32(c), alert})
	}
	return steps
}

// FormatSteps writes steps as ParseSteps reads them.
func FormatSteps(steps []Step) string {
	var b []byte
	for i, s := range steps {
		if i > 0 {
			b = append(b, ';')
		}
		b = strconv.AppendFloat(b, s.At, 'g', -1, 64)
		b = append(b, ' ')
		const digits = "0123456789abcdef"
		for shift := 20; shift >= 0; shift -= 4 {
			b = append(b, digits[s.Color>>shift&15])
		}
		if s.Alert {
			b = append(b, '!')
		}
	}
	return string(b)
}
