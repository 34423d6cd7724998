package view

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"edgeboard/shared/board"
	"edgeboard/shared/figure"
	"edgeboard/shared/geom"
)

// hashOf is the name of a picture of the tests.
func hashOf(n int) string { return fmt.Sprintf("%064x", n) }

// slope is a picture that is redder to the right and greener below.
func slope(u, v float64) [4]float32 { return [4]float32{float32(u), float32(v), 0.5, 1} }

// has makes a picture be there until the test ends.
func (k *sight) has(blob string, show func(u, v float64) [4]float32) {
	album[blob] = show
	k.t.Cleanup(func() { delete(album, blob) })
}

func addImage(doc *board.Board, blob string, x, y, w, h float64, other with) board.ID {
	id := add(doc, board.KindImage, x, y, w, h, other, "")
	e := doc.Edit()
	e.Set(id, board.KeyBlob, board.String(blob))
	e.Commit()
	return id
}

func (k *sight) wantColor(when string, x, y int, r, g, b float64) {
	k.t.Helper()
	got := k.show(k.settle()).at(x, y)
	for i, want := range []float64{r, g, b} {
		if math.Abs(float64(got[i])-want) > 0.02 {
			k.t.Errorf("%s: the pixel at %d, %d is %.3v, want %v, %v, %v", when, x, y, got[:3], r, g, b)
			return
		}
	}
}

// What of a picture lies where: cropped, mirrored, turned, near and far, under a hand.
func TestPicture(t *testing.T) {
	k := look(t, 300, 200)
	k.has(hashOf(1), slope)
	id := addImage(k.doc, hashOf(1), 50, 50, 200, 100, nil)
	k.wantPainted("an image")
	k.wantColor("its middle", 150, 100, 0.5, 0.5, 0.5)
	k.wantColor("to the left", 100, 100, 0.25, 0.5, 0.5)
	k.wantColor("below", 150, 125, 0.5, 0.75, 0.5)
	k.wantColor("a corner is round", 50, 50, 1, 1, 1)
	setAll(k.doc, id, with{board.KeyCropX: 0.5, board.KeyCropWidth: 0.5})
	k.wantColor("cropped, its middle", 150, 100, 0.75, 0.5, 0.5)
	setAll(k.doc, id, with{board.KeyX: 250, board.KeyWidth: -200})
	k.wantColor("mirrored, to the left", 100, 100, 0.875, 0.5, 0.5)
	setAll(k.doc, id, with{board.KeyAngle: math.Pi})
	k.wantColor("turned half round, to the left", 100, 100, 0.625, 0.5, 0.5)
	setAll(k.doc, id, with{board.KeyOpacity: 0.5})
	k.wantColor("seen through", 100, 100, 0.8125, 0.75, 0.75)
	k.wantPainted("seen through")
	setAll(k.doc, id, with{board.KeyOpacity: 1})
	k.s.Camera = geom.Camera{At: pt(145, 100-100.0/30), Zoom: 30}
	k.wantPainted("from near")
	k.wantColor("from near, its middle", 150, 100, 0.75, 0.5, 0.5)
	k.s.Camera = geom.Camera{Zoom: 0.1}
	k.wantPainted("from afar")
	k.s.Camera = geom.Camera{Zoom: 1}
	k.settle()
	k.figures.SetDraft(0, &figure.Draft{IDs: []board.ID{id}, By: geom.Translate(pt(0, 25))})
	if f := k.frame(); len(f.Live) == 0 {
		t.Error("what is dragged does not lie over the tiles")
	} else if got := k.show(f).at(150, 125); math.Abs(float64(got[1])-0.5) > 0.02 {
		t.Errorf("dragged down, its middle is %v", got)
	}
}

func setAll(doc *board.Board, id board.ID, values with) {
	e := doc.Edit()
	for key, v := range values {
		e.Set(id, key, board.Float(v))
	}
	e.Commit()
}

// Until the picture is there its paper is; then what shows it is painted again, and
// nothing else.
func TestPictureComesLate(t *testing.T) {
	k := look(t, 1200, 600)
	addImage(k.doc, hashOf(2), 50, 50, 100, 100, nil)
	addImage(k.doc, hashOf(3), 800, 50, 100, 100, nil)
	k.wantPainted("without pictures")
	paper := channels(figure.PaperColor)
	k.wantColor("paper", 100, 100, float64(paper[0]), float64(paper[1]), float64(paper[2]))
	k.has(hashOf(2), slope)
	k.v.PictureReady(hashOf(2))
	f := k.frame()
	if len(f.Paints) != 1 {
		t.Errorf("when a picture comes, %d tiles are painted, want the one that shows it", len(f.Paints))
	}
	k.wantPainted("with a picture")
	k.wantColor("the picture", 100, 100, 0.5, 0.5, 0.5)
	k.v.PictureReady(hashOf(9))
	k.wantRest("a picture comes that nothing shows")
	k.s.Dark = true
	k.wantPainted("in the dark")
	k.wantColor("paper in the dark", 850, 100, 1-float64(paper[0]), 1-float64(paper[1]), 1-float64(paper[2]))
	k.wantColor("a picture in the dark", 100, 100, 0.5, 0.5, 0.5)
}

// How much has arrived is told over the image, in steps, and no more when all has.
func TestPictureShare(t *testing.T) {
	k := look(t, 300, 300)
	addImage(k.doc, hashOf(4), 50, 50, 200, 200, nil)
	k.settle()
	middle := func() []float32 { return k.show(k.settle()).at(150, 134) } // the top of the ring
	before := [4]float32(middle())
	for _, share := range []float64{0, 0.5, 0.99} {
		k.v.PictureShare(hashOf(4), share)
		if [4]float32(middle()) == before {
			t.Errorf("a share of %v is not to be seen", share)
		}
		k.wantPainted(fmt.Sprint("a share of ", share))
	}
	k.v.PictureShare(hashOf(4), 0.991)
	k.wantRest("hardly more")
	k.v.PictureShare(hashOf(4), -1)
	k.wantPainted("failed")
	k.v.PictureShare(hashOf(4), math.NaN())
	k.wantRest("a share that is none")
	k.v.PictureShare(hashOf(4), 1)
	if [4]float32(middle()) != before {
		t.Error("when all is there, something still lies over it")
	}
	k.v.PictureShare(hashOf(4), 1)
	k.v.PictureShare("", 0.5)
	k.wantRest("all was there already")
}

// A polygon that is not convex has as much ink as geometry says, whatever the way
// round.
func TestInkOfHollowPolygons(t *testing.T) {
	var star []geom.Point
	for i := range 10 {
		r := 60.0
		if i%2 == 1 {
			r = 25
		}
		star = append(star, pt(100, 100).Add(pt(0, -r).Rotate(math.Pi*float64(i)/5)))
	}
	arrow := []geom.Point{pt(20, 20), pt(180, 100), pt(20, 180), pt(60, 100)}
	comb := []geom.Point{pt(20, 20), pt(180, 20), pt(180, 180), pt(150, 180), pt(150, 50), pt(115, 50), pt(115, 180), pt(85, 180), pt(85, 50), pt(50, 50), pt(50, 180), pt(20, 180)}
	for name, points := range map[string][]geom.Point{"star": star, "arrow": arrow, "comb": comb} {
		for _, way := range []string{"with the clock", "against it"} {
			area := 0.0
			for i, p := range points {
				area += p.Cross(points[(i+1)%len(points)]) / 2
			}
			c := canvas{pool: &pool{}, clip: geom.Rect(0, 0, 200, 200)}
			c.begin(1)
			c.hollow(points)
			p := newPicture(200, 200, 0xffffff)
			for _, item := range c.items {
				for _, m := range item.Meshes {
					checkMesh(t, m)
				}
				p.draw(item)
			}
			if got := p.ink(); !within(got, math.Abs(area), 0.03) {
				t.Errorf("%s %s: %.0f pixels of ink, want %.0f", name, way, got, math.Abs(area))
			}
			for i, j := 0, len(points)-1; i < j; i, j = i+1, j-1 {
				points[i], points[j] = points[j], points[i]
			}
		}
	}
}

// What is no polygon is left out, and does not keep the page busy.
func TestHollowOfNoPolygon(t *testing.T) {
	for _, points := range [][]geom.Point{
		nil, {pt(1, 1)}, {pt(1, 1), pt(1, 1), pt(1, 1)}, {pt(0, 0), pt(9, 9), pt(9, 0), pt(0, 9)}, {pt(0, 0), pt(9, 0), pt(5, 0), pt(0, 0)},
		make([]geom.Point, 10_000),
	} {
		c := canvas{pool: &pool{}, clip: geom.Rect(0, 0, 200, 200)}
		c.begin(1)
		c.hollow(points)
		for _, m := range c.item().Meshes {
			checkMesh(t, m)
		}
	}
}

// An image lies over what is below it and under what is above, also where texts come
// between.
func TestPicturesAndTextsInOrder(t *testing.T) {
	k := look(t, 300, 200)
	k.has(hashOf(5), slope)
	add(k.doc, board.KindText, 60, 60, 0, 0, with{board.KeyFontSize: 20, board.KeyColor: 0}, strings.Repeat("words ", 3))
	addImage(k.doc, hashOf(5), 50, 50, 200, 100, nil)
	k.wantColor("letters under an image", 100, 75, 0.25, 0.25, 0.5)
	add(k.doc, board.KindRectangle, 120, 70, 60, 60, with{board.KeyFill: 0xff0000}, "")
	addImage(k.doc, hashOf(5), 140, 90, 20, 20, nil)
	k.wantPainted("a shape between images")
	k.wantColor("the shape", 130, 80, 1, 0, 0)
	k.wantColor("the image on it", 150, 100, 0.525, 0.525, 0.5)
}

// What a crop leaves out is seen through while it is chosen.
func TestPictureIsCropped(t *testing.T) {
	k := look(t, 300, 200)
	k.has(hashOf(6), func(_, _ float64) [4]float32 { return [4]float32{1, 0, 0, 1} })
	id := addImage(k.doc, hashOf(6), 50, 50, 200, 100, nil)
	k.settle()
	place, crop := figure.Place{X: 150, Y: 50, W: 100, H: 100, Size: 20}, geom.Rect(0.5, 0, 0.5, 1)
	k.figures.SetDraft(0, &figure.Draft{IDs: []board.ID{id}, Place: &place, Crop: &crop})
	p := k.show(k.settle())
	for x, want := range map[int]float64{200: 0, 100: 1 - restAlpha, 20: 1} {
		if got := float64(p.at(x, 100)[1]); math.Abs(got-want) > 0.02 {
			t.Errorf("at %d the green is %v, want %v", x, got, want)
		}
	}
	k.figures.SetDraft(0, nil)
	k.wantPainted("in the end")
}
