package texts

// denied is why a board is not opened, and what to do about it.
var denied = []Entry{
	{"denied.access", "You have no access to this board", "你没有此白板的权限"},
	{"denied.access-help", "Ask its owner to let you in.", "请向白板的所有者申请权限。"},
	{"denied.again", "Try again", "重试"},
	{"denied.invite", "You need an invite to open this board", "需要邀请才能打开此白板"},
	{"denied.invite-help", "Ask its owner for an invite link.", "请向白板的所有者索取邀请链接。"},
	{"denied.over", "This invite is no longer valid", "此邀请已失效"},
	{"denied.over-help", "It has expired, was revoked or has been used. Ask for a new one.", "它已过期、被撤销或已被使用。请索取新的邀请链接。"},
	{"denied.sign-in", "Sign in to open this board", "请登录后打开此白板"},
	{"denied.sign-in-help", "It is open only to people who were let in.", "此白板仅对获准的人开放。"},
}
