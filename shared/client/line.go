package client

import (
	"context"
	"sync"
	"time"

	"edgeboard/shared/conn"
	"edgeboard/shared/wire"
)

// line is a connection in use: two goroutines that hand messages to and fro.
type line struct {
	conn      conn.Conn
	datagrams conn.Datagrams // conn, or nil if it has none
	route     int            // of the Link's transports
	live      bool           // the Session was Live on it

	in    chan []byte
	taken chan struct{} // the Session is done with what came last
	out   chan []byte
	ended chan error // the reader's and the writer's last word

	stop context.CancelFunc
	wg   sync.WaitGroup
}

func newLine(c conn.Conn, route int) *line {
	ctx, stop := context.WithCancel(context.Background())
	datagrams, _ := c.(conn.Datagrams)
	n := &line{
		conn: c, datagrams: datagrams, route: route,
		in: make(chan []byte), taken: make(chan struct{}), out: make(chan []byte), ended: make(chan error, 2),
		stop: stop,
	}
	// Neither transport call depends on ctx: transports break a connection
	// whose calls were cancelled, and the relay would not hear why. Close makes
	// them return.
	heard := make(chan struct{}) // all that came
	n.wg.Go(func() { n.ended <- n.receive(ctx); close(heard) })
	n.wg.Go(func() {
		err := n.send(ctx)
		// Mostly the relay has closed, and has said why: that counts.
		late := time.NewTimer(lastWords)
		defer late.Stop()
		select {
		case <-heard:
		case <-ctx.Done():
		case <-late.C:
		}
		n.ended <- err
	})
	return n
}

// lastWords is how long a transport that takes nothing any more may still bring
// something.
const lastWords = time.Second

// close ends the connection and waits for the goroutines.
func (n *line) close(code wire.Code) {
	n.conn.Close(uint32(code), "")
	n.stop()
	n.wg.Wait()
}

// receive hands over one message after the other. The next Receive may
// overwrite a message, so it waits until the Session is done with it.
func (n *line) receive(ctx context.Context) error {
	for {
		msg, err := n.conn.Receive(context.Background())
		if err != nil {
			return err
		}
		select {
		case n.in <- msg:
		case <-ctx.Done():
			return ctx.Err()
		}
		select {
		case <-n.taken:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func (n *line) send(ctx context.Context) error {
	for {
		select {
		case msg := <-n.out:
			if err := n.conn.Send(context.Background(), msg); err != nil {
				return err
			}
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}
