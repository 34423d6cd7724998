package figure

import (
	"edgeboard/shared/board"
	"edgeboard/shared/geom"
)

// Found is what is known of a figure without reading its element.
type Found struct {
	Element *board.Element
	Bounds  geom.Box
}

// Find appends the figures whose bounds overlap a part of the board to dst, from
// the bottom one to the top one, and reads none of them: for who looks at very
// many and does not need all at once. What drafts move may be found where it was.
func (s *Set) Find(dst []Found, part geom.Box) []Found {
	var found []*entry
	s.index.in(part, func(id board.ID) {
		if x := s.entries[id]; x != nil {
			found = append(found, x)
		}
	})
	for _, x := range s.sorted(found) {
		dst = append(dst, Found{x.element, x.box})
	}
	return dst
}
