package metrics

import (
	"regexp"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"

	"edgeboard/scripts/compat/recorded"
)

var described = regexp.MustCompile(`fqName: "([^"]*)".*variableLabels: \{([^}]*)\}`)

// Metrics that a release had are there, with the same labels: dashboards and alerts ask
// for them. Those of the Go runtime and of the process are the library's.
func TestReleasesStay(t *testing.T) {
	m := New()
	m.Cluster()
	descriptions := make(chan *prometheus.Desc)
	go func() {
		defer close(descriptions)
		m.registry.Describe(descriptions)
	}()
	var names []string
	for d := range descriptions {
		if of := described.FindStringSubmatch(d.String()); of != nil && strings.HasPrefix(of[1], "edgeboard_") {
			names = append(names, of[1]+"{"+of[2]+"}")
		}
	}
	if len(names) < 30 {
		t.Fatalf("%d metrics were found", len(names))
	}
	recorded.Stay(t, "../../scripts/compat/testdata", "metrics.txt", names)
}
