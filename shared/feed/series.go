package feed

// Series is what a client has of a feed.
type Series struct {
	Name string
	Type Type
	Ring *Ring // another one whenever it changes otherwise than by a point behind the last
}
