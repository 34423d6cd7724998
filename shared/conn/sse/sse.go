// Package sse carries messages by Server-Sent Events one way (WHATWG HTML,
// section 9.2) and POST the other, for networks that let plain HTTP alone
// through, and for people with curl. SPEC.md of package wire has its rules (W47 to
// W55). The page has its own end in wasmclient/browser, which needs no
// net/http.
//
// A session outlives the responses that carry its events. One that breaks is
// taken up by another GET after the last event that came; the server keeps what
// it wrote last. So nothing is missing and nothing comes twice.
package sse

import (
	"encoding/json"
	"errors"
	"strings"
	"time"
)

const (
	// heartbeatEvery is how often a comment is sent, by which proxies and the
	// client see that the stream is alive.
	heartbeatEvery = 15 * time.Second
	// silentAfter is how long a client reads nothing before it takes the
	// response for broken.
	silentAfter = 3 * heartbeatEvery
	// resumeWithin is how long a session waits for its client to take it up.
	resumeWithin = 15 * time.Second
	// closeGrace is how long the peer has to hear of a close.
	closeGrace = 5 * time.Second
	// reconnectAfter is what a browser waits before it takes up a stream.
	reconnectAfter = 500 * time.Millisecond

	// maxSessions there are at once. When there are more, the one ends whose
	// client has been away longest; if none is away the new one is refused.
	maxSessions = 1024
	// maxReplay is how many bytes of events are kept that were written already.
	maxReplay = 256 << 10
	// eventCost is what an event costs beside its bytes.
	eventCost = 64
	// maxReason is that of a WebSocket (RFC 6455 section 5.5).
	maxReason = 123

	// A POST has bodyTimeout for its body, and a second more for each bodyRate
	// bytes.
	bodyTimeout = 10 * time.Second
	bodyRate    = 8 << 10
)

// What a session carries its messages as, in the query of the GET.
const (
	asJSON   = "json"   // each event is a frame in JSON
	asBase64 = "base64" // each event is a message in base64
)

var (
	// errLost is the end of a session whose client did not come back.
	errLost = errors.New("sse: the client has not come back")
	// errBehind is the end of a session whose client came back too late.
	errBehind = errors.New("sse: the client asks for events that are kept no longer")
	// errGone is what a client sees of both.
	errGone = errors.New("sse: the relay does not know the session any more")
)

// opened is the data of the first event.
type opened struct {
	Session string `json:"session"`
}

// closing is the data of the last event.
type closing struct {
	Code   uint32 `json:"code"`
	Reason string `json:"reason"`
}

// appendClose appends the event that says why nothing follows.
func appendClose(b []byte, code uint32, reason string) []byte {
	data, err := json.Marshal(closing{code, reason})
	if err != nil {
		panic("sse: " + err.Error()) // a number and text
	}
	b = append(b, "event: close\ndata: "...)
	b = append(b, data...)
	return append(b, "\n\n"...)
}

func cut(reason string) string {
	if len(reason) > maxReason {
		reason = reason[:maxReason]
	}
	return strings.ToValidUTF8(reason, "")
}
