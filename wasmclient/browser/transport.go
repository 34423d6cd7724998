package browser

// The names of transports, in the page's address (?transport=) and in the seam.
const (
	ByEvents       = "sse"
	ByWebSocket    = "ws"
	ByWebTransport = "wt"
)
