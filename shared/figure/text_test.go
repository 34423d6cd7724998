package figure

import (
	"fmt"
	"math"
	"strings"
	"testing"
	"unicode/utf16"
	"unicode/utf8"

	"edgeboard/shared/board"
	"edgeboard/shared/geom"
)

// typewriter is Fonts whose letters are half as wide as high, and those of East Asia
// twice that.
type typewriter struct{ measured int } // bytes

func (f *typewriter) Baseline() float64 { return 1 }

func (f *typewriter) Width(text string) float64 {
	f.measured += len(text)
	var w float64
	for _, r := range text {
		switch {
		case r >= 0x300 && r < 0x370, r >= 0x200b && r <= 0x200f, r >= 0xfe00 && r <= 0xfe0f:
		case r >= 0x1100:
			w++
		default:
			w += 0.5
		}
	}
	return w
}

// column lays a text out for lines of so many narrow letters, of size 20.
func column(text string, letters int, align Align) *Layout {
	return layOut(text, 20, float64(letters)*10, align, newWidths(&typewriter{}))
}

func TestLines(t *testing.T) {
	for _, c := range []struct {
		what, text string
		letters    int
		want       string // lines between bars
	}{
		{"nothing is a line", "", 10, ""},
		{"one line", "to be or not to be", 0, "to be or not to be"},
		{"wrapped at spaces", "to be or not to be", 9, "to be or|not to be"},
		{"spaces hang", "to be     or", 5, "to be|or"},
		{"spaces at the beginning are kept", "  be", 10, "  be"},
		{"spaces at the end are kept", "be  ", 10, "be  "},
		{"breaks of all systems", "a\nb\r\nc\rd\u2028e\u2029f", 10, "a|b|c|d|e|f"},
		{"a break at the end", "a\n", 10, "a|"},
		{"only breaks", "\n\n", 10, "||"},
		{"a word that is too long", "abcdefghij kl", 4, "abcd|efgh|ij|kl"},
		{"a word goes to the next line before it is broken", "a bcdefg", 4, "a|bcde|fg"},
		{"what is left of a word shares its line", "abcdef gh", 5, "abcde|f gh"},
		{"Chinese needs no spaces", "我们在白板上写字", 6, "我们在|白板上|写字"},
		{"and no comma at the beginning of a line", "我们，他们", 4, "我|们，|他们"},
		{"Japanese", "「あいう」えお。", 6, "「あい|う」え|お。"},
		{"Latin among Chinese", "用 Edgeboard 写字", 9, "用|Edgeboard|写字"},
		{"a hyphen", "well-known", 6, "well-|known"},
		{"no break before a full stop", "(abc). def", 6, "(abc).|def"},
		{"a slash", "see a/b/c/d", 6, "see|a/b/c/|d"},
		{"an address with a question", "http://a.b?c=d", 11, "http://a.b?|c=d"},
		{"numbers with signs", "-1 -2 x-3", 2, "-1|-2|x-|3"},
		{"parentheses", "a(b)(c)[d]", 4, "a(b)|(c)|[d]"},
		{"a comma after a space", "你好 ，a", 5, "你好|，a"},
		{"no-break space", "a b\u00a0c", 3, "a|b\u00a0c"},
		{"a family stays together", "👨‍👩‍👧👨‍👩‍👧", 6, "👨‍👩‍👧|👨‍👩‍👧"},
		{"a cluster wider than the line", "👨‍👩‍👧a", 2, "👨‍👩‍👧|a"},
		{"accents", "e\u0301e\u0301e\u0301", 2, "e\u0301e\u0301|e\u0301"},
		{"tabs", "a\tb", 0, "a    b"},
		{"tabs are wide", "a\tbc", 5, "a|bc"},
	} {
		var got []string
		for _, l := range column(c.text, c.letters, AlignStart).Lines {
			got = append(got, l.Text)
		}
		if s := strings.Join(got, "|"); s != c.want {
			t.Errorf("%s: %q in %d letters is %q, want %q", c.what, c.text, c.letters, s, c.want)
		}
	}
}

// Offsets are those of browsers.
func TestOffsets(t *testing.T) {
	l := column("😀 ab\r\ncd  e", 4, AlignStart)
	var got string
	for _, line := range l.Lines {
		got += fmt.Sprintf("%q %d-%d ", line.Text, line.From, line.To)
	}
	if want := `"😀" 0-2 "ab" 3-5 "cd" 7-9 "e" 11-12 `; got != want {
		t.Errorf("lines are %s, want %s", got, want)
	}
}

func TestPlaces(t *testing.T) {
	for _, c := range []struct {
		what    string
		text    string
		letters int
		align   Align
		want    []float64 // left ends
		width   float64   // of the box
	}{
		{"start", "ab\nabcd", 6, AlignStart, []float64{0, 0}, 60},
		{"middle", "ab\nabcd", 6, AlignMiddle, []float64{20, 10}, 60},
		{"end", "ab\nabcd", 6, AlignEnd, []float64{40, 20}, 60},
		{"without a width the longest line is the box", "ab\nabcd", 0, AlignMiddle, []float64{10, 0}, 40},
		{"from the right", "שלום\nab", 6, AlignStart, []float64{20, 0}, 60},
		{"the end of what is written from the right", "שלום\nab", 6, AlignEnd, []float64{0, 40}, 60},
		{"one that does not fit begins at its side", "字", 1, AlignMiddle, []float64{0}, 10},
	} {
		l := column(c.text, c.letters, c.align)
		for i, line := range l.Lines {
			// 20 is the baseline of the first line, 25 the height of each.
			if want := geom.Pt(c.want[i], 20+25*float64(i)); line.At != want {
				t.Errorf("%s: line %d is at %v, want %v", c.what, i, line.At, want)
			}
		}
		if want := geom.Rect(0, 0, c.width, 25*float64(len(l.Lines))); l.Box != want {
			t.Errorf("%s: the box is %v, want %v", c.what, l.Box, want)
		}
	}
}

// A paragraph has the direction of its first letter that has one.
func TestDirection(t *testing.T) {
	for text, want := range map[string]bool{
		"": false, "abc": false, "שלום": true, "مرحبا": true, "12 שלום": true, "😀 مرحبا!": true, "abc שלום": false,
		"(שלום)": true, "\u200fabc": true, "\u200eשלום": false, "١٢ abc": false, "字 שלום": false, "😀": false,
		"\U0001e900": true, "𝒜": false, "“שלום”": true, "・ש": true,
	} {
		if got := fromTheRight(text); got != want {
			t.Errorf("%q is written from the right: %v, want %v", text, got, want)
		}
	}
	// The lines of a text may differ.
	l := column("abc\nשלום\n12", 10, AlignStart)
	if l.Lines[0].RightToLeft || !l.Lines[1].RightToLeft || l.Lines[2].RightToLeft {
		t.Errorf("directions are %v", l.Lines)
	}
}

func TestCaret(t *testing.T) {
	l := column("😀b cd\tefg  hi\n\nשלום", 6, AlignStart)
	// Lines: "😀b" (wrapped before "cd", whose tab hangs), "efg", "hi", "", "שלום".
	for _, c := range []struct {
		at, line int
		x        float64
	}{
		{0, 0, 0}, {2, 0, 20}, {3, 0, 30}, {4, 0, 40}, {6, 0, 60},
		{7, 1, 0}, {10, 1, 30}, {11, 1, 30}, {12, 2, 0}, {14, 2, 20},
		{15, 3, 0}, {16, 4, 60}, {17, 4, 50}, {20, 4, 20}, {99, 4, 20}, {-1, 0, 0},
	} {
		if line, x := l.Caret(c.at); line != c.line || x != c.x {
			t.Errorf("before unit %d the caret is in line %d at %v, want line %d at %v", c.at, line, x, c.line, c.x)
		}
	}
	if _, x := column("ab\tc", 0, AlignStart).Caret(3); x != 60 {
		t.Errorf("behind a tab the caret is at %v, want 60: four spaces", x)
	}
	// In the middle of a pair it stands before it.
	if _, x := l.Caret(1); x != 0 {
		t.Errorf("in the middle of a character the caret is at %v, want 0", x)
	}
}

func TestBoxes(t *testing.T) {
	l := column("ab cd\nef", 3, AlignStart)
	for _, c := range []struct {
		from, to int
		want     []geom.Box
	}{
		{1, 1, nil},
		{0, 2, []geom.Box{geom.Rect(0, 0, 20, 25)}},
		{1, 4, []geom.Box{geom.Rect(10, 0, 15, 25), geom.Rect(0, 25, 10, 25)}},
		// The break is a quarter of the size wide.
		{5, 8, []geom.Box{geom.Rect(20, 25, 5, 25), geom.Rect(0, 50, 20, 25)}},
		{8, 99, nil},
	} {
		got := l.Boxes(c.from, c.to)
		if fmt.Sprint(got) != fmt.Sprint(c.want) {
			t.Errorf("from %d to %d: boxes %v, want %v", c.from, c.to, got, c.want)
		}
	}
	right := column("שלום", 6, AlignStart)
	if got := fmt.Sprint(right.Boxes(1, 3)); got != fmt.Sprint([]geom.Box{geom.Rect(30, 0, 20, 25)}) {
		t.Errorf("from the right: %v", got)
	}
}

// Where a click is, there the caret goes.
func TestPosition(t *testing.T) {
	l := column("ab cd\nשל", 3, AlignStart)
	for _, c := range []struct {
		x, y float64
		want int
	}{
		{-5, 10, 0}, {4, 10, 0}, {6, 10, 1}, {14, 10, 1}, {16, 10, 2}, {500, 10, 2},
		{0, 30, 3}, {500, 30, 5}, {500, 60, 6}, {24, 60, 7}, {21, 60, 7}, {11, 60, 8}, {0, 60, 8}, {0, 500, 8}, {0, -500, 0},
	} {
		if got := l.Position(geom.Pt(c.x, c.y)); got != c.want {
			t.Errorf("at %v, %v: %d, want %d", c.x, c.y, got, c.want)
		}
	}
	// A caret goes between letters as they are read, not into one.
	e := column("e\u0301e\u0301", 0, AlignStart)
	if got := e.Position(geom.Pt(12, 0)); got != 2 {
		t.Errorf("between two letters with accents: %d, want 2", got)
	}
}

func TestMove(t *testing.T) {
	l := column("ab\ncd", 4, AlignStart).move(geom.Pt(100, 50))
	if l.Box != geom.Rect(100, 50, 40, 50) || l.Lines[1].At != geom.Pt(100, 95) {
		t.Errorf("the box is %v, the second line at %v", l.Box, l.Lines[1].At)
	}
	if _, x := l.Caret(4); x != 110 {
		t.Errorf("the caret is at %v, want 110", x)
	}
	if got := l.Position(geom.Pt(110, 80)); got != 4 {
		t.Errorf("at the caret: %d, want 4", got)
	}
	if got := l.Boxes(3, 4); len(got) != 1 || got[0] != geom.Rect(100, 75, 10, 25) {
		t.Errorf("boxes are %v", got)
	}
}

// What somebody sends to hold everybody up is measured in proportion to what is
// shown of it.
func TestHostileTexts(t *testing.T) {
	const size = 1 << 20
	for what, text := range map[string]string{
		"one word":      strings.Repeat("x", size),
		"zero width":    strings.Repeat("\u200b", size/3),
		"joiners":       strings.Repeat("👨\u200d", size/7),
		"accents":       "e" + strings.Repeat("\u0301", size/2),
		"spaces":        strings.Repeat(" ", size),
		"tabs":          strings.Repeat("\t", size),
		"breaks":        strings.Repeat("\n", size),
		"opening":       strings.Repeat("(", size),
		"Chinese":       strings.Repeat("字", size/3),
		"regions":       strings.Repeat("🇨", size/4),
		"from the left": strings.Repeat("a ", size/2),
		"neutral":       strings.Repeat("-", size),
		"no breaks":     strings.Repeat("a\u00a0", size/3),
		"parentheses":   strings.Repeat("(é)", size/4),
		"commas":        strings.Repeat("」 ，", size/7),
	} {
		for _, letters := range []int{0, 1, 60} {
			fonts := &typewriter{}
			l := layOut(text, 20, float64(letters)*10, AlignStart, fonts)
			check(t, what, text, l, letters)
			if most := 30 * maxShown; fonts.measured > most {
				t.Errorf("%s, %d letters: %d bytes were measured, want at most %d", what, letters, fonts.measured, most)
			}
			l.Caret(size)
			l.Position(geom.Pt(50, math.Inf(1)))
		}
	}
}

// check holds what every layout promises.
func check(t *testing.T, what, text string, l *Layout, letters int) {
	t.Helper()
	units := utf16.Encode([]rune(text))
	if len(l.Lines) == 0 || len(l.Lines) > maxLines {
		t.Fatalf("%s: %d lines", what, len(l.Lines))
	}
	end := 0
	for i, line := range l.Lines {
		if line.From < end || line.To < line.From || line.To > len(units) {
			t.Fatalf("%s: line %d is from %d to %d, the one before ends at %d", what, i, line.From, line.To, end)
		}
		if got := string(utf16.Decode(units[line.From:line.To])); untab(got) != line.Text {
			t.Fatalf("%s: line %d is %.40q, and what it says to show %.40q", what, i, line.Text, got)
		}
		if skipped := string(utf16.Decode(units[end:line.From])); strings.Trim(skipped, " \t\r\n\u2028\u2029") != "" {
			t.Fatalf("%s: between lines %d and %d %.40q got lost", what, i-1, i, skipped)
		}
		if len(line.raw) > maxLine+maxCluster {
			t.Fatalf("%s: line %d has %d bytes", what, i, len(line.raw))
		}
		// One cluster may be wider than the line.
		if wide := float64(letters) * 10; letters > 0 && line.Width > wide+1e-3 && clusterLen(line.raw) < len(line.raw) {
			t.Fatalf("%s: line %d, %.40q, is %v wide, want at most %v", what, i, line.Text, line.Width, wide)
		}
		end = line.To
	}
}

func FuzzLayout(f *testing.F) {
	for _, text := range []string{"", "to be or not", "我们，他们", "a\r\nb\tc  ", "שלום abc", "👨‍👩‍👧e\u0301", "((x.))%5"} {
		f.Add(text, uint8(6), uint8(1))
	}
	f.Fuzz(func(t *testing.T, text string, letters, align uint8) {
		if !utf8.ValidString(text) {
			return // the document has none
		}
		l := column(text, int(letters), Align(align%3))
		check(t, "fuzz", text, l, int(letters))
		for at := range utf16Len(text) + 2 {
			line, x := l.Caret(at)
			if in := l.LineBox(line); x < in.Min.X || x > in.Max.X {
				t.Fatalf("before unit %d the caret is at %v, outside of its line %v", at, x, in)
			}
			l.Boxes(at, at+3)
		}
		for x := 0.0; x < 100; x += 7 {
			if at := l.Position(geom.Pt(x, x)); at < 0 || at > utf16Len(text) {
				t.Fatalf("position %d", at)
			}
		}
	})
}

// What is measured once is not measured again while it is used.
func TestWidthsAreKept(t *testing.T) {
	fonts := &typewriter{}
	w := newWidths(fonts)
	const text = "what is written is laid out anew with every letter"
	layOut(text, 20, 300, AlignStart, w)
	once := fonts.measured
	layOut(text, 20, 200, AlignStart, w)
	if fonts.measured != once {
		t.Errorf("%d bytes were measured again", fonts.measured-once)
	}
	// Twice as many as are kept push the first ones out, but not one in use.
	for i := range 3 * maxKept {
		w.Width(fmt.Sprint(i))
		w.Width("use")
	}
	before := fonts.measured
	w.Width("use")
	if fonts.measured != before {
		t.Error("a word in use was measured again")
	}
	if n := len(w.young) + len(w.old); n > 2*maxKept {
		t.Errorf("%d widths are kept", n)
	}
	w.forget()
	w.Width("use")
	if fonts.measured == before {
		t.Error("other fonts have the widths of the ones before")
	}
}

// The field in which a text is written lies where its letters do, and where they
// will while there are none.
func TestTextBox(t *testing.T) {
	doc := board.New(1)
	e := doc.Edit()
	note, text, wrapped, line := e.Create(board.KindNote), e.Create(board.KindText), e.Create(board.KindText), e.Create(board.KindLine)
	for _, id := range []board.ID{note, text, wrapped, line} {
		e.Set(id, board.KeyX, board.Float(100))
		e.Set(id, board.KeyY, board.Float(100))
	}
	for _, id := range []board.ID{note, line} {
		e.Set(id, board.KeyWidth, board.Float(200))
		e.Set(id, board.KeyHeight, board.Float(200))
	}
	e.Set(wrapped, board.KeyWidth, board.Float(50))
	e.Commit()
	want := func(what string, id board.ID, box geom.Box, wraps bool) {
		t.Helper()
		if b, w := New(doc, &typewriter{}).Of(id).TextBox(); b != box || w != wraps {
			t.Errorf("%s: %v, wraps %v; want %v, %v", what, b, w, box, wraps)
		}
	}
	want("an empty note", note, geom.Rect(116, 187.5, 168, 25), true)
	want("an empty text", text, geom.Rect(100, 100, 0, 25), false)
	want("an empty text with a width", wrapped, geom.Rect(100, 100, 50, 25), true)
	want("an empty label of a line", line, geom.Rect(200, 187.5, 0, 25), false)
	for _, id := range []board.ID{note, text, wrapped, line} {
		e.Splice(id, board.UTF16, 0, 0, "Mississippi\n")
	}
	e.Commit()
	want("a note of two lines", note, geom.Rect(116, 175, 168, 50), true)
	want("a text of two lines", text, geom.Rect(100, 100, 110, 50), false)
	want("a text of four", wrapped, geom.Rect(100, 100, 50, 100), true)
	want("a line's label", line, geom.Rect(145, 175, 110, 50), false)
}
