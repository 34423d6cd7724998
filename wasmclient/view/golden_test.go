package view

import (
	"bytes"
	"flag"
	"image"
	"image/color"
	"image/png"
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"edgeboard/shared/board"
	"edgeboard/shared/figure"
	"edgeboard/shared/geom"
)

var update = flag.Bool("update", false, "write the pictures of testdata anew")

// Of a golden picture, so many pixels in a thousand may be off by more than
// goldenOff of 255: machines round differently.
const (
	goldenOff    = 8
	goldenShare  = 2
	goldenWidth  = 360
	goldenHeight = 240
)

// exhibition is a board with one of everything.
func exhibition() *board.Board {
	doc := board.New(ownReplica)
	add(doc, board.KindRectangle, 10, 10, 80, 50, with{board.KeyColor: 0x1971c2, board.KeyFill: 0xa5d8ff}, "box")
	add(doc, board.KindEllipse, 100, 10, 80, 50, with{board.KeyColor: 0x2f9e44, board.KeyThickness: 2}, "")
	add(doc, board.KindDiamond, 190, 10, 80, 50, with{board.KeyThickness: 3, board.KeyFill: 0xffffff, board.KeyAngle: 0.4}, "")
	add(doc, board.KindRectangle, 280, 10, 70, 50, with{board.KeyDash: 1, board.KeyThickness: 3}, "")
	add(doc, board.KindEllipse, 280, 70, 70, 50, with{board.KeyDash: 2, board.KeyThickness: 4, board.KeyColor: 0xe03131}, "")
	add(doc, board.KindLine, 12, 75, 70, 30, with{board.KeyThickness: 6, board.KeyColor: 0x9c36b5}, "")
	add(doc, board.KindArrow, 100, 110, 70, -35, with{board.KeyThickness: 3}, "")
	add(doc, board.KindArrow, 190, 75, 70, 35, with{board.KeyHead: 2, board.KeyDash: 1, board.KeyThickness: 2}, "")
	add(doc, board.KindText, 12, 118, 0, 0, with{board.KeyFontSize: 18}, "letters\nin lines")
	add(doc, board.KindText, 90, 125, 0, 0, with{board.KeyFontSize: 16, board.KeyAngle: -0.3, board.KeyColor: 0xe03131}, "turned")
	add(doc, board.KindNote, 160, 130, 90, 90, with{board.KeyFontSize: 14}, "a note")
	draw(doc, 0x1e1e1e, 4, wave(60, pt(20, 180), pt(150, 200), 128)...)
	draw(doc, 0xe03131, 8, wave(60, pt(20, 210), pt(150, 230), 0)...)
	id, _ := draw(doc, 0xffd43b, 24, wave(40, pt(150, 150), pt(340, 200), 128)...)
	e := doc.Edit()
	e.Set(id, board.KeyOpacity, board.Float(0.4))
	e.Commit()
	add(doc, board.KindRectangle, 270, 150, 60, 60, with{board.KeyFill: 0x1e1e1e, board.KeyOpacity: 0.5, board.KeyAngle: 0.7}, "")
	return doc
}

// gallery is a board with frames and images.
func gallery() *board.Board {
	doc := board.New(ownReplica)
	frame := add(doc, board.KindFrame, 20, 40, 200, 160, nil, "A frame")
	inner := add(doc, board.KindFrame, 120, 110, 90, 80, with{board.KeyFill: 0xfff3bf, board.KeyColor: 0x1971c2, board.KeyFontSize: 12}, "in it")
	e := doc.Edit()
	e.Set(inner, board.KeyFrame, board.Ref(frame))
	e.Commit()
	addImage(doc, hashOf(1), 40, 60, 60, 45, nil)
	addImage(doc, hashOf(1), 100, 130, -60, 45, with{board.KeyCropX: 0.5, board.KeyCropWidth: 0.5})
	addImage(doc, hashOf(1), 140, 130, 50, 40, with{board.KeyAngle: 0.5, board.KeyOpacity: 0.6})
	addImage(doc, hashOf(2), 250, 50, 80, 60, nil)
	addImage(doc, hashOf(3), 250, 130, 80, 60, nil)
	return doc
}

// What a screen shows of frames and images is what it has always shown.
func TestGoldenFrames(t *testing.T) {
	for name, look := range map[string]func(k *sight){
		"frames":      func(*sight) {},
		"frames-dark": func(k *sight) { k.s.Dark = true },
		"frames-far":  func(k *sight) { k.s.Camera = geom.Camera{At: pt(-400, -300), Zoom: 0.3} },
	} {
		t.Run(name, func(t *testing.T) {
			k := lookAt(t, gallery(), Screen{Width: goldenWidth, Height: goldenHeight, Ratio: 1, Camera: geom.Camera{Zoom: 1}, Now: 1000})
			k.has(hashOf(1), func(u, v float64) [4]float32 {
				c := slope(u, v)
				if (int(u*8)+int(v*6))%2 == 0 {
					c[2] = 1
				}
				return c
			})
			k.v.PictureShare(hashOf(2), 0.4)
			k.v.PictureShare(hashOf(3), -1)
			look(k)
			golden(t, name, k.show(k.settle()))
		})
	}
}

// wave is a stroke that goes up and down. Its pressure grows from the given one,
// unless that is the one of a mouse.
func wave(n int, from, to geom.Point, pressure uint8) []board.Point {
	points := line(n, from, to)
	for i := range points {
		points[i].Y += int32(40 * float64(i%12-6) * float64(1-i/12%2*2))
		points[i].Pressure = pressure
		if pressure != 128 {
			points[i].Pressure += uint8(250 * i / n)
		}
	}
	return points
}

// What a screen shows is what it has always shown.
func TestGoldens(t *testing.T) {
	for name, look := range map[string]func(k *sight){
		"light": func(*sight) {},
		"dark":  func(k *sight) { k.s.Dark = true },
		"far":   func(k *sight) { k.s.Camera = geom.Camera{At: pt(-800, -500), Zoom: 0.15} },
		"near":  func(k *sight) { k.s.Camera = geom.Camera{At: pt(140, 100), Zoom: 2.5} },
		"dense": func(k *sight) { k.s.Ratio = 1.5; k.s.Camera.At = pt(100, 60) },
		"dragged": func(k *sight) {
			var ids []board.ID
			for e := range k.doc.Elements() {
				if n := len(ids); n < 4 {
					ids = append(ids, e.ID())
				}
			}
			k.figures.SetDraft(0, &figure.Draft{IDs: ids, By: geom.RotateAbout(pt(100, 40), 0.2).Then(geom.Translate(pt(20, 40)))})
			k.s.Overlay = []Stroke{{Points: []geom.Point{pt(20, 30), pt(330, 30), pt(330, 150), pt(20, 150)}, Closed: true, Width: 1, Color: 0x1971c2, Dash: []float64{4, 4}}}
		},
	} {
		t.Run(name, func(t *testing.T) {
			k := lookAt(t, exhibition(), Screen{Width: goldenWidth, Height: goldenHeight, Ratio: 1, Camera: geom.Camera{Zoom: 1}, Now: 1000})
			look(k)
			golden(t, name, k.show(k.settle()))
		})
	}
}

func golden(t *testing.T, name string, p *picture) {
	t.Helper()
	img := image.NewNRGBA(image.Rect(0, 0, p.w, p.h))
	for y := range p.h {
		for x := range p.w {
			at := p.at(x, y)
			img.SetNRGBA(x, y, color.NRGBA{uint8(at[0]*255 + 0.5), uint8(at[1]*255 + 0.5), uint8(at[2]*255 + 0.5), 255})
		}
	}
	path := filepath.Join("testdata", name+".png")
	if *update {
		var b bytes.Buffer
		encoder := png.Encoder{CompressionLevel: png.BestCompression}
		if err := encoder.Encode(&b, img); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, b.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	file, err := os.ReadFile(path)
	if err != nil {
		if runtime.GOOS == "js" {
			t.Skip("there are no files")
		}
		t.Fatal(err)
	}
	want, err := png.Decode(bytes.NewReader(file))
	if err != nil {
		t.Fatal(err)
	}
	if want.Bounds() != img.Bounds() {
		t.Fatalf("the picture is %v, want %v", img.Bounds(), want.Bounds())
	}
	off := 0
	for y := range p.h {
		for x := range p.w {
			r, g, b, _ := want.At(x, y).RGBA()
			is := img.NRGBAAt(x, y)
			d := func(a uint8, b uint32) int { return max(int(a)-int(b>>8), int(b>>8)-int(a)) }
			if max(d(is.R, r), d(is.G, g), d(is.B, b)) > goldenOff {
				off++
			}
		}
	}
	if off*1000 > goldenShare*p.w*p.h {
		t.Errorf("%d pixels are not as in %s; look at both, and go test -update if the new ones are right", off, path)
	}
}

// What tiles of live data look like is what they have always looked like.
func TestGoldenTiles(t *testing.T) {
	const width, height = 860, 560
	for name, look := range map[string]func(k *sight, p *plant){
		"tiles":      func(*sight, *plant) {},
		"tiles-dark": func(k *sight, _ *plant) { k.s.Dark = true },
		"tiles-stale": func(k *sight, p *plant) {
			k.figures.FeedsChanged(nil, p.now+5*60_000)
		},
		"tiles-unfed": func(k *sight, _ *plant) { k.figures.ShowFeeds(nil) },
	} {
		t.Run(name, func(t *testing.T) {
			k := lookAt(t, showroom(240, 160, "cpu.a"), Screen{Width: width, Height: height, Ratio: 1, Camera: geom.Camera{Zoom: 1}, Now: 1000})
			p := newPlant()
			k.fed(p)
			look(k, p)
			golden(t, name, k.show(k.settle()))
		})
	}
	for name, size := range map[string][2]float64{"tiles-small": {110, 80}, "tiles-tiny": {64, 40}} {
		t.Run(name, func(t *testing.T) {
			k := lookAt(t, showroom(size[0], size[1], "cpu.*"), Screen{Width: 500, Height: 300, Ratio: 1, Camera: geom.Camera{Zoom: 1}, Now: 1000})
			k.fed(newPlant())
			golden(t, name, k.show(k.settle()))
		})
	}
}

// showroom is a board with a tile of each chart, and some in other colours.
func showroom(w, h float64, numbers string) *board.Board {
	doc := board.New(ownReplica)
	place := 0
	put := func(chart int64, feeds, title string, fill int64) {
		columns := 3
		if w < 200 {
			columns = 4
		}
		x, y := 20+float64(place%columns)*(w+20), 20+float64(place/columns)*(h+20)
		place++
		addTile(doc, x, y, w, h, chart, feeds, title, func(e *board.Edit, id board.ID) {
			percent(e, id)
			if fill > 0 {
				e.Set(id, board.KeyFill, board.Int(fill))
			}
		})
	}
	put(0, numbers, "Number", 0)
	put(1, numbers, "Sparkline", 0)
	put(2, "cpu.*", "Lines", 0)
	put(3, numbers, "Gauge", 0)
	put(4, "cpu.*", "Bars", 0)
	put(5, "cpu.*\ntemp", "Table", 0)
	put(6, numbers, "Light", 0)
	put(7, "log", "Log", 0xffe08a)
	put(8, "state", "Text", 0x1b3a6b)
	return doc
}
