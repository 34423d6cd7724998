package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"image"
	_ "image/jpeg" // chromium's pictures
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/tracing"
	"github.com/chromedp/chromedp"

	"edgeboard/shared/geom"
)

// film is what a window has shown, as Chromium traced it: the same for every page,
// whatever that says of itself.
type film struct {
	navigated float64   // when the navigation to the page began, in milliseconds of an own clock
	frames    []float64 // when a frame was drawn in which something had changed
	pictures  []picture // of those, if they were asked for
}

type picture struct {
	at    float64
	shown image.Image
}

// The pictures of a film: how wide they are, and how many Chromium makes at the most. It
// has memory for no more of both.
const (
	pictureWidth = 500
	pictures     = 450
)

// nowMark is made at the end of a film, and says how long ago the page began.
const nowMark = "bench: now"

// lastPicture changes a dot in a corner of the window some times: while Chromium is busy with
// a picture it makes no other, so the last change of the page may be on none.
const lastPicture = `(async () => {
	const dot = document.body.appendChild(document.createElement('div'));
	Object.assign(dot.style, { position: 'fixed', left: '0', bottom: '0', width: '2px', height: '2px', zIndex: '1000000' });
	for (const colour of ['black', 'white', 'black', 'white']) {
		dot.style.background = colour;
		await benchDrawn();
		await new Promise((done) => setTimeout(done, 100));
	}
	dot.remove();
	return true;
})()`

// camera records a film.
type camera struct {
	w        *window
	pictures bool
	stop     context.CancelFunc
	done     chan struct{} // closed when all has come

	mu     sync.Mutex
	events []json.RawMessage
	lost   bool
}

// record begins a film of a window, with pictures or without.
func (w *window) record(withPictures bool) (*camera, error) {
	ctx, cancel := context.WithCancel(w.ctx)
	c := &camera{w: w, pictures: withPictures, stop: cancel, done: make(chan struct{})}
	err := chromedp.Listen(ctx, func(event any) {
		switch e := event.(type) {
		case *tracing.EventDataCollected:
			c.mu.Lock()
			for _, v := range e.Value {
				c.events = append(c.events, bytes.Clone(v))
			}
			c.mu.Unlock()
		case *tracing.EventTracingComplete:
			c.lost = e.DataLossOccurred
			close(c.done)
		}
	})
	categories := []string{"devtools.timeline.frame", "disabled-by-default-devtools.timeline.frame", "blink.user_timing"}
	if withPictures {
		categories = append(categories, "disabled-by-default-devtools.screenshot")
	}
	if err == nil {
		_, err = chromedp.Call(ctx, tracing.Start, tracing.StartParams{
			TransferMode:       tracing.StartTransferModeReportEvents,
			ScreenshotMaxSize:  pictureWidth,
			ScreenshotMaxCount: pictures,
			TraceConfig:        &tracing.TraceConfig{RecordMode: tracing.TraceConfigRecordModeRecordUntilFull, IncludedCategories: categories, ExcludedCategories: []string{"*"}},
		})
	}
	if err != nil {
		cancel()
		return nil, fmt.Errorf("record what chromium shows: %w", err)
	}
	return c, nil
}

// develop ends the film and returns it.
func (c *camera) develop() (*film, error) {
	defer c.stop()
	if c.pictures {
		if _, err := ask[bool](c.w, lastPicture); err != nil {
			return nil, err
		}
	}
	if _, err := ask[bool](c.w, "!!performance.mark(%q)", nowMark); err != nil {
		return nil, err
	}
	if _, err := chromedp.Call(c.w.ctx, tracing.End, cdp.Empty{}); err != nil {
		return nil, fmt.Errorf("end the record of what chromium shows: %w", err)
	}
	select {
	case <-c.done:
	case <-c.w.ctx.Done():
		return nil, context.Cause(c.w.ctx)
	case <-time.After(time.Minute):
		return nil, errors.New("chromium does not hand over what it recorded")
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.lost {
		return nil, errors.New("chromium has lost a part of what it recorded")
	}
	return readFilm(c.events)
}

// readFilm reads events of a trace.
func readFilm(events []json.RawMessage) (*film, error) {
	f := &film{}
	for _, raw := range events {
		var e struct {
			Name string
			TS   float64 // microseconds
			Args struct {
				Snapshot []byte
				Data     struct{ StartTime float64 } // milliseconds after the navigation
			}
		}
		// Arguments of other events have other types.
		if err := json.Unmarshal(raw, &e); err != nil && !strings.Contains(string(raw), `"Screenshot"`) {
			continue
		} else if err != nil {
			return nil, fmt.Errorf("a picture of chromium's: %w", err)
		}
		at := e.TS / 1000
		switch e.Name {
		case "DrawFrame":
			f.frames = append(f.frames, at)
		case nowMark:
			f.navigated = at - e.Args.Data.StartTime
		case "Screenshot":
			shown, _, err := image.Decode(bytes.NewReader(e.Args.Snapshot))
			if err != nil {
				return nil, fmt.Errorf("a picture of chromium's: %w", err)
			}
			f.pictures = append(f.pictures, picture{at, shown})
		}
	}
	if len(f.pictures) >= pictures {
		return nil, errors.New("chromium could keep no more pictures of the window, and the last is not that of the end")
	}
	if f.navigated == 0 {
		return nil, errors.New("chromium's record does not say when the page began")
	}
	slices.Sort(f.frames)
	slices.SortFunc(f.pictures, func(a, b picture) int { return int(max(min(a.at-b.at, 1), -1)) })
	return f, nil
}

// ink says which pixels of a picture have something on them, in a part of the window: the
// ones that are not as light as paper. Pages have a paper of a colour of their own, so it
// is the commonest of the part.
func ink(shown image.Image, part geom.Box) (marks []bool, share float64) {
	all := shown.Bounds()
	scale := float64(all.Dx()) / windowWidth
	r := image.Rect(int(part.Min.X*scale), int(part.Min.Y*scale), int(part.Max.X*scale), int(part.Max.Y*scale)).Add(all.Min).Intersect(all)
	var light []int
	var counts [256]int
	for y := r.Min.Y; y < r.Max.Y; y++ {
		for x := r.Min.X; x < r.Max.X; x++ {
			red, green, blue, _ := shown.At(x, y).RGBA()
			v := int(299*red+587*green+114*blue) / 1000 >> 8
			light = append(light, v)
			counts[v]++
		}
	}
	paper := 0
	for v, n := range counts {
		if n > counts[paper] {
			paper = v
		}
	}
	const faint = 16 // what JPEG makes of paper beside ink
	n := 0
	for _, v := range light {
		on := v < paper-faint || v > paper+faint
		marks = append(marks, on)
		if on {
			n++
		}
	}
	return marks, float64(n) / float64(max(len(light), 1))
}

// complete returns when a part of the window had the picture with which the film ends:
// when the first came from which on nothing of it changed.
func (f *film) complete(part geom.Box) (at float64, err error) {
	if len(f.pictures) == 0 {
		return 0, errors.New("chromium has made no pictures")
	}
	last := f.pictures[len(f.pictures)-1]
	at = last.at
	for _, p := range slices.Backward(f.pictures) {
		if !alike(p.shown, last.shown, part) {
			break
		}
		at = p.at
	}
	return at - f.navigated, nil
}

// alike reports whether two pictures of a part of the window show the same. A thousandth
// of the pixels may differ: somebody's cursor, a message that comes and goes.
func alike(a, b image.Image, part geom.Box) bool {
	one, _ := ink(a, part)
	two, _ := ink(b, part)
	if len(one) != len(two) {
		return false
	}
	differ := 0
	for i := range one {
		if one[i] != two[i] {
			differ++
		}
	}
	return differ*1000 <= len(one)
}

// seen returns when a part of the window first had half of the ink that it has at the end
// of the film.
func (f *film) seen(part geom.Box) (at float64, err error) {
	if len(f.pictures) == 0 {
		return 0, errors.New("chromium has made no pictures")
	}
	end, share := ink(f.pictures[len(f.pictures)-1].shown, part)
	if share == 0 {
		return 0, errors.New("there is nothing on the board in the end")
	}
	for _, p := range f.pictures {
		if p.at < f.navigated {
			continue
		}
		marks, _ := ink(p.shown, part)
		if len(marks) != len(end) {
			continue
		}
		both, all := 0, 0
		for i, on := range end {
			if on {
				all++
				if marks[i] {
					both++
				}
			}
		}
		if 2*both >= all {
			return p.at - f.navigated, nil
		}
	}
	panic("the last picture is not like itself")
}

// inked returns when ink came to a part of the window to stay.
func (f *film) inked(part geom.Box) (at float64, err error) {
	const least = 0.005 // of the pixels
	found := false
	for _, p := range slices.Backward(f.pictures) {
		if _, share := ink(p.shown, part); share < least || p.at < f.navigated {
			break
		}
		at, found = p.at, true
	}
	if !found {
		return 0, errors.New("there is no ink where the pen was")
	}
	return at - f.navigated, nil
}

// rate returns how many frames were drawn, and how many that is in a second.
func (f *film) rate() (perSecond float64, n int) {
	n = len(f.frames)
	if n < 2 {
		return 0, n
	}
	return float64(n-1) / (f.frames[n-1] - f.frames[0]) * 1000, n
}
