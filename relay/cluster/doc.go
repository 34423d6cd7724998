// Package cluster makes several relays serve the same boards (R7), by an [Engine] that
// they share: NATS JetStream (package nats) or Redis (package redis). No relay is
// special, and no board has a home.
//
// # Boards
//
// Each board has a log in the engine, of updates, and a snapshot that stands for its
// beginning. A room's Append is an entry; it is acknowledged when the engine has it
// durably (R1), and only then the engine tells it to the relays that follow the log:
// those with a room of that board. Updates of a document commute, so the order of the
// log matters to nobody, and an entry that comes twice changes nothing (R2). What a
// relay did not hear it reads: each entry tells the position of the one before it, and
// after a lost connection a relay reads what came since (Boards.tail).
//
// Any relay may put a snapshot in the place of a log's beginning. It does so by
// compare-and-set; who loses has nothing to do. A relay that finds that the entries it
// lacks were trimmed merges the snapshot, which is a join of two states.
//
// Each relay keeps a copy of the boards that it has served, in its own store. While the
// engine is reached the copy follows in the background, and nobody waits for it. When
// the engine is not reached the relay is cut off: its copy becomes the spool, what it
// takes is stored there before it is acknowledged, members are told that it is
// (wire.CodeEdgeOnly), and the board is marked. When the engine is reached again, for
// each marked board the relay loads what the engine has, appends what that lacks, and
// takes the mark off. No list of what was spooled is needed, since a state vector says
// what a side lacks.
//
// An engine that has lost its data has another incarnation. Then every board that a
// relay has is as if marked.
//
// # The Journal
//
// All that is not a document (what people say, inboxes, roles, sessions, what was
// revoked) is changed by entries of one log, the [Journal], that each relay applies to
// its own store in the order of the log: state machine replication. So every relay has
// all of it, answers questions about it by itself, and goes on doing so when it is cut
// off. An entry that depends on what there was is appended with what it expects
// (Entry.Expect), or says so itself, and then all relays find the same when they apply
// it: of two relays that change the same thing one is told that it came late, and looks
// again.
//
// What is said while a relay is cut off is stored by it at once, and kept as it was
// said. When the engine is reached again the relay takes back what it has changed by
// itself of conversations, applies what the others did, and then says it again.
//
// The Journal does not grow for ever. When it has become long, the relay that holds the
// lease "keeper" puts a snapshot in the place of its beginning: a state of its own store,
// as parts that make another one the same. The last entries before the snapshot stay, so
// that a relay which was cut off for a while reads these. One that needs what is gone, as
// one with an empty store does, becomes what the snapshot says, and what it has spooled it
// says again afterwards. Nothing has to stand still for a snapshot: it may have some of what
// came after its position, which is applied once more, as after a crash.
//
// # What passes
//
// Cursors, who is there, and other things that nothing depends on go from relay to relay
// by the engine's messages, which are not stored. Each relay tells the others every
// second that it lives; of one that is silent for PeerTimeout the members are gone.
package cluster
