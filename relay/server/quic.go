package server

import (
	"crypto/sha256"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strconv"
	"sync/atomic"
	"syscall"

	"edgeboard/shared/conn/webtransport"
)

// quicSide is the relay on UDP: HTTP/3, and WebTransport over it.
type quicSide struct {
	server *webtransport.Server
	// hashes are those of certificates that nobody else vouches for; nil if
	// the certificate is one that browsers trust.
	hashes func() ([][sha256.Size]byte, error)
	port   atomic.Int32 // 0 while it does not serve
}

// transports is what GET /transports.json says: which transports there are
// besides the WebSocket, and how to reach them.
type transports struct {
	WebTransport *transport `json:"webtransport,omitempty"`
}

type transport struct {
	Port   int      `json:"port"`             // of UDP, at the page's own host
	Hashes [][]byte `json:"hashes,omitempty"` // SHA-256 of certificates to accept, in base64
}

func (q *quicSide) offer() (t transports, err error) {
	port := int(q.port.Load())
	if port == 0 {
		return t, nil
	}
	w := &transport{Port: port}
	if q.hashes != nil {
		list, err := q.hashes()
		if err != nil {
			return t, err
		}
		for _, h := range list {
			w.Hashes = append(w.Hashes, h[:])
		}
	}
	t.WebTransport = w
	return t, nil
}

// ServeHTTP answers for /transports.json.
func (q *quicSide) ServeHTTP(w http.ResponseWriter, _ *http.Request) {
	t, err := q.offer()
	text, marshalErr := json.Marshal(t)
	if err := errors.Join(err, marshalErr); err != nil {
		writeError(w, http.StatusInternalServerError, err.Error())
		return
	}
	h := w.Header()
	h.Set("Cache-Control", cacheNever)
	h.Set("Content-Type", "application/json")
	h.Set("Content-Length", strconv.Itoa(len(text)))
	w.Write(text) // an error means that the client has gone
}

// certificates shows in each handshake the newest certificate.
func certificates(newest func() (*tls.Certificate, error)) *tls.Config {
	return &tls.Config{GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return newest() }}
}

// listenTries is how many ports are tried for one that is free for TCP and UDP
// alike.
const listenTries = 20

// Listen takes a port for TCP and, with quic, the same one for UDP. Port 0 takes
// one that is free for both. Where UDP alone fails, udp is nil and noUDP says
// why.
func Listen(addr string, quic bool) (tcp net.Listener, udp net.PacketConn, noUDP, err error) {
	for range listenTries {
		tcp, err = net.Listen("tcp", addr)
		if err != nil || !quic {
			return tcp, nil, nil, err
		}
		udp, noUDP = net.ListenPacket("udp", tcp.Addr().String())
		if noUDP == nil {
			return tcp, udp, nil, nil
		}
		_, port, splitErr := net.SplitHostPort(addr)
		if splitErr != nil || port != "0" && port != "" || !errors.Is(noUDP, syscall.EADDRINUSE) {
			break
		}
		if err := tcp.Close(); err != nil {
			return nil, nil, nil, fmt.Errorf("giving a port back: %w", err)
		}
		tcp = nil
	}
	if tcp == nil {
		tcp, err = net.Listen("tcp", addr)
	}
	return tcp, nil, noUDP, err
}
