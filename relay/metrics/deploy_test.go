package metrics

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/http/httptest"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/VictoriaMetrics/metricsql"
	"github.com/oasdiff/yaml3"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"

	"edgeboard/relay/feed"
	"edgeboard/relay/room"
	"edgeboard/shared/wire"
)

// The files for a Prometheus and a Grafana in docs/deploy ask for what a relay has.

const deploy = "../../docs/deploy/"

// labelled are the labels of each metric that a relay shows on which everything has happened
// once, with those that Prometheus adds; histograms by the names of their parts.
func labelled(t *testing.T) map[string][]string {
	m := New()
	m.Machine(Machine{
		Ready: func() bool { return true }, MemoryLimit: 1, Disk: func() (free, size uint64, ok bool) { return 1, 2, true },
		Stored: func() (int64, bool) { return 1, true }, Certificate: func() (time.Time, bool) { return time.Now(), true },
	})
	m.Opened("websocket")
	m.TurnedAway("connections")
	m.Refused(wire.CodeOverloaded)
	m.Answered("/", 404)
	m.Committed(time.Millisecond, 100, errors.New("no room"))
	m.Delivered(1, 100, time.Millisecond)
	m.Dropped(room.PolicyResync, 3)
	c := m.Cluster()
	c.Appended(time.Millisecond, 100, nil)
	c.Reread("gap")
	m.Feeds().Refused(feed.Most)
	m.Feeds().Pulled("plans", "cpu", true)
	w := httptest.NewRecorder()
	m.ServeHTTP(w, httptest.NewRequest("GET", "/metrics", nil))
	parser := expfmt.NewTextParser(model.UTF8Validation)
	families, err := parser.TextToMetricFamilies(bytes.NewReader(w.Body.Bytes()))
	if err != nil {
		t.Fatal(err)
	}
	all := map[string][]string{"up": {"job", "instance"}}
	for name, family := range families {
		labels := []string{"job", "instance"}
		for _, l := range family.GetMetric()[0].GetLabel() {
			labels = append(labels, l.GetName())
		}
		all[name] = labels
		if family.GetMetric()[0].GetHistogram() != nil {
			all[name+"_sum"], all[name+"_count"], all[name+"_bucket"] = labels, labels, append(slices.Clone(labels), "le")
			delete(all, name)
		}
	}
	return all
}

// variables of Grafana have values when Prometheus is asked.
var variables = strings.NewReplacer("$__rate_interval", "5m", "$relay", ".*")

// checkQuery parses what a Prometheus is asked, and looks for each metric and label in it.
func checkQuery(t *testing.T, what, query string, known map[string][]string) {
	t.Helper()
	e, err := metricsql.Parse(variables.Replace(query))
	if err != nil {
		t.Errorf("%s: %q: %v", what, query, err)
		return
	}
	var labels []string // of all metrics in it
	metrics := 0
	metricsql.VisitAll(e, func(e metricsql.Expr) {
		m, ok := e.(*metricsql.MetricExpr)
		if !ok {
			return
		}
		metrics++
		for _, filters := range m.LabelFilterss {
			name := ""
			for _, f := range filters {
				if f.Label == "__name__" {
					name = f.Value
				}
			}
			has, ok := known[name]
			if !ok {
				t.Errorf("%s: a relay has no metric %q", what, name)
				continue
			}
			labels = append(labels, has...)
			job := false
			for _, f := range filters {
				if f.Label != "__name__" && !slices.Contains(has, f.Label) {
					t.Errorf("%s: %s has no label %q", what, name, f.Label)
				}
				if f.IsRegexp {
					if _, err := regexp.Compile(f.Value); err != nil {
						t.Errorf("%s: %v", what, err)
					}
				}
				job = job || f.Label == "job" && f.Value == "edgeboard"
			}
			if !job {
				t.Errorf("%s: %s is asked for of all jobs, and other programs may have one of that name", what, name)
			}
		}
	})
	if metrics == 0 {
		t.Errorf("%s: %q asks for nothing", what, query)
	}
	metricsql.VisitAll(e, func(e metricsql.Expr) {
		by := []metricsql.ModifierExpr{}
		switch e := e.(type) {
		case *metricsql.AggrFuncExpr:
			by = append(by, e.Modifier)
		case *metricsql.BinaryOpExpr:
			by = append(by, e.GroupModifier, e.JoinModifier)
		}
		for _, m := range by {
			for _, label := range m.Args {
				if !slices.Contains(labels, label) {
					t.Errorf("%s: %s %s: none of its metrics has that label", what, m.Op, label)
				}
			}
		}
	})
}

// used finds the labels in a text of Prometheus or Grafana.
var used = regexp.MustCompile(`\{\{\s*(?:\$labels\.)?([a-z_]+)`)

type rules struct {
	Groups []struct {
		Name  string
		Rules []struct {
			Alert, Expr         string
			For                 string
			Labels, Annotations map[string]string
		}
	}
}

func readYAML(t *testing.T, file string, into any) {
	t.Helper()
	text, err := os.ReadFile(deploy + file)
	if err != nil {
		t.Fatal(err)
	}
	d := yaml.NewDecoder(bytes.NewReader(text))
	d.KnownFields(true)
	if err := d.Decode(into); err != nil {
		t.Fatalf("%s: %v", file, err)
	}
}

func TestAlerts(t *testing.T) {
	known := labelled(t)
	var r rules
	readYAML(t, "alerts.yml", &r)
	seen := map[string]bool{}
	page, err := os.ReadFile("../../docs/watching.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, g := range r.Groups {
		for _, rule := range g.Rules {
			checkQuery(t, rule.Alert, rule.Expr, known)
			if seen[rule.Alert] {
				t.Errorf("%s is there twice", rule.Alert)
			}
			seen[rule.Alert] = true
			if rule.For != "" {
				if _, err := model.ParseDuration(rule.For); err != nil {
					t.Errorf("%s: for: %v", rule.Alert, err)
				}
			}
			if s := rule.Labels["severity"]; s != "critical" && s != "warning" {
				t.Errorf("%s has the severity %q", rule.Alert, s)
			}
			if rule.Annotations["summary"] == "" || rule.Annotations["description"] == "" {
				t.Errorf("%s does not say what is wrong and what to do", rule.Alert)
			}
			if !bytes.Contains(page, []byte("`"+rule.Alert+"`")) {
				t.Errorf("docs/watching.md does not say what to do about %s", rule.Alert)
			}
		}
	}
	if len(seen) < 10 {
		t.Errorf("there are %d rules", len(seen))
	}
	for _, name := range regexp.MustCompile("`(Relay[A-Z][A-Za-z]+)`").FindAllSubmatch(page, -1) {
		if !seen[string(name[1])] {
			t.Errorf("docs/watching.md speaks of %s, which is no rule", name[1])
		}
	}
	// Prometheus' own opinion, where it is installed.
	promtool, err := exec.LookPath("promtool")
	if err != nil {
		t.Log("there is no promtool to ask besides")
		return
	}
	for _, args := range [][]string{{"check", "config", deploy + "prometheus.yml"}, {"test", "rules", deploy + "alerts_test.yml"}} {
		if out, err := exec.CommandContext(t.Context(), promtool, args...).CombinedOutput(); err != nil {
			t.Errorf("promtool %s: %v\n%s", strings.Join(args, " "), err, out)
		}
	}
}

// What is scraped has the job that rules and dashboard ask for, and the rules are those.
func TestScrapeConfig(t *testing.T) {
	var config struct {
		Global        map[string]string
		RuleFiles     []string `yaml:"rule_files"`
		ScrapeConfigs []struct {
			JobName       string                       `yaml:"job_name"`
			StaticConfigs []struct{ Targets []string } `yaml:"static_configs"`
			SampleLimit   int                          `yaml:"sample_limit"`
		} `yaml:"scrape_configs"`
	}
	readYAML(t, "prometheus.yml", &config)
	if len(config.ScrapeConfigs) != 1 || config.ScrapeConfigs[0].JobName != "edgeboard" || !slices.Equal(config.RuleFiles, []string{"alerts.yml"}) {
		t.Errorf("%+v", config)
	}
}

type panel struct {
	ID                       int
	Type, Title, Description string
	GridPos                  struct{ X, Y, W, H int }
	Targets                  []struct{ RefID, Expr, LegendFormat string }
	FieldConfig              struct{ Defaults struct{ Unit string } }
}

func TestDashboard(t *testing.T) {
	known := labelled(t)
	text, err := os.ReadFile(deploy + "grafana.json")
	if err != nil {
		t.Fatal(err)
	}
	var d struct {
		UID, Title    string
		SchemaVersion int
		Panels        []panel
		Templating    struct {
			List []struct{ Name, Type, Definition string }
		}
		Annotations struct{ List []struct{ Name, Expr string } }
	}
	if err := json.Unmarshal(text, &d); err != nil {
		t.Fatal(err)
	}
	if d.UID == "" || d.SchemaVersion == 0 {
		t.Error("it is no dashboard")
	}
	ids, taken := map[int]bool{}, map[[2]int]string{}
	for _, p := range d.Panels {
		if ids[p.ID] {
			t.Errorf("%s: there are two with the id %d", p.Title, p.ID)
		}
		ids[p.ID] = true
		for x := p.GridPos.X; x < p.GridPos.X+p.GridPos.W; x++ {
			for y := p.GridPos.Y; y < p.GridPos.Y+p.GridPos.H; y++ {
				if other, ok := taken[[2]int{x, y}]; ok || x >= 24 {
					t.Fatalf("%s lies over %s, or beyond the edge", p.Title, other)
				}
				taken[[2]int{x, y}] = p.Title
			}
		}
		if p.Type == "row" {
			continue
		}
		if p.Description == "" || len(p.Targets) == 0 || p.FieldConfig.Defaults.Unit == "" && p.Type != "heatmap" {
			t.Errorf("%s: want a description, a query and a unit", p.Title)
		}
		refs := map[string]bool{}
		for _, q := range p.Targets {
			checkQuery(t, p.Title, q.Expr, known)
			if refs[q.RefID] {
				t.Errorf("%s: two queries are called %s", p.Title, q.RefID)
			}
			refs[q.RefID] = true
			for _, label := range used.FindAllStringSubmatch(q.LegendFormat, -1) {
				if !strings.Contains(q.Expr, label[1]) {
					t.Errorf("%s: the legend names %s, by which %q does not tell", p.Title, label[1], q.Expr)
				}
			}
		}
	}
	names := fmt.Sprint(d.Templating.List)
	if !strings.Contains(names, "source datasource") || !strings.Contains(names, "relay query") {
		t.Errorf("its variables are %s", names)
	}
	for _, v := range d.Templating.List {
		if of, ok := strings.CutPrefix(v.Definition, "label_values("); ok {
			of, label, _ := strings.Cut(strings.TrimSuffix(of, ")"), "}, ")
			checkQuery(t, v.Name, of+"}", known)
			if label != "instance" {
				t.Errorf("the variable %s is of the label %q", v.Name, label)
			}
		}
	}
	for _, a := range d.Annotations.List {
		checkQuery(t, a.Name, a.Expr, known)
	}
}
