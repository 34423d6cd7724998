package texts

// dialog is what several dialogs say.
var dialog = []Entry{
	{"dialog.cancel", "Cancel", "取消"},
	{"dialog.close", "Close", "关闭"},
	{"dialog.copy", "Copy", "复制"},
	{"dialog.ok", "OK", "确定"},
	{"dialog.other-account", "Use another account", "使用其他账号"},
	{"dialog.sign-in", "Sign in", "登录"},
	{"dialog.sign-out", "Sign out", "退出登录"},
}
