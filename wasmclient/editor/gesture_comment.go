package editor

import (
	"edgeboard/shared/board"
	"edgeboard/shared/geom"
)

// Remark is a place that somebody has something to say about.
type Remark struct {
	At geom.Point // in board units
	On board.ID   // the element that is there; the zero ID: none
}

// remarking is a click with the comment tool. What is said is asked for elsewhere.
type remarking struct{ clicking }

func (e *Editor) beginRemark(g grip) { e.gesture = &remarking{clicking{g}} }

func (g *remarking) finish() {
	if g.far {
		return // it was no click, and nobody can tell where it was meant
	}
	g.e.remarkAt(g.at(), g.kind)
}

// remarkAt asks what there is to be said about a place.
func (e *Editor) remarkAt(at geom.Point, kind PointerKind) {
	r := Remark{At: at}
	if f := e.top(r.At, kind, true); f != nil {
		r.On = f.ID()
	} else if f := e.around(r.At); f != nil {
		r.On = f.ID()
	}
	e.remark = &r
	e.finished()
}

// Remark returns what the comment tool was clicked at. It is told once.
func (e *Editor) Remark() (r Remark, ok bool) {
	if e.remark == nil {
		return Remark{}, false
	}
	r, e.remark = *e.remark, nil
	return r, true
}

// Comments tells whether this person may comment, be it without changing anything
// else.
func (e *Editor) Comments(may bool) { e.mayComment = may }

// remarks reports whether the main button comments.
func (e *Editor) remarks() bool { return e.tool == Comment && e.mayComment && !e.space }
