//go:build !js

package texts

// help is what the help has in common in each language; the rest of it is in public/help.
var help = []Entry{
	{"help.board", "New board", "新建白板"},
	{"help.description", "How to draw, write, talk and watch live data together on one board.", "如何在同一块白板上一起绘画、书写、交流和查看实时数据。"},
	{"help.title", "Edgeboard: help", "Edgeboard 帮助"},
}
