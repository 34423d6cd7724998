package figure

import (
	"cmp"
	"slices"
	"sort"
	"strconv"

	"edgeboard/shared/board"
	"edgeboard/shared/geom"
)

// What votes look like, in board units.
const (
	VoteWidth, VoteHeight = 280, 132
	voteFoot              = 40 // at the bottom of a card, below the question
	dotSize               = 18
	badgeHeight           = 22
	badgeFont             = 14
	ringGap               = 6
	ringThickness         = 5
	ringColor             = 0xf59f00 // of who has won
	mostVoteDots          = 10       // that a card shows
)

// Defaults and limits of votes.
const (
	DefaultVotes = 3 // that each person has
	MaxVotes     = 99
)

// VoteColors are the colours of votes: KeyColor for letters and dots, and KeyFill,
// the paper of the card. A board's votes take them in turn.
var VoteColors = [...][2]uint32{{0x5f3dc4, 0xe5dbff}, {0x0b6a7a, 0xc5f6fa}, {0x9c3d00, 0xffe8cc}, {0xa61e4d, 0xffdeeb}}

// votes are the votes of a board and their dots, on whatever page.
type votes struct {
	by   map[board.ID]*ballot        // by the ID of the vote, which may not have arrived
	of   map[board.ID]*ballot        // by the ID of a dot
	dots map[board.ID]*board.Element // all stamps with a KeyParent, deleted or not
}

// ballot is the dots of a vote, and what is drawn of them.
type ballot struct {
	id    board.ID
	dots  map[board.ID]bool
	state map[board.ID]dotState
}

// dotState is what is drawn of a dot.
type dotState struct {
	counted bool
	// Of the dots of an element the first one shows how many there are, and whether
	// the element has won.
	sum  int
	wins bool
}

// Count is how many dots an element has.
type Count struct {
	On   board.ID
	Dots int
}

// Tally is how a vote stands.
type Tally struct {
	Limit  int     // dots of a person
	Closed bool    // no more are put
	Counts []Count // the most first; of as many the lower ID
	Dots   int     // in all
	People int     // who have put one
}

// Limit returns how many dots each person has in a vote.
func Limit(vote *board.Element) int {
	return int(min(max(vote.Int(board.KeyLimit, DefaultVotes), 1), MaxVotes))
}

// Closed reports whether a vote is over.
func Closed(vote *board.Element) bool { return vote.Int(board.KeyResolved, 0) != 0 }

// Tally counts the dots of a vote.
func (s *Set) Tally(vote board.ID) Tally {
	e := s.doc.Element(vote)
	if e == nil || e.Kind() != board.KindVote {
		return Tally{}
	}
	t := Tally{Limit: Limit(e), Closed: Closed(e)}
	sums, people := map[board.ID]int{}, map[string]bool{}
	for _, dot := range s.counted(e) {
		sums[dot.Get(board.KeyStart).Ref()]++
		people[dot.Get(board.KeyPerson).Str()] = true
		t.Dots++
	}
	for on, n := range sums {
		t.Counts = append(t.Counts, Count{on, n})
	}
	sort.Slice(t.Counts, func(i, j int) bool {
		a, b := t.Counts[i], t.Counts[j]
		return cmp.Or(b.Dots-a.Dots, a.On.Compare(b.On)) < 0
	})
	t.People = len(people)
	return t
}

// Dots returns the dots that a person has in a vote and that count, the first first.
func (s *Set) Dots(vote board.ID, person string) []*board.Element {
	e := s.doc.Element(vote)
	if e == nil || e.Kind() != board.KindVote {
		return nil
	}
	return slices.DeleteFunc(s.counted(e), func(dot *board.Element) bool { return dot.Get(board.KeyPerson).Str() != person })
}

// Dot returns the vote that a stamp is a dot of, the zero ID if it is of none.
func (s *Set) Dot(stamp board.ID) board.ID {
	if b := s.votes.of[stamp]; b != nil {
		return b.id
	}
	return board.ID{}
}

// IsDot reports whether the figure is a dot of a vote: hands do not take hold of it.
func (f *Figure) IsDot() bool { return f.set.votes.of[f.ID()] != nil }

// counted returns the dots of a vote that count, by their IDs: those on elements
// that are there, as many of each person as the vote has for each, by their IDs.
// Two that were put at the same time by one person on two devices may be too many.
func (s *Set) counted(vote *board.Element) []*board.Element {
	b := s.votes.by[vote.ID()]
	if b == nil || vote.Deleted() {
		return nil
	}
	var list []*board.Element
	for id := range b.dots {
		dot := s.votes.dots[id]
		on := s.doc.Element(dot.Get(board.KeyStart).Ref())
		if !dot.Deleted() && on != nil && !on.Deleted() {
			list = append(list, dot)
		}
	}
	slices.SortFunc(list, func(a, b *board.Element) int { return a.ID().Compare(b.ID()) })
	limit, has := Limit(vote), map[string]int{}
	return slices.DeleteFunc(list, func(dot *board.Element) bool {
		person := dot.Get(board.KeyPerson).Str()
		has[person]++
		return has[person] > limit
	})
}

// states returns what is drawn of the dots of a vote.
func (s *Set) states(id board.ID) map[board.ID]dotState {
	vote := s.doc.Element(id)
	if vote == nil || vote.Kind() != board.KindVote {
		return nil
	}
	states, first, most := map[board.ID]dotState{}, map[board.ID]board.ID{}, 0
	for _, dot := range s.counted(vote) {
		on := dot.Get(board.KeyStart).Ref()
		if _, has := first[on]; !has {
			first[on] = dot.ID()
		}
		states[dot.ID()] = dotState{counted: true}
		lead := states[first[on]]
		lead.sum++
		states[first[on]] = lead
		most = max(most, lead.sum)
	}
	if Closed(vote) {
		for _, dot := range first {
			lead := states[dot]
			lead.wins = lead.sum == most
			states[dot] = lead
		}
	}
	return states
}

// count finds the timers, the votes and the dots of the board.
func (s *Set) count() {
	s.clocks.of = map[board.ID]*ticking{}
	s.votes = votes{by: map[board.ID]*ballot{}, of: map[board.ID]*ballot{}, dots: map[board.ID]*board.Element{}}
	for e := range s.doc.Elements() {
		switch e.Kind() {
		case board.KindTimer:
			s.heedTimer(e)
		case board.KindStamp:
			s.enroll(e)
		}
	}
	for id, b := range s.votes.by {
		b.state = s.states(id)
	}
}

// enroll notes of which vote a stamp is a dot, and returns the votes that this is
// of concern to.
func (s *Set) enroll(stamp *board.Element) (concerned []board.ID) {
	id, vote := stamp.ID(), stamp.Get(board.KeyParent).Ref()
	before := s.votes.of[id]
	if before != nil {
		concerned = append(concerned, before.id)
		if before.id == vote {
			return concerned
		}
		delete(before.dots, id)
		delete(s.votes.of, id)
		delete(s.votes.dots, id)
	}
	if vote == (board.ID{}) {
		return concerned
	}
	b := s.votes.by[vote]
	if b == nil {
		b = &ballot{id: vote, dots: map[board.ID]bool{}}
		s.votes.by[vote] = b
	}
	b.dots[id] = true
	s.votes.of[id], s.votes.dots[id] = b, stamp
	return append(concerned, vote)
}

// heed follows a change of a timer, a vote, a dot or of what dots are on.
func (s *Set) heed(ev board.Event) {
	e := ev.Element
	gone := ev.Kind == board.Set && ev.Key == board.KeyDeleted
	switch e.Kind() {
	case board.KindTimer:
		s.heedTimer(e)
	case board.KindVote:
		if gone || ev.Kind == board.Created || ev.Kind == board.Set && (ev.Key == board.KeyLimit || ev.Key == board.KeyResolved || ev.Key == board.KeyColor) {
			s.recount(e.ID(), ev.Key == board.KeyColor)
		}
	case board.KindStamp:
		if gone || ev.Kind == board.Set && (ev.Key == board.KeyParent || ev.Key == board.KeyPerson || ev.Key == board.KeyStart) {
			before := s.Dot(e.ID())
			for _, vote := range s.enroll(e) {
				s.recount(vote, false)
			}
			if s.Dot(e.ID()) != before {
				s.draw(e.ID())
			}
		}
	}
	if gone && len(s.votes.of) > 0 {
		s.recountOn(e.ID())
	}
}

// recountOn counts the votes anew that an element has dots of, on whatever page.
func (s *Set) recountOn(id board.ID) {
	for vote, b := range s.votes.by {
		for dot := range b.dots {
			if s.votes.dots[dot].Get(board.KeyStart).Ref() == id {
				s.recount(vote, false)
				break
			}
		}
	}
}

// recount counts a vote anew, and draws what looks otherwise, or all of it.
func (s *Set) recount(vote board.ID, all bool) {
	b := s.votes.by[vote]
	if b == nil {
		return
	}
	before := b.state
	b.state = s.states(vote)
	for id := range b.dots {
		if all || before[id] != b.state[id] {
			s.draw(id)
		}
	}
	s.draw(vote) // it shows how many there are
}

// draw draws an element anew, if it is shown.
func (s *Set) draw(id board.ID) {
	if x := s.entries[id]; x != nil {
		s.redraw(id, x)
	}
}

// readVote lays the card of a vote out: the question, and below it how many dots
// each person has and how many have been put.
func (s *Set) readVote(f *Figure) {
	p, e := &f.Place, f.Element
	if p.W == 0 {
		p.W = VoteWidth
	}
	if p.H == 0 {
		p.H = VoteHeight
	}
	upright(p)
	f.Style.Thickness = 0
	if !f.Style.Filled {
		f.Style.Fill, f.Style.Filled = VoteColors[0][1], true
	}
	if e.Get(board.KeyColor).IsNone() {
		f.Style.Color = VoteColors[0][0]
	}
	width := f.labelWidth()
	layout := layOut(e.Text(), p.Size, width, f.Style.Align, s.fonts)
	text := e.TextLen(board.UTF16) > 0 && len(layout.Lines) > 0
	if text {
		p.H = max(p.H, layout.Box.Size().Y+2*NotePadding+voteFoot)
	}
	f.Frame = p.Frame()
	f.Bounds = f.Frame.Bounds()
	box := f.Frame.Box
	if text {
		room := geom.Pt(box.Center().X-width/2, (box.Min.Y+box.Max.Y-voteFoot-layout.Box.Size().Y)/2)
		f.text = layout.move(room)
		f.Bounds = f.Bounds.Union(geom.BoxOf(f.textCorners()...).Grow(p.Size * letterReach))
	}
	s.readVoteFoot(f, box)
}

// readVoteFoot draws the foot of a card.
func (s *Set) readVoteFoot(f *Figure, box geom.Box) {
	const dot, step = 12.0, 17.0
	t := s.Tally(f.Element.ID())
	y := box.Max.Y - voteFoot/2 - 4
	room := box.Size().X - 2*NotePadding
	at := func(x, y float64) geom.Point { return f.Frame.ToBoard(geom.Pt(x, y)) }
	sum := layOut(strconv.Itoa(t.Dots), 18, 0, AlignMiddle, s.fonts)
	sumWidth := sum.Box.Size().X
	n := min(t.Limit, mostVoteDots, int(max(room-sumWidth-dot, 0)/step))
	for i := range n {
		c := at(box.Min.X+NotePadding+dot/2+float64(i)*step, y)
		circle := geom.EllipsePath(geom.Rect(c.X-dot/2, c.Y-dot/2, dot, dot))
		f.parts = append(f.parts, Part{Path: circle, Fill: true, Color: f.Style.Color, Fixed: true})
	}
	if sumWidth > room {
		return
	}
	right := box.Max.X - NotePadding
	f.parts = append(f.parts, Part{Text: sum.move(geom.Pt(right-sumWidth, y-sum.Box.Size().Y/2)), Color: f.Style.Color, Fixed: true})
	// Beside the sum: a tick when it is over.
	if t.Closed && sumWidth+dot+step < room {
		x := right - sumWidth - 10
		tick := geom.PolylinePath([]geom.Point{at(x-14, y), at(x-9, y+5), at(x, y-6)}, false)
		f.parts = append(f.parts, Part{Path: tick, Thickness: 3, Color: f.Style.Color, Fixed: true})
	}
}

// readDot draws a dot of a vote in the vote's colour. The first one of an element
// has a badge with the sum in the element's corner, and a ring around it if it has
// won.
func (s *Set) readDot(f *Figure, b *ballot, on *Figure) {
	color, vote := VoteColors[0][0], s.doc.Element(b.id)
	if vote != nil {
		color = uint32(vote.Int(board.KeyColor, int64(color))) & 0xffffff
	}
	f.parts[1].Color = color // the disc, over its rim
	state := b.state[f.ID()]
	if state.sum == 0 || on == nil {
		return
	}
	if state.wins {
		frame := on.Frame
		frame.Box = frame.Box.Grow(ringGap + on.Style.Thickness/2)
		path := geom.Outline{Shape: geom.Rectangle, Frame: frame, Radius: CornerRadius + ringGap}.Path()
		f.parts = append([]Part{{Path: path, Thickness: ringThickness, Color: ringColor, Fixed: true}}, f.parts...)
		f.Bounds = f.Bounds.Union(frame.Bounds().Grow(ringThickness / 2))
	}
	sum := layOut(strconv.Itoa(state.sum), badgeFont, 0, AlignMiddle, s.fonts)
	width := max(sum.Box.Size().X+14, badgeHeight)
	c := on.Frame.At(1, 0)
	pill := geom.Rect(c.X-width/2, c.Y-badgeHeight/2, width, badgeHeight)
	f.parts = append(f.parts,
		Part{Path: geom.RoundedRectanglePath(pill.Grow(2), badgeHeight), Fill: true, Color: symbolWhite, Fixed: true},
		Part{Path: geom.RoundedRectanglePath(pill, badgeHeight), Fill: true, Color: color, Fixed: true},
		Part{Text: sum.move(pill.Center().Sub(sum.Box.Size().Mul(0.5))), Color: symbolWhite, Fixed: true},
	)
	f.Bounds = f.Bounds.Union(pill.Grow(2))
}
