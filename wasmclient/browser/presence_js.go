//go:build js

package browser

import (
	"syscall/js"
	"time"
)

// leastPhone is how wide in CSS pixels a screen for fingers is, at its narrow side,
// that is no phone's.
const leastPhone = 600

// Device returns what the page is looked at on, as wire.Device has it.
func Device() uint32 {
	const computer, phone, tablet = 1, 2, 3
	screen := window.Get("screen")
	switch {
	case !window.Call("matchMedia", "(pointer: coarse)").Get("matches").Bool():
		return computer
	case min(screen.Get("width").Float(), screen.Get("height").Float()) < leastPhone:
		return phone
	}
	return tablet
}

// Presence tells whether somebody looks at the page.
type Presence struct {
	// Idle is after how long without a touch of keys and pointers nobody does.
	Idle    time.Duration
	Changed func(here bool)

	away    bool
	touched time.Time
	timer   *time.Timer
}

// Listen begins to call Changed. At first somebody is there.
func (p *Presence) Listen() {
	p.touched = time.Now()
	p.timer = time.AfterFunc(p.Idle, func() {
		if left := p.Idle - time.Since(p.touched); left > 0 {
			p.timer.Reset(left)
			return
		}
		p.set(true)
	})
	for _, event := range [...]string{"pointerdown", "keydown", "wheel"} {
		listenCapture(event, func(js.Value) { p.Touch() })
	}
	look := func() {
		if document.Get("hidden").Bool() {
			p.set(true)
		} else {
			p.Touch()
		}
	}
	listen(document, "visibilitychange", func(js.Value) { look() })
	look()
}

// Touch tells that somebody does something, besides what Listen hears: pointers that
// move are heard of often enough.
func (p *Presence) Touch() {
	p.touched = time.Now()
	if p.away && !document.Get("hidden").Bool() {
		p.timer.Reset(p.Idle)
		p.set(false)
	}
}

func (p *Presence) set(away bool) {
	if p.away != away {
		p.away = away
		go p.Changed(!away)
	}
}
