package narrator

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"edgeboard/public/texts"
	"edgeboard/shared/board"
	"edgeboard/shared/feed"
	"edgeboard/shared/figure"
	"edgeboard/shared/figure/figuretest"
	"edgeboard/shared/geom"
)

// desk is a board and what is told of it.
type desk struct {
	t   *testing.T
	doc *board.Board
	set *figure.Set
	d   Digest
	who string // does what comes next
}

func newDesk(t *testing.T) *desk {
	doc := board.New(1)
	k := &desk{t: t, doc: doc, set: figure.New(doc, figuretest.Even{}), who: "Maria"}
	doc.Observe(func(e board.Event) {
		k.set.Changed(e)
		k.d.Take(e, k.who)
	})
	return k
}

func (k *desk) edit(f func(edit *board.Edit)) {
	k.t.Helper()
	edit := k.doc.Edit()
	f(edit)
	if err := edit.Err(); err != nil {
		k.t.Fatal(err)
	}
	edit.Commit()
}

// put puts an element on the board.
func (k *desk) put(kind board.Kind, x, y, w, h float64, text string, set ...any) (id board.ID) {
	k.t.Helper()
	k.edit(func(edit *board.Edit) {
		id = edit.Create(kind)
		for key, v := range map[board.Key]float64{board.KeyX: x, board.KeyY: y, board.KeyWidth: w, board.KeyHeight: h} {
			edit.Set(id, key, board.Float(v))
		}
		for i := 0; i < len(set); i += 2 {
			edit.Set(id, set[i].(board.Key), set[i+1].(board.Value))
		}
		if text != "" {
			edit.Splice(id, board.Chars, 0, 0, text)
		}
	})
	return id
}

func (k *desk) describe(l texts.Language, id board.ID) string {
	return Describe(l, k.set, Live{}, k.set.Of(id))
}

func (k *desk) told(want string) {
	k.t.Helper()
	if got := k.d.Tell(texts.English, k.doc); got != want {
		k.t.Errorf("%q was told, want %q", got, want)
	}
	if !k.d.Empty() || k.d.Tell(texts.English, k.doc) != "" {
		k.t.Error("it is told again")
	}
}

// What an element is, what it says, how it looks and where it lies.
func TestDescribe(t *testing.T) {
	k := newDesk(t)
	note := k.put(board.KindNote, 120, 80, 200, 200, "Buy milk\nand   bread", board.KeyLocked, board.Int(1))
	box := k.put(board.KindRectangle, -400.4, -30, 100, 50, "", board.KeyColor, board.Int(0xe03131), board.KeyFill, board.Int(0xa9e8ec))
	arrow := k.put(board.KindArrow, 0, 0, 10, 10, "then", board.KeyStart, board.Ref(note), board.KeyEnd, board.Ref(box))
	long := k.put(board.KindText, 0, 400, 0, 0, strings.Repeat("很长的文字", 60))
	for _, c := range []struct {
		id               board.ID
		english, chinese string
	}{
		{note, "Note “Buy milk and bread”, yellow, 120 right, 80 down, locked", "便签“Buy milk and bread”，黄，右 120，下 80，已锁定"},
		{box, "Rectangle, red, filled teal, 400 left, 30 up", "矩形，红，填充青，左 400，上 30"},
	} {
		if got := k.describe(texts.English, c.id); got != c.english {
			t.Errorf("%q, want %q", got, c.english)
		}
		if got := k.describe(texts.Chinese, c.id); got != c.chinese {
			t.Errorf("%q, want %q", got, c.chinese)
		}
	}
	if got := k.describe(texts.English, arrow); !strings.HasPrefix(got, "Arrow “then” from Note “Buy milk and bread” to Rectangle, black, ") {
		t.Errorf("the arrow is %q", got)
	}
	if got := k.describe(texts.Chinese, long); strings.Count(got, "很") != mostQuoted/5 || !strings.Contains(got, "…") {
		t.Errorf("a long text is %q", got)
	}
}

// A colour is called as the one with a name that looks most like it.
func TestColor(t *testing.T) {
	for rgb, want := range map[uint32]string{0xe03131: "red", 0xff0000: "red", 0x1e1e1e: "black", 0: "black", 0xfefefe: "white", 0x8a8a8a: "grey", 0xffe08a: "yellow", 0x2244dd: "blue", 0x00aa33: "green"} {
		if got := Color(texts.English, rgb); got != want {
			t.Errorf("#%06x is called %s, want %s", rgb, got, want)
		}
	}
}

// A board is read in rows, and what is in a frame with the frame.
func TestRead(t *testing.T) {
	k := newDesk(t)
	if items, more := Read(texts.English, k.set, Live{}, geom.Rect(0, 0, 100, 100), 10); len(items) != 0 || more != 0 {
		t.Errorf("of an empty board %v and %d more are read", items, more)
	}
	right := k.put(board.KindRectangle, 300, 5, 100, 100, "")
	left := k.put(board.KindRectangle, 0, 20, 100, 100, "") // a little lower: still of the same row
	frame := k.put(board.KindFrame, 0, 200, 400, 300, "Plan")
	below := k.put(board.KindRectangle, 0, 600, 100, 100, "")
	inside := k.put(board.KindNote, 50, 250, 100, 100, "in it", board.KeyFrame, board.Ref(frame))
	beside := k.put(board.KindNote, 450, 210, 100, 100, "") // of the frame's row
	items, more := Read(texts.English, k.set, Live{}, geom.Rect(0, 0, 500, 500), 100)
	var ids []board.ID
	for _, item := range items {
		ids = append(ids, item.ID)
	}
	if want := []board.ID{left, right, frame, inside, beside, below}; !slices.Equal(ids, want) || more != 0 {
		t.Errorf("the order is %v and %d more, want %v", ids, more, want)
	}
	if got := items[3].Text; got != "Note “in it”, yellow, 50 right, 250 down, in Frame “Plan”" {
		t.Errorf("what is in a frame is %q", got)
	}

	// Of many it is the nearest, and the others are counted.
	items, more = Read(texts.English, k.set, Live{}, geom.Rect(0, 550, 200, 200), 2)
	if len(items) != 2 || more != 4 || items[0].ID != frame || items[1].ID != below {
		t.Errorf("near the lowest one lie %v, and %d more", items, more)
	}
	// Frames that hold one another have an end too.
	k.edit(func(edit *board.Edit) { edit.Set(frame, board.KeyFrame, board.Ref(frame)) })
	if items, _ := Read(texts.English, k.set, Live{}, geom.Rect(0, 0, 500, 500), 100); len(items) != 6 {
		t.Errorf("%d elements are read, want 6", len(items))
	}
}

// Of very many the nearest are read, wherever they lie: close together, far from where one
// looks, or beside it.
func TestReadNearest(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	k := newDesk(t)
	for i := range 1200 {
		at := geom.Pt(4000*r.Float64(), 4000*r.Float64())
		switch i % 3 {
		case 0:
			at = geom.Pt(100*r.Float64(), 3000+100*r.Float64())
		case 1:
			at = geom.Pt(50_000+5000*r.Float64(), 10)
		}
		k.put(board.KindRectangle, at.X, at.Y, 30*r.Float64(), 30*r.Float64(), "")
	}
	for _, around := range []geom.Box{
		geom.Rect(0, 0, 800, 600), geom.Rect(40, 3040, 8, 6), geom.Rect(-1e7, -1e7, 10, 10), geom.Rect(20_000, 0, 1e6, 1e6), geom.Rect(-1e6, -1e6, 2e6, 2e6),
	} {
		middle := around.Center()
		var dists []float64
		for f := range k.set.All() {
			dists = append(dists, f.Bounds.Dist(middle))
		}
		slices.Sort(dists)
		for _, most := range []int{1, 40, 500} {
			items, more := Read(texts.English, k.set, Live{}, around, most)
			if len(items) != most || more != len(dists)-most {
				t.Fatalf("around %v %d are read, and %d more, want %d, and %d more", around, len(items), more, most, len(dists)-most)
			}
			for _, item := range items {
				if d := k.set.Of(item.ID).Bounds.Dist(middle); d > dists[most-1] {
					t.Errorf("around %v one is read that is %v away: the nearest %d lie within %v", around, d, most, dists[most-1])
					break
				}
			}
		}
	}
}

// What others do is told by who did it, in as few words as it can be.
func TestDigest(t *testing.T) {
	k := newDesk(t)
	k.told("")
	var notes []board.ID
	for i := range 3 {
		notes = append(notes, k.put(board.KindNote, float64(250*i), 0, 200, 200, "note"))
	}
	k.told("Maria added 3 notes.")

	k.edit(func(edit *board.Edit) {
		edit.Set(notes[0], board.KeyX, board.Float(10))
		edit.Set(notes[0], board.KeyY, board.Float(10))
		edit.Splice(notes[1], board.Chars, 0, 0, "a ")
	})
	k.who = "Ben"
	k.edit(func(edit *board.Edit) { edit.Set(notes[2], board.KeyDeleted, board.Int(1)) })
	k.who = ""
	k.put(board.KindRectangle, 0, 0, 10, 10, "")
	k.put(board.KindEllipse, 0, 0, 10, 10, "")
	k.told("Maria changed 2 notes. Ben deleted a note. Somebody added 2 elements.")

	// Undone, it is there again; what came and went was nothing.
	k.who = "Ben"
	k.edit(func(edit *board.Edit) { edit.Set(notes[2], board.KeyDeleted, board.Int(0)) })
	gone := k.put(board.KindNote, 0, 0, 10, 10, "")
	k.edit(func(edit *board.Edit) { edit.Set(gone, board.KeyDeleted, board.Int(1)) })
	k.told("Ben added a note.")

	// More than a few people are others; threads and pages are no elements of the board.
	for i := range mostPeople + 2 {
		k.who = fmt.Sprint("P", i)
		k.put(board.KindStroke, 0, 0, 10, 10, "")
		k.put(board.KindPage, 0, 0, 0, 0, "")
	}
	k.told("P0 added a stroke. P1 added a stroke. P2 added a stroke. Others added 2 strokes.")

	// How anybody votes is their own business.
	vote := k.put(board.KindVote, 0, 0, 100, 100, "Which?")
	k.told("P4 added a vote.")
	k.put(board.KindStamp, 0, 0, 10, 10, "", board.KeyParent, board.Ref(vote))
	k.told("")
}

// However much is done, a Digest stays small and says something.
func TestDigestIsBounded(t *testing.T) {
	k := newDesk(t)
	k.edit(func(edit *board.Edit) {
		for range mostDigested + 100 {
			edit.Create(board.KindNote)
		}
	})
	if len(k.d.deeds) != mostDigested {
		t.Errorf("%d elements are known, want %d", len(k.d.deeds), mostDigested)
	}
	if got := k.d.Tell(texts.English, k.doc); !strings.HasPrefix(got, "Maria added 4096 notes") {
		t.Errorf("%q", got)
	}
}

// Whatever the board says, every element is read once.
func TestReadAnything(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	k := newDesk(t)
	var ids []board.ID
	for i := range 300 {
		kind := board.Kind(1 + r.IntN(12))
		id := k.put(kind, 2000*r.Float64()-1000, 2000*r.Float64()-1000, 300*r.Float64(), 300*r.Float64(), strings.Repeat("x", r.IntN(3)))
		if ids = append(ids, id); i > 0 {
			k.edit(func(edit *board.Edit) {
				edit.Set(id, board.KeyFrame, board.Ref(ids[r.IntN(len(ids))]))
				edit.Set(id, board.KeyStart, board.Ref(ids[r.IntN(len(ids))]))
			})
		}
	}
	for _, most := range []int{1, 50, 1000} {
		seen := map[board.ID]bool{}
		items, more := Read(texts.Chinese, k.set, Live{}, geom.Rect(0, 0, 800, 600), most)
		for _, item := range items {
			if seen[item.ID] || item.Text == "" {
				t.Errorf("%v is read twice, or as %q", item.ID, item.Text)
			}
			seen[item.ID] = true
		}
		if len(items) > most || more == 0 && len(items) < k.set.Len()-300 {
			t.Errorf("of %d elements %d are read, and %d more", k.set.Len(), len(items), more)
		}
	}
}

// Of a tile is told what it shows, how old that is, and what is to be minded about it.
func TestTile(t *testing.T) {
	const now = 1_764_000_100_000
	k := newDesk(t)
	var feeds feed.Feeds
	live := Live{feeds.Matching, now}
	push := func(name string, ago int64, v float64, text string) {
		q := feed.Point{Time: now - ago*1000, Number: v, Text: text}
		feeds.Take([]feed.Batch{{Name: name, Type: q.Type(), Anew: true, Points: []feed.Point{q}}}, nil)
	}
	id := k.put(board.KindTile, 0, 0, 200, 100, "CPU",
		board.KeyFeed, board.String("cpu.*\nnote"), board.KeyUnit, board.String("%"), board.KeySteps, board.String("70 f0a000;90 e03131!"))
	told := func(l texts.Language, want string) {
		t.Helper()
		if got := Name(l, live, k.set.Of(id)); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
	told(texts.English, "Live tile “CPU”: no value yet")
	if got := k.describe(texts.English, id); got != "Live tile “CPU”, 0 right, 0 down" {
		t.Errorf("without live data: %q", got)
	}
	push("cpu.a", 3, 42, "")
	told(texts.English, "Live tile “CPU”: 42%, 3 s ago")
	told(texts.Chinese, "实时磁贴“CPU”：42%，3 秒前")
	push("cpu.a", 150, 95, "")
	told(texts.English, "Live tile “CPU”: 95%, 2 min ago, threshold 90% reached, stale")
	push("note", 1, 0, "all\nis well")
	told(texts.English, "Live tile “CPU”: cpu.a 95%, 2 min ago, threshold 90% reached, stale, note all is well, 1 s ago")
	for _, name := range []string{"cpu.b", "cpu.c", "cpu.d"} {
		push(name, 0, 1, "")
	}
	told(texts.English, "Live tile “CPU”: cpu.a 95%, 2 min ago, threshold 90% reached, stale, cpu.b 1%, 0 s ago, cpu.c 1%, 0 s ago and 2 more")
	if got, want := Describe(texts.English, k.set, live, k.set.Of(id)), "note all is well, 1 s ago, 0 right, 0 down"; !strings.HasSuffix(got, want) {
		t.Errorf("%q does not end with %q", got, want)
	}
}
