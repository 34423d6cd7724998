package export

import (
	"strconv"
	"strings"

	"edgeboard/shared/board"
)

// kindNames are the kinds of elements as files call them. docs/board-json.md says
// what they mean.
var kindNames = [...]string{
	board.KindStroke: "stroke", board.KindRectangle: "rectangle", board.KindEllipse: "ellipse", board.KindDiamond: "diamond",
	board.KindLine: "line", board.KindArrow: "arrow", board.KindText: "text", board.KindNote: "note", board.KindFrame: "frame",
	board.KindImage: "image", board.KindTile: "tile", board.KindThread: "thread", board.KindComment: "comment",
	board.KindPage: "page", board.KindSettings: "settings", board.KindStamp: "stamp", board.KindTimer: "timer", board.KindVote: "vote",
}

// A property that this version does not know is called by its number after
// otherPrefix, and so is a kind.
const otherPrefix = "other-"

// keyForm is how the value of a property is mostly written.
type keyForm uint8

const (
	formFloat  keyForm = iota + 1
	formInt            // a whole number
	formColor          // a whole number as "#rrggbb"
	formString         // a string
	formRef            // the name of an element
)

// keyNames are the properties as files call them. KeyDeleted and KeyOrder are not
// in files: what is deleted is not there, and elements stand in their order.
var keyNames = [...]struct {
	name string
	form keyForm
}{
	board.KeyColor: {"color", formColor}, board.KeyThickness: {"thickness", formFloat}, board.KeyX: {"x", formFloat},
	board.KeyY: {"y", formFloat}, board.KeyWidth: {"width", formFloat}, board.KeyHeight: {"height", formFloat},
	board.KeyAngle: {"angle", formFloat}, board.KeyFill: {"fill", formColor}, board.KeyDash: {"dash", formInt},
	board.KeyOpacity: {"opacity", formFloat}, board.KeyFontSize: {"fontSize", formFloat}, board.KeyAlign: {"align", formInt},
	board.KeyGroup: {"group", formRef}, board.KeyLocked: {"locked", formInt}, board.KeyFrame: {"frame", formRef},
	board.KeyPage: {"page", formRef}, board.KeyParent: {"parent", formRef}, board.KeyStart: {"start", formRef},
	board.KeyStartX: {"startX", formFloat}, board.KeyStartY: {"startY", formFloat}, board.KeyEnd: {"end", formRef},
	board.KeyEndX: {"endX", formFloat}, board.KeyEndY: {"endY", formFloat}, board.KeyBlob: {"blob", formString},
	board.KeyFeed: {"feed", formString}, board.KeyLink: {"link", formString}, board.KeyResolved: {"resolved", formInt},
	board.KeyAuthor: {"author", formString}, board.KeyTime: {"time", formInt}, board.KeyHead: {"head", formInt},
	board.KeySymbol: {"symbol", formInt}, board.KeyDuration: {"duration", formInt}, board.KeyElapsed: {"elapsed", formInt},
	board.KeyLimit: {"limit", formInt}, board.KeyCropX: {"cropX", formFloat}, board.KeyCropY: {"cropY", formFloat},
	board.KeyCropWidth: {"cropWidth", formFloat}, board.KeyCropHeight: {"cropHeight", formFloat}, board.KeyMedia: {"media", formString},
	board.KeyPixelWidth: {"pixelWidth", formInt}, board.KeyPixelHeight: {"pixelHeight", formInt}, board.KeyMain: {"main", formInt},
	board.KeyPerson: {"person", formString}, board.KeyEdited: {"edited", formInt},
	board.KeyChart: {"chart", formInt}, board.KeyUnit: {"unit", formString}, board.KeyDecimals: {"decimals", formInt},
	board.KeyMin: {"min", formFloat}, board.KeyMax: {"max", formFloat}, board.KeyWindow: {"window", formInt},
	board.KeySteps: {"steps", formString}, board.KeyStale: {"stale", formInt}, board.KeyBelow: {"below", formInt},
}

func kindName(k board.Kind) string {
	if int(k) < len(kindNames) && kindNames[k] != "" {
		return kindNames[k]
	}
	return otherPrefix + strconv.Itoa(int(k))
}

// kindOf returns the kind of a name, 0 if there is none.
func kindOf(name string) board.Kind {
	if number, ok := strings.CutPrefix(name, otherPrefix); ok {
		n, err := strconv.ParseUint(number, 10, 16)
		if err != nil {
			return 0
		}
		return board.Kind(n)
	}
	for k, other := range kindNames {
		if other == name && name != "" {
			return board.Kind(k)
		}
	}
	return 0
}

// keyName returns what a property is called, and how its values are written: 0, if
// always with their type.
func keyName(k board.Key) (string, keyForm) {
	if int(k) < len(keyNames) && keyNames[k].name != "" {
		return keyNames[k].name, keyNames[k].form
	}
	return otherPrefix + strconv.Itoa(int(k)), 0
}

// keyOf returns the property of a name, 0 if there is none.
func keyOf(name string) (board.Key, keyForm) {
	if number, ok := strings.CutPrefix(name, otherPrefix); ok {
		n, err := strconv.ParseUint(number, 10, 16)
		if err != nil {
			return 0, 0
		}
		return board.Key(n), 0
	}
	for k := range keyNames {
		if keyNames[k].name == name && name != "" {
			return board.Key(k), keyNames[k].form
		}
	}
	return 0, 0
}
