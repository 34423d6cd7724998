package server

import (
	"crypto/tls"
	"os"
	"path/filepath"
	"slices"
	"sync/atomic"
	"time"

	"golang.org/x/crypto/acme"

	"edgeboard/relay/metrics"
	"edgeboard/relay/store/sqlite"
)

// watchMachine has the figures say what the machine gives, and how the relay stands.
func (s *Server) watchMachine(cfg Config, shown papers) {
	m := metrics.Machine{
		Ready:       func() bool { return s.health.why() == "" },
		MemoryLimit: cfg.Memory,
		Disk:        func() (free, size uint64, ok bool) { return diskOf(cfg.Data) },
		Stored: func() (bytes int64, ok bool) {
			for _, suffix := range []string{"", "-wal"} {
				if info, err := os.Stat(filepath.Join(cfg.Data, sqlite.FileName) + suffix); err == nil {
					bytes, ok = bytes+info.Size(), true
				}
			}
			return bytes, ok
		},
	}
	m.Certificate = shown.ends
	s.metrics.Machine(m)
}

// expiry is when certificates end that come by ACME: the last one that was shown.
type expiry struct {
	of func(*tls.ClientHelloInfo) (*tls.Certificate, error)
	at atomic.Int64 // in seconds since 1970; 0: none was shown
}

func (e *expiry) certificate(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
	c, err := e.of(hello)
	if err == nil && c.Leaf != nil && !slices.Contains(hello.SupportedProtos, acme.ALPNProto) { // which is the authority's, and is a proof
		e.at.Store(c.Leaf.NotAfter.Unix())
	}
	return c, err
}

func (e *expiry) when() (time.Time, bool) {
	at := e.at.Load()
	return time.Unix(at, 0), at > 0
}
