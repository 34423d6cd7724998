package server

import (
	"log/slog"
	"maps"
	"net/http"
	"net/netip"
	"strconv"
	"strings"
	"sync"
	"time"

	"connectrpc.com/connect"

	"edgeboard/relay/metrics"
)

// gate counts connections, and lets in as many as Limits allow. It has a lock
// and no goroutine.
type gate struct {
	limits  Limits
	now     func() time.Time
	metrics *metrics.Metrics
	log     *slog.Logger
	proxies proxies
	memory  *ample // nil: there is enough

	mu        sync.Mutex
	open      int // connections to boards
	shut      bool
	addresses map[netip.Addr]*address // those that have anything, and those whose allowance is not whole
	tidyAt    int                     // addresses at which those are looked for that have nothing any more
	told      map[string]*reached
	programs  map[string]*bucket // notices that a program has sent, by its subject
	sockets
}

// address is what there is of one address.
type address struct {
	connections  int
	busy         int    // TCP and QUIC connections that are not idle
	begun, asked bucket // connections, and requests for tokens and the like
	fetched      bucket // what is read of boards by HTTP
}

// bucket counts what comes no faster than a rate, over a burst.
type bucket struct {
	spent float64
	at    time.Time // when it was so
}

// refill gives back what may be spent again. A clock that goes backwards gives
// nothing, and takes nothing.
func (b *bucket) refill(now time.Time, rate float64) {
	if passed := now.Sub(b.at); passed > 0 {
		b.spent = max(0, b.spent-passed.Seconds()*rate)
	}
	b.at = now
}

// spend reports whether there was one left.
func (b *bucket) spend(now time.Time, rate, burst float64) bool {
	if b.refill(now, rate); b.spent+1 > burst {
		return false
	}
	b.spent++
	return true
}

// reached is when a limit was last told of in the log.
type reached struct {
	at    time.Time
	since int // connections that were turned away since then
}

// tellEvery is how often the log says that a limit is reached.
const tellEvery = time.Minute

func newGate(limits Limits, m *metrics.Metrics, log *slog.Logger) *gate {
	return &gate{
		limits: limits, now: time.Now, metrics: m, log: log,
		addresses: map[netip.Addr]*address{}, tidyAt: tidyLeast, told: map[string]*reached{}, programs: map[string]*bucket{},
	}
}

// tidyLeast is how many addresses are kept without a look at them.
const tidyLeast = 1024

// parseAddress returns the zero Addr for what comes from no network.
func parseAddress(hostPort string) netip.Addr {
	at, err := netip.ParseAddrPort(hostPort)
	if err != nil {
		return netip.Addr{}
	}
	return at.Addr().Unmap().WithZone("")
}

// place is to what the limits of an address apply, of all that are in the same
// place; the zero Addr: to nothing. A proxy is behind nobody's limits when it says
// not, or does not know, for whom it comes.
func (g *gate) place(a netip.Addr) netip.Addr {
	switch {
	case a.IsLoopback() || g.proxies.trust(a):
		return netip.Addr{}
	case a.Is6():
		if p, err := a.Prefix(64); err == nil {
			return p.Addr()
		}
	}
	return a
}

// enter counts a connection to a board, or says why there can be none. Who has
// entered leaves.
func (g *gate) enter(a netip.Addr) *refusal {
	fits := g.memory.fits(memoryOfConnection, g.now()) // it may take milliseconds
	g.mu.Lock()
	no := g.refuse(a)
	if no == nil && !fits {
		no = noMemory
	}
	if no == nil {
		g.count(a)
	}
	g.mu.Unlock()
	if no != nil {
		g.turnedAway(no.limit, a)
	}
	return no
}

// refuse says whether another connection of an address can begin, and takes it
// off what the address may begin. The caller holds mu.
func (g *gate) refuse(a netip.Addr) *refusal {
	switch {
	case g.shut:
		return shuttingDown
	case g.open >= g.limits.Connections:
		return tooMany
	case !a.IsValid():
		return nil
	}
	x := g.of(a)
	if g.limits.ConnectionsPerAddress >= 0 && x.connections >= g.limits.ConnectionsPerAddress {
		return tooManyOfAddress
	}
	if g.limits.AddressRate >= 0 && !x.begun.spend(g.now(), float64(g.limits.AddressRate), g.burst()) {
		return tooFast
	}
	return nil
}

// fetches is how many things may be read of a board for one connection to it: a
// board has many pictures.
const fetches = 16

// ask counts a request for a token, or of the API, or says why it is not
// answered: tokens cannot be tried out faster than connections.
func (g *gate) ask(a netip.Addr) *refusal { return g.spend(a, false) }

// fetch is ask for what is read of a board, of which there may be more.
func (g *gate) fetch(a netip.Addr) *refusal { return g.spend(a, true) }

func (g *gate) spend(a netip.Addr, fetch bool) *refusal {
	if !a.IsValid() || g.limits.AddressRate < 0 {
		return nil
	}
	rate, burst := float64(g.limits.AddressRate), g.burst()
	g.mu.Lock()
	x := g.of(a)
	of := &x.asked
	if fetch {
		of, rate, burst = &x.fetched, rate*fetches, burst*fetches
	}
	ok := of.spend(g.now(), rate, burst)
	g.mu.Unlock()
	if !ok {
		g.turnedAway(askedTooFast.limit, a)
		return askedTooFast
	}
	return nil
}

// notice counts a notice that a program sends from an address, or says why it is not
// taken.
func (g *gate) notice(program string, a netip.Addr) *refusal {
	g.mu.Lock()
	now := g.now()
	of := g.programs[program]
	if of == nil {
		if len(g.programs) >= mostPrograms {
			maps.DeleteFunc(g.programs, func(_ string, b *bucket) bool {
				b.refill(now, noticeRate)
				return b.spent == 0
			})
		}
		of = &bucket{}
		g.programs[program] = of
	}
	ok := of.spend(now, noticeRate, noticeBurst)
	g.mu.Unlock()
	if !ok {
		g.turnedAway(noticedTooFast.limit, a)
		return noticedTooFast
	}
	return nil
}

// burst is how many connections an address may begin at once.
func (g *gate) burst() float64 {
	return float64(max(g.limits.ConnectionsPerAddress, g.limits.AddressRate, 1))
}

// of returns what there is of an address. The caller holds mu.
func (g *gate) of(a netip.Addr) *address {
	x := g.addresses[a]
	if x == nil {
		if len(g.addresses) >= g.tidyAt {
			for a, x := range g.addresses {
				g.forget(a, x)
			}
			g.tidyAt = max(tidyLeast, 2*len(g.addresses))
		}
		x = &address{}
		g.addresses[a] = x
	}
	return x
}

// forget drops an address of which there is nothing to know. The caller holds
// mu.
func (g *gate) forget(a netip.Addr, x *address) {
	if x.connections > 0 || x.busy > 0 {
		return
	}
	now, rate := g.now(), float64(g.limits.AddressRate)
	x.begun.refill(now, rate)
	x.asked.refill(now, rate)
	x.fetched.refill(now, rate*fetches)
	if x.begun.spent == 0 && x.asked.spent == 0 && x.fetched.spent == 0 || rate < 0 {
		delete(g.addresses, a)
	}
}

// count counts a connection. The caller holds mu.
func (g *gate) count(a netip.Addr) {
	g.open++
	if a.IsValid() {
		g.of(a).connections++
	}
}

// leave ends what enter has counted.
func (g *gate) leave(a netip.Addr) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.open--
	if a.IsValid() {
		x := g.of(a)
		x.connections--
		g.forget(a, x)
	}
}

// close lets nobody in any more.
func (g *gate) close() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.shut = true
}

// turnedAway counts and tells that a limit is reached: at once, and then every
// tellEvery at the most.
func (g *gate) turnedAway(limit string, a netip.Addr) {
	g.metrics.TurnedAway(limit)
	if limit == shuttingDown.limit {
		return
	}
	now := g.now()
	g.mu.Lock()
	r := g.told[limit]
	if r == nil {
		r = &reached{at: now.Add(-tellEvery)}
		g.told[limit] = r
	}
	r.since++
	n, tell := r.since, now.Sub(r.at) >= tellEvery
	if tell {
		r.at, r.since = now, 0
	}
	g.mu.Unlock()
	if tell {
		g.log.Warn("a limit is reached, connections are turned away", "limit", limit, "turned_away", n, "last_address", a)
	}
}

// write answers a request for a connection that does not begin.
func (no *refusal) write(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Retry-After", strconv.Itoa(int(no.retryAfter/time.Second)))
	if r.Method == http.MethodPost && strings.HasPrefix(r.Header.Get("Content-Type"), "application/grpc") {
		_ = connect.NewErrorWriter().Write(w, r, connect.NewError(no.code, noText(no.reason))) // an error means that the client has gone
		return
	}
	writeError(w, no.status, no.reason)
}

// noText is a reason as an error.
type noText string

func (t noText) Error() string { return string(t) }

// ticket is one connection's place, which several hold: the request that opens
// a session of events, and the session, each of which may end first.
type ticket struct {
	gate    *gate
	address netip.Addr
	holders int // guarded by gate.mu
}

// hold takes the place, again if it had been given back.
func (t *ticket) hold() {
	t.gate.mu.Lock()
	defer t.gate.mu.Unlock()
	if t.holders == 0 {
		t.gate.count(t.address)
	}
	t.holders++
}

func (t *ticket) drop() {
	t.gate.mu.Lock()
	t.holders--
	last := t.holders == 0
	t.gate.mu.Unlock()
	if last {
		t.gate.leave(t.address)
	}
}

// ticketKey is the ticket's in the context of a request.
type ticketKey struct{}
