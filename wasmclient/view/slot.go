package view

import "slices"

// Region is a part of a tile's image, in pixels of it. The zero Region is all of it.
type Region struct{ X, Y, W, H int }

// slot is a part of a tile's image that has a small picture of its own. The zero slot is
// none: it has no width.
type slot struct {
	tile TileID
	Region
}

// slots shares the images of tiles out among small pictures: those of one tile all have
// the same size, in powers of two.
type slots struct {
	sheets map[TileID]*slotSheet
	open   map[[2]int][]TileID // those with room, by the size of their slots
}

type slotSheet struct {
	w, h int
	free []int // numbers of slots
	all  int
}

// leastSlot is how small a slot is.
const leastSlot = 32

// size returns that of the slots in which a picture fits that has so many pixels, at
// most TileSize.
func slotSize(n int) int {
	size := leastSlot
	for size < n {
		size *= 2
	}
	return size
}

// slot returns a slot for a picture.
func (v *View) slot(w, h int) slot {
	s := &v.slots
	if s.sheets == nil {
		s.sheets, s.open = map[TileID]*slotSheet{}, map[[2]int][]TileID{}
	}
	key := [2]int{slotSize(w), slotSize(h)}
	if len(s.open[key]) == 0 {
		id := v.newTile()
		sheet := &slotSheet{w: key[0], h: key[1]}
		sheet.all = (TileSize / sheet.w) * (TileSize / sheet.h)
		for n := range sheet.all {
			sheet.free = append(sheet.free, sheet.all-1-n)
		}
		s.sheets[id] = sheet
		s.open[key] = append(s.open[key], id)
	}
	list := s.open[key]
	id := list[len(list)-1]
	sheet := s.sheets[id]
	n := sheet.free[len(sheet.free)-1]
	if sheet.free = sheet.free[:len(sheet.free)-1]; len(sheet.free) == 0 {
		s.open[key] = list[:len(list)-1]
	}
	across := TileSize / sheet.w
	return slot{id, Region{n % across * sheet.w, n / across * sheet.h, w, h}}
}

// releaseSlot takes a slot back.
func (v *View) releaseSlot(l slot) {
	if l.W == 0 {
		return
	}
	s := &v.slots
	sheet := s.sheets[l.tile]
	key := [2]int{sheet.w, sheet.h}
	if len(sheet.free) == 0 {
		s.open[key] = append(s.open[key], l.tile)
	}
	sheet.free = append(sheet.free, l.Y/sheet.h*(TileSize/sheet.w)+l.X/sheet.w)
	if len(sheet.free) == sheet.all {
		delete(s.sheets, l.tile)
		i := slices.Index(s.open[key], l.tile)
		s.open[key] = slices.Delete(s.open[key], i, i+1)
		v.release(l.tile)
	}
}
