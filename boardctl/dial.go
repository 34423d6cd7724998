package main

import (
	"context"
	"crypto/sha256"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"edgeboard/shared/conn"
	"edgeboard/shared/conn/grpc"
	"edgeboard/shared/conn/sse"
	"edgeboard/shared/conn/webtransport"
	"edgeboard/shared/conn/ws"
	"edgeboard/shared/wire"
)

// dialFunc makes a connection to a relay.
type dialFunc func(context.Context) (conn.Conn, error)

var transportNames = []string{"ws", "wt", "sse", "grpc"}

// dialer returns what makes connections by a transport.
func (r *remote) dialer(ctx context.Context, relay *url.URL, transport string) (dialFunc, error) {
	at := address{base: *relay}
	switch transport {
	case "ws":
		return func(ctx context.Context) (conn.Conn, error) { return ws.Dial(ctx, at.socket(), wire.MaxMessage) }, nil
	case "sse":
		to := relay.JoinPath("sse").String()
		return func(ctx context.Context) (conn.Conn, error) { return sse.Dial(ctx, to, wire.MaxMessage) }, nil
	case "grpc":
		return func(ctx context.Context) (conn.Conn, error) {
			return grpc.Dial(ctx, relay.String(), nil, wire.MaxMessage)
		}, nil
	case "wt":
		to, trust, err := r.offered(ctx, relay)
		if err != nil {
			return nil, fmt.Errorf("WebTransport: %w", err)
		}
		return func(ctx context.Context) (conn.Conn, error) {
			return webtransport.Dial(ctx, to, trust, wire.MaxMessage)
		}, nil
	}
	return nil, usagef("%q: a transport is one of %s", transport, strings.Join(transportNames, ", "))
}

// offered asks a relay where its WebTransport is, and which certificates it has, as
// pages do.
func (r *remote) offered(ctx context.Context, relay *url.URL) (to string, trust *tls.Config, err error) {
	var offer struct {
		WebTransport *struct {
			Port   int
			Hashes [][]byte
		}
	}
	if err := r.get(ctx, relay.JoinPath("transports.json").String(), "", &offer); err != nil {
		return "", nil, err
	}
	w := offer.WebTransport
	if w == nil {
		return "", nil, errors.New("the relay does not offer it")
	}
	var hashes [][sha256.Size]byte
	for _, h := range slices.DeleteFunc(w.Hashes, func(h []byte) bool { return len(h) != sha256.Size }) {
		hashes = append(hashes, [sha256.Size]byte(h))
	}
	if len(hashes) > 0 {
		trust = webtransport.TrustHashes(hashes...)
	}
	u := url.URL{Scheme: "https", Host: net.JoinHostPort(relay.Hostname(), strconv.Itoa(w.Port)), Path: relay.Path}
	return u.JoinPath("wt").String(), trust, nil
}
