package figure

import (
	"slices"
	"testing"

	"edgeboard/shared/board"
	"edgeboard/shared/geom"
)

// vote makes a vote in which each person has so many dots.
func (d *desk) vote(limit int64) board.ID {
	id := d.shape(board.KindVote, -500, 0, 280, 132)
	d.set(id, board.KeyLimit, board.Int(limit))
	return id
}

// dot puts a dot of somebody on an element.
func (d *desk) dot(vote, on board.ID, who string) board.ID {
	return d.stamp(on, SymbolDot, board.String(who), board.Ref(vote))
}

// Each person has so many dots; the first ones count, and only those on elements
// that are there. The most come first.
func TestVote(t *testing.T) {
	d := newDesk(t)
	vote := d.vote(2)
	a, b, c := d.shape(board.KindNote, 0, 0, 100, 100), d.shape(board.KindNote, 200, 0, 100, 100), d.shape(board.KindNote, 400, 0, 100, 100)
	counts := func(what string, want ...Count) {
		t.Helper()
		if got := d.Tally(vote).Counts; !slices.Equal(got, want) {
			t.Errorf("%s: %v, want %v", what, got, want)
		}
	}
	counts("nobody has voted")
	first := d.dot(vote, a, "ann")
	d.dot(vote, b, "ann")
	third := d.dot(vote, b, "ann") // on another device, at the same time
	d.dot(vote, b, "bob")
	counts("the third of a person does not count", Count{b, 2}, Count{a, 1})
	d.want("and is not seen", d.Of(third).Bounds.Empty(), true)
	d.want("people", d.Tally(vote).People, 2)
	d.want("hers", len(d.Dots(vote, "ann")), 2)

	d.set(first, board.KeyDeleted, board.Int(1))
	counts("she takes one back, and the third counts", Count{b, 3})
	d.want("and is seen", d.Of(third).Bounds.Empty(), false)
	d.set(b, board.KeyDeleted, board.Int(1))
	counts("what they were on is deleted")
	d.dot(vote, c, "ann")
	counts("she has her dots again", Count{c, 1})
	d.set(b, board.KeyDeleted, board.Value{})
	counts("it came back, and the first ones count", Count{b, 3})
	d.set(vote, board.KeyDeleted, board.Int(1))
	d.want("without the vote there are no dots", d.Of(third).Bounds.Empty(), true)
}

// The first dot of an element shows how many there are, and when the vote is over
// who has won. Hands do not take hold of dots.
func TestBadge(t *testing.T) {
	d := newDesk(t)
	vote := d.vote(5)
	a, b := d.shape(board.KindNote, 0, 0, 100, 100), d.shape(board.KindNote, 200, 0, 100, 100)
	lead := d.dot(vote, a, "ann")
	second := d.dot(vote, a, "bob")
	loser := d.dot(vote, b, "ann")
	badge := func(id board.ID) string {
		for _, p := range d.Of(id).Parts() {
			if p.Text != nil {
				return p.Text.Lines[0].Text
			}
		}
		return ""
	}
	d.want("the badge", badge(lead), "2")
	d.want("is in the corner of the note", d.Of(lead).Bounds.Contains(geom.Pt(100, 0)), true)
	d.want("one is enough", badge(second), "")
	d.want("the card has the sum of all", badge(vote), "3")

	around := func(id board.ID) bool { return d.Of(id).Bounds.Contains(geom.Pt(-ringGap, 105)) }
	d.want("no ring yet", around(lead), false)
	d.set(vote, board.KeyResolved, board.Int(1))
	d.want("the winner has one", around(lead), true)
	d.want("no other", d.Of(loser).Bounds.Contains(geom.Pt(200-ringGap, 105)), false)
	d.set(vote, board.KeyResolved, board.Value{})
	d.want("it goes on", around(lead), false)

	d.want("a dot is not hit", d.At(d.Of(second).Frame.Center(), 2)[0].ID(), a)
	d.want("nor in a marquee", d.Of(second).Touches(geom.Rect(0, 0, 100, 100)), false)
	d.want("nor erased", d.Of(second).Swept(geom.Pt(0, 0), geom.Pt(100, 100), 5), false)
}

// A card grows with its question.
func TestVoteCard(t *testing.T) {
	d := newDesk(t)
	vote := d.vote(3)
	d.want("its own height", d.Of(vote).Place.H, 132.0)
	d.edit(func(e *board.Edit) { e.Splice(vote, board.Chars, 0, 0, "a\nb\nc\nd\ne\nf") })
	d.want("of six lines", d.Of(vote).Place.H, 6*DefaultFontSize*LineHeight+2*NotePadding+voteFoot)
}
