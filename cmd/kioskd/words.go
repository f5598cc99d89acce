package main

import (
	"time"

	"murur/devices/receipt"
	"murur/kiosk/front"
	"murur/kiosk/kwd"
	"murur/ui/i18n"
)

// words are the catalogue's words for paper: fines.Words.
type words struct{ ar, en i18n.Locale }

func newWords() words {
	return words{
		ar: i18n.Locale{Lang: front.Arabic, Digits: i18n.Western},
		en: i18n.Locale{Lang: front.English, Digits: i18n.Western},
	}
}

func (words) Text(id string) receipt.Text {
	return receipt.Text{Ar: i18n.Text(front.Arabic, id), En: i18n.Text(front.English, id)}
}

func (w words) Money(a kwd.Amount) (ar, en string) { return w.ar.Money(a), w.en.Money(a) }

// Time is the same in both languages: digits only.
func (words) Time(t time.Time) string { return t.In(i18n.Kuwait).Format("2006-01-02 15:04") }
