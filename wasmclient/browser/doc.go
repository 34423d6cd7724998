// Package browser is the page's way to its browser: the surface that is drawn
// on, the panels of index.html, the socket, the clock and what is remembered.
// It is the only package that imports syscall/js, and no value of it leaves:
// to the rest of the program the browser is plain functions and callbacks.
//
// Callbacks run on a goroutine of their own while the browser waits for them to
// return. They may wait for other goroutines, but not for the browser.
package browser
