package scripts

import (
	"os"
	"regexp"
	"strings"
	"testing"
)

// What SECURITY.md says is tried by a test must be one.
func TestThreatsAreTried(t *testing.T) {
	text, err := os.ReadFile("../SECURITY.md")
	if err != nil {
		t.Fatal(err)
	}
	there := tests(t)
	named := regexp.MustCompile("`((?:Test|Fuzz)[A-Za-z0-9_]+)`").FindAllStringSubmatch(string(text), -1)
	if len(named) < 30 {
		t.Errorf("SECURITY.md names %d tests: the table is not read", len(named))
	}
	for _, n := range named {
		if !there[n[1]] {
			t.Errorf("SECURITY.md names %s, which is no test", n[1])
		}
	}
	rows := regexp.MustCompile(`(?m)^\| [^|]+ \| [^|]+ \| ([^|]*) \|$`).FindAllStringSubmatch(string(text), -1)
	for _, row := range rows {
		if !strings.Contains(row[1], "`Test") && row[1] != "tried by" {
			t.Errorf("a row of SECURITY.md has no test: %s", row[0])
		}
	}
}
