//go:build !js

package texts

// keys is what the sheet of shortcuts says besides the names of commands and
// tools.
var keys = []Entry{
	{"keys.add", "Add to the selection", "加选"},
	{"keys.arrange", "Arrange", "排列"},
	{"keys.centre", "From the centre", "从中心缩放"},
	{"keys.drag-copy", "Drag a copy", "拖出副本"},
	{"keys.edit", "Edit", "编辑"},
	{"keys.panels", "Next panel", "下一个面板"},
	{"keys.pointer", "With the pointer", "配合指针"},
	{"keys.proportions", "Keep proportions", "保持比例"},
	{"keys.space", "Space", "空格"},
	{"keys.tools", "Tools", "工具"},
	{"keys.view", "View", "视图"},
	{"keys.wheel", "Ctrl + wheel", "Ctrl + 滚轮"},
	{"keys.zoom", "Zoom", "缩放"},
}
