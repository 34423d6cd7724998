package view

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"edgeboard/shared/board"
	"edgeboard/shared/figure"
	"edgeboard/shared/geom"
)

// Whatever people do, and whenever frames are drawn, in the end everybody sees
// every stroke as if it had been painted at once; and no ink is missing on the
// way.
func TestRandom(t *testing.T) {
	for seed := range rounds(24) {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			random(t, rand.New(rand.NewPCG(seed, 1)))
		})
	}
}

// crowd is a board with two others that draw on it too: one that follows, and
// one whose strokes come late, below what is there already.
type crowd struct {
	*sight
	r      *rand.Rand
	others map[board.Replica]*board.Board
	open   []board.ID // strokes that may still grow
	placed []board.ID // frames, images and notes
	did    []string
}

func random(t *testing.T, r *rand.Rand) {
	k := look(t, 200+r.IntN(120), 150+r.IntN(100))
	k.s.Ratio = []float64{1, 1, 1.5, 2}[r.IntN(4)]
	c := &crowd{sight: k, r: r, others: map[board.Replica]*board.Board{
		otherReplica: board.New(otherReplica), lateReplica: board.New(lateReplica),
	}}
	for range 50 {
		c.act()
		k.s.Now += float64(r.IntN(60))
		if r.IntN(2) == 0 {
			c.wantInk(k.frame())
		}
		if r.IntN(20) == 0 {
			c.layDown()
			c.wantPainted("in between")
		}
	}
	c.layDown()
	c.wantPainted("in the end")

	// Who opens the board now sees the same.
	fresh := lookAt(t, k.doc, k.s)
	for blob, share := range k.v.shares {
		fresh.v.PictureShare(blob, share)
	}
	if n, x, y := fresh.show(fresh.settle()).unlike(k.show(k.settle())); n > 0 {
		t.Errorf("a fresh view differs in %d pixels, the first at %d, %d", n, x, y)
	}
	if t.Failed() {
		t.Log(c.did)
	}
}

func (c *crowd) layDown() {
	for member := range uint32(2) {
		c.figures.SetDraft(member, nil)
	}
}

// wantInk expects ink where there is some, though what grows may lie over what
// it belongs below.
func (c *crowd) wantInk(f *Frame) {
	c.t.Helper()
	if f.Again || c.v.front.scale != c.s.Camera.Zoom*c.s.Ratio {
		return // not all of the screen is painted at its scale
	}
	bare := channels(f.Background)
	shown, painted := c.show(f), c.painted()
	wrong := 0
	for i := 0; i < len(shown.pix); i += 4 {
		s, p := far(shown.pix[i:i+4], bare), far(painted.pix[i:i+4], bare)
		if s > 0.6 && p < 0.05 || s < 0.05 && p > 0.6 {
			wrong++
		}
	}
	if wrong > 12 {
		c.t.Fatalf("at %v, %d pixels have ink and should not, or the other way round\n%v", c.s.Now, wrong, c.did)
	}
}

func far(pixel []float32, from [4]float32) (d float32) {
	for k, c := range from {
		d = max(d, pixel[k]-c, c-pixel[k])
	}
	return d
}

func (c *crowd) note(format string, args ...any) {
	c.did = append(c.did, fmt.Sprintf("%v: ", c.s.Now)+fmt.Sprintf(format, args...))
}

// act lets somebody do something.
func (c *crowd) act() {
	switch n := c.r.IntN(100); {
	case n < 8:
		c.place()
	case n < 25:
		c.draw()
	case n < 55 && len(c.open) > 0:
		c.grow()
	case n < 60:
		c.replace()
	case n < 63:
		c.picture()
	case n < 72:
		c.change()
	case n < 75:
		c.drag()
	case n < 85:
		d := pt(c.r.Float64()*200-100, c.r.Float64()*200-100)
		c.note("pan by %v", d)
		c.s.Camera = c.s.Camera.Pan(d)
	case n < 95:
		by := []float64{0.2, 0.8, 0.9, 1.1, 1.25, 1.25, 4}[c.r.IntN(7)]
		zoom := min(max(c.s.Camera.Zoom*by, 0.15), 4) // where there is something to see
		if c.r.IntN(4) == 0 {
			zoom = 1
		}
		c.note("zoom to %v", zoom)
		c.s.Camera = c.s.Camera.ZoomAt(pt(float64(c.s.Width)/2, float64(c.s.Height)/2), zoom)
	case n < 97:
		c.s.Dark = !c.s.Dark
		c.note("dark %v", c.s.Dark)
	default:
		c.note("pause")
		c.s.Now += 400
	}
}

// writer returns the board of somebody, and what to do with the updates.
func (c *crowd) writer(r board.Replica) (b *board.Board, send func([]byte)) {
	if r == ownReplica {
		return c.doc, func([]byte) {}
	}
	b = c.others[r]
	return b, func(update []byte) { apply(c.t, c.doc, update) }
}

func (c *crowd) draw() {
	r := board.Replica(1 + c.r.IntN(3))
	b, send := c.writer(r)
	if r == otherReplica {
		apply(c.t, b, diff(c.t, c.doc, b.Vector()))
	}
	colors := []int64{0x1e1e1e, 0xe03131, 0x2f9e44, 0x1971c2, 0x808080 - 0x404040}
	widths := []float64{0.5, 2, 4, 4, 8, 30}
	id, update := draw(b, colors[c.r.IntN(len(colors))], widths[c.r.IntN(len(widths))], c.walk(b, board.ID{})...)
	c.note("%d draws %v", r, id)
	send(update)
	c.open = append(c.open, id)
}

// randomPictures is how many pictures there are.
const randomPictures = 3

// place puts a frame, an image or a note on the board, somewhere on the screen.
func (c *crowd) place() {
	size := pt(float64(c.s.Width)/c.s.Ratio, float64(c.s.Height)/c.s.Ratio)
	at := c.s.Camera.ToBoard(pt(c.r.Float64()*size.X, c.r.Float64()*size.Y))
	kind := []board.Kind{board.KindFrame, board.KindImage, board.KindImage, board.KindNote}[c.r.IntN(4)]
	with := with{}
	if kind == board.KindFrame && c.r.IntN(2) == 0 {
		with[board.KeyFill] = 0x99e9f2
	}
	if c.r.IntN(4) == 0 {
		with[board.KeyOpacity] = 0.5
	}
	id := add(c.doc, kind, at.X, at.Y, 20+c.r.Float64()*150, 20+c.r.Float64()*150, with, "abc")
	c.note("%v of kind %d is placed", id, kind)
	c.placed = append(c.placed, id)
	if kind == board.KindImage {
		e := c.doc.Edit()
		e.Set(id, board.KeyBlob, board.String(hashOf(c.r.IntN(randomPictures))))
		e.Commit()
	}
}

// replace changes something of what was placed.
func (c *crowd) replace() {
	if len(c.placed) == 0 {
		return
	}
	any := func() board.ID { return c.placed[c.r.IntN(len(c.placed))] }
	id := any()
	e := c.doc.Edit()
	switch c.r.IntN(7) {
	case 0:
		e.Set(id, board.KeyCropX, board.Float(c.r.Float64()))
		e.Set(id, board.KeyCropWidth, board.Float(c.r.Float64()))
	case 1:
		e.Set(id, board.KeyWidth, board.Float(c.r.NormFloat64()*100))
	case 2:
		e.Set(id, board.KeyAngle, board.Float(c.r.Float64()*7))
	case 3:
		e.Set(id, board.KeyFrame, board.Ref(any()))
	case 4:
		e.Set(id, board.KeyBlob, board.String(hashOf(c.r.IntN(randomPictures))))
	case 5:
		e.Set(id, board.KeyOrder, board.String(c.doc.Between(nil, c.doc.Element(any()))))
	default:
		deleted := int64(1)
		if c.doc.Element(id).Deleted() {
			deleted = 0
		}
		e.Set(id, board.KeyDeleted, board.Int(deleted))
	}
	e.Commit()
	c.note("%v is changed", id)
}

// picture lets a picture come or go, or some of it.
func (c *crowd) picture() {
	blob := hashOf(c.r.IntN(randomPictures))
	switch c.r.IntN(3) {
	case 0:
		c.has(blob, slope)
		c.v.PictureReady(blob)
	case 1:
		delete(album, blob)
		c.v.PictureReady(blob)
	default:
		c.v.PictureShare(blob, c.r.Float64()*2.4-0.6)
	}
	c.note("picture %s", blob[60:])
}

func (c *crowd) grow() {
	id := c.open[c.r.IntN(len(c.open))]
	b, send := c.writer(id.Replica)
	points := c.walk(b, id)
	c.note("%v grows by %d", id, len(points))
	send(grow(b, id, points...))
}

// walk is the way of a hand on the screen, from where a stroke ends.
func (c *crowd) walk(b *board.Board, id board.ID) (points []board.Point) {
	camera, size := c.s.Camera, pt(float64(c.s.Width)/c.s.Ratio, float64(c.s.Height)/c.s.Ratio)
	at := camera.ToBoard(pt(c.r.Float64()*size.X, c.r.Float64()*size.Y))
	if e := b.Element(id); e != nil && e.NumPoints() > 0 {
		last := e.AppendPoints(nil)[e.NumPoints()-1]
		at = pt(float64(last.X), float64(last.Y)).Mul(1.0 / board.PointsPerUnit)
	}
	n := 1 + c.r.IntN(20)
	if c.r.IntN(12) == 0 {
		n = longLive + 50 // so long that a part of it is painted
	}
	way := pt(c.r.NormFloat64(), c.r.NormFloat64()).Mul(6)
	for range n {
		points = append(points, board.Point{
			X: int32(at.X * board.PointsPerUnit), Y: int32(at.Y * board.PointsPerUnit), Pressure: uint8(c.r.IntN(256)),
		})
		if c.r.IntN(8) > 0 { // else the hand rests: a repeated point
			way = way.Add(pt(c.r.NormFloat64(), c.r.NormFloat64()).Mul(2)).Mul(0.95)
			at = at.Add(way)
		}
	}
	return points
}

func (c *crowd) change() {
	var all []*board.Element
	for _, id := range c.open {
		all = append(all, c.doc.Element(id))
	}
	if len(all) == 0 {
		return
	}
	e := all[c.r.IntN(len(all))]
	id := e.ID()
	switch c.r.IntN(4) {
	case 0:
		c.note("%v gets another colour", id)
		set(c.doc, id, board.KeyColor, []int64{0xf08c00, 0x1e1e1e, 0x9c36b5}[c.r.IntN(3)])
	case 1:
		c.note("%v gets another width", id)
		set(c.doc, id, board.KeyThickness, int64(c.r.IntN(30)))
	default:
		c.note("%v deleted: %v", id, !e.Deleted())
		deleted := int64(1)
		if e.Deleted() {
			deleted = 0
		}
		set(c.doc, id, board.KeyDeleted, deleted)
	}
}

// drag moves some strokes in somebody's hand, and sometimes lays them down: where
// they were, or where they are.
func (c *crowd) drag() {
	if len(c.open) == 0 {
		return
	}
	member := uint32(c.r.IntN(2))
	if c.r.IntN(3) == 0 {
		c.note("%d lays down", member)
		for m, d := range c.figures.Drafts() {
			if m != member || c.r.IntN(2) == 0 {
				continue
			}
			e := c.doc.Edit()
			for _, id := range d.IDs {
				if f := c.figures.Of(id); f != nil {
					figure.SetPlace(e, f.Element, f.Place)
				}
			}
			e.Commit()
		}
		c.figures.SetDraft(member, nil)
		return
	}
	var ids []board.ID
	for _, id := range slices.Concat(c.open, c.placed) {
		if c.r.IntN(3) == 0 && !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
	}
	by := geom.Rotate(c.r.Float64()).Then(geom.Translate(pt(c.r.Float64()*80-40, c.r.Float64()*80-40)))
	c.note("%d drags %v", member, ids)
	c.figures.SetDraft(member, &figure.Draft{IDs: ids, By: by})
}

// A stroke that was deleted before the board was opened comes back.
func TestUndeleteOfWhatWasDeletedBefore(t *testing.T) {
	doc := board.New(ownReplica)
	id, _ := draw(doc, 0xe03131, 6, line(30, pt(2040, 2040), pt(2180, 2090))...)
	set(doc, id, board.KeyDeleted, 1)
	k := lookAt(t, doc, Screen{Width: 300, Height: 200, Ratio: 1, Camera: geom.Camera{At: pt(2000, 2000), Zoom: 1}, Now: 1000})
	k.wantPainted("deleted")
	set(doc, id, board.KeyDeleted, 0)
	k.wantPainted("undone")
	grow(doc, id, line(5, pt(2180, 2090), pt(2200, 2150))...)
	k.wantPainted("grown")
}

// Who draws and who loads the board afterwards see the same to the last bit:
// nothing that was painted in parts stays so.
func TestWhoDrawsAndWhoLoadsSeeTheSame(t *testing.T) {
	k := look(t, 740, 518)
	r := rand.New(rand.NewPCG(11, 1))
	for range 20 {
		points := line(1, pt(r.Float64()*740, r.Float64()*518), geom.Point{})
		id, _ := draw(k.doc, 0x1e1e1e, 4, points...)
		at, way := pt(float64(points[0].X)/8, float64(points[0].Y)/8), pt(4, 0)
		for range 40 + r.IntN(40) {
			for range 1 + r.IntN(12) {
				way = way.Rotate(r.NormFloat64() * 0.3)
				at = at.Add(way)
				grow(k.doc, id, board.Point{X: int32(at.X * 8), Y: int32(at.Y * 8), Pressure: 128})
			}
			k.frame()
			k.s.Now += 16
		}
	}
	drawn := k.show(k.settle())
	fresh := lookAt(t, k.doc, k.s)
	loaded := fresh.show(fresh.settle())
	for i := range drawn.pix {
		if drawn.pix[i] != loaded.pix[i] {
			t.Fatalf("pixel %d, %d is %v for who drew it, and %v for who loaded it", i/4%740, i/4/740, drawn.pix[i], loaded.pix[i])
		}
	}
}
