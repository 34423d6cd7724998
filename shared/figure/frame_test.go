package figure

import (
	"math/rand/v2"
	"slices"
	"testing"

	"edgeboard/shared/board"
	"edgeboard/shared/figure/figuretest"
	"edgeboard/shared/geom"
)

func (d *desk) frame(x, y, w, h float64) board.ID { return d.shape(board.KindFrame, x, y, w, h) }

// put puts an element into a frame; the zero ID takes it out.
func (d *desk) put(id, frame board.ID) {
	d.t.Helper()
	v := board.Value{}
	if frame != (board.ID{}) {
		v = board.Ref(frame)
	}
	d.set(id, board.KeyFrame, v)
}

// A frame is taken hold of by its border and its title, which stands above it: what
// is in it is not in the way.
func TestFrame(t *testing.T) {
	d := newDesk(t)
	id := d.frame(100, 100, 300, 200)
	hit := func(x, y float64) bool { return d.Of(id).Hit(geom.Pt(x, y), 2) }
	d.want("its border", hit(100, 200), true)
	d.want("what is in it", hit(250, 200), false)
	d.want("where no title is", hit(110, 88), false)
	d.edit(func(e *board.Edit) { e.Splice(id, board.Chars, 0, 0, "first") })
	d.want("its title", hit(110, 88), true)
	d.want("beside its title", hit(350, 88), false)
	text := d.Of(id).Text()
	d.want("the title stands over the border", text.Box, geom.Rect(100, 100-titleGap-25, 50, 25))
	box, wraps := d.Of(id).TextBox()
	d.want("it is written there", box, text.Box)
	d.want("and not wrapped", wraps, false)
	d.want("its bounds have it", d.Of(id).Bounds.ContainsBox(text.Box), true)
	d.set(id, board.KeyFill, board.Int(0xfff3bf))
	d.want("what is in it, when it is filled", hit(250, 200), false)
	d.want("a marquee within it", d.Of(id).Touches(geom.Rect(150, 150, 300, 100)), false)
	d.want("a marquee around it", d.Of(id).Touches(geom.Rect(90, 90, 400, 300)), true)
	d.want("an arrow can be bound to it", Binds(board.KindFrame), true)
}

// Frames lie under all else, however old they are, and on the frames that they are
// in.
func TestFramesLieUnder(t *testing.T) {
	d := newDesk(t)
	order := func(when string, want ...board.ID) {
		t.Helper()
		var got []board.ID
		for f := range d.All() {
			got = append(got, f.ID())
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s: the order is %v, want %v", when, got, want)
		}
	}
	note := d.shape(board.KindNote, 0, 0, 100, 100)
	a := d.frame(0, 0, 100, 100)
	b := d.frame(0, 0, 300, 300)
	order("a frame is newer than a note", a, b, note)
	d.put(a, b)
	order("a frame is in a newer one", b, a, note)
	d.want("told of the frame that came to lie elsewhere", d.changes[0].ID, a)
	c := d.frame(0, 0, 400, 400)
	d.put(b, c)
	order("and that in another", c, b, a, note)
	d.want("told of the frame that is in it too", len(d.changes), 2)
	d.want("what is around it", d.Around(d.Of(a)).ID(), b)
	d.set(c, board.KeyDeleted, board.Int(1))
	order("the outermost is deleted", b, a, note)
	d.want("what is around the one that was in it", d.Around(d.Of(b)) == nil, true)
}

// What is in a frame, and in what is in it. Frames that are in each other end.
func TestContents(t *testing.T) {
	d := newDesk(t)
	a, b := d.frame(0, 0, 100, 100), d.frame(0, 0, 50, 50)
	note, other := d.shape(board.KindNote, 0, 0, 9, 9), d.shape(board.KindNote, 0, 0, 9, 9)
	contents := func(when string, frame board.ID, want ...board.ID) {
		t.Helper()
		got := d.Contents(frame)
		slices.SortFunc(got, board.ID.Compare)
		if !slices.Equal(got, want) {
			t.Errorf("%s: in it are %v, want %v", when, got, want)
		}
	}
	contents("nothing", a)
	d.put(note, b)
	d.want("that a note is in a frame is not to be seen", len(d.changes), 0)
	d.put(b, a)
	d.put(other, a)
	contents("a frame and its note", a, b, note, other)
	d.put(a, b)
	contents("both are in each other", a, b, note, other)
	d.put(a, a)
	contents("one is in itself", a, b, note, other)
	d.put(other, note)
	d.want("what is in a note is in no frame", d.Around(d.Of(other)) == nil, true)
	d.set(note, board.KeyDeleted, board.Int(1))
	contents("the note is deleted", a, b)
	d.set(note, board.KeyDeleted, board.Value{})
	d.put(note, board.ID{})
	contents("the note is taken out", a, b)
}

// Frames are read in rows.
func TestReadingOrder(t *testing.T) {
	d := newDesk(t)
	lower := d.frame(0, 300, 100, 100)
	right := d.frame(200, -20, 100, 100)
	left := d.frame(0, 10, 100, 100)
	inner := d.frame(0, 10, 50, 50)
	var got []board.ID
	for _, f := range d.Frames() {
		got = append(got, f.ID())
	}
	if want := []board.ID{left, inner, right, lower}; !slices.Equal(got, want) {
		t.Errorf("they are read as %v, want %v", got, want)
	}
}

// Whatever is in whatever, the order of what lies on what is one: what Compare says
// is what All shows, and what a Set knows that has followed all changes is what one
// knows that has read the board.
func TestRandomFrames(t *testing.T) {
	for seed := range uint64(60) {
		d := newDesk(t)
		r := rand.New(rand.NewPCG(seed, 3))
		var ids []board.ID
		any := func() board.ID { return ids[r.IntN(len(ids))] }
		for range 60 {
			switch n := r.IntN(10); {
			case n < 3 || len(ids) < 4:
				kinds := []board.Kind{board.KindFrame, board.KindFrame, board.KindFrame, board.KindNote, board.KindImage}
				ids = append(ids, d.shape(kinds[r.IntN(len(kinds))], r.Float64()*400, r.Float64()*400, r.Float64()*200, r.Float64()*200))
			case n < 7:
				d.put(any(), any())
			case n < 8:
				d.put(any(), board.ID{})
			case n < 9:
				d.set(any(), board.KeyDeleted, board.Int(int64(r.IntN(2))))
			default:
				d.set(any(), board.KeyOrder, board.String(d.doc.Between(d.doc.Element(any()), nil)))
			}
		}
		fresh := New(d.doc, figuretest.Even{})
		d.want("frames", d.NumFrames(), len(d.Frames()))
		d.want("frames of who reads", fresh.NumFrames(), len(fresh.Frames()))
		all, again := slices.Collect(d.All()), slices.Collect(fresh.All())
		if len(all) != len(again) {
			t.Fatalf("seed %d: %d figures, want %d", seed, len(all), len(again))
		}
		for i, f := range all {
			if f.ID() != again[i].ID() {
				t.Fatalf("seed %d: figure %d is %v for who followed, and %v for who reads", seed, i, f.ID(), again[i].ID())
			}
			for k, other := range all {
				if c := d.Compare(f, other); c > 0 != (i > k) || c < 0 != (i < k) {
					t.Fatalf("seed %d: figures %d and %d compare as %d", seed, i, k, c)
				}
			}
			for _, set := range []*Set{d.Set, fresh} {
				list := set.Contents(f.ID())
				if slices.Contains(list, f.ID()) {
					t.Fatalf("seed %d: %v is in itself", seed, f.ID())
				}
			}
			a, b := d.Contents(f.ID()), fresh.Contents(f.ID())
			slices.SortFunc(a, board.ID.Compare)
			slices.SortFunc(b, board.ID.Compare)
			if !slices.Equal(a, b) {
				t.Fatalf("seed %d: in %v are %v for who followed, and %v for who reads", seed, f.ID(), a, b)
			}
		}
	}
}
