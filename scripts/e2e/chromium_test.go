//go:build e2e

package e2e

import (
	"bytes"
	"context"
	"fmt"
	"image"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"go.uber.org/goleak"

	"edgeboard/scripts/chromium"
)

// shared is the browser that is started once for all tests of the package.
var shared struct {
	ctx context.Context
	err error
}

func TestMain(m *testing.M) {
	profile, err := os.MkdirTemp("", "edgeboard-e2e-")
	if err != nil {
		shared.err = err
		os.Exit(m.Run())
	}
	ctx, stop, err := startChromium(profile)
	shared.ctx, shared.err = ctx, err
	code := m.Run()
	if err == nil {
		stop()
	}
	os.RemoveAll(profile)
	if code == 0 {
		if err := goleak.Find(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			code = 1
		}
	}
	os.Exit(code)
}

// startChromium starts a browser that is quick where pages live for seconds. The board
// is drawn by WebGL as ever, but what lies around it by no GPU, which software would
// have to be. And the program is compiled once, function by function as they are
// called: the better code of a second time would come too late.
func startChromium(profile string) (browser context.Context, stop func(), err error) {
	return chromium.Start(context.Background(), profile,
		chromedp.Flag("disable-gpu-compositing", true),
		chromedp.Flag("js-flags", "--liftoff-only --wasm-lazy-validation"),
	)
}

// page is one person's window, with storage of its own.
type page struct {
	t     *testing.T
	ctx   context.Context
	close func()

	mu      sync.Mutex
	console []string
}

// window is how a page is looked at.
type window struct {
	width, height int64
	scale         float64 // device pixels in a CSS pixel
	dark, touch   bool
	language      string
}

// desktop is no higher than two rows of strokes need: each move of a pointer waits for
// a frame, which software draws. large has room for four.
var (
	desktop = window{width: 1000, height: 440, scale: 1}
	large   = window{width: 1000, height: 700, scale: 1}
)

// open opens a window and waits until the board is live in it.
func open(t *testing.T, url string, w window) *page {
	t.Helper()
	p := openUnready(t, url, w)
	p.waitLive()
	return p
}

func (p *page) waitLive() {
	p.t.Helper()
	p.waitFor("the board is live", `window.edgeboard && edgeboard.state().phase === "live" && document.documentElement.dataset.state === "ready"`)
}

func openUnready(t *testing.T, url string, w window) *page {
	t.Helper()
	if shared.err != nil {
		t.Fatal(shared.err)
	}
	return openIn(t, shared.ctx, url, w, chromedp.WithNewBrowserContext())
}

// openIn opens a window of a browser.
func openIn(t *testing.T, browser context.Context, url string, w window, options ...chromedp.ContextOption) *page {
	t.Helper()
	ctx, cancel := chromedp.NewContext(browser, options...)
	t.Cleanup(cancel)
	p := &page{t: t, ctx: ctx, close: cancel}
	t.Cleanup(func() {
		if t.Failed() {
			p.mu.Lock()
			defer p.mu.Unlock()
			for _, line := range p.console {
				t.Logf("console: %s", line)
			}
		}
	})
	size := []chromedp.EmulateViewportOption{chromedp.EmulateScale(w.scale)}
	if w.touch {
		size = append(size, chromedp.EmulateTouch, chromedp.EmulateMobile)
	}
	p.do(chromedp.EmulateViewport(w.width, w.height, size...))
	if w.dark {
		call(p, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
			Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: "dark"}},
		})
	}
	if w.language != "" {
		call(p, emulation.SetUserAgentOverride, emulation.SetUserAgentOverrideParams{
			UserAgent: "Mozilla/5.0 (X11; Linux x86_64) Chrome", AcceptLanguage: w.language,
		})
	}
	p.watchConsole()
	p.do(chromedp.Navigate(url))
	return p
}

// call sends one command of the DevTools protocol.
func call[P, R any](p *page, c cdp.Command[P, R], params P) R {
	p.t.Helper()
	return run(p, func(ctx context.Context, target *chromedp.Target) (R, error) {
		return cdp.Call(ctx, target, c, params)
	})
}

func run[T any](p *page, a chromedp.Action[T]) T {
	p.t.Helper()
	v, err := chromedp.Run(p.ctx, a)
	if err != nil {
		p.t.Fatalf("driving the page: %v", err)
	}
	return v
}

func (p *page) do(a chromedp.Action[chromedp.Void]) {
	p.t.Helper()
	run(p, a)
}

// eval returns what a JavaScript expression gives.
func eval[T any](p *page, expression string) T {
	p.t.Helper()
	return run(p, chromedp.Evaluate[T](expression))
}

// waitFor waits until a JavaScript expression is true.
func (p *page) waitFor(what, expression string) {
	p.t.Helper()
	until(p.t, what, func() bool {
		ok, err := chromedp.Run(p.ctx, chromedp.Evaluate[bool]("!!("+expression+")"))
		return err == nil && ok
	})
}

// until waits until a condition holds.
func until(t *testing.T, what string, condition func() bool) {
	t.Helper()
	deadline := time.Now().Add(patience)
	for !condition() {
		if time.Now().After(deadline) {
			t.Fatalf("waited for %v: %s", patience, what)
		}
		time.Sleep(20 * time.Millisecond)
	}
}

// online is a browser's word that the network is back. A page that waits longer and
// longer to try again tries at once: for tests that are about something else.
func (p *page) online() {
	p.t.Helper()
	eval[bool](p, `dispatchEvent(new Event("online"))`)
}

func (p *page) hash() string  { p.t.Helper(); return eval[string](p, "edgeboard.hash()") }
func (p *page) elements() int { p.t.Helper(); return eval[int](p, "edgeboard.elements()") }
func (p *page) frames() int   { p.t.Helper(); return eval[int](p, "edgeboard.frames()") }

// stored waits until all that was changed here is on the relay's disk.
func (p *page) stored() {
	p.t.Helper()
	p.waitFor("all changes are stored", `(s => s.phase === "live" && s.unsent + s.sent === 0)(edgeboard.state())`)
}

// same waits until two pages show the same document.
func same(a, b *page) {
	a.t.Helper()
	until(a.t, "both pages have the same document", func() bool { return a.hash() == b.hash() })
}

// quiet waits until a page has drawn all that it wants to draw.
func (p *page) quiet() {
	p.t.Helper()
	last := -1
	until(p.t, "the page draws no more frames", func() bool {
		n := p.frames()
		same := n == last
		last = n
		if !same {
			time.Sleep(500 * time.Millisecond) // longer than any timer of the page
		}
		return same
	})
}

// mouse sends one event of a mouse or, with a pressure, of a stylus.
func (p *page) mouse(typ input.DispatchMouseEventType, x, y float64, with func(*input.DispatchMouseEventParams)) {
	p.t.Helper()
	params := input.DispatchMouseEventParams{Type: typ, X: x, Y: y}
	if with != nil {
		with(&params)
	}
	call(p, input.DispatchMouseEvent, params)
}

func pressed(m *input.DispatchMouseEventParams) {
	m.Button, m.Buttons, m.ClickCount = input.MouseButtonLeft, 1, 1
}

// draw draws a stroke with a stylus.
func (p *page) draw(stroke []handPoint) {
	p.t.Helper()
	p.press(stroke[0])
	p.drag(stroke[1:])
	p.release(stroke[len(stroke)-1])
}

func (p *page) press(h handPoint) {
	p.t.Helper()
	p.mouse(input.DispatchMouseEventTypeMousePressed, h.x, h.y, stylus(h.pressure))
}

// drag moves the stylus while it is down.
func (p *page) drag(way []handPoint) {
	p.t.Helper()
	for _, h := range way {
		p.mouse(input.DispatchMouseEventTypeMouseMoved, h.x, h.y, stylus(h.pressure))
	}
}

func (p *page) release(h handPoint) {
	p.t.Helper()
	p.mouse(input.DispatchMouseEventTypeMouseReleased, h.x, h.y, func(m *input.DispatchMouseEventParams) {
		stylus(0)(m)
		m.Buttons = 0
	})
}

func stylus(pressure float64) func(*input.DispatchMouseEventParams) {
	return func(m *input.DispatchMouseEventParams) {
		pressed(m)
		m.PointerType, m.Force = input.DispatchMouseEventPointerTypePen, pressure
	}
}

// leave moves the pointer off the board, onto a panel.
func (p *page) leave() {
	p.t.Helper()
	at := eval[[]float64](p, `(r => [r.x + r.width / 2, r.y + r.height / 2])(document.getElementById("brand-name").getBoundingClientRect())`)
	p.mouse(input.DispatchMouseEventTypeMouseMoved, at[0], at[1], nil)
}

// screenshot returns what the window shows, and keeps it if EDGEBOARD_SHOTS
// names a folder.
func (p *page) screenshot(name string) image.Image {
	p.t.Helper()
	data := run(p, chromedp.CaptureScreenshot())
	if dir := os.Getenv("EDGEBOARD_SHOTS"); dir != "" {
		if err := os.WriteFile(filepath.Join(dir, name+".png"), data, 0o644); err != nil {
			p.t.Fatal(err)
		}
	}
	img, err := png.Decode(bytes.NewReader(data))
	if err != nil {
		p.t.Fatal(err)
	}
	return img
}

// watchConsole keeps what the page writes to its console, for the report of a
// test that fails.
func (p *page) watchConsole() {
	call(p, runtime.Enable, cdp.Empty{})
	p.do(chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		events := cdp.Events(p.ctx, target, runtime.ConsoleAPICalled)
		go func() {
			for e, err := range events {
				if err != nil {
					return
				}
				var line strings.Builder
				for _, arg := range e.Args {
					line.WriteString(string(arg.Value) + arg.Description + " ")
				}
				p.mu.Lock()
				p.console = append(p.console, line.String())
				p.mu.Unlock()
			}
		}()
		return nil
	}))
}
