package server

import (
	"context"
	"net/http"
	"time"
)

// until ends the requests of h with ctx: those who ask about the service may
// leave their stream open for as long as they use it.
func until(ctx context.Context, h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		done := make(chan struct{})
		keep := context.AfterFunc(ctx, func() {
			defer close(done)
			_ = http.NewResponseController(w).SetReadDeadline(time.Unix(1, 0))
		})
		defer func() {
			if !keep() {
				<-done
			}
		}()
		h.ServeHTTP(w, r)
	})
}

// Of HTTP/2: what a peer may make the relay hold, and how long one may be silent
// that has gone without a word.
const (
	maxStreams       = 100
	streamWindow     = 256 << 10
	connectionWindow = 1 << 20
	frameSize        = 64 << 10
	pingAfter        = 20 * time.Second
	pongTimeout      = 10 * time.Second
	writeTimeout     = 30 * time.Second // without a byte taken
)

func http2Config() *http.HTTP2Config {
	return &http.HTTP2Config{
		MaxConcurrentStreams:          maxStreams,
		MaxReadFrameSize:              frameSize,
		MaxReceiveBufferPerStream:     streamWindow,
		MaxReceiveBufferPerConnection: connectionWindow,
		SendPingTimeout:               pingAfter,
		PingTimeout:                   pongTimeout,
		WriteByteTimeout:              writeTimeout,
	}
}

// protocols are those of the HTTP server. gRPC needs HTTP/2, and clients inside
// a network use it without TLS.
func protocols() *http.Protocols {
	p := new(http.Protocols)
	p.SetHTTP1(true)
	p.SetHTTP2(true)
	p.SetUnencryptedHTTP2(true)
	return p
}
