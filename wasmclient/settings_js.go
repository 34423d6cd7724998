//go:build js

package main

import (
	"time"

	"edgeboard/wasmclient/browser"
)

func (p *page) listenToSettings() {
	p.panels.Reload = func() { go p.reload() }
	browser.OnEnvironment(func() { p.do(func() { p.editor.Calm = browser.ReducedMotion() }) })
	p.own["settings"] = func() bool { p.panels.OpenSettings(); return true }
}

// reloadWithin is how long a reload waits until nothing is lost by it. Then the
// browser asks the person.
const reloadWithin = 3 * time.Second

// reload opens the page anew when this device or the relay has what was changed here.
func (p *page) reload() {
	p.do(p.session.KeepNow)
	for until := time.Now().Add(reloadWithin); p.unsaved() && time.Now().Before(until); {
		time.Sleep(20 * time.Millisecond)
	}
	browser.Reload()
}

// unsaved reports whether something would be lost if the page were gone now.
func (p *page) unsaved() (unsaved bool) {
	p.do(func() { st := p.session.Status(); unsaved = st.Unsent+st.Sent > 0 && !st.Kept })
	return unsaved || p.photos.Unkept()
}
