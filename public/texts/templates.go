//go:build !js

package texts

// templates is what the dialog of templates says.
var templates = []Entry{
	{"templates.about", "Something to begin with, on this page. What is there stays.", "选一个模板放到当前页面，已有内容不受影响。"},
	{"templates.brainstorm", "Brainstorm", "头脑风暴"},
	{"templates.brainstorm-about", "Many ideas, then groups and a vote", "发散想法，归类并投票"},
	{"templates.command", "Templates…", "模板…"},
	{"templates.dashboard", "Live dashboard", "实时看板"},
	{"templates.dashboard-about", "Tiles, and the lines that feed them", "数据磁贴和对应的命令"},
	{"templates.flow", "Flow chart", "流程图"},
	{"templates.flow-about", "Shapes with arrows that stay bound", "图形与自动跟随的箭头"},
	{"templates.kanban", "Kanban", "看板"},
	{"templates.kanban-about", "Cards that move to the right", "卡片从左到右流转"},
	{"templates.meeting", "Meeting notes", "会议记录"},
	{"templates.meeting-about", "Agenda, timer, decisions, next steps", "议程、计时、决定和后续行动"},
	{"templates.retrospective", "Retrospective", "回顾会议"},
	{"templates.retrospective-about", "What went well, what was hard, what next", "做得好的、困难的和下一步"},
	{"templates.title", "Templates", "模板"},
	{"templates.tour", "Tour", "导览"},
	{"templates.tour-about", "Eight small stations, to try things out", "八个小练习，边玩边学"},
}
