package room

import "edgeboard/shared/wire"

// Cluster joins the rooms of this relay with those that other relays have of the same
// boards. Its methods return at once. Those that name a board are called by its room,
// one at a time.
//
// What a room gives to its Store goes to the other relays by that. What they have
// stored comes by Hub.HearUpdates and Hub.HearSnapshot, and what their members do
// besides by Hub.HearPeer.
type Cluster interface {
	// Open is called before a board is loaded, and Close after its last Append. What rooms
	// of other relays tell after Open has returned is heard; of the log what comes after
	// that which was loaded, and nothing any more when Close has returned.
	Open(board string)
	Close(board string)
	// Applied says that the board has all that was heard of it up to a position, but for
	// what it refuses: then the room calls no Compact any more.
	Applied(board string, position uint64)
	// Again asks to hear once more what comes after the last position that was applied:
	// some of it was dropped.
	Again(board string)
	// Adopt is Store.Compact for a snapshot that has what no update says: it is joined
	// with what other relays have stored meanwhile, and they hear of it by
	// Hub.HearSnapshot. done is called as that of Compact.
	Adopt(board string, snapshot []byte, done func(error))
	// Tell tells the rooms of the board on other relays. Some of it may be lost, come
	// twice or overtaken; where it is known that some was lost Hub.PeerLost is called.
	// data is not changed afterwards.
	Tell(board string, data []byte)
	// TellPerson tells a person's members on other relays a frame that may be lost.
	TellPerson(p wire.Person, frame []byte)
	// Elsewhere returns the origin (https://b.example) of the relay that members of a board
	// go to when this one stops; empty: of the one they have come to.
	Elsewhere(board string) string
}
