//go:build js

package main

import (
	"strconv"

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
	}
	seam.Publish()
}

func (p *page) seamState() browser.SeamState {
	st, path, camera := p.session.Status(), p.session.Path(), p.editor.Camera()
	s := browser.SeamState{
		Phase: st.Phase.String(), Unsent: st.Unsent, Sent: st.Sent, People: len(p.session.Members()), Sketches: len(p.sketches()),
		Zoom: camera.Zoom, X: camera.At.X, Y: camera.At.Y, Transport: p.transport(st),
		RTT: float64(path.RTT.Microseconds()) / 1000, Loss: max(path.Up, path.Down),
		Kept: st.Kept,
		Tool: p.editor.Tool().String(), Complete: p.complete && !p.asked.Load(), Tiles: p.view.Tiles(),
	}
	if why := p.whyNotKept(st); why != nil {
		s.NotKept = why.Error()
	}
	if w := p.editor.Writing(); w != nil {
		s.Writing = name(w.ID())
	}
	for _, id := range p.editor.Selection() {
		s.Selected = append(s.Selected, name(id))
	}
	return s
}

// kinds are the names of what is drawn.
var kinds = map[board.Kind]string{
	board.KindStroke: "stroke", board.KindRectangle: "rectangle", board.KindEllipse: "ellipse", board.KindDiamond: "diamond",
	board.KindLine: "line", board.KindArrow: "arrow", board.KindText: "text", board.KindNote: "note",
}

func (p *page) seamFigures() (list []browser.SeamFigure) {
	width, height := browser.Size()
	seen := p.editor.Camera().Visible(width, height)
	for f := range p.figures.All() {
		s := browser.SeamFigure{
			ID: name(f.ID()), Kind: kinds[f.Kind()],
			X: f.Place.X, Y: f.Place.Y, W: f.Place.W, H: f.Place.H, Angle: f.Place.Angle, Size: f.Place.Size,
			From: [2]float64{f.From.X, f.From.Y}, To: [2]float64{f.To.X, f.To.Y},
			Color: browser.Hex(f.Style.Color), Thickness: f.Style.Thickness, Opacity: f.Style.Opacity,
			Dash: int(f.Style.Dash), Align: int(f.Style.Align), Heads: int(f.Style.Heads),
			Text: f.Element.Text(), Points: f.Element.NumPoints(),
			Group: name(f.Group()), Start: name(f.Element.Get(board.KeyStart).Ref()), End: name(f.Element.Get(board.KeyEnd).Ref()),
			Locked: f.Locked(), Drafted: p.figures.Drafted(f.ID()), Shown: f.Bounds.Overlaps(seen),
		}
		if f.Style.Filled {
			s.Fill = browser.Hex(f.Style.Fill)
		}
		s.Lines = lines(f)
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

// name writes an ID; the zero ID is "".
func name(id board.ID) string {
	if id == (board.ID{}) {
		return ""
	}
	return strconv.FormatUint(uint64(id.Replica), 36) + "-" + strconv.FormatUint(id.Seq, 36)
}
