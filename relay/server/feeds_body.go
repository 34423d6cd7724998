package server

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"math"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"edgeboard/relay/feed"
	live "edgeboard/shared/feed"
)

// reported is what a body, or a line of one, says.
type reported struct {
	list   []feed.Batch
	n      int
	batch  map[string]int   // which of list a feed is
	places map[string][]int // which of all its points are, where that is another number
}

func (p *reported) add(name string, point live.Point) {
	i, ok := p.batch[name]
	if !ok {
		if p.batch == nil {
			p.batch, p.places = map[string]int{}, map[string][]int{}
		}
		i = len(p.list)
		p.batch[name] = i
		p.list = append(p.list, feed.Batch{Feed: name})
	}
	p.list[i].Points = append(p.list[i].Points, point)
	p.places[name] = append(p.places[name], p.n)
	p.n++
}

// item is one object of JSON. One of Value, Points and Values is there.
type item struct {
	Value  json.RawMessage            `json:"value"`
	Time   json.RawMessage            `json:"time"`
	Points []sample                   `json:"points"`
	Values map[string]json.RawMessage `json:"values"`
}

// sample is a point in JSON.
type sample struct {
	Value json.RawMessage `json:"value"`
	Time  json.RawMessage `json:"time"`
}

const itemMembers = "value, time, points and values"

// readJSONPoints reads what JSON says of a feed, and of those below it.
func readJSONPoints(name string, text []byte) (*reported, error) {
	if !utf8.Valid(text) {
		return nil, misfits(http.StatusBadRequest, "body", "the body is not UTF-8")
	}
	text = bytes.TrimLeft(text, " \t\r\n")
	if len(text) == 0 {
		return nil, misfits(http.StatusBadRequest, "value", "the body is empty: want a number, a text, or an object with %s", itemMembers)
	}
	p := new(reported)
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	var err error
	switch text[0] {
	case '{':
		err = p.readItem(d, name, text)
	case '[':
		err = p.readItems(d, name, text)
	default:
		var value json.RawMessage
		if err = d.Decode(&value); err != nil {
			err = notJSON(err, text)
		} else {
			err = p.addSample(name, value, nil)
		}
	}
	if err == nil {
		if _, e := d.Token(); !errors.Is(e, io.EOF) {
			err = misfits(http.StatusBadRequest, "body", "something follows what was said in JSON")
		}
	}
	if err != nil {
		return nil, err
	}
	return p, nil
}

// readItems reads an array, one entry at a time: what is made of it in memory is not
// much more than what it is.
func (p *reported) readItems(d *json.Decoder, name string, text []byte) error {
	if _, err := d.Token(); err != nil {
		return notJSON(err, text)
	}
	for d.More() {
		if err := p.readItem(d, name, text); err != nil {
			return err
		}
	}
	if _, err := d.Token(); err != nil {
		return notJSON(err, text)
	}
	return nil
}

func (p *reported) readItem(d *json.Decoder, name string, text []byte) error {
	var i item
	if err := d.Decode(&i); err != nil {
		return notJSON(err, text).in("", p.n)
	}
	several := 0
	for _, there := range []bool{i.Value != nil, i.Points != nil, i.Values != nil} {
		if there {
			several++
		}
	}
	switch {
	case several == 0:
		return misfits(http.StatusBadRequest, "value", "a value is missing: an object has value, points or values").in(name, p.n)
	case several > 1:
		return misfits(http.StatusBadRequest, "value", "value, points and values exclude each other").in(name, p.n)
	case i.Value != nil:
		return p.addSample(name, i.Value, i.Time)
	case i.Points != nil && i.Time != nil:
		return misfits(http.StatusBadRequest, "time", "each of points has a time of its own").in(name, p.n)
	}
	for _, s := range i.Points {
		if s.Value == nil {
			return misfits(http.StatusBadRequest, "value", "a value is missing").in(name, p.n)
		}
		if err := p.addSample(name, s.Value, s.Time); err != nil {
			return err
		}
	}
	for _, below := range slices.Sorted(maps.Keys(i.Values)) {
		if err := p.addSample(name+"."+below, i.Values[below], i.Time); err != nil {
			return err
		}
	}
	return nil
}

func (p *reported) addSample(name string, value, at json.RawMessage) error {
	point, no := valueIn(value)
	if no == nil && at != nil {
		point.Time, no = timeIn(at)
	}
	if no != nil {
		return no.in(name, p.n)
	}
	p.add(name, point)
	return nil
}

// valueIn reads a value.
func valueIn(raw json.RawMessage) (live.Point, *misfit) {
	switch raw[0] {
	case '"':
		var text string
		if err := json.Unmarshal(raw, &text); err != nil {
			return live.Point{}, misfits(http.StatusBadRequest, "value", "%s", live.ErrText)
		}
		return textOf(text)
	case '{', '[', 't', 'f', 'n':
		return live.Point{}, misfits(http.StatusUnprocessableEntity, "value", "a value is a number or a text, not %.20q", raw)
	}
	return numberOf(string(raw))
}

func numberOf(text string) (live.Point, *misfit) {
	v, err := strconv.ParseFloat(text, 64)
	p := live.Point{Number: v}
	if err != nil || p.Check() != nil {
		return live.Point{}, misfits(http.StatusBadRequest, "value", "%s, not %.20q", live.ErrNumber, text)
	}
	return p, nil
}

func textOf(text string) (live.Point, *misfit) {
	p := live.Point{Text: text}
	if text == "" || p.Check() != nil {
		return live.Point{}, misfits(http.StatusBadRequest, "value", "%s", live.ErrText)
	}
	return p, nil
}

// firstTime is before all points, and after what is meant in seconds.
const firstTime = 100_000_000_000

// timeIn reads a time: milliseconds since 1970, or as RFC 3339 writes it.
func timeIn(raw json.RawMessage) (int64, *misfit) {
	ms := 0.0
	if raw[0] == '"' {
		var text string
		err := json.Unmarshal(raw, &text)
		at, e := time.Parse(time.RFC3339, text)
		if err != nil || e != nil {
			return 0, misfits(http.StatusBadRequest, "time", "time is a number of milliseconds since 1970, or a text such as 2026-01-31T12:00:00Z, not %.40q", text)
		}
		ms = float64(at.UnixMilli())
	} else if v, err := strconv.ParseFloat(string(raw), 64); err == nil {
		ms = math.Floor(v)
	} else {
		return 0, misfits(http.StatusBadRequest, "time", "time is a number of milliseconds since 1970, or a text such as 2026-01-31T12:00:00Z, not %.20s", raw)
	}
	if ms < firstTime || ms > 1<<53 {
		return 0, misfits(http.StatusUnprocessableEntity, "time", "%.40s is no time of ours: time is in milliseconds since 1970", raw)
	}
	return int64(ms), nil
}

// notJSON says why JSON cannot be read; text is what it is, for a word more.
func notJSON(err error, text []byte) *misfit {
	if member, ok := strings.CutPrefix(err.Error(), "json: unknown field "); ok {
		return misfits(http.StatusBadRequest, strings.Trim(fmt.Sprintf("%.80s", member), `"`), "%.80s is not known here: there are %s", member, itemMembers)
	}
	if wrong, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		switch {
		case strings.HasPrefix(wrong.Field, "points"):
			return misfits(http.StatusBadRequest, "points", "points is a list of objects with value and time")
		case strings.HasPrefix(wrong.Field, "values"):
			return misfits(http.StatusBadRequest, "values", "values is an object, with a value for each name")
		}
		return misfits(http.StatusBadRequest, "body", "an entry is an object with %s, not a %s", itemMembers, wrong.Value)
	}
	for _, word := range []string{"NaN", "Infinity"} {
		if bytes.Contains(text, []byte(word)) {
			return misfits(http.StatusBadRequest, "value", "the body is no JSON, which has no %s: %s", word, live.ErrNumber)
		}
	}
	if no, ok := errors.AsType[*json.SyntaxError](err); ok {
		return misfits(http.StatusBadRequest, "body", "the body is no JSON, at byte %d: %s", no.Offset, no)
	}
	return misfits(http.StatusBadRequest, "body", "the body is no JSON, or not all of it")
}

// readPlain reads a body that is a number or a text.
func readPlain(name string, body []byte) (*reported, error) {
	if !utf8.Valid(body) {
		return nil, misfits(http.StatusBadRequest, "value", "%s", live.ErrText).in(name, -1)
	}
	text := strings.TrimRight(string(body), "\r\n")
	point, no := live.Point{}, (*misfit)(nil)
	if word := strings.TrimSpace(text); looksLikeNumber(word) {
		point, no = numberOf(word)
	} else {
		point, no = textOf(text)
	}
	if no != nil {
		return nil, no.in(name, -1)
	}
	p := new(reported)
	p.add(name, point)
	return p, nil
}

// looksLikeNumber reports whether a text is meant as a number: in decimal, or a word for
// what is none that is finite.
func looksLikeNumber(text string) bool {
	bare := strings.TrimLeft(text, "+-")
	switch strings.ToLower(bare) {
	case "nan", "inf", "infinity":
		return true
	}
	if strings.ContainsFunc(text, func(c rune) bool { return (c < '0' || c > '9') && !strings.ContainsRune("+-.eE", c) }) {
		return false
	}
	_, err := strconv.ParseFloat(text, 64)
	return err == nil || errors.Is(err, strconv.ErrRange)
}
