package editor

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"edgeboard/shared/board"
	"edgeboard/shared/figure"
	"edgeboard/shared/geom"
)

// everyCommand is all that Do knows.
func everyCommand() (list []Command) {
	for c := range anytime {
		list = append(list, c)
	}
	for c := range changing {
		list = append(list, c)
	}
	for tool := range tools {
		list = append(list, toolCommand+Command(tool.String()))
	}
	slices.Sort(list) // for the seed to say all
	return list
}

// scene puts some of everything on the board.
func (h *hand) scene(r *rand.Rand) {
	for range 12 {
		kind := board.KindRectangle + board.Kind(r.IntN(9))
		id := h.make(kind, r.Float64()*400, r.Float64()*400, r.Float64()*120, r.Float64()*120)
		if r.IntN(2) == 0 {
			h.set(id, board.KeyFill, board.Int(0xffec99))
		}
		if kind == board.KindText {
			h.write(h.doc.Edit(), func(edit *board.Edit) { edit.Splice(id, board.Chars, 0, 0, "some words") })
		}
		if r.IntN(3) == 0 {
			h.set(id, board.KeyAngle, board.Float(r.Float64()*7))
		}
	}
	for _, kind := range []board.Kind{board.KindTimer, board.KindVote, board.KindTile, board.KindStamp, board.KindStamp} {
		id := h.make(kind, r.Float64()*400, r.Float64()*400, 60, 60)
		if kind == board.KindStamp && r.IntN(3) > 0 {
			h.set(id, board.KeyStart, board.Ref(h.any(r)))
		}
	}
	for _, id := range h.order() {
		if r.IntN(3) == 0 {
			h.set(id, board.KeyFrame, board.Ref(h.any(r))) // or in what is no frame
		}
	}
	for range 3 {
		h.write(h.doc.Edit(), func(edit *board.Edit) {
			id := edit.Create(board.KindStroke)
			for range r.IntN(6) {
				edit.Append(id, board.Point{X: int32(r.IntN(3000)), Y: int32(r.IntN(3000)), Pressure: 128})
			}
		})
	}
}

// spot is a place of the screen, mostly one where there is something.
func (h *hand) spot(r *rand.Rand) geom.Point {
	marks := h.e.Marks()
	f := h.figures.Of(h.any(r))
	switch {
	case r.IntN(2) == 0 && len(marks) > 0:
		if m := marks[r.IntN(len(marks))]; len(m.Points) > 0 {
			return m.Points[r.IntN(len(m.Points))]
		}
	case r.IntN(2) == 0 && f != nil:
		return h.e.camera.ToScreen(f.Frame.At(r.Float64(), float64(r.IntN(3))/2))
	}
	return pt(r.Float64()*500, r.Float64()*500)
}

// any returns an element, deleted or not.
func (h *hand) any(r *rand.Rand) board.ID {
	ids := h.order()
	if len(ids) == 0 {
		return board.ID{}
	}
	return ids[r.IntN(len(ids))]
}

// disturb is somebody else at work.
func (h *hand) disturb(r *rand.Rand) {
	id := h.any(r)
	if id == (board.ID{}) {
		return
	}
	switch r.IntN(8) {
	case 7:
		h.theySet(id, board.KeyFrame, board.Ref(h.any(r)))
	case 0:
		h.theySet(id, board.KeyDeleted, board.Int(1))
	case 1:
		h.theySet(id, board.KeyLocked, board.Int(int64(r.IntN(2))))
	case 2:
		h.theySet(id, board.KeyX, board.Float(r.Float64()*400))
	case 3:
		h.theySet(id, board.KeyGroup, board.Ref(h.any(r)))
	case 4:
		h.theySet(id, board.KeyStart, board.Ref(h.any(r)))
	case 5:
		h.theySet(id, board.KeyWidth, board.Float(r.NormFloat64()*100))
	case 6:
		h.theirs(func(edit *board.Edit) { edit.Create(board.Kind(1 + r.IntN(20))) })
	}
}

// Whatever hands, keys and others do in whatever order, nothing panics, drafts end
// with their gestures, and what is committed is the document.
func TestRandomWork(t *testing.T) {
	commands := everyCommand()
	for seed := range uint64(150) {
		h := newDesk(t)
		r := rand.New(rand.NewPCG(seed, 7))
		h.e.Snap = r.IntN(2) == 0
		h.scene(r)
		sample := func() Pointer {
			id := r.IntN(5)
			return Pointer{
				ID: id, Kind: []PointerKind{Mouse, Mouse, Finger, Finger, Stylus}[id], Button: Button(r.IntN(12) / 10),
				At: h.spot(r), Pressure: r.Float64(), Mods: Mods(r.IntN(16) & r.IntN(16) & 7), Clicks: r.IntN(3),
			}
		}
		var clip []byte
		for range 150 {
			h.now += r.Float64() * 200
			switch r.IntN(20) {
			case 19:
				if w := h.e.Writing(); w != nil {
					w.Field()
					w.Input([]string{"", "a", "words\nof two lines"}[r.IntN(3)], 0, 0, h.now)
				}
			case 16:
				p := sample()
				h.down(p)
				h.up(p)
			case 17:
				p := sample()
				h.down(p)
				p.At = h.spot(r)
				h.move(p)
			case 18:
				h.e.ViewOnly(r.IntN(8) == 0)
				h.e.PasteText("pasted", sample().At)
			case 0, 1, 2:
				h.down(sample())
			case 3, 4:
				h.up(sample())
			case 5:
				h.cancel(sample())
			case 6, 7:
				if c := commands[r.IntN(len(commands))]; c != ZoomIn && c != ZoomOut {
					h.e.Do(c)
				}
			case 8, 9:
				h.disturb(r)
			case 10:
				h.e.SetStyle(figure.StyleKeys[r.IntN(len(figure.StyleKeys))], board.Int(int64(r.IntN(3))))
			case 11:
				if c := h.e.Copy(); c != nil && h.doc.Len() < 60 {
					clip = c
				}
			case 12:
				if clip != nil && h.doc.Len() < 60 {
					if err := h.e.Paste(clip, sample().At); err != nil {
						t.Fatal(err)
					}
				}
			case 13:
				h.e.Flush(h.now)
			default:
				h.move(sample(), sample(), sample())
			}
			h.e.Marks()
			h.e.State()
			h.e.Cursor()
			h.e.Menu()
			if h.e.Gesture() != nil && h.e.gesture == nil {
				t.Fatalf("seed %d: a draft without a gesture", seed)
			}
			for _, id := range h.e.Selection() {
				if h.figures.Of(id) == nil {
					t.Fatalf("seed %d: %v is selected, and not there", seed, id)
				}
			}
		}
		for id := range 5 {
			h.up(Pointer{ID: id, At: pt(1, 1)})
		}
		h.e.Do(SelectNone)
		h.e.Do(SelectNone)
		h.e.ViewOnly(false)
		h.wantNothing("all pointers lifted")
		for h.e.Do(Undo) {
		}
		h.wantSent("all undone")
		if t.Failed() {
			t.Fatalf("seed %d", seed)
		}
	}
}

// Each gesture is undone by one step, and done again by one.
func TestRandomGesturesAreSteps(t *testing.T) {
	for seed := range uint64(40) {
		h := newDesk(t)
		r := rand.New(rand.NewPCG(seed, 9))
		h.scene(r)
		for range 25 {
			held := Mods(r.IntN(8) & r.IntN(8))
			tool := Tool(r.IntN(int(tools)))
			h.e.Use(tool)
			if tool == Select && r.IntN(3) > 0 {
				if id := h.any(r); id != (board.ID{}) {
					h.e.choose([]board.ID{id, h.any(r)})
				}
			}
			before := h.picture()
			at := h.spot(r)
			h.drag(held, at, at.Add(pt(r.NormFloat64()*80, r.NormFloat64()*80)), at.Add(pt(r.NormFloat64()*80, r.NormFloat64()*80)))
			escape := r.IntN(6) == 0
			if escape {
				h.e.Do(SelectNone)
			}
			h.let(held, at.Add(pt(r.NormFloat64()*80, r.NormFloat64()*80)))
			if w := h.e.Writing(); w != nil {
				// What is written is another step.
				h.write(h.e.history.Edit(), func(edit *board.Edit) { edit.Splice(w.ID(), board.Chars, 0, 0, "x") })
				h.e.EndWriting()
				h.e.Do(Undo)
			}
			switch after := h.picture(); {
			case escape && after != before:
				t.Fatalf("seed %d: Escape with %v in hand leaves\n%swant\n%s", seed, tool, after, before)
			case after != before:
				h.wantOneStep(tool.String(), before)
			}
			h.wantNothing(tool.String())
			if t.Failed() {
				t.Fatalf("seed %d", seed)
			}
		}
	}
}

// No sample, however far, brings an element where no number is a place.
func TestWildDrags(t *testing.T) {
	nan, inf, far := math.NaN(), math.Inf(1), math.MaxFloat64
	for _, bad := range []geom.Point{pt(nan, 0), pt(inf, -inf), pt(far, 0), pt(-far, far), pt(1e300, -1e300), pt(5e-324, 0)} {
		for tool := range tools {
			for _, held := range []Mods{0, Shift, Alt, Shift | Alt, Ctrl} {
				h := newDesk(t)
				h.e.Grid, h.e.Snap = held == Ctrl, held == 0
				h.filled(100, 100, 100, 100)
				h.make(board.KindArrow, 300, 100, 100, 100)
				h.e.Use(tool)
				for _, way := range [][]geom.Point{
					{pt(150, 150), bad, pt(160, 160)}, {pt(150, 150), pt(190, 190), bad}, {bad, pt(150, 150), bad},
					{pt(200, 200), bad}, {pt(150, 100-rotateAway), bad}, {pt(350, 150), bad}, {pt(400, 200), bad},
				} {
					h.swipe(held, way...)
					h.e.Marks()
					h.e.Cursor()
					h.e.Do(SelectNone)
				}
				h.wantNothing(tool.String())
				for f := range h.figures.All() {
					box := f.Bounds
					if !box.Empty() && !(box.Min.Finite() && box.Max.Finite() && f.Frame.Box.Min.Finite()) {
						t.Errorf("%v to %v with %v: kind %d lies in %v", tool, bad, held, f.Kind(), box)
					}
				}
			}
		}
	}
}
