package server

import (
	_ "embed"
	"net/http"
	"strconv"
	"strings"
)

// description is what programs may ask a relay by HTTP: a document of OpenAPI 3.1, for
//
//	GET /api/openapi.json
//
// It is written by hand. A new route is in it, or in the test's list of those that are
// for no program; tests hold it to what the relay answers.
//
//go:embed openapi.json
var description []byte

func serveDescription(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Cache-Control", cacheNever)
	h.Set("Content-Type", "application/json")
	h.Add("Vary", "Accept-Encoding")
	text := description
	if coding := negotiate(strings.Join(r.Header.Values("Accept-Encoding"), ",")); coding != "" && coding != identity {
		h.Set("Content-Encoding", coding)
		text = compressed(text, coding)
	}
	h.Set("Content-Length", strconv.Itoa(len(text)))
	takes{w}.Write(text) // an error means that the client has gone
}
