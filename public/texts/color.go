package texts

// color is the names of colours.
var color = []Entry{
	{"color.black", "Black", "黑"},
	{"color.blue", "Blue", "蓝"},
	{"color.green", "Green", "绿"},
	{"color.grey", "Grey", "灰"},
	{"color.orange", "Orange", "橙"},
	{"color.other", "Another colour", "其他颜色"},
	{"color.pink", "Pink", "粉"},
	{"color.purple", "Purple", "紫"},
	{"color.red", "Red", "红"},
	{"color.teal", "Teal", "青"},
	{"color.white", "White", "白"},
	{"color.yellow", "Yellow", "黄"},
}
