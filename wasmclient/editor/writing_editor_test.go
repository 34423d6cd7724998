package editor

import (
	"testing"

	"edgeboard/shared/board"
	"edgeboard/shared/figure"
	"edgeboard/shared/figure/figuretest"
)

func newWritingEditor(doc *board.Board, commit func([]byte)) *Editor {
	figures := figure.New(doc, figuretest.Even{})
	e := New(figures, commit)
	doc.Observe(func(ev board.Event) {
		figures.Changed(ev)
		e.Changed(ev)
	})
	return e
}

// A text that is written has no box about it, which its caret would touch. A note has.
func TestMarksWhileWriting(t *testing.T) {
	for kind, want := range map[board.Kind]int{board.KindText: 0, board.KindNote: 1} {
		d := newPage(t, kind, "ab")
		d.e.Use(Select)
		d.e.choose([]board.ID{d.id})
		d.e.Write(d.id)
		if n := len(d.e.Marks()); n != want {
			t.Errorf("%d marks about a %v that is written, want %d", n, kind, want)
		}
		d.e.EndWriting()
		if n := len(d.e.Marks()); n <= want {
			t.Errorf("%d marks about a %v that was written", n, kind)
		}
	}
}
