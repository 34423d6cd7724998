//go:build js

package browser

import (
	"strconv"
	"strings"
	"syscall/js"
)

// Connection is what the status panel shows.
type Connection struct {
	Phase   string // connecting, live or offline
	Blink   bool   // it was live until just now
	Unsent  int    // changes that have not left the page
	Sent    int    // changes that the relay has not stored yet
	Unsaid  int    // messages that it has not
	Changed bool   // something was changed since the page was opened
	Kept    bool   // all changes are on this device too
	// ViewOnly says that changes are not sent, as this person may look only.
	ViewOnly bool
	NotKept  bool // the device should keep the board and cannot
	// NotStored says that the relay cannot store now what was sent.
	NotStored bool
	// EdgeOnly says that the relay is cut off from others, and stores what comes alone.
	EdgeOnly bool
	// Transport is ByWebTransport, ByWebSocket, ByEvents, or "" while there is none.
	Transport string
	RTT       int // round trip in milliseconds; 0: not measured yet
	Loss      int // per cent of datagrams, the worse direction
	// Loading says that the board is coming, and Loaded how much of it, in per cent.
	Loading bool
	Loaded  int
}

// savingShown is how long storing takes, in milliseconds, before the page says
// so: mostly it is done before anyone could read it.
const savingShown = 400

// ShowConnection shows how the page stands with the relay.
func (p *Panels) ShowConnection(c Connection) {
	status := element("status")
	if c.Blink {
		showState(status, "connecting")
		if c.Unsent+c.Sent > 0 {
			p.showSaving()
		}
		return
	}
	text := Text(map[string]string{"connecting": "status.connecting", "live": "status.live", "offline": "status.offline"}[c.Phase])
	loaded := ""
	if c.Loading {
		text = loadingText(Language(), c.Loaded/10*10) // in steps: screen readers speak it
		loaded = strconv.Itoa(c.Loaded) + "%"
	}
	state := c.Phase
	if c.EdgeOnly {
		state = "edge"
		if !c.Loading {
			text = Text("status.edge")
		}
	}
	showState(status, state)
	setText(element("status-text"), text)
	if p.loaded != loaded {
		p.loaded = loaded
		element("loaded").Get("style").Set("width", loaded)
	}
	notStored := c.Unsent+c.Sent+c.Unsaid > 0 && c.NotStored
	status.Get("classList").Call("toggle", "trouble", notStored)
	by := pathText(Language(), c.Transport, c.RTT, c.Loss)
	if notStored {
		by = strings.TrimSpace(by + "\n" + Text("status.not-stored-why"))
	}
	if c.EdgeOnly {
		by = strings.TrimSpace(by + "\n" + Text("status.edge-why"))
	}
	if c.NotKept {
		by = strings.TrimSpace(by + "\n" + Text("status.not-kept"))
	}
	if by == "" {
		by = text
		if c.Unsent > 0 { // all of it, where the panel has no room for it
			by += "\n" + unsentText(Language(), c.Unsent, c.Kept)
		}
	}
	if status.Get("title").String() != by {
		status.Set("title", by)
		element("path").Set("textContent", by)
	}
	switch {
	case c.Unsent > 0 && (c.Phase != "live" || c.ViewOnly):
		p.showPending(unsentText(Language(), c.Unsent, c.Kept))
		return
	case notStored:
		p.showPending(Text("status.not-stored"))
		return
	case c.Unsent+c.Sent > 0:
		p.showSaving()
		return
	case c.Changed && c.EdgeOnly:
		p.showPending(Text("status.saved-edge"))
	case c.Changed:
		p.showPending(Text("status.saved"))
	default:
		p.showPending("")
	}
}

// showState shows by the light how the page stands.
func showState(status js.Value, state string) {
	if dataset := status.Get("dataset"); dataset.Get("state").String() != state {
		dataset.Set("state", state)
	}
}

// showSaving says that changes are being stored, if that takes long.
func (p *Panels) showSaving() {
	p.pending = Text("status.saving")
	if !p.pendingLater {
		p.pendingLater = true
		After(savingShown, func() {
			p.pendingLater = false
			p.showPending(p.pending)
		})
	}
}

func (p *Panels) showPending(text string) {
	p.pending = text
	setText(element("pending"), text)
}
