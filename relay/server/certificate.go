package server

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"log/slog"
	"math/big"
	"os"
	"slices"
	"sync"
	"time"
)

// Browsers take a certificate by its hash if it is of ECDSA P-256 and valid for
// 14 days at the most.
const (
	ownEarly = 24 * time.Hour      // before now, for clocks that are late
	ownValid = 12 * 24 * time.Hour // from now on
	ownRenew = 6 * 24 * time.Hour  // a page that knows the old one has as long again
)

// ownCertificates are those that a relay without certificate files makes for
// itself. Pages learn their hashes from the relay, and trust nothing else about
// them.
type ownCertificates struct {
	now func() time.Time

	mu   sync.Mutex
	made []ownCertificate // the newest last; those that are not valid are forgotten
}

type ownCertificate struct {
	tls            tls.Certificate
	hash           [sha256.Size]byte
	begins, renews time.Time
	ends           time.Time
}

func (c *ownCertificate) valid(now time.Time) bool {
	return !now.Before(c.begins) && now.Before(c.ends)
}

// newest returns the certificate for new handshakes, made anew when it is time.
func (o *ownCertificates) newest() (*tls.Certificate, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if err := o.renew(); err != nil {
		return nil, err
	}
	c := o.made[len(o.made)-1].tls // renew moves what is in made
	return &c, nil
}

// hashes returns the SHA-256 of the certificates that are valid.
func (o *ownCertificates) hashes() ([][sha256.Size]byte, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if err := o.renew(); err != nil {
		return nil, err
	}
	var list [][sha256.Size]byte
	for _, c := range o.made {
		list = append(list, c.hash)
	}
	return list, nil
}

// renew makes a certificate if it is time. The caller holds mu.
func (o *ownCertificates) renew() error {
	// By the clock that pages look at, which may be set, also backwards, and goes
	// on while the machine sleeps. That of the process knows of neither.
	now := o.now().Round(0)
	if n := len(o.made); n > 0 && o.made[n-1].valid(now) && now.Before(o.made[n-1].renews) {
		return nil
	}
	c, err := newOwnCertificate(now)
	if err != nil {
		return fmt.Errorf("making a certificate: %w", err)
	}
	o.made = slices.DeleteFunc(o.made, func(c ownCertificate) bool { return !c.valid(now) })
	o.made = append(o.made, c)
	return nil
}

func newOwnCertificate(now time.Time) (c ownCertificate, err error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return c, err
	}
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 127))
	if err != nil {
		return c, err
	}
	form := &x509.Certificate{
		SerialNumber: serial,
		Subject:      pkix.Name{CommonName: "Edgeboard relay"},
		NotBefore:    now.Add(-ownEarly),
		NotAfter:     now.Add(ownValid),
		KeyUsage:     x509.KeyUsageDigitalSignature,
		ExtKeyUsage:  []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		DNSNames:     []string{OwnName},
	}
	der, err := x509.CreateCertificate(rand.Reader, form, form, key.Public(), key)
	if err != nil {
		return c, err
	}
	return ownCertificate{
		tls:    tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key},
		hash:   sha256.Sum256(der),
		begins: form.NotBefore,
		renews: now.Add(ownRenew),
		ends:   form.NotAfter,
	}, nil
}

// fileCertificate is the one that the operator has put into files. Handshakes
// look whether the files have changed, every lookEvery at the most.
type fileCertificate struct {
	cert, key string
	now       func() time.Time
	log       *slog.Logger

	mu     sync.Mutex
	loaded *tls.Certificate
	files  [2]fileState // as they were loaded, or tried to
	lookAt time.Time
}

const lookEvery = 10 * time.Second

type fileState struct {
	size    int64
	changed time.Time
}

func openCertificate(cert, key string, log *slog.Logger) (*fileCertificate, error) {
	if cert == "" || key == "" {
		return nil, fmt.Errorf("certificate files: -tls-cert and -tls-key go together, and one is missing")
	}
	f := &fileCertificate{cert: cert, key: key, now: time.Now, log: log}
	if err := f.load(f.state()); err != nil {
		return nil, err
	}
	return f, nil
}

func (f *fileCertificate) state() (s [2]fileState) {
	for i, name := range []string{f.cert, f.key} {
		if info, err := os.Stat(name); err == nil {
			s[i] = fileState{info.Size(), info.ModTime()}
		}
	}
	return s
}

func (f *fileCertificate) load(s [2]fileState) error {
	f.files, f.lookAt = s, f.now().Add(lookEvery)
	loaded, err := tls.LoadX509KeyPair(f.cert, f.key)
	if err != nil {
		return fmt.Errorf("certificate files (-tls-cert %s, -tls-key %s): %w", f.cert, f.key, err)
	}
	f.loaded = &loaded
	return nil
}

// newest returns what the files hold, or held when they could last be read.
func (f *fileCertificate) newest() (*tls.Certificate, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if now := f.now(); !now.Before(f.lookAt) {
		f.lookAt = now.Add(lookEvery)
		if s := f.state(); s != f.files {
			// Of two files one may be new already: the next look finds both.
			if err := f.load(s); err != nil {
				f.log.Warn("new certificate not taken, the old one stays", "err", err)
			} else {
				f.log.Info("new certificate taken", "file", f.cert)
			}
		}
	}
	return f.loaded, nil
}

// ends is when the newest one does.
func (f *fileCertificate) ends() (time.Time, bool) {
	c, err := f.newest()
	if err != nil || c.Leaf == nil {
		return time.Time{}, false
	}
	return c.Leaf.NotAfter, true
}
