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
}

// routes is a Link's transports, and what is known of them.
type routes struct {
	all []Transport // the best first
	bad []bool      // by transport: it failed where another one worked, and has not worked since
}

// newRoutes begins with the transport of the given name, if there is one.
func newRoutes(all []Transport, last string) *routes {
	r := &routes{all: all, bad: make([]bool, len(all))}
	if at := slices.IndexFunc(all, func(t Transport) bool { return t.Name == last }); at > 0 {
		for i := range at {
			r.bad[i] = true
		}
	}
	return r
}

// order returns the transports as they are to be tried: the best first, those
// that failed lately behind.
func (r *routes) order() []int {
	list := make([]int, 0, len(r.all))
	for _, bad := range []bool{false, true} {
		for i := range r.all {
			if r.bad[i] == bad {
				list = append(list, i)
			}
		}
	}
	return list
}

// instead returns the transports to try while one of them says nothing any more:
// that one last.
func (r *routes) instead(of int) []int {
	list := r.order()
	at := slices.Index(list, of)
	return append(slices.Delete(list, at, at+1), of)
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
	failed []int // transports that did not connect
	err    error
}

// race tries transports in their order, as Happy Eyeballs does with addresses
// (RFC 8305): the next one begins when the one before has failed, or has not
// connected for raceDelay. The first that connects wins, the others are given
// up.
func race(ctx context.Context, all []Transport, order []int) dialed {
	ctx, cancel := context.WithTimeout(ctx, dialTimeout)
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
			next.Reset(raceDelay)
		case r := <-results:
			if r.err != nil {
				d.failed = append(d.failed, r.route)
				errs = append(errs, fmt.Errorf("%s: %w", all[r.route].Name, r.err))
				next.Reset(0)
				continue
			}
			d.conn, d.route = r.conn, r.route
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
