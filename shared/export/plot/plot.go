// Package plot draws figures with filled paths, lines, letters and images: what the
// formats have in common that need more than package export: pdf and png. It is for
// tools and relays; in the page it would be too large.
//
// Letters are those of Go's own font, and of fonts that the system has for what that
// lacks: see Fonts. Arabic letters are not joined, and what takes a shaper, such as
// the scripts of India, is drawn letter after letter.
package plot

import (
	"iter"

	"edgeboard/shared/board"
	"edgeboard/shared/export"
	"edgeboard/shared/figure"
	"edgeboard/shared/geom"
)

// Canvas is what is drawn on. Places are those of the board.
type Canvas interface {
	// Fill fills a path by the non-zero rule.
	Fill(path geom.Path, look Look)
	// Line draws along a path with round ends and joints, interrupted as the dash
	// says: so long on and so long off, in board units; 0 off: not.
	Line(path geom.Path, width, on, off float64, look Look)
	// Text draws letters of one font, and reports whether it can: if not, their
	// outlines are filled.
	Text(t Text) bool
	// Image draws an image within a path. by takes it there from the unit square.
	Image(i *Image, clip geom.Path, by geom.Transform, opacity float64)
}

// Look is what something is drawn with.
type Look struct {
	Color   uint32  // 0xRRGGBB
	Opacity float64 // 0 to 1
}

// Text is a part of a line, all of whose letters a font has.
type Text struct {
	String string
	At     geom.Point // the left end of its baseline
	Angle  float64    // radians, clockwise
	Size   float64
	Narrow float64 // how wide the letters are, as a share of their own width
	Face   *Face
	// Missing says that no font has the letters, nor Face: they are boxes.
	Missing bool
	Look
}

// Options say what is drawn with.
type Options struct {
	Fonts *Fonts
	// Image returns the content of an image; nil, or false: it is shown as paper.
	Image func(hash string) (export.Blob, bool)
	// Pixels bounds those of the images that are read, each and all together, and those of the picture, where
	// memory is short; 0: there is no other bound than that of anybody.
	Pixels int
}

// Draw draws figures, of which each lies on the ones before it. An opacity is that of
// each part of a figure.
func Draw(c Canvas, figures iter.Seq[*figure.Figure], o Options) {
	d := &drawer{c: c, Options: o, images: newImages(o.Image, o.Pixels)}
	for f := range figures {
		if !f.Bounds.Empty() && f.Style.Opacity > 0 {
			d.figure(f)
		}
	}
}

type drawer struct {
	c Canvas
	Options
	images   *images
	outlines export.Outliner
}

func (d *drawer) figure(f *figure.Figure) {
	s := &f.Style
	ink := Look{s.Color, s.Opacity}
	outline, enclosed := f.Outline()
	switch {
	case f.Kind() == board.KindStroke:
		if path := d.outlines.Outline(f); path != nil {
			d.c.Fill(path, ink)
		}
	case f.Kind() == board.KindText:
	case f.Picture != nil && d.picture(f, outline.Path()):
	case enclosed && s.Filled:
		d.c.Fill(outline.Path(), Look{s.Fill, s.Opacity})
	}
	if t := s.Thickness; t > 0 {
		if path := f.Path(); path != nil {
			on, off := 0.0, 0.0
			switch s.Dash {
			case figure.Dashed:
				on, off = 2*t+4, 2*t+4
			case figure.Dotted: // dots are dashes of no length with round ends
				off = 2*t + 2
			}
			d.c.Line(path, t, on, off, ink)
		}
		for _, head := range f.HeadPaths() {
			d.c.Line(head, t, 0, 0, ink)
		}
	}
	for _, part := range f.Parts() {
		look := Look{part.Color & 0xffffff, s.Opacity}
		switch {
		case part.Text != nil:
			d.text(f, part.Text, look)
		case part.Fill:
			for line := range export.Lines(part.Path) {
				d.c.Fill(line, look)
			}
		default:
			d.c.Line(part.Path, part.Thickness, 0, 0, look)
		}
	}
	if layout := f.Text(); layout != nil {
		d.text(f, layout, ink)
	}
}

// picture draws an image, and reports whether it is to be had.
func (d *drawer) picture(f *figure.Figure, clip geom.Path) bool {
	by := f.PictureTransform()
	img := d.images.of(f.Picture.Blob)
	if img == nil || !by.Finite() {
		return false
	}
	d.c.Image(img, clip, by, f.Style.Opacity)
	return true
}

// least is how narrow letters may become so that they keep to their line.
const least = 0.7

// text draws the lines of a text. Its lines were broken for other letters perhaps: a
// line that would be wider than it was meant is drawn narrower, and one that would
// be less wide stands where it is aligned.
func (d *drawer) text(f *figure.Figure, layout *figure.Layout, look Look) {
	share := [...]float64{figure.AlignStart: 0, figure.AlignMiddle: 0.5, figure.AlignEnd: 1}[f.Style.Align]
	if f.Line() {
		share = 0.5
	}
	for _, line := range layout.Lines {
		if line.Text == "" {
			continue
		}
		from := share
		if line.RightToLeft {
			from = 1 - share
		}
		runs := d.Fonts.runs(visual(line.Text, line.RightToLeft))
		width := 0.0
		for _, r := range runs {
			width += r.width * layout.Size
		}
		narrow := 1.0
		if width > line.Width && line.Width > 0 {
			narrow = max(line.Width/width, least)
		}
		at := line.At.Add(geom.Pt(from*(line.Width-width*narrow), 0))
		for _, r := range runs {
			t := Text{String: r.text, At: f.Frame.ToBoard(at), Angle: f.Frame.Angle, Size: layout.Size, Narrow: narrow, Face: r.face, Missing: r.missing, Look: look}
			if !d.c.Text(t) {
				if path := d.Fonts.path(t); path != nil {
					d.c.Fill(path, look)
				}
			}
			at.X += r.width * layout.Size * narrow
		}
	}
}
