// Package room holds the boards that people are on.
//
// A [Hub] serves connections: it reads a client's Hello, finds or starts the
// room of the board, and stays with the member until it goes. A room is one
// goroutine that owns one board and its members (R6).
//
// An update of a member goes this way: the member's goroutine reads it, the
// room applies it to the board and hands it to the store together with whatever
// else came meanwhile, and only when the store has it durably is it broadcast
// and acknowledged (R1). Who joins while a commit is under way waits for it, so
// that nobody sees what is not stored.
//
// What goes to all members costs as much as there are of them. So in a room with
// many, what was stored in short succession is told together, and so is who has
// come and gone: the first at once, and then what has gathered (pacer).
//
// Each member has an outbox with two classes of traffic (R3, R4): durable frames,
// in a bounded queue that is dropped when it is full, after which the member is
// brought up to date from the document when it reads again; and latest-wins ones:
// cursors and what members have in hand, of which the newest replace the older
// ones, and previews of strokes, dropped when their queue is full. A writer runs
// only while there is something to write; where the transport can tell that a
// message would have to wait, one goroutine writes for many members (sweeper).
// Over a transport that has datagrams latest-wins frames take those, and wait for
// nothing. How often cursors are sent depends on how many there are and to how
// many they go; how many times the last place is said, on what the member's Pings
// tell of loss (package pace). Where one has come to rest is told again in order,
// since every datagram may have been lost.
//
// What a member has in hand (Selection) is kept for who comes later. While a gesture
// moves it, it goes as cursors do; its end goes with the update that the gesture has
// made, and not before. Where a member looks (Viewport) is kept in the same way, and
// goes as often as cursors to those alone who follow it. What it calls or shows for a
// moment (Signal) goes with the next batch of cursors, in order, and is not kept.
//
// What a member lacks when it comes is the updates beyond its state vector, or, if
// it has nothing of a large board or lacks what is remembered as a state alone, a
// snapshot and the updates since: both are encoded once for all who lack the same.
// They are sent in order, in pieces, also where the transport could send them
// apart: an update that overtook them would have to be parked by the member's
// board, which is bounded, and most updates of others are of no use before. What
// does not depend on them are cursors, which overtake them by datagram.
//
// What people say goes to Talk, by the members' own goroutines, and comes back from
// it by the Hub when it is stored: for all on a board, or for the members that are one
// person, on whatever board they are. A room tells it with what is stored of the board.
// After each Welcome a member is told how its conversations stand, and can recall what it
// has missed: that is how what was dropped is made good here.
//
// Live data goes to Feeds, by the members' own goroutines, and comes from it to the
// members' outboxes, past the room: it has nothing to do with the document. It has a
// queue of its own there, behind all else, that is conflated when it is full.
//
// The store keeps a log of each board. It is replaced by a snapshot when it has
// grown much, and when nobody has been on the board for a while; then the room ends.
// A snapshot forgets the history before it, as far as nobody can see it (B46).
//
// A relay that is about to stop says so (Moved), and goes on until the members have
// left, each when all of its own is stored (Drain). Limits says how much a Hub
// takes, and Metrics how an operator sees what happens.
//
// Who may come in, and in which role, says a [Guard]. A member's role is that of its
// Hello for as long as it is connected: where it would change, or its token ends, the
// connection does (W69). Each frame is held to it (W65).
//
// Other relays may have rooms of the same board (Cluster). What they have stored a room
// applies to its board and tells its members, as what it has stored itself; it hears that
// by a queue that is dropped when it is full, and asks for it again from where it stopped.
// While a relay cannot reach the others its members are told that what is stored is on it
// alone.
//
// A member of another relay (remote) is seen as any other, under an id of this relay, and
// is told nothing here. Rooms tell each other who comes and goes and what is not stored,
// as long as another one has the board; all that has gathered in one message (envelope),
// as often as the members are told cursors. They count their messages: where one is
// missing the room that lacks it asks for the roster, which says all that is to be known.
// The same replica is here once on all relays: who joined last stays, and each relay comes
// to the same by itself, by stamps that are in order whatever the clocks say.
//
// The package knows no transport and no database. It declares what it needs
// of a store, and is handed connections.
package room

import (
	"context"
	"log/slog"
	"time"

	"edgeboard/shared/wire"
)

// Store keeps boards: a snapshot, and the updates after it. Load, Append and
// Compact of the same board do not overlap.
type Store interface {
	// Load calls snapshot with the snapshot of a board, if there is one, and
	// then update with what was appended since, in order. The bytes are valid
	// during the call. An error of either ends it and is returned.
	Load(ctx context.Context, board string, snapshot, update func(data []byte) error) error
	// Append stores updates and calls done once, from any goroutine: with nil
	// when they will survive the loss of power, otherwise with the reason, and
	// then nothing of them is stored.
	Append(board string, updates []byte, done func(error))
	// Compact puts a snapshot, which holds all that was appended, in the place
	// of what there is of the board, and calls done as Append does: where it
	// fails, all is as it was.
	//
	// updates are those that the snapshot has and Append was not given: a store that
	// keeps a history has them there.
	Compact(board string, updates, snapshot []byte, done func(error))
}

// Config is what a Hub is made of.
type Config struct {
	Store   Store
	Guard   Guard        // default: everybody may edit every board
	Talk    Talk         // default: nobody says anything
	Inbox   Inbox        // default: nobody has one
	Feeds   Feeds        // default: there is no live data
	Cluster Cluster      // default: no other relay has these boards
	Status  bool         // there is a board of the relay's own figures (W109), which Store has too
	Log     *slog.Logger // default: slog.Default()
	Metrics Metrics      // default: nobody listens
	Limits  Limits
}

// Times and sizes of a room. Limits of single messages stand in package wire.
const (
	helloTimeout    = 10 * time.Second       // for a client to say Hello
	silentTimeout   = 60 * time.Second       // a client pings more often than that
	sendTimeout     = 2 * time.Minute        // for a member to take one message
	farewellTimeout = time.Second            // to tell a client why it is sent away
	cursorSettles   = 100 * time.Millisecond // without a move: it has come to rest
	retryStore      = time.Second            // after a commit failed
	askAgain        = time.Second            // other relays, for what was lost
	asksMost        = 5                      // times, before a room counts as gone
	lingers         = 5 * time.Second        // a room without members: most that go are back at once
	snapshotKept    = time.Minute            // in memory, after somebody has got it
	compactAgain    = time.Minute            // after it failed

	maxOutbox   = 1 << 20  // bytes of durable frames that wait for one member
	maxPreviews = 64 << 10 // bytes of previews that wait for one member
	// maxFeedBytes is how many bytes of live data wait for one member, W105.
	maxFeedBytes = 64 << 10
	maxSelected  = 256 << 10 // bytes of what the members of a board have in hand
	maxUnstored  = 4 << 20   // bytes of updates that wait for the store
	maxHeard     = 4 << 20   // bytes of what waits to be told that has come from elsewhere, and of updates of other relays
	maxTold      = 1 << 20   // bytes of what rooms of other relays have told, and that was not looked at
	maxTell      = 256 << 10 // bytes of a message to them
	maxTelling   = 1 << 20   // bytes of what is to be told to them
	gatherMost   = 1024      // events that a commit which is due lets go before it
	// maxUpdateFrame is where updates go on in another frame. One that is
	// greater (up to board.MaxUpdate) still fits into a message.
	maxUpdateFrame = wire.MaxMessage / 4

	// catchUpPiece is about how much of what a member lacks is sent as one
	// message.
	catchUpPiece = 64 << 10
	// snapshotFrom is how many bytes the store has of a board that is sent as a
	// snapshot to who has nothing: it loads in a tenth of the time. A smaller one
	// goes as updates, because whoever has those can give them to a relay that has
	// lost them.
	snapshotFrom = 256 << 10
	// snapshotStale is how many bytes of updates may come after a snapshot that is
	// sent again.
	snapshotStale = 64 << 10

	// A log is replaced by a snapshot when the room is unloaded, from compactLeast
	// bytes on; while it is in use from compactFrom on.
	compactLeast = 16 << 10
	compactFrom  = 4 << 20

	// In rooms of spaceFrom members and more, what goes to all of them is spaced by
	// so much for each member. To write to one costs 5 to 10 µs, nearly all of it the
	// kernel's: so updates take at most about a fifth of a core, and who comes and goes
	// less. In the largest rooms it is not further apart than somebody would notice.
	spaceFrom = 50
	tellCost  = 40 * time.Microsecond
	tellMost  = 25 * time.Millisecond
	// People wait for an answer, and say less than they draw.
	spokenCost = 10 * time.Microsecond
	spokenMost = 10 * time.Millisecond
	peopleCost = 100 * time.Microsecond
	peopleMost = time.Second / 2

	// Batches of cursors are pace.MinInterval apart, and further where they
	// would cost more than about a tenth of a core: cursorSends is how many
	// datagrams that is in a second, of which each weighs as much as
	// cursorWeight cursors in it.
	cursorSends  = 10_000
	cursorWeight = 64
	cursorMost   = time.Second / 2 // however many there are
)
