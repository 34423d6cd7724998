package texts

// comment is what is said around comments.
var comment = []Entry{
	{"comment.all-resolved", "Everything is resolved.", "全部已解决。"},
	{"comment.change", "Edit comment", "编辑评论"},
	{"comment.delete", "Delete comment", "删除评论"},
	{"comment.deleted", "Comment deleted", "评论已删除"},
	{"comment.edited", "edited", "已编辑"},
	{"comment.filter", "Which comments", "筛选评论"},
	{"comment.new", "New comment", "新评论"},
	{"comment.none", "Nobody has commented yet. Take the comment tool (C) and click on the board.", "还没有评论。选择评论工具（C），然后点击画布。"},
	{"comment.none-resolved", "No thread is resolved.", "没有已解决的讨论。"},
	{"comment.open", "Open", "未解决"},
	{"comment.reopen", "Reopen", "重新打开"},
	{"comment.resolve", "Resolve", "标为已解决"},
	{"comment.resolved", "Resolved", "已解决"},
	{"comment.said", "{0} comments", "{0} 条评论"},
	{"comment.said.one", "1 comment", "1 条评论"},
	{"comment.save", "Save", "保存"},
	{"comment.send", "Send", "发送"},
	{"comment.thread", "Comments by {0}: {1}", "{0} 的评论：{1}"},
	{"comment.title", "Comments", "评论"},
	{"comment.unnamed", "Somebody", "某人"},
	{"comment.write", "Write a comment", "写评论"},
}
