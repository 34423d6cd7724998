package templates

import (
	"math"

	"edgeboard/public/texts"
	"edgeboard/shared/board"
	"edgeboard/shared/figure"
	"edgeboard/shared/geom"
)

// A sketch is a template on its way, in one language.
type sketch struct {
	language texts.Language
	doc      *board.Board
	edit     *board.Edit
	frame    board.ID // that the next elements are in; zero: none
	// origin and board are the address of the relay and the name of the board, in texts.
	origin, board string
	// samples are what its preview shows of feeds, by their names.
	samples map[string][]float64
}

// The colours of templates: those of the style panel, so that what a person adds fits in.
// Ink and papers of one row go together, by WCAG 2.2, in the light and in the dark.
const (
	ink   = figure.DefaultColor
	muted = 0x5c5c5c
	quiet = 0xf4f4f4 // what lies behind others; nearly the board itself
	rule  = 0xc4c4c4

	red, redPaper       = 0xe03131, 0xffc9c9
	orange, orangePaper = 0xd9480f, 0xffd8a8 // darker than the panel's, to be read as a title
	yellowPaper         = figure.NoteColor
	green, greenPaper   = 0x2f9e44, 0xb9efc3
	teal, tealPaper     = 0x0c8599, 0xa9e8ec
	blue, bluePaper     = 0x1971c2, 0xb0d6ff
	purple, purplePaper = 0x9c36b5, 0xe3c8fa
	pink, pinkPaper     = 0xd6336c, 0xffc6de
)

// Sizes of letters.
const (
	titleSize   = 44
	headingSize = 26
	bodySize    = 20
	smallSize   = 16
)

// say chooses the text in the language of the sketch.
func (s *sketch) say(english, chinese string) string {
	if s.language == texts.Chinese {
		return chinese
	}
	return english
}

// with is a property of an element.
type with struct {
	key   board.Key
	value board.Value
}

func color(c int64) with       { return with{board.KeyColor, board.Int(c)} }
func fill(c int64) with        { return with{board.KeyFill, board.Int(c)} }
func size(v float64) with      { return with{board.KeyFontSize, board.Float(v)} }
func thickness(v float64) with { return with{board.KeyThickness, board.Float(v)} }
func align(a figure.Align) with {
	return with{board.KeyAlign, board.Int(int64(a))}
}
func dash(d figure.Dash) with { return with{board.KeyDash, board.Int(int64(d))} }

// add adds an element on top of the others.
func (s *sketch) add(kind board.Kind, x, y, w, h float64, text string, withs ...with) board.ID {
	id := s.edit.Create(kind)
	s.edit.Set(id, board.KeyX, board.Float(x))
	s.edit.Set(id, board.KeyY, board.Float(y))
	if w != 0 {
		s.edit.Set(id, board.KeyWidth, board.Float(w))
	}
	if h != 0 {
		s.edit.Set(id, board.KeyHeight, board.Float(h))
	}
	if s.frame != (board.ID{}) && kind != board.KindFrame {
		s.edit.Set(id, board.KeyFrame, board.Ref(s.frame))
	}
	for _, w := range withs {
		s.edit.Set(id, w.key, w.value)
	}
	s.edit.Splice(id, board.Chars, 0, 0, text)
	return id
}

// inFrame adds a frame, and what put adds in it.
func (s *sketch) inFrame(x, y, w, h float64, title string, c int64, put func()) {
	s.frame = s.add(board.KindFrame, x, y, w, h, title, color(c), fill(quiet), size(headingSize))
	put()
	s.frame = board.ID{}
}

// text adds lines that are wrapped at a width.
func (s *sketch) text(x, y, w, letters float64, text string, withs ...with) board.ID {
	return s.add(board.KindText, x, y, w, 0, text, append([]with{size(letters)}, withs...)...)
}

func (s *sketch) note(x, y, side float64, paper int64, text string) board.ID {
	return s.add(board.KindNote, x, y, side, side, text, fill(paper), size(bodySize))
}

// box adds a shape with a label.
func (s *sketch) box(kind board.Kind, x, y, w, h float64, paper int64, label string, withs ...with) board.ID {
	return s.add(kind, x, y, w, h, label, append([]with{color(ink), fill(paper), thickness(2), size(bodySize)}, withs...)...)
}

// card is a rectangle without a border.
func (s *sketch) card(x, y, w, h float64, paper int64, label string, withs ...with) board.ID {
	return s.add(board.KindRectangle, x, y, w, h, label, append([]with{color(ink), fill(paper), thickness(0), size(bodySize)}, withs...)...)
}

// place is a place that waits for something.
func (s *sketch) place(x, y, w, h float64, label string) board.ID {
	return s.add(board.KindRectangle, x, y, w, h, label, color(muted), thickness(2), dash(figure.Dashed), size(smallSize))
}

// bind adds an arrow from one element to another.
func (s *sketch) bind(from, to board.ID) {
	id := s.add(board.KindArrow, 0, 0, 0, 0, "", color(ink), thickness(2))
	ends := [2]geom.Point{}
	for i, end := range [...]struct {
		to        board.ID
		key, x, y board.Key
	}{{from, board.KeyStart, board.KeyStartX, board.KeyStartY}, {to, board.KeyEnd, board.KeyEndX, board.KeyEndY}} {
		s.edit.Set(id, end.key, board.Ref(end.to))
		s.edit.Set(id, end.x, board.Float(0.5))
		s.edit.Set(id, end.y, board.Float(0.5))
		p, _ := figure.PlaceOf(s.doc.Element(end.to))
		ends[i] = geom.Pt(p.X+p.W/2, p.Y+p.H/2)
	}
	s.edit.Set(id, board.KeyX, board.Float(ends[0].X))
	s.edit.Set(id, board.KeyY, board.Float(ends[0].Y))
	s.edit.Set(id, board.KeyWidth, board.Float(ends[1].X-ends[0].X))
	s.edit.Set(id, board.KeyHeight, board.Float(ends[1].Y-ends[0].Y))
}

// tile adds live data; what its preview shows of its feeds are samples.
func (s *sketch) tile(x, y, w, h float64, title, feeds string, chart int64, withs ...with) board.ID {
	return s.add(board.KindTile, x, y, w, h, title, append([]with{
		{board.KeyFeed, board.String(feeds)}, {board.KeyChart, board.Int(chart)},
	}, withs...)...)
}

// unit and decimals are how a tile writes its numbers, scale where its axis ends, and
// steps from which values on it warns.
func unit(u string) with     { return with{board.KeyUnit, board.String(u)} }
func decimals(n int64) with  { return with{board.KeyDecimals, board.Int(n)} }
func least(v float64) with   { return with{board.KeyMin, board.Float(v)} }
func most(v float64) with    { return with{board.KeyMax, board.Float(v)} }
func steps(text string) with { return with{board.KeySteps, board.String(text)} }

// timer adds one with so many minutes, which stands still.
func (s *sketch) timer(x, y float64, minutes int64) board.ID {
	return s.add(board.KindTimer, x, y, figure.TimerWidth, figure.TimerHeight, "", with{board.KeyDuration, board.Int(minutes * 60_000)})
}

// vote adds the card of a vote.
func (s *sketch) vote(x, y, w, h float64, question string, of int) board.ID {
	colors := figure.VoteColors[of%len(figure.VoteColors)]
	return s.add(board.KindVote, x, y, w, h, question, color(int64(colors[0])), fill(int64(colors[1])),
		with{board.KeyLimit, board.Int(figure.DefaultVotes)})
}

// stamp puts a sign of figure.Symbols on an element, at shares of its box.
func (s *sketch) stamp(on board.ID, u, v float64, symbol int64) {
	p, _ := figure.PlaceOf(s.doc.Element(on))
	const side = figure.StampSize
	s.add(board.KindStamp, p.X+u*p.W-side/2, p.Y+v*p.H-side/2, side, side, "",
		with{board.KeySymbol, board.Int(symbol)},
		with{board.KeyStart, board.Ref(on)}, with{board.KeyStartX, board.Float(u)}, with{board.KeyStartY, board.Float(v)})
}

// stroke draws a line through at(0) to at(1), as a hand does: lighter at its ends.
func (s *sketch) stroke(c int64, thick float64, at func(t float64) geom.Point) {
	id := s.edit.Create(board.KindStroke)
	s.edit.Set(id, board.KeyColor, board.Int(c))
	s.edit.Set(id, board.KeyThickness, board.Float(thick))
	if s.frame != (board.ID{}) {
		s.edit.Set(id, board.KeyFrame, board.Ref(s.frame))
	}
	const n = 48
	points := make([]board.Point, n+1)
	for i := range points {
		t := float64(i) / n
		p := at(t)
		points[i] = board.Point{
			X: int32(math.Round(p.X * board.PointsPerUnit)), Y: int32(math.Round(p.Y * board.PointsPerUnit)),
			Pressure: uint8(90 + 60*math.Sin(math.Pi*t)),
		}
	}
	s.edit.Append(id, points...)
}

// wave is a curve from one x to another about a y.
func wave(from, to, y, height, turns float64) func(t float64) geom.Point {
	return func(t float64) geom.Point {
		return geom.Pt(from+(to-from)*t, y-height*math.Sin(2*math.Pi*turns*t))
	}
}
