package browser

import "strings"

// ownShortcuts are those that the page itself answers.
var ownShortcuts = [...]Shortcut{
	{"cut", []string{"Ctrl+X"}}, {"copy", []string{"Ctrl+C"}}, {"paste", []string{"Ctrl+V"}},
	{"menu", []string{"Shift+F10"}}, {"panels", []string{"F6"}}, {"shortcuts", []string{"?"}},
}

// keysOf returns the keys of commands.
func keysOf(shortcuts []Shortcut, commands []string) (keys []string) {
	for _, command := range commands {
		for _, s := range shortcuts {
			if s.Command == command {
				keys = append(keys, s.Keys...)
			}
		}
	}
	return keys
}

// KeyName writes keys as "Ctrl+Shift+Z" for people: on a Mac by its signs.
func KeyName(keys string, mac bool) string {
	parts, between := keyParts(keys), "+"
	if mac {
		between = ""
	}
	for i, key := range parts {
		for _, sign := range keySigns {
			if sign[0] == key && (mac || sign[1] != "") {
				parts[i] = sign[1]
				if mac && sign[2] != "" {
					parts[i] = sign[2]
				}
			}
		}
	}
	return strings.Join(parts, between)
}

// keySigns are keys, what they are called, and what on a Mac; "": as they are, and
// as elsewhere.
var keySigns = [...][3]string{
	{"ArrowLeft", "←"}, {"ArrowRight", "→"}, {"ArrowUp", "↑"}, {"ArrowDown", "↓"}, {"Escape", "Esc"},
	{"Ctrl", "", "⌘"}, {"Shift", "", "⇧"}, {"Alt", "", "⌥"}, {"Delete", "", "⌦"}, {"Backspace", "", "⌫"}, {"Enter", "", "↩"},
}

// ariaKeys writes keys as the attribute aria-keyshortcuts has them.
func ariaKeys(keys string, mac bool) string {
	parts := keyParts(keys)
	for i, k := range parts {
		switch {
		case k == "Ctrl" && mac:
			parts[i] = "Meta"
		case k == "Ctrl":
			parts[i] = "Control"
		case k == "+":
			parts[i] = "Plus"
		}
	}
	return strings.Join(parts, "+")
}

// keyParts splits keys at the signs between them: the last key may be + itself.
func keyParts(keys string) []string {
	if rest, ok := strings.CutSuffix(keys, "+"); ok {
		if rest = strings.TrimSuffix(rest, "+"); rest == "" {
			return []string{"+"}
		}
		return append(strings.Split(rest, "+"), "+")
	}
	return strings.Split(keys, "+")
}
