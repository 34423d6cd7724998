package browser

import (
	"testing"

	"edgeboard/public/texts"
)

func TestTypingText(t *testing.T) {
	for n, want := range []string{"", "Ann is typing…", "Ann and Ben are typing…", "Several people are typing…", "Several people are typing…"} {
		if got := typingText(texts.English, []string{"Ann", "Ben", "Cem", "Dia"}[:n]); got != want {
			t.Errorf("%d are typing: %q, want %q", n, got, want)
		}
	}
}

func TestTitled(t *testing.T) {
	for unread, want := range map[int]string{0: "Edgeboard", 3: "(3) Edgeboard", 99: "(99) Edgeboard", 1000: "(99+) Edgeboard"} {
		if got := titled("Edgeboard", unread); got != want {
			t.Errorf("%d unread: %q, want %q", unread, got, want)
		}
	}
}
