package figure

import "edgeboard/shared/board"

// Attributes is a set of what can be said of the look of elements.
type Attributes uint16

const (
	HasColor Attributes = 1 << iota
	HasFill
	HasThickness
	HasDash
	HasOpacity
	HasFont
	HasAlign
	HasHeads
	HasOrder // a place among others, in which it can be arranged, grouped, locked
)

// StyleKeys are the properties of the attributes but HasOrder, in their order.
var StyleKeys = [...]board.Key{
	board.KeyColor, board.KeyFill, board.KeyThickness, board.KeyDash,
	board.KeyOpacity, board.KeyFontSize, board.KeyAlign, board.KeyHead,
}

// AttributeOf returns the attribute of a property, 0 if it is none of StyleKeys.
func AttributeOf(key board.Key) Attributes {
	for i, k := range StyleKeys {
		if k == key {
			return 1 << i
		}
	}
	return 0
}

// AttributesOf returns what can be said of the style of elements of a kind.
func AttributesOf(k board.Kind) Attributes {
	switch k {
	case board.KindStroke:
		return HasColor | HasThickness | HasOpacity
	case board.KindRectangle, board.KindEllipse, board.KindDiamond:
		return HasColor | HasFill | HasThickness | HasDash | HasOpacity | HasFont | HasAlign
	case board.KindLine:
		return HasColor | HasThickness | HasDash | HasOpacity
	case board.KindArrow:
		return HasColor | HasThickness | HasDash | HasOpacity | HasHeads
	case board.KindText:
		return HasColor | HasOpacity | HasFont | HasAlign
	case board.KindStamp, board.KindTimer:
		return HasOpacity
	case board.KindVote:
		return HasOpacity | HasFont
	case board.KindNote:
		return HasColor | HasFill | HasOpacity | HasFont | HasAlign
	case board.KindFrame:
		return HasColor | HasFill | HasFont
	case board.KindTile:
		return HasColor | HasFill | HasOpacity | HasFont
	case board.KindImage:
		return HasOpacity
	}
	return 0
}
