package clustertest

import (
	"io"
	"net"
	"net/url"
	"sync"
	"testing"
	"time"
)

// Proxy is a link by TCP to a server, for tests: it can be cut, and be slow.
type Proxy struct {
	target   string
	listener net.Listener
	running  sync.WaitGroup

	mu    sync.Mutex
	cut   bool
	delay time.Duration
	open  chan struct{} // is closed while something passes
	links map[*proxyLink]bool
}

// proxyLink is one connection by way of a Proxy.
type proxyLink struct {
	near, far *net.TCPConn
	gone      chan struct{}
	once      sync.Once
}

// piece is what was read at once, and when it may be written; without data the
// reader's side has ended.
type piece struct {
	data []byte
	due  time.Time
}

// StartProxy starts one to a server, "host:port". It ends with the test.
func StartProxy(t testing.TB, target string) *Proxy {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &Proxy{target: target, listener: l, open: make(chan struct{}), links: map[*proxyLink]bool{}}
	close(p.open)
	p.running.Go(p.accept)
	t.Cleanup(func() {
		l.Close()
		p.Cut()
		p.running.Wait()
	})
	return p
}

// Addr is where it listens, "host:port".
func (p *Proxy) Addr() string { return p.listener.Addr().String() }

// URL returns a URL of the server, by way of the proxy.
func (p *Proxy) URL(server string) string {
	u, err := url.Parse(server)
	if err != nil {
		panic(err)
	}
	u.Host = p.Addr()
	return u.String()
}

// Cut resets all connections, and each new one, as the host of a server does that is
// not running.
func (p *Proxy) Cut() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.cut = true
	for l := range p.links {
		l.end()
	}
}

// Hang lets nothing pass any more, but ends no connection, as a network does that has
// fallen apart. What was on its way, and what is written meanwhile, passes after Heal.
func (p *Proxy) Hang() {
	p.mu.Lock()
	defer p.mu.Unlock()
	select {
	case <-p.open:
		p.open = make(chan struct{})
	default:
	}
}

// Heal ends what Cut and Hang have begun.
func (p *Proxy) Heal() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.cut = false
	select {
	case <-p.open:
	default:
		close(p.open)
	}
}

// Delay holds back what comes from now on for a time, each way. The order stays.
func (p *Proxy) Delay(d time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.delay = d
}

func (p *Proxy) accept() {
	for {
		c, err := p.listener.Accept()
		if err != nil {
			return
		}
		p.running.Go(func() { p.serve(c.(*net.TCPConn)) })
	}
}

func (p *Proxy) serve(near *net.TCPConn) {
	far, err := net.DialTimeout("tcp", p.target, 10*time.Second)
	if err != nil {
		reset(near)
		return
	}
	l := &proxyLink{near: near, far: far.(*net.TCPConn), gone: make(chan struct{})}
	p.mu.Lock()
	p.links[l] = true
	if p.cut {
		l.end()
	}
	p.mu.Unlock()
	var both sync.WaitGroup
	both.Go(func() { p.pass(l, l.near, l.far) })
	both.Go(func() { p.pass(l, l.far, l.near) })
	both.Wait()
	p.mu.Lock()
	delete(p.links, l)
	p.mu.Unlock()
	l.near.Close()
	l.far.Close()
}

// end resets both sides.
func (l *proxyLink) end() {
	l.once.Do(func() {
		close(l.gone)
		reset(l.near)
		reset(l.far)
	})
}

// reset ends a connection so that the other side reads an error rather than an end.
func reset(c *net.TCPConn) {
	c.SetLinger(0)
	c.Close()
}

// pass writes to one side what it reads from the other.
func (p *Proxy) pass(l *proxyLink, to, from *net.TCPConn) {
	// What a slow network has on its way, at most 64 KiB each.
	way := make(chan piece, 256)
	var writer sync.WaitGroup
	writer.Go(func() {
		for x := range way {
			if !p.ripe(l, x.due) {
				continue
			}
			if x.data == nil {
				to.CloseWrite()
			} else if _, err := to.Write(x.data); err != nil {
				l.end()
			}
		}
	})
	buffer := make([]byte, 64<<10)
	var last time.Time
	for {
		n, err := from.Read(buffer)
		p.mu.Lock()
		due := time.Now().Add(p.delay)
		p.mu.Unlock()
		if due.Before(last) {
			due = last
		}
		last = due
		if n > 0 {
			way <- piece{append([]byte(nil), buffer[:n]...), due}
		}
		if err == io.EOF {
			way <- piece{due: due}
		} else if err != nil {
			l.end()
		}
		if err != nil {
			break
		}
	}
	close(way)
	writer.Wait()
}

// ripe waits until something is due and nothing holds it; false: the link has ended.
func (p *Proxy) ripe(l *proxyLink, due time.Time) bool {
	if wait := time.Until(due); wait > 0 {
		select {
		case <-time.After(wait):
		case <-l.gone:
			return false
		}
	}
	p.mu.Lock()
	open := p.open
	p.mu.Unlock()
	select {
	case <-open:
		return true
	case <-l.gone:
		return false
	}
}
