//go:build js

package main

import (
	"slices"

	"edgeboard/shared/board"
	"edgeboard/shared/figure"
	"edgeboard/wasmclient/browser"
)

// seam publishes what tests and tools may ask.
func (p *page) seam() {
	seam := browser.Seam{
		Hash:     func() (hash [32]byte) { p.do(func() { hash = p.session.Doc().Hash() }); return hash },
		Elements: func() (n int) { p.do(func() { n = p.session.Doc().Len() }); return n },
		Frames:   p.scene.Frames,
		State:    func() (s browser.SeamState) { p.do(func() { s = p.seamState() }); return s },
		Figures:  func() (list []browser.SeamFigure) { p.do(func() { list = p.seamFigures() }); return list },
		Drawn:    func() (list []browser.SeamDrawn) { p.do(func() { list = slices.Clone(p.tiles.drawn) }); return list },
		Crash: func(hard bool) {
			if hard {
				go panic("as it was asked for")
			}
			p.do(func() { panic("as it was asked for") })
		},
	}
	seam.Publish()
}

func (p *page) seamState() browser.SeamState {
	st, path, camera := p.session.Status(), p.session.Path(), p.editor.Camera()
	s := browser.SeamState{
		Phase: st.Phase.String(), Unsent: st.Unsent, Sent: st.Sent, People: len(p.session.Members()), Sketches: len(p.sketches()),
		Zoom: camera.Zoom, X: camera.At.X, Y: camera.At.Y, Transport: p.transport(st),
		RTT: float64(path.RTT.Microseconds()) / 1000, Loss: max(path.Up, path.Down),
		Kept: st.Kept, Person: p.person(),
		Tool: p.editor.Tool().String(), Complete: p.complete && !p.asked.Load(), Tiles: p.view.Tiles(),
		UnsentImages: p.photos.Unsent(),
	}
	if why := p.whyNotKept(st); why != nil {
		s.NotKept = why.Error()
	}
	if w := p.editor.Writing(); w != nil {
		s.Writing = w.ID().Text()
	}
	for _, id := range p.editor.Selection() {
		s.Selected = append(s.Selected, id.Text())
	}
	return s
}

// kinds are the names of what is drawn.
var kinds = map[board.Kind]string{
	board.KindStroke: "stroke", board.KindRectangle: "rectangle", board.KindEllipse: "ellipse", board.KindDiamond: "diamond",
	board.KindLine: "line", board.KindArrow: "arrow", board.KindText: "text", board.KindNote: "note",
	board.KindFrame: "frame", board.KindImage: "image", board.KindStamp: "stamp", board.KindTimer: "timer", board.KindVote: "vote",
	board.KindTile: "tile",
}

func (p *page) seamFigures() (list []browser.SeamFigure) {
	width, height := browser.Size()
	seen := p.editor.Camera().Visible(width, height)
	for f := range p.figures.All() {
		s := browser.SeamFigure{
			ID: f.ID().Text(), Kind: kinds[f.Kind()],
			X: f.Place.X, Y: f.Place.Y, W: f.Place.W, H: f.Place.H, Angle: f.Place.Angle, Size: f.Place.Size,
			From: [2]float64{f.From.X, f.From.Y}, To: [2]float64{f.To.X, f.To.Y},
			Color: browser.Hex(f.Style.Color), Thickness: f.Style.Thickness, Opacity: f.Style.Opacity,
			Dash: int(f.Style.Dash), Align: int(f.Style.Align), Heads: int(f.Style.Heads),
			Text: f.Element.Text(), Points: f.Element.NumPoints(),
			Group: f.Group().Text(), Start: f.Element.Get(board.KeyStart).Ref().Text(), End: f.Element.Get(board.KeyEnd).Ref().Text(),
			Locked: f.Locked(), Drafted: p.figures.Drafted(f.ID()), Shown: f.Bounds.Overlaps(seen),
		}
		if in := p.figures.Around(f); in != nil {
			s.Frame = in.ID().Text()
		}
		if f.Picture != nil {
			at, size := f.Picture.Crop.Min, f.Picture.Crop.Size()
			s.Crop = [4]float64{at.X, at.Y, size.X, size.Y}
		}
		if f.Style.Filled {
			s.Fill = browser.Hex(f.Style.Fill)
		}
		if f.Picture != nil {
			s.Blob = f.Picture.Blob
		}
		s.Lines = lines(f)
		if f.Kind() == board.KindTile {
			s.Tile = p.seamTile(f)
		}
		list = append(list, s)
	}
	return list
}

func lines(f *figure.Figure) (list []string) {
	if text := f.Text(); text != nil {
		for _, l := range text.Lines {
			list = append(list, l.Text)
		}
	}
	return list
}
