// Package talk is what a client knows of what people say to each other, and how it
// is shown. It has no clock, no goroutine and no I/O; package client feeds it.
//
// A [Log] is one conversation, as far as it is known. Its messages have one order,
// that of their stamps, and some of them are known without a gap:
//
//	stamps   0 ........................................................ Tail
//	known       [=======]            [=====]              [=================>
//	               a stretch of      another, from where    the tail: what is new
//	               history           somebody jumped to     comes by itself
//
// [Log.Around] returns such a stretch; [Log.Earlier], [Log.Later] and [Log.Jump] say
// what to recall so that it grows. What was missed while there was no connection is
// recalled by the stamps of changes ([Log.Stand]). What this person has written and
// nobody else can have seen yet is a [Draft], behind all others.
//
// What is said is text with a few marks in it ([Parse]). What comes of it is plain
// text with attributes, never HTML, and nothing invisible is left in it ([Clean]).
package talk
