package pipe

import (
	"bytes"
	"io"
	"net"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// echo is a server that says again what it hears.
func echo(t *testing.T) (address string) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			_, _ = io.Copy(c, c) // until the client has enough
			c.Close()
		}
	}()
	t.Cleanup(func() {
		l.Close()
		<-ended
	})
	return l.Addr().String()
}

func TestPipe(t *testing.T) {
	const rate = 100_000
	p, err := New(echo(t), rate)
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	c, err := net.Dial("tcp", p.Address)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	begin := time.Now()
	said, heard := bytes.Repeat([]byte("stored, then told "), 500), make([]byte, 9000)
	if _, err := c.Write(said); err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadFull(c, heard); err != nil || !bytes.Equal(said, heard) {
		t.Errorf("other bytes came back: %v", err)
	}
	if n := p.Bytes(); n != 18_000 {
		t.Errorf("%d bytes were counted, want those of both ways", n)
	}
	if took := time.Since(begin); took < 9000*time.Second/rate {
		t.Errorf("they took %v: they were faster than they may be", took)
	}

	// The end of the pipe is that of what goes through.
	p.Close()
	if _, err := c.Read(heard); err == nil {
		t.Error("something came after the end")
	}
}
