// Package i18n has the words of the screen and of the papers, in gettext
// catalogues (ar.po, en.po), and the way numbers, money and dates are written.
//
// A text is found by an id such as "fines.title", the same in every language; the
// tests prove that each language has every id and that each code of package front
// has its words. Values put into a text are already formatted strings (Locale),
// each wrapped in Unicode isolates so that digits never re-order.
package i18n

import (
	_ "embed"
	"fmt"

	"github.com/leonelquinteros/gotext"

	"murur/kiosk/front"
)

//go:embed ar.po
var arabic []byte

//go:embed en.po
var english []byte

// Languages are the screen's languages, the first one first.
var Languages = []front.Lang{front.Arabic, front.English}

// catalogue is one parsed language.
type catalogue struct {
	po    *gotext.Po // for the plural rules
	texts map[string]*gotext.Translation
}

var catalogues = map[front.Lang]catalogue{
	front.Arabic:  parse(arabic),
	front.English: parse(english),
}

func parse(file []byte) catalogue {
	po := gotext.NewPo()
	po.Parse(file)
	return catalogue{po, po.GetDomain().GetTranslations()}
}

// in is the catalogue of lang; of Arabic for a language the kiosk does not speak.
func in(lang front.Lang) catalogue {
	if c, ok := catalogues[lang]; ok {
		return c
	}
	return catalogues[front.Arabic]
}

// get is the text id, or id itself when there is none.
func (c catalogue) get(id string) string {
	if tr, ok := c.texts[id]; ok {
		return tr.Get()
	}
	return id
}

// plural is the form of id that belongs to n.
func (c catalogue) plural(id string, n int) string { return c.po.GetN(id, id, n) }

// Has reports whether lang has a text for id.
func Has(lang front.Lang, id string) bool {
	tr, ok := in(lang).texts[id]
	return ok && tr.Trs[0] != ""
}

// Text is the text id in lang with args put in. An unknown id gives the id.
func Text(lang front.Lang, id string, args ...any) string {
	return fill(in(lang).get(id), args)
}

func fill(text string, args []any) string {
	if len(args) == 0 {
		return text
	}
	return fmt.Sprintf(text, args...)
}

// Right reports whether lang is written from right to left.
func Right(lang front.Lang) bool { return lang != front.English }
