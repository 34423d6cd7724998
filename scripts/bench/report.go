package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
)

// figure is one line of output.
type figure struct {
	Bench  string  `json:"bench"`
	Case   string  `json:"case"`
	Metric string  `json:"metric"`
	Unit   string  `json:"unit"`
	Value  float64 `json:"value"`
}

// report is where a bench writes. What is found wrong on the way does not stop the measuring; it is told at the end.
type report struct {
	bench          string
	stdout, stderr io.Writer
	failures       []error
}

// add prints a figure.
func (r *report) add(name, metric, unit string, value float64) {
	r.print(figure{r.bench, name, metric, unit, significant(value)})
}

// native is add for figures that the second program has no other answer to.
func (r *report) native(name, metric, unit string, value float64) {
	if !inWasm {
		r.add(name, metric, unit, value)
	}
}

func (r *report) print(f figure) {
	line, err := json.Marshal(f)
	if err == nil {
		_, err = r.stdout.Write(append(line, '\n'))
	}
	if err != nil {
		r.fail("print %s of %s: %w", f.Metric, f.Case, err)
	}
}

// about prints what figures are of: a version, a machine.
func (r *report) about(what, is string) {
	line, err := json.Marshal(struct {
		Bench string `json:"bench"`
		What  string `json:"what"`
		Is    string `json:"is"`
	}{r.bench, what, is})
	if err == nil {
		_, err = r.stdout.Write(append(line, '\n'))
	}
	if err != nil {
		r.fail("print what %s is: %w", what, err)
	}
}

func (r *report) note(format string, args ...any) {
	fmt.Fprintf(r.stderr, "bench: "+format+"\n", args...)
}

func (r *report) fail(format string, args ...any) {
	r.failures = append(r.failures, fmt.Errorf(format, args...))
}

func (r *report) err() error { return errors.Join(r.failures...) }

// significant leaves four digits of what is not a whole number: more would be noise.
func significant(v float64) float64 {
	if v == 0 || v == math.Trunc(v) {
		return v
	}
	scale := math.Pow(10, 3-math.Floor(math.Log10(math.Abs(v))))
	return math.Round(v*scale) / scale
}

func truth(ok bool) float64 {
	if ok {
		return 1
	}
	return 0
}
