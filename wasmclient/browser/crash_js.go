//go:build js

package browser

// Stopped says that the program cannot go on, and why, for a report.
func Stopped(why string) { window.Call("stopped", why) }
