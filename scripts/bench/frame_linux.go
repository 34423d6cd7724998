package main

import (
	"context"
	_ "embed"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"

	"github.com/chromedp/cdproto/input"

	"edgeboard/shared/board"
	"edgeboard/shared/client"
	"edgeboard/shared/geom"
)

// frameBench measures the page in a real browser, on boards full of handwriting: what a frame costs its main thread while
// the board is panned, how long it takes until it shows all of it, what memory it takes, and how soon a stroke is seen.
type frameBench struct {
	relayFlags
	strokes []int
	runs    int
}

// frameScript is what the bench has in the page.
//
//go:embed frame.js
var frameScript string

const (
	panFrames = 60
	panStep   = 5  // CSS pixels a frame
	panWarm   = 20 // frames there and back before: the browser compiles what is used

	tileMB = 1 // of a tile, 512 by 512 pixels of four bytes
)

func benchFrame(ctx context.Context, args []string, out *report) error {
	b := &frameBench{strokes: []int{2000, 10_000, 100_000}}
	flags := newFlags("frame", out)
	b.relayFlags.add(flags)
	flags.Func("strokes", "how many are on the boards, a `list` with commas (default 2000,10000,100000)", func(list string) error {
		b.strokes = nil
		for text := range strings.SplitSeq(list, ",") {
			n, err := strconv.Atoi(text)
			if err != nil || n < 1 || n > board.MaxElements/2 {
				return fmt.Errorf("%q is no number from 1 to %d", text, board.MaxElements/2)
			}
			b.strokes = append(b.strokes, n)
		}
		return nil
	})
	flags.whole(&b.runs, "runs", 3, "how often the page is opened; the median counts", 1, endless)
	if err := flags.parse(args); err != nil {
		return err
	}
	return b.browse(ctx, "frame", out, func(browser context.Context, address string) error {
		return b.measure(ctx, browser, address, out)
	})
}

func (b *frameBench) measure(ctx, browser context.Context, address string, out *report) error {
	for _, n := range b.strokes {
		name := "strokes" + strconv.Itoa(n)
		out.note("frame %s: the board is drawn", name)
		plane, err := fillPlane(ctx, address, name, n)
		if err != nil {
			return fmt.Errorf("%s: filling the board: %w", name, err)
		}
		var seen []sight
		for i := range b.runs {
			out.note("frame %s: run %d of %d", name, i+1, b.runs)
			one, err := look(browser, "http://"+address+"/b/"+name, n, plane)
			if err != nil {
				return fmt.Errorf("%s: %w", name, err)
			}
			seen = append(seen, one)
		}
		add := func(metric, unit string, of func(sight) float64) { out.add(name, metric, unit, median(seen, of)) }
		add("fit_ms", "ms/frame", func(s sight) float64 { return ms(s.fit.task) })
		add("full_ms", "ms/frame", func(s sight) float64 { return ms(s.full.task) })
		add("fit_script_ms", "ms/frame", func(s sight) float64 { return ms(s.fit.script) })
		add("full_script_ms", "ms/frame", func(s sight) float64 { return ms(s.full.script) })
		add("fit_cpu_ms", "ms/frame", func(s sight) float64 { return ms(s.fit.cpu) })
		add("full_cpu_ms", "ms/frame", func(s sight) float64 { return ms(s.full.cpu) })
		add("idle_ms", "ms/frame", func(s sight) float64 { return ms(s.idle.task) })
		add("fit_drawn", "frames/frame", func(s sight) float64 { return s.fitDrawn })
		add("full_drawn", "frames/frame", func(s sight) float64 { return s.fullDrawn })
		add("open_ms", "ms", func(s sight) float64 { return s.open })
		add("memory_mb", "MB", func(s sight) float64 { return s.memory / 1e6 })
		add("rss_mb", "MB", func(s sight) float64 { return s.rss / 1e6 })
		add("pen_frames", "frames", func(s sight) float64 { return s.pen })
	}
	return nil
}

// plane is the part of a board with something on it.
type plane struct{ centre, size geom.Point }

// zoom is the one at which all of it is in view.
func (p plane) zoom() float64 {
	return max(min(windowWidth/p.size.X, windowHeight/p.size.Y, 1), geom.MinZoom)
}

// layOut says where n strokes begin, in rows: as far apart as in writing, or closer, such that a window shows all of them.
func layOut(n int) (p plane, at []geom.Point) {
	const widest, highest = windowWidth / geom.MinZoom * 0.95, windowHeight / geom.MinZoom * 0.95
	cell := geom.Pt(180, 90)
	columns := max(int(math.Round(math.Sqrt(float64(n)*windowWidth/windowHeight*cell.Y/cell.X))), 1)
	rows := (n + columns - 1) / columns
	if close := min(widest/(float64(columns)*cell.X), highest/(float64(rows)*cell.Y)); close < 1 {
		cell = cell.Mul(close)
	}
	for i := range n {
		at = append(at, geom.Pt(float64(i%columns)*cell.X, float64(i/columns)*cell.Y))
	}
	size := geom.Pt(float64(columns)*cell.X, float64(rows)*cell.Y)
	return plane{size.Mul(0.5), size}, at
}

// fillPlane draws n strokes on a board of the relay, as a tool does.
func fillPlane(ctx context.Context, address, name string, n int) (plane, error) {
	p, places := layOut(n)
	random := rand.New(rand.NewPCG(3, 4))
	return p, fill(ctx, address, name, func(session *client.Session) error {
		i := 0
		for some := range slices.Chunk(places, 100) {
			e := session.Doc().Edit()
			for _, at := range some {
				id := e.Create(board.KindStroke)
				e.Set(id, board.KeyColor, board.Int([]int64{0x1e1e1e, 0xe03131, 0x2f9e44, 0x1971c2, 0xf08c00}[i%5]))
				e.Set(id, board.KeyThickness, board.Float(float64(2+i%3)))
				e.Append(id, fitted(handStrokeOf(random, strokePoints, 150, 400), at, geom.Pt(150, 60))...)
				i++
			}
			session.Commit(e.Commit())
			if err := e.Err(); err != nil {
				return err
			}
		}
		return nil
	})
}

// fitted moves a stroke to a place, and stretches it to a size.
func fitted(points []board.Point, at, size geom.Point) []board.Point {
	x0, y0, x1, y1 := points[0].X, points[0].Y, points[0].X, points[0].Y
	for _, p := range points {
		x0, y0, x1, y1 = min(x0, p.X), min(y0, p.Y), max(x1, p.X), max(y1, p.Y)
	}
	for i, p := range points {
		points[i].X = eighths(at.X + size.X*float64(p.X-x0)/float64(max(x1-x0, 1)))
		points[i].Y = eighths(at.Y + size.Y*float64(p.Y-y0)/float64(max(y1-y0, 1)))
	}
	return points
}

// sight is what one look at a board has shown.
type sight struct {
	fit, full, idle     mainThread // a frame: the whole board in view, at 100 %, and of animation frames without a change
	fitDrawn, fullDrawn float64    // frames that the page drew for each
	open                float64    // milliseconds
	memory, rss         float64    // bytes
	pen                 float64    // frames, the most of all events
}

// look opens the board in a window and measures all of it.
func look(browser context.Context, url string, n int, p plane) (s sight, err error) {
	w, err := openWindow(browser, url, frameScript)
	if err != nil {
		return s, err
	}
	defer w.close()
	if s.open, err = ask[float64](w, "bench.opened(%d)", n); err != nil {
		return s, err
	}
	for _, v := range []struct {
		zoom  float64
		cost  *mainThread
		drawn *float64
	}{{p.zoom(), &s.fit, &s.fitDrawn}, {1, &s.full, &s.fullDrawn}} {
		half := panFrames * panStep / 2 / v.zoom // so far from the centre it begins and ends
		if _, err = ask[float64](w, "bench.lookAt(%v, %v, %v)", p.centre.X-half, p.centre.Y, v.zoom); err != nil {
			return s, err
		}
		if *v.cost, *v.drawn, err = pan(w); err != nil {
			return s, err
		}
	}
	if s.idle, _, err = w.cost("bench.idle(%d)", panFrames); err != nil {
		return s, err
	}
	if s.pen, err = draws(w); err != nil {
		return s, err
	}
	s.memory, s.rss, err = memoryOf(w)
	return s, err
}

// pan returns what a frame costs while the board is panned, when all that is in view is there.
func pan(w *window) (mainThread, float64, error) {
	for _, step := range []int{panStep, -panStep} {
		if _, err := ask[any](w, "bench.pan(%d, 0, %d)", panWarm, step); err != nil {
			return mainThread{}, 0, err
		}
	}
	if _, err := ask[float64](w, "bench.settled(500)"); err != nil {
		return mainThread{}, 0, err
	}
	return w.cost("bench.pan(%d, %d, 0)", panFrames, panStep)
}

// cost returns what of the main thread each of panFrames animation frames takes, and how many frames the page draws for it.
func (w *window) cost(expression string, args ...any) (each mainThread, drawn float64, err error) {
	framesBefore, err := ask[float64](w, "edgeboard.frames()")
	if err != nil {
		return each, 0, err
	}
	before, err := w.mainThread()
	if err != nil {
		return each, 0, err
	}
	if _, err = ask[any](w, expression, args...); err != nil {
		return each, 0, err
	}
	after, err := w.mainThread()
	if err != nil {
		return each, 0, err
	}
	framesAfter, err := ask[float64](w, "edgeboard.frames()")
	each = mainThread{(after.task - before.task) / panFrames, (after.script - before.script) / panFrames, (after.cpu - before.cpu) / panFrames}
	return each, (framesAfter - framesBefore) / panFrames, err
}

// draws draws a stroke, and returns how many animation frames it takes at the most until an event of the pen is shown.
func draws(w *window) (float64, error) {
	if _, err := ask[any](w, "bench.settled(500)"); err != nil {
		return 0, err
	}
	if err := w.key("p"); err != nil {
		return 0, err
	}
	if _, err := ask[any](w, "bench.watchPen()"); err != nil {
		return 0, err
	}
	const events = 30
	x, y := windowWidth/2.0, windowHeight/2.0
	typ := input.DispatchMouseEventTypeMousePressed
	for i := range events {
		if err := w.pen(typ, x+float64(8*i), y+20*math.Sin(float64(i)/3)); err != nil {
			return 0, err
		}
		typ = input.DispatchMouseEventTypeMouseMoved
	}
	if err := w.pen(input.DispatchMouseEventTypeMouseReleased, x+8*(events-1), y); err != nil {
		return 0, err
	}
	if _, err := ask[any](w, "bench.settled(500)"); err != nil {
		return 0, err
	}
	taken, err := ask[[]float64](w, "bench.pen")
	if err == nil && len(taken) < events {
		err = fmt.Errorf("the page saw %d events of a pen that made %d", len(taken), events)
	}
	if err != nil {
		return 0, err
	}
	return slices.Max(taken), nil
}

// memoryOf returns what the page holds, by what it says itself and by what its process takes.
func memoryOf(w *window) (held, rss float64, err error) {
	if held, err = w.heap(); err != nil {
		return 0, 0, err
	}
	program, err := ask[float64](w, "bench.memory.buffer.byteLength")
	if err != nil {
		return 0, 0, err
	}
	tiles, err := ask[float64](w, "edgeboard.state().tiles ?? 0")
	if err != nil {
		return 0, 0, err
	}
	process, err := w.rss()
	return held + program + tiles*tileMB*1e6, float64(process), err
}
