//go:build js

package main

import (
	"cmp"
	"slices"
	"sort"

	"edgeboard/shared/board"
	"edgeboard/shared/figure"
	"edgeboard/shared/find"
	"edgeboard/shared/geom"
	"edgeboard/wasmclient/browser"
	"edgeboard/wasmclient/view"
)

// finding is what is looked for on the board.
type finding struct {
	bar   browser.Find
	query string
	list  []find.Found // in reading order
	at    int          // the one that is shown
}

// mostFound bounds the places that are gone through.
const mostFound = 1000

// listenToFind connects the bar with the board.
func (p *page) listenToFind() {
	f := &p.finding
	f.bar = browser.Find{
		Search: func(query string) { p.do(func() { p.search(query) }) },
		Step:   func(backward bool) { p.do(func() { p.step(backward) }) },
	}
	f.bar.Listen()
	p.own["find"] = func() bool { go f.bar.Open(); return true }
}

// search looks for a text, and shows the first place that is not above the one that
// is shown.
func (p *page) search(query string) {
	f := &p.finding
	before := p.shownFound()
	f.query, f.at = query, 0
	f.list = p.inReadingOrder(find.All(p.session.Doc(), query, mostFound))
	if before != nil {
		f.at = max(0, slices.IndexFunc(f.list, func(x find.Found) bool { return x.Element.ID() == before.Element.ID() }))
	}
	p.showFound()
}

// step goes to the next place. Texts may have changed since the last one.
func (p *page) step(backward bool) {
	f := &p.finding
	n := len(f.list)
	f.list = p.inReadingOrder(find.All(p.session.Doc(), f.query, mostFound))
	switch now := len(f.list); {
	case now == 0:
		f.at = 0
	case backward:
		f.at = (min(f.at, now) + now - 1) % now
	case f.at < n:
		f.at = (f.at + 1) % now
	}
	p.showFound()
}

// shownFound is the place that is shown, nil if there is none.
func (p *page) shownFound() *find.Found {
	if f := &p.finding; f.at < len(f.list) {
		return &f.list[f.at]
	}
	return nil
}

func (p *page) showFound() {
	f := &p.finding
	f.bar.Show(f.query, f.at+1, len(f.list))
	p.redraw()
	x := p.shownFound()
	if x == nil {
		return
	}
	if x.Element.Kind() == board.KindComment {
		id := x.Element.Get(board.KeyParent).Ref().Text()
		if t := p.comments.find(id); t != nil {
			p.goTo(p.about(t), t.At)
			p.comments.panels.Reveal(id)
		}
		return
	}
	at, _ := figure.PlaceOf(x.Element)
	middle := geom.Pt(at.X+at.W/2, at.Y+at.H/2)
	if fig := p.figures.Of(x.Element.ID()); fig != nil {
		middle = fig.Frame.Center()
		if seen := p.editor.View(); seen.ContainsBox(fig.Bounds) {
			return // it is there already
		}
	}
	p.goTo(x.Element, middle)
}

// inReadingOrder sorts places by page, and there by rows.
func (p *page) inReadingOrder(list []find.Found) []find.Found {
	pages := map[board.ID]int{}
	for i, page := range p.figures.Pages() {
		pages[page.ID] = i
	}
	list = slices.DeleteFunc(list, func(x find.Found) bool {
		k := x.Element.Kind()
		_, ok := p.figures.PageOf(x.Element)
		return !ok || !figure.Drawn(k) && k != board.KindComment
	})
	sort.SliceStable(list, func(i, j int) bool {
		a, b := list[i], list[j]
		pa, _ := p.figures.PageOf(a.Element)
		pb, _ := p.figures.PageOf(b.Element)
		return cmp.Or(cmp.Compare(pages[pa], pages[pb]),
			cmp.Compare(a.Element.Float(board.KeyY, 0), b.Element.Float(board.KeyY, 0)),
			cmp.Compare(a.Element.Float(board.KeyX, 0), b.Element.Float(board.KeyX, 0)),
			a.Element.ID().Compare(b.Element.ID()), cmp.Compare(a.From, b.From)) < 0
	})
	return list
}

// found outlines what is found on the page that is shown: the words themselves
// where they are drawn, and the element.
func (p *page) found(color uint32) (list []view.Stroke) {
	f := &p.finding
	for i := range f.list[:min(len(f.list), mostTheirs)] {
		x := &f.list[i]
		fig := p.figures.Of(x.Element.ID())
		if fig == nil {
			continue
		}
		from, err := x.Element.Convert(x.From, board.Chars, board.UTF16)
		to, err2 := x.Element.Convert(x.To, board.Chars, board.UTF16)
		if layout := fig.Text(); layout != nil && err == nil && err2 == nil {
			for _, box := range layout.Boxes(from, to) {
				s := view.Stroke{Closed: true, Fill: 0xffd43b, FillAlpha: 0.45}
				for _, c := range box.Corners() {
					s.Points = append(s.Points, p.editor.Camera().ToScreen(fig.Frame.ToBoard(c)))
				}
				list = append(list, s)
			}
		}
		if i == f.at {
			s := view.Stroke{Closed: true, Width: 3, Color: color}
			for _, c := range fig.Frame.Corners() {
				s.Points = append(s.Points, p.editor.Camera().ToScreen(c))
			}
			list = append(list, s)
		}
	}
	return list
}
