package editor

import (
	"math"

	"edgeboard/shared/board"
	"edgeboard/shared/figure"
	"edgeboard/shared/geom"
)

// Image is one that is put on the board.
type Image struct {
	Blob          string // SHA-256 of its bytes, in hexadecimal
	Media         string // type
	Width, Height int    // its own pixels
	Name          string // what it shows, for who does not see it; "": not known
}

const (
	imageShare = 0.6 // of the window, that a new image takes at most in each direction
	imageGap   = 16  // board units between images that come together
	leastImage = 16  // board units that a side of a new image has at least
)

// PlaceImages puts images on the board, with the middle of all at a place of the
// board, side by side in rows, and selects them. One takes a board unit for each of
// its pixels, but no more of a window of that many CSS pixels than suits; of
// several, all do.
func (e *Editor) PlaceImages(list []Image, at geom.Point, width, height float64) {
	e.refresh()
	if len(list) == 0 || e.viewOnly || e.gesture != nil || !finite(at) {
		return
	}
	e.EndWriting()
	room := geom.Point{X: width, Y: height}.Mul(imageShare / e.camera.Zoom)
	boxes := rows(list, room)
	var ids []board.ID
	e.history.Begin()
	defer e.history.End()
	e.step(func(edit *board.Edit) {
		for i, image := range list {
			id := e.create(edit, board.KindImage)
			if id == (board.ID{}) {
				return
			}
			edit.Set(id, board.KeyBlob, board.String(image.Blob))
			edit.Set(id, board.KeyMedia, board.String(image.Media))
			edit.Set(id, board.KeyPixelWidth, board.Int(int64(image.Width)))
			edit.Set(id, board.KeyPixelHeight, board.Int(int64(image.Height)))
			if image.Name != "" {
				edit.Splice(id, board.Chars, 0, 0, image.Name)
			}
			el := e.doc.Element(id)
			p, _ := figure.PlaceOf(el)
			size := boxes[i].Size()
			p.X, p.Y, p.W, p.H = at.X+boxes[i].Min.X, at.Y+boxes[i].Min.Y, size.X, size.Y
			if e.Grid && len(list) == 1 {
				corner := onGrid(geom.Point{X: p.X, Y: p.Y})
				p.X, p.Y = corner.X, corner.Y
			}
			figure.SetPlace(edit, el, p)
			ids = append(ids, id)
		}
	})
	if len(ids) > 0 {
		e.reframe(ids, false)
		e.tool = Select
		e.choose(ids)
	}
}

// rows lays images out in rows about the origin, within a room.
func rows(list []Image, room geom.Point) []geom.Box {
	columns := int(math.Ceil(math.Sqrt(float64(len(list)))))
	lines := (len(list) + columns - 1) / columns
	cell := geom.Point{
		X: max(leastImage, (room.X-imageGap*float64(columns-1))/float64(columns)),
		Y: max(leastImage, (room.Y-imageGap*float64(lines-1))/float64(lines)),
	}
	boxes := make([]geom.Box, len(list))
	top := 0.0
	for first := 0; first < len(list); first += columns {
		row := list[first:min(first+columns, len(list))]
		wide, high := imageGap*float64(len(row)-1), 0.0
		sizes := make([]geom.Point, len(row))
		for i, image := range row {
			size := geom.Point{X: max(1, float64(image.Width)), Y: max(1, float64(image.Height))}
			size = size.Mul(min(1, cell.X/size.X, cell.Y/size.Y))
			sizes[i] = geom.Point{X: max(size.X, leastImage), Y: max(size.Y, leastImage)}
			wide += sizes[i].X
			high = max(high, sizes[i].Y)
		}
		left := -wide / 2
		for i, size := range sizes {
			boxes[first+i] = geom.Rect(left, top+(high-size.Y)/2, size.X, size.Y)
			left += size.X + imageGap
		}
		top += high + imageGap
	}
	for i := range boxes {
		boxes[i] = boxes[i].Add(geom.Point{Y: -(top - imageGap) / 2})
	}
	return boxes
}

// Described returns the image that is selected alone, nil if there is none.
func (e *Editor) Described() *figure.Figure {
	if list := e.selected(); len(list) == 1 && list[0].Kind() == board.KindImage {
		return list[0]
	}
	return nil
}

// Describe says what an image shows, for who does not see it.
func (e *Editor) Describe(id board.ID, text string) {
	e.refresh()
	el := e.doc.Element(id)
	if el == nil || el.Deleted() || el.Kind() != board.KindImage || e.viewOnly || e.gesture != nil {
		return
	}
	was := []rune(el.Text())
	is := []rune(cutText(text))
	same := 0
	for same < min(len(was), len(is)) && was[same] == is[same] {
		same++
	}
	end := 0
	for end < min(len(was), len(is))-same && was[len(was)-1-end] == is[len(is)-1-end] {
		end++
	}
	if same+end == len(was) && len(was) == len(is) {
		return
	}
	e.step(func(edit *board.Edit) {
		edit.Splice(id, board.Chars, same, len(was)-same-end, string(is[same:len(is)-end]))
	})
}
