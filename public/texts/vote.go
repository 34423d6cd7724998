package texts

// vote is what the controls of a vote say.
var vote = []Entry{
	{"vote.close", "Close the vote", "结束投票"},
	{"vote.done", "Done", "完成"},
	{"vote.dots", "{0} dots", "{0} 票"},
	{"vote.dots.one", "1 dot", "1 票"},
	{"vote.fewer", "One dot fewer for each", "每人减少一票"},
	{"vote.for", "Put a dot on the selection", "为所选投一票"},
	{"vote.go", "Vote", "投票"},
	{"vote.gone", "an element that is gone", "已不存在的元素"},
	{"vote.left", "{0} dots left", "还剩 {0} 票"},
	{"vote.left.one", "1 dot left", "还剩 1 票"},
	{"vote.limit", "Dots for each", "每人票数"},
	{"vote.more", "One dot more for each", "每人增加一票"},
	{"vote.none", "Nobody has voted yet.", "还没有人投票。"},
	{"vote.people", "from {0} people", "来自 {0} 人"},
	{"vote.people.one", "from 1 person", "来自 1 人"},
	{"vote.reopen", "Open it again", "重新开始投票"},
	{"vote.result", "Result", "结果"},
	{"vote.result-close", "Close the result", "关闭结果"},
	{"vote.spent", "You have no dots left. Click one of yours to take it back.", "你的票已用完。点击自己的票可以收回。"},
	{"vote.take", "Take one back from the selection", "从所选收回一票"},
	{"vote.title", "Vote", "投票"},
	{"vote.unnamed", "Vote without a question", "未填写问题的投票"},
	{"vote.voting", "Voting", "正在投票"},
	{"vote.winner", "Most dots", "票数最多"},
}
