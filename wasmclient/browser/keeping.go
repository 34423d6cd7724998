package browser

import "edgeboard/public/texts"

// Keeping is where changes are that the relay has not stored.
type Keeping struct {
	Offline   bool // for so long that a person is to know
	NotStored bool // the relay has them, and cannot store them now
	ViewOnly  bool
	Changes   int  // that the relay has not stored
	Unsaid    int  // messages that it has not
	NotKept   bool // the device keeps nothing
	Full      bool // since it has no room
}

// words returns what a person is told, "" if that is nothing, and whether changes are
// to be saved in another way.
func (k Keeping) words(l texts.Language) (text string, save bool) {
	switch {
	case !k.Offline && (!k.NotStored || k.Changes+k.Unsaid == 0):
		return "", false
	case k.Changes > 0 && k.NotKept && k.Full:
		return l.Count("offline.full", k.Changes), true
	case k.Changes > 0 && k.NotKept:
		return l.Count("offline.not-kept", k.Changes), true
	case !k.Offline && k.Changes == 0:
		return l.Count("offline.not-said", k.Unsaid), false
	case !k.Offline:
		return l.Count("offline.not-stored", k.Changes), false
	case k.Changes > 0:
		return l.Count("offline.kept", k.Changes), false
	case k.ViewOnly:
		return l.Text("offline.view"), false
	case k.NotKept:
		return l.Text("offline.unkept"), false
	}
	return l.Text("offline.nothing"), false
}
