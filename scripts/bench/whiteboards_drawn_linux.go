package main

import (
	"context"
	"math/rand/v2"
	"slices"

	"edgeboard/shared/board"
	"edgeboard/shared/client"
	"edgeboard/shared/geom"
)

// drawn is one element as whiteboards of all makers know it. What is drawn is made once,
// and handed to each of them in its own format: to the relay by a client, to the others
// as whiteboards_formats_linux.go writes it.
type drawn struct {
	kind      board.Kind
	colour    int // of colours
	thickness int // CSS pixels at 100 %
	at, size  geom.Point
	points    []board.Point // of a stroke
	text      string
}

// colours are those of the drawings, with the names that tldraw has for them.
var colours = []struct {
	rgb    int64
	css    string
	tldraw string
}{
	{0x1e1e1e, "#1e1e1e", "black"},
	{0xe03131, "#e03131", "red"},
	{0x2f9e44, "#2f9e44", "green"},
	{0x1971c2, "#1971c2", "blue"},
	{0xf08c00, "#f08c00", "orange"},
}

const (
	labelSize = 8 // of text, in CSS pixels at 100 %
	labelText = "Stored"
)

// drawnStrokes are those of fillPlane.
func drawnStrokes(n int) (plane, []drawn) {
	p, places := layOut(n)
	random := rand.New(rand.NewPCG(3, 4))
	list := make([]drawn, n)
	for i, at := range places {
		list[i] = drawn{
			kind: board.KindStroke, colour: i % len(colours), thickness: 2 + i%3, at: at, size: geom.Pt(150, 60),
			points: fitted(handStrokeOf(random, strokePoints, 150, 400), at, geom.Pt(150, 60)),
		}
	}
	return p, list
}

// The rows of a mixed board leave a place free in the middle, for the pen.
const (
	mixedColumns               = 20
	mixedRows                  = (pageElements + freeColumns*freeRows) / mixedColumns
	freeColumn, freeColumns    = 8, 4
	freeRow, freeRows          = 6, 5
	mixedWidth, mixedHeight    = 60, 42
	elementWidth, elementDepth = 50, 30
)

// freePlace is where the pen draws on a mixed board, in board units.
func freePlace() geom.Box {
	at := geom.Pt(freeColumn*mixedWidth, freeRow*mixedHeight)
	return geom.Box{Min: at, Max: at.Add(geom.Pt(freeColumns*mixedWidth, freeRows*mixedHeight).Sub(geom.Pt(mixedWidth-elementWidth, mixedHeight-elementDepth)))}
}

// drawnMixed are 300 elements of six kinds in turn, in rows.
func drawnMixed() []drawn {
	random := rand.New(rand.NewPCG(5, 6))
	kinds := []board.Kind{board.KindStroke, board.KindRectangle, board.KindNote, board.KindText, board.KindEllipse, board.KindArrow}
	var list []drawn
	for cell := range mixedColumns * mixedRows {
		column, row := cell%mixedColumns, cell/mixedColumns
		if column >= freeColumn && column < freeColumn+freeColumns && row >= freeRow && row < freeRow+freeRows {
			continue
		}
		i := len(list)
		d := drawn{
			kind: kinds[i%len(kinds)], colour: i % 4, thickness: 2,
			at: geom.Pt(float64(column*mixedWidth), float64(row*mixedHeight)), size: geom.Pt(elementWidth, elementDepth),
		}
		switch d.kind {
		case board.KindStroke:
			d.points = fitted(handStrokeOf(random, strokePoints, 150, 400), d.at, d.size)
		case board.KindNote, board.KindText:
			d.text = labelText
		}
		list = append(list, d)
	}
	return list
}

// fillDrawn puts a list on a board of the relay, as a tool does.
func fillDrawn(ctx context.Context, address, name string, list []drawn) error {
	return fill(ctx, address, name, func(session *client.Session) error {
		for some := range slices.Chunk(list, 100) {
			e := session.Doc().Edit()
			for _, d := range some {
				id := e.Create(d.kind)
				e.Set(id, board.KeyColor, board.Int(colours[d.colour].rgb))
				switch d.kind {
				case board.KindStroke:
					e.Set(id, board.KeyThickness, board.Float(float64(d.thickness)))
					e.Append(id, d.points...)
					continue
				case board.KindNote, board.KindText:
					e.Set(id, board.KeyFontSize, board.Float(labelSize))
					e.Splice(id, board.Chars, 0, 0, d.text)
				default:
					e.Set(id, board.KeyThickness, board.Float(float64(d.thickness)))
				}
				for key, value := range map[board.Key]float64{board.KeyX: d.at.X, board.KeyY: d.at.Y, board.KeyWidth: d.size.X, board.KeyHeight: d.size.Y} {
					e.Set(id, key, board.Float(value))
				}
			}
			session.Commit(e.Commit())
			if err := e.Err(); err != nil {
				return err
			}
		}
		return nil
	})
}
