package status

import (
	"crypto/sha256"
	"encoding/binary"
	"sync"
	"time"

	"edgeboard/shared/board"
	"edgeboard/shared/tile"
)

// The board is bands of frames, one or two beside each other, each with a row of tiles on
// a grid of twelve columns.
const (
	left, top = 32.0, 96.0 // where the page has nothing of its own, when it is opened
	width     = 900.0      // of one of two frames
	gap       = 16.0       // between tiles, and around them
	between   = 64.0       // frames: the title of one is there
	whole     = 2*width + between
	low, high = 110.0, 190.0 // tiles

	headSize, bodySize, tileSize = 36.0, 16.0, 14.0

	amber, red, green = 0xf0a000, 0xe03131, 0x2f9e44
)

// band is frames beside each other.
type band struct {
	height float64 // of their tiles
	frames []frame
}

// frame is a part of the board.
type frame struct {
	title string
	tiles []shown
}

// shown is a tile.
type shown struct {
	title   string
	columns int
	tile.Settings
}

const (
	title = "Status of this relay"
	about = "What the relay counts and measures of itself, each second while somebody looks. Nothing of it is stored, and nobody can change it."
)

// layout is what is on the board. A value counts as stale after a while, and so a relay
// that has gone; what comes only when there is something to tell does not.
func layout() []band {
	const window = 5 * time.Minute
	of := func(name string, columns int, chart tile.Chart, unit string, feeds ...string) shown {
		return shown{name, columns, tile.Settings{Feeds: feeds, Chart: chart, Unit: unit, Decimals: -1, Window: window, Stale: 15 * time.Second}}
	}
	steps := func(s shown, steps ...tile.Step) shown {
		s.Steps = steps
		return s
	}
	integral := func(s shown) shown {
		s.Decimals = 0
		return s
	}
	lasting := func(s shown) shown {
		s.Stale = 0
		return s
	}
	return []band{
		{low, []frame{
			{"Now", []shown{
				of("State", 3, tile.Number, "", "state"),
				of("Running for", 2, tile.Number, "s", "uptime"),
				of("People", 2, tile.Sparkline, "", "people"),
				steps(of("Too slow", 2, tile.Sparkline, "", "behind"), tile.Step{At: 1, Color: amber}),
				of("Boards in memory", 3, tile.Sparkline, "", "boards"),
			}},
			{"Live data", []shown{
				of("Feeds", 4, tile.Sparkline, "", "feeds"),
				of("Points a second", 4, tile.Sparkline, "", "feeds.points"),
				of("Connections that watch", 4, tile.Sparkline, "", "feeds.viewers"),
			}},
		}},
		{high, []frame{
			{"Connections", []shown{
				of("Connections to boards", 3, tile.Sparkline, "", "connections"),
				of("By transport", 5, tile.Lines, "", "connections.*"),
				integral(of("Ended or turned away, and why", 4, tile.Table, "", "refused.*", "turned-away.*")),
			}},
			{"Storing", []shown{
				lasting(of("Time to store: half of changes, and 99 of 100", 6, tile.Lines, "ms", "commit.p50", "commit.p99")),
				of("Commits a second", 4, tile.Lines, "", "commits"),
				steps(of("Commits failed", 2, tile.Light, "", "commits.failed"), tile.Step{At: 0, Color: green}, tile.Step{At: 1, Color: red}),
			}},
		}},
		{high, []frame{
			{"Traffic", []shown{
				of("Frames a second, out and in", 5, tile.Lines, "", "frames.out", "frames.in"),
				of("Bytes sent", 4, tile.Lines, "B/s", "bytes.out"),
				integral(of("Queues that were full", 3, tile.Bars, "", "drops.*")),
			}},
			{"Process", []shown{
				of("Memory: of the process, and of the heap", 6, tile.Lines, "B", "memory.rss", "memory.heap"),
				of("Goroutines", 3, tile.Sparkline, "", "goroutines"),
				of("Version", 3, tile.Text, "", "version"),
			}},
		}},
		{high, []frame{
			{"Log", []shown{lasting(of("Warnings and errors", 12, tile.Log, "", "log"))}},
		}},
	}
}

// Snapshot is the board. Each start of the same version has the same one, so that who
// comes back lacks nothing. Another layout is written by another replica: what a client
// has of an older one is never taken for a part of it.
var Snapshot = sync.OnceValue(func() []byte {
	first := draw(1)
	sum := sha256.Sum256(first)
	return draw(board.Replica(binary.LittleEndian.Uint64(sum[:])>>12 | 1))
})

// draw lays the board out as a replica.
func draw(by board.Replica) []byte {
	doc := board.New(by)
	e := doc.Edit()
	put := func(kind board.Kind, x, y, w, h, size float64, title string) board.ID {
		id := e.Create(kind)
		for _, p := range []struct {
			key board.Key
			v   float64
		}{{board.KeyX, x}, {board.KeyY, y}, {board.KeyWidth, w}, {board.KeyHeight, h}, {board.KeyFontSize, size}} {
			if p.v != 0 {
				e.Set(id, p.key, board.Float(p.v))
			}
		}
		e.Set(id, board.KeyLocked, board.Int(1))
		e.Splice(id, board.Chars, 0, 0, title)
		return id
	}
	put(board.KindText, left, top, whole, 0, headSize, title)
	put(board.KindText, left, top+54, whole, 0, bodySize, about)
	y := top + 140
	for _, b := range layout() {
		x, w := left, width
		if len(b.frames) == 1 {
			w = whole
		}
		for _, f := range b.frames {
			in := put(board.KindFrame, x, y, w, b.height+2*gap, 0, f.title)
			column := (w-gap)/12 - gap
			at := x + gap
			for _, t := range f.tiles {
				wide := float64(t.columns)*(column+gap) - gap
				id := put(board.KindTile, at, y+gap, wide, b.height, tileSize, t.title)
				e.Set(id, board.KeyFrame, board.Ref(in))
				t.Set(e, doc.Element(id))
				at += wide + gap
			}
			x += w + between
		}
		y += b.height + 2*gap + between
	}
	e.Commit()
	if err := e.Err(); err != nil {
		panic(err) // of what stands above
	}
	return doc.Snapshot()
}
