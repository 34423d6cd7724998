package link

import (
	"errors"
	"strings"
	"testing"

	"edgeboard/shared/board"
)

func TestClean(t *testing.T) {
	for _, c := range []struct {
		typed, want string
		err         error
	}{
		{"https://example.org/a?b#c", "https://example.org/a?b#c", nil},
		{" example.org/plan ", "https://example.org/plan", nil},
		{"example.org:8080/plan", "https://example.org:8080/plan", nil},
		{"localhost:3000", "https://localhost:3000", nil},
		{"//example.org", "https://example.org", nil},
		{"HTTP://example.org", "HTTP://example.org", nil},
		{"https://例子.中国/计划", "https://例子.中国/计划", nil},
		{"ada@example.org", "mailto:ada@example.org", nil},
		{"mailto:ada@example.org?subject=Hi", "mailto:ada@example.org?subject=Hi", nil},
		{"#e=1-a", "#e=1-a", nil},
		{"", "", ErrFormat},
		{"#", "", ErrFormat},
		{"#e=", "", ErrFormat},
		{"#e=1-0", "", ErrFormat},
		{"https://", "", ErrFormat},
		{"https:example.org", "", ErrFormat},
		{"https:///path", "", ErrFormat},
		{"https://bank.example@evil.example/", "", ErrFormat},
		{"two words", "", ErrFormat},
		{"mailto:nobody", "", ErrFormat},
		{"javascript:alert(1)", "", ErrScheme},
		{"JavaScript:alert(1)", "", ErrScheme},
		{"java\tscript:alert(1)", "", ErrFormat},
		{"\x01javascript:alert(1)", "", ErrFormat},
		{"data:text/html,<script>alert(1)</script>", "", ErrScheme},
		{"vbscript:x", "", ErrScheme},
		{"file:///etc/passwd", "", ErrScheme},
		{"blob:https://example.org/1", "", ErrScheme},
		{"https://example.org/\u202egpj.exe", "", ErrFormat},
		{"https://exam\u200bple.org", "", ErrFormat},
		{"https://example.org/\xff", "", ErrFormat},
		{"https://example.org/" + strings.Repeat("a", Max), "", ErrTooLong},
	} {
		got, err := Clean(c.typed)
		if got != c.want || !errors.Is(err, c.err) {
			t.Errorf("%q: %q and %v, want %q and %v", c.typed, got, err, c.want, c.err)
		}
	}
}

// What somebody writes into the property past Clean leads nowhere.
func TestOf(t *testing.T) {
	doc := board.New(1)
	e := doc.Edit()
	id := e.Create(board.KindNote)
	el := doc.Element(id)
	if _, ok := Of(el); ok {
		t.Error("an element without a link leads somewhere")
	}
	e.Set(id, board.KeyLink, board.String("javascript:alert(1)"))
	if l, ok := Of(el); ok {
		t.Errorf("a script is followed: %+v", l)
	}
	e.Set(id, board.KeyLink, board.Int(7))
	if l, ok := Of(el); ok {
		t.Errorf("a number is followed: %+v", l)
	}
	e.Set(id, board.KeyLink, board.String(ToElement(id)))
	if l, ok := Of(el); !ok || l.Element != id || l.URL != "" {
		t.Errorf("the link to itself is %+v (%v)", l, ok)
	}
	e.Commit()
}

// What opens an inbox is written in one way, and no element leads there.
func TestEntry(t *testing.T) {
	for _, c := range []struct {
		fragment string
		seq      uint64
		ok       bool
	}{
		{"#inbox", 0, true},
		{"#inbox=1", 1, true},
		{"#inbox=18446744073709551615", 1<<64 - 1, true},
		{"", 0, false},
		{"inbox", 0, false},
		{"#inbox=", 0, false},
		{"#inbox=0", 0, false},
		{"#inbox=01", 0, false},
		{"#inbox=+1", 0, false},
		{"#inbox=-1", 0, false},
		{"#inbox=1_0", 0, false},
		{"#inbox=1 ", 0, false},
		{"#inbox1", 0, false},
		{"#inboxes", 0, false},
		{"#inbox=18446744073709551616", 0, false},
		{"#e=1-a", 0, false},
	} {
		seq, ok := Entry(c.fragment)
		if seq != c.seq || ok != c.ok {
			t.Errorf("%q: %d and %v, want %d and %v", c.fragment, seq, ok, c.seq, c.ok)
		}
		if ok && ToEntry(seq) != c.fragment {
			t.Errorf("%d is written %q, want %q", seq, ToEntry(seq), c.fragment)
		}
		if _, err := Parse(c.fragment); c.ok && !errors.Is(err, ErrFormat) {
			t.Errorf("an element may lead to %q", c.fragment)
		}
	}
}

func FuzzClean(f *testing.F) {
	f.Add("https://example.org")
	f.Add("javascript:x")
	f.Fuzz(func(t *testing.T, typed string) {
		clean, err := Clean(typed)
		if err != nil {
			return
		}
		l, err := Parse(clean)
		if err != nil {
			t.Fatalf("%q is cleaned to %q: %v", typed, clean, err)
		}
		low := strings.ToLower(l.URL)
		if l.URL != "" && !strings.HasPrefix(low, "http://") && !strings.HasPrefix(low, "https://") && !strings.HasPrefix(low, "mailto:") {
			t.Fatalf("%q leads to %q", typed, l.URL)
		}
	})
}
