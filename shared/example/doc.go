// Package example holds programs that show how to use Edgeboard's packages from
// Go: watch joins a board and prints what happens, draw draws on one, bot answers in its
// chat, sensor publishes live data, and convert needs no relay: it writes a board in a file
// in another format.
package example
