package browser

import (
	"fmt"
	"slices"
	"testing"

	"edgeboard/shared/wire"
)

// A time is read as it is written, and nothing else is one.
func TestClockTime(t *testing.T) {
	for minute := range uint32(24 * 60) {
		text := clockTime(minute)
		if want := fmt.Sprintf("%02d:%02d", minute/60, minute%60); text != want {
			t.Fatalf("minute %d is %q, want %q", minute, text, want)
		}
		if got, ok := minuteOf(text + ":00"); !ok || got != minute {
			t.Fatalf("%q is minute %d", text, got)
		}
	}
	for _, text := range []string{"", "7:00", "24:00", "29:00", "12:60", "ab:cd", "12-30", "12:3", "1x:00", "12:3x"} {
		if got, ok := minuteOf(text); ok {
			t.Errorf("%q is minute %d", text, got)
		}
	}
}

// A board is muted once, however often it is said.
func TestMute(t *testing.T) {
	list := mute(mute([]string{"a", "b"}, "c", true), "a", true)
	if !slices.Equal(list, []string{"b", "c", "a"}) {
		t.Errorf("muted are %q", list)
	}
	if list = mute(list, "c", false); !slices.Equal(list, []string{"b", "a"}) {
		t.Errorf("muted are %q", list)
	}
	many := make([]string, wire.MaxMuted)
	if list = mute(many, "one more", true); len(list) > wire.MaxMuted || list[len(list)-1] != "one more" {
		t.Errorf("%d are muted", len(list))
	}
}
