//go:build js

package main

import (
	"crypto/rand"

	"edgeboard/wasmclient/browser"
)

// person names who sits here by a name that lasts: the one that the relay knows
// the person by, otherwise one that this device keeps. A browser that keeps
// nothing has another one each time.
func (p *page) person() string {
	if p.subject != "" {
		return p.subject
	}
	if p.device == "" {
		if p.device = browser.Remembered("device"); p.device == "" {
			p.device = "device-" + rand.Text()[:12]
			browser.Remember("device", p.device)
		}
	}
	return p.device
}
