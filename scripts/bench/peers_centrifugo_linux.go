package main

import (
	"context"
	"debug/buildinfo"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"edgeboard/shared/wire"
)

// centrifugoDialect is Centrifugo's protocol in Protobuf: several commands or replies in a message, each with its length
// before it. A room is a channel.
type centrifugoDialect struct {
	guests  *guests
	members map[*player]*centrifugoMember
}

type centrifugoMember struct {
	room   string
	epoch  string // of the channel's history, if it has one
	offset uint64 // in it
}

// Numbers of fields, in Command and Reply, and in what these hold.
const (
	centrifugoID        = 1
	centrifugoError     = 2
	centrifugoPush      = 4
	centrifugoConnect   = 4 // in a command; in replies these are greater by one
	centrifugoSubscribe = 5
	centrifugoPublish   = 7

	centrifugoPushPub     = 4
	centrifugoPushChannel = 2

	centrifugoPubData   = 4
	centrifugoPubOffset = 6

	centrifugoSubEpoch  = 6
	centrifugoSubPubs   = 7
	centrifugoSubOffset = 9
)

func newCentrifugoDialect(g *guests) dialect {
	return &centrifugoDialect{g, map[*player]*centrifugoMember{}}
}

func (*centrifugoDialect) path(string) string { return "/connection/websocket?format=protobuf" }

func (s *centrifugoDialect) hello(p *player, room string) []byte {
	if s.members[p] == nil {
		s.members[p] = &centrifugoMember{}
	}
	s.members[p].room = room
	return centrifugoCommand(1, centrifugoConnect, nil)
}

// subscribe asks for a channel, and for what was published there since somebody was there before.
func (m *centrifugoMember) subscribe() []byte {
	b := protoBytes(nil, 1, []byte(m.room))
	if m.epoch != "" {
		b = protoUint(b, 3, 1)
		b = protoBytes(b, 6, []byte(m.epoch))
		b = protoUint(b, 7, m.offset)
	}
	return centrifugoCommand(2, centrifugoSubscribe, b)
}

func (s *centrifugoDialect) tell(room string, author, n int) []byte {
	return centrifugoCommand(uint64(n+3), centrifugoPublish, protoBytes(protoBytes(nil, 1, []byte(room)), 2, peerMessage(author, n)))
}

// centrifugoCommand returns a frame with a command.
func centrifugoCommand(id uint64, field int, body []byte) []byte {
	return appendClientFrame(nil, opBinary, appendBytes(nil, protoBytes(protoUint(nil, centrifugoID, id), field, body)))
}

func (s *centrifugoDialect) heard(p *player, _ byte, msg []byte, now time.Time) error {
	for len(msg) > 0 {
		reply, rest, err := wire.Bytes(msg)
		if err == nil {
			msg = rest
			err = s.reply(p, reply, now)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (s *centrifugoDialect) reply(p *player, b []byte, now time.Time) error {
	if len(b) == 0 { // a ping, which is answered by as little
		return s.guests.answer(p, appendClientFrame(nil, opBinary, []byte{0}))
	}
	m := s.members[p]
	return protoFields(b, func(field int, _ uint64, body []byte) error {
		switch field {
		case centrifugoError:
			return fmt.Errorf("the server says: %q", body)
		case centrifugoConnect + 1:
			return s.guests.answer(p, m.subscribe())
		case centrifugoSubscribe + 1:
			if err := s.subscribed(p, m, body, now); err != nil {
				return err
			}
			s.guests.here(p)
		case centrifugoPush:
			return protoFields(body, func(field int, _ uint64, body []byte) error {
				if field != centrifugoPushPub {
					if field == centrifugoPushChannel {
						return nil
					}
					return fmt.Errorf("the server pushes %q", body)
				}
				return s.publication(p, m, body, now)
			})
		}
		return nil
	})
}

// subscribed takes what is said to somebody who is in a channel from now on.
func (s *centrifugoDialect) subscribed(p *player, m *centrifugoMember, b []byte, now time.Time) error {
	return protoFields(b, func(field int, v uint64, body []byte) error {
		switch field {
		case centrifugoSubEpoch:
			m.epoch = string(body)
		case centrifugoSubOffset:
			m.offset = v
		case centrifugoSubPubs:
			return s.publication(p, m, body, now)
		}
		return nil
	})
}

func (s *centrifugoDialect) publication(p *player, m *centrifugoMember, b []byte, now time.Time) error {
	return protoFields(b, func(field int, v uint64, body []byte) error {
		switch field {
		case centrifugoPubData:
			return s.guests.opaque(p, body, now)
		case centrifugoPubOffset:
			m.offset = v
		}
		return nil
	})
}

var errProto = errors.New("a message that is not Protobuf")

// protoFields calls f for each field of a message: with the value of a number, or the bytes of what has a length.
func protoFields(b []byte, f func(field int, v uint64, body []byte) error) error {
	for len(b) > 0 {
		tag, rest, err := wire.Uvarint(b)
		var v uint64
		var body []byte
		if err == nil {
			switch tag & 7 {
			case 0:
				v, rest, err = wire.Uvarint(rest)
			case 2:
				body, rest, err = wire.Bytes(rest)
			default:
				err = errProto
			}
		}
		if err != nil {
			return err
		}
		if err := f(int(tag>>3), v, body); err != nil {
			return err
		}
		b = rest
	}
	return nil
}

func protoBytes(b []byte, field int, body []byte) []byte {
	return appendBytes(wire.AppendUvarint(b, uint64(field)<<3|2), body)
}

func protoUint(b []byte, field int, v uint64) []byte {
	return wire.AppendUvarint(wire.AppendUvarint(b, uint64(field)<<3), v)
}

// startCentrifugo starts one with its defaults, but that players need no token and may publish. Where it is to keep what
// is missed, channels have a history in memory.
func startCentrifugo(ctx context.Context, b *serversBench, address, dir string, keeps bool) (*subject, error) {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return nil, err
	}
	channel := map[string]any{
		"allow_subscribe_for_client": true, "allow_subscribe_for_anonymous": true,
		"allow_publish_for_subscriber": true, "allow_publish_for_anonymous": true,
	}
	if keeps {
		channel["history_size"], channel["history_ttl"], channel["force_recovery"] = 100, "300s", true
	}
	config, err := json.Marshal(map[string]any{
		"http_server": map[string]any{"address": host, "port": port},
		"client":      map[string]any{"allowed_origins": []string{"*"}, "allow_anonymous_connect_without_token": true},
		"channel":     map[string]any{"without_namespace": channel},
	})
	if err != nil {
		return nil, err
	}
	file := filepath.Join(dir, "centrifugo.json")
	if err := os.WriteFile(file, config, 0o600); err != nil {
		return nil, err
	}
	return silent(exec.CommandContext(ctx, b.centrifugo, "--config", file))
}

// findCentrifugo finds its program, and its version; there is none where it is not on the PATH.
func findCentrifugo(ctx context.Context) (program, version string, err error) {
	program, err = exec.LookPath("centrifugo")
	if err != nil {
		return "", "", err
	}
	says, err := exec.CommandContext(ctx, program, "version").Output() // Centrifugo v6.0.0 (Go version: go1.26.0)
	if err != nil {
		return "", "", fmt.Errorf("ask %s for its version: %w", program, err)
	}
	version = strings.TrimSpace(string(says))
	if fields := strings.Fields(version); len(fields) > 1 {
		version = strings.TrimPrefix(fields[1], "v")
	}
	const unstamped = "0.0.0" // built by go install
	if info, err := buildinfo.ReadFile(program); err == nil && version == unstamped {
		version = strings.TrimPrefix(info.Main.Version, "v")
	}
	return program, version, nil
}
