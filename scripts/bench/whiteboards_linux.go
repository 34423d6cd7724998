package main

import (
	"context"
	"errors"
	"fmt"
	"math"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"time"

	"github.com/chromedp/cdproto/browser"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/input"
	cdppage "github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/systeminfo"
	"github.com/chromedp/chromedp"

	"edgeboard/shared/geom"
)

// whiteboard is a page that people draw on.
type whiteboard struct {
	name string
	// from returns the address of a board on a host, looked at in a way.
	from     func(host, board string, at view) string
	host     string
	script   string // what the bench has in the page
	pen      string // the key that takes the pen
	elements string // how many there are, in JavaScript
	lookAt   string // x, y, zoom
	left     string // how many pixels of the window the left edge is right of the board's origin
	held     string // bytes that it holds besides JavaScript's objects
	kept     string // waits until it is there for the next visit
	offered  int    // elements on its board
	format   func([]drawn) (data []byte, elements int, err error)
}

// view is what a window shows: the place in the middle, and how large.
type view struct {
	centre geom.Point
	zoom   float64
}

// whiteboards are what is compared, ours first: others look at a board as ours does when
// it is opened.
func whiteboards(relay, site string) []*whiteboard {
	theirs := func(name, pen string, format func([]drawn) ([]byte, int, error)) *whiteboard {
		return &whiteboard{
			name: name, host: site,
			from: func(host, board string, at view) string {
				return "http://" + host + "/" + name + "?" + url.Values{
					"board": {board}, "x": {fmt.Sprint(at.centre.X)}, "y": {fmt.Sprint(at.centre.Y)}, "zoom": {fmt.Sprint(at.zoom)},
				}.Encode()
			},
			pen: pen, elements: "(window.board?.elements() ?? 0)", lookAt: "board.lookAt(%v, %v, %v)", left: "board.left()", held: "0", kept: "true", format: format,
		}
	}
	return []*whiteboard{
		{
			name: "edgeboard", host: relay, script: frameScript,
			from:     func(host, board string, _ view) string { return "http://" + host + "/b/" + board + "?transport=ws" },
			pen:      "p",
			elements: "(window.edgeboard?.elements() ?? 0)", lookAt: "bench.lookAt(%v, %v, %v)", left: "edgeboard.state().x * edgeboard.state().zoom",
			held: fmt.Sprintf("bench.memory.buffer.byteLength + (edgeboard.state().tiles ?? 0) * %v", int(tileMB*1e6)),
			kept: `(async () => {
				while ((await navigator.serviceWorker.getRegistration())?.active?.state !== 'activated') await new Promise((done) => setTimeout(done, 50));
				return true;
			})()`,
		},
		theirs("excalidraw", "p", inExcalidraw),
		theirs("tldraw", "d", inTldraw),
	}
}

// whiteboardsBench compares our page with those of Excalidraw and tldraw, in one browser.
type whiteboardsBench struct {
	*peersBench
	site    *pages
	boards  []*whiteboard
	browser context.Context
	relay   string
	out     *report
}

func whiteboardsCase(ctx context.Context, p *peersBench, out *report) error {
	dir, err := p.install(ctx, "whiteboards", out)
	if err != nil {
		return err
	}
	out.note("peers whiteboards: the pages are built")
	build := exec.CommandContext(ctx, "node", "build.mjs")
	build.Dir, build.Stdout, build.Stderr = dir, out.stderr, out.stderr
	if err := build.Run(); err != nil {
		return fmt.Errorf("build the pages with node: %w", err)
	}
	site, err := newPages(os.DirFS(filepath.Join(dir, "site")))
	if err != nil {
		return err
	}
	server := httptest.NewServer(http.HandlerFunc(site.ServeHTTP))
	defer server.Close()
	r := &relayFlags{program: p.relay, args: p.relayArgs}
	return r.browse(ctx, "whiteboards", out, func(ctx context.Context, address string) error {
		version, err := chromedp.CallBrowser(ctx, browser.GetVersion, cdp.Empty{})
		if err != nil {
			return fmt.Errorf("ask chromium for its version: %w", err)
		}
		out.about("chromium", version.Product)
		b := &whiteboardsBench{p, site, whiteboards(address, server.Listener.Addr().String()), ctx, address, out}
		if err := b.visits(); err != nil {
			return err
		}
		for _, n := range p.strokes {
			if err := b.frames(n); err != nil {
				return err
			}
		}
		return nil
	})
}

// offer hands a list of elements to all of them.
func (b *whiteboardsBench) offer(name string, list []drawn) error {
	if err := fillDrawn(b.browser, b.relay, name, list); err != nil {
		return fmt.Errorf("filling the board: %w", err)
	}
	for _, of := range b.boards {
		of.offered = len(list)
		if of.format == nil {
			continue
		}
		data, n, err := of.format(list)
		if err != nil {
			return err
		}
		of.offered = n
		b.site.data("/data/"+of.name+"/"+name+".json", data)
	}
	return nil
}

// window opens a window of its own for a whiteboard, with nothing in it yet.
func (of *whiteboard) window(ctx context.Context) (*window, error) {
	return openWindow(ctx, "about:blank", drawnScript+of.script)
}

// visit begins a navigation, and returns when the page has begun.
func (w *window) visit(address string) error {
	r, err := chromedp.Call(w.ctx, cdppage.Navigate, cdppage.NavigateParams{URL: address})
	if err == nil && r.ErrorText != "" {
		err = errors.New(r.ErrorText)
	}
	if err != nil {
		return fmt.Errorf("open %s: %w", address, err)
	}
	return nil
}

// until waits until an expression is true in the page, and reports whether that was in time.
func (w *window) until(limit time.Duration, expression string, args ...any) (bool, error) {
	for begun := time.Now(); time.Since(begun) < limit; {
		ok, err := ask[bool](w, expression, args...)
		if ok || err != nil {
			return ok, err
		}
		if err := pause(w.ctx, 20*time.Millisecond); err != nil {
			return false, err
		}
	}
	return false, nil
}

// processors returns the time of processors that all of the browser's processes have taken.
func (w *window) processors() (time.Duration, error) {
	r, err := chromedp.CallBrowser(w.ctx, systeminfo.GetProcessInfo, cdp.Empty{})
	if err != nil {
		return 0, fmt.Errorf("ask for chromium's processes: %w", err)
	}
	sum := 0.0
	for _, p := range r.ProcessInfo {
		sum += p.CPUTime
	}
	return time.Duration(sum * float64(time.Second)), nil
}

var errRestless = errors.New("the page has not come to rest")

// rest waits until the browser does nothing any more: the page's program, and what others
// of its processes paint for it.
func (w *window) rest(limit time.Duration) error {
	const (
		look = 250 * time.Millisecond
		idle = look / 10
	)
	var last time.Duration
	was, err := w.processors()
	for quiet, begun := 0, time.Now(); quiet < 4 && err == nil; {
		if time.Since(begun) > limit {
			return fmt.Errorf("%w in %v: it takes %v of processors in %v", errRestless, limit, last, look)
		}
		if err = pause(w.ctx, look); err != nil {
			break
		}
		var now time.Duration
		if now, err = w.processors(); err != nil {
			break
		}
		quiet++
		last = now - was
		if now-was > idle {
			quiet = 0
		}
		was = now
	}
	return err
}

// drawnScript has what waits until a page has drawn. Our page lets animation frames through
// only while something moves, so it begins before that.
const drawnScript = `window.benchDrawn = ((frame) => () => new Promise((done) => frame(() => frame(() => done(true)))))(requestAnimationFrame.bind(window));
`

// wheelTurn is input.DispatchMouseEventParams, which leaves out a way of 0, and chromium
// wants both.
type wheelTurn struct {
	Type   input.DispatchMouseEventType `json:"type"`
	X      float64                      `json:"x"`
	Y      float64                      `json:"y"`
	DeltaX float64                      `json:"deltaX"`
	DeltaY float64                      `json:"deltaY"`
}

var turnWheel = cdp.Command[wheelTurn, cdp.Empty]{Method: input.CommandDispatchMouseEvent}

// wheel turns the wheel over the middle of the window, once for each frame of a screen with
// 60 a second, or when the page has taken the turn before, whichever is later: of turns that
// wait Chromium loses some. It returns when the page has taken all, and has drawn.
func (w *window) wheel(n int, x, y float64) error {
	each := time.NewTicker(time.Second / 60)
	defer each.Stop()
	for range n {
		if _, err := chromedp.Call(w.ctx, turnWheel, wheelTurn{input.DispatchMouseEventTypeMouseWheel, windowWidth / 2, windowHeight / 2, x, y}); err != nil {
			return fmt.Errorf("turn the wheel: %w", err)
		}
		select {
		case <-each.C:
		case <-w.ctx.Done():
			return context.Cause(w.ctx)
		}
	}
	_, err := ask[bool](w, "benchDrawn()")
	return err
}

// panned is what panning a view has taken.
type panned struct {
	each    mainThread    // of a frame that was shown
	all     time.Duration // the same, of the processors, for all of the browser
	shown   float64       // frames a second
	skipped int           // of panFrames
}

// pan pans a view by panFrames steps, the place at its middle being in the middle then.
func (b *whiteboardsBench) pan(w *window, of *whiteboard, at view) (p panned, err error) {
	half := panFrames * panStep / 2 / at.zoom
	if _, err = ask[any](w, of.lookAt, at.centre.X-half, at.centre.Y, at.zoom); err != nil {
		return p, err
	}
	for _, step := range []float64{panStep, -panStep} {
		if err = w.wheel(panWarm, 0, step); err != nil {
			return p, err
		}
	}
	if err = w.rest(openLimit); err != nil {
		return p, err
	}
	from, err := ask[float64](w, of.left)
	if err != nil {
		return p, err
	}
	c, err := w.record(false)
	if err != nil {
		return p, err
	}
	before, err := w.mainThread()
	if err != nil {
		return p, err
	}
	allBefore, err := w.processors()
	if err == nil {
		err = w.wheel(panFrames, panStep, 0)
	}
	if err != nil {
		return p, err
	}
	after, err := w.mainThread()
	if err != nil {
		return p, err
	}
	allAfter, err := w.processors()
	if err != nil {
		return p, err
	}
	to, err := ask[float64](w, of.left)
	if err != nil {
		return p, err
	}
	if way := to - from; math.Abs(way-panFrames*panStep) > 1 {
		return p, fmt.Errorf("the view was panned by %.1f pixels, and not by %d", way, panFrames*panStep)
	}
	f, err := c.develop()
	if err != nil {
		return p, err
	}
	rate, n := f.rate()
	if n < 2 {
		return p, fmt.Errorf("%d frames were shown while the view was panned", n)
	}
	shown := time.Duration(n)
	p.each = mainThread{(after.task - before.task) / shown, (after.script - before.script) / shown, (after.cpu - before.cpu) / shown}
	p.all, p.shown, p.skipped = (allAfter-allBefore)/shown, rate, max(0, panFrames-n) // a turn may take more than one
	return p, nil
}

// openLimit is how long a page may take until its board is there.
const openLimit = 3 * time.Minute

// boardLook is what one look at a board of strokes has shown.
type boardLook struct {
	open        float64 // milliseconds
	partly      bool    // no more than that is known
	fit, full   panned
	memory, rss float64 // bytes
	ink         float64 // the share of the window, with all in view
}

// frames compares what a board of n strokes takes.
func (b *whiteboardsBench) frames(n int) error {
	name := "strokes" + strconv.Itoa(n)
	p, list := drawnStrokes(n)
	if err := b.offer(name, list); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	seen := map[*whiteboard][]boardLook{}
	at := view{p.centre, p.zoom()}
	for i := range b.runs {
		for _, of := range b.boards {
			b.out.note("peers whiteboards: frame%d/%s: run %d of %d", n, of.name, i+1, b.runs)
			one, opened, err := b.look(of, name, n, p, at)
			if err != nil {
				b.out.note("peers whiteboards: frame%d/%s: %v", n, of.name, err)
				b.out.fail("frame%d/%s: %w", n, of.name, err)
				if one.open == 0 {
					continue
				}
				one.partly = true // how long it took to open is known
			}
			if of == b.boards[0] {
				at = opened
			}
			seen[of] = append(seen[of], one)
		}
	}
	for _, of := range b.boards {
		list := seen[of]
		if len(list) == 0 {
			continue
		}
		add := func(metric, unit string, figure func(boardLook) float64) {
			b.out.add(fmt.Sprintf("frame%d/%s", n, of.name), metric, unit, median(list, figure))
		}
		add("open_ms", "ms", func(l boardLook) float64 { return l.open })
		list = slices.DeleteFunc(slices.Clone(list), func(l boardLook) bool { return l.partly })
		if len(list) == 0 {
			continue
		}
		for _, v := range []struct {
			name string
			of   func(boardLook) panned
		}{{"fit", func(l boardLook) panned { return l.fit }}, {"full", func(l boardLook) panned { return l.full }}} {
			add(v.name+"_ms", "ms/frame", func(l boardLook) float64 { return ms(v.of(l).each.task) })
			add(v.name+"_cpu_ms", "ms/frame", func(l boardLook) float64 { return ms(v.of(l).each.cpu) })
			add(v.name+"_browser_cpu_ms", "ms/frame", func(l boardLook) float64 { return ms(v.of(l).all) })
			add(v.name+"_frames_per_s", "frames/s", func(l boardLook) float64 { return v.of(l).shown })
			add(v.name+"_skipped", "frames", func(l boardLook) float64 { return float64(v.of(l).skipped) })
		}
		add("memory_mb", "MB", func(l boardLook) float64 { return l.memory / 1e6 })
		add("rss_mib", "MiB", func(l boardLook) float64 { return l.rss / (1 << 20) })
		add("ink", "share", func(l boardLook) float64 { return l.ink })
	}
	return nil
}

// centreOfWindow is the part in which pages have only the board: their bars are around it.
var centreOfWindow = geom.Box{Min: geom.Pt(240, 110), Max: geom.Pt(windowWidth-240, windowHeight-110)}

func (b *whiteboardsBench) look(of *whiteboard, name string, n int, p plane, at view) (l boardLook, opened view, err error) {
	w, err := of.window(b.browser)
	if err != nil {
		return l, at, err
	}
	defer w.close()
	c, err := w.record(true)
	if err != nil {
		return l, at, err
	}
	begun := time.Now()
	if err = w.visit(of.from(of.host, name, at)); err != nil {
		return l, at, err
	}
	there, err := w.until(openLimit, of.elements+" >= %d", of.offered)
	if err != nil {
		return l, at, err
	}
	if !there {
		b.out.note("peers whiteboards: %s/%s: the board is not there after %v, which is what open_ms says", name, of.name, openLimit)
		return boardLook{open: ms(time.Since(begun)), partly: true}, at, nil
	}
	if err = w.rest(openLimit); errors.Is(err, errRestless) {
		b.out.note("peers whiteboards: %s/%s: %v, so open_ms says how long that was waited for", name, of.name, err)
		return boardLook{open: ms(time.Since(begun)), partly: true}, at, nil
	} else if err != nil {
		return l, at, err
	}
	f, err := c.develop()
	if err != nil {
		return l, at, err
	}
	if l.open, err = f.complete(centreOfWindow); err != nil {
		return l, at, err
	}
	opened = at
	if of.format == nil {
		if opened, err = w.ourView(); err != nil {
			return l, at, err
		}
	}
	if l.fit, err = b.pan(w, of, view{p.centre, p.zoom()}); err != nil {
		return l, opened, fmt.Errorf("with all in view: %w", err)
	}
	if l.ink, err = b.inkNow(w, name+"-fit-"+of.name); err != nil {
		return l, opened, err
	}
	if l.full, err = b.pan(w, of, view{p.centre, 1}); err != nil {
		return l, opened, fmt.Errorf("at 100 %%: %w", err)
	}
	if _, err = b.inkNow(w, name+"-full-"+of.name); err != nil {
		return l, opened, err
	}
	if l.memory, err = w.heap(); err != nil {
		return l, opened, err
	}
	held, err := ask[float64](w, of.held)
	if err != nil {
		return l, opened, err
	}
	l.memory += held
	rss, err := w.rss()
	l.rss = float64(rss)
	return l, opened, err
}

// ourView returns how our page shows the board.
func (w *window) ourView() (view, error) {
	zoom, err := ask[float64](w, "edgeboard.state().zoom")
	if err != nil {
		return view{}, err
	}
	x, err := ask[float64](w, "edgeboard.state().x")
	if err != nil {
		return view{}, err
	}
	y, err := ask[float64](w, "edgeboard.state().y")
	return view{geom.Pt(x+windowWidth/2/zoom, y+windowHeight/2/zoom), zoom}, err
}
