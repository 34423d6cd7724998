// Package talk keeps the conversations of a relay: what is said on a board, and what
// two persons say to each other, which is the same on every board.
//
// What a client says, or changes of what was said (a Say), waits in the queue of its
// conversation. While there is something in it one goroutine takes what waits, up to
// a bound, looks up what it speaks of, works out the messages as they are then, and
// hands them to the store together: only when that has them durably does the author
// hear so and are the others told (R1). Whatever comes meanwhile goes into the next
// round. A conversation in which nobody speaks costs nothing: all that is known of it
// is in the store.
//
// A Say has an ID of the client's. One whose ID is stored is acknowledged again, and
// nothing else happens (R2). A store that fails is tried again until it works; what
// was said waits, and once the queue is full so do those who speak. They are told so.
//
// The stamps of a conversation are a hybrid logical clock, which goes on from the last
// one that is stored. So no two messages share one, whatever the relay's clock does.
//
// The package knows no transport, no room and no database: it declares a Store, and an
// Audience that it tells.
package talk
