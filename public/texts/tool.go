package texts

// tool is the names of tools.
var tool = []Entry{
	{"tool.arrow", "Arrow", "箭头"},
	{"tool.comment", "Comment", "评论"},
	{"tool.diamond", "Diamond", "菱形"},
	{"tool.ellipse", "Ellipse", "椭圆"},
	{"tool.eraser", "Eraser", "橡皮擦"},
	{"tool.frame", "Frame", "画框"},
	{"tool.hand", "Move the board", "拖动画布"},
	{"tool.highlighter", "Highlighter", "荧光笔"},
	{"tool.line", "Line", "直线"},
	{"tool.note", "Note", "便签"},
	{"tool.pen", "Pen", "画笔"},
	{"tool.rectangle", "Rectangle", "矩形"},
	{"tool.select", "Select", "选择"},
	{"tool.stamp", "Stamp", "贴章"},
	{"tool.text", "Text", "文字"},
	{"tool.tile", "Live data", "实时数据"},
	{"tool.vote", "Vote", "投票"},
}
