package main

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
)

// peerGroup is a chapter of what is compared.
type peerGroup struct {
	name     string // as it is chosen by -cases
	titles   []peerTitle
	subjects []string // columns
	floors   []string // of these, those that nobody would take: they are not compared
	ours     []string // of these, ours: others are beside the first that has the metric
	notes    bool     // lines say how each subject is measured
	prose    string
}

// peerTitle is what cases of a beginning are called.
type peerTitle struct{ prefix, en, zh string }

var peerGroups = []peerGroup{
	{
		name: "servers",
		titles: []peerTitle{
			{"fanout", "Fan-out", "扇出"},
			{"memory", "Memory", "内存"},
			{"storm", "Storm", "重连风暴"},
			{"cold", "Cold start", "冷启动"},
		},
		subjects: []string{"edgeboard", "nats", "nats-jetstream", "socket.io", "hocuspocus", "y-websocket", "centrifugo", "floor"},
		floors:   []string{"floor"},
		ours:     []string{"edgeboard"},
		notes:    true,
		prose: "One room of the named number of members, of whom one sends the named number of messages a second (fanout, as members x rate); " +
			"idle members (memory); members who are all cut off at once and come back (storm); an empty program that is started (cold). " +
			"The same clients, in one process, speak each server's own protocol over WebSocket. What the servers promise differs, and is said below: " +
			"some keep nothing.",
	},
	{
		name: "documents",
		titles: []peerTitle{
			{"text-", "Text", "文本"},
			{"strokes", "Strokes", "笔画"},
			{"elements", "Elements", "图形属性"},
		},
		subjects: []string{"edgeboard-wasm", "edgeboard", "yjs", "loro", "automerge"},
		ours:     []string{"edgeboard-wasm", "edgeboard"},
		prose: "The same edits, one transaction each, by each library. edgeboard-wasm, yjs, loro and automerge are run by node; edgeboard is the same " +
			"Go code compiled for the machine, as the relay runs it, and stands there for comparison with itself. Ratios are to edgeboard-wasm, and where that has no figure of its own, for bytes, to edgeboard. " +
			"Text is of recorded editing sessions; friendsforever has two writers, and who comes first at one place is for each library to say (`end_text_equal`). " +
			"Strokes are 10,000 of 50 points with pressure, each one transaction: others have them as arrays of numbers, and in `-packed` as bytes that the page packs by itself. " +
			"Elements are 10,000 of 16 properties, and 100,000 writes of one property. Others have an element as a map in a map, under a random name of ten characters. " +
			"Automerge and Loro store the whole history, to which one can go back; Loro can leave it out (`state_bytes`). Edgeboard and Yjs store what " +
			"there is, and places of what was deleted: for them `state_bytes` is `bytes`. " +
			"Automerge compresses by itself: see the rows with `_br`. Yjs sends its first format and stores its second.",
	},
	{
		name: "whiteboards",
		titles: []peerTitle{
			{"frame", "Frames", "画面"},
			{"page", "Opening the page", "打开页面"},
		},
		subjects: []string{"edgeboard", "excalidraw", "tldraw"},
		ours:     []string{"edgeboard"},
		prose: "The same strokes in each page, in one Chromium, in windows of one size. Ours comes from the relay with a connection to it, the others' components " +
			"from files, each in a page of a few lines, with nobody else on the board. Software draws what a graphics processor would.",
	},
}

// titleOf returns the group of a case, and what its cases are called.
func titleOf(name string) (*peerGroup, peerTitle, error) {
	for i := range peerGroups {
		for _, t := range peerGroups[i].titles {
			if strings.HasPrefix(name, t.prefix) {
				return &peerGroups[i], t, nil
			}
		}
	}
	return nil, peerTitle{}, fmt.Errorf("case %q of peers is not known: say in peerGroups of scripts/bench/tables_peers.go where it belongs", name)
}

// contest is one case in which several are compared.
type contest struct {
	name  string // without subjects
	group *peerGroup
	title peerTitle
	of    map[string]*caseLines // by subject
}

// contests are the cases of peers, in the order of the groups and of the lines.
func contests(m *measured) ([]*contest, error) {
	var list []*contest
	for _, c := range m.bench("peers").cases {
		name, subject, ok := strings.Cut(c.name, "/")
		if !ok {
			return nil, fmt.Errorf("case %q of peers does not say of whom it is: WHAT/SUBJECT", c.name)
		}
		group, title, err := titleOf(name)
		if err != nil {
			return nil, err
		}
		if !slices.Contains(group.subjects, subject) {
			return nil, fmt.Errorf("nobody knows %q of case %q: add it to subjects of peerGroups in scripts/bench/tables_peers.go", subject, c.name)
		}
		i := slices.IndexFunc(list, func(c *contest) bool { return c.name == name })
		if i < 0 {
			i = len(list)
			list = append(list, &contest{name, group, title, map[string]*caseLines{}})
		}
		list[i].of[subject] = c
	}
	place := func(c *contest) int {
		for i := range peerGroups {
			if c.group == &peerGroups[i] {
				return 100*i + slices.Index(c.group.titles, c.title)
			}
		}
		return -1
	}
	slices.SortStableFunc(list, func(a, b *contest) int { return place(a) - place(b) })
	return list, nil
}

// metrics are those that any subject has, in the order of the first that has them.
func (c *contest) metrics() (names []string) {
	for _, subject := range c.group.subjects {
		if of := c.of[subject]; of != nil {
			for _, name := range of.metrics {
				if !slices.Contains(names, name) {
					names = append(names, name)
				}
			}
		}
	}
	return names
}

func (c *contest) value(subject, metric string) (figure, bool) {
	of := c.of[subject]
	if of == nil {
		return figure{}, false
	}
	f, ok := of.values[metric]
	return f, ok
}

// base is our figure that others are beside.
func (c *contest) base(metric string) (f figure, ok bool) {
	for _, subject := range c.group.ours {
		if f, ok = c.value(subject, metric); ok {
			return f, true
		}
	}
	return figure{}, false
}

// rival is somebody else's figure beside ours.
type rival struct {
	subject string
	value   float64
	ratio   float64 // over ours; not a number if ours is 0
	better  bool
}

// rivals are the others that have a metric which is better or worse.
func (c *contest) rivals(name string) (list []rival, err error) {
	of, err := metricOf(name)
	ours, ok := c.base(name)
	if err != nil || !ok || of.better == neither {
		return nil, err
	}
	for _, subject := range c.group.subjects {
		f, ok := c.value(subject, name)
		if !ok || slices.Contains(c.group.ours, subject) || slices.Contains(c.group.floors, subject) {
			continue
		}
		if f.Unit != ours.Unit {
			return nil, fmt.Errorf("%s of %s is in %s, and ours in %s", name, f.Case, f.Unit, ours.Unit)
		}
		r := rival{subject, f.Value, f.Value / ours.Value, f.Value < ours.Value}
		if of.better == more {
			r.better = f.Value > ours.Value
		}
		list = append(list, r)
	}
	return list, nil
}

// table is what all have, with the best in bold, and others' ratios to ours.
func (c *contest) table() (string, error) {
	t := table{head: []string{"", "unit"}}
	t.head = append(t.head, c.group.subjects...)
	for _, name := range c.metrics() {
		of, err := metricOf(name)
		if err != nil {
			return "", err
		}
		ours, compared := c.base(name)
		compared = compared && of.better != neither
		row := []string{"`" + name + "` " + of.en + of.better.sign(), ""}
		best := math.NaN()
		// Nobody would take a floor, and of ours one is compared.
		candidate := func(subject string, f figure) bool {
			return !slices.Contains(c.group.floors, subject) && (f.Case == ours.Case || !slices.Contains(c.group.ours, subject))
		}
		for _, subject := range c.group.subjects {
			f, ok := c.value(subject, name)
			if ok && candidate(subject, f) && (math.IsNaN(best) || of.better == less && f.Value < best || of.better == more && f.Value > best) {
				best = f.Value
			}
		}
		for _, subject := range c.group.subjects {
			f, ok := c.value(subject, name)
			if !ok {
				row = append(row, "—")
				continue
			}
			row[1] = f.Unit
			cell := number(f.Value)
			if of.better != neither && f.Value == best && candidate(subject, f) {
				cell = "**" + cell + "**"
			}
			if compared && ours.Value != 0 && f.Case != ours.Case {
				cell += " (" + ratio(f.Value/ours.Value) + ")"
			}
			row = append(row, cell)
		}
		t.rows = append(t.rows, row)
	}
	return t.String(), nil
}

// verdict says in which rows somebody else is better, all of them.
func (c *contest) verdict() (sentence string, compared, lost int, err error) {
	var rows []string
	for _, name := range c.metrics() {
		list, err := c.rivals(name)
		if err != nil {
			return "", 0, 0, err
		}
		if len(list) == 0 {
			continue
		}
		compared++
		var who []string
		for _, r := range list {
			if r.better {
				who = append(who, r.words())
			}
		}
		if len(who) > 0 {
			lost++
			rows = append(rows, "`"+name+"` ("+strings.Join(who, ", ")+")")
		}
	}
	switch {
	case compared == 0:
		return "Nobody else has figures here.", 0, 0, nil
	case lost == 0:
		return fmt.Sprintf("Nobody else is better in any of the %d rows that are compared.", compared), compared, 0, nil
	}
	return fmt.Sprintf("Somebody else is better in %d of the %d rows that are compared: %s.", lost, compared, strings.Join(rows, ", ")), compared, lost, nil
}

func (r rival) words() string {
	if math.IsNaN(r.ratio) || math.IsInf(r.ratio, 0) {
		return r.subject + " " + number(r.value)
	}
	return r.subject + " " + ratio(r.ratio)
}

// missing says who has no figures in a case, and why.
func (c *contest) missing(m *measured) string {
	var reasons []string
	who := map[string][]string{} // by reasons
	for _, subject := range c.group.subjects {
		if c.of[subject] != nil {
			for _, name := range c.metrics() {
				for _, is := range m.is(c.name + "/" + subject + " " + name) {
					reasons, who[is] = append(reasons, is), append(who[is], subject+" `"+name+"`")
				}
			}
			continue
		}
		if slices.Contains(c.group.floors, subject) {
			continue
		}
		why := m.is(c.name + "/" + subject)
		for _, is := range m.is(subject) {
			if strings.HasPrefix(is, "not ") {
				why = append(why, is)
			}
		}
		if len(why) == 0 {
			why = []string{"nothing was measured"}
		}
		reason := strings.Join(why, "; ")
		if who[reason] == nil {
			reasons = append(reasons, reason)
		}
		who[reason] = append(who[reason], subject)
	}
	for i, reason := range reasons {
		reasons[i] = strings.Join(who[reason], ", ") + " (" + reason + ")"
	}
	return strings.Join(reasons, "; ")
}

// number is a value as people read it: three digits, or all of a large one.
func number(v float64) string {
	abs := math.Abs(v)
	switch {
	case v == math.Trunc(v) && abs < 1000:
		return strconv.FormatFloat(v, 'f', 0, 64)
	case abs >= 100:
		return thousands(math.Round(v))
	case abs >= 10:
		return strconv.FormatFloat(v, 'f', 1, 64)
	case abs >= 1:
		return strconv.FormatFloat(v, 'f', 2, 64)
	}
	return strconv.FormatFloat(v, 'g', 3, 64)
}

func thousands(v float64) string {
	s := strconv.FormatFloat(math.Abs(v), 'f', 0, 64)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	if v < 0 {
		return "-" + s
	}
	return s
}

// ratio keeps as many digits as tell 1 from what is nearly 1.
func ratio(v float64) string {
	if v > 0.95 && v < 1.05 && v != 1 {
		return strconv.FormatFloat(v, 'f', 3, 64) + "×"
	}
	return number(v) + "×"
}
