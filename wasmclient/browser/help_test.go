package browser

import (
	"flag"
	"html"
	"os"
	"regexp"
	"strings"
	"testing"

	"edgeboard/wasmclient/editor"
)

var update = flag.Bool("update", false, "write public/parts/help/keys.html anew")

// The help has the keys of the sheet, from where the sheet has them: the lines of
// keys.html, and what the editor and the page answer.
func TestHelpHasTheKeysOfTheSheet(t *testing.T) {
	const file = "../../public/parts/help/keys.html"
	sheet, err := os.ReadFile("../../public/parts/keys.html")
	if err != nil {
		t.Fatal(err)
	}
	shortcuts := append([]Shortcut{}, ownShortcuts[:]...)
	for _, s := range editor.Shortcuts() {
		shortcuts = append(shortcuts, Shortcut{Command: string(s.Command), Keys: s.Keys})
	}
	want := keyTables(t, string(sheet), shortcuts)
	if *update {
		if err := os.WriteFile(file, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != want {
		t.Errorf("%s is not what the sheet says: go test ./wasmclient/browser -run Help -update", file)
	}
}

var (
	sections = regexp.MustCompile(`(?s)<section><h3>(.*?)</h3><dl>(.*?)</dl></section>`)
	lines    = regexp.MustCompile(`<div(?: data-keys="([^"]*)")?><dt>(.*?)</dt><dd>(.*?)</dd></div>`)
)

// keyTables makes tables of the sheet.
func keyTables(t *testing.T, sheet string, shortcuts []Shortcut) string {
	var b strings.Builder
	n := 0
	for _, section := range sections.FindAllStringSubmatch(sheet, -1) {
		b.WriteString("<h3>" + section[1] + "</h3>\n<table>\n<tbody>\n")
		for _, line := range lines.FindAllStringSubmatch(section[2], -1) {
			keys := line[3]
			for _, key := range keysOf(shortcuts, strings.Fields(line[1])) {
				keys += "<kbd>" + html.EscapeString(KeyName(key, false)) + "</kbd>"
			}
			if keys == "" {
				continue // the sheet does not show it either
			}
			n++
			b.WriteString(`<tr><th scope="row">` + line[2] + "</th><td>" + keys + "</td></tr>\n")
		}
		b.WriteString("</tbody>\n</table>\n")
	}
	if n < 60 {
		t.Errorf("%d lines were found on the sheet", n)
	}
	return b.String()
}
