//go:build js

package browser

import "syscall/js"

// Seam is window.edgeboard: what tests and tools may ask of a page. But for crash it reads,
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
//	                      person: who sits here, by a name that lasts,
//	                      sketches: strokes of others that are shown before
//	                      they are stored,
//	                      zoom: 1 for 100 %, x, y: the board's point in the
//	                      top left corner,
//	                      transport: "wt" | "ws" | "sse" by which the page is live,
//	                      otherwise "",
//	                      rtt: round trip in milliseconds, 0: not measured,
//	                      loss: of datagrams, 0 to 1, the worse direction,
//	                      kept: all changes are on this device too,
//	                      notKept: why the device does not keep the board, "",
//	                      tool: "select" and so on,
//	                      selected: the ids of the elements that are selected,
//	                      writing: the id of the one that is written in, "",
//	                      complete: all that is on the screen is painted,
//	                      tiles: how many tiles are kept,
//	                      unsentImages: how many images the relay may lack}
//	edgeboard.figures()  what the board shows, from the bottom up: an object for each
//	                     element, as SeamFigure says
//	edgeboard.drawn()    when the last values of live data were drawn, the oldest first:
//	                     {feed, time, value, at}, times in milliseconds since 1970,
//	                     at by this device's clock
//	edgeboard.crash()    what a mistake in the page would do; edgeboard.crash(true):
//	                     one after which nothing of the program runs any more
type Seam struct {
	Hash     func() [32]byte
	Elements func() int
	Frames   func() int
	State    func() SeamState
	Figures  func() []SeamFigure
	Drawn    func() []SeamDrawn
	Crash    func(hard bool)
}

// SeamDrawn is when a value was drawn.
type SeamDrawn struct {
	Feed  string
	Time  int64
	Value string
	At    float64
}

// SeamTile is a tile of live data.
type SeamTile struct {
	Chart    int
	Patterns []string
	Values   []SeamValue // the last one of each feed
	Shown    []string    // the words and numbers that are drawn
}

// SeamValue is the last value of a feed, in a tile.
type SeamValue struct {
	Feed, Value, Color string // "#rrggbb" of the threshold that was reached, ""
	Time               int64
	Stale              bool
}

// SeamFigure is an element as it is drawn, in the terms of the document.
type SeamFigure struct {
	ID, Kind               string
	X, Y, W, H, Angle      float64
	From, To               [2]float64 // of a line, where it ends on the board
	Color, Fill            string     // "#rrggbb"; "" for no fill
	Thickness, Opacity     float64
	Dash, Align, Heads     int
	Size                   float64 // of the font
	Text                   string
	Lines                  []string   // as they are shown
	Points                 int        // of a stroke
	Group, Start, End      string     // ids, ""
	Frame                  string     // the one that it is in, ""
	Crop                   [4]float64 // of an image: x, y, width and height of what it shows, in shares of its picture
	Locked, Drafted, Shown bool       // drafted: a gesture has it in hand; shown: it is on the screen
	Blob                   string     // of an image
	Tile                   *SeamTile  // nil: it is none
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
	NotKept, Person      string
	Tool, Writing        string
	Selected             []string
	Complete             bool
	Tiles                int
	UnsentImages         int
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
	seam.Set("crash", js.FuncOf(func(_ js.Value, args []js.Value) any {
		s.Crash(len(args) > 0 && args[0].Truthy())
		return nil
	}))
	set("elements", func() any { return s.Elements() })
	set("frames", func() any { return s.Frames() })
	set("state", func() any {
		st := s.State()
		return map[string]any{
			"phase": st.Phase, "unsent": st.Unsent, "sent": st.Sent, "people": st.People, "sketches": st.Sketches,
			"zoom": st.Zoom, "x": st.X, "y": st.Y, "transport": st.Transport,
			"rtt": st.RTT, "loss": st.Loss, "kept": st.Kept, "notKept": st.NotKept, "person": st.Person,
			"tool": st.Tool, "writing": st.Writing, "selected": array(st.Selected),
			"complete": st.Complete, "tiles": st.Tiles, "unsentImages": st.UnsentImages,
		}
	})
	set("figures", func() any {
		list := []any{}
		for _, f := range s.Figures() {
			list = append(list, map[string]any{
				"id": f.ID, "kind": f.Kind, "x": f.X, "y": f.Y, "w": f.W, "h": f.H, "angle": f.Angle,
				"from": []any{f.From[0], f.From[1]}, "to": []any{f.To[0], f.To[1]},
				"color": f.Color, "fill": f.Fill, "thickness": f.Thickness, "opacity": f.Opacity,
				"dash": f.Dash, "align": f.Align, "heads": f.Heads, "size": f.Size,
				"text": f.Text, "lines": array(f.Lines), "points": f.Points,
				"group": f.Group, "start": f.Start, "end": f.End, "frame": f.Frame,
				"crop":   []any{f.Crop[0], f.Crop[1], f.Crop[2], f.Crop[3]},
				"locked": f.Locked, "drafted": f.Drafted, "shown": f.Shown, "blob": f.Blob, "tile": f.Tile.object(),
			})
		}
		return list
	})
	set("drawn", func() any {
		list := []any{}
		for _, d := range s.Drawn() {
			list = append(list, map[string]any{"feed": d.Feed, "time": float64(d.Time), "value": d.Value, "at": d.At})
		}
		return list
	})
	window.Set("edgeboard", window.Get("Object").Call("freeze", seam))
}

func (t *SeamTile) object() any {
	if t == nil {
		return nil
	}
	values := []any{}
	for _, v := range t.Values {
		values = append(values, map[string]any{"feed": v.Feed, "value": v.Value, "color": v.Color, "time": float64(v.Time), "stale": v.Stale})
	}
	return map[string]any{"chart": t.Chart, "patterns": array(t.Patterns), "values": values, "shown": array(t.Shown)}
}

func array(list []string) []any {
	a := make([]any, len(list))
	for i, v := range list {
		a[i] = v
	}
	return a
}
