package main

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"log/slog"
	"math/big"
	"net"
	"net/http"
	"time"

	"edgeboard/shared/conn"
	"edgeboard/shared/conn/webtransport"
	"edgeboard/shared/wire"
)

// site is the relay's side of a transport: listeners on loopback, and the one connection that they accept.
type site struct {
	accepted chan conn.Conn
	certs    *tls.Config
	trust    *tls.Config // for who dials

	ended   chan struct{}
	closing []func()
	errs    []error
}

func newSite() (*site, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	now := time.Now()
	form := &x509.Certificate{SerialNumber: big.NewInt(1), NotBefore: now.Add(-time.Hour), NotAfter: now.Add(24 * time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, form, form, key.Public(), key)
	if err != nil {
		return nil, err
	}
	return &site{
		accepted: make(chan conn.Conn, 1),
		certs:    &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}},
		trust:    webtransport.TrustHashes(sha256.Sum256(der)),
		ended:    make(chan struct{}),
	}, nil
}

// serve hands over a connection, and returns when it is of no use any more.
func (s *site) serve(c conn.Conn) {
	select {
	case s.accepted <- c:
		<-s.ended
	case <-s.ended:
	}
}

const (
	plain  = false
	secure = true
)

// tcp serves HTTP, and returns where.
func (s *site) tcp(h http.Handler, withTLS bool) (address string) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		s.errs = append(s.errs, err)
		return ""
	}
	protocols := new(http.Protocols)
	protocols.SetHTTP1(true)
	protocols.SetUnencryptedHTTP2(true)
	server := &http.Server{Handler: h, TLSConfig: s.certs, Protocols: protocols, ErrorLog: slog.NewLogLogger(slog.DiscardHandler, 0)}
	served := make(chan error, 1)
	go func() {
		if withTLS {
			served <- server.ServeTLS(l, "", "")
		} else {
			served <- server.Serve(l)
		}
	}()
	s.closing = append(s.closing, func() {
		_ = server.Close()
		<-served
	})
	return l.Addr().String()
}

// udp serves WebTransport, and returns where.
func (s *site) udp() (address string) {
	l, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		s.errs = append(s.errs, err)
		return ""
	}
	var server *webtransport.Server
	server = webtransport.NewServer(s.certs, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if c, err := server.Accept(w, r, wire.MaxMessage); err == nil { // else who dials hears of it
			s.serve(c)
		}
	}), slog.New(slog.DiscardHandler))
	served := make(chan error, 1)
	go func() { served <- server.Serve(l) }()
	s.closing = append(s.closing, func() {
		bye, cancel := context.WithTimeout(context.Background(), 2*time.Second)
		defer cancel()
		_ = server.Close(bye)
		<-served
	})
	return l.LocalAddr().String()
}

// err returns why a listener could not be had.
func (s *site) err() error { return errors.Join(s.errs...) }

func (s *site) close() {
	close(s.ended)
	for _, f := range s.closing {
		f()
	}
}
