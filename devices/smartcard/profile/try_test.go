package profile_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"murur/devices/smartcard"
	"murur/devices/smartcard/cardsim"
	"murur/devices/smartcard/profile"
	"murur/devices/smartcard/smartcardtest"
)

// Each way of reading and each type of field, as somebody who tries a profile sees it.
func TestTry(t *testing.T) {
	got := func(set profile.Set, c *cardsim.Card) (map[string]string, error) {
		var r profile.Reading
		_, err := with(t, c, func(ctx context.Context, card smartcard.Card) (profile.Holder, error) {
			var err error
			r, err = set.Try(ctx, card, checks(now))
			return r.Holder, err
		})
		fields := map[string]string{}
		for _, v := range r.Fields {
			fields[v.Name] = v.Text
			if v.Err != nil {
				fields[v.Name] = "! " + v.Err.Error()
			}
		}
		return fields, err
	}
	want := map[string]string{
		"civil_number": "288012098012", "name_ar": "فهد سالم", "name_en": "FAHAD SALEM", "birth_date": "1988-01-20",
		"expiry_date": "2030-01-31", "nationality": "KWT", "sex": "male", "address": "الكويت\nقطعة 1", "fixed_name_ar": "فهد سالم",
	}
	fields, err := got(developmentSet(t), cardsim.CivilID(fahad))
	if d := cmp.Diff(want, fields); d != "" || err != nil {
		t.Error(err, d)
	}
	// A field that cannot be read does not hide the others, nor the error.
	set := load(t, variant(t, `M = "male", F`, `F`, `charset = "windows-1256"`, `charset = "ascii"`))
	fields, err = got(set, cardsim.CivilID(fahad))
	want["sex"], want["address"] = "! value is not in the list", "! byte C7 is not ascii"
	if d := cmp.Diff(want, fields); d != "" || err != nil {
		t.Error(err, d)
	}
	fields, err = got(developmentSet(t), cardsim.CivilID(fahad, cardsim.Truncated))
	if !errors.Is(err, profile.ErrUnreadable) || !strings.HasPrefix(fields["name_ar"], `! file "holder"`) || fields["nationality"] == "" {
		t.Error(err, fields)
	}
	for name, c := range map[string]struct {
		change []string
		want   map[string]string
	}{
		"data object": {[]string{`path = ["0101"], read = "binary"`, `tag = "E1", read = "getdata"`}, map[string]string{"name_en": "FAHAD SALEM"}},
		"long tag":    {[]string{`path = ["0101"], read = "binary"`, `tag = "5FC105", read = "getdata"`}, map[string]string{"name_en": "FAHAD SALEM"}},
		"record by path": {[]string{`{ name = "address", sfi = 3,`, `{ name = "address", path = ["0103"],`},
			map[string]string{"address": "الكويت\nقطعة 1"}},
		"one record": {[]string{`records = "1-8"`, `records = "2-2"`}, map[string]string{"address": "قطعة 1"}},
		"raw record": {[]string{`layout = "text", charset = "windows-1256" }`, `layout = "raw" }`, `from = "address", type = "text"`,
			`from = "address", type = "bytes"`}, map[string]string{"address": "C7E1DFE6EDCADED8DAC92031"}},
		"no such object": {[]string{`sfi = 3, read = "record", records = "1-8"`, `tag = "C9", read = "getdata"`}, map[string]string{"address": "! no such data object"}},
	} {
		fields, err := got(load(t, variant(t, c.change...)), objects())
		for field, want := range c.want {
			if fields[field] != want || err != nil {
				t.Errorf("%s: %q, %v", name, fields[field], err)
			}
		}
	}
}

// objects is the development card with its holder's data as data objects too.
func objects() *cardsim.Card {
	d := cardsim.Development(fahad)
	holder := d.Files[0].Data
	d.Objects = []cardsim.Object{{Tag: []byte{0xE1}, Data: holder}, {Tag: []byte{0x5F, 0xC1, 0x05}, Data: holder}}
	return cardsim.New(cardsim.Description{ATR: unhex(cardsim.CivilIDATR), Applications: []cardsim.Application{d}})
}

// The same card with T=1, through the same profile.
func TestReadBlockCard(t *testing.T) {
	set := load(t, variant(t, `  { value = "3B6A`, `  { value = "`+cardsim.BlockATR+`", mask = "FFFFFFFFFFFFFFFFFFFFFF" },
  { value = "3B6A`))
	h, err := read(t, set, smartcardtest.BlockCard(), checks(now))
	if err != nil || h.NameAr != fahad.NameAr {
		t.Errorf("%+v, %v", h, err)
	}
}
