// Package board is the document of Edgeboard: a conflict-free replicated data
// type of drawn elements and their texts. Replicas that have received the same
// operations hold the same board, whatever the order of delivery.
//
// A [Board] is one replica's copy. Its owner changes it through an [Edit],
// whose Commit returns an update: bytes for the other replicas, which take them
// with [Board.Apply]. A replica that was away sends its [Vector], and
// [Board.Diff] gives exactly what it lacks. [Board.Snapshot] is the whole state,
// and [Load] the way back; [Board.Merge] takes the snapshot of another board.
// [Board.Compact] removes for good what was deleted, in a new epoch that the other
// boards reach by a merge. A [History] undoes and redoes what one person did.
//
// Every operation has an [ID] (replica, sequence number) and a Lamport time.
// An [Element] is a map of properties, each a last-writer-wins register; the
// points of a stroke are append-only; a text merges what several people write
// in it at the same time, character by character. Elements lie on each other in
// the order of fractional indices. SPEC.md has the rules and the layouts.
//
// The package has no clock, no goroutine and no I/O, and a Board belongs to one
// goroutine. Nothing in it panics on bytes from outside.
package board
