package templates

import (
	"edgeboard/shared/board"
	"edgeboard/shared/figure"
)

// head is what stands above the work: what it is, and what to do first.
func (s *sketch) head(title, what string) {
	s.text(0, 0, 0, titleSize, title)
	s.text(0, 66, 0, bodySize, what, color(muted))
}

// Columns of notes: frames of the same width, with two notes in a row.
const (
	noteSide    = 168
	notePad     = 24
	columnWidth = 2*noteSide + 3*notePad
	columnGap   = 40
	columnTop   = 170
)

// notes puts notes into a column, two in a row; what says nothing is empty.
func (s *sketch) notes(x, y float64, paper int64, says ...string) {
	for i, text := range says {
		s.note(x+notePad+float64(i%2)*(noteSide+notePad), y+notePad+float64(i/2)*(noteSide+notePad), noteSide, paper, text)
	}
}

func retrospective(s *sketch) {
	s.head(s.say("Retrospective", "回顾会议"), s.say("Ten minutes to write, then read aloud, group what belongs together, and vote.",
		"先写十分钟，再逐条朗读，把相关的归到一起，最后投票。"))
	const height = 3*noteSide + 4*notePad
	for i, column := range [...]struct {
		title string
		ink   int64
		paper int64
		says  []string
	}{
		{s.say("What went well?", "哪些做得好？"), green, greenPaper, []string{s.say("One thing on each note", "每张便签写一件事"), "", "", ""}},
		{s.say("What was hard?", "哪里遇到困难？"), red, redPaper, []string{s.say("The thing, not the person", "对事不对人"), "", "", ""}},
		{s.say("What do we try next?", "接下来试什么？"), blue, bluePaper, []string{s.say("Small enough for two weeks", "两周内能做完"), "", "", ""}},
	} {
		x := float64(i) * (columnWidth + columnGap)
		s.inFrame(x, columnTop, columnWidth, height, column.title, column.ink, func() {
			s.notes(x, columnTop, column.paper, column.says...)
		})
	}
	x := 3 * float64(columnWidth+columnGap)
	s.timer(x, columnTop, 10)
	s.vote(x, columnTop+figure.TimerHeight+notePad, 260, 150, s.say("Which one do we talk about first?", "先讨论哪一条？"), 0)
	s.inFrame(x, columnTop+figure.TimerHeight+notePad+150+92, 260, height-figure.TimerHeight-notePad-150-92, s.say("Who does what", "行动项"), purple, func() {
		y := float64(columnTop + figure.TimerHeight + notePad + 150 + 92)
		for i := range 2 {
			s.card(x+20, y+24+float64(i)*104, 220, 84, purplePaper, [...]string{s.say("What · who · when", "事项 · 负责人 · 期限"), ""}[i], size(18))
		}
	})
}

func kanban(s *sketch) {
	s.head(s.say("Kanban", "看板"), s.say("Pull a card to the right when you begin. When a column is full, finish something first.",
		"开始一项就把卡片拖到右边。某列满了，先完成手头的事。"))
	const width, cardHeight, gap = 300, 96, 16
	for i, column := range [...]struct {
		title string
		ink   int64
		paper int64
		says  []string
	}{
		{s.say("To do", "待办"), ink, 0xe6e6e6, []string{s.say("Write the announcement", "撰写发布公告"), s.say("Order the screens", "订购显示屏"), s.say("Ask Ann about the logo", "向小安确认标志")}},
		{s.say("Doing · 3 at most", "进行中 · 最多 3 项"), blue, bluePaper, []string{s.say("Draw the first page", "设计首页"), s.say("Test on old phones", "在旧手机上测试")}},
		{s.say("Review · 2 at most", "待评审 · 最多 2 项"), orange, orangePaper, []string{s.say("Texts in Chinese", "中文文案")}},
		{s.say("Done", "已完成"), green, greenPaper, []string{s.say("Agree on a name", "确定名称")}},
	} {
		x := float64(i) * (width + columnGap)
		s.inFrame(x, columnTop, width, 4*cardHeight+5*gap, column.title, column.ink, func() {
			for j, text := range column.says {
				s.card(x+gap, columnTop+gap+float64(j)*(cardHeight+gap), width-2*gap, cardHeight, column.paper, text)
			}
		})
	}
}

func brainstorm(s *sketch) {
	s.head(s.say("Brainstorm", "头脑风暴"), s.say("First many ideas, each on a note, without judging. Then move what is alike into one group and name it.",
		"先各写各的，一张便签一个想法，不作评判；再把相似的移到同一组并命名。"))
	const wide, high = 1000, 4*noteSide + 5*notePad
	s.inFrame(0, columnTop, wide, high, s.say("1  Ideas", "1  想法"), orange, func() {
		s.box(board.KindEllipse, 300, columnTop+high/2-90, 400, 180, yellowPaper, s.say("How might we …?", "我们怎样才能……？"), size(headingSize))
		papers := [...]int64{yellowPaper, bluePaper, pinkPaper, greenPaper}
		says := [...]string{
			s.say("The wilder the better", "越大胆越好"), "", "", "", "",
			"", s.say("Build on the ideas of others", "在别人的想法上继续发挥"), "", "", "",
		}
		for i, text := range says {
			x := notePad + float64(i%5)*(noteSide+notePad+4)
			y := columnTop + notePad + float64(i/5)*(3*(noteSide+notePad))
			s.note(x, y, noteSide, papers[i%len(papers)], text)
		}
	})
	for i, group := range [...]struct {
		title string
		ink   int64
	}{{s.say("2  Group", "2  分组一"), blue}, {s.say("Another group", "分组二"), purple}, {s.say("Does not fit yet", "暂未归类"), ink}} {
		const each = (high - 2*rowGap) / 3
		y := columnTop + float64(i)*(each+rowGap)
		s.inFrame(wide+columnGap, y, 600, each, group.title, group.ink, func() {
			s.place(wide+columnGap+notePad, y+notePad, 600-2*notePad, each-2*notePad, s.say("Move notes here, and write above what they have in common.", "把便签移到这里，并在上方写出它们的共同点。"))
		})
	}
	s.vote(wide+columnGap+600+columnGap, columnTop, 260, 150, s.say("Which ideas do we follow?", "跟进哪些想法？"), 2)
	s.timer(wide+columnGap+600+columnGap, columnTop+150+notePad, 8)
}

func flow(s *sketch) {
	s.head(s.say("Flow chart", "流程图"), s.say("Double-click a shape to rename it. Drag with A from shape to shape: arrows stay bound.",
		"双击图形可改名。按 A 从一个图形拖到另一个，箭头会一直连着。"))
	const y, w, h = 250, 200, 100
	begin := s.box(board.KindEllipse, 0, y, w, h, greenPaper, s.say("Begin", "开始"))
	step := s.box(board.KindRectangle, 300, y, w, h, bluePaper, s.say("Take the order", "接收订单"))
	ask := s.box(board.KindDiamond, 600, y-50, 260, 200, yellowPaper, s.say("In stock?", "有货吗？"))
	send := s.box(board.KindRectangle, 990, y, w, h, bluePaper, s.say("Pack and send", "打包发货"))
	end := s.box(board.KindEllipse, 1290, y, w, h, redPaper, s.say("End", "结束"))
	buy := s.box(board.KindRectangle, 630, y+280, w, h, purplePaper, s.say("Order more", "补货"))
	tell := s.box(board.KindRectangle, 300, y+280, w, h, purplePaper, s.say("Tell the customer", "告知客户"))
	s.bind(begin, step)
	s.bind(step, ask)
	s.bind(ask, send)
	s.bind(send, end)
	s.bind(ask, buy)
	s.bind(buy, tell)
	s.bind(tell, step)
	// Beside the arrows, which would go through them.
	s.text(902, y+18, 0, 18, s.say("yes", "是"))
	s.text(742, y+196, 0, 18, s.say("no", "否"))
	// What the shapes mean
	for i, key := range [...]struct {
		kind  board.Kind
		paper int64
		means string
	}{
		{board.KindEllipse, greenPaper, s.say("Beginning or end", "开始或结束")},
		{board.KindRectangle, bluePaper, s.say("Something is done", "执行步骤")},
		{board.KindDiamond, yellowPaper, s.say("A question", "判断")},
	} {
		row := y + 250 + float64(i)*60
		s.box(key.kind, 1040, row, 64, 40, key.paper, "")
		s.text(1124, row+8, 0, 18, key.means, color(muted))
	}
}

func meeting(s *sketch) {
	s.head(s.say("Meeting notes", "会议记录"), s.say("What is it about?  ·  Date  ·  Who is here", "会议主题  ·  日期  ·  参会人"))
	const w, h = 460, 540
	s.inFrame(0, columnTop, w, h, s.say("Agenda", "议程"), blue, func() {
		for i, line := range [...][2]string{
			{s.say("5 min", "5 分钟"), s.say("Arrive, agree on the goal", "开场，确认目标")},
			{s.say("15 min", "15 分钟"), s.say("Look at where we stand", "了解现状")},
			{s.say("20 min", "20 分钟"), s.say("Options: for and against", "讨论各方案利弊")},
			{s.say("10 min", "10 分钟"), s.say("Decide by vote", "投票决定")},
			{s.say("10 min", "10 分钟"), s.say("Who does what by when", "分工与期限")},
		} {
			y := columnTop + 24 + float64(i)*100
			s.card(24, y, 92, 80, bluePaper, line[0], size(18))
			s.text(136, y+27, w-160, bodySize, line[1])
		}
	})
	s.inFrame(w+columnGap, columnTop, 600, h, s.say("Notes", "记录"), orange, func() {
		x := float64(w + columnGap)
		s.note(x+24, columnTop+24, 172, yellowPaper, s.say("Anybody writes, all the time", "人人都可以随时记录"))
		s.note(x+214, columnTop+24, 172, yellowPaper, "")
		s.note(x+404, columnTop+24, 172, yellowPaper, "")
		s.place(x+24, columnTop+220, 552, 296, s.say("Room for sketches: press P.", "可以在这里画草图：按 P。"))
	})
	x := float64(w + columnGap + 600 + columnGap)
	s.timer(x, columnTop, 15)
	s.vote(x+figure.TimerWidth+24, columnTop, 236, figure.TimerHeight+20, s.say("Which option?", "选哪个方案？"), 1)
	s.inFrame(x, columnTop+200, w, 132, s.say("Decided", "决定"), green, func() {
		s.card(x+24, columnTop+224, w-48, 84, greenPaper, s.say("We will …, because …", "我们将……，因为……"))
	})
	s.inFrame(x, columnTop+200+132+rowGap, w, h-200-132-rowGap, s.say("Next steps", "后续行动"), purple, func() {
		s.text(x+24, columnTop+200+132+rowGap+30, w-48, bodySize, s.say("Who · what · by when", "负责人 · 事项 · 截止日期"))
	})
}
