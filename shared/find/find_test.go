package find

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"edgeboard/shared/board"
)

// say returns a board with these texts, from the bottom up.
func say(t testing.TB, texts ...string) *board.Board {
	doc := board.New(1)
	e := doc.Edit()
	for _, text := range texts {
		e.Splice(e.Create(board.KindNote), board.Chars, 0, 0, text)
	}
	if e.Err() != nil {
		t.Fatal(e.Err())
	}
	e.Commit()
	return doc
}

func TestAll(t *testing.T) {
	for _, c := range []struct {
		query string
		texts []string
		want  []string // what is found, in the words of the text
	}{
		{"plan", []string{"The Plan", "PLANS and plants", "nothing"}, []string{"Plan", "PLAN", "plan"}},
		{"  release\tplan ", []string{"our release\n  plan\nhere"}, []string{"release\n  plan"}},
		{"ＡＢＣ１", []string{"abc1", "ＡＢＣ１"}, []string{"abc1", "ＡＢＣ１"}},
		{"abc 1", []string{"ＡＢＣ　１"}, []string{"ＡＢＣ　１"}},
		{"发布", []string{"周五发布计划，发布"}, []string{"发布", "发布"}},
		{"ΣΑΣ", []string{"σας"}, []string{"σας"}},
		{"straße", []string{"STRAßE"}, []string{"STRAßE"}},
		{"aa", []string{"aaaaa"}, []string{"aa", "aa"}},
		{"👩‍💻", []string{"by 👩‍💻!"}, []string{"👩‍💻"}},
		{" \n", []string{"a b"}, nil},
		{"", []string{"a"}, nil},
		{"longer than it", []string{"longer"}, nil},
	} {
		doc := say(t, c.texts...)
		var got []string
		for _, f := range All(doc, c.query, 100) {
			got = append(got, string([]rune(f.Element.Text())[f.From:f.To]))
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%q in %q: %q, want %q", c.query, c.texts, got, c.want)
		}
	}
}

func TestBounds(t *testing.T) {
	doc := say(t, strings.Repeat("x", 1000), "x")
	if n := len(All(doc, "x", 7)); n != 7 {
		t.Errorf("%d places, want 7", n)
	}
	if n := len(All(doc, strings.Repeat("x", MaxQuery+1), 7)); n != 0 {
		t.Errorf("%d places of what is too long", n)
	}
	e := doc.Edit()
	for el := range doc.Elements() {
		e.Set(el.ID(), board.KeyDeleted, board.Int(1))
	}
	e.Commit()
	if n := len(All(doc, "x", 7)); n != 0 {
		t.Errorf("%d places of what is deleted", n)
	}
}

func FuzzAll(f *testing.F) {
	f.Add("a b", "A\n B a b")
	f.Add("ı", "Iİı")
	f.Fuzz(func(t *testing.T, query, text string) {
		if !utf8.ValidString(text) || len(text) > 1000 {
			return
		}
		for _, x := range All(say(t, text), query, 1000) {
			runes := []rune(x.Element.Text())
			if x.From < 0 || x.To <= x.From || x.To > len(runes) {
				t.Fatalf("found %d to %d in %d characters", x.From, x.To, len(runes))
			}
			// What is found is found in itself.
			if len(All(say(t, string(runes[x.From:x.To])), query, 1)) != 1 {
				t.Fatalf("%q is not in %q", query, string(runes[x.From:x.To]))
			}
		}
	})
}

func Example() {
	doc := board.New(1)
	e := doc.Edit()
	note := e.Create(board.KindNote)
	e.Splice(note, board.Chars, 0, 0, "Ship it\non Friday")
	e.Commit()
	for _, f := range All(doc, "IT on", 10) {
		fmt.Println(f.Element.ID() == note, f.From, f.To)
	}
	// Output: true 5 10
}
