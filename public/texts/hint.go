//go:build !js

package texts

// hint is what stands on a board with nothing on it.
var hint = []Entry{
	{"hint.note", "Note", "便签"},
	{"hint.pen", "Draw", "画笔"},
	{"hint.text", "Text", "文字"},
	{"hint.title", "Begin anywhere", "随处开始"},
	{"hint.tour", "Show me around", "带我看看"},
	{"hint.view", "Nothing here yet", "这里还没有内容"},
}
