// Package thread reads and writes the comment threads of a board: who said what, in
// which order, about which element or place, and whether that is settled.
//
// A thread is an element of its own (board.KindThread), and so is each of its
// comments (board.KindComment), which names its thread by KeyParent. So two people
// can answer at the same time, and the relay can let people comment who may not
// change the board. A thread is about an element, which it then moves along with
// (KeyParent, KeyStartX and KeyStartY), or about a place (KeyX and KeyY); the place
// is written in both cases, and holds when the element is gone. A thread without
// comments is none.
//
// What is written here is written by a board.Edit, so that its maker decides what
// is one step of the history, and sends it.
package thread
