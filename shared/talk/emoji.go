package talk

import (
	"slices"
	"strings"
)

// EmojiName is an emoji and what people type for it between two colons.
type EmojiName struct{ Name, Sign string }

// maxEmojiName is the greatest length of a name in bytes.
const maxEmojiName = 20

// Emoji returns the emoji of a name, such as "smile", and "" if it has none.
func Emoji(name string) string {
	i, ok := slices.BinarySearchFunc(emojis[:], name, func(e EmojiName, name string) int { return strings.Compare(e.Name, name) })
	if !ok {
		return ""
	}
	return emojis[i].Sign
}

// CompleteEmoji returns the emojis whose names begin with prefix, by name, at most
// eight.
func CompleteEmoji(prefix string) (list []EmojiName) {
	i, _ := slices.BinarySearchFunc(emojis[:], prefix, func(e EmojiName, name string) int { return strings.Compare(e.Name, name) })
	for ; i < len(emojis) && len(list) < maxComplete && strings.HasPrefix(emojis[i].Name, prefix); i++ {
		list = append(list, emojis[i])
	}
	return list
}

// shortcode returns the emoji that a text begins with by its name, and how long that
// is with its colons; a length of 0 if there is none.
func shortcode(text string) (sign string, n int) {
	end := strings.IndexByte(text[1:min(len(text), maxEmojiName+2)], ':') + 1
	if end <= 1 {
		return "", 0
	}
	if sign = Emoji(text[1:end]); sign == "" {
		return "", 0
	}
	return sign, end + 1
}

// emojis are by name.
var emojis = [...]EmojiName{
	{"+1", "👍"},
	{"-1", "👎"},
	{"100", "💯"},
	{"alarm", "⏰"},
	{"angry", "😠"},
	{"apple", "🍎"},
	{"arrow_down", "⬇️"},
	{"arrow_left", "⬅️"},
	{"arrow_right", "➡️"},
	{"arrow_up", "⬆️"},
	{"art", "🎨"},
	{"balloon", "🎈"},
	{"beer", "🍺"},
	{"bell", "🔔"},
	{"bicycle", "🚲"},
	{"birthday", "🎂"},
	{"blue_heart", "💙"},
	{"blush", "😊"},
	{"bomb", "💣"},
	{"book", "📖"},
	{"books", "📚"},
	{"boom", "💥"},
	{"brain", "🧠"},
	{"bread", "🍞"},
	{"broken_heart", "💔"},
	{"bug", "🐛"},
	{"bulb", "💡"},
	{"calendar", "📅"},
	{"camera", "📷"},
	{"car", "🚗"},
	{"cat", "🐱"},
	{"chart", "📊"},
	{"check", "✅"},
	{"cherry_blossom", "🌸"},
	{"clap", "👏"},
	{"clipboard", "📋"},
	{"clock", "🕒"},
	{"cloud", "☁️"},
	{"coffee", "☕"},
	{"cold_sweat", "😰"},
	{"computer", "💻"},
	{"confetti", "🎊"},
	{"confused", "😕"},
	{"construction", "🚧"},
	{"cookie", "🍪"},
	{"cool", "😎"},
	{"cross", "❌"},
	{"crown", "👑"},
	{"cry", "😢"},
	{"crystal_ball", "🔮"},
	{"cup", "🏆"},
	{"dart", "🎯"},
	{"dizzy", "💫"},
	{"dog", "🐶"},
	{"door", "🚪"},
	{"dragon", "🐉"},
	{"email", "📧"},
	{"exclamation", "❗"},
	{"eyes", "👀"},
	{"facepalm", "🤦"},
	{"fire", "🔥"},
	{"fist", "✊"},
	{"flag", "🚩"},
	{"flower", "🌼"},
	{"flushed", "😳"},
	{"folder", "📁"},
	{"fries", "🍟"},
	{"frog", "🐸"},
	{"gear", "⚙️"},
	{"gem", "💎"},
	{"ghost", "👻"},
	{"gift", "🎁"},
	{"globe", "🌍"},
	{"green_heart", "💚"},
	{"grimace", "😬"},
	{"grin", "😁"},
	{"hammer", "🔨"},
	{"hand", "✋"},
	{"handshake", "🤝"},
	{"heart", "❤️"},
	{"heart_eyes", "😍"},
	{"hourglass", "⏳"},
	{"house", "🏠"},
	{"hug", "🤗"},
	{"hundred", "💯"},
	{"innocent", "😇"},
	{"joy", "😂"},
	{"key", "🔑"},
	{"kiss", "😘"},
	{"laugh", "😆"},
	{"leaf", "🍃"},
	{"link", "🔗"},
	{"lock", "🔒"},
	{"love_letter", "💌"},
	{"magnet", "🧲"},
	{"mail", "📬"},
	{"map", "🗺️"},
	{"mask", "😷"},
	{"mega", "📣"},
	{"memo", "📝"},
	{"microscope", "🔬"},
	{"money", "💰"},
	{"moon", "🌙"},
	{"mountain", "⛰️"},
	{"muscle", "💪"},
	{"musical_note", "🎵"},
	{"nerd", "🤓"},
	{"neutral", "😐"},
	{"no_entry", "⛔"},
	{"ok", "👌"},
	{"open_mouth", "😮"},
	{"package", "📦"},
	{"palm_tree", "🌴"},
	{"panda", "🐼"},
	{"paperclip", "📎"},
	{"party", "🥳"},
	{"pencil", "✏️"},
	{"penguin", "🐧"},
	{"phone", "📱"},
	{"pin", "📌"},
	{"pizza", "🍕"},
	{"plane", "✈️"},
	{"plus", "➕"},
	{"point_down", "👇"},
	{"point_left", "👈"},
	{"point_right", "👉"},
	{"point_up", "👆"},
	{"poop", "💩"},
	{"pray", "🙏"},
	{"purple_heart", "💜"},
	{"puzzle", "🧩"},
	{"question", "❓"},
	{"rage", "😡"},
	{"rainbow", "🌈"},
	{"raised_hands", "🙌"},
	{"recycle", "♻️"},
	{"relieved", "😌"},
	{"robot", "🤖"},
	{"rocket", "🚀"},
	{"rofl", "🤣"},
	{"rose", "🌹"},
	{"ruler", "📏"},
	{"sad", "🙁"},
	{"scream", "😱"},
	{"search", "🔍"},
	{"see_no_evil", "🙈"},
	{"seedling", "🌱"},
	{"shield", "🛡️"},
	{"ship", "🚢"},
	{"shrug", "🤷"},
	{"skull", "💀"},
	{"sleeping", "😴"},
	{"slight_smile", "🙂"},
	{"smile", "😄"},
	{"smirk", "😏"},
	{"snail", "🐌"},
	{"snowflake", "❄️"},
	{"sob", "😭"},
	{"sparkles", "✨"},
	{"star", "⭐"},
	{"star_struck", "🤩"},
	{"stop", "🛑"},
	{"sun", "☀️"},
	{"sunglasses", "😎"},
	{"sweat", "😓"},
	{"sweat_smile", "😅"},
	{"tada", "🎉"},
	{"tea", "🍵"},
	{"telescope", "🔭"},
	{"thinking", "🤔"},
	{"thought", "💭"},
	{"thumbsdown", "👎"},
	{"thumbsup", "👍"},
	{"tongue", "😛"},
	{"tools", "🛠️"},
	{"train", "🚆"},
	{"trash", "🗑️"},
	{"tree", "🌳"},
	{"trophy", "🏆"},
	{"umbrella", "☂️"},
	{"unicorn", "🦄"},
	{"unlock", "🔓"},
	{"upside_down", "🙃"},
	{"v", "✌️"},
	{"warning", "⚠️"},
	{"wave", "👋"},
	{"wink", "😉"},
	{"worried", "😟"},
	{"wrench", "🔧"},
	{"x", "❌"},
	{"yellow_heart", "💛"},
	{"yum", "😋"},
	{"zap", "⚡"},
	{"zzz", "💤"},
}
