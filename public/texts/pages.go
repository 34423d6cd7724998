package texts

// pages is what the panel of pages says.
var pages = []Entry{
	{"pages.actions", "More for {0}", "{0}的更多操作"},
	{"pages.close", "Close the pages", "关闭页面列表"},
	{"pages.delete", "Delete", "删除"},
	{"pages.deleted", "{0} was deleted", "已删除{0}"},
	{"pages.down", "Move down", "下移"},
	{"pages.duplicate", "Duplicate", "创建副本"},
	{"pages.here", "{0} here", "{0} 人在此"},
	{"pages.move-here", "Move the selection here", "将所选移到此页"},
	{"pages.moved", "Moved to {0}", "已移到{0}"},
	{"pages.name", "Name of the page", "页面名称"},
	{"pages.new", "New page", "新建页面"},
	{"pages.of", "{0}, page {1} of {2}", "{0}，第 {1} 页，共 {2} 页"},
	{"pages.open", "Go there", "前往"},
	{"pages.rename", "Rename", "重命名"},
	{"pages.title", "Pages", "页面"},
	{"pages.undo", "Undo", "撤销"},
	{"pages.unnamed", "Page {0}", "第 {0} 页"},
	{"pages.up", "Move up", "上移"},
}
