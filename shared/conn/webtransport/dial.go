package webtransport

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/url"
	"slices"
	"time"

	"github.com/quic-go/quic-go"
	"github.com/quic-go/quic-go/http3"
	"github.com/quic-go/webtransport-go"

	"edgeboard/shared/conn"
)

// MaxHashed is the longest validity of a certificate that is trusted by its
// hash, as browsers have it.
const MaxHashed = 14 * 24 * time.Hour

// TrustHashes returns a TLS configuration that accepts a server by the SHA-256
// of its certificate alone. The certificate must be one that browsers take so:
// of ECDSA P-256, valid now, and for MaxHashed at the most.
func TrustHashes(hashes ...[sha256.Size]byte) *tls.Config {
	return &tls.Config{
		InsecureSkipVerify: true, // VerifyConnection does it
		VerifyConnection: func(state tls.ConnectionState) error {
			cert, now := state.PeerCertificates[0], time.Now()
			key, ok := cert.PublicKey.(*ecdsa.PublicKey)
			switch {
			case !slices.Contains(hashes, sha256.Sum256(cert.Raw)):
				return errors.New("the server's certificate is not the one that was named")
			case !ok || key.Curve != elliptic.P256() || cert.NotAfter.Sub(cert.NotBefore) > MaxHashed:
				return errors.New("the server's certificate is none that may be trusted by its hash")
			case now.Before(cert.NotBefore) || now.After(cert.NotAfter):
				return x509.CertificateInvalidError{Cert: cert, Reason: x509.Expired}
			}
			return nil
		},
	}
}

// Dial connects to a relay's WebTransport address (https://). trust says which
// certificates to accept, nil those that the system trusts. Messages over limit
// bytes are refused by Receive with conn.ErrTooLarge. The connection is
// conn.Datagrams and conn.Apart.
func Dial(ctx context.Context, address string, trust *tls.Config, limit int) (conn.Conn, error) {
	c, err := dial(ctx, address, trust, limit, quic.DialAddr)
	if err != nil {
		return nil, fmt.Errorf("dialing the relay: %w", err)
	}
	return c, nil
}

type dialFunc func(ctx context.Context, addr string, trust *tls.Config, config *quic.Config) (*quic.Conn, error)

func dial(ctx context.Context, address string, trust *tls.Config, limit int, dialQUIC dialFunc) (*client, error) {
	u, err := url.Parse(address)
	if err != nil {
		return nil, err
	}
	if u.Scheme != "https" || u.Hostname() == "" {
		return nil, fmt.Errorf("%q is no https:// address", address)
	}
	host := u.Host
	if u.Port() == "" {
		host = net.JoinHostPort(u.Hostname(), "443")
	}
	if trust == nil {
		trust = &tls.Config{}
	}
	trust = trust.Clone()
	trust.NextProtos = []string{http3.NextProtoH3}
	config := quicConfig()
	config.MaxIncomingStreams = -1 // the relay opens none
	under, err := dialQUIC(ctx, host, trust, config)
	if err != nil {
		return nil, err
	}
	session, err := openSession(ctx, under, address)
	if err != nil {
		_ = under.CloseWithError(quic.ApplicationErrorCode(http3.ErrCodeNoError), "")
		if ctx.Err() != nil {
			err = ctx.Err()
		}
		return nil, err
	}
	c := &client{newSessionConn(session, limit), under}
	stream, err := session.OpenStreamSync(ctx)
	if err == nil {
		_, err = stream.Write(nil) // tells the relay that the stream is there
	}
	if err != nil {
		c.Close(0, "")
		return nil, err
	}
	// The stream is there before the first Send.
	c.start(func() (*webtransport.Stream, error) { return stream, nil })
	context.AfterFunc(session.Context(), func() {
		if c.ctx.Err() == nil {
			c.hangUp() // the peer has ended it
		}
	})
	return c, nil
}

func openSession(ctx context.Context, under *quic.Conn, address string) (*webtransport.Session, error) {
	// The library does not look at ctx while it waits for the answer.
	defer context.AfterFunc(ctx, func() {
		_ = under.CloseWithError(quic.ApplicationErrorCode(http3.ErrCodeNoError), "")
	})()
	transport := &webtransport.Transport{Config: sessionConfig()}
	defer transport.Close()
	over, err := transport.NewClientConn(under)
	if err != nil {
		return nil, err
	}
	resp, session, err := over.Dial(ctx, address, nil)
	if err != nil {
		if resp != nil {
			return nil, fmt.Errorf("the relay answered with status %d", resp.StatusCode)
		}
		return nil, err
	}
	return session, nil
}

// client is the end that has dialed: the QUIC connection is its own.
type client struct {
	*sessionConn
	under *quic.Conn
}

func (c *client) Close(code uint32, reason string) {
	c.close(code, reason, func() {
		// It would overtake the end of the session.
		select {
		case <-c.under.Context().Done():
		case <-time.After(linger):
		}
		c.hangUp()
	})
}

func (c *client) hangUp() {
	_ = c.under.CloseWithError(quic.ApplicationErrorCode(http3.ErrCodeNoError), "")
}
