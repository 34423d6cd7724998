package editor

import (
	"math"
	"testing"

	"edgeboard/shared/board"
	"edgeboard/shared/figure"
	"edgeboard/shared/geom"
)

func TestStroke(t *testing.T) {
	h := newHand(t)
	h.e.SetStyle(board.KeyColor, board.Int(0xe03131))
	h.e.SetStyle(board.KeyThickness, board.Float(2.5))
	h.down(mouse(10, 20))
	if !h.e.Drawing() || h.e.Panning() {
		t.Error("the pen is down, and no stroke is under way")
	}
	h.move(mouse(20, 20), mouse(30, 25))
	under := h.e.Stroke()
	h.up(mouse(40, 25))
	if under != h.strokes()[0].ID() || h.e.Stroke() != (board.ID{}) {
		t.Errorf("under the pen was %v, afterwards %v; the stroke is %v", under, h.e.Stroke(), h.strokes()[0].ID())
	}
	h.wantPoints("drawn at 100 %", pt(10, 20), pt(20, 20), pt(30, 25), pt(40, 25))
	stroke := h.strokes()[0]
	if stroke.Kind() != board.KindStroke || stroke.Int(board.KeyColor, 0) != 0xe03131 || stroke.Float(board.KeyThickness, 0) != 2.5 {
		t.Errorf("kind %d, colour %#x, thickness %v", stroke.Kind(), stroke.Int(board.KeyColor, 0), stroke.Float(board.KeyThickness, 0))
	}
	for i, p := range stroke.AppendPoints(nil) {
		if p.Pressure != 128 {
			t.Errorf("pressure of point %d is %d: it is half for a mouse, also where it was released", i, p.Pressure)
		}
	}
	h.wantSent("after the stroke")
	h.wantIdle("after the stroke")
}

// Points are in board units wherever the camera is.
func TestStrokeUnderCamera(t *testing.T) {
	h := newHand(t)
	h.e.Wheel(pt(0, 0), pt(-100, 60), false)
	h.e.Zoom(pt(0, 0), 2)
	h.wantCamera("after wheel and zoom", 2, pt(-100, 60))
	h.down(mouse(10, 20))
	h.move(mouse(30, 40))
	h.up(mouse(30, 40))
	h.wantPoints("at 200 %", pt(-95, 70), pt(-85, 80))
}

func TestDot(t *testing.T) {
	h := newHand(t)
	h.down(mouse(10, 20))
	h.up(mouse(10, 20))
	h.wantPoints("a press without a move", pt(10, 20))
	h.wantSent("after a dot")
}

func TestPressure(t *testing.T) {
	h := newHand(t)
	sample := func(x, pressure float64) Pointer {
		return Pointer{ID: 4, Kind: Stylus, At: pt(x, 0), Pressure: pressure}
	}
	h.down(sample(0, 0))
	h.move(sample(10, 1), sample(20, 0.25), sample(30, -3), sample(40, 7))
	h.up(sample(50, 0))
	var got []uint8
	for _, p := range h.strokes()[0].AppendPoints(nil) {
		got = append(got, p.Pressure)
	}
	// The last one is of a stylus that was lifted: it keeps what it had.
	if want := []uint8{0, 255, 64, 0, 255, 255}; string(got) != string(want) {
		t.Errorf("pressures are %v, want %v", got, want)
	}
}

// Every sample is kept that is another place in the document's terms, however
// near: slow hands write small letters.
func TestAllSamplesAreKept(t *testing.T) {
	h := newHand(t)
	h.down(mouse(10, 10))
	h.move(mouse(10.25, 10), mouse(10.25, 10.25), mouse(10.25, 10.25), mouse(10.26, 10.26), mouse(10, 10.25))
	h.up(mouse(10, 10.25))
	stroke := h.strokes()[0].AppendPoints(nil)
	if n := len(stroke); n != 4 {
		t.Errorf("%d points of four places: %v", n, stroke)
	}
}

// Zoomed in, many pixels are one place in the document: it is named once.
func TestNoPointTwice(t *testing.T) {
	h := newHand(t)
	h.e.Zoom(pt(0, 0), geom.MaxZoom)
	h.down(mouse(0, 0))
	for x := 1.0; x <= 300; x++ {
		h.move(mouse(x, 0))
	}
	h.up(mouse(300, 0))
	points := h.strokes()[0].AppendPoints(nil)
	for i := range len(points) - 1 {
		if points[i] == points[i+1] {
			t.Fatalf("point %d is there twice", i)
		}
	}
	if last := points[len(points)-1]; last.X != 80 {
		t.Errorf("the stroke ends at %d eighths, want 80", last.X)
	}
}

// Others see the stroke grow, soon at first and then at some seven messages a
// second.
func TestCommitsAreBatched(t *testing.T) {
	h := newHand(t)
	h.down(mouse(0, 0))
	at, waiting := h.e.Deadline()
	if !waiting || at != h.now+commitFirst || h.commits != 0 {
		t.Errorf("at the start: deadline %v %v, %d commits", at, waiting, h.commits)
	}
	var after []int
	for i := range 300 {
		h.now += 10
		h.move(mouse(float64(i)*3, 7))
		after = append(after, h.commits)
	}
	// Of 10 ms; a fifth of the time, on the next sample.
	if after[9] != 2 || after[24] != 5 || after[99] < 12 || after[99] > 13 || after[299]-after[199] < 6 || after[299]-after[199] > 7 {
		t.Errorf("%d commits in 0.1 s, %d in 0.25 s, %d in a second, %d in the third one", after[9], after[24], after[99], after[299]-after[199])
	}
	// The hand rests: a timer flushes what waits.
	h.now += 10
	h.move(mouse(500, 0))
	at, waiting = h.e.Deadline()
	if !waiting || at-h.now > commitMost || at <= h.now {
		t.Fatalf("at %v points wait until %v, %v", h.now, at, waiting)
	}
	h.e.Flush(at - 1)
	if _, waiting = h.e.Deadline(); !waiting {
		t.Error("points were committed before their time")
	}
	h.e.Flush(at)
	h.wantSent("after the flush")
	before := h.commits
	h.e.Flush(at + 1000)
	if h.commits != before {
		t.Error("nothing was committed as if it was something")
	}
	h.up(mouse(520, 0))
	h.wantSent("after the stroke")
	if h.commits != before+1 {
		t.Errorf("the end of the stroke took %d commits", h.commits-before)
	}
	h.e.Flush(h.now + 1000)
	if h.commits != before+1 {
		t.Error("a flush after the stroke committed something")
	}
}

// What comes from others in the middle of a stroke does it no harm.
func TestRemoteUpdateInStroke(t *testing.T) {
	h := newHand(t)
	remote := board.New(otherReplica)
	h.down(mouse(0, 0))
	for i := range 20 {
		edit := remote.Edit()
		id := edit.Create(board.KindStroke)
		edit.Append(id, board.Point{X: int32(i)})
		update := edit.Commit()
		for _, b := range []*board.Board{h.doc, h.other} {
			if err := b.Apply(update); err != nil {
				t.Fatal(err)
			}
		}
		h.now += 7
		h.move(mouse(float64(i+1)*5, 3))
	}
	// One of the others even deletes the stroke that is under way.
	updates, err := h.other.Diff(remote.Vector())
	if err == nil {
		err = remote.Apply(updates)
	}
	if err != nil {
		t.Fatal(err)
	}
	edit := remote.Edit()
	edit.Set(h.e.Stroke(), board.KeyDeleted, board.Int(1))
	update := edit.Commit()
	for _, b := range []*board.Board{h.doc, h.other} {
		if err := b.Apply(update); err != nil {
			t.Fatal(err)
		}
	}
	h.move(mouse(200, 200))
	h.up(mouse(300, 300))
	h.wantSent("after the stroke")
	h.wantStrokes("after the deletion", 20)
	h.wantIdle("after the deletion")
}

// A stroke that somebody moves while it is drawn stays where it was put, as it was;
// another one goes on under the pen, and both are one step. One that is locked ends.
func TestOthersMoveAndLockStroke(t *testing.T) {
	h := newHand(t)
	h.down(mouse(0, 0))
	h.move(mouse(40, 0), mouse(40, 10))
	first := h.e.Stroke()
	flush := func() {
		h.now += 1000
		h.e.Flush(h.now)
	}
	flush()
	h.theirs(func(edit *board.Edit) {
		figure.SetPlace(edit, h.remote.Element(first), figure.Place{X: 100, W: 40, H: 10})
	})
	h.move(mouse(80, 10))
	second := h.e.Stroke()
	if second == first || second == (board.ID{}) {
		t.Fatal("the stroke that was moved goes on")
	}
	h.move(mouse(80, 30))
	for id, points := range map[board.ID]int{first: 3, second: 3} {
		if n := h.doc.Element(id).NumPoints(); n != points {
			t.Errorf("a stroke has %d points, want %d", n, points)
		}
	}
	flush()
	h.theySet(second, board.KeyLocked, board.Int(1))
	h.move(mouse(120, 30))
	if h.e.Drawing() {
		t.Error("the stroke that was locked goes on")
	}
	h.up(mouse(200, 30))
	h.wantSent("after the lock")
	h.wantStrokes("after the lock", 2)
	h.e.Do(Undo)
	h.wantStrokes("undone", 0)
}

// A second pointer does not disturb the first.
func TestSecondPointer(t *testing.T) {
	h := newHand(t)
	h.down(mouse(10, 10))
	stylus := pointer(7, Stylus, pt(100, 100))[0]
	h.down(stylus)
	h.down(finger(8, 50, 50)) // no pinch: it is a mouse that draws
	h.move(mouse(20, 10), stylus, finger(8, 70, 70))
	h.up(stylus)
	h.cancel(finger(8, 70, 70))
	h.move(mouse(30, 10))
	h.up(mouse(30, 10))
	h.wantPoints("of the first pointer alone", pt(10, 10), pt(20, 10), pt(30, 10))
	h.wantCamera("untouched", 1, pt(0, 0))
	h.wantIdle("afterwards")
}

// What the system takes away stays drawn.
func TestCancel(t *testing.T) {
	h := newHand(t)
	h.down(mouse(10, 10))
	h.move(mouse(20, 10))
	h.cancel(mouse(900, 900))
	h.wantPoints("cancelled", pt(10, 10), pt(20, 10))
	h.wantSent("cancelled")
	h.wantIdle("cancelled")
}

func TestOtherButtonsDoNothing(t *testing.T) {
	h := newHand(t)
	p := mouse(10, 10)
	p.Button = Other
	h.down(p)
	h.move(mouse(50, 50))
	h.up(mouse(50, 50))
	h.wantStrokes("the right button", 0)
	h.wantCamera("the right button", 1, pt(0, 0))
	h.wantIdle("the right button")
}

// Pointers that hover, or that nobody has heard of, do nothing.
func TestMovesOfUnknownPointers(t *testing.T) {
	h := newHand(t)
	h.move(mouse(10, 10), finger(5, 20, 20))
	h.up(mouse(30, 30))
	h.cancel(finger(5, 20, 20))
	h.move()
	h.wantStrokes("nothing was pressed", 0)
	h.wantIdle("nothing was pressed")
}

// A pointer that comes down twice was lifted, and nobody said so.
func TestDownTwice(t *testing.T) {
	h := newHand(t)
	h.down(mouse(10, 10))
	h.move(mouse(20, 10))
	h.down(mouse(200, 200))
	h.move(mouse(210, 200))
	h.up(mouse(210, 200))
	h.wantStrokes("two presses", 2)
	for i, e := range h.strokes() {
		if e.NumPoints() != 2 {
			t.Errorf("stroke %d has %d points: it was dragged over to the other", i, e.NumPoints())
		}
	}
	h.wantIdle("two presses")

	h.e.Use(Hand)
	h.down(mouse(0, 0))
	h.down(mouse(100, 0))
	h.move(mouse(110, 0))
	h.up(mouse(110, 0))
	h.e.Use(Pen)
	h.wantCamera("two presses of the hand", 1, pt(-10, 0))
}

// No sample, however strange, puts the camera or a point out of the world.
func TestWildSamples(t *testing.T) {
	nan, inf := math.NaN(), math.Inf(1)
	h := newHand(t)
	for _, bad := range []geom.Point{pt(nan, 0), pt(0, nan), pt(inf, 0), pt(0, -inf)} {
		for _, tool := range []Tool{Pen, Hand} {
			h.e.Use(tool)
			h.down(pointer(1, Mouse, bad)[0])
			h.up(mouse(1, 1))
			h.down(mouse(5, 5))
			h.move(mouse(6, 6), pointer(1, Mouse, bad)[0], mouse(7, 7))
			h.up(pointer(1, Mouse, bad)[0])
			h.down(finger(1, 5, 5))
			h.down(finger(2, 50, 50))
			h.move(pointer(2, Finger, bad)...)
			h.up(finger(2, 50, 50))
			h.up(finger(1, 5, 5))
		}
		for _, zoom := range []bool{false, true} {
			h.e.Wheel(bad, bad, zoom)
		}
		h.e.Zoom(bad, 2)
		h.e.Zoom(pt(10, 10), nan)
		h.e.Use(Pen)
	}
	for _, d := range []geom.Point{pt(1e300, -1e300), pt(inf, -inf), pt(-math.MaxFloat64, 5)} {
		h.e.Wheel(pt(0, 0), d, false)
		h.e.Wheel(pt(1e300, 0), d, true)
	}
	c := h.e.Camera()
	if !(math.Abs(c.At.X) <= maxCoordinate/8 && math.Abs(c.At.Y) <= maxCoordinate/8 && c.Zoom >= geom.MinZoom && c.Zoom <= geom.MaxZoom) {
		t.Errorf("the camera is at %v, zoom %v", c.At, c.Zoom)
	}
	h.down(mouse(1e300, -1e300))
	h.move(mouse(-1e300, 1e300), mouse(10, 10))
	h.up(mouse(10, 10))
	for _, e := range h.strokes() {
		for _, p := range e.AppendPoints(nil) {
			if max(p.X, -p.X, p.Y, -p.Y) > maxCoordinate {
				t.Errorf("a point at %v", p)
			}
		}
	}
	h.wantSent("after nonsense")
	h.wantIdle("after nonsense")
}

// zigzag returns n samples of a way up and down, from the i-th on.
func zigzag(id int, kind PointerKind, i, n int) []Pointer {
	var way []geom.Point
	for j := i; j < i+n; j++ {
		way = append(way, pt(float64(j+1), float64(j%2)))
	}
	return pointer(id, kind, way...)
}

// A stroke that is full goes on as another one of the same look, from where it
// ends.
func TestStrokeGoesOn(t *testing.T) {
	h := newHand(t)
	h.e.SetStyle(board.KeyColor, board.Int(0x2f9e44))
	h.down(mouse(0, 0))
	h.e.SetStyle(board.KeyColor, board.Int(0xe03131)) // of the next stroke, not of this one
	for i := 0; i < board.MaxPoints+100; i += 10 {
		h.now += 10
		h.move(zigzag(1, Mouse, i, 10)...)
	}
	h.up(mouse(board.MaxPoints+100, 1))
	list := h.strokes()
	if len(list) != 2 {
		t.Fatalf("%d strokes, want 2", len(list))
	}
	full, rest := list[0].AppendPoints(nil), list[1].AppendPoints(nil)
	if len(full) != board.MaxPoints || len(rest) != 102 {
		t.Fatalf("strokes of %d and %d points, want %d and 102: the joint is in both", len(full), len(rest), board.MaxPoints)
	}
	if rest[0] != full[len(full)-1] {
		t.Errorf("the second stroke begins at %v, the first ends at %v", rest[0], full[len(full)-1])
	}
	if color := list[1].Int(board.KeyColor, 0); color != 0x2f9e44 {
		t.Errorf("the second stroke has colour %#x", color)
	}
	if h.commits > (board.MaxPoints+100)/commitMost+20 {
		t.Errorf("%d commits: more than one in %d ms", h.commits, commitMost)
	}
	h.wantSent("after a long stroke")
	h.wantIdle("after a long stroke")
}

// fill makes all elements that a board can have but n. They have no points, and
// nobody is told of them.
func (h *hand) fill(n int) {
	h.doc.Observe(nil)
	defer h.observe()
	edit := h.doc.Edit()
	for range board.MaxElements - n {
		edit.Create(board.KindStroke)
	}
	if err := h.other.Apply(edit.Commit()); err != nil {
		h.t.Fatal(err)
	}
}

// On a full board nothing is drawn, and nothing breaks.
func TestFullBoard(t *testing.T) {
	h := newHand(t)
	h.fill(1)
	h.down(mouse(0, 0))
	for i := 0; i < board.MaxPoints+10; i += 10 { // it would go on as another one
		h.move(zigzag(1, Mouse, i, 10)...)
	}
	if h.e.Drawing() {
		t.Error("a stroke that can not go on is under way still")
	}
	h.wantSent("at the end of the last stroke")
	h.up(mouse(0, 50))
	h.down(mouse(50, 50))
	h.move(mouse(80, 80))
	h.up(mouse(80, 80))
	if n := h.doc.Len(); n != board.MaxElements {
		t.Errorf("%d elements", n)
	}
	h.wantSent("on a full board")
	h.e.Use(Hand)
	h.down(mouse(0, 0))
	h.move(mouse(10, 10))
	h.up(mouse(10, 10))
	h.wantCamera("the hand still works", 1, pt(-10, -10))
}
