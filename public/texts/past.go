package texts

// past is what is said of the board as it was, and of what has changed since.
var past = []Entry{
	{"past.after", "One step later", "后一步"},
	{"past.before", "One step earlier", "前一步"},
	{"past.close", "Back to now", "回到现在"},
	{"past.command", "History…", "历史…"},
	{"past.empty", "Nothing has been stored yet", "尚未保存任何内容"},
	{"past.failed", "The history cannot be read now: {0}", "现在无法读取历史：{0}"},
	{"past.loading", "Reading…", "正在读取…"},
	{"past.name", "Name…", "命名…"},
	{"past.named", "“{0}” is kept", "已保留“{0}”"},
	{"past.naming", "Name of this version", "此版本的名称"},
	{"past.naming-hint", "It is kept until somebody removes it.", "它会一直保留，直到有人将其删除。"},
	{"past.none", "No version has a name yet.", "还没有命名的版本。"},
	{"past.of", "{0} · change {1} of {2}", "{0} · 第 {1} 步，共 {2} 步"},
	{"past.play", "Play", "播放"},
	{"past.remove", "Remove “{0}”", "删除“{0}”"},
	{"past.restore", "Restore", "恢复"},
	{"past.restored", "The board is as it was {0}", "白板已恢复到 {0}"},
	{"past.same", "The board is like that already", "白板已经是这样"},
	{"past.sure", "Remove “{0}”? The board stays as it is, but nobody may find this version again.", "删除“{0}”？白板保持不变，但可能再也找不到此版本。"},
	{"past.time", "Time", "时间"},
	{"past.title", "History", "历史"},
	{"past.too-long", "The history is longer than can be shown", "历史太长，无法全部显示"},
	{"past.undo", "Undo", "撤销"},
	{"past.unknown-time", "some time ago", "一段时间前"},
	{"past.versions", "Versions", "版本"},
}

// since is what is said of what others have done since a person was here.
var since = []Entry{
	{"since.added", "{0} of {1}: new", "第 {0} 处，共 {1} 处：新增"},
	{"since.after", "Next change", "下一处更改"},
	{"since.altered", "{0} of {1}: changed", "第 {0} 处，共 {1} 处：已更改"},
	{"since.before", "Previous change", "上一处更改"},
	{"since.changes", "{0} changes since {1}", "自 {1} 以来有 {0} 处更改"},
	{"since.changes.one", "One change since {1}", "自 {1} 以来有 1 处更改"},
	{"since.gone", "{0} of {1}: deleted", "第 {0} 处，共 {1} 处：已删除"},
	{"since.show", "Show", "查看"},
	{"since.title", "What changed since you were here", "你离开后的更改"},
}
