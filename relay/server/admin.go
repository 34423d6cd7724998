package server

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"sync/atomic"
	"time"

	"edgeboard/relay/metrics"
)

// admin is what the operator asks, on a listener of its own:
//
//	GET /metrics        figures, for Prometheus
//	GET /healthz        "ok" while the process is there
//	GET /readyz         "ok" while the relay serves and stores; else 503 and why
//	GET /debug/pprof/   profiles, for go tool pprof
//
// Whoever reaches it sees how the relay is used, and can slow it down: it asks
// for nothing, so it belongs on an address that only the operator reaches.
type admin struct {
	http   *http.Server
	served chan error
}

func serveAdmin(l net.Listener, m *metrics.Metrics, h *health, log *slog.Logger) *admin {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", m)
	mux.HandleFunc("GET /healthz", healthz)
	mux.Handle("GET /readyz", h)
	mux.HandleFunc("GET /debug/pprof/{profile...}", profiles)
	a := &admin{
		http: &http.Server{
			Handler:           mux,
			ReadHeaderTimeout: headerTimeout,
			IdleTimeout:       idleTimeout,
			ErrorLog:          slog.NewLogLogger(log.Handler(), slog.LevelDebug),
		},
		served: make(chan error, 1),
	}
	go func() {
		err := a.http.Serve(l)
		if !errors.Is(err, http.ErrServerClosed) {
			log.Error("the admin listener has ended, the relay goes on without", "err", err)
		}
		a.served <- err
	}()
	return a
}

// close ends what is asked at the moment too: a profile may take minutes.
func (a *admin) close() error {
	ctx, cancel := context.WithTimeout(context.Background(), adminGrace)
	defer cancel()
	err := a.http.Shutdown(ctx)
	if err != nil {
		err = a.http.Close()
	}
	<-a.served
	return err
}

// adminGrace is for an answer that is under way.
const adminGrace = 100 * time.Millisecond

type phase int32

const (
	starting phase = iota
	serving
	draining
)

// health is what a load balancer wants to know. It answers for /readyz.
type health struct {
	phase   atomic.Int32
	failing atomic.Bool // the last commit has failed; it is tried again
}

func (h *health) set(p phase) { h.phase.Store(int32(p)) }

// why is why the relay is not ready, empty if it is.
func (h *health) why() string {
	switch phase(h.phase.Load()) {
	case starting:
		return "starting"
	case draining:
		return "draining"
	}
	if h.failing.Load() {
		return "the store cannot store"
	}
	return ""
}

func (h *health) ServeHTTP(w http.ResponseWriter, _ *http.Request) {
	if why := h.why(); why != "" {
		writeError(w, http.StatusServiceUnavailable, why)
		return
	}
	w.Header().Set("Cache-Control", cacheNever)
	io.WriteString(w, "ok\n") // an error means that the client has gone
}

// heard is room.Metrics that tells the health too.
type heard struct {
	*metrics.Metrics
	health *health
}

func (h heard) Committed(took time.Duration, bytes int, err error) {
	h.hear(err)
	h.Metrics.Committed(took, bytes, err)
}

func (h heard) hear(err error) {
	if failing := err != nil; h.health.failing.Load() != failing {
		h.health.failing.Store(failing)
	}
}
