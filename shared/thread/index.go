package thread

import (
	"sort"

	"edgeboard/shared/board"
	"edgeboard/shared/figure"
)

// Index finds the threads of a board without looking at all of it each time.
type Index struct {
	doc      *board.Board
	threads  map[board.ID]*board.Element
	comments map[board.ID]*board.Element
}

// NewIndex returns the index of a board. From then on, Changed must hear of its
// changes.
func NewIndex(doc *board.Board) *Index {
	x := &Index{doc: doc}
	x.readAll()
	return x
}

func (x *Index) readAll() {
	x.threads, x.comments = map[board.ID]*board.Element{}, map[board.ID]*board.Element{}
	for e := range x.doc.Elements() {
		if list := x.list(e); list != nil {
			list[e.ID()] = e
		}
	}
}

// list is where an element belongs, nil if it has nothing to do with threads.
func (x *Index) list(e *board.Element) map[board.ID]*board.Element {
	switch e.Kind() {
	case board.KindThread:
		return x.threads
	case board.KindComment:
		return x.comments
	}
	return nil
}

// Changed takes a change of the board, and reports whether it was one of threads.
func (x *Index) Changed(e board.Event) bool {
	if e.Kind == board.Reset {
		x.readAll()
		return true
	}
	list := x.list(e.Element)
	if list == nil {
		return false
	}
	if e.Element.Deleted() {
		delete(list, e.Element.ID())
	} else {
		list[e.Element.ID()] = e.Element
	}
	return true
}

// Len returns how many threads there are at most: some may have no comment.
func (x *Index) Len() int { return len(x.threads) }

// All returns the threads, by the times of their first comments. figures says where
// the elements are that they are about.
func (x *Index) All(figures *figure.Set) []Thread {
	if len(x.threads) == 0 {
		return nil
	}
	said := map[board.ID][]Comment{}
	for _, e := range x.comments {
		of := e.Get(board.KeyParent).Ref()
		said[of] = append(said[of], comment(e))
	}
	var list []Thread
	for id, e := range x.threads {
		if len(said[id]) == 0 {
			continue
		}
		t := read(figures, e)
		t.Comments = said[id]
		sort.Slice(t.Comments, func(i, j int) bool { return before(t.Comments[i], t.Comments[j]) < 0 })
		list = append(list, t)
	}
	sort.Slice(list, func(i, j int) bool { return before(list[i].Comments[0], list[j].Comments[0]) < 0 })
	return list
}
