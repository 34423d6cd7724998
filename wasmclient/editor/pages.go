package editor

import (
	"slices"

	"edgeboard/shared/board"
	"edgeboard/shared/figure"
	"edgeboard/shared/geom"
)

// mostPages bounds the pages that a person makes.
const mostPages = 500

// mostPageName bounds the name of a page, in characters.
const mostPageName = 100

// putOnPage puts new elements on the page that is shown. What names no page is on
// the main one.
func (e *Editor) putOnPage(edit *board.Edit, ids ...board.ID) {
	page := e.figures.Page()
	if page == e.figures.MainPage() {
		return
	}
	for _, id := range ids {
		if id != (board.ID{}) {
			edit.Set(id, board.KeyPage, board.Ref(page))
		}
	}
}

// ShowPage turns to a page. What is under way on the one before ends, and each page
// is looked at as it was left.
func (e *Editor) ShowPage(id board.ID) {
	e.refresh()
	e.leave()
	e.figures.ShowPage(id)
	e.turned()
}

// leave ends what is under way on the page that is shown.
func (e *Editor) leave() {
	e.EndWriting()
	e.EndStyle()
	e.release()
	e.choose(nil)
	e.cameras[e.pageKey(e.page)] = e.camera
}

// turned meets that another page is shown than before: somebody may have deleted
// that one.
func (e *Editor) turned() {
	page, before := e.figures.Page(), e.page
	e.page = page
	if e.pageKey(page) == e.pageKey(before) {
		return // or it has become one of several
	}
	e.EndWriting()
	e.release()
	if c, known := e.cameras[e.pageKey(page)]; known {
		e.look(c)
		return
	}
	e.look(geom.Camera{Zoom: 1})
	e.fit(e.figures.Bounds())
}

// pageKey names a page for what is kept of it: the main one is the zero ID, as it
// was while the board had no other.
func (e *Editor) pageKey(id board.ID) board.ID {
	if id == e.figures.MainPage() {
		return board.ID{}
	}
	return id
}

// Cameras returns how each page was last looked at. The zero ID is the main one.
func (e *Editor) Cameras() map[board.ID]geom.Camera {
	e.refresh()
	e.cameras[e.pageKey(e.page)] = e.camera
	return e.cameras
}

// RememberCamera tells how a page was looked at last time.
func (e *Editor) RememberCamera(page board.ID, c geom.Camera) {
	if finite(c.At) && c.Zoom > 0 {
		e.cameras[e.pageKey(page)] = c
	}
}

// turnPage turns some pages on or back.
func (e *Editor) turnPage(by int) bool {
	list := e.figures.Pages()
	i := slices.IndexFunc(list, func(p figure.Page) bool { return p.ID == e.figures.Page() }) + by
	if i < 0 || i >= len(list) {
		return false
	}
	e.ShowPage(list[i].ID)
	return true
}

// mayTurn reports whether pages can be changed now.
func (e *Editor) mayTurn() bool {
	e.refresh()
	return !e.viewOnly && e.gesture == nil
}

// firstPage makes the board's only page one of several, and returns its ID.
func firstPage(edit *board.Edit) board.ID {
	main := edit.Create(board.KindPage)
	edit.Set(main, board.KeyMain, board.Int(1))
	return main
}

// newPage makes a page after another one; the zero ID is the board's only page.
func (e *Editor) newPage(edit *board.Edit, after board.ID) board.ID {
	if after == (board.ID{}) {
		after = firstPage(edit)
	}
	list := e.figures.Pages()
	i := slices.IndexFunc(list, func(p figure.Page) bool { return p.ID == after })
	id := edit.Create(board.KindPage)
	if id == (board.ID{}) {
		return id
	}
	e.orderPage(edit, id, list, i+1)
	return id
}

// orderPage puts a page before the one at a place of a list.
func (e *Editor) orderPage(edit *board.Edit, id board.ID, list []figure.Page, at int) {
	var below, above *board.Element
	if at > 0 {
		below = e.doc.Element(list[at-1].ID)
	}
	if at < len(list) {
		above = e.doc.Element(list[at].ID)
	}
	edit.Set(id, board.KeyOrder, board.String(e.doc.Between(below, above)))
}

// AddPage makes a page after the one that is shown, and turns to it.
func (e *Editor) AddPage() bool {
	if !e.mayTurn() || len(e.figures.Pages()) >= mostPages {
		return false
	}
	e.leave()
	var id board.ID
	e.step(func(edit *board.Edit) { id = e.newPage(edit, e.figures.Page()) })
	if id == (board.ID{}) {
		return false
	}
	e.ShowPage(id)
	return true
}

// RenamePage gives a page another name, "" none. The zero ID is the board's only
// page.
func (e *Editor) RenamePage(id board.ID, name string) bool {
	if !e.mayTurn() {
		return false
	}
	runes := []rune(name)
	name = string(runes[:min(len(runes), mostPageName)])
	el := e.doc.Element(id)
	switch {
	case id == (board.ID{}) && len(e.figures.Pages()) == 0:
		return name != "" && e.step(func(edit *board.Edit) { edit.Splice(firstPage(edit), board.Chars, 0, 0, name) })
	case el == nil || el.Deleted() || el.Kind() != board.KindPage || el.Text() == name:
		return false
	}
	return e.step(func(edit *board.Edit) { edit.Splice(id, board.Chars, 0, el.TextLen(board.Chars), name) })
}

// MovePage puts a page at a place among the others, counted from 0.
func (e *Editor) MovePage(id board.ID, to int) bool {
	list := e.figures.Pages()
	from := slices.IndexFunc(list, func(p figure.Page) bool { return p.ID == id })
	if !e.mayTurn() || from < 0 || to < 0 || to >= len(list) || to == from {
		return false
	}
	list = slices.Delete(slices.Clone(list), from, from+1)
	return e.step(func(edit *board.Edit) { e.orderPage(edit, id, list, to) })
}

// DuplicatePage makes a page after one that has copies of what is on it, and turns
// to it. Dots of votes are not copied.
func (e *Editor) DuplicatePage(id board.ID) bool {
	if !e.mayTurn() || len(e.figures.Pages()) >= mostPages {
		return false
	}
	e.ShowPage(id)
	if e.figures.Page() != id {
		return false
	}
	var list []*figure.Figure
	for f := range e.figures.All() {
		if !f.IsDot() && !f.Bounds.Empty() {
			list = append(list, f)
		}
	}
	from := originals(list)
	var page board.ID
	e.step(func(edit *board.Edit) {
		if page = e.newPage(edit, id); page == (board.ID{}) {
			return
		}
		if el := e.doc.Element(id); el != nil && el.Text() != "" {
			edit.Splice(page, board.Chars, 0, 0, el.Text())
		}
		ids := write(edit, e.doc, from, geom.Point{})
		for i, copied := range ids {
			edit.Set(copied, board.KeyPage, board.Ref(page))
			if list[i].Locked() {
				edit.Set(copied, board.KeyLocked, board.Int(1))
			}
		}
	})
	if page == (board.ID{}) {
		return false
	}
	e.RememberCamera(page, e.camera)
	e.ShowPage(page)
	return true
}

// DeletePage deletes a page and what is on it. The last one stays.
func (e *Editor) DeletePage(id board.ID) bool {
	list := e.figures.Pages()
	i := slices.IndexFunc(list, func(p figure.Page) bool { return p.ID == id })
	if !e.mayTurn() || i < 0 || len(list) < 2 {
		return false
	}
	if id == e.figures.Page() {
		to := list[max(i-1, 0)].ID
		if i == 0 {
			to = list[1].ID
		}
		e.ShowPage(to)
	}
	main := id == e.figures.MainPage()
	var gone []board.ID
	for el := range e.doc.Elements() {
		if el.Kind() == board.KindPage {
			// Another main one is the same page.
			if el.ID() == id || main && el.Int(board.KeyMain, 0) != 0 {
				gone = append(gone, el.ID())
			}
			continue
		}
		if e.isOn(el, id) {
			gone = append(gone, el.ID())
		}
	}
	e.deleted[id] = gone
	return e.step(func(edit *board.Edit) {
		for _, id := range gone {
			edit.Set(id, board.KeyDeleted, board.Int(1))
		}
	})
}

// UndeletePage brings a page back that this person has deleted, with what went with
// it, and turns to it.
func (e *Editor) UndeletePage(id board.ID) bool {
	if !e.mayTurn() {
		return false
	}
	done := e.step(func(edit *board.Edit) {
		for _, id := range e.deleted[id] {
			if el := e.doc.Element(id); el != nil && el.Deleted() {
				edit.Set(id, board.KeyDeleted, board.Value{})
			}
		}
	})
	delete(e.deleted, id)
	e.ShowPage(id)
	return done
}

// isOn reports whether an element is on a page: what is drawn, and what is said of
// it.
func (e *Editor) isOn(el *board.Element, page board.ID) bool {
	if el.Kind() == board.KindThread {
		if on := e.doc.Element(el.Get(board.KeyParent).Ref()); on != nil {
			el = on
		}
	} else if !figure.Drawn(el.Kind()) {
		return false
	}
	on, seen := e.figures.PageOf(el)
	return seen && on == page
}

// MoveToPage moves what is selected to another page, with what is in its frames, and
// reports whether something was. Stamps on it go along; arrows that were bound to it stay where they are
// drawn.
func (e *Editor) MoveToPage(id board.ID) bool {
	list := e.along(e.free())
	pages := e.figures.Pages()
	if !e.mayTurn() || len(list) == 0 || id == e.figures.Page() ||
		!slices.ContainsFunc(pages, func(p figure.Page) bool { return p.ID == id }) {
		return false
	}
	page := board.Ref(id)
	if id == e.figures.MainPage() {
		page = board.Value{}
	}
	goes := map[board.ID]bool{}
	for _, f := range list {
		goes[f.ID()] = true
	}
	var arrows []*figure.Figure
	var riders []board.ID
	for _, f := range list {
		for _, bound := range e.figures.Bound(f.ID()) {
			switch b := e.figures.Of(bound); {
			case b == nil || goes[bound]:
			case b.Kind() == board.KindStamp:
				goes[bound] = true
				riders = append(riders, bound)
			default:
				arrows = append(arrows, b)
			}
		}
	}
	done := e.step(func(edit *board.Edit) {
		for _, f := range arrows {
			figure.SetPlace(edit, f.Element, f.Place)
		}
		for _, f := range list {
			if frame := f.Element.Get(board.KeyFrame).Ref(); frame != (board.ID{}) && !goes[frame] {
				edit.Set(f.ID(), board.KeyFrame, board.Value{})
			}
			edit.Set(f.ID(), board.KeyPage, page)
		}
		for _, rider := range riders {
			edit.Set(rider, board.KeyPage, page)
		}
	})
	e.stale = true
	e.refresh()
	return done
}
