package main

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"edgeboard/shared/board"
	"edgeboard/shared/feed"
)

func TestParagraphs(t *testing.T) {
	text := "Intro\r\nmore \n\n\n# One\nof it\n#hashtag\n\n### Two ###\n    # code\n"
	want := []sticky{{"Intro\nmore", false}, {"One", true}, {"of it\n#hashtag", false}, {"Two", true}, {"    # code", false}}
	if got := paragraphs(text, true); !slices.Equal(got, want) {
		t.Errorf("%+v, want %+v", got, want)
	}
	if n := len(paragraphs(text, false)); n != 3 {
		t.Errorf("as plain text it has %d paragraphs, want 3", n)
	}
}

// What is drawn is one step, that one undo takes back.
func TestDrawIsOneChange(t *testing.T) {
	doc, x := board.New(1), &drawing{}
	update, err := x.lay(doc, 3, func(edit *board.Edit, i int) board.ID { return sticky{text: strings.Repeat("long ", 100*i)}.draw(edit) })
	if err != nil || len(update) == 0 || doc.Len() != 3 {
		t.Fatalf("%d elements, %v", doc.Len(), err)
	}
	// Notes that have grown do not lie on each other.
	var places []string
	for e := range doc.Elements() {
		places = append(places, fmt.Sprint(e.Float(board.KeyX, -1), ",", e.Float(board.KeyY, -1)))
	}
	if places[0] != "0,0" || places[1] != "224,0" || !strings.HasPrefix(places[2], "0,") || places[2] == "0,224" {
		t.Errorf("they lie at %v", places)
	}
	other := board.New(2)
	if err := other.Apply(update); err != nil || other.Hash() != doc.Hash() {
		t.Errorf("others have something else: %v", err)
	}
}

func TestTable(t *testing.T) {
	now := time.Date(2026, 1, 2, 12, 0, 0, 0, time.UTC)
	ago := func(points []feed.Point) (list []string) {
		for _, p := range points {
			list = append(list, fmt.Sprint(now.UnixMilli()-p.Time, ": ", p.Number))
		}
		return list
	}
	for _, c := range []struct {
		what, text string
		feeds      string
		points     []string // of the first
		others     string
		fast       float64
	}{
		{"rows a second apart", "a,b\n1,x\n2,y\n", "t.a", []string{"1000: 1", "0: 2"}, "b", 1},
		{"holes, and rows that are too short", "a,b\n1,2\n,3\n4\n", "t.a t.b", []string{"2000: 1", "0: 4"}, "", 1},
		{"times", "time,a\n2020-01-01T00:00:00Z,1\n2020-01-01T00:05:00Z,2\n", "t.a", []string{"300000: 1", "0: 2"}, "", 1},
		{"seconds since 1970", "timestamp,a\n1577836800,1\n1577836860.5,2\n", "t.a", []string{"60500: 1", "0: 2"}, "", 1},
		{"days, which are squeezed into less than an hour", "date,a\n2020-01-01,1\n2020-01-02,2\n2020-01-03,3\n", "t.a", []string{"3300000: 1", "1650000: 2", "0: 3"}, "", 2 * 24 * 60 / 55.},
		{"times that go back are none", "x,a\n2020-01-02,1\n2020-01-01,2\n", "t.a", []string{"1000: 1", "0: 2"}, "x", 1},
		{"two at the same time", "time,a\n2020-01-01,1\n2020-01-01,2\n", "t.a", []string{"0: 2"}, "", 1},
		{"as spreadsheets of Europe have it", "a;b\n1,5;2\n", "t.a t.b", []string{"0: 1.5"}, "", 1},
		{"names of feeds", "a b,a b,*,\n1,2,3,4\n", "t.a_b t.a_b.2 t. t.column_4", []string{"0: 1"}, "", 1},
		{"quotes", "\"a, or b\"\n\"1\"\n", "t.a,_or_b", []string{"0: 1"}, "", 1},
	} {
		list, others, fast, err := readTable([]byte(c.text), "t", now, time.Second)
		if err != nil {
			t.Errorf("%s: %v", c.what, err)
			continue
		}
		var feeds []string
		for _, column := range list {
			feeds = append(feeds, column.feed)
			if !feed.ValidName(column.feed) {
				t.Errorf("%s: %q is no name", c.what, column.feed)
			}
		}
		if strings.Join(feeds, " ") != c.feeds || !slices.Equal(ago(list[0].points), c.points) || strings.Join(others, " ") != c.others || fast-c.fast > 1e-9 || c.fast-fast > 1e-9 {
			t.Errorf("%s: feeds %q, points %q, others %q, %g times as fast", c.what, feeds, ago(list[0].points), others, fast)
		}
	}
	for text, want := range map[string]string{
		"": "it has no rows", "a,b\n": "it has no rows", "a\nx\n": "it has no column of numbers", "a\n\"1\n": "line 2", "a\nNaN\n": "no column of numbers",
		strings.Repeat(",", 200) + "\n1\n": "it has 201 columns",
	} {
		if _, _, _, err := readTable([]byte(text), "t", now, time.Second); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.20q: %v, want %s", text, err, want)
		}
	}
	// What is longer than a relay keeps is shown by fewer points.
	list, _, _, err := readTable([]byte("a\n"+strings.Repeat("1\n2\n9\n", 5000)), "t", now, time.Second)
	if err != nil || len(list[0].points) > tablePoints || len(list[0].points) < tablePoints/4 {
		t.Errorf("%d points, %v", len(list[0].points), err)
	}
	for i := 1; i < len(list[0].points); i++ {
		if list[0].points[i].Time <= list[0].points[i-1].Time {
			t.Fatal("times do not ascend")
		}
	}
}
