//go:build e2e

package e2e

import (
	"image"
	"syscall"
	"testing"
	"time"

	"github.com/chromedp/cdproto/input"
)

// Two people, one board: what one draws the other sees, to the pixel, also
// after the relay was killed; by each transport.
func TestTwoBrowsers(t *testing.T) {
	// A page draws what came by any transport in the same way: one of them is
	// tried with strokes of every kind.
	for transport, strokes := range map[string]int{"wt": 6, "ws": 3, "sse": 3} {
		t.Run(transport, func(t *testing.T) { testTwoBrowsers(t, transport, handStrokes(strokes)) })
	}
}

func testTwoBrowsers(t *testing.T, transport string, strokes [][]handPoint) {
	r := startRelay(t)
	ann := open(t, r.url("/b/two?transport="+transport), desktop)
	board := eval[string](ann, "location.pathname + location.search")
	ben := open(t, r.url(board), desktop)
	ann.wantTransport(transport)
	ben.wantTransport(transport)

	for _, s := range strokes {
		ann.draw(s)
	}
	ann.stored()
	if n := ann.elements(); n != len(strokes) {
		t.Errorf("the page that drew has %d elements, want %d", n, len(strokes))
	}
	same(ann, ben)
	drawn := ann.hash()

	// The cursor of the other one would lie over the picture.
	ann.leave()
	ben.waitFor("the cursor has gone", `document.querySelectorAll("#cursors > *").length === 0`)
	ann.quiet()
	ben.quiet()
	picture := ann.screenshot("ann")
	samePicture(t, picture, ben.screenshot("ben"), strokes)

	r.kill()
	ann.waitFor("the loss is shown", `document.getElementById("status").dataset.state !== "live"`)
	r.start()
	ann.waitFor("the page is back by itself", `edgeboard.state().phase === "live"`)
	ann.wantTransport(transport)

	// Someone new has the drawing from the disk alone.
	cem := open(t, r.url(board), desktop)
	until(t, "the drawing has come from the disk", func() bool { return cem.hash() == drawn })
	cem.quiet()
	samePicture(t, picture, cem.screenshot("cem"), strokes)
	if ann.hash() != drawn || ben.hash() != drawn {
		t.Error("the restart changed the document in a page that was open")
	}
}

// samePicture checks that both pictures show ink along the strokes, and the
// same.
func samePicture(t *testing.T, a, b image.Image, strokes [][]handPoint) {
	t.Helper()
	if a.Bounds() != b.Bounds() {
		t.Fatalf("pictures of %v and %v", a.Bounds(), b.Bounds())
	}
	missing, different := 0, 0
	for _, s := range strokes {
		for _, h := range s {
			x, y := int(h.x), int(h.y)
			if brightness(a, x, y) > 0x60 {
				missing++
			}
			for dy := -3; dy <= 3; dy++ {
				for dx := -3; dx <= 3; dx++ {
					if d := brightness(a, x+dx, y+dy) - brightness(b, x+dx, y+dy); d > 2 || d < -2 {
						different++
					}
				}
			}
		}
	}
	if missing > 0 || different > 0 {
		t.Errorf("along the strokes %d places have no ink and %d pixels differ", missing, different)
	}
}

func brightness(img image.Image, x, y int) int {
	r, g, b, _ := img.At(x, y).RGBA()
	return int(r+g+b) / 3 >> 8
}

// What is drawn while the relay is away arrives when it is back, and the page
// says all along how things stand.
func TestOffline(t *testing.T) {
	r := startRelay(t)
	ann := open(t, r.url("/b/offline"), desktop)
	ben := open(t, r.url("/b/offline"), desktop)
	strokes := quickStrokes(4)
	ann.draw(strokes[0])
	ann.stored()
	same(ann, ben)

	r.kill()
	ann.waitFor("offline is shown", `document.getElementById("status").dataset.state !== "live"`)
	ann.draw(strokes[1])
	ben.draw(strokes[2])
	ann.waitFor("unsent changes are counted", `edgeboard.state().unsent > 0`)
	ann.waitFor("unsent changes are shown", `/^\d+ unsent, kept on this device$/.test(document.getElementById("pending").textContent)`)
	if ann.hash() == ben.hash() {
		t.Error("both pages have the same document without a relay")
	}

	r.start()
	ann.stored()
	ben.stored()
	same(ann, ben)
	if n := ann.elements(); n != 3 {
		t.Errorf("%d elements, want the one from before and one of each page", n)
	}
	ann.waitFor("saved is shown", `document.getElementById("pending").textContent === "saved"`)
}

// The others' cursors are shown with name and colour, follow, and go.
func TestCursors(t *testing.T) {
	r := startRelay(t)
	ann := open(t, r.url("/b/cursors"), large)
	ben := open(t, r.url("/b/cursors"), large)

	rename(ann, "Ann Lee")
	ben.waitFor("the new name is among the people", `[...document.querySelectorAll("#people > li")].some(e => e.title === "Ann Lee" && e.textContent === "AL")`)

	at := func(x, y string) string {
		return `(c => c && c.style.transform === "translate(` + x + `, ` + y + `)" && c.innerText === "Ann Lee")(document.querySelector("#cursors > *"))`
	}
	ann.mouse(input.DispatchMouseEventTypeMouseMoved, 300, 400, nil)
	ben.waitFor("the cursor is where it points, with its name", at("300px", "400px"))
	ann.mouse(input.DispatchMouseEventTypeMouseMoved, 500, 200, nil)
	ben.waitFor("the cursor follows", at("500px", "200px"))

	// It points at the board, not at the window.
	ben.mouse(input.DispatchMouseEventTypeMouseWheel, 500, 350, func(m *input.DispatchMouseEventParams) { m.DeltaX, m.DeltaY = 100, 50 })
	ben.waitFor("the cursor moves with the board", at("400px", "150px"))

	ann.leave()
	ben.waitFor("a pointer that has left shows no cursor", `document.querySelectorAll("#cursors > *").length === 0`)

	ann.mouse(input.DispatchMouseEventTypeMouseMoved, 500, 200, nil)
	ben.waitFor("the cursor is back", `document.querySelectorAll("#cursors > *").length === 1`)
	eval[bool](ann, `(location.href = "about:blank", true)`)
	ben.waitFor("who has gone has no cursor", `document.querySelectorAll("#cursors > *").length === 0 && edgeboard.state().people === 0`)
}

// The board takes the pen as soon as it is there, while the overlay still fades.
func TestFirstStroke(t *testing.T) {
	r := startRelay(t)
	for range 3 {
		p := open(t, r.url("/"), desktop)
		p.draw(quickStrokes(1)[0])
		p.stored()
		if n := p.elements(); n != 1 {
			t.Errorf("%d elements after the first stroke", n)
		}
		p.close()
	}
}

// Pan by wheel, by space-drag and by the hand; zoom by ctrl-wheel and buttons.
func TestPanAndZoom(t *testing.T) {
	r := startRelay(t)
	p := open(t, r.url("/b/camera"), desktop)
	state := func(what, expression string) {
		t.Helper()
		p.waitFor(what, "(s => "+expression+")(edgeboard.state())")
	}
	drag := func(fromX, fromY, toX, toY float64) {
		t.Helper()
		p.mouse(input.DispatchMouseEventTypeMousePressed, fromX, fromY, pressed)
		p.mouse(input.DispatchMouseEventTypeMouseMoved, toX, toY, pressed)
		p.mouse(input.DispatchMouseEventTypeMouseReleased, toX, toY, func(m *input.DispatchMouseEventParams) { pressed(m); m.Buttons = 0 })
	}
	p.mouse(input.DispatchMouseEventTypeMouseWheel, 400, 300, func(m *input.DispatchMouseEventParams) { m.DeltaX, m.DeltaY = 30, 40 })
	state("the wheel moves the board", "s.x === 30 && s.y === 40")

	call(p, input.DispatchKeyEvent, input.DispatchKeyEventParams{Type: input.DispatchKeyEventTypeKeyDown, Key: " ", Code: "Space"})
	drag(400, 300, 430, 340)
	call(p, input.DispatchKeyEvent, input.DispatchKeyEventParams{Type: input.DispatchKeyEventTypeKeyUp, Key: " ", Code: "Space"})
	state("dragging with space moves it back", "s.x === 0 && s.y === 0")
	if n := p.elements(); n != 0 {
		t.Errorf("space-drag drew %d strokes", n)
	}

	eval[bool](p, `(document.querySelector("[data-tool=hand]").click(), true)`)
	drag(400, 300, 390, 280)
	state("the hand moves the board", "s.x === 10 && s.y === 20")
	eval[bool](p, `(document.querySelector("[data-tool=pen]").click(), true)`)

	p.mouse(input.DispatchMouseEventTypeMouseWheel, 400, 300, func(m *input.DispatchMouseEventParams) { m.DeltaX, m.DeltaY, m.Modifiers = 1e-6, -50, 2 }) // the protocol wants both
	state("ctrl-wheel zooms in about the pointer", "s.zoom > 1.2 && Math.abs(s.x + 400 / s.zoom - 410) < 0.01 && Math.abs(s.y + 300 / s.zoom - 320) < 0.01")
	eval[bool](p, `(document.querySelector("[data-zoom=reset]").click(), true)`)
	state("the button takes it back", "s.zoom === 1")
	p.waitFor("the zoom is shown", `document.querySelector("[data-zoom=reset]").textContent === "100 %"`)

	// At another zoom and place, ink lies under the pointer.
	eval[bool](p, `(document.querySelector("[data-zoom=in]").click(), true)`)
	strokes := handStrokes(2) // the ink of fewer samples would cut the corners
	for _, s := range strokes {
		p.draw(s)
	}
	p.stored()
	p.leave()
	p.quiet()
	shot := p.screenshot("zoomed")
	samePicture(t, shot, shot, strokes)
}

// Two fingers pan and zoom, and what the first one had begun to draw is gone.
func TestFingers(t *testing.T) {
	r := startRelay(t)
	phone := window{width: 360, height: 740, scale: 2, touch: true}
	p := open(t, r.url("/b/fingers"), phone)
	touch := func(typ input.DispatchTouchEventType, points ...input.TouchPoint) {
		t.Helper()
		list := []*input.TouchPoint{}
		for i := range points {
			list = append(list, &points[i])
		}
		call(p, input.DispatchTouchEvent, input.DispatchTouchEventParams{Type: typ, TouchPoints: list})
	}
	a := func(x, y float64) input.TouchPoint {
		return input.TouchPoint{X: x, Y: y, ID: new(1.0), Force: new(0.5)}
	}
	b := func(x, y float64) input.TouchPoint {
		return input.TouchPoint{X: x, Y: y, ID: new(2.0), Force: new(0.5)}
	}

	touch(input.DispatchTouchEventTypeTouchStart, a(100, 300))
	touch(input.DispatchTouchEventTypeTouchMove, a(103, 302))
	touch(input.DispatchTouchEventTypeTouchStart, a(103, 302), b(203, 302))
	touch(input.DispatchTouchEventTypeTouchMove, a(53, 302), b(253, 302))
	p.waitFor("the board is twice as large", `Math.abs(edgeboard.state().zoom - 2) < 0.05`)
	touch(input.DispatchTouchEventTypeTouchEnd)
	if n := p.elements(); n != 0 {
		t.Errorf("a pinch left %d strokes", n)
	}

	touch(input.DispatchTouchEventTypeTouchStart, a(100, 300))
	for x := 100.0; x < 260; x += 8 {
		touch(input.DispatchTouchEventTypeTouchMove, a(x, 300+x/10))
	}
	touch(input.DispatchTouchEventTypeTouchEnd)
	p.waitFor("one finger draws", `edgeboard.elements() === 1`)
	p.stored()
}

// A page on which nothing happens draws nothing (R10).
func TestIdleDrawsNothing(t *testing.T) {
	r := startRelay(t)
	p := open(t, r.url("/b/idle"), desktop)
	p.draw(quickStrokes(1)[0])
	p.stored()
	p.quiet()
	before := p.frames()
	if before == 0 {
		t.Fatal("no frame was ever drawn: the count does not count")
	}
	time.Sleep(3 * time.Second) // the span of the promise, not a wait for something
	if after := p.frames(); after != before {
		t.Errorf("%d frames were drawn in 3 s in which nothing changed", after-before)
	}
}

// A relay is restarted while two people draw, as an update of its program is
// rolled out: both pages come back by themselves, and nothing is lost or doubled.
func TestRelayIsRestarted(t *testing.T) {
	r := startRelay(t)
	ann := open(t, r.url("/b/restart"), desktop)
	ben := open(t, r.url("/b/restart"), desktop)
	strokes := quickStrokes(5)
	ann.draw(strokes[0])
	ben.draw(strokes[1])
	ann.stored()
	ben.stored()
	same(ann, ben)

	// Ann's pen is down all the time. Ben begins a stroke while the relay stops.
	half := len(strokes[2]) / 2
	ann.press(strokes[2][0])
	ann.drag(strokes[2][1:half])
	r.signal(syscall.SIGTERM)
	ben.draw(strokes[3])
	if code := r.wait(); code != 0 {
		t.Errorf("the relay ended with code %d:\n%s", code, r.log)
	}
	for _, p := range []*page{ann, ben} {
		p.waitFor("offline is shown", `document.getElementById("status").dataset.state !== "live"`)
	}
	ann.drag(strokes[2][half:])
	ann.release(strokes[2][len(strokes[2])-1])
	ben.draw(strokes[4])
	ben.waitFor("what is drawn without a relay waits", `edgeboard.state().unsent > 0`)

	r.start()
	ann.stored()
	ben.stored()
	same(ann, ben)
	cem := open(t, r.url("/b/restart"), desktop)
	same(ann, cem)
	for _, p := range []*page{ann, ben, cem} {
		if n := p.elements(); n != len(strokes) {
			t.Errorf("%d elements, %d strokes were drawn", n, len(strokes))
		}
	}
}

// Each person undoes their own.
func TestUndo(t *testing.T) {
	r := startRelay(t)
	ann := open(t, r.url("/b/undo"), desktop)
	ben := open(t, r.url("/b/undo"), desktop)
	strokes := quickStrokes(3)
	ann.draw(strokes[0])
	ann.stored()
	ben.draw(strokes[1])
	ben.stored()
	same(ann, ben)

	ann.key("z", ctrl)
	ann.waitFor("one stroke is gone", "edgeboard.elements() === 1")
	ann.stored()
	same(ann, ben)
	ann.key("z", ctrl)
	if n := ann.elements(); n != 1 {
		t.Errorf("%d elements: undo took what another drew", n)
	}
	ann.key("Z", ctrl, shift)
	ann.waitFor("the stroke is back", "edgeboard.elements() === 2")
	ann.stored()
	same(ann, ben)
}
