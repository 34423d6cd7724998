package view

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"edgeboard/shared/board"
	"edgeboard/shared/feed"
	"edgeboard/shared/figure"
	"edgeboard/shared/geom"
)

// noon is a time by the relay's clock.
const noon = 1_764_000_000_000

// plant is feeds that come to a board, as a client has them.
type plant struct {
	feeds []*feed.Series
	now   int64
}

func (p *plant) matching(patterns []string) (list []*feed.Series) {
	for _, pattern := range patterns {
		for _, s := range p.feeds {
			if feed.Matches(pattern, s.Name) && !slices.Contains(list, s) {
				list = append(list, s)
			}
		}
	}
	return list
}

// feed makes a feed of the points that f says for each of the last seconds.
func (p *plant) feed(name string, seconds int, f func(i float64) feed.Point) {
	s := &feed.Series{Name: name}
	for i := range seconds {
		point := f(float64(i))
		point.Time = p.now - int64(seconds-1-i)*1000
		if s.Ring == nil {
			s.Type = point.Type()
			s.Ring = feed.NewRing(s.Type, 4096)
		}
		s.Ring.Push(point)
	}
	p.feeds = append(p.feeds, s)
}

// push gives a feed another point.
func (k *sight) push(p *plant, name string, v float64) {
	p.now += 100
	for _, s := range p.feeds {
		if s.Name == name {
			s.Ring.Push(feed.Point{Time: p.now, Number: v})
		}
	}
	k.figures.FeedsChanged([]string{name}, p.now)
}

func hill(low, high, length float64) func(i float64) feed.Point {
	return func(i float64) feed.Point {
		return feed.Point{Number: math.Round(10*(low+(high-low)*(0.5+0.5*math.Sin(2*math.Pi*i/length)))) / 10}
	}
}

// newPlant has feeds of all kinds.
func newPlant() *plant {
	p := &plant{now: noon}
	p.feed("cpu.a", 300, hill(20, 75, 130))
	p.feed("cpu.b", 300, hill(40, 95, 220))
	p.feed("cpu.c", 300, hill(5, 15, 60))
	p.feed("temp", 200, hill(20.5, 22.5, 90))
	p.feed("log", 20, func(i float64) feed.Point {
		return feed.Point{Text: "line " + string('a'+rune(i)) + " of a log that goes on and on, <b>\tand on"}
	})
	p.feed("state", 1, func(float64) feed.Point { return feed.Point{Text: "all is well with the machines"} })
	return p
}

// fed shows the feeds of a plant.
func (k *sight) fed(p *plant) {
	k.figures.Zone(time.UTC)
	k.figures.ShowFeeds(p.matching)
	k.figures.FeedsChanged(nil, p.now)
}

// addTile adds a tile of live data.
func addTile(doc *board.Board, x, y, w, h float64, chart int64, feeds, title string, set func(e *board.Edit, id board.ID)) board.ID {
	id := add(doc, board.KindTile, x, y, w, h, nil, title)
	e := doc.Edit()
	e.Set(id, board.KeyFeed, board.String(feeds))
	e.Set(id, board.KeyChart, board.Int(chart))
	if set != nil {
		set(e, id)
	}
	e.Commit()
	return id
}

func percent(e *board.Edit, id board.ID) {
	e.Set(id, board.KeyUnit, board.String("%"))
	e.Set(id, board.KeySteps, board.String("60 f0a000;85 e03131!"))
}

// wantShown expects the screen to show the board as it is, and rest then.
func (k *sight) wantFed(when string) {
	k.t.Helper()
	f := k.settle()
	if n, x, y := k.show(f).unlike(k.painted()); n > k.s.Width*k.s.Height/2000 {
		k.t.Errorf("%s: %d pixels are not as painted, the first at %d, %d", when, n, x, y)
	}
	k.wantRest(when)
}

// What tiles show is laid over the board's tiles, and looks as if it were painted there.
func TestFed(t *testing.T) {
	for name, turn := range map[string]func(k *sight){
		"as it is":   func(*sight) {},
		"dark":       func(k *sight) { k.s.Dark = true },
		"dense":      func(k *sight) { k.s.Ratio = 2 },
		"far":        func(k *sight) { k.s.Camera.Zoom = 0.3 },
		"near":       func(k *sight) { k.s.Camera = geom.Camera{At: pt(200, 40), Zoom: 6} },
		"half a way": func(k *sight) { k.s.Camera = geom.Camera{At: pt(13.4, -7.7), Zoom: 0.77} },
	} {
		t.Run(name, func(t *testing.T) {
			k := look(t, 700, 420)
			p := newPlant()
			k.fed(p)
			addTile(k.doc, 20, 20, 200, 120, 0, "temp", "Temperature", nil)
			addTile(k.doc, 240, 20, 300, 160, 2, "cpu.*", "Processors", percent)
			addTile(k.doc, 20, 200, 200, 160, 3, "cpu.b", "", percent)
			turn(k)
			k.wantFed("at first")
			painted := k.frames
			k.push(p, "cpu.b", 12)
			if _, due := k.v.Due(); !due {
				t.Error("other data have come to what is in view, and no frame is due")
			}
			k.s.Now += fedPause
			f := k.frame()
			if len(f.Fed) == 0 || len(f.Paints) > 0 {
				t.Errorf("a frame with other data paints %d contents and %d tiles of the board", len(f.Fed), len(f.Paints))
			}
			k.wantFed("with other data")
			if _, due := k.v.Due(); due || k.frames < painted {
				t.Error("a frame is due and there are no other data")
			}
		})
	}
}

// What lies above a tile stays above it, whatever is done with either.
func TestAboveFed(t *testing.T) {
	k := look(t, 600, 400)
	p := newPlant()
	k.fed(p)
	below := add(k.doc, board.KindEllipse, 0, 0, 200, 150, with{board.KeyColor: 0xe03131}, "")
	tile := addTile(k.doc, 50, 50, 300, 200, 2, "cpu.*", "Processors", percent)
	circle, _ := draw(k.doc, 0xe03131, 6, wave(40, pt(100, 120), pt(300, 160), 128)...)
	add(k.doc, board.KindArrow, 500, 300, -250, -150, with{board.KeyThickness: 4, board.KeyOpacity: 0.5}, "")
	other := addTile(k.doc, 250, 150, 240, 160, 0, "cpu.a", "On top", nil)
	note := add(k.doc, board.KindNote, 320, 220, 120, 120, nil, "this")
	k.wantFed("all")

	k.push(p, "cpu.a", 33)
	k.wantFed("both show other data")

	e := k.doc.Edit()
	e.Set(circle, board.KeyDeleted, board.Int(1))
	e.Commit()
	k.wantFed("the stroke has gone")

	draw(k.doc, 0x1971c2, 5, line(20, pt(60, 60), pt(340, 240))...)
	k.wantFed("another one was drawn")

	e = k.doc.Edit()
	e.Set(below, board.KeyOrder, board.String("zzz"))
	e.Commit()
	k.wantFed("what was below lies on top")

	k.figures.SetDraft(0, &figure.Draft{IDs: []board.ID{other}, By: geom.Translate(pt(-120, -60))})
	k.push(p, "cpu.a", 44)
	if n, x, y := k.show(k.settle()).unlike(k.painted()); n > 600 {
		// The edges of what can be seen through are drawn once.
		t.Errorf("while a tile is dragged %d pixels are not as painted, the first at %d, %d", n, x, y)
	}
	e = k.doc.Edit()
	figure.SetPlace(e, k.doc.Element(other), k.figures.Of(other).Place)
	e.Commit()
	k.figures.SetDraft(0, nil)
	k.wantFed("it was laid down")

	e = k.doc.Edit()
	e.Set(tile, board.KeyAngle, board.Float(0.4))
	e.Set(note, board.KeyDeleted, board.Int(1))
	e.Commit()
	// At the corners around it, what lies above is drawn twice.
	k.wantShown("turned", k.settle())
	k.wantRest("turned")
	e = k.doc.Edit()
	e.Set(tile, board.KeyDeleted, board.Int(1))
	e.Set(other, board.KeyDeleted, board.Int(1))
	e.Commit()
	k.wantFed("both have gone")
}

// Tiles out of view cost nothing, and however many change, a frame paints a few.
func TestFedIsBounded(t *testing.T) {
	k := look(t, 900, 700)
	p := newPlant()
	k.fed(p)
	for i := range 60 {
		addTile(k.doc, float64(i%10)*90, float64(i/10)*110, 85, 100, int64(i%7), "cpu.*", "", percent)
	}
	addTile(k.doc, 5000, 0, 200, 100, 0, "temp", "", nil)
	k.settle()
	k.push(p, "temp", 3)
	if _, due := k.v.Due(); due {
		t.Error("a frame is due for a tile that is not in view")
	}
	if f := k.frame(); len(f.Fed) > 0 {
		t.Error("what is not in view is painted")
	}
	for name, budget := range map[string]int{"at rest": fedStill, "while something moves": fedMoving} {
		k.push(p, "cpu.a", 3)
		frames, last := 0, 0.0
		for at, due := k.v.Due(); due; at, due = k.v.Due() {
			if budget == fedMoving {
				k.s.Now += 16
				k.s.Camera.At.X += 0.1
			} else {
				k.s.Now = max(k.s.Now, at)
			}
			f := k.frame()
			if k.vertices > budget+mostOfOne {
				t.Errorf("%s, a frame paints %d vertices", name, k.vertices)
			}
			if budget == fedStill && k.s.Now-last < fedPause {
				t.Errorf("%s, contents are painted %v ms after others", name, k.s.Now-last)
			}
			last = k.s.Now
			if frames++; frames > 60 || len(f.Fed) == 0 {
				t.Fatalf("%s, frame %d paints %d contents, and more are due", name, frames, len(f.Fed))
			}
		}
		if frames < 2 {
			t.Errorf("%s, 60 tiles are painted in %d frames", name, frames)
		}
	}
	k.wantFed("then")
}

const mostOfOne = 3000

// Whatever people do with tiles and what lies above and below them, and whatever comes to
// these, in the end the screen shows it, rests, and keeps no picture of what has gone.
func TestFedRandom(t *testing.T) {
	for seed := range rounds(4) {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			r := rand.New(rand.NewPCG(seed, 7))
			k := look(t, 300+r.IntN(100), 200+r.IntN(100))
			k.s.Ratio = []float64{1, 1, 1.5, 2}[r.IntN(4)]
			p := newPlant()
			k.fed(p)
			var tiles, all []board.ID
			put := func(id board.ID) { all = append(all, id) }
			any := func(list []board.ID) board.ID { return list[r.IntN(len(list))] }
			var did []string
			for range 40 {
				x, y := r.Float64()*300, r.Float64()*200
				switch n := r.IntN(12); {
				case n < 2 || len(tiles) == 0:
					id := addTile(k.doc, x, y, 60+r.Float64()*200, 50+r.Float64()*120, int64(r.IntN(9)), []string{"cpu.*", "temp", "log"}[r.IntN(3)], "title", percent)
					if r.IntN(8) == 0 {
						set(k.doc, id, board.KeyFill, 0xffe08a)
					}
					tiles = append(tiles, id)
					put(id)
					did = append(did, fmt.Sprint("tile ", id, x, y))
				case n == 2:
					put(add(k.doc, board.KindRectangle, x, y, 80, 50, with{board.KeyFill: 0xa5d8ff}, "label"))
					did = append(did, fmt.Sprint("shape ", x, y))
				case n == 3:
					id, _ := draw(k.doc, 0xe03131, 5, wave(20, pt(x, y), pt(x+100, y+40), 128)...)
					put(id)
					did = append(did, fmt.Sprint("stroke ", x, y))
				case n == 4:
					set(k.doc, any(all), board.KeyDeleted, int64(r.IntN(2)))
					did = append(did, "delete")
				case n == 5:
					e := k.doc.Edit()
					e.Set(any(all), board.KeyOrder, board.String(fmt.Sprint("z", r.IntN(100))))
					e.Commit()
					did = append(did, "order")
				case n == 6:
					k.s.Camera = k.s.Camera.Pan(pt(r.Float64()*120-60, r.Float64()*120-60))
				case n == 7:
					zoom := min(max(k.s.Camera.Zoom*[]float64{0.5, 0.9, 1.2, 2}[r.IntN(4)], 0.2), 5)
					k.s.Camera = k.s.Camera.ZoomAt(pt(100, 100), zoom)
					did = append(did, fmt.Sprint("zoom ", zoom))
				case n == 8:
					id := any(all)
					k.figures.SetDraft(0, by(geom.Translate(pt(x-100, y-100)), id))
					if r.IntN(2) == 0 && k.figures.Of(id) != nil {
						e := k.doc.Edit()
						figure.SetPlace(e, k.doc.Element(id), k.figures.Of(id).Place)
						e.Commit()
					}
					did = append(did, "drag")
				case n == 9:
					k.figures.SetDraft(0, nil)
				case n == 10:
					k.s.Dark = !k.s.Dark
				default:
					k.push(p, "cpu.a", r.Float64()*100)
					k.push(p, "temp", r.Float64()*100)
				}
				k.s.Now += float64(r.IntN(60))
				if r.IntN(2) == 0 {
					k.frame()
				}
				if r.IntN(12) == 0 {
					k.figures.SetDraft(0, nil)
					k.wantShown("in between", k.settle())
					k.wantRest("in between")
				}
			}
			k.figures.SetDraft(0, nil)
			for _, id := range tiles {
				set(k.doc, id, board.KeyDeleted, 1)
			}
			k.wantShown("without tiles", k.settle())
			if n := len(k.v.slots.sheets); n > 0 {
				t.Errorf("%d tiles are kept for pictures of what has gone", n)
			}
			if t.Failed() {
				t.Log(did)
			}
		})
	}
}
