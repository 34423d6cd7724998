// Package alarm tells people when live data reaches a threshold that a tile of their board
// has, and that tells people (package tile).
//
// What tiles a board has is read from the board as it is stored, when live data comes for
// it and it has changed: nobody has to be there. Each feed of a tile is looked at by
// itself. Who was told that a threshold was reached is told again when a further one is,
// and when it is over: when values have stayed away from it for [Calm]. So a value that
// goes up and down around a threshold tells once.
//
// How things stand is kept in memory: after a restart of the relay a threshold that is
// still exceeded is told once more.
package alarm

import (
	"cmp"
	"context"
	"log/slog"
	"slices"
	"sync"
	"time"

	"edgeboard/shared/board"
	"edgeboard/shared/feed"
	"edgeboard/shared/tile"
)

// Calm is how long values stay away from a threshold until it is over.
const Calm = time.Minute

const (
	// reread is how long a board is not read again, at least; and no more than a tenth of
	// the time goes into reading.
	reread = 5 * time.Second
	share  = 9
	// maxTelling is how many alerts wait to be told; a board tells perMinute at most.
	maxTelling = 100
	perMinute  = 20
	// maxBoards is how many boards are known at a time, about: those of which nothing was
	// read for longest are forgotten then, and read again when data comes for them.
	maxBoards = 10_000
)

// Alert is what people are told.
type Alert struct {
	Board   string
	Element board.ID // the tile
	Title   string   // its title, or the feed's name
	Text    string   // in no language: "93 % ≥ 90 %"
}

// Rule is a tile that tells people.
type Rule struct {
	Element  board.ID
	Title    string
	Settings tile.Settings
}

// RulesOf returns the tiles of a board that tell people.
func RulesOf(doc *board.Board) (rules []Rule) {
	for e := range doc.Elements() {
		if e.Kind() != board.KindTile {
			continue
		}
		s := tile.Of(e)
		if slices.ContainsFunc(s.Steps, func(s tile.Step) bool { return s.Alert }) {
			rules = append(rules, Rule{e.ID(), e.Text(), s})
		}
	}
	return rules
}

// Config is what Alarms are made of.
type Config struct {
	// Read returns the rules of a board, and the board's version; if that is the one
	// given, nothing has changed, and rules do not count.
	Read func(ctx context.Context, board, version string) (rules []Rule, now string, err error)
	// Tell tells people.
	Tell func(ctx context.Context, a Alert) error
	Log  *slog.Logger     // default: slog.Default()
	Now  func() time.Time // default: time.Now
}

// Alarms looks at live data. Make one with New.
type Alarms struct {
	cfg  Config
	ctx  context.Context // ends with Close
	stop context.CancelFunc
	wg   sync.WaitGroup
	wake chan struct{} // there is something to tell or to read

	mu      sync.Mutex
	running bool // run was begun
	closed  bool
	boards  map[string]*watched
	telling []Alert
	unread  []string // boards whose rules are to be read
}

// watched is a board that live data has come for.
type watched struct {
	name    string
	version string
	rules   []Rule
	known   bool // rules were read
	changed bool // since then
	queued  bool // in unread
	readAt  time.Time
	states  map[string][]*state   // by feed; nil: no rule means it
	last    map[string]feed.Point // by feed, of what came before rules were known

	minute time.Time
	told   int // since then
}

// state is how one feed of a tile stands.
type state struct {
	rule  *Rule
	level int       // that people were told of; 0: none
	below time.Time // since when values are below it; zero: they are not
}

// New returns Alarms that know nothing yet. Close ends them.
func New(cfg Config) *Alarms {
	if cfg.Log == nil {
		cfg.Log = slog.Default()
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	a := &Alarms{cfg: cfg, boards: map[string]*watched{}, wake: make(chan struct{}, 1)}
	a.ctx, a.stop = context.WithCancel(context.Background())
	return a
}

// Close ends what is under way. What was not told yet is not told, and nothing is heard
// any more.
func (a *Alarms) Close() {
	a.stop()
	a.mu.Lock()
	a.closed = true
	a.mu.Unlock()
	a.wg.Wait()
}

// Changed takes note that something of a board was stored.
func (a *Alarms) Changed(board string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if w := a.boards[board]; w != nil {
		w.changed = true
	}
}

// Heard looks at points of a feed, of which there is at least one. It returns at once.
func (a *Alarms) Heard(board, name string, points []feed.Point) {
	if points[0].Type() != feed.Numbers {
		return
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.closed {
		return
	}
	now := a.cfg.Now()
	w := a.boards[board]
	if w == nil {
		if len(a.boards) >= maxBoards {
			a.forget(now)
		}
		w = &watched{name: board, last: map[string]feed.Point{}}
		a.boards[board] = w
	}
	if (!w.known || w.changed) && !w.queued && now.Sub(w.readAt) >= reread {
		w.queued = true
		a.unread = append(a.unread, board)
		a.awake()
	}
	if !w.known {
		w.last[name] = points[len(points)-1]
		return
	}
	for _, p := range points {
		a.look(w, name, p, now)
	}
}

// forget makes room for other boards. The caller holds mu.
func (a *Alarms) forget(now time.Time) {
	for _, most := range []time.Duration{time.Hour, 0} {
		for name, w := range a.boards {
			if len(a.boards) > maxBoards/2 && !w.queued && now.Sub(w.readAt) >= most {
				delete(a.boards, name)
			}
		}
	}
}

// awake has run go on, from the first time that there is something to do.
func (a *Alarms) awake() {
	if !a.running {
		a.running = true
		a.wg.Go(a.run)
	}
	select {
	case a.wake <- struct{}{}:
	default: // it will find this too
	}
}

// look looks at one point. The caller holds mu.
func (a *Alarms) look(w *watched, name string, p feed.Point, now time.Time) {
	states, ok := w.states[name]
	if !ok {
		for i := range w.rules {
			if slices.ContainsFunc(w.rules[i].Settings.Feeds, func(pattern string) bool { return feed.Matches(pattern, name) }) {
				states = append(states, &state{rule: &w.rules[i]})
			}
		}
		w.states[name] = states
	}
	for _, s := range states {
		settings := &s.rule.Settings
		level := settings.Level(p.Number)
		switch {
		case level >= s.level:
			s.below = time.Time{}
			if reached := highest(settings, level); reached > s.level {
				s.level = reached
				a.tell(w, s, name, now, settings.Format(p.Number)+sign(settings, true)+settings.Format(settings.Steps[reached-1].At))
			}
		case s.below.IsZero():
			s.below = now
		case now.Sub(s.below) >= Calm:
			was := settings.Steps[s.level-1].At
			// What it has fallen to may be a threshold that tells people too: they know
			// that it is reached, and hear when it is over.
			s.level, s.below = highest(settings, level), time.Time{}
			a.tell(w, s, name, now, settings.Format(p.Number)+sign(settings, false)+settings.Format(was))
		}
	}
}

// highest returns the highest level up to one that tells people, 0 if there is none.
func highest(s *tile.Settings, level int) int {
	for level > 0 && !s.Alerts(level) {
		level--
	}
	return level
}

// sign says how a value stands to a threshold that is reached, or is no longer.
func sign(s *tile.Settings, reached bool) string {
	switch {
	case reached && s.Below:
		return " ≤ "
	case reached:
		return " ≥ "
	case s.Below:
		return " > "
	}
	return " < "
}

// tell has people told. The caller holds mu.
func (a *Alarms) tell(w *watched, s *state, name string, now time.Time, text string) {
	if now.Sub(w.minute) >= time.Minute {
		w.minute, w.told = now, 0
	}
	if w.told++; w.told > perMinute || len(a.telling) == maxTelling {
		if w.told == perMinute+1 || len(a.telling) == maxTelling {
			a.cfg.Log.Warn("live data reaches thresholds too often, and not all is told", "board", w.name, "feed", name)
		}
		return
	}
	alert := Alert{Board: w.name, Element: s.rule.Element, Title: s.rule.Title, Text: text}
	if alert.Title == "" {
		alert.Title = name
	} else if len(s.rule.Settings.Feeds) > 1 || s.rule.Settings.Feeds[0] != name {
		alert.Text = name + ": " + text
	}
	a.telling = append(a.telling, alert)
	a.awake()
}

// run reads rules and tells people.
func (a *Alarms) run() {
	for {
		a.mu.Lock()
		telling, unread := a.telling, a.unread
		a.telling, a.unread = nil, nil
		a.mu.Unlock()
		for _, alert := range telling {
			if err := a.cfg.Tell(a.ctx, alert); err != nil && a.ctx.Err() == nil {
				a.cfg.Log.Error("an alert of live data is not told to all", "board", alert.Board, "title", alert.Title, "text", alert.Text, "err", err)
			}
		}
		for _, board := range unread {
			begin := time.Now()
			a.read(board)
			select {
			case <-time.After(share * time.Since(begin)):
			case <-a.ctx.Done():
				return
			}
		}
		if len(telling) > 0 || len(unread) > 0 {
			continue
		}
		select {
		case <-a.wake:
		case <-a.ctx.Done():
			return
		}
	}
}

// read reads the rules of a board.
func (a *Alarms) read(board string) {
	a.mu.Lock()
	w := a.boards[board]
	version, known := w.version, w.known
	w.changed = false // what changes from now on is read the next time
	a.mu.Unlock()
	rules, now, err := a.cfg.Read(a.ctx, board, version)
	a.mu.Lock()
	defer a.mu.Unlock()
	w.queued, w.readAt = false, a.cfg.Now()
	switch {
	case err != nil:
		if a.ctx.Err() == nil {
			a.cfg.Log.Warn("cannot read what live data of a board people are to be told of", "board", board, "err", err)
		}
		w.changed = true
		return
	case known && now == version:
		return
	}
	w.version, w.known = now, true
	w.set(rules)
	if !known {
		for _, name := range sorted(w.last) {
			a.look(w, name, w.last[name], a.cfg.Now())
		}
		w.last = nil
	}
}

// set puts other rules in the place of those that were. How a feed of a tile stands stays
// if its thresholds do.
func (w *watched) set(rules []Rule) {
	old := w.states
	w.rules, w.states = rules, map[string][]*state{}
	for name, states := range old {
		for _, s := range states {
			i := slices.IndexFunc(rules, func(r Rule) bool { return r.Element == s.rule.Element })
			if i < 0 || !slices.Equal(rules[i].Settings.Steps, s.rule.Settings.Steps) || rules[i].Settings.Below != s.rule.Settings.Below {
				continue
			}
			if !slices.ContainsFunc(rules[i].Settings.Feeds, func(pattern string) bool { return feed.Matches(pattern, name) }) {
				continue
			}
			w.states[name] = append(w.states[name], &state{rule: &rules[i], level: s.level, below: s.below})
		}
	}
	// Rules that mean a feed and have no state yet get one.
	for name, states := range w.states {
		for i := range rules {
			r := &rules[i]
			if !slices.ContainsFunc(states, func(s *state) bool { return s.rule == r }) && slices.ContainsFunc(r.Settings.Feeds, func(pattern string) bool { return feed.Matches(pattern, name) }) {
				states = append(states, &state{rule: r})
			}
		}
		w.states[name] = states
	}
}

func sorted(m map[string]feed.Point) []string {
	names := make([]string, 0, len(m))
	for name := range m {
		names = append(names, name)
	}
	slices.SortFunc(names, func(a, b string) int { return cmp.Compare(a, b) })
	return names
}
