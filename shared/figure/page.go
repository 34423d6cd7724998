package figure

import (
	"slices"

	"edgeboard/shared/board"
)

// Page is a page of a board. A board without pages is one, which has no name.
type Page struct {
	ID   board.ID // the zero ID is the one page of a board that has none
	Name string   // as its text says; "": it has none
}

// pages is what is known of the pages of a board.
type pages struct {
	asked board.ID // by ShowPage
	shown board.ID // the zero ID if the board has no pages
	main  board.ID // the page of what names none, the same
	list  []Page   // all
	fresh bool     // list is
}

// Pages returns the pages, in their order; nil if the board has none. The list is
// not to be changed.
func (s *Set) Pages() []Page {
	p := &s.pages
	if !p.fresh {
		p.list, p.fresh = nil, true
		for _, e := range s.pageElements() {
			p.list = append(p.list, Page{e.ID(), e.Text()})
		}
	}
	return p.list
}

// pageElements returns the pages in their order. Two people may have made the
// board's first page at the same time: of two main ones the lesser one is a page,
// and the other is the same.
func (s *Set) pageElements() []*board.Element {
	var list []*board.Element
	var main *board.Element
	for e := range s.doc.Elements() {
		if e.Kind() != board.KindPage {
			continue
		}
		list = append(list, e)
		if isMain(e) && (main == nil || e.ID().Compare(main.ID()) < 0) {
			main = e
		}
	}
	return slices.DeleteFunc(list, func(e *board.Element) bool { return isMain(e) && e != main })
}

func isMain(e *board.Element) bool { return e.Int(board.KeyMain, 0) != 0 }

// Page returns the page that is shown, the zero ID if the board has none.
func (s *Set) Page() board.ID { return s.pages.shown }

// MainPage returns the page of the elements that name none, the zero ID if the
// board has no pages.
func (s *Set) MainPage() board.ID { return s.pages.main }

// PageOf returns the page that an element is on. ok is false if that is deleted:
// the element is not to be seen.
func (s *Set) PageOf(e *board.Element) (id board.ID, ok bool) {
	id = e.Get(board.KeyPage).Ref()
	if id == (board.ID{}) || id == s.pages.main {
		return s.pages.main, true
	}
	page := s.doc.Element(id)
	switch {
	case page == nil || page.Kind() != board.KindPage:
		return s.pages.main, true // it was compacted away, or has not arrived
	case page.Deleted():
		return id, false
	case isMain(page):
		return s.pages.main, true
	}
	return id, true
}

// ShowPage makes the elements of a page figures, and no others. While there is no
// such page it is the main one, which the zero ID stands for too.
func (s *Set) ShowPage(id board.ID) {
	s.pages.asked = id
	before := s.pages.shown
	s.leaf()
	if s.pages.shown != before {
		s.readAnew()
	}
}

// leaf finds out which page is shown.
func (s *Set) leaf() {
	p := &s.pages
	p.fresh = false
	p.main, p.shown = board.ID{}, board.ID{}
	list := s.Pages()
	if len(list) == 0 {
		return
	}
	p.main = list[0].ID // if somebody has deleted the main one
	for _, page := range list {
		if isMain(s.doc.Element(page.ID)) {
			p.main = page.ID
		}
	}
	p.shown = p.main
	for _, page := range list {
		if page.ID == p.asked {
			p.shown = p.asked
		}
	}
}

// onPage reports whether an element is on the page that is shown.
func (s *Set) onPage(e *board.Element) bool {
	if s.pages.main == (board.ID{}) && e.Get(board.KeyPage).IsNone() {
		return true // as on most boards
	}
	page, ok := s.PageOf(e)
	return ok && page == s.pages.shown
}

// turned reports whether a change of the document makes other elements be on the
// page that is shown than the one that it is about.
func (s *Set) turned(e board.Event) bool {
	if e.Element.Kind() != board.KindPage {
		return false
	}
	main, shown := s.pages.main, s.pages.shown
	s.leaf()
	switch {
	case e.Kind == board.Created && s.awaited(e.Element.ID()):
		return true
	case e.Kind == board.Set && (e.Key == board.KeyDeleted || e.Key == board.KeyMain):
		return true
	}
	return s.pages.main != main || s.pages.shown != shown
}

// awaited reports whether elements that are shown are on a page that has arrived
// only now.
func (s *Set) awaited(page board.ID) bool {
	for _, x := range s.entries {
		if x.element.Get(board.KeyPage).Ref() == page {
			return true
		}
	}
	return false
}
