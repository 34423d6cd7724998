package notify

import (
	"bytes"
	"context"
	"crypto/ecdh"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"

	"edgeboard/shared/wire"
)

const (
	// maxDevices is how many subscriptions a person may have: the oldest one goes.
	maxDevices = 16
	// authSize is the length of a device's secret in bytes (RFC 8291 section 3.2).
	authSize = 16
)

// device is the record of a subscription.
type device struct {
	Endpoint string `json:"endpoint"`
	Key      []byte `json:"key"`
	Auth     []byte `json:"auth"`
	Language string `json:"language,omitempty"`
	Board    string `json:"board,omitempty"` // on which it was made
	Since    int64  `json:"since"`           // milliseconds since 1970 UTC

	name string // see deviceName
}

// deviceName is what a device is called in records and targets: of the endpoint, which
// is a secret, nothing can be told from it.
func deviceName(endpoint string) string {
	sum := sha256.Sum256([]byte(endpoint))
	return hex.EncodeToString(sum[:16])
}

// check says why a device cannot be pushed to, in English; empty: it can.
func (p *pusher) check(d *device) string {
	if len(d.Endpoint) > wire.MaxEndpoint || !p.hosts.allow(d.Endpoint) {
		return "this relay does not send to that push service"
	}
	// It takes 65 bytes, 4 and a point of the curve, and no others.
	if _, err := ecdh.P256().NewPublicKey(d.Key); err != nil {
		return "the device's key is no public key of P-256"
	}
	if len(d.Auth) != authSize {
		return fmt.Sprintf("the device's secret has %d bytes, and not %d", len(d.Auth), authSize)
	}
	return ""
}

// Subscribe has a device told, or no longer. It belongs to the person who has said so
// last: who signs in on another's device does not get the other's news. answer is nil if
// all connections of the person were told.
func (c *Center) Subscribe(ctx context.Context, p wire.Person, board string, s *wire.Subscribe) (answer []byte, err error) {
	d := device{
		Endpoint: s.Endpoint, Key: bytes.Clone(s.Key), Auth: bytes.Clone(s.Auth), Language: s.Language,
		Board: board, Since: c.Now().UnixMilli(), name: deviceName(s.Endpoint),
	}
	refused := ""
	switch {
	case p == (wire.Person{}):
		refused = reasonNobody
	case c.push == nil:
		refused = "this relay does not push"
	case s.Ended:
	case !languageTag(s.Language):
		refused = "that is no tag of a language"
	default:
		refused = c.push.check(&d)
	}
	if refused != "" {
		return c.wishesOf(ctx, p, refused)
	}
	defer c.hold(p)()
	k, err := c.person(ctx, p)
	if err != nil {
		return nil, err
	}
	i := slices.IndexFunc(k.devices, func(have device) bool { return have.name == d.name })
	if s.Ended {
		if i < 0 {
			return c.wishesOf(ctx, p, "")
		}
		if err := c.unsubscribe(ctx, p, d.name); err != nil {
			return nil, err
		}
		return nil, c.tellWishes(ctx, p)
	}
	if i >= 0 {
		have := k.devices[i]
		if bytes.Equal(have.Key, d.Key) && bytes.Equal(have.Auth, d.Auth) && have.Language == d.Language {
			return c.wishesOf(ctx, p, "") // clients say it each time they come (W99)
		}
		d.Since = have.Since
	}
	if err := c.subscribe(ctx, p, k, &d); err != nil {
		return nil, err
	}
	return nil, c.tellWishes(ctx, p)
}

func (c *Center) subscribe(ctx context.Context, p wire.Person, k *person, d *device) error {
	owner, err := c.Records.Get(ctx, ofOwners, d.name)
	if err != nil {
		return fmt.Errorf("reading whose a device is: %w", err)
	}
	if len(owner) == len(p) && wire.Person(owner) != p {
		if err := c.put(ctx, wire.Person(owner), ofDevices, deviceKey(wire.Person(owner), d.name), nil); err != nil {
			return fmt.Errorf("taking a device from who had it: %w", err)
		}
	}
	value, err := json.Marshal(d)
	if err != nil {
		return err
	}
	if err := c.put(ctx, p, ofOwners, d.name, p[:]); err != nil {
		return fmt.Errorf("storing whose a device is: %w", err)
	}
	if err := c.put(ctx, p, ofDevices, deviceKey(p, d.name), value); err != nil {
		return fmt.Errorf("storing a subscription: %w", err)
	}
	rest := slices.DeleteFunc(slices.Clone(k.devices), func(have device) bool { return have.name == d.name })
	for len(rest) >= maxDevices {
		if err := c.unsubscribe(ctx, p, rest[0].name); err != nil {
			return err
		}
		rest = rest[1:]
	}
	return nil
}

// unsubscribe removes a subscription.
func (c *Center) unsubscribe(ctx context.Context, p wire.Person, name string) error {
	err := c.put(ctx, p, ofDevices, deviceKey(p, name), nil)
	if err == nil {
		err = c.put(ctx, p, ofOwners, name, nil)
	}
	if err != nil {
		return fmt.Errorf("removing a subscription: %w", err)
	}
	return nil
}

func deviceKey(p wire.Person, name string) string { return hex.EncodeToString(p[:]) + "/" + name }

// languageTag reports whether a text may be the tag of a language (RFC 5646), or is
// empty.
func languageTag(text string) bool {
	for _, c := range []byte(text) {
		if (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') && c != '-' {
			return false
		}
	}
	return len(text) <= wire.MaxLanguage
}
