//go:build e2e

package e2e

import (
	"fmt"
	"image"
	"math"
	"net/http"
	"strings"
	"testing"

	"edgeboard/shared/board"
)

// holdProgram stands before a relay and keeps the program back until let is called.
func holdProgram(t *testing.T, r *relay) (at string, let func()) {
	t.Helper()
	free := make(chan struct{})
	proxy := passOn(t, r)
	return serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, ".wasm") {
			select {
			case <-free:
			case <-r.Context().Done():
				return
			}
		}
		proxy.ServeHTTP(w, r)
	})), func() { close(free) }
}

// someOfAll is some of everything, between 200, 100 and 800, 400.
func someOfAll(edit *board.Edit) {
	style := func(id board.ID, color, fill int64, thickness float64) {
		edit.Set(id, board.KeyColor, board.Int(color))
		edit.Set(id, board.KeyThickness, board.Float(thickness))
		if fill >= 0 {
			edit.Set(id, board.KeyFill, board.Int(fill))
		}
	}
	for i, kind := range []board.Kind{board.KindRectangle, board.KindEllipse, board.KindDiamond} {
		style(place(edit, kind, 200+150*float64(i), 100, 120, 80), []int64{0x1971c2, 0x9c36b5, 0x2f9e44}[i], []int64{0xb0d6ff, 0xe3c8fa, -1}[i], 4)
	}
	style(place(edit, board.KindLine, 210, 210, 400, 12), 0x1e1e1e, -1, 2)
	note := place(edit, board.KindNote, 600, 220, 180, 180)
	edit.Splice(note, board.UTF16, 0, 0, "Stored first, then told. 写完即存")
	text := place(edit, board.KindText, 200, 240, 0, 0)
	edit.Set(text, board.KeyFontSize, board.Float(32))
	edit.Splice(text, board.UTF16, 0, 0, "All on one board")
	wave := edit.Create(board.KindStroke)
	style(wave, 0xe03131, -1, 6)
	for i := range 60 {
		x := 200 + 6*float64(i)
		edit.Append(wave, board.Point{X: int32(x * board.PointsPerUnit), Y: int32((340 + 40*math.Sin(x/30)) * board.PointsPerUnit)})
	}
}

// differing is the share of the pixels in a part of two pictures that differ by more
// than letters and edges do that were drawn by another hand.
func differing(a, b image.Image, part image.Rectangle) float64 {
	different := 0
	for y := part.Min.Y; y < part.Max.Y; y++ {
		for x := part.Min.X; x < part.Max.X; x++ {
			if d := brightness(a, x, y) - brightness(b, x, y); d > 96 || d < -96 {
				different++
			}
		}
	}
	return float64(different) / float64(part.Dx()*part.Dy())
}

// A board is seen before the program has arrived, and it looks the same when the
// program has taken over: on the first visit, where a person has looked last, in the
// dark.
func TestFirstSight(t *testing.T) {
	r := startRelay(t)
	s := newScribe(t, r, "sight")
	s.write(someOfAll)
	s.stored()
	for _, dark := range []bool{false, true} {
		at, let := holdProgram(t, r)
		w := desktop
		w.dark = dark
		p := openUnready(t, at+"/b/sight", w)
		p.waitFor("the picture is there", `document.querySelector("#picture svg path") && document.fonts.status === "loaded"`)
		before := p.screenshot(fmt.Sprintf("sight-before-%v", dark))
		if eval[bool](p, "!!window.edgeboard") {
			t.Fatal("the program is there already")
		}
		let()
		p.waitLive()
		p.waitFor("the picture has gone", `!document.querySelector("#picture svg")`)
		p.quiet()
		after := p.screenshot(fmt.Sprintf("sight-after-%v", dark))
		part := image.Rect(190, 90, 820, 340)
		if share := differing(before, after, part); share > 0.01 {
			t.Errorf("in the dark (%v) %.2f %% of the picture differ from the board", dark, 100*share)
		}
		if share := differing(before, image.NewUniform(before.At(100, 300)), part); share < 0.02 {
			t.Errorf("in the dark (%v) there is next to nothing in the picture", dark)
		}
	}
}
