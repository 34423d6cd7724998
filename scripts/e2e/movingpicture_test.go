//go:build e2e

package e2e

import (
	"bytes"
	"fmt"
	"image"
	"image/draw"
	"math"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"edgeboard/scripts/apng"
	"edgeboard/shared/board"
	"edgeboard/shared/client"
	"edgeboard/shared/wire"
)

// tour is a moving picture of a board, as Cem sees it: what Ann and Ben do there. Its
// time is its own, a tick a picture, however long that takes here.
type tour struct {
	ann, ben *actor
	cem      *page
	r        *relay
	x, y     float64 // where on the board the corner of the window is
	few      bool    // nobody looks at it
	frames   []apng.Frame
}

const tick = 100 * time.Millisecond

// actor is somebody of the tour, who needs no window.
type actor struct {
	*scribe
	name string
	at   [2]float64
}

func (f *tour) actor(name string, color uint32) *actor {
	f.cem.t.Helper()
	return &actor{scribe: newScribeAs(f.cem.t, f.r, client.Config{
		Board: "tour", Name: name, Color: color, Secret: "the secret of " + name, Device: 1,
	}), name: name}
}

// point moves an actor's cursor to a place in the window.
func (f *tour) point(a *actor, x, y float64) {
	f.cem.t.Helper()
	a.at = [2]float64{x, y}
	p := f.place(x, y)
	a.link.Do(func(session *client.Session) { session.Point(p.X, p.Y, false) })
}

// place is what lies under a place in the window.
func (f *tour) place(x, y float64) board.Point {
	eighths := func(v float64) int32 { return int32(math.Round(v * board.PointsPerUnit)) }
	return board.Point{X: eighths(f.x + x), Y: eighths(f.y + y), Pressure: 128}
}

// film takes the next picture, when Cem sees all that there is to be seen.
func (f *tour) film(shown time.Duration) {
	t := f.cem.t
	t.Helper()
	n := float64(len(f.frames))
	value := fmt.Sprint(math.Round(390 + 9*n + 46*math.Sin(n/3) + 25*math.Sin(n*1.7)))
	publish(t, f.r, "tour", "visitors", value, "")
	f.cem.reads(value)
	for _, a := range []*actor{f.ann, f.ben} {
		a.stored()
		until(t, "Cem has what "+a.name+" has", func() bool { return a.hash() == f.cem.hash() })
		f.cem.waitFor("the cursor of "+a.name+" is there", fmt.Sprintf(`[...document.querySelectorAll("#cursors > *")].some((e) => {
			const at = new DOMMatrix(e.style.transform);
			return e.innerText === %q && Math.hypot(at.e - %g, at.f - %g) < 1;
		})`, a.name, a.at[0], a.at[1]))
	}
	// Nothing moves by itself here: what is drawn twice alike is there.
	f.settled()
	img := f.cem.screenshot("")
	rgba := image.NewRGBA(img.Bounds())
	draw.Draw(rgba, rgba.Rect, img, img.Bounds().Min, draw.Src)
	f.frames = append(f.frames, apng.Frame{Image: rgba, Shown: shown})
}

// settled waits until Cem's page has drawn what it knows of: it has painted nothing
// between two looks.
func (f *tour) settled() {
	f.cem.t.Helper()
	last := -1
	until(f.cem.t, "the page has drawn all", func() bool {
		n := f.cem.frames()
		same := n == last
		last = n
		return same
	})
}

// stroke is one that an actor draws while the film runs.
type stroke struct {
	by   *actor
	id   board.ID
	hand []handPoint
}

func (f *tour) begin(by *actor, color int64, hand []handPoint) (s stroke) {
	f.cem.t.Helper()
	by.write(func(edit *board.Edit) {
		s = stroke{by, edit.Create(board.KindStroke), hand}
		edit.Set(s.id, board.KeyColor, board.Int(color))
		edit.Set(s.id, board.KeyThickness, board.Float(4))
	})
	return s
}

// draw has all strokes drawn at once, a piece of each for each picture.
func (f *tour) draw(strokes ...stroke) {
	f.cem.t.Helper()
	pieces := 15
	if f.few {
		pieces = 2
	}
	for i := range pieces {
		for _, s := range strokes {
			piece := s.hand[i*len(s.hand)/pieces : (i+1)*len(s.hand)/pieces]
			var points []board.Point
			for _, h := range piece {
				p := f.place(h.x, h.y)
				p.Pressure = uint8(h.pressure * 255)
				points = append(points, p)
			}
			s.by.write(func(edit *board.Edit) { edit.Append(s.id, points...) })
			f.point(s.by, piece[len(piece)-1].x, piece[len(piece)-1].y)
		}
		f.film(tick)
	}
}

// walk moves an actor's cursor, slower at its end.
func (f *tour) walk(a *actor, pieces int, x, y float64) {
	f.cem.t.Helper()
	if f.few {
		pieces = 1
	}
	from := a.at
	for i := range pieces {
		way := math.Sin(math.Pi / 2 * float64(i+1) / float64(pieces))
		f.point(a, from[0]+(x-from[0])*way, from[1]+(y-from[1])*way)
		f.film(tick)
	}
}

// note is written letter by letter.
func (f *tour) note(a *actor, text string) {
	f.cem.t.Helper()
	var id board.ID
	a.write(func(edit *board.Edit) {
		id = edit.Create(board.KindNote)
		const size = 170
		edit.Set(id, board.KeyX, board.Float(f.x+a.at[0]-size/2))
		edit.Set(id, board.KeyY, board.Float(f.y+a.at[1]-size/2))
		edit.Set(id, board.KeyWidth, board.Float(size))
		edit.Set(id, board.KeyHeight, board.Float(size))
	})
	f.walk(a, 3, a.at[0]+60, a.at[1]+66) // out of the way
	letters, n := []rune(text), 2
	if f.few {
		n = len(letters)
	}
	at := 0
	for piece := range slices.Chunk(letters, n) {
		a.write(func(edit *board.Edit) { edit.Splice(id, board.Chars, at, 0, string(piece)) })
		at += len(piece)
		f.film(tick)
	}
}

func (f *tour) says(a *actor, text string) {
	f.cem.t.Helper()
	var err error
	a.link.Do(func(session *client.Session) {
		_, err = session.Say(time.Now(), wire.Person{}, text, wire.TextID{}, nil)
	})
	if err != nil {
		f.cem.t.Fatal(err)
	}
	until(f.cem.t, "Cem hears of it", func() bool { return strings.Contains(f.cem.chat(), a.name+": "+text) })
}

// setOut makes what is there already, with the tools that a person has.
func (f *tour) setOut() {
	p := f.cem
	p.t.Helper()
	const before = 60
	var points []string
	for i := range before { // the minute before
		v := 0.3 * float64(i)
		at := time.Now().Add(time.Duration(i-before) * time.Second)
		points = append(points, fmt.Sprintf(`{"value": %g, "time": %d}`, math.Round(360+30*math.Sin(v)+18*math.Sin(v*2.7)), at.UnixMilli()))
	}
	answer, err := http.Post(f.r.url("/api/v1/feeds/visitors?board=tour"), "application/json", strings.NewReader(`{"points": [`+strings.Join(points, ", ")+`]}`))
	if err != nil {
		p.t.Fatal(err)
	}
	answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		p.t.Fatal("the relay does not take what was before: ", answer.Status)
	}
	push := func(selector string) {
		eval[bool](p, fmt.Sprintf("(document.querySelector(%q).click(), true)", selector))
	}
	p.key("t")
	p.clickAt(0, [2]float64{110, 108}, 1)
	p.put("Launch week")
	p.key("Escape")
	for _, x := range []float64{240, 440} {
		p.key("a")
		p.sweep(0, [2]float64{x, 208}, [2]float64{x + 70, 208})
	}
	for i, part := range []struct{ name, color, fill string }{
		{"build", "#1971c2", "#b0d6ff"}, {"ship", "#9c36b5", "#e3c8fa"}, {"watch", "#2f9e44", "#b9efc3"},
	} {
		x := 110 + 200*float64(i)
		p.key("r")
		p.sweep(0, [2]float64{x, 170}, [2]float64{x + 130, 245})
		push(`[data-color="` + part.color + `"]`)
		push(`[data-fill="` + part.fill + `"]`)
		p.key("Enter")
		p.put(part.name)
		p.key("Escape")
		if i == 0 {
			first := p.list()[len(p.list())-1]
			f.x, f.y = first.X-x, first.Y-170
		}
	}
	placeTile(p, [2]float64{230, 420}, "visitors", "visitors")
	p.click(`#tile-charts [value="1"]`)
	p.fill("#tile-title", "Visitors")
	p.key("Escape")
	p.waitFor("the panel is closed", "!"+tileOpen)
	p.key("Escape")
	p.key("h") // a hand has no panel
	p.leave()
	p.stored()
}

// TestMovingPicture takes the moving picture of the README; scripts/screenshots.sh keeps it.
// Otherwise it is a short one, and shows that it could be taken.
func TestMovingPicture(t *testing.T) {
	dir := os.Getenv("EDGEBOARD_SHOTS")
	t.Setenv("EDGEBOARD_SHOTS", "") // its pictures are not kept one by one
	r := startRelay(t)
	f := &tour{cem: open(t, r.url("/b/tour"), window{width: 1125, height: 700, scale: 0.8}), r: r, few: dir == ""}
	rename(f.cem, "Cem")
	f.setOut()
	f.ann, f.ben = f.actor("Ann", 0xf08c00), f.actor("Ben", 0x1971c2)
	tile := f.ann.kind(board.KindTile)
	f.ann.write(func(edit *board.Edit) { edit.Set(tile, board.KeyWindow, board.Int(time.Minute.Milliseconds())) })
	f.point(f.ann, 300, 130)
	f.point(f.ben, 640, 330)
	f.film(5 * tick)

	// Two draw at once.
	var loop []float64
	for i := range 33 {
		a := -2.2 + float64(i)*2*math.Pi/30
		loop = append(loop, 375+98*math.Cos(a), 208+64*math.Sin(a))
	}
	f.draw(
		f.begin(f.ann, 0xf08c00, through(loop...)),
		f.begin(f.ben, 0x2f9e44, through(664, 204, 688, 240, 742, 150)),
	)

	// A note.
	f.walk(f.ann, 5, 530, 420)
	f.note(f.ann, "Ship on Friday?")

	// And a word about it.
	f.cem.openChat()
	f.film(4 * tick)
	f.says(f.ben, "Friday it is")
	f.walk(f.ben, 6, 690, 430)
	f.says(f.ann, "Then cake at six")
	for range 6 {
		f.film(tick)
	}
	f.film(20 * tick)

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
