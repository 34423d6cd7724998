package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"regexp"
	"strings"

	"github.com/chromedp/chromedp"

	"edgeboard/scripts/pipe"
	"edgeboard/shared/board"
	"edgeboard/shared/client"
	"edgeboard/shared/geom"
)

// pageBench measures how soon a person sees a board and can draw on it, and what that takes on the wire.
type pageBench struct {
	relayFlags
	runs int
}

// pageScript notes when the page came to what.
const pageScript = `window.bench = {
	sight: new Promise((done) => new PerformanceObserver((list, observer) => {
		const paint = list.getEntriesByName('first-contentful-paint')[0];
		if (!paint) return;
		observer.disconnect();
		done(document.querySelector('#picture svg path, #picture svg rect') ? paint.startTime : -1);
	}).observe({ type: 'paint', buffered: true })),
	ready: new Promise((done) => {
		const look = () => document.documentElement?.dataset.state === 'ready' ? done(performance.now()) : setTimeout(look, 4);
		look();
	}),
	kept: async () => {
		for (;;) {
			const registration = await navigator.serviceWorker.getRegistration();
			if (registration?.active?.state === 'activated') return true;
			await new Promise((done) => setTimeout(done, 50));
		}
	},
};`

const (
	pageElements = 300
	// tenMegabit is a network of 10 Mbit/s, in bytes a second; 0 is one without a limit.
	tenMegabit = 10e6 / 8
)

func benchPage(ctx context.Context, args []string, out *report) error {
	b := &pageBench{}
	flags := newFlags("page", out)
	b.relayFlags.add(flags)
	flags.whole(&b.runs, "runs", 5, "how often the page is opened; the median counts", 1, endless)
	if err := flags.parse(args); err != nil {
		return err
	}
	return b.browse(ctx, "page", out, func(browser context.Context, address string) error {
		return b.measure(ctx, browser, address, out)
	})
}

// visit is what a visit has taken.
type visit struct{ sight, ready, again float64 } // milliseconds, milliseconds, bytes

func (b *pageBench) measure(ctx, browser context.Context, address string, out *report) error {
	if err := fillMixed(ctx, address, "mixed", pageElements); err != nil {
		return fmt.Errorf("filling the board: %w", err)
	}
	size, err := programSize(ctx, "http://"+address+"/b/mixed")
	if err != nil {
		return err
	}
	out.add("page", "wasm_br_bytes", "bytes", float64(size))
	for _, c := range []struct {
		name string
		rate float64
	}{{"page", 0}, {"10mbit", tenMegabit}} {
		var seen []visit
		for i := range b.runs {
			out.note("page %s: run %d of %d", c.name, i+1, b.runs)
			v, err := visitTwice(browser, address, c.rate)
			if err != nil {
				return fmt.Errorf("%s: %w", c.name, err)
			}
			seen = append(seen, v)
		}
		out.add(c.name, "first_sight_ms", "ms", median(seen, func(v visit) float64 { return v.sight }))
		out.add(c.name, "ready_ms", "ms", median(seen, func(v visit) float64 { return v.ready }))
		out.add(c.name, "second_visit_bytes", "bytes", median(seen, func(v visit) float64 { return v.again }))
	}
	return nil
}

// visitTwice opens the board as somebody who was never there, and once more.
func visitTwice(browser context.Context, address string, rate float64) (v visit, err error) {
	p, err := pipe.New(address, rate)
	if err != nil {
		return v, err
	}
	defer p.Close()
	w, err := openWindow(browser, "http://"+p.Address+"/b/mixed?transport=ws", pageScript)
	if err != nil {
		return v, err
	}
	defer w.close()
	if v.sight, err = ask[float64](w, "bench.sight"); err != nil {
		return v, err
	}
	if v.sight < 0 {
		return v, errors.New("what was seen first is not the board: the relay had no picture of it in time")
	}
	if v.ready, err = ask[float64](w, "bench.ready"); err != nil {
		return v, err
	}
	if _, err = ask[bool](w, "bench.kept()"); err != nil {
		return v, err
	}
	before := p.Bytes()
	if err = chromedp.Do(w.ctx, chromedp.Reload()); err != nil {
		return v, err
	}
	for live := false; !live && err == nil; {
		live, err = ask[bool](w, `window.edgeboard?.state().phase === "live" && !document.querySelector("#picture svg")`)
	}
	v.again = float64(p.Bytes() - before)
	return v, err
}

var programName = regexp.MustCompile(`/assets/edgeboard\.[0-9a-f]+\.wasm`)

// programSize returns how many bytes of brotli the page's program takes on the wire.
func programSize(ctx context.Context, page string) (int64, error) {
	get := func(method, url, coding string) (*http.Response, error) {
		q, err := http.NewRequestWithContext(ctx, method, url, nil)
		if err != nil {
			return nil, err
		}
		q.Header.Set("Accept-Encoding", coding)
		return http.DefaultTransport.RoundTrip(q)
	}
	answer, err := get("GET", page, "identity")
	if err != nil {
		return 0, err
	}
	text, err := io.ReadAll(answer.Body)
	if err = errors.Join(err, answer.Body.Close()); err != nil {
		return 0, err
	}
	base, _, _ := strings.Cut(page, "/b/")
	answer, err = get("HEAD", base+string(programName.Find(text)), "br")
	if err != nil {
		return 0, err
	}
	if answer.StatusCode != http.StatusOK || answer.Header.Get("Content-Encoding") != "br" {
		return 0, fmt.Errorf("the page's program is answered with status %d", answer.StatusCode)
	}
	return answer.ContentLength, answer.Body.Close()
}

// fillMixed puts n elements of each kind in turn on a board of the relay, in rows, as a tool does.
func fillMixed(ctx context.Context, address, name string, n int) error {
	random := rand.New(rand.NewPCG(5, 6))
	kinds := []board.Kind{board.KindStroke, board.KindRectangle, board.KindNote, board.KindText, board.KindEllipse, board.KindArrow}
	return fill(ctx, address, name, func(session *client.Session) error {
		e := session.Doc().Edit()
		for i := range n {
			at := geom.Pt(float64(i%20)*60, float64(i/20)*45)
			id := e.Create(kinds[i%len(kinds)])
			e.Set(id, board.KeyColor, board.Int([]int64{0x1e1e1e, 0xe03131, 0x2f9e44, 0x1971c2}[i%4]))
			switch kinds[i%len(kinds)] {
			case board.KindStroke:
				e.Append(id, fitted(handStrokeOf(random, strokePoints, 150, 400), at, geom.Pt(50, 30))...)
				continue
			case board.KindNote, board.KindText:
				e.Set(id, board.KeyFontSize, board.Float(8))
				e.Splice(id, board.Chars, 0, 0, "Stored first, then told")
			}
			for key, value := range map[board.Key]float64{board.KeyX: at.X, board.KeyY: at.Y, board.KeyWidth: 50, board.KeyHeight: 30} {
				e.Set(id, key, board.Float(value))
			}
		}
		session.Commit(e.Commit())
		return e.Err()
	})
}
