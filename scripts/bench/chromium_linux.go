package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/heapprofiler"
	"github.com/chromedp/cdproto/input"
	cdppage "github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/performance"
	"github.com/chromedp/cdproto/systeminfo"
	"github.com/chromedp/chromedp"
)

// window is a page that somebody looks at.
type window struct {
	ctx   context.Context
	close func()
}

// The window of the figures.
const (
	windowWidth  = 1280
	windowHeight = 720
)

// openWindow opens a page that has nothing stored from others. What script says runs before the page's own.
func openWindow(browser context.Context, url, script string) (*window, error) {
	ctx, cancel := chromedp.NewContext(browser, chromedp.WithNewBrowserContext())
	w := &window{ctx, cancel}
	err := chromedp.Do(ctx, chromedp.EmulateViewport(windowWidth, windowHeight, chromedp.EmulateScale(1)))
	if err == nil {
		_, err = chromedp.Call(ctx, cdppage.AddScriptToEvaluateOnNewDocument, cdppage.AddScriptToEvaluateOnNewDocumentParams{Source: script})
	}
	if err == nil {
		_, err = chromedp.Call(ctx, performance.Enable, performance.EnableParams{})
	}
	if err == nil {
		err = chromedp.Do(ctx, chromedp.Navigate(url))
	}
	if err != nil {
		w.close()
		return nil, fmt.Errorf("open %s: %w", url, err)
	}
	return w, nil
}

// ask returns what a JavaScript expression gives, which may be a promise.
func ask[T any](w *window, expression string, args ...any) (T, error) {
	ctx, cancel := context.WithTimeout(w.ctx, 5*time.Minute)
	defer cancel()
	expression = fmt.Sprintf(expression, args...)
	v, err := chromedp.Run(ctx, chromedp.Evaluate[T](expression, chromedp.EvalAwaitPromise))
	if err != nil {
		return v, fmt.Errorf("%s: %w", expression, err)
	}
	return v, nil
}

// mainThread is the time that the page's main thread was busy, in all, and with scripts (the program is one), as a clock
// shows it; and the processor's time that it took for anything, which other programs make no longer.
type mainThread struct{ task, script, cpu time.Duration }

// measures returns Chromium's figures of a page, by name.
func (w *window) measures() (map[string]float64, error) {
	r, err := chromedp.Call(w.ctx, performance.GetMetrics, cdp.Empty{})
	if err != nil {
		return nil, fmt.Errorf("ask for chromium's figures: %w", err)
	}
	values := map[string]float64{}
	for _, m := range r.Metrics {
		values[m.Name] = m.Value
	}
	return values, nil
}

func (w *window) mainThread() (mainThread, error) {
	values, err := w.measures()
	seconds := func(name string) time.Duration { return time.Duration(values[name] * float64(time.Second)) }
	if _, known := values["ThreadTime"]; !known && err == nil {
		err = errors.New("chromium does not count the processor's time of a thread")
	}
	return mainThread{seconds("TaskDuration"), seconds("ScriptDuration"), seconds("ThreadTime")}, err
}

// heap returns how many bytes of JavaScript's objects are in use.
func (w *window) heap() (float64, error) {
	if _, err := chromedp.Call(w.ctx, heapprofiler.CollectGarbage, cdp.Empty{}); err != nil {
		return 0, fmt.Errorf("collect garbage: %w", err)
	}
	values, err := w.measures()
	return values["JSHeapUsedSize"], err
}

// rss returns how many bytes of the machine's memory the page's process takes: it is the largest of its kind while one
// page is open.
func (w *window) rss() (most int, err error) {
	r, err := chromedp.CallBrowser(w.ctx, systeminfo.GetProcessInfo, cdp.Empty{})
	if err != nil {
		return 0, fmt.Errorf("ask for chromium's processes: %w", err)
	}
	for _, p := range r.ProcessInfo {
		if p.Type != "renderer" {
			continue
		}
		text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.ID))
		if err != nil {
			continue // it has ended
		}
		for line := range strings.Lines(string(text)) {
			if value, ok := strings.CutPrefix(line, "VmRSS:"); ok {
				kib, err := strconv.Atoi(strings.TrimSuffix(strings.TrimSpace(value), " kB"))
				if err != nil {
					return 0, fmt.Errorf("VmRSS: %w", err)
				}
				most = max(most, kib<<10)
			}
		}
	}
	if most == 0 {
		return 0, errors.New("the page's process is not to be found")
	}
	return most, nil
}

// pen sends one event of a stylus that is down.
func (w *window) pen(typ input.DispatchMouseEventType, x, y float64) error {
	params := input.DispatchMouseEventParams{
		Type: typ, X: x, Y: y, Button: input.MouseButtonLeft, Buttons: 1, ClickCount: 1,
		PointerType: input.DispatchMouseEventPointerTypePen, Force: 0.5,
	}
	if typ == input.DispatchMouseEventTypeMouseReleased {
		params.Buttons = 0
	}
	_, err := chromedp.Call(w.ctx, input.DispatchMouseEvent, params)
	return err
}

// key presses a key that writes a letter, and lets it go.
func (w *window) key(letter string) error {
	for _, typ := range []input.DispatchKeyEventType{input.DispatchKeyEventTypeKeyDown, input.DispatchKeyEventTypeKeyUp} {
		params := input.DispatchKeyEventParams{Type: typ, Key: letter, Code: "Key" + strings.ToUpper(letter)}
		if _, err := chromedp.Call(w.ctx, input.DispatchKeyEvent, params); err != nil {
			return err
		}
	}
	return nil
}
