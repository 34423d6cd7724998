package server

import (
	"crypto/sha256"
	"crypto/tls"
	"errors"
	"fmt"
	"net/http"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/crypto/acme"
	"golang.org/x/crypto/acme/autocert"
)

// ACME says how to get a certificate by ACME (RFC 8555), and to renew it. The
// proof that a domain is this relay's is made by TLS-ALPN-01 (RFC 8737), on the
// port that serves everything else: it must be reached as port 443 of the domain.
type ACME struct {
	// Domains are those of which there is a certificate. Handshakes for others
	// fail.
	Domains []string
	// Email is whom the authority may write to; it may be empty.
	Email string
	// Directory is the authority's address. Default: Let's Encrypt.
	Directory string
	// Client reaches the authority. Default: http.DefaultClient.
	Client *http.Client
}

// OwnName is whom who is on the relay's own machine may ask for in a handshake: the
// relay answers, with a certificate that nobody vouches for, also while an authority of
// ACME cannot be reached. No authority gives a certificate for that name.
const OwnName = "localhost"

// acmeFolder, in the data folder, keeps account and certificates.
const acmeFolder = "acme"

// papers are what the relay shows in handshakes.
type papers struct {
	https *tls.Config // nil: HTTP without TLS
	quic  *tls.Config
	// hashes are those of certificates that nobody else vouches for; nil if
	// the certificate is one that browsers trust.
	hashes func() ([][sha256.Size]byte, error)
	// ends is when the certificate ends that browsers trust, if that is known; nil: there
	// is none.
	ends func() (time.Time, bool)
}

func openPapers(cfg Config) (papers, error) {
	files := cfg.Cert != "" || cfg.Key != ""
	switch {
	case files && len(cfg.ACME.Domains) > 0:
		return papers{}, errors.New("a certificate comes from files (-tls-cert) or by ACME (-acme-domains), not both")
	case files:
		f, err := openCertificate(cfg.Cert, cfg.Key, cfg.Log)
		if err != nil {
			return papers{}, err
		}
		certs := certificates(f.newest)
		return papers{https: certs, quic: certs, ends: f.ends}, nil
	case len(cfg.ACME.Domains) > 0:
		m, err := newACME(cfg.ACME, cfg.Data)
		if err != nil {
			return papers{}, err
		}
		e := &expiry{of: m.GetCertificate}
		own := &ownCertificates{now: time.Now}
		https := func(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
			if hello.ServerName == OwnName {
				return own.newest()
			}
			return e.certificate(hello)
		}
		return papers{
			https: &tls.Config{GetCertificate: https, NextProtos: []string{acme.ALPNProto}}, // and those of HTTP
			quic:  &tls.Config{GetCertificate: e.certificate},
			ends:  e.when,
		}, nil
	}
	own := &ownCertificates{now: time.Now}
	return papers{quic: certificates(own.newest), hashes: own.hashes}, nil
}

// newACME makes nothing and asks nobody yet: the first handshake for a domain
// does.
func newACME(cfg ACME, data string) (*autocert.Manager, error) {
	for _, d := range cfg.Domains {
		if err := checkDomain(d); err != nil {
			return nil, err
		}
	}
	m := &autocert.Manager{
		Prompt:     autocert.AcceptTOS,
		Cache:      autocert.DirCache(filepath.Join(data, acmeFolder)),
		HostPolicy: autocert.HostWhitelist(cfg.Domains...),
		Email:      cfg.Email,
	}
	m.Client = &acme.Client{DirectoryURL: autocert.DefaultACMEDirectory, HTTPClient: cfg.Client}
	if cfg.Directory != "" {
		m.Client.DirectoryURL = cfg.Directory
	}
	return m, nil
}

// checkDomain finds what no authority would give a certificate for.
func checkDomain(name string) error {
	bad := !strings.Contains(name, ".") || len(name) > 253
	for label := range strings.SplitSeq(name, ".") {
		bad = bad || label == "" || len(label) > 63 || strings.Trim(label, "-") != label
		for _, c := range label {
			bad = bad || !('a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || c == '-')
		}
	}
	if bad || strings.Trim(name, "0123456789.") == "" {
		return fmt.Errorf("%q is no domain that a certificate can be had for by ACME (-acme-domains): it has two names or more, such as board.example, in letters of ASCII, and is no address", name)
	}
	return nil
}
