package editor

import (
	"testing"

	"edgeboard/shared/board"
	"edgeboard/shared/figure"
)

// A vote is put in the middle, and its question written. With its tool dots are put,
// as many as there are, and taken back.
func TestVoting(t *testing.T) {
	h := newDesk(t)
	h.e.Introduce("Ada", "ada")
	note := h.make(board.KindNote, 0, 0, 200, 200)
	h.do(InsertVote)
	vote := h.e.Selection()[0]
	w := h.e.Writing()
	if w == nil || w.ID() != vote {
		t.Fatal("nobody writes the question")
	}
	w.Input("Which?", 6, 6, h.now)
	h.wantBox("in the middle", vote, 500-figure.VoteWidth/2, 400-figure.VoteHeight/2, figure.VoteWidth, figure.VoteHeight)
	h.do("tool-vote")
	if h.e.Ballot() != vote {
		t.Fatal("the tool does not vote in it")
	}
	dots := func(when string, want int) {
		t.Helper()
		if got := len(h.figures.Dots(vote, h.e.Voter(vote))); got != want {
			t.Errorf("%s: %d dots, want %d", when, got, want)
		}
	}
	before := h.picture()
	h.click(0, 50, 50, 1)
	dots("one", 1)
	h.wantOneStep("a dot", before)
	h.click(0, 100, 50, 1)
	h.click(0, 150, 50, 1)
	dots("three", 3)
	h.click(0, 150, 150, 1)
	dots("no more than there are", 3)
	if !h.e.Spent() || h.e.Spent() {
		t.Error("it is not told, or told twice, that there is none left")
	}
	h.click(0, 100, 50, 1)
	dots("one is taken back", 2)
	h.click(0, 800, 700, 1)
	h.click(0, 500, 400, 1)
	dots("nothing and the card itself cannot be voted for", 2)

	for dot := range h.doc.Elements() {
		if dot.Get(board.KeyParent).Ref() == vote {
			if who := dot.Get(board.KeyPerson).Str(); who == "ada" || who == "" || !dot.Get(board.KeyAuthor).IsNone() {
				t.Errorf("a dot says that it is %q's", who)
			}
		}
	}
	h.e.Introduce("Bob", "bob")
	h.click(0, 50, 50, 1)
	dots("where somebody else's is, he puts his own", 1)
	if got := h.figures.Tally(vote); got.Dots != 3 || got.People != 2 || got.Counts[0].On != note {
		t.Errorf("the vote stands at %+v", got)
	}

	if !h.e.CloseVote(vote, true) {
		t.Error("it cannot be closed")
	}
	if h.e.Tool() != Select || h.e.VoteIn(vote) || h.e.VoteFor(vote, note, true) {
		t.Error("a vote that is over can be voted in")
	}
	h.e.CloseVote(vote, false)
	h.do("tool-vote")
	h.wantNothing("at the end")
}

// Who has no pointer votes for what is selected.
func TestVoteByKeyboard(t *testing.T) {
	h := newDesk(t)
	h.e.Introduce("Ada", "ada")
	note := h.make(board.KindNote, 0, 0, 200, 200)
	h.do(InsertVote)
	vote := h.e.Selection()[0]
	h.do(SelectNone)
	h.e.LimitVotes(vote, 2)
	for i, want := range []bool{true, true, false} {
		if got := h.e.VoteFor(vote, note, true); got != want {
			t.Errorf("dot %d: %v, want %v", i, got, want)
		}
	}
	if h.e.VoteFor(vote, vote, true) {
		t.Error("the card was voted for")
	}
	if !h.e.VoteFor(vote, note, false) || h.e.DotsLeft(vote) != 1 {
		t.Errorf("one taken back: %d are left, want 1", h.e.DotsLeft(vote))
	}
}

// Dots are in nobody's hand: they go with what they are on, and are not selected,
// copied or erased.
func TestDotsStay(t *testing.T) {
	h := newDesk(t)
	note := h.make(board.KindNote, 0, 0, 200, 200)
	h.do(InsertVote)
	vote := h.e.Selection()[0]
	h.do(SelectNone)
	h.e.VoteFor(vote, note, true)
	h.do(SelectAll)
	h.wantSelected("all", note, vote)
	h.do(Duplicate)
	if got := h.figures.Tally(vote).Dots; got != 1 {
		t.Errorf("a copy has brought %d dots", got)
	}
	h.e.choose([]board.ID{note})
	h.do(Delete)
	if got := h.e.DotsLeft(vote); got != figure.DefaultVotes {
		t.Errorf("what was voted for is deleted: %d dots are left, want all", got)
	}
	h.do(Undo)
	if got := h.figures.Tally(vote).Dots; got != 1 {
		t.Errorf("it came back with %d dots, want 1", got)
	}
}
