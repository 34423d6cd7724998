package server

import (
	"net/http"
)

// shared are the routes that pages of Config.Origins use besides the relay's own,
// and the methods that those take. Patterns are those of http.ServeMux. The
// relay's other routes are for its own pages, or for no page.
var shared = []struct{ pattern, methods string }{
	{"/sse", "GET, HEAD"},
	{"/sse/{session}", "POST, DELETE"},
	{"/transports.json", "GET, HEAD"},
	{"/auth/", "GET, POST"},
	{"/api/", "GET, POST, PUT, DELETE"},
	{"/blob/{hash}", "GET, HEAD, PUT"},
}

// Of the answers that let a page of another origin read (CORS, as
// https://fetch.spec.whatwg.org says it). None allows credentials: the session's
// cookie is SameSite=Strict and for the relay's own page alone, others show an
// access token.
const (
	sharedHeaders = "Authorization, Content-Type, Last-Event-ID"
	sharedMaxAge  = "600" // seconds for which the browser need not ask again
)

// crossOrigin refuses what a page of another origin would have a person's browser
// do, and says which answers pages of listed origins may read.
func (s *Server) crossOrigin(mux *table) http.Handler {
	isShared := http.NewServeMux()
	for _, route := range shared {
		isShared.Handle(route.pattern, http.NotFoundHandler())
		mux.HandleFunc("OPTIONS "+route.pattern, s.preflight(route.methods))
	}
	protection := http.NewCrossOriginProtection()
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if _, pattern := isShared.Handler(r); pattern != "" {
			s.allowToRead(w.Header(), r)
		}
		if foreign := protection.Check(r) != nil && !s.origins.Has(r.Header.Get("Origin")); changes(r.Method) && (foreign || !s.origins.Allows(r)) {
			// The first knows of schemes where the relay does not, by Sec-Fetch-Site;
			// the second where the browser is too old to say. Listed origins may come
			// and go, so that it is asked for them each time.
			_, r.Pattern = mux.Handler(r) // for the metrics
			refuseOrigin(w, r)
			return
		}
		mux.ServeHTTP(w, r)
	})
}

// changes reports whether a method may change something. WebTransport's CONNECT
// comes from pages at another name of this machine too, and is looked at where it
// is accepted.
func changes(method string) bool {
	switch method {
	case http.MethodGet, http.MethodHead, http.MethodOptions, http.MethodConnect:
		return false
	}
	return true
}

// allowToRead lets a page of a listed origin read the answer. One's own needs no
// leave.
func (s *Server) allowToRead(h http.Header, r *http.Request) {
	h.Add("Vary", "Origin")
	if origin := r.Header.Get("Origin"); s.origins.Has(origin) {
		h.Set("Access-Control-Allow-Origin", origin)
		h.Del("Cross-Origin-Resource-Policy")
	}
}

// preflight answers a browser that asks whether a page may send a request.
func (s *Server) preflight(methods string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		if r.Header.Get("Access-Control-Request-Method") == "" || !s.origins.Has(r.Header.Get("Origin")) {
			h.Set("Allow", methods)
			writeError(w, http.StatusMethodNotAllowed, "this address takes "+methods+" alone")
			return
		}
		h.Set("Access-Control-Allow-Methods", methods)
		h.Set("Access-Control-Allow-Headers", sharedHeaders)
		h.Set("Access-Control-Max-Age", sharedMaxAge)
		w.WriteHeader(http.StatusNoContent)
	}
}

func refuseOrigin(w http.ResponseWriter, r *http.Request) {
	refuse(w, r, http.StatusForbidden, "pages of another origin are not let in")
}
