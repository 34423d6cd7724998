package server

import (
	"container/list"
	"net"
	"net/http"
	"net/netip"
)

// sockets are the TCP and QUIC connections of a relay, but those that have
// become WebSockets, which are counted as connections to boards. All is guarded
// by the gate's lock.
type sockets struct {
	tcp        map[net.Conn]*socket
	idle       list.List // of net.Conn: between two requests, the longest first
	quic       int
	webSockets int
}

type socket struct {
	address netip.Addr
	idle    *list.Element // nil if it is busy
}

// watch is the http.Server's ConnState: it counts TCP connections, and closes
// what is too many.
func (g *gate) watch(c net.Conn, state http.ConnState) {
	switch state {
	case http.StateNew:
		g.socketOpened(c)
	case http.StateActive, http.StateIdle:
		g.socketTurned(c, state == http.StateIdle)
	case http.StateClosed, http.StateHijacked:
		g.socketClosed(c)
	}
}

func (g *gate) socketOpened(c net.Conn) {
	s := &socket{address: g.place(parseAddress(c.RemoteAddr().String()))}
	g.mu.Lock()
	limit, victim := "", net.Conn(nil)
	switch {
	case g.tooBusy(s.address):
		limit, victim = socketsOfAddressReached, c
	case g.full():
		limit, victim = socketsReached, c
		if oldest := g.idle.Front(); oldest != nil {
			limit, victim = "", oldest.Value.(net.Conn)
			g.turn(g.tcp[victim], victim, false) // not to be chosen again
		}
	}
	if g.tcp == nil {
		g.tcp = map[net.Conn]*socket{}
	}
	g.tcp[c] = s
	g.busier(s.address, 1)
	g.mu.Unlock()
	g.metrics.Sockets(1)
	if victim != nil {
		_ = victim.Close() // the server finds it closed, and says so
	}
	if limit != "" {
		g.turnedAway(limit, s.address)
	}
}

// full reports whether another socket is too many. The caller holds mu.
func (g *gate) full() bool {
	return len(g.tcp)+g.quic+g.webSockets >= g.limits.Connections+httpSockets
}

// tooBusy reports whether an address may have no other socket. The caller holds
// mu.
func (g *gate) tooBusy(a netip.Addr) bool {
	per := g.limits.ConnectionsPerAddress
	return a.IsValid() && per >= 0 && g.of(a).busy >= socketsPerPlace*per
}

// busier counts busy sockets of an address. The caller holds mu.
func (g *gate) busier(a netip.Addr, delta int) {
	if a.IsValid() {
		x := g.of(a)
		x.busy += delta
		g.forget(a, x)
	}
}

func (g *gate) socketTurned(c net.Conn, idle bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if s := g.tcp[c]; s != nil {
		g.turn(s, c, idle)
	}
}

// turn makes a socket busy or idle. The caller holds mu.
func (g *gate) turn(s *socket, c net.Conn, idle bool) {
	switch {
	case idle && s.idle == nil:
		s.idle = g.idle.PushBack(c)
		g.busier(s.address, -1)
	case !idle && s.idle != nil:
		g.idle.Remove(s.idle)
		s.idle = nil
		g.busier(s.address, 1)
	}
}

func (g *gate) socketClosed(c net.Conn) {
	g.mu.Lock()
	s := g.tcp[c]
	if s != nil {
		g.turn(s, c, false)
		g.busier(s.address, -1)
		delete(g.tcp, c)
	}
	g.mu.Unlock()
	if s != nil {
		g.metrics.Sockets(-1)
	}
}

// admitQUIC counts a QUIC connection, if there may be another one, until release
// is called.
func (g *gate) admitQUIC(remote net.Addr) (release func(), ok bool) {
	a := g.place(parseAddress(remote.String()))
	g.mu.Lock()
	limit := ""
	switch {
	case g.tooBusy(a):
		limit = socketsOfAddressReached
	case g.full():
		limit = socketsReached
	default:
		g.quic++
		g.busier(a, 1)
	}
	g.mu.Unlock()
	if limit != "" {
		g.turnedAway(limit, a)
		return nil, false
	}
	return func() {
		g.mu.Lock()
		defer g.mu.Unlock()
		g.quic--
		g.busier(a, -1)
	}, true
}

// verifyQUIC reports whether those who come by UDP are to show first that they
// are where they say: there are many already.
func (g *gate) verifyQUIC(net.Addr) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.quic >= g.limits.Connections/4
}

// webSocket counts a TCP connection that has become a WebSocket, and those that
// are none any more.
func (g *gate) webSocket(delta int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.webSockets += delta
}
