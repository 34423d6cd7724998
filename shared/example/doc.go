// Package example holds programs that show how to use Edgeboard's packages from
// Go: watch joins a board and prints what happens, draw draws on one.
package example
