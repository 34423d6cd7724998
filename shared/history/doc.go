// Package history is a board's past: what a relay tells of it (GET
// /b/{board}/history/log), and the boards that there were.
//
// The past is told as records, one behind the other. Numbers are varints.
//
//	record  kind, at, when, length of data, data
//	kind    1  snapshot: data is the board when at updates were stored (see
//	           package board)
//	        2  update: data is the at-th that was stored, which may be several of
//	           package board, one after the other
//	at      how many updates were stored with it, counted from 1
//	when    it was stored, in milliseconds since 1970 UTC; 0: not known
//
// A snapshot stands at the beginning alone, and updates follow it without a gap;
// without one the board was empty before the first. Relays store updates in the
// order in which they came, so an update may have to wait for one that comes later,
// as in Board.Apply. Records of another kind are of a later version and are passed
// over (R8).
//
// A Past takes records and shows the board as it was at any of them. The package has
// no clock, no goroutine and no I/O.
package history
