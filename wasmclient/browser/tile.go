package browser

import (
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"edgeboard/public/texts"
	"edgeboard/shared/feed"
	"edgeboard/shared/tile"
)

// FeedInfo is a feed of the board, as the relay lists it.
type FeedInfo struct {
	Name string
	Last string // its last value, as it is shown; "": none
}

// feedOffer is a line that is offered to who looks for a feed.
type feedOffer struct {
	Pattern string // that is added
	Text    string // that is shown
	Last    string
}

// mostOffers is how many feeds are offered at once.
const mostOffers = 50

// feedOffers returns what is offered for what was typed: the feeds that have it in their
// names, those that begin with it first; all together where several do; and the name
// itself, for a feed that is still to come. What the tile has already is left out.
func feedOffers(l texts.Language, feeds []FeedInfo, chosen []string, query string) (list []feedOffer) {
	query = strings.TrimSpace(query)
	beginning := strings.TrimSuffix(query, "*")
	low := strings.ToLower(beginning)
	offered := func(pattern string) bool { return slices.Contains(chosen, pattern) }
	begins, known := 0, false
	var within []feedOffer
	for _, f := range feeds {
		if feed.Matches(beginning+"*", f.Name) {
			begins++
		}
		known = known || f.Name == query
		if offered(f.Name) {
			continue
		}
		o := feedOffer{f.Name, f.Name, f.Last}
		switch name := strings.ToLower(f.Name); {
		case strings.HasPrefix(name, low):
			list = append(list, o)
		case strings.Contains(name, low):
			within = append(within, o)
		}
	}
	list = append(list, within...)
	if len(list) > mostOffers {
		list = list[:mostOffers]
	}
	if all := beginning + "*"; begins > 1 && beginning != "" && !offered(all) {
		list = append(list, feedOffer{Pattern: all, Text: l.Text("tile.feed-all", beginning, strconv.Itoa(begins))})
	}
	if feed.ValidPattern(query) && !known && !offered(query) && !slices.ContainsFunc(list, func(o feedOffer) bool { return o.Pattern == query }) {
		list = append(list, feedOffer{Pattern: query, Text: l.Text("tile.feed-use", query)})
	}
	return list
}

// publishText is how a program publishes to a board, by the address of the relay and the
// name of the board as a part of a path; open: without a token.
func publishText(relay, board string, open bool) string {
	text := "curl -d 21.5 "
	if !open {
		text += "-H 'Authorization: Bearer TOKEN' "
	}
	return text + "'" + relay + "/api/v1/feeds/temperature?board=" + board + "'"
}

// windows and stales are the times that are offered, 0: never.
var (
	windows = [...]time.Duration{30 * time.Second, time.Minute, 5 * time.Minute, 15 * time.Minute, 30 * time.Minute, time.Hour, 6 * time.Hour, 24 * time.Hour}
	stales  = [...]time.Duration{10 * time.Second, 30 * time.Second, time.Minute, 5 * time.Minute, 15 * time.Minute, time.Hour, 24 * time.Hour, 0}
)

// spanText says how long something lasts, in the largest unit of which it is a whole
// number.
func spanText(l texts.Language, d time.Duration) string {
	switch {
	case d == 0:
		return l.Text("tile.never")
	case d%(24*time.Hour) == 0:
		return l.Count("tile.days", int(d/(24*time.Hour)))
	case d%time.Hour == 0:
		return l.Count("tile.hours", int(d/time.Hour))
	case d%time.Minute == 0:
		return l.Count("tile.minutes", int(d/time.Minute))
	}
	return l.Count("tile.seconds", int(d/time.Second))
}

// number reads what was typed into a field for a number: false if it is none.
func number(text string) (float64, bool) {
	v, err := strconv.ParseFloat(strings.TrimSpace(text), 64)
	return v, err == nil && v-v == 0
}

// stepColors are those of thresholds that were not given one, the first to be reached
// first.
var stepColors = [...]uint32{0xf0a000, 0xe03131, 0x9c36b5, 0x1971c2}

// nextStep returns the threshold that is proposed: beyond the last one, or where most
// of the range is reached, or near the value that is shown.
func nextStep(s *tile.Settings, example float64) tile.Step {
	n := len(s.Steps)
	step := tile.Step{Color: stepColors[min(n, len(stepColors)-1)]}
	way := 1.0
	if s.Below {
		way = -1
	}
	low, high := s.Min, s.Max
	if !s.Bounded {
		low, high = 0, math.Max(math.Abs(example), 1)
	}
	if s.Unit == "%" && !s.Bounded {
		high = 100
	}
	switch {
	case n > 0:
		step.At = s.Steps[n-1].At + way*(high-low)/10
	case s.Below:
		step.At = low + (high-low)*0.2
	default:
		step.At = low + (high-low)*0.8
	}
	step.At, _ = strconv.ParseFloat(strconv.FormatFloat(step.At, 'g', 2, 64), 64)
	return step
}

// ValueRow is a point as the panel of last values shows it.
type ValueRow struct {
	Time  int64 // milliseconds since 1970
	Feed  string
	Value string // exactly
	Words bool   // it is a text
}

// clockText writes a time to the millisecond, of another day with the date.
func clockText(ms int64, now time.Time) string {
	at := time.UnixMilli(ms).In(now.Location())
	if at.YearDay() == now.YearDay() && at.Year() == now.Year() {
		return at.Format("15:04:05.000")
	}
	return at.Format("2006-01-02 15:04:05")
}

// Exact writes a number with all of its digits.
func Exact(v float64) string {
	if abs := math.Abs(v); abs != 0 && (abs < 1e-6 || abs >= 1e21) {
		return strconv.FormatFloat(v, 'g', -1, 64)
	}
	return strconv.FormatFloat(v, 'f', -1, 64)
}

// csv writes rows as RFC 4180 says, with the times as ISO 8601 has them.
func csv(rows []ValueRow) string {
	var b strings.Builder
	b.WriteString("time,feed,value\r\n")
	for _, r := range rows {
		b.WriteString(time.UnixMilli(r.Time).UTC().Format("2006-01-02T15:04:05.000Z"))
		b.WriteByte(',')
		field(&b, r.Feed, true)
		b.WriteByte(',')
		field(&b, r.Value, r.Words)
		b.WriteString("\r\n")
	}
	return b.String()
}

// field writes a field. Somebody else's words must not be a formula where they are
// pasted.
func field(b *strings.Builder, text string, words bool) {
	if words && text != "" && strings.ContainsRune("=+-@\t", rune(text[0])) {
		text = "'" + text
	}
	if strings.ContainsAny(text, ",\"\r\n") {
		text = `"` + strings.ReplaceAll(text, `"`, `""`) + `"`
	}
	b.WriteString(text)
}
