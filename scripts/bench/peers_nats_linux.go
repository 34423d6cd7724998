package main

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// natsDialect is NATS over WebSocket: its text protocol in binary messages that end anywhere. A room is a subject. Core NATS
// keeps nothing; in a stream (JetStream) messages are kept on the disk, and each player has a consumer of its own, an
// ordered one as its clients make them: what comes is without acknowledgement, and begins where they say.
type natsDialect struct {
	guests *guests
	stream bool
	waits  map[*player][]byte // the beginning of what has not come in full
	got    map[*player]int    // messages of the room, when there is one author
	visits map[*player]int
}

const (
	natsStream = "ROOMS"
	natsRooms  = "rooms."
	natsRoomID = "1" // of the subscription
	natsAckID  = "2"
)

func newNATSDialect(g *guests) dialect { return newNATS(g, false) }

func newJetStreamDialect(g *guests) dialect { return newNATS(g, true) }

func newNATS(g *guests, stream bool) *natsDialect {
	return &natsDialect{guests: g, stream: stream, waits: map[*player][]byte{}, got: map[*player]int{}, visits: map[*player]int{}}
}

func (*natsDialect) path(string) string { return "/" }

func (s *natsDialect) hello(p *player, room string) []byte {
	s.waits[p] = nil
	const connect = `CONNECT {"verbose":false,"pedantic":false,"echo":false,"headers":true,"no_responders":true,"protocol":1,"lang":"bench","version":"1"}` + "\r\n"
	if !s.stream {
		return natsFrame(connect + "SUB " + natsRooms + room + " " + natsRoomID + "\r\nPING\r\n")
	}
	s.visits[p]++ // the consumer that it had before goes on for a while
	inbox, deliver := fmt.Sprintf("_INBOX.%d", p.number), fmt.Sprintf("_DELIVER.%d.%d", p.number, s.visits[p])
	from := `"deliver_policy":"new"`
	if p.counts > 0 {
		from = fmt.Sprintf(`"deliver_policy":"by_start_sequence","opt_start_seq":%d`, s.got[p]+1)
	}
	// A consumer whose player has gone goes five minutes after it, as clients ask for.
	config := fmt.Sprintf(`{"stream_name":%q,"config":{%s,"deliver_subject":%q,"ack_policy":"none","max_deliver":1,"filter_subject":%q,`+
		`"flow_control":true,"idle_heartbeat":5000000000,"inactive_threshold":300000000000,"mem_storage":true,"num_replicas":1}}`,
		natsStream, from, deliver, natsRooms+room)
	return natsFrame(fmt.Sprintf("%sSUB %s %s\r\nSUB %s %s\r\nPUB $JS.API.CONSUMER.CREATE.%s %s %d\r\n%s\r\n",
		connect, deliver, natsRoomID, inbox, natsAckID, natsStream, inbox, len(config), config))
}

func (s *natsDialect) tell(room string, author, n int) []byte {
	reply := ""
	if s.stream {
		reply = "_INBOX." + strconv.Itoa(author) + " " // where the stream says that it has it
	}
	return natsFrame(fmt.Sprintf("PUB %s%s %s%d\r\n%s\r\n", natsRooms, room, reply, peerSize, peerMessage(author, n)))
}

func natsFrame(text string) []byte { return appendClientFrame(nil, opBinary, []byte(text)) }

func (s *natsDialect) heard(p *player, _ byte, msg []byte, now time.Time) error {
	waits := s.waits[p]
	if len(waits) > 0 {
		msg = append(waits, msg...)
	}
	rest, err := s.take(p, msg, now)
	s.waits[p] = append(waits[:0], rest...)
	return err
}

// take takes what has come of the protocol, but for what is not there in full.
func (s *natsDialect) take(p *player, b []byte, now time.Time) (rest []byte, err error) {
	for {
		line, after, ok := bytes.Cut(b, []byte("\r\n"))
		if !ok {
			return b, nil
		}
		verb, args, _ := bytes.Cut(line, []byte(" "))
		switch string(verb) {
		case "MSG", "HMSG":
			m, err := parseNATS(args, len(verb) == 4)
			if err != nil {
				return nil, fmt.Errorf("%q: %w", line, err)
			}
			if len(after) < m.size+2 {
				return b, nil
			}
			if err := s.message(p, m, after[:m.size], now); err != nil {
				return nil, err
			}
			b = after[m.size+2:]
			continue
		case "PING":
			err = s.guests.answer(p, natsFrame("PONG\r\n"))
		case "PONG":
			s.guests.here(p)
		case "-ERR":
			err = fmt.Errorf("the server says: %s", line)
		case "INFO", "+OK":
		default:
			err = fmt.Errorf("the server says %q", line)
		}
		if err != nil {
			return nil, err
		}
		b = after
	}
}

// message takes one message of a subscription.
func (s *natsDialect) message(p *player, m natsMessage, body []byte, now time.Time) error {
	if string(m.id) == natsAckID {
		switch {
		case bytes.Contains(body, []byte(`"error"`)):
			return fmt.Errorf("the stream says: %s", body)
		case bytes.Contains(body, []byte(`consumer_create_response`)):
			s.guests.here(p)
		}
		return nil
	}
	if m.head > 0 { // of the consumer itself: it is there, or asks that it be said when this has come
		if len(m.reply) > 0 {
			return s.guests.answer(p, natsFrame("PUB "+string(m.reply)+" 0\r\n\r\n"))
		}
		return nil
	}
	if s.stream {
		s.got[p]++
	}
	return s.guests.opaque(p, body, now)
}

// natsMessage is the line before a message.
type natsMessage struct {
	id, reply  []byte
	head, size int // bytes of headers, and of all
}

// parseNATS reads it: subject, subscription, perhaps where to reply, with headers their size, and the size of all.
func parseNATS(args []byte, headers bool) (m natsMessage, err error) {
	var fields [6][]byte
	n := 0
	for field := range bytes.FieldsSeq(args) {
		if n == len(fields) {
			break
		}
		fields[n] = field
		n++
	}
	sizes := 1
	if headers {
		sizes = 2
	}
	switch n - sizes {
	case 2:
	case 3:
		m.reply = fields[2]
	default:
		return m, fmt.Errorf("a message's line of %d words", n)
	}
	m.id = fields[1]
	if m.size, err = strconv.Atoi(string(fields[n-1])); err == nil && headers {
		m.head, err = strconv.Atoi(string(fields[n-2]))
	}
	if err == nil && (m.size < 0 || m.head < 0 || m.head > m.size) {
		err = fmt.Errorf("%d bytes, %d of them headers", m.size, m.head)
	}
	return m, err
}

func startPeerNATS(ctx context.Context, b *serversBench, address, dir string, _ bool) (*subject, error) {
	return b.nats(ctx, address, dir, "")
}

// startPeerJetStream starts a server that stores each message on the disk before it says so.
func startPeerJetStream(ctx context.Context, b *serversBench, address, dir string, _ bool) (*subject, error) {
	return b.nats(ctx, address, dir, fmt.Sprintf("jetstream { store_dir: %q, sync_interval: always }\n", filepath.Join(dir, "nats")))
}

func (b *serversBench) nats(ctx context.Context, address, dir, more string) (*subject, error) {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return nil, err
	}
	client, err := freeAddress()
	if err != nil {
		return nil, err
	}
	file := filepath.Join(dir, "nats.conf")
	config := fmt.Sprintf("listen: %q\nwebsocket { host: %q, port: %s, no_tls: true }\n%s", client, host, port, more)
	if err := os.WriteFile(file, []byte(config), 0o600); err != nil {
		return nil, err
	}
	s, err := silent(exec.CommandContext(ctx, b.natsServer, "-c", file))
	if err == nil && more != "" && !b.starting {
		if err = addStream(s, client); err != nil {
			err = fmt.Errorf("make a stream: %w: %s", err, s.log())
			_ = s.stop() // what is wrong is told
		}
	}
	return s, err
}

// addStream makes the stream in which messages are kept, as an operator does once. It may have more consumers than the
// thousand that is the default: each member has one.
func addStream(s *subject, address string) error {
	var c net.Conn
	for since := time.Now(); ; {
		var err error
		if c, err = net.Dial("tcp", address); err == nil {
			break
		}
		select {
		case <-s.gone:
			return s.waited
		case <-time.After(time.Millisecond):
		}
		if time.Since(since) > time.Minute {
			return err
		}
	}
	defer c.Close()
	if err := c.SetDeadline(time.Now().Add(time.Minute)); err != nil {
		return err
	}
	config := fmt.Sprintf(`{"name":%q,"subjects":["%s>"],"storage":"file","retention":"limits","num_replicas":1,"max_consumers":100000}`, natsStream, natsRooms)
	if _, err := fmt.Fprintf(c, "CONNECT {\"verbose\":false}\r\nSUB made 1\r\nPUB $JS.API.STREAM.CREATE.%s made %d\r\n%s\r\n", natsStream, len(config), config); err != nil {
		return err
	}
	lines := bufio.NewScanner(c)
	for lines.Scan() {
		switch line := lines.Text(); {
		case strings.Contains(line, `"error"`), strings.HasPrefix(line, "-ERR"):
			return fmt.Errorf("the server says: %s", line)
		case strings.Contains(line, "stream_create_response"):
			return nil
		}
	}
	return fmt.Errorf("the server says nothing: %w", lines.Err())
}

// findNATS finds the server that scripts/tools.mod names, built if need be, and its version.
func findNATS(ctx context.Context) (program, version string, err error) {
	find := exec.CommandContext(ctx, "go", "tool", "-n", "-modfile=scripts/tools.mod", "nats-server")
	find.Stderr = os.Stderr
	path, err := find.Output()
	if err != nil {
		return "", "", fmt.Errorf("build nats-server: %w", err)
	}
	program = strings.TrimSpace(string(path))
	says, err := exec.CommandContext(ctx, program, "-v").Output()
	_, version, _ = strings.Cut(strings.TrimSpace(string(says)), ": v")
	return program, version, err
}
