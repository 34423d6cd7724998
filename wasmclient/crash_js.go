//go:build js

package main

import (
	"runtime"
	"time"

	"edgeboard/shared/client"
	"edgeboard/wasmclient/browser"
)

// keepsWithin is how long a page that cannot go on waits for the device to keep what
// it has not kept.
const keepsWithin = 2 * time.Second

// caught is deferred by what runs on the link's goroutine: a panic there is a mistake
// in the page, and no reason to lose what the document has already. The link goes on,
// which keeps and sends that; all else has an end.
func (p *page) caught() {
	why := recover()
	if why == nil {
		return
	}
	p.crashed = true
	stack := make([]byte, 16<<10)
	text := "panic: " + words(why) + "\n" + string(stack[:runtime.Stack(stack, false)])
	println(text)
	p.session.KeepNow()
	go func() {
		for begin := time.Now(); time.Since(begin) < keepsWithin && !p.safe(); {
			time.Sleep(50 * time.Millisecond)
		}
		browser.Stopped(text)
	}()
}

// safe reports whether all changes are on this device, or on the relay.
func (p *page) safe() (safe bool) {
	p.link.Do(func(s *client.Session) {
		st := s.Status()
		safe = st.Kept || st.Unsent+st.Sent == 0
	})
	return safe
}

func words(why any) string {
	switch why := why.(type) {
	case error:
		return why.Error()
	case string:
		return why
	}
	return "of another type"
}
