package texts

// findTexts is what is said around finding texts on the board.
var findTexts = []Entry{
	{"find.count", "{0} of {1}", "第 {0} 个，共 {1} 个"},
	{"find.next", "Next", "下一个"},
	{"find.none", "Not found", "未找到"},
	{"find.previous", "Previous", "上一个"},
	{"find.text", "Find on the board", "在白板上查找"},
	{"find.title", "Find", "查找"},
}
