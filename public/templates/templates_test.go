package templates

import (
	"bytes"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"edgeboard/public/texts"
	"edgeboard/shared/board"
	"edgeboard/shared/export"
	"edgeboard/shared/figure"
	"edgeboard/shared/geom"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// address stands for the address of a relay with a long name, and board for a name that
// the relay makes.
var address = strings.NewReplacer("{origin}", "https://boards.example.com:8443", "{board}", "ABCDEFGHIJKLMNOPQRSTUVWXYZ")

// laid lays a template out as a page does that has taken its file.
func laid(t *testing.T, tpl template, l texts.Language) (*sketch, *figure.Set) {
	t.Helper()
	s, err := tpl.sketched(l, "{origin}", "{board}")
	if err != nil {
		t.Fatal(err)
	}
	var file bytes.Buffer
	if err := export.WriteJSON(&file, s.doc, export.JSONOptions{}); err != nil {
		t.Fatal(err)
	}
	doc, err := export.Parse(file.Bytes())
	if err != nil {
		t.Fatalf("what the page gets is no board: %v", err)
	}
	if len(doc.Left) > 0 {
		t.Errorf("%v of the file is left out", doc.Left)
	}
	for i := range doc.Elements {
		doc.Elements[i].Text = address.Replace(doc.Elements[i].Text)
	}
	taken := board.New(2)
	edit := taken.Edit()
	if _, err := doc.Insert(taken, edit); err != nil {
		t.Fatal(err)
	}
	edit.Commit()
	return s, figure.New(taken, wide{})
}

// each runs a test for each template in each language.
func each(t *testing.T, test func(t *testing.T, s *sketch, set *figure.Set)) {
	for _, tpl := range list {
		for _, l := range texts.Languages {
			t.Run(tpl.name+"/"+l.Tag(), func(t *testing.T) {
				s, set := laid(t, tpl, l)
				test(t, s, set)
			})
		}
	}
}

// said is how a figure is called where something is wrong with it.
func said(f *figure.Figure) string {
	text, _, _ := strings.Cut(f.Element.Text(), "\n")
	return export.KindName(f.Kind()) + " " + strings.TrimSpace(text)
}

// What is in something lies in it, and what is beside something does not touch it.
func TestNothingOverlaps(t *testing.T) {
	each(t, func(t *testing.T, _ *sketch, set *figure.Set) {
		var boxes []*figure.Figure
		for f := range set.All() {
			switch f.Kind() {
			case board.KindStroke, board.KindArrow, board.KindStamp: // they lie on others
			default:
				boxes = append(boxes, f)
			}
			if in := set.Around(f); in != nil && !in.Frame.Box.Grow(2).ContainsBox(f.Frame.Box) {
				t.Errorf("%q sticks out of %q: %v is not in %v", said(f), said(in), f.Frame.Box, in.Frame.Box)
			}
		}
		for i, f := range boxes {
			for _, g := range boxes[i+1:] {
				a, b := solid(f), solid(g)
				if a.Overlaps(b) && !a.ContainsBox(b) && !b.ContainsBox(a) {
					t.Errorf("%q lies over %q: %v, %v", said(f), said(g), a, b)
				}
				if f.Kind() == board.KindText && g.Kind() == board.KindText && a.Overlaps(b) {
					t.Errorf("%q is written over %q", said(f), said(g))
				}
			}
		}
	})
}

// solid is the box of a figure with its title, a little smaller: neighbours may touch.
func solid(f *figure.Figure) geom.Box {
	box := f.Frame.Box
	if text := f.Text(); f.Kind() == board.KindFrame && text != nil {
		box = box.Union(text.Box)
	}
	return box.Grow(-0.5)
}

// Where a template is said to lie, all of it lies: the page looks for so much room.
func TestBounds(t *testing.T) {
	each(t, func(t *testing.T, s *sketch, set *figure.Set) {
		var file bytes.Buffer
		if err := export.WriteJSON(&file, s.doc, export.JSONOptions{}); err != nil {
			t.Fatal(err)
		}
		doc, err := export.Parse(file.Bytes())
		if err != nil {
			t.Fatal(err)
		}
		if said, is := doc.Bounds(), set.Bounds(); !said.Grow(20).ContainsBox(is) {
			t.Errorf("it is said to lie in %v, and lies in %v", said, is)
		}
	})
}

// Letters lie within what they are written on.
func TestTextsFit(t *testing.T) {
	each(t, func(t *testing.T, s *sketch, set *figure.Set) {
		for f := range set.All() {
			text := f.Text()
			if text == nil {
				continue
			}
			switch f.Kind() {
			case board.KindRectangle, board.KindEllipse, board.KindDiamond, board.KindVote:
				room := f.Frame.Box.Grow(-4)
				if f.Kind() == board.KindVote {
					room.Max.Y -= 40 // the dots
				}
				if !room.ContainsBox(text.Box) {
					t.Errorf("%q has no room: its letters take %v of %v", said(f), text.Box.Size(), room.Size())
				}
			case board.KindNote:
				_, given := figure.PlaceOf(f.Element)
				if p, _ := figure.PlaceOf(f.Element); !given || f.Place.H > p.H {
					t.Errorf("%q makes its note %v high in the place of %v", said(f), f.Place.H, p.H)
				}
			case board.KindFrame:
				if text.Box.Max.X > f.Frame.Box.Max.X {
					t.Errorf("the title %q is wider than its frame", said(f))
				}
			}
			// A single word that is wider than its place is broken anywhere, which is
			// well for an address alone.
			if strings.Contains(f.Element.Text(), "http") || s.language == texts.Chinese {
				continue
			}
			for i, line := range text.Lines[:len(text.Lines)-1] {
				if next := text.Lines[i+1]; line.To == next.From && !strings.HasSuffix(line.Text, "-") && !strings.HasSuffix(line.Text, "…") {
					t.Errorf("%q breaks a word: %q, %q", said(f), line.Text, next.Text)
				}
			}
		}
	})
}

// Both languages have the same elements in the same places.
func TestLanguagesHaveTheSameStructure(t *testing.T) {
	for _, tpl := range list {
		t.Run(tpl.name, func(t *testing.T) {
			shape := func(l texts.Language) (lines []string, said []string) {
				s, err := tpl.sketched(l, "{origin}", "{board}")
				if err != nil {
					t.Fatal(err)
				}
				number := map[board.ID]int{} // IDs count letters too
				for e := range s.doc.Elements() {
					number[e.ID()] = len(number)
				}
				for e := range s.doc.Elements() {
					var b strings.Builder
					b.WriteString(export.KindName(e.Kind()))
					for key, v := range e.Properties() {
						if key != board.KeyOrder {
							fmt.Fprint(&b, " ", export.KeyName(key), "=", number[v.Ref()], v.Float(), v.Str())
						}
					}
					lines, said = append(lines, b.String()), append(said, e.Text())
				}
				return lines, said
			}
			english, words := shape(texts.English)
			chinese, theirs := shape(texts.Chinese)
			if len(english) != len(chinese) {
				t.Fatalf("%d elements in English, %d in Chinese", len(english), len(chinese))
			}
			for i := range english {
				if english[i] != chinese[i] {
					t.Errorf("element %d is\n%s\nin English and\n%s\nin Chinese", i, english[i], chinese[i])
				}
				if (words[i] == "") != (theirs[i] == "") {
					t.Errorf("element %d says %q in English and %q in Chinese", i, words[i], theirs[i])
				}
				if strings.ContainsFunc(words[i], func(r rune) bool { return r > 0x2fff }) {
					t.Errorf("%q is not English", words[i])
				}
			}
		})
	}
}

// Letters are told from what is behind them, in the light and in the dark (WCAG 2.2).
func TestLettersStandOut(t *testing.T) {
	each(t, func(t *testing.T, _ *sketch, set *figure.Set) {
		for f := range set.All() {
			text := f.Text()
			if text == nil || f.Kind() == board.KindTile { // tiles see to it themselves
				continue
			}
			for _, dark := range []bool{false, true} {
				shown := func(c uint32) uint32 {
					if dark {
						return figure.Dark(c)
					}
					return c
				}
				letters, ground := shown(f.Style.Color), shown(0xffffff)
				if dark {
					ground = 0x121212
				}
				if in := set.Around(f); in != nil && in.Style.Filled {
					ground = shown(in.Style.Fill)
				}
				if f.Style.Filled && f.Kind() != board.KindFrame {
					ground = shown(f.Style.Fill)
					if f.OnPaper() {
						letters = f.Style.Color
					}
				}
				least := 4.5
				if text.Size >= 24 {
					least = 3
				}
				if c := contrast(letters, ground); c < least {
					t.Errorf("%q has a contrast of %.2f (dark: %v), and %v is the least", said(f), c, dark, least)
				}
			}
		}
	})
}

// contrast is the contrast ratio of WCAG 2.2.
func contrast(a, b uint32) float64 {
	luminance := func(c uint32) (l float64) {
		for i, share := range [...]float64{0.2126, 0.7152, 0.0722} {
			v := float64(c>>(16-8*i)&0xff) / 255
			if v <= 0.04045 {
				v /= 12.92
			} else {
				v = math.Pow((v+0.055)/1.055, 2.4)
			}
			l += share * v
		}
		return l + 0.05
	}
	x, y := luminance(a), luminance(b)
	return max(x, y) / min(x, y)
}

// The same template is the same file each time: its name is a hash of it.
func TestFilesAreTheSameEachTime(t *testing.T) {
	a, b := t.TempDir(), t.TempDir()
	if err := Write(a); err != nil {
		t.Fatal(err)
	}
	if err := Write(b); err != nil {
		t.Fatal(err)
	}
	for _, name := range Names() {
		one, other := read(t, a, name), read(t, b, name)
		if !bytes.Equal(one, other) {
			t.Errorf("%s is another file the second time", name)
		}
		if strings.HasSuffix(name, ".svg") && len(one) > 200<<10 {
			t.Errorf("%s has %d bytes, which is much for a preview", name, len(one))
		}
	}
}

// Each template has a name and a line that says what it is for.
func TestTemplatesAreCalledSomething(t *testing.T) {
	for _, tpl := range list {
		for _, key := range []string{"templates." + tpl.name, "templates." + tpl.name + "-about"} {
			if !texts.Has(key) {
				t.Errorf("there is no text %q", key)
			}
		}
	}
}

func read(t *testing.T, folder, name string) []byte {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(folder, name))
	if err != nil {
		t.Fatal(err)
	}
	return content
}

// The dialog offers each template, and the service worker keeps all of them.
func TestTemplatesAreOfferedAndKept(t *testing.T) {
	worker, dialog := string(read(t, "..", "sw.js")), string(read(t, "../parts", "templates.html"))
	for _, name := range Names() {
		if !strings.Contains(worker, "'/assets/"+name+"'") {
			t.Errorf("the worker does not keep %s", name)
		}
	}
	for _, tpl := range list {
		if line := `"` + tpl.name + `" "templates.` + tpl.name + `"`; !strings.Contains(dialog, line) {
			t.Errorf("the dialog does not offer %s", tpl.name)
		}
	}
}
