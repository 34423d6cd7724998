package main

import (
	"bytes"
	"errors"
	"fmt"
	"image/png"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"

	"edgeboard/scripts/pipe"
	"edgeboard/shared/geom"
)

// boardVisit is what a visit to a page has taken: milliseconds and bytes.
type boardVisit struct {
	sight, ready    float64
	bytes, programs float64
}

// spotMargin is what elements beside a spot for the pen may reach into it, in board units:
// some pages make a note as large as its text.
const spotMargin = 14

// twoVisits are the first one of somebody, and the next.
type twoVisits struct{ first, second boardVisit }

// visits compares how soon a person is on a board of 300 elements, and what that takes.
func (b *whiteboardsBench) visits() error {
	list := drawnMixed()
	for _, c := range []struct {
		name string
		rate float64
	}{{"page", 0}, {"page10mbit", tenMegabit}} {
		seen := map[*whiteboard][]twoVisits{}
		for i := range b.runs {
			// Nobody has drawn on it yet: on ours the strokes of a visit stay.
			name := c.name + "-" + strconv.Itoa(i)
			if err := b.offer(name, list); err != nil {
				return fmt.Errorf("%s: %w", c.name, err)
			}
			at, err := b.shownBefore(name)
			if err != nil {
				return fmt.Errorf("%s: %w", c.name, err)
			}
			for _, of := range b.boards {
				b.out.note("peers whiteboards: %s/%s: run %d of %d", c.name, of.name, i+1, b.runs)
				v, err := b.visitTwice(of, name, c.rate, at)
				if err != nil {
					b.out.note("peers whiteboards: %s/%s: %v", c.name, of.name, err)
					b.out.fail("%s/%s: %w", c.name, of.name, err)
					continue
				}
				seen[of] = append(seen[of], v)
			}
		}
		for _, of := range b.boards {
			if len(seen[of]) == 0 {
				continue
			}
			add := func(metric, unit string, figure func(twoVisits) float64) {
				b.out.add(c.name+"/"+of.name, metric, unit, median(seen[of], figure))
			}
			add("first_sight_ms", "ms", func(v twoVisits) float64 { return v.first.sight })
			add("ready_ms", "ms", func(v twoVisits) float64 { return v.first.ready })
			add("transfer_bytes", "bytes", func(v twoVisits) float64 { return v.first.bytes })
			add("transfer_js_bytes", "bytes", func(v twoVisits) float64 { return v.first.programs })
			add("second_bytes", "bytes", func(v twoVisits) float64 { return v.second.bytes })
			add("second_sight_ms", "ms", func(v twoVisits) float64 { return v.second.sight })
			add("second_ready_ms", "ms", func(v twoVisits) float64 { return v.second.ready })
		}
	}
	return nil
}

// shownBefore shows a board once on each page, so that all who serve it have packed what
// they send. It returns how ours looks at it.
func (b *whiteboardsBench) shownBefore(name string) (at view, err error) {
	at.zoom = 1
	for _, of := range b.boards {
		w, err := of.window(b.browser)
		if err != nil {
			return at, err
		}
		err = w.visit(of.from(of.host, name, at))
		if err == nil {
			_, err = w.until(openLimit, of.elements+" >= %d", of.offered)
		}
		if err == nil {
			err = w.rest(openLimit)
		}
		if err == nil && of.format == nil {
			at, err = w.ourView()
		}
		w.close()
		if err != nil {
			return at, err
		}
	}
	// The relay draws its picture of a board while others look at it.
	for begun := time.Now(); time.Since(begun) < 10*time.Second; {
		r, err := http.Get(b.boards[0].from(b.relay, name, view{}))
		if err != nil {
			return at, err
		}
		text, err := io.ReadAll(r.Body)
		if err = errors.Join(err, r.Body.Close()); err != nil {
			return at, err
		}
		if bytes.Contains(text, []byte("<path")) {
			return at, nil
		}
		if err := pause(b.browser, 50*time.Millisecond); err != nil {
			return at, err
		}
	}
	return at, errors.New("the relay has no picture of the board")
}

// visitTwice opens a board as somebody who was never there, and once more.
func (b *whiteboardsBench) visitTwice(of *whiteboard, name string, rate float64, at view) (v twoVisits, err error) {
	p, err := pipe.New(of.host, rate)
	if err != nil {
		return v, err
	}
	defer p.Close()
	w, err := of.window(b.browser)
	if err != nil {
		return v, err
	}
	defer w.close()
	address := of.from(p.Address, name, at)
	free := freePlace()
	// The visits draw at different places: what was drawn at the first may be there at the second.
	quarter := free.Size().Mul(0.5)
	there := of.offered
	for i, one := range []*boardVisit{&v.first, &v.second} {
		spot := geom.Box{Min: free.Min.Add(geom.Pt(0, quarter.Y*float64(i)))}
		spot.Max = spot.Min.Add(geom.Pt(free.Size().X, quarter.Y))
		before := p.Bytes()
		f, err := w.arrive(of, address, there, spot, at)
		if err != nil {
			return v, err
		}
		one.bytes = float64(p.Bytes() - before)
		if one.programs, err = ask[float64](w, `performance.getEntriesByType("resource")
			.filter((e) => /\.(js|wasm)$/.test(e.name)).reduce((sum, e) => sum + e.transferSize, 0)`); err != nil {
			return v, err
		}
		if one.sight, err = f.seen(centreOfWindow); err != nil {
			return v, err
		}
		if one.ready, err = f.inked(at.window(spot.Grow(-spotMargin))); err != nil {
			return v, err
		}
		if _, err = b.inkNow(w, fmt.Sprintf("%s-%d-%s", name, i+1, of.name)); err != nil {
			return v, err
		}
		if of.format == nil {
			if there, err = ask[int](w, of.elements); err != nil {
				return v, err
			}
		}
		if _, err = ask[bool](w, of.kept); err != nil {
			return v, err
		}
		if err = w.rest(openLimit); err != nil {
			return v, err
		}
		if err = w.visit("about:blank"); err != nil {
			return v, err
		}
	}
	return v, nil
}

// window returns where in the window a part of the board is.
func (v view) window(part geom.Box) geom.Box {
	middle := geom.Pt(windowWidth/2, windowHeight/2)
	at := func(p geom.Point) geom.Point { return p.Sub(v.centre).Mul(v.zoom).Add(middle) }
	return geom.Box{Min: at(part.Min), Max: at(part.Max)}
}

// arrive visits a page, takes its pen and draws strokes at a spot of the board until the
// page has one more than are there. It returns what was seen until it was at rest.
func (w *window) arrive(of *whiteboard, address string, there int, spot geom.Box, at view) (*film, error) {
	c, err := w.record(true)
	if err != nil {
		return nil, err
	}
	if err := w.visit(address); err != nil {
		return nil, err
	}
	drawn := false
	for i, begun := 0, time.Now(); !drawn; i++ {
		if time.Since(begun) > openLimit {
			return nil, fmt.Errorf("the page takes no stroke for %v", openLimit)
		}
		if err := w.key(of.pen); err != nil {
			return nil, err
		}
		area := at.window(spot)
		if err := w.stroke(area.At(0.2, 0.3+0.05*float64(i%8)), area.At(0.8, 0.35+0.05*float64(i%8))); err != nil {
			return nil, err
		}
		if drawn, err = ask[bool](w, of.elements+" > %d", there); err != nil {
			return nil, err
		}
	}
	if err := w.rest(openLimit); err != nil {
		return nil, err
	}
	return c.develop()
}

// stroke draws with the mouse. It takes the time of a short one.
func (w *window) stroke(from, to geom.Point) error {
	const steps = 4
	for i := range steps + 1 {
		at := from.Lerp(to, float64(i)/steps)
		typ, buttons := input.DispatchMouseEventTypeMouseMoved, int64(1)
		switch i {
		case 0:
			typ = input.DispatchMouseEventTypeMousePressed
		case steps:
			typ, buttons = input.DispatchMouseEventTypeMouseReleased, 0
		}
		if _, err := chromedp.Call(w.ctx, input.DispatchMouseEvent, input.DispatchMouseEventParams{
			Type: typ, X: at.X, Y: at.Y, Button: input.MouseButtonLeft, Buttons: buttons, ClickCount: 1,
		}); err != nil {
			return err
		}
		if err := pause(w.ctx, 8*time.Millisecond); err != nil {
			return err
		}
	}
	return nil
}

// inkNow returns what share of the board's part of the window has ink, and keeps a picture
// of the window if that is asked for. A board without ink is an error: what is not drawn
// costs nothing.
func (b *whiteboardsBench) inkNow(w *window, name string) (float64, error) {
	shot, err := chromedp.Run(w.ctx, chromedp.CaptureScreenshot())
	if err != nil {
		return 0, fmt.Errorf("a picture of the window: %w", err)
	}
	if b.pictures != "" {
		err = os.MkdirAll(b.pictures, 0o755)
		if err == nil {
			err = os.WriteFile(filepath.Join(b.pictures, strings.ReplaceAll(name, "/", "-")+".png"), shot, 0o644)
		}
		if err != nil {
			return 0, err
		}
	}
	shown, err := png.Decode(bytes.NewReader(shot))
	if err != nil {
		return 0, fmt.Errorf("a picture of the window: %w", err)
	}
	_, share := ink(shown, centreOfWindow)
	if share < 0.001 {
		return 0, errors.New("there is nothing on the board")
	}
	return share, nil
}
