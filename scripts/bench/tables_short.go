package main

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
)

// shortRows is how many rows of the comparison the READMEs have at the most.
const shortRows = 8

// shortPicks are the rows of the short table, as far as they were measured. The last row
// is not among them: it is the one in which we lose most.
var shortPicks = []struct{ name, metric string }{
	{"fanout100x500", "cpu_us_per_delivery"},
	{"fanout100x500", "p99_ms"},
	{"memory2000", "kib_per_member"},
	{"storm1000", "storm_ms"},
	{"text-automerge-paper", "apply_ms"},
	{"strokes2k", "bytes"},
	{"frame2000", "fit_ms"},
}

// shortRow is a metric of a case.
type shortRow struct {
	c      *contest
	metric string
	ours   figure
	rivals []rival
}

// shortTable chooses the rows.
func shortTable(list []*contest) (rows []shortRow, err error) {
	all := map[[2]string]shortRow{}
	var worst shortRow
	worstBy := 1.0
	for _, c := range list {
		for _, name := range c.metrics() {
			rivals, err := c.rivals(name)
			if err != nil {
				return nil, err
			}
			if len(rivals) == 0 {
				continue
			}
			ours, _ := c.base(name)
			row := shortRow{c, name, ours, rivals}
			all[[2]string{c.name, name}] = row
			of, err := metricOf(name)
			if err != nil {
				return nil, err
			}
			for _, r := range rivals {
				// How many times better they are.
				by := ours.Value / r.value
				if of.better == more {
					by = r.value / ours.Value
				}
				if r.better && by > worstBy && !slices.ContainsFunc(shortPicks, func(p struct{ name, metric string }) bool { return p.name == c.name && p.metric == name }) {
					worst, worstBy = row, by
				}
			}
		}
	}
	for _, p := range shortPicks {
		if row, ok := all[[2]string{p.name, p.metric}]; ok {
			rows = append(rows, row)
		}
	}
	if worst.c != nil {
		rows = append(rows[:min(len(rows), shortRows-1)], worst)
	}
	return rows, nil
}

// language is what differs in the READMEs.
type language struct {
	file                string
	what, others, comma string
	tail, lost          string // below; lost if there is a row in which we lose
	title               func(peerTitle) string
	words               func(metric) string
}

var languages = []language{
	{
		"README.md", "measured", "others, in brackets over ours", ", ",
		"Less is better where ↓ is, more where ↑ is.", " Bold is better than ours, and the last row the one in which we lose most.",
		func(t peerTitle) string { return t.en }, func(m metric) string { return m.en },
	},
	{
		"README.zh-CN.md", "测量项", "其他方案（括号内为与我们之比）", "，",
		"↓ 越小越好，↑ 越大越好。", "粗体优于我们，最后一行是我们落后最多的一项。",
		func(t peerTitle) string { return t.zh }, func(m metric) string { return m.zh },
	},
}

// write returns the short table in a language.
func (l language) write(rows []shortRow) (string, error) {
	t := table{head: []string{l.what, "Edgeboard", l.others}, words: true}
	lost := false
	for _, row := range rows {
		of, err := metricOf(row.metric)
		if err != nil {
			return "", err
		}
		words := l.words(of)
		if words == "" {
			return "", fmt.Errorf("metric %q has no words for %s: add them in scripts/bench/tables_metrics.go", row.metric, l.file)
		}
		var who []string
		for _, r := range row.rivals {
			cell := r.subject + " " + number(r.value)
			if row.ours.Value != 0 {
				cell += " (" + ratio(r.ratio) + ")"
			}
			if r.better {
				lost = true
				cell = "**" + cell + "**"
			}
			who = append(who, cell)
		}
		ours := number(row.ours.Value) + " " + row.ours.Unit
		if strings.HasSuffix(row.ours.Case, "-wasm") {
			ours += " (wasm)"
		}
		t.rows = append(t.rows, []string{
			l.title(row.c.title) + " `" + row.c.name + "`" + l.comma + words + of.better.sign(),
			ours,
			strings.Join(who, l.comma),
		})
	}
	tail := l.tail
	if lost {
		tail += l.lost
	}
	return t.String() + "\n" + tail + "\n", nil
}

const (
	peersBegin = "<!-- peers:begin -->"
	peersEnd   = "<!-- peers:end -->"
)

// between puts a text between the marks of a page.
func between(page []byte, text string) ([]byte, error) {
	before, rest, ok := bytes.Cut(page, []byte(peersBegin))
	_, after, ok2 := bytes.Cut(rest, []byte(peersEnd))
	if !ok || !ok2 {
		return nil, fmt.Errorf("there is no %s with %s after it", peersBegin, peersEnd)
	}
	return slices.Concat(before, []byte(peersBegin+"\n"+text), []byte(peersEnd), after), nil
}
