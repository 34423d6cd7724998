package browser

// The names of transports, in the page's address (?transport=) and in the seam.
const (
	ByWebSocket    = "ws"
	ByWebTransport = "wt"
)
