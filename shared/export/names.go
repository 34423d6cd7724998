package export

import "edgeboard/shared/board"

// KindName is a kind of elements as files of JSON call it.
func KindName(k board.Kind) string { return kindName(k) }

// KeyName is a property as files of JSON call it; "order" and "deleted" are those that
// are not in files.
func KeyName(k board.Key) string {
	switch k {
	case board.KeyOrder:
		return "order"
	case board.KeyDeleted:
		return "deleted"
	}
	name, _ := keyName(k)
	return name
}
