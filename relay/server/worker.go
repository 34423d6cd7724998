package server

import (
	"net/http"

	"edgeboard/public/texts"
)

// What the service worker of public/sw.js needs:
//
//	GET /sw.js             itself
//	GET /shell/{language}  the page in a language, without a picture, for any board
//
// A browser asks for the worker whenever a page is opened, so that a new version is
// found.

// workerPolicy lets the worker ask the relay, and do nothing else.
const workerPolicy = "default-src 'none'; connect-src 'self'; frame-ancestors 'none'"

// noWorker is the worker in development, and where the page was not built: files are
// to be those of the disk, also in a browser that has kept a page.
const noWorker = `addEventListener('install', () => skipWaiting());
addEventListener('activate', (event) => event.waitUntil(registration.unregister()));
`

func (s *Server) serveWorker(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Content-Security-Policy", workerPolicy)
	if name := s.page.worker; name != "" {
		h.Set("Vary", varyAsset)
		s.page.servePacked(w, r, name, "", cachePage)
		return
	}
	serveComposed(w, r, "sw.js", []byte(noWorker), nil)
}

func (s *Server) serveShell(w http.ResponseWriter, r *http.Request) {
	l, ok := texts.Tagged(r.PathValue("language"))
	if !ok {
		writeError(w, http.StatusNotFound, "the page does not speak this language")
		return
	}
	s.setPageHeaders(w.Header(), r)
	w.Header().Set("Vary", varyAsset)
	s.page.pageIn(w, r, l)
}
