package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
)

// measured are the saved lines of benches.
type measured struct {
	benches []*benchLines // in the order of their first lines
	abouts  []aboutLine   // of all benches
}

// aboutLine says what figures are of, or why there are none.
type aboutLine struct{ bench, what, is string }

type benchLines struct {
	name  string
	cases []*caseLines
}

type caseLines struct {
	name    string
	metrics []string // in the order of the lines
	values  map[string]figure
}

// bench returns the lines of one, which are none if it was not run.
func (m *measured) bench(name string) *benchLines {
	for _, b := range m.benches {
		if b.name == name {
			return b
		}
	}
	return &benchLines{name: name}
}

// is returns what lines say that something is; several if runs differ.
func (m *measured) is(what string) (list []string) {
	for _, a := range m.abouts {
		if a.what == what && !slices.Contains(list, a.is) {
			list = append(list, a.is)
		}
	}
	return list
}

// readLines reads what benches have printed. A figure that is there twice is an error:
// somebody would have to choose.
func readLines(r io.Reader, name string, into *measured) error {
	scanner := bufio.NewScanner(r)
	scanner.Buffer(nil, 1<<20)
	for n := 1; scanner.Scan(); n++ {
		if strings.TrimSpace(scanner.Text()) == "" {
			continue
		}
		var l struct {
			figure
			Value *float64 `json:"value"`
			What  string   `json:"what"`
			Is    string   `json:"is"`
		}
		d := json.NewDecoder(strings.NewReader(scanner.Text()))
		d.DisallowUnknownFields()
		if err := d.Decode(&l); err != nil {
			return fmt.Errorf("%s:%d: %w", name, n, err)
		}
		var err error
		switch {
		case l.Bench == "":
			err = fmt.Errorf("it does not say of which bench it is")
		case l.What != "" && l.Metric == "":
			into.abouts = append(into.abouts, aboutLine{l.Bench, l.What, l.Is})
		case l.Case == "" || l.Metric == "" || l.Value == nil:
			err = fmt.Errorf("this is no figure, and does not say what something is")
		default:
			l.figure.Value = *l.Value
			err = into.add(l.figure)
		}
		if err != nil {
			return fmt.Errorf("%s:%d: %w", name, n, err)
		}
	}
	if err := scanner.Err(); err != nil {
		return fmt.Errorf("read %s: %w", name, err)
	}
	return nil
}

func (m *measured) add(f figure) error {
	b := m.bench(f.Bench)
	if b.cases == nil {
		m.benches = append(m.benches, b)
	}
	i := slices.IndexFunc(b.cases, func(c *caseLines) bool { return c.name == f.Case })
	if i < 0 {
		i = len(b.cases)
		b.cases = append(b.cases, &caseLines{name: f.Case, values: map[string]figure{}})
	}
	c := b.cases[i]
	if _, twice := c.values[f.Metric]; twice {
		return fmt.Errorf("%s of %s/%s is there for the second time: keep one", f.Metric, f.Bench, f.Case)
	}
	if _, err := metricOf(f.Metric); err != nil {
		return err
	}
	c.metrics = append(c.metrics, f.Metric)
	c.values[f.Metric] = f
	return nil
}
