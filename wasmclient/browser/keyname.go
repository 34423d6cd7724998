package browser

import "strings"

// KeyName writes keys as "Ctrl+Shift+Z" for people: on a Mac by its signs.
func KeyName(keys string, mac bool) string {
	parts := keyParts(keys)
	sep := "+"
	if mac {
		sep = ""
	}
	for i, k := range parts {
		if mac {
			if sign, ok := macKeys[k]; ok {
				parts[i] = sign
				continue
			}
		}
		if sign, ok := keySigns[k]; ok {
			parts[i] = sign
		}
	}
	return strings.Join(parts, sep)
}

var macKeys = map[string]string{"Ctrl": "⌘", "Shift": "⇧", "Alt": "⌥", "Delete": "⌦", "Backspace": "⌫", "Enter": "↩"}

var keySigns = map[string]string{
	"ArrowLeft": "←", "ArrowRight": "→", "ArrowUp": "↑", "ArrowDown": "↓",
	"Left": "←", "Right": "→", "Up": "↑", "Down": "↓", "Escape": "Esc",
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
