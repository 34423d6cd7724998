package export

import (
	"slices"
	"strings"
	"testing"
	"time"

	"edgeboard/shared/board"
	"edgeboard/shared/feed"
	"edgeboard/shared/figure"
	"edgeboard/shared/figure/figuretest"
)

// A tile of which an export has no data shows its title and the names of its feeds; all
// that is said of it is escaped.
func TestTileWithoutData(t *testing.T) {
	d := newDrawing()
	d.add(board.KindTile, 0, 0, 240, 160, "Load <of> all", map[board.Key]board.Value{board.KeyFeed: board.String("cpu<script>\nmem&")})
	for name, picture := range map[string]string{"SVG": d.svg(Options{}), "first picture": d.picture(PictureOptions{Dark: true})} {
		for _, text := range []string{">Load &lt;of&gt; all<", ">cpu&lt;script&gt;, mem&amp;<", ">—<"} {
			if !strings.Contains(picture, text) {
				t.Errorf("%s has no %s:\n%s", name, text, picture)
			}
		}
		names(t, picture)
	}
	if dark := d.picture(PictureOptions{Dark: true}); !strings.Contains(dark, "light-dark(#ffffff,#1e1e1e)") {
		t.Errorf("the card of a tile is not dark in the dark:\n%s", dark)
	}
	if found := names(t, d.svg(Options{})); found["text"] != 3 {
		t.Errorf("a tile is %v", found)
	}
}

// Where there are data, they are drawn as the board shows them.
func TestTileWithData(t *testing.T) {
	d := newDrawing()
	d.add(board.KindTile, 0, 0, 240, 160, "", map[board.Key]board.Value{board.KeyFeed: board.String("log"), board.KeyChart: board.Int(7)})
	d.edit.Commit()
	set := figure.New(d.doc, figuretest.Even{})
	set.Zone(time.UTC)
	series := feed.Series{Name: "log", Type: feed.Texts, Ring: feed.NewRing(feed.Texts, 10)}
	series.Ring.Push(feed.Point{Time: 1_764_000_000_000, Text: "<b>&\x00"})
	set.ShowFeeds(func([]string) []*feed.Series { return []*feed.Series{&series} })
	picture := string(AppendSVG(nil, slices.Collect(set.All()), Options{}))
	for _, text := range []string{">log<", ">16:00:00<", ">&lt;b&gt;&amp;<"} {
		if !strings.Contains(picture, text) {
			t.Errorf("there is no %s in\n%s", text, picture)
		}
	}
}
