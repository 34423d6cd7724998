package client

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"edgeboard/shared/conn"
	"edgeboard/shared/wire"
)

// Transport is one way to reach a relay.
type Transport struct {
	Name string // for people, and for LinkConfig.Last: "webtransport", "websocket"
	// Dial makes one attempt. It returns soon after its context has ended; the
	// connection does not depend on the context.
	Dial func(context.Context) (conn.Conn, error)
	// LastResort is a transport that works where others do not, and less well:
	// it stands last, and begins when those before it have failed or had time
	// enough, not because it would be the first to connect.
	LastResort bool
}

// routes is the transports to a relay, and what is known of them.
type routes struct {
	origin string      // the relay's; "": not known
	all    []Transport // the best first
	bad    []bool      // by transport: it failed where another one worked, and has not worked since
}

// newRoutes begins with the transport of the given name, if there is one.
func newRoutes(origin string, all []Transport, last string) *routes {
	r := &routes{origin: origin, all: all, bad: make([]bool, len(all))}
	if at := slices.IndexFunc(all, func(t Transport) bool { return t.Name == last }); at > 0 {
		for i := range at {
			r.bad[i] = true
		}
	}
	return r
}

// order returns the transports as they are to be tried: the best first, those
// that failed lately behind. A last resort waits for all others, unless they all
// failed lately.
func (r *routes) order() []int {
	var good, bad, last []int
	for i, t := range r.all {
		switch {
		case t.LastResort && len(good) > 0:
			last = append(last, i)
		case r.bad[i]:
			bad = append(bad, i)
		default:
			good = append(good, i)
		}
	}
	return slices.Concat(good, bad, last)
}

// instead returns the transports to try while one of them says nothing any more:
// that one after all others but those that are a last resort to it.
func (r *routes) instead(of int) []int {
	list := r.order()
	at := slices.Index(list, of)
	list = slices.Delete(list, at, at+1)
	for at = len(list); at > 0 && r.all[list[at-1]].LastResort && !r.all[of].LastResort; {
		at--
	}
	return slices.Insert(list, at, of)
}

// better returns the transports that are preferred to one.
func (r *routes) better(than int) []int {
	list := make([]int, 0, than)
	for i := range than {
		list = append(list, i)
	}
	return list
}

// dialed is how a race ended: a connection by one of the transports, or why
// there is none.
type dialed struct {
	conn   conn.Conn
	route  int
	failed []int // transports that did not connect, though they had time
	err    error
}

// race tries transports in their order, as Happy Eyeballs does with addresses
// (RFC 8305): the next one begins when the one before has failed, or has not
// connected for raceDelay. A last resort begins when all before it have failed,
// or after lastDelay. The first that connects wins, the others are given up, as all are
// after the timeout.
func race(ctx context.Context, all []Transport, order []int, timeout time.Duration) dialed {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	type result struct {
		conn  conn.Conn
		route int
		err   error
	}
	var wg sync.WaitGroup
	results := make(chan result, len(order))
	next := time.NewTimer(0)
	defer next.Stop()
	var d dialed
	var errs []error
	isLast := func(n int) bool { return n < len(order) && all[order[n]].LastResort }
	for started := 0; d.conn == nil && len(errs) < len(order) && ctx.Err() == nil; {
		select {
		case <-next.C:
			if started == len(order) {
				continue
			}
			route := order[started]
			started++
			wg.Go(func() {
				c, err := all[route].Dial(ctx)
				results <- result{c, route, err}
			})
			if isLast(started) {
				next.Reset(lastDelay)
			} else {
				next.Reset(raceDelay)
			}
		case r := <-results:
			if r.err != nil {
				d.failed = append(d.failed, r.route)
				errs = append(errs, fmt.Errorf("%s: %w", all[r.route].Name, r.err))
				if !isLast(started) || len(errs) == started {
					next.Reset(0)
				}
				continue
			}
			d.conn, d.route = r.conn, r.route
			if all[r.route].LastResort {
				// Those before it have had their time.
				for _, i := range order[:slices.Index(order, r.route)] {
					if !slices.Contains(d.failed, i) {
						d.failed = append(d.failed, i)
					}
				}
			}
		case <-ctx.Done():
		}
	}
	ended := ctx.Err()
	cancel()
	wg.Wait()
	close(results)
	for r := range results { // too late
		if r.conn != nil {
			r.conn.Close(uint32(wire.CodeNormal), "")
		}
	}
	if d.conn == nil {
		d.err = errors.Join(append(errs, ended)...)
	}
	return d
}
