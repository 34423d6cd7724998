package main

import (
	"bytes"
	"encoding/json"
	"image"
	"image/color"
	paint "image/draw"
	"image/jpeg"
	"slices"
	"testing"

	"edgeboard/shared/geom"
)

// shot is a picture of the window with ink on some parts of it.
func shot(inked ...geom.Box) image.Image {
	const scale = float64(pictureWidth) / windowWidth
	img := image.NewRGBA(image.Rect(0, 0, pictureWidth, windowHeight*pictureWidth/windowWidth))
	paint.Draw(img, img.Bounds(), image.NewUniform(color.RGBA{249, 250, 251, 255}), image.Point{}, paint.Src)
	for _, b := range inked {
		r := image.Rect(int(b.Min.X*scale), int(b.Min.Y*scale), int(b.Max.X*scale), int(b.Max.Y*scale))
		paint.Draw(img, r, image.NewUniform(color.RGBA{30, 30, 30, 255}), image.Point{}, paint.Src)
	}
	return img
}

func event(t *testing.T, name string, ms float64, args any) json.RawMessage {
	t.Helper()
	b, err := json.Marshal(map[string]any{"name": name, "ts": ms * 1000, "args": args})
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestFilm(t *testing.T) {
	one, two := geom.Rect(300, 200, 140, 100), geom.Rect(500, 200, 100, 100)
	bar, stroke := geom.Rect(300, 10, 600, 60), geom.Rect(620, 400, 60, 4)
	at := func(ms float64, inked ...geom.Box) json.RawMessage {
		var b bytes.Buffer
		if err := jpeg.Encode(&b, shot(inked...), nil); err != nil {
			t.Fatal(err)
		}
		return event(t, "Screenshot", ms, map[string]any{"snapshot": b.Bytes()})
	}
	f, err := readFilm([]json.RawMessage{
		at(900, one, two), // of the page before
		at(1100),
		at(1200, bar),              // what is around the board does not count
		at(1300, bar, stroke),      // ink that goes again: the pen was not one yet
		at(1400, bar, one),         // half of the board
		at(1500, bar, one, two),    // all of it
		at(1700, one, two, stroke), // and the stroke, which stays
		at(1800, one, two, stroke),
		event(t, "DrawFrame", 1120, map[string]any{"layerTreeId": 3}),
		event(t, "DrawFrame", 1110, map[string]any{"layerTreeId": 3}),
		event(t, "DrawFrame", 1140, map[string]any{"layerTreeId": 3}),
		event(t, "BeginFrame", 1130, map[string]any{"data": "of another type"}),
		event(t, nowMark, 1900, map[string]any{"data": map[string]any{"startTime": 900.0}}),
	})
	if err != nil {
		t.Fatal(err)
	}
	if f.navigated != 1000 || !slices.Equal(f.frames, []float64{1110, 1120, 1140}) || len(f.pictures) != 8 {
		t.Fatalf("the film begins at %v, has frames at %v and %d pictures", f.navigated, f.frames, len(f.pictures))
	}
	if rate, n := f.rate(); n != 3 || rate < 66 || rate > 67 {
		t.Errorf("%d frames, %v a second", n, rate)
	}
	for _, c := range []struct {
		what string
		of   func(geom.Box) (float64, error)
		part geom.Box
		want float64
	}{
		{"half of the board is seen", f.seen, centreOfWindow, 400},
		{"the board is complete", f.complete, one.Union(two).Grow(20), 500},
		{"the board with the stroke is complete", f.complete, stroke.Grow(20), 700},
		{"the pen draws", f.inked, stroke.Grow(20), 700},
	} {
		if got, err := c.of(c.part); err != nil || got != c.want {
			t.Errorf("%s after %v ms (%v), want %v", c.what, got, err, c.want)
		}
	}
	nothing := geom.Rect(700, 500, 100, 50)
	if at, err := f.inked(nothing); err == nil {
		t.Errorf("there is ink after %v ms where nobody has drawn", at)
	}
	if at, err := f.seen(nothing); err == nil {
		t.Errorf("an empty part is seen after %v ms", at)
	}
}

// A film that cannot be trusted is none.
func TestFilmOfNothing(t *testing.T) {
	if _, err := readFilm(nil); err == nil {
		t.Error("a film that does not say when the page began is taken")
	}
	full := []json.RawMessage{event(t, nowMark, 1900, map[string]any{"data": map[string]any{"startTime": 900.0}})}
	var b bytes.Buffer
	if err := jpeg.Encode(&b, image.NewGray(image.Rect(0, 0, 4, 4)), nil); err != nil {
		t.Fatal(err)
	}
	for i := range pictures {
		full = append(full, event(t, "Screenshot", float64(2000+i), map[string]any{"snapshot": b.Bytes()}))
	}
	if _, err := readFilm(full); err == nil {
		t.Error("a film whose end is missing is taken")
	}
	f := &film{}
	if _, err := f.complete(centreOfWindow); err == nil {
		t.Error("a film without pictures says when the board was complete")
	}
}
