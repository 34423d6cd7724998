package editor

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"unicode/utf16"
	"unicode/utf8"

	"edgeboard/shared/board"
)

// page is two people who write in one text: one in the field of the editor, the
// other straight on a board.
type page struct {
	t            *testing.T
	e            *Editor
	doc, other   *board.Board
	sent         []byte // what the editor has committed and the other does not have
	id           board.ID
	now          float64
	text         string // what the field shows
	from, to     int    // what is selected in it
	composing    bool
	notFollowing bool // the field is not brought up to date for now
}

func newPage(t *testing.T, kind board.Kind, text string) *page {
	d := &page{t: t, doc: board.New(ownReplica), other: board.New(otherReplica), now: 1000}
	d.e = newWritingEditor(d.doc, func(update []byte) { d.sent = append(d.sent, update...) })
	edit := d.other.Edit()
	d.id = edit.Create(kind)
	edit.Splice(d.id, board.Chars, 0, 0, text)
	d.receive(edit.Commit())
	d.e.Write(d.id)
	d.show()
	return d
}

func (d *page) receive(update []byte) {
	d.t.Helper()
	if err := d.doc.Apply(update); err != nil {
		d.t.Fatal(err)
	}
	d.show()
}

// deliver brings what the editor has committed to the other.
func (d *page) deliver() {
	d.t.Helper()
	if err := d.other.Apply(d.sent); err != nil {
		d.t.Fatal(err)
	}
	d.sent = nil
}

// show does what the page does after everything: the field shows what it must.
func (d *page) show() {
	w := d.e.Writing()
	if w == nil || d.notFollowing {
		return
	}
	if text, from, to, changed := w.Field(); changed {
		if d.composing {
			d.t.Fatal("the field changes while an input method composes")
		}
		d.text, d.from, d.to = text, from, to
	}
}

// put replaces what is selected in the field, as a key or a paste does. It does not
// tell of it.
func (d *page) put(text string) {
	units := utf16.Encode([]rune(d.text))
	head, tail := string(utf16.Decode(units[:d.from])), string(utf16.Decode(units[d.to:]))
	d.text = head + text + tail
	d.from = len(utf16.Encode([]rune(head + text)))
	d.to = d.from
}

func (d *page) input() {
	if w := d.e.Writing(); w != nil {
		w.Input(d.text, d.from, d.to, d.now)
	}
	d.show()
}

func (d *page) typing(text string) {
	for _, r := range text {
		d.now += 100
		d.put(string(r))
		d.input()
	}
}

// erase is so many backspaces.
func (d *page) erase(n int) {
	for range n {
		d.now += 100
		if d.from == d.to && d.to > 0 {
			d.from--
			if units := utf16.Encode([]rune(d.text)); utf16.IsSurrogate(rune(units[d.from])) && d.from > 0 {
				d.from--
			}
		}
		d.put("")
		d.input()
	}
}

func (d *page) choose(from, to int) {
	d.from, d.to = from, to
	if w := d.e.Writing(); w != nil {
		w.Select(from, to)
	}
	d.show()
}

func (d *page) compose(begun bool) {
	d.composing = begun
	if w := d.e.Writing(); w != nil {
		w.Compose(begun)
	}
	d.show()
}

// elsewhere lets the other insert and remove something, in characters.
func (d *page) elsewhere(at, remove int, insert string) {
	d.t.Helper()
	edit := d.other.Edit()
	edit.Splice(d.id, board.Chars, at, remove, insert)
	if err := edit.Err(); err != nil {
		d.t.Fatal(err)
	}
	d.receive(edit.Commit())
}

func (d *page) want(when, text string) {
	d.t.Helper()
	if got := d.doc.Element(d.id).Text(); got != text {
		d.t.Errorf("%s: the document says %q, want %q", when, got, text)
	}
	if w := d.e.Writing(); w != nil && !d.composing && d.text != shown(text) {
		d.t.Errorf("%s: the field shows %q, want %q", when, d.text, text)
	}
}

func (d *page) wantCaret(when string, at int) {
	d.t.Helper()
	if d.from != at || d.to != at {
		d.t.Errorf("%s: %d to %d is selected, want a caret at %d", when, d.from, d.to, at)
	}
	anchor, head := d.e.Writing().Caret()
	for _, a := range []board.Anchor{anchor, head} {
		if got, err := d.doc.Element(d.id).Position(a, board.UTF16); got != at || err != nil {
			d.t.Errorf("%s: others see the caret at %d, %v, want %d", when, got, err, at)
		}
	}
}

func (d *page) undo(when, want string) {
	d.t.Helper()
	d.e.Do(Undo)
	d.show()
	d.want(when, want)
}

func TestTyping(t *testing.T) {
	d := newPage(t, board.KindNote, "ab")
	d.wantCaret("it begins at the end", 2)
	d.typing("c😀d")
	d.want("typed", "abc😀d")
	d.erase(2)
	d.want("erased", "abc")
	d.choose(1, 2)
	d.typing("xy")
	d.want("replaced", "axyc")
	d.wantCaret("behind what was typed", 3)
	d.deliver()
	if got := d.other.Element(d.id).Text(); got != "axyc" {
		t.Errorf("the other has %q", got)
	}
}

// What others write moves the caret along, and stays when this person writes on.
func TestOthersWrite(t *testing.T) {
	d := newPage(t, board.KindNote, "hello world")
	d.choose(5, 5)
	d.elsewhere(0, 0, "well, ")
	d.want("they write before the caret", "well, hello world")
	d.wantCaret("they write before the caret", 11)
	d.elsewhere(17, 0, "!")
	d.wantCaret("they write behind the caret", 11)
	d.elsewhere(11, 0, " big")
	d.wantCaret("they write at the caret", 11)
	d.typing(",")
	d.want("typed on", "well, hello, big world!")
	d.deliver()
	d.choose(13, 17)
	d.elsewhere(12, 5, "")
	d.wantCaret("what was selected is gone", 12)
}

// What was selected from its end to its beginning stays so when others write.
func TestSelectedBackwards(t *testing.T) {
	d := newPage(t, board.KindNote, "hello world")
	d.choose(11, 6)
	d.elsewhere(0, 0, "well, ")
	if d.from != 17 || d.to != 12 {
		t.Errorf("%d to %d is selected, want 17 to 12", d.from, d.to)
	}
	_, head := d.e.Writing().Caret()
	if at, err := d.doc.Element(d.id).Position(head, board.UTF16); at != 12 || err != nil {
		t.Errorf("others see the caret at %d, %v, want 12", at, err)
	}
}

// A change of the field that crosses one of somebody else's on its way.
func TestCrossing(t *testing.T) {
	d := newPage(t, board.KindNote, "one two three")
	d.notFollowing = true
	d.elsewhere(4, 0, "and ")
	d.elsewhere(10, 0, "(2) ")
	d.choose(4, 13)
	d.put("2")
	d.input()
	d.notFollowing = false
	d.show()
	d.want("only what was seen was replaced", "one 2and (2) ")
}

func TestUndoBursts(t *testing.T) {
	d := newPage(t, board.KindNote, "")
	d.typing("abc")
	d.now += burst + 1
	d.typing("def")
	d.choose(1, 1)
	d.typing("x")
	d.deliver()
	d.elsewhere(0, 0, "they ")
	d.erase(1)
	d.want("before", "they abcdef")
	// The other's word does not move the caret away from the burst.
	d.undo("the burst at the other place", "they abcdef")
	d.undo("the second burst", "they abc")
	d.wantCaret("where something was taken back", 8)
	d.undo("the first one", "they ")
	d.e.Do(Redo)
	d.show()
	d.want("done again", "they abc")
	d.wantCaret("behind what was done again", 8)
	d.typing("!")
	d.want("written on", "they abc!")
	d.undo("what was written on", "they abc")
}

// A step of something else does not become part of a burst.
func TestOtherStepsWhileWriting(t *testing.T) {
	d := newPage(t, board.KindNote, "")
	d.typing("ab")
	d.e.pauseWriting()
	edit := d.e.history.Edit()
	edit.Set(d.id, board.KeyColor, board.Int(7))
	d.e.hand(edit.Commit())
	d.typing("c")
	d.undo("the letter", "ab")
	if got := d.doc.Element(d.id).Int(board.KeyColor, 0); got != 7 {
		t.Errorf("the colour is %d, want 7", got)
	}
	d.e.Do(Undo)
	if got := d.doc.Element(d.id).Int(board.KeyColor, 0); got != 0 {
		t.Errorf("undone, the colour is %d", got)
	}
	d.want("the colour", "ab")
}

// An input method composes a word while somebody else writes before it, in it and
// behind it.
func TestComposition(t *testing.T) {
	d := newPage(t, board.KindNote, "ab")
	d.choose(1, 1)
	d.compose(true)
	d.put("n")
	d.input()
	d.want("composing", "ab")
	d.elsewhere(0, 0, "1")
	d.elsewhere(3, 0, "2")
	d.want("they write meanwhile", "1ab2")
	d.from = 1
	d.put("你")
	d.input()
	d.from = 1
	d.put("你好")
	d.input()
	if d.text != "a你好b" {
		t.Errorf("the field was changed: %q", d.text)
	}
	d.compose(false)
	d.want("composed", "1a你好b2")
	d.wantCaret("composed", 4)
	d.undo("composed", "1ab2")
}

func TestCompositionGivenUp(t *testing.T) {
	d := newPage(t, board.KindNote, "ab")
	d.compose(true)
	d.put("n")
	d.input()
	d.elsewhere(2, 0, "c")
	d.from--
	d.put("")
	d.input()
	d.compose(false)
	d.want("given up", "abc")
	d.wantCaret("given up", 2)
	if d.sent != nil {
		t.Error("something was written")
	}
	if d.e.history.CanUndo() {
		t.Error("there is something to undo")
	}
}

// What was selected is replaced by what is composed, and not what came into it.
func TestCompositionReplaces(t *testing.T) {
	d := newPage(t, board.KindNote, "old text")
	d.choose(0, 3)
	d.compose(true)
	d.put("新")
	d.input()
	d.elsewhere(1, 0, "!")
	d.compose(false)
	d.want("replaced", "新! text")
}

// Whoever clicks elsewhere while composing keeps what is there.
func TestEndWhileComposing(t *testing.T) {
	d := newPage(t, board.KindText, "")
	d.compose(true)
	d.put("にほん")
	d.input()
	d.e.EndWriting()
	d.want("ended", "にほん")
	if d.doc.Element(d.id).Deleted() {
		t.Error("the element was deleted")
	}
}

// created lets the person make a text and begin to write it.
func (d *page) created(kind board.Kind) {
	d.e.EndWriting()
	edit := d.e.history.Edit()
	d.id = edit.Create(kind)
	edit.Set(d.id, board.KeyX, board.Float(10))
	d.e.hand(edit.Commit())
	d.e.writeNew(d.id)
	d.text, d.from, d.to = "", 0, 0
	d.show()
}

func (d *page) wantDeleted(when string, want bool) {
	d.t.Helper()
	if got := d.doc.Element(d.id).Deleted(); got != want {
		d.t.Errorf("%s: deleted is %v, want %v", when, got, want)
	}
}

func TestEmptyTexts(t *testing.T) {
	for _, c := range []struct {
		what    string
		write   func(d *page)
		deleted bool
		undoes  bool // there is something to undo
	}{
		{"nothing was written", func(*page) {}, true, false},
		{"written and erased", func(d *page) { d.typing("ab"); d.now += 2 * burst; d.erase(2) }, true, false},
		{"composed and given up", func(d *page) { d.compose(true); d.put("x"); d.input(); d.erase(1); d.compose(false) }, true, false},
		{"written", func(d *page) { d.typing("ab") }, false, true},
		{"taken back", func(d *page) { d.typing("ab"); d.e.Do(Undo); d.show() }, true, true},
	} {
		d := newPage(t, board.KindNote, "")
		d.created(board.KindText)
		c.write(d)
		d.e.EndWriting()
		d.wantDeleted(c.what, c.deleted)
		if got := d.e.history.CanUndo(); got != c.undoes {
			t.Errorf("%s: there is something to undo: %v, want %v", c.what, got, c.undoes)
		}
		d.deliver()
		if d.doc.Hash() != d.other.Hash() {
			t.Errorf("%s: the other board is another", c.what)
		}
	}

	// One that was there before comes back with what it said.
	d := newPage(t, board.KindText, "ab")
	d.erase(2)
	d.e.EndWriting()
	d.wantDeleted("emptied", true)
	d.undo("undone", "ab")
	d.wantDeleted("undone", false)

	// A note may be empty, and what somebody else has written stays.
	d = newPage(t, board.KindNote, "ab")
	d.erase(2)
	d.e.EndWriting()
	d.wantDeleted("a note", false)
	d = newPage(t, board.KindText, "ab")
	d.erase(2)
	d.elsewhere(0, 0, "c")
	d.e.EndWriting()
	d.wantDeleted("one in which others have written", false)

	// A step in between is not taken for the creation.
	d = newPage(t, board.KindNote, "")
	d.created(board.KindText)
	first := d.id
	d.typing("ab")
	d.created(board.KindText)
	d.e.pauseWriting()
	edit := d.e.history.Edit()
	edit.Set(first, board.KeyColor, board.Int(7))
	d.e.hand(edit.Commit())
	d.e.EndWriting()
	d.wantDeleted("after another step", true)
	if got := d.doc.Element(first).Int(board.KeyColor, 0); got != 7 {
		t.Errorf("the colour of something else is %d, want 7", got)
	}
}

// What happens to the element ends the writing, and nothing is written any more.
func TestWritingEnds(t *testing.T) {
	for what, set := range map[string]func(d *page){
		"deleted": func(d *page) {
			edit := d.other.Edit()
			edit.Set(d.id, board.KeyDeleted, board.Int(1))
			d.receive(edit.Commit())
		},
		"locked": func(d *page) {
			edit := d.other.Edit()
			edit.Set(d.id, board.KeyLocked, board.Int(1))
			d.receive(edit.Commit())
		},
		"view only": func(d *page) { d.e.ViewOnly(true) },
		"compacted": func(d *page) {
			edit := d.other.Edit()
			edit.Set(d.id, board.KeyDeleted, board.Int(1))
			edit.Commit()
			d.other.Compact()
			if err := d.doc.Merge(d.other.Snapshot()); err != nil {
				d.t.Fatal(err)
			}
		},
	} {
		d := newPage(t, board.KindText, "ab")
		d.typing("c")
		d.deliver()
		w := d.e.Writing()
		d.compose(true)
		d.put("d")
		d.input()
		set(d)
		if d.e.Writing() != nil {
			t.Errorf("%s: the writing goes on", what)
		}
		w.Input("abcd", 4, 4, d.now)
		w.Compose(false)
		w.Select(0, 1)
		w.Field()
		d.e.EndWriting()
		if d.sent != nil {
			t.Errorf("%s: something was written afterwards", what)
		}
	}
	d := newPage(t, board.KindText, "ab")
	d.e.ViewOnly(true)
	if d.e.Write(d.id); d.e.Writing() != nil {
		t.Error("who may only look writes")
	}
}

// Compaction changes the names of nothing that is to be seen.
func TestCompactedWhileWriting(t *testing.T) {
	d := newPage(t, board.KindNote, "abc")
	d.typing("def")
	d.erase(1)
	d.deliver()
	d.compose(true)
	d.put("字")
	d.input()
	edit := d.other.Edit()
	edit.Splice(d.id, board.Chars, 0, 1, "A")
	edit.Commit()
	d.other.Compact()
	if err := d.doc.Merge(d.other.Snapshot()); err != nil {
		t.Fatal(err)
	}
	d.show()
	d.compose(false)
	d.want("compacted", "Abcde字")
	d.wantCaret("compacted", 6)
}

// Browsers have one break of lines; those of a document stay what they are.
func TestForeignBreaks(t *testing.T) {
	d := newPage(t, board.KindNote, "a\r\nb\rc")
	if d.text != "a\u200b\nb\nc" {
		t.Errorf("the field shows %q", d.text)
	}
	d.typing("d")
	d.want("typed", "a\r\nb\rcd")
	d.choose(1, 1)
	d.typing("x")
	d.want("typed before a break", "ax\r\nb\rcd")
}

func TestRefusedInput(t *testing.T) {
	d := newPage(t, board.KindNote, "ab")
	d.put("c\xff") // what no browser says is refused like what does not fit
	d.input()
	d.want("refused", "ab")
	d.typing("c")
	d.want("afterwards", "abc")
}

func TestDifference(t *testing.T) {
	for _, c := range []struct {
		before, after string // | is the caret
		want          change
	}{
		{"", "a|", change{0, 0, "a"}},
		{"aaa", "aa|aa", change{1, 0, "a"}},
		{"aaa", "a|a", change{1, 1, ""}},
		{"aaa", "aa|", change{2, 1, ""}},
		{"abab", "abab|ab", change{2, 0, "ab"}},
		{"teh ", "the |", change{1, 2, "he"}},
		{"ab", "ab|", change{2, 0, ""}},
		{"😀", "😁|", change{0, 1, "😁"}},
		{"é", "è|", change{0, 1, "è"}},
		{"a😀b", "a|b", change{1, 1, ""}},
		{"hello", "|", change{0, 5, ""}},
		{"ab", "b|", change{0, 1, ""}},
	} {
		head, tail, _ := strings.Cut(c.after, "|")
		if got := difference(c.before, head+tail, len(head)); got != c.want {
			t.Errorf("%q becomes %q by %+v, want %+v", c.before, c.after, got, c.want)
		}
	}
}

// Two people write, one in a field with an input method, in whatever order it all
// arrives: the field shows the document, and no letter gets lost, or comes back,
// that nobody has deleted.
func TestWritingAtRandom(t *testing.T) {
	for seed := range uint64(300) {
		writeAtRandom(t, seed)
		if t.Failed() {
			t.Fatalf("seed %d", seed)
		}
	}
}

func writeAtRandom(t *testing.T, seed uint64) {
	r := rand.New(rand.NewPCG(seed, 1))
	d := newPage(t, board.KindNote, "")
	next := rune(0x4e00) // every letter is another one
	if seed%2 == 1 {
		next = 0x1f300 // and in half of the runs takes two units
	}
	letters := func() string {
		var s []rune
		for range 1 + r.IntN(3) {
			next++
			s = append(s, next)
		}
		return string(s)
	}
	there := map[rune]bool{} // letters that were written and not deleted
	note := func(before, after string) {
		for _, c := range before {
			there[c] = false
		}
		for _, c := range after {
			there[c] = true
		}
	}
	var began string // what the field showed when a composition began
	var log []string
	// settle takes note of what a change of the field has written and deleted.
	settle := func(before, after string) {
		for _, c := range before {
			if !strings.ContainsRune(after, c) {
				note(string(c), "")
			}
		}
		for _, c := range after {
			if !strings.ContainsRune(before, c) {
				note("", string(c))
			}
		}
	}
	units := func() int { return len(utf16.Encode([]rune(d.text))) }
	// at is a place in the field between characters.
	at := func() int {
		runes := []rune(d.text)
		return len(utf16.Encode(runes[:r.IntN(len(runes)+1)]))
	}
	for range 60 {
		d.now += float64(r.IntN(700))
		before := d.text
		switch op := r.IntN(10); {
		case op < 3:
			d.put(letters())
			d.input()
			if !d.composing {
				settle(before, d.text)
			}
			log = append(log, "type "+d.text)
		case op == 3 && !d.composing && units() > 0:
			from, to := at(), at()
			d.choose(min(from, to), max(from, to))
			log = append(log, fmt.Sprint("select ", from, to))
		case op == 4 && d.from < d.to:
			d.put("")
			d.input()
			if !d.composing {
				settle(before, d.text)
			}
			log = append(log, "delete "+d.text)
		case op == 5 && !d.composing:
			began = d.text
			d.compose(true)
			log = append(log, "compose")
		case op == 5:
			if r.IntN(4) == 0 { // it is given up
				d.text, d.from, d.to = began, 0, 0
				d.input()
			}
			settle(began, d.text)
			d.compose(false)
			log = append(log, "composed "+d.text)
		case op < 8:
			text := []rune(d.other.Element(d.id).Text())
			from := r.IntN(len(text) + 1)
			n := 0
			if r.IntN(3) == 0 {
				n = min(r.IntN(4), len(text)-from)
			}
			insert := letters()
			note(string(text[from:from+n]), insert)
			log = append(log, fmt.Sprint("other ", from, n, insert))
			d.elsewhere(from, n, insert)
		case op == 8:
			d.deliver()
			log = append(log, "deliver")
		case op == 9:
			// For a while the field shows what was.
			d.notFollowing = !d.notFollowing
			d.show()
		}
		if !d.composing && !d.notFollowing {
			if text := d.doc.Element(d.id).Text(); text != d.text {
				t.Errorf("the field shows %q, the document says %q\n%s", d.text, text, strings.Join(log, "\n"))
				return
			}
		}
	}
	if d.composing {
		settle(began, d.text)
		d.compose(false)
	}
	d.notFollowing = false
	d.show()
	d.deliver()
	text := d.doc.Element(d.id).Text()
	if d.text != text || d.other.Element(d.id).Text() != text {
		t.Errorf("the field shows %q, the document says %q, the other's %q", d.text, text, d.other.Element(d.id).Text())
	}
	for c, want := range there {
		if got := strings.ContainsRune(text, c); got != want {
			t.Errorf("%q is there: %v, want %v, in %q\n%s", c, got, want, text, strings.Join(log, "\n"))
			return
		}
	}
	if !utf8.ValidString(text) {
		t.Errorf("the text is %q", text)
	}
}
