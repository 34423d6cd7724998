package server

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"runtime/pprof"
	"runtime/trace"
	"strconv"
	"time"
)

// profiles answers for /debug/pprof/ as net/http/pprof does, as far as go tool
// pprof and go tool trace ask. That one adds 0.2 MB to the binary, and
// puts itself on the default routes of the process.
//
//	/debug/pprof/                   names
//	/debug/pprof/profile?seconds=30 of the processor
//	/debug/pprof/trace?seconds=1
//	/debug/pprof/{name}?debug=1     heap, goroutine …; with debug as text
func profiles(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Cache-Control", cacheNever)
	switch name := r.PathValue("profile"); name {
	case "":
		h.Set("Content-Type", "text/plain; charset=utf-8")
		fmt.Fprintln(w, "profile?seconds=30\ntrace?seconds=1")
		for _, p := range pprof.Profiles() {
			fmt.Fprintf(w, "%s (%d)\n", p.Name(), p.Count())
		}
	case "profile":
		record(w, r, 30, func() error { return pprof.StartCPUProfile(w) }, pprof.StopCPUProfile)
	case "trace":
		record(w, r, 1, func() error { return trace.Start(w) }, trace.Stop)
	default:
		p := pprof.Lookup(name)
		if p == nil {
			writeError(w, http.StatusNotFound, "there is no such profile; /debug/pprof/ lists them")
			return
		}
		debug, err := number(r, "debug", 0)
		if err != nil {
			writeError(w, http.StatusBadRequest, err.Error())
			return
		}
		h.Set("Content-Type", "application/octet-stream")
		if debug > 0 {
			h.Set("Content-Type", "text/plain; charset=utf-8")
		}
		_ = p.WriteTo(w, debug) // an error means that the client has gone
	}
}

// record writes what begins with start and ends with stop, for as many seconds
// as the request says.
func record(w http.ResponseWriter, r *http.Request, usual int, start func() error, stop func()) {
	seconds, err := number(r, "seconds", usual)
	if err != nil {
		writeError(w, http.StatusBadRequest, err.Error())
		return
	}
	w.Header().Set("Content-Type", "application/octet-stream")
	if err := start(); err != nil {
		writeError(w, http.StatusConflict, err.Error()) // another one is under way
		return
	}
	defer stop()
	ctx, cancel := context.WithTimeout(r.Context(), time.Duration(seconds)*time.Second)
	defer cancel()
	<-ctx.Done()
}

// maxNumber bounds the numbers of a query.
const maxNumber = 3600

func number(r *http.Request, name string, usual int) (int, error) {
	text := r.FormValue(name)
	if text == "" {
		return usual, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 0 || n > maxNumber {
		return 0, errors.New(name + " is a number from 0 to " + strconv.Itoa(maxNumber))
	}
	return n, nil
}
