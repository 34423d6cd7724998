//go:build e2e

package e2e

import (
	"bytes"
	"fmt"
	"image"
	"image/draw"
	"math"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/chromedp/cdproto/input"

	"edgeboard/scripts/apng"
)

// tour is a moving picture of a board, as Cem sees it: what Ann and Ben do there. Its
// time is its own, a tenth of a second a picture, however long that takes here.
type tour struct {
	ann, ben, cem *page
	r             *relay
	few           bool // nobody looks at it
	value         float64
	frames        []apng.Frame
}

const tick = 100 * time.Millisecond

// film takes the next picture when all have the same board, and holds it.
func (f *tour) film(shown time.Duration) {
	f.ann.t.Helper()
	same(f.ann, f.cem)
	same(f.ben, f.cem)
	f.cem.shown()
	img := f.cem.screenshot("")
	rgba := image.NewRGBA(img.Bounds())
	draw.Draw(rgba, rgba.Rect, img, img.Bounds().Min, draw.Src)
	f.frames = append(f.frames, apng.Frame{Image: rgba, Shown: shown})
}

// publish has the number on the tile go on.
func (f *tour) publish() {
	f.ann.t.Helper()
	n := float64(len(f.frames))
	f.value = math.Round(420 + 9*n + 46*math.Sin(n/3) + 25*math.Sin(n*1.7))
	publish(f.ann.t, f.r, "tour", "visitors", fmt.Sprint(f.value), "")
	f.cem.reads(fmt.Sprint(f.value))
}

// both draw at once, a piece of each way for each picture.
func (f *tour) both(pieces int, ann, ben []handPoint) {
	f.ann.t.Helper()
	if f.few {
		pieces = 2
	}
	f.ann.press(ann[0])
	f.ben.press(ben[0])
	for i := range pieces {
		f.ann.drag(ann[i*len(ann)/pieces : (i+1)*len(ann)/pieces])
		f.ben.drag(ben[i*len(ben)/pieces : (i+1)*len(ben)/pieces])
		f.publish()
		f.film(tick)
	}
	f.ann.release(ann[len(ann)-1])
	f.ben.release(ben[len(ben)-1])
}

// writes types a text, some letters for each picture.
func (f *tour) writes(p *page, text string) {
	p.t.Helper()
	letters, n := []rune(text), 2
	if f.few {
		n = len(letters)
	}
	for len(letters) > 0 {
		n = min(n, len(letters))
		p.put(string(letters[:n]))
		letters = letters[n:]
		f.publish()
		f.film(tick)
	}
}

// walk moves a pointer, which others see.
func (f *tour) walk(p *page, pieces int, from, to [2]float64) {
	p.t.Helper()
	if f.few {
		pieces = 1
	}
	for i := range pieces {
		at := math.Sin(math.Pi / 2 * float64(i+1) / float64(pieces)) // slower at its end
		p.mouse(input.DispatchMouseEventTypeMouseMoved, from[0]+(to[0]-from[0])*at, from[1]+(to[1]-from[1])*at, nil)
		f.publish()
		f.film(tick)
	}
}

// shown waits until the window has shown what the page knows of.
func (p *page) shown() {
	p.t.Helper()
	eval[bool](p, `(window.shown = false, requestAnimationFrame(() => requestAnimationFrame(() => window.shown = true)), true)`)
	p.waitFor("two frames were shown", "window.shown")
}

// TestTour takes the moving picture of the README; scripts/screenshots.sh keeps it.
// Otherwise it is a short one, and shows that it could be taken.
func TestTour(t *testing.T) {
	dir := os.Getenv("EDGEBOARD_SHOTS")
	t.Setenv("EDGEBOARD_SHOTS", "") // its pictures are not kept one by one
	r := startRelay(t)
	w := window{width: 900, height: 560, scale: 1}
	url := r.url("/b/tour")
	f := &tour{ann: open(t, url, w), ben: open(t, url, w), cem: open(t, url, w), r: r, few: dir == ""}
	for p, name := range map[*page]string{f.ann: "Ann", f.ben: "Ben", f.cem: "Cem"} {
		rename(p, name)
	}
	push := func(p *page, selector string) {
		eval[bool](p, fmt.Sprintf("(document.querySelector(%q).click(), true)", selector))
	}

	// What is there already.
	for range 24 {
		publish(t, r, "tour", "visitors", fmt.Sprint(math.Round(380+40*math.Sin(f.value)+30*math.Sin(f.value*2.7))), "")
		f.value += 0.45
	}
	ann, ben := f.ann, f.ben
	ann.key("t")
	ann.clickAt(0, [2]float64{96, 84}, 1)
	ann.put("Launch week")
	ann.key("Escape")
	for i, part := range []struct{ name, color, fill string }{
		{"build", "#1971c2", "#b0d6ff"}, {"ship", "#9c36b5", "#e3c8fa"}, {"watch", "#2f9e44", "#b9efc3"},
	} {
		x := 96 + 190*float64(i)
		ann.key("r")
		ann.sweep(0, [2]float64{x, 150}, [2]float64{x + 120, 220})
		push(ann, `[data-color="`+part.color+`"]`)
		push(ann, `[data-fill="`+part.fill+`"]`)
		ann.key("Enter")
		ann.put(part.name)
		ann.key("Escape")
	}
	placeTile(ann, [2]float64{206, 350}, "visitors", "visitors")
	push(ann, `#tile-charts [value="1"]`)
	ann.fill("#tile-title", "Visitors")
	ann.key("Escape")
	ann.waitFor("the panel is closed", "!"+tileOpen)
	ann.key("Escape")
	ann.stored()
	same(ann, f.cem)

	f.publish()
	f.film(6 * tick)

	// Two draw at once.
	ann.key("p")
	push(ann, `[data-color="#f08c00"]`)
	push(ann, `[data-width="4"]`)
	ben.key("p")
	push(ben, `[data-color="#e03131"]`)
	push(ben, `[data-width="4"]`)
	var loop []float64
	for i := range 33 {
		a := -2.2 + float64(i)*2*math.Pi/30
		loop = append(loop, 346+88*math.Cos(a), 185+56*math.Sin(a))
	}
	f.both(16, through(loop...), through(440, 330, 452, 318, 486, 366, 560, 282))

	// A note.
	ann.key("n")
	f.walk(ann, 4, [2]float64{loop[64], loop[65]}, [2]float64{470, 400})
	ann.clickAt(0, [2]float64{470, 400}, 1)
	ann.begun()
	f.writes(ann, "Ship on Friday?")
	ann.key("Escape")
	ann.key("Escape")

	// And a word about it.
	f.cem.openChat()
	f.publish()
	f.film(4 * tick)
	ben.openChat()
	ben.says("Friday it is")
	f.cem.wantChat("Cem sees it", "Ben: Friday it is")
	f.publish()
	f.film(6 * tick)
	ann.openChat()
	ann.says("Thursday 18:00, then cake 🎂")
	f.cem.wantChat("Cem sees the answer", "Ben: Friday it is", "Ann: Thursday 18:00, then cake 🎂")
	for range 8 {
		f.publish()
		f.film(tick)
	}
	f.film(18 * tick)

	var out bytes.Buffer
	if err := apng.Encode(&out, f.frames); err != nil {
		t.Fatal(err)
	}
	t.Logf("%d pictures, %d bytes", len(f.frames), out.Len())
	const most = 1_500_000
	if out.Len() > most {
		t.Errorf("the moving picture has %d bytes, want at most %d", out.Len(), most)
	}
	if dir != "" {
		if err := os.WriteFile(filepath.Join(dir, "tour.png"), out.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}
