package main

import (
	"fmt"
	"slices"
	"strings"
)

// ownBenches are what is measured of Edgeboard alone, in the order of the page. what says
// what it measures; bench.sh says how.
var ownBenches = []struct{ name, title, what string }{
	{"fanout", "Telling others", "What it costs the relay to tell each member of a board what one of them does (members x messages a second), beside a bare program that writes the same bytes to the same sockets."},
	{"memory", "Idle members", "What a member takes who is idle, beside the bare program."},
	{"storm", "A storm of members who come back", "How long it takes until all members who were cut off at once are in step again, beside the bare program."},
	{"cold", "A start", "From the start of the relay to its first answer, beside a bare program."},
	{"small", "A small host", "What a relay carries within a limit of memory that the kernel holds it to."},
	{"store", "Storing", "How many updates a second are stored on the disk and acknowledged, beside SQLite alone in the same batches."},
	{"chat", "Talk", "Questions about a conversation of a million messages and an inbox of 100,000 entries, and how soon a message is with all of 1,000 members."},
	{"feeds", "Live data", "Feeds that many members watch: how late points are, what they weigh, and what showing them takes of the page."},
	{"transports", "Transports", "The same messages over each transport on loopback; the case pipe is the floor."},
	{"loss", "Loss", "How old other people's cursors are over a link that delays and loses packets, and what a stroke of three seconds weighs."},
	{"hostile", "Attacks", "What the members of a board notice while the relay is attacked."},
	{"cluster", "Several relays", "What another relay adds to the way of an edit, and what three relays deliver, beside one."},
	{"scale", "Many members", "The relay's rooms and outboxes past what sockets allow, what one more member costs, and a model of what more members take."},
	{"soak", "Ten minutes", "What is left of ten minutes of what people do."},
	{"board", "The document", "Text of recorded editing sessions, properties and strokes, beside a gap buffer, natively and as wasm run by node."},
	{"wire", "The codec", "Messages to bytes and back, beside Google's protobuf and encoding/json."},
	{"export", "Other formats", "A board of 10,000 strokes of 50 points in other formats."},
	{"frame", "Frames of the page", "The page in Chromium on boards of so many strokes of 50 points, while it is panned."},
	{"page", "Opening the page", "How soon a person is on a board of 300 elements who was never there, on loopback and over 10 Mbit/s."},
}

// ownSection is one bench on the page.
type ownSection struct {
	Name, Title, What string
	Commands          []string // as it was called; none if nobody has noted it
	Tables            []string
}

// ownSections are the benches of which there are lines, peers left out.
func ownSections(m *measured) ([]ownSection, error) {
	for _, b := range m.benches {
		if b.name != "peers" && !slices.ContainsFunc(ownBenches, func(o struct{ name, title, what string }) bool { return o.name == b.name }) {
			return nil, fmt.Errorf("bench %q is not known: say in ownBenches of scripts/bench/tables_own.go what it measures", b.name)
		}
	}
	var list []ownSection
	for _, o := range ownBenches {
		b := m.bench(o.name)
		if len(b.cases) == 0 {
			continue
		}
		tables, err := ownTables(b)
		if err != nil {
			return nil, err
		}
		list = append(list, ownSection{o.name, o.title, o.what, m.commands(o.name), tables})
	}
	return list, nil
}

// commands are how a bench was called, where lines say that.
func (m *measured) commands(bench string) (list []string) {
	for _, a := range m.abouts {
		if a.bench == bench && a.what == "command" && !slices.Contains(list, a.is) {
			list = append(list, a.is)
		}
	}
	return list
}

// ownTables has a table for cases that have the same first metric: rows are metrics,
// columns cases.
func ownTables(b *benchLines) (list []string, err error) {
	var groups [][]*caseLines
	for _, c := range b.cases {
		i := slices.IndexFunc(groups, func(g []*caseLines) bool { return g[0].metrics[0] == c.metrics[0] })
		if i < 0 {
			groups = append(groups, nil)
			i = len(groups) - 1
		}
		groups[i] = append(groups[i], c)
	}
	for _, group := range groups {
		t := table{head: []string{"", "unit"}}
		var names []string
		for _, c := range group {
			t.head = append(t.head, "`"+c.name+"`")
			for _, name := range c.metrics {
				if !slices.Contains(names, name) {
					names = append(names, name)
				}
			}
		}
		for _, name := range names {
			of, err := metricOf(name)
			if err != nil {
				return nil, err
			}
			row := []string{"`" + name + "` " + of.en + of.better.sign(), ""}
			for _, c := range group {
				f, ok := c.values[name]
				if !ok {
					row = append(row, "—")
					continue
				}
				row[1] = f.Unit
				row = append(row, number(f.Value))
			}
			t.rows = append(t.rows, row)
		}
		list = append(list, t.String())
	}
	return list, nil
}

// table is one of Markdown. Columns are figures, but for the first, units, and the last
// where that is words.
type table struct {
	head  []string
	rows  [][]string
	words bool
}

func (t table) String() string {
	var b strings.Builder
	line := func(cells []string) { b.WriteString("| " + strings.Join(cells, " | ") + " |\n") }
	line(t.head)
	rule := "|---|"
	for i, h := range t.head[1:] {
		if h == "unit" || t.words && i == len(t.head)-2 {
			rule += "---|"
		} else {
			rule += "--:|"
		}
	}
	b.WriteString(rule + "\n")
	for _, r := range t.rows {
		line(r)
	}
	return b.String()
}

func (d direction) sign() string {
	switch d {
	case less:
		return " ↓"
	case more:
		return " ↑"
	}
	return ""
}
