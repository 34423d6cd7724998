package figure

import (
	"cmp"
	"iter"
	"maps"
	"slices"
	"time"

	"edgeboard/shared/board"
	"edgeboard/shared/geom"
)

// Set has the figures of a board. Make one with New.
type Set struct {
	doc     *board.Board
	fonts   *widths
	observe func(Change)

	entries map[board.ID]*entry // of all elements that are drawn
	reads   int                 // how many entries have a figure
	index   index
	bound   map[board.ID][]board.ID // arrows and stamps, by what they are bound to
	drafts  drafts
	pages   pages
	votes   votes
	clocks  clocks
	tiles   tiles
	frames  int                // how many there are
	framed  relation[board.ID] // elements, by the frame that they name
	showing relation[string]   // images, by the picture that they show

	// Elements are numbered from the bottom one to the top one, so that few
	// comparisons of their keys are needed. unranked says that it is to be done
	// anew.
	unranked bool
	top      *entry

	// Scratch.
	samples []board.Point
	ink     []Ink
	stroke  geom.Stroke
}

// entry is what is kept of an element.
type entry struct {
	element *board.Element
	figure  *Figure  // nil: not read since it changed
	box     geom.Box // of the figure, in the index
	rank    int
	frame   board.ID // what framed and showing have it at
	blob    string
}

// mostRead bounds the figures that are kept. What is not kept is read again.
const mostRead = 1 << 15

// Change is something that is to be drawn otherwise from now on.
type Change struct {
	Kind          ChangeKind
	ID            board.ID
	Before, After geom.Box // bounds; NoBox if it was, or is, not there
	From          int      // of Grew: the first point that is new
}

// ChangeKind says what is to be drawn otherwise.
type ChangeKind uint8

const (
	// Redrawn: the element looks otherwise, lies elsewhere or in another place of
	// the order, is new or has gone.
	Redrawn ChangeKind = iota + 1
	// Grew: a stroke has points more.
	Grew
	// Lifted: a draft has the element in hand now, or what it is bound to. Before
	// is where it was.
	Lifted
	// Laid: no draft has it any more. After is where it lies.
	Laid
	// Moved: drafts have moved. There is no ID.
	Moved
	// Everything: all is to be read anew. There is no ID.
	Everything
	// Fed: the content of a tile looks otherwise. It is told again only after somebody
	// has asked for the content.
	Fed
)

// New returns the figures of doc. From then on, Changed must hear of its changes.
func New(doc *board.Board, fonts Fonts) *Set {
	s := &Set{doc: doc, fonts: newWidths(fonts), observe: func(Change) {}, drafts: newDrafts()}
	s.tiles.words, s.tiles.zone, s.tiles.themes = DefaultWords, time.Local, map[themeKey]*theme{}
	s.readAll()
	return s
}

// Doc returns the board.
func (s *Set) Doc() *board.Board { return s.doc }

// Observe makes f hear of what is to be drawn otherwise. It is called while the
// Set is of the new state. A later call replaces f.
func (s *Set) Observe(f func(Change)) { s.observe = f }

// readAnew reads everything again, and tells of it.
func (s *Set) readAnew() {
	s.readAll()
	s.hold() // of what drafts have in hand other elements may be shown
	s.observe(Change{Kind: Everything})
}

func (s *Set) readAll() {
	s.leaf()
	s.entries, s.index, s.bound = map[board.ID]*entry{}, index{}, map[board.ID][]board.ID{}
	s.frames, s.framed, s.showing = 0, relation[board.ID]{}, relation[string]{}
	s.reads, s.top, s.unranked = 0, nil, true
	s.tiles.of, s.tiles.named, s.tiles.begin = map[board.ID]*liveTile{}, nil, nil
	// What arrows are bound to is there before the arrows are read.
	for e := range s.doc.Elements() {
		if Drawn(e.Kind()) && s.onPage(e) {
			x := &entry{element: e, box: geom.NoBox}
			s.entries[e.ID()] = x
			s.bind(e)
			s.came(x)
		}
	}
	s.count()
	for id, x := range s.entries {
		x.box = s.of(x).Bounds
		s.index.put(id, x.box)
	}
}

// Changed tells of a change of the document, before anybody else hears of it.
func (s *Set) Changed(e board.Event) {
	if e.Kind == board.Reset || s.turned(e) {
		s.readAnew()
		return
	}
	s.change(e)
	s.heed(e)
}

func (s *Set) change(e board.Event) {
	id := e.Element.ID()
	if !Drawn(e.Element.Kind()) {
		return
	}
	x := s.entries[id]
	switch {
	case e.Element.Deleted() || !s.onPage(e.Element):
		if x != nil {
			s.gone(id, x)
		}
		return
	case x == nil:
		x = &entry{element: e.Element, box: geom.NoBox}
		s.entries[id] = x
		s.bind(e.Element)
		s.came(x)
		s.enrank(x)
		s.hold()
	case e.Kind == board.Set && e.Key == board.KeyFrame:
		s.relate(x)
		if e.Element.Kind() != board.KindFrame {
			return
		}
		s.unranked = true
	case e.Kind == board.Set && !seen(e.Element.Kind(), e.Key):
		return
	case e.Kind == board.Set && e.Key == board.KeyOrder:
		s.unranked = true
	case e.Kind == board.Set && (e.Key == board.KeyStart || e.Key == board.KeyEnd):
		s.unbind(id)
		s.bind(e.Element)
		s.hold()
	}
	if e.Key == board.KeyBlob {
		s.relate(x)
	}
	if e.Element.Kind() == board.KindTile {
		s.heedTile(e.Element)
	}
	if e.Kind == board.Appended {
		before := x.box
		s.refresh(id, x)
		s.observe(Change{Kind: Grew, ID: id, Before: before, After: x.box, From: e.From})
		return
	}
	s.redraw(id, x)
	s.redrawNested(x)
}

// came notes an element that was not there before.
func (s *Set) came(x *entry) {
	switch x.element.Kind() {
	case board.KindFrame:
		s.frames++
	case board.KindTile:
		s.heedTile(x.element)
	}
	s.relate(x)
}

// relate notes what frame an element names, and what picture it shows.
func (s *Set) relate(x *entry) {
	id := x.element.ID()
	frame, blob := x.element.Get(board.KeyFrame).Ref(), ""
	if x.element.Kind() == board.KindImage {
		blob = PictureOf(x.element).Blob
	}
	s.framed.move(id, x.frame, frame)
	s.showing.move(id, x.blob, blob)
	x.frame, x.blob = frame, blob
}

// seen reports whether a property of elements of a kind is to be seen. Deleted
// elements are met elsewhere.
func seen(kind board.Kind, k board.Key) bool {
	switch k {
	case board.KeyGroup, board.KeyLocked, board.KeyFrame, board.KeyPage, board.KeyLink, board.KeyMedia, board.KeyMain:
		return false
	case board.KeyBlob:
		return kind == board.KindImage
	case board.KeyFeed, board.KeyChart, board.KeyUnit, board.KeyDecimals, board.KeyMin, board.KeyMax, board.KeyWindow, board.KeySteps, board.KeyStale, board.KeyBelow:
		return kind == board.KindTile
	case board.KeyParent, board.KeyResolved, board.KeyAuthor, board.KeyTime:
		return kind == board.KindStamp || kind == board.KindTimer || kind == board.KindVote
	}
	return k <= board.KeyMain
}

// redraw reads an element again, and what is bound to it.
func (s *Set) redraw(id board.ID, x *entry) {
	before := x.box
	s.refresh(id, x)
	s.observe(Change{Kind: Redrawn, ID: id, Before: before, After: x.box})
	s.redrawBound(id)
}

func (s *Set) redrawBound(id board.ID) {
	for _, arrow := range s.bound[id] {
		if x := s.entries[arrow]; x != nil && arrow != id {
			before := x.box
			s.refresh(arrow, x)
			s.observe(Change{Kind: Redrawn, ID: arrow, Before: before, After: x.box})
		}
	}
}

// refresh reads an element again.
func (s *Set) refresh(id board.ID, x *entry) {
	s.forget(x)
	box := s.of(x).Bounds
	if box != x.box {
		x.box = box
		s.index.put(id, box)
	}
}

// gone forgets an element that was deleted.
func (s *Set) gone(id board.ID, x *entry) {
	s.forget(x)
	s.index.remove(id)
	s.unbind(id)
	s.framed.move(id, x.frame, board.ID{})
	s.showing.move(id, x.blob, "")
	switch x.element.Kind() {
	case board.KindFrame:
		s.frames--
	case board.KindTile:
		s.goneTile(id)
	}
	delete(s.entries, id)
	if s.top == x || x.element.Kind() == board.KindFrame {
		s.top, s.unranked = nil, true
	}
	s.observe(Change{Kind: Redrawn, ID: id, Before: x.box, After: geom.NoBox})
	s.redrawBound(id)
	s.redrawNested(x)
}

// redrawNested tells of the frames in a frame: they lie in other places of the order
// when it comes or goes, or is in another one.
func (s *Set) redrawNested(x *entry) {
	if !s.unranked || x.element.Kind() != board.KindFrame {
		return
	}
	for _, id := range s.Contents(x.element.ID()) {
		if in := s.entries[id]; in != nil && in.element.Kind() == board.KindFrame {
			s.observe(Change{Kind: Redrawn, ID: id, Before: in.box, After: in.box})
		}
	}
}

// forget makes an element be read again when it is asked for.
func (s *Set) forget(x *entry) {
	if x.figure != nil {
		x.figure = nil
		s.reads--
	}
}

// of returns the figure of an entry.
func (s *Set) of(x *entry) *Figure {
	if x.figure == nil {
		f := s.read(x.element)
		if s.reads >= mostRead {
			for _, other := range s.entries {
				other.figure = nil
			}
			s.reads = 0
		}
		x.figure = f
		s.reads++
	}
	return x.figure
}

// bind notes what an arrow or a stamp is bound to.
func (s *Set) bind(e *board.Element) {
	if !follows(e.Kind()) {
		return
	}
	for _, key := range [...]board.Key{board.KeyStart, board.KeyEnd} {
		if id := e.Get(key).Ref(); id != (board.ID{}) && !slices.Contains(s.bound[id], e.ID()) {
			s.bound[id] = append(s.bound[id], e.ID())
		}
	}
}

// unbind forgets what an arrow or a stamp was bound to.
func (s *Set) unbind(arrow board.ID) {
	for id, list := range s.bound {
		if i := slices.Index(list, arrow); i >= 0 {
			if list = slices.Delete(list, i, i+1); len(list) == 0 {
				delete(s.bound, id)
			} else {
				s.bound[id] = list
			}
		}
	}
}

// Of returns the figure of an element: nil if there is none, it is deleted, or
// elements of its kind are not drawn.
func (s *Set) Of(id board.ID) *Figure {
	if x := s.entries[id]; x != nil {
		return s.of(x)
	}
	return nil
}

// Len returns the number of figures.
func (s *Set) Len() int { return len(s.entries) }

// All yields all figures, from the bottom one to the top one.
func (s *Set) All() iter.Seq[*Figure] {
	return func(yield func(*Figure) bool) {
		for _, x := range s.sorted(slices.Collect(maps.Values(s.entries))) {
			if !yield(s.of(x)) {
				return
			}
		}
	}
}

// In returns the figures whose bounds overlap a part of the board, from the
// bottom one to the top one.
func (s *Set) In(part geom.Box) []*Figure {
	s.follow()
	var found []*entry
	s.index.in(part, func(id board.ID) {
		if x := s.entries[id]; x != nil {
			found = append(found, x)
		}
	})
	figures := make([]*Figure, 0, len(found))
	for _, x := range s.sorted(found) {
		figures = append(figures, s.of(x))
	}
	return figures
}

// At returns the figures that a place of the board hits, from the top one to the
// bottom one.
func (s *Set) At(p geom.Point, tolerance float64) []*Figure {
	found := s.In(geom.BoxOf(p).Grow(tolerance))
	found = slices.DeleteFunc(found, func(f *Figure) bool { return !f.Hit(p, tolerance) })
	slices.Reverse(found)
	return found
}

// Bounds returns the box around all figures, NoBox if there are none.
func (s *Set) Bounds() geom.Box {
	s.follow()
	return s.index.bounds()
}

// Bound returns the arrows and stamps that are bound to an element.
func (s *Set) Bound(id board.ID) []board.ID { return slices.Clone(s.bound[id]) }

// sorted sorts entries, in place, from the bottom one to the top one.
func (s *Set) sorted(list []*entry) []*entry {
	if len(list) > 1 {
		s.rank()
		slices.SortFunc(list, func(a, b *entry) int { return cmp.Compare(a.rank, b.rank) })
	}
	return list
}

// rank numbers the elements, if that is to be done.
func (s *Set) rank() {
	if !s.unranked {
		return
	}
	s.unranked, s.top = false, nil
	var frames []*entry
	n := 0
	for e := range s.doc.Elements() {
		if x := s.entries[e.ID()]; x != nil && e.Kind() == board.KindFrame {
			frames = append(frames, x)
		} else if x != nil {
			n++
			x.rank, s.top = n, x
		}
	}
	slices.SortFunc(frames, func(a, b *entry) int { return s.CompareElements(a.element, b.element) })
	for i, x := range frames {
		x.rank = i - len(frames)
	}
}

// enrank numbers a new element: mostly it is the top one.
func (s *Set) enrank(x *entry) {
	switch {
	case s.unranked:
	case x.element.Kind() == board.KindFrame:
		s.unranked = true
	case s.top != nil && s.doc.Compare(s.top.element, x.element) < 0:
		x.rank = s.top.rank + 1
		s.top = x
	default:
		s.unranked = true
	}
}

// Compare tells which of two figures lies on top: it is positive if a does, negative
// if b does, 0 if they are the same. It is the order of the board, but that frames
// lie under all else.
func (s *Set) Compare(a, b *Figure) int { return s.CompareElements(a.Element, b.Element) }
