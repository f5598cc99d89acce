package campaign

import (
	"strings"
	"time"

	"murur/devices/receipt"
	"murur/devices/receipt/bitmap"
	"murur/kiosk/kwd"
)

// words is the stand-in for the layout: it writes a document as dots that can be read
// back, 35 letters to a row, each as two bytes 8x. A row begins with its mark, so that a
// torn paper can be read as far as it came.
type words struct{}

const (
	rowMark = 0xE7
	perRow  = 35
)

// Render makes the picture of a job.
func (words) Render(j receipt.Job, dots, _ int) (*bitmap.Bitmap, error) {
	b := bitmap.New(dots, 0)
	for text := script(j); text != ""; {
		n := min(perRow, len(text))
		row := []byte{rowMark}
		for _, c := range []byte(text[:n]) {
			row = append(row, 0x80|c>>4, 0x80|c&15)
		}
		b.AppendRow(row)
		text = text[n:]
	}
	return b, nil
}

// script is what the paper says: a line for each block.
func script(j receipt.Job) string {
	var lines []string
	for _, b := range j.Document.Blocks {
		switch {
		case b.Heading != nil:
			lines = append(lines, b.Heading.En)
		case b.Field != nil:
			lines = append(lines, b.Field.Label.En+"="+b.Field.Value)
		case b.Money != nil:
			lines = append(lines, b.Money.Label.En+"="+b.Money.Value)
		case b.QR != "":
			lines = append(lines, "qr="+b.QR)
		}
	}
	return strings.Join(lines, "\n") + "\n."
}

// read is what stands on a paper.
func read(b *bitmap.Bitmap) string {
	var text strings.Builder
	for y := range b.H {
		row := b.Row(y)
		if row[0] != rowMark {
			continue
		}
		for x := 1; x+1 < len(row) && row[x]&0x80 != 0; x += 2 {
			text.WriteByte(row[x]<<4 | row[x+1]&15)
		}
	}
	return text.String()
}

// line finds "id=value" on a paper.
func line(text, id string) string {
	for l := range strings.Lines(text) {
		if value, ok := strings.CutPrefix(l, id+"="); ok && strings.HasSuffix(value, "\n") {
			return value[:len(value)-1]
		}
	}
	return ""
}

// plain words for paper: the ids themselves.
type plain struct{}

func (plain) Text(id string) receipt.Text        { return receipt.Text{En: id} }
func (plain) Money(a kwd.Amount) (ar, en string) { return a.String(), a.String() }
func (plain) Time(t time.Time) string            { return t.UTC().Format(time.DateTime) }
