package main

import (
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"edgeboard/shared/board"
	"edgeboard/shared/client"
	"edgeboard/shared/feed"
	"edgeboard/shared/tile"
	"edgeboard/shared/wire"
)

// chartNames are the charts of tiles, by their numbers.
var chartNames = []string{"number", "sparkline", "lines", "gauge", "bars", "table"}

// Of tiles that are drawn, in board units.
const (
	tileWidth  = 320
	tileHeight = 200
)

const (
	// tableSpan is how much of the past a relay takes of points, less some time for the
	// way and for clocks.
	tableSpan = 55 * time.Minute
	// tablePoints is how many points of a feed a relay keeps.
	tablePoints = 1000
	// maxColumns is how many feeds of a board there are by far not.
	maxColumns = 200
)

// column is one of a table that has numbers.
type column struct {
	title, feed string
	points      []feed.Point
}

// readTable reads the columns of numbers of a table, whose last row is at a time, and
// the names of those that have none. fast is how much faster than it was its course is.
func readTable(data []byte, name string, now time.Time, every time.Duration) (list []column, others []string, fast float64, err error) {
	r := csv.NewReader(bytes.NewReader(data))
	r.FieldsPerRecord, r.TrimLeadingSpace = -1, true
	if head, _, _ := strings.Cut(string(data), "\n"); !strings.Contains(head, ",") && strings.Contains(head, ";") {
		r.Comma = ';' // as spreadsheets write it where a comma is in numbers
	}
	rows, err := r.ReadAll()
	if err != nil {
		return nil, nil, 0, err
	}
	if len(rows) < 2 {
		return nil, nil, 0, errors.New("it has no rows below the names of its columns")
	}
	head, rows := rows[0], rows[1:]
	if len(head) > maxColumns {
		return nil, nil, 0, fmt.Errorf("it has %d columns, of at most %d", len(head), maxColumns)
	}
	cell := func(row []string, i int) string {
		if i < len(row) {
			return strings.TrimSpace(row[i])
		}
		return ""
	}
	times, timed := rowTimes(rows, func(row []string) string { return cell(row, 0) }, head[0])
	if !timed {
		for i := range rows {
			times = append(times, int64(i)*every.Milliseconds())
		}
	}
	times, fast = squeeze(times, now)
	seen := map[string]bool{}
	for i, title := range head {
		if timed && i == 0 {
			continue
		}
		c := column{title: strings.TrimSpace(title)}
		if c.title == "" {
			c.title = fmt.Sprint("column ", i+1)
		}
		c.feed = feedName(name + "." + c.title)
		for n := 2; seen[c.feed]; n++ {
			c.feed = feedName(fmt.Sprintf("%s.%s.%d", name, c.title, n))
		}
		seen[c.feed] = true
		numbers := true
		for j, row := range rows {
			text := cell(row, i)
			if text == "" {
				continue
			}
			if r.Comma == ';' {
				text = strings.Replace(text, ",", ".", 1)
			}
			v, err := strconv.ParseFloat(text, 64)
			if numbers = err == nil && !math.IsNaN(v) && !math.IsInf(v, 0); !numbers {
				break
			}
			if n := len(c.points); n > 0 && c.points[n-1].Time == times[j] {
				n--
				c.points = c.points[:n] // of two at the same time the later one counts
			}
			c.points = append(c.points, feed.Point{Time: times[j], Number: v})
		}
		if !numbers || len(c.points) == 0 {
			others = append(others, c.title)
			continue
		}
		c.points = feed.Thin(c.points, tablePoints)
		list = append(list, c)
	}
	if len(list) == 0 {
		return nil, nil, 0, errors.New("it has no column of numbers")
	}
	return list, others, fast, nil
}

// rowTimes are the times of rows by their first column, in milliseconds, if it has any.
func rowTimes(rows [][]string, first func([]string) string, title string) (times []int64, ok bool) {
	named := slices.Contains([]string{"time", "date", "timestamp", "datetime", "when"}, strings.ToLower(strings.TrimSpace(title)))
	for _, row := range rows {
		ms, isTime := parseTime(first(row), named)
		if !isTime || len(times) > 0 && ms < times[len(times)-1] {
			return nil, false
		}
		times = append(times, ms)
	}
	return times, true
}

// parseTime reads a time; a number is one where the column is called so.
func parseTime(text string, named bool) (ms int64, ok bool) {
	for _, layout := range []string{time.RFC3339Nano, time.DateTime, time.DateOnly, "2006-01-02T15:04:05", "2006-01-02 15:04"} {
		if t, err := time.Parse(layout, text); err == nil {
			return t.UnixMilli(), true
		}
	}
	v, err := strconv.ParseFloat(text, 64)
	if !named || err != nil || math.Abs(v) > 1e14 {
		return 0, false
	}
	if math.Abs(v) < 1e11 { // seconds: as milliseconds it would be before 1973
		v *= 1000
	}
	return int64(v), true
}

// squeeze moves times so that the last one is now, and where they take longer than a
// relay remembers, makes them pass faster.
func squeeze(times []int64, now time.Time) (moved []int64, fast float64) {
	last := times[len(times)-1]
	fast = max(float64(last-times[0])/float64(tableSpan.Milliseconds()), 1)
	for _, t := range times {
		moved = append(moved, now.UnixMilli()-int64(float64(last-t)/fast))
	}
	return moved, fast
}

// feedName makes a name of a feed of any text.
func feedName(text string) string {
	name := strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return '_'
		case r == '*' || unicode.IsControl(r) || unicode.Is(unicode.Cf, r):
			return -1
		}
		return r
	}, text)
	for len(name) > wire.MaxFeed {
		letters := []rune(name)
		name = string(letters[:len(letters)-1])
	}
	return name
}

// drawTable publishes the columns of a table, and draws a tile for each.
func (x *drawing) drawTable(ctx context.Context, at *address, token, from string, data []byte) error {
	list, others, fast, err := readTable(data, x.name, x.t.now(), x.every)
	if err != nil {
		return fmt.Errorf("%s: %w", from, err)
	}
	for _, title := range others {
		x.t.say("left out: column %s, which has something else than numbers", plain(title))
	}
	if fast > 1 {
		x.t.say("its course is shown %.3g times as fast as it was: a relay remembers an hour", fast)
	}
	if err := x.publishTable(ctx, at, token, list); err != nil {
		return err
	}
	err = x.change(ctx, at, token, func(doc *board.Board) ([]byte, error) {
		return x.lay(doc, len(list), func(edit *board.Edit, i int) board.ID {
			id := edit.Create(board.KindTile)
			edit.Set(id, board.KeyWidth, board.Float(tileWidth))
			edit.Set(id, board.KeyHeight, board.Float(tileHeight))
			edit.Splice(id, board.Bytes, 0, 0, list[i].title)
			first, last := list[i].points[0].Time, list[i].points[len(list[i].points)-1].Time
			tile.Settings{
				Feeds: []string{list[i].feed}, Chart: tile.Chart(slices.Index(chartNames, x.chart)), Decimals: -1,
				// What was published is to be seen for as long again.
				Window: min(max(2*time.Duration(last-first)*time.Millisecond, tile.DefaultWindow), tile.MaxWindow),
			}.Set(edit, doc.Element(id)) // Stale 0: a table is not live
			return id
		})
	})
	if err != nil {
		return err
	}
	x.t.say("%d tiles are on %s", len(list), at.board)
	return nil
}

// publishTable publishes columns.
func (x *drawing) publishTable(ctx context.Context, at *address, token string, list []column) error {
	sent, answered := 0, 0
	var refused error
	v := &visit{at: at, token: token, step: func(s *client.Session) (bool, error) {
		for refused == nil && s.UpToDate() && sent < len(list) && sent == answered { // one by one: many at once may be too many
			c := &list[sent]
			p := &wire.Publish{Feed: c.feed}
			for _, point := range c.points {
				p.Samples = append(p.Samples, wire.Sample{Time: uint64(point.Time), Number: point.Number})
			}
			err := s.Publish(p, func(a *wire.Published) {
				switch {
				case a == nil:
					refused = errors.New("the connection was lost before the relay had the points")
				case a.Why == wire.PublishedRight:
					refused = refusedError{fmt.Errorf("the relay does not let you publish live data (boardctl token --feeds): %s", plain(a.Reason))}
				case a.Why == wire.PublishedOrder:
					refused = fmt.Errorf("feed %s: %s; --name gives the feeds other names", c.feed, plain(a.Reason))
				case a.Why != 0:
					refused = fmt.Errorf("feed %s: %s", c.feed, plain(a.Reason))
				}
				answered++
			})
			if err != nil {
				return false, fmt.Errorf("feed %s: %w", c.feed, err)
			}
			sent++
		}
		return answered == len(list), refused
	}}
	return v.run(ctx, &x.remote)
}
