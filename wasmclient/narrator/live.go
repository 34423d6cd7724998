package narrator

import (
	"strconv"

	"edgeboard/public/texts"
	"edgeboard/shared/board"
	"edgeboard/shared/feed"
	"edgeboard/shared/figure"
	"edgeboard/shared/tile"
)

// Live is where live data comes from. The zero Live knows of none.
type Live struct {
	// Matching returns the feeds that patterns mean, as feed.Feeds does.
	Matching func(patterns []string) []*feed.Series
	Now      int64 // by the relay's clock, milliseconds since 1970
}

// Of so many feeds of a tile the values are told: where elements are described one after
// the other, and where one is named in a few words.
const (
	mostTold = 8
	fewTold  = 3
)

// tell says what a tile shows behind what it is called: "Live tile “CPU”: 42 %, 3 s ago".
// Of all else it says no more.
func (v Live) tell(l texts.Language, f *figure.Figure, called string, most int) string {
	if f.Kind() != board.KindTile {
		return called
	}
	s := tile.Of(f.Element)
	if v.Matching == nil || len(s.Feeds) == 0 {
		return called
	}
	var list []*feed.Series
	for _, series := range v.Matching(s.Feeds) {
		if series.Ring.Len() > 0 {
			list = append(list, series)
		}
	}
	if len(list) == 0 {
		return l.Text("said.live-none", called)
	}
	all := ""
	for i, series := range list {
		if i == most {
			all = l.Text("said.live-more", all, strconv.Itoa(len(list)-most))
			break
		}
		told := v.value(l, &s, series)
		if len(list) > 1 {
			told = l.Text("said.live-of", series.Name, told)
		}
		if i > 0 {
			told = l.Text("said.comma", all, told)
		}
		all = told
	}
	return l.Text("said.live", called, all)
}

// value says what a feed has last, and how old that is.
func (v Live) value(l texts.Language, s *tile.Settings, series *feed.Series) string {
	last, _ := series.Ring.Last()
	told, level := cut(last.Text, mostQuoted), 0
	if series.Type == feed.Numbers {
		told, level = s.Format(last.Number), s.Level(last.Number)
	}
	told = l.Text("said.comma", told, ago(l, v.Now-last.Time))
	if level > 0 {
		told = l.Text("said.live-step", told, s.Format(s.Steps[level-1].At))
	}
	if s.IsStale(last.Time, v.Now) {
		told = l.Text("said.live-stale", told)
	}
	return told
}

// ago says how long ago something was, in milliseconds.
func ago(l texts.Language, ms int64) string {
	n, unit := max(ms, 0)/1000, "tile.s"
	switch {
	case n >= 48*3600:
		n, unit = n/(24*3600), "tile.d"
	case n >= 2*3600:
		n, unit = n/3600, "tile.h"
	case n >= 120:
		n, unit = n/60, "tile.min"
	}
	return l.Text("tile.ago", strconv.FormatInt(n, 10)+" "+l.Text(unit))
}
