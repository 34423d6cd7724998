package texts

// stopped is why the board has stopped for good.
var stopped = []Entry{
	{"stopped.board-full", "The board is full: it cannot keep any more.", "白板已满，无法再保存更多内容。"},
	{"stopped.board-name", "This is no name of a board. Make a new one from the start page.", "白板名称无效。请从首页新建一个。"},
	{"stopped.forbidden", "Your access does not allow what this page was about to do.", "你的权限不允许这样做。"},
	{"stopped.other", "The relay refused the connection: {0}", "服务器拒绝了这个页面的连接：{0}"},
	{"stopped.reload", "Reload", "重新加载"},
	{"stopped.replaced", "This page was opened on another connection.", "这个页面已在另一个连接上打开。"},
	{"stopped.title", "This board has stopped", "白板已停止"},
	{"stopped.version", "The page is of another version than the relay. Reload it.", "页面版本与服务器不一致。请重新加载。"},
}
