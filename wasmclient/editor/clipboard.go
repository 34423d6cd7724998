package editor

import (
	"slices"
	"unicode/utf8"

	"edgeboard/shared/board"
	"edgeboard/shared/figure"
	"edgeboard/shared/geom"
)

const (
	// clipReplica writes the boards that are copied. They are read, never merged.
	clipReplica = 1
	// mostClip and mostClipText bound what is pasted, in bytes.
	mostClip     = 64 << 20
	mostClipText = 256 << 10
	// wrapText is how wide a text is that is pasted, in board units, if its lines
	// are longer.
	wrapText = 480
)

// copiedKeys are the properties that a copy has too. Its place is written besides,
// and what names other elements if those are copied along; its place in the order
// is that of its creation, and it is not locked.
var copiedKeys = [...]board.Key{
	board.KeyColor, board.KeyThickness, board.KeyFill, board.KeyDash, board.KeyOpacity,
	board.KeyFontSize, board.KeyAlign, board.KeyHead, board.KeyLink,
	board.KeySymbol, board.KeyAuthor, board.KeyPerson, board.KeyDuration, board.KeyLimit,
	board.KeyBlob, board.KeyMedia, board.KeyPixelWidth, board.KeyPixelHeight,
	board.KeyCropX, board.KeyCropY, board.KeyCropWidth, board.KeyCropHeight,
	board.KeyFeed, board.KeyChart, board.KeyUnit, board.KeyDecimals, board.KeyMin, board.KeyMax,
	board.KeyWindow, board.KeySteps, board.KeyBelow, board.KeyStale,
}

// original is an element that is copied, and the place of the copy.
type original struct {
	element *board.Element
	place   figure.Place
}

// originals returns figures as they lie. The ends of arrows are where they are
// drawn.
func originals(list []*figure.Figure) []original {
	from := make([]original, len(list))
	for i, f := range list {
		from[i] = original{f.Element, f.Place}
		if f.Kind() == board.KindText && f.Element.Float(board.KeyWidth, 0) == 0 {
			from[i].place.W = 0 // as wide as its lines
		}
	}
	return from
}

// write writes copies of originals, moved by d, on the board of an edit, and
// returns their IDs. It stops where the board is full.
func write(edit *board.Edit, doc *board.Board, from []original, d geom.Point) []board.ID {
	to := make(map[board.ID]board.ID, len(from))
	var ids []board.ID
	var points []board.Point
	for _, o := range from {
		id := edit.Create(o.element.Kind())
		if id == (board.ID{}) {
			break
		}
		to[o.element.ID()] = id
		ids = append(ids, id)
		for _, key := range copiedKeys {
			if v := o.element.Get(key); !v.IsNone() {
				edit.Set(id, key, v)
			}
		}
		o.place.X, o.place.Y = o.place.X+d.X, o.place.Y+d.Y
		figure.SetPlace(edit, doc.Element(id), o.place)
		if points = o.element.AppendPoints(points[:0]); len(points) > 0 {
			edit.Append(id, points...)
		}
		if text := o.element.Text(); text != "" {
			edit.Splice(id, board.Chars, 0, 0, text)
		}
	}
	regroup(edit, from[:len(ids)], to)
	for _, o := range from[:len(ids)] {
		if frame, ok := to[o.element.Get(board.KeyFrame).Ref()]; ok {
			edit.Set(to[o.element.ID()], board.KeyFrame, board.Ref(frame))
		}
		for _, end := range []bool{false, true} {
			rebind(edit, o.element, to, end)
		}
	}
	return ids
}

// regroup puts the copies of members of a group into one of their own.
func regroup(edit *board.Edit, from []original, to map[board.ID]board.ID) {
	groups := map[board.ID][]board.ID{}
	var order []board.ID
	for _, o := range from {
		if g := o.element.Get(board.KeyGroup).Ref(); g != (board.ID{}) {
			if groups[g] == nil {
				order = append(order, g)
			}
			groups[g] = append(groups[g], to[o.element.ID()])
		}
	}
	for _, g := range order {
		if members := groups[g]; len(members) > 1 {
			for _, id := range members {
				edit.Set(id, board.KeyGroup, board.Ref(members[0]))
			}
		}
	}
}

// rebind binds the copy of an arrow to the copy of what the arrow is bound to.
func rebind(edit *board.Edit, arrow *board.Element, to map[board.ID]board.ID, end bool) {
	keys := bindKeys(end)
	target, ok := to[arrow.Get(keys[0]).Ref()]
	if !ok {
		return
	}
	edit.Set(to[arrow.ID()], keys[0], board.Ref(target))
	for _, key := range keys[1:] {
		edit.Set(to[arrow.ID()], key, board.Float(arrow.Float(key, 0.5)))
	}
}

// duplicate makes a copy of the selection, and of what is in its frames, moved by d,
// and selects it. Copies are in the frame that what they are copies of is in.
func (e *Editor) duplicate(d geom.Point) bool {
	chosen := e.free()
	list := e.inOrder(slices.Clone(e.along(chosen)))
	if len(list) == 0 {
		return false
	}
	var ids []board.ID
	e.step(func(edit *board.Edit) {
		ids = write(edit, e.doc, originals(list), d)
		e.putOnPage(edit, ids...)
		for i, id := range ids {
			if frame := e.frameOf(list[i]); e.doc.Element(id).Get(board.KeyFrame).IsNone() && frame != (board.ID{}) {
				edit.Set(id, board.KeyFrame, board.Ref(frame))
			}
		}
	})
	var copies []board.ID
	for i, id := range ids {
		if e.chosen[list[i].ID()] {
			copies = append(copies, id)
		}
	}
	if len(copies) == 0 {
		return false
	}
	e.choose(copies)
	return true
}

// besides returns how far a copy of the selection lies from it: that of a frame
// beside it, so that it is not in it.
func (e *Editor) besides() geom.Point {
	d := geom.Point{X: duplicateOffset, Y: duplicateOffset}
	box := geom.NoBox
	for _, f := range e.free() {
		if f.Kind() == board.KindFrame {
			box = box.Union(f.Frame.Bounds())
		}
	}
	if !box.Empty() {
		d = geom.Point{X: box.Size().X + 2*duplicateOffset}
	}
	return d
}

// Copied returns what Copy copies, from the bottom one to the top one: the selection,
// and what is in its frames.
func (e *Editor) Copied() []*figure.Figure {
	e.refresh()
	return e.inOrder(slices.Clone(e.along(e.selected())))
}

// Copy returns the selection as the snapshot of a board of its own, on which its
// middle is the origin: nil if nothing is selected.
func (e *Editor) Copy() []byte {
	list := e.Copied()
	if len(list) == 0 {
		return nil
	}
	clip := board.New(clipReplica)
	edit := clip.Edit()
	write(edit, clip, originals(list), e.bounds(list).Center().Neg())
	edit.Commit()
	return clip.Snapshot()
}

// Paste puts what Copy has returned, here or elsewhere, on the board with its
// middle at a place of the board, and selects it. An error says that the bytes
// are not such a snapshot; the board is unchanged then.
func (e *Editor) Paste(snapshot []byte, at geom.Point) error {
	e.refresh()
	if len(snapshot) > mostClip {
		return board.ErrLimit
	}
	clip, err := board.Load(0, snapshot)
	if err != nil {
		return err
	}
	if e.viewOnly || e.gesture != nil || !finite(at) {
		return nil
	}
	var from []original
	for el := range clip.Elements() {
		if figure.Drawn(el.Kind()) {
			from = append(from, original{el, clipPlace(el)})
		}
	}
	if len(from) == 0 {
		return nil
	}
	e.EndWriting()
	var ids []board.ID
	e.history.Begin()
	e.step(func(edit *board.Edit) {
		ids = write(edit, e.doc, from, at)
		e.putOnPage(edit, ids...)
	})
	e.reframe(ids, false)
	e.history.End()
	if len(ids) > 0 {
		e.tool = Select
		e.choose(idsOf(e.outer(e.figuresOf(ids))))
	}
	return nil
}

// clipPlace returns the place of an element of a clipboard. A stroke that has
// none lies as it was drawn.
func clipPlace(el *board.Element) figure.Place {
	p, given := figure.PlaceOf(el)
	if given || el.Kind() != board.KindStroke {
		return p
	}
	box := geom.NoBox
	for _, q := range el.AppendPoints(nil) {
		box = box.With(geom.Point{X: float64(q.X), Y: float64(q.Y)}.Mul(1.0 / board.PointsPerUnit))
	}
	size := box.Size()
	corner := box.At(0, 0)
	p.X, p.Y, p.W, p.H = corner.X, corner.Y, size.X, size.Y
	return p
}

// PasteText makes a text element with its middle at a place of the board, and
// selects it. It is wrapped if it is long, and cut if it is longer than a
// clipboard should be.
func (e *Editor) PasteText(text string, at geom.Point) {
	e.refresh()
	if text = cutText(text); text == "" || e.viewOnly || e.gesture != nil || !finite(at) {
		return
	}
	e.EndWriting()
	var id board.ID
	e.history.Begin()
	defer e.history.End()
	e.step(func(edit *board.Edit) {
		if id = e.create(edit, board.KindText); id == (board.ID{}) {
			return
		}
		e.next.of(board.KindText, Text).write(edit, id, board.KindText)
		edit.Splice(id, board.Chars, 0, 0, text)
		el := e.doc.Element(id)
		f := e.figures.Of(id)
		if f == nil {
			return
		}
		if f.Place.W > wrapText {
			edit.Set(id, board.KeyWidth, board.Float(wrapText))
			f = e.figures.Of(id) // its lines are others now
		}
		p, _ := figure.PlaceOf(el)
		p.X, p.Y = at.X-f.Place.W/2, at.Y-f.Place.H/2
		figure.SetPlace(edit, el, p)
	})
	if id != (board.ID{}) {
		e.reframe([]board.ID{id}, false)
		e.tool = Select
		e.choose([]board.ID{id})
	}
}

// cutText returns text without the breaks of other systems, as UTF-8 and not
// longer than it may be.
func cutText(text string) string {
	if len(text) > mostClipText {
		text = text[:mostClipText]
	}
	runes := make([]rune, 0, utf8.RuneCountInString(text))
	for _, r := range text {
		switch {
		case r == '\n' && len(runes) > 0 && runes[len(runes)-1] == '\r':
			runes[len(runes)-1] = '\n'
		case r != utf8.RuneError:
			runes = append(runes, r)
		}
	}
	for i, r := range runes {
		if r == '\r' {
			runes[i] = '\n'
		}
	}
	for len(runes) > 0 && slices.Contains([]rune{'\n', ' ', '\t'}, runes[len(runes)-1]) {
		runes = runes[:len(runes)-1]
	}
	return string(runes)
}
