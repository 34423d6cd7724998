package main

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha1"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strconv"
	"sync"
	"syscall"

	"golang.org/x/sys/unix"
)

// barePart is the floor of what a relay costs: a program that accepts connections, does the WebSocket handshake by the
// barest means, answers the first message with bytes that it was given, and writes what comes afterwards to everybody
// else, one write each. It stores nothing and knows no boards. A connection on which nothing comes has a goroutine, and no
// buffer.
//
// It takes where to listen and whether it is batched: then all messages that came together go to a member by one write, which is what a server
// can do that is not asked to be at once. It reads the answer, in base64, as the first line of its standard input, and
// ends when that does.
const barePart = "a bare server"

// bareIsAt stands before its address, in a line on standard error.
const bareIsAt = "the bare server is at "

// bare is the server.
type bare struct {
	answer  []byte // as a frame
	batched bool
	buffers sync.Pool // of *[bareBuffer]byte

	mu      sync.Mutex // held while something is written to all
	members []*net.TCPConn
}

const bareBuffer = 64 << 10

func serveBare(ctx context.Context, args []string, out *report) error {
	if len(args) != 2 {
		return fmt.Errorf("%d arguments", len(args))
	}
	batched, err := strconv.ParseBool(args[1])
	if err != nil {
		return err
	}
	l, err := net.Listen("tcp", args[0])
	if err != nil {
		return err
	}
	defer l.Close()
	fmt.Fprintf(out.stderr, "%s%s\n", bareIsAt, l.Addr())
	in := bufio.NewReader(os.Stdin)
	line, err := in.ReadBytes('\n')
	if err != nil {
		return fmt.Errorf("read the answer: %w", err)
	}
	answer, err := base64.StdEncoding.AppendDecode(nil, bytes.TrimSpace(line))
	if err != nil {
		return fmt.Errorf("read the answer: %w", err)
	}
	b := &bare{answer: appendServerFrame(nil, opBinary, answer, len(answer)), batched: batched}
	b.buffers.New = func() any { return new([bareBuffer]byte) }
	go func() {
		_, _ = io.Copy(io.Discard, in)
		l.Close()
	}()
	defer context.AfterFunc(ctx, func() { l.Close() })()
	return b.accept(l)
}

// accept serves until l is closed. Connections last until the program ends.
func (b *bare) accept(l net.Listener) error {
	for {
		c, err := l.Accept()
		if errors.Is(err, net.ErrClosed) {
			return nil
		}
		if err != nil {
			return err
		}
		go b.serve(c.(*net.TCPConn))
	}
}

// join answers a member. Who has its answer is told all that comes from then on.
func (b *bare) join(c *net.TCPConn) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if _, err := c.Write(b.answer); err != nil {
		return err
	}
	b.members = append(b.members, c)
	return nil
}

func (b *bare) leave(c *net.TCPConn) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for i, m := range b.members {
		if m == c {
			b.members[i] = b.members[len(b.members)-1]
			b.members = b.members[:len(b.members)-1]
			break
		}
	}
	c.Close()
}

// serve begins with a connection. It goes on with it on another goroutine, since the stack of one that has shaken hands is
// larger than it needs to be from then on.
func (b *bare) serve(c *net.TCPConn) {
	raw, err := c.SyscallConn()
	if err != nil {
		return
	}
	s := &bareConn{bare: b, conn: c, raw: raw}
	for !s.here {
		if s.read() != nil {
			b.leave(c)
			return
		}
	}
	go s.stay()
}

func (s *bareConn) stay() {
	for s.read() == nil {
	}
	s.bare.leave(s.conn)
}

// read waits for something to come, and takes it.
func (s *bareConn) read() (err error) {
	return errors.Join(s.raw.Read(func(fd uintptr) (done bool) {
		done, err = s.taken(int(fd))
		return done
	}), err)
}

// taken takes what has come; if nothing has, it reports false.
func (s *bareConn) taken(fd int) (bool, error) {
	buf := s.bare.buffers.Get().(*[bareBuffer]byte)
	defer s.bare.buffers.Put(buf)
	n := copy(buf[:], s.waits)
	r, err := unix.Read(fd, buf[n:])
	switch {
	case errors.Is(err, unix.EAGAIN):
		return false, nil
	case err == nil && r == 0:
		err = io.EOF
	}
	if err != nil {
		return true, err
	}
	rest, err := s.take(buf[:n+r])
	if s.waits = nil; len(rest) > 0 {
		s.waits = bytes.Clone(rest)
	}
	return true, err
}

// bareConn is a connection of it.
type bareConn struct {
	bare         *bare
	conn         *net.TCPConn
	raw          syscall.RawConn
	waits        []byte // what has not come in full
	shaken, here bool
}

// take takes what has come, and returns what of it is not there in full.
func (s *bareConn) take(b []byte) (rest []byte, err error) {
	if !s.shaken {
		request, after, ok := bytes.Cut(b, []byte("\r\n\r\n"))
		if !ok {
			return b, nil
		}
		if bytes.HasPrefix(request, []byte("GET /healthz ")) {
			_, err := io.WriteString(s.conn, "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nok\n")
			return after, err
		}
		const name = "\r\nsec-websocket-key: "
		at := bytes.Index(bytes.ToLower(request), []byte(name))
		if at < 0 {
			return nil, errFrame
		}
		key, _, _ := bytes.Cut(request[at+len(name):], []byte("\r\n"))
		sum := sha1.Sum(append(bytes.Clone(key), "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"...)) // RFC 6455 section 1.3
		if _, err := fmt.Fprintf(s.conn, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: %s\r\n\r\n",
			base64.StdEncoding.EncodeToString(sum[:])); err != nil {
			return nil, err
		}
		s.shaken, b = true, after
	}
	var all []byte
	for {
		op, payload, after, ok, err := takeFrame(b)
		switch {
		case err != nil:
			return nil, err
		case !ok && len(all) > 0:
			return b, s.bare.tell(s.conn, all)
		case !ok:
			return b, nil
		case op != opBinary:
			return nil, io.EOF
		}
		b = after
		switch {
		case !s.here:
			s.here = true
			if err := s.bare.join(s.conn); err != nil {
				return nil, err
			}
		case s.bare.batched:
			all = appendServerFrame(all, opBinary, payload, len(payload))
		default:
			all = appendServerFrame(all[:0], opBinary, payload, len(payload))
			if err := s.bare.tell(s.conn, all); err != nil {
				return nil, err
			}
			all = all[:0]
		}
	}
}

// tell writes frames to all members but one.
func (b *bare) tell(but *net.TCPConn, frames []byte) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, m := range b.members {
		if m != but {
			// Who has gone is noticed by its own goroutine.
			_, _ = m.Write(frames)
		}
	}
	return nil
}
