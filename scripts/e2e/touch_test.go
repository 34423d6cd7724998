//go:build e2e

package e2e

import (
	"context"
	"fmt"
	"image"
	"math"
	"sync"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/input"
	cdppage "github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"

	"edgeboard/shared/board"
)

// finger is one that is on the screen.
func finger(id, x, y float64) input.TouchPoint {
	return input.TouchPoint{X: x, Y: y, ID: &id, Force: new(0.5)}
}

// touch sends what fingers do: all that are on the screen.
func (p *page) touch(typ input.DispatchTouchEventType, fingers ...input.TouchPoint) {
	p.t.Helper()
	list := []*input.TouchPoint{}
	for i := range fingers {
		list = append(list, &fingers[i])
	}
	call(p, input.DispatchTouchEvent, input.DispatchTouchEventParams{Type: typ, TouchPoints: list})
}

// swipe drags one finger along places.
func (p *page) swipe(way ...[2]float64) {
	p.t.Helper()
	p.touch(input.DispatchTouchEventTypeTouchStart, finger(1, way[0][0], way[0][1]))
	for _, at := range way[1:] {
		p.touch(input.DispatchTouchEventTypeTouchMove, finger(1, at[0], at[1]))
	}
	p.touch(input.DispatchTouchEventTypeTouchEnd)
}

// tap taps on a place.
func (p *page) tap(x, y float64) {
	p.t.Helper()
	p.swipe([2]float64{x, y})
}

// tapOn taps on a control: again if the machine was so busy that the finger rested,
// of which comes no click.
func (p *page) tapOn(selector string) {
	p.t.Helper()
	at := eval[[]float64](p, fmt.Sprintf(`(e => {
		e.scrollIntoView({block: "nearest"});
		const r = e.getBoundingClientRect();
		window.clicked = false;
		addEventListener("click", () => window.clicked = true, {capture: true, once: true});
		return [r.x + r.width / 2, r.y + r.height / 2];
	})(document.querySelector(%q))`, selector))
	until(p.t, selector+" is tapped on", func() bool {
		p.tap(at[0], at[1])
		return eval[bool](p, "window.clicked")
	})
}

// missed finds controls that a finger of 44 pixels would miss, wherever style.css
// lets it hit them: what lies over one, or too near to it, takes its place.
const missed = `(() => {
	const bad = [];
	const controls = ":is(button, input, select, a[href], [role^=menuitem]):not(:disabled)";
	for (const e of document.querySelectorAll(controls)) {
		if (!e.checkVisibility({visibilityProperty: true}) || e.type === "range") continue;
		const menu = document.querySelector("[role=menu]:popover-open, dialog:open");
		if (menu && !menu.contains(e)) continue;
		e.scrollIntoView({block: "nearest", inline: "nearest"});
		const r = e.getBoundingClientRect(), x = r.x + r.width / 2, y = r.y + r.height / 2;
		const name = e.id || e.dataset.tool || e.dataset.command || e.title || e.textContent.trim();
		for (const [dx, dy] of [[0, 0], [-21, 0], [21, 0], [0, -21], [0, 21]]) {
			const at = document.elementFromPoint(x + dx, y + dy);
			if (!at || !e.contains(at) && !at.closest("label")?.contains(e)) {
				bad.push(name + " is missed by " + dx + ", " + dy + ": there is " + (at ? at.id || at.className || at.tagName : "the border"));
				break;
			}
		}
	}
	return bad.join("; ");
})()`

// camera returns where the board's top left corner is, and the zoom.
func (p *page) camera() (x, y, zoom float64) {
	p.t.Helper()
	s := eval[[]float64](p, `(s => [s.x, s.y, s.zoom])(edgeboard.state())`)
	return s[0], s[1], s[2]
}

// On a phone, by fingers alone.
func TestTouch(t *testing.T) {
	r := startRelay(t)
	p := open(t, r.url("/b/touch"), window{width: 360, height: 640, scale: 1, touch: true})
	hits := func(what string) {
		t.Helper()
		if bad := eval[string](p, missed); bad != "" {
			t.Errorf("%s: %s", what, bad)
		}
		if bad := eval[string](p, overlaps); bad != "" && !eval[bool](p, seen("#menu")+"||"+seen("#style")) { // they lie over what is below
			t.Errorf("%s: %s", what, bad)
		}
	}
	hits("at first")

	p.swipe([2]float64{60, 200}, [2]float64{90, 210}, [2]float64{120, 230}, [2]float64{150, 220})
	stroke := p.only()
	if stroke.Kind != "stroke" || stroke.Points < 4 {
		t.Errorf("one finger made a %s of %d points", stroke.Kind, stroke.Points)
	}

	// Two fingers pan and zoom, about the place between them.
	p.touch(input.DispatchTouchEventTypeTouchStart, finger(1, 130, 300))
	p.touch(input.DispatchTouchEventTypeTouchStart, finger(1, 130, 300), finger(2, 230, 300))
	p.touch(input.DispatchTouchEventTypeTouchMove, finger(1, 80, 310), finger(2, 280, 310))
	p.waitFor("the board is twice as large", `Math.abs(edgeboard.state().zoom - 2) < 0.01`)
	if x, y, _ := p.camera(); math.Abs(x-90) > 1 || math.Abs(y-145) > 1 {
		t.Errorf("after the pinch the corner is at %v, %v, want 90, 145", x, y)
	}
	p.touch(input.DispatchTouchEventTypeTouchMove, finger(1, 130, 300), finger(2, 230, 300))
	p.touch(input.DispatchTouchEventTypeTouchEnd)
	p.waitFor("and back", `Math.abs(edgeboard.state().zoom - 1) < 0.01`)
	if n := p.elements(); n != 1 {
		t.Errorf("%d elements after a pinch, want one", n)
	}

	// A finger pans if the person says so.
	fingersDraw := func() {
		t.Helper()
		p.tapOn("#menu-button")
		p.waitFor("the menu is open", seen("#menu"))
		hits("the menu")
		p.tapOn("#menu [data-command=finger-draws]")
		p.waitFor("the menu is closed", "!"+seen("#menu"))
	}
	fingersDraw()
	x, y, _ := p.camera()
	p.swipe([2]float64{60, 400}, [2]float64{80, 400}, [2]float64{110, 420})
	if toX, toY, _ := p.camera(); math.Abs(x-toX-50) > 0.01 || math.Abs(y-toY-20) > 0.01 || p.elements() != 1 {
		t.Errorf("a finger that pans took the corner from %v, %v to %v, %v; %d elements", x, y, toX, toY, p.elements())
	}
	p.swipe([2]float64{110, 420}, [2]float64{80, 400}, [2]float64{60, 400})
	fingersDraw()

	// What a finger makes it moves, and takes by the handles.
	p.tapOn(".fold:has([data-tool=rectangle]) .unfold")
	p.waitFor("the shapes are shown", seen("[data-tool=rectangle]"))
	hits("the shapes")
	p.tapOn("[data-tool=rectangle]")
	p.swipe([2]float64{100, 300}, [2]float64{150, 350}, [2]float64{220, 400})
	sheet := func() element { t.Helper(); list := p.list(); return list[len(list)-1] }
	if e := sheet(); e.Kind != "rectangle" || !near(e.W, 120) || !near(e.H, 100) {
		t.Fatalf("a finger made a %s of %v by %v, want a rectangle of 120 by 100", e.Kind, e.W, e.H)
	}
	at := sheet()
	p.swipe([2]float64{232, 412}, [2]float64{250, 430}, [2]float64{262, 442}) // beside the corner, as fingers are
	if e := sheet(); !near(e.W, at.W+30) || !near(e.H, at.H+30) || !near(e.X, at.X) {
		t.Errorf("a finger at the corner made it %v by %v at %v, %v", e.W, e.H, e.X, e.Y)
	}
	at = sheet()
	p.swipe([2]float64{175, 365}, [2]float64{190, 375}, [2]float64{205, 385})
	if e := sheet(); !near(e.X, at.X+30) || !near(e.Y, at.Y+20) {
		t.Errorf("a finger moved it by %v, %v, want 30, 20", e.X-at.X, e.Y-at.Y)
	}
	at = sheet()
	middle := [2]float64{at.X + at.W/2 - screenX(p), at.Y + at.H/2 - screenY(p)}
	top := middle[1] - at.H/2
	p.swipe([2]float64{middle[0] + 8, top - 34}, [2]float64{middle[0] + 50, middle[1] - 60}, [2]float64{middle[0] + 80, middle[1] + 8})
	if e := sheet(); math.Abs(e.Angle-math.Pi/2) > 0.3 {
		t.Errorf("a finger above it turned it by %v", e.Angle)
	}
	p.key("z", ctrl)

	// Taps select one thing or nothing.
	p.tap(30, 500)
	p.waitFor("a tap beside all selects nothing", `edgeboard.state().selected.length === 0`)
	p.tap(at.X-screenX(p), middle[1])
	p.waitFor("a tap on its edge selects it", `edgeboard.state().selected.length === 1`)
	p.tap(120, 230)
	p.waitFor("a tap selects the stroke", fmt.Sprintf(`edgeboard.state().selected.join() === %q`, stroke.ID))
	p.tapOn("#style-button")
	p.waitFor("the style is shown", seen("#style"))
	hits("the style")
	p.tapOn("#style-button")
	p.waitFor("the style is put away", "!"+seen("#style"))

	// A finger that rests asks for the menu of what it rests on.
	p.tap(30, 500)
	p.touch(input.DispatchTouchEventTypeTouchStart, finger(1, 121, 231))
	p.waitFor("the menu is open", seen("#menu[role=menu]"))
	p.touch(input.DispatchTouchEventTypeTouchEnd)
	if !eval[bool](p, seen("#menu")) {
		t.Error("the menu closes with the finger that opened it")
	}
	if bad := eval[string](p, `[...document.querySelectorAll("#menu [role^=menuitem]")].filter(e => e.checkVisibility() && e.getBoundingClientRect().height < 44).map(e => e.dataset.command).join()`); bad != "" {
		t.Errorf("lines of the menu are too low for a finger: %s", bad)
	}
	hits("the menu of a stroke")
	p.tapOn("#menu [data-command=delete]")
	p.waitFor("the stroke is deleted", fmt.Sprintf(`edgeboard.figures().every(f => f.id !== %q) && edgeboard.elements() === 1`, stroke.ID))
	p.stored()

	// On the smallest of phones too.
	p.do(chromedp.EmulateViewport(320, 568, chromedp.EmulateScale(1), chromedp.EmulateTouch, chromedp.EmulateMobile))
	p.waitFor("the window is small", `innerWidth === 320`)
	hits("320 by 568")
	p.tapOn("#menu-button")
	p.waitFor("the menu is open", seen("#menu"))
	hits("the menu, 320 by 568")
	p.key("Escape")
	p.tapOn(".fold:has([data-tool=rectangle]) .unfold")
	p.waitFor("the shapes are shown", seen("[data-tool=rectangle]"))
	hits("the shapes, 320 by 568")
	p.wantNoPanic()
}

func screenX(p *page) float64 { x, _, _ := p.camera(); return x }
func screenY(p *page) float64 { _, y, _ := p.camera(); return y }

// A stylus presses harder and softer, and keeps the hand that holds it off the
// board.
func TestPen(t *testing.T) {
	r := startRelay(t)
	p := open(t, r.url("/b/stylus"), window{width: 1000, height: 440, scale: 1, touch: true})
	line := func(y, pressure float64) {
		t.Helper()
		var way []handPoint
		for x := 200.0; x <= 320; x += 20 {
			way = append(way, handPoint{x, y, pressure})
		}
		p.draw(way)
	}
	line(150, 0.1)
	line(190, 1)
	p.stored()
	p.leave()
	p.quiet()
	img := p.screenshot("pen")
	soft, hard := inkAt(img, 260, 150), inkAt(img, 260, 190)
	if soft < 0.5 || hard < 1.8*soft {
		t.Errorf("ink is %.2f pixels high where the pen was pressed softly, and %.2f where hard", soft, hard)
	}

	// The palm lies on the screen while the pen writes: it does nothing.
	n := p.elements()
	x, y, zoom := p.camera()
	p.press(handPoint{200, 240, 0.5})
	p.drag([]handPoint{{220, 240, 0.5}})
	p.touch(input.DispatchTouchEventTypeTouchStart, finger(1, 600, 300))
	p.touch(input.DispatchTouchEventTypeTouchMove, finger(1, 620, 320))
	p.touch(input.DispatchTouchEventTypeTouchStart, finger(1, 620, 320), finger(2, 700, 320))
	p.touch(input.DispatchTouchEventTypeTouchMove, finger(1, 600, 320), finger(2, 740, 320))
	p.drag([]handPoint{{240, 240, 0.6}})
	p.touch(input.DispatchTouchEventTypeTouchEnd)
	p.drag([]handPoint{{260, 240, 0.7}})
	p.release(handPoint{260, 240, 0})
	list := p.list()
	if last := list[len(list)-1]; len(list) != n+1 || last.Points < 4 || !near(last.W, 60) {
		t.Errorf("with a palm on the screen %d strokes were made, the last one of %d points, %v wide", len(list)-n, last.Points, last.W)
	}
	if x1, y1, zoom1 := p.camera(); x1 != x || y1 != y || zoom1 != zoom {
		t.Error("the palm has moved the board")
	}

	// Who has a stylus pans with a finger, once the palm is away.
	n = p.elements()
	until(t, "a finger pans", func() bool {
		p.swipe([2]float64{600, 300}, [2]float64{620, 300}, [2]float64{640, 310})
		x1, y1, _ := p.camera()
		return math.Abs(x-x1-40) < 0.01 && math.Abs(y-y1-10) < 0.01
	})
	if p.elements() != n {
		t.Error("a finger draws beside a stylus")
	}
	p.wantNoPanic()
}

// inkAt returns how many pixels of ink lie in a column near a place.
func inkAt(img image.Image, x, y int) (pixels float64) {
	paper := brightness(img, x, y-15)
	for dy := -14; dy <= 14; dy++ {
		pixels += max(0, float64(paper-brightness(img, x, y+dy))/float64(paper))
	}
	return pixels
}

// Every sample of a stylus is kept, also of those that the browser gathers for one
// frame.
func TestSamples(t *testing.T) {
	r := startRelay(t)
	p := open(t, r.url("/b/samples"), desktop)
	eval[bool](p, `(window.heard = new Set(), window.moves = 0, document.getElementById("surface").addEventListener("pointermove", e => {
		if (!e.buttons) return;
		moves++;
		for (const c of e.getCoalescedEvents()) heard.add(c.clientX + " " + c.clientY);
	}, true), true)`)
	const samples = 200
	p.press(handPoint{100, 200, 0.5})
	var sent sync.WaitGroup
	errs := make(chan error, samples)
	p.do(chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		for i := range samples {
			params := input.DispatchMouseEventParams{Type: input.DispatchMouseEventTypeMouseMoved, X: 102 + 3*float64(i), Y: 200 + float64(i%7)*5}
			stylus(0.3 + 0.4*float64(i)/samples)(&params)
			sent.Go(func() {
				_, err := cdp.Call(ctx, target, input.DispatchMouseEvent, params)
				errs <- err
			})
		}
		sent.Wait()
		return nil
	}))
	for range samples {
		if err := <-errs; err != nil {
			t.Fatal(err)
		}
	}
	p.release(handPoint{102 + 3*(samples-1), 200 + float64((samples-1)%7)*5, 0})
	heard := eval[[]int](p, `[heard.size, moves]`)
	t.Logf("%d samples came in %d events", heard[0], heard[1])
	if heard[0] != samples {
		t.Errorf("the browser told of %d samples, %d were sent", heard[0], samples)
	}
	// The one of the press, and that of the release if it lay elsewhere than the last.
	if e := p.only(); e.Points < samples+1 || e.Points > samples+2 {
		t.Errorf("%d points, %d samples and the press", e.Points, samples)
	}
	p.stored()
}

// memory tells window.memory what the program has.
const memory = `(() => {
	const made = WebAssembly.instantiateStreaming;
	WebAssembly.instantiateStreaming = async (...args) => {
		const result = await made.apply(WebAssembly, args);
		window.memory = result.instance.exports.mem;
		return result;
	};
})()`

// As many points as a board may hold, near enough, on one screen: the page paints
// them, and lives.
func TestDenseBoard(t *testing.T) {
	const strokes, points, most = 100, 9500, 400 << 20
	r := startRelay(t)
	s := newScribe(t, r, "dense")
	for k := range strokes {
		s.write(func(edit *board.Edit) {
			id := edit.Create(board.KindStroke)
			edit.Set(id, board.KeyColor, board.Int(0x1971c2))
			edit.Set(id, board.KeyThickness, board.Float(2))
			list := make([]board.Point, points)
			for i := range list {
				// A wheel that rolls to and fro over the whole screen.
				along, turn := float64(i)/points, float64(i)/7
				x := 500 + 440*math.Sin(along*12+float64(k)) + 30*math.Cos(turn)
				y := 240 + 150*math.Sin(along*31+float64(k*k)) + 30*math.Sin(turn)
				list[i] = board.Point{X: int32(x * board.PointsPerUnit), Y: int32(y * board.PointsPerUnit), Pressure: uint8(100 + 60*math.Sin(turn/3))}
			}
			edit.Append(id, list...)
		})
	}
	s.stored()
	hash := s.hash()

	p := openUnready(t, "about:blank", desktop)
	call(p, cdppage.AddScriptToEvaluateOnNewDocument, cdppage.AddScriptToEvaluateOnNewDocumentParams{Source: memory})
	p.do(chromedp.Navigate(r.url("/b/dense")))
	p.waitLive()
	until(t, "the board is whole", func() bool { return p.hash() == hash })
	painted := func(name string) {
		t.Helper()
		p.waitFor(name+": all is painted", `edgeboard.state().complete`)
		img := p.screenshot("dense-" + name)
		ink, all := 0, 0
		for y := 150; y < 350; y += 4 {
			for x := 300; x < 700; x += 4 {
				all++
				if brightness(img, x, y) < 200 {
					ink++
				}
			}
		}
		if ink < all/3 {
			t.Errorf("%s: of %d places only %d have ink", name, all, ink)
		}
	}
	painted("at 100 %")
	wheel := func(dx, dy float64, held int64) {
		t.Helper()
		p.mouse(input.DispatchMouseEventTypeMouseWheel, 500, 240, func(m *input.DispatchMouseEventParams) { m.DeltaX, m.DeltaY, m.Modifiers = dx, dy, held })
	}
	wheel(60, 40, 0)
	wheel(60, -40, 0)
	painted("panned")
	wheel(1e-6, 100, ctrl) // the protocol wants both
	wheel(1e-6, 100, ctrl)
	painted("zoomed out")
	wheel(1e-6, -300, ctrl)
	painted("zoomed in")
	if held := eval[int](p, `memory.buffer.byteLength`); held > most {
		t.Errorf("the program has %d MB of memory, want %d at the most", held>>20, most>>20)
	} else {
		t.Logf("the program has %d MB of memory", held>>20)
	}
	if p.hash() != hash {
		t.Error("looking has changed the board")
	}
	p.wantNoPanic()
}
