package view

import (
	"strconv"
	"strings"
	"unicode/utf8"

	"murur/kiosk/front"
	"murur/ui/i18n"
)

func (b *builder) fineList() {
	f := b.Fines
	if f == nil {
		return
	}
	b.v.Title = b.text("fines.title")
	if len(f.Payable) == 0 {
		b.v.Title = b.text("fines.none.title")
		b.v.Picture = "visit"
	}
	b.v.Lead = b.l.Plural("fines.payable.count", len(f.Payable))
	if len(f.Payable) == 0 {
		b.v.Lead = ""
	} else if n := len(f.Other); n > 0 {
		b.v.Lead += " " + b.l.Plural("fines.other.count", n)
	}
	if f.Holder != nil {
		b.v.Lead = b.l.Words(f.Holder.In(b.Lang)) + " — " + b.v.Lead
	}
	if len(f.Payable) > 0 {
		line := b.text("fines.selected.none")
		if f.Selected > 0 {
			line = b.l.Plural("fines.selected", f.Selected)
		}
		b.v.Total = &Total{Label: b.text("fines.total"), Amount: b.money(f.Total), Line: line}
		b.next(b.text("button.choose"))
		if b.v.Primary == nil {
			b.v.Primary = b.send("", b.text("button.choose"), front.ActNext, "")
			b.v.Primary.Enabled = false
		}
		b.v.Primary.Enabled = b.v.Primary.Enabled && f.Selected > 0
	}
	payable := Heading{Text: b.text("fines.payable")}
	if len(f.Payable) > 1 && b.accepts(front.ActAll) {
		payable.Button = b.send("", b.text("button.all"), front.ActAll, "")
		payable.Button.Pressed = f.Selected == len(f.Payable)
	}
	var lines []Part
	for i, fine := range f.Payable {
		if i == 0 {
			lines = append(lines, payable)
		}
		row := b.row(fine)
		if b.accepts(front.ActToggle) {
			row.Control = b.send("", row.label(b.text("list.comma")), front.ActToggle, fine.ID)
			row.Control.Pressed = fine.Selected
		}
		lines = append(lines, row)
	}
	for i, fine := range f.Other {
		if i == 0 {
			lines = append(lines, Heading{Text: b.text("fines.other")})
		}
		lines = append(lines, b.row(fine))
	}
	b.paged(lines)
}

func (b *builder) confirm() {
	f := b.Fines
	if f == nil {
		return
	}
	b.v.Title, b.v.Lead = b.text("confirm.title"), b.text("confirm.lead")
	b.v.Total = &Total{Label: b.text("fines.total"), Amount: b.money(f.Total), Line: b.l.Plural("fines.selected", len(f.Payable))}
	b.next(b.text("button.pay", b.money(f.Total)))
	var lines []Part
	for _, fine := range f.Payable {
		lines = append(lines, b.row(fine))
	}
	b.paged(lines)
}

// row is a fine to be read.
func (b *builder) row(f front.Fine) Row {
	row := Row{What: b.l.Words(f.What.In(b.Lang)), Amount: b.money(f.Amount)}
	when := b.l.Date(f.At)
	number := b.l.Code(f.ID)
	if f.Plate != "" {
		number += " · " + b.text("fine.plate", b.l.Code(f.Plate))
	}
	if where := f.Where.In(b.Lang); where != "" {
		row.Lines = []string{b.l.Words(where) + " · " + when, number}
	} else {
		row.Lines = []string{when + " · " + number}
	}
	if f.State != front.FinePayable && f.State != "" {
		row.Note = b.text("fine." + string(f.State))
		if f.Reason != nil && f.Reason.In(b.Lang) != "" {
			row.Note = b.l.Words(f.Reason.In(b.Lang))
		}
		if f.GoTo != nil && f.GoTo.In(b.Lang) != "" {
			row.Lines = append(row.Lines, b.text("fine.goto", b.l.Words(f.GoTo.In(b.Lang))))
		}
	}
	return row
}

// label is all that the row shows, as one accessible name.
func (r Row) label(comma string) string {
	parts := append([]string{r.What}, r.Lines...)
	return strings.Join(append(parts, r.Amount), comma)
}

// paged shows one page of lines. Pages are cut by an estimate of the height, in
// pixels, because a view has no font; it errs on the tall side.
func (b *builder) paged(lines []Part) {
	b.v.List = true
	pages := b.pages(lines, b.room())
	if len(pages) > 1 {
		pages = b.pages(lines, b.room()-pagerHeight)
	}
	if len(pages) == 0 {
		return
	}
	page := min(max(b.o.State.Page, 0), len(pages)-1)
	b.add(pages[page]...)
	if len(pages) == 1 {
		return
	}
	from, rows, all := 0, 0, 0
	for i, p := range pages {
		n := countRows(p)
		if i < page {
			from += n
		}
		if i == page {
			rows = n
		}
		all += n
	}
	pager := Pager{Label: b.text("button.page", b.l.Number(from+1), b.l.Number(from+rows), b.l.Number(all))}
	pager.Up = *b.do("up", b.text("button.up"), OpPage, strconv.Itoa(page-1))
	pager.Down = *b.do("down", b.text("button.down"), OpPage, strconv.Itoa(page+1))
	pager.Up.Enabled, pager.Down.Enabled = page > 0, page < len(pages)-1
	b.add(pager)
}

func countRows(parts []Part) (n int) {
	for _, p := range parts {
		switch p.(type) {
		case Row, Card:
			n++
		}
	}
	return n
}

const pagerHeight = 92

// room is the height for a list.
func (b *builder) room() int {
	switch {
	case b.o.Layout == Landscape:
		room := 780
		if b.Development {
			room -= 72
		}
		if b.o.State.Large {
			room -= 40
		}
		return room
	case b.o.State.Lower:
		return 656
	}
	return 704
}

// pages fills pages of at most four rows; a heading stays with the row below it.
// A group that goes on at the top of a page gets its heading again.
func (b *builder) pages(lines []Part, room int) (pages [][]Part) {
	var page []Part
	var heading Part
	used := 0
	turn := func() {
		if countRows(page) > 0 {
			pages = append(pages, page)
		}
		page, used = nil, 0
	}
	for i, line := range lines {
		if h, ok := line.(Heading); ok {
			heading = h
			if i+1 < len(lines) && used+b.height(line)+b.height(lines[i+1]) > room || countRows(page) >= mostRows {
				turn()
			}
		} else if used+b.height(line) > room || countRows(page) >= mostRows {
			turn()
			if heading != nil {
				page, used = append(page, heading), b.height(heading)
			}
		}
		page = append(page, line)
		used += b.height(line)
	}
	turn()
	return pages
}

// mostRows leaves room for "select all" among the six choices that may be in view.
const mostRows = 4

// height estimates what a line takes, with its gap.
func (b *builder) height(p Part) int {
	perLine, perSmall, line, small := 32, 56, 44, 38
	if b.Lang == front.Arabic {
		perLine, perSmall, line, small = 36, 62, 48, 42
	}
	if b.o.State.Large {
		perLine, perSmall, line, small = perLine*3/4, perSmall*3/4, line*6/5, small*6/5
	}
	var row Row
	switch p := p.(type) {
	case Heading:
		if p.Button != nil {
			return 92
		}
		return line + 24
	case Card:
		return max(156, 60+rows(p.Title, perLine*3/4)*line*5/4+rows(p.Line, perSmall*3/4)*small)
	case Row:
		row = p
	}
	if row.Control == nil { // no check box: longer lines
		perLine, perSmall = perLine*9/8, perSmall*9/8
	}
	h := 40 + rows(row.What, perLine)*line
	for _, text := range row.Lines {
		h += rows(text, perSmall) * small
	}
	if row.Note != "" {
		h += rows(row.Note, perSmall) * small
	}
	return h
}

func rows(text string, perLine int) int {
	return (utf8.RuneCountInString(i18n.Plain(text)) + perLine - 1) / perLine
}
