package clustertest

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"testing"
	"time"
)

// startEcho starts a server that answers with what it reads.
func startEcho(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				io.Copy(c, c)
			}()
		}
	}()
	return l.Addr().String()
}

type proxyClient struct {
	*testing.T
	conn net.Conn
	read *bufio.Reader
}

func dialProxy(t *testing.T, p *Proxy) *proxyClient {
	t.Helper()
	c, err := net.Dial("tcp", p.Addr())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return &proxyClient{t, c, bufio.NewReader(c)}
}

func (c *proxyClient) say(text string) {
	c.Helper()
	if _, err := fmt.Fprintln(c.conn, text); err != nil {
		c.Fatal(err)
	}
}

func (c *proxyClient) hears(text string) {
	c.Helper()
	got, err := c.read.ReadString('\n')
	if err != nil || got != text+"\n" {
		c.Fatalf("read %q, %v; want %q", got, err, text)
	}
}

// ends reads until the connection has ended.
func (c *proxyClient) ends() {
	c.Helper()
	c.conn.SetReadDeadline(time.Now().Add(time.Minute))
	_, err := io.Copy(io.Discard, c.read)
	if n, ok := err.(net.Error); ok && n.Timeout() {
		c.Fatal("the connection goes on")
	}
}

func TestProxyIsCut(t *testing.T) {
	p := StartProxy(t, startEcho(t))
	c := dialProxy(t, p)
	c.say("before")
	c.hears("before")
	p.Cut()
	c.ends()
	if other, err := net.Dial("tcp", p.Addr()); err == nil { // the reset may be as early as that
		(&proxyClient{t, other, bufio.NewReader(other)}).ends()
		other.Close()
	}
	p.Heal()
	c = dialProxy(t, p)
	c.say("after")
	c.hears("after")
}

func TestProxyHangs(t *testing.T) {
	p := StartProxy(t, startEcho(t))
	c := dialProxy(t, p)
	c.say("before")
	c.hears("before")
	p.Hang()
	c.say("meanwhile")
	// It can be shown only that nothing comes for a while; no more may fail by chance.
	c.conn.SetReadDeadline(time.Now().Add(20 * time.Millisecond))
	if b, err := c.read.ReadByte(); err == nil {
		t.Fatalf("%q has passed", b)
	}
	c.conn.SetReadDeadline(time.Time{})
	p.Heal()
	c.hears("meanwhile")

	p.Hang()
	c.say("lost")
	p.Cut() // what hangs can be cut too
	c.ends()
}

func TestProxyIsSlow(t *testing.T) {
	const delay = 30 * time.Millisecond
	p := StartProxy(t, startEcho(t))
	p.Delay(delay)
	c := dialProxy(t, p)
	began := time.Now()
	c.say("1")
	c.hears("1")
	if took := time.Since(began); took < 2*delay {
		t.Errorf("there and back took %v; each way is to take %v", took, delay)
	}
	c.say("2")
	p.Delay(0)
	c.say("3")
	c.hears("2") // though what came later is no longer held back
	c.hears("3")
}

func TestProxyPassesEnds(t *testing.T) {
	p := StartProxy(t, startEcho(t))
	c := dialProxy(t, p)
	c.say("the last")
	c.conn.(*net.TCPConn).CloseWrite()
	c.hears("the last")
	c.ends()
}
