//go:build js

package browser

import "syscall/js"

// Seam is window.edgeboard: what tests and tools may ask of a page. It reads,
// and changes nothing.
//
//	edgeboard.hash()     the document's SHA-256, 64 hexadecimal digits: pages in
//	                     the same state have the same
//	edgeboard.elements() how many elements the board shows
//	edgeboard.frames()   how many frames were drawn
//	edgeboard.state()    {phase: "connecting" | "live" | "offline",
//	                      unsent: changes that have not left the page,
//	                      sent: changes that the relay has not stored yet,
//	                      people: how many others are here,
//	                      sketches: strokes of others that are shown before
//	                      they are stored,
//	                      zoom: 1 for 100 %, x, y: the board's point in the
//	                      top left corner,
//	                      transport: "wt" | "ws" | "sse" by which the page is live,
//	                      otherwise "",
//	                      rtt: round trip in milliseconds, 0: not measured,
//	                      loss: of datagrams, 0 to 1, the worse direction,
//	                      kept: all changes are on this device too,
//	                      notKept: why the device does not keep the board, ""}
type Seam struct {
	Hash     func() [32]byte
	Elements func() int
	Frames   func() int
	State    func() SeamState
}

// SeamState is what edgeboard.state() returns.
type SeamState struct {
	Phase                string
	Unsent, Sent, People int
	Sketches             int
	Zoom, X, Y           float64
	Transport            string
	RTT, Loss            float64
	Kept                 bool
	NotKept              string
}

// Publish makes window.edgeboard.
func (s *Seam) Publish() {
	seam := window.Get("Object").New()
	set := func(name string, f func() any) {
		seam.Set(name, js.FuncOf(func(js.Value, []js.Value) any { return f() }))
	}
	set("hash", func() any {
		const digits = "0123456789abcdef"
		var text []byte
		for _, b := range s.Hash() {
			text = append(text, digits[b>>4], digits[b&15])
		}
		return string(text)
	})
	set("elements", func() any { return s.Elements() })
	set("frames", func() any { return s.Frames() })
	set("state", func() any {
		st := s.State()
		return map[string]any{
			"phase": st.Phase, "unsent": st.Unsent, "sent": st.Sent, "people": st.People, "sketches": st.Sketches,
			"zoom": st.Zoom, "x": st.X, "y": st.Y, "transport": st.Transport,
			"rtt": st.RTT, "loss": st.Loss, "kept": st.Kept, "notKept": st.NotKept,
		}
	})
	window.Set("edgeboard", window.Get("Object").Call("freeze", seam))
}
