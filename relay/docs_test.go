package main

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"
)

// settings is the table of all flags as docs/configuration.md has it, made of what the relay
// itself knows of them.
func settings() string {
	var b strings.Builder
	flags := flag.NewFlagSet("relay", flag.ContinueOnError)
	for _, g := range define(flags, &options{}) {
		fmt.Fprintf(&b, "## %s\n\n| flag | variable | default | |\n|---|---|---|---|\n", g.title)
		for _, name := range g.names {
			f := flags.Lookup(name)
			value, text := flag.UnquoteUsage(f)
			if value == "value" || value == "" {
				value = "true or false"
			}
			byDefault := f.DefValue
			if byDefault != "" {
				byDefault = "`" + strings.ReplaceAll(byDefault, ",", "`, `") + "`"
			}
			fmt.Fprintf(&b, "| `-%s` *%s* | `%s` | %s | %s |\n", name, value, envName(name), byDefault, strings.ReplaceAll(text, "*", `\*`))
		}
		b.WriteByte('\n')
	}
	return b.String()
}

// docs/configuration.md has every flag and variable, with its default, and none that there is
// not.
func TestConfigurationPage(t *testing.T) {
	const file, from, to = "../docs/configuration.md", "<!-- made by TestConfigurationPage -->\n\n", "<!-- end -->\n"
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	head, rest, ok := strings.Cut(string(text), from)
	table, foot, also := strings.Cut(rest, to)
	if !ok || !also {
		t.Fatalf("%s has no place for the flags", file)
	}
	if want := settings(); table != want {
		if os.Getenv("EDGEBOARD_UPDATE") == "" {
			t.Fatalf("%s has other flags than the relay; EDGEBOARD_UPDATE=1 go test -run TestConfigurationPage ./relay writes them", file)
		}
		if err := os.WriteFile(file, []byte(head+from+want+to+foot), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	// Those that are no flags.
	for _, name := range []string{webhookSecretEnv, "GOMEMLIMIT"} {
		if !strings.Contains(foot, "`"+name+"`") {
			t.Errorf("%s does not speak of the variable %s", file, name)
		}
	}
}
