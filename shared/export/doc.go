// Package export writes figures in formats of other programs. What it writes is the
// same for the same figures, and nothing in a board can get out of its place in it.
package export
