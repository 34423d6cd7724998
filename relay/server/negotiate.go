package server

import (
	"strconv"
	"strings"
)

// identity is the coding that changes nothing.
const identity = "identity"

// negotiate chooses a content coding for a value of Accept-Encoding (RFC 9110, section 12.5.3): of br, gzip and identity the one the client
// weighs highest, and of equals the smallest. It returns "" when the client excludes all of them.
func negotiate(accept string) string {
	weights := map[string]float64{}
	for element := range strings.SplitSeq(strings.ToLower(accept), ",") {
		token, parameter, weighed := strings.Cut(element, ";")
		q := 1.0
		if weighed {
			var err error
			value, _ := strings.CutPrefix(strings.TrimSpace(parameter), "q=")
			if q, err = strconv.ParseFloat(value, 64); err != nil || !(q >= 0 && q <= 1) {
				continue // what cannot be understood is not asked for
			}
		}
		weights[strings.TrimSpace(token)] = q
	}

	weight := func(token string) float64 {
		if q, ok := weights[token]; ok {
			return q
		}
		if q, ok := weights["*"]; ok {
			return q
		}
		if token == identity {
			return 0.0001 // always acceptable, and less welcome than anything named: the lowest weight that can be written is 0.001
		}
		return 0
	}
	best, highest := "", 0.0
	for _, token := range []string{"br", "gzip", identity} {
		if q := weight(token); q > highest {
			best, highest = token, q
		}
	}
	return best
}

// matches tells whether an entity tag is listed in a value of If-None-Match. The comparison is weak, as RFC 9110 asks for here.
func matches(ifNoneMatch, etag string) bool {
	for tag := range strings.SplitSeq(ifNoneMatch, ",") {
		tag = strings.TrimPrefix(strings.TrimSpace(tag), "W/")
		if tag == "*" || tag == etag {
			return true
		}
	}
	return false
}
