package server

import (
	"net/http"
	"time"

	"connectrpc.com/connect"

	"edgeboard/relay/room"
	"edgeboard/relay/store/sqlite"
)

// Limits bound what a relay serves. The zero value of a field stands for its
// default.
//
//	limit                   over it                                     answer
//	Connections             a new connection to a board                 503 (gRPC: UNAVAILABLE)
//	ConnectionsPerAddress   a new one of that address                   429 (gRPC: RESOURCE_EXHAUSTED)
//	AddressRate             a new one of that address                   429 (gRPC: RESOURCE_EXHAUSTED)
//	AddressRate             a request for a token, or of the API        429; counted apart
//	noticeRate              a notice of that program                    429
//	AddressRate             something that is read of a board by HTTP,  429; apart, 16 times as many
//	                        or live data
//	Config.Memory           a new connection, an image or a file of     503 (gRPC: UNAVAILABLE)
//	                        a board, where memory is short
//	BlobBytes               an image that is put on a board             413
//	BoardBlobBytes          an image more on a board                    413
//	Rooms                   a Hello for a board that is not in memory   4011 Overloaded
//	Members                 a Hello for that board                      4011 Overloaded
//	BoardBytes              an update that makes the board larger       4009 BoardFull
//	MemberRate              frames of that member                       none: they are read more slowly
//
// The answers with a status of HTTP come before the connection begins, instead
// of an upgrade, a session or a call: a line that says why, and Retry-After. The
// numbers from 4000 on are close codes of shared/wire/SPEC.md.
//
// An address is that of the peer, or of whom a trusted proxy comes for, of IPv6 its
// first 64 bits, which is what one household or one machine has. The limits of an
// address do not hold for a trusted proxy, nor for the machine itself: from there
// come a proxy that nobody has named, behind which everybody is, and the operator's
// own tools.
//
// TCP and QUIC connections have no limit of their own to set. There may be
// Connections of them and httpSockets more, the WebSockets included, and one
// address may have socketsPerPlace times ConnectionsPerAddress busy ones. Beyond
// the first the one ends that has been idle longest, if one is; otherwise, and
// beyond the second, the new one is closed without a word: before TLS there is
// none. How long they may take without saying anything is bounded as well:
// headerTimeout, idleTimeout, writeTimeout, and those of package room from then on. What one
// message may be stands in package wire.
type Limits struct {
	room.Limits
	// Connections to boards at once, by all transports together; default
	// 20,000, as many as there may be boards.
	Connections int
	// ConnectionsPerAddress is how many of them one address may have; default
	// 256: an office behind one address, with two pages open for each of some
	// hundred people. Less than 0: as many as there are.
	ConnectionsPerAddress int
	// AddressRate is how many connections one address may begin in a second;
	// default 20. It may begin ConnectionsPerAddress at once when it has begun
	// none for a while, since a whole office comes back at the same moment when
	// its network does. Requests to /auth and /api may be as many again. Less than
	// 0: as many as it likes.
	AddressRate int
	// BlobBytes is how many bytes an image may have; default 10 MiB, at most 256.
	BlobBytes int
	// BoardBlobBytes is how many all images of a board may have; default 512 MiB. What
	// several boards show is stored once, and counts for each.
	BoardBlobBytes int
}

// WithDefaults fills in what is not set, those of package room too: an operator
// is to see all of them.
func (l Limits) WithDefaults() Limits {
	set := func(field *int, value int) {
		if *field == 0 {
			*field = value
		}
	}
	set(&l.Connections, 20_000)
	set(&l.ConnectionsPerAddress, 256)
	set(&l.AddressRate, 20)
	set(&l.BlobBytes, 10<<20)
	l.BlobBytes = min(l.BlobBytes, sqlite.MaxBlob)
	set(&l.BoardBlobBytes, 512<<20)
	l.Limits = l.Limits.WithDefaults()
	return l
}

const (
	// noticeRate is how many notices a program may send in a second, and noticeBurst
	// how many at once: what was to be told is told while a person still reads it.
	noticeRate  = 10
	noticeBurst = 100
	// mostPrograms is how many programs are remembered without a look at which of them
	// have sent nothing for a while.
	mostPrograms = 1024

	httpSockets     = 1024 // for the page, and for what has not said yet what it wants
	socketsPerPlace = 4    // a browser that loads the page has several
)

// refusal is why a connection does not begin.
type refusal struct {
	limit      string // its label in the metrics and in the log
	status     int
	code       connect.Code
	retryAfter time.Duration
	reason     string
}

var (
	tooMany = &refusal{"connections", http.StatusServiceUnavailable, connect.CodeUnavailable, 5 * time.Second,
		"the relay has as many connections as it can take"}
	tooManyOfAddress = &refusal{"connections_per_address", http.StatusTooManyRequests, connect.CodeResourceExhausted, 10 * time.Second,
		"there are as many connections of this address as it may have"}
	tooFast = &refusal{"address_rate", http.StatusTooManyRequests, connect.CodeResourceExhausted, 2 * time.Second,
		"connections of this address come faster than they may"}
	askedTooFast = &refusal{"requests", http.StatusTooManyRequests, connect.CodeResourceExhausted, 2 * time.Second,
		"requests of this address come faster than they may"}
	noticedTooFast = &refusal{"notices", http.StatusTooManyRequests, connect.CodeResourceExhausted, time.Second,
		"notices of this program come faster than they may: 10 a second, and 100 at once; send this one again, with the same id"}
	tooManyUploads = &refusal{"uploads", http.StatusServiceUnavailable, connect.CodeUnavailable, 2 * time.Second,
		"the relay takes as many images as it can at once; send this one again"}
	tooManyUploadsOfAddress = &refusal{"uploads_per_address", http.StatusTooManyRequests, connect.CodeResourceExhausted, 2 * time.Second,
		"there come as many images of this address at once as may; send this one again"}
	noMemory = &refusal{"memory", http.StatusServiceUnavailable, connect.CodeUnavailable, 10 * time.Second,
		"the relay has no memory left for another connection"}
	shuttingDown = &refusal{"draining", http.StatusServiceUnavailable, connect.CodeUnavailable, 2 * time.Second,
		"the relay is shutting down; others serve the board, or this one soon again"}
)

// OtherFiles is how many files a relay may have open besides Connections: sockets
// that are none yet, and a few of the store.
const OtherFiles = httpSockets + 64

// Of TCP and QUIC, where there is no answer.
const (
	socketsReached          = "sockets"
	socketsOfAddressReached = "sockets_per_address"
)
