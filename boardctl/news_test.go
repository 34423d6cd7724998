package main

import (
	"slices"
	"strings"
	"testing"
	"time"

	"edgeboard/shared/board"
	"edgeboard/shared/client"
	"edgeboard/shared/wire"
)

// watched is a board that is followed, on which others write.
type watched struct {
	t       *testing.T
	doc     *board.Board
	news    news
	members []*client.Member
	now     time.Time
}

func newWatched(t *testing.T) *watched {
	w := &watched{t: t, doc: board.New(9), now: time.Date(2026, 1, 2, 10, 0, 0, 0, time.UTC)}
	w.news.watch(w.doc, func() []*client.Member { return w.members }, func() time.Time { return w.now })
	return w
}

// writes lets a replica change its copy of the board, and the board have the change.
func (w *watched) writes(b *board.Board, f func(*board.Edit)) {
	w.t.Helper()
	e := b.Edit()
	f(e)
	if err := w.doc.Apply(e.Commit()); err != nil {
		w.t.Fatal(err)
	}
	w.news.settle()
}

// tells fails if what is told, after a time, is not this.
func (w *watched) tells(after time.Duration, want ...string) {
	w.t.Helper()
	w.now = w.now.Add(after)
	var got []string
	for _, h := range w.news.take(w.now, false) {
		got = append(got, strings.TrimPrefix(h.line(false), h.Time.Format(time.TimeOnly)+"  "))
	}
	if !slices.Equal(got, want) {
		w.t.Errorf("told %q, want %q", got, want)
	}
}

func TestChangesAreGathered(t *testing.T) {
	w := newWatched(t)
	ann := board.New(1)
	var note, stroke board.ID
	w.writes(ann, func(e *board.Edit) {
		note = e.Create(board.KindNote)
		e.Set(note, board.KeyX, board.Float(1))
		e.Splice(note, board.Chars, 0, 0, "Hel")
	})
	w.tells(100 * time.Millisecond) // she is still typing
	w.writes(ann, func(e *board.Edit) { e.Splice(note, board.Chars, 3, 0, "lo") })
	w.tells(newsRest, `somebody added note "Hello"`)

	w.writes(ann, func(e *board.Edit) {
		e.Set(note, board.KeyY, board.Float(2))
		e.Set(note, board.KeyX, board.Float(2))
		e.Splice(note, board.Chars, 0, 5, "")
	})
	w.tells(newsRest, "somebody changed note: text, x, y")

	// A pen that never rests is told of all the same, now and then.
	w.writes(ann, func(e *board.Edit) { stroke = e.Create(board.KindStroke) })
	for range 10 {
		w.writes(ann, func(e *board.Edit) { e.Append(stroke, board.Point{}, board.Point{X: 8}) })
		w.now = w.now.Add(newsMost / 10)
	}
	w.tells(0, "somebody added stroke: 20 points")

	w.writes(ann, func(e *board.Edit) { e.Set(note, board.KeyDeleted, board.Int(1)) })
	w.tells(newsRest, "somebody deleted note")
	w.writes(ann, func(e *board.Edit) { e.Set(note, board.KeyDeleted, board.Value{}) })
	w.tells(newsRest, "somebody restored note")

	// What came and went meanwhile was never there to see.
	w.writes(ann, func(e *board.Edit) {
		e.Set(e.Create(board.KindText), board.KeyDeleted, board.Int(1))
	})
	w.tells(newsRest)
}

func TestWhoHasDoneIt(t *testing.T) {
	w := newWatched(t)
	ann, bob, eve := board.New(1), board.New(2), board.New(3)
	create := func(e *board.Edit) { e.Create(board.KindNote) }
	a, b := &client.Member{ID: 1, Name: "Ann"}, &client.Member{ID: 2, Name: "Bob"}

	w.members = []*client.Member{a} // alone, so it is her
	w.writes(ann, create)
	w.tells(newsRest, "Ann added note")
	first := slices.Collect(w.doc.Elements())[0].ID()

	w.members = []*client.Member{a, b} // she is known by now, he is not
	w.writes(ann, create)
	w.writes(bob, create)
	w.tells(newsRest, "Ann added note", "somebody added note")

	// Bob has Ann's note in hand, and so it is he who moves it.
	b.Selection.Elements = []board.ID{first}
	if err := bob.Apply(must1(w.doc.Diff(bob.Vector()))); err != nil {
		t.Fatal(err)
	}
	w.writes(bob, func(e *board.Edit) { e.Set(first, board.KeyX, board.Float(3)) })
	w.tells(newsRest, "Bob changed note: x")

	// Two at once: it is not known who of them.
	if err := eve.Apply(must1(w.doc.Diff(eve.Vector()))); err != nil {
		t.Fatal(err)
	}
	for _, x := range []*board.Board{bob, eve} {
		e := x.Edit()
		e.Set(first, board.KeyX, board.Float(float64(x.Replica())*10))
		if err := w.doc.Apply(e.Commit()); err != nil {
			t.Fatal(err)
		}
	}
	w.news.settle()
	w.tells(newsRest, "somebody changed note: x")
}

func must1[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func TestWhoIsHere(t *testing.T) {
	w := newWatched(t)
	ann := &client.Member{ID: 1, Name: "Ann", Person: wire.Person{1}, Device: wire.DeviceComputer}
	phone := &client.Member{ID: 2, Name: "Ann", Person: wire.Person{1}, Device: wire.DevicePhone}
	guest := &client.Member{ID: 3, Name: "Guest"} // whom the relay does not know
	meet := func(members ...*client.Member) { w.news.meet(members, w.now) }

	meet(ann)
	w.tells(newsMeet, "Ann is here (computer)")
	meet(ann, phone, guest)
	w.tells(0, "Guest came") // and Ann is one person
	meet(phone)
	w.tells(0, "Guest left")

	// The connection is lost and back, and who is here is told a moment later.
	w.news.again(w.now)
	meet()
	w.tells(newsMeet / 2)
	meet(guest)
	w.tells(newsMeet/2, "Guest came")
	meet(guest)
	w.tells(0, "Ann left (phone)")
}

func TestPlainTextIsNotObeyed(t *testing.T) {
	h := happening{Event: "said", By: "E\x1b[31mve", Text: "one\ntwo \u202eturned\u0085\u009b1m"}
	if got, want := h.words(plain(h.By), false), "E�[31mve: one two turned �1m"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

func TestColors(t *testing.T) {
	for _, c := range []struct {
		flag, noColor, term string
		looked, want        bool
	}{
		{"auto", "", "xterm", true, true},
		{"auto", "", "xterm", false, false},
		{"auto", "1", "xterm", true, false},
		{"auto", "", "dumb", true, false},
		{"always", "1", "dumb", false, true},
		{"never", "", "xterm", true, false},
	} {
		x := &terminal{getenv: func(name string) string { return map[string]string{"NO_COLOR": c.noColor, "TERM": c.term}[name] }}
		if err := x.color.Set(c.flag); err != nil {
			t.Fatal(err)
		}
		if x.colors(c.looked) != c.want {
			t.Errorf("%+v", c)
		}
	}
}

// On a terminal a bar is drawn, and taken away before something else is said.
func TestProgress(t *testing.T) {
	now := time.Unix(0, 0)
	var out strings.Builder
	x := &terminal{stderr: &out, tells: true, now: func() time.Time { return now }, getenv: func(string) string { return "" }, color: "never"}
	p := x.progress("loading", "", 4<<20)
	p.set(1 << 20)
	p.set(2 << 20) // too soon to be drawn
	now = now.Add(drawEvery)
	p.set(3 << 20)
	p.end()
	want := "\rloading " + strings.Repeat("█", 7) + strings.Repeat("░", 23) + "  25 % 1.0 MiB of 4.0 MiB\x1b[K" +
		"\rloading " + strings.Repeat("█", 22) + strings.Repeat("░", 8) + "  75 % 3.0 MiB of 4.0 MiB\x1b[K\r\x1b[K"
	if out.String() != want {
		t.Errorf("%q", out.String())
	}

	// Elsewhere there is a line at each quarter.
	out.Reset()
	x.tells = false
	p = x.progress("images", "images", 8)
	for range 8 {
		p.add(1)
	}
	p.end()
	if want := "images: 25 %\nimages: 50 %\nimages: 75 %\nimages: 100 %\n"; out.String() != want {
		t.Errorf("%q", out.String())
	}
}
