//go:build js

package browser

import "context"

// installable reports whether the browser lets the page be installed as an app. It
// tells boot.js by an event, which comes once and is good for one question.
func installable() bool { return window.Get("installPrompt").Truthy() }

// Install asks the person whether the page is to be installed, as the browser does
// it.
func Install() {
	prompt := window.Get("installPrompt")
	if !prompt.Truthy() {
		return
	}
	window.Delete("installPrompt")
	go func() {
		var err error
		defer jsError(&err)
		_, _ = wait(context.Background(), prompt.Call("prompt"))
	}()
}
