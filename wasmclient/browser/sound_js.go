//go:build js

package browser

import "syscall/js"

// Chime plays two soft notes, if the browser lets the page make a sound and the
// person has not turned sounds off.
func Chime() {
	defer func() { _ = recover() }() // a browser may have no sound at all, by throwing
	if !On(SettingSounds) {
		return
	}
	context := window.Get("AudioContext").New()
	begin := context.Get("currentTime").Float()
	var last js.Value
	for i, hertz := range [...]float64{659.26, 523.25} { // E5, C5
		at := begin + 0.28*float64(i)
		tone, volume := context.Call("createOscillator"), context.Call("createGain")
		tone.Set("type", "sine")
		tone.Get("frequency").Set("value", hertz)
		gain := volume.Get("gain")
		gain.Call("setValueAtTime", 0, at)
		gain.Call("linearRampToValueAtTime", 0.18, at+0.02)
		gain.Call("exponentialRampToValueAtTime", 0.001, at+1.1)
		tone.Call("connect", volume).Call("connect", context.Get("destination"))
		tone.Call("start", at)
		tone.Call("stop", at+1.2)
		last = tone
	}
	listen(last, "ended", func(js.Value) { context.Call("close") })
}
