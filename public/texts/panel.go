package texts

// panel is the names of panels, for screen readers.
var panel = []Entry{
	{"panel.board", "Board", "白板"},
	{"panel.description", "A live whiteboard for a team.", "团队实时白板。"},
	{"panel.history", "Undo and redo", "撤销与重做"},
	{"panel.people", "People here", "在线的人"},
	{"panel.style", "Style", "样式"},
	{"panel.tools", "Tools", "工具"},
	{"panel.zoom", "Zoom", "缩放"},
}
