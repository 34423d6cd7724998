package browser

import (
	"testing"

	"edgeboard/public/texts"
)

func TestWhatIsSaidOfKeeping(t *testing.T) {
	for _, q := range []struct {
		why  string
		k    Keeping
		want string
		save bool
	}{
		{"all is well", Keeping{}, "", false},
		{"changes are on their way", Keeping{Changes: 3}, "", false},
		{"changes are on their way, and the device is full", Keeping{Changes: 3, NotKept: true, Full: true}, "", false},
		{"the relay's disk is full, and all is stored", Keeping{NotStored: true}, "", false},
		{"the relay's disk is full", Keeping{NotStored: true, Changes: 2}, "The relay cannot store the board now. 2 changes are kept on this device.", false},
		{"the relay's disk is full, and something was said", Keeping{NotStored: true, Unsaid: 2, NotKept: true}, "The relay cannot store messages now. 2 messages wait for it.", false},
		{"the relay's disk is full, and something was said and changed", Keeping{NotStored: true, Changes: 2, Unsaid: 1}, "The relay cannot store the board now. 2 changes are kept on this device.", false},
		{"something was said, and is on its way", Keeping{Unsaid: 2}, "", false},
		{"both disks are full", Keeping{NotStored: true, Changes: 1, NotKept: true, Full: true},
			"This device has no room to keep the board. 1 change is on this page alone: save it to a file before you close it.", true},
		{"there is no network", Keeping{Offline: true}, "You are offline. What you change is kept on this device.", false},
		{"there is no network, and nothing is kept", Keeping{Offline: true, NotKept: true},
			"You are offline, and this browser keeps nothing: what you change now is lost with this page.", false},
		{"there is no network for one who looks", Keeping{Offline: true, ViewOnly: true}, "You are offline. You see the board as this device has kept it.", false},
		{"something was changed without network", Keeping{Offline: true, Changes: 1}, "You are offline. 1 change is kept on this device.", false},
		{"something was changed, and storage is forbidden", Keeping{Offline: true, Changes: 4, NotKept: true},
			"This browser does not keep the board. 4 changes are on this page alone: save them to a file before you close it.", true},
	} {
		if got, save := q.k.words(texts.English); got != q.want || save != q.save {
			t.Errorf("%s: %q, %v; want %q, %v", q.why, got, save, q.want, q.save)
		}
	}
}
