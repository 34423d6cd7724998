package editor

import (
	"edgeboard/shared/board"
	"edgeboard/shared/figure"
	"edgeboard/shared/geom"
)

// insertVote puts the card of a vote in the middle of the screen, and begins to
// write its question.
func (e *Editor) insertVote() bool {
	n := 0
	for el := range e.doc.Elements() {
		if el.Kind() == board.KindVote {
			n++
		}
	}
	colors := figure.VoteColors[n%len(figure.VoteColors)]
	id := e.insert(board.KindVote, figure.VoteWidth, figure.VoteHeight, func(edit *board.Edit, id board.ID) {
		edit.Set(id, board.KeyColor, board.Int(int64(colors[0])))
		edit.Set(id, board.KeyFill, board.Int(int64(colors[1])))
		edit.Set(id, board.KeyLimit, board.Int(figure.DefaultVotes))
	})
	if id == (board.ID{}) {
		return false
	}
	e.writeNew(id)
	return true
}

// insert puts an element in the middle of the screen and selects it. It returns
// its ID, or the zero ID when the board is full.
func (e *Editor) insert(kind board.Kind, width, height float64, write func(edit *board.Edit, id board.ID)) (id board.ID) {
	e.EndWriting()
	at := e.view().Center().Sub(geom.Pt(width/2, height/2))
	if e.Grid {
		at = onGrid(at)
	}
	e.history.Begin()
	defer e.history.End()
	e.step(func(edit *board.Edit) {
		if id = e.create(edit, kind); id == (board.ID{}) {
			return
		}
		write(edit, id)
		for key, v := range map[board.Key]float64{board.KeyX: at.X, board.KeyY: at.Y, board.KeyWidth: width, board.KeyHeight: height} {
			edit.Set(id, key, board.Float(v))
		}
	})
	if id != (board.ID{}) {
		e.reframe([]board.ID{id}, false)
		e.Use(Select)
		e.choose([]board.ID{id})
	}
	return id
}

// vote returns the vote of an ID, nil if there is none.
func (e *Editor) vote(id board.ID) *board.Element {
	if el := e.doc.Element(id); el != nil && !el.Deleted() && el.Kind() == board.KindVote {
		return el
	}
	return nil
}

// VoteIn takes the tool that puts dots in a vote. It reports whether the vote is
// there, and open.
func (e *Editor) VoteIn(id board.ID) bool {
	e.refresh()
	if el := e.vote(id); el == nil || figure.Closed(el) || e.viewOnly || e.gesture != nil {
		return false
	}
	e.ballot = id
	e.Use(Vote)
	return true
}

// voteAgain takes the tool that votes: in the vote that is selected, or in the one
// it was last used for, or else in the newest that is open.
func (e *Editor) voteAgain() bool {
	for _, id := range e.selection {
		if e.VoteIn(id) {
			return true
		}
	}
	if e.VoteIn(e.ballot) {
		return true
	}
	var newest board.ID
	for el := range e.doc.Elements() {
		if el.Kind() == board.KindVote && !figure.Closed(el) {
			newest = el.ID()
		}
	}
	return e.VoteIn(newest)
}

// Ballot returns the vote that dots are put in, the zero ID while another tool is
// in hand, or the vote is over.
func (e *Editor) Ballot() board.ID {
	if el := e.vote(e.ballot); e.tool != Vote || el == nil || figure.Closed(el) {
		return board.ID{}
	}
	return e.ballot
}

// DotsLeft returns how many dots this person may put yet in a vote.
func (e *Editor) DotsLeft(id board.ID) int {
	el := e.vote(id)
	if el == nil || figure.Closed(el) {
		return 0
	}
	return figure.Limit(el) - len(e.figures.Dots(id, e.Voter(id)))
}

// Spent reports whether a dot was asked for when there was none left. It is told
// once.
func (e *Editor) Spent() bool {
	spent := e.spent
	e.spent = false
	return spent
}

// putDot puts a dot of the vote in hand at a place. One of this person's that is
// there is taken back instead.
func (e *Editor) putDot(at geom.Point, kind PointerKind) {
	vote := e.Ballot()
	if vote == (board.ID{}) || e.viewOnly {
		return
	}
	for _, dot := range e.figures.Dots(vote, e.Voter(vote)) {
		if f := e.figures.Of(dot.ID()); f != nil && f.Frame.Box.Grow(e.units(kind.touch())).Contains(at) {
			e.takeBack(dot)
			return
		}
	}
	if on := e.stampable(at, kind, takesDots); on != nil {
		e.dotOn(vote, on, at)
	}
}

// dotOn puts a dot on an element.
func (e *Editor) dotOn(vote board.ID, on *figure.Figure, at geom.Point) bool {
	if e.DotsLeft(vote) <= 0 {
		e.spent = true
		return false
	}
	return e.step(func(edit *board.Edit) {
		id := e.create(edit, board.KindStamp)
		if id == (board.ID{}) {
			return
		}
		edit.Set(id, board.KeySymbol, board.Int(figure.SymbolDot))
		edit.Set(id, board.KeyPerson, board.String(e.Voter(vote)))
		e.lieOn(edit, id, on, at, 0)
		edit.Set(id, board.KeyParent, board.Ref(vote))
	})
}

// takeBack deletes a dot.
func (e *Editor) takeBack(dot *board.Element) bool {
	return e.step(func(edit *board.Edit) { edit.Set(dot.ID(), board.KeyDeleted, board.Int(1)) })
}

// VoteFor puts a dot on each element, which may be on another page, or takes this
// person's last dot on it back: what the tool does, for who has no pointer. It
// reports whether there was something to do.
func (e *Editor) VoteFor(vote, on board.ID, put bool) bool {
	e.refresh()
	if el := e.vote(vote); el == nil || figure.Closed(el) || e.viewOnly || e.gesture != nil {
		return false
	}
	if put {
		f := e.figures.Of(on)
		if f == nil || !takesDots(f) {
			return false
		}
		// Side by side along the top, so that all are to be seen.
		n := len(e.figures.Bound(on))
		return e.dotOn(vote, f, f.Frame.At(min(0.1+0.12*float64(n%7), 0.9), 0.15))
	}
	var last *board.Element
	for _, dot := range e.figures.Dots(vote, e.Voter(vote)) {
		if dot.Get(board.KeyStart).Ref() == on {
			last = dot
		}
	}
	return last != nil && e.takeBack(last)
}

// CloseVote ends a vote, or opens it again.
func (e *Editor) CloseVote(id board.ID, closed bool) bool {
	e.refresh()
	el := e.vote(id)
	if el == nil || e.viewOnly || e.gesture != nil || figure.Closed(el) == closed {
		return false
	}
	value := board.Value{}
	if closed {
		value = board.Int(1)
	}
	if e.tool == Vote && e.ballot == id {
		e.Use(Select)
	}
	return e.step(func(edit *board.Edit) { edit.Set(id, board.KeyResolved, value) })
}

// LimitVotes sets how many dots each person has in a vote.
func (e *Editor) LimitVotes(id board.ID, n int) bool {
	e.refresh()
	el := e.vote(id)
	n = min(max(n, 1), figure.MaxVotes)
	if el == nil || e.viewOnly || e.gesture != nil || figure.Limit(el) == n {
		return false
	}
	return e.step(func(edit *board.Edit) { edit.Set(id, board.KeyLimit, board.Int(int64(n))) })
}
